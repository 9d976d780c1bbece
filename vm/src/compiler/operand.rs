//! Values that are known but not yet in a register, and how they get there.
//!
//! Compiling an expression gives an [`Operand`]: the cheapest description of its value so far. Only the
//! consumer knows where the value must go, so the instruction that produces it is emitted (or its operand A filled
//! in) as late as possible. Example: in `x = a + 1` with locals `x` and `a`, the sum is emitted with an open
//! target (`Value::Pending`) and the assignment fills in the register of `x`: `addrk x a K` and no move.
//!
//! Besides its value an operand has two jump lists: jumps that are taken when the whole expression is known to be
//! true or false early (`and`, `or`, `not`, comparisons). A jump in them either carries the tested value
//! (`IfTrueCopy`) or stands for `true` or `false`.
//!
//! Invariants:
//! * An operand whose value is `Register(r)` with `r` not a local holds the topmost register in use.
//! * Registers of an `Index` operand stay reserved until it is loaded; `mark` is what is free afterwards.
//! * A register of a local is written only by the last instruction of an expression, because the expression may
//!   still read it.

use super::SemanticError;
use super::builder::{Builder, Carried, JumpList, NO_REGISTER, PendingJump};
use crate::bytecode::{Constant, Opcode};
use std::rc::Rc;

/// The key of an index operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Key {
    /// Any value in a register.
    Register(u8),
    /// String constant.
    Field(u32),
    /// Integer from 0 to 255.
    Integer(u8),
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Nil,
    False,
    True,
    Number(f64),
    String(Rc<[u8]>),
    /// A constant that needs the FFI.
    Boxed(Constant),
    /// In a register: a local variable, or the topmost temporary.
    Register(u8),
    /// `not R`, not emitted yet.
    Negated(u8),
    Upvalue(u8),
    /// A global variable by the index of its name.
    Global(u32),
    Index {
        object: u8,
        key: Key,
        mark: u32,
    },
    /// A condition has been emitted; its jump is at `jump` and taken when it holds.
    Comparison {
        jump: u32,
    },
    /// The instruction at `pc` will produce the value in its operand A.
    Pending {
        pc: u32,
    },
    /// The call at `pc`, results from `base`.
    Call {
        pc: u32,
        base: u8,
    },
    /// The vararg instruction at `pc` that wrote to `base`.
    Vararg {
        pc: u32,
        base: u8,
    },
    /// A call behind a safe navigation: call at `pc`, then a jump over the `LoadNil` at `nil_pc`.
    NavigatedCall {
        pc: u32,
        base: u8,
        nil_pc: u32,
    },
}

/// A value and the jumps that leave its evaluation early.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub value: Value,
    pub true_jumps: JumpList,
    pub false_jumps: JumpList,
}

impl From<Value> for Operand {
    fn from(value: Value) -> Operand {
        Operand {
            value,
            true_jumps: Vec::new(),
            false_jumps: Vec::new(),
        }
    }
}

impl Operand {
    /// Whether evaluation may leave early.
    pub fn has_jumps(&self) -> bool {
        !self.true_jumps.is_empty() || !self.false_jumps.is_empty()
    }

    /// The number if it is a constant one.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) if !self.has_jumps() => Some(number),
            _ => None,
        }
    }

    /// Whether it is a constant that comparisons can take as an operand.
    pub fn is_plain_constant(&self) -> bool {
        !self.has_jumps()
            && matches!(
                self.value,
                Value::Nil | Value::False | Value::True | Value::Number(_) | Value::String(_)
            )
    }
}

