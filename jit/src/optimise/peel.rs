//! The loop: a second copy of the body behind `loop`, in which everything that does not change is taken from the first.
//!
//! ```text
//! 0001 number  unbox 0000 > 0           s at entry
//! 0002 number  add 0001 1.5             s + 1.5        (slot 0 at the end of the pass)
//! 0003 -       loop
//! 0004 number  add 0002 1.5             slot_load #0 is 0002 now; unbox of a number is the number
//! 0005 number  phi 0002 0004
//! ```
//!
//! The first pass's instructions are emitted once more with the slots' values at its end in place of `slot_load`s. Through the passes of the
//! emitter each copy finds its first twin if its operands are the same and no store came between. If the copy of X is an instruction Y ≠ X of the first
//! pass, then X's value in one pass is Y's in the pass before: Y is *carried*, and gets a phi with the copy of Y. Phis
//! are parallel: all second values are read before any first is written.
//!
//! Snapshots of the copy describe the slots as they were at the end of the pass before, overlaid with what the copy changed.
//!
//! Where the copy contradicts itself (a number at the end of a slot that began as a table) there is no loop: the trace stays
//! as it was, and jumps to its beginning through memory.
//!
//! Must never: copy what only the entry knew (an `unbox` that need not check is checked in the copy unless its operand is typed);
//! keep a value of the first pass for a slot that the body changes.

use super::emitter::{Copying, Emitter, plain};
use super::{Outcome, mapped};
use crate::ir::*;

/// A contradiction, or types that no phi can have.
struct Failed;

/// Loops are started anew at most this often, with more checks before them.
const MOST_ATTEMPTS: u32 = 3;

/// Peels the loop whose first pass stands in the emitter.
pub(super) fn peel(emitter: &mut Emitter) -> Outcome {
    let Some(last) = emitter.trace.snapshots.last() else {
        return Outcome::Unstable;
    };
    if last.base_offset != 0 {
        return Outcome::Unstable;
    }
    let mut checks: Vec<(Ref, Ref)> = Vec::new();
    for _ in 0..MOST_ATTEMPTS {
        let mut attempt = emitter.clone();
        if copy(&mut attempt, &checks).is_err() {
            return Outcome::Unstable;
        }
        let wishes = attempt
            .copying
            .take()
            .map_or(Vec::new(), |copying| copying.wishes);
        let more = wishes.iter().any(|wish| !checks.contains(wish));
        if !more {
            *emitter = attempt;
            return Outcome::Done;
        }
        for wish in wishes {
            if !checks.contains(&wish) {
                checks.push(wish);
            }
        }
    }
    let mut attempt = emitter.clone();
    match copy(&mut attempt, &checks) {
        Ok(()) => {
            *emitter = attempt;
            Outcome::Done
        }
        Err(Failed) => Outcome::Unstable,
    }
}

fn copy(emitter: &mut Emitter, checks: &[(Ref, Ref)]) -> Result<(), Failed> {
    let end = emitter.trace.snapshots.len() - 1;
    for &(a, b) in checks {
        let check = Instruction {
            snapshot: end as u32,
            ..plain(Operation::LessEqual, &[a, b])
        };
        emitter.emit(check, &[]).map_err(|_| Failed)?;
    }
    let marker = emitter.trace.instructions.len();
    let body = emitter.trace.clone();
    emitter
        .emit(plain(Operation::Loop, &[]), &[])
        .map_err(|_| Failed)?;
    emitter.copying = Some(Copying {
        marker,
        next: Vec::with_capacity(marker),
        slots: body.snapshots[end].entries.clone(),
        wishes: Vec::new(),
    });
    let carried_slots = &body.snapshots[end].entries;
    let mut snapshots = 0;
    for instruction in &body.instructions {
        if instruction.snapshot != NO_SNAPSHOT {
            while snapshots <= instruction.snapshot as usize {
                copy_snapshot(emitter, &body.snapshots[snapshots], carried_slots);
                snapshots += 1;
            }
        }
        let value = copy_instruction(emitter, &body, instruction, carried_slots, end)?;
        let Some(copying) = &mut emitter.copying else {
            return Err(Failed);
        };
        copying.next.push(value);
    }
    for snapshot in &body.snapshots[snapshots..] {
        copy_snapshot(emitter, snapshot, carried_slots);
    }
    add_phis(emitter, marker)
}

/// The copy's value of a reference of the first pass.
fn next_of(emitter: &Emitter, reference: Ref) -> Ref {
    match &emitter.copying {
        Some(copying) => mapped(reference, &copying.next),
        None => reference,
    }
}

