//! Calls, returns, varargs and metamethods: frames of the trace.
//!
//! A call of a Lua function is inlined: its frame's function and link are constants in the slots below its base, and the trace goes
//! on in the callee. A return leaves the topmost frame. Returning from the frame in which a side trace began guards the link, so
//! that the trace goes on in the caller; a trace that began at a function's header leaves to the interpreter instead.
//!
//! Recursion: where a function that the trace started in calls itself too deep, the trace links to its own start with the base moved
//! up; in any other trace, to the trace of that function.

use super::abort::AbortReason;
use super::view::{self, Instr, PrototypeView};
use super::{FrameKind, Recorded, Recorder};
use crate::ir::{Field, Link, Operation, Ref, Type};
use rlove_vm::bytecode::Opcode;
use rlove_vm::bytecode::opcode::{operand_a, operand_b};
use rlove_vm::interpreter::frame::{self, CONTINUATION_SLOTS, LinkKind};
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::object::Function;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// A call whose header comes next.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingCall {
    function: *mut Function,
    base: i32,
    arguments: i32,
    kind: FrameKind,
}

/// Frames below its own that a side trace returns into.
const MOST_RETURNS: u32 = 8;

/// The frame below the entry frame, when it is about to get the entry frame's results.
struct LowerFrame {
    /// Slot of the link that leads there.
    link_slot: i32,
    /// The instruction after its call; none if the entry frame is that of a metamethod.
    return_pc: Option<usize>,
    /// Where its results go.
    slot: i32,
    /// Its base.
    caller: i32,
    function: *mut Function,
    prototype: PrototypeView,
}

