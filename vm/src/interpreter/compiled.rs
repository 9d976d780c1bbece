//! The way from the interpreter into machine code and back.
//!
//! ```text
//! CompiledLoop 7 ──enter_trace──► code of trace 7 ──exit──► the state is restored, resume_at(pc) ──► dispatch
//! ```
//! A trace's code has the signature of a handler and answers a status: an exit leaves the next handler in `vm.pending` and answers
//! [`STATUS_CONTINUE`], which both drivers understand.
//!
//! Worked example: a trace at a function header begins behind the header, so [`enter_trace`] first does the header's work
//! (missing parameters become nil, the stack grows), then enters.
//!
//! Invariants: I20 (docs/invariants.md): `vm.compiled.entries` has an entry for every installed trace number.

use super::{Handler, Pending, STATUS_CONTINUE, counting, go, handler, handler_at, next};
use crate::bytecode::Opcode;
use crate::object::Prototype;
use crate::value::Value;
use crate::vm::Vm;
use std::ffi::c_void;

/// How a trace is entered.
#[derive(Debug)]
#[repr(C)]
pub struct TraceEntry {
    /// Its code, a [`Handler`]; 0 if there is none.
    pub code: usize,
    /// The instruction word that it replaced; 0 until it was entered once (no instruction of a trace's start is 0).
    pub original: std::cell::Cell<u32>,
}

/// What the machine-code back end keeps in the virtual machine.
#[derive(Debug)]
#[repr(C)]
pub struct CompiledCode {
    /// Entries by trace number.
    pub entries: *const TraceEntry,
    /// How many there are.
    pub entry_count: usize,
    /// The back end's own state.
    pub machine: *mut c_void,
}

impl Default for CompiledCode {
    fn default() -> Self {
        CompiledCode {
            entries: std::ptr::null(),
            entry_count: 0,
            machine: std::ptr::null_mut(),
        }
    }
}

