//! Statements, blocks and functions.
//!
//! Example: `local function f(a) return a end` opens a [`FunctionState`], emits `func; return1 0` into it, and leaves
//! `closure` of child 0 in the enclosing function.
//!
//! Invariant: after each statement only local variables hold registers.

use super::operand::{Operand, Value};
use super::scope::{FunctionState, ScopeKind};
use super::{Compiler, SemanticError};
use crate::bytecode::opcode::encode_ad;
use crate::bytecode::{CompiledFunction, Opcode};
use crate::syntax::ast::*;
use std::rc::Rc;

impl Compiler {
    // Functions.

    /// Compiles a function; the operand is its closure.
    pub(super) fn closure(&mut self, body: &FunctionBody) -> Result<Operand, SemanticError> {
        let inner = FunctionState::new(body.line);
        let outer = std::mem::replace(&mut self.current, inner);
        self.enclosing.push(outer);
        self.function_code(body)?;
        let Some(outer) = self.enclosing.pop() else {
            return Ok(Value::Nil.into());
        };
        let inner = std::mem::replace(&mut self.current, outer);
        let child = self.finish(inner, body)?;
        self.at_line(body.end_line);
        let builder = &mut self.current.builder;
        let Ok(index) = u16::try_from(builder.children.len()) else {
            return Err(builder.limit_error(usize::from(u16::MAX) + 1, "constants"));
        };
        builder.children.push(child);
        let pc = builder.emit_ad(Opcode::Closure, 0, index, &[])?;
        Ok(Value::Pending { pc }.into())
    }

    /// Emits the code of the current function.
    pub(super) fn function_code(&mut self, body: &FunctionBody) -> Result<(), SemanticError> {
        self.at_line(body.line);
        let header = if body.is_vararg {
            Opcode::FunctionHeaderVararg
        } else {
            Opcode::FunctionHeader
        };
        self.current.builder.emit_ad(header, 0, 0, &[])?;
        self.current.open_scope(ScopeKind::Block);
        self.current.check_locals(body.parameters.len())?;
        self.current.builder.reserve(body.parameters.len() as u32)?;
        for parameter in &body.parameters {
            self.check_redeclaration(parameter)?;
            self.activate(parameter, false);
        }
        self.statements(&body.body)?;
        // A main chunk ends at its last token, not at the end of the file.
        let is_main = self.enclosing.is_empty();
        let last = body.body.statements.last();
        self.at_line(if is_main {
            last.map_or(1, |statement| statement.end_line)
        } else {
            body.end_line
        });
        if !self.current.builder.is_unreachable() {
            self.current.close_from(0)?;
            self.current.builder.emit_ad(Opcode::Return0, 0, 0, &[])?;
        }
        self.current.close_scope_silently();
        self.current.check_gotos()
    }

    /// Makes the result from a function whose code has been emitted.
    pub(super) fn finish(
        &self,
        state: FunctionState,
        body: &FunctionBody,
    ) -> Result<Rc<CompiledFunction>, SemanticError> {
        let mut builder = state.builder;
        builder.thread_jumps();
        let header = builder.opcode_at(0);
        let frame_size = builder.frame_size as u8;
        if let Some(word) = builder.code.first_mut() {
            *word = encode_ad(header, frame_size, 0);
        }
        let mut upvalues = Vec::with_capacity(state.upvalues.len());
        let mut upvalue_names = Vec::with_capacity(state.upvalues.len());
        for upvalue in state.upvalues {
            upvalues.push(upvalue.source);
            upvalue_names.push(upvalue.name);
        }
        Ok(Rc::new(CompiledFunction {
            code: builder.code,
            constants: builder.constants,
            templates: builder.templates,
            children: builder.children,
            upvalues,
            upvalue_names,
            locals: state.debug_locals,
            lines: builder.lines,
            chunk_name: self.chunk_name.clone(),
            first_line: body.line,
            last_line: body.end_line,
            parameter_count: body.parameters.len() as u8,
            is_vararg: body.is_vararg,
            frame_size,
        }))
    }

    // Locals.

    /// Puts a declared local in scope.
    pub(super) fn activate(&mut self, name: &Bytes, is_const: bool) {
        let id = self.next_local;
        self.next_local += 1;
        let is_captured = self
            .captures
            .locals
            .get(id as usize)
            .copied()
            .unwrap_or(true);
        self.current
            .activate(name.clone(), id, is_const, is_captured);
    }

