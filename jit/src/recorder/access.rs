//! Moves, constants, upvalues, closures, globals and the dispatch of table accesses.
//!
//! ## Upvalues
//! A closed upvalue is memory. An open one may point into the stack slots that this very trace keeps in registers; so a trace
//! guards where it points: at slot `n` (then the slot is read and written), or outside the trace's frames (then memory is).

use super::abort::AbortReason;
use super::captures;
use super::view::{self, Instr};
use super::{Recorded, Recorder};
use crate::helpers::HelperName;
use crate::ir::{Field, Operation, Ref, Type};
use rlove_vm::bytecode::{Opcode, UpvalueSource};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

/// Slots above the entry base that a trace may have, for guards on upvalues.
const FRAME_REACH: u32 = super::MOST_SLOTS as u32 + 300;

/// A closure that the trace made.
pub(super) struct MadeClosure {
    pub(super) prototype: usize,
    own: Vec<bool>,
}

/// Where an upvalue is, as guarded.
enum Place {
    /// A slot of the trace.
    Slot(i32),
    /// Memory behind this upvalue object.
    Memory(Ref),
}

impl Recorder {
    pub(super) fn record_move(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let Instr { a, d, .. } = *instruction;
        let value = match instruction.opcode {
            Opcode::Move => {
                let slot = self.slot_of(d);
                self.read(slot)
            }
            Opcode::LoadConstant => {
                let value = self.frame().prototype.constant(d as usize);
                self.constant(value)
            }
            Opcode::LoadConstantExtended => {
                let index = instruction.extra(1) as usize;
                let value = self.frame().prototype.constant(index);
                self.constant(value)
            }
            Opcode::LoadInteger => self.number(f64::from(d as u16 as i16)),
            Opcode::LoadBoolean => self.constant(Value::boolean(d != 0)),
            Opcode::LoadNil => {
                let nil = self.constant(Value::NIL);
                for register in a..=d {
                    self.write_register(register, nil);
                }
                return Ok(());
            }
            Opcode::GetUpvalue => self.get_upvalue(vm, d as usize)?,
            Opcode::SetUpvalue => return self.set_upvalue(vm, a as usize, d),
            Opcode::Closure => return self.record_closure(vm, instruction),
            _ => return self.record_close(vm, a),
        };
        self.write_register(a, value);
        Ok(())
    }
    /// The running function, as a constant where it is known.
    pub(super) fn running_function(&mut self) -> Ref {
        let slot = self.base() - 2;
        let value = self.read(slot);
        if self.ty(value) == Type::Function {
            return value;
        }
        // The code that runs is this function's: no check.
        let typed = self.emit(Operation::Unbox, Type::Function, &[value], 1);
        self.refine(slot, typed);
        typed
    }
    fn upvalue_place(&mut self, vm: &Vm, index: usize) -> Result<Place, AbortReason> {
        let function = self.frame().function;
        let reference = self.running_function();
        let upvalue = view::upvalue_of(function, index);
        let is_constant = reference.as_constant().is_some();
        let cell = if is_constant {
            self.pointer(upvalue as usize)
        } else {
            let literal = Field::FirstUpvalueCell as u32 + index as u32;
            self.emit(Operation::LoadField, Type::Pointer, &[reference], literal)
        };
        let is_own = self
            .made_closures
            .get(&reference)
            .is_some_and(|made| made.own.get(index) == Some(&true));
        if is_own {
            return Ok(Place::Memory(cell));
        }
        let (is_open, location) = view::upvalue_location(upvalue);
        if !is_open {
            // Once closed it stays so: only another object could be open.
            if !is_constant {
                self.guard(
                    Operation::GuardUpvalueOutside,
                    [cell, Ref::NONE, Ref::NONE],
                    FRAME_REACH,
                );
            }
            return Ok(Place::Memory(cell));
        }
        let start = view::stack_of(vm) as isize;
        let slot = (location as isize - start) / 8 - self.entry_offset as isize;
        let is_in_this_stack = location as isize >= start && location < view::stack_end(vm);
        // Frames below the entry are the trace's own too, once it has returned to them.
        let lowest = self.frames[0].base as isize - 2;
        let is_own_slot = is_in_this_stack && slot >= lowest.min(0);
        if is_own_slot || (is_in_this_stack && lowest < -2) {
            // This very slot; if it is below all frames of the trace it is memory to it.
            self.guard(
                Operation::GuardUpvalueSlot,
                [cell, Ref::NONE, Ref::NONE],
                slot as i32 as u32,
            );
            if is_own_slot {
                return Ok(Place::Slot(slot as i32));
            }
            self.uses_open_upvalue = true;
            return Ok(Place::Memory(cell));
        }
        if self.frames[0].base < 0 {
            return Err(AbortReason::CapturedVariable);
        }
        self.guard(
            Operation::GuardUpvalueOutside,
            [cell, Ref::NONE, Ref::NONE],
            FRAME_REACH,
        );
        self.uses_open_upvalue = true;
        Ok(Place::Memory(cell))
    }
    fn get_upvalue(&mut self, vm: &Vm, index: usize) -> Result<Ref, AbortReason> {
        let upvalue = view::upvalue_of(self.frame().function, index);
        let actual = view::value_at(view::upvalue_location(upvalue).1);
        match self.upvalue_place(vm, index)? {
            Place::Slot(slot) => {
                let value = self.read(slot);
                self.check(value, actual)?;
                Ok(value)
            }
            Place::Memory(cell) => {
                let value = self.emit(Operation::LoadUpvalue, Type::Value, &[cell], 0);
                self.typed(value, actual)
            }
        }
    }
    fn set_upvalue(&mut self, vm: &Vm, index: usize, register: i32) -> Recorded {
        let slot = self.slot_of(register);
        let value = self.read(slot);
        match self.upvalue_place(vm, index)? {
            Place::Slot(place) => self.write(place, value),
            Place::Memory(cell) => {
                self.emit(Operation::StoreUpvalue, Type::None, &[cell, value], 0);
            }
        }
        Ok(())
    }
    /// A closure. A captured register that nobody writes any more is copied into a closed upvalue, which nobody can tell from an open
    /// one; others end the recording.
    fn record_closure(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let child = self.frame().prototype.data().children[instruction.d as usize];
        let compiled = view::PrototypeView::of(child).data().compiled.clone();
        let parent = self.frame().prototype.data().compiled.clone();
        let at = Self::index_in(&self.frame().prototype, instruction.pc);
        let mut captured = Vec::new();
        let mut own = Vec::new();
        for (position, source) in compiled.upvalues.iter().enumerate() {
            let UpvalueSource::ParentRegister(register) = *source else {
                own.push(false);
                continue;
            };
            own.push(true);
            if !captures::is_copyable(&parent, at, register) {
                return Err(AbortReason::CapturedVariable);
            }
            captured.push((position as u32, i32::from(register)));
        }
        if let Some(lowest) = captured.iter().map(|&(_, register)| register).min() {
            let slot = self.slot_of(lowest);
            let shares = captured.iter().any(|&(_, register)| {
                let slot = self.slot_of(register);
                self.cells.contains_key(&slot)
            });
            if !self.closes_own_upvalues && view::has_open_upvalue_at(vm, self.absolute(slot)) {
                // The interpreter would share an upvalue that is open already.
                return Err(AbortReason::CapturedVariable);
            }
            if !shares {
                self.guard(Operation::GuardNoOpenUpvalue, [Ref::NONE; 3], slot as u32);
            }
            self.closes_own_upvalues = true;
        }
        let function = self.running_function();
        let index = self.integer(instruction.d);
        let closure = self.call(HelperName::NewClosure, Type::Function, &[function, index]);
        for (position, register) in captured {
            self.capture(closure, position, register, instruction.a)?;
        }
        let made = MadeClosure {
            prototype: child as usize,
            own,
        };
        self.made_closures.insert(closure, made);
        self.write_register(instruction.a, closure);
        Ok(())
    }
    /// Fills upvalue `position` of a fresh closure with the variable in `register`.
    fn capture(
        &mut self,
        closure: Ref,
        position: u32,
        register: i32,
        closure_register: i32,
    ) -> Recorded {
        let slot = self.slot_of(register);
        let literal = Field::FirstUpvalueCell as u32 + position;
        if let Some(&(cell, snapshots)) = self.cells.get(&slot) {
            // Closures share their variable; the interpreter must not get between them.
            if snapshots != self.trace.snapshots.len() {
                return Err(AbortReason::CapturedVariable);
            }
            self.emit(Operation::StoreField, Type::None, &[closure, cell], literal);
            return Ok(());
        }
        let value = if register == closure_register {
            closure
        } else {
            self.read(slot)
        };
        let cell = self.emit(Operation::LoadField, Type::Pointer, &[closure], literal);
        self.emit(
            Operation::StoreUpvalue,
            Type::None,
            &[cell, value],
            crate::ir::NO_BARRIER,
        );
        self.cells.insert(slot, (cell, self.trace.snapshots.len()));
        Ok(())
    }
    /// Slot of the stack, counted from its bottom.
    fn absolute(&self, slot: i32) -> i64 {
        self.entry_offset as i64 + i64::from(slot)
    }
    /// Leaving the scope of captured variables: traces open no upvalues, so there must be none.
    fn record_close(&mut self, vm: &Vm, register: i32) -> Recorded {
        let slot = self.slot_of(register);
        if view::has_open_upvalue_at(vm, self.absolute(slot)) {
            // Opened before the trace began, or by an iteration that the interpreter ran while this was recorded.
            if !self.closes_own_upvalues {
                return Err(AbortReason::CapturedVariable);
            }
        }
        self.cells.retain(|&captured, _| captured < slot);
        self.guard(Operation::GuardNoOpenUpvalue, [Ref::NONE; 3], slot as u32);
        Ok(())
    }

