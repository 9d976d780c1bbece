//! Register allocation: one pass forwards over the linear trace.
//!
//! Each value gets a register where it is defined and keeps it until its last use or until another needs the register more;
//! the value whose next use is furthest away gives way. A value that ever gives way is stored once, right where it is defined, so
//! giving way costs nothing and every exit finds it in its slot.
//!
//! ```text
//! rcx = …            a value that later gives way: [rsp+slot] ← rcx is emitted here
//! …
//! (rcx is taken)     no code
//! use in rdx         rdx ← [rsp+slot]
//! ```
//! ## Loops
//! At the loop marker the places of all values that the loop uses are noted; at the back edge moves bring them back (usually none
//! are needed). A phi's second value is asked into its first's register. What the loop uses only in snapshots goes to a slot in front
//! of it.
//!
//! Invariants: I22 (docs/invariants.md). A register holds at most one value; slots whose values live at the same time differ.
//!
//! What this does not know: the processor. [`Target`] says which registers there are and what an instruction demands.

use super::moves::Move;
use super::plan::{Kind, Plan, is_known};
use super::{CompileError, FIRST_FLOAT, Place, Register};
use crate::ir::{Link, Operation, Ref, Trace, Type};

/// Spill slots of the machine-code frame.
pub const MOST_SLOTS: usize = 256;

/// One use of a value by an instruction.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// The value: number of the instruction that defines it.
    pub value: u32,
    /// Whether it must be in a register (else its slot will do).
    pub in_register: bool,
    /// The register in which a call wants it.
    pub wanted: Option<Register>,
}

/// What an instruction demands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// Registers that it overwrites.
    pub clobbers: u32,
    /// The result's register must differ from the operands'.
    pub is_early: bool,
    /// The first operand's register is the best for the result.
    pub prefers_first: bool,
    /// Where the result comes to be.
    pub result_hint: Option<Register>,
}

/// A processor, as far as allocation is concerned.
pub trait Target {
    /// Registers that hold values, the preferred ones first; general and floating-point ones.
    fn registers(&self) -> &[Register];
    /// Those that calls preserve.
    fn callee_saved(&self) -> u32;
    /// Appends the uses of instruction `index` and says what else it demands.
    fn demand(&self, index: usize, uses: &mut Vec<Use>) -> Demand;
}

/// What is decided for one instruction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decision {
    /// Reloads in front of it: range in [`Allocation::reloads`].
    pub reloads: (u32, u32),
    /// Places of its uses: range in [`Allocation::places`].
    pub places: (u32, u32),
    /// Register of its result.
    pub result: Option<Register>,
    /// Its site, if it can leave.
    pub site: Option<u32>,
}

/// A place where the trace can be left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its snapshot.
    pub snapshot: u32,
    /// Where the snapshot's values are.
    pub places: Vec<(u32, Place)>,
}

/// The result of allocation.
#[derive(Debug, Default)]
pub struct Allocation {
    /// Per instruction.
    pub decisions: Vec<Decision>,
    /// Loads from slots: slot, register.
    pub reloads: Vec<(u16, Register)>,
    /// Places of uses.
    pub places: Vec<(u32, Place)>,
    /// Where the trace can be left.
    pub sites: Vec<Site>,
    /// Per instruction: the slot to which its result is stored at once.
    pub slots: Vec<Option<u16>>,
    /// Loads in front of the loop.
    pub preloads: Vec<(u16, Register)>,
    /// Moves at the back edge.
    pub edge: Vec<Move>,
    /// The site at the trace's end; of a loop, as things are behind the moves of the back edge.
    pub end_site: Option<u32>,
}

const NEVER: u32 = u32::MAX;

/// The state of allocation.
struct Allocator<'a, T: Target> {
    trace: &'a Trace,
    plan: &'a Plan,
    target: &'a T,
    /// All uses, and the range of each instruction's.
    uses: Vec<Use>,
    ranges: Vec<(u32, u32)>,
    demands: Vec<Demand>,
    /// Positions at which each value is an operand, ascending: range in `positions`.
    positions: Vec<u32>,
    position_ranges: Vec<(u32, u32)>,
    last_use: Vec<u32>,
    /// Positions of instructions that clobber registers.
    calls: Vec<u32>,
    register_of: Vec<Option<Register>>,
    slot_of: Vec<Option<u16>>,
    holder: [u32; 32],
    slot_uses: Vec<Vec<(u32, u32)>>,
    head: Vec<(u32, Place)>,
    /// Register wanted by the phi whose second value this is.
    phi_hint: Vec<Option<Register>>,
    phi_registers: u32,
    out: Allocation,
}