fn copy_instruction(
    emitter: &mut Emitter,
    body: &Trace,
    instruction: &Instruction,
    carried_slots: &[SnapshotEntry],
    end: usize,
) -> Result<Ref, Failed> {
    let mut copy = *instruction;
    if copy.operation == Operation::Nop {
        return Ok(Ref::NONE);
    }
    if copy.operation == Operation::SlotLoad {
        let slot = copy.literal as i32;
        let changed = carried_slots.iter().find(|entry| entry.slot == slot);
        let position = emitter
            .copying
            .as_ref()
            .map_or(0, |copying| copying.next.len());
        return Ok(match changed {
            Some(entry) => emitter.resolve(entry.value),
            None => Ref::instruction(position),
        });
    }
    for operand in &mut copy.operands {
        *operand = next_of(emitter, *operand);
    }
    let arguments: Vec<Ref> = body
        .arguments_of(instruction)
        .iter()
        .map(|&argument| next_of(emitter, argument))
        .collect();
    if copy.snapshot != NO_SNAPSHOT {
        copy.snapshot += end as u32 + 1;
    }
    if copy.operation.effect() == Effect::Store {
        // Whether a barrier is needed is decided anew: what the first pass knew may have come from the entry.
        copy.literal &= !NO_BARRIER;
    }
    // (Of other words than slots a type is known by guards of the trace.)
    let known_at_entry = copy.operation == Operation::Unbox
        && copy.literal == 1
        && instruction.operands[0]
            .as_instruction()
            .is_some_and(|index| body.instructions[index].operation == Operation::SlotLoad);
    let unchanged = copy.operands == instruction.operands;
    if known_at_entry && !unchanged && emitter.ty(copy.operands[0]) == Type::Value {
        if copy.snapshot == NO_SNAPSHOT {
            return Err(Failed);
        }
        copy.literal = 0;
    }
    emitter.emit(copy, &arguments).map_err(|_| Failed)
}

/// A snapshot of the copy: the slots at the end of the pass before, overlaid with what changed since.
fn copy_snapshot(emitter: &mut Emitter, snapshot: &Snapshot, carried_slots: &[SnapshotEntry]) {
    let mut entries: Vec<SnapshotEntry> = snapshot
        .entries
        .iter()
        .map(|entry| SnapshotEntry {
            slot: entry.slot,
            value: emitter.resolve(next_of(emitter, entry.value)),
        })
        .collect();
    for carried in carried_slots {
        if !entries.iter().any(|entry| entry.slot == carried.slot) {
            entries.push(SnapshotEntry {
                slot: carried.slot,
                value: emitter.resolve(carried.value),
            });
        }
    }
    entries.sort_by_key(|entry| entry.slot);
    emitter.trace.snapshots.push(Snapshot {
        entries,
        ..snapshot.clone()
    });
}

/// Instructions of the first pass whose values change from pass to pass and are needed in the next.
fn carried(emitter: &Emitter, marker: usize) -> Vec<Ref> {
    let mut needed = vec![false; marker];
    let mut need = |reference: Ref| {
        if let Some(index) = reference.as_instruction()
            && index < marker
        {
            needed[index] = true;
        }
    };
    for instruction in &emitter.trace.instructions[marker..] {
        instruction
            .operands
            .iter()
            .for_each(|&operand| need(operand));
        let arguments = emitter.trace.arguments_of(instruction);
        arguments.iter().for_each(|&argument| need(argument));
    }
    let first_copied = emitter.trace.snapshots.len() / 2;
    for snapshot in &emitter.trace.snapshots[first_copied..] {
        snapshot.entries.iter().for_each(|entry| need(entry.value));
    }
    let mut list: Vec<usize> = (0..marker).filter(|&index| needed[index]).collect();
    let mut at = 0;
    while at < list.len() {
        // The second value of a phi is needed too.
        if let Some(next) = next_of(emitter, Ref::instruction(list[at])).as_instruction()
            && next < marker
            && !needed[next]
        {
            needed[next] = true;
            list.push(next);
        }
        at += 1;
    }
    list.sort_unstable();
    list.into_iter()
        .map(Ref::instruction)
        .filter(|&value| next_of(emitter, value) != value)
        .collect()
}

fn add_phis(emitter: &mut Emitter, marker: usize) -> Result<(), Failed> {
    let mut phis: Vec<(Ref, Ref)> = Vec::new();
    for left in carried(emitter, marker) {
        let right = emitter.resolve(next_of(emitter, left));
        let (from, to) = (emitter.ty(right), emitter.ty(left));
        let right = match (from, to) {
            _ if from == to => right,
            (Type::Integer, Type::Number) => emitter
                .compute(Operation::IntegerToNumber, &[right])
                .map_err(|_| Failed)?,
            (Type::None | Type::Int64 | Type::Pointer, _) => return Err(Failed),
            (_, Type::Value) => emitter
                .compute(Operation::Box, &[right])
                .map_err(|_| Failed)?,
            _ => return Err(Failed),
        };
        phis.push((left, right));
    }
    for (left, right) in phis {
        let phi = Instruction {
            ty: emitter.ty(left),
            ..plain(Operation::Phi, &[left, right])
        };
        emitter.trace.push(phi);
    }
    Ok(())
}
