//! What the tests of formats share.

#![allow(dead_code)]

pub(crate) mod records;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use records::Records;
use syscope_event::{Sink, Summary};
use syscope_output::{Format, Options};

/// A file in memory that outlives its writer, with the length of each write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<(Vec<u8>, Vec<usize>)>>);

impl Shared {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    pub(crate) fn writes(&self) -> Vec<usize> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock().unwrap();
        inner.0.extend_from_slice(bytes);
        inner.1.push(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes to it find that the reader has gone.
pub(crate) struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a sink wrote when it was fed and finished.
pub(crate) fn finish(mut sink: Box<dyn Sink>, records: &Records) {
    records.feed(&mut *sink);
    sink.finish(&Summary::default()).unwrap();
}

/// What a format makes of records.
pub(crate) fn render(format: Format, options: &Options, records: &Records) -> Vec<u8> {
    let out = Shared::default();
    finish(format.open(Box::new(out.clone()), options), records);
    out.bytes()
}
