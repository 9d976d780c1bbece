//! The machine's side of the trace compiler: hot counters, the recording in progress, and the bytecode that traces replace.
//!
//! Worked example: a loop gets hot, `report_hot` calls `Tracer::hot`, which answers `Record`; from now on every instruction is shown
//! to `Tracer::before_instruction`; when that answers `Done { trace: 3 }`, the loop's instruction becomes `CompiledLoop 3`.
//! [`Vm::remove_trace`] puts the instruction back.
//!
//! Invariants: an installed trace's prototype is a root, so its code stays where it is until the trace is removed; at most one
//! recording is on; a trace number is installed at most once.

use super::Vm;
use crate::bytecode::Opcode;
use crate::object::{Function, Prototype, Table};
use crate::seams::{Abandoned, Tracer, TracerRequest};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Number of hot counters; instructions share them by address.
pub const HOT_COUNTERS: usize = 64;
/// Passes of a loop that make it hot, unless the tracer asks for another number.
pub const DEFAULT_HOT_LOOP: u16 = 56;
/// Greatest number of a trace: what fits in an instruction beside the opcode.
pub const MOST_TRACE: u32 = 0xff_ffff;

/// Where an instruction lies.
#[derive(Clone, Copy)]
struct Place {
    pc: *mut u32,
    prototype: *mut Prototype,
}

/// An instruction that a trace replaced.
struct Installed {
    place: Place,
    original: u32,
}

/// State of tracing.
pub(crate) struct Tracing {
    counters: [Cell<u16>; HOT_COUNTERS],
    start_count: Cell<u16>,
    /// `jit.off()`: no new traces.
    pub(crate) is_off: bool,
    /// The first instruction of the recording in progress.
    recording: Option<Place>,
    installed: FxHashMap<u32, Installed>,
}

impl Default for Tracing {
    fn default() -> Self {
        let start = start_of(DEFAULT_HOT_LOOP);
        Tracing {
            counters: std::array::from_fn(|_| Cell::new(start)),
            start_count: Cell::new(start),
            is_off: false,
            recording: None,
            installed: FxHashMap::default(),
        }
    }
}

fn start_of(hot_loop: u16) -> u16 {
    hot_loop
        .max(1)
        .saturating_mul(crate::interpreter::counting::LOOP_COST)
        - 1
}

impl Tracing {
    #[inline(always)]
    fn counter(&self, pc: *const u32) -> &Cell<u16> {
        &self.counters[(pc as usize >> 2) % HOT_COUNTERS]
    }
    #[inline(always)]
    pub(crate) fn count(&self, pc: *const u32, cost: u16) -> bool {
        let counter = self.counter(pc);
        let (left, underflow) = counter.get().overflowing_sub(cost);
        counter.set(left);
        underflow
    }
    pub(crate) fn is_recording(&self) -> bool {
        self.recording.is_some()
    }
    /// The word that trace `trace` replaced; a word without meaning if there is none.
    // Out of line: handlers that look something up in a table of their own stack frame do not end in jumps.
    #[inline(never)]
    pub(crate) fn original_word(&self, trace: u32) -> u32 {
        self.installed
            .get(&trace)
            .map_or(u32::MAX, |installed| installed.original)
    }
    pub(crate) fn visit_roots(&self, visit: &mut dyn FnMut(Value)) {
        let places = self
            .installed
            .values()
            .map(|installed| installed.place)
            .chain(self.recording);
        for place in places {
            visit(Value::object(place.prototype.cast()));
        }
    }
}

/// The place of the instruction at `pc` in the Lua function whose frame is at `base`.
fn place_at(pc: *const u32, base: *mut Value) -> Option<Place> {
    // SAFETY: I6: a Lua function is in the frame that the handler was entered with.
    let prototype = unsafe {
        (*base.sub(2))
            .as_function()
            .and_then(|function| Function::prototype(function))
    };
    prototype.map(|prototype| Place {
        pc: pc.cast_mut(),
        prototype,
    })
}

