//! Arithmetic, concatenation, length, bit operations and conditions.
//!
//! Numbers are doubles; references of type integer (loop indexes, lengths, results of bit operations) stay integers through
//! addition and subtraction while the result fits, with a guard against overflow.

use super::abort::AbortReason;
use super::view::{Instr, TableView, jump};
use super::{Recorded, Recorder, integer_of};
use crate::helpers::HelperName;
use crate::ir::{Field, Operation, Ref, Type};
use rlove_vm::bytecode::Opcode;
use rlove_vm::bytecode::opcode::operand_j;
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// Operands of an instruction: reference and value of each.
struct Operands {
    left: (Ref, Value),
    right: (Ref, Value),
}

/// Where a condition and the jump behind it lead.
#[derive(Clone, Copy)]
pub(super) struct Branch {
    /// Where the jump leads.
    target: usize,
    /// The instruction behind the jump.
    next: usize,
    /// It jumps where the comparison does not hold.
    is_negated: bool,
}

impl Branch {
    fn of(instruction: &Instr) -> Branch {
        use Opcode::*;
        let next = instruction.next() + 4;
        let is_negated = matches!(
            instruction.opcode,
            IfNotEqual
                | IfNotEqualK
                | IfNotEqualPrimitive
                | IfNotLess
                | IfNotLessEqual
                | IfNotLessK
                | IfNotLessEqualK
                | IfNotGreaterK
                | IfNotGreaterEqualK
        );
        let word = super::view::code_word(instruction.next());
        Branch {
            target: jump(next, operand_j(word)),
            next,
            is_negated,
        }
    }
}

