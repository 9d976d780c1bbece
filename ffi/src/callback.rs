//! Callbacks: Lua functions that C calls through fixed stubs.
//!
//! ```text
//! local compare = ffi.cast("int (*)(const void *, const void *)", function(a, b) … end)
//! ffi.C.qsort(array, n, 4, compare)
//! compare:free()
//! ```
//! A stub knows its number only. A table of the process tells which machine it belongs to; it is called back only in the thread where
//! it was made and while that machine waits in a C call. An error in a callback gives zero to C and is raised when the C
//! call returns; until then further callbacks give zero at once.
//!
//! Not here: the stubs (`call_stub`).

// Without call stubs nothing can call back; the module stays whole so that a new processor needs only the stubs.
#![cfg_attr(not(all(target_arch = "x86_64", unix)), allow(dead_code))]

use crate::abi::{self, FLOAT_REGISTERS, INTEGER_REGISTERS};
use crate::call_stub::{self, CALLBACK_COUNT, CallbackFrame};
use crate::convert::Mode;
use crate::memory::Place;
use crate::plan;
use crate::state::{Ffi, Object};
use crate::types::{Kind, TypeId};
use rlove_vm::call::Raised;
use rlove_vm::syntax::chunk_name::short_chunk_name;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rlove_vm::vm::inspect::FunctionKind;
use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

/// Who owns a stub.
#[derive(Clone, Copy)]
struct Owner {
    /// Address of the [`Ffi`].
    ffi: usize,
    thread: ThreadId,
}

static OWNERS: Mutex<[Option<Owner>; CALLBACK_COUNT]> = Mutex::new([None; CALLBACK_COUNT]);

fn owners() -> MutexGuard<'static, [Option<Owner>; CALLBACK_COUNT]> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A callback of a machine.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    /// Index of the function's type.
    function: u32,
    /// Index of the Lua function in the table of roots.
    root: i64,
}

impl Ffi {
    /// Makes a callback for a Lua function that is converted to `type_id`; `None`: no pointer to a suitable function.
    pub(crate) fn new_callback(
        &self,
        vm: &mut Vm,
        type_id: TypeId,
        function: Value,
    ) -> Result<Option<usize>, Raised> {
        let index = {
            let types = self.types.borrow();
            let Kind::Pointer { target } = types.kind(type_id) else {
                return Ok(None);
            };
            match types.kind(types.raw(target)) {
                Kind::Function(index) if abi::can_be_callback(&types, types.function(index)) => {
                    index
                }
                _ => return Ok(None),
            }
        };
        if !call_stub::IS_SUPPORTED {
            return Err(self.raise(vm, "callbacks are not supported on this platform yet"));
        }
        let stub = {
            let mut owners = owners();
            let free = owners.iter().position(Option::is_none);
            if let Some(stub) = free {
                owners[stub] = Some(Owner {
                    ffi: std::ptr::from_ref(self) as usize,
                    thread: std::thread::current().id(),
                });
            }
            free
        };
        let Some(stub) = stub else {
            return Err(self.raise(vm, "too many callbacks"));
        };
        let root = self.root(vm, function)?;
        let registration = Registration {
            function: index,
            root,
        };
        self.calls.callbacks.borrow_mut().insert(stub, registration);
        Ok(Some(call_stub::callback_address(stub)))
    }
    /// The callback that a function pointer is.
    fn callback_of(&self, value: Value) -> Option<usize> {
        let object = Object::of(value)?;
        let (_, address) = self.callee(object)?;
        let stub = call_stub::callback_index(address)?;
        self.calls
            .callbacks
            .borrow()
            .contains_key(&stub)
            .then_some(stub)
    }
    /// `cb:free()`; false if it is no callback.
    pub(crate) fn free_callback(&self, vm: &mut Vm, value: Value) -> bool {
        let Some(stub) = self.callback_of(value) else {
            return false;
        };
        if let Some(registration) = self.calls.callbacks.borrow_mut().remove(&stub) {
            self.unroot(vm, registration.root);
        }
        owners()[stub] = None;
        true
    }
    /// `cb:set(function)`; false if it is no callback.
    pub(crate) fn set_callback(
        &self,
        vm: &mut Vm,
        value: Value,
        function: Value,
    ) -> Result<bool, Raised> {
        let Some(stub) = self.callback_of(value) else {
            return Ok(false);
        };
        let registration = self.calls.callbacks.borrow().get(&stub).copied();
        if let Some(registration) = registration {
            self.set_root(vm, registration.root, function)?;
        }
        Ok(true)
    }
    /// Runs a callback and stores its result.
    fn run_callback(
        &self,
        vm: &mut Vm,
        registration: Registration,
        frame: &mut CallbackFrame,
    ) -> Result<(), Raised> {
        self.calls
            .callback_count
            .set(self.calls.callback_count.get() + 1);
        let function_type = self.types.borrow().function(registration.function).clone();
        let mut arguments = Vec::with_capacity(function_type.parameters.len());
        let (mut integers, mut floats, mut stack) = (0, 0, Place::from_address(frame.stack));
        for &type_id in &function_type.parameters {
            let raw = self.types.borrow().raw(type_id);
            let is_float = self.types.borrow().kind(raw) == Kind::Float;
            let place = if is_float && floats < FLOAT_REGISTERS {
                floats += 1;
                Place::of(&mut frame.floats[floats - 1])
            } else if !is_float && integers < INTEGER_REGISTERS {
                integers += 1;
                Place::of(&mut frame.integers[integers - 1])
            } else {
                stack = stack.offset(8);
                stack.offset(-8)
            };
            arguments.push(self.load_value(vm, raw, place)?);
        }
        let function = self.rooted(vm, registration.root);
        let results = vm.call_function(function, &arguments)?;
        let result_type = self.types.borrow().raw(function_type.result);
        let kind = self.types.borrow().kind(result_type);
        if kind == Kind::Void {
            return Ok(());
        }
        let value = results.first().copied().unwrap_or(Value::NIL);
        let mut word = 0u64;
        let place = Place::of(&mut word);
        if let Err(raised) = self.store_value(vm, result_type, place, 8, value, Mode::ASSIGN) {
            self.place_error_at_end(vm, function);
            return Err(raised);
        }
        if kind == Kind::Float {
            frame.result_float = place.read::<u64>();
        } else {
            let types = self.types.borrow();
            let scalar = plan::scalar(types.get(types.resolve_enum(result_type)));
            frame.result_integer = scalar
                .and_then(|scalar| place.read_integer(scalar))
                .unwrap_or_else(|| place.read::<u64>());
        }
        Ok(())
    }
}