impl Vm {
    /// Installs the trace compiler; hot counters start to run.
    pub fn install_tracer(&mut self, tracer: Box<dyn Tracer>) {
        self.remove_tracer();
        self.interrupt.lock().code_interrupter = tracer.code_interrupter();
        self.tracer = Some(tracer);
        self.reset_hot_counts();
        self.apply_hooks();
    }
    /// Throws all traces away and takes the trace compiler out.
    pub fn remove_tracer(&mut self) -> Option<Box<dyn Tracer>> {
        self.flush_traces();
        self.interrupt.lock().code_interrupter = None;
        let tracer = self.tracer.take();
        self.apply_hooks();
        tracer
    }
    /// Whether loops and calls are counted, so that hot ones become traces (jit.on and jit.off without arguments).
    pub fn set_hot_counting(&mut self, is_on: bool) {
        self.tracing.is_off = !is_on;
        self.apply_hooks();
    }
    /// Whether there is a trace compiler.
    pub fn has_tracer(&self) -> bool {
        self.tracer.is_some()
    }
    /// Throws all traces away: every instruction is the compiler's again, then the tracer frees what it has.
    pub fn flush_traces(&mut self) {
        self.abandon_recording(Abandoned::Flush);
        let traces: Vec<u32> = self.tracing.installed.keys().copied().collect();
        for trace in traces {
            self.remove_trace(trace);
        }
        if let Some(mut tracer) = self.tracer.take() {
            tracer.flush();
            self.tracer = Some(tracer);
        }
        self.reset_hot_counts();
    }
    /// Puts the instruction back that trace `trace` replaced; false if it replaced none.
    pub fn remove_trace(&mut self, trace: u32) -> bool {
        let Some(installed) = self.tracing.installed.remove(&trace) else {
            return false;
        };
        // SAFETY: I8: the place lies in the running copy of the code of a prototype that was a root until now.
        unsafe { *installed.place.pc = installed.original };
        true
    }
    /// Passes that make a loop hot (at most 32,767); functions need twice as many calls.
    pub fn set_hot_loop(&self, passes: u16) {
        self.tracing.start_count.set(start_of(passes.min(0x7fff)));
        self.reset_hot_counts();
    }
    /// Sets the counter that the instruction at `pc` shares with others: a penalty, or 0 to be hot at the next pass.
    pub fn set_hot_count(&self, pc: *const u32, count: u16) {
        self.tracing.counter(pc).set(count);
    }
    fn reset_hot_counts(&self) {
        for counter in &self.tracing.counters {
            counter.set(self.tracing.start_count.get());
        }
    }

