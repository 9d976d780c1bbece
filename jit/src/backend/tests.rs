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

/// Slots 0 t, 1 s, 2 index, 3 limit, 4 step, 5 i.
const ARRAY_SUM: &str = "\
trace 1 at 0x0 link loop
0000 value       slot_load #2
snapshot 0 pc 0x0 []
0001 number      unbox 0000 > 0
0002 integer     num_to_int 0001 > 0
0003 value       slot_load #3
0004 number      unbox 0003 > 0
0005 integer     num_to_int 0004 > 0
0006 integer     addov 0002 +1 > 0
0007 -           le 0006 0005 > 0
0008 value       slot_load #0
0009 table       unbox 0008 > 0
0010 pointer     load_field 0009 #table_body
0011 integer     load_field 0010 #array_length
0012 -           bounds 0006 0011 > 0
0013 value       load_element 0010 0006
0014 number      unbox 0013 > 0
0015 value       slot_load #1
0016 number      unbox 0015 > 0
0017 number      add 0016 0014
snapshot 1 pc 0x0 [1: 0017, 2: 0006, 5: 0006]
0018 -           loop
0019 integer     addi 0006 +1
0020 -           le 0019 0005 > 1
0021 -           bounds 0019 0011 > 1
0022 value       load_element 0010 0019
0023 number      unbox 0022 > 1
0024 number      add 0017 0023
0025 integer     phi 0006 0019
0026 number      phi 0017 0024
snapshot 2 pc 0x0 [1: 0024, 2: 0019, 5: 0019]
";

#[test]
fn a_sum_of_array_elements() {
    let run = compare(
        "local t = {} do local k = 0 repeat k = k + 1 t[k] = k / 3 until k == 50 end \
         local function sum(t, s) for i = 1, 50 do s = s + t[i] end return s end \
         return sum(t, 0), sum(t, 1), pcall(sum, {1, 2, '3'}, 3), sum(t, 0.5)",
        &[ARRAY_SUM],
        &[],
    );
    assert!(
        run.listing.contains("+rcx*8+") || run.listing.contains("*8+30h]"),
        "{}",
        run.listing
    );
}

/// `repeat i = i + 1; t[i] = i until i == n`-like stores: slots 0 t, 1 index, 2 limit, 3 step, 4 i.
const STORES: &str = "\
trace 1 at 0x0 link loop
0000 value       slot_load #1
snapshot 0 pc 0x0 []
0001 number      unbox 0000 > 0
0002 integer     num_to_int 0001 > 0
0003 value       slot_load #2
0004 number      unbox 0003 > 0
0005 integer     num_to_int 0004 > 0
0006 value       slot_load #0
0007 table       unbox 0006 > 0
0008 pointer     load_field 0007 #table_body
0009 integer     load_field 0008 #array_length
0010 integer     addi 0002 +1
0011 -           le 0010 0005 > 0
0012 -           bounds 0010 0009 > 0
0013 -           store_element 0008 0010 0007
snapshot 1 pc 0x0 [1: 0010, 4: 0010]
0014 -           loop
0015 integer     addi 0010 +1
0016 -           le 0015 0005 > 1
0017 -           bounds 0015 0009 > 1
0018 -           store_element 0008 0015 0007
0019 integer     phi 0010 0015
snapshot 2 pc 0x0 [1: 0015, 4: 0015]
";

#[test]
fn stores_with_their_barrier() {
    let program = "local t = {} for i = 1, 30 do t[i] = {} end \
        local function fill(t) for i = 1, 30 do t[i] = t end end \
        collectgarbage('setpause', 100) for i = 1, 20 do fill(t) \
        for k = 1, 30 do t[k] = {k} end collectgarbage('step', 1) end fill(t) collectgarbage() \
        local n = 0 for k = 1, 30 do if t[k] == t then n = n + 1 end end return n";
    // The first hot loop is one that this trace does not describe exactly, unless it is `fill`'s: count passes so that it is.
    let program = program.replace(
        "for i = 1, 30 do t[i] = {} end",
        "t[1] = 1 t[2] = 2 t[3] = 3",
    );
    let program = program.replace("1, 30", "1, 3");
    compare_if_entered(&program, &[STORES]);
}

/// As [`compare`], where the loop may be another one: only results are compared.
fn compare_if_entered(program: &str, traces: &[&str]) {
    let wanted = interpreted(program);
    for options in variants() {
        let run = run_with(program, traces, &[], options);
        assert_eq!(run.results, wanted, "{options:?}\n{}", run.listing);
    }
}

