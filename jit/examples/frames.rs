//! Pauses of a game: frames run in Lua, and between two frames the collector gets a budget.
//!
//! ```text
//! cargo run --release -p rlove-jit --example frames -- --frames 1500 --budget-us 1000 [--steps] [--check]
//! ```
//! It loads benches/collector/frames.lua, calls the function that this returns once a frame, and calls `Vm::collect_for` in between,
//! as the engine does. Times are processor time of this thread, so that other programs do not show in them. `--steps` prints every
//! step; `--check` fails unless 99 % of the pauses are under 1.1 times the budget and none is over three times.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rlove_vm::heap::{StepCause, StepRecord};
use rlove_vm::library;
use rlove_vm::value::Value;
use rlove_vm::vm::{HostRun, Vm};

struct Options {
    frames: usize,
    budget_us: u64,
    steps: bool,
    check: bool,
}

fn options() -> Options {
    let mut options = Options {
        frames: 1500,
        budget_us: 1000,
        steps: false,
        check: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = |default| {
            let word = words.next();
            word.and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        match word.as_str() {
            "--frames" => options.frames = number(1500) as usize,
            "--budget-us" => options.budget_us = number(1000),
            "--steps" => options.steps = true,
            "--check" => options.check = true,
            _ => {
                eprintln!("usage: frames [--frames N] [--budget-us N] [--steps] [--check]");
                std::process::exit(2);
            }
        }
    }
    options
}

/// The program's frame function.
fn load(vm: &mut Vm) -> Value {
    library::open_all(vm).expect("the library opens");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/collector/frames.lua");
    let source = std::fs::read(path).expect("the program is there");
    let chunk = vm
        .load_source(&source, b"@frames.lua")
        .expect("it compiles");
    call(vm, chunk)
}

fn call(vm: &mut Vm, function: Value) -> Value {
    match vm.start_host(function, &[]) {
        HostRun::Finished(results) => results.first().copied().unwrap_or(Value::NIL),
        _ => panic!("the program fails"),
    }
}

/// What a fraction of the numbers does not exceed.
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let index = (sorted.len() as f64 * fraction).ceil() as usize;
    sorted.get(index.saturating_sub(1)).copied().unwrap_or(0.0)
}

fn line(what: &str, times_s: &mut [f64]) -> (f64, f64) {
    times_s.sort_by(f64::total_cmp);
    let (most, longest) = (quantile(times_s, 0.99) * 1e3, quantile(times_s, 1.0) * 1e3);
    println!(
        "{what}: {} pauses, 99 % under {most:.2} ms, longest {longest:.2} ms",
        times_s.len()
    );
    (most, longest)
}

fn main() {
    let options = options();
    let mut vm = Vm::new();
    let frame = load(&mut vm);
    let globals = vm.globals();
    vm.set_field(globals, "frame", frame);
    vm.collect_garbage();
    let steps: Rc<RefCell<Vec<StepRecord>>> = Rc::default();
    let sink = Rc::clone(&steps);
    vm.heap
        .set_step_observer(Some(Box::new(move |step| sink.borrow_mut().push(*step))));
    let (mut between, mut within, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    let cycles_before = vm.heap.statistics().cycles;
    for index in 0..options.frames {
        let function = vm.field(globals, "frame");
        call(&mut vm, function);
        vm.collect_for(Duration::from_micros(options.budget_us));
        let (mut host, mut total) = (0.0, 0.0);
        for step in steps.borrow_mut().drain(..) {
            if options.steps {
                println!("frame {index}: {}", step.text());
            }
            total += step.cpu_s;
            match step.cause {
                StepCause::Allocation => within.push(step.cpu_s),
                _ => host += step.cpu_s,
            }
        }
        if host > 0.0 {
            between.push(host);
        }
        if total > 0.0 {
            totals.push(total);
        }
    }
    let (most, longest) = line("between frames", &mut between);
    let (_, longest_within) = line("within frames", &mut within);
    line("sum of a frame", &mut totals);
    let figures = vm.heap.statistics();
    println!(
        "{} cycles in {} frames; live {:.1} MB, most blocks {:.1} MB, {:.2} times",
        figures.cycles - cycles_before,
        options.frames,
        figures.live_bytes as f64 / 1e6,
        figures.most_block_bytes as f64 / 1e6,
        figures.most_block_bytes as f64 / figures.live_bytes as f64
    );
    let budget_ms = options.budget_us as f64 / 1e3;
    let is_kept = most < budget_ms * 1.1 && longest.max(longest_within) <= budget_ms * 3.0;
    if options.check && !is_kept {
        println!("the budget was not kept");
        std::process::exit(1);
    }
}
