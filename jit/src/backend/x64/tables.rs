//! Lowering of table guards, stores with their barrier, allocation, and guards on the machine's state.
//!
//! ## The write barrier
//! While the collector marks, a store first queues what it overwrites (I8). The test is one comparison; the rest is cold:
//! ```text
//!       cmp byte [r15 + barrier_active], 0
//!       jne cold ──► mov rax, [place]; call barrier; jmp back
//! back: mov [place], value
//! ```
//! Worked example: `new_table` with two slots that the next instructions fill is bump, limit test, header word, body: no nil is written.

use super::super::{CompileError, FIRST_FLOAT, Place, Register};
use super::emit::{Cold, Emitter, Memory, memory};
use super::{FLOAT_SCRATCH, RAX, RBX};
use crate::ir::{Effect, NO_BARRIER, Operation, Ref, Type};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use rlove_vm::layout;
use rlove_vm::value::{TAG_SHIFT, Value};

/// The heap's fields are addressed from this register.
const HEAP: Register = 15;

impl Emitter<'_> {
    /// Guards and stores of tables, allocation; false if `operation` is none of them.
    pub fn lower_table(&mut self, operation: Operation) -> Result<bool, CompileError> {
        match operation {
            Operation::GuardShape => {
                self.guard_object(layout::OBJECT_WORD, self.literal() as i32)?;
            }
            Operation::GuardInlineCapacity => {
                let exit = self.exit_label()?;
                let object = self.general(self.operand(0))?;
                let place = Memory::Base(object, layout::OBJECT_SMALL as i32);
                let capacity = self.literal() as u8 as i8;
                memory!(self.ops, place, [cmp BYTE][, capacity]);
                dynasm!(self.ops; jne =>exit);
            }
            Operation::GuardHashEntry => self.guard_hash_entry()?,
            Operation::GuardEpoch => {
                let exit = self.exit_label()?;
                let place = Memory::Base(HEAP, layout::HEAP_PROTOTYPE_EPOCH as i32);
                memory!(self.ops, place, [cmp DWORD][, self.literal() as i32]);
                dynasm!(self.ops; jne =>exit);
            }
            Operation::GuardUpvalueSlot | Operation::GuardUpvalueOutside => {
                self.guard_upvalue(operation)?;
            }
            Operation::GuardNoOpenUpvalue => self.guard_no_open_upvalue()?,
            Operation::SafePoint => {
                let exit = self.exit_label()?;
                let place = Memory::Base(HEAP, layout::HEAP_SAFE_POINT_DUE as i32);
                memory!(self.ops, place, [cmp BYTE][, 0]);
                dynasm!(self.ops; jne =>exit);
            }
            Operation::StackCheck => self.stack_check()?,
            Operation::StoreShape => {
                let object = self.general(self.operand(0))?;
                let place = Memory::Base(object, layout::OBJECT_WORD as i32);
                memory!(self.ops, place, [mov DWORD][, self.literal() as i32]);
            }
            Operation::StoreField => self.store_field()?,
            Operation::StoreInline
            | Operation::StoreSlotArray
            | Operation::StoreElement
            | Operation::StoreHashValue
            | Operation::StoreUpvalue => self.store_value(operation)?,
            Operation::NewTable => self.new_table()?,
            Operation::Box => {
                let to = self.result()?;
                match self.boxed(self.operand(0), false)? {
                    Boxed::General(register) => self.move_general(to, register),
                    Boxed::Float(register) => self.float_to_general(to, register),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
    fn guard_object(&mut self, offset: usize, value: i32) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let object = self.general(self.operand(0))?;
        let place = Memory::Base(object, offset as i32);
        memory!(self.ops, place, [cmp DWORD][, value]);
        dynasm!(self.ops; jne =>exit);
        Ok(())
    }
    fn guard_hash_entry(&mut self) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let part = self.general(self.operand(0))?;
        let Some(key) = self.operand(1).as_constant() else {
            return Err(CompileError::Unsupported(
                "a hash entry with a variable key",
            ));
        };
        let entry = self.literal();
        let offset = layout::HASH_ENTRIES
            + entry as usize * layout::HASH_ENTRY_BYTES
            + layout::HASH_ENTRY_KEY;
        let offset =
            i32::try_from(offset).map_err(|_| CompileError::Unsupported("a far hash entry"))?;
        dynasm!(self.ops; test Rq(part), Rq(part); je =>exit);
        let count = Memory::Base(part, layout::HASH_COUNT as i32);
        memory!(self.ops, count, [cmp DWORD][, entry as i32]);
        dynasm!(self.ops; jbe =>exit);
        memory!(self.ops, Memory::Base(part, offset), [mov rax, QWORD][]);
        let bits = self.word_bits(key);
        let pool = self.pool(bits);
        memory!(self.ops, pool, [cmp rax, QWORD][]);
        dynasm!(self.ops; jne =>exit);
        Ok(())
    }
    /// Where an upvalue's value lies, compared with slots of the entry frame.
    fn guard_upvalue(&mut self, operation: Operation) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let upvalue = self.general(self.operand(0))?;
        let offset = (self.literal() as i32).wrapping_mul(8);
        let place = Memory::Base(upvalue, layout::UPVALUE_LOCATION as i32);
        memory!(self.ops, place, [mov rax, QWORD][]);
        dynasm!(self.ops; sub rax, rbx; cmp rax, offset);
        if operation == Operation::GuardUpvalueSlot {
            dynasm!(self.ops; jne =>exit);
        } else {
            dynasm!(self.ops; jb =>exit);
        }
        Ok(())
    }
    /// The highest open upvalue of the running thread lies below a slot.
    fn guard_no_open_upvalue(&mut self) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let thread = (self.environment.vm + layout::VM_THREAD) as u64;
        let offset = (self.literal() as i32).wrapping_mul(8);
        self.load_bits(RAX, thread);
        dynasm!(self.ops; mov rax, [rax]);
        let first = Memory::Base(RAX, layout::THREAD_OPEN_UPVALUES as i32);
        memory!(self.ops, first, [mov rax, QWORD][]);
        dynasm!(self.ops; test rax, rax; je >none);
        let location = Memory::Base(RAX, layout::UPVALUE_LOCATION as i32);
        memory!(self.ops, location, [mov rax, QWORD][]);
        dynasm!(self.ops; sub rax, rbx; cmp rax, offset; jge =>exit; none:);
        Ok(())
    }
    fn stack_check(&mut self) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let thread = (self.environment.vm + layout::VM_THREAD) as u64;
        let bytes = (self.literal() as i32).saturating_mul(8);
        self.load_bits(RAX, thread);
        let limit = Memory::Base(RAX, layout::THREAD_LIMIT as i32);
        dynasm!(self.ops; mov rax, [rax]);
        memory!(self.ops, limit, [mov rax, QWORD][]);
        dynasm!(self.ops; sub rax, bytes; cmp rax, Rq(RBX); jb =>exit);
        Ok(())
    }
    fn store_field(&mut self) -> Result<(), CompileError> {
        let literal = self.literal() & !NO_BARRIER;
        let bytes = super::memory::field_bytes(literal);
        let value = self.operand(1);
        if let Some(constant) = value.as_constant() {
            let bits = self.constant_bits(constant as u32);
            if let (Ok(short), true) = (i32::try_from(bits as i64), bytes == 8) {
                let place = self.address(self.index)?;
                memory!(self.ops, place, [mov QWORD][, short]);
                return Ok(());
            }
            if bytes < 8 {
                let place = self.address(self.index)?;
                match bytes {
                    1 => memory!(self.ops, place, [mov BYTE][, bits as i8]),
                    _ => memory!(self.ops, place, [mov DWORD][, bits as u32 as i32]),
                }
                return Ok(());
            }
            let pool = self.pool(bits);
            self.load_float(FLOAT_SCRATCH, pool);
            let place = self.address(self.index)?;
            self.store_float(place, FLOAT_SCRATCH);
            return Ok(());
        }
        let from = self.general(value)?;
        let place = self.address(self.index)?;
        match bytes {
            1 => memory!(self.ops, place, [mov BYTE][, Rb(from)]),
            4 => memory!(self.ops, place, [mov DWORD][, Rd(from)]),
            _ => memory!(self.ops, place, [mov QWORD][, Rq(from)]),
        }
        Ok(())
    }
    /// A store of a Lua value.
    fn store_value(&mut self, operation: Operation) -> Result<(), CompileError> {
        let value = if operation == Operation::StoreElement {
            self.operand(2)
        } else {
            self.operand(1)
        };
        if self.literal() & NO_BARRIER == 0 {
            let (label, back) = (self.ops.new_dynamic_label(), self.ops.new_dynamic_label());
            let flag = Memory::Base(HEAP, layout::HEAP_BARRIER_ACTIVE as i32);
            memory!(self.ops, flag, [cmp BYTE][, 0]);
            dynasm!(self.ops; jne =>label;=> back);
            self.cold.push(Cold::Barrier {
                at: self.index,
                label,
                back,
            });
        }
        let takes_scratch = self.address_takes_scratch(self.index);
        match self.boxed(value, takes_scratch)? {
            Boxed::General(register) => {
                let place = self.address(self.index)?;
                memory!(self.ops, place, [mov QWORD][, Rq(register)]);
            }
            Boxed::Float(register) => {
                let place = self.address(self.index)?;
                self.store_float(place, register);
            }
        }
        Ok(())
    }
    /// The tagged word of a value: in its own register, `rax` (unless `keep_scratch`), or `xmm15`.
    fn boxed(&mut self, value: Ref, keep_scratch: bool) -> Result<Boxed, CompileError> {
        if let Some(constant) = value.as_constant() {
            let bits = self.word_bits(constant);
            if keep_scratch {
                let pool = self.pool(bits);
                self.load_float(FLOAT_SCRATCH, pool);
                return Ok(Boxed::Float(FLOAT_SCRATCH));
            }
            self.load_bits(RAX, bits);
            return Ok(Boxed::General(RAX));
        }
        let place = self.place(value)?;
        let Place::Register(register) = place else {
            return Err(CompileError::Malformed(
                "a stored value has no register".to_owned(),
            ));
        };
        match self.ty(value) {
            Type::Value => Ok(Boxed::General(register)),
            Type::Number => Ok(Boxed::Float(register - FIRST_FLOAT)),
            Type::Integer => {
                self.integer_to_float(FLOAT_SCRATCH, register);
                Ok(Boxed::Float(FLOAT_SCRATCH))
            }
            ty => {
                let Some(tag) = ty.tag() else {
                    return Err(CompileError::Unsupported("storing a pointer as a value"));
                };
                let pool = self.pool(tag << TAG_SHIFT);
                memory!(self.ops, pool, [mov rax, QWORD][]);
                dynasm!(self.ops; or rax, Rq(register));
                if keep_scratch {
                    self.general_to_float(FLOAT_SCRATCH, RAX);
                    return Ok(Boxed::Float(FLOAT_SCRATCH));
                }
                Ok(Boxed::General(RAX))
            }
        }
    }

    /// Inline slots that stores fill before anything can look at the fresh table.
    fn slots_filled_at_once(&self, slots: usize) -> Vec<bool> {
        let mut is_filled = vec![false; slots];
        let fresh = Ref::instruction(self.index);
        for instruction in &self.trace.instructions[self.index + 1..] {
            match instruction.operation {
                Operation::StoreInline if instruction.operands[0] == fresh => {
                    let slot = (instruction.literal & !NO_BARRIER) as usize;
                    if let Some(filled) = is_filled.get_mut(slot) {
                        *filled = true;
                    }
                }
                Operation::StoreShape if instruction.operands[0] == fresh => {}
                other if other.is_guard() || other.effect() != Effect::Pure => break,
                _ => {}
            }
        }
        is_filled
    }
    fn new_table(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        let literal = self.literal();
        let (shape, slots) = (literal & 0xff_ffff, (literal >> 24) as usize);
        let (class, cell_bytes) = layout::table_class(slots);
        let bump = Memory::Base(HEAP, layout::heap_cursor_bump(class) as i32);
        let limit = Memory::Base(HEAP, layout::heap_cursor_limit(class) as i32);
        let (label, back) = (self.ops.new_dynamic_label(), self.ops.new_dynamic_label());
        memory!(self.ops, bump, [mov Rq(to), QWORD][]);
        memory!(self.ops, limit, [cmp Rq(to), QWORD][]);
        dynasm!(self.ops; jae =>label; lea rax, [Rq(to) + cell_bytes as i32]);
        memory!(self.ops, bump, [mov QWORD][, rax]);
        dynasm!(self.ops;=> back);
        self.cold.push(Cold::Refill {
            class,
            register: to,
            label,
            back,
        });
        self.load_bits(RAX, layout::table_header_word(slots, shape));
        memory!(self.ops, Memory::Base(to, 0), [mov QWORD][, rax]);
        let empty = Memory::Base(HEAP, layout::HEAP_EMPTY_BODY as i32);
        memory!(self.ops, empty, [mov rax, QWORD][]);
        memory!(self.ops, Memory::Base(to, layout::TABLE_BODY as i32), [mov QWORD][, rax]);
        let is_filled = self.slots_filled_at_once(slots);
        if is_filled.iter().any(|filled| !filled) {
            self.load_bits(RAX, Value::NIL.bits());
            for slot in (0..slots).filter(|&slot| !is_filled[slot]) {
                let place = Memory::Base(to, (layout::TABLE_INLINE_SLOTS + slot * 8) as i32);
                memory!(self.ops, place, [mov QWORD][, rax]);
            }
        }
        Ok(())
    }
    /// Everything that was kept for behind the trace.
    pub fn cold_code(&mut self) -> Result<(), CompileError> {
        for each in std::mem::take(&mut self.cold) {
            match each {
                Cold::Barrier { at, label, back } => {
                    self.index = at;
                    dynasm!(self.ops;=> label);
                    let place = self.address(at)?;
                    memory!(self.ops, place, [mov rax, QWORD][]);
                    self.call(self.environment.stubs.barrier);
                    dynasm!(self.ops; jmp =>back);
                }
                Cold::Refill {
                    class,
                    register,
                    label,
                    back,
                } => {
                    dynasm!(self.ops;=> label; mov eax, class as i32);
                    self.call(self.environment.stubs.refill);
                    self.move_general(register, RAX);
                    dynasm!(self.ops; jmp =>back);
                }
                Cold::Nan {
                    word,
                    label,
                    back,
                    site,
                } => {
                    dynasm!(self.ops;=> label);
                    self.cold_nan(word);
                    dynasm!(self.ops; jbe =>back; jmp =>site);
                }
                Cold::Zero {
                    operands,
                    label,
                    back,
                    site,
                } => {
                    dynasm!(self.ops;=> label);
                    for register in operands.into_iter().flatten() {
                        dynasm!(self.ops; test Rd(register), Rd(register); js =>site);
                    }
                    dynasm!(self.ops; jmp =>back);
                }
                Cold::Native {
                    label,
                    site,
                    number,
                } => self.cold_native(label, site, number),
            }
        }
        Ok(())
    }
}

/// A tagged word in a register.
enum Boxed {
    General(Register),
    Float(u8),
}
