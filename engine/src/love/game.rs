//! A game: a Lua state with everything in it, resumed by a driver.
//!
//! ```text
//! LoveGame::new ── opens the source, makes the state, loads boot.lua
//! Game::resume  ── start_host / continue_host; a builtin that suspended left its Step in the Context
//! ```
//!
//! The exit code is what boot.lua's function answers: a number, "restart", or anything else for 0. Uncaught errors end
//! with code 1, Ctrl-C with 130.

use super::measure::Measurements;
use super::{Context, StartOptions, context_of};
use crate::audio::Audio;
use crate::filesystem::Filesystem;
use crate::platform::{Game, SharedWorld, Step, sys};
use crate::thread::{Hub, Lock};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::seams::{SystemWorld, World};
use rlove_vm::value::Value;
use rlove_vm::vm::{HostRun, Interrupt, Vm};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const BOOT: &str = include_str!("boot.lua");

/// What a run draws to. Implemented where the drawing backends are chosen; a run without one has no screen.
pub trait Screen {
    /// Gives a fresh state its `love.graphics`.
    fn install(&mut self, vm: &mut Vm) -> Result<(), String>;
    /// Shows the finished frame.
    fn present(&mut self, vm: &mut Vm);
    /// Writes the last finished frame as a PNG file.
    fn save_screenshot(&mut self, vm: &mut Vm, file: &Path) -> Result<(), String>;
    /// There is a window to draw to.
    fn window_opened(
        &mut self,
        vm: &mut Vm,
        window: Arc<winit::window::Window>,
    ) -> Result<(), String>;
    /// The window's drawable area changed.
    fn window_resized(&mut self, vm: &mut Vm, width_pixels: u32, height_pixels: u32);
}

/// Where Ctrl-C reaches the state that runs.
#[derive(Clone, Default)]
struct InterruptLine {
    is_requested: Arc<AtomicBool>,
    target: Arc<Mutex<Option<Interrupt>>>,
}

/// Lets boot.lua ask whether Ctrl-C was pressed.
struct InterruptFlag(Arc<AtomicBool>);

/// A game that a driver can run.
pub struct LoveGame {
    start: StartOptions,
    world: SharedWorld,
    vm: Box<Vm>,
    screen: Box<dyn Screen>,
    boot: Option<Value>,
    interrupt: InterruptLine,
    measurements: Measurements,
}

impl LoveGame {
    /// Opens the game. The error is one sentence for the user.
    pub fn new(
        start: StartOptions,
        world: SharedWorld,
        mut screen: Box<dyn Screen>,
    ) -> Result<LoveGame, String> {
        let interrupt = InterruptLine::default();
        let (vm, boot) = make_state(&start, &world, &mut *screen, &interrupt)?;
        Ok(LoveGame {
            start,
            world,
            vm,
            screen,
            boot: Some(boot),
            interrupt,
            measurements: Measurements::default(),
        })
    }

    /// Makes Ctrl-C end the game, even in an endless loop.
    pub fn listen_to_ctrl_c(&self) {
        let line = self.interrupt.clone();
        sys::on_ctrl_c(move || {
            line.is_requested.store(true, Ordering::SeqCst);
            let target = line.target.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(target) = &*target {
                target.stop("interrupted!");
            }
        });
    }

    /// Measures what files are named for.
    pub fn measure(&mut self, draw_time_file: Option<PathBuf>, source_log_file: Option<PathBuf>) {
        self.measurements = Measurements::new(draw_time_file, source_log_file);
    }

    fn step_after(&mut self, run: HostRun) -> Step {
        if self.interrupt.is_requested.load(Ordering::SeqCst) {
            // The stop may have struck anywhere, in the game's handlers or in boot.lua's: what they made of it says nothing.
            eprintln!("rlove: interrupted");
            return Step::Finished(130);
        }
        match run {
            HostRun::Suspended => context_of(&self.vm)
                .pending_step
                .take()
                .unwrap_or(Step::Pump),
            HostRun::Finished(results) => {
                let result = results.first().copied().unwrap_or(Value::NIL);
                if result.string_bytes() == Some(b"restart") {
                    return Step::Restart;
                }
                Step::Finished(result.as_number().map_or(0, |code| code as i32))
            }
            HostRun::Failed => {
                let problem = self.vm.take_error();
                let text = self
                    .vm
                    .string_or_number_bytes(problem)
                    .unwrap_or_else(|| b"unknown error".to_vec());
                eprintln!("Error: {}", String::from_utf8_lossy(&text));
                if let Some(traceback) = self.vm.take_traceback() {
                    eprintln!("{}", String::from_utf8_lossy(&traceback));
                }
                Step::Finished(1)
            }
        }
    }
}

