//! A ring's records in a row, through the decoder into every format.

use syscope_event::{Decoder, Item, Row, Sink, Summary};
use syscope_output::{Column, Format, Options, SortKey, SummarySink, TableOptions, verdict};
use syscope_stats::Names;

use crate::check::{self, Written};
use crate::input::Input;

/// Records, each behind its length in two bytes, as `cargo run -p syscope-kernel --example records` writes them. The last
/// bytes are taken for the choices of the user as well.
pub fn records(data: &[u8]) {
    let mut choices = Input::new(&data[data.len() - data.len().min(24)..]);
    let options = choices.options();
    let table = TableOptions { sort: choices.one_of(&SortKey::NAMES).1, columns: Column::DEFAULT.to_vec() };
    let [text, csv, jsonl, totals] = std::array::from_fn(|_| Written::default());
    let mut sinks: [Box<dyn Sink>; 4] = [
        Format::Text.open(text.out(), &options),
        Format::Csv.open(csv.out(), &options),
        Format::Jsonl.open(jsonl.out(), &options),
        Box::new(SummarySink::new(totals.out(), None, table)),
    ];
    let mut decoder = Decoder::new();
    decoder.set_samples([(0, 7), (1, u32::MAX)]);
    let mut names = Names::default();
    let mut rows = Vec::new();
    let mut summary = Summary::default();
    let mut most = Allowance::new(&options);
    let mut input = Input::new(data);
    while !input.is_empty() {
        let record = input.chunk();
        names.record(record);
        most.take(record);
        match decoder.decode(record) {
            Ok(Some(item)) => {
                if let Item::Call(event) = &item {
                    rows.push(Row::from_event(event, &options.style));
                }
                for sink in &mut sinks {
                    let taken = sink.item(&item);
                    assert!(taken.is_ok(), "{taken:?}");
                }
            }
            Ok(None) => {}
            Err(_) => summary.bad_records += 1,
        }
    }
    summary.rows = rows.len() as u64;
    summary.lost_details = decoder.missing_enter();
    for sink in &mut sinks {
        let finished = sink.finish(&summary);
        assert!(finished.is_ok(), "{finished:?}");
    }
    check::is_plain_ascii(verdict(&summary).as_bytes());
    let text = text.bytes();
    check::is_plain_ascii(&text);
    assert!(text.len() <= most.bytes, "{} bytes of text, {} would be much", text.len(), most.bytes);
    let lines = text.split(|b| *b == b'\n').count() - 1;
    assert!(lines >= rows.len() && lines <= rows.len() + 2 * most.records, "{lines} lines");
    check::is_plain_ascii(&totals.bytes());
    let csv = csv.bytes();
    let header = csv.iter().position(|b| *b == b'\n').map_or(0, |end| end + 1);
    assert_eq!(check::shown(&csv[..header]), format!("{:?}", Row::COLUMNS.join(",") + "\n"));
    check::csv_holds(&csv[header..], rows.iter().map(|row| row.cells().to_vec()));
    check::json_holds_rows(&jsonl.bytes(), &rows);
}

/// How much text there may be: so much for each record and each of its bytes, and names wherever a name can stand.
struct Allowance {
    bytes: usize,
    records: usize,
    longest: usize,
    align: usize,
}

impl Allowance {
    fn new(options: &Options) -> Allowance {
        Allowance { bytes: 0, records: 0, longest: 0, align: options.text.align }
    }

    fn take(&mut self, record: &[u8]) {
        self.records += 1;
        self.longest = self.longest.max(record.len());
        // A byte is four characters at most; the captures of an entry may come with a later record. A descriptor, of four
        // bytes, may have any name, and a bit of a set is one too.
        let names = 8 + self.longest;
        self.bytes += 2000 + self.align + 40 * self.longest + names * 4 * self.longest;
    }
}
