//! Allocation sinking: a table that only snapshots need is made when an exit needs it, and not before.
//!
//! ```text
//! 0004 table new_table #shape:7/2            (v = vec(x, y): its loads were forwarded, nobody else has it)
//! 0005 -     store_inline 0004 0002 #0
//! 0006 -     store_inline 0004 0003 #1
//! snapshot 3 pc 0x20 [0: 0004]               → snapshot 3 pc 0x20 [0: 0004] sunk 0004 (0005 0006)
//! ```
//!
//! A table is sunk if it is only the base of stores to its inline slots and its shape, a value in such stores to other sunk tables, in snapshots, or
//! carried to the next pass by a phi whose second value is sunk and has been given the same slots. In that case the *fields* are carried
//! instead: each stored value of the first pass gets a phi with the one stored in the loop.
//!
//! What appears in the `sunk` list of any snapshot (tables and stores) stays in the trace for the snapshots to name, and is not executed. Stores
//! that no list needs are removed, and safe points if nothing is allocated any more.
//!
//! Must never: sink what a call, a guard, a load, or memory outside sees; what the trace hands on at its end other than by an exit; or a
//! carried table whose fields cannot be carried.

use super::emitter::{call_effects, plain};
use crate::ir::*;

/// Sinks what can be sunk. The trace has no dead code.
pub(super) fn sink(trace: &mut Trace) {
    let mut plan = Plan::new(trace);
    if plan.candidates().next().is_some() {
        plan.find(trace);
        plan.carry_fields(trace);
        plan.apply(trace);
    }
}

struct Plan {
    /// By instruction: a table that is (still) thought to be sinkable.
    sinkable: Vec<bool>,
    marker: Option<usize>,
    /// Phis to add: first and second value.
    added: Vec<(Ref, Ref)>,
}

impl Plan {
    fn new(trace: &Trace) -> Plan {
        Plan {
            sinkable: trace
                .instructions
                .iter()
                .map(|instruction| instruction.operation == Operation::NewTable)
                .collect(),
            marker: trace.loop_marker(),
            added: Vec::new(),
        }
    }

    fn candidates(&self) -> impl Iterator<Item = usize> {
        (0..self.sinkable.len()).filter(|&index| self.sinkable[index])
    }

    fn is_sinkable(&self, reference: Ref) -> bool {
        reference
            .as_instruction()
            .is_some_and(|index| self.sinkable[index])
    }

    /// Takes a table off the list; whether it was on it.
    fn keep(&mut self, reference: Ref) -> bool {
        match reference.as_instruction() {
            Some(index) => std::mem::replace(&mut self.sinkable[index], false),
            None => false,
        }
    }

    /// Takes off the list what something needs, until nothing changes.
    fn find(&mut self, trace: &Trace) {
        let exits_at_end = match trace.link {
            Link::Loop => self.marker.is_some(),
            Link::Trace(_) => false,
            Link::Interpreter | Link::None => true,
        };
        if !exits_at_end && let Some(last) = trace.snapshots.last() {
            for entry in &last.entries {
                self.keep(entry.value);
            }
        }
        loop {
            let mut changed = false;
            for instruction in &trace.instructions {
                changed |= self.uses(trace, instruction);
            }
            changed |= self.phis_match(trace);
            if !changed {
                return;
            }
        }
    }

    /// What an instruction needs to be there; whether the list became shorter.
    fn uses(&mut self, trace: &Trace, instruction: &Instruction) -> bool {
        let [base, value, _] = instruction.operands;
        match instruction.operation {
            Operation::StoreInline if self.is_sinkable(base) => false,
            Operation::StoreShape => false,
            Operation::StoreInline => self.keep(value),
            Operation::Phi => match (self.is_sinkable(base), self.is_sinkable(value)) {
                (true, true) => false,
                _ => self.keep(base) | self.keep(value),
            },
            _ => {
                let mut changed = false;
                let arguments = trace.arguments_of(instruction);
                for &operand in instruction.operands.iter().chain(arguments) {
                    changed |= self.keep(operand);
                }
                changed
            }
        }
    }

