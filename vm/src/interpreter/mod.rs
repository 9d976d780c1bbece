//! The interpreter: one handler per opcode, two drivers.
//!
//! A handler is a function of six register arguments that does its work and ends in a *dispatch*:
//!
//! ```text
//! handler(pc, base, d, a, k, vm) -> status
//!   pc    address after the instruction's first word      base  registers of the frame
//!   d, a  decoded operands (b = d >> 8, c = d & 0xff)      k     constants of the prototype
//! ```
//! In release builds on x86-64 a dispatch is a tail call through `vm.dispatch`, so that a running program stays in
//! registers and never deepens the native stack. In debug builds, and where tail calls are not certain, a dispatch
//! stores the six arguments and returns to a loop ([`run`]): same handlers, other driver.
//!
//! Cold paths are tail calls of functions with the same signature. Whatever may raise, call or collect first saves `base` and
//! `pc` in the thread. Nothing here recurses on the native stack except builtins that call back through
//! [`Vm::call_function`](crate::vm::Vm::call_function).
//!
//! Interrupts and hooks cost nothing while they are off: they replace handlers in `vm.dispatch`.
//!
//! Modules: [`frame`] links and walking; `access` tables and globals; `arithmetic`; `compare`; `loops`; `calls` (calls, returns,
//! builtins, coroutines, errors); `metamethod` what the slow paths share; `names` variable names for messages; `hooks`;
//! `counting` hot counters and recording; `compiled` the way into machine code and back; `foreign` C data.

pub mod access;
pub mod arithmetic;
pub mod calls;
pub mod compare;
pub mod compiled;
pub mod coroutine;
pub mod counting;
pub mod foreign;
pub mod frame;
pub mod hooks;
pub mod loops;
pub mod metamethod;
pub mod names;
pub mod unwind;

use crate::bytecode::Opcode;
use crate::value::Value;
use crate::vm::Vm;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returned by a handler in the loop driver: go on with `vm.pending`.
pub const STATUS_CONTINUE: u32 = 0;
/// The frame that Rust entered returned; results are in `vm.entry_results`.
pub const STATUS_DONE: u32 = 1;
/// An error reached the frame that Rust entered.
pub const STATUS_ERROR: u32 = 2;
/// A builtin suspended the program for the host.
pub const STATUS_SUSPENDED: u32 = 3;

macro_rules! define_handler_type {
    ($($abi:literal)?) => {
        /// A handler (see the module's text).
        pub type Handler = unsafe extern $($abi)? fn(*const u32, *mut Value, usize, usize, *const Value, *mut Vm) -> u32;
    };
}
#[cfg(target_arch = "x86_64")]
define_handler_type!("sysv64");
#[cfg(not(target_arch = "x86_64"))]
define_handler_type!("C");

