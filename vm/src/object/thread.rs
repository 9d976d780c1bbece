//! Threads (coroutines): a stack of values with frames in it.
//!
//! ```text
//!   stack                base-2   base-1  base                          base+frame_size
//!   | ... caller's registers | function | link | R[0] R[1] ...            |
//! ```
//! The *link* says how to leave the frame: the caller's return address (bit 0 clear), or a tagged word
//! `kind << 1 | 1` with the distance to the previous base in bits 8–39 (see `interpreter::frame`). Both read as
//! small doubles, so the collector may scan a stack without knowing frames.
//!
//! Invariants: I6: `stack..stack+size` is initialised; `base` and `top` lie in it; slots above `top` hold no
//! pointer to a freed object (the collector clears them when it scans the stack).

use super::{ObjectHeader, Upvalue};
use crate::value::Value;

/// State of a coroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ThreadStatus {
    /// Created, not yet resumed.
    Fresh,
    /// Suspended in a yield.
    Suspended,
    /// It resumed another one.
    Normal,
    /// It runs.
    Running,
    /// It returned or failed.
    Dead,
}

/// A coroutine.
#[repr(C)]
pub struct Thread {
    /// kind Thread; `flags`: see constants.
    pub header: ObjectHeader,
    /// First slot.
    pub stack: *mut Value,
    /// Base of the current frame.
    pub base: *mut Value,
    /// First slot above the live ones, as of the last time it was saved.
    pub top: *mut Value,
    /// End of the stack less a reserve for error handling and builtins.
    pub limit: *mut Value,
    /// Slots allocated.
    pub size: usize,
    /// Where the current Lua frame continues (address of the next word); null in a builtin's frame.
    pub pc: *const u32,
    /// Open upvalues, highest slot first.
    pub open_upvalues: *mut Upvalue,
    /// The coroutine that resumed this one.
    pub resumer: *mut Thread,
    /// State.
    pub status: ThreadStatus,
    /// Whether the last resume came from `coroutine.wrap`'s function (errors propagate).
    pub is_wrapped: bool,
    /// Collection cycle in which the stack was last scanned.
    pub scan_epoch: u32,
    /// Frames entered from Rust that are on this stack: yields cannot cross them.
    pub native_entries: u32,
    /// Environment (`getfenv(0)`).
    pub environment: *mut super::Table,
    /// Hook settings (debug.sethook), kept by the debug library.
    pub hook: Value,
}

/// Slots of a new coroutine's stack.
pub const INITIAL_STACK_SLOTS: usize = 40;
/// Slots above `limit` that are always there: room for builtins and error handling.
pub const STACK_RESERVE_SLOTS: usize = 24;
/// Most slots of one stack; beyond it is a "stack overflow".
pub const MOST_STACK_SLOTS: usize = 200_000;

impl Thread {
    /// Writes a fresh thread with an empty stack into fresh memory.
    ///
    /// # Safety
    /// I2: `memory` has room for a thread.
    pub unsafe fn initialise(memory: *mut Thread, slots: usize, environment: *mut super::Table) {
        let size = slots + STACK_RESERVE_SLOTS;
        let stack = Box::into_raw(vec![Value::NIL; size].into_boxed_slice()).cast::<Value>();
        // SAFETY: I2, I6: the stack was just allocated with `size` slots.
        unsafe {
            memory.write(Thread {
                header: ObjectHeader::new(super::ObjectKind::Thread),
                stack,
                base: stack.add(2),
                top: stack.add(2),
                limit: stack.add(size - STACK_RESERVE_SLOTS),
                size,
                pc: std::ptr::null(),
                open_upvalues: std::ptr::null_mut(),
                resumer: std::ptr::null_mut(),
                status: ThreadStatus::Fresh,
                is_wrapped: false,
                scan_epoch: 0,
                native_entries: 0,
                environment,
                hook: Value::NIL,
            });
        }
    }
    /// Frees the stack; upvalues that are still open get closed first.
    ///
    /// # Safety
    /// I6: nothing runs on this stack any more.
    pub unsafe fn free_stack(thread: *mut Thread) {
        // SAFETY: I6: allocated as a boxed slice of `size` values.
        unsafe {
            let stack = std::ptr::slice_from_raw_parts_mut((*thread).stack, (*thread).size);
            drop(Box::from_raw(stack));
            (*thread).stack = std::ptr::null_mut();
            (*thread).size = 0;
        }
    }
    /// Gives an empty stack another size (a test mode).
    ///
    /// # Safety
    /// I6: nothing runs on this stack and no upvalue is open in it.
    pub(crate) unsafe fn replace_stack(thread: *mut Thread, slots: usize) {
        // SAFETY: I2, I6: the caller says that the stack is empty.
        unsafe {
            Self::free_stack(thread);
            let fresh = vec![Value::NIL; slots + STACK_RESERVE_SLOTS].into_boxed_slice();
            (*thread).size = fresh.len();
            (*thread).stack = Box::into_raw(fresh).cast();
            (*thread).base = (*thread).stack.add(2);
            (*thread).top = (*thread).base;
            (*thread).limit = (*thread).stack.add(slots);
        }
    }
    /// Closes all upvalues at or above `level`: they take the value with them.
    ///
    /// # Safety
    /// I5, I6: `level` lies in the stack.
    #[inline]
    pub unsafe fn close_upvalues(thread: *mut Thread, level: *mut Value) {
        // SAFETY: I5.
        unsafe {
            loop {
                let upvalue = (*thread).open_upvalues;
                if upvalue.is_null() || (*upvalue).location < level {
                    return;
                }
                (*thread).open_upvalues = (*upvalue).next_open;
                (*upvalue).closed = *(*upvalue).location;
                (*upvalue).location = &raw mut (*upvalue).closed;
                (*upvalue).header.flags = 0;
                (*upvalue).next_open = std::ptr::null_mut();
            }
        }
    }
    /// Forgets what lies above the live slots.
    ///
    /// # Safety
    /// I6: `top` is saved.
    pub(crate) unsafe fn clear_above_top(thread: *mut Thread) {
        // SAFETY: I6: `top` lies in the stack.
        unsafe {
            let used = (*thread).top.offset_from((*thread).stack) as usize;
            let rest = (*thread).size.saturating_sub(used);
            std::slice::from_raw_parts_mut((*thread).top, rest).fill(Value::NIL);
        }
    }
    /// Moves the stack to one of at least `slots` slots (plus reserve); pointers into it are adjusted.
    ///
    /// # Safety
    /// I6: callers reload every pointer into the stack afterwards.
    pub unsafe fn grow(thread: *mut Thread, slots: usize) {
        // SAFETY: I5, I6.
        unsafe {
            let size = slots + STACK_RESERVE_SLOTS;
            let old = (*thread).stack;
            let old_size = (*thread).size;
            let mut fresh = Vec::with_capacity(size);
            fresh.extend_from_slice(std::slice::from_raw_parts(old, old_size));
            fresh.resize(size, Value::NIL);
            let stack = Box::into_raw(fresh.into_boxed_slice()).cast::<Value>();
            (*thread).base = stack.add((*thread).base.offset_from(old) as usize);
            (*thread).top = stack.add((*thread).top.offset_from(old) as usize);
            (*thread).limit = stack.add(size - STACK_RESERVE_SLOTS);
            let mut upvalue = (*thread).open_upvalues;
            while !upvalue.is_null() {
                (*upvalue).location = stack.add((*upvalue).location.offset_from(old) as usize);
                upvalue = (*upvalue).next_open;
            }
            Self::free_stack(thread);
            (*thread).stack = stack;
            (*thread).size = size;
        }
    }
}
