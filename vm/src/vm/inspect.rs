//! Looking into functions, frames and coroutines, for the debug library and for environments.
//!
//! Everything here is safe to call at any time: levels, registers and upvalues are checked against what the frame and
//! its prototype have. Level 0 is the running builtin, level 1 its caller.
//!
//! Invariants: I6 for frames; local variables are named by the compiler's records, so that only registers that hold a
//! value at the current instruction are shown. The hidden variables of loops are not writable (the verifier relies on them).

use super::Vm;
use crate::bytecode::CompiledFunction;
use crate::bytecode::opcode::FRAME_SLOTS;
use crate::interpreter::frame::{CONTINUATION_SLOTS, Frame, Link, LinkKind, decode};
use crate::interpreter::names::{VariableName, called_name, finalizer_name};
use crate::object::{Function, Prototype, Table, Thread, ThreadStatus, Upvalue};
use crate::value::{Value, ValueType};
use std::rc::Rc;

/// What kind of code a function is.
#[derive(Clone, Debug)]
pub enum FunctionKind {
    /// Lua code of a program.
    Lua(Rc<CompiledFunction>),
    /// A builtin (Rust, an instruction, or embedded Lua).
    Builtin,
}

/// The name of a slot that holds no variable.
const TEMPORARY: &[u8] = b"(*temporary)";

/// A local variable of a frame.
#[derive(Clone, Debug)]
pub struct LocalSlot {
    /// Name, or `(*temporary)` and `(*vararg)`.
    pub name: Vec<u8>,
    /// Its value.
    pub value: Value,
}

