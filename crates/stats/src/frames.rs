//! The frames of a call: what its columns have, one below the other, as a flame graph shows them and as two runs are
//! compared by.

use syscope_event::{Cell, Column, Event};

use crate::normal;

/// Directories that a path is split into at most; what is below stays together. Paths have up to 2000 of them.
const DEEPEST: usize = 64;

/// Which columns, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    columns: Vec<Column>,
    /// Each directory of a path is a frame of its own.
    pub split: bool,
    /// What is another one in each run of the same program is replaced: see [`crate::normalised`].
    pub normalise: bool,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames::new(&[Column::Comm, Column::Syscall, Column::File])
    }
}

impl Frames {
    /// These columns, the outermost one first.
    pub fn new(columns: &[Column]) -> Frames {
        Frames { columns: columns.to_vec(), split: false, normalise: false }
    }

    /// `comm,syscall,file`.
    pub fn parse(text: &str) -> Result<Frames, String> {
        let column = |name: &str| {
            Column::ALL.into_iter().find(|c| c.name() == name).ok_or_else(|| {
                let names: Vec<&str> = Column::ALL.iter().map(|c| c.name()).collect();
                format!("{name:?} is no column; there are {}", names.join(", "))
            })
        };
        let columns = text.split(',').map(column).collect::<Result<Vec<_>, _>>()?;
        Ok(Frames { columns, split: false, normalise: false })
    }

    /// The columns, the outermost one first.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Yields the frames of a call, the outermost one first; there is at least one. Columns at the end that have nothing
    /// are left out; one before others is `[no file]`.
    pub fn each(&self, event: &Event<'_>, mut frame: impl FnMut(&[u8])) {
        let mut text = Vec::new();
        let (mut absent, mut any) = (0, false);
        for (at, column) in self.columns.iter().enumerate() {
            let datum = event.column(*column);
            if datum.cell() == Cell::Absent {
                absent += 1;
                continue;
            }
            for missing in &self.columns[at - absent..at] {
                frame(format!("[no {}]", missing.name()).as_bytes());
            }
            (absent, any) = (0, true);
            match datum.cell() {
                Cell::Absent => {}
                Cell::Bytes(bytes) if self.normalise => {
                    normal::normalise(bytes, event.pid, event.tid, &mut text);
                    self.parts(*column, &text, &mut frame);
                }
                Cell::Bytes(bytes) => self.parts(*column, bytes, &mut frame),
                // A bare number does not say what it is.
                Cell::Bool(value) => frame(format!("{}={value}", column.name()).as_bytes()),
                Cell::UInt(_) | Cell::Int(_) if self.normalise && is_new_each_time(*column) => {
                    frame(format!("{}=N", column.name()).as_bytes());
                }
                Cell::UInt(n) => frame(format!("{}={n}", column.name()).as_bytes()),
                Cell::Int(n) => frame(format!("{}={n}", column.name()).as_bytes()),
            }
        }
        if !any {
            let missing = self.columns.first().map_or("column", |c| c.name());
            frame(format!("[no {missing}]").as_bytes());
        }
    }

    fn parts(&self, column: Column, text: &[u8], frame: &mut impl FnMut(&[u8])) {
        let is_path =
            matches!(column, Column::File | Column::File2 | Column::Cgroup) && text.starts_with(b"/");
        if !self.split || !is_path {
            return frame(text);
        }
        let mut rest = text;
        for _ in 0..DEEPEST {
            let Some(at) = rest.iter().position(|b| *b == b'/') else { break };
            // Repeated slashes are no directories.
            let end = at + rest[at..].iter().take_while(|b| **b == b'/').count();
            frame(&rest[..=at]);
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            frame(rest);
        }
    }
}

/// Numbers of tasks are other ones in each run.
fn is_new_each_time(column: Column) -> bool {
    matches!(column, Column::Pid | Column::Tid | Column::Ppid)
}
