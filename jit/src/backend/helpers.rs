//! Runtime functions that machine code calls by itself, not because a trace says so.
//!
//! Invariants: none of them panics, calls Lua or starts a collection cycle; all have the System V calling convention.

use rlove_vm::heap::Heap;
use rlove_vm::interpreter::arithmetic::lua_power;
use rlove_vm::value::Value;

/// Queues a word that a store is about to overwrite.
///
/// # Safety
/// I20: `heap` is the heap that the calling code was compiled for.
pub unsafe extern "sysv64" fn barrier(heap: *mut Heap, word: u64) {
    // SAFETY: I20: machine code passes the heap that it was compiled for.
    unsafe { (*heap).barrier(Value::from_bits(word)) }
}

/// A cell of a size class whose run is used up.
///
/// # Safety
/// I20: as above; `class` is a size class.
pub unsafe extern "sysv64" fn refill(heap: *mut Heap, class: u64) -> *mut u8 {
    // SAFETY: I20: as above.
    unsafe { (*heap).refill_for_compiled_code(class as usize) }
}

/// `a ^ b` as the interpreter computes it.
pub extern "sysv64" fn power(a: f64, b: f64) -> f64 {
    lua_power(a, b)
}
