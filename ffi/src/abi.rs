//! How C functions take arguments and give results: the System V rules for x86-64, as tables.
//!
//! ```
//! use rlove_ffi::{abi::*, parser, types::*};
//! let mut types = Types::new();
//! parser::declare(&mut types, b"struct mixed { double d; int i; };", &[]).unwrap();
//! let mixed = parser::parse_type(&mut types, b"struct mixed", &[]).unwrap();
//! assert_eq!(passing(&types, mixed), Some(Passing::Words([Class::Float, Class::Integer], 2)));
//! ```
//! A structure of up to 16 bytes is split into eight-byte words; each goes to an integer or a float register by what lies in it.
//! Larger ones, and those with a field at an odd address, lie in memory. Another ABI is another [`passing`].
//!
//! Pure: nothing is called here (`native_call`). The trace compiler reads the same plans.

use crate::plan::{self, Load, Scalar};
use crate::types::{FunctionType, Kind, MemberKind, TypeId, Types};

/// The kind of register that a word belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing lies there.
    Empty,
    /// General register.
    Integer,
    /// Vector register.
    Float,
}

/// How a value is passed or returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// No value.
    Void,
    /// One word, extended to 64 bits by its type.
    Integer,
    /// A `float` or `double` in a vector register.
    Float,
    /// An aggregate of one or two words.
    Words([Class; 2], u8),
    /// In memory: arguments on the stack; results where a hidden first argument points.
    Memory {
        /// Bytes.
        size: u32,
        /// Alignment on the stack.
        alignment: u32,
    },
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParameterPlan {
    /// The type that arguments are converted to: references are pointers here.
    pub type_id: TypeId,
    /// How it travels.
    pub passing: Passing,
    /// The number that it is, enumerations included.
    pub scalar: Option<Scalar>,
}

/// How a function is called.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// Parameters in order.
    pub parameters: Vec<ParameterPlan>,
    /// Type of the result.
    pub result_type: TypeId,
    /// How the result comes.
    pub result: Passing,
    /// What becomes of it.
    pub result_load: Load,
    /// Further arguments are allowed.
    pub variadic: bool,
}

/// General registers for arguments.
pub const INTEGER_REGISTERS: usize = 6;
/// Vector registers for arguments.
pub const FLOAT_REGISTERS: usize = 8;

/// How a value of type `id` is passed; `None` if that is not supported (vectors, numbers of more than eight bytes).
pub fn passing(types: &Types, id: TypeId) -> Option<Passing> {
    let entry = types.get(id);
    Some(match entry.kind {
        Kind::Void => Passing::Void,
        Kind::Bool | Kind::Integer { .. } if entry.size <= 8 => Passing::Integer,
        Kind::Float if entry.size <= 8 => Passing::Float,
        Kind::Enum(_) | Kind::Pointer { .. } | Kind::Reference { .. } => Passing::Integer,
        Kind::Complex { .. } if entry.size == 8 => Passing::Words([Class::Float, Class::Empty], 1),
        Kind::Complex { .. } => Passing::Words([Class::Float, Class::Float], 2),
        Kind::Record(_) => {
            let size = types.size_bytes(id)?;
            let memory = Passing::Memory {
                size,
                alignment: 1 << types.alignment_log2(id).max(3),
            };
            if size > 16 || size == 0 {
                return Some(memory);
            }
            let mut classes = [Class::Empty; 2];
            match classify(types, id, 0, &mut classes) {
                Some(()) => Passing::Words(classes, size.div_ceil(8) as u8),
                None => memory,
            }
        }
        _ => return None,
    })
}

/// Integers win over floats.
fn merge(classes: &mut [Class; 2], offset: u32, class: Class) -> Option<()> {
    let word = classes.get_mut(offset as usize / 8)?;
    if *word != Class::Integer {
        *word = class;
    }
    Some(())
}

/// Merges what lies at `offset` into the classes of the words; `None`: it has to lie in memory.
fn classify(types: &Types, id: TypeId, offset: u32, classes: &mut [Class; 2]) -> Option<()> {
    let entry = types.get(id);
    match entry.kind {
        Kind::Record(index) => {
            for member in &types.record(index).members {
                match member.kind {
                    MemberKind::Constant(_) => {}
                    MemberKind::Bits(bits) => {
                        merge(
                            classes,
                            offset + member.offset + u32::from(bits.position) / 8,
                            Class::Integer,
                        )?;
                    }
                    MemberKind::Anonymous if !types.is_record(member.type_id) => {}
                    _ => classify(types, member.type_id, offset + member.offset, classes)?,
                }
            }
            Some(())
        }
        Kind::Array { element, .. } => {
            let size = types.size_bytes(element)?;
            let total = types.size_bytes(id).unwrap_or(0);
            let mut at = 0;
            while size > 0 && at < total {
                classify(types, element, offset + at, classes)?;
                at += size;
            }
            Some(())
        }
        Kind::Complex { element } => {
            classify(types, element, offset, classes)?;
            classify(types, element, offset + types.size_bytes(element)?, classes)
        }
        Kind::Float if entry.size <= 8 => {
            // A field at an odd address sends the whole to memory.
            if !offset.is_multiple_of(entry.size) {
                return None;
            }
            merge(classes, offset, Class::Float)
        }
        Kind::Bool
        | Kind::Integer { .. }
        | Kind::Enum(_)
        | Kind::Pointer { .. }
        | Kind::Reference { .. } => {
            if entry.size > 8 || !offset.is_multiple_of(entry.size) {
                return None;
            }
            merge(classes, offset, Class::Integer)
        }
        _ => None,
    }
}

/// Plans calls of a function type; `None` if a value in it cannot be passed. Makes pointer types for references.
pub fn plan_call(types: &mut Types, function: &FunctionType) -> Option<CallPlan> {
    let mut parameters = Vec::with_capacity(function.parameters.len());
    for &declared in &function.parameters {
        let type_id = match types.kind(declared) {
            Kind::Reference { target } => types.pointer_to(target),
            _ => types.raw(declared),
        };
        let passing = passing(types, type_id)?;
        parameters.push(ParameterPlan {
            type_id,
            passing,
            scalar: plan::scalar(types.get(types.resolve_enum(type_id))),
        });
    }
    let result_type = types.raw(function.result);
    Some(CallPlan {
        parameters,
        result_type,
        result: passing(types, result_type)?,
        result_load: plan::load(types, result_type),
        variadic: function.variadic,
    })
}

/// Whether a function of this type can be a callback: numbers, enumerations and pointers only.
pub fn can_be_callback(types: &Types, function: &FunctionType) -> bool {
    let is_simple = |id: TypeId| {
        let raw = types.raw(id);
        match types.kind(raw) {
            Kind::Enum(_) | Kind::Pointer { .. } | Kind::Reference { .. } => true,
            _ => types.is_number(raw) && types.size_bytes(raw).is_some_and(|size| size <= 8),
        }
    };
    let result = types.raw(function.result);
    !function.variadic
        && (types.kind(result) == Kind::Void || is_simple(result))
        && function.parameters.len() <= 16
        && function.parameters.iter().all(|&id| is_simple(id))
}
