//! The few of the kernel's types that the programs read, cut out of its BTF.
//!
//! libbpf adapts field offsets to the running kernel by looking for every type of the programs among all that the kernel
//! has, once for each: a fifth of the start. Here they are found in one pass, and libbpf searches in what was found.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::FromRawFd;

use libbpf_rs::{AsRawLibbpf, OpenObject, libbpf_sys};

/// The structures of `bpf/kernel.h`.
pub(crate) const TYPES: &[&str] = include!(concat!(env!("OUT_DIR"), "/types.rs"));

/// What the kernel half needs to know of this kernel's types.
#[derive(Debug, Default)]
pub(crate) struct KernelTypes {
    /// The types that the programs read, as BTF of their own; `None`: not all of them are there, or not as expected, and
    /// libbpf has to search.
    pub(crate) excerpt: Option<Vec<u8>>,
    /// How the kernel numbers `struct timespec64` and `struct seqcount`; `None`: it lacks one of them, or bpf_rdonly_cast.
    pub(crate) casts: Option<[u32; 2]>,
}

const CAST: &[u8] = b"bpf_rdonly_cast";
/// Their first fields have 64 and 32 bits.
const CAST_TYPES: [&[u8]; 2] = [b"timespec64", b"seqcount"];

const INT: u32 = 1;
const PTR: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const TYPEDEF: u32 = 8;
const VOLATILE: u32 = 9;
const CONST: u32 = 10;
const RESTRICT: u32 = 11;
const FUNC: u32 = 12;
const FLOAT: u32 = 16;
const TYPE_TAG: u32 = 18;
const ENUM64: u32 = 19;

const HEADER: usize = 24;
const MAGIC: u16 = 0xeb9f;
/// Structures inside each other.
const DEPTH: u32 = 64;

/// In the place of type numbers (`bpf/load.h`).
const PLACES: [i32; 2] = [0x7379_7364, 0x7379_7332];
/// `r = number`, 64 bits.
const MOVE: u8 = (libbpf_sys::BPF_ALU64 | libbpf_sys::BPF_MOV | libbpf_sys::BPF_K) as u8;

/// Puts the numbers of types into all programs, which are complete but not loaded.
pub(crate) fn number_casts(object: &OpenObject, types: [u32; 2]) -> libbpf_rs::Result<()> {
    let object_ptr = object.as_libbpf_object().as_ptr();
    // SAFETY: an opened object, of which there is no other reference now.
    let err = unsafe { libbpf_sys::bpf_object__prepare(object_ptr) };
    if err < 0 {
        return Err(libbpf_rs::Error::from_raw_os_error(-err));
    }
    for prog in object.progs() {
        let prog = prog.as_libbpf_object().as_ptr();
        // SAFETY: the object owns as many instructions as it says, and does not change while we copy them.
        let mut insns = unsafe {
            let len = usize::try_from(libbpf_sys::bpf_program__insn_cnt(prog)).unwrap_or(0);
            std::slice::from_raw_parts(libbpf_sys::bpf_program__insns(prog), len).to_vec()
        };
        for insn in insns.iter_mut().filter(|insn| insn.code == MOVE) {
            if let Some(at) = PLACES.iter().position(|place| *place == insn.imm) {
                insn.imm = types[at].cast_signed();
            }
        }
        // SAFETY: libbpf copies the instructions, whose number is told.
        let err = unsafe {
            libbpf_sys::bpf_program__set_insns(prog, insns.as_mut_ptr(), insns.len() as libbpf_sys::size_t)
        };
        if err < 0 {
            return Err(libbpf_rs::Error::from_raw_os_error(-err));
        }
    }
    Ok(())
}

/// Looks through the kernel's BTF for types of these names.
pub(crate) fn look(wanted: &[&str]) -> KernelTypes {
    match std::fs::read("/sys/kernel/btf/vmlinux") {
        Ok(btf) => look_in(&btf, wanted).unwrap_or_default(),
        Err(_) => KernelTypes::default(),
    }
}

