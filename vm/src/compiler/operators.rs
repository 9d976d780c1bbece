//! Arithmetic, bit operators and comparisons: folding of constants and the choice of instruction.
//!
//! Example: `x * 2` with local `x` is `mulrk`, `2 * x` is `mulkr`, `2 * 3` is the constant 6 and `0 / 0` is
//! computed at run time, because a constant must be neither NaN nor -0 (LuaJIT's rule).
//!
//! Invariant: folding gives the same bits as the interpreter would. It does not fold strings or 64-bit literals.

use super::SemanticError;
use super::builder::{Builder, Carried, PendingJump, short_integer};
use super::operand::{Key, Operand, Value};
use crate::bytecode::Opcode;

/// A binary operator that gives a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    ShiftRightSigned,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A unary operator other than `not`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Negate,
    Length,
    BitNot,
}

/// The 32 bits that bit operators work on: rounded to the nearest integer, modulo 2^32.
fn number_to_bits(number: f64) -> i32 {
    // Adding 2^52 + 2^51 leaves the integer in the low bits of the mantissa.
    (number + 6_755_399_441_055_744.0).to_bits() as i32
}

/// The result of an operation on constants, unless it must be left to run time.
fn fold(op: Arithmetic, left: f64, right: f64) -> Option<f64> {
    let bits = |operation: fn(i32, i32) -> i32| {
        Some(f64::from(operation(
            number_to_bits(left),
            number_to_bits(right),
        )))
    };
    let result = match op {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Modulo => left - (left / right).floor() * right,
        Arithmetic::Power => left.powf(right),
        Arithmetic::BitAnd => return bits(|a, b| a & b),
        Arithmetic::BitOr => return bits(|a, b| a | b),
        Arithmetic::BitXor => return bits(|a, b| a ^ b),
        Arithmetic::ShiftLeft => return bits(|a, b| a.wrapping_shl(b as u32 & 31)),
        Arithmetic::ShiftRight => {
            return bits(|a, b| (a as u32).wrapping_shr(b as u32 & 31) as i32);
        }
        Arithmetic::ShiftRightSigned => return bits(|a, b| a.wrapping_shr(b as u32 & 31)),
    };
    let is_negative_zero = result == 0.0 && result.is_sign_negative();
    (!result.is_nan() && !is_negative_zero).then_some(result)
}

/// The instructions for two registers, register and constant, constant and register.
fn arithmetic_opcodes(op: Arithmetic) -> (Opcode, Option<(Opcode, Opcode)>) {
    match op {
        Arithmetic::Add => (Opcode::Add, Some((Opcode::AddRK, Opcode::AddKR))),
        Arithmetic::Subtract => (
            Opcode::Subtract,
            Some((Opcode::SubtractRK, Opcode::SubtractKR)),
        ),
        Arithmetic::Multiply => (
            Opcode::Multiply,
            Some((Opcode::MultiplyRK, Opcode::MultiplyKR)),
        ),
        Arithmetic::Divide => (Opcode::Divide, Some((Opcode::DivideRK, Opcode::DivideKR))),
        Arithmetic::Modulo => (Opcode::Modulo, Some((Opcode::ModuloRK, Opcode::ModuloKR))),
        Arithmetic::Power => (Opcode::Power, None),
        Arithmetic::BitAnd => (Opcode::BitAnd, None),
        Arithmetic::BitOr => (Opcode::BitOr, None),
        Arithmetic::BitXor => (Opcode::BitXor, None),
        Arithmetic::ShiftLeft => (Opcode::ShiftLeft, None),
        Arithmetic::ShiftRight => (Opcode::ShiftRight, None),
        Arithmetic::ShiftRightSigned => (Opcode::ShiftRightArithmetic, None),
    }
}

impl Builder {
    /// Index of a number constant if it fits 8 bits.
    fn short_number_constant(&mut self, operand: &Operand) -> Option<u8> {
        let number = operand.as_number()?;
        u8::try_from(self.number_constant(number)).ok()
    }

    /// Prepares the left side of an arithmetic operator before the right side is compiled.
    pub fn arithmetic_left(
        &mut self,
        operand: Operand,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        if operand.as_number().is_some() {
            return Ok(operand);
        }
        Ok(Value::Register(self.place_in_any(operand, active)?).into())
    }

