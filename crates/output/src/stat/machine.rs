//! The same for programs: CSV and JSON lines. Absent is empty or null.

use std::io;

use syscope_stats::{Count, Dim, Label, Table};

use crate::{csv as csv_cells, jsonl as json_cells};
use syscope_event::Cell;

/// Figures, behind the labels. Only ever added to.
const FIGURES: [&str; 15] = [
    "calls",
    "errors",
    "unfinished",
    "total_ns",
    "min_ns",
    "mean_ns",
    "p50_ns",
    "p90_ns",
    "p99_ns",
    "p999_ns",
    "max_ns",
    "bytes_read",
    "bytes_written",
    "bytes_transferred",
    "elapsed_ns",
];

/// Columns of a dimension: processes and threads have a number and a name.
fn columns(dim: Dim) -> &'static [&'static str] {
    match dim {
        Dim::Process => &["pid", "process"],
        Dim::Thread => &["tid", "thread"],
        _ => std::slice::from_ref(&Dim::NAMES[dim as usize].0),
    }
}

fn cells(dim: Dim, label: &Label) -> Vec<Cell<'_>> {
    let name = match label {
        Label::Text(text) => Cell::Bytes(text),
        Label::Task(id, comm) => {
            return vec![(*id).into(), comm.as_ref().map_or(Cell::Absent, |c| Cell::Bytes(c.as_bytes()))];
        }
        Label::None | Label::Unknown => Cell::Absent,
        Label::Other => Cell::Bytes(b"[other]"),
    };
    match dim {
        Dim::Process | Dim::Thread => vec![Cell::Absent, name],
        _ => vec![name],
    }
}

fn figures(count: &Count, timed: bool, elapsed_ns: Option<u64>) -> [Cell<'static>; FIGURES.len()] {
    let t = &count.totals;
    let time = |ns: u64| if timed && t.timed > 0 { Cell::UInt(ns) } else { Cell::Absent };
    let quantile = |per_mille| match count.latency_ns(per_mille) {
        Some(ns) if timed => Cell::UInt(ns),
        _ => Cell::Absent,
    };
    let bytes = |way: usize| if timed { Cell::UInt(count.bytes[way]) } else { Cell::Absent };
    [
        t.calls.into(),
        t.errors.into(),
        if timed { count.unfinished.into() } else { Cell::Absent },
        time(t.total_ns),
        time(t.min_ns),
        time(t.mean_ns()),
        quantile(500),
        quantile(900),
        quantile(990),
        quantile(999),
        time(t.max_ns),
        bytes(0),
        bytes(1),
        bytes(2),
        elapsed_ns.into(),
    ]
}

/// The first line of CSV.
pub fn csv_header(dims: &[Dim]) -> Vec<u8> {
    let names: Vec<&str> = dims.iter().flat_map(|d| columns(*d)).chain(&FIGURES).copied().collect();
    let mut out = names.join(",").into_bytes();
    out.push(b'\n');
    out
}

/// A line a row. `elapsed_ns`: since tracing began, for one of several tables.
pub fn csv(table: &Table, elapsed_ns: Option<u64>) -> io::Result<Vec<u8>> {
    let mut out = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut text = Vec::new();
    for (labels, count) in &table.rows {
        let labels = table.dims.iter().zip(labels).flat_map(|(dim, label)| cells(*dim, label));
        for cell in labels.chain(figures(count, table.has_times(), elapsed_ns)) {
            text.clear();
            csv_cells::write_cell(cell, &mut text);
            out.write_field(&text).map_err(csv_cells::io_error)?;
        }
        out.write_record(None::<&[u8]>).map_err(csv_cells::io_error)?;
    }
    out.into_inner().map_err(|e| e.into_error())
}

/// One object a row.
pub fn jsonl(table: &Table, elapsed_ns: Option<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    for (labels, count) in &table.rows {
        let names = table.dims.iter().flat_map(|d| columns(*d)).chain(&FIGURES);
        let labels = table.dims.iter().zip(labels).flat_map(|(dim, label)| cells(*dim, label));
        let values = labels.chain(figures(count, table.has_times(), elapsed_ns));
        let mut separator = b'{';
        for (name, value) in names.zip(values) {
            out.push(separator);
            separator = b',';
            json_cells::write_string(name.as_bytes(), &mut out);
            out.push(b':');
            json_cells::write_value(value, &mut out);
        }
        if table.has_times() && !count.errors.is_empty() {
            out.extend_from_slice(b",\"by_errno\":");
            let mut separator = b'{';
            for (errno, n) in &count.errors {
                let name =
                    syscope_event::errno_name(*errno).map_or_else(|| format!("E{errno}"), str::to_owned);
                out.push(separator);
                separator = b',';
                json_cells::write_string(name.as_bytes(), &mut out);
                out.push(b':');
                json_cells::write_value((*n).into(), &mut out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use syscope_stats::Totals;

    use super::*;

    fn sample() -> Table {
        let mut count = Count {
            totals: Totals { calls: 2, errors: 1, timed: 2, total_ns: 30, min_ns: 10, max_ns: 20, bytes: 5 },
            bytes: [5, 0, 0],
            errors: [(2, 1)].into(),
            ..Count::default()
        };
        count.latency.add(10, 1);
        count.latency.add(20, 1);
        let comm = syscope_event::Comm(*b"a,b\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let labels = vec![Label::Task(7, Some(comm)), Label::Text(b"read".to_vec()), Label::None];
        Table {
            dims: vec![Dim::Process, Dim::Syscall, Dim::File],
            rows: vec![(labels, count)],
            ..Table::default()
        }
    }

    #[test]
    fn csv_has_a_cell_for_every_column() {
        let table = sample();
        let header = String::from_utf8(csv_header(&table.dims)).unwrap();
        assert!(header.starts_with("pid,process,syscall,file,calls,errors,unfinished,total_ns,"), "{header}");
        let lines = String::from_utf8(csv(&table, None).unwrap()).unwrap();
        assert_eq!(lines, "7,\"a,b\",read,,2,1,0,30,10,15,10,20,20,20,20,5,0,0,\n");
        assert_eq!(header.matches(',').count() + 1, lines.matches(',').count());
    }

    #[test]
    fn json_parses_back() {
        let json: serde_json::Value = serde_json::from_slice(&jsonl(&sample(), Some(9))).unwrap();
        assert_eq!(json["pid"], 7);
        assert_eq!(json["process"], "a,b");
        assert_eq!(json["file"], serde_json::Value::Null);
        assert_eq!(
            (&json["calls"], &json["p99_ns"], &json["elapsed_ns"]),
            (&2.into(), &20.into(), &9.into())
        );
        assert_eq!(json["by_errno"]["ENOENT"], 1);
    }

    #[test]
    fn every_dimension_has_its_column() {
        for (name, dim) in Dim::NAMES {
            assert_eq!(columns(dim).last(), Some(&name));
            for label in [Label::Text(vec![b'x']), Label::Task(1, None), Label::None, Label::Other] {
                if matches!(label, Label::Task(..)) == matches!(dim, Dim::Process | Dim::Thread) {
                    assert_eq!(cells(dim, &label).len(), columns(dim).len(), "{name} {label:?}");
                }
            }
        }
    }
}
