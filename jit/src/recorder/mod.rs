//! The recorder: follows the interpreter instruction by instruction and writes down what it does as IR.
//!
//! ```text
//! hot loop ──► Recorder::start ──► Recorder::instruction (before each one runs) ──► Finished(trace) or Aborted(reason)
//! ```
//! The recorder sees the state *before* an instruction, works out from the actual values what the instruction is about to do, and
//! emits the guards and operations that make the same thing happen again. It predicts where the interpreter goes next; where the
//! prediction fails, the recording is given up. So a mistake in a rule costs a trace and not a wrong result.
//!
//! ## State
//! *Slots* are numbered from the base of the frame in which the trace starts. The slot map holds the [`Ref`] of every slot that
//! was read or written; what is absent is still what it was at entry. Frames of inlined calls lie above in the same numbering.
//! Values are loaded as tagged words and unboxed when an instruction needs to know their type.
//!
//! ## Snapshots
//! Guards of one instruction share a snapshot: the state before that instruction. It is made at the first guard, so rules emit all
//! guards before they write slots or memory.
//!
//! Modules: `view` reads the running machine; `liveness` what a snapshot must hold; `arithmetic`, `access`, `tables`, `loops`, `calls`,
//! `builtins` the rules; `abort` the reasons.
//!
//! Invariants: a slot's reference describes exactly the value that the interpreter has there, whenever an instruction is about to
//! run; between a snapshot and its guards nothing is stored.
//!
//! What this module does not do: optimise (`optimise`), count and decide (`driver`).

pub mod abort;
mod access;
mod arithmetic;
mod builtins;
mod calls;
mod captures;
pub mod liveness;
mod loops;
mod tables;
pub(crate) mod view;

use crate::helpers::HelperName;
use crate::ir::{
    Constant, Field, Instruction, Link, NO_SNAPSHOT, Operation, Ref, Snapshot, SnapshotEntry,
    Trace, Type,
};
use abort::AbortReason;
use liveness::Liveness;
use rlove_vm::bytecode::{CompiledFunction, Opcode};
use rlove_vm::object::Function;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use view::{Instr, PrototypeView};

/// What recording an instruction answers.
pub type Recorded = Result<(), AbortReason>;

/// How a recording goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More instructions.
    Continue,
    /// The trace is complete.
    Finished,
    /// It failed.
    Aborted(AbortReason),
}

/// Limits, from `jit.opt`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most instructions.
    pub instructions: usize,
    /// Most constants.
    pub constants: usize,
    /// Most snapshots.
    pub snapshots: usize,
    /// Passes of inner loops that are unrolled.
    pub loop_unroll: i32,
    /// Depth to which calls of one function are inlined.
    pub call_unroll: i32,
    /// Depth to which a function trace inlines itself before it links to itself.
    pub recursion_unroll: i32,
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug)]
struct Slot {
    value: Ref,
    is_modified: bool,
}

/// How a frame is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameKind {
    /// By its return address.
    Call,
    /// Entered by an instruction that is no call.
    Metamethod,
    /// Called by pcall or xpcall.
    Protected,
    /// The frame in which the trace starts, or one returned to.
    Entry,
}

/// A frame of the trace.
#[derive(Clone)]
struct Frame {
    /// Slot of its first register.
    base: i32,
    /// Lowest slot that belongs to it.
    low: i32,
    kind: FrameKind,
    function: *mut Function,
    prototype: PrototypeView,
    liveness: Rc<Liveness>,
    /// While it has called: index of the calling instruction, and whether that is finished by its callee's return.
    call_index: usize,
    is_interrupted: bool,
}

/// Liveness of functions, made once each.
#[derive(Default)]
pub struct LivenessCache {
    known: HashMap<usize, (Rc<CompiledFunction>, Rc<Liveness>)>,
}

impl LivenessCache {
    fn of(&mut self, prototype: &PrototypeView) -> Rc<Liveness> {
        let compiled = &prototype.data().compiled;
        // The entry keeps the compiled function alive, so its address is not used again.
        let entry = self
            .known
            .entry(Rc::as_ptr(compiled) as usize)
            .or_insert_with(|| (compiled.clone(), Rc::new(Liveness::of(compiled))));
        entry.1.clone()
    }
}

