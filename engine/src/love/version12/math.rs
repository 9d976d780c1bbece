//! What 12 adds to `love.math`.

use crate::love::arguments::float;
use crate::love::math::TransformObject;
use crate::love::object::object;
use crate::math;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;

pub(super) static FUNCTIONS: &[Builtin] = builtins![
    "love.math.perlinNoise", "(x: number, ...: number) -> number", "Perlin's noise from 0 to 1.", Effects::READS, perlin_noise;
    "love.math.simplexNoise", "(x: number, ...: number) -> number", "Simplex noise from 0 to 1.", Effects::READS, simplex_noise;
];

pub(super) static TRANSFORM: &[Builtin] = builtins![
    "Transform:inverseOf", "(transform: Transform, other: Transform) -> Transform", "Becomes the inverse of another.", Effects::WRITES, inverse_of;
];

fn perlin_noise(call: &mut Call<'_>) -> NativeResult {
    let x = float(call, 1)?;
    let value = match call.argument_count() {
        0 | 1 => math::perlin1(x),
        2 => math::perlin2(x, float(call, 2)?),
        3 => math::noise3(x, float(call, 2)?, float(call, 3)?),
        _ => math::noise4(x, float(call, 2)?, float(call, 3)?, float(call, 4)?),
    };
    call.one(Value::number(f64::from(value)))
}

fn simplex_noise(call: &mut Call<'_>) -> NativeResult {
    let x = float(call, 1)?;
    let value = match call.argument_count() {
        0 | 1 => math::noise1(x),
        2 => math::noise2(x, float(call, 2)?),
        3 => math::simplex3(x, float(call, 2)?, float(call, 3)?),
        _ => math::simplex4(x, float(call, 2)?, float(call, 3)?, float(call, 4)?),
    };
    call.one(Value::number(f64::from(value)))
}

fn inverse_of(call: &mut Call<'_>) -> NativeResult {
    let own = object::<TransformObject>(call, 1, "Transform")?;
    let other = object::<TransformObject>(call, 2, "Transform")?;
    own.invert_of(&other);
    let value = call.argument(1);
    call.one(value)
}