    /// Emits an arithmetic operator; `mark` is the free register before its left side.
    pub fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: Operand,
        right: Operand,
        mark: u32,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        if let (Some(a), Some(b)) = (left.as_number(), right.as_number())
            && let Some(result) = fold(op, a, b)
        {
            self.free_register = mark;
            return Ok(Value::Number(result).into());
        }
        let (register_form, constant_forms) = arithmetic_opcodes(op);
        if let Some((right_form, left_form)) = constant_forms {
            if left.as_number().is_none()
                && let Some(constant) = self.short_number_constant(&right)
            {
                let register = self.place_in_any(left, active)?;
                self.free_register = mark;
                let pc = self.emit_abc(right_form, 0, register, constant, &[])?;
                return Ok(Value::Pending { pc }.into());
            }
            if right.as_number().is_none()
                && let Some(constant) = self.short_number_constant(&left)
            {
                let register = self.place_in_any(right, active)?;
                self.free_register = mark;
                let pc = self.emit_abc(left_form, 0, constant, register, &[])?;
                return Ok(Value::Pending { pc }.into());
            }
        }
        let right = self.place_in_any(right, active)?;
        let left = self.place_in_any(left, active)?;
        self.free_register = mark;
        let pc = self.emit_abc(register_form, 0, left, right, &[])?;
        Ok(Value::Pending { pc }.into())
    }

    /// Emits a unary operator.
    pub fn unary(
        &mut self,
        op: Unary,
        operand: Operand,
        mark: u32,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        match (op, operand.as_number()) {
            // -0 must be computed: it is never a constant.
            (Unary::Negate, Some(number)) if number != 0.0 => {
                return Ok(Value::Number(-number).into());
            }
            (Unary::BitNot, Some(number)) => {
                return Ok(Value::Number(f64::from(!number_to_bits(number))).into());
            }
            _ => {}
        }
        if op == Unary::Negate
            && let Value::Boxed(constant) = &operand.value
            && !operand.has_jumps()
        {
            use crate::bytecode::Constant;
            let negated = match constant {
                Constant::Integer64(value) => Constant::Integer64(value.wrapping_neg()),
                Constant::Unsigned64(value) => Constant::Unsigned64(value.wrapping_neg()),
                Constant::Imaginary(value) => Constant::Imaginary(-value),
                other => other.clone(),
            };
            return Ok(Value::Boxed(negated).into());
        }
        let opcode = match op {
            Unary::Negate => Opcode::Negate,
            Unary::Length => Opcode::Length,
            Unary::BitNot => Opcode::BitNot,
        };
        let register = self.place_in_any(operand, active)?;
        self.free_register = mark;
        let pc = self.emit_ad(opcode, 0, u16::from(register), &[])?;
        Ok(Value::Pending { pc }.into())
    }

    /// Negates the truth of an operand.
    pub fn negation(
        &mut self,
        mut operand: Operand,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        // `not` gives true or false: the tested values are lost.
        for jump in operand
            .true_jumps
            .iter_mut()
            .chain(&mut operand.false_jumps)
        {
            self.drop_value(jump);
        }
        std::mem::swap(&mut operand.true_jumps, &mut operand.false_jumps);
        if let Value::Negated(register) = operand.value {
            // `not not x`: the inner result is needed as a boolean.
            let mark = if u32::from(register) >= active {
                u32::from(register)
            } else {
                self.free_register
            };
            self.discharge(&mut operand, active)?;
            self.free_register = mark;
        } else {
            self.discharge(&mut operand, active)?;
        }
        operand.value = match operand.value {
            Value::Nil | Value::False => Value::True,
            Value::True | Value::Number(_) | Value::String(_) | Value::Boxed(_) => Value::False,
            Value::Comparison { jump } => {
                self.invert_condition(jump);
                Value::Comparison { jump }
            }
            Value::Register(register) => Value::Negated(register),
            Value::Pending { pc } => {
                let register = self.reserve(1)?;
                self.set_a(pc, register);
                Value::Negated(register)
            }
            other => other,
        };
        Ok(operand)
    }

    /// Emits a comparison; `mark` is the free register before its left side.
    pub fn comparison(
        &mut self,
        op: Comparison,
        left: Operand,
        right: Operand,
        mark: u32,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        let right = self.place_unless_constant(right, active)?;
        let (opcode, a, d) = match op {
            Comparison::Equal | Comparison::NotEqual => {
                self.equality_operands(op == Comparison::Equal, left, right, active)?
            }
            _ => self.order_operands(op, left, right, active)?,
        };
        self.free_register = mark;
        let jump = self.emit_condition(opcode, a, d)?;
        Ok(Value::Comparison { jump: jump.pc }.into())
    }

    fn equality_operands(
        &mut self,
        equal: bool,
        left: Operand,
        right: Operand,
        active: u32,
    ) -> Result<(Opcode, u8, u16), SemanticError> {
        // A constant goes to the right.
        let (left, right) = if left.is_plain_constant() {
            (right, left)
        } else {
            (left, right)
        };
        let register = self.place_in_any(left, active)?;
        let choose = |when_equal, when_not| if equal { when_equal } else { when_not };
        let primitive = choose(Opcode::IfEqualPrimitive, Opcode::IfNotEqualPrimitive);
        let constant_form = choose(Opcode::IfEqualK, Opcode::IfNotEqualK);
        let constant = match &right.value {
            Value::Nil => return Ok((primitive, register, 0)),
            Value::False => return Ok((primitive, register, 1)),
            Value::True => return Ok((primitive, register, 2)),
            Value::Number(number) => {
                let number = *number;
                u16::try_from(self.number_constant(number)).ok()
            }
            Value::String(string) => u16::try_from(self.string_constant(&string.clone())).ok(),
            _ => None,
        };
        if let Some(index) = constant {
            return Ok((constant_form, register, index));
        }
        let other = self.place_in_any(right, active)?;
        let form = choose(Opcode::IfEqual, Opcode::IfNotEqual);
        Ok((form, register, u16::from(other)))
    }

    fn order_operands(
        &mut self,
        op: Comparison,
        left: Operand,
        right: Operand,
        active: u32,
    ) -> Result<(Opcode, u8, u16), SemanticError> {
        if left.as_number().is_none()
            && let Some(number) = right.as_number()
            && let Ok(index) = u16::try_from(self.number_constant(number))
        {
            let form = match op {
                Comparison::Less => Opcode::IfLessK,
                Comparison::LessEqual => Opcode::IfLessEqualK,
                Comparison::Greater => Opcode::IfGreaterK,
                _ => Opcode::IfGreaterEqualK,
            };
            return Ok((form, self.place_in_any(left, active)?, index));
        }
        if right.as_number().is_none()
            && let Some(number) = left.as_number()
            && let Ok(index) = u16::try_from(self.number_constant(number))
        {
            let form = match op {
                Comparison::Less => Opcode::IfGreaterK,
                Comparison::LessEqual => Opcode::IfGreaterEqualK,
                Comparison::Greater => Opcode::IfLessK,
                _ => Opcode::IfLessEqualK,
            };
            return Ok((form, self.place_in_any(right, active)?, index));
        }
        let right = self.place_in_any(right, active)?;
        let left = self.place_in_any(left, active)?;
        let (right_wide, left_wide) = (u16::from(right), u16::from(left));
        Ok(match op {
            Comparison::Less => (Opcode::IfLess, left, right_wide),
            Comparison::LessEqual => (Opcode::IfLessEqual, left, right_wide),
            // a > b is b < a.
            Comparison::Greater => (Opcode::IfLess, right, left_wide),
            _ => (Opcode::IfLessEqual, right, left_wide),
        })
    }

    /// Makes an index operand from an object in a register and a key.
    pub fn index(
        &mut self,
        object: u8,
        key: Operand,
        mark: u32,
        active: u32,
    ) -> Result<Value, SemanticError> {
        let key = match &key.value {
            _ if key.has_jumps() => Key::Register(self.place_in_any(key, active)?),
            Value::String(name) => Key::Field(self.string_constant(&name.clone())),
            Value::Number(number) => match short_integer(*number).map(u8::try_from) {
                Some(Ok(integer)) => Key::Integer(integer),
                _ => Key::Register(self.place_in_any(key, active)?),
            },
            _ => Key::Register(self.place_in_any(key, active)?),
        };
        Ok(Value::Index { object, key, mark })
    }

    /// The unconditional jump of a condition operand that is always false, if it is one.
    pub fn constant_false_jump(
        &mut self,
        operand: &Operand,
    ) -> Result<Option<PendingJump>, SemanticError> {
        match operand.value {
            Value::Nil | Value::False if !operand.has_jumps() => {
                let jump = self.emit_jump()?;
                debug_assert_eq!(jump.carried, Carried::Nothing);
                Ok(Some(jump))
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_follows_luajit() {
        assert_eq!(fold(Arithmetic::Add, 1.0, 2.0), Some(3.0));
        assert_eq!(fold(Arithmetic::Modulo, -5.0, 3.0), Some(1.0));
        assert_eq!(fold(Arithmetic::Divide, 1.0, 0.0), Some(f64::INFINITY));
        assert_eq!(fold(Arithmetic::Divide, 0.0, 0.0), None);
        assert_eq!(fold(Arithmetic::Multiply, -1.0, 0.0), None);
        assert_eq!(fold(Arithmetic::BitAnd, 4294967295.0, 255.0), Some(255.0));
        assert_eq!(fold(Arithmetic::ShiftLeft, 1.0, 31.0), Some(-2147483648.0));
        assert_eq!(fold(Arithmetic::ShiftRight, -1.0, 28.0), Some(15.0));
        assert_eq!(fold(Arithmetic::ShiftRightSigned, -16.0, 2.0), Some(-4.0));
        assert_eq!(number_to_bits(2147483648.0), i32::MIN);
        assert_eq!(number_to_bits(2.5), 2);
    }
}
