//! Hooks and interrupts: both replace handlers in the dispatch table, so that they cost nothing while off.

use super::{Handler, counting, go, handler, handler_at, plain_handler, unwind};
use crate::bytecode::Opcode;
use crate::object::Function;
use crate::seams::Abandoned;
use crate::value::Value;
use crate::vm::Vm;
use std::sync::atomic::Ordering;

/// Settings of debug.sethook.
#[derive(Debug)]
pub struct Hooks {
    /// The hook function, or nil.
    pub function: Value,
    /// Call it at function calls.
    pub on_call: bool,
    /// Call it at returns.
    pub on_return: bool,
    /// Call it at new lines.
    pub on_line: bool,
    /// Call it after this many instructions; 0 for never.
    pub count: u32,
    countdown: u32,
    pub(crate) is_running: bool,
    last_line: (usize, u32),
    last_pc: usize,
    /// Frame of the builtin that was called last.
    last_builtin_base: usize,
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks {
            function: Value::NIL,
            on_call: false,
            on_return: false,
            on_line: false,
            count: 0,
            countdown: 0,
            is_running: false,
            last_line: (0, 0),
            last_pc: 0,
            last_builtin_base: 0,
        }
    }
}

impl Vm {
    /// debug.sethook: `function` nil switches hooks off.
    pub fn set_hook(
        &mut self,
        function: Value,
        on_call: bool,
        on_return: bool,
        on_line: bool,
        count: u32,
    ) {
        self.heap.barrier(self.hooks.function);
        // The rest of the line that sets a hook is no new line.
        let (last_line, last_pc) = match self.frame(1) {
            Some(caller) if !self.hooks.is_running => (
                (caller.function as usize, caller.current_line().unwrap_or(0)),
                caller.pc as usize,
            ),
            _ => (self.hooks.last_line, self.hooks.last_pc),
        };
        let is_on = !function.is_nil() && (on_call || on_return || on_line || count > 0);
        self.hooks = Hooks {
            function: if is_on { function } else { Value::NIL },
            on_call: is_on && on_call,
            on_return: is_on && on_return,
            on_line: is_on && on_line,
            count: if is_on { count } else { 0 },
            countdown: count,
            is_running: self.hooks.is_running,
            last_line,
            last_pc,
            last_builtin_base: 0,
        };
        self.apply_hooks();
    }
    /// debug.gethook: function, call, return, line, count.
    pub fn hook(&self) -> (Value, bool, bool, bool, u32) {
        let hooks = &self.hooks;
        (
            hooks.function,
            hooks.on_call,
            hooks.on_return,
            hooks.on_line,
            hooks.count,
        )
    }
    /// Installs the handlers that hooks, a recording, hot counters and a waiting interrupt ask for, in this order of rank
    /// (an interrupt stands above all, but only at its places).
    pub(crate) fn apply_hooks(&mut self) {
        let interrupt = self.interrupt.clone();
        let _waiting = interrupt.lock();
        for &opcode in Opcode::ALL {
            let handler = self.handler_without_interrupt(opcode);
            self.dispatch[opcode as usize].store(handler as usize, Ordering::Relaxed);
        }
        interrupt.patch_table();
    }
    /// Where an interrupt found nothing to raise: what does the work of `word`.
    fn handler_behind_interrupt(&self, word: u32) -> Handler {
        match Opcode::from_word(word) {
            // In the test mode `interrupts` the handler of interrupts stays in the table.
            Some(opcode) if self.interrupt.is_always.load(Ordering::Relaxed) => {
                self.handler_without_interrupt(opcode)
            }
            // SAFETY: I12: a live machine's table.
            _ => unsafe { handler_at(std::ptr::from_ref(self).cast_mut(), word) },
        }
    }
    /// What the dispatch table holds for `opcode` where no interrupt stands.
    fn handler_without_interrupt(&self, opcode: Opcode) -> Handler {
        if !self.hooks.function.is_nil() {
            hooked
        } else if self.tracing.is_recording() {
            counting::recorded
        } else if let Some(tracer) = &self.tracer {
            match tracer.trace_handler() {
                Some(handler) if opcode == Opcode::CompiledLoop => handler,
                // Traces there are go on to run, but no new ones are looked for.
                _ if self.tracing.is_off => plain_handler(opcode),
                _ => counting::counting_handler(opcode),
            }
        } else {
            plain_handler(opcode)
        }
    }
    /// Runs the hook function for one event.
    fn run_hook(&mut self, event: &str, line: Option<u32>) -> Result<(), crate::call::Raised> {
        self.abandon_recording(Abandoned::Hook);
        self.hooks.is_running = true;
        let name = self.heap.new_string(event.as_bytes());
        let line = line.map_or(Value::NIL, Value::from);
        let finish_result = self.finish_result;
        let result = self.call_function(self.hooks.function, &[name, line]);
        self.finish_result = finish_result;
        self.hooks.is_running = false;
        result.map(|_| ())
    }
    /// The frame of a function that is being entered, as a call hook sees it: a Lua function's missing parameters are nil and may be
    /// set. Answers its base and number of arguments, or an error was raised.
    unsafe fn prepare_call_hook(
        &mut self,
        word: u32,
        pc: *const u32,
        base: *mut Value,
        count: usize,
    ) -> Option<(*mut Value, usize)> {
        self.enter_native_frame(base, count);
        let is_lua = matches!(
            Opcode::from_word(word),
            Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
        );
        if !is_lua || !self.hooks.on_call || self.hooks.is_running {
            return Some((base, count));
        }
        // SAFETY: I6: base[-2] is the Lua function that is entered; the slots are ensured before they are written.
        unsafe {
            let prototype = Function::prototype((*base.sub(2)).as_function()?)?;
            let parameters = (*prototype).parameter_count as usize;
            let base = self.ensure_stack(base, parameters.max(count))?;
            for index in count..parameters {
                *base.add(index) = Value::NIL;
            }
            let count = count.max(parameters);
            self.enter_native_frame(base, count);
            (*self.thread).pc = pc;
            Some((base, count))
        }
    }
    /// Events due before the instruction at `pc - 1`.
    fn run_due_hooks(&mut self, word: u32, pc: *const u32) -> Result<(), crate::call::Raised> {
        if self.hooks.is_running {
            return Ok(());
        }
        let opcode = Opcode::from_word(word);
        let is_header = opcode.is_some_and(Opcode::is_function_header);
        let frame = self.frame(0);
        // Embedded sources count as one C function, in which no lines and instructions are seen.
        let is_embedded = frame
            .and_then(|frame| frame.prototype())
            // SAFETY: I6: a running function's prototype is live.
            .is_some_and(|prototype| unsafe { (*prototype).is_builtin });
        if is_header {
            let is_lua = matches!(
                opcode,
                Some(Opcode::FunctionHeader | Opcode::FunctionHeaderVararg)
            ) && !is_embedded;
            let base = frame.map_or(0, |frame| frame.base as usize);
            // A builtin that hands over to embedded Lua was announced already.
            let is_handed_over = is_embedded && self.hooks.last_builtin_base == base;
            self.hooks.last_builtin_base = if is_lua { 0 } else { base };
            if self.hooks.on_call && !is_handed_over {
                self.run_hook("call", None)?;
            }
            if is_lua {
                self.hooks.last_line = (0, 0);
            }
            return Ok(());
        }
        self.hooks.last_builtin_base = 0;
        if is_embedded {
            return Ok(());
        }
        if self.hooks.count > 0 {
            self.hooks.countdown = self.hooks.countdown.saturating_sub(1);
            if self.hooks.countdown == 0 {
                self.hooks.countdown = self.hooks.count;
                self.run_hook("count", None)?;
            }
        }
        if self.hooks.on_line
            && let Some(frame) = self.frame(0)
            && let Some(line) = frame.current_line()
        {
            let place = (frame.function as usize, line);
            // A new line, another function, or a jump backwards.
            if self.hooks.last_line != place || (pc as usize) <= self.hooks.last_pc {
                self.hooks.last_line = place;
                self.hooks.last_pc = pc as usize;
                self.run_hook("line", Some(line))?;
            }
            self.hooks.last_pc = pc as usize;
        }
        if self.hooks.on_return
            && matches!(
                opcode,
                Some(Opcode::Return0 | Opcode::Return1 | Opcode::Return | Opcode::ReturnMultiple)
            )
        {
            self.run_hook("return", None)?;
            self.hooks.last_line = (0, 0);
        }
        Ok(())
    }
}