impl Recorder {
    /// Whether a value is what a parameter of the function that runs holds.
    fn is_parameter(&self, reference: Ref) -> bool {
        let Some(frame) = self.frames.last() else {
            return false;
        };
        (0..frame.prototype.parameter_count).any(|register| {
            let slot = self.slots.get(&(self.base() + register));
            slot.is_some_and(|slot| slot.value == reference)
        })
    }
    /// Guards that the function in `slot` is `callee`, by identity, or by its code where many closures share it, or will: functions
    /// that are passed as arguments are mostly made anew for each call.
    pub(super) fn guard_callee(&mut self, reference: Ref, slot: i32, callee: *mut Function) {
        if reference.as_constant().is_some() {
            return;
        }
        let actual = Value::function(callee);
        if let Some(made) = self.made_closures.get(&reference)
            && view::prototype_of(callee).map(|prototype| prototype as usize)
                == Some(made.prototype)
        {
            return;
        }
        let shared = view::prototype_of(callee)
            .map(PrototypeView::of)
            .filter(|prototype| prototype.has_many_closures || self.is_parameter(reference));
        let (code, root) = match (shared, view::native_with_upvalues(callee)) {
            (Some(prototype), _) => (
                prototype.prototype as usize,
                Some(Value::object(prototype.prototype.cast()).bits()),
            ),
            // An iterator of gmatch, a callback of a library: as a closure, it is mostly made anew.
            (None, Some(native)) => (native, None),
            (None, None) => {
                self.guard_value(reference, actual);
                let constant = self.constant(actual);
                self.refine(slot, constant);
                return;
            }
        };
        let typed = if self.ty(reference) == Type::Value {
            self.guard_typed(
                Operation::Unbox,
                Type::Function,
                [reference, Ref::NONE, Ref::NONE],
                0,
            )
        } else {
            reference
        };
        let data = self.load_field(typed, Field::FunctionData);
        let constant = self.pointer(code);
        self.guard2(Operation::Equal, data, constant);
        self.trace.roots.extend(root);
        self.refine(slot, typed);
    }
    pub(super) fn record_call(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let Instr { a, c, d, .. } = *instruction;
        match instruction.opcode {
            Opcode::Call => self.record_plain_call(vm, instruction, c - 1),
            Opcode::CallMultiple => {
                self.current_snapshot();
                let (_, open) = self.open.take().ok_or(AbortReason::OpenResults)?;
                self.record_plain_call(vm, instruction, c + open as i32)
            }
            Opcode::TailCall => self.record_tail_call(vm, instruction, d - 1),
            Opcode::TailCallMultiple => {
                self.current_snapshot();
                let (_, open) = self.open.take().ok_or(AbortReason::OpenResults)?;
                self.record_tail_call(vm, instruction, d + open as i32)
            }
            Opcode::Return0 => self.record_return(vm, instruction, a, 0),
            Opcode::Return1 => self.record_return(vm, instruction, a, 1),
            Opcode::Return => self.record_return(vm, instruction, a, d),
            Opcode::ReturnMultiple => {
                let (_, open) = self.open.ok_or(AbortReason::OpenResults)?;
                // Kept for the snapshot of this instruction.
                self.record_return(vm, instruction, a, d + open as i32)
            }
            Opcode::Vararg => self.record_vararg(vm, instruction),
            _ => self.record_header(vm, instruction),
        }
    }
    /// A guard's snapshot of an instruction that consumes open results must say how many; this keeps the number for it.
    fn record_plain_call(&mut self, vm: &Vm, instruction: &Instr, arguments: i32) -> Recorded {
        let slot = self.slot_of(instruction.a);
        let actual = self.actual(vm, slot);
        let Some(callee) = actual.as_function() else {
            return self.record_call_metamethod(vm, instruction, arguments);
        };
        let function = self.read(slot);
        self.check(function, actual)?;
        self.guard_callee(function, slot, callee);
        self.call_function(vm, instruction, callee, slot + 2, arguments)
    }
    /// Calls `callee`, whose slot is `base - 2`, by an instruction that a return address can name.
    pub(super) fn call_function(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        callee: *mut Function,
        base: i32,
        arguments: i32,
    ) -> Recorded {
        let header = view::header_of(vm, callee);
        if !matches!(
            header,
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        ) {
            return self.record_builtin_call(vm, instruction, callee, base, arguments);
        }
        let link = frame::return_link((instruction.pc + 4) as *const u32);
        let link = self.frame_constant(link);
        self.write(base - 1, link);
        self.note_calling(instruction, false);
        self.enter_later(callee, base, arguments, FrameKind::Call);
        Ok(())
    }
    pub(super) fn note_calling(&mut self, instruction: &Instr, is_interrupted: bool) {
        let top = self.frames.len() - 1;
        let frame = &mut self.frames[top];
        frame.call_index = Self::index_in(&frame.prototype, instruction.pc);
        frame.is_interrupted = is_interrupted;
    }
    pub(super) fn enter_later(
        &mut self,
        function: *mut Function,
        base: i32,
        arguments: i32,
        kind: FrameKind,
    ) {
        self.pending_call = Some(PendingCall {
            function,
            base,
            arguments,
            kind,
        });
        self.expected = Some((view::code_of(function), base));
    }
    /// `__call`: the callee becomes the first argument.
    fn record_call_metamethod(&mut self, vm: &Vm, instruction: &Instr, arguments: i32) -> Recorded {
        let slot = self.slot_of(instruction.a);
        let actual = self.actual(vm, slot);
        let object = self.typed_slot(vm, slot)?;
        let handler = self.metamethod_of(vm, object, actual, Metamethod::Call)?;
        let Some(callee) = handler.as_function() else {
            return Err(AbortReason::BadOperand);
        };
        let base = slot + 2;
        for index in (0..arguments).rev() {
            let value = self.read(base + index);
            self.write(base + index + 1, value);
        }
        self.write(base, object);
        let constant = self.constant(handler);
        self.write(slot, constant);
        if !matches!(
            view::header_of(vm, callee),
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        ) {
            return Err(AbortReason::Builtin);
        }
        self.call_function(vm, instruction, callee, base, arguments + 1)
    }
    /// Calls a metamethod for the running instruction; its result finishes the instruction.
    pub(super) fn call_metamethod(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        handler: Value,
        arguments: &[Ref],
        extra: u64,
    ) -> Recorded {
        let Some(callee) = handler.as_function() else {
            return Err(AbortReason::Metamethod);
        };
        if !matches!(
            view::header_of(vm, callee),
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        ) {
            return Err(AbortReason::Metamethod);
        }
        let frame_size = self.frame().prototype.frame_size;
        let bottom = self.base() + frame_size;
        let base = bottom + CONTINUATION_SLOTS as i32;
        let extra = self.frame_constant(Value::from_bits(extra));
        let pc = self.frame_constant(Value::from_bits(instruction.pc as u64 + 4));
        let function = self.constant(handler);
        let delta = frame_size as usize + CONTINUATION_SLOTS;
        let link = self.frame_constant(frame::link(LinkKind::Metamethod, delta));
        // The snapshot of this instruction must not have these yet.
        self.current_snapshot();
        for (index, value) in [extra, pc, function, link].into_iter().enumerate() {
            self.write(bottom + index as i32, value);
        }
        for (index, &value) in arguments.iter().enumerate() {
            self.write(base + index as i32, value);
        }
        self.note_calling(instruction, true);
        self.enter_later(callee, base, arguments.len() as i32, FrameKind::Metamethod);
        Ok(())
    }
    fn record_tail_call(&mut self, vm: &Vm, instruction: &Instr, arguments: i32) -> Recorded {
        let slot = self.slot_of(instruction.a);
        let actual = self.actual(vm, slot);
        let Some(callee) = actual.as_function() else {
            return Err(AbortReason::Metamethod);
        };
        let top = self.frames.len() - 1;
        let kind = self.frames[top].kind;
        if kind == FrameKind::Entry {
            if !self.is_side && !self.is_function_root {
                return Err(AbortReason::LeavesLoop);
            }
            let link = self.actual(vm, self.base() - 1);
            if matches!(
                frame::decode(link),
                frame::Link::Tagged(LinkKind::Vararg, _)
            ) {
                return Err(AbortReason::ReturnsTooFar);
            }
        }
        let function = self.read(slot);
        self.check(function, actual)?;
        self.guard_callee(function, slot, callee);
        let bottom = self.frames[top].low + 2;
        let function = self.read(slot);
        let mut values = Vec::new();
        for index in 0..arguments {
            let source = slot + 2 + index;
            values.push((self.read(source), self.actual(vm, source)));
        }
        if !matches!(
            view::header_of(vm, callee),
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        ) {
            // The interpreter's frame is replaced by the builtin's: only its results matter. Where they go must be known before the builtin
            // has had an effect, as nothing stands behind a tail call at which the interpreter could go on.
            if kind == FrameKind::Entry && self.lower_frame(vm).is_none() {
                self.current_snapshot();
                return self.finish_before(instruction);
            }
            let results = self.builtin_results(vm, callee, function, &values, None)?;
            self.skips_header = true;
            return self.deliver(vm, instruction, results);
        }
        self.current_snapshot();
        self.write(bottom - 2, function);
        for (index, (value, _)) in values.into_iter().enumerate() {
            self.write(bottom + index as i32, value);
        }
        self.enter_later(callee, bottom, arguments, kind);
        self.replaces_frame = true;
        Ok(())
    }
    /// The header of a Lua function: its parameters get their values, varargs move the frame.
    fn record_header(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let Some(call) = self.pending_call.take() else {
            // The first instruction of a function trace.
            if self.is_function_root && instruction.pc == self.start_pc {
                return Ok(());
            }
            return Err(AbortReason::UnexpectedPath);
        };
        let prototype = view::prototype_of(call.function)
            .map(PrototypeView::of)
            .ok_or(AbortReason::StateMismatch)?;
        if std::mem::take(&mut self.replaces_frame) {
            self.frames.pop();
        }
        let depth = self
            .frames
            .iter()
            .filter(|frame| frame.prototype.prototype == prototype.prototype)
            .count() as i32;
        let nil = self.constant(Value::NIL);
        if instruction.opcode == Opcode::FunctionHeaderVararg {
            if depth > self.limits.call_unroll || call.arguments > 100 {
                return Err(AbortReason::CallUnrollLimit);
            }
            let base = call.base + call.arguments + 2;
            let function = self.read(call.base - 2);
            self.write(base - 2, function);
            let link = frame::link(LinkKind::Vararg, call.arguments as usize + 2);
            let link = self.frame_constant(link);
            self.write(base - 1, link);
            for index in 0..prototype.parameter_count {
                let value = if index < call.arguments {
                    self.read(call.base + index)
                } else {
                    nil
                };
                self.write(base + index, value);
            }
            self.forget_above(base + prototype.parameter_count);
            self.push_frame(call.kind, base, call.base - 2, call.function, prototype);
            self.expected = Some((instruction.next(), base));
            return Ok(());
        }
        for index in call.arguments..prototype.parameter_count {
            self.write(call.base + index, nil);
        }
        self.forget_above(call.base + call.arguments.max(prototype.parameter_count));
        self.push_frame(
            call.kind,
            call.base,
            call.base - 2,
            call.function,
            prototype,
        );
        self.expected = Some((instruction.next(), call.base));
        self.link_calls(vm, instruction, depth)
    }
    /// Ends the trace at a header where inlining would go too deep.
    fn link_calls(&mut self, vm: &Vm, instruction: &Instr, depth: i32) -> Recorded {
        if self.is_function_root && instruction.pc == self.start_pc {
            let is_tail = self.frames.len() == 1 && self.base() == 0;
            if is_tail {
                return self.finish(Link::Loop, instruction.next());
            }
            if depth > self.limits.recursion_unroll {
                let own = self.trace.number;
                return self.finish(Link::Trace(own), instruction.next());
            }
            return Ok(());
        }
        if let Some(trace) = view::trace_at(vm, instruction.pc)
            && (depth >= 1 || self.trace.instructions.len() > self.limits.instructions / 4)
        {
            return self.finish(Link::Trace(trace), instruction.next());
        }
        if depth > self.limits.call_unroll {
            return Err(AbortReason::CallUnrollLimit);
        }
        Ok(())
    }
    /// Slots from `slot` on hold nothing that counts.
    pub(super) fn forget_above(&mut self, slot: i32) {
        self.slots.split_off(&slot);
        self.cells.retain(|&captured, _| captured < slot);
        self.known_types.retain(|&known, _| known < slot);
    }
    fn record_return(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        register: i32,
        count: i32,
    ) -> Recorded {
        if self.frame().kind == FrameKind::Entry {
            if !self.is_side && !self.is_function_root {
                return Err(AbortReason::LeavesLoop);
            }
            if self.is_function_root && !self.is_side {
                return self.finish(Link::Interpreter, instruction.pc);
            }
        }
        let first = self.slot_of(register);
        let mut results = Vec::new();
        for index in 0..count {
            results.push(self.read(first + index));
        }
        self.deliver(vm, instruction, results)
    }
    /// Leaves the topmost frame with these results.
    fn deliver(&mut self, vm: &Vm, instruction: &Instr, results: Vec<Ref>) -> Recorded {
        let frame = self.frames[self.frames.len() - 1].clone();
        match frame.kind {
            FrameKind::Call => {
                self.frames.pop();
                let link = self.read(frame.low + 1);
                let Some(crate::ir::Constant::Frame(link)) = self.trace.constant_at(link) else {
                    return Err(AbortReason::StateMismatch);
                };
                self.open = None;
                self.place_results(link as usize, frame.low, &results)
            }
            FrameKind::Metamethod => {
                // The truth of the result may be guarded after the frame is gone.
                self.current_snapshot();
                self.frames.pop();
                self.open = None;
                self.finish_metamethod(vm, frame.low, &results)
            }
            FrameKind::Protected => {
                // The frame of pcall, below: true and the results are its own.
                self.frames.pop();
                let low = frame.low - 2;
                let link = self.read(low + 1);
                let Some(crate::ir::Constant::Frame(link)) = self.trace.constant_at(link) else {
                    return Err(AbortReason::StateMismatch);
                };
                self.open = None;
                let mut all = vec![self.constant(Value::TRUE)];
                all.extend(results);
                self.place_results(link as usize, low, &all)
            }
            FrameKind::Entry => self.return_to_lower(vm, instruction, results),
        }
    }
    /// The results of a call go to the caller, whose frame is topmost now.
    pub(super) fn place_results(
        &mut self,
        return_pc: usize,
        slot: i32,
        results: &[Ref],
    ) -> Recorded {
        let word = view::code_word(return_pc - 4);
        let wanted = operand_b(word) as i32;
        if self.base() != slot - operand_a(word) as i32 {
            return Err(AbortReason::StateMismatch);
        }
        let nil = self.constant(Value::NIL);
        let count = if wanted == 0 {
            results.len() as i32
        } else {
            wanted - 1
        };
        for index in 0..count {
            let value = results.get(index as usize).copied().unwrap_or(nil);
            self.write(slot + index, value);
        }
        self.forget_above(slot + count);
        if wanted == 0 {
            self.open = Some((slot, count as u32));
        }
        self.expected = Some((return_pc, self.base()));
        Ok(())
    }
    /// A metamethod returned: the rest of the instruction that called it.
    fn finish_metamethod(&mut self, vm: &Vm, low: i32, results: &[Ref]) -> Recorded {
        let nil = self.constant(Value::NIL);
        let result = results.first().copied().unwrap_or(nil);
        let pc = self.read(low - 1);
        let extra = self.read(low - 2);
        let (Some(crate::ir::Constant::Frame(pc)), Some(crate::ir::Constant::Frame(extra))) =
            (self.trace.constant_at(pc), self.trace.constant_at(extra))
        else {
            return Err(AbortReason::StateMismatch);
        };
        self.forget_above(low - 2);
        let instruction =
            Instr::read(vm, pc as usize - 4).ok_or(AbortReason::UnknownInstruction)?;
        let opcode = instruction.opcode;
        if opcode.is_condition() {
            // What the interpreter does with the truth of the result shows at its next instruction.
            self.pending_truth = Some((result, instruction.pc, extra == 1));
            self.expected = None;
            return Ok(());
        }
        match opcode {
            Opcode::SetField | Opcode::SetGlobal | Opcode::SetIndex | Opcode::SetIndexInteger => {}
            _ => self.write_register(instruction.a, result),
        }
        self.expected = Some((instruction.next(), self.base()));
        Ok(())
    }
    /// Where the entry frame returns to, if that is a Lua function that the trace may go on in.
    fn lower_frame(&self, vm: &Vm) -> Option<LowerFrame> {
        let mut link_slot = self.base() - 1;
        let mut bottom = self.base();
        let mut actual = self.actual(vm, link_slot);
        if let frame::Link::Tagged(LinkKind::Vararg, delta) = frame::decode(actual) {
            bottom -= delta as i32;
            link_slot = bottom - 1;
            actual = self.actual(vm, link_slot);
        }
        let slot = bottom - 2;
        let (return_pc, caller) = match frame::decode(actual) {
            frame::Link::Return(return_pc) => {
                let return_pc = return_pc as usize;
                let register = operand_a(view::code_word(return_pc - 4)) as i32;
                (Some(return_pc), slot - register)
            }
            frame::Link::Tagged(LinkKind::Metamethod, delta) => (None, bottom - delta as i32),
            frame::Link::Tagged(..) => return None,
        };
        let function = self.actual(vm, caller - 2).as_function()?;
        let prototype = view::prototype_of(function).map(PrototypeView::of)?;
        let goes_on =
            self.returns <= MOST_RETURNS && !self.uses_open_upvalue && caller >= -super::MOST_SLOTS;
        goes_on.then_some(LowerFrame {
            link_slot,
            return_pc,
            slot,
            caller,
            function,
            prototype,
        })
    }
    /// The entry frame returns: the trace goes on in the caller if that is a Lua function.
    fn return_to_lower(&mut self, vm: &Vm, instruction: &Instr, results: Vec<Ref>) -> Recorded {
        let Some(lower) = self.lower_frame(vm) else {
            return self.finish(Link::Interpreter, instruction.pc);
        };
        self.returns += 1;
        let LowerFrame {
            link_slot,
            return_pc,
            slot,
            caller,
            function,
            prototype,
        } = lower;
        if link_slot != self.base() - 1 {
            let vararg_slot = self.base() - 1;
            let actual = self.actual(vm, vararg_slot);
            let link = self.read(vararg_slot);
            self.guard_link(link, actual);
        }
        let interrupted = match return_pc {
            Some(_) => 0,
            // The interrupted instruction and what it has to remember.
            None => 2,
        };
        for link_slot in [link_slot, slot - 1, slot - 2]
            .into_iter()
            .take(1 + interrupted)
        {
            let actual = self.actual(vm, link_slot);
            let link = self.read(link_slot);
            self.guard_link(link, actual);
            let constant = self.frame_constant(actual);
            self.refine(link_slot, constant);
        }
        if return_pc.is_none() {
            // The truth of the result may be guarded after the frame is gone.
            self.current_snapshot();
        }
        self.frames.pop();
        self.open = None;
        self.push_frame(FrameKind::Entry, caller, caller - 2, function, prototype);
        self.trace
            .roots
            .push(Value::object(prototype.prototype.cast()).bits());
        match return_pc {
            Some(return_pc) => self.place_results(return_pc, slot, &results),
            None => self.finish_metamethod(vm, slot, &results),
        }
    }
    fn guard_link(&mut self, link: Ref, actual: Value) {
        if link.as_constant().is_some() {
            return;
        }
        let constant = self.frame_constant(actual);
        self.guard2(Operation::GuardBits, link, constant);
    }
    fn record_vararg(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let base = self.base();
        let actual = self.actual(vm, base - 1);
        let frame::Link::Tagged(LinkKind::Vararg, delta) = frame::decode(actual) else {
            return Err(AbortReason::StateMismatch);
        };
        let link = self.read(base - 1);
        self.guard_link(link, actual);
        let top = self.frames.len() - 1;
        let low = base - delta as i32 - 2;
        self.frames[top].low = low;
        let parameters = self.frames[top].prototype.parameter_count;
        let available = (delta as i32 - 2 - parameters).max(0);
        let wanted = instruction.b;
        let count = if wanted == 0 { available } else { wanted - 1 };
        let nil = self.constant(Value::NIL);
        let mut values = Vec::new();
        for index in 0..count {
            values.push(if index < available {
                self.read(low + 2 + parameters + index)
            } else {
                nil
            });
        }
        let first = self.slot_of(instruction.a);
        for (index, value) in values.into_iter().enumerate() {
            self.write(first + index as i32, value);
        }
        if wanted == 0 {
            self.forget_above(first + count);
            self.open = Some((first, count as u32));
        }
        Ok(())
    }
    /// What the interpreter made of a comparison's metamethod result, seen from where it went.
    pub(super) fn settle_truth(&mut self, pc: usize) -> Recorded {
        let Some((result, condition_pc, is_inverted)) = self.pending_truth.take() else {
            return Ok(());
        };
        let word = view::code_word(condition_pc);
        let opcode = Opcode::from_word(word).ok_or(AbortReason::UnknownInstruction)?;
        let after = condition_pc + 8;
        let jump = view::code_word(condition_pc + 4);
        let target = view::jump(after, rlove_vm::bytecode::opcode::operand_j(jump));
        if target == after || pc != target && pc != after {
            return Err(AbortReason::UnexpectedPath);
        }
        let holds = pc == target;
        use Opcode::*;
        let negated = matches!(
            opcode,
            IfNotLess
                | IfNotLessEqual
                | IfNotEqual
                | IfNotEqualK
                | IfNotEqualPrimitive
                | IfNotLessK
                | IfNotLessEqualK
                | IfNotGreaterK
                | IfNotGreaterEqualK
        );
        let truth = (holds != negated) != is_inverted;
        if let Some(constant) = self.trace.constant_at(result) {
            let is_false = matches!(constant, crate::ir::Constant::Word(bits)
                if !Value::from_bits(bits).is_truthy());
            if is_false == truth {
                return Err(AbortReason::StateMismatch);
            }
        } else if self.ty(result) == Type::Value {
            // Re-executing the return gives the same truth: the snapshot of that instruction serves.
            self.guard(
                Operation::GuardTruth,
                [result, Ref::NONE, Ref::NONE],
                u32::from(truth),
            );
        }
        Ok(())
    }
}
