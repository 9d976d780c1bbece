//! Expressions other than calls and table constructors, and variables.
//!
//! [`Compiler::expression`] gives an operand; what it becomes is decided by who asked (see [`super::operand`]).
//! Registers are used like a stack: an expression that starts with `free_register` at *mark* leaves its value
//! described without registers, or in register *mark*, or in a local. Example: `a.b + f(c)` with local `a`:
//!
//! ```text
//! getfield  0 a "b"        mark = 0
//! getglobal 1 "f"
//! getglobal 3 "c"          (2 is the frame link)
//! call      1 1
//! add       0 0 1
//! ```
//!
//! Invariant: after `expression` returns, the builder's line is the one that an error in the expression reports, so
//! that whatever is still to be emitted for it gets that line.

use super::operand::{Operand, Value};
use super::operators::{Arithmetic, Comparison, Unary};
use super::scope::{UPVALUES_MAX, UpvalueEntry};
use super::{Compiler, SemanticError};
use crate::bytecode::{Constant, Opcode, UpvalueSource};
use crate::syntax::ast::*;

/// A binary operator as the emitter sees it.
enum Step {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
}

fn step_of(operator: BinaryOperator) -> Step {
    match operator {
        BinaryOperator::Add => Step::Arithmetic(Arithmetic::Add),
        BinaryOperator::Subtract => Step::Arithmetic(Arithmetic::Subtract),
        BinaryOperator::Multiply => Step::Arithmetic(Arithmetic::Multiply),
        BinaryOperator::Divide => Step::Arithmetic(Arithmetic::Divide),
        BinaryOperator::Modulo => Step::Arithmetic(Arithmetic::Modulo),
        BinaryOperator::Power => Step::Arithmetic(Arithmetic::Power),
        BinaryOperator::BitAnd => Step::Arithmetic(Arithmetic::BitAnd),
        BinaryOperator::BitOr => Step::Arithmetic(Arithmetic::BitOr),
        BinaryOperator::BitXor => Step::Arithmetic(Arithmetic::BitXor),
        BinaryOperator::ShiftLeft => Step::Arithmetic(Arithmetic::ShiftLeft),
        BinaryOperator::ShiftRight => Step::Arithmetic(Arithmetic::ShiftRight),
        BinaryOperator::ShiftRightArithmetic => Step::Arithmetic(Arithmetic::ShiftRightSigned),
        BinaryOperator::Equal => Step::Comparison(Comparison::Equal),
        BinaryOperator::NotEqual => Step::Comparison(Comparison::NotEqual),
        BinaryOperator::Less => Step::Comparison(Comparison::Less),
        BinaryOperator::LessOrEqual => Step::Comparison(Comparison::LessEqual),
        BinaryOperator::Greater => Step::Comparison(Comparison::Greater),
        BinaryOperator::GreaterOrEqual => Step::Comparison(Comparison::GreaterEqual),
    }
}

/// The arithmetic operator of a compound assignment.
pub(super) fn arithmetic_of(operator: BinaryOperator) -> Option<Arithmetic> {
    match step_of(operator) {
        Step::Arithmetic(arithmetic) => Some(arithmetic),
        Step::Comparison(_) => None,
    }
}

/// What a name means.
pub(super) enum Variable {
    Local { register: u8, is_const: bool },
    Upvalue { index: u8, is_const: bool },
    Global,
}

impl Compiler {
    /// Sets the line of the instructions that follow.
    pub(super) fn at_line(&mut self, line: Line) {
        self.current.builder.line = line;
    }

    /// The first free register.
    pub(super) fn mark(&self) -> u32 {
        self.current.builder.free_register
    }

