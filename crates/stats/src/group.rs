//! Keys of the kernel half to rows of a result: by call, family, process, file and so on.

use std::collections::{BTreeMap, HashMap};

use syscope_event::{CallId, Comm, File, FileKind, Task, errno_name};
use syscope_wire::{self as wire, CountKey, Group, Record};

use crate::{Count, Keyed, Totals};

/// What rows are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Dim {
    Syscall,
    Family,
    Process,
    Thread,
    Comm,
    Cgroup,
    File,
    Dir,
    Errno,
}

impl Dim {
    /// Names, as users type them and as columns are called.
    pub const NAMES: [(&'static str, Dim); 9] = [
        ("syscall", Dim::Syscall),
        ("family", Dim::Family),
        ("process", Dim::Process),
        ("thread", Dim::Thread),
        ("comm", Dim::Comm),
        ("cgroup", Dim::Cgroup),
        ("file", Dim::File),
        ("dir", Dim::Dir),
        ("errno", Dim::Errno),
    ];

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Dim> {
        Dim::NAMES.iter().find(|(n, _)| *n == name).map(|(_, dim)| *dim)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Dim::NAMES.iter().find(|(_, dim)| *dim == self).map_or("", |(name, _)| name)
    }

    /// By whom and by what the kernel half has to count, so that rows can be told apart by these.
    pub fn needs(dims: &[Dim]) -> (Group, bool) {
        let mut whos =
            dims.iter().filter(|d| matches!(d, Dim::Process | Dim::Thread | Dim::Comm | Dim::Cgroup));
        let group = match (whos.next(), whos.next()) {
            (None, _) => Group::None,
            (Some(Dim::Process), None) => Group::Process,
            (Some(Dim::Comm), None) => Group::Comm,
            (Some(Dim::Cgroup), None) => Group::Cgroup,
            // Whoever makes a call: from that the others follow.
            _ => Group::Task,
        };
        (group, dims.iter().any(|d| matches!(d, Dim::File | Dim::Dir)))
    }
}

/// What a row has in one of its dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Text; names of files are bytes.
    Text(Vec<u8>),
    /// A process or thread, with its name if that is known.
    Task(u32, Option<Comm>),
    /// It has none: a call without a descriptor, a call without an error.
    None,
    /// It is not known.
    Unknown,
    /// Whatever found no room in the kernel half.
    Other,
}

/// Names behind the numbers in keys, from the records that the kernel half sends along.
#[derive(Debug, Default)]
pub struct Names {
    tasks: HashMap<u64, Task>,
    /// By number and start.
    processes: HashMap<(u32, u64), Comm>,
    /// Of any thread: for processes whose first thread was not seen.
    threads: HashMap<u32, Comm>,
    cgroups: HashMap<u64, Box<[u8]>>,
    files: HashMap<u64, FileNames>,
}

#[derive(Debug)]
struct FileNames {
    name: Box<[u8]>,
    dir: Box<[u8]>,
}

/// Names that are kept at most: more than there can be keys.
const NAMES_MAX: usize = 1 << 19;

impl Names {
    /// Takes a record; those that name nothing are passed over.
    pub fn record(&mut self, bytes: &[u8]) {
        match Record::parse(bytes) {
            Ok(Record::Task(rec)) => {
                let task = Task::from_record(&rec);
                if self.tasks.len() >= NAMES_MAX {
                    return;
                }
                if task.pid == task.tid {
                    self.processes.insert((task.pid, task.start_ns), task.comm);
                }
                self.threads.insert(task.pid, task.comm);
                self.cgroups.entry(rec.cgroup_id).or_insert_with(|| task.cgroup.clone());
                self.tasks.insert(task.id, task);
            }
            Ok(Record::File(rec)) if self.files.len() < NAMES_MAX => {
                let file = File::from_record(&rec);
                let names = FileNames { name: file.best_name().into(), dir: dir_of(&file) };
                self.files.insert(rec.file_id, names);
            }
            _ => {}
        }
    }

