//! Blocks, local variables, upvalues and jumps between blocks, as the compiler walks through the program.
//!
//! Local variables live in consecutive registers: the n-th active local is register n. Whether a local is captured
//! by some closure is known when it is declared (see [`super::captures`]), so that every jump that leaves its
//! scope can close it, wherever the closure is written. Example:
//!
//! ```text
//! while f() do
//!   local x = g()          -- captured below
//!   if x then break end    -- close x; jump out
//!   h(function() return x end)
//! end                      -- close x; jump back
//! ```
//!
//! Invariants:
//! * A `break`, `continue`, `goto`, `return` or block end emits `CloseUpvalues` exactly when a captured local goes
//!   out of scope there.
//! * A goto backwards leads to a `Loop` instruction: [`super::captures`] says which labels need one.
//!
//! Gotos wait in a list until a label of an enclosing block takes them, or until the end of the function.

use super::SemanticError;
use super::builder::{Builder, JumpList, PendingJump};
use crate::bytecode::opcode::encode_j;
use crate::bytecode::{LocalVariable, Opcode, UpvalueSource};
use crate::syntax::ast::StatementKind;
use std::rc::Rc;

/// LuaJIT's limit of active local variables in a function.
pub(super) const LOCALS_MAX: usize = 200;
/// Most upvalues of a function; LuaJIT allows 60.
pub(super) const UPVALUES_MAX: usize = 255;

/// A local variable in scope.
pub(super) struct ActiveLocal {
    pub name: Rc<[u8]>,
    /// Number of the declaration in the chunk.
    pub id: u32,
    pub is_const: bool,
    pub is_captured: bool,
    debug_index: usize,
}

/// An upvalue of the function.
pub(super) struct UpvalueEntry {
    pub name: Rc<[u8]>,
    /// Number of the declaration that it stands for.
    pub id: u32,
    pub source: UpvalueSource,
}

/// Stands for the end of a local's life until that is known.
const OPEN_END: u32 = u32::MAX;

/// What kind of block a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Block,
    /// Target of `break` and `continue`; `continue` leaves all locals inside.
    Loop,
    /// As `Loop`, but `continue` goes to the condition, which still sees the locals of the body.
    Repeat,
}

/// A `continue` and what was in scope there.
struct PendingContinue {
    jump: PendingJump,
    /// Locals of the loop body that were active.
    active: usize,
    line: u32,
}

struct Scope {
    kind: ScopeKind,
    first_active: usize,
    first_label: usize,
    first_goto: usize,
    breaks: JumpList,
    continues: Vec<PendingContinue>,
}

struct Label {
    name: Rc<[u8]>,
    pc: u32,
    /// Active locals that a jump here must already have had.
    active: usize,
    /// Captured locals from here on must be closed by a jump.
    close_level: usize,
}

struct PendingGoto {
    name: Rc<[u8]>,
    jump: PendingJump,
    /// The `CloseUpvalues` before the jump, if a captured local was in scope.
    close_pc: Option<u32>,
    /// Registers of the captured locals in scope.
    captured: Vec<u8>,
    /// Locals of the current block that were active.
    active: usize,
    line: u32,
}

/// One function under construction.
pub(super) struct FunctionState {
    pub builder: Builder,
    pub active: Vec<ActiveLocal>,
    pub debug_locals: Vec<LocalVariable>,
    pub upvalues: Vec<UpvalueEntry>,
    scopes: Vec<Scope>,
    labels: Vec<Label>,
    gotos: Vec<PendingGoto>,
}

impl FunctionState {
    /// A function without code.
    pub fn new(first_line: u32) -> FunctionState {
        FunctionState {
            builder: Builder::new(first_line),
            active: Vec::new(),
            debug_locals: Vec::new(),
            upvalues: Vec::new(),
            scopes: Vec::new(),
            labels: Vec::new(),
            gotos: Vec::new(),
        }
    }

    /// Number of registers that belong to locals.
    pub fn active_count(&self) -> u32 {
        self.active.len() as u32
    }

    // Locals.

    /// The error for too many locals, if `more` cannot be added.
    pub fn check_locals(&self, more: usize) -> Result<(), SemanticError> {
        if self.active.len() + more > LOCALS_MAX {
            return Err(self.builder.limit_error(LOCALS_MAX, "local variables"));
        }
        Ok(())
    }

    /// Puts a local in scope; its register is the next one and already reserved.
    pub fn activate(&mut self, name: Rc<[u8]>, id: u32, is_const: bool, is_captured: bool) {
        let pc = self.builder.here();
        self.debug_locals.push(LocalVariable {
            name: name.clone(),
            register: self.active.len() as u8,
            start_pc: pc,
            end_pc: OPEN_END,
        });
        self.active.push(ActiveLocal {
            name,
            id,
            is_const,
            is_captured,
            debug_index: self.debug_locals.len() - 1,
        });
    }

    /// Lets the life of the newest local begin only here, for messages and the debug library.
    pub fn restart_newest_local(&mut self) {
        if let Some(local) = self.active.last() {
            self.debug_locals[local.debug_index].start_pc = self.builder.here();
        }
    }

