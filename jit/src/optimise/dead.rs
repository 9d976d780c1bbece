//! Dead code: instructions that no guard, effect, snapshot or phi needs; then the trace is numbered anew.
//!
//! ```text
//! 0003 number add 0001 0002      nobody uses it            → gone
//! 0004 number unbox 0000 > 1     a guard                   → stays, although nobody uses the value
//! 0009 number phi 0002 0008      only 0008 uses 0002       → gone, and 0008 with it
//! ```
//!
//! Snapshots that no guard uses go (but the last), arguments and constants that nobody refers to as well.
//!
//! Must never: remove a guard, a store, a call that writes or can fail.

use super::emitter::call_effects;
use crate::ir::*;

/// Removes what is dead.
pub(super) fn eliminate(trace: &mut Trace, helpers: &[Helper]) {
    let live = live_instructions(trace, helpers);
    compact(trace, &live);
}

/// Whether an instruction stays although nobody uses its value.
fn is_root(instruction: &Instruction, helpers: &[Helper]) -> bool {
    match instruction.operation {
        Operation::Unbox => instruction.literal != 1,
        Operation::CallHelper | Operation::CallNative => {
            let effects = call_effects(instruction, helpers);
            effects.contains(HelperEffects::WRITES) || effects.contains(HelperEffects::FAILS)
        }
        Operation::Nop | Operation::Phi => false,
        operation => {
            operation.is_guard() || matches!(operation.effect(), Effect::Store | Effect::Control)
        }
    }
}

fn live_instructions(trace: &Trace, helpers: &[Helper]) -> Vec<bool> {
    let mut marks = Marks {
        trace,
        live: vec![false; trace.instructions.len()],
        snapshots: vec![false; trace.snapshots.len()],
        work: Vec::new(),
    };
    for (index, instruction) in trace.instructions.iter().enumerate() {
        if is_root(instruction, helpers) {
            marks.need(Ref::instruction(index));
        }
    }
    marks.need_snapshot(trace.snapshots.len().wrapping_sub(1) as u32);
    marks.run();
    loop {
        let before = marks.live.iter().filter(|&&live| live).count();
        for (index, instruction) in trace.instructions.iter().enumerate() {
            let left = instruction.operands[0].as_instruction();
            let needed = instruction.operation == Operation::Phi
                && left.is_some_and(|left| marks.live[left]);
            if needed {
                marks.need(Ref::instruction(index));
            }
        }
        marks.run();
        if marks.live.iter().filter(|&&live| live).count() == before {
            return marks.live;
        }
    }
}

struct Marks<'a> {
    trace: &'a Trace,
    live: Vec<bool>,
    snapshots: Vec<bool>,
    work: Vec<usize>,
}

impl Marks<'_> {
    fn need(&mut self, reference: Ref) {
        if let Some(index) = reference.as_instruction()
            && !self.live[index]
        {
            self.live[index] = true;
            self.work.push(index);
        }
    }
    fn need_snapshot(&mut self, number: u32) {
        let trace = self.trace;
        let Some(snapshot) = trace.snapshots.get(number as usize) else {
            return;
        };
        if std::mem::replace(&mut self.snapshots[number as usize], true) {
            return;
        }
        for entry in &snapshot.entries {
            self.need(entry.value);
        }
        for sunk in &snapshot.sunk {
            self.need(sunk.allocation);
            sunk.stores.iter().for_each(|&store| self.need(store));
        }
    }
    fn run(&mut self) {
        let trace = self.trace;
        while let Some(index) = self.work.pop() {
            let instruction = &trace.instructions[index];
            self.need_snapshot(instruction.snapshot);
            let operands = instruction.operands.iter();
            for &operand in operands.chain(trace.arguments_of(instruction)) {
                self.need(operand);
            }
        }
    }
}

/// Keeps the live instructions, and renumbers instructions, snapshots, arguments and constants.
fn compact(trace: &mut Trace, live: &[bool]) {
    let mut old = std::mem::replace(trace, Trace::new(trace.number, trace.start_pc));
    trace.parent = old.parent;
    trace.natives = std::mem::take(&mut old.natives);
    trace.link = old.link;
    trace.roots = std::mem::take(&mut old.roots);
    let mut numbers = vec![Ref::NONE; old.instructions.len()];
    let mut next = 0;
    for (index, number) in numbers.iter_mut().enumerate() {
        if live[index] {
            *number = Ref::instruction(next);
            next += 1;
        }
    }
    let mut constants = vec![Ref::NONE; old.constants.len()];
    let mut renumber = |trace: &mut Trace, reference: Ref| {
        if let Some(index) = reference.as_instruction() {
            return numbers[index];
        }
        let Some(index) = reference.as_constant() else {
            return reference;
        };
        if constants[index].is_none() {
            constants[index] = Ref::constant(trace.constants.len());
            trace.constants.push(old.constants[index]);
        }
        constants[index]
    };
    let mut used = vec![false; old.snapshots.len()];
    for (index, instruction) in old.instructions.iter().enumerate() {
        if live[index] && instruction.snapshot != NO_SNAPSHOT {
            used[instruction.snapshot as usize] = true;
        }
    }
    if let Some(last) = used.last_mut() {
        *last = true;
    }
    let mut snapshots = vec![NO_SNAPSHOT; old.snapshots.len()];
    for (number, snapshot) in old.snapshots.iter().enumerate() {
        if !used[number] {
            continue;
        }
        snapshots[number] = trace.snapshots.len() as u32;
        let mut copy = snapshot.clone();
        for entry in &mut copy.entries {
            entry.value = renumber(trace, entry.value);
        }
        for sunk in &mut copy.sunk {
            sunk.allocation = renumber(trace, sunk.allocation);
            for store in &mut sunk.stores {
                *store = renumber(trace, *store);
            }
        }
        trace.snapshots.push(copy);
    }
    for (index, instruction) in old.instructions.iter().enumerate() {
        if !live[index] {
            continue;
        }
        let mut copy = *instruction;
        for operand in &mut copy.operands {
            *operand = renumber(trace, *operand);
        }
        if copy.operation.has_arguments() {
            let first = trace.arguments.len() as u32;
            for &argument in old.arguments_of(instruction) {
                let argument = renumber(trace, argument);
                trace.arguments.push(argument);
            }
            copy.arguments = (first, instruction.arguments.1);
        }
        if copy.snapshot != NO_SNAPSHOT {
            copy.snapshot = snapshots[copy.snapshot as usize];
        }
        trace.push(copy);
    }
}