    fn label(&self, dim: Dim, key: &CountKey, group: Group) -> Label {
        // What had no room of its own lost its group and its file, and in the end even its call.
        let lost = key.is_other() && !matches!(dim, Dim::Syscall | Dim::Family);
        if lost || (key.is_other() && key.nr == u32::MAX) {
            return Label::Other;
        }
        let call = || CallId::of(key.nr, key.abi.into());
        let task = || self.tasks.get(&key.group[0]).filter(|_| group == Group::Task);
        let text = |bytes: &[u8]| Label::Text(bytes.to_vec());
        let or_unknown = |label: Option<Label>| label.unwrap_or(Label::Unknown);
        match dim {
            Dim::Syscall => text(call().name().as_bytes()),
            Dim::Family => match call() {
                CallId::Known(sys) => text(sys.family.name().as_bytes()),
                CallId::Foreign { .. } => Label::Unknown,
            },
            Dim::Process if group == Group::Process => {
                let pid = u32::try_from(key.group[0]).unwrap_or(0);
                let comm = self.processes.get(&(pid, key.group[1])).or_else(|| self.threads.get(&pid));
                Label::Task(pid, comm.copied())
            }
            Dim::Process => or_unknown(task().map(|t| Label::Task(t.pid, self.threads.get(&t.pid).copied()))),
            Dim::Thread => or_unknown(task().map(|t| Label::Task(t.tid, Some(t.comm)))),
            Dim::Comm if group == Group::Comm => {
                let mut comm = [0; wire::COMM];
                comm[..8].copy_from_slice(&key.group[0].to_le_bytes());
                comm[8..].copy_from_slice(&key.group[1].to_le_bytes());
                text(Comm(comm).as_bytes())
            }
            Dim::Comm => or_unknown(task().map(|t| text(t.comm.as_bytes()))),
            Dim::Cgroup if group == Group::Cgroup => {
                or_unknown(self.cgroups.get(&key.group[0]).map(|path| text(path)))
            }
            Dim::Cgroup => or_unknown(task().map(|t| text(&t.cgroup))),
            Dim::File | Dim::Dir if key.file == 0 => Label::None,
            Dim::File => or_unknown(self.files.get(&key.file).map(|f| text(&f.name))),
            Dim::Dir => or_unknown(self.files.get(&key.file).map(|f| text(&f.dir))),
            Dim::Errno => Label::None,
        }
    }
}

/// The directory of a file; of what has no place in the tree, its sort.
fn dir_of(file: &File) -> Box<[u8]> {
    let name = match file.kind {
        FileKind::Path => {
            let end = file.name.iter().rposition(|b| *b == b'/').unwrap_or(0);
            return if end == 0 { b"/"[..].into() } else { file.name[..end].into() };
        }
        FileKind::Pipe => "[pipes]",
        FileKind::Socket(_) => "[sockets]",
        FileKind::Anon => return file.name.clone(),
        FileKind::Pseudo => "[files without a directory]",
        FileKind::Namespace => "[namespaces]",
    };
    name.as_bytes().into()
}

/// Rows of a result.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What they are told apart by.
    pub dims: Vec<Dim>,
    /// A label for each of these, and what was counted.
    pub rows: Vec<(Vec<Label>, Count)>,
    /// Everything.
    pub total: Count,
    /// Calls among it that found no room of their own.
    pub other: u64,
}

impl Table {
    /// Puts keys together that have the same labels.
    pub fn new<'a>(
        keys: impl IntoIterator<Item = &'a Keyed>,
        names: &Names,
        dims: &[Dim],
        group: Group,
    ) -> Table {
        let mut rows: BTreeMap<Vec<Label>, Count> = BTreeMap::new();
        let mut table = Table { dims: dims.to_vec(), ..Table::default() };
        for keyed in keys.into_iter().filter(|k| k.count.totals.calls > 0) {
            table.total.merge(&keyed.count);
            if keyed.key.is_other() {
                table.other = table.other.saturating_add(keyed.count.totals.calls);
            }
            let labels: Vec<Label> = dims.iter().map(|dim| names.label(*dim, &keyed.key, group)).collect();
            match dims.iter().position(|d| *d == Dim::Errno) {
                None => rows.entry(labels).or_default().merge(&keyed.count),
                Some(at) => {
                    for (errno, count) in by_errno(&keyed.count) {
                        let mut labels = labels.clone();
                        labels[at] = errno;
                        rows.entry(labels).or_default().merge(&count);
                    }
                }
            }
        }
        table.rows = rows.into_iter().collect();
        table
    }

    /// Times and bytes belong to the rows: not when calls are told apart by their errors, whose times are not kept apart.
    pub fn has_times(&self) -> bool {
        !self.dims.contains(&Dim::Errno)
    }
}

