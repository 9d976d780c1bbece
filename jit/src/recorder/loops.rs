//! Jumps and loops, and the places where a trace may link to one.
//!
//! A trace that starts at a loop's instruction closes when the interpreter comes there again. Other loops inside: a root trace gives
//! up (the inner loop becomes a trace of its own, and what lies around it grows from its exits); a side trace links to a compiled
//! loop or unrolls one that is not compiled, within limits.

use super::abort::AbortReason;
use super::view::{self, Instr, jump};
use super::{FrameKind, Recorded, Recorder, integer_of};
use crate::helpers::HelperName;
use crate::ir::{Link, Operation, Ref, Type};
use rlove_vm::bytecode::Opcode;
use rlove_vm::bytecode::opcode::operand_j;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

const POSITION: u64 = 1 << 40;

/// Whether a control value is a position of a traversal of the interpreter's own.
fn is_position(control: Value) -> bool {
    control.bits() >> 40 == Value::marker(POSITION).bits() >> 40
}

impl Recorder {
    /// Ends the trace if it comes to its own start, or to another trace's, or to a loop that it should not go through. True if it
    /// ended.
    pub(super) fn at_a_place_to_link(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
    ) -> Result<bool, AbortReason> {
        let is_loop = match instruction.opcode {
            Opcode::ForLoop | Opcode::Loop | Opcode::IteratorLoop => true,
            Opcode::IteratorNext => is_position(self.actual_register(vm, instruction.a - 1)),
            _ => false,
        };
        if !is_loop {
            return Ok(false);
        }
        let is_at_start = instruction.pc == self.start_pc
            && self.frames.len() == 1
            && self.base() == 0
            && self.frames[0].kind == FrameKind::Entry;
        if is_at_start && !self.is_side {
            self.finish(Link::Loop, instruction.pc)?;
            return Ok(true);
        }
        if self.is_left(vm, instruction) {
            return Ok(false);
        }
        if let Some(trace) = view::trace_at(vm, instruction.pc) {
            if !self.is_side {
                return Err(AbortReason::InnerLoop);
            }
            self.finish(Link::Trace(trace), instruction.pc)?;
            return Ok(true);
        }
        // What a side trace knows of its first pass is not true of the next, so it closes no loop of its own.
        let grown = self.trace.instructions.len() - self.loop_size_mark;
        if !self.is_side && self.loop_size_mark != 0 && grown > 60 {
            return Err(AbortReason::InnerLoop);
        }
        self.loop_size_mark = self.trace.instructions.len();
        self.loop_unroll_left -= 1;
        if self.loop_unroll_left < 0 {
            return Err(if self.is_side {
                AbortReason::UnrollLimit
            } else {
                AbortReason::InnerLoop
            });
        }
        Ok(false)
    }
    /// Whether a root trace of a counted or iterated loop has come out of it (by the loop's end or a break): going on would record the way
    /// through the loops around it as if it were this loop's body.
    pub(super) fn leaves_loop(&self, vm: &Vm, pc: usize) -> bool {
        let is_inside_frame =
            self.frames.len() == 1 && self.base() == 0 && self.frames[0].kind == FrameKind::Entry;
        // The header of a function that is being called is elsewhere, and its frame not there yet.
        let is_call = self.pending_call.is_some()
            || Self::index_in(&self.frames[0].prototype, pc)
                >= self.frames[0].prototype.data().compiled.code.len()
            || pc < self.frames[0].prototype.code;
        if self.is_side || self.is_function_root || !is_inside_frame || is_call {
            return false;
        }
        match Instr::read(vm, self.start_pc) {
            Some(start) if matches!(start.opcode, Opcode::ForLoop | Opcode::IteratorLoop) => {
                pc < start.long_target() || pc > start.pc
            }
            _ => false,
        }
    }
    /// Whether a loop's instruction is about to end its loop.
    fn is_left(&self, vm: &Vm, instruction: &Instr) -> bool {
        let a = instruction.a;
        match instruction.opcode {
            Opcode::ForLoop => {
                let step = self.actual_register(vm, a + 2);
                let limit = self.actual_register(vm, a + 1).raw_double();
                let index = self.actual_register(vm, a).raw_double() + step.raw_double();
                !runs(index, limit, step)
            }
            Opcode::IteratorLoop => self.actual_register(vm, a).is_nil(),
            _ => false,
        }
    }
    pub(super) fn record_loop(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        match instruction.opcode {
            Opcode::Jump => {
                let target = jump(instruction.next(), operand_j(instruction.word));
                self.expected = Some((target, self.base()));
                Ok(())
            }
            Opcode::Loop => Ok(()),
            Opcode::ForPrepare => self.record_for_prepare(vm, instruction),
            Opcode::ForLoop => self.record_for_loop(vm, instruction),
            Opcode::IteratorPrepareNext => self.record_prepare_next(vm, instruction),
            Opcode::IteratorNext => {
                if is_position(self.actual_register(vm, instruction.a - 1)) {
                    self.record_next(vm, instruction)
                } else {
                    self.record_iterator_call(vm, instruction)
                }
            }
            Opcode::IteratorCall => self.record_iterator_call(vm, instruction),
            _ => self.record_iterator_loop(vm, instruction),
        }
    }

