//! Assignments: `=`, compound assignment, and the stores of function statements.
//!
//! Objects and keys of the targets are evaluated from left to right, then the values, then the stores happen from
//! right to left (LuaJIT's order). Example: `t[i], i = 1, 2` with locals `t` and `i`:
//!
//! ```text
//! move    2 i           the key is needed after i has changed
//! loadint 3 1
//! loadint i 2
//! setindex 3 t 2
//! ```
//!
//! Invariant: a local that is assigned and also used as object or key of a target before it is copied first.

use super::builder::JumpList;
use super::expressions::{Variable, arithmetic_of};
use super::operand::{Key, Operand, Value};
use super::{Compiler, SemanticError};
use crate::bytecode::Opcode;
use crate::syntax::ast::*;

/// Where a value is stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Local(u8),
    Upvalue(u8),
    /// Index of the name.
    Global(u32),
    Index {
        object: u8,
        key: Key,
    },
}

impl Compiler {
    /// Compiles `targets = values`.
    pub(super) fn assign(
        &mut self,
        targets: &[Expression],
        values: &[Expression],
        end_line: Line,
    ) -> Result<(), SemanticError> {
        if let ([target], [value]) = (targets, values) {
            return self.assign_one(target, value, end_line);
        }
        let mut places = Vec::with_capacity(targets.len());
        let mut skips = JumpList::new();
        for target in targets {
            let (place, skip) = self.target(target)?;
            skips.extend(skip);
            if let Target::Local(register) = place {
                self.protect(&mut places, register)?;
            }
            places.push(place);
        }
        let direct = values.len() == targets.len();
        let first = self.mark();
        if direct {
            if let Some((last, others)) = values.split_last() {
                for value in others {
                    self.place_next(value)?;
                }
                let operand = self.single(last)?;
                self.at_line(end_line);
                if let Some(place) = places.pop() {
                    self.store(place, operand)?;
                }
            }
        } else {
            self.adjusted_list(values, targets.len())?;
            self.at_line(end_line);
        }
        while let Some(place) = places.pop() {
            let register = first + places.len() as u32;
            self.current.builder.free_register = register + 1;
            self.store(place, Value::Register(register as u8).into())?;
        }
        self.current.builder.patch_list_here(skips);
        Ok(())
    }

    fn assign_one(
        &mut self,
        target: &Expression,
        value: &Expression,
        end_line: Line,
    ) -> Result<(), SemanticError> {
        let (place, skips) = self.target(target)?;
        if let Target::Local(register) = place {
            return self.expression_into(value, register);
        }
        let operand = self.single(value)?;
        let value = self.place_operand_in_any(operand)?;
        self.at_line(end_line);
        self.store(place, Value::Register(value).into())?;
        self.current.builder.patch_list_here(skips);
        Ok(())
    }

    /// Compiles `target op= value`.
    pub(super) fn compound_assign(
        &mut self,
        target: &Expression,
        operator: CompoundOperator,
        value: &Expression,
        end_line: Line,
    ) -> Result<(), SemanticError> {
        let (place, skips) = self.target(target)?;
        let mark = self.mark();
        let active = self.current.active_count();
        let before: Operand = match place {
            Target::Local(register) => Value::Register(register),
            Target::Upvalue(index) => Value::Upvalue(index),
            Target::Global(name) => Value::Global(name),
            Target::Index { object, key } => Value::Index { object, key, mark },
        }
        .into();
        self.at_line(target.line);
        let result = match operator {
            CompoundOperator::Concat => {
                self.place_operand_in_next(before)?;
                match &value.kind {
                    ExpressionKind::Concat(operands) => {
                        for operand in operands {
                            self.place_next(operand)?;
                        }
                    }
                    _ => {
                        self.place_next(value)?;
                    }
                }
                self.at_line(end_line);
                let last = self.mark() - 1;
                let builder = &mut self.current.builder;
                builder.free_register = mark;
                let pc = builder.emit_abc(Opcode::Concatenate, 0, mark as u8, last as u8, &[])?;
                Value::Pending { pc }.into()
            }
            CompoundOperator::Binary(operator) => {
                let left = self.current.builder.arithmetic_left(before, active)?;
                let right = self.single(value)?;
                self.at_line(end_line);
                match arithmetic_of(operator) {
                    Some(operator) => self
                        .current
                        .builder
                        .arithmetic(operator, left, right, mark, active)?,
                    None => {
                        return Err(SemanticError::new(end_line, "syntax error"));
                    }
                }
            }
        };
        self.store(place, result)?;
        self.current.builder.patch_list_here(skips);
        Ok(())
    }

