//! A thread of a game: its own state with LÖVE's modules, run to its end on a thread of the machine.
//!
//! ```text
//! start ── Seed: what the new state shares with its maker ──► run: make_state, load the code, run it
//!                                                        errors ──► Thread:getError, event "threaderror"
//! ```
//!
//! A thread's state has no window, so `love.graphics` raises the errors of a game without one. Where the main state would be
//! suspended (`love.timer.sleep`) a thread sleeps, a little at a time so that it can be stopped.

use super::parcel::{thread_variant, to_value};
use super::thread::ThreadShared;
use super::{Context, StartOptions, context_of, game, open_module};
use crate::audio::{Audio, SharedMixer};
use crate::filesystem::Filesystem;
use crate::input::{Event, Variant};
use crate::platform::{Clock, Step, World};
use crate::thread::{Hub, Lock, Running};
use rlove_vm::call::Raised;
use rlove_vm::value::Value;
use rlove_vm::vm::{HostRun, Vm};
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Lua code of games recurses deeply; the machine's own stack is used by native calls only.
const STACK_BYTES: usize = 8 << 20;

/// What a thread's state is made of.
struct Seed {
    clock: Clock,
    seed: u64,
    is_headless: bool,
    filesystem: Arc<Lock<Filesystem>>,
    mixer: SharedMixer,
    follows_fixed_clock: bool,
    hub: Arc<Hub>,
    start: StartOptions,
    is_version_12: bool,
    is_deprecation_shown: bool,
}

/// Runs a thread's code. False if the machine has no more threads.
pub fn start(
    context: &Context,
    thread: Arc<ThreadShared>,
    arguments: Vec<Variant>,
    running: Arc<Running>,
) -> bool {
    let seed = {
        let world = context.world.borrow();
        let (mixer, follows_fixed_clock) = context.audio.shared_mixer();
        Seed {
            clock: world.clock.follower(),
            seed: world.seed,
            is_headless: world.is_headless,
            filesystem: context.filesystem.clone(),
            mixer,
            follows_fixed_clock,
            hub: context.hub.clone(),
            start: context.start.clone(),
            is_version_12: context.is_version_12.get(),
            is_deprecation_shown: context.is_deprecation_shown.get(),
        }
    };
    std::thread::Builder::new()
        .name("love thread".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // A panic is a bug of ours; the thread ends with an error and the game goes on.
            let work = std::panic::AssertUnwindSafe(|| run(seed, &thread, &arguments, &running));
            if std::panic::catch_unwind(work).is_err() {
                thread.set_error(b"the thread ended unexpectedly (a bug in rlove)".to_vec());
            }
            running.finish();
        })
        .is_ok()
}

fn run(seed: Seed, thread: &Arc<ThreadShared>, arguments: &[Variant], running: &Arc<Running>) {
    let hub = seed.hub.clone();
    let mut vm = match make_state(seed) {
        Ok(vm) => vm,
        Err(message) => return fail(&hub, thread, message),
    };
    *running.interrupt.lock() = Some(vm.interrupt_handle());
    if hub.is_stopping() {
        return;
    }
    let problem = run_code(&mut vm, thread, arguments);
    *running.interrupt.lock() = None;
    if let Err(message) = problem
        && !hub.is_stopping()
    {
        fail(&hub, thread, message);
    }
}

/// Keeps the message for `Thread:getError` and tells the main state. An error without a text is none, as in LÖVE.
fn fail(hub: &Hub, thread: &Arc<ThreadShared>, message: Vec<u8>) {
    if message.is_empty() {
        return;
    }
    thread.set_error(message.clone());
    hub.send(Event::new(
        "threaderror",
        vec![thread_variant(thread.clone()), Variant::String(message)],
    ));
}

fn error_text(vm: &mut Vm) -> Vec<u8> {
    let problem = vm.take_error();
    match vm.string_or_number_bytes(problem) {
        Some(text) => text,
        None => b"unknown error".to_vec(),
    }
}

fn make_state(seed: Seed) -> Result<Box<Vm>, Vec<u8>> {
    let world = World::of_thread(seed.clock, seed.seed, seed.is_headless).shared();
    let mut vm = Vm::new();
    vm.world = Box::new(game::GameWorld::new(world.clone()));
    let start = seed.start.clone();
    let context = Context {
        world,
        filesystem: seed.filesystem,
        audio: Audio::sharing(seed.mixer, seed.follows_fixed_clock),
        identity: seed.hub.new_identity(),
        hub: seed.hub,
        is_main: false,
        start: seed.start,
        pending_step: Cell::new(None),
        is_deprecation_shown: Cell::new(seed.is_deprecation_shown),
        is_version_12: Cell::new(seed.is_version_12),
    };
    let opened = rlove_vm::library::open_all(&mut vm)
        .and_then(|()| game::open_foreign(&mut vm, &start))
        .and_then(|()| super::open(&mut vm, context))
        .and_then(|()| super::filesystem::install(&mut vm))
        .and_then(|()| load_modules(&mut vm));
    match opened {
        Ok(()) => {
            game::install_compiler(&mut vm, &start);
            Ok(vm)
        }
        Err(Raised) => Err(error_text(&mut vm)),
    }
}

/// The modules that a thread has without asking.
fn load_modules(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let loaded = vm.field(package, "loaded");
    for name in ["data", "thread", "filesystem"] {
        let table = open_module(vm, name)?;
        vm.set_field(loaded, &format!("love.{name}"), table);
    }
    Ok(())
}

/// Runs the code to its end. The error is LÖVE's text: the message with its traceback.
fn run_code(vm: &mut Vm, thread: &ThreadShared, arguments: &[Variant]) -> Result<(), Vec<u8>> {
    let (code, name) = thread.source();
    let chunk = match vm.load_source(code, format!("@{name}").as_bytes()) {
        Ok(chunk) => chunk,
        Err(Raised) => return Err(error_text(vm)),
    };
    let mut values = Vec::new();
    for argument in arguments {
        values.push(to_value(vm, argument).map_err(|Raised| error_text(vm))?);
    }
    let mut run = vm.start_host(chunk, &values);
    loop {
        match run {
            HostRun::Finished(_) => return Ok(()),
            HostRun::Suspended => {
                let step = context_of(vm).pending_step.take();
                run = match step {
                    Some(Step::Sleep(seconds)) => sleep(vm, seconds),
                    _ => vm.continue_host(&[]),
                };
            }
            HostRun::Failed => {
                let problem = vm.take_error();
                let Some(mut text) = vm.string_or_number_bytes(problem) else {
                    return Err(Vec::new());
                };
                if let Some(traceback) = vm.take_traceback() {
                    text.push(b'\n');
                    text.extend(without_last_frame(&traceback));
                }
                return Err(text);
            }
        }
    }
}

/// A traceback without the native code that called the main chunk.
fn without_last_frame(traceback: &[u8]) -> &[u8] {
    let end = traceback.iter().rposition(|&byte| byte == b'\n');
    match end {
        Some(end) if traceback[end..].starts_with(b"\n\t[C]: at ") => &traceback[..end],
        _ => traceback,
    }
}

fn sleep(vm: &mut Vm, seconds: f64) -> HostRun {
    let wait = context_of(vm).world.borrow_mut().clock.sleep(seconds);
    let end = Instant::now().checked_add(wait);
    while !vm.is_interrupted() {
        let left = end.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        });
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(Duration::from_millis(10)));
    }
    let nothing: [Value; 0] = [];
    vm.continue_host(&nothing)
}
