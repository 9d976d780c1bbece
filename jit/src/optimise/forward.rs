//! Forwarding: a load of what was loaded or stored is that value; a store that changes nothing, or that is overwritten before
//! anyone could look, goes away.
//!
//! ```text
//! 0005 -     store_inline 0002 0004 #1
//! 0006 value load_inline 0002 #1           → 0004
//! 0007 -     store_inline 0002 0004 #1     → nothing (it holds that)
//! 0008 -     store_inline 0002 0003 #1     and 0005 goes, if no guard, call or load lies between
//! ```
//!
//! [`Memory`] maps places to the values that they are known to hold. A store removes every place that it may overlap (`alias`); a call
//! that writes removes all but private tables. Guards that look at memory (hash entries, the prototype epoch, upvalue locations) are
//! remembered until such a call.
//!
//! Must never: forward across a store that may overlap or a call that writes; drop a store if a guard lies between it and the one that overwrites it
//! (the exit would miss it); forward a byte or short that was stored as a wider integer.

use super::Refusal;
use super::alias::{self, Place, Space, is_private, may_overlap, owner_of, place};
use super::emitter::{Emitter, Step};
use crate::ir::*;
use rlove_vm::value::Value;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of memory at this point of the trace.
#[derive(Clone, Default)]
pub(super) struct Memory {
    available: FxHashMap<Place, Ref>,
    pub(super) shapes: FxHashMap<Ref, u32>,
    guards: FxHashSet<(Operation, [Ref; 3], u32)>,
    /// Calls that only read.
    reads: FxHashMap<(u32, Type, Vec<Ref>), Ref>,
}

impl Memory {
    /// The value that a place is known to hold.
    pub fn at(&self, place: &Place) -> Option<Ref> {
        self.available.get(place).copied()
    }
    /// The shape that a table is known to have.
    pub fn shape(&self, table: Ref) -> Option<u32> {
        self.shapes.get(&table).copied()
    }
}

fn guard_key(instruction: &Instruction) -> Option<(Operation, [Ref; 3], u32)> {
    use Operation::*;
    matches!(
        instruction.operation,
        GuardHashEntry | GuardEpoch | GuardUpvalueSlot | GuardUpvalueOutside
    )
    .then_some((
        instruction.operation,
        instruction.operands,
        instruction.literal,
    ))
}

/// The reference that a store writes.
pub(super) fn stored(instruction: &Instruction) -> Ref {
    match instruction.operation {
        Operation::StoreElement => instruction.operands[2],
        _ => instruction.operands[1],
    }
}

/// The pass.
pub(super) fn step(
    emitter: &mut Emitter,
    instruction: &Instruction,
    arguments: &[Ref],
) -> Result<Step, Refusal> {
    let forward = emitter.passes.forward;
    if forward && let Some(guard) = guard_key(instruction) {
        return Ok(match emitter.memory.guards.contains(&guard) {
            true => Step::Nothing,
            false => Step::Keep,
        });
    }
    match instruction.operation.effect() {
        Effect::Load if forward => Ok(load(emitter, instruction)),
        Effect::Store if emitter.passes.dead_stores => Ok(store(emitter, instruction)),
        Effect::Call if forward && instruction.operation == Operation::CallHelper => {
            let only_reads = emitter.call_effects(instruction) == HelperEffects::READS;
            let call = (instruction.literal, instruction.ty, arguments.to_vec());
            let found = emitter.memory.reads.get(&call).filter(|_| only_reads);
            Ok(found.map_or(Step::Keep, |&value| Step::Value(value)))
        }
        _ => Ok(Step::Keep),
    }
}

fn load(emitter: &Emitter, instruction: &Instruction) -> Step {
    let Some(value) = place(emitter, instruction).and_then(|place| emitter.memory.at(&place))
    else {
        return Step::Keep;
    };
    let value = emitter.resolve(value);
    match instruction.ty == Type::Value || instruction.ty == emitter.ty(value) {
        true => Step::Value(value),
        false => Step::Keep,
    }
}

/// Whether two references are written as the same word.
fn same_word(emitter: &Emitter, a: Ref, b: Ref) -> bool {
    let source = |reference: Ref| {
        emitter
            .defined_by(reference, Operation::Unbox)
            .map_or(reference, |unbox| unbox.operands[0])
    };
    let (a, b) = (emitter.resolve(a), emitter.resolve(b));
    a == b || source(a) == source(b)
}