impl Vm {
    fn thread_pointer(&self, thread: Value) -> *mut Thread {
        thread.as_thread().unwrap_or(self.thread)
    }
    /// Frame `level` of a coroutine (nil: the running one).
    fn frame_of(&self, thread: Value, level: usize) -> Option<Frame> {
        self.frames_of(self.thread_pointer(thread)).nth(level)
    }
    /// Number of frames of a coroutine (nil: the running one).
    pub fn frame_count(&self, thread: Value) -> usize {
        self.frames_of(self.thread_pointer(thread)).count()
    }
    /// The function that runs at `level`.
    pub fn function_at_level(&self, thread: Value, level: usize) -> Option<Value> {
        self.frame_of(thread, level)
            .map(|frame| Value::function(frame.function))
    }
    /// The current line of the frame at `level`.
    pub fn line_at_level(&self, thread: Value, level: usize) -> Option<u32> {
        self.frame_of(thread, level)?.current_line()
    }
    /// How the function at `level` was called: kind and name.
    pub fn name_at_level(&self, thread: Value, level: usize) -> Option<VariableName> {
        let mut frames = self.frames_of(self.thread_pointer(thread)).skip(level);
        let frame = frames.next()?;
        let caller = frames.next()?;
        match decode(frame.link) {
            Link::Tagged(LinkKind::Protected | LinkKind::Coroutine, _) => None,
            // Between two instructions of Lua code Rust calls finalizers (and hooks, which have no name).
            Link::Tagged(LinkKind::Entry, _) if self.is_finalizing => finalizer_name(&caller),
            Link::Tagged(LinkKind::Entry, _) => None,
            _ => called_name(&caller),
        }
    }
    /// What kind of code a function value is; `None` if it is no function.
    pub fn function_kind(&self, function: Value) -> Option<FunctionKind> {
        let function = function.as_function()?;
        // SAFETY: I1: function values point to live functions, those to live prototypes.
        unsafe {
            Some(match Function::prototype(function) {
                Some(prototype) if !(*prototype).is_builtin => {
                    FunctionKind::Lua((*(*prototype).data).compiled.clone())
                }
                _ => FunctionKind::Builtin,
            })
        }
    }
    /// The declared name of a builtin written in Rust.
    pub fn builtin_name(&self, function: Value) -> Option<&'static str> {
        // SAFETY: I1.
        let native = unsafe { Function::native(function.as_function()?)? };
        Some(native.builtin.name)
    }

    /// The number that a cdata value converts to.
    pub fn foreign_to_number(&mut self, value: Value) -> Option<f64> {
        value.as_cdata()?;
        self.with_foreign(|foreign, vm| foreign.to_number(vm, value))
    }

    // ---- Environments ----

    /// The environment of a function, coroutine or userdata.
    pub fn environment_of(&self, value: Value) -> Option<Value> {
        // SAFETY: I1.
        let table = unsafe {
            if let Some(function) = value.as_function() {
                (*function).environment
            } else if let Some(thread) = value.as_thread() {
                (*thread).environment
            } else {
                (*value.as_userdata()?).environment
            }
        };
        Some(if table.is_null() {
            self.globals()
        } else {
            Value::table(table)
        })
    }
    /// Sets the environment of a Lua function, coroutine or userdata; false for other values.
    pub fn set_environment(&mut self, value: Value, environment: Value) -> bool {
        let Some(table) = environment.as_table() else {
            return false;
        };
        // SAFETY: I1, I8: the overwritten table is queued before the store.
        unsafe {
            let place: *mut *mut Table = if let Some(function) = value.as_function() {
                if !Function::is_lua(function) {
                    return false;
                }
                &raw mut (*function).environment
            } else if let Some(thread) = value.as_thread() {
                &raw mut (*thread).environment
            } else if let Some(userdata) = value.as_userdata() {
                &raw mut (*userdata).environment
            } else {
                return false;
            };
            if !(*place).is_null() {
                self.heap.barrier(Value::table(*place));
            }
            *place = table;
        }
        true
    }

    // ---- Coroutines ----

    /// The state of a coroutine.
    pub fn thread_status(&self, thread: Value) -> Option<ThreadStatus> {
        // SAFETY: I1.
        thread.as_thread().map(|thread| unsafe { (*thread).status })
    }
    /// Whether the running coroutine may yield here.
    pub fn is_yieldable(&self) -> bool {
        // SAFETY: I6: the running thread is live.
        self.thread != self.main_thread && unsafe { (*self.thread).native_entries == 0 }
    }

    // ---- Upvalues ----

    fn upvalue_cell(&self, function: Value, index: usize) -> Option<*mut *mut Upvalue> {
        let function = function.as_function()?;
        // SAFETY: I1: a Lua function has as many upvalue words as its header says.
        unsafe {
            if !Function::is_lua(function) || index >= (*function).header.small as usize {
                return None;
            }
            Some(Function::upvalues(function).add(index))
        }
    }
    /// Number of upvalues of a function.
    pub fn upvalue_count(&self, function: Value) -> usize {
        // SAFETY: I1.
        function
            .as_function()
            .map_or(0, |function| unsafe { (*function).header.small as usize })
    }
    /// Name and value of upvalue `index` (from 0).
    pub fn upvalue(&self, function: Value, index: usize) -> Option<(Vec<u8>, Value)> {
        let pointer = function.as_function()?;
        if let Some(cell) = self.upvalue_cell(function, index) {
            let name = match self.function_kind(function)? {
                FunctionKind::Lua(compiled) => compiled
                    .upvalue_names
                    .get(index)
                    .map_or_else(Vec::new, |name| name.to_vec()),
                FunctionKind::Builtin => Vec::new(),
            };
            // SAFETY: I5: the location of an upvalue is readable.
            return Some((name, unsafe { *(**cell).location }));
        }
        (index < self.upvalue_count(function))
            .then(|| (Vec::new(), self.native_upvalue(pointer, index)))
    }
    /// Sets upvalue `index` (from 0) of a Lua function; its name, or `None` if there is none.
    pub fn set_upvalue(&mut self, function: Value, index: usize, value: Value) -> Option<Vec<u8>> {
        let cell = self.upvalue_cell(function, index)?;
        let (name, old) = self.upvalue(function, index)?;
        self.heap.barrier(old);
        // SAFETY: I5; the old value was queued.
        unsafe { *(**cell).location = value };
        Some(name)
    }
    /// An address that identifies upvalue `index` (from 0).
    pub fn upvalue_identity(&self, function: Value, index: usize) -> Option<usize> {
        if let Some(cell) = self.upvalue_cell(function, index) {
            // SAFETY: I1: upvalue words point to live cells.
            return Some(unsafe { *cell } as usize);
        }
        (index < self.upvalue_count(function)).then(|| function.pointer_address() + 32 + 8 * index)
    }
    /// Makes upvalue `index` of `function` the same variable as `other_index` of `other`; false if one is missing.
    pub fn join_upvalues(
        &mut self,
        function: Value,
        index: usize,
        other: Value,
        other_index: usize,
    ) -> bool {
        let (Some(cell), Some(source)) = (
            self.upvalue_cell(function, index),
            self.upvalue_cell(other, other_index),
        ) else {
            return false;
        };
        // SAFETY: I5, I8: the variable that the overwritten cell holds is queued; it is the only thing only reachable there.
        unsafe {
            self.heap.barrier(Value::object((*cell).cast()));
            *cell = *source;
        }
        true
    }

    // ---- Local variables ----

    /// The register of local variable `index` (from 1) and its name, for a frame of Lua code.
    fn local_register(frame: &Frame, index: usize) -> Option<(Vec<u8>, usize)> {
        let prototype = frame.prototype()?;
        // Parameters come into scope behind the header, where call hooks see them, too.
        let pc = (frame.instruction_index()? as u32).max(1);
        // SAFETY: I1: a frame's prototype is live.
        let (compiled, is_builtin) = unsafe {
            (
                (*(*prototype).data).compiled.clone(),
                (*prototype).is_builtin,
            )
        };
        if is_builtin {
            // Embedded sources keep to themselves what they work with.
            let is_parameter = index <= compiled.parameter_count as usize;
            return is_parameter.then(|| (TEMPORARY.to_vec(), index - 1));
        }
        let active = compiled
            .locals
            .iter()
            .filter(|local| local.start_pc <= pc && pc < local.end_pc)
            .nth(index - 1);
        if let Some(local) = active {
            return Some((local.name.to_vec(), local.register as usize));
        }
        None
    }
    /// The varargs of a frame: address of the first and their number.
    fn varargs_of(frame: &Frame) -> Option<(*mut Value, usize)> {
        let prototype = frame.prototype()?;
        let Link::Tagged(LinkKind::Vararg, delta) = decode(frame.link) else {
            return None;
        };
        // SAFETY: I6: the link of a vararg frame says where its arguments begin.
        unsafe {
            let parameters = (*prototype).parameter_count as usize;
            let first = frame.base.sub(delta).add(parameters);
            Some((first, delta.saturating_sub(2 + parameters)))
        }
    }
    fn local_place(
        &self,
        frame: &Frame,
        end: *mut Value,
        index: i64,
    ) -> Option<(Vec<u8>, *mut Value)> {
        if index < 0 {
            let (first, count) = Self::varargs_of(frame)?;
            let position = usize::try_from(-(index + 1)).ok()?;
            if position >= count {
                return None;
            }
            // SAFETY: I6: below the number of varargs.
            return Some((b"(*vararg)".to_vec(), unsafe { first.add(position) }));
        }
        let index = usize::try_from(index).ok().filter(|&index| index > 0)?;
        if let Some((name, register)) = Self::local_register(frame, index) {
            // SAFETY: I6: registers of active locals are below the frame size.
            return Some((name, unsafe { frame.base.add(register) }));
        }
        // SAFETY: I1: a frame's prototype is live.
        let is_builtin = |prototype: *mut Prototype| unsafe { (*prototype).is_builtin };
        if frame.prototype().is_some_and(is_builtin) {
            return None;
        }
        let place = frame.base.wrapping_add(index - 1);
        (place < end).then(|| (TEMPORARY.to_vec(), place))
    }
    /// Frame `level` and the first slot behind what it uses: the frame above, or the top of the stack.
    fn frame_and_end(&self, thread: Value, level: usize) -> Option<(Frame, *mut Value)> {
        let thread = self.thread_pointer(thread);
        // SAFETY: I6: the thread is live.
        let mut end = unsafe { (*thread).top };
        for (at, frame) in self.frames_of(thread).enumerate() {
            if at == level {
                return Some((frame, end));
            }
            // SAFETY: I6: links say how many slots a frame takes below its base.
            unsafe {
                let mut bottom = frame.base;
                while let Link::Tagged(LinkKind::Vararg, delta) = decode(*bottom.sub(1)) {
                    bottom = bottom.sub(delta);
                }
                end = match decode(*bottom.sub(1)) {
                    Link::Tagged(LinkKind::Metamethod | LinkKind::Entry, _) => {
                        bottom.sub(CONTINUATION_SLOTS)
                    }
                    _ => bottom.sub(FRAME_SLOTS as usize),
                };
            }
        }
        None
    }
    /// Local variable `index` (from 1; negative: varargs) of the frame at `level`.
    pub fn local_variable(&self, thread: Value, level: usize, index: i64) -> Option<LocalSlot> {
        let (frame, end) = self.frame_and_end(thread, level)?;
        let (name, place) = self.local_place(&frame, end, index)?;
        // SAFETY: I6: the place lies in the frame.
        let mut value = unsafe { *place };
        if value.value_type() == ValueType::Boolean && !value.is_boolean() {
            // The position of a traversal: programs must never hold one, `IteratorNext` trusts it.
            value = Value::NIL;
        }
        Some(LocalSlot { name, value })
    }
    /// Sets a local variable; its name, or `None` if there is none or it belongs to a loop.
    pub fn set_local_variable(
        &mut self,
        thread: Value,
        level: usize,
        index: i64,
        value: Value,
    ) -> Option<Vec<u8>> {
        let (frame, end) = self.frame_and_end(thread, level)?;
        let (name, place) = self.local_place(&frame, end, index)?;
        // The verifier relies on loops and on what instructions keep between them.
        if name.starts_with(b"(for ") || name == TEMPORARY {
            return None;
        }
        if let Some(thread) = thread.as_thread() {
            // Stacks need no barrier because each is scanned before it is written; this one may not have been.
            self.heap.scan_before_resume(thread);
        }
        // SAFETY: I6, I7: the place lies in the frame of a stack that is scanned.
        unsafe { *place = value };
        Some(name)
    }
    /// Sets the metatable of any value (debug.setmetatable).
    pub fn set_any_metatable(
        &mut self,
        value: Value,
        metatable: Value,
    ) -> Result<(), crate::call::Raised> {
        if value.is_table() {
            return self.set_metatable(value, metatable);
        }
        let pointer = metatable.as_table().unwrap_or(std::ptr::null_mut());
        if let Some(userdata) = value.as_userdata() {
            let word = self.pseudo_shape_of(pointer);
            // SAFETY: I1, I8: the overwritten metatable is queued.
            unsafe {
                if !(*userdata).metatable.is_null() {
                    self.heap.barrier(Value::table((*userdata).metatable));
                }
                (*userdata).metatable = pointer;
                (*userdata).header.word = word;
            }
        } else {
            self.set_type_metatable(value.value_type(), pointer);
        }
        Ok(())
    }
}
