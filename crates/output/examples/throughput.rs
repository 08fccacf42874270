//! Rows per second of each format, decoding included: `cargo run --release -p syscope-output --example throughput`.

#![allow(clippy::expect_used, clippy::cast_precision_loss)]

#[path = "../tests/common/records.rs"]
mod records;

use std::io;
use std::time::Instant;

use records::{Records, call};
use syscope_event::Summary;
use syscope_output::{FORMATS, Options};

const ROWS: usize = 10_000;
const ROUNDS: usize = 100;

fn main() {
    let mut rows = Records::new().task(100, b"cat").path(1, "/usr/share/doc/readme");
    for n in 0..ROWS {
        rows = rows.call(match n % 2 {
            0 => call("read").args([3, 0x7f00_0000_5000, 16]).file(0, 1).mem(1, b"x\n").ret(2),
            _ => call("write").args([1, 0x7f00_0000_5000, 1]).file(0, 1).mem(1, b"x").ret(1),
        });
    }
    report("decoding alone", || rows.each(|_| {}));
    for info in FORMATS {
        let mut sink = info.format.open(Box::new(io::sink()), &Options::default());
        report(info.name, || rows.feed(&mut *sink));
        sink.finish(&Summary::default()).expect("nothing can fail here");
    }
}

fn report(what: &str, mut round: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        round();
    }
    let seconds = start.elapsed().as_secs_f64();
    let total = (ROWS * ROUNDS) as f64;
    println!("{what:<16} {:>6.2} M rows/s {:>6.0} ns a row", total / seconds / 1e6, seconds / total * 1e9);
}
