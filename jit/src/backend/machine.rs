//! Compiled traces by number: the back end's face to the driver.
//!
//! ```text
//! machine.compile(trace, HELPERS)?;            // code, entry in vm.compiled
//! machine.attach_side(parent, exit, side);     // the parent's exit goes on in the side trace
//! Machine::entry_handler()                     // handler of CompiledLoop
//! machine.free_all();                          // jit.flush
//! ```
//! Invariants: I20: `vm.compiled` points to this machine's tables from the first `compile` until `free_all` or the end of the virtual machine.
//! Code is only freed where no trace runs but the one that is being left.

use super::CompileError;
use super::arena::Arena;
use super::exits::{SiteRecord, check_sunk_objects};
use crate::ir::{Helper, Link, Trace};
use crate::sys::CodeMemory;
use rlove_vm::interpreter::Handler;
use rlove_vm::interpreter::compiled::{TraceEntry, entry_handler};
use rlove_vm::seams::CodeInterrupter;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use super::allocate::Site;
use super::x64;

/// Settings, mostly for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Three registers of each kind.
    pub few_registers: bool,
    /// No AVX and BMI2 even if the processor has them.
    pub baseline_only: bool,
    /// Every guard leaves once, at its so-many-th pass, although it holds; 0: not.
    pub forced_exit_pass: u32,
    /// Write `/tmp/perf-PID.map` for Linux `perf`.
    pub perf_map: bool,
}

/// One exit of a trace.
#[derive(Debug, Default)]
pub struct Exit {
    /// How often it was taken through [`super::exits`] (not counted once a side trace is attached by code).
    pub count: Cell<u32>,
    /// The side trace attached to it.
    pub side: Cell<Option<u32>>,
    /// Times to leave before the tracer hears of it.
    pub wait: Cell<u32>,
}

/// A trace with its code.
#[derive(Debug)]
pub struct CompiledTrace {
    /// The trace; its constants and roots must stay alive.
    pub trace: Trace,
    /// Exits by snapshot number.
    pub exits: Vec<Exit>,
    memory: Arc<CodeMemory>,
    offset: usize,
    size: usize,
    /// Bytes of instructions; constants follow.
    code_size: usize,
    head: usize,
    start_exit: usize,
    /// Its sites in the machine's list, the start's last.
    sites: std::ops::Range<usize>,
    stub_offsets: Vec<(usize, Option<u32>)>,
}

impl CompiledTrace {
    /// Bytes of code and constants.
    pub fn size_bytes(&self) -> usize {
        self.size
    }
    /// Address of its first instruction.
    pub fn address(&self) -> usize {
        self.memory.execute_address() + self.offset
    }
    /// Where traces that have a frame jump to.
    pub fn head_address(&self) -> usize {
        self.address() + self.head
    }
    /// Its machine code, disassembled.
    pub fn listing(&self) -> String {
        let name = |target: u64| {
            let offset = (target as usize).checked_sub(self.address())?;
            if offset == self.head {
                return Some("head".to_owned());
            }
            let found = self.stub_offsets.iter().find(|each| each.0 == offset)?;
            Some(match found.1 {
                Some(snapshot) => format!("exit {snapshot}"),
                None => "exit at the start".to_owned(),
            })
        };
        let bytes = self.memory.read(self.offset, self.code_size);
        x64::listing::disassemble(bytes, self.address(), &name)
    }
}

/// Jumps that interrupts turn aside; shared with other threads.
#[derive(Debug, Default)]
struct Jumps {
    /// Offset in the code memory, normal and interrupted displacement.
    list: Vec<(usize, i32, i32)>,
    is_interrupted: bool,
}

/// What exits see of the machine.
pub struct Inner {
    /// Every place where a trace can be left.
    pub sites: Vec<SiteRecord>,
    traces: Vec<Option<Box<CompiledTrace>>>,
    entries: Vec<TraceEntry>,
    vm: *mut Vm,
}

impl Inner {
    /// A compiled trace.
    pub fn trace(&self, number: u32) -> Option<&CompiledTrace> {
        self.traces.get(number as usize)?.as_deref()
    }
}

/// The machine-code back end of one virtual machine.
pub struct Machine {
    inner: Box<Inner>,
    arena: Arena,
    jumps: Arc<Mutex<Jumps>>,
    /// Counters of forced exits; code holds their addresses, so each is boxed.
    #[allow(clippy::vec_box)]
    forced: Vec<Box<u32>>,
    /// Settings for traces compiled from now on.
    pub options: Options,
    stubs: x64::stubs::Stubs,
    features: x64::Features,
}

