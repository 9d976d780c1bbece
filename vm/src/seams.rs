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
    /// The recording is complete: trace `trace` starts at the recorded place.
    Done {
        /// Number of the trace.
        trace: u32,
    },
    /// The recording failed for the reason with this number.
    Abort {
        /// Reason, as the tracer numbers them.
        reason: u32,
    },
}

/// Implemented by the trace compiler. While recording it sees the running state read-only.
pub trait Tracer {
    /// A loop or function became hot at `pc`.
    fn hot(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest;
    /// The instruction at `pc` is about to run while a recording is on.
    fn before_instruction(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest;
    /// Marks every value that traces keep alive.
    fn mark_roots(&self, visit: &mut dyn FnMut(Value));
    /// Throws all traces away.
    fn flush(&mut self);
}

/// Implemented by the FFI: operations on cdata. `None` means "not mine": the ordinary error is raised.
pub trait Foreign {
    /// `object[key]`
    fn index(&mut self, vm: &mut Vm, object: Value, key: Value) -> Option<Step>;
    /// `object[key] = value`
    fn store(&mut self, vm: &mut Vm, object: Value, key: Value, value: Value) -> Option<Step>;
    /// Arithmetic, comparison, concatenation, length.
    fn arithmetic(
        &mut self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step>;
    /// Bit operators.
    fn bit_operation(
        &mut self,
        vm: &mut Vm,
        operation: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step>;
    /// The text of a cdata value.
    fn to_text(&mut self, vm: &mut Vm, value: Value) -> Option<Vec<u8>>;
    /// The number that a cdata value converts to.
    fn to_number(&mut self, vm: &mut Vm, value: Value) -> Option<f64>;
    /// The value of a 64-bit or imaginary literal.
    fn constant(&mut self, vm: &mut Vm, constant: &Constant) -> Option<Value>;
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
