//! Reads the C header: its numbers, and where the fields of its structures lie.
//!
//! Understands what `wire.h` uses and nothing more: `#define NAME expression`, enums with explicit values, structures of
//! fixed-width integers, arrays and other structures, aligned as the x86-64 and BPF ABIs do. Anything else is a panic, so
//! that the header cannot outgrow the test unnoticed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What the header says.
#[derive(Debug, Default)]
pub(crate) struct CHeader {
    /// Macros and enumerators.
    pub(crate) numbers: BTreeMap<String, u64>,
    /// Structures by name.
    structs: BTreeMap<String, Struct>,
}

#[derive(Debug, Clone)]
struct Struct {
    size: usize,
    align: usize,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    ty: String,
    offset: usize,
    count: usize,
    array: bool,
}

/// One scalar of a structure, with the path that leads to it: `hdr.tid`, `args[3]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) path: String,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

impl CHeader {
    /// Parses the text of a header.
    pub(crate) fn parse(text: &str) -> CHeader {
        let mut header = CHeader::default();
        let text = without_comments(text);
        let mut code = String::new();
        for line in text.lines() {
            match line.trim_start().strip_prefix('#') {
                Some(directive) => header.directive(directive),
                None => {
                    code.push_str(line);
                    code.push('\n');
                }
            }
        }
        let mut rest = code.as_str();
        while let Some(open) = rest.find('{') {
            let close = open + rest[open..].find('}').expect("a body ends");
            let head: Vec<&str> = rest[..open].split_whitespace().collect();
            let body = &rest[open + 1..close];
            match head.as_slice() {
                ["enum", _name] => header.enumerators(body),
                ["struct", name] => header.structure(name, body),
                other => panic!("cannot read {other:?}"),
            }
            rest = rest[close + 1..].trim_start().strip_prefix(';').expect("a semicolon after a body");
        }
        assert_eq!(rest.trim(), "", "text that was not understood");
        header
    }

    fn directive(&mut self, directive: &str) {
        let mut words = directive.trim().splitn(3, char::is_whitespace);
        match (words.next(), words.next(), words.next()) {
            (Some("define"), Some(name), Some(value)) => {
                let value = self.number(value);
                self.add(name, value);
            }
            (Some("ifndef" | "endif" | "define"), ..) => {}
            other => panic!("cannot read {other:?}"),
        }
    }

    fn add(&mut self, name: &str, value: u64) {
        let before = self.numbers.insert(name.to_owned(), value);
        assert_eq!(before, None, "{name} is defined twice");
    }

    fn enumerators(&mut self, body: &str) {
        for item in body.split(',').map(str::trim).filter(|i| !i.is_empty()) {
            let (name, value) = item.split_once('=').expect("an enumerator has its value");
            let value = self.number(value);
            self.add(name.trim(), value);
        }
    }

    fn number(&self, text: &str) -> u64 {
        let text = text.trim();
        if let Some((value, shift)) = text.split_once("<<") {
            return self.number(value) << self.number(shift);
        }
        if let Some(value) = self.numbers.get(text) {
            return *value;
        }
        text.parse().unwrap_or_else(|_| panic!("{text} is not a number"))
    }

    fn structure(&mut self, name: &str, body: &str) {
        let mut s = Struct { size: 0, align: 1, fields: Vec::new() };
        for item in body.split(';').map(str::trim).filter(|i| !i.is_empty()) {
            let (ty, field) = item.rsplit_once(char::is_whitespace).expect("a type and a name");
            let (field, count, array) = match field.split_once('[') {
                Some((field, dim)) => {
                    let count = self.number(dim.strip_suffix(']').expect("a closed dimension"));
                    (field, usize::try_from(count).expect("a small dimension"), true)
                }
                None => (field, 1, false),
            };
            let ty = ty.trim().to_owned();
            let (size, align) = self.size_align(&ty);
            let offset = s.size.next_multiple_of(align);
            s.size = offset + size * count;
            s.align = s.align.max(align);
            s.fields.push(Field { name: field.to_owned(), ty, offset, count, array });
        }
        s.size = s.size.next_multiple_of(s.align);
        self.structs.insert(name.to_owned(), s);
    }

    fn size_align(&self, ty: &str) -> (usize, usize) {
        let bytes = match ty {
            "__u8" | "__s8" => 1,
            "__u16" | "__s16" => 2,
            "__u32" | "__s32" => 4,
            "__u64" | "__s64" => 8,
            _ => {
                let s = self.get(ty.strip_prefix("struct ").expect("a fixed-width type"));
                return (s.size, s.align);
            }
        };
        (bytes, bytes)
    }

