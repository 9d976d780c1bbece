//! Coroutine switches: resume, the function of wrap, yield, and the end of a coroutine.
//!
//! A switch exchanges `vm.thread` and goes on in the other stack; the native stack does not grow. Resume and yield are
//! frames of builtins on their stacks; whatever is passed to the other side becomes the results of the frame that waits there.

use super::frame::{LinkKind, link};
use super::{calls, go, handler, unwind};
use crate::object::{Function, Thread, ThreadStatus};
use crate::value::Value;
use crate::vm::Vm;

/// Coroutines that may wait for each other; beyond it is LuaJIT's "C stack overflow".
pub const MOST_NESTED_RESUMES: u32 = 10_000;

unsafe fn refuse(vm: &mut Vm, coroutine: *mut Thread) -> Option<&'static str> {
    // SAFETY: I6.
    unsafe {
        match (*coroutine).status {
            ThreadStatus::Dead => Some("cannot resume dead coroutine"),
            ThreadStatus::Running | ThreadStatus::Normal => Some("cannot resume running coroutine"),
            _ if vm.resume_depth >= MOST_NESTED_RESUMES => Some("C stack overflow"),
            _ => None,
        }
    }
}

handler! {
    function_header_resume(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        let Some(coroutine) = (*base).as_thread().filter(|_| d > 0) else {
            let _ = (*vm).raise_argument_error(1, b"coroutine expected");
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        if let Some(message) = refuse(&mut *vm, coroutine) {
            *base = Value::FALSE;
            *base.add(1) = (*vm).new_string(message.as_bytes());
            go!(calls::deliver, base.cast(), base, 2, 0, k, vm)
        }
        (*coroutine).is_wrapped = false;
        (*vm).transfer = (coroutine, 1);
        go!(switch_to_coroutine, pc, base, d - 1, 0, k, vm)
    }
    function_header_wrap(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let coroutine = (*Function::native_upvalues(function)).as_thread().unwrap_unchecked();
        if let Some(message) = refuse(&mut *vm, coroutine) {
            let _ = (*vm).raise_at_level(1, message.as_bytes());
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        (*coroutine).is_wrapped = true;
        (*vm).transfer = (coroutine, 0);
        go!(switch_to_coroutine, pc, base, d, 0, k, vm)
    }
    /// Passes `d` arguments of the frame at `base` (from `vm.transfer.1` on) to the coroutine `vm.transfer.0`.
    switch_to_coroutine(pc, base, d, a, k, vm) {
        let (coroutine, first) = (*vm).transfer;
        let resumer = (*vm).thread;
        (*vm).heap.scan_before_resume(coroutine);
        (*vm).resume_depth += 1;
        (*resumer).status = ThreadStatus::Normal;
        (*coroutine).resumer = resumer;
        (*vm).thread = coroutine;
        let arguments = base.add(first);
        let fresh = (*coroutine).status == ThreadStatus::Fresh;
        (*coroutine).status = ThreadStatus::Running;
        let Some(target) = (*vm).ensure_stack((*coroutine).base, d + 4) else {
            go!(unwind::unwind, pc, (*coroutine).base, 0, 0, k, vm)
        };
        (*coroutine).base = target;
        if !fresh {
            go!(calls::deliver, arguments.cast(), target, d, 0, k, vm)
        }
        let mut index = 0;
        while index < d {
            *target.add(index) = *arguments.add(index);
            index += 1;
        }
        *target.sub(1) = link(LinkKind::Coroutine, 0);
        (*vm).enter_native_frame(target, d);
        go!(calls::enter, pc, target, d, 0, k, vm)
    }
    function_header_yield(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        let coroutine = (*vm).thread;
        let resumer = (*coroutine).resumer;
        // As in LuaJIT, one message for the main coroutine and for frames of Rust in between.
        if resumer.is_null() || (*coroutine).native_entries > 0 {
            let _ = (*vm).raise_at_level(1, b"attempt to yield across C-call boundary");
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        (*coroutine).status = ThreadStatus::Suspended;
        go!(return_to_resumer, base.cast(), base, d, 1, k, vm)
    }
    /// The main function of the running coroutine returned `d` results, the first at `pc`.
    finish_coroutine(pc, base, d, a, k, vm) {
        let coroutine = (*vm).thread;
        (*coroutine).status = ThreadStatus::Dead;
        go!(return_to_resumer, pc, base, d, 0, k, vm)
    }
    /// Gives `d` values at `pc` to the coroutine that waits in resume or wrap (`a`: the running one is suspended, not dead).
    return_to_resumer(pc, base, d, a, k, vm) {
        let coroutine = (*vm).thread;
        let resumer = (*coroutine).resumer;
        (*coroutine).resumer = std::ptr::null_mut();
        (*vm).resume_depth -= 1;
        (*vm).thread = resumer;
        (*resumer).status = ThreadStatus::Running;
        let Some(frame) = (*vm).ensure_stack((*resumer).base, d + 4) else {
            go!(unwind::unwind, pc, (*resumer).base, 0, 0, k, vm)
        };
        let values = pc.cast::<Value>();
        let shift = usize::from(!(*coroutine).is_wrapped);
        let mut index = 0;
        while index < d {
            *frame.add(index + shift) = *values.add(index);
            index += 1;
        }
        if shift == 1 {
            *frame = Value::TRUE;
        }
        if a == 0 {
            // A dead coroutine keeps nothing alive.
            (*coroutine).base = (*coroutine).stack.add(2);
            (*coroutine).top = (*coroutine).stack;
        }
        go!(calls::deliver, frame.cast(), frame, d + shift, 0, k, vm)
    }
}