impl Machine {
    /// The handler of `CompiledLoop`.
    pub fn entry_handler() -> Handler {
        entry_handler()
    }
    /// A compiled trace.
    pub fn trace(&self, number: u32) -> Option<&CompiledTrace> {
        self.inner.trace(number)
    }
    /// The machine code of a trace, disassembled.
    pub fn listing(&self, number: u32) -> Option<String> {
        self.trace(number).map(CompiledTrace::listing)
    }
    /// Bytes of code in use.
    pub fn code_bytes(&self) -> usize {
        self.arena.used_bytes()
    }
    /// Sets `maxmcode`.
    pub fn set_code_limit(&mut self, bytes: usize) {
        self.arena.limit_bytes = bytes;
    }
    /// Guards that were made to leave although they held, so far compiled.
    pub fn forced_guards(&self) -> usize {
        self.forced.len()
    }
    /// Shows every value that compiled traces keep alive.
    pub fn visit_roots(&self, visit: &mut dyn FnMut(Value)) {
        for compiled in self.inner.traces.iter().flatten() {
            for constant in &compiled.trace.constants {
                if let crate::ir::Constant::Word(bits) = constant {
                    visit(Value::from_bits(*bits));
                }
            }
            for &word in &compiled.trace.roots {
                visit(Value::from_bits(word));
            }
        }
    }
    /// Throws all traces away. The bytecode that enters them has been restored; at most an exit is running, which needs only the
    /// shared code.
    pub fn free_all(&mut self) {
        let mut jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        jumps.list.clear();
        self.inner.traces.clear();
        self.inner.sites.clear();
        self.inner.entries.clear();
        self.forced.clear();
        self.arena.clear();
        // SAFETY: I20: the virtual machine lives as long as its traces may be flushed.
        unsafe {
            (*self.inner.vm).compiled.entries = std::ptr::null();
            (*self.inner.vm).compiled.entry_count = 0;
        }
    }
    /// Makes compiled loops leave while an interrupt waits; any thread may call it.
    pub fn interrupter(&self) -> CodeInterrupter {
        let jumps = Arc::clone(&self.jumps);
        let memory = Arc::clone(self.arena.memory());
        Arc::new(move |is_waiting| {
            let mut jumps = jumps.lock().unwrap_or_else(PoisonError::into_inner);
            jumps.is_interrupted = is_waiting;
            for &(offset, normal, interrupted) in &jumps.list {
                memory.patch(offset, if is_waiting { interrupted } else { normal });
            }
        })
    }
}