handler! {
    /// Stands for every opcode while a hook is set.
    hooked(pc, base, d, a, k, vm) {
        let word = counting::original_word(vm, *pc.sub(1));
        let is_header = Opcode::from_word(word).is_some_and(Opcode::is_function_header);
        let Some((base, d)) = (if is_header {
            (*vm).prepare_call_hook(word, pc, base, d)
        } else {
            (*vm).save(base, pc);
            Some((base, d))
        }) else {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        };
        // Open results lie above the frame: keep them alive while the hook runs.
        let open = (*vm).multiple_results as usize;
        (*(*vm).thread).top = (*(*vm).thread).top.add(if is_header { 0 } else { open });
        if (*vm).run_due_hooks(word, pc).is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let base = (*(*vm).thread).base;
        counting::interpret!(word, pc, base, d, k, vm)
    }
    /// Stands at back edges and calls while an interrupt waits.
    #[cold]
    interrupted(pc, base, d, a, k, vm) {
        let word = *pc.sub(1);
        let original = counting::original_word(vm, word);
        if Opcode::from_word(original).is_some_and(Opcode::is_function_header) {
            (*vm).enter_native_frame(base, d);
        } else {
            (*vm).save(base, pc);
        }
        if (*vm).check_interrupt().is_err() {
            go!(unwind::unwind, pc, base, 0, 0, k, vm)
        }
        let handler = (&*vm).handler_behind_interrupt(word);
        go!(handler, pc, base, d, a, k, vm)
    }
}
