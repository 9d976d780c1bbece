//! Indexing, calls and safe navigation: the suffixes of an expression.
//!
//! A call to the function in register *base* has its arguments from *base* + 2 on and its results from *base* on.
//! Example: `f(x, ...)` as a statement:
//!
//! ```text
//! getglobal 0 "f"
//! getglobal 2 "x"
//! vararg    3 (open)
//! callm     0 (no results) 1 + open arguments
//! ```
//!
//! With `?.` the value before it is compared with nil, and the jump skips the rest of the chain.
//!
//! Invariant: the base of a call is the register that was free before the whole expression.

use super::builder::JumpList;
use super::operand::{Operand, Value};
use super::{Compiler, SemanticError};
use crate::bytecode::Opcode;
use crate::bytecode::opcode::FRAME_SLOTS;
use crate::syntax::ast::*;

impl Compiler {
    /// Compiles a prefix with suffixes as a value.
    pub(super) fn suffixed(
        &mut self,
        base: &Expression,
        suffixes: &[Suffix],
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let (operand, skips) = self.suffix_chain(base, suffixes)?;
        if skips.is_empty() {
            return Ok(operand);
        }
        let call = match operand.value {
            Value::Call { pc, base } => Some((pc, base)),
            _ => None,
        };
        let register = self.place_operand_in_next(operand)?;
        debug_assert_eq!(u32::from(register), mark);
        let builder = &mut self.current.builder;
        let over = builder.emit_jump()?;
        builder.patch_list_here(skips);
        let nil_pc = builder.emit_ad(Opcode::LoadNil, register, u16::from(register), &[])?;
        builder.patch_list_here(vec![over]);
        Ok(match call {
            Some((pc, base)) => Value::NavigatedCall { pc, base, nil_pc }.into(),
            None => Value::Register(register).into(),
        })
    }

    /// Compiles a prefix with suffixes, and returns the jumps of `?.` that skip the rest.
    pub(super) fn suffix_chain(
        &mut self,
        base: &Expression,
        suffixes: &[Suffix],
    ) -> Result<(Operand, JumpList), SemanticError> {
        let mark = self.mark();
        let mut skips = JumpList::new();
        let mut operand = self.single(base)?;
        for suffix in suffixes {
            if suffix.is_safe {
                let register = self.place_operand_in_any(operand)?;
                let jump =
                    self.current
                        .builder
                        .emit_condition(Opcode::IfEqualPrimitive, register, 0)?;
                skips.push(jump);
                operand = Value::Register(register).into();
            }
            operand = match &suffix.kind {
                SuffixKind::Field(name) => {
                    let object = self.place_operand_in_any(operand)?;
                    let key = Value::String(name.clone()).into();
                    self.index_value(object, key, mark)?
                }
                SuffixKind::Index(key) => {
                    let object = self.place_operand_in_any(operand)?;
                    let key = self.single(key)?;
                    self.index_value(object, key, mark)?
                }
                SuffixKind::Call(arguments) => {
                    let function = self.place_operand_in_next(operand)?;
                    self.current.builder.reserve(FRAME_SLOTS - 1)?;
                    self.call(function, arguments, suffix.line)?
                }
                SuffixKind::MethodCall {
                    name,
                    is_method_safe,
                    arguments,
                } => {
                    let object = self.place_operand_in_any(operand)?;
                    self.at_line(suffix.line);
                    let function = self.method(object, name, mark)?;
                    if *is_method_safe {
                        skips.push(self.current.builder.emit_condition(
                            Opcode::IfEqualPrimitive,
                            function,
                            0,
                        )?);
                    }
                    self.call(function, arguments, suffix.line)?
                }
            };
            self.at_line(suffix.line);
        }
        Ok((operand, skips))
    }

    fn index_value(
        &mut self,
        object: u8,
        key: Operand,
        mark: u32,
    ) -> Result<Operand, SemanticError> {
        let active = self.current.active_count();
        Ok(self
            .current
            .builder
            .index(object, key, mark, active)?
            .into())
    }

