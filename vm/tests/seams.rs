//! The seam to the trace compiler, with a double in its place: what is counted, what is shown while recording, and that
//! neither changes what programs answer.

use rlove_vm::bytecode::Opcode;
use rlove_vm::library;
use rlove_vm::seams::{Abandoned, Tracer, TracerRequest};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// What the double saw and how it answers.
#[derive(Default)]
struct Script {
    /// Opcodes that became hot.
    hot: Vec<Opcode>,
    /// Opcodes shown while recording.
    shown: Vec<Opcode>,
    abandoned: Vec<Abandoned>,
    flushed: usize,
    /// Whether `hot` asks for a recording.
    records: bool,
    /// Instructions until the recording ends; 0 for never.
    length: usize,
    /// Ends by an abort instead of a trace.
    aborts: bool,
    recorded: usize,
    traces: u32,
    roots: Vec<Value>,
    /// Counter value set after each hot counter, if any.
    penalty: Option<u16>,
    /// The values seen in the first register when hot.
    registers: Vec<Option<f64>>,
}

struct Double(Rc<RefCell<Script>>);

fn opcode_at(pc: *const u32) -> Opcode {
    // SAFETY: I8: the machine passes the address of an instruction.
    Opcode::from_word(unsafe { *pc }).expect("an instruction")
}

impl Tracer for Double {
    fn hot(&mut self, vm: &Vm, pc: *const u32, base: *const Value) -> TracerRequest {
        let mut script = self.0.borrow_mut();
        script.hot.push(opcode_at(pc));
        // SAFETY: I6: the machine passes the registers of the running frame.
        script.registers.push(unsafe { (*base).as_number() });
        if let Some(count) = script.penalty {
            vm.set_hot_count(pc, count);
        }
        if script.records {
            script.recorded = 0;
            TracerRequest::Record
        } else {
            TracerRequest::Continue
        }
    }
    fn before_instruction(&mut self, _: &Vm, pc: *const u32, _: *const Value) -> TracerRequest {
        let mut script = self.0.borrow_mut();
        script.shown.push(opcode_at(pc));
        script.recorded += 1;
        if script.length == 0 || script.recorded < script.length {
            return TracerRequest::Continue;
        }
        if script.aborts {
            return TracerRequest::Abort { reason: 1 };
        }
        script.traces += 1;
        TracerRequest::Done {
            trace: script.traces,
        }
    }
    fn abandoned(&mut self, reason: Abandoned) {
        self.0.borrow_mut().abandoned.push(reason);
    }
    fn mark_roots(&self, visit: &mut dyn FnMut(Value)) {
        self.0.borrow().roots.iter().for_each(|&value| visit(value));
    }
    fn flush(&mut self) {
        self.0.borrow_mut().flushed += 1;
    }
}

fn machine() -> Box<Vm> {
    let mut vm = Vm::new();
    library::open_all(&mut vm).expect("library");
    vm
}
fn traced() -> (Box<Vm>, Rc<RefCell<Script>>) {
    let mut vm = machine();
    let script: Rc<RefCell<Script>> = Rc::default();
    vm.install_tracer(Box::new(Double(script.clone())));
    (vm, script)
}
fn run(vm: &mut Vm, source: &str) -> String {
    let results = vm
        .load_source(source.as_bytes(), b"=test")
        .and_then(|function| vm.call_function(function, &[]));
    match results {
        Ok(results) => results
            .iter()
            .map(|&value| {
                vm.string_or_number_bytes(value).map_or_else(
                    || format!("{value:?}"),
                    |bytes| String::from_utf8_lossy(&bytes).into_owned(),
                )
            })
            .collect::<Vec<_>>()
            .join(" "),
        Err(_) => {
            let error = vm.take_error();
            let bytes = vm.string_or_number_bytes(error).unwrap_or_default();
            format!("ERROR {}", String::from_utf8_lossy(&bytes))
        }
    }
}