/// Allocates registers for a trace.
pub fn allocate<T: Target>(
    trace: &Trace,
    plan: &Plan,
    target: &T,
) -> Result<Allocation, CompileError> {
    let mut allocator = Allocator::new(trace, plan, target)?;
    let count = trace.instructions.len();
    for index in 0..count {
        match trace.instructions[index].operation {
            Operation::Loop => allocator.enter_loop(index)?,
            Operation::Phi => {}
            _ if plan.kinds[index] == Kind::Nothing || plan.kinds[index] == Kind::Address => {}
            _ => allocator.instruction(index)?,
        }
    }
    if plan.loop_marker.is_some() && trace.link == Link::Loop {
        allocator.close_loop()?;
    } else if let Some(last) = trace.snapshots.len().checked_sub(1) {
        let site = allocator.site(last)?;
        allocator.out.end_site = Some(site);
    }
    allocator.out.slots = std::mem::take(&mut allocator.slot_of);
    Ok(allocator.out)
}

fn bit(register: Register) -> u32 {
    1 << register
}

impl<'a, T: Target> Allocator<'a, T> {
    fn new(trace: &'a Trace, plan: &'a Plan, target: &'a T) -> Result<Self, CompileError> {
        let count = trace.instructions.len();
        let mut uses = Vec::with_capacity(count * 2);
        let mut ranges = vec![(0, 0); count];
        let mut demands = vec![Demand::default(); count];
        let mut calls = Vec::new();
        for index in 0..count {
            if matches!(plan.kinds[index], Kind::Nothing | Kind::Address)
                || matches!(
                    trace.instructions[index].operation,
                    Operation::Loop | Operation::Phi
                )
            {
                continue;
            }
            let first = uses.len() as u32;
            demands[index] = target.demand(index, &mut uses);
            ranges[index] = (first, uses.len() as u32);
            if demands[index].clobbers != 0 {
                calls.push(index as u32);
            }
        }
        let mut allocator = Allocator {
            trace,
            plan,
            target,
            uses,
            ranges,
            demands,
            positions: Vec::new(),
            position_ranges: vec![(0, 0); count],
            last_use: vec![0; count],
            calls,
            register_of: vec![None; count],
            slot_of: vec![None; count],
            holder: [NEVER; 32],
            slot_uses: Vec::new(),
            head: Vec::new(),
            phi_hint: vec![None; count],
            phi_registers: 0,
            out: Allocation {
                decisions: vec![Decision::default(); count],
                ..Allocation::default()
            },
        };
        allocator.measure()?;
        Ok(allocator)
    }

    /// Computes use positions and ends of lives.
    fn measure(&mut self) -> Result<(), CompileError> {
        let count = self.trace.instructions.len();
        let marker = self.plan.loop_marker.unwrap_or(usize::MAX);
        let end = count as u32;
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut crosses = vec![false; count];
        for index in 0..count {
            let (first, last) = self.ranges[index];
            for each in &self.uses[first as usize..last as usize] {
                let value = each.value as usize;
                if value >= index {
                    return Err(CompileError::Malformed(format!("{value} used at {index}")));
                }
                lists[value].push(index as u32);
                self.last_use[value] = index as u32;
                crosses[value] |= value < marker && index > marker;
            }
            let instruction = &self.trace.instructions[index];
            let leaves = matches!(self.plan.kinds[index], Kind::Emitted | Kind::Check)
                && instruction.operation.is_guard()
                && !is_known(self.trace, index);
            if leaves {
                let snapshot = instruction.snapshot as usize;
                let values =
                    self.plan.snapshot_values.get(snapshot).ok_or_else(|| {
                        CompileError::Malformed(format!("{index} has no snapshot"))
                    })?;
                for &value in values {
                    let value = value as usize;
                    self.last_use[value] = self.last_use[value].max(index as u32);
                    crosses[value] |= value < marker && index > marker;
                }
            }
        }
        if let Some(values) = self.plan.snapshot_values.last() {
            for &value in values {
                self.last_use[value as usize] = end;
                crosses[value as usize] |= (value as usize) < marker;
            }
        }
        self.measure_phis(&mut lists, &mut crosses)?;
        for (value, list) in lists.iter_mut().enumerate() {
            if crosses[value] {
                // The next pass uses it again.
                self.last_use[value] = end;
                let again = list.iter().copied().find(|&each| each as usize > marker);
                if let Some(again) = again {
                    list.push(end + again - marker as u32);
                }
            }
            let first = self.positions.len() as u32;
            self.positions.append(list);
            self.position_ranges[value] = (first, self.positions.len() as u32);
        }
        Ok(())
    }

