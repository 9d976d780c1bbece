//! Running code from Rust: nested calls, the suspendable run of a host program, safe points, interrupts.

use super::Vm;
use crate::bytecode::Opcode;
use crate::call::Raised;
use crate::interpreter::frame::{CONTINUATION_SLOTS, LinkKind, link};
use crate::interpreter::metamethod::Metamethod;
use crate::interpreter::{
    Pending, STATUS_DONE, STATUS_ERROR, STATUS_SUSPENDED, calls, is_interrupt_place,
};
use crate::object::Thread;
use crate::seams::{Abandoned, CodeInterrupter};
use crate::value::Value;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Interpreters nested on the native stack before "C stack overflow".
const MOST_NATIVE_DEPTH: u32 = 190;

/// How a host's run went on.
#[derive(Debug)]
pub enum HostRun {
    /// The function returned these values.
    Finished(Vec<Value>),
    /// A builtin suspended; go on with [`Vm::continue_host`].
    Suspended,
    /// It failed; the error value is in the state ([`Vm::take_error`], [`Vm::take_traceback`]).
    Failed,
}

/// Shared with [`Interrupt`] handles in other threads.
pub(crate) struct InterruptState {
    dispatch: AtomicUsize,
    is_requested: AtomicBool,
    /// The test mode `interrupts`: the handler of interrupts always stands at its places.
    pub(crate) is_always: AtomicBool,
    /// Held by everybody who changes the dispatch table, so that no request gets lost between two of its entries.
    waiting: Mutex<Waiting>,
}

/// What waits for the machine.
#[derive(Default)]
pub(crate) struct Waiting {
    message: Option<String>,
    /// Raised again and again until the program is left.
    is_stop: bool,
    pub(crate) code_interrupter: Option<CodeInterrupter>,
}

impl Default for InterruptState {
    fn default() -> Self {
        InterruptState {
            dispatch: AtomicUsize::new(0),
            is_requested: AtomicBool::new(false),
            is_always: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }
}

impl InterruptState {
    pub(crate) fn set_table(&self, table: *const [AtomicUsize; 256]) {
        self.dispatch.store(table as usize, Ordering::SeqCst);
    }
    pub(crate) fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    /// Puts the handler of interrupts at the places where they act, if one waits. The caller holds the lock.
    pub(crate) fn patch_table(&self) {
        let table = self.dispatch.load(Ordering::SeqCst) as *const AtomicUsize;
        let is_asked =
            self.is_requested.load(Ordering::SeqCst) || self.is_always.load(Ordering::SeqCst);
        if table.is_null() || !is_asked {
            return;
        }
        for &opcode in Opcode::ALL {
            if is_interrupt_place(opcode) {
                let handler: crate::interpreter::Handler = crate::interpreter::hooks::interrupted;
                // SAFETY: I12: the table lives as long as `dispatch` is not null; dropping the state clears it under the lock.
                unsafe { (*table.add(opcode as usize)).store(handler as usize, Ordering::SeqCst) };
            }
        }
    }
}

/// A handle with which any thread stops a running state.
#[derive(Clone)]
pub struct Interrupt {
    state: Arc<InterruptState>,
}

impl Interrupt {
    /// Whether a request waits to be served.
    pub fn is_requested(&self) -> bool {
        self.state.is_requested.load(Ordering::SeqCst)
    }
    /// Makes the running program raise `message` once, at its next back edge or call. It is an ordinary error: a program
    /// that catches it goes on (Ctrl-C in a console). See [`Interrupt::stop`] for programs that are not trusted.
    pub fn request(&self, message: &str) {
        self.ask(message, false);
    }
    /// Makes the running program end with `message`: the error is raised again at every back edge and call, so that a `pcall` in a
    /// loop catches it but gets no further, until Rust code that called into the state has its answer.
    pub fn stop(&self, message: &str) {
        self.ask(message, true);
    }
    /// Takes back what waits.
    pub fn cancel(&self) {
        let mut waiting = self.state.lock();
        waiting.message = None;
        waiting.is_stop = false;
    }
    /// The test mode `interrupts`: from now on every back edge and call looks for a request.
    pub(crate) fn look_everywhere(&self) {
        let _waiting = self.state.lock();
        self.state.is_always.store(true, Ordering::SeqCst);
        self.state.patch_table();
    }
    fn ask(&self, message: &str, is_stop: bool) {
        let mut waiting = self.state.lock();
        waiting.message = Some(message.to_owned());
        waiting.is_stop = is_stop;
        self.state.is_requested.store(true, Ordering::SeqCst);
        self.state.patch_table();
        if let Some(interrupter) = &waiting.code_interrupter {
            interrupter(true);
        }
    }
}

impl Vm {
    /// A handle to interrupt this state from any thread.
    pub fn interrupt_handle(&self) -> Interrupt {
        Interrupt {
            state: self.interrupt.clone(),
        }
    }
    /// Whether an interrupt waits; long-running builtins test it (see [`Vm::check_interrupt`]).
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_requested.load(Ordering::Relaxed)
    }
    /// Raises the waiting interrupt, if there is one.
    pub fn check_interrupt(&mut self) -> Result<(), Raised> {
        if !self.is_interrupted() {
            return Ok(());
        }
        let message = {
            let mut waiting = self.interrupt.lock();
            if waiting.is_stop {
                // The table stays as it is: the next back edge or call comes here again.
                let message = waiting.message.clone().unwrap_or_default();
                drop(waiting);
                return Err(self.raise_text(&message));
            } else {
                self.interrupt.is_requested.store(false, Ordering::SeqCst);
                if let Some(interrupter) = &waiting.code_interrupter {
                    interrupter(false);
                }
                waiting.message.take()
            }
        };
        self.apply_hooks();
        match message {
            Some(message) => Err(self.raise_text(&message)),
            None => Ok(()),
        }
    }
    /// Rust has its answer: a [`Interrupt::stop`] has done its work.
    fn end_stop(&mut self) {
        if self.native_depth != 0 || !self.is_interrupted() {
            return;
        }
        let was_stop = {
            let mut waiting = self.interrupt.lock();
            std::mem::take(&mut waiting.is_stop) && waiting.message.take().is_some()
        };
        if was_stop {
            self.interrupt.is_requested.store(false, Ordering::SeqCst);
            self.apply_hooks();
        }
    }

