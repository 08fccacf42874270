//! One run: what is traced goes into a sink until there is a reason to stop.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::Context;
use syscope_event::{Decoder, Event, Item, Sink, Summary};
use syscope_kernel::{Command, Config, Cost, Engine, Error, Launched, Signals, Status, boot_ns, check_pids};
use syscope_wire::Lost;

use crate::overhead::{Governor, Share};
use crate::trace::say;

/// Time between two looks at the rings while little happens. Text appears with this delay at most.
pub(crate) const PACE: Duration = Duration::from_millis(2);
/// Programs that were running when the hooks were taken away have finished by then.
const SETTLE: Duration = Duration::from_millis(5);
/// Records between two looks at signals while there is no end of records.
const SIGNAL_STRIDE: u64 = 65_536;

/// Whom to trace.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A new command, from its execve to the end of its last descendant.
    Command(Command),
    /// Running processes.
    Processes(Vec<u32>),
    /// The whole host but ourselves.
    All,
}

/// What to trace, and for how long.
#[derive(Debug, Clone)]
pub(crate) struct Tracing {
    pub(crate) target: Target,
    pub(crate) config: Config,
    /// Stop after this time.
    pub(crate) duration: Option<Duration>,
    /// Stop after this many rows.
    pub(crate) limit: Option<u64>,
    /// Fewer rows while it costs more.
    pub(crate) max_overhead: Option<Share>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) summary: Summary,
    /// What tracing cost, if that was asked for, and in which time.
    pub(crate) cost: Option<(Cost, Duration)>,
    /// Of the command, if there was one and it has ended.
    pub(crate) status: Option<Status>,
    /// Why its program could not be executed.
    pub(crate) exec_error: Option<anyhow::Error>,
    /// The second signal, which made us stop although the command went on.
    pub(crate) stopped_by: Option<i32>,
    /// The sink's error that ended the run.
    pub(crate) sink_error: Option<io::Error>,
}

/// Whoever looks at the counters of the kernel half while a run goes on, and at its end.
pub(crate) trait Counter {
    /// Takes a record: names are among them.
    fn record(&mut self, bytes: &[u8]);
    /// The run goes on.
    fn look(&mut self, engine: &Engine) -> anyhow::Result<()>;
    /// Nothing is counted any more.
    fn finish(&mut self, engine: &Engine, summary: &mut Summary) -> anyhow::Result<()>;
}