impl Recorder {
    fn register_operand(&mut self, vm: &Vm, register: i32) -> Result<(Ref, Value), AbortReason> {
        let actual = self.actual_register(vm, register);
        Ok((self.typed_register(vm, register)?, actual))
    }
    fn constant_operand(&mut self, index: i32) -> (Ref, Value) {
        let value = self.frame().prototype.constant(index as usize);
        (self.constant(value), value)
    }
    fn arithmetic_operands(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
    ) -> Result<Operands, AbortReason> {
        use Opcode::*;
        let Instr { b, c, d, .. } = *instruction;
        let (left, right) = match instruction.opcode {
            AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK => {
                (self.register_operand(vm, b)?, self.constant_operand(c))
            }
            AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR => {
                let right = self.register_operand(vm, c)?;
                (self.constant_operand(b), right)
            }
            Negate | Not | Length | BitNot => {
                let operand = self.register_operand(vm, d)?;
                (operand, operand)
            }
            _ => (self.register_operand(vm, b)?, self.register_operand(vm, c)?),
        };
        Ok(Operands { left, right })
    }
    pub(super) fn record_arithmetic(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        match instruction.opcode {
            Opcode::Concatenate => return self.record_concatenate(vm, instruction),
            Opcode::Not => {
                let truth = self.truth_of_register(vm, instruction.d)?;
                let value = self.constant(Value::boolean(!truth));
                self.write_register(instruction.a, value);
                return Ok(());
            }
            Opcode::Length => return self.record_length(vm, instruction),
            _ => {}
        }
        let operands = self.arithmetic_operands(vm, instruction)?;
        let (left, right) = (operands.left, operands.right);
        if left.1.is_number() && right.1.is_number() {
            let value = self.compute(instruction.opcode, left, right)?;
            self.write_register(instruction.a, value);
            return Ok(());
        }
        if is_bit_operation(instruction.opcode) {
            return Err(AbortReason::BadOperand);
        }
        let is_text = |value: Value| value.is_number() || value.is_string();
        if is_text(left.1) && is_text(right.1) {
            let left = self.number_of_text(vm, left)?;
            let right = self.number_of_text(vm, right)?;
            let value = self.compute(instruction.opcode, left, right)?;
            self.write_register(instruction.a, value);
            return Ok(());
        }
        let event = event_of(instruction.opcode);
        self.call_binary_metamethod(vm, instruction, event, left, right, 0)
    }
    /// The number that a string stands for.
    pub(super) fn number_of_text(
        &mut self,
        _vm: &Vm,
        operand: (Ref, Value),
    ) -> Result<(Ref, Value), AbortReason> {
        let Some(bytes) = operand.1.string_bytes() else {
            return Ok(operand);
        };
        let number =
            rlove_vm::syntax::number::parse_number(bytes).ok_or(AbortReason::BadOperand)?;
        let text = self.call(HelperName::ToNumber, Type::Value, &[operand.0]);
        let unboxed = self.guard_typed(
            Operation::Unbox,
            Type::Number,
            [text, Ref::NONE, Ref::NONE],
            0,
        );
        Ok((unboxed, Value::number(number)))
    }
    /// Calls the metamethod `event` of the left operand, or else of the right.
    pub(super) fn call_binary_metamethod(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        event: Metamethod,
        left: (Ref, Value),
        right: (Ref, Value),
        extra: u64,
    ) -> Recorded {
        let mut handler = self.metamethod_of(vm, left.0, left.1, event)?;
        if handler.is_nil() {
            handler = self.metamethod_of(vm, right.0, right.1, event)?;
        }
        if handler.is_nil() {
            return Err(AbortReason::BadOperand);
        }
        self.call_metamethod(vm, instruction, handler, &[left.0, right.0], extra)
    }
    fn compute(
        &mut self,
        opcode: Opcode,
        left: (Ref, Value),
        right: (Ref, Value),
    ) -> Result<Ref, AbortReason> {
        use Opcode::*;
        if is_bit_operation(opcode) {
            return Ok(self.compute_bits(opcode, left.0, right.0));
        }
        let (x, y) = (left.1.raw_double(), right.1.raw_double());
        let is_add = matches!(opcode, Add | AddRK | AddKR);
        let is_subtract = matches!(opcode, Subtract | SubtractRK | SubtractKR);
        let is_typed = |recorder: &Recorder, reference: Ref| {
            recorder.ty(reference) == Type::Integer && reference.as_constant().is_none()
        };
        if (is_add || is_subtract)
            && self.is_integer(left.0)
            && self.is_integer(right.0)
            && (is_typed(self, left.0) || is_typed(self, right.0))
        {
            let result = if is_add { x + y } else { x - y };
            if integer_of(result).is_some() {
                let (left, right) = (self.integer_of(left.0), self.integer_of(right.0));
                let operation = if is_add {
                    Operation::AddOverflow
                } else {
                    Operation::SubtractOverflow
                };
                return Ok(self.guard_typed(operation, Type::Integer, [left, right, Ref::NONE], 0));
            }
        }
        let (a, b) = (self.number_of(left.0), self.number_of(right.0));
        let operation = match opcode {
            Add | AddRK | AddKR => Operation::Add,
            Subtract | SubtractRK | SubtractKR => Operation::Subtract,
            Multiply | MultiplyRK | MultiplyKR => Operation::Multiply,
            Divide | DivideRK | DivideKR => Operation::Divide,
            Modulo | ModuloRK | ModuloKR => Operation::Modulo,
            Power => Operation::Power,
            Negate => return Ok(self.emit(Operation::Negate, Type::Number, &[a], 0)),
            _ => return Err(AbortReason::UnknownInstruction),
        };
        Ok(self.emit(operation, Type::Number, &[a, b], 0))
    }
    /// A number modulo 2^32.
    pub(super) fn bits_of(&mut self, reference: Ref) -> Ref {
        if self.is_integer(reference) {
            return self.integer_of(reference);
        }
        self.emit(Operation::NumberToBits, Type::Integer, &[reference], 0)
    }
    fn compute_bits(&mut self, opcode: Opcode, left: Ref, right: Ref) -> Ref {
        use Opcode::*;
        let left = self.bits_of(left);
        if opcode == BitNot {
            return self.emit(Operation::BitNot, Type::Integer, &[left], 0);
        }
        let right = self.bits_of(right);
        let operation = match opcode {
            BitAnd => Operation::BitAnd,
            BitOr => Operation::BitOr,
            BitXor => Operation::BitXor,
            ShiftLeft => Operation::ShiftLeft,
            ShiftRight => Operation::ShiftRight,
            _ => Operation::ShiftRightArithmetic,
        };
        self.emit(operation, Type::Integer, &[left, right], 0)
    }
    fn record_length(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let (operand, actual) = self.register_operand(vm, instruction.d)?;
        let value = self.length_of(vm, operand, actual)?;
        let Some(value) = value else {
            let handler = self.metamethod_of(vm, operand, actual, Metamethod::Length)?;
            if handler.is_nil() {
                return Err(AbortReason::BadOperand);
            }
            return self.call_metamethod(vm, instruction, handler, &[operand], 0);
        };
        self.write_register(instruction.a, value);
        Ok(())
    }
    /// `#operand` of a table or string.
    pub(super) fn length_of(
        &mut self,
        _vm: &Vm,
        operand: Ref,
        actual: Value,
    ) -> Result<Option<Ref>, AbortReason> {
        if actual.is_string() {
            return Ok(Some(self.load_field(operand, Field::StringLength)));
        }
        let Some(table) = actual.as_table() else {
            return Ok(None);
        };
        let view = TableView::of(table);
        if view.array_length == 0 && view.is_weak() {
            return Err(AbortReason::UnknownTable);
        }
        let body = self.load_field(operand, Field::TableBody);
        let length = self.load_field(body, Field::ArrayLength);
        if view.array_length == 0 {
            // A weak table keeps its integer keys elsewhere; such tables have the shape of dictionaries.
            self.guard_shape(operand, &view);
        }
        Ok(Some(length))
    }
    fn record_concatenate(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let (first, last) = (instruction.b, instruction.c);
        let mut pieces = Vec::new();
        for register in first..=last {
            let (piece, actual) = self.register_operand(vm, register)?;
            if !actual.is_number() && !actual.is_string() {
                return self.concatenate_metamethod(vm, instruction);
            }
            pieces.push(piece);
        }
        let mut joined = pieces[0];
        let mut at = 1;
        while at < pieces.len() {
            let count = (pieces.len() - at).min(3);
            let mut arguments = vec![joined];
            arguments.extend_from_slice(&pieces[at..at + count]);
            let helper = match count {
                1 => HelperName::Concatenate2,
                2 => HelperName::Concatenate3,
                _ => HelperName::Concatenate4,
            };
            joined = self.call(helper, Type::Value, &arguments);
            at += count;
        }
        self.write_register(instruction.a, joined);
        Ok(())
    }
    fn concatenate_metamethod(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        // Only the form of two operands: others mix joining and calls.
        if instruction.c != instruction.b + 1 {
            return Err(AbortReason::Metamethod);
        }
        let left = self.register_operand(vm, instruction.b)?;
        let right = self.register_operand(vm, instruction.c)?;
        self.call_binary_metamethod(
            vm,
            instruction,
            Metamethod::Concatenate,
            left,
            right,
            instruction.b as u64,
        )
    }

