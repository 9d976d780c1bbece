//! The driver: what is hot is recorded, optimised and compiled; what fails is tried again later.
//!
//! ```text
//! hot counter ──► hot ──► before_instruction … ──► finish: optimise, compile ──► Done (a root trace replaces its instruction)
//! exit         ──► exited ──► before_instruction … ──► finish                  ──► DoneSide (attached to the exit)
//! ```
//! The driver is the [`Tracer`] of a virtual machine. It owns the traces' records (where they start, what their exits restore, which
//! objects they keep alive), counts exits, and remembers places that could not be compiled: each failure doubles the number of times
//! that the place must get hot again before the next try, and success or a flush forgets it. Nothing is given up for ever.
//!
//! A call that cannot be recorded ends its trace. The interpreter does the call; once that has happened often, what follows the call
//! becomes a root trace of its own, which starts at the first instruction behind it that can be replaced ([`Waiting`]).
//!
//! Worked example: with `hotloop=56` the 56th pass of a loop starts a recording; its trace's end guard fails at the end of the loop;
//! if that happens `hotexit` times, what follows the loop is recorded as a side trace of that exit.
//!
//! Invariants: trace numbers are never used twice between two flushes; a record's roots are visited by every collection.
//!
//! What this module does not do: know instructions (`recorder`), change IR (`optimise`), know processors (`backend`).

use crate::backend::Machine;
pub use crate::display::Display;
use crate::helpers::helpers;
use crate::ir::{Constant, Link, NO_SNAPSHOT, Operation, Trace, Type, text, verify};
use crate::optimise::{self, Outcome, Passes};
use crate::recorder::abort::AbortReason;
use crate::recorder::{EntryState, Limits, LivenessCache, Progress, Recorder, view};
use rlove_vm::bytecode::Opcode;
use rlove_vm::interpreter::Handler;
use rlove_vm::library::jit_control::{JitSettings, PARAMETERS, PASSES};
use rlove_vm::seams::{Abandoned, CodeInterrupter, Tracer, TracerRequest};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Installs the trace compiler. False: this processor has no back end, the interpreter goes on alone.
pub fn install(vm: &mut Vm, display: Display) -> bool {
    let Some(machine) = Machine::new(vm) else {
        return false;
    };
    let names = [
        "nil", "boolean", "number", "string", "table", "function", "userdata", "thread", "cdata",
    ]
    .map(|name| (name, vm.new_string(name.as_bytes())));
    let driver = Driver {
        machine,
        display,
        recording: None,
        waiting: None,
        liveness: Some(LivenessCache::default()),
        traces: FxHashMap::default(),
        next_number: 1,
        places: FxHashMap::default(),
        exits: FxHashMap::default(),
        names: Rc::new(names.to_vec()),
    };
    vm.install_tracer(Box::new(driver));
    true
}

/// A recording and what it is for.
struct Recording {
    recorder: Recorder,
    start_pc: usize,
    parent: Option<(u32, u32)>,
    /// Passes recorded behind the first.
    unrolled: i32,
}

/// A call that no trace does is about to run; the recording begins when the interpreter comes back from it.
struct Waiting {
    /// The exit in front of the call.
    exit: (u32, u32),
    /// Where the recording begins.
    pc: usize,
    /// The coroutine, and the offset of its frame in its stack in bytes.
    thread: usize,
    base_offset: usize,
    /// Instructions to wait at most: the call may run Lua code, or never return.
    patience: u32,
}

/// Instructions that a call may run before its recording is given up.
const MOST_PATIENCE: u32 = 20_000;
/// Failures behind a call after which the exit in front of it is left alone.
const MOST_FAILURES_BEHIND_CALL: u32 = 3;

/// What the driver keeps of a trace.
struct TraceRecord {
    root: u32,
    exits: Vec<ExitRecord>,
    side_traces: u32,
    roots: Vec<u64>,
}

/// What an exit restores.
struct ExitRecord {
    state: EntryState,
    /// The guard that leaves is a safe point, which comes back at once, or the end of the trace in front of a call that cannot be
    /// recorded.
    is_final: bool,
    /// It is final because a call comes that cannot be recorded.
    is_before_call: bool,
}

#[derive(Default)]
struct ExitCount {
    taken: u32,
    failures: u32,
    is_done: bool,
}

