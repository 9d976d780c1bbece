//! The memory layout that compiled code relies on: offsets of every field that machine code reads or writes.
//!
//! Machine code has no type checker. So each number that it uses is taken here from the structure itself by `offset_of!`, and
//! what a single instruction depends on (a field of one byte, two fields beside each other) is asserted. The trace compiler has no
//! numeric offset of its own.
//!
//! ```text
//! cmp byte [heap + HEAP_BARRIER_ACTIVE], 0      ; is marking in progress?
//! mov eax, [table + OBJECT_WORD]                ; the table's shape
//! mov rcx, [body + BODY_ELEMENTS + index * 8]   ; t[index]
//! ```
//!
//! Invariants: all structures named here are `#[repr(C)]`. What is not here, machine code must not touch.

use crate::heap::block::{CELL_SIZES, class_of};
use crate::heap::{Cursor, Heap};
use crate::object::{
    Function, HashEntry, HashPart, LuaString, ObjectHeader, SlotArray, Table, TableBody, Thread,
    Upvalue, UserData,
};
use crate::value::Value;
use crate::vm::Vm;
use std::mem::{offset_of, size_of};

/// Bytes of a value.
pub const VALUE_BYTES: usize = size_of::<Value>();

/// Offsets in an [`ObjectHeader`], which every object but a string begins with.
pub const OBJECT_KIND: usize = offset_of!(ObjectHeader, kind);
/// Flags (one byte).
pub const OBJECT_FLAGS: usize = offset_of!(ObjectHeader, flags);
/// Inline capacity of a table (its low byte).
pub const OBJECT_SMALL: usize = offset_of!(ObjectHeader, small);
/// Shape of a table, pseudo shape of a userdata (four bytes).
pub const OBJECT_WORD: usize = offset_of!(ObjectHeader, word);

/// Body of a table.
pub const TABLE_BODY: usize = offset_of!(Table, body);
/// First inline slot of a table.
pub const TABLE_INLINE_SLOTS: usize = size_of::<Table>();

/// Greatest key in the array of a body (four bytes).
pub const BODY_ARRAY_LENGTH: usize = offset_of!(TableBody, array_length);
/// Room of the array of a body (four bytes).
pub const BODY_ARRAY_CAPACITY: usize = offset_of!(TableBody, array_capacity);
/// Flags of a body (one byte).
pub const BODY_FLAGS: usize = offset_of!(TableBody, header) + OBJECT_FLAGS;
/// General hash part of a body.
pub const BODY_HASH: usize = offset_of!(TableBody, hash);
/// Slot array of a body.
pub const BODY_SLOTS: usize = offset_of!(TableBody, slots);
/// Metatable of a body.
pub const BODY_METATABLE: usize = offset_of!(TableBody, metatable);
/// Element 0 of a body's array.
pub const BODY_ELEMENTS: usize = size_of::<TableBody>();

/// Slot 0 of a slot array.
pub const SLOT_ARRAY_VALUES: usize = size_of::<SlotArray>();

/// Entries in use of a hash part (four bytes).
pub const HASH_COUNT: usize = offset_of!(HashPart, count);
/// Entry 0 of a hash part.
pub const HASH_ENTRIES: usize = size_of::<HashPart>();
/// Bytes of an entry.
pub const HASH_ENTRY_BYTES: usize = size_of::<HashEntry>();
/// Key of an entry.
pub const HASH_ENTRY_KEY: usize = offset_of!(HashEntry, key);
/// Value of an entry.
pub const HASH_ENTRY_VALUE: usize = offset_of!(HashEntry, value);

/// Where the value of an upvalue is.
pub const UPVALUE_LOCATION: usize = offset_of!(Upvalue, location);

/// Environment of a function.
pub const FUNCTION_ENVIRONMENT: usize = offset_of!(Function, environment);
/// Prototype of a Lua function, native data of a builtin.
pub const FUNCTION_DATA: usize = offset_of!(Function, data);
/// First upvalue cell of a Lua function.
pub const FUNCTION_UPVALUES: usize = size_of::<Function>();

/// Metatable of a userdata.
pub const USERDATA_METATABLE: usize = offset_of!(UserData, metatable);

