//! The BPF programs: loaded, attached, drained, read.

use std::collections::HashMap;
use std::io::Read;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Mutex;
use std::time::Duration;

use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{
    Iter, Link, MapCore, MapFlags, MapHandle, MapType, OpenObject, PrintLevel, ProgramInput, ProgramMut,
    libbpf_sys,
};
use syscope_syscalls as syscalls;
use syscope_wire as wire;

use crate::cost::{self, Cost};
use crate::count::{self, Counting, Counts};
use crate::plan::{Wanted, plan_of, variant_plans};
use crate::ring::{Rings, page_size};
use crate::skel::syscope::{SyscopeProgs, SyscopeSkel, SyscopeSkelBuilder};
use crate::{Error, btf, process};

/// A command before its first execve (`ST_WAIT_EXEC` in `state.h`).
const ST_WAIT_EXEC: u32 = 1 << 0;
/// A task that may be inside a call (`ST_ATTACHED`).
const ST_ATTACHED: u32 = 1 << 2;

/// Memory that all rings together may take if nothing else is said, and the bounds for one.
const RINGS_BYTES: usize = 64 << 20;
const RING_MIN: usize = 256 << 10;
const RING_MAX: usize = 32 << 20;
/// Enough for one when there are no rows, only names.
const NAMES_RING_BYTES: usize = 2 << 20;

/// What the kernel half is to do; fixed when it is loaded.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Rows are wanted for these numbers (true at the number); calls behind the end are not.
    pub calls: Vec<bool>,
    /// Rows are wanted for calls that are not in the table: other ABIs, newer calls.
    pub foreign: bool,
    /// Every task of the host but ourselves.
    pub all: bool,
    /// New tasks of traced ones are traced.
    pub follow: bool,
    /// Bytes of a data buffer that are copied.
    pub string_limit: u32,
    /// Shorter calls are dropped.
    pub min_latency_ns: u64,
    /// Failed calls are dropped.
    pub only_ok: bool,
    /// Successful calls are dropped.
    pub only_failed: bool,
    /// Only tasks of this name.
    pub comm: Option<[u8; wire::COMM]>,
    /// Only tasks of this user.
    pub uid: Option<u32>,
    /// Only this process, by the host's number.
    pub pid: Option<u32>,
    /// Only this thread, by the host's number.
    pub tid: Option<u32>,
    /// Only calls that failed with this error.
    pub errno: Option<u32>,
    /// Signals are wanted.
    pub signals: bool,
    /// Environments and directory entries are copied whole.
    pub verbose: bool,
    /// Bytes of each processor's ring; a power of two is made of it.
    pub ring_bytes: Option<usize>,
    /// Calls are counted in the kernel.
    pub count: Option<Counting>,
    /// No rows are wanted, only counts.
    pub no_rows: bool,
    /// The time in the programs is measured.
    pub measure: bool,
    /// A row for one of so many calls, or for none, by call number.
    pub sample: Vec<(u32, u32)>,
    /// Rows may be thinned while the programs run; see [`Engine::thin`].
    pub thinnable: bool,
    /// Kernel memory is read as on kernels before 6.2.
    pub load_by_helper: bool,
}

/// What was lost or could not be paired, from the kernel's counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LossReport {
    /// Sums over all processors.
    pub counters: wire::Counters,
    /// Lost rows by call number.
    pub lost_calls: Vec<(u32, u64)>,
    /// Calls that had begun before tracing, by number.
    pub began_before: Vec<(u32, u64)>,
    /// Runs of our programs that the kernel skipped, on the whole host.
    pub skipped_runs: u64,
}

/// The loaded kernel half.
pub struct Engine {
    skel: SyscopeSkel<'static>,
    links: Vec<Link>,
    rings: Rings,
    ring_bytes: usize,
    counts: Option<Counts>,
    no_rows: bool,
    measured: Option<OwnedFd>,
}