    /// Puts a local in scope that the program cannot name.
    pub(super) fn activate_hidden(&mut self, name: &str) {
        self.current
            .activate(name.as_bytes().into(), u32::MAX, false, false);
    }

    /// The error for declaring the name of a visible `const` again.
    pub(super) fn check_redeclaration(&self, name: &Bytes) -> Result<(), SemanticError> {
        let functions = self.enclosing.iter().chain(std::iter::once(&self.current));
        for function in functions {
            if function
                .active
                .iter()
                .any(|local| local.is_const && local.name == *name)
            {
                return Err(redeclared(self.current.builder.line, name));
            }
        }
        Ok(())
    }

    fn local(
        &mut self,
        names: &[Bytes],
        is_const: bool,
        values: &[Expression],
    ) -> Result<(), SemanticError> {
        for (index, name) in names.iter().enumerate() {
            self.check_redeclaration(name)?;
            if is_const && names[..index].contains(name) {
                return Err(redeclared(self.current.builder.line, name));
            }
        }
        self.current.check_locals(names.len())?;
        self.adjusted_list(values, names.len())?;
        for name in names {
            self.activate(name, is_const);
        }
        Ok(())
    }

    fn local_function(
        &mut self,
        name: &Bytes,
        is_const: bool,
        function: &FunctionBody,
    ) -> Result<(), SemanticError> {
        self.check_redeclaration(name)?;
        self.current.check_locals(1)?;
        let register = self.current.builder.reserve(1)?;
        self.activate(name, is_const);
        let operand = self.closure(function)?;
        let active = self.current.active_count();
        self.current.builder.place_in(operand, register, active)?;
        // In scope in the function, but valid only after the store.
        self.current.restart_newest_local();
        Ok(())
    }

    // Blocks and statements.

    /// Compiles a block with a scope of its own.
    pub(super) fn block(&mut self, block: &Block) -> Result<(), SemanticError> {
        self.current.open_scope(ScopeKind::Block);
        self.statements(block)?;
        self.at_end_of(block);
        self.current.close_scope()
    }

    /// What ends a block has the line of the last token inside, not that of `end`: LuaJIT has not read `end` yet.
    pub(super) fn at_end_of(&mut self, block: &Block) {
        if let Some(last) = block.statements.last() {
            self.at_line(last.end_line);
        }
    }

    /// Compiles the statements of a block into the current scope.
    pub(super) fn statements(&mut self, block: &Block) -> Result<(), SemanticError> {
        for statement in &block.statements {
            self.at_line(match statement.kind {
                // Ends its block; LuaJIT has read the next token by then.
                StatementKind::Continue => block.end_line,
                _ => statement.line,
            });
            self.statement(statement)?;
            self.current.builder.free_register = self.current.active_count();
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), SemanticError> {
        match &statement.kind {
            StatementKind::Local {
                names,
                is_const,
                values,
            } => self.local(names, *is_const, values),
            StatementKind::LocalFunction {
                name,
                is_const,
                function,
            } => self.local_function(name, *is_const, function),
            StatementKind::Function {
                target, function, ..
            } => self.function_statement(target, function, statement.line),
            StatementKind::Assign { targets, values } => {
                self.assign(targets, values, statement.end_line)
            }
            StatementKind::CompoundAssign {
                target,
                operator,
                value,
            } => self.compound_assign(target, *operator, value, statement.end_line),
            StatementKind::Call(call) => self.call_statement(call),
            StatementKind::Do(body) => self.block(body),
            StatementKind::While { condition, body } => self.while_loop(condition, body),
            StatementKind::Repeat { body, condition } => self.repeat_loop(body, condition),
            StatementKind::If {
                branches,
                otherwise,
            } => self.if_statement(branches, otherwise.as_ref()),
            StatementKind::NumericFor {
                variable,
                start,
                limit,
                step,
                body,
                do_line,
            } => self.numeric_for(
                variable,
                (start, limit, step.as_ref()),
                body,
                (statement.line, *do_line),
            ),
            StatementKind::GenericFor {
                variables,
                values,
                body,
                iterator_line,
            } => self.generic_for(variables, values, body, *iterator_line),
            StatementKind::Return(values) => self.return_statement(values, statement.end_line),
            StatementKind::Break => self.current.emit_break(),
            StatementKind::Continue => self.current.emit_continue(),
            StatementKind::Goto(name) => self.current.emit_goto(name.clone()),
            StatementKind::Label { name, is_trailing } => {
                let id = self.next_label as usize;
                self.next_label += 1;
                let is_loop = self.captures.labels.get(id).copied().unwrap_or(true);
                self.current
                    .place_label(name.clone(), *is_trailing, is_loop)
            }
        }
    }

    fn if_statement(
        &mut self,
        branches: &[IfBranch],
        otherwise: Option<&Block>,
    ) -> Result<(), SemanticError> {
        let mut exits = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            self.at_line(branch.condition.line);
            if self.conditional_jump(branch)? {
                continue;
            }
            let next = self.condition(&branch.condition)?;
            self.block(&branch.body)?;
            let is_last = index + 1 == branches.len() && otherwise.is_none();
            if !is_last && !self.current.builder.is_unreachable() {
                exits.push(self.current.builder.emit_jump()?);
            }
            self.current.builder.patch_list_here(next);
        }
        if let Some(body) = otherwise {
            self.block(body)?;
        }
        self.current.builder.patch_list_here(exits);
        Ok(())
    }

