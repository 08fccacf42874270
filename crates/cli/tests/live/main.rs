//! Tests that trace real programs with the built binary. They need root and a kernel with BTF; where `REQUIRE_LIVE=1`
//! they fail without, elsewhere they say why they were skipped. `REQUIRE_LIVE=0` skips them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// Ends a test where tracing cannot be had, with the reason on stderr.
macro_rules! live {
    () => {
        if let Some(why) = crate::common::cannot_trace() {
            eprintln!("skipped: {why}");
            return;
        }
    };
}

mod attach;
mod common;
mod container;
mod corpus;
mod diff;
mod differential;
mod filters;
mod flame;
mod formats;
mod hostile;
mod output;
mod race;
mod record;
mod restart;
mod run;
mod sample;
mod scale;
mod selftest;
mod signals;
mod sql;
mod stat;
mod targets;

// What reads the text is shared with `make differential`.
use syscope_differential::text;