impl Engine {
    /// Loads the programs. Nothing is attached yet.
    pub fn load(config: &Config) -> Result<Engine, Error> {
        process::require_privileges()?;
        LIBBPF_LOG.lock().map(|mut log| log.clear()).ok();
        libbpf_rs::set_print(Some((PrintLevel::Warn, keep_log)));
        // The object lives as long as the process: one engine is loaded per run.
        let storage: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
        let kernel = btf::look(btf::TYPES);
        let casts = kernel.casts.filter(|_| !config.load_by_helper);
        crate::skel::choose(casts.is_none());
        let mut builder = SyscopeSkelBuilder::default();
        // Without it (a limit on file sizes holds for files in memory too) libbpf searches by itself, which takes longer.
        let excerpt = kernel.excerpt.as_deref().and_then(|types| btf::memory_file(types).ok());
        if let Some(file) = &excerpt {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            builder.obj_builder.btf_custom_path(path).map_err(bpf_error("the kernel's types"))?;
        }
        let mut open = builder.open(storage).map_err(bpf_error("the BPF object"))?;

        let cpus = libbpf_rs::num_possible_cpus().map_err(bpf_error("to tell its processors"))?;
        let ring_bytes = ring_size(config.ring_bytes.or(config.no_rows.then_some(NAMES_RING_BYTES)), cpus);
        let cpus = u32::try_from(cpus).unwrap_or(u32::MAX);
        if let Some(counting) = &config.count {
            count::prepare(&mut open, counting, cpus)?;
        }
        let table = ring_table(cpus)?;
        open.maps.rings.reuse_fd(table.as_fd()).map_err(bpf_error("the table of rings"))?;
        // Filling the table waits for the kernel's grace period (map-in-map updates do), and so long the programs load.
        let filler = std::thread::Builder::new()
            .spawn(move || fill_ring_table(&table, cpus, ring_bytes))
            .map_err(|source| Error::Os { what: "start a thread", source })?;

        let Some(ro) = open.maps.rodata_data.as_deref_mut() else {
            return Err(Error::Bpf {
                what: "the BPF object".into(),
                source: libbpf_rs::Error::from_raw_os_error(libc::EINVAL),
                log: String::new(),
            });
        };
        let flag = u8::from;
        ro.trace_all = flag(config.all);
        ro.follow = flag(config.follow);
        ro.emit_foreign = flag(config.foreign);
        ro.emit_signals = flag(config.signals);
        ro.only_ok = flag(config.only_ok);
        ro.only_failed = flag(config.only_failed);
        ro.string_limit = config.string_limit.min(u32::try_from(wire::BUF_MAX).unwrap_or(4096));
        ro.min_latency_ns = config.min_latency_ns;
        ro.sampling = flag(config.thinnable || !config.sample.is_empty());
        ro.want_pid = config.pid.unwrap_or_default();
        ro.want_tid = config.tid.unwrap_or_default();
        ro.want_errno = config.errno.unwrap_or_default();
        ro.emit_rows = flag(!config.no_rows);
        ro.match_comm = flag(config.comm.is_some());
        ro.match_uid = flag(config.uid.is_some());
        ro.want_uid = config.uid.unwrap_or_default();
        if let Some(comm) = config.comm {
            for (word, bytes) in ro.want_comm.iter_mut().zip(comm.chunks_exact(8)) {
                *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
            }
        }

        if let Some(types) = casts {
            btf::number_casts(open.open_object(), types).map_err(bpf_error("the BPF programs"))?;
        }
        let skel = open.load().map_err(bpf_error("the BPF programs"))?;
        skel.progs.find_self.test_run(ProgramInput::default()).map_err(bpf_error("to tell who we are"))?;
        let put_plan = |nr: u32, plan: &wire::Plan| {
            skel.maps
                .plans
                .update(&nr.to_le_bytes(), &plan.to_bytes(), MapFlags::ANY)
                .map_err(bpf_error("a capture plan"))
        };
        for sys in syscalls::ALL {
            let wanted = config.calls.get(sys.nr as usize).copied().unwrap_or(false);
            let wanted = Wanted { rows: wanted, verbose: config.verbose };
            let sample = config.sample.iter().rev().find(|(nr, _)| *nr == sys.nr).map_or(1, |(_, n)| *n);
            put_plan(sys.nr, &wire::Plan { sample, ..plan_of(sys, wanted) })?;
            for (key, plan) in variant_plans(sys, wanted) {
                skel.maps
                    .variants
                    .update(&key.to_bytes(), &plan.to_bytes(), MapFlags::ANY)
                    .map_err(bpf_error("the capture plan of an operation"))?;
            }
        }
        if config.foreign {
            // Numbers of the table's range that the table does not know are newer calls.
            let plan = wire::Plan { flags: wire::plan_flags::EMIT, ..Default::default() };
            for nr in (0..wire::CALLS as u32).filter(|nr| syscalls::by_nr(*nr).is_none()) {
                put_plan(nr, &plan)?;
            }
        }
        let fds = filler.join().unwrap_or_else(|_| Err(Error::last_os("make the ring buffers")))?;
        let rings = Rings::map(fds, u32::try_from(ring_bytes).unwrap_or(u32::MAX))?;
        let measured = config.measure.then(cost::measure_programs).transpose()?;
        let counts =
            config.count.as_ref().map(|counting| Counts::map(&skel.maps, counting, cpus)).transpose()?;
        Ok(Engine { skel, links: Vec::new(), rings, ring_bytes, counts, no_rows: config.no_rows, measured })
    }

