//! Counts of the kernel half under any names, as tables, lines for programs, and histograms.

use syscope_event::{Cell, Comm};
use syscope_output::{SortKey, stat};
use syscope_stats::{Count, Dim, Histogram, Keyed, Label, Names, Table, Totals};
use syscope_wire::Group;

use crate::check;
use crate::input::Input;

/// What rows are told apart by, some keys with their counts, and records that name them.
pub fn tables(data: &[u8]) {
    let mut input = Input::new(data);
    let dims: Vec<Dim> = (0..1 + input.u8() % 4).map(|_| input.one_of(&Dim::NAMES).1).collect();
    let (group, _) = Dim::needs(&dims);
    let sort = input.one_of(&SortKey::NAMES).1;
    let keys: Vec<Keyed> = (0..input.u8() & 15).map(|_| keyed(&mut input)).collect();
    let mut names = Names::default();
    let free: Vec<(Vec<Label>, Count)> = (0..input.u8() & 7)
        .map(|_| (dims.iter().map(|dim| label(*dim, &mut input)).collect(), count(&mut input)))
        .collect();
    while !input.is_empty() {
        names.record(input.chunk());
    }
    for group in [group, Group::Task, Group::Comm, Group::Process, Group::Cgroup] {
        let mut table = Table::new(&keys, &names, &dims, group);
        let calls = keys.iter().fold(0_u64, |sum, k| sum.saturating_add(k.count.totals.calls));
        assert_eq!(table.total.totals.calls, calls);
        stat::sort(&mut table, sort);
        written(&table, data.len());
    }
    written(&Table { dims, rows: free, ..Table::default() }, data.len());
}

fn keyed(input: &mut Input<'_>) -> Keyed {
    let mut keyed = Keyed::default();
    keyed.count = count(input);
    keyed.key.group = [input.register(), input.register()];
    keyed.key.file = input.register();
    keyed.key.nr = u32::try_from(input.register() & 0xffff_ffff).unwrap_or_default();
    keyed.key.abi = input.u8().into();
    keyed.key.how = input.u16();
    keyed
}

fn count(input: &mut Input<'_>) -> Count {
    let totals = Totals {
        calls: input.register(),
        errors: input.register(),
        timed: input.register(),
        total_ns: input.register(),
        min_ns: input.register(),
        max_ns: input.register(),
        bytes: input.register(),
    };
    let mut count = Count { totals, unfinished: u64::from(input.u16()), ..Count::default() };
    count.bytes = [input.register(), input.register(), input.register()];
    for _ in 0..input.u8() & 7 {
        count.latency.add(input.register(), input.register());
        count.gap.add_to(usize::from(input.u16()), input.register());
        count.errors.insert(u32::from(input.u16()), input.register());
    }
    count
}

fn label(dim: Dim, input: &mut Input<'_>) -> Label {
    let mut comm = [0; 16];
    let name = input.bytes(16);
    comm[..name.len()].copy_from_slice(name);
    match (input.u8() % 4, dim) {
        (0, Dim::Process | Dim::Thread) => Label::Task(input.u32(), Some(Comm(comm))),
        (0, _) => Label::Text(input.chunk().to_vec()),
        (1, _) => Label::None,
        (2, _) => Label::Unknown,
        _ => Label::Other,
    }
}

fn written(table: &Table, size: usize) {
    for text in [stat::table(table, 5), stat::lines(table, usize::MAX, 1.5)] {
        check::is_plain_text(text.as_bytes());
        assert!(text.len() <= (table.rows.len() + 5) * (500 + 5 * table.dims.len() * size));
    }
    let header = stat::csv_header(&table.dims);
    let columns: Vec<&str> = std::str::from_utf8(&header).unwrap_or_default().trim_end().split(',').collect();
    let lines = stat::csv(table, Some(7));
    assert!(lines.is_ok());
    let lines = lines.unwrap_or_default();
    check::is_plain_text(&lines);
    let mut read = csv::ReaderBuilder::new().has_headers(false).from_reader(&*lines);
    let read = read.byte_records().filter(|r| r.as_ref().is_ok_and(|r| r.len() == columns.len())).count();
    assert_eq!(read, table.rows.len(), "{}", check::shown(&lines));
    let json = stat::jsonl(table, None);
    let mut lines = json.split_inclusive(|b| *b == b'\n');
    for (labels, _) in &table.rows {
        let cells: Vec<Cell<'_>> = table.dims.iter().zip(labels).flat_map(|(d, l)| cells(*d, l)).collect();
        check::json_holds(lines.next().unwrap_or_default(), &columns, &cells);
    }
    for (_, count) in &table.rows {
        histogram(&count.latency);
        histogram(&count.gap);
    }
}

/// The columns that a label fills.
fn cells(dim: Dim, label: &Label) -> Vec<Cell<'_>> {
    let is_task = matches!(dim, Dim::Process | Dim::Thread);
    let name = match label {
        Label::Text(text) => Cell::Bytes(text),
        Label::Task(id, comm) => {
            return vec![(*id).into(), comm.as_ref().map_or(Cell::Absent, |c| Cell::Bytes(c.as_bytes()))];
        }
        Label::None | Label::Unknown => Cell::Absent,
        Label::Other => Cell::Bytes(b"[other]"),
    };
    if is_task { vec![Cell::Absent, name] } else { vec![name] }
}

fn histogram(hist: &Histogram) {
    let text = stat::histogram("x", hist);
    check::is_plain_ascii(text.as_bytes());
    assert!(text.lines().count() <= 65);
    let at = |per_mille| hist.quantile(per_mille);
    assert!(at(500) <= at(900) && at(900) <= at(1000));
}
