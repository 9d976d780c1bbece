//! The emitter: where instructions go through the passes one by one and are appended.
//!
//! [`Emitter::emit`] takes an instruction whose operands stand in the new trace already and answers with the reference that has its
//! value: a new instruction, an old one, a constant, or none.
//!
//! ```text
//! emit (add x 0004:"int_to_num 0003" …)
//!   resolve   operands that a guard proved to be constants become these constants
//!   fold      → value | nothing | another instruction (from the beginning)
//!   guards    → known to hold: nothing
//!   cse/load  → value
//!   append, learn (types, ranges, what memory holds)
//! ```
//!
//! Invariants: everything that is learnt holds from here on in the trace *and*, one pass later, for the copies that the loop pass makes of the same
//! instructions (it is derived from instructions of the trace only, never from where the trace came from).
//!
//! What this does not do: decide anything itself; each pass is a file of its own.

use super::Refusal;
use super::forward::Memory;
use super::guards::Facts;
use super::{Passes, barriers, cse, fold, forward, guards, mapped, narrowing, shapes};
use crate::ir::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a pass says about an instruction.
pub(super) enum Step {
    /// Nothing.
    Keep,
    /// Its value is there.
    Value(Ref),
    /// It is not needed.
    Nothing,
    /// It is the same as this one.
    Again(Instruction),
}

/// What the loop pass knows while it copies: the values of the instructions of the first pass, one pass later.
#[derive(Clone)]
pub(super) struct Copying {
    /// Where `loop` stands.
    pub marker: usize,
    /// By instruction of the first pass.
    pub next: Vec<Ref>,
    /// Slots that the body changes, with their values at its end.
    pub slots: Vec<SnapshotEntry>,
    /// Comparisons `a <= b` of invariant integers which, were they checked before the loop, would save a check in it.
    pub wishes: Vec<(Ref, Ref)>,
}

impl Copying {
    /// Whether a reference of the first pass is known to have the same value in every pass. (What is not copied yet may be, if it
    /// depends on unchanged slots only.)
    pub fn is_invariant(&self, trace: &Trace, reference: Ref) -> bool {
        let Some(index) = reference.as_instruction() else {
            return !reference.is_none();
        };
        if let Some(&next) = self.next.get(index) {
            return next == reference;
        }
        if index >= self.marker {
            return false;
        }
        let instruction = &trace.instructions[index];
        if instruction.operation == Operation::SlotLoad {
            let slot = instruction.literal as i32;
            return !self.slots.iter().any(|entry| entry.slot == slot);
        }
        let operands = &instruction.operands[..instruction.operation.reference_count()];
        cse::is_computation(instruction)
            && operands
                .iter()
                .all(|&operand| self.is_invariant(trace, operand))
    }
}

/// A trace under construction.
#[derive(Clone)]
pub(super) struct Emitter<'a> {
    pub trace: Trace,
    pub helpers: &'a [Helper],
    pub passes: Passes,
    /// What a guard proved to be a constant.
    pub same: FxHashMap<Ref, Ref>,
    pub common: cse::Table,
    pub memory: Memory,
    pub facts: Facts,
    /// New tables that something outside the trace may refer to.
    pub escaped: FxHashSet<Ref>,
    /// What private tables hold: it escapes with them.
    pub held: FxHashMap<Ref, Vec<Ref>>,
    pub copying: Option<Copying>,
}

