//! `math`: numbers as C's library treats them, and LuaJIT's random numbers.
//!
//! Worked example: `math.max(1, 0/0)` is NaN and `math.max(0/0, 1)` is 1, because each step keeps the second operand
//! unless the first is greater; that is what the processor's instruction does and LuaJIT shows.
//!
//! Invariant: the generator of `math.random` belongs to one machine and starts from seed 0.

use super::random::TauswortheGenerator;
use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;

/// Declares a function of one number.
macro_rules! unary {
    ($name:ident, $operation:expr) => {
        fn $name(call: &mut Call) -> NativeResult {
            let number = call.number(1)?;
            let operation: fn(f64) -> f64 = $operation;
            call.one(operation(number))
        }
    };
}
unary!(abs, f64::abs);
unary!(acos, f64::acos);
unary!(asin, f64::asin);
unary!(atan, f64::atan);
unary!(ceil, f64::ceil);
unary!(cos, f64::cos);
unary!(cosh, f64::cosh);
unary!(deg, |x| x * (180.0 / std::f64::consts::PI));
unary!(exp, f64::exp);
unary!(floor, f64::floor);
unary!(log10, f64::log10);
unary!(rad, |x| x * (std::f64::consts::PI / 180.0));
unary!(sin, f64::sin);
unary!(sinh, f64::sinh);
unary!(sqrt, f64::sqrt);
unary!(tan, f64::tan);
unary!(tanh, f64::tanh);

const ONE: &str = "(x: number) -> number";

const fn one(
    name: &'static str,
    documentation: &'static str,
    operation: &'static str,
    body: crate::builtin::NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        ONE,
        documentation,
        Effects::PURE,
        Recording::Operation(operation),
        body,
    )
}

/// The functions of `math`.
pub static FUNCTIONS: &[Builtin] = &[
    one("math.abs", "The absolute value.", "abs", abs),
    one("math.acos", "The arc cosine.", "acos", acos),
    one("math.asin", "The arc sine.", "asin", asin),
    one("math.atan", "The arc tangent.", "atan", atan),
    one(
        "math.ceil",
        "The smallest whole number not below.",
        "ceil",
        ceil,
    ),
    one("math.cos", "The cosine.", "cos", cos),
    one("math.cosh", "The hyperbolic cosine.", "cosh", cosh),
    one("math.deg", "Radians to degrees.", "deg", deg),
    one("math.exp", "e to the power.", "exp", exp),
    one(
        "math.floor",
        "The greatest whole number not above.",
        "floor",
        floor,
    ),
    one("math.log10", "The logarithm to base 10.", "log10", log10),
    one("math.rad", "Degrees to radians.", "rad", rad),
    one("math.sin", "The sine.", "sin", sin),
    one("math.sinh", "The hyperbolic sine.", "sinh", sinh),
    one("math.sqrt", "The square root.", "sqrt", sqrt),
    one("math.tan", "The tangent.", "tan", tan),
    one("math.tanh", "The hyperbolic tangent.", "tanh", tanh),
    Builtin::native(
        "math.atan2",
        "(y: number, x: number) -> number",
        "The angle of a point.",
        Effects::PURE,
        Recording::Operation("atan2"),
        atan2,
    ),
    Builtin::native(
        "math.fmod",
        "(x: number, y: number) -> number",
        "The remainder with the sign of x.",
        Effects::PURE,
        Recording::Operation("fmod"),
        fmod,
    ),
    Builtin::native(
        "math.frexp",
        "(x: number) -> number, number",
        "Mantissa and exponent.",
        Effects::PURE,
        Recording::Never("several results of a rare function"),
        frexp,
    ),
    Builtin::native(
        "math.ldexp",
        "(mantissa: number, exponent: number) -> number",
        "mantissa * 2^exponent.",
        Effects::PURE,
        Recording::Operation("ldexp"),
        ldexp,
    ),
    Builtin::native(
        "math.log",
        "(x: number, [base: number]) -> number",
        "The logarithm.",
        Effects::PURE,
        Recording::Special("math.log"),
        log,
    ),
    Builtin::native(
        "math.max",
        "(x: number, ...: number) -> number",
        "The greatest argument.",
        Effects::PURE,
        Recording::Special("math.max"),
        max,
    ),
    Builtin::native(
        "math.min",
        "(x: number, ...: number) -> number",
        "The smallest argument.",
        Effects::PURE,
        Recording::Special("math.min"),
        min,
    ),
    Builtin::native(
        "math.modf",
        "(x: number) -> number, number",
        "Whole part and fraction.",
        Effects::PURE,
        Recording::Special("math.modf"),
        modf,
    ),
    Builtin::native(
        "math.pow",
        "(x: number, y: number) -> number",
        "x to the power y.",
        Effects::PURE,
        Recording::Operation("pow"),
        pow,
    ),
    Builtin::native(
        "math.random",
        "([lower: number], [upper: number]) -> number",
        "A random number.",
        Effects::WRITES,
        Recording::Special("math.random"),
        random,
    ),
    Builtin::native(
        "math.randomseed",
        "(seed: number)",
        "Seeds the generator.",
        Effects::WRITES,
        Recording::Never("seeds the generator"),
        randomseed,
    ),
];

