//! `love.timer`, over the run's clock.

use super::{Module, context, suspend};
use crate::platform::Step;
use rlove_vm::builtin::Effects;
use rlove_vm::call::{Call, NativeResult};

/// `love.timer`
pub static MODULE: Module = Module {
    name: "timer",
    functions: FUNCTIONS,
    types: &[],
};

static FUNCTIONS: &[rlove_vm::builtin::Builtin] = builtins![
    "love.timer.getTime", "() -> number", "Seconds since some moment before the game began.", Effects::READS, get_time;
    "love.timer.step", "() -> number", "Measures the time since the last step; what getDelta answers then.", Effects::WRITES, step;
    "love.timer.getDelta", "() -> number", "Seconds between the last two steps.", Effects::READS, get_delta;
    "love.timer.getAverageDelta", "() -> number", "Seconds a frame over the last second.", Effects::READS, get_average_delta;
    "love.timer.getFPS", "() -> integer", "Frames a second over the last second.", Effects::READS, get_fps;
    "love.timer.sleep", "(seconds: number)", "Lets other programs run for a time.", Effects::SUSPENDS, sleep;
];

fn get_time(call: &mut Call<'_>) -> NativeResult {
    let seconds = context(call).world.borrow().clock.now_seconds();
    call.one(seconds)
}

fn step(call: &mut Call<'_>) -> NativeResult {
    let seconds = context(call).world.borrow_mut().clock.step();
    call.one(seconds)
}

fn get_delta(call: &mut Call<'_>) -> NativeResult {
    let seconds = context(call).world.borrow().clock.delta_seconds();
    call.one(seconds)
}

fn get_average_delta(call: &mut Call<'_>) -> NativeResult {
    let seconds = context(call).world.borrow().clock.average_delta_seconds();
    call.one(seconds)
}

fn get_fps(call: &mut Call<'_>) -> NativeResult {
    let rate = context(call).world.borrow().clock.frames_per_second();
    call.one(f64::from(rate))
}

fn sleep(call: &mut Call<'_>) -> NativeResult {
    let seconds = call.number(1)?;
    suspend(call, Step::Sleep(seconds))
}