    /// A phi's first value dies with its last use in the loop; the second lives to the end.
    fn measure_phis(
        &mut self,
        lists: &mut [Vec<u32>],
        crosses: &mut [bool],
    ) -> Result<(), CompileError> {
        let end = self.trace.instructions.len() as u32;
        let marker = self.plan.loop_marker.unwrap_or(usize::MAX);
        let mut is_done = vec![false; self.trace.instructions.len()];
        // The second value of one phi may be the first of another: until nothing changes.
        loop {
            let mut changes = false;
            for (index, instruction) in self.trace.instructions.iter().enumerate() {
                if instruction.operation != Operation::Phi || is_done[index] {
                    continue;
                }
                let [first, second, _] = instruction.operands;
                let Some(first) = first.as_instruction() else {
                    return Err(CompileError::Malformed("a phi of a constant".to_owned()));
                };
                if self.trace.ty(second) != self.trace.instructions[first].ty {
                    return Err(CompileError::Malformed("a phi of two types".to_owned()));
                }
                // Also where the first value is sunk.
                if !crosses[first] || self.plan.kinds[first] == Kind::Nothing {
                    continue;
                }
                is_done[index] = true;
                changes = true;
                if let Some(second) = second.as_instruction() {
                    self.last_use[second] = end;
                    lists[second].push(end);
                    crosses[second] |= second < marker;
                }
            }
            if !changes {
                break;
            }
        }
        for instruction in &self.trace.instructions {
            if instruction.operation == Operation::Phi
                && let Some(first) = instruction.operands[0].as_instruction()
            {
                crosses[first] &= self.last_use[first] == end;
            }
        }
        Ok(())
    }

    fn is_float(&self, value: u32) -> bool {
        self.trace.instructions[value as usize].ty.is_float()
    }
    fn next_use(&self, value: u32, from: u32) -> u32 {
        let (first, last) = self.position_ranges[value as usize];
        self.positions[first as usize..last as usize]
            .iter()
            .copied()
            .find(|&position| position >= from)
            .unwrap_or(NEVER)
    }
    fn crosses_call(&self, value: u32, from: u32) -> bool {
        let last = self.last_use[value as usize];
        self.calls.iter().any(|&call| call > from && call < last)
    }

    /// Gives a value a slot, if it has none.
    fn need_slot(&mut self, value: u32) -> Result<u16, CompileError> {
        if let Some(slot) = self.slot_of[value as usize] {
            return Ok(slot);
        }
        // The back edge writes the slot of a phi's first value.
        let is_phi = self.phi_of(value).is_some();
        let end = if is_phi {
            NEVER
        } else {
            self.last_use[value as usize]
        };
        let life = (value, end);
        let overlaps = |other: &(u32, u32)| other.0 <= life.1 && life.0 <= other.1;
        let slot = self
            .slot_uses
            .iter()
            .position(|lives| !lives.iter().any(overlaps));
        let slot = match slot {
            Some(slot) => slot,
            None if self.slot_uses.len() < MOST_SLOTS => {
                self.slot_uses.push(Vec::new());
                self.slot_uses.len() - 1
            }
            None => return Err(CompileError::TooManySpills),
        };
        self.slot_uses[slot].push(life);
        self.slot_of[value as usize] = Some(slot as u16);
        Ok(slot as u16)
    }
    fn release(&mut self, value: u32) {
        if let Some(register) = self.register_of[value as usize].take() {
            self.holder[register as usize] = NEVER;
        }
    }
    fn evict(&mut self, register: Register) -> Result<(), CompileError> {
        let value = self.holder[register as usize];
        if value != NEVER {
            self.need_slot(value)?;
            self.release(value);
        }
        Ok(())
    }
    fn occupy(&mut self, value: u32, register: Register) {
        self.register_of[value as usize] = Some(register);
        self.holder[register as usize] = value;
    }

