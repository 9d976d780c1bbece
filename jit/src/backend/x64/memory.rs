//! Lowering of loads, type checks, foreign memory, and stores without their tables' meaning (see `tables` for that).
//!
//! Worked example: `unbox` of an element to a table is
//! ```text
//! cmp word [rsi+rcx*8+54], 0xfffd    ; the tag
//! jne exit2
//! mov rdx, [rsi+rcx*8+48]
//! xor rdx, [tag in the pool]         ; the address
//! ```
//! and to a number whose word is in a register already `vmovq xmm0, rdx; vucomisd xmm0, xmm0; jp cold`: everything that is no number is a
//! NaN, and the cold code lets real NaNs through.

use super::super::plan::{Kind, is_known};
use super::super::{CompileError, FIRST_FLOAT, Place, Register};
use super::emit::{Cold, Emitter, Memory, memory};
use super::{FLOAT_SCRATCH, RAX, RBX};
use crate::ir::{Field, MemoryAccess, Operation, Ref, Type};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use rlove_vm::layout;
use rlove_vm::value::TAG_SHIFT;

/// The upper half of the greatest word that is a number.
const NUMBER_LIMIT: i32 = 0xfff8_0000_u32 as i32;
const GREATEST_NUMBER: u64 = 0xfff8_0000_0000_0000;
/// nil
const NIL: u64 = rlove_vm::value::Value::NIL.bits();

/// Offset of a field of an object or part.
pub fn field_offset(field: u32) -> i32 {
    let cell = Field::FirstUpvalueCell as u32;
    if field >= cell {
        return (layout::FUNCTION_UPVALUES + (field - cell) as usize * 8) as i32;
    }
    let offsets: [usize; Field::FirstUpvalueCell as usize] = [
        layout::TABLE_BODY,
        layout::BODY_ARRAY_LENGTH,
        layout::BODY_ARRAY_CAPACITY,
        layout::BODY_FLAGS,
        layout::BODY_HASH,
        layout::BODY_SLOTS,
        layout::BODY_METATABLE,
        layout::USERDATA_METATABLE,
        layout::FUNCTION_ENVIRONMENT,
        layout::FUNCTION_DATA,
        layout::UPVALUE_LOCATION,
        layout::STRING_LENGTH,
    ];
    offsets[field as usize] as i32
}
/// Bytes of a field.
pub fn field_bytes(field: u32) -> u32 {
    if field == Field::ArrayFlags as u32 {
        1
    } else if field == Field::ArrayLength as u32
        || field == Field::ArrayCapacity as u32
        || field == Field::StringLength as u32
    {
        4
    } else {
        8
    }
}
fn signed_offset(literal: u32) -> i32 {
    (literal << 8) as i32 >> 8
}

