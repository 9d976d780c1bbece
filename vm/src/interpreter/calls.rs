//! Calls, returns, varargs, function headers and builtins.
//!
//! A call puts the link into `R[A+1]` and dispatches on the callee's first word, its header, with the number of
//! arguments in `d`. [`deliver`] is the general return: results, their number, the frame that is left; by the
//! link it goes on in the caller, finishes a metamethod's instruction, completes a pcall, leaves to Rust or ends a coroutine.

use super::frame::{Link, LinkKind, XPCALL_DELTA, decode, link, return_link};
use super::metamethod::{Metamethod, finish_metamethod};
use super::{STATUS_DONE, STATUS_SUSPENDED, b, c, go, handler, next, unwind};
use crate::bytecode::opcode::{operand_a, operand_b};
use crate::call::{Call, Outcome};
use crate::object::function::NativeData;
use crate::object::{Function, Prototype};
use crate::value::Value;
use crate::vm::Vm;

/// Dispatches on the header of `$function` with `$count` arguments at `$new_base`.
macro_rules! enter_function {
    ($function:expr, $new_base:expr, $count:expr, $k:expr, $vm:expr) => {{
        let code = (*$function).code;
        let word = *code;
        go!(
            super::handler_at($vm, word),
            code.add(1),
            $new_base,
            $count,
            (word >> 8 & 0xff) as usize,
            $k,
            $vm
        )
    }};
}

/// Goes on in the Lua function whose frame is at `$base`, after the call in front of `$pc`.
macro_rules! resume_caller {
    ($pc:expr, $base:expr, $vm:expr) => {{
        let caller = (*$base.sub(2)).as_function().unwrap_unchecked();
        let k = (*(*caller).data.cast::<Prototype>()).constants;
        next!($pc, $base, k, $vm)
    }};
}

/// What [`invoke`] answers; values and counts are in `vm.answer`.
const ANSWER_NONE: u32 = 0;
const ANSWER_ONE: u32 = 1;
const ANSWER_PUSHED: u32 = 2;
const ANSWER_TAIL_CALL: u32 = 3;
const ANSWER_SUSPEND: u32 = 4;
const ANSWER_RAISED: u32 = 5;

/// Runs the body of the builtin whose frame is at `base`. Apart from the handler, because a local whose address a callee
/// sees would cost the handler its tail calls.
#[inline(never)]
unsafe fn invoke(vm: *mut Vm, base: *mut Value, count: usize) -> u32 {
    // SAFETY: I6: base[-2] is a builtin with native data.
    unsafe {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let entry = (*(*function).data.cast::<NativeData>()).entry;
        match entry(&mut Call::new(&mut *vm, count as u32)) {
            Ok(Outcome::One(value)) => {
                (*vm).answer_value = value;
                ANSWER_ONE
            }
            Ok(Outcome::None) => ANSWER_NONE,
            Ok(Outcome::Pushed(count)) => {
                (*vm).answer_count = count as usize;
                ANSWER_PUSHED
            }
            Ok(Outcome::TailCall(count)) => {
                (*vm).answer_count = count as usize;
                ANSWER_TAIL_CALL
            }
            Ok(Outcome::Suspend) if (*vm).may_suspend() => ANSWER_SUSPEND,
            Ok(Outcome::Suspend) => {
                let _ = (*vm).raise_at_level(
                    1,
                    b"cannot wait for the next frame inside a callback of native code",
                );
                ANSWER_RAISED
            }
            Err(_) => ANSWER_RAISED,
        }
    }
}

/// Calls the builtin whose frame is at `base` and goes on with its answer.
macro_rules! native_body {
    ($pc:ident, $base:ident, $d:ident, $k:ident, $vm:ident) => {{
        let (pc, k, vm) = ($pc, $k, $vm);
        let answer = invoke(vm, $base, $d);
        let base = (*(*vm).thread).base;
        match answer {
            ANSWER_ONE => {
                let value = (*vm).answer_value;
                *base = value;
                if let Link::Return(pc) = decode(*base.sub(1)) {
                    let slot = base.sub(2);
                    let word = *pc.sub(1);
                    if operand_b(word) == 2 {
                        *slot = value;
                        let base = slot.sub(operand_a(word) as usize);
                        resume_caller!(pc, base, vm)
                    }
                }
                go!(deliver, base.cast(), base, 1, 0, k, vm)
            }
            ANSWER_NONE => go!(deliver, base.cast(), base, 0, 0, k, vm),
            ANSWER_PUSHED => {
                let count = (*vm).answer_count;
                let first = (*(*vm).thread).top.sub(count);
                go!(deliver, first.cast(), base, count, 0, k, vm)
            }
            ANSWER_TAIL_CALL => {
                let count = (*vm).answer_count;
                let first = (*(*vm).thread).top.sub(count + 1);
                *base.sub(2) = *first;
                let mut index = 0;
                while index < count {
                    *base.add(index) = *first.add(1 + index);
                    index += 1;
                }
                go!(enter, pc, base, count, 0, k, vm)
            }
            ANSWER_SUSPEND => return STATUS_SUSPENDED,
            _ => go!(unwind::unwind, pc, base, 0, 0, k, vm),
        }
    }};
}