    /// A register for `value` at `position`, none of `pinned`.
    fn choose(
        &mut self,
        value: u32,
        position: u32,
        pinned: u32,
        hints: [Option<Register>; 3],
    ) -> Result<Register, CompileError> {
        let is_float = self.is_float(value);
        let fits = |register: Register| (register >= FIRST_FLOAT) == is_float;
        for hint in hints.into_iter().flatten() {
            if fits(hint)
                && self.holder[hint as usize] == NEVER
                && pinned & bit(hint) == 0
                && self.target.registers().contains(&hint)
            {
                return Ok(hint);
            }
        }
        let survives = self.crosses_call(value, position);
        let saved = self.target.callee_saved();
        let rank = |register: Register| {
            let matches = (saved & bit(register) != 0) == survives;
            u32::from(!matches) * 2 + u32::from(self.phi_registers & bit(register) != 0)
        };
        let free = self
            .target
            .registers()
            .iter()
            .copied()
            .filter(|&register| {
                fits(register)
                    && self.holder[register as usize] == NEVER
                    && pinned & bit(register) == 0
            })
            .min_by_key(|&register| rank(register));
        if let Some(register) = free {
            return Ok(register);
        }
        let furthest = self
            .target
            .registers()
            .iter()
            .copied()
            .filter(|&register| fits(register) && pinned & bit(register) == 0)
            .max_by_key(|&register| {
                let holder = self.holder[register as usize];
                let next = self.next_use(holder, position);
                (next, self.slot_of[holder as usize].is_some())
            });
        let Some(register) = furthest else {
            return Err(CompileError::TooManySpills);
        };
        self.evict(register)?;
        Ok(register)
    }

    /// Where a value is now.
    fn place(&self, value: u32) -> Result<Place, CompileError> {
        if let Some(register) = self.register_of[value as usize] {
            return Ok(Place::Register(register));
        }
        self.slot_of[value as usize]
            .map(Place::Slot)
            .ok_or_else(|| CompileError::Malformed(format!("{value} is nowhere")))
    }
    fn site(&mut self, snapshot: usize) -> Result<u32, CompileError> {
        let values = self
            .plan
            .snapshot_values
            .get(snapshot)
            .ok_or_else(|| CompileError::Malformed(format!("no snapshot {snapshot}")))?;
        let mut places = Vec::with_capacity(values.len());
        for &value in values {
            places.push((value, self.place(value)?));
        }
        let site = Site {
            snapshot: snapshot as u32,
            places,
        };
        if self.out.sites.last() != Some(&site) {
            self.out.sites.push(site);
        }
        Ok(self.out.sites.len() as u32 - 1)
    }

    fn instruction(&mut self, index: usize) -> Result<(), CompileError> {
        let position = index as u32;
        let (first, last) = self.ranges[index];
        let demand = self.demands[index];
        let operation = self.trace.instructions[index].operation;
        let leaves = operation.is_guard() && !is_known(self.trace, index);
        let mut decision = Decision {
            reloads: (self.out.reloads.len() as u32, 0),
            places: (self.out.places.len() as u32, 0),
            ..Decision::default()
        };
        let mut pinned = 0;
        for at in first..last {
            let each = self.uses[at as usize];
            if let Some(register) = self.register_of[each.value as usize] {
                pinned |= bit(register);
            }
        }
        for at in first..last {
            let each = self.uses[at as usize];
            if each.in_register && self.register_of[each.value as usize].is_none() {
                let slot = self.need_slot(each.value)?;
                let register = self.choose(each.value, position, pinned, [None; 3])?;
                self.occupy(each.value, register);
                self.out.reloads.push((slot, register));
                pinned |= bit(register);
            }
        }
        for at in first..last {
            let value = self.uses[at as usize].value;
            let place = self.place(value)?;
            self.out.places.push((value, place));
        }
        for register in 0..32u8 {
            let value = self.holder[register as usize];
            if demand.clobbers & bit(register) != 0
                && value != NEVER
                && (self.last_use[value as usize] > position || leaves)
            {
                if self.last_use[value as usize] > position || self.is_in_snapshot(index, value) {
                    self.need_slot(value)?;
                }
                self.release(value);
            }
        }
        decision.reloads.1 = self.out.reloads.len() as u32;
        decision.places.1 = self.out.places.len() as u32;
        self.finish(index, demand, leaves, pinned, &mut decision)?;
        self.out.decisions[index] = decision;
        Ok(())
    }
    fn is_in_snapshot(&self, index: usize, value: u32) -> bool {
        let snapshot = self.trace.instructions[index].snapshot as usize;
        self.plan
            .snapshot_values
            .get(snapshot)
            .is_some_and(|values| values.binary_search(&value).is_ok())
    }