    /// Calls `function` and runs it to its end on the native stack.
    pub fn call_function(
        &mut self,
        function: Value,
        arguments: &[Value],
    ) -> Result<Vec<Value>, Raised> {
        if self.native_depth >= MOST_NATIVE_DEPTH {
            return Err(self.raise_text("C stack overflow"));
        }
        if self.is_called_by_trace() {
            // The interpreter will do the call, where collections see every value.
            return Err(self.raise_text("a builtin whose declared effects are wrong calls Lua"));
        }
        self.abandon_recording(Abandoned::NativeCall);
        // SAFETY: I6: base, top and pc are saved, since a builtin or nothing runs.
        unsafe {
            let thread = self.thread;
            let start = self.push_entry(function, arguments)?;
            let saved = SavedFrame::of(thread, start.bottom_offset);
            let saved_multiple = self.multiple_results;
            self.native_depth += 1;
            (*thread).native_entries += 1;
            let status = crate::interpreter::run(self, start.pending);
            self.native_depth -= 1;
            debug_assert!(
                self.thread == thread,
                "coroutine switches do not cross native frames"
            );
            (*thread).native_entries -= 1;
            let results = if status == STATUS_DONE {
                let (first, count) = self.entry_results;
                Ok(std::slice::from_raw_parts(first, count).to_vec())
            } else {
                Err(Raised)
            };
            self.multiple_results = saved_multiple;
            saved.restore(thread);
            if results.is_err() {
                // Registers of the frames that are gone would keep alive what the failed program held.
                Thread::clear_above_top(thread);
                self.end_stop();
            }
            results
        }
    }
    /// `object[key]` with metamethods, which run on the native stack.
    pub fn index_value(&mut self, object: Value, key: Value) -> Result<Value, Raised> {
        use crate::interpreter::metamethod::Step;
        let key = self.heap.interned(key);
        // SAFETY: I1: both are live values of the caller; a null address means that there is no cache.
        match unsafe { crate::interpreter::access::index_step(self, object, key, std::ptr::null()) }
        {
            Step::Value(value) => Ok(value),
            Step::Call {
                function,
                arguments,
                count,
                ..
            } => {
                let results = self.call_function(function, &arguments[..count as usize])?;
                Ok(results.first().copied().unwrap_or(Value::NIL))
            }
            Step::Raised(raised) => Err(raised),
        }
    }
    /// Starts `function` as the host's program: builtins may suspend it.
    pub fn start_host(&mut self, function: Value, arguments: &[Value]) -> HostRun {
        // SAFETY: I6: nothing runs.
        unsafe {
            let start = match self.push_entry(function, arguments) {
                Ok(start) => start,
                Err(Raised) => return HostRun::Failed,
            };
            self.enter_host();
            let status = crate::interpreter::run(self, start.pending);
            self.host_answer(status)
        }
    }
    fn enter_host(&mut self) {
        self.native_depth += 1;
        self.host_depth = self.native_depth;
    }
    /// Goes on with a suspended host program: the builtin that suspended it returns `results`.
    pub fn continue_host(&mut self, results: &[Value]) -> HostRun {
        // SAFETY: I6: the running thread's base is the frame of the builtin that suspended.
        unsafe {
            let base = (*self.thread).base;
            let Some(base) = self.ensure_stack(base, results.len() + 4) else {
                return HostRun::Failed;
            };
            for (index, &value) in results.iter().enumerate() {
                *base.add(index) = value;
            }
            self.enter_host();
            let pending = Pending {
                handler: calls::deliver,
                pc: base.cast(),
                base,
                d: results.len(),
                a: 0,
                k: std::ptr::null(),
            };
            let status = crate::interpreter::run(self, pending);
            self.host_answer(status)
        }
    }
    /// Makes a suspended host program fail at the builtin that suspended it.
    pub fn fail_host(&mut self, message: &str) -> HostRun {
        let _ = self.raise_at_level(1, message.as_bytes());
        // SAFETY: I6: as above.
        unsafe {
            self.enter_host();
            let base = (*self.thread).base;
            let handler = crate::interpreter::unwind::unwind;
            let pending = Pending {
                handler,
                pc: std::ptr::null(),
                base,
                d: 0,
                a: 0,
                k: std::ptr::null(),
            };
            let status = crate::interpreter::run(self, pending);
            self.host_answer(status)
        }
    }
    unsafe fn host_answer(&mut self, status: u32) -> HostRun {
        self.native_depth -= 1;
        self.host_depth = 0;
        // SAFETY: I6.
        unsafe {
            match status {
                STATUS_SUSPENDED => HostRun::Suspended,
                STATUS_DONE => {
                    let (first, count) = self.entry_results;
                    let values = std::slice::from_raw_parts(first, count).to_vec();
                    self.empty_stack();
                    HostRun::Finished(values)
                }
                _ => {
                    debug_assert!(status == STATUS_ERROR);
                    self.empty_stack();
                    Thread::clear_above_top(self.thread);
                    self.end_stop();
                    HostRun::Failed
                }
            }
        }
    }
    unsafe fn empty_stack(&mut self) {
        // SAFETY: I6: no frame is left on the main thread.
        unsafe {
            let thread = self.thread;
            (*thread).base = (*thread).stack.add(2);
            (*thread).top = (*thread).base;
            (*thread).pc = std::ptr::null();
        }
    }
    /// Whether the running builtin may suspend the host's program.
    pub(crate) fn may_suspend(&self) -> bool {
        self.host_depth != 0 && self.native_depth == self.host_depth
    }