    /// Compiles an expression; the value may be a call with open results.
    pub(super) fn expression(&mut self, expression: &Expression) -> Result<Operand, SemanticError> {
        let operand = match &expression.kind {
            ExpressionKind::Nil => Value::Nil.into(),
            ExpressionKind::True => Value::True.into(),
            ExpressionKind::False => Value::False.into(),
            ExpressionKind::Number(number) => Value::Number(*number).into(),
            ExpressionKind::Integer64(value) => Value::Boxed(Constant::Integer64(*value)).into(),
            ExpressionKind::Unsigned64(value) => Value::Boxed(Constant::Unsigned64(*value)).into(),
            ExpressionKind::Imaginary(value) => Value::Boxed(Constant::Imaginary(*value)).into(),
            ExpressionKind::String(bytes) => Value::String(bytes.clone()).into(),
            ExpressionKind::Vararg => {
                self.at_line(expression.line);
                let base = self.current.builder.reserve(1)?;
                let pc = self
                    .current
                    .builder
                    .emit_abc(Opcode::Vararg, base, 2, 0, &[])?;
                Value::Vararg { pc, base }.into()
            }
            ExpressionKind::Function(body) => self.closure(body)?,
            ExpressionKind::Name(name) => self.variable_value(name)?,
            ExpressionKind::Suffixed { base, suffixes } => self.suffixed(base, suffixes)?,
            ExpressionKind::Paren(inner) => self.single(inner)?,
            ExpressionKind::Unary { operator, operand } => {
                self.unary(*operator, operand, expression.line)?
            }
            ExpressionKind::Binary { first, rest } => self.binary(first, rest)?,
            ExpressionKind::Concat(operands) => self.concatenation(operands, expression.line)?,
            ExpressionKind::Logical { first, rest } => self.logical(first, rest)?,
            ExpressionKind::Conditional {
                condition,
                if_true,
                if_false,
            } => self.conditional(condition, if_true, if_false)?,
            ExpressionKind::Table(items) => self.table(items, expression.line)?,
        };
        self.at_line(expression.line);
        Ok(operand)
    }

    /// Compiles an expression to exactly one value.
    pub(super) fn single(&mut self, expression: &Expression) -> Result<Operand, SemanticError> {
        let mut operand = self.expression(expression)?;
        if matches!(
            operand.value,
            Value::Call { .. } | Value::NavigatedCall { .. } | Value::Vararg { .. }
        ) {
            let active = self.current.active_count();
            self.current.builder.discharge(&mut operand, active)?;
        }
        Ok(operand)
    }

    /// Compiles an expression into the next free register.
    pub(super) fn place_next(&mut self, expression: &Expression) -> Result<u8, SemanticError> {
        let operand = self.expression(expression)?;
        self.place_operand_in_next(operand)
    }

    /// Puts an operand into the next free register.
    pub(super) fn place_operand_in_next(&mut self, operand: Operand) -> Result<u8, SemanticError> {
        let active = self.current.active_count();
        self.current.builder.place_in_next(operand, active)
    }

    /// Puts an operand into some register.
    pub(super) fn place_operand_in_any(&mut self, operand: Operand) -> Result<u8, SemanticError> {
        let active = self.current.active_count();
        self.current.builder.place_in_any(operand, active)
    }

    /// Compiles an expression into `target`, a local variable.
    pub(super) fn expression_into(
        &mut self,
        expression: &Expression,
        target: u8,
    ) -> Result<(), SemanticError> {
        if let ExpressionKind::Conditional {
            condition,
            if_true,
            if_false,
        } = &expression.kind
        {
            let mark = self.mark();
            let otherwise = self.condition(condition)?;
            self.expression_into(if_true, target)?;
            self.current.builder.free_register = mark;
            let over = self.current.builder.emit_jump()?;
            self.current.builder.patch_list_here(otherwise);
            self.expression_into(if_false, target)?;
            self.current.builder.patch_list_here(vec![over]);
            return Ok(());
        }
        let operand = self.single(expression)?;
        let active = self.current.active_count();
        self.current.builder.place_in(operand, target, active)
    }

    /// Compiles a condition: continues when it is true and returns the jumps taken when it is not.
    pub(super) fn condition(
        &mut self,
        expression: &Expression,
    ) -> Result<super::builder::JumpList, SemanticError> {
        let mark = self.mark();
        let operand = self.single(expression)?;
        let active = self.current.active_count();
        let builder = &mut self.current.builder;
        if let Some(jump) = builder.constant_false_jump(&operand)? {
            return Ok(vec![jump]);
        }
        Ok(builder.branch(operand, true, mark, active)?.false_jumps)
    }

    // Variables.