impl Machine {
    /// A machine without traces; `None` where there is no executable memory or the processor is too old.
    pub fn new(vm: *const Vm) -> Option<Machine> {
        let features = x64::Features::detect()?;
        let mut arena = Arena::new()?;
        let (bytes, stubs) = x64::stubs::make(arena.next_address(), features, vm as usize)?;
        arena.commit(&bytes)?;
        arena.keep();
        Some(Machine {
            inner: Box::new(Inner {
                sites: Vec::new(),
                traces: Vec::new(),
                entries: Vec::new(),
                vm: vm.cast_mut(),
            }),
            arena,
            jumps: Arc::default(),
            forced: Vec::new(),
            options: Options::default(),
            stubs,
            features,
        })
    }
    fn features(&self) -> x64::Features {
        if self.options.baseline_only {
            x64::Features {
                avx: false,
                bmi2: false,
            }
        } else {
            self.features
        }
    }
    /// Compiles a trace; from now on it can be entered and linked to by its number.
    pub fn compile(
        &mut self,
        trace: Trace,
        helpers: &'static [Helper],
    ) -> Result<(), CompileError> {
        check_sunk_objects(&trace)?;
        let number = trace.number;
        if self.inner.trace(number).is_some() {
            return Err(CompileError::Malformed(format!("trace {number} exists")));
        }
        // SAFETY: I20: the virtual machine that this machine was made for.
        let heap = unsafe { &raw const *(*self.inner.vm).heap } as usize;
        let start_of = |other: u32| {
            let other = self.inner.trace(other)?;
            Some((other.head_address(), other.address() + other.start_exit))
        };
        let first_forced = self.forced.len();
        let mut forced = std::mem::take(&mut self.forced);
        let result = {
            let counters = std::cell::RefCell::new(&mut forced);
            let pass = self.options.forced_exit_pass;
            let forced_counter = || {
                (pass != 0).then(|| {
                    let mut counters = counters.borrow_mut();
                    counters.push(Box::new(pass));
                    counters
                        .last()
                        .map_or(0, |counter| &raw const **counter as usize)
                })
            };
            let environment = x64::Environment {
                address: self.arena.next_address(),
                first_site: self.inner.sites.len() as u32,
                vm: self.inner.vm as usize,
                heap,
                stubs: &self.stubs,
                helpers,
                start_of: &start_of,
                forced_counter: &forced_counter,
                features: self.features(),
                limited: self.options.few_registers,
            };
            x64::compile_trace(&trace, &environment)
        };
        self.forced = forced;
        let placed = result.and_then(|code| {
            let offset = self
                .arena
                .commit(&code.bytes)
                .ok_or(CompileError::NoCodeMemory)?;
            Ok((code, offset))
        });
        match placed {
            Ok((code, offset)) => {
                self.install(trace, code, offset);
                Ok(())
            }
            Err(error) => {
                self.forced.truncate(first_forced);
                Err(error)
            }
        }
    }
    fn install(&mut self, trace: Trace, code: x64::Code, offset: usize) {
        let number = trace.number as usize;
        let first = self.inner.sites.len();
        let is_loop_end = trace.link == Link::Loop && trace.loop_marker().is_some();
        let continues_in = match trace.link {
            Link::Trace(next) => Some(next),
            Link::Loop => Some(trace.number),
            _ => None,
        };
        let mut stub_offsets = Vec::with_capacity(code.stubs.len() + 1);
        for (index, (site, &stub)) in code.sites.iter().zip(&code.stubs).enumerate() {
            let is_end = code.end_site == Some(index as u32);
            self.inner.sites.push(SiteRecord {
                trace: trace.number,
                snapshot: Some(site.snapshot),
                places: site.places.clone(),
                stub_offset: offset + stub,
                is_quiet: is_end && is_loop_end,
                continues_in: continues_in.filter(|_| is_end && !is_loop_end),
            });
            stub_offsets.push((stub, Some(site.snapshot)));
        }
        self.inner.sites.push(SiteRecord {
            trace: trace.number,
            snapshot: None,
            places: Vec::new(),
            stub_offset: offset + code.start_exit,
            is_quiet: true,
            continues_in: None,
        });
        stub_offsets.push((code.start_exit, None));
        self.add_jumps(offset, &code.patches);
        let exits = trace.snapshots.iter().map(|_| Exit::default()).collect();
        if self.options.perf_map {
            let address = self.arena.memory().execute_address() + offset;
            write_perf_map(address, code.bytes.len(), number);
        }
        let compiled = Box::new(CompiledTrace {
            trace,
            exits,
            memory: Arc::clone(self.arena.memory()),
            offset,
            size: code.bytes.len(),
            code_size: code.code_end,
            head: code.head,
            start_exit: code.start_exit,
            sites: first..self.inner.sites.len(),
            stub_offsets,
        });
        let address = compiled.address();
        let inner = &mut *self.inner;
        if inner.traces.len() <= number {
            inner.traces.resize_with(number + 1, || None);
        }
        inner.traces[number] = Some(compiled);
        while inner.entries.len() <= number {
            inner.entries.push(TraceEntry {
                code: 0,
                original: Cell::new(0),
            });
        }
        inner.entries[number].code = address;
        // SAFETY: I20: the virtual machine that this machine was made for; the tables live until `free_all`.
        unsafe {
            let compiled = &mut (*inner.vm).compiled;
            compiled.entries = inner.entries.as_ptr();
            compiled.entry_count = inner.entries.len();
            compiled.machine = (&raw mut *inner).cast();
        }
    }
    fn add_jumps(&mut self, offset: usize, patches: &[x64::Patch]) {
        let mut jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        for patch in patches {
            let place = offset + patch.offset;
            jumps.list.push((place, patch.normal, patch.interrupted));
            if jumps.is_interrupted {
                self.arena.memory().patch(place, patch.interrupted);
            }
        }
    }
    /// The exit `exit` of trace `parent` goes on in trace `side`.
    pub fn attach_side(&mut self, parent: u32, exit: u32, side: u32) {
        let (Some(compiled), Some(target)) = (self.inner.trace(parent), self.inner.trace(side))
        else {
            return;
        };
        let Some(record) = compiled.exits.get(exit as usize) else {
            return;
        };
        record.side.set(Some(side));
        if !compiled.trace.snapshots[exit as usize].sunk.is_empty() {
            // Objects have to be made: the exit itself goes on in the side trace.
            return;
        }
        let target = (target.head_address(), target.address() + target.start_exit);
        for number in compiled.sites.clone() {
            let record = &self.inner.sites[number];
            if record.snapshot == Some(exit) && !record.is_quiet && record.continues_in.is_none() {
                // What cannot be done in machine code the exit does.
                let _ = self.attach_site(number, target);
            }
        }
    }
    /// The tracer hears of exit `exit` of trace `trace` only after it was taken `times` more times.
    pub fn set_wait(&self, trace: u32, exit: u32, times: u32) {
        let compiled = self.inner.trace(trace);
        if let Some(exit) = compiled.and_then(|compiled| compiled.exits.get(exit as usize)) {
            exit.wait.set(times);
        }
    }
    /// The exit `exit` of trace `trace` will never go on in another trace: it returns to the interpreter on the shortest way, and the
    /// tracer does not hear of it.
    pub fn make_plain(&mut self, trace: u32, exit: u32) {
        self.set_wait(trace, exit, u32::MAX);
        let Some(compiled) = self.inner.trace(trace) else {
            return;
        };
        let has_objects = |snapshot: &crate::ir::Snapshot| !snapshot.sunk.is_empty();
        if compiled
            .trace
            .snapshots
            .get(exit as usize)
            .is_none_or(has_objects)
        {
            return;
        }
        for number in compiled.sites.clone() {
            let record = &self.inner.sites[number];
            if record.snapshot == Some(exit) && !record.is_quiet && record.continues_in.is_none() {
                // Where there is no code memory the exit stays as it is.
                let _ = self.make_site_plain(number);
            }
        }
    }
    fn make_site_plain(&mut self, number: usize) -> Result<(), CompileError> {
        let record = &self.inner.sites[number];
        let compiled = self
            .inner
            .trace(record.trace)
            .ok_or(CompileError::NoCodeMemory)?;
        let site = Site {
            snapshot: record.snapshot.unwrap_or(0),
            places: record.places.clone(),
        };
        let stub_offset = record.stub_offset;
        let bytes = x64::write_snapshot_and_leave(
            self.arena.next_address(),
            self.features(),
            &compiled.trace,
            &site,
            self.inner.vm as usize,
            self.stubs.leave,
        )?;
        self.replace_stub(stub_offset, &bytes)?;
        Ok(())
    }
    /// Puts code into the arena and makes a stub jump to it; the code's offset.
    fn replace_stub(&mut self, stub_offset: usize, bytes: &[u8]) -> Result<usize, CompileError> {
        let offset = self.arena.commit(bytes).ok_or(CompileError::NoCodeMemory)?;
        // The stub's first instruction has five bytes, as the jump that replaces it.
        let displacement = offset as i64 - (stub_offset as i64 + 5);
        let mut jump = vec![0xe9];
        jump.extend_from_slice(&(displacement as i32).to_le_bytes());
        self.arena.memory().write(stub_offset, &jump);
        Ok(offset)
    }
    fn attach_site(&mut self, number: usize, target: (usize, usize)) -> Result<(), CompileError> {
        let record = &self.inner.sites[number];
        let compiled = self
            .inner
            .trace(record.trace)
            .ok_or(CompileError::NoCodeMemory)?;
        let site = Site {
            snapshot: record.snapshot.unwrap_or(0),
            places: record.places.clone(),
        };
        let stub_offset = record.stub_offset;
        let address = self.arena.next_address();
        let (bytes, patch) = x64::write_snapshot_and_jump(
            address,
            self.features(),
            &compiled.trace,
            &site,
            self.inner.vm as usize,
            target,
        )?;
        let offset = self.replace_stub(stub_offset, &bytes)?;
        self.add_jumps(offset, &[patch]);
        Ok(())
    }
}

fn write_perf_map(address: usize, size: usize, number: usize) {
    use std::io::Write;
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    if let Ok(mut file) = file {
        // A map that cannot be written only costs names in the profile.
        let _ = writeln!(file, "{address:x} {size:x} trace_{number}");
    }
}
