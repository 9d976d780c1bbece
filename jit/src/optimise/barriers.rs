//! Barriers: a store needs none if the word it overwrites is known to be no object, or if the object is fresh.
//!
//! ```text
//! 0004 number unbox 0003 > 1            0003 is load_inline 0002 #1
//! 0006 -      store_inline 0002 0005 #1      → no_barrier: a number is overwritten
//! ```
//!
//! While the collector marks, a store first queues the pointer that it overwrites (the snapshot at the beginning of marking). A number, nil
//! or boolean is no pointer. A fresh object did not exist when marking began (a cycle begins only while no trace is active), so what
//! it held since then was reachable some other way or is new itself.
//!
//! Must never: trust a type that was known of the place before a store that may overlap.

use super::alias::{Place, Space, is_fresh, owner_of, place};
use super::emitter::Emitter;
use super::guards;
use crate::ir::*;

/// Body flag that every element is a number (or nil).
const ALL_NUMBERS: i32 = rlove_vm::object::table::ARRAY_ALL_NUMBERS as i32;

/// Flags a store that needs no barrier.
pub(super) fn mark(emitter: &Emitter, instruction: &mut Instruction) {
    use Operation::*;
    let writes_word = matches!(
        instruction.operation,
        StoreInline | StoreSlotArray | StoreElement | StoreHashValue | StoreUpvalue
    );
    if !emitter.passes.barriers || !writes_word || instruction.literal & NO_BARRIER != 0 {
        return;
    }
    let Some(target) = place(emitter, instruction) else {
        return;
    };
    let fresh = is_fresh(emitter, owner_of(emitter, target.base));
    let old = emitter.memory.at(&target);
    if fresh
        || old.is_some_and(|old| is_no_object(emitter, old))
        || is_number_array(emitter, &target, instruction.operands[1])
    {
        instruction.literal |= NO_BARRIER;
    }
}

/// Whether a word is known to be a number, nil or boolean.
fn is_no_object(emitter: &Emitter, word: Ref) -> bool {
    let word = emitter.resolve(word);
    if let Some(constant) = emitter.trace.constant_at(word) {
        return !matches!(constant, Constant::Pointer(_)) && constant.ty().tag().is_none();
    }
    let ty = match emitter.common.typed(word) {
        Some(typed) => emitter.ty(typed),
        None => emitter.ty(word),
    };
    matches!(ty, Type::Number | Type::Integer)
}

/// Whether the place is in an array whose elements are known to be numbers.
fn is_number_array(emitter: &Emitter, target: &Place, index: Ref) -> bool {
    // The flag does not speak of element 0.
    if target.space != Space::Element || guards::range(emitter, index).0 < 1 {
        return false;
    }
    let flags = Place {
        space: Space::Field(Field::ArrayFlags as u32),
        base: target.base,
        root: Ref::NONE,
        index: 0,
    };
    emitter
        .memory
        .at(&flags)
        .and_then(|flags| emitter.integer(emitter.resolve(flags)))
        .is_some_and(|flags| flags & ALL_NUMBERS != 0)
}
