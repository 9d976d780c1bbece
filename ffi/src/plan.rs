//! What an operation on C data means, before it is done: from types and a key to a plan.
//!
//! The planner is pure: it looks at the table of types only. The interpreter carries plans out (`convert`, `operations`); the trace
//! compiler lowers the same plans, so that both agree by construction.
//!
//! ```
//! use rlove_ffi::{parser, plan::*, types::*};
//! let mut types = Types::new();
//! parser::declare(&mut types, b"struct pair { char c; double d; };", &[]).unwrap();
//! let pointer = parser::parse_type(&mut types, b"struct pair *", &[]).unwrap();
//! let Found::Access(access) = member(&types, pointer, b"d") else { panic!() };
//! assert_eq!((access.indirections, access.offset), (1, 8));
//! assert_eq!(load(&types, access.type_id), Load::Number(Scalar::Float64));
//! ```
//!
//! ## How to read a plan
//! An [`Access`] leads from a cdata object to an address: begin at its bytes, load a pointer `indirections` times, add `offset` and, for
//! elements, index times `stride`. [`Load`] and [`Store`] say what to do there, [`Arithmetic`] what an operator computes.
//!
//! Not here: initialisers (`initialise`), calls (`abi`).

use crate::types::{
    BitField, CType, FoundMember, INT32, INT64, Kind, MemberKind, TypeId, Types, UINT32, UINT64,
};

/// How a number lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Scalar {
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Float32,
    Float64,
    Bool8,
    /// A bool of four bytes (`__int32 bool` of old headers).
    Bool32,
}

/// The scalar that a raw type is; `None` for aggregates, pointers, and numbers wider than 8 bytes.
pub fn scalar(entry: &CType) -> Option<Scalar> {
    Some(match (entry.kind, entry.size) {
        (Kind::Integer { unsigned: false }, 1) => Scalar::Int8,
        (Kind::Integer { unsigned: true }, 1) => Scalar::UInt8,
        (Kind::Integer { unsigned: false }, 2) => Scalar::Int16,
        (Kind::Integer { unsigned: true }, 2) => Scalar::UInt16,
        (Kind::Integer { unsigned: false }, 4) => Scalar::Int32,
        (Kind::Integer { unsigned: true }, 4) => Scalar::UInt32,
        (Kind::Integer { unsigned: false }, 8) => Scalar::Int64,
        (Kind::Integer { unsigned: true }, 8) => Scalar::UInt64,
        (Kind::Float, 4) => Scalar::Float32,
        (Kind::Float, 8) => Scalar::Float64,
        (Kind::Bool, 1) => Scalar::Bool8,
        (Kind::Bool, 4) => Scalar::Bool32,
        _ => return None,
    })
}

/// The way from a cdata object to an address, and what is there.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// How often a pointer is loaded, beginning with the object's bytes.
    pub indirections: u8,
    /// The pointer loaded last has four bytes.
    pub is_short_pointer: bool,
    /// Added at the end.
    pub offset: u32,
    /// What is there, with qualifiers.
    pub type_id: TypeId,
    /// A field, a bit-field or a constant.
    pub kind: MemberKind,
    /// Stores are refused.
    pub constant: bool,
}

/// The way to elements.
#[derive(Clone, Copy, Debug)]
pub struct ElementAccess {
    /// As for members; `offset` is 0.
    pub access: Access,
    /// Bytes from one element to the next.
    pub stride: u32,
    /// Only the lowest bit of the index counts (parts of complex numbers).
    pub is_index_masked: bool,
}

/// The answer to a lookup.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// It is there.
    Access(Access),
    /// Metamethods of this (resolved) type have to answer.
    Missing {
        /// The type that messages name.
        resolved: TypeId,
        /// Something on the way was `const`.
        constant: bool,
    },
}

/// Looks through a reference: the type, and how many pointers lie on the way.
fn enter(types: &Types, object: TypeId) -> (TypeId, u8) {
    match types.kind(object) {
        Kind::Reference { target } => (target, 1),
        Kind::Function(_) => (object, 1),
        _ => (object, 0),
    }
}

/// Plans `object.name`.
pub fn member(types: &Types, object: TypeId, name: &[u8]) -> Found {
    let (mut id, mut indirections) = enter(types, object);
    let mut is_short_pointer = false;
    let mut constant = types.get(id).constant;
    if let Kind::Pointer { target } = types.kind(id)
        && types.is_record(target)
    {
        is_short_pointer = types.get(id).size == 4;
        id = target;
        indirections += 1;
        constant = types.get(id).constant;
    }
    let missing = Found::Missing {
        resolved: id,
        constant,
    };
    match types.kind(id) {
        Kind::Record(index) => match types.find_member(index, name) {
            Some(FoundMember {
                kind,
                type_id,
                offset,
                constant: is_inner_constant,
            }) => Found::Access(Access {
                indirections,
                is_short_pointer,
                offset,
                type_id,
                kind,
                constant: constant
                    || is_inner_constant
                    || is_constant_value(types, type_id)
                    || matches!(kind, MemberKind::Constant(_)),
            }),
            None => missing,
        },
        Kind::Complex { element } => {
            let size = types.size_bytes(element).unwrap_or(8);
            let offset = match name {
                b"re" => 0,
                b"im" => size,
                _ => return missing,
            };
            Found::Access(Access {
                indirections,
                is_short_pointer,
                offset,
                type_id: element,
                kind: MemberKind::Plain,
                constant: true,
            })
        }
        _ => missing,
    }
}