    /// Puts the frame of a call from Rust above everything that is alive.
    unsafe fn push_entry(
        &mut self,
        function: Value,
        arguments: &[Value],
    ) -> Result<EntryStart, Raised> {
        // SAFETY: I6.
        unsafe {
            let thread = self.thread;
            let top = (*thread).top;
            let Some(bottom) = self.ensure_stack(top, arguments.len() + CONTINUATION_SLOTS + 2)
            else {
                return Err(Raised);
            };
            let base = (*thread).base;
            let is_bottom = (*base.sub(2)).as_function().is_none();
            let new_base = bottom.add(CONTINUATION_SLOTS);
            let delta = if is_bottom {
                0
            } else {
                new_base.offset_from(base) as usize
            };
            *bottom = Value::NIL;
            *bottom.add(1) = Value::from_bits((*thread).pc as usize as u64);
            *bottom.add(2) = function;
            *bottom.add(3) = link(LinkKind::Entry, delta);
            for (index, &argument) in arguments.iter().enumerate() {
                *new_base.add(index) = argument;
            }
            let bottom_offset = bottom.offset_from((*thread).stack) as usize;
            let pending = Pending {
                handler: calls::enter,
                pc: std::ptr::null(),
                base: new_base,
                d: arguments.len(),
                a: 0,
                k: std::ptr::null(),
            };
            Ok(EntryStart {
                pending,
                bottom_offset,
            })
        }
    }