/// A file in memory, for libbpf, which wants a path.
pub(crate) fn memory_file(bytes: &[u8]) -> io::Result<File> {
    // SAFETY: the name is a terminated string; the call reads nothing else.
    let fd = unsafe { libc::memfd_create(c"btf".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor that nobody else has.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(bytes)?;
    Ok(file)
}

fn look_in(btf: &[u8], wanted: &[&str]) -> Option<KernelTypes> {
    let source = Source::parse(btf)?;
    let wanted: HashSet<&[u8]> = wanted.iter().map(|name| name.as_bytes()).collect();
    let mut roots = Vec::new();
    let mut found = HashSet::new();
    let mut cast_types = [None; 2];
    let mut has_cast = false;
    for id in 1..u32::try_from(source.offsets.len()).ok()? {
        let kind = source.kind(id)?;
        if !matches!(kind, STRUCT | UNION | FUNC) {
            continue;
        }
        let name = source.name(id)?;
        if kind == FUNC {
            has_cast |= name == CAST;
            continue;
        }
        if let Some(name) = wanted.get(name) {
            found.insert(*name);
            roots.push(id);
        }
        if kind == STRUCT
            && let Some(at) = CAST_TYPES.iter().position(|t| *t == name)
        {
            cast_types[at].get_or_insert(id);
        }
    }
    let excerpt = (found.len() == wanted.len()).then(|| excerpt(&source, &roots)).flatten();
    let casts = match (has_cast, cast_types) {
        (true, [Some(wide), Some(narrow)]) => Some([wide, narrow]),
        _ => None,
    };
    Some(KernelTypes { excerpt, casts })
}

/// The kernel's BTF, with where each type begins.
struct Source<'a> {
    types: &'a [u8],
    strings: &'a [u8],
    offsets: Vec<usize>,
}

impl<'a> Source<'a> {
    fn parse(btf: &'a [u8]) -> Option<Source<'a>> {
        if u16::from_le_bytes(btf.get(..2)?.try_into().ok()?) != MAGIC {
            return None;
        }
        let [header, type_off, type_len, str_off, str_len] =
            [4, 8, 12, 16, 20].map(|at| word(btf, at).unwrap_or(u32::MAX) as usize);
        let types = btf.get(header.checked_add(type_off)?..)?.get(..type_len)?;
        let strings = btf.get(header.checked_add(str_off)?..)?.get(..str_len)?;
        // Number 0 is void.
        let mut offsets = vec![usize::MAX];
        let mut at = 0;
        while at < types.len() {
            offsets.push(at);
            at += 12 + tail(word(types, at + 4)?)?;
        }
        Some(Source { types, strings, offsets })
    }

    fn at(&self, id: u32) -> Option<usize> {
        self.offsets.get(id as usize).copied().filter(|at| *at != usize::MAX)
    }

    fn info(&self, id: u32) -> Option<u32> {
        word(self.types, self.at(id)? + 4)
    }

    fn kind(&self, id: u32) -> Option<u32> {
        self.info(id).map(kind_of)
    }

    fn name(&self, id: u32) -> Option<&'a [u8]> {
        let name = self.strings.get(word(self.types, self.at(id)?)? as usize..)?;
        name.split(|b| *b == 0).next()
    }

    /// The type's own words, whose number its first ones tell.
    fn words(&self, id: u32) -> Option<Vec<u32>> {
        let at = self.at(id)?;
        let len = 12 + tail(self.info(id)?)?;
        let bytes = self.types.get(at..at + len)?.chunks_exact(4);
        Some(bytes.map(|b| b.try_into().map_or(0, u32::from_le_bytes)).collect())
    }
}

/// What is built.
struct Excerpt<'a> {
    source: &'a Source<'a>,
    types: Vec<u32>,
    count: u32,
    known: HashMap<u32, u32>,
}