handler! {
    call(pc, base, d, a, k, vm) {
        let slot = base.add(a);
        let Some(function) = (*slot).as_function() else {
            (*vm).save(base, pc);
            *slot.add(1) = return_link(pc);
            go!(enter, pc, slot.add(2), c(d) - 1, 0, k, vm)
        };
        *slot.add(1) = return_link(pc);
        enter_function!(function, slot.add(2), c(d) - 1, k, vm)
    }
    call_multiple(pc, base, d, a, k, vm) {
        let slot = base.add(a);
        let count = c(d) + (*vm).multiple_results as usize;
        let Some(function) = (*slot).as_function() else {
            (*vm).save(base, pc);
            *slot.add(1) = return_link(pc);
            go!(enter, pc, slot.add(2), count, 0, k, vm)
        };
        *slot.add(1) = return_link(pc);
        enter_function!(function, slot.add(2), count, k, vm)
    }
    tail_call(pc, base, d, a, k, vm) {
        go!(tail_call_count, pc, base, d - 1, a, k, vm)
    }
    tail_call_multiple(pc, base, d, a, k, vm) {
        go!(tail_call_count, pc, base, d + (*vm).multiple_results as usize, a, k, vm)
    }
    /// Replaces the frame by a call of `R[a]` with `d` arguments.
    tail_call_count(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if !(*base.add(a)).is_function() && !(*vm).metamethod(*base.add(a), Metamethod::Call).is_function() {
            // The message names a variable of the running frame, so it is made before the frame goes.
            let _ = (*vm).raise_call(base.add(a + 2), *base.add(a));
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let mut bottom = base;
        while let Link::Tagged(LinkKind::Vararg, delta) = decode(*bottom.sub(1)) {
            bottom = bottom.sub(delta);
        }
        let source = base.add(a);
        // Read before the arguments move: they may land on it.
        let callee = *source;
        *bottom.sub(2) = callee;
        let mut index = 0;
        while index < d {
            *bottom.add(index) = *source.add(2 + index);
            index += 1;
        }
        if let Some(function) = callee.as_function() {
            enter_function!(function, bottom, d, k, vm)
        }
        go!(enter, pc, bottom, d, 0, k, vm)
    }
    /// Calls whatever is at `base[-2]` with `d` arguments; the link is in place.
    #[cold]
    enter(pc, base, d, a, k, vm) {
        let callee = *base.sub(2);
        if let Some(function) = callee.as_function() {
            enter_function!(function, base, d, k, vm)
        }
        let target = (*vm).metamethod(callee, Metamethod::Call);
        // A __call that is no function does not count, as in LuaJIT.
        if !target.is_function() {
            let _ = (*vm).raise_call(base, callee);
            if let Link::Tagged(LinkKind::Protected | LinkKind::Entry, delta) = decode(*base.sub(1)) {
                // No frame of Lua code called: the error starts at this link, or it would go past who waits there. The
                // frame needs some function; it is that of the frame below.
                if delta > 0 {
                    *base.sub(2) = *base.sub(delta + 2);
                }
                (*vm).enter_native_frame(base, 0);
            }
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let Some(base) = (*vm).ensure_stack(base, d + 2) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let mut index = d;
        while index > 0 {
            *base.add(index) = *base.add(index - 1);
            index -= 1;
        }
        *base = callee;
        *base.sub(2) = target;
        go!(enter, pc, base, d + 1, 0, k, vm)
    }

    // ---- Function headers ----
    function_header(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let prototype = (*function).data.cast::<Prototype>();
        if base.add(a) > (*(*vm).thread).limit {
            return function_header_grow(pc, base, d, a, k, vm);
        }
        let parameters = (*prototype).parameter_count as usize;
        let mut index = d;
        while index < parameters {
            *base.add(index) = Value::NIL;
            index += 1;
        }
        next!(pc, base, (*prototype).constants, vm)
    }
    #[cold]
    function_header_grow(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        let Some(base) = (*vm).ensure_stack(base, a) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        go!(function_header, pc, base, d, a, k, vm)
    }
    function_header_vararg(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let prototype = (*function).data.cast::<Prototype>();
        // The frame moves above its arguments: [args][function][vararg link][parameters].
        if base.add(d + 2 + a) > (*(*vm).thread).limit {
            return function_header_vararg_grow(pc, base, d, a, k, vm);
        }
        let new_base = base.add(d + 2);
        *new_base.sub(2) = *base.sub(2);
        *new_base.sub(1) = link(LinkKind::Vararg, d + 2);
        let parameters = (*prototype).parameter_count as usize;
        let mut index = 0;
        while index < parameters {
            *new_base.add(index) = if index < d { *base.add(index) } else { Value::NIL };
            index += 1;
        }
        next!(pc, new_base, (*prototype).constants, vm)
    }
    #[cold]
    function_header_vararg_grow(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        let Some(base) = (*vm).ensure_stack(base, d + 2 + a) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        go!(function_header_vararg, pc, base, d, a, k, vm)
    }
    function_header_native(pc, base, d, a, k, vm) {
        (*vm).enter_native_frame(base, d);
        if (*vm).heap.safe_point_due {
            return native_safe_point(pc, base, d, a, k, vm);
        }
        native_body!(pc, base, d, k, vm)
    }
    #[cold]
    native_safe_point(pc, base, d, a, k, vm) {
        if (*vm).run_safe_point().is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let base = (*(*vm).thread).base;
        native_body!(pc, base, d, k, vm)
    }
    function_header_protected_call(pc, base, d, a, k, vm) {
        if d == 0 {
            (*vm).enter_native_frame(base, d);
            let _ = (*vm).raise_argument_error(1, b"value expected");
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        // [function][link][f][args] becomes [function][link][f][protected link][args].
        (*vm).enter_native_frame(base, d);
        let Some(base) = (*vm).ensure_stack(base, d + 4) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let mut index = d;
        while index > 1 {
            *base.add(index) = *base.add(index - 1);
            index -= 1;
        }
        *base.add(1) = link(LinkKind::Protected, 2);
        go!(enter, pc, base.add(2), d - 1, 0, k, vm)
    }
    function_header_protected_call_handler(pc, base, d, a, k, vm) {
        if d < 2 || !(*base.add(1)).is_function() {
            (*vm).enter_native_frame(base, d);
            if d == 0 {
                let _ = (*vm).raise_argument_error(1, b"value expected");
            } else {
                let _ = (*vm).raise_argument_type_error(2, "function");
            }
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        (*vm).enter_native_frame(base, d);
        let Some(base) = (*vm).ensure_stack(base, d + 5) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        let function = *base;
        *base = *base.add(1);
        let mut index = d;
        while index > 2 {
            *base.add(index) = *base.add(index - 1);
            index -= 1;
        }
        *base.add(1) = function;
        *base.add(2) = link(LinkKind::Protected, XPCALL_DELTA);
        go!(enter, pc, base.add(XPCALL_DELTA), d - 2, 0, k, vm)
    }

    // ---- Returns ----
    return0(pc, base, d, a, k, vm) {
        if let Link::Return(pc) = decode(*base.sub(1)) {
            let slot = base.sub(2);
            let word = *pc.sub(1);
            let base = slot.sub(operand_a(word) as usize);
            let wanted = operand_b(word) as usize;
            if wanted == 1 {
                resume_caller!(pc, base, vm)
            }
            if wanted == 2 {
                *slot = Value::NIL;
                resume_caller!(pc, base, vm)
            }
        }
        go!(deliver, base.cast(), base, 0, 0, k, vm)
    }
    return1(pc, base, d, a, k, vm) {
        if let Link::Return(pc) = decode(*base.sub(1)) {
            let slot = base.sub(2);
            let word = *pc.sub(1);
            let wanted = operand_b(word) as usize;
            if wanted == 2 {
                *slot = *base.add(a);
                let base = slot.sub(operand_a(word) as usize);
                resume_caller!(pc, base, vm)
            }
        }
        go!(deliver, base.add(a).cast(), base, 1, 0, k, vm)
    }
    return_values(pc, base, d, a, k, vm) {
        go!(deliver, base.add(a).cast(), base, d, 0, k, vm)
    }
    return_multiple(pc, base, d, a, k, vm) {
        go!(deliver, base.add(a).cast(), base, d + (*vm).multiple_results as usize, 0, k, vm)
    }
    /// Leaves the frame at `base` with `d` results, the first at the address in `pc`.
    deliver(pc, base, d, a, k, vm) {
        let results = pc.cast::<Value>();
        match decode(*base.sub(1)) {
            Link::Return(pc) => {
                let slot = base.sub(2);
                let word = *pc.sub(1);
                let wanted = operand_b(word) as usize;
                let mut index = 0;
                while index < d {
                    *slot.add(index) = *results.add(index);
                    index += 1;
                }
                if wanted == 0 {
                    (*vm).multiple_results = d as u32;
                } else {
                    while index + 1 < wanted {
                        *slot.add(index) = Value::NIL;
                        index += 1;
                    }
                }
                let base = slot.sub(operand_a(word) as usize);
                resume_caller!(pc, base, vm)
            }
            Link::Tagged(LinkKind::Vararg, delta) => go!(deliver, pc, base.sub(delta), d, 0, k, vm),
            Link::Tagged(LinkKind::Metamethod, delta) => {
                (*vm).finish_result = if d == 0 { Value::NIL } else { *results };
                let interrupted = (*base.sub(3)).bits() as usize as *const u32;
                let extra = (*base.sub(4)).bits() as usize;
                go!(finish_metamethod, interrupted, base.sub(delta), extra, 0, k, vm)
            }
            Link::Tagged(LinkKind::Protected, delta) => {
                // The results of pcall are true and these, in the pcall's own frame.
                let frame = base.sub(delta);
                let mut index = 0;
                while index < d {
                    *frame.add(index + 1) = *results.add(index);
                    index += 1;
                }
                *frame = Value::TRUE;
                go!(deliver, frame.cast(), frame, d + 1, 0, k, vm)
            }
            Link::Tagged(LinkKind::Entry, _) => {
                (*vm).entry_results = (results.cast_mut(), d);
                return STATUS_DONE;
            }
            Link::Tagged(LinkKind::Coroutine, _) => go!(super::coroutine::finish_coroutine, pc, base, d, 0, k, vm),
        }
    }
    vararg(pc, base, d, a, k, vm) {
        let Link::Tagged(_, delta) = decode(*base.sub(1)) else {
            return super::invalid(pc, base, d, a, k, vm);
        };
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let parameters = (*(*function).data.cast::<Prototype>()).parameter_count as usize;
        let passed = delta - 2;
        let available = passed.saturating_sub(parameters);
        let wanted = b(d);
        if wanted == 0 {
            (*vm).multiple_results = available as u32;
            if base.add(a + available) > (*(*vm).thread).limit {
                return vararg_grow(pc, base, d, a, k, vm);
            }
        }
        let count = if wanted == 0 { available } else { wanted - 1 };
        let source = base.sub(delta).add(parameters);
        let mut index = 0;
        while index < count {
            *base.add(a + index) = if index < available { *source.add(index) } else { Value::NIL };
            index += 1;
        }
        next!(pc, base, k, vm)
    }
    #[cold]
    vararg_grow(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let count = (*vm).multiple_results as usize;
        let Some(base) = (*vm).ensure_stack(base, a + count + 1) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        go!(vararg, pc, base, d, a, k, vm)
    }

    /// Between two instructions: start or finish collector work, run finalizers; then go on at `pc`.
    #[cold]
    safe_point(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        if (*vm).run_safe_point().is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let base = (*(*vm).thread).base;
        next!(pc, base, k, vm)
    }
}

/// The thread's live region when a Lua frame at `base` runs: up to the end of its registers.
pub(crate) unsafe fn frame_top(base: *mut Value) -> *mut Value {
    // SAFETY: I6.
    unsafe {
        match (*base.sub(2)).as_function() {
            Some(function) if Function::is_lua(function) => {
                base.add((*(*function).data.cast::<Prototype>()).frame_size as usize)
            }
            _ => base,
        }
    }
}
