//! Hand-written traces, compiled and run in a real virtual machine.
//!
//! A [`Replay`] tracer stands in for recorder and optimiser: when a loop gets hot it compiles the listing that the test gave, with the
//! loop's address for `0x0`, and installs it. What the program prints then must be what the interpreter alone makes of it.

use super::{Machine, Options};
use crate::ir::{self, Trace};
use rlove_vm::interpreter::Handler;
use rlove_vm::seams::{CodeInterrupter, Tracer, TracerRequest};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// Helpers for the tests' traces.
static HELPERS: &[ir::Helper] = &[];

struct Shared {
    machine: Machine,
    /// The listings to install, at the first loops that get hot.
    listings: Vec<String>,
    pc: usize,
    exits: Vec<(u32, u32)>,
    sides: Vec<(u32, u32, String)>,
}

struct Replay(Rc<RefCell<Shared>>);

fn at(text: &str, pc: usize, heap: &rlove_vm::heap::Heap) -> Trace {
    let _ = heap;
    let mut trace = ir::text::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    trace.start_pc += pc;
    for snapshot in &mut trace.snapshots {
        snapshot.pc += pc;
    }
    ir::verify::verify(&trace).unwrap_or_else(|error| panic!("{error}\n{text}"));
    trace
}

impl Tracer for Replay {
    fn hot(&mut self, _vm: &Vm, _pc: *const u32, _base: *const Value) -> TracerRequest {
        if self.0.borrow().listings.is_empty() {
            return TracerRequest::Continue;
        }
        TracerRequest::Record
    }
    fn before_instruction(
        &mut self,
        vm: &Vm,
        pc: *const u32,
        _base: *const Value,
    ) -> TracerRequest {
        let mut shared = self.0.borrow_mut();
        let listing = shared.listings.remove(0);
        let trace = at(&listing, pc as usize, &vm.heap);
        let number = trace.number;
        shared.pc = pc as usize;
        shared
            .machine
            .compile(trace, HELPERS)
            .expect("the trace compiles");
        for (parent, exit, text) in std::mem::take(&mut shared.sides) {
            let side = at(&text, pc as usize, &vm.heap);
            let number = side.number;
            shared
                .machine
                .compile(side, HELPERS)
                .expect("the side trace compiles");
            shared.machine.attach_side(parent, exit, number);
        }
        TracerRequest::Done { trace: number }
    }
    fn exited(
        &mut self,
        _vm: &Vm,
        trace: u32,
        exit: u32,
        _pc: *const u32,
        _base: *const Value,
    ) -> TracerRequest {
        self.0.borrow_mut().exits.push((trace, exit));
        TracerRequest::Continue
    }
    fn mark_roots(&self, visit: &mut dyn FnMut(Value)) {
        self.0.borrow().machine.visit_roots(visit);
    }
    fn flush(&mut self) {
        self.0.borrow_mut().machine.free_all();
    }
    fn trace_handler(&self) -> Option<Handler> {
        Some(Machine::entry_handler())
    }
    fn code_interrupter(&self) -> Option<CodeInterrupter> {
        Some(self.0.borrow().machine.interrupter())
    }
}

/// The values that a program returns, and the exits that were taken.
struct Run {
    results: Vec<String>,
    exits: Vec<(u32, u32)>,
    listing: String,
    forced: usize,
}

fn variants() -> Vec<Options> {
    let plain = Options::default();
    vec![
        plain,
        Options {
            few_registers: true,
            ..plain
        },
        Options {
            baseline_only: true,
            ..plain
        },
        Options {
            forced_exit_pass: 3,
            ..plain
        },
    ]
}