/// Defines handlers: `handler! { name(pc, base, d, a, k, vm) { … } }`. The body is unsafe code under invariants I1 to I6; it
/// ends in a `return` or in `next!`.
macro_rules! handler {
    ($($(#[$meta:meta])* $name:ident($pc:ident, $base:ident, $d:ident, $a:ident, $k:ident, $vm:ident) $body:block)*) => {
        $(
            #[cfg(target_arch = "x86_64")]
            #[allow(unused_variables, unused_mut, clippy::missing_safety_doc)]
            $(#[$meta])*
            pub(crate) unsafe extern "sysv64" fn $name(
                mut $pc: *const u32, $base: *mut Value, $d: usize, $a: usize, $k: *const Value, $vm: *mut $crate::vm::Vm,
            ) -> u32 {
                // SAFETY: I1 to I6: operands come from verified code, pointers from the running frame.
                unsafe { $body }
            }
            #[cfg(not(target_arch = "x86_64"))]
            #[allow(unused_variables, unused_mut, clippy::missing_safety_doc)]
            $(#[$meta])*
            pub(crate) unsafe extern "C" fn $name(
                mut $pc: *const u32, $base: *mut Value, $d: usize, $a: usize, $k: *const Value, $vm: *mut $crate::vm::Vm,
            ) -> u32 {
                // SAFETY: I1 to I6: as above.
                unsafe { $body }
            }
        )*
    };
}

/// Goes on in another handler with the given arguments.
macro_rules! go {
    ($handler:expr, $pc:expr, $base:expr, $d:expr, $a:expr, $k:expr, $vm:expr) => {{
        let handler: $crate::interpreter::Handler = $handler;
        #[cfg(all(not(debug_assertions), target_arch = "x86_64"))]
        return handler($pc, $base, $d, $a, $k, $vm);
        #[cfg(not(all(not(debug_assertions), target_arch = "x86_64")))]
        {
            (*$vm).pending = $crate::interpreter::Pending {
                handler,
                pc: $pc,
                base: $base,
                d: $d,
                a: $a,
                k: $k,
            };
            return $crate::interpreter::STATUS_CONTINUE;
        }
    }};
}

/// Dispatches on the instruction at `pc`.
macro_rules! next {
    ($pc:expr, $base:expr, $k:expr, $vm:expr) => {{
        let word = *$pc;
        go!(
            $crate::interpreter::handler_at($vm, word),
            $pc.add(1),
            $base,
            (word >> 16) as usize,
            (word >> 8 & 0xff) as usize,
            $k,
            $vm
        )
    }};
}
pub(crate) use {go, handler, next};

/// The handler for an instruction word.
#[inline(always)]
pub(crate) unsafe fn handler_at(vm: *mut Vm, word: u32) -> Handler {
    // SAFETY: I12: all 256 entries of the dispatch table are handlers; another thread may exchange them.
    unsafe {
        let address = (*(&raw const (*vm).dispatch)
            .cast::<AtomicUsize>()
            .add((word & 0xff) as usize))
        .load(Ordering::Relaxed);
        std::mem::transmute::<usize, Handler>(address)
    }
}

/// Arguments of the handler to go on with (loop driver).
#[derive(Clone, Copy)]
pub struct Pending {
    /// Handler.
    pub handler: Handler,
    /// Its arguments.
    pub pc: *const u32,
    /// Registers.
    pub base: *mut Value,
    /// Operand D.
    pub d: usize,
    /// Operand A.
    pub a: usize,
    /// Constants.
    pub k: *const Value,
}

/// Runs from `start` until the entry frame is left.
///
/// # Safety
/// I6: the thread's stack holds a frame that `start` describes.
pub(crate) unsafe fn run(vm: *mut Vm, start: Pending) -> u32 {
    // SAFETY: I1 to I6.
    unsafe {
        let mut status = (start.handler)(start.pc, start.base, start.d, start.a, start.k, vm);
        while status == STATUS_CONTINUE {
            let next = (*vm).pending;
            status = (next.handler)(next.pc, next.base, next.d, next.a, next.k, vm);
        }
        status
    }
}

/// Operand B of format ABC.
#[inline(always)]
pub(crate) fn b(d: usize) -> usize {
    d >> 8
}
/// Operand C of format ABC.
#[inline(always)]
pub(crate) fn c(d: usize) -> usize {
    d & 0xff
}

handler! {
    /// Opcode numbers that do not exist (never in verified code).
    invalid(pc, base, d, a, k, vm) {
        (*vm).save(base, pc);
        let _ = (*vm).raise_text("invalid instruction");
        go!(unwind::unwind, pc, base, 0, 0, k, vm)
    }
}

/// The handler of each opcode with hooks and interrupts off.
pub(crate) fn plain_handler(opcode: Opcode) -> Handler {
    match opcode {
        Opcode::Move => access::load_move,
        Opcode::LoadConstant => access::load_constant,
        Opcode::LoadConstantExtended => access::load_constant_extended,
        Opcode::LoadInteger => access::load_integer,
        Opcode::LoadNil => access::load_nil,
        Opcode::LoadBoolean => access::load_boolean,
        Opcode::GetUpvalue => access::get_upvalue,
        Opcode::SetUpvalue => access::set_upvalue,
        Opcode::Closure => access::closure,
        Opcode::CloseUpvalues => access::close_upvalues,
        Opcode::GetGlobal => access::get_global,
        Opcode::SetGlobal => access::set_global,
        Opcode::NewTable => access::new_table,
        Opcode::NewRecord => access::new_record,
        Opcode::GetField => access::get_field,
        Opcode::SetField => access::set_field,
        Opcode::GetIndex => access::get_index,
        Opcode::SetIndex => access::set_index,
        Opcode::GetIndexInteger => access::get_index_integer,
        Opcode::SetIndexInteger => access::set_index_integer,
        Opcode::SetList => access::set_list,
        Opcode::SetListMultiple => access::set_list_multiple,
        Opcode::Method => access::method,
        Opcode::Add => arithmetic::add,
        Opcode::Subtract => arithmetic::subtract,
        Opcode::Multiply => arithmetic::multiply,
        Opcode::Divide => arithmetic::divide,
        Opcode::Modulo => arithmetic::modulo,
        Opcode::AddRK => arithmetic::add_rk,
        Opcode::SubtractRK => arithmetic::subtract_rk,
        Opcode::MultiplyRK => arithmetic::multiply_rk,
        Opcode::DivideRK => arithmetic::divide_rk,
        Opcode::ModuloRK => arithmetic::modulo_rk,
        Opcode::AddKR => arithmetic::add_kr,
        Opcode::SubtractKR => arithmetic::subtract_kr,
        Opcode::MultiplyKR => arithmetic::multiply_kr,
        Opcode::DivideKR => arithmetic::divide_kr,
        Opcode::ModuloKR => arithmetic::modulo_kr,
        Opcode::Power => arithmetic::power,
        Opcode::Concatenate => arithmetic::concatenate,
        Opcode::Negate => arithmetic::negate,
        Opcode::Not => arithmetic::not,
        Opcode::Length => arithmetic::length,
        Opcode::BitAnd
        | Opcode::BitOr
        | Opcode::BitXor
        | Opcode::ShiftLeft
        | Opcode::ShiftRight
        | Opcode::ShiftRightArithmetic => arithmetic::bit_operation,
        Opcode::BitNot => arithmetic::bit_not,
        Opcode::IfLess => compare::if_less,
        Opcode::IfNotLess => compare::if_not_less,
        Opcode::IfLessEqual => compare::if_less_equal,
        Opcode::IfNotLessEqual => compare::if_not_less_equal,
        Opcode::IfEqual => compare::if_equal,
        Opcode::IfNotEqual => compare::if_not_equal,
        Opcode::IfLessK => compare::if_less_k,
        Opcode::IfNotLessK => compare::if_not_less_k,
        Opcode::IfLessEqualK => compare::if_less_equal_k,
        Opcode::IfNotLessEqualK => compare::if_not_less_equal_k,
        Opcode::IfGreaterK => compare::if_greater_k,
        Opcode::IfNotGreaterK => compare::if_not_greater_k,
        Opcode::IfGreaterEqualK => compare::if_greater_equal_k,
        Opcode::IfNotGreaterEqualK => compare::if_not_greater_equal_k,
        Opcode::IfEqualK => compare::if_equal_k,
        Opcode::IfNotEqualK => compare::if_not_equal_k,
        Opcode::IfEqualPrimitive => compare::if_equal_primitive,
        Opcode::IfNotEqualPrimitive => compare::if_not_equal_primitive,
        Opcode::IfTrue => compare::if_true,
        Opcode::IfFalse => compare::if_false,
        Opcode::IfTrueCopy => compare::if_true_copy,
        Opcode::IfFalseCopy => compare::if_false_copy,
        Opcode::Jump => loops::jump,
        Opcode::Loop => loops::loop_head,
        Opcode::ForPrepare => loops::for_prepare,
        Opcode::ForLoop => loops::for_loop,
        Opcode::IteratorPrepareNext => loops::iterator_prepare_next,
        Opcode::IteratorNext => loops::iterator_next,
        Opcode::IteratorCall => loops::iterator_call,
        Opcode::IteratorLoop => loops::iterator_loop,
        Opcode::Call => calls::call,
        Opcode::CallMultiple => calls::call_multiple,
        Opcode::TailCall => calls::tail_call,
        Opcode::TailCallMultiple => calls::tail_call_multiple,
        Opcode::Return0 => calls::return0,
        Opcode::Return1 => calls::return1,
        Opcode::Return => calls::return_values,
        Opcode::ReturnMultiple => calls::return_multiple,
        Opcode::Vararg => calls::vararg,
        Opcode::FunctionHeader => calls::function_header,
        Opcode::FunctionHeaderVararg => calls::function_header_vararg,
        Opcode::FunctionHeaderNative => calls::function_header_native,
        Opcode::FunctionHeaderProtectedCall => calls::function_header_protected_call,
        Opcode::FunctionHeaderProtectedCallHandler => calls::function_header_protected_call_handler,
        Opcode::FunctionHeaderResume => coroutine::function_header_resume,
        Opcode::FunctionHeaderWrap => coroutine::function_header_wrap,
        Opcode::FunctionHeaderYield => coroutine::function_header_yield,
        Opcode::FunctionHeaderNext => loops::function_header_next,
        Opcode::FunctionHeaderInext => loops::function_header_inext,
        Opcode::CompiledLoop => counting::compiled_loop,
    }
}

/// Whether an opcode is a place where interrupts act: back edges and calls.
pub(crate) fn is_interrupt_place(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Loop
            | Opcode::ForLoop
            | Opcode::IteratorLoop
            | Opcode::IteratorNext
            | Opcode::FunctionHeader
            | Opcode::FunctionHeaderVararg
            | Opcode::FunctionHeaderNative
            | Opcode::CompiledLoop
    )
}