    /// Attaches the programs. From here on traced tasks are seen.
    pub fn arm(&mut self) -> Result<(), Error> {
        for (name, prog) in hooks(&self.skel.progs) {
            let link = prog.attach().map_err(|source| Error::Bpf {
                what: format!("to attach to {name}"),
                source,
                log: libbpf_log(),
            })?;
            self.links.push(link);
        }
        Ok(())
    }

    /// Traces a command that waits before its execve; see [`crate::Command`].
    pub fn add_command(&mut self, pid: u32) -> Result<(), Error> {
        self.add_targets(&[pid], ST_WAIT_EXEC)
    }

    /// Traces all threads of running processes.
    pub fn add_processes(&mut self, pids: &[u32]) -> Result<(), Error> {
        self.add_targets(pids, ST_ATTACHED)
    }

    /// Traces every task there is now; later ones are found by themselves.
    pub fn add_all(&mut self) -> Result<(), Error> {
        self.run_iterator(&self.skel.progs.attach_tasks)
    }

    fn add_targets(&mut self, pids: &[u32], flags: u32) -> Result<(), Error> {
        for pid in pids {
            self.skel
                .maps
                .targets
                .update(&pid.to_le_bytes(), &flags.to_le_bytes(), MapFlags::ANY)
                .map_err(bpf_error("another process to trace"))?;
        }
        // A thread may be born while the iterator is past its place; its parent is marked by then, or at the next pass.
        let mut before = u64::MAX;
        while before != self.live_tasks() {
            before = self.live_tasks();
            self.run_iterator(&self.skel.progs.attach_tasks)?;
        }
        for pid in pids {
            self.skel.maps.targets.delete(&pid.to_le_bytes()).map_err(bpf_error("a target to be removed"))?;
        }
        match pids.first() {
            Some(pid) if self.live_tasks() == 0 => Err(Error::NotTraced(*pid)),
            _ => Ok(()),
        }
    }

