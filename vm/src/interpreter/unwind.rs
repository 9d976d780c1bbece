//! Errors: from where they are raised to the frame that catches them.
//!
//! The error value is in `vm.error_value`. Frames are left without running anything; upvalues are closed. The handler of an
//! xpcall (and the traceback for an error that nobody catches) is run first, while the frames are still there.

use super::frame::{Link, LinkKind, XPCALL_DELTA, decode};
use super::{STATUS_ERROR, calls, go, handler};
use crate::bytecode::opcode::{FRAME_SLOTS, operand_a};
use crate::object::{Thread, ThreadStatus};
use crate::value::Value;
use crate::vm::Vm;

/// What waits for errors of the running coroutine.
enum Catcher {
    Handler(Value),
    Catches,
    Nobody,
}

unsafe fn find_catcher(vm: &Vm) -> Catcher {
    // SAFETY: I6: links lead down to the bottom of the stack.
    unsafe {
        let mut base = (*vm.thread).base;
        loop {
            match decode(*base.sub(1)) {
                Link::Return(pc) => base = base.sub((operand_a(*pc.sub(1)) + FRAME_SLOTS) as usize),
                Link::Tagged(LinkKind::Protected, delta) => {
                    return if delta == XPCALL_DELTA {
                        Catcher::Handler(*base.sub(delta))
                    } else {
                        Catcher::Catches
                    };
                }
                Link::Tagged(LinkKind::Coroutine, _) => {
                    return if (*vm.thread).is_wrapped {
                        Catcher::Nobody
                    } else {
                        Catcher::Catches
                    };
                }
                Link::Tagged(LinkKind::Entry, 0) => return Catcher::Nobody,
                Link::Tagged(_, delta) => base = base.sub(delta),
            }
        }
    }
}

handler! {
    /// Raises `vm.error_value`: `thread.base` (and `pc`) are those of the frame that failed.
    #[cold]
    unwind(pc, base, d, a, k, vm) {
        (*vm).abandon_recording(crate::seams::Abandoned::Error);
        if !(*vm).error_is_handled {
            (*vm).error_is_handled = true;
            match find_catcher(&*vm) {
                Catcher::Handler(handler) => (*vm).run_error_handler(handler),
                Catcher::Nobody => (*vm).note_traceback(),
                Catcher::Catches => {}
            }
        }
        go!(unwind_frames, pc, (*(*vm).thread).base, 0, 0, k, vm)
    }
    #[cold]
    unwind_frames(pc, base, d, a, k, vm) {
        match decode(*base.sub(1)) {
            Link::Return(pc) => {
                let caller = base.sub((operand_a(*pc.sub(1)) + FRAME_SLOTS) as usize);
                go!(unwind_frames, pc, caller, 0, 0, k, vm)
            }
            Link::Tagged(LinkKind::Vararg | LinkKind::Metamethod, delta) => {
                go!(unwind_frames, pc, base.sub(delta), 0, 0, k, vm)
            }
            Link::Tagged(LinkKind::Protected, delta) => {
                let frame = base.sub(delta);
                Thread::close_upvalues((*vm).thread, frame);
                // Registers of the frames that are gone would keep alive what the failed function held.
                let mut stale = frame.add(2);
                while stale < (*(*vm).thread).top {
                    *stale = Value::NIL;
                    stale = stale.add(1);
                }
                (*vm).error_is_handled = false;
                *frame = Value::FALSE;
                *frame.add(1) = (*vm).error_value;
                (*vm).error_value = Value::NIL;
                (*vm).enter_native_frame(frame, 2);
                go!(calls::deliver, frame.cast(), frame, 2, 0, k, vm)
            }
            Link::Tagged(LinkKind::Entry, _) => {
                Thread::close_upvalues((*vm).thread, base.sub(2));
                return STATUS_ERROR;
            }
            Link::Tagged(LinkKind::Coroutine, _) => go!(fail_coroutine, pc, base, 0, 0, k, vm),
        }
    }
    /// Nothing in the running coroutine catches the error: it is dead, its resumer learns of it.
    fail_coroutine(pc, base, d, a, k, vm) {
        let coroutine = (*vm).thread;
        Thread::close_upvalues(coroutine, (*coroutine).stack);
        let resumer = (*coroutine).resumer;
        (*coroutine).status = ThreadStatus::Dead;
        // debug.traceback may still look at the frames of a failed coroutine: base and top stay.
        (*coroutine).resumer = std::ptr::null_mut();
        (*vm).resume_depth -= 1;
        (*vm).thread = resumer;
        (*resumer).status = ThreadStatus::Running;
        let frame = (*resumer).base;
        if (*coroutine).is_wrapped {
            (*vm).error_is_handled = false;
            (*vm).add_position_of_caller();
            go!(unwind, pc, frame, 0, 0, k, vm)
        }
        (*vm).error_is_handled = false;
        *frame = Value::FALSE;
        *frame.add(1) = (*vm).error_value;
        (*vm).error_value = Value::NIL;
        (*vm).enter_native_frame(frame, 2);
        go!(calls::deliver, frame.cast(), frame, 2, 0, k, vm)
    }
}