impl Emitter<'_> {
    /// The address that a load reads or a store writes; may need `rax`.
    pub fn address(&mut self, index: usize) -> Result<Memory, CompileError> {
        let instruction = &self.trace.instructions[index];
        let literal = instruction.literal & !crate::ir::NO_BARRIER;
        let eighths = |first: usize| (first + literal as usize * 8) as i32;
        if instruction.operation == Operation::SlotLoad {
            return Ok(Memory::Base(RBX, instruction.literal as i32 * 8));
        }
        let [object, second, _] = instruction.operands;
        let base = self.general(object)?;
        Ok(match instruction.operation {
            Operation::LoadField | Operation::StoreField => {
                Memory::Base(base, field_offset(literal))
            }
            Operation::LoadInline | Operation::StoreInline => {
                Memory::Base(base, eighths(layout::TABLE_INLINE_SLOTS))
            }
            Operation::LoadSlotArray | Operation::StoreSlotArray => {
                Memory::Base(base, eighths(layout::SLOT_ARRAY_VALUES))
            }
            Operation::LoadHashValue | Operation::StoreHashValue => Memory::Base(
                base,
                (layout::HASH_ENTRIES
                    + literal as usize * layout::HASH_ENTRY_BYTES
                    + layout::HASH_ENTRY_VALUE) as i32,
            ),
            Operation::LoadElement | Operation::StoreElement => self.element(base, second)?,
            Operation::LoadUpvalue | Operation::StoreUpvalue => {
                let location = Memory::Base(base, layout::UPVALUE_LOCATION as i32);
                memory!(self.ops, location, [mov rax, QWORD][]);
                Memory::Base(RAX, 0)
            }
            Operation::LoadMemory | Operation::StoreMemory => {
                Memory::Base(base, signed_offset(literal))
            }
            other => return Err(CompileError::Unsupported(other.text())),
        })
    }
    fn element(&mut self, base: Register, index: Ref) -> Result<Memory, CompileError> {
        if let Some(index) = self.integer_constant(index) {
            let offset = i64::from(index) * 8 + layout::BODY_ELEMENTS as i64;
            return match i32::try_from(offset) {
                Ok(offset) => Ok(Memory::Base(base, offset)),
                Err(_) => Err(CompileError::Unsupported("a far element")),
            };
        }
        match self.place(index)? {
            Place::Register(register) if register < FIRST_FLOAT => {
                Ok(Memory::Index(base, register, layout::BODY_ELEMENTS as i32))
            }
            _ => Err(CompileError::Unsupported("an index that is no integer")),
        }
    }
    /// Whether computing the address of this access takes `rax`.
    pub fn address_takes_scratch(&self, index: usize) -> bool {
        let instruction = &self.trace.instructions[index];
        match instruction.operation {
            Operation::SlotLoad => false,
            Operation::LoadUpvalue | Operation::StoreUpvalue => true,
            _ => instruction.operands[0].as_constant().is_some(),
        }
    }

    /// Loads, checks, foreign memory; false if `operation` is none of them.
    pub fn lower_memory(&mut self, operation: Operation) -> Result<bool, CompileError> {
        match operation {
            Operation::SlotLoad
            | Operation::LoadInline
            | Operation::LoadSlotArray
            | Operation::LoadElement
            | Operation::LoadHashValue
            | Operation::LoadUpvalue => {
                let to = self.result()?;
                let place = self.address(self.index)?;
                memory!(self.ops, place, [mov Rq(to), QWORD][]);
            }
            Operation::LoadField => {
                let to = self.result()?;
                let place = self.address(self.index)?;
                match field_bytes(self.literal()) {
                    1 => memory!(self.ops, place, [movzx Rd(to), BYTE][]),
                    4 => memory!(self.ops, place, [mov Rd(to), DWORD][]),
                    _ => memory!(self.ops, place, [mov Rq(to), QWORD][]),
                }
            }
            Operation::LoadByte => self.load_byte()?,
            Operation::LoadMemory => self.load_memory()?,
            Operation::StoreMemory => self.store_memory()?,
            Operation::Unbox => self.unbox()?,
            Operation::GuardBits | Operation::GuardNotBits => self.guard_bits(operation)?,
            Operation::GuardTruth => self.guard_truth()?,
            Operation::GuardKind => {
                let exit = self.exit_label()?;
                let object = self.general(self.operand(0))?;
                let kind = self.literal() as i8;
                let place = Memory::Base(object, layout::OBJECT_KIND as i32);
                memory!(self.ops, place, [cmp BYTE][, kind]);
                dynasm!(self.ops; jne =>exit);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
    fn load_byte(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        let first = match self.ty(self.operand(0)) {
            Type::String | Type::LongString => layout::STRING_BYTES as i32,
            _ => 0,
        };
        let base = self.general(self.operand(0))?;
        let place = match self.integer_constant(self.operand(1)) {
            Some(index) => Memory::Base(base, first + index),
            None => {
                let index = self.general(self.operand(1))?;
                Memory::Sum(base, index, first)
            }
        };
        memory!(self.ops, place, [movzx Rd(to), BYTE][]);
        Ok(())
    }
    fn access(&self) -> u32 {
        self.literal() >> 24 & 0xf
    }
    fn load_memory(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        let place = self.address(self.index)?;
        let float = to.wrapping_sub(FIRST_FLOAT);
        match self.access() {
            kind if kind == MemoryAccess::I8 as u32 => {
                memory!(self.ops, place, [movsx Rd(to), BYTE][]);
            }
            kind if kind == MemoryAccess::U8 as u32 => {
                memory!(self.ops, place, [movzx Rd(to), BYTE][]);
            }
            kind if kind == MemoryAccess::I16 as u32 => {
                memory!(self.ops, place, [movsx Rd(to), WORD][]);
            }
            kind if kind == MemoryAccess::U16 as u32 => {
                memory!(self.ops, place, [movzx Rd(to), WORD][]);
            }
            kind if kind == MemoryAccess::I32 as u32 => {
                memory!(self.ops, place, [mov Rd(to), DWORD][]);
            }
            kind if kind == MemoryAccess::I64 as u32 => {
                memory!(self.ops, place, [mov Rq(to), QWORD][]);
            }
            kind if kind == MemoryAccess::F32 as u32 => {
                if self.features.avx {
                    memory!(self.ops, place, [vcvtss2sd Rx(float), Rx(float), DWORD][]);
                } else {
                    memory!(self.ops, place, [cvtss2sd Rx(float), DWORD][]);
                }
                self.make_canonical(float);
            }
            _ => {
                self.load_float(float, place);
                self.make_canonical(float);
            }
        }
        Ok(())
    }
    /// Foreign NaNs could be forged words: x + 0 is a NaN whose payload the hardware keeps, so they are replaced.
    pub fn make_canonical(&mut self, float: u8) {
        let place = self.pool(0x7ff8_0000_0000_0000);
        if self.features.avx {
            dynasm!(self.ops; vucomisd Rx(float), Rx(float); jnp >number);
        } else {
            dynasm!(self.ops; ucomisd Rx(float), Rx(float); jnp >number);
        }
        self.load_float(float, place);
        dynasm!(self.ops; number:);
    }
    fn store_memory(&mut self) -> Result<(), CompileError> {
        let value = self.operand(1);
        if self.ty(value).is_float() {
            let mut from = self.float(value)?;
            let is_single = self.access() == MemoryAccess::F32 as u32;
            if is_single {
                if self.features.avx {
                    dynasm!(self.ops; vcvtsd2ss Rx(FLOAT_SCRATCH), Rx(from), Rx(from));
                } else {
                    dynasm!(self.ops; cvtsd2ss Rx(FLOAT_SCRATCH), Rx(from));
                }
                from = FLOAT_SCRATCH;
            }
            let place = self.address(self.index)?;
            if is_single {
                memory!(self.ops, place, [movss DWORD][, Rx(from)]);
            } else {
                self.store_float(place, from);
            }
            return Ok(());
        }
        let mut from = self.general(value)?;
        if from == RAX && self.address_takes_scratch(self.index) {
            return Err(CompileError::Unsupported(
                "a constant stored to a constant address",
            ));
        }
        if from == RAX {
            self.move_general(RAX, from);
            from = RAX;
        }
        let place = self.address(self.index)?;
        match self.access() {
            kind if kind <= MemoryAccess::U8 as u32 => {
                memory!(self.ops, place, [mov BYTE][, Rb(from)]);
            }
            kind if kind <= MemoryAccess::U16 as u32 => {
                memory!(self.ops, place, [mov WORD][, Rw(from)]);
            }
            kind if kind == MemoryAccess::I32 as u32 => {
                memory!(self.ops, place, [mov DWORD][, Rd(from)]);
            }
            _ => memory!(self.ops, place, [mov QWORD][, Rq(from)]),
        }
        Ok(())
    }

    // ---- Checks ----

    fn unbox(&mut self) -> Result<(), CompileError> {
        let ty = self.trace.instructions[self.index].ty;
        let operand = self.operand(0);
        let known = is_known(self.trace, self.index);
        if self.ty(operand) == ty {
            return self.same_type();
        }
        if self.ty(operand) != Type::Value || operand.as_constant().is_some() {
            return Err(CompileError::Unsupported("unbox of another type"));
        }
        let memory = match self.plan.memory_operand(self.trace, operand) {
            Some(load) => Some(self.address(load)?),
            None => None,
        };
        if ty == Type::Number {
            return self.unbox_number(memory, known);
        }
        let Some(tag) = ty.tag() else {
            return Err(CompileError::Unsupported("unbox to this type"));
        };
        let to = self.result()?;
        let pool = self.pool(tag << TAG_SHIFT);
        if let Some(place) = memory {
            if !known {
                let exit = self.exit_label()?;
                memory!(self.ops, place.plus(6), [cmp WORD][, tag as u16 as i16]);
                dynasm!(self.ops; jne =>exit);
            }
            memory!(self.ops, place, [mov Rq(to), QWORD][]);
        } else {
            let word = self.general(operand)?;
            if !known {
                let exit = self.exit_label()?;
                dynasm!(self.ops; mov rax, Rq(word); shr rax, 48; cmp eax, tag as i32; jne =>exit);
            }
            self.move_general(to, word);
        }
        memory!(self.ops, pool, [xor Rq(to), QWORD][]);
        Ok(())
    }
    fn same_type(&mut self) -> Result<(), CompileError> {
        let to = self.result()?;
        if to >= FIRST_FLOAT {
            let from = self.float(self.operand(0))?;
            self.move_float(to - FIRST_FLOAT, from);
        } else {
            let from = self.general(self.operand(0))?;
            self.move_general(to, from);
        }
        Ok(())
    }
    fn unbox_number(&mut self, memory: Option<Memory>, known: bool) -> Result<(), CompileError> {
        let is_check = self.plan.kinds[self.index] == Kind::Check;
        if let Some(place) = memory {
            if !known {
                let exit = self.exit_label()?;
                memory!(self.ops, place.plus(4), [cmp DWORD][, NUMBER_LIMIT]);
                dynasm!(self.ops; ja =>exit);
            }
            if !is_check {
                let to = self.float_result()?;
                self.load_float(to, place);
            }
            return Ok(());
        }
        let to = self.float_result()?;
        let word = self.general(self.operand(0))?;
        self.general_to_float(to, word);
        if !known {
            let site = self.exit_label()?;
            let (label, back) = (self.ops.new_dynamic_label(), self.ops.new_dynamic_label());
            if self.features.avx {
                dynasm!(self.ops; vucomisd Rx(to), Rx(to); jp =>label;=> back);
            } else {
                dynasm!(self.ops; ucomisd Rx(to), Rx(to); jp =>label;=> back);
            }
            self.cold.push(Cold::Nan {
                word,
                label,
                back,
                site,
            });
        }
        Ok(())
    }
    /// The cold code behind [`Cold::Nan`]: numbers that are NaN go on.
    pub fn cold_nan(&mut self, word: Register) {
        let limit = self.pool(GREATEST_NUMBER);
        memory!(self.ops, limit, [cmp Rq(word), QWORD][]);
    }
    fn guard_bits(&mut self, operation: Operation) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let operand = self.operand(0);
        let Some(constant) = self.operand(1).as_constant() else {
            return Err(CompileError::Unsupported("guard_bits with a variable"));
        };
        if self.ty(operand).is_float() {
            return Err(CompileError::Unsupported("guard_bits of a number"));
        }
        if let Some(load) = self.plan.memory_operand(self.trace, operand) {
            let place = self.address(load)?;
            memory!(self.ops, place, [mov rax, QWORD][]);
            let bits = self.word_bits(constant);
            let pool = self.pool(bits);
            memory!(self.ops, pool, [cmp rax, QWORD][]);
        } else {
            let word = self.general(operand)?;
            // An unboxed object is compared by its address.
            let bits = if self.ty(operand) == Type::Value {
                self.word_bits(constant)
            } else {
                self.constant_bits(constant as u32)
            };
            let pool = self.pool(bits);
            memory!(self.ops, pool, [cmp Rq(word), QWORD][]);
        }
        if operation == Operation::GuardBits {
            dynasm!(self.ops; jne =>exit);
        } else {
            dynasm!(self.ops; je =>exit);
        }
        Ok(())
    }
    /// The tagged word of a constant.
    pub fn word_bits(&self, constant: usize) -> u64 {
        use crate::ir::Constant;
        match self.trace.constants[constant] {
            Constant::Number(bits)
            | Constant::Word(bits)
            | Constant::Frame(bits)
            | Constant::Pointer(bits) => bits,
            Constant::Integer(value) => f64::from(value).to_bits(),
            Constant::Int64(value) => value as u64,
        }
    }
    fn guard_truth(&mut self) -> Result<(), CompileError> {
        let exit = self.exit_label()?;
        let operand = self.operand(0);
        let wants_truth = self.literal() != 0;
        if self.ty(operand) != Type::Value {
            // Numbers and objects are true.
            if !wants_truth {
                dynasm!(self.ops; jmp =>exit);
            }
            return Ok(());
        }
        if let Some(load) = self.plan.memory_operand(self.trace, operand) {
            let place = self.address(load)?;
            memory!(self.ops, place, [mov rax, QWORD][]);
        } else {
            let word = self.general(operand)?;
            self.move_general(RAX, word);
        }
        let nil = self.pool(NIL);
        memory!(self.ops, nil, [sub rax, QWORD][]);
        dynasm!(self.ops; cmp rax, BYTE 1);
        if wants_truth {
            dynasm!(self.ops; jbe =>exit);
        } else {
            dynasm!(self.ops; ja =>exit);
        }
        Ok(())
    }
}