    /// Emits a method lookup: function, frame link and object are reserved from `mark` on.
    fn method(&mut self, object: u8, name: &Bytes, mark: u32) -> Result<u8, SemanticError> {
        let builder = &mut self.current.builder;
        builder.free_register = mark;
        let function = builder.reserve(FRAME_SLOTS + 1)?;
        let name = builder.string_constant(name);
        builder.emit_abc(Opcode::Method, function, object, 0, &[name])?;
        Ok(function)
    }

    /// Compiles the arguments of the call at `function`, those from `free_register` on, and emits the call.
    fn call(
        &mut self,
        function: u8,
        arguments: &[Expression],
        line: Line,
    ) -> Result<Operand, SemanticError> {
        let first_argument = u32::from(function) + FRAME_SLOTS;
        let mut open = None;
        if let Some((last, others)) = arguments.split_last() {
            for argument in others {
                self.place_next(argument)?;
            }
            let operand = self.expression(last)?;
            open = self.leave_open(&operand);
            if open.is_none() {
                self.place_operand_in_next(operand)?;
            }
        }
        self.at_line(line);
        let builder = &mut self.current.builder;
        let pc = match open {
            Some(base) => {
                let fixed = u32::from(base) - first_argument;
                builder.emit_abc(Opcode::CallMultiple, function, 2, fixed as u8, &[])?
            }
            None => {
                let count = builder.free_register - first_argument;
                builder.emit_abc(Opcode::Call, function, 2, count as u8 + 1, &[])?
            }
        };
        builder.free_register = u32::from(function) + 1;
        Ok(Value::Call { pc, base: function }.into())
    }

    /// If the operand is a call or `...`, lets it give all its values and returns their first register.
    pub(super) fn leave_open(&mut self, operand: &Operand) -> Option<u8> {
        match operand.value {
            Value::Call { pc, base } | Value::Vararg { pc, base } => {
                self.current.builder.set_b(pc, 0);
                Some(base)
            }
            _ => None,
        }
    }

    /// Compiles a call statement.
    pub(super) fn call_statement(&mut self, call: &Expression) -> Result<(), SemanticError> {
        let ExpressionKind::Suffixed { base, suffixes } = &call.kind else {
            return Ok(());
        };
        let (operand, skips) = self.suffix_chain(base, suffixes)?;
        if let Value::Call { pc, .. } = operand.value {
            self.current.builder.set_b(pc, 1);
        }
        self.current.builder.patch_list_here(skips);
        Ok(())
    }

    /// Compiles a list of expressions and adjusts it to `wanted` values in consecutive registers from the free one on.
    pub(super) fn adjusted_list(
        &mut self,
        values: &[Expression],
        wanted: usize,
    ) -> Result<(), SemanticError> {
        let first = self.mark();
        let Some((last, others)) = values.split_last() else {
            return self.fill_with_nil(wanted);
        };
        for value in others {
            self.place_next(value)?;
        }
        let operand = self.expression(last)?;
        // Values wanted from the last expression.
        let needed = (wanted + 1).saturating_sub(values.len());
        match operand.value {
            Value::Call { pc, base }
            | Value::Vararg { pc, base }
            | Value::NavigatedCall { pc, base, .. } => {
                let builder = &mut self.current.builder;
                builder.set_b(pc, needed as u8 + 1);
                builder.free_register = u32::from(base);
                builder.reserve(needed.max(1) as u32)?;
                if let Value::NavigatedCall { nil_pc, .. } = operand.value
                    && needed > 1
                {
                    builder.set_nil_count(nil_pc, needed as u32);
                }
            }
            _ => {
                self.place_operand_in_next(operand)?;
                self.fill_with_nil(needed.saturating_sub(1))?;
            }
        }
        self.current.builder.free_register = first + wanted as u32;
        Ok(())
    }

    fn fill_with_nil(&mut self, count: usize) -> Result<(), SemanticError> {
        if count > 0 {
            let builder = &mut self.current.builder;
            let first = builder.reserve(count as u32)?;
            builder.load_nil(first, count as u32)?;
        }
        Ok(())
    }
}
