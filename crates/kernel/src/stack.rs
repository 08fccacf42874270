//! What the running kernel may not check, and older ones do: the stack of all functions that are inside each other (the
//! newest give each program a stack of its own, see `check_max_stack_depth` in the kernel's verifier) and their number.
//! `make kernels` loads the programs on such kernels; this looks at them without one.

use std::collections::BTreeMap;

use libbpf_rs::libbpf_sys::bpf_insn;

use crate::{Config, Engine};

/// `MAX_BPF_STACK` and `MAX_CALL_FRAMES` of the kernel.
const STACK_MAX: usize = 512;
const FRAMES_MAX: usize = 8;
/// Frames are a multiple of this on the kernels that are the strictest.
const FRAME_UNIT: usize = 32;

const FRAME_POINTER: u8 = 10;
const MOVE: u8 = 0xbf;
const ADD_NUMBER: u8 = 0x07;
const CALL: u8 = 0x85;
const LOAD_WIDE: u8 = 0x18;
const PSEUDO_CALL: u8 = 1;
const PSEUDO_FUNC: u8 = 4;

/// A function of a program: its frame, and the functions that it calls or hands to a helper.
#[derive(Default)]
struct Function {
    frame: usize,
    calls: Vec<usize>,
}

/// The functions of a loaded program, by their first instruction.
fn functions(insns: &[bpf_insn]) -> BTreeMap<usize, Function> {
    let called = |at: usize, insn: &bpf_insn| {
        let leads = (insn.code == CALL && insn.src_reg() == PSEUDO_CALL)
            || (insn.code == LOAD_WIDE && insn.src_reg() == PSEUDO_FUNC);
        leads.then(|| at.strict_add(1).strict_add_signed(insn.imm as isize))
    };
    let mut functions = BTreeMap::from([(0, Function::default())]);
    for (at, insn) in insns.iter().enumerate() {
        if let Some(target) = called(at, insn) {
            functions.entry(target).or_default();
        }
    }
    let starts: Vec<usize> = functions.keys().copied().collect();
    for (i, start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(insns.len());
        let function = functions.get_mut(start).expect("it is one of the keys");
        let mut to_stack = [false; 16];
        to_stack[usize::from(FRAME_POINTER)] = true;
        for (at, insn) in insns.iter().enumerate().take(end).skip(*start) {
            let (dst, src) = (usize::from(insn.dst_reg()), usize::from(insn.src_reg()));
            function.calls.extend(called(at, insn));
            let depth = match insn.code & 7 {
                // loads, stores
                1 if src == usize::from(FRAME_POINTER) => -i32::from(insn.off),
                2 | 3 if dst == usize::from(FRAME_POINTER) => -i32::from(insn.off),
                _ if insn.code == ADD_NUMBER && to_stack[dst] => -insn.imm,
                _ => 0,
            };
            function.frame = function.frame.max(usize::try_from(depth).unwrap_or_default());
            if insn.code == MOVE {
                to_stack[dst] = src == usize::from(FRAME_POINTER);
            }
        }
    }
    functions
}

/// The deepest stack from a function on, and the way there.
fn deepest(functions: &BTreeMap<usize, Function>, at: usize) -> (usize, Vec<usize>) {
    let function = &functions[&at];
    let own = function.frame.max(1).next_multiple_of(FRAME_UNIT);
    let (below, mut way) = function
        .calls
        .iter()
        .map(|to| deepest(functions, *to))
        .max_by_key(|(sum, _)| *sum)
        .unwrap_or_default();
    way.insert(0, own);
    (own + below, way)
}

fn longest(functions: &BTreeMap<usize, Function>, at: usize) -> usize {
    1 + functions[&at].calls.iter().map(|to| longest(functions, *to)).max().unwrap_or_default()
}

#[test]
fn the_stack_is_enough_for_the_strictest_kernels() {
    let engine = match Engine::load(&Config::default()) {
        Ok(engine) => engine,
        Err(why) => {
            assert!(
                std::env::var("REQUIRE_LIVE").is_ok_and(|v| v != "1"),
                "the programs cannot be loaded: {why}"
            );
            eprintln!("skipped: the programs cannot be loaded: {why}");
            return;
        }
    };
    for (name, insns) in engine.instructions() {
        let functions = functions(insns);
        let (sum, way) = deepest(&functions, 0);
        assert!(!insns.is_empty() && sum > 0, "{name} has no instructions");
        assert!(
            sum <= STACK_MAX,
            "{name}: frames of {way:?} bytes are {sum} in all, and {STACK_MAX} is what there is"
        );
        let longest = longest(&functions, 0);
        assert!(
            longest <= FRAMES_MAX,
            "{name}: {longest} functions are inside each other, {FRAMES_MAX} may be"
        );
    }
}