    /// Compiles `if condition then break end` (also `continue` and `goto`) on one line without a jump over a jump.
    ///
    /// On several lines the jump keeps an instruction of its own, so that a debugger sees its line.
    fn conditional_jump(&mut self, branch: &IfBranch) -> Result<bool, SemanticError> {
        let [statement] = &branch.body.statements[..] else {
            return Ok(false);
        };
        if statement.line != branch.condition.line
            || branch.body.end_line != statement.line
            || self
                .current
                .join_jumps(&statement.kind, Vec::new())
                .is_err()
        {
            return Ok(false);
        }
        let mark = self.mark();
        let operand = self.single(&branch.condition)?;
        if operand.is_plain_constant() {
            // Nothing has been emitted; the ordinary way checks the jump even if it is never taken.
            return Ok(false);
        }
        let active = self.current.active_count();
        let mut operand = self.current.builder.branch(operand, false, mark, active)?;
        let jumps = std::mem::take(&mut operand.true_jumps);
        // Nothing can have been captured in between: that is known ahead.
        if self.current.join_jumps(&statement.kind, jumps).is_err() {
            return Err(SemanticError::new(statement.line, "no loop to break"));
        }
        Ok(true)
    }

    fn return_statement(&mut self, values: &[Expression], line: Line) -> Result<(), SemanticError> {
        let first = self.mark() as u8;
        let Some((last, others)) = values.split_last() else {
            self.current.close_from(0)?;
            self.current.builder.emit_ad(Opcode::Return0, 0, 0, &[])?;
            return Ok(());
        };
        for value in others {
            self.place_next(value)?;
        }
        let operand = self.expression(last)?;
        if others.is_empty()
            && let Value::Call { pc, .. } = operand.value
        {
            let call = self.current.builder.take_last(pc);
            self.at_line(line);
            self.current.close_from(0)?;
            let pc = self.current.builder.put_back(call)?;
            self.current.builder.make_tail_call(pc);
            return Ok(());
        }
        if self.leave_open(&operand).is_some() {
            self.current.close_from(0)?;
            self.at_line(line);
            self.current.builder.emit_ad(
                Opcode::ReturnMultiple,
                first,
                others.len() as u16,
                &[],
            )?;
            return Ok(());
        }
        if others.is_empty() {
            let register = self.place_operand_in_any(operand)?;
            self.current.close_from(0)?;
            self.at_line(line);
            self.current
                .builder
                .emit_ad(Opcode::Return1, register, 0, &[])?;
        } else {
            self.place_operand_in_next(operand)?;
            self.current.close_from(0)?;
            self.at_line(line);
            self.current
                .builder
                .emit_ad(Opcode::Return, first, values.len() as u16, &[])?;
        }
        Ok(())
    }
}

fn redeclared(line: Line, name: &[u8]) -> SemanticError {
    SemanticError::naming(line, "attempt to re-declare const variable '?'", &[name])
}