    /// Whether `jit.off` was called for this Lua function: tracers do not record it, nor calls of it.
    pub fn is_compilation_off(&self, function: Value) -> bool {
        // SAFETY: I1: function values point to live functions, those to live prototypes.
        unsafe {
            function
                .as_function()
                .and_then(|function| Function::prototype(function))
                .is_some_and(|prototype| (*(*prototype).data).is_compilation_off)
        }
    }
    /// `jit.on` and `jit.off` for a Lua function: it alone, it and the functions in it (`Some(true)`), or only those
    /// (`Some(false)`). False if it is no Lua function.
    pub fn set_compilation_off(
        &mut self,
        function: Value,
        is_off: bool,
        inner: Option<bool>,
    ) -> bool {
        // SAFETY: I1: function values point to live functions, those to live prototypes, which keep their children alive.
        unsafe {
            let Some(prototype) = function
                .as_function()
                .and_then(|function| Function::prototype(function))
                .filter(|prototype| !(**prototype).is_builtin)
            else {
                return false;
            };
            if inner != Some(false) {
                (*(*prototype).data).is_compilation_off = is_off;
            }
            let mut waiting = match inner {
                Some(_) => (*(*prototype).data).children.clone(),
                None => Vec::new(),
            };
            while let Some(prototype) = waiting.pop() {
                let data = &mut *(*prototype).data;
                data.is_compilation_off = is_off;
                waiting.extend_from_slice(&data.children);
            }
        }
        if is_off {
            self.flush_traces();
        }
        true
    }
    /// Number of values that an instruction with open results left.
    pub fn open_result_count(&self) -> u32 {
        self.multiple_results
    }
    /// Joins strings and numbers; `None` if the result would be too long.
    pub fn concatenated(&mut self, pieces: &[Value]) -> Option<Value> {
        match self.join_pieces(pieces.as_ptr(), pieces.len()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.error_value = Value::NIL;
                None
            }
        }
    }
    /// Whether compiled code has called the builtin that runs ([`Vm::invoke_builtin`]).
    #[inline]
    pub(crate) fn is_called_by_trace(&self) -> bool {
        !self.scratch_thread.is_null() && self.thread == self.scratch_thread
    }
    /// Runs the Rust body of a builtin for compiled code, on a stack of its own, since the running one is in registers. The answer is
    /// the first result (nil if there is none), all of them (up to eight) are in [`Vm::scratch`]. `None`: it raised an error, which is
    /// forgotten, or has too many results.
    ///
    /// # Safety
    /// I1: `function` is a live builtin written in Rust that neither calls Lua nor suspends.
    pub unsafe fn invoke_builtin(
        &mut self,
        function: *mut Function,
        arguments: &[Value],
    ) -> Option<Value> {
        if self.scratch_thread.is_null() {
            self.scratch_thread = self.heap.new_thread(100, self.globals);
            self.new_handle(Value::thread(self.scratch_thread));
        }
        let (own, scratch) = (self.thread, self.scratch_thread);
        let saved_error = (self.error_value, self.error_is_handled);
        // SAFETY: I1, I6: the scratch stack has room for a frame; its link is that of a frame that Rust entered.
        unsafe {
            let base = (*scratch).stack.add(2);
            *base.sub(2) = Value::function(function);
            *base.sub(1) =
                crate::interpreter::frame::link(crate::interpreter::frame::LinkKind::Entry, 0);
            for (index, &value) in arguments.iter().enumerate() {
                *base.add(index) = value;
            }
            self.thread = scratch;
            self.enter_native_frame(base, arguments.len());
            let entry = (*(*function)
                .data
                .cast::<crate::object::function::NativeData>())
            .entry;
            // Nobody learns of the error: no handler needs to run for it.
            self.error_is_handled = true;
            let answer = entry(&mut crate::call::Call::new(self, arguments.len() as u32));
            let count = match answer {
                Ok(crate::call::Outcome::One(value)) => {
                    self.scratch[0] = value;
                    Some(1)
                }
                Ok(crate::call::Outcome::None) => Some(0),
                Ok(crate::call::Outcome::Pushed(count)) if count <= 8 => {
                    let first = (*scratch).top.sub(count as usize);
                    for index in 0..count as usize {
                        self.scratch[index] = *first.add(index);
                    }
                    Some(count as usize)
                }
                _ => None,
            };
            (*scratch).base = (*scratch).stack.add(2);
            (*scratch).top = (*scratch).base;
            self.thread = own;
            (self.error_value, self.error_is_handled) = saved_error;
            let count = count?;
            for value in &mut self.scratch[count..] {
                *value = Value::NIL;
            }
            Some(self.scratch[0])
        }
    }

    /// A counter has underflowed.
    #[inline(never)]
    pub(crate) fn report_hot(&mut self, pc: *const u32, base: *mut Value) {
        self.tracing.counter(pc).set(self.tracing.start_count.get());
        // SAFETY: I6: a Lua function is in the frame that the handler was entered with.
        let function = unsafe { *base.sub(2) };
        if self.is_compilation_off(function) {
            return;
        }
        let Some(mut tracer) = self.tracer.take() else {
            return;
        };
        let request = tracer.hot(self, pc, base);
        self.tracer = Some(tracer);
        if request == TracerRequest::Record {
            self.begin_recording(pc, base);
        }
    }
    fn begin_recording(&mut self, pc: *const u32, base: *mut Value) {
        self.tracing.recording = place_at(pc, base);
        self.apply_hooks();
    }
    /// Compiled code left a trace and the interpreter's state is restored: `thread.base` and `thread.pc` are saved, the next instruction
    /// is the one at `pc`. The caller goes on through the dispatch table afterwards, since a recording may have begun. An instruction
    /// that a trace replaced is to be interpreted by its original word ([`Vm::original_instruction`]): entering the trace again would
    /// leave it again at once.
    #[inline(never)]
    pub fn report_exit(&mut self, trace: u32, exit: u32, pc: *const u32, base: *mut Value) {
        if self.tracing.is_recording() {
            return;
        }
        let Some(mut tracer) = self.tracer.take() else {
            return;
        };
        let request = tracer.exited(self, trace, exit, pc, base);
        self.tracer = Some(tracer);
        if request == TracerRequest::Record && self.hook().0.is_nil() {
            self.begin_recording(pc, base);
        }
    }
    /// The instruction word at `pc` as the compiler made it, also where a trace replaced it.
    ///
    /// # Safety
    /// I8: `pc` is the address of an instruction's first word.
    #[inline]
    pub unsafe fn original_instruction(&self, pc: *const u32) -> u32 {
        // SAFETY: I8.
        let word = unsafe { *pc };
        if word as u8 == Opcode::CompiledLoop as u8 {
            self.tracing.original_word(word >> 8)
        } else {
            word
        }
    }
    /// The trace that starts at `pc`.
    ///
    /// # Safety
    /// I8: `pc` is the address of an instruction's first word.
    pub unsafe fn trace_at(&self, pc: *const u32) -> Option<u32> {
        // SAFETY: I8.
        let word = unsafe { *pc };
        (word as u8 == Opcode::CompiledLoop as u8).then_some(word >> 8)
    }
    /// Whether a recording is on.
    pub fn is_recording(&self) -> bool {
        self.tracing.is_recording()
    }
    /// The instruction at `pc` is about to run while a recording is on.
    #[inline(never)]
    pub(crate) fn show_instruction(&mut self, pc: *const u32, base: *mut Value) {
        self.settle_operands(pc, base);
        let Some(mut tracer) = self.tracer.take() else {
            return;
        };
        let request = tracer.before_instruction(self, pc, base);
        self.tracer = Some(tracer);
        match request {
            TracerRequest::Continue | TracerRequest::Record => {}
            TracerRequest::RecordHere => self.tracing.recording = place_at(pc, base),
            TracerRequest::Done { trace } => {
                if let Some(place) = self.tracing.recording.take() {
                    self.install_trace(trace, place);
                }
                self.apply_hooks();
            }
            TracerRequest::DoneSide | TracerRequest::Abort { .. } => {
                self.tracing.recording = None;
                self.apply_hooks();
            }
        }
    }
    /// Tables that the instruction at `pc` is about to read get the shapes that tables made from now on have.
    fn settle_operands(&mut self, pc: *const u32, base: *mut Value) {
        use crate::bytecode::opcode::{operand_b, operand_c};
        use Opcode::*;
        // SAFETY: I8: an instruction's first word.
        let word = unsafe { self.original_instruction(pc) };
        let (b, c) = (operand_b(word), operand_c(word));
        let registers = match Opcode::from_word(word) {
            Some(
                GetField | SetField | GetIndex | SetIndex | GetIndexInteger | SetIndexInteger
                | Method | AddRK | SubtractRK | MultiplyRK | DivideRK | ModuloRK,
            ) => [b, b],
            Some(AddKR | SubtractKR | MultiplyKR | DivideKR | ModuloKR) => [c, c],
            Some(Add | Subtract | Multiply | Divide | Modulo | Power) => [b, c],
            _ => return,
        };
        for register in registers {
            // SAFETY: I6: operands are registers of the running frame that hold live values; I1 for the table.
            unsafe {
                if let Some(table) = (*base.add(register as usize)).as_table() {
                    Table::settle_metatable(table, &mut self.heap);
                }
            }
        }
    }
    fn install_trace(&mut self, trace: u32, place: Place) {
        if trace > MOST_TRACE || self.tracing.installed.contains_key(&trace) {
            return;
        }
        // SAFETY: I8: the recording kept the prototype alive; the word becomes an instruction of the same length, since the
        // words behind it are skipped by whoever does the replaced instruction's work.
        unsafe {
            let original = *place.pc;
            if original as u8 == Opcode::CompiledLoop as u8 {
                return;
            }
            *place.pc = trace << 8 | Opcode::CompiledLoop as u32;
            let installed = Installed { place, original };
            self.tracing.installed.insert(trace, installed);
        }
    }
    /// Ends the recording in progress, if there is one.
    #[inline]
    pub(crate) fn abandon_recording(&mut self, reason: Abandoned) {
        if self.tracing.is_recording() {
            self.abandon_recording_now(reason);
        }
    }
    #[cold]
    fn abandon_recording_now(&mut self, reason: Abandoned) {
        self.tracing.recording = None;
        if let Some(mut tracer) = self.tracer.take() {
            tracer.abandoned(reason);
            self.tracer = Some(tracer);
        }
        self.apply_hooks();
    }
}
