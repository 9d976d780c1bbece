//! Aliasing: which places in memory may be the same one.
//!
//! ```text
//! t.x against t.y                     never (other slot of one table)
//! t.x against u.x                     never if the guarded shapes of t and u differ, both are constants, or one is fresh
//! t[i] against t[i + 1]               never (one root, other distance)
//! t.x against t[1], an upvalue, …     never (other kind of place)
//! ```
//!
//! A table's parts (body, slot array, hash part) belong to one table each, so parts of tables that differ differ. A *fresh* table is none
//! that was there before it, and until it escapes (is stored somewhere or passed to a call) none that is loaded later.
//!
//! Must never: take two references for two objects only because their numbers differ, or two bodies of one table for one.

use super::emitter::Emitter;
use crate::ir::*;

/// Kind of a place. Places of two kinds never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Field(u32),
    Inline,
    Slot,
    Element,
    HashValue,
    Upvalue,
    Foreign(MemoryKind),
}

/// Width and interpretation of foreign memory; all of it is one space.
pub(super) type MemoryKind = u32;

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub space: Space,
    pub base: Ref,
    /// Element: what the index is relative to, or none.
    pub root: Ref,
    /// Slot, entry, distance from the root, offset.
    pub index: i32,
}

/// The place that a load or store is about.
pub(super) fn place(emitter: &Emitter, instruction: &Instruction) -> Option<Place> {
    use Operation::*;
    let [base, second, _] = instruction.operands;
    let literal = match instruction.operation.effect() {
        Effect::Store => instruction.literal & !NO_BARRIER,
        _ => instruction.literal,
    };
    let (space, root, index) = match instruction.operation {
        LoadField | StoreField => (Space::Field(literal), Ref::NONE, 0),
        LoadInline | StoreInline => (Space::Inline, Ref::NONE, literal as i32),
        LoadSlotArray | StoreSlotArray => (Space::Slot, Ref::NONE, literal as i32),
        LoadHashValue | StoreHashValue => (Space::HashValue, Ref::NONE, literal as i32),
        LoadUpvalue | StoreUpvalue => (Space::Upvalue, Ref::NONE, 0),
        LoadElement | StoreElement => {
            let (root, distance) = distance(emitter, second);
            (Space::Element, root, distance)
        }
        LoadMemory | StoreMemory => {
            let (access, offset) = MemoryAccess::of_literal(literal)?;
            (Space::Foreign(access as u32), Ref::NONE, offset)
        }
        _ => return None,
    };
    Some(Place {
        space,
        base,
        root,
        index,
    })
}

/// An integer as something plus a constant.
pub(super) fn distance(emitter: &Emitter, integer: Ref) -> (Ref, i32) {
    if let Some(constant) = emitter.integer(integer) {
        return (Ref::NONE, constant);
    }
    let mut root = integer;
    let mut sum = 0i32;
    while let Some(instruction) = emitter.definition(root) {
        let adds = matches!(
            instruction.operation,
            Operation::AddInteger | Operation::AddOverflow
        );
        match emitter.integer(instruction.operands[1]) {
            Some(constant) if adds => {
                sum = sum.wrapping_add(constant);
                root = instruction.operands[0];
            }
            _ => break,
        }
    }
    (root, sum)
}

/// Whether a reference is a table that the trace made.
pub(super) fn is_fresh(emitter: &Emitter, reference: Ref) -> bool {
    emitter.defined_by(reference, Operation::NewTable).is_some()
}

/// Whether a reference is a table of the trace that nothing else refers to.
pub(super) fn is_private(emitter: &Emitter, reference: Ref) -> bool {
    is_fresh(emitter, reference) && !emitter.escaped.contains(&reference)
}

/// The object that a part belongs to, and the fields that lead to the part.
fn owner(emitter: &Emitter, mut reference: Ref) -> (Ref, [u32; 3]) {
    let mut path = [u32::MAX; 3];
    for step in &mut path {
        let Some(instruction) = emitter.defined_by(reference, Operation::LoadField) else {
            break;
        };
        let (field, _) = Field::of_literal(instruction.literal);
        if !matches!(field, Field::TableBody | Field::HashPart | Field::SlotArray) {
            break;
        }
        *step = instruction.literal;
        reference = instruction.operands[0];
    }
    (reference, path)
}

/// The table that a part belongs to; the reference itself if it is no part.
pub(super) fn owner_of(emitter: &Emitter, reference: Ref) -> Ref {
    owner(emitter, reference).0
}

/// Whether two references are never the same object.
pub(super) fn distinct(emitter: &Emitter, a: Ref, b: Ref) -> bool {
    if a == b {
        return false;
    }
    let ((x, x_path), (y, y_path)) = (owner(emitter, a), owner(emitter, b));
    if x == y || x_path != y_path {
        return false;
    }
    if x.as_constant().is_some() && y.as_constant().is_some() {
        return true;
    }
    if fresh_against(emitter, x, y) || fresh_against(emitter, y, x) {
        return true;
    }
    match (emitter.memory.shape(x), emitter.memory.shape(y)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// Whether `fresh` is a new table and `other` none that could be it.
fn fresh_against(emitter: &Emitter, fresh: Ref, other: Ref) -> bool {
    if !is_fresh(emitter, fresh) {
        return false;
    }
    let Some(position) = other.as_instruction() else {
        return true;
    };
    let is_older = fresh
        .as_instruction()
        .is_some_and(|allocation| position < allocation);
    is_older || is_fresh(emitter, other) || !emitter.escaped.contains(&fresh)
}

/// Whether two places may be the same (or overlap).
pub(super) fn may_overlap(emitter: &Emitter, a: &Place, b: &Place) -> bool {
    match (a.space, b.space) {
        (Space::Foreign(x), Space::Foreign(y)) => {
            let bytes = |kind: u32| MemoryAccess::ALL[kind as usize].bytes() as i32;
            a.base != b.base || (a.index < b.index + bytes(y) && b.index < a.index + bytes(x))
        }
        (x, y) if x != y => false,
        (Space::Element, _) if a.root == b.root && a.index != b.index => false,
        (Space::Element, _) => !distinct(emitter, a.base, b.base),
        _ => a.index == b.index && !distinct(emitter, a.base, b.base),
    }
}