    // ---- Conditions ----

    /// Whether register `register` is true; guarded.
    pub(super) fn truth_of_register(
        &mut self,
        vm: &Vm,
        register: i32,
    ) -> Result<bool, AbortReason> {
        let slot = self.slot_of(register);
        let value = self.read(slot);
        let actual = self.actual(vm, slot);
        self.check(value, actual)?;
        let truth = actual.is_truthy();
        if self.ty(value) == Type::Value && value.as_constant().is_none() {
            self.guard(
                Operation::GuardTruth,
                [value, Ref::NONE, Ref::NONE],
                u32::from(truth),
            );
        }
        Ok(truth)
    }
    pub(super) fn record_condition(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        self.branch = Some(Branch::of(instruction));
        let result = self.record_condition_at(vm, instruction);
        self.branch = None;
        result
    }
    fn record_condition_at(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        use Opcode::*;
        let Instr { a, d, .. } = *instruction;
        if let Some(holds) = self.compare_piece(vm, instruction)? {
            self.branch(instruction, holds);
            return Ok(());
        }
        let holds = match instruction.opcode {
            IfTrue | IfFalse => self.truth_of_register(vm, d)? == (instruction.opcode == IfTrue),
            IfTrueCopy | IfFalseCopy => {
                let holds = self.truth_of_register(vm, d)? == (instruction.opcode == IfTrueCopy);
                if holds {
                    let slot = self.slot_of(d);
                    let value = self.read(slot);
                    self.write_register(a, value);
                }
                holds
            }
            IfEqual | IfNotEqual | IfEqualK | IfNotEqualK | IfEqualPrimitive
            | IfNotEqualPrimitive => {
                let negated = Branch::of(instruction).is_negated;
                let left = self.register_operand(vm, a)?;
                let right = match instruction.opcode {
                    IfEqual | IfNotEqual => self.register_operand(vm, d)?,
                    IfEqualK | IfNotEqualK => self.constant_operand(d),
                    _ => {
                        let value = Value::from_bits(Value::NIL.bits() + d as u64);
                        (self.constant(value), value)
                    }
                };
                match self.equal(vm, left, right)? {
                    Some(equal) => equal != negated,
                    None => {
                        return self.call_equal(vm, instruction, left, right);
                    }
                }
            }
            _ => return self.record_ordering(vm, instruction),
        };
        self.branch(instruction, holds);
        Ok(())
    }
    fn branch(&mut self, instruction: &Instr, holds: bool) {
        let branch = Branch::of(instruction);
        let target = if holds { branch.target } else { branch.next };
        self.expected = Some((target, self.base()));
    }
    /// `text:sub(i, j) == "constant"` where nothing else needs the piece: compared in place, and never made.
    fn compare_piece(&mut self, vm: &Vm, instruction: &Instr) -> Result<Option<bool>, AbortReason> {
        let Instr { a, d, opcode, .. } = *instruction;
        if !matches!(opcode, Opcode::IfEqualK | Opcode::IfNotEqualK) {
            return Ok(None);
        }
        let (constant, wanted) = self.constant_operand(d);
        let slot = self.slot_of(a);
        let piece = self.read(slot);
        let Some(call) = piece.as_instruction().map(|at| self.trace.instructions[at]) else {
            return Ok(None);
        };
        let is_piece =
            call.operation == Operation::CallHelper && call.literal == HelperName::StringSub as u32;
        let branch = Branch::of(instruction);
        let top = self.frames.len() - 1;
        let is_needed = [branch.next, branch.target]
            .iter()
            .any(|&pc| self.is_wanted(slot, pc, top));
        if !is_piece || is_needed || !wanted.is_string() {
            return Ok(None);
        }
        let mut arguments = self.trace.arguments_of(&call).to_vec();
        arguments.push(constant);
        let answer = self.call(HelperName::StringSubEquals, Type::Integer, &arguments);
        let equal = self.actual(vm, slot).string_bytes() == wanted.string_bytes();
        let truth = self.integer(i32::from(equal));
        self.guard_branch(Operation::Equal, answer, truth, equal);
        Ok(Some(equal != branch.is_negated))
    }
    fn call_equal(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        left: (Ref, Value),
        right: (Ref, Value),
    ) -> Recorded {
        let handler = self.metamethod_of(vm, left.0, left.1, Metamethod::Equal)?;
        let other = self.metamethod_of(vm, right.0, right.1, Metamethod::Equal)?;
        if handler.is_nil() || handler != other {
            return Err(AbortReason::Metamethod);
        }
        self.call_metamethod(vm, instruction, handler, &[left.0, right.0], 0)
    }
    /// Whether two values are equal, guarded; `None`: a metamethod decides.
    fn equal(
        &mut self,
        vm: &Vm,
        left: (Ref, Value),
        right: (Ref, Value),
    ) -> Result<Option<bool>, AbortReason> {
        let (x, y) = (left.1, right.1);
        if x.as_cdata().is_some() || y.as_cdata().is_some() {
            return Err(AbortReason::Metamethod);
        }
        if x.is_number() && y.is_number() {
            let equal = x.raw_double() == y.raw_double();
            let operation = if equal {
                Operation::Equal
            } else {
                Operation::NotEqual
            };
            self.compare(operation, left.0, right.0, equal);
            return Ok(Some(equal));
        }
        if x.is_string() && y.is_string() {
            return Ok(Some(self.equal_strings(left, right)));
        }
        let types = (self.ty(left.0), self.ty(right.0));
        if types.0 == Type::Value || types.1 == Type::Value {
            // nil, booleans and light userdata: what they are is part of the trace.
            for (reference, value) in [left, right] {
                if self.ty(reference) == Type::Value {
                    self.guard_value(reference, value);
                }
            }
            return Ok(Some(x == y));
        }
        if types.0 != types.1 {
            return Ok(Some(false));
        }
        if x == y {
            // Other tables may be equal, too.
            if matches!(types.0, Type::Table | Type::Object) {
                self.compare_addresses(Operation::Equal, left.0, right.0);
            } else {
                self.compare_identities(left.0, right.0, true);
            }
            return Ok(Some(true));
        }
        if types.0 == Type::Table || types.0 == Type::Object {
            let handler = self.metamethod_of(vm, left.0, x, Metamethod::Equal)?;
            if !handler.is_nil() {
                let other = vm.metamethod(y, Metamethod::Equal);
                if other == handler {
                    self.compare_addresses(Operation::NotEqual, left.0, right.0);
                    return Ok(None);
                }
                return Err(AbortReason::Metamethod);
            }
        }
        self.compare_identities(left.0, right.0, false);
        Ok(Some(false))
    }
    /// Guards that two references are, or are not, the same object; otherwise the condition has the other outcome.
    fn compare_identities(&mut self, left: Ref, right: Ref, equal: bool) {
        let operation = if equal {
            Operation::Equal
        } else {
            Operation::NotEqual
        };
        if left != right {
            self.guard_branch(operation, left, right, equal);
        }
    }
    fn compare_addresses(&mut self, operation: Operation, left: Ref, right: Ref) {
        if left != right {
            self.guard2(operation, left, right);
        }
    }
    fn equal_strings(&mut self, left: (Ref, Value), right: (Ref, Value)) -> bool {
        let equal = left.1.string_bytes() == right.1.string_bytes();
        if left.1.is_interned_string() && right.1.is_interned_string() {
            self.compare_identities(left.0, right.0, equal);
            return equal;
        }
        let answer = self.call(HelperName::EqualStrings, Type::Integer, &[left.0, right.0]);
        let wanted = self.integer(i32::from(equal));
        self.guard_branch(Operation::Equal, answer, wanted, equal);
        equal
    }
    /// A guard whose failure means that the running condition, whose comparison came out as `holds`, has the other outcome: it leaves
    /// to where that leads, so that nothing is compared twice and what was compared need not be kept.
    fn guard_branch(&mut self, operation: Operation, left: Ref, right: Ref, holds: bool) {
        let Some(branch) = self.branch else {
            return self.guard2(operation, left, right);
        };
        let other = if holds == branch.is_negated {
            branch.target
        } else {
            branch.next
        };
        let snapshot = self.take_snapshot(other);
        let reference = self.push(operation, Type::None, [left, right, Ref::NONE], 0);
        if let Some(index) = reference.as_instruction() {
            self.trace.instructions[index].snapshot = snapshot;
        }
    }
    /// A comparison of numbers that came out as `holds`, as integers where that is free.
    pub(super) fn compare(&mut self, operation: Operation, left: Ref, right: Ref, holds: bool) {
        if left.as_constant().is_some() && right.as_constant().is_some() {
            return;
        }
        if self.is_integer(left) && self.is_integer(right) {
            let (left, right) = (self.integer_of(left), self.integer_of(right));
            self.guard_branch(operation, left, right, holds);
        } else {
            let (left, right) = (self.number_of(left), self.number_of(right));
            self.guard_branch(operation, left, right, holds);
        }
    }
    fn record_ordering(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        use Opcode::*;
        let Instr { a, d, opcode, .. } = *instruction;
        let first = self.register_operand(vm, a)?;
        let is_register = matches!(opcode, IfLess | IfNotLess | IfLessEqual | IfNotLessEqual);
        let second = if is_register {
            self.register_operand(vm, d)?
        } else {
            self.constant_operand(d)
        };
        let is_swapped = matches!(
            opcode,
            IfGreaterK | IfNotGreaterK | IfGreaterEqualK | IfNotGreaterEqualK
        );
        let (left, right) = if is_swapped {
            (second, first)
        } else {
            (first, second)
        };
        let or_equal = matches!(
            opcode,
            IfLessEqual
                | IfNotLessEqual
                | IfLessEqualK
                | IfNotLessEqualK
                | IfGreaterEqualK
                | IfNotGreaterEqualK
        );
        let negated = Branch::of(instruction).is_negated;
        let Some(holds) = self.ordered(left, right, or_equal)? else {
            return self.ordering_metamethod(vm, instruction, left, right, or_equal);
        };
        self.branch(instruction, holds != negated);
        Ok(())
    }
    fn ordered(
        &mut self,
        left: (Ref, Value),
        right: (Ref, Value),
        or_equal: bool,
    ) -> Result<Option<bool>, AbortReason> {
        if let (Some(x), Some(y)) = (left.1.as_number(), right.1.as_number()) {
            let holds = if or_equal { x <= y } else { x < y };
            let operation = match (or_equal, holds) {
                (false, true) => Operation::Less,
                (false, false) => Operation::NotLess,
                (true, true) => Operation::LessEqual,
                (true, false) => Operation::NotLessEqual,
            };
            self.compare(operation, left.0, right.0, holds);
            return Ok(Some(holds));
        }
        if let (Some(x), Some(y)) = (left.1.string_bytes(), right.1.string_bytes()) {
            let holds = if or_equal { x <= y } else { x < y };
            let answer = self.call(
                HelperName::CompareStrings,
                Type::Integer,
                &[left.0, right.0],
            );
            let zero = self.integer(0);
            let operation = match (or_equal, holds) {
                (false, true) => Operation::Less,
                (false, false) => Operation::NotLess,
                (true, true) => Operation::LessEqual,
                (true, false) => Operation::NotLessEqual,
            };
            self.guard_branch(operation, answer, zero, holds);
            return Ok(Some(holds));
        }
        Ok(None)
    }
    fn ordering_metamethod(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        left: (Ref, Value),
        right: (Ref, Value),
        or_equal: bool,
    ) -> Recorded {
        if left.1.value_type() != right.1.value_type() || left.1.as_cdata().is_some() {
            return Err(AbortReason::BadOperand);
        }
        let event = if or_equal {
            Metamethod::LessEqual
        } else {
            Metamethod::Less
        };
        let handler = self.metamethod_of(vm, left.0, left.1, event)?;
        let other = self.metamethod_of(vm, right.0, right.1, event)?;
        if !handler.is_nil() && handler == other {
            return self.call_metamethod(vm, instruction, handler, &[left.0, right.0], 0);
        }
        if or_equal && handler.is_nil() && other.is_nil() {
            let handler = self.metamethod_of(vm, left.0, left.1, Metamethod::Less)?;
            let other = self.metamethod_of(vm, right.0, right.1, Metamethod::Less)?;
            if !handler.is_nil() && handler == other {
                return self.call_metamethod(vm, instruction, handler, &[right.0, left.0], 1);
            }
        }
        Err(AbortReason::Metamethod)
    }
}

fn is_bit_operation(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        BitAnd | BitOr | BitXor | BitNot | ShiftLeft | ShiftRight | ShiftRightArithmetic
    )
}

fn event_of(opcode: Opcode) -> Metamethod {
    use Opcode::*;
    match opcode {
        Add | AddRK | AddKR => Metamethod::Add,
        Subtract | SubtractRK | SubtractKR => Metamethod::Subtract,
        Multiply | MultiplyRK | MultiplyKR => Metamethod::Multiply,
        Divide | DivideRK | DivideKR => Metamethod::Divide,
        Modulo | ModuloRK | ModuloKR => Metamethod::Modulo,
        Power => Metamethod::Power,
        _ => Metamethod::Negate,
    }
}
