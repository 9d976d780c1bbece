//! What a trace's instructions become: emitted, part of another's operand, or nothing; and who uses what.
//!
//! A load with one user becomes that user's memory operand when nothing in between can write memory. `unbox` to a number whose
//! operand is such a load leaves only its check behind, if its own user can read a number from memory.
//!
//! ```text
//! 0004 value    load_element 0002 0003      Address: no code of its own
//! 0005 number   unbox 0004          > 2     Check: cmp dword [..+4], …; ja exit
//! 0006 number   add 0001 0005               vaddsd xmm0, xmm0, [..]
//! ```
//!
//! Invariants: a fused load and its user lie in the same part of the loop, with no store, call or allocation between them; what a
//! snapshot names is never fused.

use crate::ir::{Effect, Field, NO_SNAPSHOT, Operation, Ref, Trace, Type};

/// What becomes of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It has code and, if it has a result, a register.
    Emitted,
    /// A load that is its only user's memory operand.
    Address,
    /// An `unbox` that only checks; its user reads the number from memory.
    Check,
    /// Nobody needs it, or it is sunk.
    Nothing,
}

/// What [`Plan::new`] finds out.
#[derive(Debug)]
pub struct Plan {
    /// Per instruction.
    pub kinds: Vec<Kind>,
    /// Per snapshot: the instructions whose values an exit needs.
    pub snapshot_values: Vec<Vec<u32>>,
    /// Position of the loop marker.
    pub loop_marker: Option<usize>,
}

const NOBODY: u32 = u32::MAX;
const A_SNAPSHOT: u32 = u32::MAX - 1;

struct Uses {
    count: Vec<u32>,
    user: Vec<u32>,
}

impl Uses {
    fn note(&mut self, reference: Ref, user: u32) {
        if let Some(index) = reference.as_instruction() {
            self.count[index] += 1;
            self.user[index] = user;
        }
    }
}

impl Plan {
    /// Plans a trace.
    pub fn new(trace: &Trace) -> Plan {
        let count = trace.instructions.len();
        let mut kinds = vec![Kind::Emitted; count];
        for snapshot in &trace.snapshots {
            for sunk in &snapshot.sunk {
                for reference in sunk.stores.iter().chain([&sunk.allocation]) {
                    if let Some(index) = reference.as_instruction() {
                        kinds[index] = Kind::Nothing;
                    }
                }
            }
        }
        let snapshot_values: Vec<Vec<u32>> = (0..trace.snapshots.len())
            .map(|index| values_of_snapshot(trace, index, &kinds))
            .collect();
        let mut plan = Plan {
            kinds,
            snapshot_values,
            loop_marker: trace.loop_marker(),
        };
        let uses = plan.count_uses(trace);
        plan.fuse(trace, &uses);
        plan
    }

    /// Counts users from the end, so that what only the unneeded needs is unneeded too.
    fn count_uses(&mut self, trace: &Trace) -> Uses {
        let count = trace.instructions.len();
        let mut uses = Uses {
            count: vec![0; count],
            user: vec![NOBODY; count],
        };
        let mut is_seen = vec![false; trace.snapshots.len()];
        let mut note_snapshot = |uses: &mut Uses, snapshot: usize| {
            if let Some(seen) = is_seen.get_mut(snapshot)
                && !std::mem::replace(seen, true)
            {
                for &value in &self.snapshot_values[snapshot] {
                    uses.note(Ref::instruction(value as usize), A_SNAPSHOT);
                }
            }
        };
        if !trace.snapshots.is_empty() {
            note_snapshot(&mut uses, trace.snapshots.len() - 1);
        }
        for (index, instruction) in trace.instructions.iter().enumerate().rev() {
            if self.kinds[index] == Kind::Nothing {
                continue;
            }
            let operation = instruction.operation;
            let is_needed = operation.is_guard() && !is_known(trace, index)
                || matches!(
                    operation.effect(),
                    Effect::Store | Effect::Allocate | Effect::Call | Effect::Control
                )
                || uses.count[index] > 0;
            if !is_needed || operation == Operation::Nop {
                self.kinds[index] = Kind::Nothing;
                continue;
            }
            for &operand in &instruction.operands {
                uses.note(operand, index as u32);
            }
            if operation.has_arguments() {
                for &argument in trace.arguments_of(instruction) {
                    uses.note(argument, index as u32);
                }
            }
            // A check whose type is known leaves nothing behind.
            if operation.is_guard() && !is_known(trace, index) {
                note_snapshot(&mut uses, instruction.snapshot as usize);
            }
        }
        uses
    }