/// What a side trace knows of the slots at its start.
#[derive(Clone, Debug, Default)]
pub struct EntryState {
    /// Slot, type, and the constant that it is, if it is one.
    pub slots: Vec<(i32, Type, Option<Constant>)>,
    /// Number of open results.
    pub multiple_results: Option<u32>,
}

/// A recording.
pub struct Recorder {
    /// The trace so far.
    pub trace: Trace,
    /// Whether it starts at an exit of another trace.
    pub is_side: bool,
    limits: Limits,
    slots: BTreeMap<i32, Slot>,
    known_types: HashMap<i32, Type>,
    frames: Vec<Frame>,
    liveness: LivenessCache,
    /// Offset of the entry base in the stack, in slots.
    entry_offset: usize,
    thread: usize,
    /// The place where the recording began.
    start_pc: usize,
    /// The instruction being recorded.
    current: usize,
    snapshot: Option<u32>,
    /// Where the interpreter must come next: address, slot of the base. `None`: anywhere in a builtin's header.
    expected: Option<(usize, i32)>,
    /// A builtin's header is shown next, and has been dealt with.
    skips_header: bool,
    /// First slot and number of open values.
    open: Option<(i32, u32)>,
    /// A result of a builtin that was recorded, to be checked against the interpreter's.
    is_started: bool,
    highest_slot: i32,
    allocates: bool,
    uses_open_upvalue: bool,
    closes_own_upvalues: bool,
    method_receiver: Option<(i32, Ref)>,
    pending_call: Option<calls::PendingCall>,
    /// The pending call is a tail call: its frame takes the place of the running one.
    replaces_frame: bool,
    /// Closures that the trace made: which of their upvalues are its own closed cells.
    made_closures: HashMap<Ref, access::MadeClosure>,
    /// Cells of captured variables by slot, with the number of snapshots when they were made.
    cells: HashMap<i32, (Ref, usize)>,
    /// A metamethod's result whose truth decides a comparison: result, its instruction, whether it is inverted.
    pending_truth: Option<(Ref, usize, bool)>,
    /// The condition that is being recorded.
    branch: Option<arithmetic::Branch>,
    returns: u32,
    names: Rc<Vec<(&'static str, Value)>>,
    loop_unroll_left: i32,
    loop_size_mark: usize,
    instructions_seen: usize,
    is_function_root: bool,
    is_finished: bool,
    /// The place where the trace began is passed once more.
    passes_start: bool,
}

/// Most slots above (and below) the entry base.
const MOST_SLOTS: i32 = 2000;

impl Recorder {
    /// Begins a recording at `pc` in the frame at `base`.
    pub fn start(
        vm: &Vm,
        number: u32,
        pc: usize,
        base: usize,
        limits: Limits,
        liveness: LivenessCache,
        names: Rc<Vec<(&'static str, Value)>>,
    ) -> Result<Recorder, (AbortReason, LivenessCache)> {
        let function = view::value_at(base - 16).as_function();
        let Some((function, prototype)) =
            function.and_then(|function| Some((function, view::prototype_of(function)?)))
        else {
            return Err((AbortReason::UnknownInstruction, liveness));
        };
        let Some(instruction) = Instr::read(vm, pc) else {
            return Err((AbortReason::UnknownInstruction, liveness));
        };
        let is_function_root = instruction.opcode == Opcode::FunctionHeader;
        let start_pc = if is_function_root { pc + 4 } else { pc };
        let prototype = PrototypeView::of(prototype);
        let mut recorder = Recorder {
            trace: Trace::new(number, start_pc),
            is_side: false,
            limits,
            slots: BTreeMap::new(),
            known_types: HashMap::new(),
            frames: Vec::new(),
            liveness,
            entry_offset: (base - view::stack_of(vm)) / 8,
            thread: vm.running_thread() as usize,
            start_pc: pc,
            current: start_pc,
            snapshot: None,
            expected: Some((pc, 0)),
            skips_header: false,
            open: None,
            is_started: false,
            highest_slot: prototype.frame_size,
            allocates: false,
            uses_open_upvalue: false,
            closes_own_upvalues: false,
            method_receiver: None,
            pending_call: None,
            replaces_frame: false,
            made_closures: HashMap::new(),
            cells: HashMap::new(),
            pending_truth: None,
            branch: None,
            returns: 0,
            names,
            loop_unroll_left: limits.loop_unroll,
            loop_size_mark: 0,
            instructions_seen: 0,
            is_function_root,
            is_finished: false,
            passes_start: false,
        };
        recorder.push_frame(FrameKind::Entry, 0, -2, function, prototype);
        recorder
            .trace
            .roots
            .push(Value::object(prototype.prototype.cast()).bits());
        recorder.guard(Operation::StackCheck, [Ref::NONE; 3], 0);
        Ok(recorder)
    }
    /// Makes it the recording of a side trace.
    pub fn continue_from(&mut self, parent: (u32, u32), state: &EntryState) {
        self.is_side = true;
        self.trace.parent = Some(parent);
        for &(slot, ty, constant) in &state.slots {
            match constant {
                Some(constant) => {
                    let value = self.trace.constant(constant);
                    let slot_state = Slot {
                        value,
                        is_modified: false,
                    };
                    self.slots.insert(slot, slot_state);
                }
                None => {
                    self.known_types.insert(slot, ty);
                }
            }
        }
        if let Some(count) = state.multiple_results {
            self.open = Some((0, count));
            self.trace.snapshots[0].multiple_results = Some(count);
        }
    }
    /// Gives the liveness cache back.
    pub fn into_parts(self) -> (Trace, LivenessCache) {
        (self.trace, self.liveness)
    }

    // ---- Emitting ----

    fn push(&mut self, operation: Operation, ty: Type, operands: [Ref; 3], literal: u32) -> Ref {
        self.trace.push(Instruction {
            operation,
            ty,
            operands,
            literal,
            arguments: (0, 0),
            snapshot: NO_SNAPSHOT,
        })
    }
    /// An operation that is no guard.
    fn emit(&mut self, operation: Operation, ty: Type, operands: &[Ref], literal: u32) -> Ref {
        let mut three = [Ref::NONE; 3];
        three[..operands.len()].copy_from_slice(operands);
        self.push(operation, ty, three, literal)
    }
    /// A guard without a result.
    fn guard(&mut self, operation: Operation, operands: [Ref; 3], literal: u32) -> Ref {
        self.guard_typed(operation, Type::None, operands, literal)
    }
    fn guard_typed(
        &mut self,
        operation: Operation,
        ty: Type,
        operands: [Ref; 3],
        literal: u32,
    ) -> Ref {
        let snapshot = self.current_snapshot();
        let reference = self.push(operation, ty, operands, literal);
        if let Some(index) = reference.as_instruction() {
            self.trace.instructions[index].snapshot = snapshot;
        }
        reference
    }
    fn guard2(&mut self, operation: Operation, a: Ref, b: Ref) {
        self.guard(operation, [a, b, Ref::NONE], 0);
    }
    /// A call of a helper. Those that can fail leave by the snapshot of the running instruction.
    fn call(&mut self, helper: HelperName, ty: Type, arguments: &[Ref]) -> Ref {
        let description = helper.description();
        let snapshot = if description
            .effects
            .contains(crate::ir::HelperEffects::FAILS)
        {
            self.current_snapshot()
        } else {
            NO_SNAPSHOT
        };
        if description
            .effects
            .contains(crate::ir::HelperEffects::ALLOCATES)
        {
            self.allocates = true;
        }
        let first = self.trace.arguments.len() as u32;
        self.trace.arguments.extend_from_slice(arguments);
        self.trace.push(Instruction {
            operation: Operation::CallHelper,
            ty,
            operands: [Ref::NONE; 3],
            literal: helper as u32,
            arguments: (first, arguments.len() as u32),
            snapshot,
        })
    }
    fn load_field(&mut self, object: Ref, field: Field) -> Ref {
        self.emit(Operation::LoadField, field.ty(), &[object], field as u32)
    }
    fn integer(&mut self, value: i32) -> Ref {
        self.trace.constant(Constant::Integer(value))
    }
    /// The string constant of a type's name.
    fn name_constant(&mut self, name: &str) -> Option<Ref> {
        let value = self.names.iter().find(|(known, _)| *known == name)?.1;
        Some(self.constant(value))
    }
    fn number(&mut self, value: f64) -> Ref {
        self.trace.constant(Constant::Number(value.to_bits()))
    }
    /// The constant for any Lua value.
    fn constant(&mut self, value: Value) -> Ref {
        match value.as_number() {
            Some(number) => self.number(number),
            None => self.trace.constant(Constant::Word(value.bits())),
        }
    }
    fn frame_constant(&mut self, word: Value) -> Ref {
        self.trace.constant(Constant::Frame(word.bits()))
    }
    fn pointer(&mut self, address: usize) -> Ref {
        self.trace.constant(Constant::Pointer(address as u64))
    }
    fn ty(&self, reference: Ref) -> Type {
        self.trace.ty(reference)
    }

    // ---- Slots ----

    fn frame(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }
    fn base(&self) -> i32 {
        self.frame().base
    }
    /// Slot of register `register` of the running frame.
    fn slot_of(&self, register: i32) -> i32 {
        self.base() + register
    }
    /// What a slot holds.
    fn read(&mut self, slot: i32) -> Ref {
        if let Some(known) = self.slots.get(&slot) {
            return known.value;
        }
        self.highest_slot = self.highest_slot.max(slot + 1);
        let mut value = self.emit(Operation::SlotLoad, Type::Value, &[], slot as u32);
        if let Some(&ty) = self.known_types.get(&slot)
            && !matches!(
                ty,
                Type::None | Type::Value | Type::Integer | Type::Int64 | Type::Pointer
            )
        {
            value = self.emit(Operation::Unbox, ty, &[value], 1);
        }
        let state = Slot {
            value,
            is_modified: false,
        };
        self.slots.insert(slot, state);
        value
    }
    /// Puts a value into a slot.
    fn write(&mut self, slot: i32, value: Ref) {
        self.highest_slot = self.highest_slot.max(slot + 1);
        let state = Slot {
            value,
            is_modified: true,
        };
        self.slots.insert(slot, state);
    }
    /// The same value, better known.
    fn refine(&mut self, slot: i32, value: Ref) {
        let is_modified = self.slots.get(&slot).is_some_and(|state| state.is_modified);
        self.slots.insert(slot, Slot { value, is_modified });
    }
    fn write_register(&mut self, register: i32, value: Ref) {
        let slot = self.slot_of(register);
        self.write(slot, value);
    }
    /// What the interpreter has in a slot.
    fn actual(&self, vm: &Vm, slot: i32) -> Value {
        let address =
            view::stack_of(vm) as isize + (self.entry_offset as isize + slot as isize) * 8;
        view::value_at(address as usize)
    }
    fn actual_register(&self, vm: &Vm, register: i32) -> Value {
        self.actual(vm, self.slot_of(register))
    }
    /// Register `register` as a reference whose type is that of the actual value. nil and booleans stay words.
    fn typed_register(&mut self, vm: &Vm, register: i32) -> Result<Ref, AbortReason> {
        let slot = self.slot_of(register);
        self.typed_slot(vm, slot)
    }
    fn typed_slot(&mut self, vm: &Vm, slot: i32) -> Result<Ref, AbortReason> {
        let value = self.read(slot);
        let actual = self.actual(vm, slot);
        let typed = self.typed(value, actual)?;
        if typed != value {
            self.refine(slot, typed);
        }
        Ok(typed)
    }
    /// `reference`, which is `actual` now, unboxed.
    fn typed(&mut self, reference: Ref, actual: Value) -> Result<Ref, AbortReason> {
        self.check(reference, actual)?;
        if self.ty(reference) != Type::Value || reference.as_constant().is_some() {
            return Ok(reference);
        }
        let ty = type_of(actual);
        if ty == Type::Value {
            return Ok(reference);
        }
        Ok(self.guard_typed(Operation::Unbox, ty, [reference, Ref::NONE, Ref::NONE], 0))
    }
    /// Whether what the trace says of a value can be what it is.
    fn check(&self, reference: Ref, actual: Value) -> Recorded {
        let is_right = match self.trace.constant_at(reference) {
            Some(Constant::Number(bits)) => {
                let number = f64::from_bits(bits);
                actual
                    .as_number()
                    .is_some_and(|other| other == number || other.is_nan() && number.is_nan())
            }
            Some(Constant::Integer(integer)) => actual.as_number() == Some(f64::from(integer)),
            Some(Constant::Word(bits)) => actual.bits() == bits,
            Some(_) => true,
            None => match self.ty(reference) {
                Type::Value => true,
                Type::Integer => actual
                    .as_number()
                    .is_some_and(|number| number == f64::from(number as i32)),
                ty => type_of(actual) == ty,
            },
        };
        if is_right {
            Ok(())
        } else {
            Err(AbortReason::StateMismatch)
        }
    }
    /// A number reference as type number.
    fn number_of(&mut self, reference: Ref) -> Ref {
        if self.ty(reference) != Type::Integer {
            return reference;
        }
        if let Some(Constant::Integer(value)) = self.trace.constant_at(reference) {
            return self.number(f64::from(value));
        }
        self.emit(Operation::IntegerToNumber, Type::Number, &[reference], 0)
    }
    /// A number reference, whose actual value is an integer of 32 bits, as type integer.
    fn integer_of(&mut self, reference: Ref) -> Ref {
        if self.ty(reference) == Type::Integer {
            return reference;
        }
        if let Some(Constant::Number(bits)) = self.trace.constant_at(reference) {
            return self.integer(f64::from_bits(bits) as i32);
        }
        // The integer that a number was made of.
        if let Some(index) = reference.as_instruction() {
            let instruction = self.trace.instructions[index];
            if instruction.operation == Operation::IntegerToNumber {
                return instruction.operands[0];
            }
        }
        self.guard_typed(
            Operation::NumberToInteger,
            Type::Integer,
            [reference, Ref::NONE, Ref::NONE],
            0,
        )
    }
    /// Whether a reference is, or costs nothing as, an integer.
    fn is_integer(&self, reference: Ref) -> bool {
        match self.trace.constant_at(reference) {
            Some(Constant::Number(bits)) => integer_of(f64::from_bits(bits)).is_some(),
            _ => self.ty(reference) == Type::Integer,
        }
    }

    // ---- Frames and snapshots ----

    fn push_frame(
        &mut self,
        kind: FrameKind,
        base: i32,
        low: i32,
        function: *mut Function,
        prototype: PrototypeView,
    ) {
        let liveness = self.liveness.of(&prototype);
        self.highest_slot = self.highest_slot.max(base + prototype.frame_size + 1);
        self.frames.push(Frame {
            base,
            low,
            kind,
            function,
            prototype,
            liveness,
            call_index: 0,
            is_interrupted: false,
        });
    }
    pub(super) fn index_in(prototype: &PrototypeView, pc: usize) -> usize {
        pc.saturating_sub(prototype.code) / 4
    }
    /// The snapshot of the running instruction.
    fn current_snapshot(&mut self) -> u32 {
        if let Some(snapshot) = self.snapshot {
            return snapshot;
        }
        let number = self.take_snapshot(self.current);
        self.snapshot = Some(number);
        number
    }
    /// A snapshot that goes on at `pc`.
    fn take_snapshot(&mut self, pc: usize) -> u32 {
        let top = self.frames.len() - 1;
        let mut entries = Vec::new();
        for (&slot, state) in &self.slots {
            if !state.is_modified || !self.is_wanted(slot, pc, top) {
                continue;
            }
            entries.push(SnapshotEntry {
                slot,
                value: state.value,
            });
        }
        self.trace.snapshots.push(Snapshot {
            pc,
            base_offset: self.base(),
            multiple_results: self.open.map(|(_, count)| count),
            entries,
            sunk: Vec::new(),
        });
        self.trace.snapshots.len() as u32 - 1
    }
    /// Whether the interpreter, going on at `pc` in the topmost frame, may read `slot`.
    fn is_wanted(&self, slot: i32, pc: usize, top: usize) -> bool {
        let Some(index) = self.frames.iter().rposition(|frame| slot >= frame.low) else {
            return true;
        };
        let frame = &self.frames[index];
        let register = slot - frame.base;
        if register < 0 {
            return true;
        }
        // Function and link of a pcall lie below the frame that it called.
        if let Some(above) = self.frames.get(index + 1)
            && above.kind == FrameKind::Protected
            && slot >= above.low - 2
        {
            return true;
        }
        if index < top {
            if register >= frame.prototype.frame_size {
                return true;
            }
            if frame.is_interrupted && frame.liveness.before(frame.call_index).contains(register) {
                return true;
            }
            return frame.liveness.after(frame.call_index).contains(register);
        }
        if let Some((first, count)) = self.open
            && slot >= first
            && slot < first + count as i32
        {
            return true;
        }
        let at = Self::index_in(&frame.prototype, pc);
        register < frame.prototype.frame_size && frame.liveness.before(at).contains(register)
    }

    // ---- Instructions ----

    /// Records the instruction that is about to run.
    pub fn instruction(&mut self, vm: &Vm, pc: usize, base: usize) -> Progress {
        match self.try_instruction(vm, pc, base) {
            Ok(()) if self.is_finished => Progress::Finished,
            Ok(()) => Progress::Continue,
            Err(reason) => Progress::Aborted(reason),
        }
    }
    fn try_instruction(&mut self, vm: &Vm, pc: usize, base: usize) -> Recorded {
        if vm.running_thread() as usize != self.thread {
            return Err(AbortReason::Coroutine);
        }
        let instruction = Instr::read(vm, pc).ok_or(AbortReason::UnknownInstruction)?;
        if self.skips_header {
            self.skips_header = false;
            if instruction.opcode.is_function_header()
                && !matches!(
                    instruction.opcode,
                    Opcode::FunctionHeader | Opcode::FunctionHeaderVararg
                )
            {
                return Ok(());
            }
        }
        let slot = ((base - view::stack_of(vm)) / 8) as i32 - self.entry_offset as i32;
        self.settle_truth(pc)?;
        if self.expected.is_none() && slot != self.base() {
            return Err(AbortReason::UnexpectedPath);
        }
        if let Some((expected_pc, expected_base)) = self.expected
            && (expected_pc != pc || expected_base != slot)
        {
            return Err(AbortReason::UnexpectedPath);
        }
        self.check_limits()?;
        if self.is_started && !self.passes_start && self.at_a_place_to_link(vm, &instruction)? {
            return Ok(());
        }
        if self.is_started && self.leaves_loop(vm, pc) {
            return Err(AbortReason::LeavesLoop);
        }
        self.current = pc;
        self.snapshot = None;
        if !self.is_started {
            self.is_started = true;
            self.current = self.trace.start_pc;
            // Snapshot 0 is the state at entry.
            self.snapshot = Some(0);
            if let Some((first, _)) = &mut self.open {
                *first = open_start(&instruction);
            }
        }
        self.expected = Some((instruction.next(), self.base()));
        self.dispatch(vm, &instruction)
    }
    fn check_limits(&mut self) -> Recorded {
        self.instructions_seen += 1;
        if self.trace.instructions.len() > self.limits.instructions
            || self.instructions_seen > self.limits.instructions * 4
        {
            return Err(AbortReason::TraceTooLong);
        }
        if self.trace.constants.len() > self.limits.constants {
            return Err(AbortReason::TooManyConstants);
        }
        if self.trace.snapshots.len() > self.limits.snapshots {
            return Err(AbortReason::TooManySnapshots);
        }
        if self.highest_slot > MOST_SLOTS {
            return Err(AbortReason::TooManySlots);
        }
        Ok(())
    }
    /// Ends the trace with the state before the instruction at `pc`.
    fn finish(&mut self, link: Link, pc: usize) -> Recorded {
        let is_at_start = pc == self.start_pc && self.frames.len() == 1 && self.base() == 0;
        if link == Link::Interpreter && is_at_start {
            return Err(AbortReason::NothingRecorded);
        }
        self.current = pc;
        self.snapshot = None;
        if self.allocates {
            self.guard(Operation::SafePoint, [Ref::NONE; 3], 0);
            // The last snapshot is the same state.
        }
        self.take_snapshot(pc);
        self.trace.link = link;
        let needed = self.highest_slot + 8;
        let entry_size = self.frames.first().map_or(0, |frame| {
            if frame.base == 0 {
                frame.prototype.frame_size
            } else {
                0
            }
        });
        let check = &mut self.trace.instructions[0];
        if self.highest_slot <= entry_size + 1 {
            check.operation = Operation::Nop;
            check.snapshot = NO_SNAPSHOT;
        } else {
            check.literal = needed as u32;
        }
        self.is_finished = true;
        Ok(())
    }
    /// Goes on with a trace that was finished as a loop but does not make one: the next pass is recorded behind this one.
    pub fn unroll(&mut self, vm: &Vm, pc: usize, base: usize) -> Progress {
        self.trace.link = Link::None;
        self.trace.snapshots.pop();
        if self.allocates {
            self.trace.instructions.pop();
            self.trace.snapshots.pop();
        }
        let check = &mut self.trace.instructions[0];
        check.operation = Operation::StackCheck;
        check.snapshot = 0;
        self.is_finished = false;
        self.passes_start = true;
        let progress = self.instruction(vm, pc, base);
        self.passes_start = false;
        progress
    }
    fn dispatch(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        use Opcode::*;
        match instruction.opcode {
            Move | LoadConstant | LoadConstantExtended | LoadInteger | LoadNil | LoadBoolean
            | GetUpvalue | SetUpvalue | Closure | CloseUpvalues => {
                self.record_move(vm, instruction)
            }
            GetGlobal | SetGlobal | GetField | SetField | GetIndex | SetIndex | GetIndexInteger
            | SetIndexInteger | Method => self.record_access(vm, instruction),
            NewTable | NewRecord | SetList | SetListMultiple => {
                self.record_constructor(vm, instruction)
            }
            Add | Subtract | Multiply | Divide | Modulo | AddRK | SubtractRK | MultiplyRK
            | DivideRK | ModuloRK | AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR
            | Power | Concatenate | Negate | Not | Length | BitAnd | BitOr | BitXor | ShiftLeft
            | ShiftRight | ShiftRightArithmetic | BitNot => self.record_arithmetic(vm, instruction),
            IfLess | IfNotLess | IfLessEqual | IfNotLessEqual | IfEqual | IfNotEqual | IfLessK
            | IfNotLessK | IfLessEqualK | IfNotLessEqualK | IfGreaterK | IfNotGreaterK
            | IfGreaterEqualK | IfNotGreaterEqualK | IfEqualK | IfNotEqualK | IfEqualPrimitive
            | IfNotEqualPrimitive | IfTrue | IfFalse | IfTrueCopy | IfFalseCopy => {
                self.record_condition(vm, instruction)
            }
            Jump | Loop | ForPrepare | ForLoop | IteratorPrepareNext | IteratorNext
            | IteratorCall | IteratorLoop => self.record_loop(vm, instruction),
            Call | CallMultiple | TailCall | TailCallMultiple | Return0 | Return1 | Return
            | ReturnMultiple | Vararg | FunctionHeader | FunctionHeaderVararg => {
                self.record_call(vm, instruction)
            }
            FunctionHeaderNative
            | FunctionHeaderProtectedCall
            | FunctionHeaderProtectedCallHandler
            | FunctionHeaderResume
            | FunctionHeaderWrap
            | FunctionHeaderYield
            | FunctionHeaderNext
            | FunctionHeaderInext
            | CompiledLoop => Err(AbortReason::UnknownInstruction),
        }
    }
}

/// First register of the open values that an instruction consumes.
fn open_start(instruction: &Instr) -> i32 {
    match instruction.opcode {
        Opcode::CallMultiple => instruction.a + 2 + instruction.c,
        Opcode::TailCallMultiple => instruction.a + 2 + instruction.d,
        Opcode::ReturnMultiple => instruction.a + instruction.d,
        Opcode::SetListMultiple => instruction.a + 1 + instruction.d,
        _ => 0,
    }
}

/// The type that a value unboxes to; nil, booleans and light userdata stay words.
fn type_of(value: Value) -> Type {
    if value.is_number() {
        return Type::Number;
    }
    let tag = value.bits() >> rlove_vm::value::TAG_SHIFT;
    Type::ALL
        .iter()
        .copied()
        .find(|ty| ty.tag() == Some(tag))
        .unwrap_or(Type::Value)
}

/// The integer that a number is, if an integer reference can stand for it (-0 cannot).
fn integer_of(number: f64) -> Option<i32> {
    let integer = number as i32;
    (f64::from(integer) == number && !(number == 0.0 && number.is_sign_negative()))
        .then_some(integer)
}