/// A place whose recording failed.
#[derive(Default)]
struct FailedPlace {
    failures: u32,
    /// Times to ignore that it is hot.
    ignored: u32,
}

/// The trace compiler of one virtual machine.
struct Driver {
    machine: Machine,
    display: Display,
    recording: Option<Recording>,
    waiting: Option<Waiting>,
    liveness: Option<LivenessCache>,
    traces: FxHashMap<u32, TraceRecord>,
    next_number: u32,
    places: FxHashMap<usize, FailedPlace>,
    exits: FxHashMap<(u32, u32), ExitCount>,
    names: Rc<Vec<(&'static str, Value)>>,
}

/// Exits of a root that has all its side traces, between two looks whether there is room again.
const FULL_ROOT_WAIT: u32 = 10_000;

/// Doublings of the wait after a failure.
const MOST_DOUBLINGS: u32 = 10;

fn settings(vm: &Vm) -> JitSettings {
    vm.extensions
        .get::<JitSettings>()
        .cloned()
        .unwrap_or_default()
}

fn parameter(settings: &JitSettings, name: &str) -> i32 {
    PARAMETERS
        .iter()
        .position(|(known, _)| *known == name)
        .map_or(0, |index| settings.parameters[index])
}

fn passes_of(settings: &JitSettings) -> Passes {
    let mut passes = Passes::ALL;
    for (name, &is_on) in PASSES.iter().zip(&settings.passes) {
        passes.set(name, is_on);
    }
    passes
}

/// `file:line` of an instruction in the running function.
fn place_name(vm: &Vm, pc: usize, base: usize) -> String {
    let prototype = view::value_at(base - 16)
        .as_function()
        .and_then(view::prototype_of)
        .map(view::PrototypeView::of);
    let Some(prototype) = prototype else {
        return "?".to_owned();
    };
    let compiled = &prototype.data().compiled;
    let name = String::from_utf8_lossy(&compiled.chunk_name).into_owned();
    let name = name.trim_start_matches(['@', '=']).to_owned();
    let name = name.lines().next().unwrap_or("").to_owned();
    let _ = vm;
    let index = pc.wrapping_sub(prototype.code) / 4;
    match compiled.lines.get(index) {
        Some(line) => format!("{name}:{line}"),
        None => name,
    }
}

impl Driver {
    fn begin(
        &mut self,
        vm: &Vm,
        pc: usize,
        base: usize,
        parent: Option<(u32, u32)>,
    ) -> TracerRequest {
        let settings = settings(vm);
        if !settings.is_on || self.recording.is_some() || self.waiting.is_some() {
            return TracerRequest::Continue;
        }
        if self.traces.len() as i32 >= parameter(&settings, "maxtrace") {
            return TracerRequest::Continue;
        }
        let at_least_one = |name: &str| parameter(&settings, name).max(1) as usize;
        let limits = Limits {
            instructions: at_least_one("maxrecord"),
            constants: at_least_one("maxirconst"),
            snapshots: at_least_one("maxsnap"),
            loop_unroll: parameter(&settings, "loopunroll"),
            call_unroll: parameter(&settings, "callunroll"),
            recursion_unroll: parameter(&settings, "recunroll"),
        };
        let liveness = self.liveness.take().unwrap_or_default();
        let names = self.names.clone();
        let number = self.next_number;
        let started = Recorder::start(vm, number, pc, base, limits, liveness, names);
        let mut recorder = match started {
            Ok(recorder) => recorder,
            Err((reason, liveness)) => {
                self.liveness = Some(liveness);
                self.failed(pc, parent, reason);
                return TracerRequest::Continue;
            }
        };
        if let Some((trace, exit)) = parent
            && let Some(record) = self.traces.get(&trace)
            && let Some(exit) = record.exits.get(exit as usize)
        {
            recorder.continue_from(parent.unwrap_or_default(), &exit.state);
        }
        self.recording = Some(Recording {
            recorder,
            start_pc: pc,
            parent,
            unrolled: 0,
        });
        TracerRequest::Record
    }
    /// The exit in front of a call was taken often: waits for the call to be over.
    fn wait_behind_call(
        &mut self,
        vm: &Vm,
        pc: usize,
        base: usize,
        exit: (u32, u32),
    ) -> Option<TracerRequest> {
        let mut instruction = view::Instr::read(vm, pc)?;
        // The results may only be taken by an instruction that the trace can do without knowing their number.
        if instruction.opcode != Opcode::Call || instruction.b == 0 {
            return None;
        }
        loop {
            let next = instruction.next();
            instruction = view::Instr::read(vm, next)?;
            if view::trace_at(vm, next).is_some() {
                return None;
            }
            if instruction.opcode.can_be_replaced() {
                break;
            }
            if !instruction.opcode.falls_through() {
                return None;
            }
        }
        self.waiting = Some(Waiting {
            exit,
            pc: instruction.pc,
            thread: vm.running_thread() as usize,
            base_offset: base - view::stack_of(vm),
            patience: MOST_PATIENCE,
        });
        Some(TracerRequest::Record)
    }
    /// Whether the interpreter has come back from the call: then the recording begins with this instruction.
    fn is_behind_call(&mut self, vm: &Vm, pc: usize, base: usize) -> Option<TracerRequest> {
        let waiting = self.waiting.as_mut()?;
        let is_there = pc == waiting.pc
            && vm.running_thread() as usize == waiting.thread
            && base - view::stack_of(vm) == waiting.base_offset;
        if !is_there {
            waiting.patience -= 1;
            if waiting.patience > 0 {
                return Some(TracerRequest::Continue);
            }
        }
        let exit = waiting.exit;
        self.waiting = None;
        let count = self.exits.entry(exit).or_default();
        count.failures += 1;
        if !is_there || self.begin(vm, pc, base, None) != TracerRequest::Record {
            return Some(TracerRequest::Abort {
                reason: AbortReason::Builtin as u32,
            });
        }
        if let Some(recording) = &mut self.recording {
            recording.recorder.is_side = true;
        }
        None
    }
    /// Notes a failure, so that the place waits longer for its next try.
    fn failed(&mut self, pc: usize, parent: Option<(u32, u32)>, reason: AbortReason) {
        if let Some(exit) = parent {
            let count = self.exits.entry(exit).or_default();
            count.failures += 1;
            count.taken = 0;
            return;
        }
        let place = self.places.entry(pc).or_default();
        // That an inner loop was not compiled yet mends itself soon.
        let step = if reason == AbortReason::InnerLoop && place.failures > 2 {
            0
        } else {
            1
        };
        place.failures = (place.failures + step).min(MOST_DOUBLINGS);
        place.ignored = (1 << place.failures) >> 1;
    }
    fn abort(&mut self, vm: &Vm, reason: AbortReason, at: Option<(usize, usize)>) -> TracerRequest {
        if let Some(recording) = self.recording.take() {
            let start_pc = recording.start_pc;
            let parent = recording.parent;
            let (trace, liveness) = recording.recorder.into_parts();
            self.liveness = Some(liveness);
            self.failed(start_pc, parent, reason);
            if self.display.events {
                let place = at.map_or_else(String::new, |(pc, base)| {
                    format!(" at {}", place_name(vm, pc, base))
                });
                let from =
                    parent.map_or_else(String::new, |(trace, exit)| format!(" ({trace}/{exit})"));
                eprintln!(
                    "[TRACE ---{from} {} -- {}{place}]",
                    start_name(&trace),
                    reason.text(),
                );
            }
        }
        TracerRequest::Abort {
            reason: reason as u32,
        }
    }
    /// The recording is complete.
    fn finish(&mut self, vm: &Vm) -> Result<TracerRequest, AbortReason> {
        let Some(recording) = self.recording.as_mut() else {
            return Ok(TracerRequest::Continue);
        };
        let mut trace = recording.recorder.trace.clone();
        if self.display.ir {
            eprintln!("{}", text::print_with(&trace, helpers()));
        }
        if cfg!(debug_assertions)
            && let Err(error) = verify::verify(&trace)
        {
            panic!("recorded IR: {error}\n{}", text::print(&trace));
        }
        let mut roots = roots_of(&trace);
        let settings = settings(vm);
        let unroll = parameter(&settings, "instunroll");
        match optimise::optimise(&mut trace, helpers(), &passes_of(&settings)) {
            Ok(Outcome::Done) => {}
            // After a few passes a loop whose state changes is taken as it is: it goes round through memory, and the pass that
            // differs grows from an exit.
            Ok(Outcome::Unstable) if recording.unrolled >= unroll => {}
            Ok(Outcome::Unstable) | Err(_) => return Err(AbortReason::UnstableTypes),
        }
        if self.display.optimised || self.display.snapshots {
            eprintln!("{}", text::print_with(&trace, helpers()));
        }
        if cfg!(debug_assertions)
            && let Err(error) = verify::verify(&trace)
        {
            panic!("optimised IR: {error}\n{}", text::print(&trace));
        }
        roots.extend(roots_of(&trace));
        let number = trace.number;
        let parent = recording.parent;
        let exits = exits_of(&trace);
        let link = trace.link;
        if let Err(error) = self.machine.compile(trace, helpers()) {
            if self.display.events {
                eprintln!("[TRACE {number} not compiled: {error:?}]");
            }
            return Err(AbortReason::NoMachineCode);
        }
        self.next_number += 1;
        let root = parent
            .and_then(|(trace, _)| self.traces.get(&trace))
            .map_or(number, |record| record.root);
        self.traces.insert(
            number,
            TraceRecord {
                root,
                exits,
                side_traces: 0,
                roots,
            },
        );
        if self.display.assembly
            && let Some(listing) = self.machine.listing(number)
        {
            eprintln!("{listing}");
        }
        Ok(self.installed(number, parent, link))
    }
    /// A loop whose state changes from pass to pass: another pass is recorded behind the first, which often makes a period.
    fn unroll(&mut self, vm: &Vm, pc: usize, base: usize) -> TracerRequest {
        let most = parameter(&settings(vm), "instunroll");
        let progress = match self.recording.as_mut() {
            Some(recording)
                if recording.unrolled < most && recording.recorder.trace.link == Link::Loop =>
            {
                recording.unrolled += 1;
                recording.recorder.unroll(vm, pc, base)
            }
            _ => Progress::Aborted(AbortReason::UnstableTypes),
        };
        match progress {
            Progress::Aborted(reason) => self.abort(vm, reason, Some((pc, base))),
            _ => TracerRequest::Continue,
        }
    }
    fn installed(&mut self, number: u32, parent: Option<(u32, u32)>, link: Link) -> TracerRequest {
        let Some(recording) = self.recording.take() else {
            return TracerRequest::Continue;
        };
        let start_pc = recording.start_pc;
        let (trace, liveness) = recording.recorder.into_parts();
        self.liveness = Some(liveness);
        if self.display.events {
            let from =
                parent.map_or_else(String::new, |(trace, exit)| format!(" ({trace}/{exit})"));
            let link = match link {
                Link::Loop => "loop".to_owned(),
                Link::Trace(other) if other == number => "up-recursion".to_owned(),
                Link::Trace(other) => format!("-> {other}"),
                _ => "-> interpreter".to_owned(),
            };
            eprintln!("[TRACE {number:3}{from} {} {link}]", start_name(&trace));
        }
        let Some((trace, exit)) = parent else {
            self.places.remove(&start_pc);
            return TracerRequest::Done { trace: number };
        };
        self.machine.attach_side(trace, exit, number);
        self.exits.entry((trace, exit)).or_default().is_done = true;
        if let Some(root) = self.traces.get(&trace).map(|record| record.root)
            && let Some(record) = self.traces.get_mut(&root)
        {
            record.side_traces += 1;
        }
        TracerRequest::DoneSide
    }
}

/// Where a trace starts, for events: the address of its bytecode in lack of a frame.
fn start_name(trace: &Trace) -> String {
    let root = trace
        .roots
        .first()
        .and_then(|&bits| Value::from_bits(bits).as_heap());
    match root {
        Some(prototype) => {
            let prototype = view::PrototypeView::of(prototype.cast());
            let compiled = &prototype.data().compiled;
            let name = String::from_utf8_lossy(&compiled.chunk_name).into_owned();
            let name = name.trim_start_matches(['@', '=']).to_owned();
            let name = name.lines().next().unwrap_or("").to_owned();
            let index = trace.start_pc.wrapping_sub(prototype.code) / 4;
            match compiled.lines.get(index) {
                Some(line) => format!("{name}:{line}"),
                None => name,
            }
        }
        None => format!("{:#x}", trace.start_pc),
    }
}

fn roots_of(trace: &Trace) -> Vec<u64> {
    let constants = trace
        .constants
        .iter()
        .filter_map(|constant| match constant {
            Constant::Word(bits) if Value::from_bits(*bits).is_heap() => Some(*bits),
            _ => None,
        });
    constants.chain(trace.roots.iter().copied()).collect()
}

/// What each exit leaves in the slots, counted from the base of the frame that it goes on in.
fn exits_of(trace: &Trace) -> Vec<ExitRecord> {
    // A stack that is too small grows in the interpreter; a collection comes back at once. Only where nothing else leaves by the same
    // snapshot is that all there is to the exit.
    let mut is_final = vec![false; trace.snapshots.len()];
    let is_passing = |operation| matches!(operation, Operation::SafePoint | Operation::StackCheck);
    let leaving = || {
        let instructions = trace.instructions.iter();
        instructions.filter(|instruction| instruction.snapshot != NO_SNAPSHOT)
    };
    for instruction in leaving().filter(|instruction| is_passing(instruction.operation)) {
        is_final[instruction.snapshot as usize] = true;
    }
    for instruction in leaving().filter(|instruction| !is_passing(instruction.operation)) {
        is_final[instruction.snapshot as usize] = false;
    }
    let mut before_call = None;
    if trace.link == Link::Interpreter
        && let Some(last) = trace.snapshots.last()
        && let Some(opcode) = Opcode::from_word(view::code_word(last.pc))
        && matches!(
            opcode,
            Opcode::Call | Opcode::CallMultiple | Opcode::TailCall | Opcode::TailCallMultiple
        )
        && let Some(last) = is_final.last_mut()
    {
        *last = true;
        before_call = Some(trace.snapshots.len() - 1);
    }
    let mut records = Vec::new();
    for (index, (snapshot, is_final)) in trace.snapshots.iter().zip(is_final).enumerate() {
        let slots = snapshot
            .entries
            .iter()
            .map(|entry| {
                let ty = match trace.ty(entry.value) {
                    Type::Integer => Type::Number,
                    ty => ty,
                };
                (
                    entry.slot - snapshot.base_offset,
                    ty,
                    trace.constant_at(entry.value),
                )
            })
            .collect();
        records.push(ExitRecord {
            state: EntryState {
                slots,
                multiple_results: snapshot.multiple_results,
            },
            is_final,
            is_before_call: before_call == Some(index),
        });
    }
    records
}

impl Tracer for Driver {
    fn hot(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest {
        if let Some(place) = self.places.get_mut(&(pc as usize))
            && place.ignored > 0
        {
            place.ignored -= 1;
            return TracerRequest::Continue;
        }
        // A vararg function has another frame for each number of arguments: it is only recorded as part of its callers.
        let opcode = view::Instr::read(vm, pc as usize).map(|instruction| instruction.opcode);
        if opcode == Some(rlove_vm::bytecode::Opcode::FunctionHeaderVararg) {
            return TracerRequest::Continue;
        }
        self.begin(vm, pc as usize, base as usize, None)
    }
    fn before_instruction(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest {
        let (pc, base) = (pc as usize, base as usize);
        let mut answer = TracerRequest::Continue;
        if self.waiting.is_some() {
            match self.is_behind_call(vm, pc, base) {
                Some(request) => return request,
                None => answer = TracerRequest::RecordHere,
            }
        }
        let display = self.display.recording;
        let Some(recording) = self.recording.as_mut() else {
            return TracerRequest::Abort { reason: 0 };
        };
        if display && let Some(instruction) = view::Instr::read(vm, pc) {
            eprintln!(
                "  {} {} {} {} {}",
                place_name(vm, pc, base),
                instruction.opcode.mnemonic(),
                instruction.a,
                instruction.b,
                instruction.c
            );
        }
        // A mistake of ours must not take the program with it.
        let progress = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            recording.recorder.instruction(vm, pc, base)
        }))
        .unwrap_or(Progress::Aborted(AbortReason::StateMismatch));
        if answer == TracerRequest::RecordHere && !matches!(progress, Progress::Continue) {
            // The recording must go on for a place to be known.
            return self.abort(vm, AbortReason::Builtin, Some((pc, base)));
        }
        match progress {
            Progress::Continue => answer,
            Progress::Aborted(reason) => self.abort(vm, reason, Some((pc, base))),
            Progress::Finished => {
                let finished =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.finish(vm)))
                        .unwrap_or(Err(AbortReason::NoMachineCode));
                match finished {
                    Ok(request) => request,
                    Err(AbortReason::UnstableTypes) => self.unroll(vm, pc, base),
                    Err(reason) => self.abort(vm, reason, Some((pc, base))),
                }
            }
        }
    }
    fn exited(
        &mut self,
        vm: &Vm,
        trace: u32,
        exit: u32,
        pc: *const u32,
        base: *const Value,
    ) -> TracerRequest {
        if self.display.exits {
            let place = place_name(vm, pc as usize, base as usize);
            eprintln!("[EXIT {trace}/{exit} {place}]");
        }
        let Some(record) = self.traces.get(&trace) else {
            return TracerRequest::Continue;
        };
        let (is_final, is_before_call) = record
            .exits
            .get(exit as usize)
            .map_or((true, false), |exit| (exit.is_final, exit.is_before_call));
        let side_traces = self
            .traces
            .get(&record.root)
            .map_or(0, |root| root.side_traces);
        let count = self.exits.entry((trace, exit)).or_default();
        let is_left_alone =
            is_final && !(is_before_call && count.failures < MOST_FAILURES_BEHIND_CALL);
        if is_left_alone || count.is_done {
            if !self.display.exits {
                self.machine.make_plain(trace, exit);
            }
            return TracerRequest::Continue;
        }
        count.taken += 1;
        let settings = settings(vm);
        let needed = parameter(&settings, "hotexit").max(1) as u32;
        let wait = needed << count.failures.min(MOST_DOUBLINGS);
        let is_full = side_traces as i32 >= parameter(&settings, "maxside");
        if count.taken < wait || is_full {
            if !self.display.exits {
                let left = wait.saturating_sub(count.taken + 1);
                count.taken += left;
                let left = if is_full { FULL_ROOT_WAIT } else { left };
                self.machine.set_wait(trace, exit, left);
            }
            return TracerRequest::Continue;
        }
        count.taken = 0;
        let function = view::value_at(base as usize - 16);
        if vm.is_compilation_off(function) {
            return TracerRequest::Continue;
        }
        if is_before_call {
            let request = self.wait_behind_call(vm, pc as usize, base as usize, (trace, exit));
            return request.unwrap_or_else(|| {
                if let Some(count) = self.exits.get_mut(&(trace, exit)) {
                    count.failures = MOST_FAILURES_BEHIND_CALL;
                }
                TracerRequest::Continue
            });
        }
        self.begin(vm, pc as usize, base as usize, Some((trace, exit)))
    }
    fn abandoned(&mut self, reason: Abandoned) {
        let reason = match reason {
            Abandoned::Error => AbortReason::Error,
            Abandoned::NativeCall => AbortReason::NativeCall,
            Abandoned::Hook => AbortReason::Hook,
            Abandoned::Flush => AbortReason::Flush,
        };
        if let Some(waiting) = self.waiting.take() {
            self.exits.entry(waiting.exit).or_default().failures += 1;
        }
        if let Some(recording) = self.recording.take() {
            let (start_pc, parent) = (recording.start_pc, recording.parent);
            let (trace, liveness) = recording.recorder.into_parts();
            self.liveness = Some(liveness);
            self.failed(start_pc, parent, reason);
            if self.display.events {
                eprintln!("[TRACE --- {} -- {}]", start_name(&trace), reason.text());
            }
        }
    }
    fn mark_roots(&self, visit: &mut dyn FnMut(Value)) {
        for (_, name) in self.names.iter() {
            visit(*name);
        }
        for record in self.traces.values() {
            for &bits in &record.roots {
                visit(Value::from_bits(bits));
            }
        }
        if let Some(recording) = &self.recording {
            for bits in roots_of(&recording.recorder.trace) {
                visit(Value::from_bits(bits));
            }
        }
    }
    fn flush(&mut self) {
        if self.display.events && !self.traces.is_empty() {
            eprintln!("[TRACE flush]");
        }
        self.machine.free_all();
        self.traces.clear();
        self.exits.clear();
        self.places.clear();
    }
    fn trace_handler(&self) -> Option<Handler> {
        Some(Machine::entry_handler())
    }
    fn code_interrupter(&self) -> Option<CodeInterrupter> {
        Some(self.machine.interrupter())
    }
}
