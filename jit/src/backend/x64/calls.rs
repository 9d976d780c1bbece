//! Lowering of calls: helpers of the trace compiler and typed builtins.
//!
//! ```text
//! helper   (vm, arguments…) -> result          HELPER_FAILED leaves the trace: nothing has happened
//! native   (vm, arguments…, result*) -> status  0 success, 1 refused: leaves; else: leaves and raises the error
//! ```
//! Worked example: `call append(table, number)` where the number is an integer here: the moves into the argument registers happen
//! first, all at once; then what is in the wrong form is converted in its argument register.
//!
//! Invariants: everything that lives on is in callee-saved registers or slots (allocation saw the clobbers); `rsp` is 16-byte aligned
//! inside the frame.

use super::super::moves::Move;
use super::super::{CompileError, FIRST_FLOAT, Place, Register};
use super::emit::{Cold, Emitter, Memory, memory};
use super::ends::store_word;
use super::target::{GENERAL_ARGUMENTS, argument_registers, argument_types};
use super::{CALL_AREA_BYTES, FLOAT_SCRATCH, RAX, RSP};
use crate::ir::{Constant, HELPER_FAILED, HelperEffects, Operation, Ref, Type};
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use rlove_vm::builtin::NativeType;
use rlove_vm::value::TAG_SHIFT;

/// Where a native entry writes its result.
const RESULT_OFFSET: i32 = CALL_AREA_BYTES - 8;

