//! The seams through which the virtual machine reaches to its right: [`Tracer`] (the trace compiler), [`Foreign`] (the FFI)
//! and [`World`] (everything outside the process).
//!
//! `vm` owns these traits and knows no implementation. Without a tracer, hot counters do not run; without a foreign
//! interface, 64-bit literals are load errors and cdata does not exist.

use crate::bytecode::{Constant, Opcode};
use crate::interpreter::metamethod::{Metamethod, Step};
use crate::value::Value;
use crate::vm::Vm;

/// What a tracer asks of the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TracerRequest {
    /// Go on interpreting (and recording, if a recording runs).
    Continue,
    /// Begin a recording: the instruction at `pc` is the first that [`Tracer::before_instruction`] sees. Only `hot` and `exited`
    /// ask for it.
    Record,
    /// The recording begins at the instruction that [`Tracer::before_instruction`] was told of: a trace that starts there replaces it.
    /// What it was told before was only waited through.
    RecordHere,
    /// The recording is complete: trace `trace` starts at the recorded place.
    Done {
        /// Number of the trace.
        trace: u32,
    },
    /// The recording is complete and hangs on an exit of another trace: no instruction is replaced.
    DoneSide,
    /// The recording failed for the reason with this number.
    Abort {
        /// Reason, as the tracer numbers them.
        reason: u32,
    },
}

/// Why a recording ends without the tracer's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// An error is on its way.
    Error,
    /// A builtin calls Lua on the native stack.
    NativeCall,
    /// A hook was set: while there is one, no trace is recorded or entered.
    Hook,
    /// All traces are being thrown away.
    Flush,
}

/// Called with true when an interrupt begins to wait, from any thread, and with false when it has been taken.
pub type CodeInterrupter = std::sync::Arc<dyn Fn(bool) + Send + Sync>;