    /// Stores to a table among these instructions.
    fn stores(&self, trace: &Trace, table: Ref, range: std::ops::Range<usize>) -> Vec<usize> {
        range
            .filter(|&index| {
                let instruction = &trace.instructions[index];
                instruction.operation.effect() == Effect::Store && instruction.operands[0] == table
            })
            .collect()
    }

    /// Takes carried tables off whose fields cannot be carried.
    fn phis_match(&mut self, trace: &Trace) -> bool {
        self.added.clear();
        let mut failed: Option<(Ref, Ref)> = None;
        for phi in phis(trace) {
            let [left, right, _] = phi.operands;
            if self.is_sinkable(left) && !self.fields_match(trace, left, right) {
                failed = Some((left, right));
                break;
            }
        }
        match failed {
            Some((left, right)) => self.keep(left) | self.keep(right),
            None => false,
        }
    }

    fn fields_match(&mut self, trace: &Trace, left: Ref, right: Ref) -> bool {
        let (Some(marker), Some(first), Some(second)) =
            (self.marker, left.as_instruction(), right.as_instruction())
        else {
            return false;
        };
        let (one, other) = (&trace.instructions[first], &trace.instructions[second]);
        let before = self.stores(trace, left, 0..marker);
        let after = self.stores(trace, right, marker..trace.instructions.len());
        // A table of the first pass that is carried to every pass would be another one in each.
        if second < marker || one.literal != other.literal || before.len() != after.len() {
            return false;
        }
        before.iter().zip(&after).all(|(&a, &b)| {
            let (a, b) = (&trace.instructions[a], &trace.instructions[b]);
            let same_place =
                a.operation == b.operation && a.literal & !NO_BARRIER == b.literal & !NO_BARRIER;
            same_place
                && (a.operation == Operation::StoreShape
                    || self.value_carries(trace, marker, a.operands[1], b.operands[1]))
        })
    }

    /// Whether a field that holds `a` after the first pass and `b` after the others can be carried in `a`.
    fn value_carries(&mut self, trace: &Trace, marker: usize, a: Ref, b: Ref) -> bool {
        let known = phis(trace)
            .map(|phi| (phi.operands[0], phi.operands[1]))
            .chain(self.added.iter().copied())
            .find(|pair| pair.0 == a);
        if let Some((_, second)) = known {
            return second == b;
        }
        if a == b {
            return true;
        }
        let Some(index) = a.as_instruction().filter(|&index| index < marker) else {
            return false;
        };
        let (from, to) = (trace.ty(b), trace.ty(a));
        let converts = from == to || (from == Type::Integer && to == Type::Number);
        if !converts || is_used_in_loop(trace, marker, a) {
            return false;
        }
        self.added.push((a, b));
        // A table in a field is carried by its fields in turn.
        match self.sinkable[index] {
            true => self.is_sinkable(b) && self.fields_match(trace, a, b),
            false => !self.is_sinkable(b),
        }
    }

    /// Adds the phis of fields, and removes those of tables.
    fn carry_fields(&mut self, trace: &mut Trace) {
        // Nothing refers to a phi by its number, so they can be taken off and put back.
        let mut kept = Vec::new();
        while let Some(phi) = trace.instructions.last().copied() {
            if !matches!(phi.operation, Operation::Phi | Operation::Nop) {
                break;
            }
            trace.instructions.pop();
            let [left, right, _] = phi.operands;
            if phi.operation == Operation::Phi && !self.is_sinkable(left) {
                kept.push((left, right));
            }
        }
        kept.reverse();
        self.sinkable.resize(trace.instructions.len(), false);
        for (left, right) in std::mem::take(&mut self.added) {
            if self.is_sinkable(left) {
                continue;
            }
            let right = match trace.ty(right) == trace.ty(left) {
                true => right,
                false => trace.push(plain(Operation::IntegerToNumber, &[right])),
            };
            kept.push((left, right));
        }
        for (left, right) in kept {
            let ty = trace.ty(left);
            trace.push(Instruction {
                ty,
                ..plain(Operation::Phi, &[left, right])
            });
        }
        self.sinkable.resize(trace.instructions.len(), false);
    }