impl Ffi {
    /// A result that cannot be converted is the fault of the function's last line.
    fn place_error_at_end(&self, vm: &mut Vm, function: Value) {
        let Some(FunctionKind::Lua(compiled)) = vm.function_kind(function) else {
            return;
        };
        let error = vm.take_error();
        let message = vm.string_or_number_bytes(error).unwrap_or_default();
        // What stands in front is the position of the call into C.
        let start = message
            .windows(9)
            .position(|window| window == b"cannot co")
            .unwrap_or(0);
        let mut text = short_chunk_name(&compiled.chunk_name);
        text.extend_from_slice(format!(":{}: ", compiled.last_line).as_bytes());
        text.extend_from_slice(&message[start..]);
        vm.raise_message(&text);
    }
}

impl Drop for Ffi {
    fn drop(&mut self) {
        let own = std::ptr::from_ref(self) as usize;
        for owner in owners().iter_mut() {
            if owner.is_some_and(|owner| owner.ffi == own) {
                *owner = None;
            }
        }
    }
}

thread_local! {
    /// The [`Ffi`] whose C call runs in this thread.
    static WAITING: Cell<usize> = const { Cell::new(0) };
}

/// Notes that a C call of `ffi` begins; the answer goes to [`end_call`].
pub(crate) fn begin_call(ffi: &Ffi) -> usize {
    WAITING.replace(std::ptr::from_ref(ffi) as usize)
}
/// Notes that the C call is over.
pub(crate) fn end_call(outer: usize) {
    WAITING.set(outer);
}

/// A stub without an owner in this thread was called: an error of the C call that runs here, if one does.
#[cold]
fn refuse() {
    let waiting = WAITING.get();
    if waiting == 0 {
        eprintln!("rlove: a callback was called in a thread that does not own it");
        return;
    }
    // SAFETY: I16: the FFI waits in a C call further up this stack.
    let ffi = unsafe { &*(waiting as *const Ffi) };
    let machine = ffi.calls.machine.get();
    if machine.is_null() || ffi.calls.pending_error.get().is_some() {
        return;
    }
    // SAFETY: I16: its machine waits with it.
    let vm = unsafe { &mut *machine };
    let _ = ffi.raise(vm, "bad callback");
    let error = vm.take_error();
    if let Ok(index) = ffi.root(vm, error) {
        ffi.calls.pending_error.set(Some(index));
    }
}

/// What the stubs call.
///
/// # Safety
/// I16: `index` is a stub's number and `frame` what it saved.
pub(crate) unsafe extern "C" fn entered(index: usize, frame: *mut CallbackFrame) {
    // SAFETY: I16: the stub's frame lives until this returns.
    let frame = unsafe { &mut *frame };
    frame.result_integer = 0;
    frame.result_float = 0;
    let owner = owners().get(index).copied().flatten();
    let Some(owner) = owner.filter(|owner| owner.thread == std::thread::current().id()) else {
        refuse();
        return;
    };
    // SAFETY: I16: an owner is taken out of the table before it dies.
    let ffi = unsafe { &*(owner.ffi as *const Ffi) };
    let machine = ffi.calls.machine.get();
    let registration = ffi.calls.callbacks.borrow().get(&index).copied();
    let (false, Some(registration)) = (machine.is_null(), registration) else {
        eprintln!("rlove: a callback was called while no C function was");
        return;
    };
    if ffi.calls.pending_error.get().is_some() {
        return;
    }
    // The C function's errno is not the machine's business.
    let errno = crate::sys::errno();
    // SAFETY: I16: the machine waits in the C call that led here and is not used by anyone else.
    let vm = unsafe { &mut *machine };
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
        if ffi.run_callback(vm, registration, frame).is_err() {
            let error = vm.take_error();
            if let Ok(index) = ffi.root(vm, error) {
                ffi.calls.pending_error.set(Some(index));
            }
        }
    }));
    if outcome.is_err() {
        // Nothing may unwind through C.
        std::process::abort();
    }
    ffi.calls.machine.set(machine);
    crate::sys::set_errno(errno);
}