/// Implemented by the trace compiler. While recording it sees the running state read-only; what it wants changed it asks
/// for by a [`TracerRequest`]. Only the virtual machine patches bytecode.
///
/// `pc` is the address of the instruction's first word, `base` the frame's registers (at a function header: the callee's, with the
/// arguments in place).
///
/// ## Hot counters
/// With a tracer installed, each pass of a loop takes 2 and each call of a Lua function 1 from the counter that the
/// instruction's address selects among 64. At underflow the counter is set to its start again and `hot` is called. Penalties are the
/// tracer's: [`Vm::set_hot_count`] sets a counter to anything.
///
/// ## Where traces may start
/// At loops and function headers, and at instructions whose handlers do not read their own word again ([`Opcode::can_be_replaced`]).
pub trait Tracer {
    /// A loop or function became hot at `pc`: `Record` or `Continue`.
    fn hot(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest;
    /// The instruction at `pc` is about to run while a recording is on.
    fn before_instruction(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest;
    /// Compiled code left trace `trace` by its exit number `exit`: the interpreter goes on at `pc`, its frame is at `base`. Called
    /// through [`Vm::report_exit`] once the state is restored. `Record` starts a recording there.
    fn exited(
        &mut self,
        vm: &Vm,
        trace: u32,
        exit: u32,
        pc: *const u32,
        base: *const Value,
    ) -> TracerRequest {
        let _ = (vm, trace, exit, pc, base);
        TracerRequest::Continue
    }
    /// The recording in progress is over.
    fn abandoned(&mut self, reason: Abandoned) {
        let _ = reason;
    }
    /// Marks every value that traces keep alive.
    fn mark_roots(&self, visit: &mut dyn FnMut(Value));
    /// Throws all traces away; the bytecode has been restored. Call it through [`Vm::flush_traces`].
    fn flush(&mut self);
    /// The handler of `CompiledLoop`, which enters the trace with the number `word >> 8`. Without one, the replaced
    /// instruction is interpreted.
    fn trace_handler(&self) -> Option<crate::interpreter::Handler> {
        None
    }
    /// Makes running compiled code leave when an interrupt waits.
    fn code_interrupter(&self) -> Option<CodeInterrupter> {
        None
    }
}

/// How a value lies in C data, as far as the interpreter reads and writes it itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum DirectKind {
    /// Nobody asked yet.
    Unknown,
    /// Not directly: ask the interface.
    None,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Float32,
    Float64,
    Bool8,
    /// A new object of [`DirectAccess::result_type`] holding the address.
    Reference,
    /// A new object of [`DirectAccess::result_type`] holding a copy of eight bytes.
    Copy8,
}

/// The way from a cdata object to a value: begin at its bytes, load a pointer `indirections` times, add `scale` (fields) or
/// `scale` times the index (elements).
#[derive(Clone, Copy, Debug)]
pub struct DirectAccess {
    /// What is there.
    pub kind: DirectKind,
    /// Pointers on the way.
    pub indirections: u8,
    /// Stores are refused.
    pub is_constant: bool,
    /// Offset of the field, or bytes of an element.
    pub scale: u32,
    /// Type number of the object that a load makes.
    pub result_type: u32,
}

impl DirectAccess {
    /// Nobody asked yet.
    pub const UNKNOWN: DirectAccess = DirectAccess {
        kind: DirectKind::Unknown,
        indirections: 0,
        is_constant: true,
        scale: 0,
        result_type: 0,
    };
    /// Ask the interface.
    pub const NONE: DirectAccess = DirectAccess {
        kind: DirectKind::None,
        ..DirectAccess::UNKNOWN
    };
}

/// Implemented by the FFI: operations on cdata (`object::CData`, made by `Heap::new_cdata`). `None` means "not mine": the
/// ordinary error is raised, or for equality false is the answer.
///
/// Operations nest (C calls back into Lua), so implementations keep their state in cells. What a metatable of the type
/// `cdata` can say (`__call`, `__metatable`) is installed with [`Vm::set_type_metatable`] instead.
pub trait Foreign {
    /// `object[key]`
    fn index(&self, vm: &mut Vm, object: Value, key: Value) -> Option<Step>;
    /// `object[key] = value`
    fn store(&self, vm: &mut Vm, object: Value, key: Value, value: Value) -> Option<Step>;
    /// Arithmetic, equality and order, concatenation, length (both operands are the same then).
    fn arithmetic(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step>;
    /// Bit operators.
    fn bit_operation(
        &self,
        vm: &mut Vm,
        operation: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step>;
    /// The text of a cdata value.
    fn to_text(&self, vm: &mut Vm, value: Value) -> Option<Vec<u8>>;
    /// The number that a cdata value converts to.
    fn to_number(&self, vm: &mut Vm, value: Value) -> Option<f64>;
    /// The way to field `key` (an interned string), if the interpreter can go it alone. The answer holds for all objects of the type.
    fn field_access(&self, vm: &mut Vm, object: Value, key: Value) -> Option<DirectAccess> {
        let _ = (vm, object, key);
        None
    }
    /// The way to elements, if the interpreter can go it alone. The answer holds for all objects of the type.
    fn element_access(&self, vm: &mut Vm, object: Value) -> Option<DirectAccess> {
        let _ = (vm, object);
        None
    }
    /// The table in which `key` is looked up because the object's type has no such member.
    fn index_table(&self, vm: &mut Vm, object: Value, key: Value) -> Option<Value> {
        let _ = (vm, object, key);
        None
    }
    /// The 64 bits of a cdata number and whether it is a `uint64_t`; for others the error of argument `argument`.
    fn wide_bits(
        &self,
        vm: &mut Vm,
        value: Value,
        argument: u32,
    ) -> Result<(u64, bool), crate::call::Raised> {
        let message = format!("number expected, got {}", value.type_name());
        Err(vm.raise_argument_error(argument, message.as_bytes()))
    }
    /// The value of a cdata object that is a 64-bit integer, and whether it is unsigned.
    fn wide_value(&self, value: Value) -> Option<(u64, bool)> {
        let _ = value;
        None
    }
    /// A 64-bit integer as a value.
    fn wide_integer(
        &self,
        vm: &mut Vm,
        bits: u64,
        unsigned: bool,
    ) -> Result<Value, crate::call::Raised> {
        let _ = (vm, bits, unsigned);
        Ok(Value::NIL)
    }
    /// The memory that a cdata argument leads to, copied.
    fn bytes_of(
        &self,
        vm: &mut Vm,
        value: Value,
        argument: u32,
        count: usize,
    ) -> Result<Vec<u8>, crate::call::Raised> {
        let _ = count;
        let message = format!("cdata expected, got {}", value.type_name());
        Err(vm.raise_argument_error(argument, message.as_bytes()))
    }
    /// A pointer to bytes at an address.
    fn byte_pointer(&self, vm: &mut Vm, address: usize) -> Result<Value, crate::call::Raised> {
        let _ = (vm, address);
        Ok(Value::NIL)
    }
    /// The parts of a cdata object that is a complex number of doubles.
    fn complex_value(&self, value: Value) -> Option<(f64, f64)> {
        let _ = value;
        None
    }
    /// A complex number of doubles as a value.
    fn complex_number(
        &self,
        vm: &mut Vm,
        real: f64,
        imaginary: f64,
    ) -> Result<Value, crate::call::Raised> {
        let _ = (vm, real, imaginary);
        Ok(Value::NIL)
    }
    /// The value of a 64-bit or imaginary literal.
    fn constant(&self, vm: &mut Vm, constant: &Constant) -> Option<Value>;
    /// The object is about to die, see `Heap::watch_cdata`.
    fn finalize(&self, vm: &mut Vm, value: Value) {
        let _ = (vm, value);
    }
}

/// Everything that enters from outside: clock, entropy, environment. A fixed world makes runs repeatable.
pub trait World {
    /// Seconds since 1970-01-01 UTC.
    fn unix_time_s(&self) -> f64;
    /// Processor time used by the program, in seconds (`os.clock`).
    fn cpu_time_s(&self) -> f64;
    /// A seed that differs from run to run.
    fn entropy(&self) -> u64;
    /// A variable of the environment.
    fn environment_variable(&self, name: &str) -> Option<String>;
}

/// The real world.
#[derive(Debug)]
pub struct SystemWorld {
    started: std::time::Instant,
}

impl Default for SystemWorld {
    fn default() -> Self {
        SystemWorld {
            started: std::time::Instant::now(),
        }
    }
}

impl World for SystemWorld {
    fn unix_time_s(&self) -> f64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0.0, |elapsed| elapsed.as_secs_f64())
    }
    fn cpu_time_s(&self) -> f64 {
        crate::sys::process_cpu_time_s().unwrap_or_else(|| self.started.elapsed().as_secs_f64())
    }
    fn entropy(&self) -> u64 {
        use std::hash::{BuildHasher, Hasher};
        std::collections::hash_map::RandomState::new()
            .build_hasher()
            .finish()
    }
    fn environment_variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}