    fn run_iterator(&self, prog: &ProgramMut<'_>) -> Result<(), Error> {
        let link = prog.attach().map_err(bpf_error("to list tasks"))?;
        let mut iter = Iter::new(&link).map_err(bpf_error("to list tasks"))?;
        // The program writes nothing here: reading drives it.
        let mut none = [0; 64];
        loop {
            match iter.read(&mut none) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(err) if err.raw_os_error() == Some(libc::EAGAIN) => {}
                Err(source) => return Err(Error::Os { what: "list the tasks to trace", source }),
            }
        }
    }

    /// Detaches the programs: no further record is written after this, but for [`Engine::flush_in_flight`].
    pub fn disarm(&mut self) {
        // In the order opposite to arming, for the same reason.
        while self.links.pop().is_some() {}
    }

    /// Writes a row for every call that is in flight.
    pub fn flush_in_flight(&mut self) -> Result<(), Error> {
        self.run_iterator(&self.skel.progs.flush_tasks)
    }

    /// Hands over records in the order of their time; with `all`, whatever is there. Returns how many bytes were waiting
    /// in the fullest ring.
    pub fn drain(&mut self, all: bool, take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> u64 {
        self.rings.drain(crate::boot_ns(), all, take)
    }

    /// Bytes of one ring.
    pub fn ring_bytes(&self) -> usize {
        self.ring_bytes
    }

    /// How many tasks are traced now.
    pub fn live_tasks(&self) -> u64 {
        match self.skel.maps.bss_data.as_deref() {
            // SAFETY: a valid reference; the kernel half changes the word while we look at it.
            Some(bss) => unsafe { std::ptr::read_volatile(&raw const bss.live_tasks) },
            None => 0,
        }
    }

    /// File identities below this one are not known any more and have to be sent again.
    pub fn set_oldest_file(&mut self, id: u64) {
        if let Some(bss) = self.skel.maps.bss_data.as_deref_mut() {
            // SAFETY: a valid reference; the kernel half reads the word while we write it.
            unsafe { std::ptr::write_volatile(&raw mut bss.min_file_id, id) };
        }
    }

    /// From now on one of so many calls has a row, of those that would have one; 0: none. For [`Config::thinnable`].
    pub fn thin(&mut self, n: u32) {
        if let Some(bss) = self.skel.maps.data_data.as_deref_mut() {
            // SAFETY: a valid reference; the kernel half reads the word while we write it.
            unsafe { std::ptr::write_volatile(&raw mut bss.thinning, u64::from(n)) };
        }
    }

    /// What was counted so far; `None` if nothing is counted.
    pub fn counts(&self) -> Option<&Counts> {
        self.counts.as_ref()
    }

    /// No rows are written.
    pub fn counts_only(&self) -> bool {
        self.no_rows
    }

    /// Keys that were given a cell.
    pub fn cells_used(&self) -> usize {
        let Some(bss) = self.skel.maps.bss_data.as_deref() else { return 0 };
        // SAFETY: a valid reference; the kernel half changes the word while we look at it.
        let used = unsafe { std::ptr::read_volatile(&raw const bss.next_cell) };
        usize::try_from(used).unwrap_or(0)
    }

    /// Errors by key and number, so far.
    pub fn counted_errors(&self) -> Result<Vec<(wire::ErrorKey, u64)>, Error> {
        count::errors(&self.skel.maps.cell_errors)
    }

    /// Instructions that the kernel looked at before it took the programs, by program: most of the time of the start.
    pub fn verified(&self) -> Vec<(&'static str, u32)> {
        let progs = &self.skel.progs;
        let others = [
            ("find_self", &progs.find_self),
            ("attach_tasks", &progs.attach_tasks),
            ("flush_tasks", &progs.flush_tasks),
        ];
        let all = hooks(progs).into_iter().chain(others);
        all.map(|(name, prog)| (name, cost::prog_info(prog.as_fd()).verified_insns)).collect()
    }

    /// What tracing cost so far; `None` if that is not measured.
    pub fn cost(&self) -> Option<Cost> {
        self.measured.as_ref()?;
        Some(cost::cost(hooks(&self.skel.progs).into_iter().map(|(_, prog)| prog.as_fd())))
    }

    /// Processor time that tracing has taken so far; `None` if that is not measured.
    pub fn time_spent(&self) -> Option<Duration> {
        self.measured.as_ref()?;
        Some(cost::time_spent(hooks(&self.skel.progs).into_iter().map(|(_, prog)| prog.as_fd())))
    }

    /// What was lost so far.
    pub fn losses(&self) -> Result<LossReport, Error> {
        let mut report = LossReport::default();
        let maps = &self.skel.maps;
        for value in per_cpu(&maps.counts, 0)? {
            report.counters.add(&wire::Counters::parse(&value).unwrap_or_default());
        }
        report.lost_calls = by_call(&maps.lost_calls)?;
        report.began_before = by_call(&maps.began_before)?;
        report.skipped_runs = hooks(&self.skel.progs)
            .iter()
            .map(|(_, prog)| cost::prog_info(prog.as_fd()).recursion_misses)
            .sum();
        Ok(report)
    }

    /// The programs on tracepoints, with all their functions.
    #[cfg(test)]
    pub(crate) fn instructions(&self) -> Vec<(&'static str, &[libbpf_rs::libbpf_sys::bpf_insn])> {
        hooks(&self.skel.progs).into_iter().map(|(name, prog)| (name, prog.insns())).collect()
    }
}