    /// Writes the lists into the snapshots and removes what no list needs.
    fn apply(&self, trace: &mut Trace) {
        let mut first_use = vec![trace.instructions.len(); trace.snapshots.len()];
        for (index, instruction) in trace.instructions.iter().enumerate().rev() {
            if instruction.snapshot != NO_SNAPSHOT {
                first_use[instruction.snapshot as usize] = index;
            }
        }
        let mut listed = vec![false; trace.instructions.len()];
        for (number, &at) in first_use.iter().enumerate() {
            let mut objects: Vec<SunkObject> = Vec::new();
            let snapshot = &trace.snapshots[number];
            let mut work: Vec<Ref> = snapshot.entries.iter().map(|entry| entry.value).collect();
            while let Some(value) = work.pop() {
                let known = objects.iter().any(|object| object.allocation == value);
                if known || !self.is_sinkable(value) {
                    continue;
                }
                let stores = self.stores(trace, value, 0..at);
                for &store in &stores {
                    listed[store] = true;
                    if trace.instructions[store].operation == Operation::StoreInline {
                        work.push(trace.instructions[store].operands[1]);
                    }
                }
                objects.push(SunkObject {
                    allocation: value,
                    stores: stores.into_iter().map(Ref::instruction).collect(),
                });
            }
            objects.sort_by_key(|object| object.allocation);
            trace.snapshots[number].sunk = objects;
        }
        for (index, &listed) in listed.iter().enumerate() {
            let instruction = &mut trace.instructions[index];
            let is_store = instruction.operation.effect() == Effect::Store;
            if is_store && self.is_sinkable(instruction.operands[0]) && !listed {
                *instruction = plain(Operation::Nop, &[]);
            }
        }
    }
}

fn phis(trace: &Trace) -> impl Iterator<Item = &Instruction> {
    trace
        .instructions
        .iter()
        .filter(|instruction| instruction.operation == Operation::Phi)
}

/// Whether the loop (not its phis) or its snapshots use a value from before it.
fn is_used_in_loop(trace: &Trace, marker: usize, value: Ref) -> bool {
    let mut snapshots = Vec::new();
    for instruction in &trace.instructions[marker..] {
        let arguments = trace.arguments_of(instruction);
        if instruction.operands.contains(&value) || arguments.contains(&value) {
            return true;
        }
        snapshots.push(instruction.snapshot);
    }
    snapshots.dedup();
    snapshots.push(trace.snapshots.len() as u32 - 1);
    snapshots
        .iter()
        .filter_map(|&number| trace.snapshots.get(number as usize))
        .any(|snapshot| snapshot.entries.iter().any(|entry| entry.value == value))
}

/// Without allocations nothing can make a collection due. To be called when dead allocations are gone.
pub(super) fn remove_safe_points(trace: &mut Trace, helpers: &[Helper]) {
    let mut sunk = vec![false; trace.instructions.len()];
    for object in trace.snapshots.iter().flat_map(|snapshot| &snapshot.sunk) {
        if let Some(index) = object.allocation.as_instruction() {
            sunk[index] = true;
        }
    }
    let allocates = trace
        .instructions
        .iter()
        .enumerate()
        .any(|(index, instruction)| {
            let effects = call_effects(instruction, helpers);
            instruction.operation == Operation::CallNative
                || effects.contains(HelperEffects::ALLOCATES)
                || (instruction.operation.effect() == Effect::Allocate && !sunk[index])
        });
    if allocates {
        return;
    }
    for instruction in &mut trace.instructions {
        if instruction.operation == Operation::SafePoint {
            *instruction = plain(Operation::Nop, &[]);
        }
    }
}