fn store(emitter: &mut Emitter, instruction: &Instruction) -> Step {
    let Some(target) = place(emitter, instruction) else {
        return Step::Keep;
    };
    if emitter.passes.forward
        && let Some(old) = emitter.memory.at(&target)
        && same_word(emitter, old, stored(instruction))
    {
        return Step::Nothing;
    }
    remove_overwritten(emitter, &target);
    Step::Keep
}

/// Removes the last store to `target` if nothing could have seen it.
fn remove_overwritten(emitter: &mut Emitter, target: &Place) {
    for index in (0..emitter.trace.instructions.len()).rev() {
        let instruction = emitter.trace.instructions[index];
        if instruction.operation == Operation::Loop || instruction.operation.is_guard() {
            return;
        }
        let Some(other) = place(emitter, &instruction) else {
            continue;
        };
        let is_store = instruction.operation.effect() == Effect::Store;
        if is_store && other == *target {
            // What the later store overwrites is now what this one would have: known only if this one knew.
            if instruction.literal & NO_BARRIER == 0 {
                emitter.memory.available.remove(target);
            }
            emitter.trace.instructions[index] = super::emitter::plain(Operation::Nop, &[]);
            return;
        }
        if !is_store && may_overlap(emitter, &other, target) {
            return;
        }
    }
}

/// Keeps the books on memory.
pub(super) fn learn(
    emitter: &mut Emitter,
    instruction: &Instruction,
    arguments: &[Ref],
    reference: Ref,
) {
    if let Some(guard) = guard_key(instruction) {
        emitter.memory.guards.insert(guard);
    }
    match instruction.operation.effect() {
        Effect::Load => {
            if let Some(place) = place(emitter, instruction) {
                emitter.memory.available.insert(place, reference);
            }
        }
        Effect::Store => learn_store(emitter, instruction),
        Effect::Allocate => learn_allocation(emitter, instruction, reference),
        Effect::Call => learn_call(emitter, instruction, arguments, reference),
        _ => {}
    }
}

fn learn_store(emitter: &mut Emitter, instruction: &Instruction) {
    emitter.memory.reads.clear();
    let value = stored(instruction);
    let base = instruction.operands[0];
    // What is loaded from a private table is forwarded, so what it holds cannot be met under another name.
    let is_inline = instruction.operation == Operation::StoreInline && emitter.passes.forward;
    if alias::is_fresh(emitter, value) {
        match is_inline && is_private(emitter, base) {
            true => emitter.held.entry(base).or_default().push(value),
            false => emitter.escape(value),
        }
    }
    let Some(target) = place(emitter, instruction) else {
        return;
    };
    let mut available = std::mem::take(&mut emitter.memory.available);
    available.retain(|place, _| !may_overlap(emitter, place, &target));
    // Narrow foreign memory keeps a part of the value only.
    let is_whole = match target.space {
        Space::Foreign(kind) => matches!(
            MemoryAccess::ALL[kind as usize],
            MemoryAccess::I32 | MemoryAccess::I64 | MemoryAccess::F64
        ),
        _ => true,
    };
    if is_whole {
        available.insert(target, value);
    }
    emitter.memory.available = available;
}

fn learn_allocation(emitter: &mut Emitter, instruction: &Instruction, reference: Ref) {
    let nil = emitter.trace.constant(Constant::Word(Value::NIL.bits()));
    for slot in 0..instruction.literal >> 24 {
        let place = Place {
            space: Space::Inline,
            base: reference,
            root: Ref::NONE,
            index: slot as i32,
        };
        emitter.memory.available.insert(place, nil);
    }
    let shape = instruction.literal & 0xFF_FFFF;
    emitter.memory.shapes.insert(reference, shape);
}

fn learn_call(emitter: &mut Emitter, instruction: &Instruction, arguments: &[Ref], reference: Ref) {
    let effects = emitter.call_effects(instruction);
    if effects == HelperEffects::READS {
        let call = (instruction.literal, instruction.ty, arguments.to_vec());
        emitter.memory.reads.insert(call, reference);
    }
    let keeps = effects == HelperEffects::PURE || effects == HelperEffects::READS;
    if !keeps {
        for &argument in arguments {
            emitter.escape(argument);
        }
    }
    if !effects.contains(HelperEffects::WRITES) {
        return;
    }
    let mut memory = std::mem::take(&mut emitter.memory);
    memory.guards.clear();
    memory.reads.clear();
    memory
        .available
        .retain(|place, _| is_private(emitter, owner_of(emitter, place.base)));
    memory.shapes.retain(|&table, _| is_private(emitter, table));
    emitter.memory = memory;
}