    fn get(&self, name: &str) -> &Struct {
        self.structs.get(name).unwrap_or_else(|| panic!("no struct {name}"))
    }

    /// Names of all structures.
    pub(crate) fn struct_names(&self) -> BTreeSet<&str> {
        self.structs.keys().map(String::as_str).collect()
    }

    /// `sizeof(struct name)`.
    pub(crate) fn size(&self, name: &str) -> usize {
        self.get(name).size
    }

    /// All scalars of a structure, nested ones included.
    pub(crate) fn scalars(&self, name: &str) -> Vec<Scalar> {
        let mut out = Vec::new();
        self.flatten(self.get(name), 0, "", &mut out);
        out
    }

    fn flatten(&self, s: &Struct, base: usize, prefix: &str, out: &mut Vec<Scalar>) {
        for f in &s.fields {
            let (size, _) = self.size_align(&f.ty);
            for i in 0..f.count {
                let index = if f.array { format!("[{i}]") } else { String::new() };
                let path = format!("{prefix}{}{index}", f.name);
                let offset = base + f.offset + i * size;
                match f.ty.strip_prefix("struct ") {
                    Some(inner) => self.flatten(self.get(inner), offset, &format!("{path}."), out),
                    None => out.push(Scalar { path, offset, size }),
                }
            }
        }
    }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        let end = start + rest[start..].find("*/").expect("a comment ends") + 2;
        out.push_str(&rest[..start]);
        out.push(' ');
        rest = &rest[end..];
    }
    out + rest
}

/// The bytes of one structure whose every scalar holds a value of its own, and which of them were asked for.
pub(crate) struct Filled {
    pub(crate) bytes: Vec<u8>,
    scalars: Vec<Scalar>,
    asked: RefCell<BTreeSet<String>>,
}

impl Filled {
    /// Fills the structure with values that occur once.
    pub(crate) fn new(header: &CHeader, name: &str) -> Filled {
        let scalars = header.scalars(name);
        let mut bytes = vec![0; header.size(name)];
        for (n, s) in scalars.iter().enumerate() {
            // A byte has room for the position; wider fields say it in their highest byte too, where a wrong width shows.
            let low = u64::try_from(n + 1).expect("few fields");
            let value = if s.size == 1 { low } else { (low << (8 * s.size - 8)) | (0x40 + low) };
            bytes[s.offset..s.offset + s.size].copy_from_slice(&value.to_le_bytes()[..s.size]);
        }
        Filled { bytes, scalars, asked: RefCell::default() }
    }

    fn scalar(&self, path: &str) -> Scalar {
        self.scalars.iter().find(|s| s.path == path).unwrap_or_else(|| panic!("no field {path}")).clone()
    }

    /// Sets one scalar, so that the record makes sense.
    pub(crate) fn set(&mut self, path: &str, value: u64) {
        let s = self.scalar(path);
        self.bytes[s.offset..s.offset + s.size].copy_from_slice(&value.to_le_bytes()[..s.size]);
    }

    /// The value of one scalar, without sign.
    pub(crate) fn get(&self, path: &str) -> u64 {
        self.asked.borrow_mut().insert(path.to_owned());
        let s = self.scalar(path);
        let mut value = [0; 8];
        value[..s.size].copy_from_slice(&self.bytes[s.offset..s.offset + s.size]);
        u64::from_le_bytes(value)
    }

    /// The values of an array of bytes.
    pub(crate) fn get_bytes<const N: usize>(&self, path: &str) -> [u8; N] {
        std::array::from_fn(|i| u8::try_from(self.get(&format!("{path}[{i}]"))).expect("a byte"))
    }

    /// Fails if a field, padding aside, was never compared.
    pub(crate) fn assert_all_compared(&self) {
        let left: Vec<_> = self
            .scalars
            .iter()
            .map(|s| &s.path)
            .filter(|p| !p.ends_with("pad") && !self.asked.borrow().contains(*p))
            .collect();
        assert!(left.is_empty(), "fields that the twin does not read: {left:?}");
    }
}

#[test]
fn layout_follows_natural_alignment() {
    let h = CHeader::parse(
        "#define N 3 /* three */\n enum e { A = 1 << 4, B = N };\n struct in { __u8 a; __u32 b; };\n\
         struct out { __u16 x; struct in y[N]; __s64 z; __u8 tail; };",
    );
    assert_eq!(h.numbers["A"], 16);
    assert_eq!(h.numbers["B"], 3);
    assert_eq!((h.size("in"), h.size("out")), (8, 48));
    let at = |path: &str| h.scalars("out").iter().find(|s| s.path == path).map(|s| s.offset);
    assert_eq!(at("y[1].b"), Some(16));
    assert_eq!(at("z"), Some(32));
}
