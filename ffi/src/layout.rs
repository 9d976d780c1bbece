//! Where the members of structures and unions lie: the System V rules, with GCC's for packing and bit-fields.
//!
//! A bit-field lies in the current unit of its type if it fits, otherwise in the next; a width of 0 ends the unit. A field that
//! fills its container is an ordinary field. Pure: from declarations to offsets.

use crate::types::{BitField, Kind, Member, MemberKind, Types};

/// A member as declared.
#[derive(Clone, Debug)]
pub struct FieldDeclaration {
    /// Name, kind and type; the offset is not known yet.
    pub member: Member,
    /// Width of a bit-field.
    pub bits: Option<u32>,
    /// `packed`
    pub packed: bool,
    /// Binary logarithm of an alignment from an attribute.
    pub alignment: Option<u8>,
}

/// A structure laid out.
#[derive(Debug)]
pub struct LaidOut {
    /// Members with offsets.
    pub members: Vec<Member>,
    /// Bytes.
    pub size: u32,
    /// Binary logarithm of the alignment.
    pub alignment: u8,
    /// It ends in `a[?]`.
    pub variable: bool,
    /// A member is `const`.
    pub has_constant: bool,
}

struct State {
    bit_offset: u64,
    most_bits: u64,
    alignment: u8,
    is_union: bool,
}

fn align_up(bits: u64, mask: u64) -> u64 {
    (bits + mask) & !mask
}

/// Gives members their offsets; `pack` is the alignment of `#pragma pack` as binary logarithm. `None`: a size is unknown or too large.
pub fn lay_out(
    types: &Types,
    declarations: Vec<FieldDeclaration>,
    is_union: bool,
    is_packed: bool,
    alignment: Option<u8>,
    pack: u8,
) -> Option<LaidOut> {
    let mut state = State {
        bit_offset: 0,
        most_bits: 0,
        alignment: alignment.unwrap_or(0),
        is_union,
    };
    let mut members = Vec::with_capacity(declarations.len());
    let mut variable = false;
    let mut has_constant = false;
    for mut field in declarations {
        let id = field.member.type_id;
        let is_laid_out = match field.member.kind {
            MemberKind::Constant(_) => false,
            MemberKind::Anonymous => types.is_record(id),
            _ => true,
        };
        if is_laid_out {
            variable |= types.is_variable(id);
            has_constant |= is_constant(types, id);
            place(types, &mut field, &mut state, is_packed, pack)?;
        }
        // A bit-field without a name only takes room.
        if field.member.name.is_some() || field.member.kind == MemberKind::Anonymous {
            members.push(field.member);
        }
    }
    let bits = if is_union {
        state.most_bits
    } else {
        state.bit_offset
    };
    let size = align_up(bits, (8 << state.alignment) - 1) >> 3;
    if size >= 0x2000_0000 {
        return None;
    }
    Some(LaidOut {
        members,
        size: size as u32,
        alignment: state.alignment,
        variable,
        has_constant,
    })
}

fn is_constant(types: &Types, id: u32) -> bool {
    match types.kind(id) {
        Kind::Array { element, .. } => is_constant(types, element),
        Kind::Record(index) => types.get(id).constant || types.record(index).has_constant,
        _ => types.get(id).constant,
    }
}

fn place(
    types: &Types,
    field: &mut FieldDeclaration,
    state: &mut State,
    is_packed: bool,
    pack: u8,
) -> Option<()> {
    let id = field.member.type_id;
    let size = match types.size_bytes(id) {
        Some(size) if size < 0x2000_0000 && !types.is_variable(id) => u64::from(size),
        // `a[]` and `a[?]` at the end have no size of their own.
        None if matches!(types.kind(id), Kind::Array { .. }) && !state.is_union => 0,
        _ => return None,
    };
    let mut container_bits = size * 8;
    let mut alignment = types.alignment_log2(id);
    let is_packed = is_packed || field.packed;
    if is_packed {
        alignment = field.alignment.unwrap_or(0);
    } else if let Some(forced) = field.alignment {
        alignment = alignment.max(forced);
    }
    alignment = alignment.min(pack);
    if field.bits != Some(0) {
        state.alignment = state.alignment.max(alignment);
    }
    let mask = (8u64 << alignment) - 1;
    let used = match field.bits {
        None => {
            state.bit_offset = align_up(state.bit_offset, mask);
            field.member.offset = u32::try_from(state.bit_offset >> 3).ok()?;
            container_bits
        }
        Some(width) => {
            let width = u64::from(width);
            let is_crossing = (state.bit_offset & mask) + width > container_bits;
            if width == 0 || field.alignment.is_some() || !is_packed && is_crossing {
                state.bit_offset = align_up(state.bit_offset, mask);
            }
            if width == container_bits && state.bit_offset & mask == 0 {
                field.member.offset = u32::try_from(state.bit_offset >> 3).ok()?;
            } else {
                if container_bits > mask + 1 && width <= mask + 1 {
                    // The container of a packed bit-field is no larger than its alignment.
                    container_bits = mask + 1;
                }
                let entry = types.get(types.raw(id));
                field.member.kind = MemberKind::Bits(BitField {
                    position: (state.bit_offset & (container_bits - 1)) as u8,
                    width: width as u8,
                    container_bytes: (container_bits / 8) as u8,
                    unsigned: matches!(entry.kind, Kind::Integer { unsigned: true } | Kind::Bool),
                    boolean: entry.kind == Kind::Bool,
                });
                let offset = (state.bit_offset & !(container_bits - 1)) >> 3;
                field.member.offset = u32::try_from(offset).ok()?;
            }
            width
        }
    };
    if state.is_union {
        state.most_bits = state.most_bits.max(used);
    } else {
        state.bit_offset += used;
    }
    // Far below where the arithmetic above could overflow.
    (state.bit_offset < 1 << 34).then_some(())
}