/// Emission of operands. `active` is the number of registers that belong to local variables.
impl Builder {
    /// Emits the load of a variable or element, with an open target.
    pub fn discharge(&mut self, operand: &mut Operand, active: u32) -> Result<(), SemanticError> {
        let pc = match operand.value {
            Value::Upvalue(index) => self.emit_ad(Opcode::GetUpvalue, 0, u16::from(index), &[])?,
            Value::Global(name) => self.emit_ad(Opcode::GetGlobal, 0, 0, &[name])?,
            Value::Index { object, key, mark } => {
                self.free_register = mark;
                match key {
                    Key::Register(key) => self.emit_abc(Opcode::GetIndex, 0, object, key, &[])?,
                    Key::Integer(key) => {
                        self.emit_abc(Opcode::GetIndexInteger, 0, object, key, &[])?
                    }
                    Key::Field(name) => self.emit_abc(Opcode::GetField, 0, object, 0, &[name])?,
                }
            }
            Value::Negated(register) => {
                if u32::from(register) >= active {
                    self.free_register = u32::from(register);
                }
                self.emit_ad(Opcode::Not, 0, u16::from(register), &[])?
            }
            Value::Vararg { pc, base } => {
                self.set_b(pc, 2);
                self.free_register = u32::from(base);
                pc
            }
            Value::Call { base, .. } | Value::NavigatedCall { base, .. } => {
                operand.value = Value::Register(base);
                return Ok(());
            }
            _ => return Ok(()),
        };
        operand.value = Value::Pending { pc };
        Ok(())
    }

    /// Puts the value into `target` without looking at the jump lists.
    fn place_value(
        &mut self,
        operand: &mut Operand,
        target: u8,
        active: u32,
    ) -> Result<(), SemanticError> {
        self.discharge(operand, active)?;
        match &operand.value {
            Value::Nil => self.load_nil(target, 1)?,
            Value::False => {
                self.emit_ad(Opcode::LoadBoolean, target, 0, &[])?;
            }
            Value::True => {
                self.emit_ad(Opcode::LoadBoolean, target, 1, &[])?;
            }
            Value::Number(number) => {
                let number = *number;
                self.load_number(target, number)?;
            }
            Value::String(string) => {
                let index = self.string_constant(&string.clone());
                self.load_constant(target, index)?;
            }
            Value::Boxed(constant) => {
                let index = self.boxed_constant(&constant.clone());
                self.load_constant(target, index)?;
            }
            Value::Pending { pc } => {
                let pc = *pc;
                self.set_a(pc, target);
            }
            Value::Register(register) => {
                let register = *register;
                if register != target {
                    self.emit_ad(Opcode::Move, target, u16::from(register), &[])?;
                }
            }
            // The value comes from the jumps.
            Value::Comparison { .. } => return Ok(()),
            // `discharge` leaves none of these.
            Value::Negated(_)
            | Value::Upvalue(_)
            | Value::Global(_)
            | Value::Index { .. }
            | Value::Call { .. }
            | Value::Vararg { .. }
            | Value::NavigatedCall { .. } => {}
        }
        operand.value = Value::Register(target);
        Ok(())
    }

    /// Puts the value into `target`: a local that is assigned, or a reserved temporary.
    pub fn place_in(
        &mut self,
        mut operand: Operand,
        target: u8,
        active: u32,
    ) -> Result<(), SemanticError> {
        self.place_value(&mut operand, target, active)?;
        let is_comparison = if let Value::Comparison { jump } = operand.value {
            operand.true_jumps.push(PendingJump {
                pc: jump,
                carried: Carried::Nothing,
            });
            true
        } else {
            false
        };
        if !operand.has_jumps() {
            return Ok(());
        }
        let needs_booleans = operand
            .true_jumps
            .iter()
            .chain(&operand.false_jumps)
            .any(|jump| !jump.carried.is_value());
        let (mut load_false, mut load_true) = (0, 0);
        if needs_booleans {
            let over = if is_comparison {
                None
            } else {
                Some(self.emit_jump()?)
            };
            load_false = self.mark_target();
            self.emit_ad(Opcode::LoadBoolean, target, 0, &[])?;
            let skip = self.emit_jump()?;
            load_true = self.mark_target();
            self.emit_ad(Opcode::LoadBoolean, target, 1, &[])?;
            self.patch_list_here(vec![skip]);
            self.patch_list_here(over.into_iter().collect());
        }
        let end = self.mark_target();
        for (list, load) in [
            (operand.true_jumps, load_true),
            (operand.false_jumps, load_false),
        ] {
            for jump in list {
                if jump.carried.is_value() {
                    self.patch_with_value(jump, target, end);
                } else {
                    self.patch_without_value(jump, load);
                }
            }
        }
        Ok(())
    }