    /// The innermost local of this name: its register.
    pub fn find_local(&self, name: &[u8]) -> Option<usize> {
        self.active.iter().rposition(|local| *local.name == *name)
    }

    /// The upvalue that stands for declaration `id`.
    pub fn find_upvalue(&self, id: u32) -> Option<usize> {
        self.upvalues.iter().position(|upvalue| upvalue.id == id)
    }

    fn lowest_captured(&self, level: usize) -> Option<u8> {
        let offset = self.active[level..]
            .iter()
            .position(|local| local.is_captured)?;
        Some((level + offset) as u8)
    }

    /// Closes the captured ones of the locals from `level` on.
    pub fn close_from(&mut self, level: usize) -> Result<(), SemanticError> {
        if let Some(register) = self.lowest_captured(level) {
            self.builder
                .emit_ad(Opcode::CloseUpvalues, register, 0, &[])?;
        }
        Ok(())
    }

    /// Whether a local from `level` on is captured.
    pub fn has_captured_from(&self, level: usize) -> bool {
        self.lowest_captured(level).is_some()
    }

    // Scopes.

    /// Opens a block.
    pub fn open_scope(&mut self, kind: ScopeKind) {
        self.scopes.push(Scope {
            kind,
            first_active: self.active.len(),
            first_label: self.labels.len(),
            first_goto: self.gotos.len(),
            breaks: Vec::new(),
            continues: Vec::new(),
        });
    }

    /// Closes the innermost block: its locals end, its labels take the gotos that lead back to them.
    pub fn close_scope(&mut self) -> Result<(), SemanticError> {
        let Some(first_active) = self.scopes.last().map(|scope| scope.first_active) else {
            return Ok(());
        };
        if !self.builder.is_unreachable() {
            self.close_from(first_active)?;
        }
        self.close_scope_silently();
        Ok(())
    }

    /// Closes the innermost block where the end cannot be reached or has closed its upvalues already.
    pub fn close_scope_silently(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let end_pc = self.builder.here();
        for local in self.active.drain(scope.first_active..) {
            let debug_local = &mut self.debug_locals[local.debug_index];
            if debug_local.end_pc == OPEN_END {
                debug_local.end_pc = end_pc;
            }
        }
        self.builder.free_register = scope.first_active as u32;
        self.builder.patch_list_here(scope.breaks);
        let waiting = self.gotos.split_off(scope.first_goto);
        for mut goto in waiting {
            let label = self.labels[scope.first_label..]
                .iter()
                .position(|label| label.name == goto.name);
            match label {
                Some(offset) => {
                    let label = &self.labels[scope.first_label + offset];
                    patch_goto(&mut self.builder, &goto, label);
                }
                None => {
                    goto.active = goto.active.min(scope.first_active);
                    self.gotos.push(goto);
                }
            }
        }
        self.labels.truncate(scope.first_label);
    }

    // Jumps between blocks.

    fn innermost_loop(&self) -> Option<usize> {
        self.scopes
            .iter()
            .rposition(|scope| scope.kind != ScopeKind::Block)
    }

    /// Leaves the innermost loop.
    pub fn emit_break(&mut self) -> Result<(), SemanticError> {
        let Some(index) = self.innermost_loop() else {
            return Err(SemanticError::new(self.builder.line, "no loop to break"));
        };
        self.close_from(self.scopes[index].first_active)?;
        let jump = self.builder.emit_jump()?;
        self.scopes[index].breaks.push(jump);
        Ok(())
    }

    /// Goes to the end of the body of the innermost loop.
    pub fn emit_continue(&mut self) -> Result<(), SemanticError> {
        let Some(index) = self.innermost_loop() else {
            return Err(SemanticError::new(self.builder.line, "no loop to continue"));
        };
        let active = match self.scopes[index].kind {
            // The scope after the loop's is the body; the locals of blocks inside that end.
            ScopeKind::Repeat => match self.scopes.get(index + 2) {
                Some(inner) => inner.first_active,
                None => self.active.len(),
            },
            _ => self.scopes[index].first_active,
        };
        self.close_from(active)?;
        let jump = self.builder.emit_jump()?;
        let line = self.builder.line;
        self.scopes[index]
            .continues
            .push(PendingContinue { jump, active, line });
        Ok(())
    }

    /// Lets waiting jumps do what a `break`, `continue` or `goto` does, if that closes nothing; otherwise returns them.
    pub fn join_jumps(&mut self, kind: &StatementKind, jumps: JumpList) -> Result<(), JumpList> {
        let line = self.builder.line;
        let active = self.active.len();
        match kind {
            StatementKind::Break | StatementKind::Continue => {
                let Some(index) = self.innermost_loop() else {
                    return Err(jumps);
                };
                let scope = &mut self.scopes[index];
                let is_repeat = scope.kind == ScopeKind::Repeat;
                let level = scope.first_active;
                if self.active[level..].iter().any(|local| local.is_captured) {
                    return Err(jumps);
                }
                if *kind == StatementKind::Break {
                    scope.breaks.extend(jumps);
                    return Ok(());
                }
                if is_repeat {
                    return Err(jumps);
                }
                scope
                    .continues
                    .extend(jumps.into_iter().map(|jump| PendingContinue {
                        jump,
                        active: level,
                        line,
                    }));
                Ok(())
            }
            StatementKind::Goto(name) => {
                if self.active.iter().any(|local| local.is_captured) {
                    return Err(jumps);
                }
                self.gotos.extend(jumps.into_iter().map(|jump| PendingGoto {
                    name: name.clone(),
                    jump,
                    close_pc: None,
                    captured: Vec::new(),
                    active,
                    line,
                }));
                Ok(())
            }
            _ => Err(jumps),
        }
    }