    /// Compiles the store of `function target() … end`.
    pub(super) fn function_statement(
        &mut self,
        target: &Expression,
        function: &FunctionBody,
        line: Line,
    ) -> Result<(), SemanticError> {
        let (place, _) = self.target(target)?;
        let operand = self.closure(function)?;
        if let Target::Local(register) = place {
            let active = self.current.active_count();
            if let Value::Pending { pc } = operand.value {
                // The closure is the store.
                self.current.builder.lines[pc as usize] = line;
            }
            return self.current.builder.place_in(operand, register, active);
        }
        let value = self.place_operand_in_any(operand)?;
        self.at_line(line);
        self.store(place, Value::Register(value).into())
    }

    /// Evaluates object and key of a target; their registers stay reserved.
    fn target(&mut self, target: &Expression) -> Result<(Target, JumpList), SemanticError> {
        self.at_line(target.line);
        match &target.kind {
            ExpressionKind::Name(name) => {
                let place = match self.resolve(name)? {
                    Variable::Local { is_const: true, .. }
                    | Variable::Upvalue { is_const: true, .. } => {
                        return Err(SemanticError::naming(
                            target.line,
                            "attempt to assign to const variable '?'",
                            &[name],
                        ));
                    }
                    Variable::Local { register, .. } => Target::Local(register),
                    Variable::Upvalue { index, .. } => Target::Upvalue(index),
                    Variable::Global => Target::Global(self.current.builder.string_constant(name)),
                };
                Ok((place, JumpList::new()))
            }
            ExpressionKind::Suffixed { base, suffixes } => {
                let (operand, skips) = self.suffix_chain(base, suffixes)?;
                self.at_line(target.line);
                match operand.value {
                    Value::Index { object, key, .. } => Ok((Target::Index { object, key }, skips)),
                    _ => Err(SemanticError::new(target.line, "syntax error")),
                }
            }
            _ => Err(SemanticError::new(target.line, "syntax error")),
        }
    }

    /// Copies the local in `register` if a target before uses it as object or key.
    fn protect(&mut self, places: &mut [Target], register: u8) -> Result<(), SemanticError> {
        let uses = |place: &Target| match *place {
            Target::Index { object, key } => object == register || key == Key::Register(register),
            _ => false,
        };
        if !places.iter().any(uses) {
            return Ok(());
        }
        let builder = &mut self.current.builder;
        let copy = builder.reserve(1)?;
        builder.emit_ad(Opcode::Move, copy, u16::from(register), &[])?;
        for place in places.iter_mut() {
            if let Target::Index { object, key } = place {
                if *object == register {
                    *object = copy;
                }
                if *key == Key::Register(register) {
                    *key = Key::Register(copy);
                }
            }
        }
        Ok(())
    }

    /// Emits a store.
    fn store(&mut self, place: Target, operand: Operand) -> Result<(), SemanticError> {
        if let Target::Local(register) = place {
            let active = self.current.active_count();
            return self.current.builder.place_in(operand, register, active);
        }
        let value = self.place_operand_in_any(operand)?;
        let builder = &mut self.current.builder;
        match place {
            Target::Local(_) => {}
            Target::Upvalue(index) => {
                builder.emit_ad(Opcode::SetUpvalue, index, u16::from(value), &[])?;
            }
            Target::Global(name) => {
                builder.emit_ad(Opcode::SetGlobal, value, 0, &[name])?;
            }
            Target::Index { object, key } => self.store_index(object, key, value)?,
        }
        Ok(())
    }

    /// Emits the store of register `value` into an element.
    pub(super) fn store_index(
        &mut self,
        object: u8,
        key: Key,
        value: u8,
    ) -> Result<(), SemanticError> {
        let builder = &mut self.current.builder;
        match key {
            Key::Register(key) => builder.emit_abc(Opcode::SetIndex, value, object, key, &[])?,
            Key::Integer(key) => {
                builder.emit_abc(Opcode::SetIndexInteger, value, object, key, &[])?
            }
            Key::Field(name) => builder.emit_abc(Opcode::SetField, value, object, 0, &[name])?,
        };
        Ok(())
    }
}
