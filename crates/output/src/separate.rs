//! A file for each task (`-ff`).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use syscope_event::{Item, Sink, Summary};
use syscope_wire as wire;

use crate::{Format, Options, OutFile, PidPrefix};

/// Hands each item to the sink of its task, whose file has the task's number behind its name. A file is complete when its
/// task has ended.
pub struct Separate {
    target: PathBuf,
    format: Format,
    options: Options,
    tasks: HashMap<u32, Task>,
    /// Processes that go on without their first thread.
    leaders: HashSet<u32>,
}

struct Task {
    /// Before the file: what it still holds is written first.
    sink: Box<dyn Sink>,
    file: OutFile,
}

impl Separate {
    /// Files beside each other: `target.123`, `target.124`.
    pub fn new(target: &Path, format: Format, options: &Options) -> Separate {
        let mut options = *options;
        // A file tells its task by its name.
        options.text.pid_prefix = PidPrefix::Never;
        let (tasks, leaders) = Default::default();
        Separate { target: target.into(), format, options, tasks, leaders }
    }

    fn give(&mut self, tid: u32, item: &Item<'_>) -> io::Result<()> {
        let task = match self.tasks.entry(tid) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let mut path = OsString::from(&self.target);
                path.push(format!(".{tid}"));
                let (file, out) = OutFile::create(Path::new(&path)).map_err(io::Error::other)?;
                place.insert(Task { sink: self.format.open(Box::new(out), &self.options), file })
            }
        };
        task.sink.item(item)
    }

    fn end(&mut self, exit: &wire::Exit) -> io::Result<()> {
        let tid = exit.hdr.tid;
        self.give(tid, &Item::Exit(*exit))?;
        self.close(tid)
    }

    fn close(&mut self, tid: u32) -> io::Result<()> {
        let Some(mut task) = self.tasks.remove(&tid) else { return Ok(()) };
        let finished = task.sink.finish(&Summary::default());
        drop(task.sink);
        match finished {
            Ok(()) => task.file.commit().map_err(io::Error::other),
            Err(error) => {
                self.tasks.insert(tid, Task { sink: Box::new(Nothing), file: task.file });
                Err(error)
            }
        }
    }
}

impl Sink for Separate {
    fn item(&mut self, item: &Item<'_>) -> io::Result<()> {
        match item {
            Item::Call(event) => self.give(event.tid, item),
            Item::Signal(delivered) => self.give(delivered.signal.hdr.tid, item),
            Item::Exec(exec) => {
                if exec.old_tid != exec.hdr.tid {
                    self.leaders.remove(&exec.hdr.tid);
                }
                self.give(exec.hdr.tid, item)
            }
            Item::Fork(_) => Ok(()),
            Item::Exit(exit) => {
                let is_leader = exit.hdr.tid == exit.pid;
                if is_leader && !exit.group_dead {
                    // The number of a process is in use until its last thread is gone.
                    self.leaders.insert(exit.pid);
                    return Ok(());
                }
                self.end(exit)?;
                if exit.group_dead && self.leaders.remove(&exit.pid) {
                    return self
                        .end(&wire::Exit { hdr: wire::Header { tid: exit.pid, ..exit.hdr }, ..*exit });
                }
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tasks.values_mut().try_for_each(|task| task.sink.flush())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        let left: Vec<u32> = self.tasks.keys().copied().collect();
        left.into_iter().try_for_each(|tid| self.close(tid))
    }
}

impl Drop for Separate {
    /// Only after an error is anything left here: what could be written is kept.
    fn drop(&mut self) {
        for (_, task) in self.tasks.drain() {
            drop(task.sink);
            let _ = task.file.keep_partial();
        }
    }
}

/// In place of a sink that has failed.
struct Nothing;

impl Sink for Nothing {
    fn item(&mut self, _: &Item<'_>) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