impl Emitter<'_> {
    /// Calls; false if `operation` is none.
    pub fn lower_call(&mut self, operation: Operation) -> Result<bool, CompileError> {
        match operation {
            Operation::CallHelper => self.call_helper()?,
            Operation::CallNative => self.call_native()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
    /// Puts the arguments where the callee expects them; the number of integer-class ones.
    fn arguments(&mut self) -> Result<(usize, usize), CompileError> {
        let instruction = &self.trace.instructions[self.index];
        let arguments: Vec<Ref> = self.trace.arguments_of(instruction).to_vec();
        let types = argument_types(self.trace, self.environment.helpers, self.index);
        if types.len() != arguments.len() {
            return Err(CompileError::Malformed(
                "a call with another number of arguments".into(),
            ));
        }
        let registers = argument_registers(&types);
        let mut moves = Vec::new();
        let mut on_stack = 0;
        for ((&argument, &ty), register) in arguments.iter().zip(&types).zip(&registers) {
            let source = self.place(argument)?;
            match register {
                Some(register) if source != Place::Register(*register) => {
                    if !matches!(source, Place::Constant(_)) {
                        moves.push(Move {
                            source,
                            destination: Place::Register(*register),
                        });
                    }
                }
                Some(_) => {}
                None => {
                    let place = Memory::Base(RSP, on_stack * 8);
                    on_stack += 1;
                    if on_stack * 8 >= RESULT_OFFSET {
                        return Err(CompileError::Unsupported("a call with so many arguments"));
                    }
                    self.argument_on_stack(argument, source, ty, place)?;
                }
            }
        }
        self.parallel_moves(&moves);
        for ((&argument, &ty), register) in arguments.iter().zip(&types).zip(&registers) {
            if let Some(register) = *register {
                self.convert(argument, ty, register)?;
            }
        }
        let general = types.iter().filter(|ty| !ty.is_float()).count();
        Ok((general, on_stack as usize))
    }
    fn argument_on_stack(
        &mut self,
        argument: Ref,
        source: Place,
        ty: Type,
        place: Memory,
    ) -> Result<(), CompileError> {
        let is_word = ty == Type::Value || ty == Type::Number;
        if is_word {
            let trace = self.trace;
            return store_word(&mut self.ops, self.features, trace, argument, source, place);
        }
        match source {
            Place::Register(register) if register < FIRST_FLOAT => {
                memory!(self.ops, place, [mov QWORD][, Rq(register)]);
            }
            Place::Constant(constant) => {
                let bits = self.constant_bits(constant);
                self.load_bits(RAX, bits);
                memory!(self.ops, place, [mov QWORD][, rax]);
            }
            Place::Slot(slot) => {
                memory!(self.ops, super::emit::slot_memory(slot), [mov rax, QWORD][]);
                memory!(self.ops, place, [mov QWORD][, rax]);
            }
            Place::Register(_) => return Err(CompileError::Unsupported("a number as integer")),
        }
        Ok(())
    }
    /// Brings an argument that is in its register into the form of type `wanted`; loads constants.
    fn convert(
        &mut self,
        argument: Ref,
        wanted: Type,
        register: Register,
    ) -> Result<(), CompileError> {
        let actual = self.ty(argument);
        if let Some(constant) = argument.as_constant() {
            if wanted == Type::Number {
                let bits = match self.trace.constants[constant] {
                    Constant::Integer(value) => f64::from(value).to_bits(),
                    Constant::Number(bits) => bits,
                    _ => return Err(CompileError::Unsupported("a constant as number")),
                };
                let place = self.pool(bits);
                self.load_float(register - FIRST_FLOAT, place);
            } else {
                let bits = if wanted == Type::Value {
                    self.word_bits(constant)
                } else {
                    self.constant_bits(constant as u32)
                };
                self.load_bits(register, bits);
            }
            return Ok(());
        }
        match (wanted, actual) {
            (Type::Value, Type::Value | Type::Number) => {}
            (Type::Value, Type::Integer) => {
                self.integer_to_float(FLOAT_SCRATCH, register);
                self.float_to_general(register, FLOAT_SCRATCH);
            }
            (Type::Value, ty) => {
                let Some(tag) = ty.tag() else {
                    return Err(CompileError::Unsupported("a pointer as a value"));
                };
                let pool = self.pool(tag << TAG_SHIFT);
                memory!(self.ops, pool, [or Rq(register), QWORD][]);
            }
            (Type::Number, Type::Integer) => {
                let float = register - FIRST_FLOAT;
                self.float_to_general(RAX, float);
                self.integer_to_float(float, RAX);
            }
            (wanted, actual) if wanted == actual => {}
            // Addresses are addresses.
            (wanted, actual)
                if !wanted.is_float() && !actual.is_float() && wanted != Type::Integer => {}
            _ => return Err(CompileError::Unsupported("an argument of another type")),
        }
        Ok(())
    }
    fn load_machine(&mut self) {
        let vm = self.environment.vm as u64;
        self.load_bits(super::RDI, vm);
    }
    fn call_helper(&mut self) -> Result<(), CompileError> {
        let helpers = self.environment.helpers;
        let Some(helper) = helpers.get(self.literal() as usize) else {
            return Err(CompileError::Malformed("no such helper".to_owned()));
        };
        self.arguments()?;
        self.load_machine();
        self.call(helper.address);
        if helper.effects.contains(HelperEffects::FAILS) {
            let exit = self.exit_label()?;
            if helper.result.is_float() {
                self.float_to_general(RAX, 0);
            }
            let failed = self.pool(HELPER_FAILED);
            memory!(self.ops, failed, [cmp rax, QWORD][]);
            dynasm!(self.ops; je =>exit);
        }
        let Some(to) = self.allocation.decisions[self.index].result else {
            return Ok(());
        };
        match helper.result {
            Type::None => {
                return Err(CompileError::Malformed(
                    "a helper without result".to_owned(),
                ));
            }
            Type::Number => self.move_float(to.wrapping_sub(FIRST_FLOAT), 0),
            Type::Integer => dynasm!(self.ops; mov Rd(to), eax),
            _ => self.move_general(to, RAX),
        }
        Ok(())
    }
    fn call_native(&mut self) -> Result<(), CompileError> {
        let Some(native) = self.trace.natives.get(self.literal() as usize).copied() else {
            return Err(CompileError::Malformed("no such native entry".to_owned()));
        };
        let (general, on_stack) = self.arguments()?;
        if native.result.is_some() {
            match GENERAL_ARGUMENTS.get(general) {
                Some(&register) => {
                    dynasm!(self.ops; lea Rq(register), [rsp + RESULT_OFFSET]);
                }
                None => {
                    let offset = on_stack as i32 * 8;
                    if offset >= RESULT_OFFSET {
                        return Err(CompileError::Unsupported("a call with so many arguments"));
                    }
                    dynasm!(self.ops; lea rax, [rsp + RESULT_OFFSET]; mov [rsp + offset], rax);
                }
            }
        }
        self.load_machine();
        self.call(native.address as usize);
        let site = self.exit_label()?;
        let number = self.allocation.decisions[self.index].site.unwrap_or(0);
        let label = self.ops.new_dynamic_label();
        dynasm!(self.ops; test eax, eax; jne =>label);
        self.cold.push(Cold::Native {
            label,
            site,
            number: self.environment.first_site + number,
        });
        let Some(to) = self.allocation.decisions[self.index].result else {
            return Ok(());
        };
        let place = Memory::Base(RSP, RESULT_OFFSET);
        match native.result {
            Some(NativeType::Number) => {
                self.load_float(to.wrapping_sub(FIRST_FLOAT), place);
                self.make_canonical(to.wrapping_sub(FIRST_FLOAT));
            }
            Some(NativeType::Integer | NativeType::Boolean) => {
                memory!(self.ops, place, [mov Rd(to), DWORD][]);
            }
            Some(NativeType::Value) => memory!(self.ops, place, [mov Rq(to), QWORD][]),
            None => {
                return Err(CompileError::Malformed(
                    "a native without result".to_owned(),
                ));
            }
        }
        Ok(())
    }
    /// A native entry that did not succeed.
    pub fn cold_native(&mut self, label: DynamicLabel, site: DynamicLabel, number: u32) {
        let raising = (number | super::super::exits::RAISES) as i32;
        let exit = self.environment.stubs.exit;
        dynasm!(self.ops;=> label; cmp eax, BYTE 1; je =>site; mov eax, raising);
        self.jump_to(exit);
    }
}