    /// Frees what dies, finds the result's register, notes the site.
    fn finish(
        &mut self,
        index: usize,
        demand: Demand,
        leaves: bool,
        pinned: u32,
        decision: &mut Decision,
    ) -> Result<(), CompileError> {
        let position = index as u32;
        let has_result = self.trace.instructions[index].ty != Type::None
            && self.plan.kinds[index] == Kind::Emitted;
        let (first, last) = self.ranges[index];
        let first_register = (first < last)
            .then(|| self.register_of[self.uses[first as usize].value as usize])
            .flatten();
        // The exit of a guard with a result finds its snapshot's values after the result was written.
        if !demand.is_early {
            for at in first..last {
                let value = self.uses[at as usize].value;
                let is_needed = leaves && self.is_in_snapshot(index, value);
                if self.last_use[value as usize] <= position && !is_needed {
                    self.release(value);
                }
            }
        }
        if has_result {
            let value = index as u32;
            let hints = [
                self.phi_hint[index],
                self.wanted_later(value),
                if demand.prefers_first {
                    first_register
                } else {
                    demand.result_hint
                },
            ];
            // Operands that live on are read before the result is written, but keep their registers all the same.
            let register = self.choose(value, position, pinned_live(self, pinned), hints)?;
            self.occupy(value, register);
            decision.result = Some(register);
        }
        if leaves {
            decision.site = Some(self.site(self.trace.instructions[index].snapshot as usize)?);
        }
        for at in first..last {
            let value = self.uses[at as usize].value;
            if self.last_use[value as usize] <= position {
                self.release(value);
            }
        }
        if leaves {
            let snapshot = self.trace.instructions[index].snapshot as usize;
            for at in 0..self.plan.snapshot_values[snapshot].len() {
                let value = self.plan.snapshot_values[snapshot][at];
                if self.last_use[value as usize] <= position {
                    self.release(value);
                }
            }
        }
        if has_result && self.last_use[index] <= position {
            self.release(index as u32);
        }
        Ok(())
    }
    /// The register in which the next use of a value wants it, if that is a call with nothing that clobbers it in between.
    fn wanted_later(&self, value: u32) -> Option<Register> {
        let next = self.next_use(value, value + 1);
        if next == NEVER || next as usize >= self.ranges.len() {
            return None;
        }
        let (first, last) = self.ranges[next as usize];
        let wanted = self.uses[first as usize..last as usize]
            .iter()
            .find(|each| each.value == value)?
            .wanted?;
        let is_clobbered = self.calls.iter().any(|&call| call > value && call < next);
        (!is_clobbered).then_some(wanted)
    }

