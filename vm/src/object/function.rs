//! Functions, prototypes and upvalues.
//!
//! Everything callable has `code`: the address of its first instruction, a function header. Calling is therefore the same for
//! all: put the frame up and dispatch on `*code`. Lua closures point to their prototype's code; builtins to a header
//! word of the virtual machine (`FunctionHeaderNative`, `FunctionHeaderProtectedCall`, …).
//!
//! Invariants: I5: `upvalue.location` points into a live stack (open) or to its own `closed` field.

use super::{ObjectHeader, ObjectKind, Table};
use crate::builtin::{Builtin, NativeFunction};
use crate::bytecode::CompiledFunction;
use crate::value::Value;
use std::rc::Rc;

/// A function value: Lua closure or builtin. Upvalues follow (`*mut Upvalue` for Lua, [`Value`] for builtins).
#[derive(Debug)]
#[repr(C)]
pub struct Function {
    /// kind LuaFunction or NativeFunction; `small` is the number of upvalues.
    pub header: ObjectHeader,
    /// First instruction.
    pub code: *const u32,
    /// Environment table (`getfenv`).
    pub environment: *mut Table,
    /// Prototype of a Lua function, or [`NativeData`] of a builtin.
    pub data: *mut u8,
}

/// What a builtin function object points to; owned by the virtual machine, never freed.
pub struct NativeData {
    /// The Rust function.
    pub entry: NativeFunction,
    /// Its declaration.
    pub builtin: &'static Builtin,
}

impl Function {
    /// Bytes of heap with `upvalues` upvalues.
    pub fn allocation_size(upvalues: usize) -> usize {
        std::mem::size_of::<Function>() + upvalues * 8
    }
    /// Whether it is a Lua function.
    ///
    /// # Safety
    /// I1: `function` is live.
    #[inline(always)]
    pub unsafe fn is_lua(function: *mut Function) -> bool {
        // SAFETY: I1.
        unsafe { (*function).header.kind == ObjectKind::LuaFunction }
    }
    /// The prototype of a Lua function, or `None`.
    ///
    /// # Safety
    /// I1: `function` is live.
    #[inline]
    pub unsafe fn prototype(function: *mut Function) -> Option<*mut Prototype> {
        // SAFETY: I1.
        unsafe { Self::is_lua(function).then(|| (*function).data.cast()) }
    }
    /// The declaration of a builtin, or `None`.
    ///
    /// # Safety
    /// I1: `function` is live.
    #[inline]
    pub unsafe fn native<'a>(function: *mut Function) -> Option<&'a NativeData> {
        // SAFETY: I1; native data lives as long as the virtual machine.
        unsafe { (!Self::is_lua(function)).then(|| &*(*function).data.cast::<NativeData>()) }
    }
    /// Upvalue cells of a Lua function.
    ///
    /// # Safety
    /// I1: `function` is a live Lua function.
    #[inline(always)]
    pub unsafe fn upvalues(function: *mut Function) -> *mut *mut Upvalue {
        // SAFETY: I1: they follow the head.
        unsafe { function.add(1).cast() }
    }
    /// Upvalue values of a builtin.
    ///
    /// # Safety
    /// I1: `function` is a live builtin.
    #[inline(always)]
    pub unsafe fn native_upvalues(function: *mut Function) -> *mut Value {
        // SAFETY: I1: they follow the head.
        unsafe { function.add(1).cast() }
    }
}

/// A captured variable.
#[derive(Debug)]
#[repr(C)]
pub struct Upvalue {
    /// kind Upvalue; `flags` 1 while open.
    pub header: ObjectHeader,
    /// Where the value is.
    pub location: *mut Value,
    /// The value once closed.
    pub closed: Value,
    /// Next open upvalue of the same stack, further down.
    pub next_open: *mut Upvalue,
}

/// A function's code in the heap.
#[repr(C)]
pub struct Prototype {
    /// kind Prototype; `small`: closures made of it, at most 3.
    pub header: ObjectHeader,
    /// First instruction (in `PrototypeData::code`).
    pub code: *mut u32,
    /// First constant (in `PrototypeData::constants`).
    pub constants: *const Value,
    /// Everything that is not touched by running code.
    pub data: *mut PrototypeData,
    /// Number of fixed parameters.
    pub parameter_count: u8,
    /// Registers.
    pub frame_size: u8,
    /// Whether it takes varargs.
    pub is_vararg: bool,
    /// Whether the source is embedded: counts as one C frame for messages and the debug library.
    pub is_builtin: bool,
}

/// Keys of a `NewRecord` with the shape they lead to.
pub struct Template {
    /// Interned keys in order.
    pub keys: Vec<Value>,
    /// Shape of a table with exactly these keys; `None` until first use, or for ever if it would be a dictionary.
    pub shape: Option<u32>,
}

/// The part of a prototype that Rust owns.
pub struct PrototypeData {
    /// The compiler's result (debug information, `string.dump`).
    pub compiled: Rc<CompiledFunction>,
    /// Running copy of the code, with warm caches.
    pub code: Box<[u32]>,
    /// Constants as values.
    pub constants: Box<[Value]>,
    /// Functions defined inside.
    pub children: Vec<*mut Prototype>,
    /// Key lists of `NewRecord`.
    pub templates: Vec<Template>,
    /// Whether `jit.off` said that no trace may begin in it or go through it.
    pub is_compilation_off: bool,
}