/// Runs to the end. `keep` decides which rows the sink sees.
pub(crate) fn run(
    tracing: &Tracing,
    signals: &mut Signals,
    keep: &mut dyn FnMut(&Event<'_>) -> bool,
    sink: &mut dyn Sink,
    mut counter: Option<&mut dyn Counter>,
) -> anyhow::Result<Outcome> {
    let mut interrupts = Interrupts { signals, seen: false, stopped_by: None };
    if let Target::Processes(pids) = &tracing.target {
        check_pids(pids)?;
    }
    // The command comes first: a mistake in it is told at once, and it inherits us as we were started, before threads of
    // ours make the C library take signals for itself.
    let mut launched = match &tracing.target {
        Target::Command(command) => Some(command.launch()?),
        _ => None,
    };
    let mut engine = Engine::load(&tracing.config)?;
    start(&tracing.target, launched.as_mut(), &mut engine)?;
    let mut decoder = Decoder::new();
    decoder.set_samples(tracing.config.sample.iter().copied());
    let mut run = Run {
        decoder,
        keep,
        sink,
        summary: Summary::default(),
        limit: tracing.limit.unwrap_or(u64::MAX),
        sink_error: None,
        oldest_file: 0,
    };

    let mut governor = tracing.max_overhead.map(Governor::new);
    let began = Instant::now();
    let before = engine.cost().unwrap_or_default();
    let deadline = tracing.duration.map(|d| Instant::now() + d);
    loop {
        let waiting = engine.drain(false, &mut |bytes| run.record(bytes, &mut counter));
        run.flush();
        run.tell_oldest(&mut engine);
        if let Some(governor) = &mut governor {
            run.thin(governor, &mut engine, began);
        }
        if let Some(counter) = &mut counter {
            run.counted(counter.look(&engine))?;
        }
        if run.is_over() || deadline.is_some_and(|d| Instant::now() >= d) {
            break;
        }
        interrupts.look(launched.as_ref());
        if interrupts.stopped_by.is_some() || (launched.is_none() && interrupts.seen) {
            break;
        }
        let ended = launched.as_mut().is_none_or(|command| command.try_wait().is_some());
        if ended && !matches!(tracing.target, Target::All) && engine.live_tasks() == 0 {
            break;
        }
        // Far behind: no time to sleep.
        if waiting < engine.ring_bytes() as u64 / 8 {
            std::thread::sleep(PACE);
        }
    }

    engine.disarm();
    let elapsed = began.elapsed();
    std::thread::sleep(SETTLE);
    if !run.is_over() {
        engine.flush_in_flight()?;
    }
    let mut seen = 0_u64;
    engine.drain(true, &mut |bytes| {
        seen += 1;
        if seen.is_multiple_of(SIGNAL_STRIDE) && !interrupts.signals.pending().is_empty() {
            run.summary.abandoned = true;
            return ControlFlow::Break(());
        }
        run.record(bytes, &mut counter)
    });
    run.conclude(&engine).context("cannot read the loss counters")?;
    if let Some(counter) = &mut counter {
        let done = counter.finish(&engine, &mut run.summary);
        run.counted(done)?;
    }
    let Run { summary, sink_error, .. } = run;

    // The command goes on even if nobody reads its trace any more; its exit status is still ours.
    let (mut status, mut exec_error) = (None, None);
    if let Some(command) = &mut launched {
        status = command.try_wait();
        while status.is_none() && interrupts.stopped_by.is_none() {
            interrupts.look(Some(command));
            std::thread::sleep(PACE);
            status = command.try_wait();
        }
        exec_error = status.and_then(|_| command.exec_error()).map(Into::into);
    }
    let cost = engine.cost().map(|cost| (cost.since(&before), elapsed));
    Ok(Outcome { summary, cost, status, exec_error, stopped_by: interrupts.stopped_by, sink_error })
}

/// Arms the hooks, then marks who is traced, then lets the command go.
fn start(target: &Target, launched: Option<&mut Launched>, engine: &mut Engine) -> Result<(), Error> {
    engine.arm()?;
    if let Some(command) = launched {
        engine.add_command(command.pid())?;
        return command.release();
    }
    match target {
        // If none is left they most likely ended since the first check.
        Target::Processes(pids) => {
            engine.add_processes(pids).or_else(|error| check_pids(pids).and(Err(error)))
        }
        Target::All | Target::Command(_) => engine.add_all(),
    }
}

/// Signals that ask for the end: the first one is for the command, the second one for us.
struct Interrupts<'a> {
    signals: &'a mut Signals,
    seen: bool,
    stopped_by: Option<i32>,
}

impl Interrupts<'_> {
    fn look(&mut self, command: Option<&Launched>) {
        for caught in self.signals.pending() {
            if std::mem::replace(&mut self.seen, true) {
                self.stopped_by = Some(caught.signal);
            } else if let Some(command) = command.filter(|_| !caught.from_terminal) {
                // The terminal sends its signals to the command itself; others were meant for the whole of us.
                command.signal(caught.signal);
            }
        }
    }
}

struct Run<'a> {
    decoder: Decoder,
    keep: &'a mut dyn FnMut(&Event<'_>) -> bool,
    sink: &'a mut dyn Sink,
    summary: Summary,
    limit: u64,
    sink_error: Option<io::Error>,
    oldest_file: u64,
}

