//! `coroutine`. Resume, yield and the function of `wrap` are instructions of the interpreter; the rest is here.
//!
//! Worked example: `coroutine.wrap(f)` makes a coroutine and a builtin whose only upvalue is that coroutine.

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::object::ThreadStatus;
use crate::value::Value;
use crate::vm::Vm;

const SWITCHES: Effects = Effects::SUSPENDS.and(Effects::CALLS_LUA);

/// The functions of `coroutine`.
pub static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "coroutine.create",
        "(function: function) -> thread",
        "A new coroutine.",
        Effects::ALLOCATES,
        Recording::Never("makes a coroutine"),
        create,
    ),
    Builtin::native(
        "coroutine.isyieldable",
        "() -> boolean",
        "Whether the running coroutine may yield.",
        Effects::READS,
        Recording::Never("looks at the coroutine"),
        is_yieldable,
    ),
    Builtin::header(
        "coroutine.resume",
        "(coroutine: thread, ...: any) -> boolean, ...",
        "Goes on with a coroutine.",
        SWITCHES,
        Recording::Special("coroutine.resume"),
        Opcode::FunctionHeaderResume,
    ),
    Builtin::native(
        "coroutine.running",
        "() -> thread?",
        "The running coroutine, nil for the main one.",
        Effects::READS,
        Recording::Never("looks at the coroutine"),
        running,
    ),
    Builtin::native(
        "coroutine.status",
        "(coroutine: thread) -> string",
        "The state of a coroutine.",
        Effects::READS,
        Recording::Never("looks at a coroutine"),
        status,
    ),
    Builtin::native(
        "coroutine.wrap",
        "(function: function) -> function",
        "A coroutine as a function.",
        Effects::ALLOCATES,
        Recording::Never("makes a coroutine"),
        wrap,
    ),
    Builtin::header(
        "coroutine.yield",
        "(...: any) -> ...",
        "Suspends the running coroutine.",
        SWITCHES,
        Recording::Special("coroutine.yield"),
        Opcode::FunctionHeaderYield,
    ),
];

static WRAPPED: Builtin = Builtin::header(
    "wrapped",
    "(...: any) -> ...",
    "Goes on with the coroutine of wrap.",
    SWITCHES,
    Recording::Special("coroutine.wrap"),
    Opcode::FunctionHeaderWrap,
);

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    super::open_library(vm, "coroutine", FUNCTIONS).map(|_| ())
}

fn create(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let thread = call.vm.new_coroutine(function);
    call.one(thread)
}

fn wrap(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let thread = call.vm.new_coroutine(function);
    let wrapped = call
        .vm
        .new_header_function(Opcode::FunctionHeaderWrap, &WRAPPED, &[thread]);
    call.one(wrapped)
}

fn is_yieldable(call: &mut Call) -> NativeResult {
    let yieldable = call.vm.is_yieldable();
    call.one(yieldable)
}

fn running(call: &mut Call) -> NativeResult {
    let thread = call.vm.running_thread();
    if thread == call.vm.main_thread() {
        return call.one(Value::NIL);
    }
    call.one(Value::thread(thread))
}

fn status(call: &mut Call) -> NativeResult {
    let thread = call.argument(1);
    let Some(status) = call.vm.thread_status(thread) else {
        return Err(call.argument_error(1, "coroutine expected"));
    };
    call.one_string(match status {
        ThreadStatus::Fresh | ThreadStatus::Suspended => "suspended",
        ThreadStatus::Normal => "normal",
        ThreadStatus::Running => "running",
        ThreadStatus::Dead => "dead",
    })
}