/// The programs on tracepoints, in the order of arming: exit before enter, because an entry that was seen must not miss
/// its exit.
fn hooks<'a, 'b>(progs: &'a SyscopeProgs<'b>) -> [(&'static str, &'a ProgramMut<'b>); 6] {
    [
        ("sched_process_exit", &progs.on_exit),
        ("sched_process_exec", &progs.on_exec),
        ("sched_process_fork", &progs.on_fork),
        ("signal_deliver", &progs.on_signal),
        ("sys_exit", &progs.on_sys_exit),
        ("sys_enter", &progs.on_sys_enter),
    ]
}

fn create_map(
    kind: MapType,
    name: &'static str,
    sizes: [u32; 3],
    opts: libbpf_sys::bpf_map_create_opts,
) -> Result<MapHandle, Error> {
    let [key, value, entries] = sizes;
    let sz = size_of::<libbpf_sys::bpf_map_create_opts>() as libbpf_sys::size_t;
    let opts = libbpf_sys::bpf_map_create_opts { sz, ..opts };
    MapHandle::create(kind, Some(name), key, value, entries, &opts).map_err(bpf_error("a map"))
}

/// The table that holds one ring per processor, empty.
fn ring_table(cpus: u32) -> Result<MapHandle, Error> {
    let page = u32::try_from(page_size()).unwrap_or(4096);
    // Shows the kernel what the table holds; its size does not matter.
    let pattern = create_map(MapType::RingBuf, "syscope_pattern", [0, 0, page], Default::default())?;
    let inner_map_fd = pattern.as_fd().as_raw_fd().unsigned_abs();
    let opts = libbpf_sys::bpf_map_create_opts { inner_map_fd, ..Default::default() };
    // The name is that of the map in the object, which takes it over.
    create_map(MapType::ArrayOfMaps, "rings", [4, 4, cpus], opts)
}

/// Makes the rings and puts them into the table.
fn fill_ring_table(table: &MapHandle, cpus: u32, ring_bytes: usize) -> Result<Vec<OwnedFd>, Error> {
    let entries = u32::try_from(ring_bytes).unwrap_or(u32::MAX);
    let mut fds = Vec::new();
    for _ in 0..cpus {
        let ring = create_map(MapType::RingBuf, "syscope_ring", [0, 0, entries], Default::default())?;
        let fd = ring.as_fd().try_clone_to_owned();
        fds.push(fd.map_err(|source| Error::Os { what: "share a ring buffer", source })?);
    }
    let keys: Vec<u8> = (0..cpus).flat_map(u32::to_le_bytes).collect();
    let values: Vec<u8> = fds.iter().flat_map(|fd| fd.as_raw_fd().to_le_bytes()).collect();
    // All at once where the kernel can (one wait), else one by one.
    if table.update_batch(&keys, &values, cpus, MapFlags::ANY, MapFlags::ANY).is_err() {
        for (key, value) in keys.chunks(4).zip(values.chunks(4)) {
            table.update(key, value, MapFlags::ANY).map_err(bpf_error("a ring buffer"))?;
        }
    }
    Ok(fds)
}

fn per_cpu(map: &impl MapCore, key: u32) -> Result<Vec<Vec<u8>>, Error> {
    let values =
        map.lookup_percpu(&key.to_le_bytes(), MapFlags::ANY).map_err(bpf_error("to read its counters"))?;
    Ok(values.unwrap_or_default())
}

/// Non-zero counts of a map with one per-processor word per call number.
fn by_call(map: &impl MapCore) -> Result<Vec<(u32, u64)>, Error> {
    let mut out = HashMap::new();
    for nr in 0..wire::CALLS as u32 {
        for value in per_cpu(map, nr)? {
            let n = value.get(..8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
            if n > 0 {
                *out.entry(nr).or_insert(0) += n;
            }
        }
    }
    let mut out: Vec<_> = out.into_iter().collect();
    out.sort_by_key(|&(nr, n)| (std::cmp::Reverse(n), nr));
    Ok(out)
}

/// Power of two, at least a page, within reason for one processor and for all.
fn ring_size(wanted: Option<usize>, cpus: usize) -> usize {
    let size = match wanted {
        Some(bytes) => bytes.clamp(page_size(), 1 << 30),
        None => (RINGS_BYTES / cpus.max(1)).clamp(RING_MIN, RING_MAX),
    };
    size.checked_next_power_of_two().unwrap_or(1 << 30)
}

static LIBBPF_LOG: Mutex<String> = Mutex::new(String::new());

/// libbpf's warnings are kept for the error message instead of being printed.
fn keep_log(_: PrintLevel, text: String) {
    if let Ok(mut log) = LIBBPF_LOG.lock() {
        // The verifier's log can be megabytes; its last lines tell what was wrong.
        let tail: Vec<&str> = text.lines().rev().take(12).collect();
        for line in tail.into_iter().rev() {
            log.push_str("\n  ");
            log.push_str(line);
        }
    }
}

fn libbpf_log() -> String {
    LIBBPF_LOG.lock().map(|mut log| std::mem::take(&mut *log)).unwrap_or_default()
}

pub(crate) fn bpf_error(what: &'static str) -> impl Fn(libbpf_rs::Error) -> Error {
    move |source| {
        let log = libbpf_log();
        if source.kind() == libbpf_rs::ErrorKind::PermissionDenied && log.is_empty() {
            return Error::NotPermitted { what: "use BPF", exe: process::own_path() };
        }
        Error::Bpf { what: what.into(), source, log }
    }
}
