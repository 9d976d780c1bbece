//! Code that all traces of a machine share, made once at the start of the arena.
//!
//! ```text
//! exit      eax = site number: saves all registers, calls `exits::leave_trace`, then returns to the interpreter or goes on in a trace
//! leave     rbx = base, rsi = pc, edx = whether pc is the trace's start: returns to the interpreter, whose stack is complete
//! barrier   rax = the overwritten word: queues it if it is a reference; preserves every register but rax
//! refill    eax = size class: rax = a cell; preserves every register but rax
//! ```
//! Invariants: the stubs are never freed or patched, so an exit may free all traces while it runs.

use super::super::{exits, helpers};
use super::emit::Assembler;
use super::{FRAME_BYTES, Features, STATE_OFFSET};
use dynasmrt::{DynasmApi, DynasmLabelApi, dynasm};
use rlove_vm::value::{TAG_SHIFT, TAG_STRING};

/// Addresses in the shared code.
#[derive(Clone, Copy, Debug)]
pub struct Stubs {
    /// See the module's text.
    pub exit: usize,
    /// See the module's text.
    pub leave: usize,
    /// See the module's text.
    pub barrier: usize,
    /// See the module's text.
    pub refill: usize,
    /// Sixteen bytes: the sign bit of a double.
    pub sign_mask: usize,
    /// Sixteen bytes: everything but the sign bit.
    pub absolute_mask: usize,
}

const SAVED_GENERAL: [u8; 8] = [1, 2, 6, 7, 8, 9, 10, 11];
/// Eight general registers, sixteen others, and eight bytes for alignment.
const SAVED_BYTES: i32 = 8 * 8 + 16 * 8 + 8;

/// Makes the shared code for `address`.
pub fn make(address: usize, features: Features, vm: usize) -> Option<(Vec<u8>, Stubs)> {
    let mut ops = Assembler::new(address);
    dynasm!(ops; .align 16);
    let sign_mask = address + ops.offset().0;
    dynasm!(ops; .u64 1 << 63; .u64 1 << 63);
    let absolute_mask = address + ops.offset().0;
    dynasm!(ops; .u64 !(1 << 63); .u64 !(1 << 63); .align 16);
    let exit = address + ops.offset().0;
    make_exit(&mut ops, features, vm);
    dynasm!(ops; .align 16);
    let leave = address + ops.offset().0;
    make_leave(&mut ops, vm);
    dynasm!(ops; .align 16);
    let barrier = address + ops.offset().0;
    // Most of what is overwritten while a collection marks is a number or a boolean, which needs no marking.
    dynasm!(ops
        ; push rax
        ; shr rax, TAG_SHIFT as i8
        ; cmp eax, TAG_STRING as i32
        ; pop rax
        ; jae >reference
        ; ret
        ; reference:
    );
    make_call(&mut ops, features, helpers::barrier as *const () as usize);
    dynasm!(ops; .align 16);
    let refill = address + ops.offset().0;
    make_call(&mut ops, features, helpers::refill as *const () as usize);
    let bytes = ops.finalize().ok()?;
    let stubs = Stubs {
        exit,
        leave,
        barrier,
        refill,
        sign_mask,
        absolute_mask,
    };
    Some((bytes, stubs))
}

fn save_float(ops: &mut Assembler, features: Features, register: u8, offset: i32) {
    if features.avx {
        dynasm!(ops; vmovsd [rsp + offset], Rx(register));
    } else {
        dynasm!(ops; movsd [rsp + offset], Rx(register));
    }
}

fn make_exit(ops: &mut Assembler, features: Features, vm: usize) {
    for register in 0..16u8 {
        let offset = STATE_OFFSET + i32::from(register) * 8;
        dynasm!(ops; mov [rsp + offset], Rq(register));
    }
    for register in 0..16u8 {
        let offset = STATE_OFFSET + 128 + i32::from(register) * 8;
        save_float(ops, features, register, offset);
    }
    let leave = exits::leave_trace as *const () as i64;
    dynasm!(ops
        ; mov rdi, QWORD vm as i64
        ; lea rsi, [rsp + STATE_OFFSET]
        ; mov edx, eax
        ; mov rax, QWORD leave
        ; call rax
        ; test rax, rax
        ; jz >out
        ; mov rbx, rdx
        ; jmp rax
        ; out:
        ; mov eax, edx
    );
    make_return(ops);
}

/// What a trace's entry saved is restored; the status in `eax` goes to the interpreter.
fn make_return(ops: &mut Assembler) {
    dynasm!(ops
        ; add rsp, FRAME_BYTES
        ; pop r15
        ; pop r14
        ; pop r13
        ; pop r12
        ; pop rbp
        ; pop rbx
        ; ret
    );
}

fn make_leave(ops: &mut Assembler, vm: usize) {
    let leave = exits::leave_complete as *const () as i64;
    dynasm!(ops
        ; mov ecx, edx
        ; mov rdx, rbx
        ; mov rdi, QWORD vm as i64
        ; mov rax, QWORD leave
        ; call rax
    );
    make_return(ops);
}

/// `target(heap, rax)` with every register but rax preserved.
fn make_call(ops: &mut Assembler, features: Features, target: usize) {
    dynasm!(ops; sub rsp, SAVED_BYTES);
    for (index, &register) in SAVED_GENERAL.iter().enumerate() {
        let offset = index as i32 * 8;
        dynasm!(ops; mov [rsp + offset], Rq(register));
    }
    for register in 0..16u8 {
        save_float(ops, features, register, 64 + i32::from(register) * 8);
    }
    dynasm!(ops; mov rdi, r15; mov rsi, rax; mov rax, QWORD target as i64; call rax);
    for register in 0..16u8 {
        let offset = 64 + i32::from(register) * 8;
        if features.avx {
            dynasm!(ops; vmovsd Rx(register), [rsp + offset]);
        } else {
            dynasm!(ops; movsd Rx(register), [rsp + offset]);
        }
    }
    for (index, &register) in SAVED_GENERAL.iter().enumerate() {
        let offset = index as i32 * 8;
        dynasm!(ops; mov Rq(register), [rsp + offset]);
    }
    dynasm!(ops; add rsp, SAVED_BYTES; ret);
}

const _: () = assert!((SAVED_BYTES + 8) % 16 == 0);
