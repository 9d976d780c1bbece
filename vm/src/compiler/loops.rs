//! Loops.
//!
//! `while` and `repeat` begin with a `Loop` instruction, to which every jump back leads; `for` loops have their
//! own instructions at both ends. Example: `for i = 1, n do f(i) end` with local `n` in register 0:
//!
//! ```text
//! 1  loadint 1 1; move 2 0; loadint 3 1
//! 4  forprep 1 => 15         registers 1 to 3 are hidden, i is register 4
//! 6  getglobal 5 "f"; move 7 4; call 5
//! 13 forloop 1 => 6
//! ```
//!
//! Invariant: where a round of the loop ends, captured locals of the body are closed, by the end of the block
//! or before the jump of a `continue`.

use super::scope::ScopeKind;
use super::{Compiler, SemanticError};
use crate::bytecode::Opcode;
use crate::syntax::ast::*;

impl Compiler {
    /// Compiles `while`.
    pub(super) fn while_loop(
        &mut self,
        condition: &Expression,
        body: &Block,
    ) -> Result<(), SemanticError> {
        self.at_line(condition.line);
        let head = self.loop_head()?;
        let exits = self.condition(condition)?;
        self.current.open_scope(ScopeKind::Loop);
        self.block(body)?;
        self.at_end_of(body);
        self.current.land_continues_at(head)?;
        if !self.current.builder.is_unreachable() {
            self.current.builder.emit_jump_back(head)?;
        }
        self.current.close_scope_silently();
        self.current.builder.patch_list_here(exits);
        Ok(())
    }

    fn loop_head(&mut self) -> Result<u32, SemanticError> {
        let head = self.current.builder.mark_target();
        self.current.builder.emit_ad(Opcode::Loop, 0, 0, &[])?;
        Ok(head)
    }

    /// Compiles `repeat`.
    pub(super) fn repeat_loop(
        &mut self,
        body: &Block,
        condition: &Expression,
    ) -> Result<(), SemanticError> {
        let head = self.loop_head()?;
        self.current.open_scope(ScopeKind::Repeat);
        let level = self.current.active.len();
        self.current.open_scope(ScopeKind::Block);
        self.statements(body)?;
        self.at_end_of(body);
        self.current.land_continues()?;
        let again = self.condition(condition)?;
        if self.current.has_captured_from(level) {
            self.current.close_from(level)?;
            let exit = self.current.builder.emit_jump()?;
            if !again.is_empty() {
                self.current.builder.patch_list_here(again);
                self.current.close_from(level)?;
                self.current.builder.emit_jump_back(head)?;
            }
            self.current.close_scope_silently();
            self.current.builder.patch_list_here(vec![exit]);
        } else {
            self.current.builder.patch_list(again, head);
            self.current.close_scope_silently();
        }
        self.current.close_scope_silently();
        Ok(())
    }

    /// Compiles a numeric `for`.
    pub(super) fn numeric_for(
        &mut self,
        variable: &Bytes,
        bounds: (&Expression, &Expression, Option<&Expression>),
        body: &Block,
        lines: (Line, Line),
    ) -> Result<(), SemanticError> {
        let (start, limit, step) = bounds;
        let (line, do_line) = lines;
        self.current.open_scope(ScopeKind::Loop);
        self.current.check_locals(4)?;
        self.check_redeclaration(variable)?;
        let base = self.place_next(start)?;
        self.place_next(limit)?;
        match step {
            Some(step) => {
                self.place_next(step)?;
            }
            None => {
                let register = self.current.builder.reserve(1)?;
                self.current.builder.load_number(register, 1.0)?;
            }
        }
        for name in ["(for index)", "(for limit)", "(for step)"] {
            self.activate_hidden(name);
        }
        self.at_line(do_line);
        let prepare = self
            .current
            .builder
            .emit_ad(Opcode::ForPrepare, base, 0, &[])?;
        let start_pc = self.current.builder.mark_target();
        self.current.open_scope(ScopeKind::Block);
        self.current.builder.reserve(1)?;
        self.activate(variable, false);
        self.statements(body)?;
        self.at_end_of(body);
        self.current.close_scope()?;
        self.current.land_continues()?;
        self.at_line(line);
        let end = self
            .current
            .builder
            .emit_ad(Opcode::ForLoop, base, 0, &[])?;
        let builder = &mut self.current.builder;
        builder.patch_jump(end, start_pc);
        let after = builder.mark_target();
        builder.patch_jump(prepare, after);
        self.current.close_scope_silently();
        Ok(())
    }

    /// Compiles a generic `for`.
    pub(super) fn generic_for(
        &mut self,
        variables: &[Bytes],
        values: &[Expression],
        body: &Block,
        iterator_line: Line,
    ) -> Result<(), SemanticError> {
        self.current.open_scope(ScopeKind::Loop);
        self.current.check_locals(3 + variables.len())?;
        for variable in variables {
            self.check_redeclaration(variable)?;
        }
        self.at_line(iterator_line);
        self.adjusted_list(values, 3)?;
        let base = self.mark() as u8;
        // Function, frame link and two arguments of the call, or the results.
        self.current.builder.need(variables.len().max(4) as u32)?;
        for name in ["(for generator)", "(for state)", "(for control)"] {
            self.activate_hidden(name);
        }
        let is_next = variables.len() <= 2 && values.first().is_some_and(looks_like_next);
        let builder = &mut self.current.builder;
        let enter = if is_next {
            builder.emit_ad(Opcode::IteratorPrepareNext, base, 0, &[])?
        } else {
            builder.emit_jump()?.pc
        };
        let start_pc = builder.mark_target();
        self.current.open_scope(ScopeKind::Block);
        self.current.builder.reserve(variables.len() as u32)?;
        for variable in variables {
            self.activate(variable, false);
        }
        self.statements(body)?;
        self.at_end_of(body);
        self.current.close_scope()?;
        self.current.land_continues()?;
        self.at_line(iterator_line);
        let builder = &mut self.current.builder;
        let here = builder.mark_target();
        builder.patch_jump(enter, here);
        let call = if is_next {
            Opcode::IteratorNext
        } else {
            Opcode::IteratorCall
        };
        builder.emit_abc(call, base, variables.len() as u8 + 1, 0, &[])?;
        let end = builder.emit_ad(Opcode::IteratorLoop, base, 0, &[])?;
        builder.patch_jump(end, start_pc);
        self.current.close_scope_silently();
        Ok(())
    }
}

/// Whether a loop over this value probably calls the builtin `next`: `pairs(…)` or `next`.
fn looks_like_next(value: &Expression) -> bool {
    let name = match &value.kind {
        ExpressionKind::Suffixed { base, .. } => &base.kind,
        other => other,
    };
    matches!(name, ExpressionKind::Name(name) if **name == *b"pairs" || **name == *b"next")
}