    /// Finds out what a name means here.
    pub(super) fn resolve(&mut self, name: &Bytes) -> Result<Variable, SemanticError> {
        if let Some(index) = self.current.find_local(name) {
            return Ok(Variable::Local {
                register: index as u8,
                is_const: self.current.active[index].is_const,
            });
        }
        let found = self
            .enclosing
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, function)| Some((level, function.find_local(name)?)));
        let Some((level, register)) = found else {
            return Ok(Variable::Global);
        };
        let local = &self.enclosing[level].active[register];
        let (id, is_const) = (local.id, local.is_const);
        debug_assert!(local.is_captured);
        let mut source = UpvalueSource::ParentRegister(register as u8);
        let mut index = 0;
        let inner = self.enclosing[level + 1..]
            .iter_mut()
            .chain(std::iter::once(&mut self.current));
        for function in inner {
            index = match function.find_upvalue(id) {
                Some(index) => index,
                None => {
                    if function.upvalues.len() >= UPVALUES_MAX {
                        return Err(function.builder.limit_error(UPVALUES_MAX, "upvalues"));
                    }
                    function.upvalues.push(UpvalueEntry {
                        name: name.clone(),
                        id,
                        source,
                    });
                    function.upvalues.len() - 1
                }
            };
            source = UpvalueSource::ParentUpvalue(index as u8);
        }
        Ok(Variable::Upvalue {
            index: index as u8,
            is_const,
        })
    }

    fn variable_value(&mut self, name: &Bytes) -> Result<Operand, SemanticError> {
        Ok(match self.resolve(name)? {
            Variable::Local { register, .. } => Value::Register(register).into(),
            Variable::Upvalue { index, .. } => Value::Upvalue(index).into(),
            Variable::Global => Value::Global(self.current.builder.string_constant(name)).into(),
        })
    }

    // Operators.

    fn unary(
        &mut self,
        operator: UnaryOperator,
        operand: &Expression,
        line: Line,
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let operand = self.single(operand)?;
        self.at_line(line);
        let active = self.current.active_count();
        let builder = &mut self.current.builder;
        match operator {
            UnaryOperator::Not => builder.negation(operand, active),
            UnaryOperator::Negate => builder.unary(Unary::Negate, operand, mark, active),
            UnaryOperator::Length => builder.unary(Unary::Length, operand, mark, active),
            UnaryOperator::BitNot => builder.unary(Unary::BitNot, operand, mark, active),
        }
    }

    fn binary(
        &mut self,
        first: &Expression,
        rest: &[BinaryStep],
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let active = self.current.active_count();
        let mut left = self.single(first)?;
        for step in rest {
            match step_of(step.operator) {
                Step::Arithmetic(operator) => {
                    left = self.current.builder.arithmetic_left(left, active)?;
                    let right = self.single(&step.operand)?;
                    self.at_line(step.line);
                    left = self
                        .current
                        .builder
                        .arithmetic(operator, left, right, mark, active)?;
                }
                Step::Comparison(operator) => {
                    left = self.current.builder.place_unless_constant(left, active)?;
                    let right = self.single(&step.operand)?;
                    self.at_line(step.line);
                    left = self
                        .current
                        .builder
                        .comparison(operator, left, right, mark, active)?;
                }
            }
        }
        Ok(left)
    }

    fn concatenation(
        &mut self,
        operands: &[Expression],
        line: Line,
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        for operand in operands {
            self.place_next(operand)?;
        }
        self.at_line(line);
        let last = self.mark() - 1;
        self.current.builder.free_register = mark;
        let pc =
            self.current
                .builder
                .emit_abc(Opcode::Concatenate, 0, mark as u8, last as u8, &[])?;
        Ok(Value::Pending { pc }.into())
    }

    fn logical(
        &mut self,
        first: &Expression,
        rest: &[LogicalStep],
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let active = self.current.active_count();
        let mut left = self.single(first)?;
        for step in rest {
            if step.operator == LogicalOperator::Coalesce {
                let register = self.place_operand_in_next(left)?;
                let builder = &mut self.current.builder;
                let over = builder.emit_condition(Opcode::IfNotEqualPrimitive, register, 0)?;
                builder.free_register = mark;
                self.place_next(&step.operand)?;
                self.current.builder.patch_list_here(vec![over]);
                left = Value::Register(register).into();
                continue;
            }
            let is_and = step.operator == LogicalOperator::And;
            let mut before = self.current.builder.branch(left, is_and, mark, active)?;
            let mut right = self.single(&step.operand)?;
            // The jumps taken so far come first; the lists of the right side follow.
            if is_and {
                before.false_jumps.append(&mut right.false_jumps);
                right.false_jumps = before.false_jumps;
            } else {
                before.true_jumps.append(&mut right.true_jumps);
                right.true_jumps = before.true_jumps;
            }
            left = right;
        }
        Ok(left)
    }

    fn conditional(
        &mut self,
        condition: &Expression,
        if_true: &Expression,
        if_false: &Expression,
    ) -> Result<Operand, SemanticError> {
        let mark = self.mark();
        let otherwise = self.condition(condition)?;
        let register = self.place_next(if_true)?;
        let over = self.current.builder.emit_jump()?;
        self.current.builder.patch_list_here(otherwise);
        self.current.builder.free_register = mark;
        self.place_next(if_false)?;
        self.current.builder.patch_list_here(vec![over]);
        Ok(Value::Register(register).into())
    }
}
