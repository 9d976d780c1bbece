//! The assembly that calls a C function with arguments in given registers, and that C functions call to get back into Lua.
//!
//! [`enter`] loads a [`CallFrame`] into registers, calls, and stores the results. The callback stubs are a fixed page of code,
//! `call common` each: the return address tells which stub it was. Nothing is generated at run time.
//!
//! Only System V on x86-64; elsewhere [`IS_SUPPORTED`] is false and calls raise an error that says so.

/// Arguments and results of a call.
#[repr(C)]
#[derive(Debug, Default)]
pub struct CallFrame {
    /// Address of the function.
    pub function: usize,
    /// General registers.
    pub integers: [u64; 6],
    /// Vector registers.
    pub floats: [u64; 8],
    /// How many vector registers are used (variadic functions look).
    pub float_count: u64,
    /// Words on the stack.
    pub stack: usize,
    /// How many.
    pub stack_words: u64,
    /// Results in general registers.
    pub result_integers: [u64; 2],
    /// Results in vector registers.
    pub result_floats: [u64; 2],
}

/// What a callback was called with.
#[repr(C)]
#[derive(Debug)]
pub struct CallbackFrame {
    /// General registers.
    pub integers: [u64; 6],
    /// Vector registers.
    pub floats: [u64; 8],
    /// Address of the arguments on the stack.
    pub stack: usize,
    /// Result for the general register.
    pub result_integer: u64,
    /// Result for the vector register.
    pub result_float: u64,
}

/// Number of callback stubs of a process.
pub const CALLBACK_COUNT: usize = 1024;

#[cfg(all(target_arch = "x86_64", not(windows)))]
mod system_v {
    use super::{CALLBACK_COUNT, CallFrame, CallbackFrame};
    use std::arch::naked_asm;
    use std::mem::offset_of;

    /// Whether C functions can be called.
    pub const IS_SUPPORTED: bool = true;
    const STUB_BYTES: usize = 8;

    /// Calls `frame.function`.
    ///
    /// # Safety
    /// I14: the function takes these arguments.
    #[unsafe(naked)]
    pub unsafe extern "sysv64" fn enter(frame: *mut CallFrame) {
        naked_asm!(
            "push rbp",
            "mov rbp, rsp",
            "push rbx",
            "push r12",
            "mov rbx, rdi",
            // Room for the words on the stack, aligned to 16 bytes.
            "mov rcx, [rbx + {stack_words}]",
            "lea rax, [rcx * 8 + 15]",
            "and rax, -16",
            "sub rsp, rax",
            "mov rsi, [rbx + {stack}]",
            "mov rdi, rsp",
            "cld",
            "rep movsq",
            "movsd xmm0, qword ptr [rbx + {floats}]",
            "movsd xmm1, qword ptr [rbx + {floats} + 8]",
            "movsd xmm2, qword ptr [rbx + {floats} + 16]",
            "movsd xmm3, qword ptr [rbx + {floats} + 24]",
            "movsd xmm4, qword ptr [rbx + {floats} + 32]",
            "movsd xmm5, qword ptr [rbx + {floats} + 40]",
            "movsd xmm6, qword ptr [rbx + {floats} + 48]",
            "movsd xmm7, qword ptr [rbx + {floats} + 56]",
            "mov rdi, [rbx + {integers}]",
            "mov rsi, [rbx + {integers} + 8]",
            "mov rdx, [rbx + {integers} + 16]",
            "mov rcx, [rbx + {integers} + 24]",
            "mov r8, [rbx + {integers} + 32]",
            "mov r9, [rbx + {integers} + 40]",
            "mov rax, [rbx + {float_count}]",
            "call [rbx + {function}]",
            "mov [rbx + {result_integers}], rax",
            "mov [rbx + {result_integers} + 8], rdx",
            "movsd qword ptr [rbx + {result_floats}], xmm0",
            "movsd qword ptr [rbx + {result_floats} + 8], xmm1",
            "lea rsp, [rbp - 16]",
            "pop r12",
            "pop rbx",
            "pop rbp",
            "ret",
            function = const offset_of!(CallFrame, function),
            integers = const offset_of!(CallFrame, integers),
            floats = const offset_of!(CallFrame, floats),
            float_count = const offset_of!(CallFrame, float_count),
            stack = const offset_of!(CallFrame, stack),
            stack_words = const offset_of!(CallFrame, stack_words),
            result_integers = const offset_of!(CallFrame, result_integers),
            result_floats = const offset_of!(CallFrame, result_floats),
        )
    }