/// Whether a value of the type cannot be assigned.
pub fn is_constant_value(types: &Types, id: TypeId) -> bool {
    let entry = types.get(id);
    match entry.kind {
        Kind::Record(index) => entry.constant || types.record(index).has_constant,
        Kind::Array { element, .. } => is_constant_value(types, element),
        Kind::Reference { target } => is_constant_value(types, target),
        _ => entry.constant,
    }
}

/// Plans `object[index]`. `Err(true)`: the elements have no known size; `Err(false)`: it has no elements.
pub fn element(types: &Types, object: TypeId) -> Result<ElementAccess, bool> {
    let (id, mut indirections) = enter(types, object);
    let entry = types.get(id);
    let (type_id, constant) = match entry.kind {
        Kind::Pointer { target } => {
            indirections += 1;
            (target, is_constant_value(types, target))
        }
        Kind::Array { element, .. } => (element, is_constant_value(types, element)),
        Kind::Complex { element } | Kind::Vector { element } => (element, true),
        _ => return Err(false),
    };
    let stride = match types.size_bytes(type_id) {
        Some(size) => size,
        None => return Err(true),
    };
    Ok(ElementAccess {
        access: Access {
            indirections,
            is_short_pointer: matches!(entry.kind, Kind::Pointer { .. }) && entry.size == 4,
            offset: 0,
            type_id,
            kind: MemberKind::Plain,
            constant,
        },
        stride,
        is_index_masked: matches!(entry.kind, Kind::Complex { .. }),
    })
}

/// What a load gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// A Lua number, or a boolean for bools. Never a 64-bit integer.
    Number(Scalar),
    /// A new cdata object with a copy of the bytes.
    Copy {
        /// Its type.
        type_id: TypeId,
        /// Bytes.
        size: u32,
    },
    /// A new cdata object that refers to the place.
    Reference {
        /// What it refers to.
        target: TypeId,
    },
    /// The place holds a pointer to what is meant.
    Through {
        /// What the reference leads to.
        target: TypeId,
    },
    /// There is no value (`void`, functions).
    Impossible,
}

/// Plans reading a value of type `id`.
pub fn load(types: &Types, id: TypeId) -> Load {
    let entry = types.get(id);
    match entry.kind {
        Kind::Reference { target } => return Load::Through { target },
        Kind::Record(_) | Kind::Array { .. } => return Load::Reference { target: id },
        Kind::Integer { .. } if entry.size > 4 => {}
        Kind::Integer { .. } | Kind::Float | Kind::Bool => {
            if let Some(scalar) = scalar(entry) {
                return Load::Number(scalar);
            }
        }
        _ => {}
    }
    match types.size_bytes(id) {
        Some(size) => Load::Copy { type_id: id, size },
        None => Load::Impossible,
    }
}

/// What a store of a Lua number does; other values go through the general conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Convert to the scalar and write it.
    Number(Scalar),
    /// Mask it into the container.
    Bits(BitField),
    /// The general conversion to the type.
    Convert(TypeId),
    /// "attempt to write to constant location"
    Refused,
}

/// Plans writing through an access.
pub fn store(types: &Types, access: &Access) -> Store {
    if access.constant {
        return Store::Refused;
    }
    match access.kind {
        MemberKind::Bits(bits) => Store::Bits(bits),
        MemberKind::Constant(_) => Store::Refused,
        _ => match scalar(types.get(types.resolve_enum(types.raw(access.type_id)))) {
            Some(scalar) => Store::Number(scalar),
            None => Store::Convert(access.type_id),
        },
    }
}

/// What an arithmetic operator computes for two operand types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Both as 64-bit integers.
    Integer {
        /// As `uint64_t`, not `int64_t`.
        unsigned: bool,
    },
    /// Pointer plus (or minus) index: elements of so many bytes, the result's target.
    Offset {
        /// Bytes of an element.
        stride: u32,
        /// What the result points to.
        target: TypeId,
        /// The pointer is the right operand.
        is_swapped: bool,
    },
    /// Pointer minus pointer.
    Difference {
        /// Bytes of an element.
        stride: u32,
    },
    /// Two addresses are compared.
    Compare,
    /// Metamethods, or an error.
    None,
}

/// Which operator is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Subtract,
    Equal,
    Order,
    Other,
}

fn pointed(types: &Types, id: TypeId) -> Option<TypeId> {
    match types.kind(id) {
        Kind::Pointer { target } => Some(target),
        Kind::Array { element, .. } => Some(element),
        _ => None,
    }
}

