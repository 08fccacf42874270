//! `--where`, `-e trace=`, `-P` and durations: any text is read or refused, and any row is kept or not.

use syscope_event::{Decoder, Event, Item};
use syscope_filter::{RowFilter, TraceSet, Where, parse_duration};

use syscope_output::printable;

use crate::check;
use crate::input::Input;

/// A text behind its length, paths, and records as for [`crate::records`].
pub fn filters(data: &[u8]) {
    let mut input = Input::new(data);
    let text = String::from_utf8_lossy(input.chunk()).into_owned();
    let path = input.chunk().to_vec();
    let condition = match Where::parse(&text) {
        Ok(condition) => Some(condition),
        Err(error) => {
            said(&error.to_string(), &text);
            None
        }
    };
    if let Err(error) = TraceSet::parse(&text) {
        said(&error.to_string(), &text);
    }
    if let Err(error) = parse_duration(&text) {
        said(&error, &text);
    }
    let pushed = condition.as_ref().map(Where::pushed);
    let filter = RowFilter { paths: vec![path], condition: condition.clone() };
    let mut decoder = Decoder::new();
    while !input.is_empty() {
        let Ok(Some(Item::Call(event))) = decoder.decode(input.chunk()) else { continue };
        let kept = condition.as_ref().is_some_and(|c| c.keeps(&event));
        assert!(!filter.keeps(&event) || condition.is_none() || kept);
        if let Some(pushed) = pushed.as_ref().filter(|_| kept) {
            let known = event.syscall().map(|sys| pushed.calls.contains(sys.name));
            assert!(known.unwrap_or(pushed.calls.foreign()), "{text:?}: {} is kept", event.name());
            assert!(!pushed.only_failed || event.errno().is_some(), "{text:?}: a success is kept");
            assert!(pushed.min_latency_ns <= event.latency_ns.unwrap_or(0), "{text:?}: a short call is kept");
            assert!(pushed.uid.is_none_or(|uid| event.task.is_some_and(|t| t.uid == uid)));
            assert!(pushed.comm.is_none_or(|comm| is_named(&event, comm)));
        }
    }
}

/// What follows a NUL is no part of a name.
fn is_named(event: &Event<'_>, comm: [u8; syscope_wire::COMM]) -> bool {
    event.task.is_some_and(|t| t.comm.as_bytes() == syscope_event::Comm(comm).as_bytes())
}

/// A message repeats what was typed, and little more.
fn said(message: &str, typed: &str) {
    check::is_plain_text(printable(message).as_bytes());
    assert!(message.len() <= 2000 + 12 * typed.len(), "{message:?}");
}