    // ---- Globals and tables ----

    fn environment(&mut self) -> (Ref, Value) {
        let function = self.running_function();
        let environment = view::environment_of(self.frame().function);
        let reference = self.load_field(function, Field::FunctionEnvironment);
        (reference, Value::table(environment))
    }
    fn key_constant(&mut self, instruction: &Instr) -> (Ref, Value) {
        let key = self
            .frame()
            .prototype
            .constant(instruction.extra(1) as usize);
        (self.constant(key), key)
    }
    fn operand(&mut self, vm: &Vm, register: i32) -> Result<(Ref, Value), AbortReason> {
        let actual = self.actual_register(vm, register);
        Ok((self.typed_register(vm, register)?, actual))
    }
    pub(super) fn record_access(&mut self, vm: &Vm, instruction: &Instr) -> Recorded {
        let Instr { a, b, c, .. } = *instruction;
        use Opcode::*;
        match instruction.opcode {
            GetGlobal => {
                let object = self.environment();
                let key = self.key_constant(instruction);
                self.get_into(vm, instruction, object, key, a)
            }
            GetField => {
                let object = self.operand(vm, b)?;
                let key = self.key_constant(instruction);
                self.get_into(vm, instruction, object, key, a)
            }
            GetIndex => {
                let object = self.operand(vm, b)?;
                let key = self.operand(vm, c)?;
                self.get_into(vm, instruction, object, key, a)
            }
            GetIndexInteger => {
                let object = self.operand(vm, b)?;
                let key = (self.integer(c), Value::from(c));
                self.get_into(vm, instruction, object, key, a)
            }
            Method => {
                let object = self.operand(vm, b)?;
                let key = self.key_constant(instruction);
                // The receiver goes first to its place, also where a metamethod finds the method.
                self.method_receiver = Some((self.slot_of(a + 2), object.0));
                self.get_into(vm, instruction, object, key, a)
            }
            SetGlobal => {
                let object = self.environment();
                let key = self.key_constant(instruction);
                let value = self.operand(vm, a)?;
                self.set_table(vm, instruction, object, key, value)
            }
            SetField => {
                let object = self.operand(vm, b)?;
                let key = self.key_constant(instruction);
                let value = self.operand(vm, a)?;
                self.set_table(vm, instruction, object, key, value)
            }
            SetIndex => {
                let object = self.operand(vm, b)?;
                let key = self.operand(vm, c)?;
                let value = self.operand(vm, a)?;
                self.set_table(vm, instruction, object, key, value)
            }
            _ => {
                let object = self.operand(vm, b)?;
                let key = (self.integer(c), Value::from(c));
                let value = self.operand(vm, a)?;
                self.set_table(vm, instruction, object, key, value)
            }
        }
    }
    fn get_into(
        &mut self,
        vm: &Vm,
        instruction: &Instr,
        object: (Ref, Value),
        key: (Ref, Value),
        register: i32,
    ) -> Recorded {
        let receiver = self.method_receiver.take();
        match self.get_table(vm, object, key)? {
            super::tables::Found::Value(value) => {
                if let Some((slot, receiver)) = receiver {
                    self.write(slot, receiver);
                }
                self.write_register(register, value);
                Ok(())
            }
            super::tables::Found::Call(handler, owner) => {
                if let Some((slot, receiver)) = receiver {
                    self.write(slot, receiver);
                }
                self.call_metamethod(vm, instruction, handler, &[owner, key.0], 0)
            }
        }
    }
}