impl Game for LoveGame {
    fn resume(&mut self) -> Step {
        if self.interrupt.is_requested.load(Ordering::SeqCst) && self.boot.is_none() {
            // Between two resumes there is nothing to stop.
            return self.step_after(HostRun::Suspended);
        }
        let run = match self.boot.take() {
            Some(boot) => self.vm.start_host(boot, &[]),
            None => self.vm.continue_host(&[]),
        };
        self.step_after(run)
    }

    fn restart(&mut self) -> Result<(), String> {
        super::audio::stop_all(&mut self.vm);
        context_of(&self.vm).hub.stop();
        {
            let mut world = self.world.borrow_mut();
            world.input = crate::input::Input::default();
        }
        let (vm, boot) = make_state(&self.start, &self.world, &mut *self.screen, &self.interrupt)?;
        self.vm = vm;
        self.boot = Some(boot);
        Ok(())
    }

    fn present(&mut self) {
        self.screen.present(&mut self.vm);
        self.measurements.frame_presented(&mut self.vm);
    }

    fn save_screenshot(&mut self, file: &Path) -> Result<(), String> {
        let frame = self.world.borrow().clock.frame();
        let playing_sounds = context_of(&self.vm).audio.playing_count();
        self.measurements.picture_taken(frame, playing_sounds);
        self.screen.save_screenshot(&mut self.vm, file)
    }

    fn advance_sound(&mut self, seconds: f64) {
        context_of(&self.vm).audio.advance(seconds);
    }

    fn window_opened(&mut self, window: Arc<winit::window::Window>) -> Result<(), String> {
        self.screen.window_opened(&mut self.vm, window)
    }

    fn window_resized(&mut self, width_pixels: u32, height_pixels: u32) {
        self.screen
            .window_resized(&mut self.vm, width_pixels, height_pixels);
    }

    fn finish(&mut self) -> Result<(), String> {
        self.measurements.write(&self.vm)
    }
}

/// A game that ends takes its threads with it.
impl Drop for LoveGame {
    fn drop(&mut self) {
        context_of(&self.vm).hub.stop();
    }
}

fn make_state(
    start: &StartOptions,
    world: &SharedWorld,
    screen: &mut dyn Screen,
    interrupt: &InterruptLine,
) -> Result<(Box<Vm>, Value), String> {
    let mut files = Filesystem::new();
    files.set_fused(start.is_fused);
    files
        .set_source(&start.game)
        .map_err(|problem| format!("cannot open the game '{}': {problem}", start.game_argument))?;
    if files.info("main.lua").is_none() && files.info("conf.lua").is_none() {
        return Err(format!(
            "'{}' holds no main.lua at its top level, so there is nothing to run",
            start.game_argument
        ));
    }
    let mut vm = Vm::new();
    vm.world = Box::new(GameWorld::new(world.clone()));
    let follows_fixed_clock = world.borrow().clock.fixed_step_seconds().is_some();
    let hub = Arc::new(Hub::default());
    let context = Context {
        world: world.clone(),
        filesystem: Arc::new(Lock::new(files)),
        audio: Audio::new(follows_fixed_clock),
        identity: hub.new_identity(),
        hub,
        is_main: true,
        start: start.clone(),
        pending_step: Cell::new(None),
        is_deprecation_shown: Cell::new(true),
        is_version_12: Cell::new(start.is_version_12),
    };
    let opened = rlove_vm::library::open_all(&mut vm)
        .and_then(|()| open_foreign(&mut vm, start))
        .and_then(|()| super::open(&mut vm, context))
        .and_then(|()| super::filesystem::install(&mut vm))
        .and_then(|()| load_boot(&mut vm, start, interrupt));
    let boot = match opened {
        Ok(boot) => boot,
        Err(_) => {
            let problem = vm.take_error();
            let text = vm.string_or_number_bytes(problem).unwrap_or_default();
            return Err(format!(
                "the engine cannot start: {}",
                String::from_utf8_lossy(&text)
            ));
        }
    };
    screen.install(&mut vm)?;
    install_compiler(&mut vm, start);
    *interrupt
        .target
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(vm.interrupt_handle());
    Ok((vm, boot))
}

/// Opens the foreign function interface unless the user does not want it.
pub(super) fn open_foreign(
    vm: &mut Vm,
    start: &StartOptions,
) -> Result<(), rlove_vm::call::Raised> {
    if start.without_ffi {
        return Ok(());
    }
    rlove_ffi::open(vm)
}

/// Installs the trace compiler unless the user does not want it; where there is no back end for the processor, everything is interpreted.
pub(super) fn install_compiler(vm: &mut Vm, start: &StartOptions) {
    if start.without_compiler {
        return;
    }
    let mut display = rlove_jit::driver::Display::default();
    for stage in &start.dump_stages {
        // Stages of files are no stages of traces; the others were checked with the command line.
        display.set(stage);
    }
    rlove_jit::driver::install(vm, display);
}