    /// At the loop marker.
    fn enter_loop(&mut self, marker: usize) -> Result<(), CompileError> {
        let position = marker as u32;
        let live: Vec<u32> = (0..position)
            .filter(|&value| {
                self.last_use[value as usize] > position
                    && (self.register_of[value as usize].is_some()
                        || self.slot_of[value as usize].is_some())
            })
            .collect();
        for &value in &live {
            let is_phi = self.phi_of(value).is_some();
            if self.register_of[value as usize].is_some()
                && !is_phi
                && self.next_use(value, position) == NEVER
            {
                self.need_slot(value)?;
                self.release(value);
            }
        }
        let mut wanted: Vec<(u32, u32)> = live
            .iter()
            .filter(|&&value| self.register_of[value as usize].is_none())
            .map(|&value| (self.next_use(value, position), value))
            .filter(|&(next, _)| next != NEVER)
            .collect();
        wanted.sort_unstable();
        for (_, value) in wanted {
            self.preload(value, position)?;
        }
        for &value in &live {
            let place = self.place(value)?;
            self.head.push((value, place));
            if let (Some(second), Place::Register(register)) = (self.phi_of(value), place) {
                self.phi_registers |= bit(register);
                if let Some(second) = second.as_instruction() {
                    self.phi_hint[second] = Some(register);
                }
            }
        }
        Ok(())
    }
    /// The second value of the phi whose first is `value`.
    fn phi_of(&self, value: u32) -> Option<Ref> {
        self.trace
            .instructions
            .iter()
            .rev()
            .take_while(|instruction| {
                matches!(instruction.operation, Operation::Phi | Operation::Nop)
            })
            .find(|instruction| {
                instruction.operation == Operation::Phi
                    && instruction.operands[0] == Ref::instruction(value as usize)
            })
            .map(|instruction| instruction.operands[1])
    }
    /// Loads a value that the loop uses into a register that would stay free.
    fn preload(&mut self, value: u32, position: u32) -> Result<(), CompileError> {
        let is_float = self.is_float(value);
        let survives = self.crosses_call(value, position);
        let saved = self.target.callee_saved();
        let free: Vec<Register> = self
            .target
            .registers()
            .iter()
            .copied()
            .filter(|&register| {
                (register >= FIRST_FLOAT) == is_float
                    && self.holder[register as usize] == NEVER
                    && (!survives || saved & bit(register) != 0)
            })
            .collect();
        if free.len() < 4 && !survives || free.is_empty() {
            return Ok(());
        }
        let slot = self.need_slot(value)?;
        self.occupy(value, free[0]);
        self.out.preloads.push((slot, free[0]));
        Ok(())
    }

    /// At the back edge: every value that the loop uses goes where it was at the marker.
    fn close_loop(&mut self) -> Result<(), CompileError> {
        let head = std::mem::take(&mut self.head);
        for &(value, place) in &head {
            if let Some(second) = self.phi_of(value) {
                let source = match second.as_constant() {
                    Some(constant) => Place::Constant(constant as u32),
                    None => self.place(second.as_instruction().unwrap_or(0) as u32)?,
                };
                let mut destinations = vec![place];
                if let Some(slot) = self.slot_of[value as usize] {
                    destinations.push(Place::Slot(slot));
                }
                destinations.dedup();
                for destination in destinations {
                    self.out.edge.push(Move {
                        source,
                        destination,
                    });
                }
            } else if let Place::Register(_) = place {
                let source = self.place(value)?;
                self.out.edge.push(Move {
                    source,
                    destination: place,
                });
            }
        }
        self.note_end_site(&head)
    }
    /// Where an interrupt at the back edge finds the values of the last snapshot, behind the moves.
    fn note_end_site(&mut self, head: &[(u32, Place)]) -> Result<(), CompileError> {
        let Some(values) = self.plan.snapshot_values.last() else {
            return Ok(());
        };
        let mut places = Vec::with_capacity(values.len());
        for &value in values {
            let second = Some(Ref::instruction(value as usize));
            let carried = head
                .iter()
                .find(|&&(first, _)| self.phi_of(first) == second)
                .or_else(|| {
                    head.iter()
                        .find(|&&(first, _)| first == value && self.phi_of(first).is_none())
                });
            let place = match carried {
                Some(&(_, place)) => place,
                None => Place::Slot(self.need_slot(value)?),
            };
            places.push((value, place));
        }
        self.out.sites.push(Site {
            snapshot: self.trace.snapshots.len() as u32 - 1,
            places,
        });
        self.out.end_site = Some(self.out.sites.len() as u32 - 1);
        Ok(())
    }
}

/// The pinned registers that still hold a value.
fn pinned_live<T: Target>(allocator: &Allocator<'_, T>, pinned: u32) -> u32 {
    (0..32u8)
        .filter(|&register| {
            pinned & bit(register) != 0 && allocator.holder[register as usize] != NEVER
        })
        .fold(0, |mask, register| mask | bit(register))
}