    /// What happens between two instructions when `heap.safe_point_due`: a cycle starts, finalizers run, limits are enforced.
    #[cold]
    pub(crate) fn run_safe_point(&mut self) -> Result<(), Raised> {
        if self.heap.is_over_limit() {
            self.collect_garbage();
            if self.heap.is_over_limit() {
                self.heap.safe_point_due = false;
                return Err(self.raise_text("not enough memory"));
            }
        }
        if self.heap.is_cycle_due() && (!self.heap.is_stressed() || self.heap.is_stress_point()) {
            self.start_cycle();
            if self.heap.is_stressed() {
                self.heap.finish_cycle();
            }
        }
        self.run_finalizers();
        self.heap.check_due();
        Ok(())
    }
    /// Starts a collection cycle. Only where everything that is alive is on the stack or rooted.
    pub(crate) fn start_cycle(&mut self) {
        let mut roots = Vec::new();
        self.visit_roots(&mut |value| roots.push(value));
        self.heap
            .start_cycle(|visit| roots.iter().for_each(|&value| visit(value)));
        // The running coroutine and those that wait for it are scanned now: they go on writing their stacks.
        let mut thread = self.thread;
        while !thread.is_null() {
            self.heap.scan_before_resume(thread);
            // SAFETY: I6.
            thread = unsafe { (*thread).resumer };
        }
    }
    fn visit_roots(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::thread(self.main_thread));
        visit(Value::thread(self.thread));
        visit(Value::table(self.globals));
        visit(Value::table(self.registry));
        visit(self.error_value);
        visit(self.finish_result);
        self.metamethod_names.iter().for_each(|&name| visit(name));
        self.handles.iter().for_each(|&value| visit(value));
        for &metatable in &self.type_metatables {
            if !metatable.is_null() {
                visit(Value::table(metatable));
            }
        }
        visit(self.hooks.function);
        if let Some(tracer) = &self.tracer {
            tracer.mark_roots(visit);
        }
        self.tracing.visit_roots(visit);
    }
    /// A whole collection: finishes a running cycle, runs another, and finalizers.
    pub fn collect_garbage(&mut self) {
        self.collect_without_finalizers();
        self.run_finalizers();
    }
    /// As [`Vm::collect_garbage`], but runs no Lua code.
    pub(crate) fn collect_without_finalizers(&mut self) {
        self.heap.finish_cycle();
        self.start_cycle();
        self.heap.finish_cycle();
        if self.heap.settle_weak_tables() {
            // They were strong in the cycle that found them.
            self.start_cycle();
            self.heap.finish_cycle();
        }
    }
    /// Starts a cycle if none runs, and runs `work` bytes of it; true when it ends.
    pub fn step_garbage(&mut self, work: usize) -> bool {
        if self.heap.phase() == crate::heap::CollectorPhase::Idle {
            self.start_cycle();
        }
        let done = self.heap.step_work(work);
        self.run_finalizers();
        done
    }
    /// Spends up to `budget` on the collector between two frames of a host: starts a cycle if one is due, goes on with one that runs,
    /// calls waiting finalizers. Only while the host's program is suspended or not running.
    pub fn collect_for(&mut self, budget: std::time::Duration) {
        if self.heap.is_cycle_due() {
            self.start_cycle();
        }
        self.heap.step_for(budget);
        self.run_finalizers();
        self.heap.check_due();
    }
    /// Runs the `__gc` metamethods that wait. Errors in them are dropped, as LuaJIT does by default.
    fn run_finalizers(&mut self) {
        // Not nested: a finalizer's own safe points would run those that wait behind it first.
        if self.is_finalizing {
            return;
        }
        self.is_finalizing = true;
        while self.native_depth < MOST_NATIVE_DEPTH - 10 {
            let Some(object) = self.heap.take_finalizer() else {
                break;
            };
            let value = Value::object(object);
            let waiting = (self.error_value, self.error_is_handled, self.finish_result);
            self.push(value);
            if value.as_cdata().is_some() {
                self.foreign_finalize(value);
            } else {
                let function = self.metamethod(value, Metamethod::Collect);
                if !function.is_nil() && self.call_function(function, &[value]).is_err() {
                    self.take_error();
                }
            }
            // SAFETY: I6: pushed above.
            unsafe { (*self.thread).top = (*self.thread).top.sub(1) };
            (self.error_value, self.error_is_handled, self.finish_result) = waiting;
        }
        self.is_finalizing = false;
    }
    /// Runs the handler of an xpcall for the error on its way; its result replaces the error value.
    pub(crate) fn run_error_handler(&mut self, handler: Value) {
        let error = self.error_value;
        match self.call_function(handler, &[error]) {
            Ok(results) => self.error_value = results.first().copied().unwrap_or(Value::NIL),
            Err(Raised) => self.error_value = self.heap.new_string(b"error in error handling"),
        }
        self.error_is_handled = true;
    }
    /// Empties all inline caches if a store has made some of them wrong.
    #[inline]
    pub(crate) fn settle_caches(&mut self) {
        if self.heap.caches_stale {
            self.clear_inline_caches();
        }
    }
    #[cold]
    fn clear_inline_caches(&mut self) {
        self.heap.caches_stale = false;
        self.heap.for_each_prototype(|prototype| {
            // SAFETY: I10: the running copies of live prototypes' code.
            unsafe {
                // The compiler's copy tells the instructions: the running one may hold entries of traces.
                let original = (*(*prototype).data).compiled.clone();
                let code = &mut (*(*prototype).data).code;
                let mut index = 0;
                while index < code.len() {
                    let Some(opcode) = Opcode::from_word(original.code[index]) else {
                        break;
                    };
                    let words = opcode.extra_words() as usize;
                    if matches!(
                        opcode,
                        Opcode::GetField
                            | Opcode::GetGlobal
                            | Opcode::Method
                            | Opcode::SetField
                            | Opcode::SetGlobal
                    ) {
                        code[index + 2] = crate::object::shape::NO_SHAPE;
                    }
                    index += 1 + words;
                }
            }
        });
    }
}

struct EntryStart {
    pending: Pending,
    bottom_offset: usize,
}

/// Where the frame was that called from Rust; offsets, because the stack may move.
struct SavedFrame {
    base_offset: usize,
    top_offset: usize,
    pc: *const u32,
}

impl SavedFrame {
    unsafe fn of(thread: *mut Thread, bottom_offset: usize) -> SavedFrame {
        // SAFETY: I6.
        unsafe {
            SavedFrame {
                base_offset: (*thread).base.offset_from((*thread).stack) as usize,
                top_offset: bottom_offset,
                pc: (*thread).pc,
            }
        }
    }
    unsafe fn restore(self, thread: *mut Thread) {
        // SAFETY: I6: offsets of the same stack, which only grows.
        unsafe {
            (*thread).base = (*thread).stack.add(self.base_offset);
            (*thread).top = (*thread).stack.add(self.top_offset);
            (*thread).pc = self.pc;
        }
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.heap.finish_cycle();
            self.heap.finalize_everything();
            self.run_finalizers();
        }
        let _waiting = self.interrupt.lock();
        self.interrupt.dispatch.store(0, Ordering::SeqCst);
    }
}