    // ---- Numeric loops ----

    fn record_for_prepare(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let mut actual = [0.0; 3];
        let mut references = [Ref::NONE; 3];
        for index in 0..3 {
            let value = self.actual_register(vm, a + index);
            actual[index as usize] = value.as_number().ok_or(AbortReason::StringArithmetic)?;
            references[index as usize] = self.typed_register(vm, a + index)?;
        }
        let [index, limit, step] = actual;
        self.guard_step(references[2], step)?;
        let does_run = runs(index, limit, Value::number(step));
        self.compare_with_limit(references[0], references[1], step, does_run);
        if !does_run {
            self.expected = Some((instruction.long_target(), self.base()));
            return Ok(());
        }
        // The visible copy keeps its sign where the index is -0; the counter does not need it.
        self.write_register(a + 3, references[0]);
        if self.counts_in_integers(index, limit, step) {
            let integer = self.integer_of(references[0]);
            let slot = self.slot_of(a);
            self.write(slot, integer);
        }
        Ok(())
    }
    /// The direction of a step is part of the trace, its value is not.
    fn guard_step(&mut self, step: Ref, actual: f64) -> Recorded {
        if step.as_constant().is_some() {
            return Ok(());
        }
        let zero = self.number(0.0);
        if actual > 0.0 {
            self.compare(Operation::Less, zero, step, true);
        } else if actual < 0.0 {
            self.compare(Operation::Less, step, zero, true);
        } else {
            return Err(AbortReason::BadOperand);
        }
        Ok(())
    }
    /// Whether index and limit are whole numbers and the counter can be one.
    fn counts_in_integers(&self, index: f64, limit: f64, step: f64) -> bool {
        let fits = |number: f64| f64::from(number as i32) == number;
        fits(index)
            && integer_of(step).is_some_and(|step| step != 0)
            && fits(limit)
            && fits(limit + step)
    }
    fn compare_with_limit(&mut self, index: Ref, limit: Ref, step: f64, does_run: bool) {
        let operation = if does_run {
            Operation::LessEqual
        } else {
            Operation::NotLessEqual
        };
        if step > 0.0 {
            self.compare(operation, index, limit, does_run);
        } else {
            self.compare(operation, limit, index, does_run);
        }
    }
    fn record_for_loop(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let mut actual = [0.0; 3];
        let mut references = [Ref::NONE; 3];
        for register in 0..3 {
            let value = self.actual_register(vm, a + register);
            actual[register as usize] = value.as_number().ok_or(AbortReason::StateMismatch)?;
            references[register as usize] = self.typed_register(vm, a + register)?;
        }
        let [index, limit, step] = actual;
        self.guard_step(references[2], step)?;
        let next = index + step;
        let does_run = runs(next, limit, Value::number(step));
        let counter = if self.counts_in_integers(index, limit, step) {
            self.count_integer(references[0], references[1], references[2], step as i32)
        } else {
            let index = self.number_of(references[0]);
            let step = self.number_of(references[2]);
            self.emit(Operation::Add, Type::Number, &[index, step], 0)
        };
        let limit = if self.ty(counter) == Type::Integer {
            self.integer_of(references[1])
        } else {
            references[1]
        };
        self.compare_with_limit(counter, limit, step, does_run);
        if !does_run {
            return Ok(());
        }
        self.write_register(a, counter);
        self.write_register(a + 3, counter);
        self.expected = Some((instruction.long_target(), self.base()));
        Ok(())
    }
    /// The next value of an integer counter. That the limit leaves room for one more step, and that the counter was within the limit,
    /// is guarded; so the addition cannot overflow. In a loop the first is invariant and the second the guard of the pass before.
    fn count_integer(&mut self, index: Ref, limit: Ref, step: Ref, actual: i32) -> Ref {
        let (index, limit) = (self.integer_of(index), self.integer_of(limit));
        let is_constant = step.as_constant().is_some();
        let step = if is_constant {
            self.integer(actual)
        } else {
            self.integer_of(step)
        };
        if !is_constant || limit.as_constant().is_none() {
            let (far, operation) = if actual > 0 {
                (i32::MAX, Operation::LessEqual)
            } else {
                (i32::MIN, Operation::NotLess)
            };
            let edge = if is_constant {
                self.integer(far - actual)
            } else {
                // A step of known sign: the difference cannot overflow.
                let far = self.integer(far);
                self.emit(Operation::SubtractInteger, Type::Integer, &[far, step], 0)
            };
            self.guard2(operation, limit, edge);
        }
        if actual > 0 {
            self.compare(Operation::LessEqual, index, limit, true);
        } else {
            self.compare(Operation::LessEqual, limit, index, true);
        }
        self.emit(Operation::AddInteger, Type::Integer, &[index, step], 0)
    }