#[test]
fn loops_of_each_kind_get_hot() {
    for (source, expected) in [
        ("local i = 0 while i < 200 do i = i + 1 end", Opcode::Loop),
        ("local i = 0 repeat i = i + 1 until i > 200", Opcode::Loop),
        (
            "local i = 0 ::again:: i = i + 1 if i < 200 then goto again end",
            Opcode::Loop,
        ),
        ("for i = 1, 200 do end", Opcode::ForLoop),
        (
            "local t = {} for i = 1, 50 do t[i] = i end for i = 1, 4 do for k in pairs(t) do end end",
            Opcode::IteratorNext,
        ),
        (
            "local n = 0 for i in function() n = n + 1 if n < 200 then return n end end do end",
            Opcode::IteratorLoop,
        ),
        (
            "local function f() end local g = f f() f() f() repeat f() g() until f() or f() or f() or f() or f() or f() or true",
            Opcode::FunctionHeader,
        ),
        (
            "local function f(...) end for i = 1, 50 do f() f() f() end",
            Opcode::FunctionHeaderVararg,
        ),
    ] {
        let (mut vm, script) = traced();
        if matches!(expected, Opcode::FunctionHeader) {
            vm.set_hot_loop(3);
        }
        run(&mut vm, source);
        assert!(
            script.borrow().hot.contains(&expected),
            "{source}: {:?}",
            script.borrow().hot
        );
        assert!(script.borrow().shown.is_empty());
    }
}

#[test]
fn a_loop_is_hot_after_as_many_passes_as_luajit_wants() {
    // The counter starts at 56 · 2 - 1; every pass takes 2. ForLoop runs after each pass of the body.
    let (mut vm, script) = traced();
    run(&mut vm, "for i = 1, 1000 do end");
    let first = script.borrow().registers[0];
    assert_eq!(first, Some(56.0));
    assert_eq!(script.borrow().hot.len(), 1000 / 56);
    for (passes, count) in [(1, 1000), (10, 100), (1000, 1)] {
        let (mut vm, script) = traced();
        vm.set_hot_loop(passes);
        run(&mut vm, "for i = 1, 1000 do end");
        assert_eq!(script.borrow().hot.len(), count, "{passes}");
    }
    // A penalty keeps it quiet.
    let (mut vm, script) = traced();
    script.borrow_mut().penalty = Some(60_000);
    run(&mut vm, "for i = 1, 20000 do end");
    assert_eq!(script.borrow().hot.len(), 1);
}

#[test]
fn nothing_is_counted_without_a_tracer() {
    let (mut vm, script) = traced();
    vm.remove_tracer();
    assert!(!vm.has_tracer());
    run(&mut vm, "for i = 1, 1000 do end");
    assert!(script.borrow().hot.is_empty());
    assert_eq!(script.borrow().flushed, 1);
}

#[test]
fn a_recording_sees_every_instruction() {
    let (mut vm, script) = traced();
    script.borrow_mut().records = true;
    script.borrow_mut().length = 5;
    let answer = run(
        &mut vm,
        "local s = 0 for i = 1, 100 do s = s + i end return s",
    );
    assert_eq!(answer, "5050");
    let script = script.borrow();
    assert_eq!(script.hot, [Opcode::ForLoop]);
    assert_eq!(
        script.shown,
        [
            Opcode::ForLoop,
            Opcode::Add,
            Opcode::ForLoop,
            Opcode::Add,
            Opcode::ForLoop
        ]
    );
}

#[test]
fn installed_traces_are_interpreted_and_can_be_removed() {
    let (mut vm, script) = traced();
    script.borrow_mut().records = true;
    script.borrow_mut().length = 3;
    assert_eq!(
        run(
            &mut vm,
            "function sum(n) local s = 0 for i = 1, n do s = s + i end return s end return sum(200)"
        ),
        "20100"
    );
    assert_eq!(script.borrow().traces, 1);
    // The loop is a trace's entry now: it does not get hot again, and still works, also with a hook.
    let hot = script.borrow().hot.len();
    assert_eq!(run(&mut vm, "return sum(1000)"), "500500");
    assert_eq!(
        run(
            &mut vm,
            "local n = 0 debug.sethook(function() n = n + 1 end, '', 1) local s = sum(100) debug.sethook() return s, n > 100"
        ),
        "5050 true"
    );
    assert_eq!(script.borrow().hot.len(), hot);
    assert!(vm.remove_trace(1));
    assert!(!vm.remove_trace(1));
    run(&mut vm, "return sum(1000)");
    assert!(script.borrow().hot.len() > hot);
    vm.flush_traces();
    assert_eq!(script.borrow().flushed, 1);
    assert_eq!(run(&mut vm, "return sum(10)"), "55");
}