/// Integer operations in a loop: slots 0 s, 1 index, 2 limit, 3 step, 4 i.
const BITS: &str = "\
trace 1 at 0x0 link loop
0000 value       slot_load #1
snapshot 0 pc 0x0 []
0001 number      unbox 0000 > 0
0002 integer     num_to_int 0001 > 0
0003 value       slot_load #2
0004 number      unbox 0003 > 0
0005 integer     num_to_int 0004 > 0
0006 value       slot_load #0
0007 number      unbox 0006 > 0
0008 integer     num_to_bits 0007
0009 integer     addi 0002 +1
0010 -           le 0009 0005 > 0
0011 integer     shl 0009 +3
0012 integer     bxor 0008 0011
0013 integer     rol 0012 0009
0014 integer     bnot 0013
0015 integer     subi 0014 0009
0016 integer     sar 0015 0009
0017 integer     shr 0015 0009
0018 integer     bor 0016 0017
0019 integer     bswap 0018
0020 integer     band 0019 +16777215
0021 integer     bxor 0020 0013
snapshot 1 pc 0x0 [0: 0021, 1: 0009, 4: 0009]
0022 -           loop
0023 integer     addi 0009 +1
0024 -           le 0023 0005 > 1
0025 integer     shl 0023 +3
0026 integer     bxor 0021 0025
0027 integer     rol 0026 0023
0028 integer     bnot 0027
0029 integer     subi 0028 0023
0030 integer     sar 0029 0023
0031 integer     shr 0029 0023
0032 integer     bor 0030 0031
0033 integer     bswap 0032
0034 integer     band 0033 +16777215
0035 integer     bxor 0034 0027
0036 integer     phi 0009 0023
0037 integer     phi 0021 0035
snapshot 2 pc 0x0 [0: 0035, 1: 0023, 4: 0023]
";

#[test]
fn bit_operations() {
    compare(
        "local s = 12345 for i = 1, 1000 do \
         local a = bit.rol(bit.bxor(s, bit.lshift(i, 3)), i) local b = bit.tobit(bit.bnot(a) - i) \
         s = bit.bxor(bit.band(bit.bswap(bit.bor(bit.arshift(b, i), bit.rshift(b, i))), 16777215), a) end return s",
        &[BITS],
        &[],
    );
}

/// Thirty numbers that live across the whole pass: more than there are registers. Slots as in [`SUM`].
#[test]
fn more_values_than_registers() {
    use std::fmt::Write;
    let mut text = String::from(
        "trace 1 at 0x0 link loop\n\
         0000 value       slot_load #1\nsnapshot 0 pc 0x0 []\n0001 number      unbox 0000 > 0\n\
         0002 value       slot_load #2\n0003 number      unbox 0002 > 0\n\
         0004 number      add 0001 1.0\n0005 -           le 0004 0003 > 0\n\
         0006 value       slot_load #0\n0007 number      unbox 0006 > 0\n",
    );
    // Invariant values, all used in the loop.
    for k in 0..30 {
        let _ = writeln!(text, "{:04} number      mul 0003 {}.0", 8 + k, k + 1);
    }
    // 0038: the first pass does what the loop does.
    let pass = |text: &mut String, from: usize, sum: usize, index: usize| {
        let mut last = sum;
        for k in 0..30 {
            let _ = writeln!(
                text,
                "{:04} number      sub {:04} {:04}",
                from + 2 * k,
                8 + k,
                index
            );
            let _ = writeln!(
                text,
                "{:04} number      add {:04} {:04}",
                from + 2 * k + 1,
                last,
                from + 2 * k
            );
            last = from + 2 * k + 1;
        }
        last
    };
    let first = pass(&mut text, 38, 7, 4);
    let _ = writeln!(text, "snapshot 1 pc 0x0 [0: {first:04}, 1: 0004, 4: 0004]");
    let _ = writeln!(
        text,
        "0098 -           loop\n0099 number      add 0004 1.0\n0100 -           le 0099 0003 > 1"
    );
    let second = pass(&mut text, 101, first, 99);
    let _ = writeln!(
        text,
        "0161 number      phi 0004 0099\n0162 number      phi {first:04} {second:04}"
    );
    let _ = writeln!(text, "snapshot 2 pc 0x0 [0: {second:04}, 1: 0099, 4: 0099]");
    let mut terms = String::new();
    for k in 1..=30 {
        let _ = write!(terms, " s = s + (n * {k} - i)");
    }
    let program = format!(
        "local s = 0 local function f(s, n) for i = 1, n do {terms} end return s end return f(0, 500)"
    );
    let text = text
        .replace("slot_load #2", "slot_load #3")
        .replace("slot_load #1", "slot_load #2");
    let text = text
        .replace("1: 0004, 4: 0004", "2: 0004, 5: 0004")
        .replace("1: 0099, 4: 0099", "2: 0099, 5: 0099");
    compare(&program, &[&text], &[]);
}

