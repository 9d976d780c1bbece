//! Registers of x86-64 and what each operation demands of allocation.
//!
//! Invariants: `rax`, `xmm15`, `rbx`, `rsp` and `r15` are never allocated. A use that is not `in_register` may be a memory operand of
//! the lowering in question; the two must agree.

use super::super::allocate::{Demand, Target, Use};
use super::super::plan::Plan;
use super::super::{FIRST_FLOAT, Register};
use super::{RBP, RCX, RDI, RDX, RSI};
use crate::ir::{Helper, Operation, Ref, Trace, Type};
use rlove_vm::builtin::NativeType;

/// Registers that hold values.
const ALLOCATABLE: [Register; 27] = [
    RCX, RDX, RSI, RDI, 8, 9, 10, 11, RBP, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 28, 29, 30,
];
/// Registers that calls preserve, of those that hold values.
const CALLEE_SAVED: u32 = 1 << RBP | 1 << 12 | 1 << 13 | 1 << 14;
/// Registers that calls overwrite.
pub const CALL_CLOBBERS: u32 =
    1 << RCX | 1 << RDX | 1 << RSI | 1 << RDI | 0xf << 8 | 0xffff << FIRST_FLOAT;

/// Integer-class argument registers behind the virtual machine.
pub const GENERAL_ARGUMENTS: [Register; 5] = [RSI, RDX, RCX, 8, 9];

/// The target of a trace.
pub struct X64Target<'a> {
    pub trace: &'a Trace,
    pub plan: &'a Plan,
    pub helpers: &'a [Helper],
    pub limited: bool,
}

/// A type of argument passed in a floating-point register.
fn native_class(argument: NativeType) -> Type {
    match argument {
        NativeType::Number => Type::Number,
        NativeType::Integer | NativeType::Boolean => Type::Integer,
        NativeType::Value => Type::Value,
    }
}

/// Argument types of a call.
pub fn argument_types(trace: &Trace, helpers: &[Helper], index: usize) -> Vec<Type> {
    let instruction = &trace.instructions[index];
    match instruction.operation {
        Operation::CallHelper => helpers
            .get(instruction.literal as usize)
            .map_or(Vec::new(), |helper| helper.arguments.to_vec()),
        Operation::CallNative => {
            trace
                .natives
                .get(instruction.literal as usize)
                .map_or(Vec::new(), |native| {
                    native
                        .arguments
                        .iter()
                        .map(|&each| native_class(each))
                        .collect()
                })
        }
        _ => Vec::new(),
    }
}

/// The register of each argument; `None` for those on the native stack.
pub fn argument_registers(types: &[Type]) -> Vec<Option<Register>> {
    let (mut general, mut float) = (0, 0);
    types
        .iter()
        .map(|ty| {
            if ty.is_float() {
                float += 1;
                (float <= 8).then(|| FIRST_FLOAT + float - 1)
            } else {
                general += 1;
                GENERAL_ARGUMENTS.get(general - 1).copied()
            }
        })
        .collect()
}

impl X64Target<'_> {
    fn add(&self, reference: Ref, in_register: bool, uses: &mut Vec<Use>) {
        if let Some(load) = self.plan.memory_operand(self.trace, reference) {
            for &operand in &self.trace.instructions[load].operands {
                self.add(operand, true, uses);
            }
            return;
        }
        if let Some(value) = reference.as_instruction() {
            uses.push(Use {
                value: value as u32,
                in_register,
                wanted: None,
            });
        }
    }
    fn call(&self, index: usize, uses: &mut Vec<Use>) -> Demand {
        let types = argument_types(self.trace, self.helpers, index);
        let registers = argument_registers(&types);
        let instruction = &self.trace.instructions[index];
        for (at, &argument) in self.trace.arguments_of(instruction).iter().enumerate() {
            if let Some(value) = argument.as_instruction() {
                uses.push(Use {
                    value: value as u32,
                    in_register: false,
                    wanted: registers.get(at).copied().flatten(),
                });
            }
        }
        Demand {
            clobbers: CALL_CLOBBERS,
            ..Demand::default()
        }
    }
}

impl Target for X64Target<'_> {
    fn registers(&self) -> &[Register] {
        if self.limited {
            // Few registers, for tests: three of each class.
            &[RCX, RDX, RBP, 16, 17, 18]
        } else {
            &ALLOCATABLE
        }
    }
    fn callee_saved(&self) -> u32 {
        CALLEE_SAVED
    }
    fn demand(&self, index: usize, uses: &mut Vec<Use>) -> Demand {
        let instruction = &self.trace.instructions[index];
        let operation = instruction.operation;
        let [first, second, third] = instruction.operands;
        if operation.has_arguments() {
            return self.call(index, uses);
        }
        let mut demand = Demand {
            prefers_first: true,
            ..Demand::default()
        };
        match operation {
            // The second operand may be in memory.
            Operation::Add
            | Operation::Subtract
            | Operation::Multiply
            | Operation::Divide
            | Operation::Minimum
            | Operation::Maximum => {
                self.add(first, true, uses);
                self.add(second, false, uses);
            }
            Operation::Equal | Operation::NotEqual if self.trace.ty(first).is_float() => {
                self.add(first, true, uses);
                self.add(second, false, uses);
            }
            Operation::Less
            | Operation::NotLess
            | Operation::LessEqual
            | Operation::NotLessEqual
                if self.trace.ty(first).is_float() =>
            {
                self.add(first, false, uses);
                self.add(second, true, uses);
            }
            Operation::Power => {
                for (at, operand) in [first, second].into_iter().enumerate() {
                    if let Some(value) = operand.as_instruction() {
                        uses.push(Use {
                            value: value as u32,
                            in_register: false,
                            wanted: Some(FIRST_FLOAT + at as u8),
                        });
                    }
                }
                demand.clobbers = CALL_CLOBBERS;
            }
            Operation::Modulo
            | Operation::MultiplyOverflow
            | Operation::ShiftLeft
            | Operation::ShiftRight
            | Operation::ShiftRightArithmetic
            | Operation::RotateLeft
            | Operation::RotateRight
            | Operation::ShiftLeft64
            | Operation::ShiftRight64
            | Operation::ShiftRightArithmetic64
            | Operation::UInt64ToNumber => {
                self.add(first, true, uses);
                self.add(second, true, uses);
                demand.is_early = true;
            }
            // Its second operand only says that the type is known.
            Operation::Unbox => self.add(first, true, uses),
            _ => {
                for operand in [first, second, third] {
                    self.add(operand, true, uses);
                }
            }
        }
        demand
    }
}