/// Opens the library.
pub fn open(vm: &mut Vm) -> Result<(), Raised> {
    let library = super::open_library(vm, "math", FUNCTIONS)?;
    vm.set_field(library, "pi", std::f64::consts::PI);
    vm.set_field(library, "huge", f64::INFINITY);
    Ok(())
}

fn atan2(call: &mut Call) -> NativeResult {
    let (y, x) = (call.number(1)?, call.number(2)?);
    call.one(y.atan2(x))
}

fn fmod(call: &mut Call) -> NativeResult {
    let (x, y) = (call.number(1)?, call.number(2)?);
    call.one(x % y)
}

fn pow(call: &mut Call) -> NativeResult {
    let (x, y) = (call.number(1)?, call.number(2)?);
    call.one(x.powf(y))
}

fn log(call: &mut Call) -> NativeResult {
    let x = call.number(1)?;
    if !call.has_argument(2) {
        return call.one(x.ln());
    }
    let base = call.number(2)?;
    call.one(x.log2() * (1.0 / base.log2()))
}

fn max(call: &mut Call) -> NativeResult {
    let mut greatest = call.number(1)?;
    for index in 2..=call.argument_count() {
        let number = call.number(index)?;
        greatest = if greatest > number { greatest } else { number };
    }
    call.one(greatest)
}

fn min(call: &mut Call) -> NativeResult {
    let mut smallest = call.number(1)?;
    for index in 2..=call.argument_count() {
        let number = call.number(index)?;
        smallest = if smallest < number { smallest } else { number };
    }
    call.one(smallest)
}

fn modf(call: &mut Call) -> NativeResult {
    let number = call.number(1)?;
    let whole = number.trunc();
    let fraction = if number.is_infinite() {
        0.0
    } else {
        number - whole
    };
    // The fraction has the sign of the number even when it is zero.
    let fraction = if fraction == 0.0 {
        fraction.copysign(number)
    } else {
        fraction
    };
    call.many(&[Value::number(whole), Value::number(fraction)])
}

fn frexp(call: &mut Call) -> NativeResult {
    let number = call.number(1)?;
    if number == 0.0 || !number.is_finite() {
        return call.many(&[Value::number(number), Value::number(0.0)]);
    }
    // Subnormal numbers are brought into the normal range first.
    let (scaled, shift) = if number.abs() < f64::MIN_POSITIVE {
        (number * 18_014_398_509_481_984.0, -54)
    } else {
        (number, 0)
    };
    let bits = scaled.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    call.many(&[Value::number(mantissa), Value::from(exponent + shift)])
}

fn ldexp(call: &mut Call) -> NativeResult {
    let mantissa = call.number(1)?;
    let exponent = call.number(2)?;
    call.one(scale_by_power_of_two(
        mantissa,
        exponent.clamp(-3000.0, 3000.0) as i32,
    ))
}

/// `number * 2^exponent`, rounded once.
fn scale_by_power_of_two(number: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    let (mut number, mut exponent) = (number, exponent);
    while exponent > 1023 {
        number *= power(1023);
        exponent -= 1023;
    }
    while exponent < -1022 {
        // Stay clear of the subnormal range until the last step, so that rounding happens once.
        let step = (-1022 + 53).max(exponent);
        number *= power(step);
        exponent -= step;
    }
    number * power(exponent)
}

/// The generator of one machine.
#[derive(Default)]
struct RandomState(TauswortheGenerator);

fn random(call: &mut Call) -> NativeResult {
    // As in LuaJIT, a number is drawn before the arguments are looked at, so that a failing call draws one too.
    let generator = &mut call.vm.extensions.get_or_default::<RandomState>().0;
    let unit = generator.next_unit();
    let (lower, upper) = match call.argument_count() {
        0 => return call.one(unit),
        1 => {
            return call
                .number(1)
                .and_then(|upper| call.one((unit * upper).floor() + 1.0));
        }
        _ => (call.number(1)?, call.number(2)?),
    };
    call.one((unit * (upper - lower + 1.0)).floor() + lower)
}

fn randomseed(call: &mut Call) -> NativeResult {
    let seed = call.number(1)?;
    call.vm
        .extensions
        .insert(RandomState(TauswortheGenerator::from_seed(seed)));
    call.none()
}