/// Plans an operator on operands of these raw types, references and enumerations resolved.
pub fn arithmetic(types: &Types, operator: Operator, left: TypeId, right: TypeId) -> Arithmetic {
    let is_small_number =
        |id: TypeId| types.is_number(id) && types.size_bytes(id).is_some_and(|size| size <= 8);
    if is_small_number(left) && is_small_number(right) {
        let is_wide =
            |id| types.kind(id) == Kind::Integer { unsigned: true } && types.get(id).size == 8;
        return Arithmetic::Integer {
            unsigned: is_wide(left) || is_wide(right),
        };
    }
    let offset = |target: TypeId, is_swapped| match types.size_bytes(target) {
        Some(stride) => Arithmetic::Offset {
            stride,
            target,
            is_swapped,
        },
        None => Arithmetic::None,
    };
    match (pointed(types, left), pointed(types, right), operator) {
        (Some(_), Some(_), Operator::Equal) => Arithmetic::Compare,
        (Some(target), Some(_), Operator::Subtract | Operator::Order) => {
            if !compatible_pointers(types, left, right, Compatibility::IGNORING_QUALIFIERS) {
                return Arithmetic::None;
            }
            match (operator, types.size_bytes(target)) {
                (Operator::Order, _) => Arithmetic::Compare,
                (_, Some(stride)) if stride > 0 => Arithmetic::Difference { stride },
                _ => Arithmetic::None,
            }
        }
        (Some(target), None, Operator::Add | Operator::Subtract) if types.is_number(right) => {
            offset(target, false)
        }
        (None, Some(target), Operator::Add) if types.is_number(left) => offset(target, true),
        _ => Arithmetic::None,
    }
}

/// How strictly pointers are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compatibility {
    /// Anything goes.
    pub is_cast: bool,
    /// Qualifiers must be the same (of what pointers to pointers lead to).
    pub is_same: bool,
    /// Qualifiers do not matter.
    pub ignores_qualifiers: bool,
}

impl Compatibility {
    /// For arithmetic and `ffi.istype`.
    pub const IGNORING_QUALIFIERS: Compatibility = Compatibility {
        is_cast: false,
        is_same: false,
        ignores_qualifiers: true,
    };
}

/// Whether what `source` (a raw pointer, array or structure) leads to can be pointed to by `destination`.
pub fn compatible_pointers(
    types: &Types,
    destination: TypeId,
    source: TypeId,
    rule: Compatibility,
) -> bool {
    if rule.is_cast || destination == source {
        return true;
    }
    let qualified_child = |id: TypeId| {
        let child = types.child(id).unwrap_or(id);
        let is_element = |mut id: TypeId| {
            // Qualifiers of an array are those of its elements.
            while let Kind::Array { element, .. } = types.kind(id) {
                id = element;
            }
            let entry = types.get(id);
            (entry.constant, entry.volatile)
        };
        let qualifiers = is_element(child);
        (types.resolve_enum(types.raw(child)), qualifiers)
    };
    let (to, to_qualifiers) = qualified_child(destination);
    let (from, from_qualifiers) = if types.is_record(source) {
        (source, (false, false))
    } else {
        qualified_child(source)
    };
    if rule.is_same {
        if to_qualifiers != from_qualifiers {
            return false;
        }
    } else if !rule.ignores_qualifiers {
        if from_qualifiers.0 && !to_qualifiers.0 || from_qualifiers.1 && !to_qualifiers.1 {
            return false;
        }
        if types.kind(to) == Kind::Void || types.kind(from) == Kind::Void {
            return true;
        }
    }
    if types.size_bytes(to) != types.size_bytes(from) {
        return false;
    }
    match (types.kind(to), types.kind(from)) {
        (Kind::Bool, Kind::Bool)
        | (Kind::Float, Kind::Float)
        | (Kind::Integer { .. }, Kind::Integer { .. })
        | (Kind::Void, Kind::Void)
        | (Kind::Function(_), Kind::Function(_)) => true,
        (Kind::Record(to), Kind::Record(from)) => to == from,
        (Kind::Pointer { .. }, Kind::Pointer { .. })
        | (
            Kind::Array { .. } | Kind::Complex { .. } | Kind::Vector { .. },
            Kind::Array { .. } | Kind::Complex { .. } | Kind::Vector { .. },
        ) => {
            let rule = Compatibility {
                is_same: true,
                ..rule
            };
            compatible_pointers(types, to, from, rule)
        }
        _ => false,
    }
}

/// The type of the operand that a cdata object is in arithmetic: references and enumerations resolved.
pub fn operand(types: &Types, id: TypeId) -> TypeId {
    types.resolve_enum(types.raw_referenced(id))
}

/// The integer type of 64 bits.
pub fn integer64(unsigned: bool) -> TypeId {
    if unsigned { UINT64 } else { INT64 }
}

/// The integer type of 32 bits.
pub fn integer32(unsigned: bool) -> TypeId {
    if unsigned { UINT32 } else { INT32 }
}