static NATIVE: &[Builtin] = builtins![
    "boot.report", "(text: string)", "Prints a line on stderr.", Effects::WRITES, report;
    "boot.is_interrupted", "() -> boolean", "Whether Ctrl-C was pressed.", Effects::READS, is_interrupted;
    "boot.select_version_12", "()", "Makes this LÖVE 12.", Effects::WRITES, select_version_12;
];

fn load_boot(
    vm: &mut Vm,
    start: &StartOptions,
    interrupt: &InterruptLine,
) -> Result<Value, rlove_vm::call::Raised> {
    vm.extensions
        .insert(InterruptFlag(interrupt.is_requested.clone()));
    let native = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "love.boot native", native);
    vm.register(native, NATIVE)?;
    vm.set_field(native, "ends_on_error", Value::boolean(start.ends_on_error));
    let globals = vm.globals();
    let arguments = vm.new_table();
    vm.set_field(globals, "arg", arguments);
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "rlove".to_owned());
    vm.set_field(native, "is_fused", Value::boolean(start.is_fused));
    let mut texts = vec![(-2, program.as_str()), (-1, "embedded boot.lua")];
    if !start.is_fused {
        texts.push((1, start.game_argument.as_str()));
    }
    let first = if start.is_fused { 1 } else { 2 };
    let rest = start
        .arguments
        .iter()
        .enumerate()
        .map(|(index, text)| (index as i64 + first, text.as_str()));
    for (index, text) in texts.into_iter().chain(rest) {
        let text = vm.try_new_string(text.as_bytes())?;
        vm.raw_set(arguments, Value::number(index as f64), text)?;
    }
    let chunk = vm.load_source(BOOT.as_bytes(), b"=[love \"boot.lua\"]")?;
    let love = vm.field(globals, "love");
    let results = vm.call_function(chunk, &[love, native])?;
    let boot = results.first().copied().unwrap_or(Value::NIL);
    // Kept alive until it runs.
    let registry = vm.registry();
    vm.set_field(registry, "love.boot", boot);
    Ok(boot)
}

fn report(call: &mut Call<'_>) -> NativeResult {
    let text = call.text(1)?;
    eprintln!("{text}");
    call.none()
}

fn is_interrupted(call: &mut Call<'_>) -> NativeResult {
    let is_requested = call
        .vm
        .extensions
        .get::<InterruptFlag>()
        .is_some_and(|flag| flag.0.load(Ordering::SeqCst));
    call.one(Value::boolean(is_requested))
}

fn select_version_12(call: &mut Call<'_>) -> NativeResult {
    super::context(call).is_version_12.set(true);
    super::set_version_fields(call.vm);
    super::version12::select(call.vm)?;
    call.none()
}

/// Lua's clock and environment, from the run's world.
pub(super) struct GameWorld {
    world: SharedWorld,
    system: SystemWorld,
}

impl GameWorld {
    /// Over a run's world.
    pub(super) fn new(world: SharedWorld) -> GameWorld {
        GameWorld {
            world,
            system: SystemWorld::default(),
        }
    }
}

impl World for GameWorld {
    fn unix_time_s(&self) -> f64 {
        self.world.borrow().clock.unix_seconds()
    }
    fn cpu_time_s(&self) -> f64 {
        let world = self.world.borrow();
        match world.clock.fixed_step_seconds() {
            Some(_) => world.clock.now_seconds(),
            None => self.system.cpu_time_s(),
        }
    }
    fn entropy(&self) -> u64 {
        let world = self.world.borrow();
        if world.is_headless {
            world.seed
        } else {
            self.system.entropy()
        }
    }
    fn environment_variable(&self, name: &str) -> Option<String> {
        self.system.environment_variable(name)
    }
}

/// A run that draws nothing: `love.graphics` raises LÖVE's errors for a missing window.
#[derive(Default)]
pub struct NoScreen;

impl Screen for NoScreen {
    fn install(&mut self, _vm: &mut Vm) -> Result<(), String> {
        Ok(())
    }
    fn present(&mut self, _vm: &mut Vm) {}
    fn save_screenshot(&mut self, _vm: &mut Vm, file: &Path) -> Result<(), String> {
        Err(format!(
            "there is no picture to write to {}",
            file.display()
        ))
    }
    fn window_opened(
        &mut self,
        _vm: &mut Vm,
        _window: Arc<winit::window::Window>,
    ) -> Result<(), String> {
        Ok(())
    }
    fn window_resized(&mut self, _vm: &mut Vm, _width_pixels: u32, _height_pixels: u32) {}
}