    /// The page of stubs. Never called by its name.
    #[unsafe(naked)]
    unsafe extern "sysv64" fn stubs() {
        naked_asm!(
            ".rept {count}",
            ".balign {bytes}",
            "call {common}",
            ".endr",
            count = const CALLBACK_COUNT,
            bytes = const STUB_BYTES,
            common = sym common,
        )
    }

    /// What all stubs do: save the arguments, find out which stub it was, ask [`crate::callback::entered`].
    #[unsafe(naked)]
    unsafe extern "sysv64" fn common() {
        naked_asm!(
            "pop r11",
            "lea r10, [rip + {stubs}]",
            "sub r11, r10",
            "shr r11, 3",
            "push rbp",
            "mov rbp, rsp",
            "sub rsp, {room}",
            "mov [rsp + {integers}], rdi",
            "mov [rsp + {integers} + 8], rsi",
            "mov [rsp + {integers} + 16], rdx",
            "mov [rsp + {integers} + 24], rcx",
            "mov [rsp + {integers} + 32], r8",
            "mov [rsp + {integers} + 40], r9",
            "movsd qword ptr [rsp + {floats}], xmm0",
            "movsd qword ptr [rsp + {floats} + 8], xmm1",
            "movsd qword ptr [rsp + {floats} + 16], xmm2",
            "movsd qword ptr [rsp + {floats} + 24], xmm3",
            "movsd qword ptr [rsp + {floats} + 32], xmm4",
            "movsd qword ptr [rsp + {floats} + 40], xmm5",
            "movsd qword ptr [rsp + {floats} + 48], xmm6",
            "movsd qword ptr [rsp + {floats} + 56], xmm7",
            "lea rax, [rbp + 16]",
            "mov [rsp + {stack}], rax",
            "mov rdi, r11",
            "mov rsi, rsp",
            "call {entered}",
            "mov rax, [rsp + {result_integer}]",
            "movsd xmm0, qword ptr [rsp + {result_float}]",
            "leave",
            "ret",
            stubs = sym stubs,
            entered = sym crate::callback::entered,
            room = const (size_of::<CallbackFrame>() + 15) & !15,
            integers = const offset_of!(CallbackFrame, integers),
            floats = const offset_of!(CallbackFrame, floats),
            stack = const offset_of!(CallbackFrame, stack),
            result_integer = const offset_of!(CallbackFrame, result_integer),
            result_float = const offset_of!(CallbackFrame, result_float),
        )
    }

    /// The address that C calls for callback `index`.
    pub fn callback_address(index: usize) -> usize {
        let first: unsafe extern "sysv64" fn() = stubs;
        first as usize + index * STUB_BYTES
    }
    /// The callback that has this address.
    pub fn callback_index(address: usize) -> Option<usize> {
        let offset = address.checked_sub(callback_address(0))?;
        (offset.is_multiple_of(STUB_BYTES) && offset / STUB_BYTES < CALLBACK_COUNT)
            .then_some(offset / STUB_BYTES)
    }
}

#[cfg(not(all(target_arch = "x86_64", not(windows))))]
mod unsupported {
    use super::CallFrame;

    /// Whether C functions can be called.
    pub const IS_SUPPORTED: bool = false;

    /// Never called where it is not supported.
    ///
    /// # Safety
    /// None is needed: it does nothing.
    pub unsafe extern "C" fn enter(_frame: *mut CallFrame) {}
    /// No stubs.
    pub fn callback_address(_index: usize) -> usize {
        0
    }
    /// No stubs.
    pub fn callback_index(_address: usize) -> Option<usize> {
        None
    }
}

#[cfg(all(target_arch = "x86_64", not(windows)))]
pub use system_v::{IS_SUPPORTED, callback_address, callback_index, enter};
#[cfg(not(all(target_arch = "x86_64", not(windows))))]
pub use unsupported::{IS_SUPPORTED, callback_address, callback_index, enter};