impl<'a> Emitter<'a> {
    /// An emitter for a new version of `source`, with its constants (so that references to constants stay).
    pub fn new(source: &Trace, helpers: &'a [Helper], passes: Passes) -> Emitter<'a> {
        let trace = Trace {
            instructions: Vec::with_capacity(source.instructions.len() * 2),
            arguments: Vec::new(),
            snapshots: Vec::new(),
            ..source.clone()
        };
        Emitter {
            trace,
            helpers,
            passes,
            same: FxHashMap::default(),
            common: cse::Table::default(),
            memory: Memory::default(),
            facts: Facts::default(),
            escaped: FxHashSet::default(),
            held: FxHashMap::default(),
            copying: None,
        }
    }

    /// Appends a snapshot of the source.
    pub fn copy_snapshot(&mut self, snapshot: &Snapshot, map: &[Ref]) {
        let mut copy = snapshot.clone();
        for entry in &mut copy.entries {
            entry.value = self.resolve(mapped(entry.value, map));
        }
        for sunk in &mut copy.sunk {
            sunk.allocation = mapped(sunk.allocation, map);
            for store in &mut sunk.stores {
                *store = mapped(*store, map);
            }
        }
        self.trace.snapshots.push(copy);
    }

    /// What a reference is known to be.
    pub fn resolve(&self, reference: Ref) -> Ref {
        self.same.get(&reference).copied().unwrap_or(reference)
    }

    /// The instruction behind a reference.
    pub fn definition(&self, reference: Ref) -> Option<&Instruction> {
        self.trace.instructions.get(reference.as_instruction()?)
    }

    /// The instruction behind a reference, if it is this operation.
    pub fn defined_by(&self, reference: Ref, operation: Operation) -> Option<&Instruction> {
        self.definition(reference)
            .filter(|instruction| instruction.operation == operation)
    }

    /// The constant number.
    pub fn number(&self, reference: Ref) -> Option<f64> {
        match self.trace.constant_at(reference)? {
            Constant::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// The constant integer.
    pub fn integer(&self, reference: Ref) -> Option<i32> {
        match self.trace.constant_at(reference)? {
            Constant::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The constant 64-bit integer.
    pub fn int64(&self, reference: Ref) -> Option<i64> {
        match self.trace.constant_at(reference)? {
            Constant::Int64(integer) => Some(integer),
            _ => None,
        }
    }

    /// Type of a reference.
    pub fn ty(&self, reference: Ref) -> Type {
        self.trace.ty(reference)
    }

    /// Whether a reference stands for another value in each pass. What is computed from it is better not computed from what *it* was
    /// computed from: that would have to be carried too.
    pub fn is_carried(&self, reference: Ref) -> bool {
        self.copying.as_ref().is_some_and(|copying| {
            reference
                .as_instruction()
                .is_some_and(|index| index < copying.marker)
                && !copying.is_invariant(&self.trace, reference)
        })
    }

    /// From here on something outside may refer to `value`, and to what it holds.
    pub fn escape(&mut self, value: Ref) {
        if !super::alias::is_fresh(self, value) || !self.escaped.insert(value) {
            return;
        }
        for held in self.held.remove(&value).unwrap_or_default() {
            self.escape(held);
        }
    }

    /// What a call may do.
    pub fn call_effects(&self, instruction: &Instruction) -> HelperEffects {
        call_effects(instruction, self.helpers)
    }

    /// Emits an operation with a result of its own type that is no guard.
    pub fn compute(&mut self, operation: Operation, operands: &[Ref]) -> Result<Ref, Refusal> {
        self.emit(plain(operation, operands), &[])
    }

    /// Puts an instruction through the passes.
    pub fn emit(&mut self, instruction: Instruction, arguments: &[Ref]) -> Result<Ref, Refusal> {
        let mut instruction = instruction;
        if !instruction.operation.is_guard() {
            instruction.snapshot = NO_SNAPSHOT;
        }
        for operand in &mut instruction.operands {
            *operand = self.resolve(*operand);
        }
        let resolved: Vec<Ref> = arguments.iter().map(|&one| self.resolve(one)).collect();
        let arguments = &resolved[..];
        for pass in [
            fold::step,
            narrowing::step,
            guards::step,
            shapes::step,
            cse::step,
            forward::step,
        ] {
            match pass(self, &instruction, arguments)? {
                Step::Keep => {}
                Step::Value(value) => return Ok(value),
                Step::Nothing => return Ok(Ref::NONE),
                Step::Again(other) => return self.emit(other, arguments),
            }
        }
        barriers::mark(self, &mut instruction);
        Ok(self.append(instruction, arguments))
    }

    /// Appends, and lets the passes learn.
    fn append(&mut self, mut instruction: Instruction, arguments: &[Ref]) -> Ref {
        if instruction.operation.has_arguments() {
            let first = self.trace.arguments.len() as u32;
            instruction.arguments = (first, arguments.len() as u32);
            self.trace.arguments.extend_from_slice(arguments);
        }
        let reference = self.trace.push(instruction);
        cse::learn(self, &instruction, arguments, reference);
        forward::learn(self, &instruction, arguments, reference);
        shapes::learn(self, &instruction, reference);
        guards::learn(self, &instruction);
        match instruction.ty {
            Type::None => Ref::NONE,
            _ => reference,
        }
    }
}

/// What a call may do; of an instruction that is no call, nothing. Native entries state no effects: anything.
pub(super) fn call_effects(instruction: &Instruction, helpers: &[Helper]) -> HelperEffects {
    match instruction.operation {
        Operation::CallHelper => helpers
            .get(instruction.literal as usize)
            .map_or(HelperEffects::READS.and(HelperEffects::WRITES), |helper| {
                helper.effects
            }),
        Operation::CallNative => HelperEffects::READS.and(HelperEffects::WRITES),
        _ => HelperEffects::PURE,
    }
}

/// An operation whose result has the type of the operation table.
pub(super) fn plain(operation: Operation, operands: &[Ref]) -> Instruction {
    let ty = match operation.result() {
        ResultType::Value => Type::Value,
        ResultType::Number => Type::Number,
        ResultType::Integer => Type::Integer,
        ResultType::Int64 => Type::Int64,
        ResultType::Table => Type::Table,
        ResultType::None | ResultType::Any => Type::None,
    };
    let mut all = [Ref::NONE; 3];
    all[..operands.len()].copy_from_slice(operands);
    Instruction {
        operation,
        ty,
        operands: all,
        literal: 0,
        arguments: (0, 0),
        snapshot: NO_SNAPSHOT,
    }
}
