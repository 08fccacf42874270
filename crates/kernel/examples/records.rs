//! What the rings hold when a command is traced, into a file: each record behind its length in two bytes. Seeds of
//! `make fuzz` are made with it: `cargo run -p syscope-kernel --example records -- FILE COMMAND [ARG]...`.

use std::io::{self, Error};
use std::ops::ControlFlow;
use std::time::Duration;

use syscope_kernel::{Command, Config, Engine};

fn main() -> io::Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (Some(file), argv) = (args.next(), args.collect::<Vec<_>>()) else {
        return Err(Error::other("usage: records FILE COMMAND [ARG]..."));
    };
    let config = Config {
        calls: vec![true; 512],
        foreign: true,
        follow: true,
        string_limit: 64,
        signals: true,
        verbose: true,
        ..Config::default()
    };
    let mut command = Command { argv, ..Command::default() }.launch().map_err(Error::other)?;
    let mut engine = Engine::load(&config).map_err(Error::other)?;
    engine.arm().map_err(Error::other)?;
    engine.add_command(command.pid()).map_err(Error::other)?;
    command.release().map_err(Error::other)?;
    let mut out = Vec::new();
    let mut take = |record: &[u8]| {
        if let Ok(len) = u16::try_from(record.len()) {
            out.extend(len.to_le_bytes());
            out.extend(record);
        }
        ControlFlow::Continue(())
    };
    while command.try_wait().is_none() || engine.live_tasks() > 0 {
        engine.drain(false, &mut take);
        std::thread::sleep(Duration::from_millis(2));
    }
    engine.disarm();
    engine.flush_in_flight().map_err(Error::other)?;
    engine.drain(true, &mut take);
    std::fs::write(file, out)
}