#[test]
fn errors_hooks_native_calls_and_flushes_end_a_recording() {
    let cases: [(&str, Abandoned); 4] = [
        (
            "pcall(function() for i = 1, 100 do if i == 60 then error('x') end end end)",
            Abandoned::Error,
        ),
        (
            "for i = 1, 100 do if i == 60 then debug.sethook(function() end, 'l') end end debug.sethook()",
            Abandoned::Hook,
        ),
        (
            "for i = 1, 100 do if i == 60 then load(function() end) end end",
            Abandoned::NativeCall,
        ),
        (
            "for i = 1, 100 do if i == 60 then jit.flush() end end",
            Abandoned::Flush,
        ),
    ];
    for (source, reason) in cases {
        let (mut vm, script) = traced();
        script.borrow_mut().records = true;
        let answer = run(&mut vm, source);
        assert!(!answer.contains("ERROR"), "{answer}: {source}");
        assert_eq!(script.borrow().abandoned.first(), Some(&reason), "{source}");
        assert!(script.borrow().shown.len() > 4);
        // The machine is as before.
        assert_eq!(
            run(
                &mut vm,
                "local s = 0 for i = 1, 10 do s = s + i end return s"
            ),
            "55"
        );
    }
}

#[test]
fn interrupts_reach_programs_that_are_recorded() {
    for (records, length) in [(true, 0), (true, 7), (false, 0)] {
        let (mut vm, script) = traced();
        script.borrow_mut().records = records;
        script.borrow_mut().length = length;
        let handle = vm.interrupt_handle();
        let asker = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            handle.request("enough");
        });
        let answer = run(&mut vm, "while true do local x = 1 end");
        assert_eq!(answer, "ERROR test:1: enough");
        asker.join().expect("thread");
    }
}

#[test]
fn values_of_traces_are_roots() {
    let (mut vm, script) = traced();
    let table = vm.new_table();
    vm.set_field(table, "name", 7.0);
    script.borrow_mut().roots.push(table);
    vm.collect_garbage();
    run(&mut vm, "local t = {} for i = 1, 10000 do t[i] = { i } end");
    vm.collect_garbage();
    assert_eq!(vm.field(table, "name").as_number(), Some(7.0));
    // Code that a trace replaced outlives its function.
    script.borrow_mut().records = true;
    script.borrow_mut().length = 4;
    run(
        &mut vm,
        "local f = loadstring('for i = 1, 200 do end') f() f = nil collectgarbage()",
    );
    assert!(script.borrow().traces > 0);
    vm.collect_garbage();
    vm.flush_traces();
}

#[test]
fn tracing_changes_no_answer() {
    const PROGRAMS: &[&str] = &[
        "local s = 0 for i = 1, 500 do if i % 3 == 0 then s = s + i else s = s - 1 end end return s",
        "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(16)",
        "local t = {} for i = 1, 300 do t[i] = i * 2 end local s = 0 for k, v in pairs(t) do s = s + k * v end return s",
        "local t = { a = 1, b = 2 } local out = {} for r = 1, 100 do for k, v in pairs(t) do out[#out + 1] = k .. v end end return #out, out[200]",
        "local c = coroutine.wrap(function(...) local a = ... while true do a = coroutine.yield(a, 'x') end end) local n = 0 for i = 1, 200 do local v, x = c(i) n = n + v end return n",
        "local n = 0 for i = 1, 200 do local ok, e = pcall(function(x) if x % 7 == 0 then error('e', 0) end return x end, i) if not ok then n = n + 1 end end return n",
        "local V = {} V.__index = V V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end local v = setmetatable({ x = 0 }, V) local one = setmetatable({ x = 1 }, V) for i = 1, 200 do v = v + one end return v.x",
        "local function count(n, ...) if n == 0 then return select('#', ...) end return count(n - 1, n, ...) end return count(150)",
        "local s = '' for i = 1, 150 do s = s .. i if #s > 50 then s = s:sub(-10) end end return s",
        "local t = {} for i = 1, 200 do t[#t + 1] = (i * 7919) % 1000 end table.sort(t, function(a, b) return a < b end) return t[1], t[100], t[200]",
        "return (('abc'):rep(50):gsub('%w', function(c) return c:upper() .. c end))",
        "local i = 0 while true do i = i + 1 if i > 150 then break end local f = function() return i end if f() ~= i then return 'bad' end end return i",
    ];
    for source in PROGRAMS {
        let expected = run(&mut machine(), source);
        assert!(!expected.starts_with("ERROR"), "{expected}: {source}");
        for hot in [1, 2, 5, 56] {
            for length in [0, 1, 2, 3, 5, 17, 100] {
                for (aborts, stress) in [(false, false), (true, false), (false, true)] {
                    if stress && (hot != 2 || length != 3) {
                        continue;
                    }
                    let (mut vm, script) = traced();
                    script.borrow_mut().records = true;
                    script.borrow_mut().length = length;
                    script.borrow_mut().aborts = aborts;
                    vm.set_hot_loop(hot);
                    vm.heap.set_stress(stress);
                    assert_eq!(
                        run(&mut vm, source),
                        expected,
                        "hot {hot} length {length}: {source}"
                    );
                }
            }
        }
    }
}
