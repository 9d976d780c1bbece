//! Lowering of arithmetic on numbers, conversions and comparisons of numbers.
//!
//! Worked example: `Less a b` leaves unless a < b. `ucomisd b, a` sets carry or zero unless b is above a, and carry when one of them is
//! NaN: `jbe exit` is right for NaN too, without a second test.
//!
//! Invariants: results equal the interpreter's bit for bit: operands keep their order (which NaN is passed on depends on it), nothing
//! is fused or reassociated.

use super::super::{CompileError, FIRST_FLOAT};
use super::emit::{Emitter, FloatOperand, Memory, memory};
use super::{FLOAT_SCRATCH, RAX};
use crate::ir::{Operation, Ref, Type};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};

/// Two-operand arithmetic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FloatOperation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
    And,
    Xor,
}

/// What `bit.tobit` adds: it moves the low 32 bits of the integer into those of the mantissa.
const BIAS: f64 = 6_755_399_441_055_744.0;
/// Immediate of `roundsd`: down, up.
const ROUND_DOWN: i8 = 9;
const ROUND_UP: i8 = 10;

macro_rules! avx_binary {
    ($ops:expr, $operation:expr, $to:expr, $first:expr, $second:expr, $($name:ident $variant:ident;)*) => {
        match ($operation, $second) {
            $(
                (FloatOperation::$variant, FloatOperand::Register(second)) => {
                    dynasm!($ops; $name Rx($to), Rx($first), Rx(second))
                }
                (FloatOperation::$variant, FloatOperand::Memory(place)) => {
                    memory!($ops, place, [$name Rx($to), Rx($first),] [])
                }
            )*
        }
    };
}
macro_rules! sse_binary {
    ($ops:expr, $operation:expr, $to:expr, $second:expr, $($name:ident $variant:ident;)*) => {
        match ($operation, $second) {
            $(
                (FloatOperation::$variant, FloatOperand::Register(second)) => {
                    dynasm!($ops; $name Rx($to), Rx(second))
                }
                (FloatOperation::$variant, FloatOperand::Memory(place)) => {
                    memory!($ops, place, [$name Rx($to),] [])
                }
            )*
        }
    };
}