impl Run<'_> {
    fn record(&mut self, bytes: &[u8], counter: &mut Option<&mut dyn Counter>) -> ControlFlow<()> {
        if let Some(counter) = counter {
            counter.record(bytes);
        }
        let item = match self.decoder.decode(bytes) {
            Ok(Some(item)) => item,
            Ok(None) => {
                if let Err(error) = self.sink.record(bytes, None) {
                    self.sink_error = Some(error);
                }
                return if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            }
            Err(_) => {
                self.summary.bad_records += 1;
                return ControlFlow::Continue(());
            }
        };
        if let Item::Call(event) = &item {
            if self.summary.rows >= self.limit {
                return ControlFlow::Break(());
            }
            self.summary.stands_for += u64::from(event.sampled_weight);
            if !(self.keep)(event) {
                self.summary.hidden += 1;
                return ControlFlow::Continue(());
            }
            self.summary.rows += 1;
            self.summary.unfinished += u64::from(event.unfinished);
        }
        if let Err(error) = self.sink.record(bytes, Some(&item)).and_then(|()| self.sink.item(&item)) {
            self.sink_error = Some(error);
        }
        if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Output of the counter that could not be written is treated like that of the sink.
    fn counted(&mut self, done: anyhow::Result<()>) -> anyhow::Result<()> {
        match done.map_err(anyhow::Error::downcast::<io::Error>) {
            Ok(()) => Ok(()),
            Err(Ok(error)) => {
                self.sink_error.get_or_insert(error);
                Ok(())
            }
            Err(Err(other)) => Err(other),
        }
    }

    /// Nothing more is wanted.
    fn is_over(&self) -> bool {
        self.sink_error.is_some() || self.summary.rows >= self.limit || self.sink.is_full()
    }

    fn flush(&mut self) {
        if self.sink_error.is_none()
            && let Err(error) = self.sink.flush()
        {
            self.sink_error = Some(error);
        }
    }

    /// Fewer rows from here on, if tracing takes too much.
    fn thin(&mut self, governor: &mut Governor, engine: &mut Engine, began: Instant) {
        let now = Instant::now();
        if !governor.is_due(now) {
            return;
        }
        let Some(found) = engine.time_spent().and_then(|spent| governor.look(now, spent)) else { return };
        engine.thin(found.rate);
        self.decoder.thin(boot_ns(), found.rate);
        let since = u64::try_from(now.duration_since(began).as_nanos()).unwrap_or(u64::MAX);
        self.summary.thinned.push((since, found.rate));
        say(&governor.message(&found));
    }

    fn tell_oldest(&mut self, engine: &mut Engine) {
        let oldest = self.decoder.oldest_file();
        if oldest != self.oldest_file {
            engine.set_oldest_file(oldest);
            self.oldest_file = oldest;
        }
    }

    /// Adds up what is missing and lets the sink finish.
    fn conclude(&mut self, engine: &Engine) -> Result<(), Error> {
        let report = engine.losses()?;
        let lost = |kind: Lost| report.counters.lost[kind as usize];
        let by_name = |counts: &[(u32, u64)]| {
            counts.iter().map(|&(nr, n)| (call_name(nr), n)).collect::<Vec<(String, u64)>>()
        };
        let s = &mut self.summary;
        s.lost_rows = by_name(&report.lost_calls);
        s.lost_details =
            lost(Lost::Enter) + lost(Lost::File) + lost(Lost::Task) + self.decoder.missing_enter();
        s.lost_events = lost(Lost::Event);
        s.lost_tasks = lost(Lost::State);
        s.superseded = lost(Lost::Superseded);
        s.without_entry = lost(Lost::NoEnter);
        s.skipped_runs = report.skipped_runs;
        s.began_before = by_name(&report.began_before);
        if self.sink_error.is_none()
            && let Err(error) = self.sink.finish(&self.summary)
        {
            self.sink_error = Some(error);
        }
        Ok(())
    }
}

fn call_name(nr: u32) -> String {
    syscope_event::call_name(nr).map_or_else(|| format!("syscall_{nr:#x}"), str::to_owned)
}