    /// Puts the value into the next free register and keeps that reserved.
    pub fn place_in_next(
        &mut self,
        mut operand: Operand,
        active: u32,
    ) -> Result<u8, SemanticError> {
        self.discharge(&mut operand, active)?;
        if let Value::Register(register) = operand.value
            && u32::from(register) >= active
        {
            self.free_register = u32::from(register);
        }
        let target = self.reserve(1)?;
        self.place_in(operand, target, active)?;
        Ok(target)
    }

    /// Puts the value into some register: its own if it has one, else the next free one.
    pub fn place_in_any(&mut self, mut operand: Operand, active: u32) -> Result<u8, SemanticError> {
        self.discharge(&mut operand, active)?;
        if let Value::Register(register) = operand.value
            && !operand.has_jumps()
        {
            return Ok(register);
        }
        self.place_in_next(operand, active)
    }

    /// Makes the operand a constant without jumps or a register.
    pub fn place_unless_constant(
        &mut self,
        operand: Operand,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        if operand.is_plain_constant() {
            return Ok(operand);
        }
        Ok(Value::Register(self.place_in_any(operand, active)?).into())
    }

    // Conditions.

    /// Emits a test of `register` that jumps when it is `when`.
    fn emit_test(&mut self, register: u8, when: bool) -> Result<PendingJump, SemanticError> {
        let op = if when {
            Opcode::IfTrueCopy
        } else {
            Opcode::IfFalseCopy
        };
        self.emit_condition(op, NO_REGISTER, u16::from(register))
    }

    /// Continues when the operand is `going_on`; otherwise jumps, and the jump joins the list of the other truth.
    pub fn branch(
        &mut self,
        mut operand: Operand,
        going_on: bool,
        mark: u32,
        active: u32,
    ) -> Result<Operand, SemanticError> {
        if let Value::Negated(register) = operand.value {
            let op = if going_on {
                Opcode::IfTrue
            } else {
                Opcode::IfFalse
            };
            let jump = self.emit_condition(op, 0, u16::from(register))?;
            return Ok(self.branched(operand, going_on, mark, Some(jump)));
        }
        self.discharge(&mut operand, active)?;
        let jump = match operand.value {
            Value::Comparison { jump } => {
                if going_on {
                    self.invert_condition(jump);
                }
                Some(PendingJump {
                    pc: jump,
                    carried: Carried::Nothing,
                })
            }
            Value::True | Value::Number(_) | Value::String(_) if going_on => None,
            Value::Nil | Value::False if !going_on => None,
            Value::Register(register) => Some(self.emit_test(register, !going_on)?),
            // Never goes on: the constant is the result of the whole expression.
            Value::Nil | Value::False | Value::True | Value::Number(_) | Value::String(_)
                if self.constants.len() < usize::from(u16::MAX) =>
            {
                self.mark_target();
                self.place_value(&mut operand, NO_REGISTER, active)?;
                let mut jump = self.emit_jump()?;
                jump.carried = Carried::Load;
                Some(jump)
            }
            _ => {
                self.free_register = mark;
                let register = self.reserve(1)?;
                self.place_value(&mut operand, register, active)?;
                Some(self.emit_test(register, !going_on)?)
            }
        };
        Ok(self.branched(operand, going_on, mark, jump))
    }

    fn branched(
        &mut self,
        mut operand: Operand,
        going_on: bool,
        mark: u32,
        jump: Option<PendingJump>,
    ) -> Operand {
        self.free_register = mark;
        let (leaving, arriving) = if going_on {
            (&mut operand.false_jumps, &mut operand.true_jumps)
        } else {
            (&mut operand.true_jumps, &mut operand.false_jumps)
        };
        leaving.extend(jump);
        let here = std::mem::take(arriving);
        self.patch_list_here(here);
        operand
    }
}