/// BTF of these types and whatever lies inside them. Names are those of the source, whose strings are taken over.
fn excerpt(source: &Source<'_>, roots: &[u32]) -> Option<Vec<u8>> {
    // Number 1 is a pointer to void and stands for every pointer: where one points to is a question for another type.
    let mut out = Excerpt { source, types: vec![0, PTR << 24, 0], count: 1, known: HashMap::new() };
    for root in roots {
        out.add(*root, 0)?;
    }
    let type_len = u32::try_from(4 * out.types.len()).ok()?;
    let str_len = u32::try_from(source.strings.len()).ok()?;
    let mut btf = Vec::with_capacity(HEADER + 4 * out.types.len() + source.strings.len());
    btf.extend(MAGIC.to_le_bytes());
    btf.extend([1, 0]);
    for word in [24, 0, type_len, type_len, str_len].iter().chain(&out.types) {
        btf.extend(word.to_le_bytes());
    }
    btf.extend(source.strings);
    Some(btf)
}

impl Excerpt<'_> {
    /// The new number of a type, which is added if it is not there.
    fn add(&mut self, id: u32, depth: u32) -> Option<u32> {
        if id == 0 {
            return Some(0);
        }
        if let Some(known) = self.known.get(&id) {
            return Some(*known);
        }
        if depth > DEPTH {
            return None;
        }
        let mut words = self.source.words(id)?;
        match kind_of(words[1]) {
            // Other names and qualifiers of a type do not matter.
            TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => {
                let target = self.add(words[2], depth + 1)?;
                self.known.insert(id, target);
                return Some(target);
            }
            PTR => return Some(1),
            INT | FLOAT => {}
            ENUM | ENUM64 => {
                words.truncate(3);
                words[1] &= !0xffff;
            }
            ARRAY => {
                words[3] = self.add(words[3], depth + 1)?;
                words[4] = self.add(words[4], depth + 1)?;
            }
            STRUCT | UNION => {
                for member in 0..(words[1] & 0xffff) as usize {
                    words[4 + 3 * member] = self.add(words[4 + 3 * member], depth + 1)?;
                }
            }
            _ => return None,
        }
        self.types.extend(words);
        self.count += 1;
        self.known.insert(id, self.count);
        Some(self.count)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn kind_of(info: u32) -> u32 {
    info >> 24 & 0x1f
}

/// Bytes behind the first three words; `None`: a kind that is newer than this.
fn tail(info: u32) -> Option<usize> {
    let len = (info & 0xffff) as usize;
    Some(match kind_of(info) {
        // int, variable, declaration tag
        INT | 14 | 17 => 4,
        ARRAY => 12,
        // data section
        STRUCT | UNION | ENUM64 | 15 => 12 * len,
        // function prototype
        ENUM | 13 => 8 * len,
        // forward declaration
        PTR | 7..=FUNC | FLOAT | TYPE_TAG => 0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use libbpf_rs::btf::Btf;
    use libbpf_rs::btf::types::Struct;
    use proptest::prelude::*;

    use super::*;

    /// What the running kernel has, field by field, as libbpf sees it in the whole and in the excerpt.
    #[test]
    fn the_excerpt_is_like_the_whole() {
        let Ok(whole) = Btf::from_vmlinux() else {
            eprintln!("no BTF: skipped");
            return;
        };
        let excerpt = look(TYPES).excerpt.expect("all types");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &excerpt).unwrap();
        let excerpt = Btf::from_path(file.path()).unwrap();
        for name in TYPES {
            let fields = |btf: &Btf<'_>| {
                let found: Struct<'_> = btf.type_by_name(name).unwrap_or_else(|| panic!("{name}"));
                let fields: Vec<_> = found
                    .iter()
                    .map(|member| (member.name.map(|n| n.to_owned()), format!("{:?}", member.attr)))
                    .collect();
                fields
            };
            assert_eq!(fields(&whole), fields(&excerpt), "{name}");
        }
    }

    #[test]
    fn a_type_that_is_not_there_leaves_the_search_to_libbpf() {
        let types = look(&["task_struct", "no_such_type"]);
        assert!(types.excerpt.is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(tail in prop::collection::vec(any::<u8>(), 0..200), types in 0_u32..100, strings in 0_u32..100) {
            let mut btf = MAGIC.to_le_bytes().to_vec();
            btf.extend([1, 0]);
            for word in [24, 0, types, types, strings] {
                btf.extend(word.to_le_bytes());
            }
            btf.extend(tail);
            let _ = look_in(&btf, &["a"]);
        }
    }
}