/// Length of a string (four bytes, not aligned).
pub const STRING_LENGTH: usize = offset_of!(LuaString, length);
/// First byte of a string.
pub const STRING_BYTES: usize = crate::object::string::STRING_BYTES_OFFSET;

/// Where the stack of a thread ends for compiled code.
pub const THREAD_LIMIT: usize = offset_of!(Thread, limit);
/// Open upvalues of a thread, highest slot first.
pub const THREAD_OPEN_UPVALUES: usize = offset_of!(Thread, open_upvalues);
/// Base of the current frame, as last saved.
pub const THREAD_BASE: usize = offset_of!(Thread, base);
/// First slot above the live ones, as last saved.
pub const THREAD_TOP: usize = offset_of!(Thread, top);

/// The running thread.
pub const VM_THREAD: usize = offset_of!(Vm, thread);
/// Number of values that an instruction with open results left (four bytes).
pub const VM_MULTIPLE_RESULTS: usize = offset_of!(Vm, multiple_results);

/// Whether stores must queue what they overwrite (one byte).
pub const HEAP_BARRIER_ACTIVE: usize = offset_of!(Heap, barrier_active);
/// Whether the next safe point has work (one byte).
pub const HEAP_SAFE_POINT_DUE: usize = offset_of!(Heap, safe_point_due);
/// Epoch of lookups through `__index` chains (four bytes).
pub const HEAP_PROTOTYPE_EPOCH: usize = offset_of!(Heap, prototype_epoch);
/// The body that empty tables share.
pub const HEAP_EMPTY_BODY: usize = offset_of!(Heap, empty_body);

/// Offset in the heap of the bump pointer of a class.
pub const fn heap_cursor_bump(class: usize) -> usize {
    offset_of!(Heap, cursors) + class * size_of::<Cursor>() + offset_of!(Cursor, bump)
}
/// Offset in the heap of the end of the run of a class.
pub const fn heap_cursor_limit(class: usize) -> usize {
    offset_of!(Heap, cursors) + class * size_of::<Cursor>() + offset_of!(Cursor, limit)
}
/// Size class of a table with so many inline slots (at most 255), and the bytes of its cell.
pub fn table_class(inline_slots: usize) -> (usize, usize) {
    let class = class_of(Table::allocation_size(inline_slots));
    (class, CELL_SIZES[class] as usize)
}
/// The first eight bytes of a table with so many inline slots and that shape.
pub const fn table_header_word(inline_slots: usize, shape: u32) -> u64 {
    crate::object::ObjectKind::Table as u64
        | (inline_slots as u64 & 0xff) << (8 * OBJECT_SMALL)
        | (shape as u64) << (8 * OBJECT_WORD)
}

const _: () = {
    assert!(VALUE_BYTES == 8);
    assert!(OBJECT_KIND == 0 && OBJECT_FLAGS == 1 && OBJECT_SMALL == 2 && OBJECT_WORD == 4);
    assert!(TABLE_INLINE_SLOTS == 16 && TABLE_BODY == 8);
    assert!(HASH_ENTRY_BYTES == 16 && HASH_ENTRY_KEY == 0 && HASH_ENTRY_VALUE == 8);
    assert!(size_of::<bool>() == 1);
    // Compiled code addresses the heap with 32-bit displacements.
    assert!(size_of::<Heap>() < 1 << 20 && size_of::<Vm>() < 1 << 20);
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::shape::EMPTY_SHAPE;

    #[test]
    fn the_header_word_is_what_the_heap_writes() {
        let mut heap = Heap::new();
        for slots in [0, 1, 4, 255] {
            let table = heap.new_table(slots);
            // SAFETY: I1: just made; the head has eight bytes.
            let word = unsafe { *table.cast::<u64>() };
            assert_eq!(word, table_header_word(slots, EMPTY_SHAPE));
        }
    }

    #[test]
    fn table_classes_hold_their_tables() {
        for slots in 0..=255 {
            let (class, cell_bytes) = table_class(slots);
            assert!(cell_bytes >= TABLE_INLINE_SLOTS + slots * VALUE_BYTES);
            assert!(heap_cursor_limit(class) == heap_cursor_bump(class) + 8);
        }
    }
}
