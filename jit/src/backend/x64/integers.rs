//! Lowering of integer arithmetic (32 and 64 bits), bit operations, and comparisons of integers and addresses.
//!
//! Invariants: a 32-bit result has zeros in the upper half of its register, so that it can index memory.

use super::super::{CompileError, Register};
use super::emit::{Cold, Emitter, Memory, memory};
use super::{RAX, RCX};
use crate::ir::{Constant, Operation, Ref, Type};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};

/// Two-operand arithmetic.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Integer {
    Add,
    Subtract,
    Multiply,
    And,
    Or,
    Xor,
}

impl Integer {
    fn commutes(self) -> bool {
        self != Integer::Subtract
    }
}

/// Shifts and rotations.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shift {
    Left,
    Right,
    Arithmetic,
    RotateLeft,
    RotateRight,
}

macro_rules! for_integer {
    ($ops:expr, $operation:expr, $register:ident, $to:expr, $other:expr) => {
        match $operation {
            Integer::Add => dynasm!($ops; add $register($to), $register($other)),
            Integer::Subtract => dynasm!($ops; sub $register($to), $register($other)),
            Integer::Multiply => dynasm!($ops; imul $register($to), $register($other)),
            Integer::And => dynasm!($ops; and $register($to), $register($other)),
            Integer::Or => dynasm!($ops; or $register($to), $register($other)),
            Integer::Xor => dynasm!($ops; xor $register($to), $register($other)),
        }
    };
}
macro_rules! for_immediate {
    ($ops:expr, $operation:expr, $register:ident, $to:expr, $value:expr) => {
        match $operation {
            Integer::Add => dynasm!($ops; add $register($to), $value),
            Integer::Subtract => dynasm!($ops; sub $register($to), $value),
            Integer::Multiply => dynasm!($ops; imul $register($to), $register($to), $value),
            Integer::And => dynasm!($ops; and $register($to), $value),
            Integer::Or => dynasm!($ops; or $register($to), $value),
            Integer::Xor => dynasm!($ops; xor $register($to), $value),
        }
    };
}
macro_rules! for_short_immediate {
    ($ops:expr, $operation:expr, $register:ident, $to:expr, $value:expr) => {
        match $operation {
            Integer::Add => dynasm!($ops; add $register($to), BYTE $value),
            Integer::Subtract => dynasm!($ops; sub $register($to), BYTE $value),
            Integer::Multiply => dynasm!($ops; imul $register($to), $register($to), BYTE $value),
            Integer::And => dynasm!($ops; and $register($to), BYTE $value),
            Integer::Or => dynasm!($ops; or $register($to), BYTE $value),
            Integer::Xor => dynasm!($ops; xor $register($to), BYTE $value),
        }
    };
}
macro_rules! for_shift {
    ($ops:expr, $shift:expr, $register:ident, $to:expr, $count:expr) => {
        match $shift {
            Shift::Left => dynasm!($ops; shl $register($to), $count),
            Shift::Right => dynasm!($ops; shr $register($to), $count),
            Shift::Arithmetic => dynasm!($ops; sar $register($to), $count),
            Shift::RotateLeft => dynasm!($ops; rol $register($to), $count),
            Shift::RotateRight => dynasm!($ops; ror $register($to), $count),
        }
    };
}
macro_rules! for_shift_cl {
    ($ops:expr, $shift:expr, $register:ident, $to:expr) => {
        match $shift {
            Shift::Left => dynasm!($ops; shl $register($to), cl),
            Shift::Right => dynasm!($ops; shr $register($to), cl),
            Shift::Arithmetic => dynasm!($ops; sar $register($to), cl),
            Shift::RotateLeft => dynasm!($ops; rol $register($to), cl),
            Shift::RotateRight => dynasm!($ops; ror $register($to), cl),
        }
    };
}