handler! {
    /// Enters the trace whose number is in the instruction word.
    enter_trace(pc, base, d, a, k, vm) {
        let trace = (*pc.sub(1) >> 8) as usize;
        if trace >= (*vm).compiled.entry_count {
            return counting::compiled_loop(pc, base, d, a, k, vm);
        }
        let entry = &*(*vm).compiled.entries.add(trace);
        let mut original = entry.original.get();
        if original == 0 {
            original = (*vm).tracing.original_word(trace as u32);
            entry.original.set(original);
        }
        if entry.code == 0 {
            return counting::compiled_loop(pc, base, d, a, k, vm);
        }
        if original as u8 == Opcode::FunctionHeader as u8 {
            // The header's work: see `calls::function_header`.
            let function = (*base.sub(2)).as_function().unwrap_unchecked();
            let prototype = (*function).data.cast::<Prototype>();
            if base.add((original >> 8 & 0xff) as usize) > (*(*vm).thread).limit {
                return counting::compiled_loop(pc, base, d, a, k, vm);
            }
            let parameters = (*prototype).parameter_count as usize;
            let mut index = d;
            while index < parameters {
                *base.add(index) = Value::NIL;
                index += 1;
            }
        } else if original as u8 == Opcode::FunctionHeaderVararg as u8 {
            return enter_vararg_trace(pc, base, d, (original >> 8 & 0xff) as usize, k, vm);
        }
        (*vm).save(base, pc);
        let code = std::mem::transmute::<usize, Handler>(entry.code);
        return code(pc, base, d, a, k, vm);
    }
    /// As `calls::function_header_vararg`, then enters the trace.
    enter_vararg_trace(pc, base, d, a, k, vm) {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let prototype = (*function).data.cast::<Prototype>();
        if base.add(d + 2 + a) > (*(*vm).thread).limit {
            return counting::compiled_loop(pc, base, d, a, k, vm);
        }
        let new_base = base.add(d + 2);
        *new_base.sub(2) = *base.sub(2);
        *new_base.sub(1) = super::frame::link(super::frame::LinkKind::Vararg, d + 2);
        let parameters = (*prototype).parameter_count as usize;
        let mut index = 0;
        while index < parameters {
            *new_base.add(index) = if index < d { *base.add(index) } else { Value::NIL };
            index += 1;
        }
        (*vm).save(new_base, pc);
        let entry = &*(*vm).compiled.entries.add((*pc.sub(1) >> 8) as usize);
        let code = std::mem::transmute::<usize, Handler>(entry.code);
        return code(pc, new_base, d, a, k, vm);
    }
    /// Runs what waits for a safe point, then goes on at `pc` (which points to an instruction, not behind its first word).
    run_due(pc, base, d, a, k, vm) {
        (*vm).save(base, pc.add(1));
        if (*vm).run_safe_point().is_err() {
            go!(super::unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let base = (*(*vm).thread).base;
        // Still due (a collection at every safe point): entering the trace again would leave it at once.
        if d != 0 && (*vm).heap.safe_point_due {
            return resume_original(pc, base, d, a, k, vm);
        }
        next!(pc, base, k, vm)
    }
    /// Interprets the instruction at `pc` by the word that the compiler made.
    resume_original(pc, base, d, a, k, vm) {
        let word = counting::original_word(vm, *pc);
        counting::interpret!(word, pc.add(1), base, 0, k, vm)
    }
}

/// The handler that enters traces, for `Tracer::trace_handler`.
pub fn entry_handler() -> Handler {
    enter_trace
}

/// Leaves in `vm.pending` how the interpreter goes on at the instruction at `pc` with the frame at `base`; the status for the code
/// that was entered. `is_start`: the exit lies at the start of its own trace, which must not be entered again.
///
/// # Safety
/// I6: a Lua function's frame is at `base`, complete and saved; `pc` is an instruction of that function.
pub unsafe fn resume_at(vm: *mut Vm, pc: *const u32, base: *mut Value, is_start: bool) -> u32 {
    // SAFETY: I6.
    unsafe {
        let function = (*base.sub(2)).as_function().unwrap_unchecked();
        let k = (*(*function).data.cast::<Prototype>()).constants;
        let word = *pc;
        let is_original =
            is_start && word as u8 == Opcode::CompiledLoop as u8 && !(*vm).tracing.is_recording();
        // Open results lie above the frame, where a collection forgets what it finds: it waits until they are consumed.
        let has_open_results = matches!(
            Opcode::from_word(word),
            Some(
                Opcode::CallMultiple
                    | Opcode::TailCallMultiple
                    | Opcode::ReturnMultiple
                    | Opcode::SetListMultiple
                    | Opcode::CloseUpvalues
            )
        );
        if (*vm).heap.safe_point_due && !has_open_results {
            (*vm).pending = Pending {
                handler: run_due,
                pc,
                base,
                d: usize::from(is_original),
                a: 0,
                k,
            };
        } else if is_original {
            (*vm).pending = Pending {
                handler: resume_original,
                pc,
                base,
                d: 0,
                a: 0,
                k,
            };
        } else {
            (*vm).pending = Pending {
                handler: handler_at(vm, word),
                pc: pc.add(1),
                base,
                d: (word >> 16) as usize,
                a: (word >> 8 & 0xff) as usize,
                k,
            };
        }
        STATUS_CONTINUE
    }
}

/// Leaves in `vm.pending` that the error in `vm` is raised in the frame at `base`, in the instruction at `pc`.
///
/// # Safety
/// I6: as [`resume_at`]; `vm.error_value` is set.
pub unsafe fn raise_at(vm: *mut Vm, pc: *const u32, base: *mut Value) -> u32 {
    // SAFETY: I6.
    unsafe {
        (*vm).save(base, pc.add(1));
        (*vm).pending = Pending {
            handler: super::unwind::unwind,
            pc,
            base,
            d: 0,
            a: 0,
            k: std::ptr::null(),
        };
    }
    STATUS_CONTINUE
}

impl Vm {
    /// Notes where the running Lua frame is; `pc` is the address after the first word of its instruction.
    ///
    /// # Safety
    /// I6: a Lua function's frame is at `base`.
    pub unsafe fn save_frame(&mut self, base: *mut Value, pc: *const u32) {
        self.save(base, pc);
    }
    /// Sets the number of values that the next instruction consumes.
    pub fn set_multiple_results(&mut self, count: u32) {
        self.multiple_results = count;
    }
}