/// The sum leaves at every tenth pass; a side trace does that pass and goes back.
#[test]
fn side_traces_are_attached() {
    let root = "\
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
0008 number      mod 0004 10.0
0009 -           ne 0008 0.0 > 0
0010 number      add 0007 0004
snapshot 1 pc 0x0 [0: 0010, 1: 0004, 4: 0004]
0011 -           loop
0012 number      add 0004 1.0
0013 -           le 0012 0003 > 1
0014 number      mod 0012 10.0
snapshot 2 pc 0x0 [0: 0010, 1: 0004, 4: 0004]
0015 -           ne 0014 0.0 > 2
0016 number      add 0010 0012
0017 number      phi 0004 0012
0018 number      phi 0010 0016
snapshot 3 pc 0x0 [0: 0016, 1: 0012, 4: 0012]
";
    let side = "\
trace 2 at 0x0 link trace:1 parent 1:2
0000 value       slot_load #1
snapshot 0 pc 0x0 []
0001 number      unbox 0000 known > 0
0002 value       slot_load #2
0003 number      unbox 0002 > 0
0004 number      add 0001 1.0
0005 -           le 0004 0003 > 0
0006 number      mod 0004 10.0
0007 -           eq 0006 0.0 > 0
0008 value       slot_load #0
0009 number      unbox 0008 known > 0
0010 number      sub 0009 0004
snapshot 1 pc 0x0 [0: 0010, 1: 0004, 4: 0004]
";
    let program = "local s = 0 for i = 1, 10000 do \
        if i % 10 ~= 0 then s = s + i else s = s - i end end return s";
    let alone = compare(program, &[root], &[]);
    assert!(alone.exits.len() > 900, "every tenth pass leaves");
    let attached = compare(program, &[root], &[(1, 2, side)]);
    assert!(attached.exits.len() < 10, "{:?}", attached.exits);
}

/// An endless loop in machine code stops when it is interrupted from another thread.
#[test]
fn interrupts_leave_loops() {
    let mut vm = Vm::new();
    assert!(rlove_vm::library::open_all(&mut vm).is_ok());
    let machine = Machine::new(&raw const *vm).expect("Linux on x86-64");
    let shared = Rc::new(RefCell::new(Shared {
        machine,
        listings: vec![SUM.to_owned()],
        pc: 0,
        exits: Vec::new(),
        sides: Vec::new(),
    }));
    vm.install_tracer(Box::new(Replay(Rc::clone(&shared))));
    let Ok(function) = vm.load_source(b"local s = 0 for i = 1, 1e300 do s = s + i end", b"=test")
    else {
        panic!("the program compiles");
    };
    let interrupt = vm.interrupt_handle();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        interrupt.request("enough");
    });
    assert!(vm.call_function(function, &[]).is_err());
    thread.join().expect("the other thread ends");
    let message = format!("{:?}", vm.take_error());
    assert!(message.contains("enough"), "{message}");
    // The loop runs again afterwards.
    let wanted = interpreted("local s = 0 for i = 1, 1000 do s = s + i end return s");
    let Ok(function) = vm.load_source(
        b"local s = 0 for i = 1, 1000 do s = s + i end return s",
        b"=test",
    ) else {
        panic!("the program compiles");
    };
    let Ok(results) = vm.call_function(function, &[]) else {
        panic!("the interrupt is over");
    };
    assert_eq!(format!("{:?}", results[0]), wanted[0]);
    vm.remove_tracer();
}

/// A constant as first operand, in the scratch register, where the result takes the second operand's register.
#[test]
fn constants_as_first_operands() {
    let text = SUM
        .replace(
            "0008 number      add 0007 0004",
            "0008 number      sub 3.0 0007",
        )
        .replace(
            "0012 number      add 0008 0010",
            "0012 number      sub 3.0 0008",
        );
    compare(
        "local s = 1 for i = 1, 1001 do s = 3 - s end return s",
        &[&text],
        &[],
    );
}
