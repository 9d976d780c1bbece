//! Names of variables for messages: what a register holds, told from the instructions before.
//!
//! LuaJIT's rule: a register that is an active local has its name; otherwise the last instruction that wrote it says whether
//! it was a global, a field, a method or an upvalue. Worked example: in `a.b.c()` with `a.b` nil the failing register was
//! written by `getfield … "b"`, so the message says "field 'b'".

use super::frame::Frame;
use crate::bytecode::CompiledFunction;
use crate::bytecode::opcode::{Opcode, operand_a, operand_b, operand_c, operand_d};
use crate::bytecode::{Constant, Format};

/// Kind and name, as in "local 'x'".
pub type VariableName = (&'static str, Vec<u8>);

/// Name of the local variable in `register` at code word `pc`.
pub fn local_name(function: &CompiledFunction, register: u32, pc: usize) -> Option<&[u8]> {
    function
        .locals
        .iter()
        .rev()
        .find(|local| {
            u32::from(local.register) == register
                && (local.start_pc as usize) <= pc
                && pc < local.end_pc as usize
        })
        .map(|local| &*local.name)
}

fn constant_name(function: &CompiledFunction, index: usize) -> Vec<u8> {
    match function.constants.get(index) {
        Some(Constant::String(bytes)) => bytes.to_vec(),
        _ => b"?".to_vec(),
    }
}

/// How an instruction affects a register.
fn writes(word: u32, register: u32) -> Effect {
    let Some(opcode) = Opcode::from_word(word) else {
        return Effect::Nothing;
    };
    let a = operand_a(word);
    match opcode {
        // These leave several values from A on.
        Opcode::Call | Opcode::CallMultiple | Opcode::Vararg if register >= a => Effect::Unknown,
        Opcode::IteratorCall | Opcode::IteratorNext if register >= a => Effect::Unknown,
        Opcode::LoadNil if register >= a && register <= operand_d(word) => Effect::Unknown,
        Opcode::ForPrepare | Opcode::ForLoop if register >= a && register <= a + 3 => {
            Effect::Unknown
        }
        Opcode::Concatenate
            if register == a || register >= operand_b(word) && register <= operand_c(word) =>
        {
            Effect::Unknown
        }
        Opcode::Method if register == a || register == a + 2 => Effect::Written,
        Opcode::Move
        | Opcode::GetGlobal
        | Opcode::GetField
        | Opcode::GetUpvalue
        | Opcode::LoadConstant
        | Opcode::LoadConstantExtended
        | Opcode::LoadInteger
        | Opcode::LoadBoolean
        | Opcode::Closure
        | Opcode::NewTable
        | Opcode::NewRecord
        | Opcode::GetIndex
        | Opcode::GetIndexInteger
        | Opcode::Negate
        | Opcode::Not
        | Opcode::Length
        | Opcode::BitNot
        | Opcode::IfTrueCopy
        | Opcode::IfFalseCopy
            if register == a =>
        {
            Effect::Written
        }
        _ if opcode.format() == Format::Abc
            && (Opcode::Add as u8..=Opcode::ShiftRightArithmetic as u8)
                .contains(&(opcode as u8))
            && register == a =>
        {
            Effect::Written
        }
        _ => Effect::Nothing,
    }
}

enum Effect {
    Nothing,
    Written,
    Unknown,
}

/// What `register` holds when the instruction at code word `pc` runs.
pub fn register_name(
    function: &CompiledFunction,
    register: u32,
    pc: usize,
) -> Option<VariableName> {
    let mut register = register;
    let mut limit = pc;
    for _ in 0..100 {
        if let Some(name) = local_name(function, register, limit) {
            if name.starts_with(b"(") {
                return None;
            }
            return Some(("local", name.to_vec()));
        }
        let mut last = None;
        let mut index = 0;
        while index < limit && index < function.code.len() {
            let word = function.code[index];
            match writes(word, register) {
                Effect::Nothing => {}
                Effect::Written => last = Some(index),
                Effect::Unknown => last = None,
            }
            index += 1 + Opcode::from_word(word).map_or(0, |opcode| opcode.extra_words() as usize);
        }
        let index = last?;
        let word = function.code[index];
        let key = || {
            constant_name(
                function,
                function
                    .code
                    .get(index + 1)
                    .map_or(usize::MAX, |&word| word as usize),
            )
        };
        match Opcode::from_word(word)? {
            Opcode::Move => {
                register = operand_d(word);
                limit = index;
            }
            Opcode::GetGlobal => return Some(("global", key())),
            Opcode::GetField => return Some(("field", key())),
            Opcode::Method if register == operand_a(word) => return Some(("method", key())),
            Opcode::GetUpvalue => {
                let name = function.upvalue_names.get(operand_d(word) as usize)?;
                return Some(("upvalue", name.to_vec()));
            }
            _ => return None,
        }
    }
    None
}

/// The name under which the function of the frame above `caller` was called.
pub fn called_name(caller: &Frame) -> Option<VariableName> {
    let prototype = caller.prototype()?;
    let pc = caller.instruction_index()?;
    // SAFETY: I1: the prototype of a running function is live.
    let (function, is_builtin) = unsafe {
        (
            (*(*prototype).data).compiled.clone(),
            (*prototype).is_builtin,
        )
    };
    if is_builtin {
        // Embedded sources count as builtins: what they call has no name that a program knows.
        return None;
    }
    let word = *function.code.get(pc)?;
    let metamethod = |name: &str| Some(("metamethod", name.as_bytes().to_vec()));
    match Opcode::from_word(word)? {
        Opcode::Call | Opcode::CallMultiple | Opcode::TailCall | Opcode::TailCallMultiple => {
            register_name(&function, operand_a(word), pc)
        }
        Opcode::IteratorCall | Opcode::IteratorNext => Some(("local", b"(for generator)".to_vec())),
        Opcode::GetField
        | Opcode::GetGlobal
        | Opcode::GetIndex
        | Opcode::GetIndexInteger
        | Opcode::Method => metamethod("__index"),
        Opcode::SetField | Opcode::SetGlobal | Opcode::SetIndex | Opcode::SetIndexInteger => {
            metamethod("__newindex")
        }
        Opcode::Add | Opcode::AddRK | Opcode::AddKR => metamethod("__add"),
        Opcode::Subtract | Opcode::SubtractRK | Opcode::SubtractKR => metamethod("__sub"),
        Opcode::Multiply | Opcode::MultiplyRK | Opcode::MultiplyKR => metamethod("__mul"),
        Opcode::Divide | Opcode::DivideRK | Opcode::DivideKR => metamethod("__div"),
        Opcode::Modulo | Opcode::ModuloRK | Opcode::ModuloKR => metamethod("__mod"),
        Opcode::Power => metamethod("__pow"),
        Opcode::Negate => metamethod("__unm"),
        Opcode::Length => metamethod("__len"),
        Opcode::Concatenate => metamethod("__concat"),
        Opcode::IfEqual | Opcode::IfNotEqual => metamethod("__eq"),
        Opcode::IfLess | Opcode::IfNotLess => metamethod("__lt"),
        Opcode::IfLessEqual | Opcode::IfNotLessEqual => metamethod("__le"),
        _ => None,
    }
}

/// The name of a finalizer that an allocating instruction of `caller` ran. LuaJIT names it after the instruction, too.
pub fn finalizer_name(caller: &Frame) -> Option<VariableName> {
    let prototype = caller.prototype()?;
    let pc = caller.instruction_index()?;
    // SAFETY: I1: the prototype of a running function is live.
    let function = unsafe { (*(*prototype).data).compiled.clone() };
    // The instruction is over: its extra words may lie between its first word and the saved place.
    let (mut index, mut word) = (0, 0);
    while index <= pc {
        word = *function.code.get(index)?;
        index += 1 + Opcode::from_word(word)?.extra_words() as usize;
    }
    match Opcode::from_word(word)? {
        Opcode::NewTable | Opcode::NewRecord | Opcode::Closure => {
            Some(("metamethod", b"__gc".to_vec()))
        }
        Opcode::Concatenate => Some(("metamethod", b"__concat".to_vec())),
        _ => None,
    }
}