    fn fuse(&mut self, trace: &Trace, uses: &Uses) {
        let mut last_write = 0;
        // Number of the last instruction up to each that may write memory (or is the loop marker).
        let writes: Vec<usize> = trace
            .instructions
            .iter()
            .enumerate()
            .map(|(index, instruction)| {
                if self.kinds[index] != Kind::Nothing
                    && (matches!(
                        instruction.operation.effect(),
                        Effect::Store | Effect::Allocate | Effect::Call
                    ) || instruction.operation == Operation::Loop)
                {
                    last_write = index;
                }
                last_write
            })
            .collect();
        let is_quiet =
            |from: usize, to: usize| to > 0 && (writes[to - 1] <= from || writes[to - 1] == 0);
        for index in 0..trace.instructions.len() {
            if self.kinds[index] != Kind::Emitted || uses.count[index] != 1 {
                continue;
            }
            let user = uses.user[index];
            if user == A_SNAPSHOT || user == NOBODY {
                continue;
            }
            let user = user as usize;
            if is_fusible_load(trace, index)
                && takes_memory(trace, user, index)
                && is_quiet(index, user)
            {
                self.kinds[index] = Kind::Address;
            }
            let instruction = &trace.instructions[index];
            if instruction.operation == Operation::Unbox
                && instruction.ty == Type::Number
                && takes_number_from_memory(trace, user, index)
                && let Some(load) = instruction.operands[0].as_instruction()
                && self.kinds[load] == Kind::Address
                && is_quiet(load, user)
            {
                self.kinds[index] = Kind::Check;
            }
        }
    }
    /// The load whose address stands for this reference, if it is fused.
    pub fn memory_operand(&self, trace: &Trace, reference: Ref) -> Option<usize> {
        let index = reference.as_instruction()?;
        match self.kinds[index] {
            Kind::Address => Some(index),
            Kind::Check => trace.instructions[index].operands[0].as_instruction(),
            _ => None,
        }
    }
}

/// Whether an `unbox` needs no check.
pub fn is_known(trace: &Trace, index: usize) -> bool {
    let instruction = &trace.instructions[index];
    if instruction.operation == Operation::CallHelper && instruction.snapshot == NO_SNAPSHOT {
        return true;
    }
    instruction.operation == Operation::Unbox
        && (instruction.literal == 1
            || trace.ty(instruction.operands[0]) != Type::Value
            || trace
                .constant_at(instruction.operands[1])
                .is_some_and(|constant| constant == crate::ir::Constant::Integer(1)))
}

fn is_fusible_load(trace: &Trace, index: usize) -> bool {
    matches!(
        trace.instructions[index].operation,
        Operation::SlotLoad
            | Operation::LoadField
            | Operation::LoadInline
            | Operation::LoadSlotArray
            | Operation::LoadElement
            | Operation::LoadHashValue
            | Operation::LoadUpvalue
    )
}

/// Whether instruction `user` can read its operand `load` from memory.
fn takes_memory(trace: &Trace, user: usize, load: usize) -> bool {
    let reference = Ref::instruction(load);
    let instruction = &trace.instructions[user];
    let loaded = &trace.instructions[load];
    let is_word = loaded.ty == Type::Value;
    match instruction.operation {
        Operation::Unbox => is_word && instruction.operands[0] == reference,
        Operation::GuardBits | Operation::GuardNotBits => {
            is_word
                && instruction.operands[0] == reference
                && instruction.operands[1].as_constant().is_some()
        }
        Operation::GuardTruth => is_word,
        // The four-byte fields.
        Operation::Bounds => {
            instruction.operands[1] == reference
                && instruction.operands[0] != reference
                && instruction.operands[0].as_instruction().is_some()
                && loaded.operation == Operation::LoadField
                && [
                    Field::ArrayLength as u32,
                    Field::ArrayCapacity as u32,
                    Field::StringLength as u32,
                ]
                .contains(&loaded.literal)
        }
        Operation::Equal | Operation::NotEqual => {
            instruction.operands[0] == reference
                && instruction.operands[1].as_constant().is_some()
                && loaded.operation == Operation::LoadField
        }
        _ => false,
    }
}

/// Whether instruction `user` can read the number `value` from memory.
fn takes_number_from_memory(trace: &Trace, user: usize, value: usize) -> bool {
    let reference = Ref::instruction(value);
    let instruction = &trace.instructions[user];
    let [first, second, _] = instruction.operands;
    match instruction.operation {
        Operation::Add
        | Operation::Subtract
        | Operation::Multiply
        | Operation::Divide
        | Operation::Minimum
        | Operation::Maximum
        | Operation::Equal
        | Operation::NotEqual => second == reference && first != reference,
        // a < b is compared as b > a.
        Operation::Less | Operation::NotLess | Operation::LessEqual | Operation::NotLessEqual => {
            first == reference && second != reference
        }
        Operation::SquareRoot => true,
        _ => false,
    }
}

/// Instructions whose values an exit by this snapshot needs, through sunk objects too; each once, ascending.
fn values_of_snapshot(trace: &Trace, index: usize, kinds: &[Kind]) -> Vec<u32> {
    let snapshot = &trace.snapshots[index];
    let mut values = Vec::with_capacity(snapshot.entries.len());
    let mut note = |reference: Ref| {
        if let Some(value) = reference.as_instruction()
            && kinds[value] != Kind::Nothing
        {
            values.push(value as u32);
        }
    };
    for entry in &snapshot.entries {
        note(entry.value);
    }
    for sunk in &snapshot.sunk {
        for store in &sunk.stores {
            if let Some(store) = store.as_instruction() {
                trace.instructions[store]
                    .operands
                    .iter()
                    .for_each(|&each| note(each));
            }
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}
