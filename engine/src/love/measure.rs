//! Times and counts that tests and benchmarks ask for on the command line.
//!
//! ```text
//! --draw-time FILE    "FRAME SECONDS" a line: processor time of the main thread inside love.draw, from the second frame on
//! --source-log FILE   "FRAME COUNT" a line: sounds that play at each screenshot
//! ```
//!
//! `love.draw` is wrapped after the first frame, when it is known whoever defined it; the wrapper costs one call and two
//! readings of the clock a frame. The wrapper for LÖVE in engine/tests/love_wrapper measures the same way. Files are written when the
//! program ends, so that writing disturbs nothing.

use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const WRAP_DRAW: &str = "
local love, now, keep = ...
local draw = love.draw
if draw then
  function love.draw(...)
    local before = now()
    draw(...)
    keep(now() - before)
  end
end
";

static NATIVE: &[Builtin] = builtins![
    "measure.now", "() -> number", "Processor seconds of this thread.", Effects::READS, now;
    "measure.keep", "(seconds: number)", "Adds a measurement.", Effects::WRITES, keep;
];

/// What `love.draw` took, frame by frame; lives in the state that it measures.
#[derive(Default)]
struct DrawSeconds(Vec<f64>);

/// The measurements of one run.
#[derive(Default)]
pub struct Measurements {
    draw_time_file: Option<PathBuf>,
    source_log_file: Option<PathBuf>,
    source_lines: String,
    is_draw_wrapped: bool,
}

impl Measurements {
    /// Measurements for the files that are named.
    pub fn new(draw_time_file: Option<PathBuf>, source_log_file: Option<PathBuf>) -> Self {
        Self {
            draw_time_file,
            source_log_file,
            ..Self::default()
        }
    }

    /// Called when a frame is presented.
    pub fn frame_presented(&mut self, vm: &mut Vm) {
        if self.draw_time_file.is_some() && !self.is_draw_wrapped {
            self.is_draw_wrapped = true;
            if wrap_draw(vm).is_err() {
                vm.take_error();
                log::error!("love.draw cannot be measured");
            }
        }
    }

    /// Called when a picture of a frame is taken.
    pub fn picture_taken(&mut self, frame: u64, playing_sounds: usize) {
        let _ = writeln!(self.source_lines, "{frame} {playing_sounds}");
    }

    /// Writes the files. The error is one sentence for the user.
    pub fn write(&self, vm: &Vm) -> Result<(), String> {
        if let Some(file) = &self.source_log_file {
            write_file(file, &self.source_lines)?;
        }
        let Some(file) = &self.draw_time_file else {
            return Ok(());
        };
        if rlove_vm::sys::thread_cpu_time_s().is_none() {
            return Err("this system does not tell the processor time of a thread".to_owned());
        }
        let mut text = String::new();
        if let Some(DrawSeconds(seconds)) = vm.extensions.get::<DrawSeconds>() {
            for (index, seconds) in seconds.iter().enumerate() {
                let _ = writeln!(text, "{} {seconds:.9}", index + 1);
            }
        }
        write_file(file, &text)
    }
}

fn write_file(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text)
        .map_err(|problem| format!("cannot write '{}': {problem}", file.display()))
}

fn wrap_draw(vm: &mut Vm) -> Result<(), rlove_vm::call::Raised> {
    let globals = vm.globals();
    let love = vm.field(globals, "love");
    let chunk = vm.load_source(WRAP_DRAW.as_bytes(), b"=[love \"measure.lua\"]")?;
    let now = vm.new_native_function(now, &NATIVE[0], &[]);
    let keep = vm.new_native_function(keep, &NATIVE[1], &[]);
    vm.call_function(chunk, &[love, now, keep])?;
    Ok(())
}

fn now(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::number(
        rlove_vm::sys::thread_cpu_time_s().unwrap_or(0.0),
    ))
}

fn keep(call: &mut Call<'_>) -> NativeResult {
    let seconds = call.number(1)?;
    call.vm
        .extensions
        .get_or_default::<DrawSeconds>()
        .0
        .push(seconds);
    call.none()
}