    // ---- Generic loops ----

    fn record_prepare_next(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let target = instruction.long_target();
        self.expected = Some((target, self.base()));
        let function = self.actual_register(vm, a - 3);
        let slot = self.slot_of(a - 3);
        let reference = self.read(slot);
        let Some(callee) = function.as_function() else {
            let typed = self.typed_register(vm, a - 3)?;
            self.guard_value(typed, function);
            return Ok(());
        };
        self.guard_callee(reference, slot, callee);
        let is_next = view::header_of(vm, callee) == Some(Opcode::FunctionHeaderNext);
        let (table, control) = (
            self.actual_register(vm, a - 2),
            self.actual_register(vm, a - 1),
        );
        if !is_next {
            return Ok(());
        }
        self.typed_register(vm, a - 2)?;
        let control_reference = self.typed_register(vm, a - 1)?;
        if control.is_nil() {
            self.guard_value(control_reference, control);
        }
        if table.is_table() && control.is_nil() {
            let marker = self.constant(Value::marker(POSITION));
            self.write_register(a - 1, marker);
        }
        Ok(())
    }
    fn record_next(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let table = self.typed_register(vm, a - 2)?;
        let control_slot = self.slot_of(a - 1);
        let control = self.read(control_slot);
        let next = self.call(HelperName::NextStep, Type::Value, &[table, control]);
        let ends = view::traversal_ends(
            vm,
            self.actual_register(vm, a - 2),
            self.actual_register(vm, a - 1).bits() & 0xff_ffff_ffff,
        );
        let nil = self.constant(Value::NIL);
        if ends {
            self.guard2(Operation::GuardBits, next, nil);
            // Behind the IteratorLoop.
            self.expected = Some((instruction.next() + 8, self.base()));
            return Ok(());
        }
        self.guard2(Operation::GuardNotBits, next, nil);
        let zero = self.integer(0);
        let one = self.integer(1);
        let key = self.call(HelperName::Scratch, Type::Value, &[zero, next]);
        let value = self.call(HelperName::Scratch, Type::Value, &[one, next]);
        self.write(control_slot, next);
        self.write_register(a, key);
        self.write_register(a + 1, value);
        for index in 2..instruction.b - 1 {
            self.write_register(a + index, nil);
        }
        let iterator_loop =
            Instr::read(vm, instruction.next()).ok_or(AbortReason::UnknownInstruction)?;
        self.expected = Some((iterator_loop.long_target(), self.base()));
        Ok(())
    }
    fn record_iterator_call(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let actual = self.actual_register(vm, a - 3);
        let Some(callee) = actual.as_function() else {
            return Err(AbortReason::Metamethod);
        };
        let slot = self.slot_of(a - 3);
        let function = self.read(slot);
        self.guard_callee(function, slot, callee);
        if view::header_of(vm, callee) == Some(Opcode::FunctionHeaderInext) {
            return self.record_ipairs_step(vm, instruction);
        }
        let function = self.read(slot);
        let state_slot = self.slot_of(a - 2);
        let state = self.read(state_slot);
        let control_slot = self.slot_of(a - 1);
        let control = self.read(control_slot);
        // In the interpreter these copies are made by the instruction; the actual values are where they come from.
        self.iterator_copies(vm, a)?;
        self.write_register(a, function);
        self.write_register(a + 2, state);
        self.write_register(a + 3, control);
        self.call_function(vm, instruction, callee, self.slot_of(a) + 2, 2)
    }
    /// The values that an iterator call passes, unboxed where they are.
    fn iterator_copies(&mut self, vm: &Vm, a: i32) -> Recorded {
        for register in [a - 2, a - 1] {
            let slot = self.slot_of(register);
            let value = self.read(slot);
            self.check(value, self.actual(vm, slot))?;
        }
        Ok(())
    }
    fn record_ipairs_step(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let table = (
            self.typed_register(vm, a - 2)?,
            self.actual_register(vm, a - 2),
        );
        let control = (
            self.typed_register(vm, a - 1)?,
            self.actual_register(vm, a - 1),
        );
        let (index, number) = self.integer_key(control).ok_or(AbortReason::BadOperand)?;
        if number == i32::MAX {
            return Err(AbortReason::BadOperand);
        }
        let one = self.integer(1);
        let next = self.guard_typed(
            Operation::AddOverflow,
            Type::Integer,
            [index, one, Ref::NONE],
            0,
        );
        let value = self.get_raw_element(table, (next, number + 1))?;
        self.skips_header = true;
        let nil = self.constant(Value::NIL);
        let (first, second) = match value {
            Some(value) => (next, value),
            None => (nil, nil),
        };
        let wanted = instruction.b - 1;
        if wanted < 0 {
            return Err(AbortReason::OpenResults);
        }
        for position in 0..wanted {
            let value = match position {
                0 => first,
                1 => second,
                _ => nil,
            };
            self.write_register(a + position, value);
        }
        Ok(())
    }
    fn record_iterator_loop(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let a = instruction.a;
        let actual = self.actual_register(vm, a);
        let control = self.typed_register(vm, a)?;
        if actual.is_nil() {
            self.guard_value(control, actual);
            return Ok(());
        }
        if self.ty(control) == Type::Value && control.as_constant().is_none() {
            let nil = self.constant(Value::NIL);
            self.guard2(Operation::GuardNotBits, control, nil);
        }
        self.write_register(a - 1, control);
        self.expected = Some((instruction.long_target(), self.base()));
        Ok(())
    }
}

/// Whether a numeric loop goes on with `index`.
fn runs(index: f64, limit: f64, step: Value) -> bool {
    if step.bits() >> 63 == 0 {
        index <= limit
    } else {
        limit <= index
    }
}