    /// Lets the `continue`s of the innermost loop lead to the next instruction.
    pub fn land_continues(&mut self) -> Result<(), SemanticError> {
        let here = self.builder.here();
        self.land_continues_at(here)
    }

    /// Lets the `continue`s of the innermost loop lead to `target`.
    pub fn land_continues_at(&mut self, target: u32) -> Result<(), SemanticError> {
        let Some(index) = self.innermost_loop() else {
            return Ok(());
        };
        let is_repeat = self.scopes[index].kind == ScopeKind::Repeat;
        for pending in std::mem::take(&mut self.scopes[index].continues) {
            if is_repeat && let Some(local) = self.active.get(pending.active) {
                return Err(SemanticError::naming(
                    pending.line,
                    "<continue> jumps into the scope of local '?'",
                    &[&local.name],
                ));
            }
            self.builder.patch_list(vec![pending.jump], target);
        }
        Ok(())
    }

    /// Jumps to a label.
    pub fn emit_goto(&mut self, name: Rc<[u8]>) -> Result<(), SemanticError> {
        let captured: Vec<u8> = self
            .active
            .iter()
            .enumerate()
            .filter(|(_, local)| local.is_captured)
            .map(|(register, _)| register as u8)
            .collect();
        let close_pc = match captured.first() {
            Some(&register) => {
                Some(
                    self.builder
                        .emit_ad(Opcode::CloseUpvalues, register, 0, &[])?,
                )
            }
            None => None,
        };
        let jump = self.builder.emit_jump()?;
        self.gotos.push(PendingGoto {
            name,
            jump,
            close_pc,
            captured,
            active: self.active.len(),
            line: self.builder.line,
        });
        Ok(())
    }

    /// Places a label. `is_trailing`: nothing but labels follows in its block, so that it is outside of the scope
    /// of the block's locals. `is_loop`: some goto leads back to it.
    pub fn place_label(
        &mut self,
        name: Rc<[u8]>,
        is_trailing: bool,
        is_loop: bool,
    ) -> Result<(), SemanticError> {
        let (first_active, first_label, first_goto) = match self.scopes.last() {
            Some(scope) => (scope.first_active, scope.first_label, scope.first_goto),
            None => (0, 0, 0),
        };
        if self.labels[first_label..]
            .iter()
            .any(|label| label.name == name)
        {
            return Err(SemanticError::naming(
                self.builder.line,
                "duplicate label '?'",
                &[&name],
            ));
        }
        let pc = self.builder.mark_target();
        if is_loop {
            self.builder.emit_label_loop()?;
        }
        let label = Label {
            name,
            pc,
            active: if is_trailing {
                first_active
            } else {
                self.active.len()
            },
            close_level: self.active.len(),
        };
        let waiting = self.gotos.split_off(first_goto);
        for goto in waiting {
            if goto.name != label.name {
                self.gotos.push(goto);
                continue;
            }
            if goto.active < label.active {
                return Err(SemanticError::naming(
                    goto.line,
                    "<goto ?> jumps into the scope of local '?'",
                    &[&goto.name, &self.active[goto.active].name],
                ));
            }
            // Locals that the goto has jumped over have no value from here on.
            for local in self.active.iter().skip(goto.active) {
                let debug_local = &mut self.debug_locals[local.debug_index];
                debug_local.end_pc = pc.max(debug_local.start_pc);
            }
            patch_goto(&mut self.builder, &goto, &label);
        }
        self.labels.push(label);
        Ok(())
    }

    /// The error for a goto that no label has taken, at the end of the function.
    pub fn check_gotos(&self) -> Result<(), SemanticError> {
        match self.gotos.first() {
            None => Ok(()),
            Some(goto) => Err(SemanticError::naming(
                goto.line,
                "undefined label '?'",
                &[&goto.name],
            )),
        }
    }
}

/// Lets a goto lead to its label and close what goes out of scope on the way.
fn patch_goto(builder: &mut Builder, goto: &PendingGoto, label: &Label) {
    let level = label.close_level.min(goto.active);
    if let Some(close_pc) = goto.close_pc {
        match goto
            .captured
            .iter()
            .find(|&&register| usize::from(register) >= level)
        {
            Some(&register) => builder.set_a(close_pc, register),
            None => {
                // Nothing to close after all: jump at once, the other jump is dead.
                builder.code[close_pc as usize] = encode_j(Opcode::Jump, 0);
                builder.patch_jump(close_pc, label.pc);
            }
        }
    }
    builder.patch_list(vec![goto.jump], label.pc);
}