fn run_with(program: &str, traces: &[&str], sides: &[(u32, u32, &str)], options: Options) -> Run {
    let mut vm = Vm::new();
    assert!(rlove_vm::library::open_all(&mut vm).is_ok());
    let mut machine = Machine::new(&raw const *vm).expect("Linux on x86-64");
    machine.options = options;
    let shared = Rc::new(RefCell::new(Shared {
        machine,
        listings: traces.iter().map(|text| (*text).to_owned()).collect(),
        pc: 0,
        exits: Vec::new(),
        sides: sides
            .iter()
            .map(|(parent, exit, text)| (*parent, *exit, (*text).to_owned()))
            .collect(),
    }));
    vm.install_tracer(Box::new(Replay(Rc::clone(&shared))));
    let function = vm
        .load_source(program.as_bytes(), b"=test")
        .unwrap_or_else(|_| panic!("{program}"));
    let results = vm
        .call_function(function, &[])
        .unwrap_or_else(|_| panic!("{:?}", vm.take_error()));
    let results = results.iter().map(|value| format!("{value:?}")).collect();
    let listing = shared.borrow().machine.listing(1).unwrap_or_default();
    let forced = shared.borrow().machine.forced_guards();
    vm.remove_tracer();
    let exits = shared.borrow().exits.clone();
    Run {
        results,
        exits,
        listing,
        forced,
    }
}

fn interpreted(program: &str) -> Vec<String> {
    let mut vm = Vm::new();
    assert!(rlove_vm::library::open_all(&mut vm).is_ok());
    let function = vm
        .load_source(program.as_bytes(), b"=test")
        .unwrap_or_else(|_| panic!("{program}"));
    vm.call_function(function, &[])
        .unwrap_or_else(|_| panic!("{:?}", vm.take_error()))
        .iter()
        .map(|value| format!("{value:?}"))
        .collect()
}

/// Runs in every variant; the plain one's run.
fn compare(program: &str, traces: &[&str], sides: &[(u32, u32, &str)]) -> Run {
    let wanted = interpreted(program);
    let mut first = None;
    for options in variants() {
        let run = run_with(program, traces, sides, options);
        assert_eq!(run.results, wanted, "{options:?}\n{}", run.listing);
        assert!(
            !run.exits.is_empty(),
            "{options:?}: the trace was never entered"
        );
        if options.forced_exit_pass != 0 {
            assert!(run.forced > 0);
            assert!(run.exits.len() > 1, "no guard was forced");
        }
        first.get_or_insert(run);
    }
    first.expect("there are variants")
}

/// `for i = 1, n do s = s + i end` with slots 0 s, 1 index, 2 limit, 3 step, 4 i.
const SUM: &str = "\
trace 1 at 0x0 link loop
0000 value       slot_load #1
snapshot 0 pc 0x0 []
0001 number      unbox 0000 > 0
0002 value       slot_load #2
0003 number      unbox 0002 > 0
0004 number      add 0001 1.0
0005 -           le 0004 0003 > 0
0006 value       slot_load #0
0007 number      unbox 0006 > 0
0008 number      add 0007 0004
snapshot 1 pc 0x0 [0: 0008, 1: 0004, 4: 0004]
0009 -           loop
0010 number      add 0004 1.0
0011 -           le 0010 0003 > 1
0012 number      add 0008 0010
0013 number      phi 0004 0010
0014 number      phi 0008 0012
snapshot 2 pc 0x0 [0: 0012, 1: 0010, 4: 0010]
";

#[test]
fn a_sum_of_numbers() {
    let run = compare(
        "local s = 0 for i = 1, 100000 do s = s + i end return s",
        &[SUM],
        &[],
    );
    assert!(run.exits.len() < 5, "{:?}", run.exits);
    // The pass: two additions, a comparison, at most one move and padding, a jump.
    let lines: Vec<&str> = run.listing.lines().collect();
    let last = lines
        .iter()
        .position(|line| line.contains("jmp"))
        .expect("a back edge");
    let first = lines
        .iter()
        .rposition(|line| line.contains("jb") && line.contains("exit 1"))
        .expect("a guard");
    assert!(last - first <= 4, "{}", run.listing);
    assert!(
        lines[first - 2].contains("vaddsd") && lines[first + 1].contains("vaddsd"),
        "{}",
        run.listing
    );
}