/// Calls and errors only.
fn by_errno(count: &Count) -> Vec<(Label, Count)> {
    let part = |calls: u64, errors: u64, errno: Option<u32>| Count {
        totals: Totals { calls, errors, ..Totals::default() },
        errors: errno.into_iter().map(|e| (e, errors)).collect(),
        ..Count::default()
    };
    let t = count.totals;
    let known = count.errors.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
    let mut out: Vec<_> = count
        .errors
        .iter()
        .map(|(errno, n)| {
            let name = errno_name(*errno).map_or_else(|| format!("E{errno}"), str::to_owned);
            (Label::Text(name.into_bytes()), part(*n, *n, Some(*errno)))
        })
        .collect();
    out.push((Label::Other, part(t.errors.saturating_sub(known), t.errors.saturating_sub(known), None)));
    out.push((Label::None, part(t.calls.saturating_sub(t.errors), 0, None)));
    out.retain(|(_, count)| count.totals.calls > 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(nr: u32, calls: u64, errors: &[(u32, u64)]) -> Keyed {
        let mut keyed = Keyed::default();
        keyed.key.nr = nr;
        keyed.count.totals = Totals {
            calls,
            errors: errors.iter().map(|(_, n)| n).sum(),
            total_ns: 10 * calls,
            ..Totals::default()
        };
        keyed.count.errors = errors.iter().copied().collect();
        keyed
    }

    fn texts(table: &Table) -> Vec<(String, u64, u64)> {
        let text = |labels: &[Label]| {
            let text = |label: &Label| match label {
                Label::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            labels.iter().map(text).collect::<Vec<_>>().join(" ")
        };
        table.rows.iter().map(|(l, c)| (text(l), c.totals.calls, c.totals.errors)).collect()
    }

    #[test]
    fn what_the_kernel_must_distinguish() {
        let check = |dims: &[Dim], expected| assert_eq!(Dim::needs(dims), expected, "{dims:?}");
        check(&[Dim::Syscall, Dim::Family, Dim::Errno], (Group::None, false));
        check(&[Dim::Process, Dim::Syscall], (Group::Process, false));
        check(&[Dim::Dir], (Group::None, true));
        check(&[Dim::Comm, Dim::File], (Group::Comm, true));
        check(&[Dim::Cgroup], (Group::Cgroup, false));
        check(&[Dim::Thread], (Group::Task, false));
        check(&[Dim::Process, Dim::Comm], (Group::Task, false));
        for (name, dim) in Dim::NAMES {
            assert_eq!((Dim::from_name(name), dim.name()), (Some(dim), name));
        }
    }

    #[test]
    fn keys_of_one_row_are_added() {
        let keys = [keyed(0, 2, &[]), keyed(1, 3, &[(9, 1)]), keyed(202, 1, &[]), keyed(0, 0, &[])];
        let table = Table::new(&keys, &Names::default(), &[Dim::Family], Group::None);
        assert_eq!(texts(&table), [("FS".into(), 5, 1), ("IPC".into(), 1, 0)]);
        assert_eq!((table.total.totals.calls, table.total.totals.total_ns), (6, 60));
    }

    #[test]
    fn errors_without_a_number_are_counted_too() {
        let mut some = keyed(0, 10, &[(2, 3), (4000, 1)]);
        some.count.totals.errors = 6;
        let table = Table::new([&some], &Names::default(), &[Dim::Syscall, Dim::Errno], Group::None);
        let expected =
            [("read ENOENT", 3, 3), ("read E4000", 1, 1), ("read None", 4, 0), ("read Other", 2, 2)];
        let mut found = texts(&table);
        found.sort();
        let mut expected: Vec<_> = expected.map(|(t, c, e)| (t.to_owned(), c, e)).into();
        expected.sort();
        assert_eq!(found, expected);
        assert!(!table.has_times());
    }

    #[test]
    fn what_found_no_room_is_called_other() {
        let mut lost = keyed(0, 5, &[]);
        lost.key.how = wire::COUNT_OTHER;
        let mut all_lost = keyed(u32::MAX, 7, &[]);
        all_lost.key.how = wire::COUNT_OTHER;
        let table =
            Table::new([&lost, &all_lost], &Names::default(), &[Dim::Process, Dim::Syscall], Group::Process);
        assert_eq!(texts(&table), [("Other read".into(), 5, 0), ("Other Other".into(), 7, 0)]);
        assert_eq!((table.other, table.total.totals.calls), (12, 12));
    }

    #[test]
    fn names_come_with_the_keys() {
        let mut key = keyed(0, 1, &[]);
        key.key.group = [u64::from_le_bytes(*b"a-long-n"), u64::from_le_bytes(*b"ame\0\0\0\0\0")];
        let table = Table::new([&key], &Names::default(), &[Dim::Comm, Dim::File], Group::Comm);
        assert_eq!(texts(&table), [("a-long-name None".into(), 1, 0)]);
        let table = Table::new([&key], &Names::default(), &[Dim::Thread], Group::Task);
        assert_eq!(texts(&table), [("Unknown".into(), 1, 0)]);
    }
}