impl Emitter<'_> {
    /// `to = first ∘ second`.
    pub fn float_binary(
        &mut self,
        operation: FloatOperation,
        to: u8,
        first: u8,
        second: FloatOperand,
    ) {
        if self.features.avx {
            avx_binary!(self.ops, operation, to, first, second,
                vaddsd Add; vsubsd Subtract; vmulsd Multiply; vdivsd Divide; vminsd Minimum; vmaxsd Maximum;
                vandpd And; vxorpd Xor;);
            return;
        }
        // Two operands: the first is overwritten. Where the result's register holds the second, the scratch register takes the first's
        // part (it may hold it already: a constant).
        let is_second = matches!(second, FloatOperand::Register(register) if register == to);
        if is_second && first != to {
            self.move_float(FLOAT_SCRATCH, first);
            self.float_binary_sse(operation, FLOAT_SCRATCH, second);
            self.move_float(to, FLOAT_SCRATCH);
            return;
        }
        self.move_float(to, first);
        self.float_binary_sse(operation, to, second);
    }
    /// `to = to ∘ second`.
    fn float_binary_sse(&mut self, operation: FloatOperation, to: u8, second: FloatOperand) {
        sse_binary!(self.ops, operation, to, second,
            addsd Add; subsd Subtract; mulsd Multiply; divsd Divide; minsd Minimum; maxsd Maximum;
            andpd And; xorpd Xor;);
    }
    fn compare_float(&mut self, first: u8, second: FloatOperand) {
        match (self.features.avx, second) {
            (true, FloatOperand::Register(second)) => {
                dynasm!(self.ops; vucomisd Rx(first), Rx(second));
            }
            (true, FloatOperand::Memory(place)) => {
                memory!(self.ops, place, [vucomisd Rx(first), QWORD][]);
            }
            (false, FloatOperand::Register(second)) => {
                dynasm!(self.ops; ucomisd Rx(first), Rx(second));
            }
            (false, FloatOperand::Memory(place)) => {
                memory!(self.ops, place, [ucomisd Rx(first), QWORD][]);
            }
        }
    }
    fn round(&mut self, to: u8, from: u8, mode: i8) {
        if self.features.avx {
            dynasm!(self.ops; vroundsd Rx(to), Rx(from), Rx(from), mode);
        } else {
            dynasm!(self.ops; roundsd Rx(to), Rx(from), mode);
        }
    }
    fn binary(&mut self, operation: FloatOperation) -> Result<(), CompileError> {
        let to = self.float_result()?;
        let second = self.float_operand(self.operand(1))?;
        let first = self.float(self.operand(0))?;
        self.float_binary(operation, to, first, second);
        Ok(())
    }
    /// Through a mask that lies, aligned, in the shared code.
    fn masked(&mut self, operation: FloatOperation, mask: usize) -> Result<(), CompileError> {
        let to = self.float_result()?;
        let first = self.float(self.operand(0))?;
        let address = mask;
        if self.features.avx {
            self.load_bits(RAX, address as u64);
            self.float_binary(
                operation,
                to,
                first,
                FloatOperand::Memory(Memory::Base(RAX, 0)),
            );
        } else {
            self.move_float(to, first);
            self.load_bits(RAX, address as u64);
            self.float_binary(
                operation,
                to,
                to,
                FloatOperand::Memory(Memory::Base(RAX, 0)),
            );
        }
        Ok(())
    }

    /// Operations whose result is a number, and comparisons; false if `operation` is none of them.
    pub fn lower_number(&mut self, operation: Operation) -> Result<bool, CompileError> {
        match operation {
            Operation::Add => self.binary(FloatOperation::Add)?,
            Operation::Subtract => self.binary(FloatOperation::Subtract)?,
            Operation::Multiply => self.binary(FloatOperation::Multiply)?,
            Operation::Divide => self.binary(FloatOperation::Divide)?,
            Operation::Minimum => self.binary(FloatOperation::Minimum)?,
            Operation::Maximum => self.binary(FloatOperation::Maximum)?,
            Operation::Modulo => self.modulo()?,
            Operation::Power => self.power()?,
            Operation::Negate => {
                self.masked(FloatOperation::Xor, self.environment.stubs.sign_mask)?;
            }
            Operation::Absolute => {
                self.masked(FloatOperation::And, self.environment.stubs.absolute_mask)?;
            }
            Operation::SquareRoot => {
                let to = self.float_result()?;
                let from = self.float(self.operand(0))?;
                if self.features.avx {
                    dynasm!(self.ops; vsqrtsd Rx(to), Rx(from), Rx(from));
                } else {
                    dynasm!(self.ops; sqrtsd Rx(to), Rx(from));
                }
            }
            Operation::Floor | Operation::Ceil => {
                let to = self.float_result()?;
                let from = self.float(self.operand(0))?;
                let is_floor = operation == Operation::Floor;
                self.round(to, from, if is_floor { ROUND_DOWN } else { ROUND_UP });
            }
            Operation::IntegerToNumber => {
                let to = self.float_result()?;
                let from = self.general(self.operand(0))?;
                self.integer_to_float(to, from);
            }
            Operation::UnsignedToNumber => {
                let to = self.float_result()?;
                let from = self.general(self.operand(0))?;
                dynasm!(self.ops; mov eax, Rd(from));
                self.wide_to_float(to, RAX);
            }
            Operation::Int64ToNumber => {
                let to = self.float_result()?;
                let from = self.general(self.operand(0))?;
                self.wide_to_float(to, from);
            }
            Operation::UInt64ToNumber => self.unsigned_wide()?,
            Operation::NumberToInteger => self.number_to_integer()?,
            Operation::NumberToBits => self.number_to_bits()?,
            Operation::NumberToInt64 => {
                let to = self.result()?;
                let from = self.float(self.operand(0))?;
                if self.features.avx {
                    dynasm!(self.ops; vcvttsd2si Rq(to), Rx(from));
                } else {
                    dynasm!(self.ops; cvttsd2si Rq(to), Rx(from));
                }
            }
            Operation::Equal
            | Operation::NotEqual
            | Operation::Less
            | Operation::NotLess
            | Operation::LessEqual
            | Operation::NotLessEqual
                if self.is_number(0) =>
            {
                self.compare_numbers(operation)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
    fn is_number(&self, operand: usize) -> bool {
        self.ty(self.operand(operand)) == Type::Number
    }
    /// `a - floor(a / b) * b`.
    fn modulo(&mut self) -> Result<(), CompileError> {
        let to = self.float_result()?;
        let divisor = self.float_operand(self.operand(1))?;
        // Constants as first operand come into the result's register (it differs from the operands').
        let first = match self.float_operand(self.operand(0))? {
            FloatOperand::Register(register) => register,
            FloatOperand::Memory(place) => {
                self.load_float(to, place);
                to
            }
        };
        let scratch = FLOAT_SCRATCH;
        self.float_binary(FloatOperation::Divide, scratch, first, divisor);
        self.round(scratch, scratch, ROUND_DOWN);
        self.float_binary(FloatOperation::Multiply, scratch, scratch, divisor);
        self.float_binary(
            FloatOperation::Subtract,
            to,
            first,
            FloatOperand::Register(scratch),
        );
        Ok(())
    }
    fn wide_to_float(&mut self, to: u8, from: u8) {
        if self.features.avx {
            dynasm!(self.ops; vxorps Rx(to), Rx(to), Rx(to); vcvtsi2sd Rx(to), Rx(to), Rq(from));
        } else {
            dynasm!(self.ops; xorps Rx(to), Rx(to); cvtsi2sd Rx(to), Rq(from));
        }
    }
    /// Halves what has the sign bit (keeping the lowest bit for rounding), converts, doubles.
    fn unsigned_wide(&mut self) -> Result<(), CompileError> {
        let to = self.float_result()?;
        let from = self.general(self.operand(0))?;
        dynasm!(self.ops; mov rax, Rq(from); test rax, rax; js >large);
        self.wide_to_float(to, RAX);
        dynasm!(self.ops; jmp >done; large: ; shr rax, 1; jnc >even; or rax, 1; even:);
        self.wide_to_float(to, RAX);
        self.float_binary(FloatOperation::Add, to, to, FloatOperand::Register(to));
        dynasm!(self.ops; done:);
        Ok(())
    }
    fn number_to_bits(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        let second = FloatOperand::Memory(self.pool(BIAS.to_bits()));
        let from = self.float(self.operand(0))?;
        self.float_binary(FloatOperation::Add, FLOAT_SCRATCH, from, second);
        if self.features.avx {
            dynasm!(self.ops; vmovd Rd(to), Rx(FLOAT_SCRATCH));
        } else {
            dynasm!(self.ops; movd Rd(to), Rx(FLOAT_SCRATCH));
        }
        Ok(())
    }
    fn number_to_integer(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        let exit = self.exit_label()?;
        let from = self.float(self.operand(0))?;
        if self.features.avx {
            dynasm!(self.ops; vcvttsd2si Rd(to), Rx(from));
        } else {
            dynasm!(self.ops; cvttsd2si Rd(to), Rx(from));
        }
        if from == FLOAT_SCRATCH {
            // A constant: the way back takes the scratch register, the comparison its place in memory.
            let place = match self.float_operand(self.operand(0))? {
                FloatOperand::Memory(place) => place,
                FloatOperand::Register(register) => {
                    return Err(CompileError::Malformed(format!("xmm{register}")));
                }
            };
            self.integer_to_float(FLOAT_SCRATCH, to);
            self.compare_float(FLOAT_SCRATCH, FloatOperand::Memory(place));
        } else {
            self.integer_to_float(FLOAT_SCRATCH, to);
            self.compare_float(FLOAT_SCRATCH, FloatOperand::Register(from));
        }
        dynasm!(self.ops; jne =>exit; jp =>exit);
        Ok(())
    }
    fn compare_numbers(&mut self, operation: Operation) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let is_equality = matches!(operation, Operation::Equal | Operation::NotEqual);
        let (left, right): (Ref, Ref) = if is_equality {
            (self.operand(0), self.operand(1))
        } else {
            (self.operand(1), self.operand(0))
        };
        let second = self.float_operand(right)?;
        let first = self.float(left)?;
        self.compare_float(first, second);
        match operation {
            Operation::Equal => dynasm!(self.ops; jne =>exit; jp =>exit),
            Operation::NotEqual => dynasm!(self.ops; jp >differs; je =>exit; differs:),
            Operation::Less => dynasm!(self.ops; jbe =>exit),
            Operation::NotLess => dynasm!(self.ops; ja =>exit),
            Operation::LessEqual => dynasm!(self.ops; jb =>exit),
            _ => dynasm!(self.ops; jae =>exit),
        }
        Ok(())
    }
    fn power(&mut self) -> Result<(), CompileError> {
        use super::super::Place;
        use super::super::moves::Move;
        let mut moves = Vec::new();
        for at in 0..2u8 {
            let source = self.place(self.operand(usize::from(at)))?;
            moves.push(Move {
                source,
                destination: Place::Register(FIRST_FLOAT + at),
            });
        }
        self.parallel_moves(&moves);
        self.call(super::super::helpers::power as *const () as usize);
        let to = self.float_result()?;
        self.move_float(to, 0);
        Ok(())
    }
}
