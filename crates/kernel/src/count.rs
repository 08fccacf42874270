//! The cells in which the kernel half counts, read in place.

use std::os::fd::AsFd;

use libbpf_rs::{MapCore, MapFlags};
use syscope_wire::{Cell, CountKey, ErrorKey, FIRST_CELL, Gaps, Group};

use crate::Error;
use crate::engine::bpf_error;
use crate::ring::Mapping;
use crate::skel::syscope::{OpenSyscopeSkel, SyscopeMaps};

/// Memory that all cells together may take if nothing else is said.
const CELLS_BYTES: usize = 64 << 20;
/// Cells of one processor, whatever that takes; and at most.
const CELLS: std::ops::RangeInclusive<usize> = 1024..=8192;
/// Enough for every call that there is, when nothing else is distinguished.
const CELLS_PLAIN: usize = 1024;
/// Pairs of key and error number.
const ERRORS: u32 = 16_384;
/// Looks at a cell before a torn one is taken.
const TRIES: usize = 8;

/// How calls are counted.
#[derive(Debug, Clone, Default)]
pub struct Counting {
    /// By whom.
    pub group: Group,
    /// By file too.
    pub files: bool,
    /// The times between calls too.
    pub gaps: bool,
    /// Rows of the result that find room; the others are counted together.
    pub cells: Option<usize>,
}

impl Counting {
    fn cells(&self, cpus: u32) -> u32 {
        let plain = self.group == Group::None && !self.files;
        let fit = CELLS_BYTES / Cell::SIZE / cpus.max(1) as usize;
        let usual = if plain { CELLS_PLAIN } else { fit.clamp(*CELLS.start(), *CELLS.end()) };
        let cells = self.cells.unwrap_or(usual).clamp(4 * FIRST_CELL, 1 << 20);
        u32::try_from(cells).unwrap_or(1 << 20)
    }
}

/// Sizes the maps and chooses the programs' ways, before both are loaded.
pub(crate) fn prepare(open: &mut OpenSyscopeSkel<'_>, counting: &Counting, cpus: u32) -> Result<(), Error> {
    let cells = counting.cells(cpus);
    let maps = &mut open.maps;
    let all = cells.saturating_mul(cpus);
    for (map, entries) in [
        (&mut maps.cell_of_key, cells),
        (&mut maps.cell_keys, cells),
        (&mut maps.cells, all),
        (&mut maps.cell_gaps, if counting.gaps { all } else { 1 }),
        (&mut maps.cell_errors, ERRORS),
    ] {
        map.set_max_entries(entries).map_err(bpf_error("the maps to count in"))?;
    }
    if let Some(ro) = maps.rodata_data.as_deref_mut() {
        ro.count_calls = 1;
        ro.count_group = counting.group as u32;
        ro.count_files = counting.files.into();
        ro.count_gaps = counting.gaps.into();
        ro.cell_count = cells;
    }
    Ok(())
}

/// The cells of all processors.
#[derive(Debug)]
pub struct Counts {
    cpus: usize,
    cell_count: usize,
    keys: Mapping,
    cells: Mapping,
    gaps: Option<Mapping>,
}

impl Counts {
    pub(crate) fn map(maps: &SyscopeMaps<'_>, counting: &Counting, cpus: u32) -> Result<Counts, Error> {
        let cell_count = counting.cells(cpus) as usize;
        let all = cell_count * cpus as usize;
        Ok(Counts {
            cpus: cpus as usize,
            cell_count,
            keys: Mapping::read_only(maps.cell_keys.as_fd(), cell_count * CountKey::SIZE)?,
            cells: Mapping::read_only(maps.cells.as_fd(), all * Cell::SIZE)?,
            gaps: match counting.gaps {
                true => Some(Mapping::read_only(maps.cell_gaps.as_fd(), all * Gaps::SIZE)?),
                false => None,
            },
        })
    }

    /// Cells of one processor.
    pub fn cell_count(&self) -> usize {
        self.cell_count
    }

    /// Keys that can be told apart before the rest goes into [other].
    pub fn room(&self) -> usize {
        self.cell_count - self.cell_count / 4 - FIRST_CELL
    }

    /// How many processors there are.
    pub fn cpus(&self) -> usize {
        self.cpus
    }

    /// What a cell's number stands for. Those below [`FIRST_CELL`] have no key of their own.
    pub fn key(&self, cell: usize) -> Option<CountKey> {
        let mut bytes = [0; CountKey::SIZE];
        self.keys.copy(cell.checked_mul(CountKey::SIZE)?, &mut bytes)?;
        CountKey::parse(&bytes)
    }

    /// A processor's cell of that number.
    pub fn cell(&self, cpu: usize, cell: usize) -> Option<Cell> {
        let at = self.at(cpu, cell)?.checked_mul(Cell::SIZE)?;
        let mut bytes = [0; Cell::SIZE];
        for _ in 0..TRIES {
            // In order of addresses: the count comes first and its twin last.
            self.cells.copy(at, &mut bytes)?;
            let cell = Cell::parse(&bytes)?;
            if cell.is_consistent() {
                return Some(cell);
            }
        }
        Cell::parse(&bytes)
    }

    /// A processor's calls in the cell of that number, without the rest.
    pub fn calls(&self, cpu: usize, cell: usize) -> u64 {
        let mut bytes = [0; 8];
        let at = self.at(cpu, cell).and_then(|at| at.checked_mul(Cell::SIZE));
        match at.and_then(|at| self.cells.copy(at, &mut bytes)) {
            Some(()) => u64::from_le_bytes(bytes),
            None => 0,
        }
    }

    /// The times between calls of that cell, if they are counted.
    pub fn gaps(&self, cpu: usize, cell: usize) -> Option<Gaps> {
        let mut bytes = [0; Gaps::SIZE];
        self.gaps.as_ref()?.copy(self.at(cpu, cell)?.checked_mul(Gaps::SIZE)?, &mut bytes)?;
        Gaps::parse(&bytes)
    }

    fn at(&self, cpu: usize, cell: usize) -> Option<usize> {
        (cpu < self.cpus && cell < self.cell_count).then_some(cpu * self.cell_count + cell)
    }
}

/// Errors by key and number, of all processors.
pub(crate) fn errors(map: &impl MapCore) -> Result<Vec<(ErrorKey, u64)>, Error> {
    let mut out = Vec::new();
    for bytes in map.keys() {
        let Some(key) = ErrorKey::parse(&bytes) else { continue };
        let values = map.lookup_percpu(&bytes, MapFlags::ANY).map_err(bpf_error("to read its errors"))?;
        let sum = values
            .unwrap_or_default()
            .iter()
            .filter_map(|value| value.get(..8)?.try_into().ok().map(u64::from_le_bytes))
            .sum();
        out.push((key, sum));
    }
    Ok(out)
}