impl Emitter<'_> {
    /// A constant that fits an immediate operand.
    fn immediate(&self, reference: Ref) -> Option<i32> {
        match self.trace.constant_at(reference)? {
            Constant::Integer(value) => Some(value),
            Constant::Int64(value) => i32::try_from(value).ok(),
            Constant::Pointer(bits) => i32::try_from(bits).ok(),
            _ => None,
        }
    }
    fn apply(&mut self, operation: Integer, is_wide: bool, to: Register, other: Register) {
        if is_wide {
            for_integer!(self.ops, operation, Rq, to, other);
        } else {
            for_integer!(self.ops, operation, Rd, to, other);
        }
    }
    fn apply_immediate(&mut self, operation: Integer, is_wide: bool, to: Register, value: i32) {
        match (is_wide, i8::try_from(value)) {
            (true, Ok(short)) => for_short_immediate!(self.ops, operation, Rq, to, short),
            (false, Ok(short)) => for_short_immediate!(self.ops, operation, Rd, to, short),
            (true, Err(_)) => for_immediate!(self.ops, operation, Rq, to, value),
            (false, Err(_)) => for_immediate!(self.ops, operation, Rd, to, value),
        }
    }
    fn move_integer(&mut self, is_wide: bool, to: Register, from: Register) {
        if to != from {
            if is_wide {
                dynasm!(self.ops; mov Rq(to), Rq(from));
            } else {
                dynasm!(self.ops; mov Rd(to), Rd(from));
            }
        }
    }
    fn arithmetic(&mut self, operation: Integer, is_wide: bool) -> Result<(), CompileError> {
        let to = self.result()?;
        let (mut left, mut right) = (self.operand(0), self.operand(1));
        if operation.commutes() && self.immediate(left).is_some() {
            (left, right) = (right, left);
        }
        if let Some(value) = self.immediate(right) {
            let first = self.general(left)?;
            let is_plain = !self.trace.instructions[self.index].operation.is_guard();
            if is_plain && first != to && matches!(operation, Integer::Add | Integer::Subtract) {
                // No flags are wanted: one instruction with its own destination.
                let offset = if operation == Integer::Add {
                    Some(value)
                } else {
                    value.checked_neg()
                };
                if let Some(offset) = offset {
                    let sum = Memory::Base(first, offset);
                    if is_wide {
                        memory!(self.ops, sum, [lea Rq(to),][]);
                    } else {
                        memory!(self.ops, sum, [lea Rd(to),][]);
                    }
                    return Ok(());
                }
            }
            self.move_integer(is_wide, to, first);
            self.apply_immediate(operation, is_wide, to, value);
            return Ok(());
        }
        let second = self.general(right)?;
        if second == RAX {
            // A wide constant; the first operand then is a register.
            let first = self.general(left)?;
            if first == RAX {
                return Err(CompileError::Unsupported("arithmetic on two constants"));
            }
            self.move_integer(is_wide, to, first);
            self.apply(operation, is_wide, to, RAX);
            return Ok(());
        }
        let first = self.general(left)?;
        if to == second && to != first {
            if operation.commutes() {
                self.apply(operation, is_wide, to, first);
            } else {
                self.move_integer(is_wide, RAX, first);
                self.apply(operation, is_wide, RAX, second);
                // `mov` leaves the flags for the overflow test.
                self.move_integer(is_wide, to, RAX);
            }
            return Ok(());
        }
        self.move_integer(is_wide, to, first);
        self.apply(operation, is_wide, to, second);
        Ok(())
    }
    fn shift(&mut self, shift: Shift, is_wide: bool) -> Result<(), CompileError> {
        let to = self.result()?;
        if let Some(count) = self.immediate(self.operand(1)) {
            let count = (count & if is_wide { 63 } else { 31 }) as i8;
            let from = self.general(self.operand(0))?;
            self.move_integer(is_wide, to, from);
            if is_wide {
                for_shift!(self.ops, shift, Rq, to, count);
            } else {
                for_shift!(self.ops, shift, Rd, to, count);
            }
            return Ok(());
        }
        let from = self.general(self.operand(0))?;
        let count = self.general(self.operand(1))?;
        if count == RAX {
            return Err(CompileError::Unsupported("a shift by a wide constant"));
        }
        if self.features.bmi2 && from != RAX && self.plain_shift(shift, is_wide, to, from, count) {
            return Ok(());
        }
        self.move_integer(is_wide, RAX, from);
        if count != RCX {
            dynasm!(self.ops; xchg Rq(RCX), Rq(count));
        }
        if is_wide {
            for_shift_cl!(self.ops, shift, Rq, RAX);
        } else {
            for_shift_cl!(self.ops, shift, Rd, RAX);
        }
        if count != RCX {
            dynasm!(self.ops; xchg Rq(RCX), Rq(count));
        }
        self.move_integer(is_wide, to, RAX);
        Ok(())
    }
    /// With the forms of BMI2; rotations have none.
    fn plain_shift(
        &mut self,
        shift: Shift,
        is_wide: bool,
        to: Register,
        from: Register,
        count: Register,
    ) -> bool {
        match (shift, is_wide) {
            (Shift::Left, false) => dynasm!(self.ops; shlx Rd(to), Rd(from), Rd(count)),
            (Shift::Right, false) => dynasm!(self.ops; shrx Rd(to), Rd(from), Rd(count)),
            (Shift::Arithmetic, false) => dynasm!(self.ops; sarx Rd(to), Rd(from), Rd(count)),
            (Shift::Left, true) => dynasm!(self.ops; shlx Rq(to), Rq(from), Rq(count)),
            (Shift::Right, true) => dynasm!(self.ops; shrx Rq(to), Rq(from), Rq(count)),
            (Shift::Arithmetic, true) => dynasm!(self.ops; sarx Rq(to), Rq(from), Rq(count)),
            _ => return false,
        }
        true
    }
    /// One operand: moved to the result, then changed in place.
    fn unary(&mut self, operation: Operation) -> Result<(), CompileError> {
        let to = self.result()?;
        let from = self.general(self.operand(0))?;
        match operation {
            Operation::SignExtend64 => dynasm!(self.ops; movsxd Rq(to), Rd(from)),
            Operation::ZeroExtend64 | Operation::Truncate64 => {
                dynasm!(self.ops; mov Rd(to), Rd(from));
            }
            Operation::AddressOf => self.move_general(to, from),
            Operation::BitNot64 => {
                self.move_general(to, from);
                dynasm!(self.ops; not Rq(to));
            }
            _ => {
                self.move_integer(false, to, from);
                match operation {
                    Operation::BitNot => dynasm!(self.ops; not Rd(to)),
                    Operation::NegateInteger => dynasm!(self.ops; neg Rd(to)),
                    _ => dynasm!(self.ops; bswap Rd(to)),
                }
            }
        }
        Ok(())
    }

    /// Integer operations; false if `operation` is none of them.
    pub fn lower_integer(&mut self, operation: Operation) -> Result<bool, CompileError> {
        match operation {
            Operation::AddInteger => self.arithmetic(Integer::Add, false)?,
            Operation::SubtractInteger => self.arithmetic(Integer::Subtract, false)?,
            Operation::MultiplyInteger => self.arithmetic(Integer::Multiply, false)?,
            Operation::AddOverflow | Operation::SubtractOverflow => {
                let exit = self.exit_label()?;
                self.arithmetic(
                    if operation == Operation::AddOverflow {
                        Integer::Add
                    } else {
                        Integer::Subtract
                    },
                    false,
                )?;
                dynasm!(self.ops; jo =>exit);
            }
            Operation::MultiplyOverflow => self.multiply_overflow()?,
            Operation::BitAnd => self.arithmetic(Integer::And, false)?,
            Operation::BitOr => self.arithmetic(Integer::Or, false)?,
            Operation::BitXor => self.arithmetic(Integer::Xor, false)?,
            Operation::Add64 => self.arithmetic(Integer::Add, true)?,
            Operation::Subtract64 => self.arithmetic(Integer::Subtract, true)?,
            Operation::Multiply64 => self.arithmetic(Integer::Multiply, true)?,
            Operation::BitAnd64 => self.arithmetic(Integer::And, true)?,
            Operation::BitOr64 => self.arithmetic(Integer::Or, true)?,
            Operation::BitXor64 => self.arithmetic(Integer::Xor, true)?,
            Operation::ShiftLeft => self.shift(Shift::Left, false)?,
            Operation::ShiftRight => self.shift(Shift::Right, false)?,
            Operation::ShiftRightArithmetic => self.shift(Shift::Arithmetic, false)?,
            Operation::RotateLeft => self.shift(Shift::RotateLeft, false)?,
            Operation::RotateRight => self.shift(Shift::RotateRight, false)?,
            Operation::ShiftLeft64 => self.shift(Shift::Left, true)?,
            Operation::ShiftRight64 => self.shift(Shift::Right, true)?,
            Operation::ShiftRightArithmetic64 => self.shift(Shift::Arithmetic, true)?,
            Operation::BitNot
            | Operation::NegateInteger
            | Operation::ByteSwap
            | Operation::SignExtend64
            | Operation::ZeroExtend64
            | Operation::Truncate64
            | Operation::AddressOf
            | Operation::BitNot64 => self.unary(operation)?,
            Operation::Equal
            | Operation::NotEqual
            | Operation::Less
            | Operation::NotLess
            | Operation::LessEqual
            | Operation::NotLessEqual
            | Operation::Bounds
            | Operation::UnsignedLess
            | Operation::UnsignedNotLess => self.compare(operation)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
    fn multiply_overflow(&mut self) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let to = self.result()?;
        self.arithmetic(Integer::Multiply, false)?;
        dynasm!(self.ops; jo =>exit);
        // 0 is -0 where an operand is negative.
        let mut operands = [None; 2];
        let mut constant_sign = None;
        for (at, register) in operands.iter_mut().enumerate() {
            match self.immediate(self.operand(at)) {
                Some(value) => constant_sign = Some(value),
                None => *register = Some(self.general(self.operand(at))?),
            }
        }
        match constant_sign {
            // With a positive constant the product is 0 only for 0 itself.
            Some(value) if value > 0 => return Ok(()),
            Some(value) if value < 0 => {
                dynasm!(self.ops; test Rd(to), Rd(to); je =>exit);
                return Ok(());
            }
            _ => {}
        }
        let (label, back) = (self.ops.new_dynamic_label(), self.ops.new_dynamic_label());
        dynasm!(self.ops; test Rd(to), Rd(to); je =>label;=> back);
        self.cold.push(Cold::Zero {
            operands,
            label,
            back,
            site: exit,
        });
        Ok(())
    }
    /// Emits the comparison of the operands.
    fn emit_compare(&mut self, is_wide: bool) -> Result<(), CompileError> {
        let (left, right) = (self.operand(0), self.operand(1));
        if let Some(load) = self.plan.memory_operand(self.trace, right) {
            // Bounds against a field of four bytes (the plan keeps constant indexes out).
            let first = self.general(left)?;
            let place = self.address(load)?;
            memory!(self.ops, place, [cmp Rd(first), DWORD][]);
            return Ok(());
        }
        if let Some(load) = self.plan.memory_operand(self.trace, left) {
            return self.compare_field(load, right);
        }
        if let Some(value) = self.immediate(right) {
            let first = self.general(left)?;
            match (is_wide, value) {
                (true, 0) => dynasm!(self.ops; test Rq(first), Rq(first)),
                (false, 0) => dynasm!(self.ops; test Rd(first), Rd(first)),
                (true, _) => dynasm!(self.ops; cmp Rq(first), value),
                (false, _) => dynasm!(self.ops; cmp Rd(first), value),
            }
            return Ok(());
        }
        if let Some(constant) = right.as_constant() {
            let first = self.general(left)?;
            if first == RAX {
                return Err(CompileError::Unsupported("a comparison of two constants"));
            }
            let bits = self.constant_bits(constant as u32);
            let place = self.pool(bits);
            memory!(self.ops, place, [cmp Rq(first), QWORD][]);
            return Ok(());
        }
        let second = self.general(right)?;
        let first = self.general(left)?;
        if is_wide {
            dynasm!(self.ops; cmp Rq(first), Rq(second));
        } else {
            dynasm!(self.ops; cmp Rd(first), Rd(second));
        }
        Ok(())
    }
    fn compare(&mut self, operation: Operation) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let is_wide = self.ty(self.operand(0)) != Type::Integer;
        self.emit_compare(is_wide)?;
        match operation {
            Operation::Equal => dynasm!(self.ops; jne =>exit),
            Operation::NotEqual => dynasm!(self.ops; je =>exit),
            Operation::Less => dynasm!(self.ops; jge =>exit),
            Operation::NotLess => dynasm!(self.ops; jl =>exit),
            Operation::LessEqual => dynasm!(self.ops; jg =>exit),
            Operation::NotLessEqual => dynasm!(self.ops; jle =>exit),
            Operation::Bounds => dynasm!(self.ops; ja =>exit),
            Operation::UnsignedLess => dynasm!(self.ops; jae =>exit),
            _ => dynasm!(self.ops; jb =>exit),
        }
        Ok(())
    }
    /// A field in memory beside a constant, for equality.
    fn compare_field(&mut self, load: usize, right: Ref) -> Result<(), CompileError> {
        let bits = match right.as_constant() {
            Some(constant) => self.constant_bits(constant as u32),
            None => return Err(CompileError::Unsupported("a field beside a variable")),
        };
        let bytes = super::memory::field_bytes(self.trace.instructions[load].literal);
        let place = self.address(load)?;
        match (bytes, i32::try_from(bits as i64)) {
            (1, _) => memory!(self.ops, place, [cmp BYTE][, bits as i8]),
            (4, _) => memory!(self.ops, place, [cmp DWORD][, bits as u32 as i32]),
            (_, Ok(value)) => memory!(self.ops, place, [cmp QWORD][, value]),
            (_, Err(_)) => {
                memory!(self.ops, place, [mov rax, QWORD][]);
                let pool = self.pool(bits);
                memory!(self.ops, pool, [cmp rax, QWORD][]);
            }
        }
        Ok(())
    }
}
