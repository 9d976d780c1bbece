//! `love.math`: random numbers, noise, polygons, curves and transforms, over the models in `crate::math`.
//!
//! ```text
//! love.math.random(6)     the generator of this virtual machine (`State`), 1 to 6
//! love.math.newTransform  a `Transform` object, which love.graphics reads
//! ```
//!
//! Until something seeds it, the generator of a virtual machine has the seed of the engine's world. Not here: what
//! compress and decompress do, which are deprecated names of `love.data`.

use super::arguments::{OrRaise, float, optional_float};
use super::object::{LoveObject, OBJECT, ObjectType, object, push_object};
use super::{BY_EFFECTS, Context, Module};
use crate::graphics::{Placement, Transform};
use crate::math::{self, BezierCurve, Matrix4, RandomGenerator};
use rlove_vm::builtin::{Builtin, Effects, NativeFunction, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// `love.math`
pub static MODULE: Module = Module {
    name: "math",
    functions: FUNCTIONS,
    types: TYPES,
};

/// Declares a function that reads its arguments and makes values.
const fn reads(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        Effects::READS.and(Effects::ALLOCATES),
        BY_EFFECTS,
        body,
    )
}

/// Declares a function that changes an object or the generator.
const fn writes(
    name: &'static str,
    signature: &'static str,
    documentation: &'static str,
    body: NativeFunction,
) -> Builtin {
    Builtin::native(
        name,
        signature,
        documentation,
        Effects::WRITES.and(Effects::ALLOCATES),
        BY_EFFECTS,
        body,
    )
}

// ---- Random numbers ----

/// A `RandomGenerator` object.
#[derive(Default)]
pub struct Generator(Cell<RandomGenerator>);

impl LoveObject for Generator {
    fn object_type(&self) -> &'static ObjectType {
        &RANDOM_GENERATOR
    }
}

impl Generator {
    /// Works on the generator inside.
    fn with<T>(&self, work: impl FnOnce(&mut RandomGenerator) -> T) -> T {
        let mut generator = self.0.get();
        let result = work(&mut generator);
        self.0.set(generator);
        result
    }
}

/// What `love.math` keeps for a virtual machine.
struct State {
    generator: Rc<Generator>,
}

fn generator(vm: &mut Vm) -> Rc<Generator> {
    if let Some(state) = vm.extensions.get::<State>() {
        return Rc::clone(&state.generator);
    }
    let context = vm.extensions.get::<Rc<Context>>();
    let seed = context.map_or_else(|| vm.world.entropy(), |context| context.world.borrow().seed);
    let generator = Rc::new(Generator(Cell::new(RandomGenerator::with_seed(seed))));
    vm.extensions.insert(State {
        generator: Rc::clone(&generator),
    });
    generator
}

/// `RandomGenerator`
pub static RANDOM_GENERATOR: ObjectType = ObjectType {
    name: "RandomGenerator",
    parent: Some(&OBJECT),
    methods: &[
        writes(
            "RandomGenerator:random",
            "() -> number | (max: number) -> number | (min: number, max: number) -> number",
            "A number from 0 to 1, or a whole number in a range.",
            |call| {
                let generator = own_generator(call)?;
                random(call, &generator, 2)
            },
        ),
        writes(
            "RandomGenerator:randomNormal",
            "(deviation: number = 1, mean: number = 0) -> number",
            "A normally distributed number.",
            |call| {
                let generator = own_generator(call)?;
                random_normal(call, &generator, 2)
            },
        ),
        writes(
            "RandomGenerator:setSeed",
            "(seed: number) | (low: number, high: number)",
            "Starts the sequence of a seed.",
            |call| {
                let generator = own_generator(call)?;
                seed_generator(call, &generator, 2)
            },
        ),
        reads(
            "RandomGenerator:getSeed",
            "() -> number, number",
            "The halves of the seed.",
            |call| {
                let generator = own_generator(call)?;
                seed_halves(call, &generator)
            },
        ),
        writes(
            "RandomGenerator:setState",
            "(state: string)",
            "Continues from a state.",
            |call| {
                let generator = own_generator(call)?;
                set_state(call, &generator, 2)
            },
        ),
        reads(
            "RandomGenerator:getState",
            "() -> string",
            "The state.",
            |call| {
                let generator = own_generator(call)?;
                get_state(call, &generator)
            },
        ),
    ],
};

fn own_generator(call: &mut Call<'_>) -> Result<Rc<Generator>, Raised> {
    object(call, 1, "RandomGenerator")
}

/// The range stands in the arguments from `first` on.
fn random(call: &mut Call<'_>, generator: &Generator, first: u32) -> NativeResult {
    let fraction = generator.with(RandomGenerator::random);
    let number = if !call.argument(first + 1).is_nil() {
        let (low, high) = (call.number(first)?, call.number(first + 1)?);
        (fraction * (high - low + 1.0)).floor() + low
    } else if !call.argument(first).is_nil() {
        (fraction * call.number(first)?).floor() + 1.0
    } else {
        fraction
    };
    call.one(Value::canonical_number(number))
}

fn random_normal(call: &mut Call<'_>, generator: &Generator, first: u32) -> NativeResult {
    let deviation = call.optional_number(first, 1.0)?;
    let mean = call.optional_number(first + 1, 0.0)?;
    let number = generator.with(|generator| generator.random_normal(deviation)) + mean;
    call.one(Value::canonical_number(number))
}

fn seed_part(call: &mut Call<'_>, index: u32) -> Result<f64, Raised> {
    let number = call.number(index)?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(call.argument_error(index, "invalid random seed"))
    }
}

/// A seed as one number or as two halves.
fn seed_argument(call: &mut Call<'_>, first: u32) -> Result<u64, Raised> {
    let low = seed_part(call, first)?;
    // A negative number wraps around, as C's conversion does.
    let whole = |number: f64| {
        if number < 0.0 {
            number as i64 as u64
        } else {
            number as u64
        }
    };
    if call.argument(first + 1).is_nil() {
        return Ok(whole(low));
    }
    let high = seed_part(call, first + 1)?;
    Ok(u64::from(whole(low) as u32) | u64::from(whole(high) as u32) << 32)
}

fn seed_generator(call: &mut Call<'_>, generator: &Generator, first: u32) -> NativeResult {
    let seed = seed_argument(call, first)?;
    generator.0.set(RandomGenerator::with_seed(seed));
    call.none()
}

fn seed_halves(call: &mut Call<'_>, generator: &Generator) -> NativeResult {
    let seed = generator.0.get().seed();
    call.many(&[
        Value::number(f64::from(seed as u32)),
        Value::number(f64::from((seed >> 32) as u32)),
    ])
}

fn set_state(call: &mut Call<'_>, generator: &Generator, index: u32) -> NativeResult {
    let text = call.text(index)?;
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(state) => generator.with(|generator| generator.set_state(state)),
        None => return Err(call.error(format!("Invalid random state: {text}"))),
    }
    call.none()
}

fn get_state(call: &mut Call<'_>, generator: &Generator) -> NativeResult {
    call.one_string(format!("0x{:016x}", generator.0.get().state()))
}

// ---- Lists of numbers ----

/// Points from a table of numbers or from all arguments.
fn points_argument(call: &mut Call<'_>, first: u32) -> Result<Vec<[f32; 2]>, Raised> {
    let mut numbers = Vec::new();
    let argument = call.argument(first);
    if argument.is_table() {
        for index in 1..=call.vm.raw_length(argument) as i64 {
            numbers.push(super::arguments::element_float(
                call, argument, index, None,
            )?);
        }
    } else {
        for index in first..=call.argument_count().max(first) {
            numbers.push(float(call, index)?);
        }
    }
    let (points, rest) = numbers.as_chunks::<2>();
    if rest.is_empty() {
        Ok(points.to_vec())
    } else {
        Err(call.error("Number of vertex components must be a multiple of two"))
    }
}

/// A table of the numbers of points.
fn push_points(call: &mut Call<'_>, points: &[[f32; 2]]) -> Result<Value, Raised> {
    let table = call.vm.new_table();
    for (index, &number) in points.as_flattened().iter().enumerate() {
        let value = Value::canonical_number(f64::from(number));
        call.vm.raw_set_index(table, index as i64 + 1, value)?;
    }
    Ok(table)
}

fn point_results(call: &mut Call<'_>, [x, y]: [f32; 2]) -> NativeResult {
    call.many(&[
        Value::canonical_number(f64::from(x)),
        Value::canonical_number(f64::from(y)),
    ])
}

fn triangulate(call: &mut Call<'_>) -> NativeResult {
    let points = points_argument(call, 1)?;
    if points.len() < 3 {
        return Err(call.error("Need at least 3 vertices to triangulate"));
    }
    let triangles = math::triangulate(&points).or_raise(call)?;
    let list = call.vm.new_table();
    call.push(list);
    for (index, triangle) in triangles.iter().enumerate() {
        let table = push_points(call, triangle)?;
        call.vm.raw_set_index(list, index as i64 + 1, table)?;
    }
    call.pushed(1)
}

fn is_convex(call: &mut Call<'_>) -> NativeResult {
    let points = points_argument(call, 1)?;
    call.one(Value::boolean(math::is_convex(&points)))
}

// ---- Colours ----

/// Up to four channels, from a table or from arguments; what is not there stays nil, as with LÖVE.
fn channels(call: &mut Call<'_>, convert: fn(f64) -> f64) -> NativeResult {
    let first = call.argument(1);
    let mut results = [Value::NIL; 4];
    for (place, result) in results.iter_mut().enumerate() {
        let value = if first.is_table() {
            call.vm.raw_get_index(first, place as i64 + 1)
        } else {
            call.argument(place as u32 + 1)
        };
        if place > 0 && value.is_nil() {
            continue;
        }
        let number = match call.vm.to_number(value) {
            Some(number) => number,
            None => return Err(call.type_error(place as u32 + 1, "number")),
        };
        // Alpha is never on a curve.
        *result = Value::canonical_number(convert(number));
    }
    call.many(&results)
}

fn curve_channels(call: &mut Call<'_>, convert: fn(f64) -> f64) -> NativeResult {
    let alpha = if call.argument(1).is_table() {
        let table = call.argument(1);
        call.vm.raw_get_index(table, 4)
    } else {
        call.argument(4)
    };
    let first = call.argument(1);
    let mut results = [Value::NIL, Value::NIL, Value::NIL, alpha];
    for (place, result) in results.iter_mut().take(3).enumerate() {
        let value = if first.is_table() {
            call.vm.raw_get_index(first, place as i64 + 1)
        } else {
            call.argument(place as u32 + 1)
        };
        if place > 0 && value.is_nil() {
            continue;
        }
        match call.vm.to_number(value) {
            Some(number) => *result = Value::canonical_number(convert(number)),
            None => return Err(call.type_error(place as u32 + 1, "number")),
        }
    }
    call.many(&results)
}

// ---- Curves ----

/// A `BezierCurve` object.
#[derive(Default)]
pub struct Curve(RefCell<BezierCurve>);

impl LoveObject for Curve {
    fn object_type(&self) -> &'static ObjectType {
        &BEZIER_CURVE
    }
}

fn push_curve(call: &mut Call<'_>, curve: BezierCurve) -> NativeResult {
    let value = push_object(call.vm, Rc::new(Curve(RefCell::new(curve))));
    call.one(value)
}

fn own_curve(call: &mut Call<'_>) -> Result<Rc<Curve>, Raised> {
    object(call, 1, "BezierCurve")
}

/// The place of the control point with the number in an argument.
fn curve_place(call: &mut Call<'_>, curve: &Curve, index: u32) -> Result<usize, Raised> {
    let number = call.integer64(index)?;
    let place = curve.0.borrow().place(number);
    place
        .ok_or("Curve contains no control points.")
        .or_raise(call)
}

/// `BezierCurve`
pub static BEZIER_CURVE: ObjectType = ObjectType {
    name: "BezierCurve",
    parent: Some(&OBJECT),
    methods: &[
        reads(
            "BezierCurve:getDegree",
            "() -> number",
            "One less than the number of points.",
            |call| {
                let degree = own_curve(call)?.0.borrow().degree();
                call.one(f64::from(degree))
            },
        ),
        reads(
            "BezierCurve:getControlPointCount",
            "() -> number",
            "The number of points.",
            |call| {
                let count = own_curve(call)?.0.borrow().points.len();
                call.one(count as f64)
            },
        ),
        reads(
            "BezierCurve:getControlPoint",
            "(index: number) -> number, number",
            "A point.",
            |call| {
                let curve = own_curve(call)?;
                let place = curve_place(call, &curve, 2)?;
                let point = curve.0.borrow().points[place];
                point_results(call, point)
            },
        ),
        writes(
            "BezierCurve:setControlPoint",
            "(index: number, x: number, y: number)",
            "Moves a point.",
            |call| {
                let curve = own_curve(call)?;
                let place = curve_place(call, &curve, 2)?;
                let point = [float(call, 3)?, float(call, 4)?];
                curve.0.borrow_mut().points[place] = point;
                call.none()
            },
        ),
        writes(
            "BezierCurve:insertControlPoint",
            "(x: number, y: number, index: number = -1)",
            "Adds a point before another.",
            |call| {
                let curve = own_curve(call)?;
                let point = [float(call, 2)?, float(call, 3)?];
                let number = call.optional_number(4, -1.0)? as i64;
                curve.0.borrow_mut().insert(point, number);
                call.none()
            },
        ),
        writes(
            "BezierCurve:removeControlPoint",
            "(index: number)",
            "Takes a point away.",
            |call| {
                let curve = own_curve(call)?;
                let place = curve_place(call, &curve, 2)?;
                curve.0.borrow_mut().points.remove(place);
                call.none()
            },
        ),
        reads(
            "BezierCurve:getDerivative",
            "() -> BezierCurve",
            "The curve of the directions.",
            |call| {
                let curve = own_curve(call)?;
                let derivative = curve.0.borrow().derivative().or_raise(call)?;
                push_curve(call, derivative)
            },
        ),
        reads(
            "BezierCurve:getSegment",
            "(start: number, end: number) -> BezierCurve",
            "A part.",
            |call| {
                let curve = own_curve(call)?;
                let (start, end) = (call.number(2)?, call.number(3)?);
                let part = curve.0.borrow().segment(start, end).or_raise(call)?;
                push_curve(call, part)
            },
        ),
        reads(
            "BezierCurve:evaluate",
            "(t: number) -> number, number",
            "The point at a place from 0 to 1.",
            |call| {
                let curve = own_curve(call)?;
                let t = call.number(2)?;
                let point = curve.0.borrow().evaluate(t).or_raise(call)?;
                point_results(call, point)
            },
        ),
        reads(
            "BezierCurve:render",
            "(depth: number = 5) -> {number}",
            "A line of points near the curve.",
            |call| {
                let curve = own_curve(call)?;
                let depth = call.optional_integer(2, 5)?;
                let joints = joints(call);
                let line = curve.0.borrow().render(depth, joints).or_raise(call)?;
                let table = push_points(call, &line)?;
                call.one(table)
            },
        ),
        reads(
            "BezierCurve:renderSegment",
            "(start: number, end: number, depth: number = 5) -> {number}",
            "A part of the line that render makes.",
            |call| {
                let curve = own_curve(call)?;
                let (start, end) = (call.number(2)?, call.number(3)?);
                let depth = call.optional_integer(4, 5)?;
                let joints = joints(call);
                let line = curve
                    .0
                    .borrow()
                    .render_segment(start, end, depth, joints)
                    .or_raise(call)?;
                let table = push_points(call, &line)?;
                call.one(table)
            },
        ),
        writes(
            "BezierCurve:translate",
            "(x: number, y: number)",
            "Moves the curve.",
            |call| {
                let curve = own_curve(call)?;
                let (x, y) = (float(call, 2)?, float(call, 3)?);
                curve
                    .0
                    .borrow_mut()
                    .map(|point| [point[0] + x, point[1] + y]);
                call.none()
            },
        ),
        writes(
            "BezierCurve:rotate",
            "(angle: number, x: number = 0, y: number = 0)",
            "Turns the curve.",
            |call| {
                let curve = own_curve(call)?;
                let (sine, cosine) = call.number(2)?.sin_cos();
                let (sine, cosine) = (sine as f32, cosine as f32);
                let (x, y) = (optional_float(call, 3, 0.0)?, optional_float(call, 4, 0.0)?);
                curve.0.borrow_mut().map(|point| {
                    let (dx, dy) = (point[0] - x, point[1] - y);
                    [cosine * dx - sine * dy + x, sine * dx + cosine * dy + y]
                });
                call.none()
            },
        ),
        writes(
            "BezierCurve:scale",
            "(factor: number, x: number = 0, y: number = 0)",
            "Scales the curve.",
            |call| {
                let curve = own_curve(call)?;
                let factor = float(call, 2)?;
                let (x, y) = (optional_float(call, 3, 0.0)?, optional_float(call, 4, 0.0)?);
                curve
                    .0
                    .borrow_mut()
                    .map(|point| [(point[0] - x) * factor + x, (point[1] - y) * factor + y]);
                call.none()
            },
        ),
    ],
};

/// What rendering does with the points where halves meet.
fn joints(call: &Call<'_>) -> math::Joints {
    if super::is_version_12(call.vm) {
        math::Joints::Dropped
    } else {
        math::Joints::Kept
    }
}

// ---- Transforms ----

/// A `Transform` object: the two-dimensional part, which drawing reads, and the whole matrix.
pub struct TransformObject(pub Cell<Transform>, Cell<Matrix4>);

impl LoveObject for TransformObject {
    fn object_type(&self) -> &'static ObjectType {
        &TRANSFORM
    }
}

impl TransformObject {
    fn new(matrix: Matrix4) -> Self {
        Self(Cell::new(matrix.affine()), Cell::new(matrix))
    }

    /// All of it.
    pub fn matrix(&self) -> Matrix4 {
        self.1.get()
    }

    fn set(&self, matrix: Matrix4) {
        self.0.set(matrix.affine());
        self.1.set(matrix);
    }

    /// Becomes the inverse of `other`.
    pub fn invert_of(&self, other: &TransformObject) {
        self.set(other.1.get().inverse());
    }
}

fn push_transform(call: &mut Call<'_>, matrix: Matrix4) -> NativeResult {
    let value = push_object(call.vm, Rc::new(TransformObject::new(matrix)));
    call.one(value)
}

fn own_transform(call: &mut Call<'_>) -> Result<Rc<TransformObject>, Raised> {
    object(call, 1, "Transform")
}

/// The nine numbers of a placement, from argument `first` on.
fn placement_argument(call: &mut Call<'_>, first: u32) -> Result<Placement, Raised> {
    let sx = optional_float(call, first + 3, 1.0)?;
    Ok(Placement {
        x: optional_float(call, first, 0.0)?,
        y: optional_float(call, first + 1, 0.0)?,
        r: optional_float(call, first + 2, 0.0)?,
        sx,
        sy: optional_float(call, first + 4, sx)?,
        ox: optional_float(call, first + 5, 0.0)?,
        oy: optional_float(call, first + 6, 0.0)?,
        kx: optional_float(call, first + 7, 0.0)?,
        ky: optional_float(call, first + 8, 0.0)?,
    })
}

/// Works on the matrix of the first argument and answers that argument.
fn change_transform(
    call: &mut Call<'_>,
    change: impl FnOnce(&mut Call<'_>, &mut Matrix4) -> Result<(), Raised>,
) -> NativeResult {
    let object = own_transform(call)?;
    let mut matrix = object.1.get();
    change(call, &mut matrix)?;
    object.set(matrix);
    let own = call.argument(1);
    call.one(own)
}

/// Sixteen numbers, in rows unless the first argument says "column": as arguments, as a table or as a table of tables.
fn matrix_argument(call: &mut Call<'_>) -> Result<Matrix4, Raised> {
    let mut first = 2;
    let mut by_columns = false;
    if call.argument(2).is_string() && call.vm.to_number(call.argument(2)).is_none() {
        by_columns = match call.text(2)?.as_str() {
            "row" => false,
            "column" => true,
            other => {
                let message =
                    format!("Invalid matrix layout '{other}', expected one of: 'row', 'column'");
                return Err(call.error(message));
            }
        };
        first = 3;
    }
    let mut elements = [0.0; 16];
    let argument = call.argument(first);
    if argument.is_table() {
        let is_nested = call.vm.raw_get_index(argument, 1).is_table();
        for (place, element) in elements.iter_mut().enumerate() {
            *element = if is_nested {
                let line = call.vm.raw_get_index(argument, place as i64 / 4 + 1);
                if !line.is_table() {
                    return Err(call.argument_error(first, "table of 4 tables expected"));
                }
                super::arguments::element_float(call, line, place as i64 % 4 + 1, None)?
            } else {
                super::arguments::element_float(call, argument, place as i64 + 1, None)?
            };
        }
    } else {
        for (place, element) in elements.iter_mut().enumerate() {
            *element = float(call, first + place as u32)?;
        }
    }
    let matrix = Matrix4 { elements };
    Ok(if by_columns {
        matrix
    } else {
        matrix.transposed()
    })
}

/// `Transform`
pub static TRANSFORM: ObjectType = ObjectType {
    name: "Transform",
    parent: Some(&OBJECT),
    methods: &[
        reads("Transform:clone", "() -> Transform", "A copy.", |call| {
            let matrix = own_transform(call)?.1.get();
            push_transform(call, matrix)
        }),
        reads(
            "Transform:inverse",
            "() -> Transform",
            "What takes back this transform.",
            |call| {
                let matrix = own_transform(call)?.1.get();
                push_transform(call, matrix.inverse())
            },
        ),
        reads(
            "Transform:__mul",
            "(other: Transform) -> Transform",
            "Both, the other one first.",
            |call| {
                let left = own_transform(call)?.1.get();
                let right = object::<TransformObject>(call, 2, "Transform")?.1.get();
                push_transform(call, left * right)
            },
        ),
        writes(
            "Transform:apply",
            "(other: Transform) -> Transform",
            "Puts another transform inside.",
            |call| {
                change_transform(call, |call, matrix| {
                    let other = object::<TransformObject>(call, 2, "Transform")?.1.get();
                    *matrix = *matrix * other;
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:translate",
            "(x: number, y: number) -> Transform",
            "Moves.",
            |call| {
                change_transform(call, |call, matrix| {
                    let (x, y) = (float(call, 2)?, float(call, 3)?);
                    matrix.operate(|right| right.translate(x, y));
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:rotate",
            "(angle: number) -> Transform",
            "Turns.",
            |call| {
                change_transform(call, |call, matrix| {
                    let angle = float(call, 2)?;
                    matrix.operate(|right| right.rotate(angle));
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:scale",
            "(x: number, y: number = x) -> Transform",
            "Scales.",
            |call| {
                change_transform(call, |call, matrix| {
                    let x = float(call, 2)?;
                    let y = optional_float(call, 3, x)?;
                    matrix.operate(|right| right.scale(x, y));
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:shear",
            "(x: number, y: number) -> Transform",
            "Shears.",
            |call| {
                change_transform(call, |call, matrix| {
                    let (x, y) = (float(call, 2)?, float(call, 3)?);
                    matrix.operate(|right| right.shear(x, y));
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:reset",
            "() -> Transform",
            "Changes nothing any more.",
            |call| {
                change_transform(call, |_, matrix| {
                    *matrix = Matrix4::IDENTITY;
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:setTransformation",
            "(x: number, y: number, angle: number, sx: number, sy: number, ox: number, oy: number, kx: number, ky: number) -> Transform",
            "Sets it as the last arguments of love.graphics.draw would.",
            |call| {
                change_transform(call, |call, matrix| {
                    *matrix = Matrix4::from_placement(placement_argument(call, 2)?);
                    Ok(())
                })
            },
        ),
        writes(
            "Transform:setMatrix",
            "(...: any) -> Transform",
            "Sets all sixteen elements.",
            |call| {
                change_transform(call, |call, matrix| {
                    *matrix = matrix_argument(call)?;
                    Ok(())
                })
            },
        ),
        reads(
            "Transform:getMatrix",
            "() -> ...",
            "All sixteen elements, row after row.",
            |call| {
                let rows = own_transform(call)?.1.get().transposed().elements;
                call.many(&rows.map(|number| Value::canonical_number(f64::from(number))))
            },
        ),
        reads(
            "Transform:transformPoint",
            "(x: number, y: number) -> number, number",
            "Where a point goes.",
            |call| {
                let matrix = own_transform(call)?.1.get();
                let point = [float(call, 2)?, float(call, 3)?];
                point_results(call, matrix.apply(point))
            },
        ),
        reads(
            "Transform:inverseTransformPoint",
            "(x: number, y: number) -> number, number",
            "Where a point comes from.",
            |call| {
                let matrix = own_transform(call)?.1.get();
                let point = [float(call, 2)?, float(call, 3)?];
                point_results(call, matrix.inverse().apply(point))
            },
        ),
        reads(
            "Transform:isAffine2DTransform",
            "() -> boolean",
            "Whether it stays in the plane.",
            |call| {
                let is_affine = own_transform(call)?.1.get().is_affine();
                call.one(Value::boolean(is_affine))
            },
        ),
    ],
};

/// The types of `love.math`.
static TYPES: &[&ObjectType] = &[&RANDOM_GENERATOR, &BEZIER_CURVE, &TRANSFORM];

/// The functions of `love.math`.
const FUNCTIONS: &[Builtin] = &[
    writes(
        "love.math.random",
        "() -> number | (max: number) -> number | (min: number, max: number) -> number",
        "A number from 0 to 1, or a whole number in a range.",
        |call| {
            let generator = generator(call.vm);
            random(call, &generator, 1)
        },
    ),
    writes(
        "love.math.randomNormal",
        "(deviation: number = 1, mean: number = 0) -> number",
        "A normally distributed number.",
        |call| {
            let generator = generator(call.vm);
            random_normal(call, &generator, 1)
        },
    ),
    writes(
        "love.math.compress",
        "(bytes: any, format: string, [level: number]) -> CompressedData",
        "Deprecated: use love.data.compress.",
        super::data::compress_for_math,
    ),
    writes(
        "love.math.decompress",
        "(bytes: any, [format: string]) -> string",
        "Deprecated: use love.data.decompress.",
        super::data::decompress_for_math,
    ),
    writes(
        "love.math.setRandomSeed",
        "(seed: number) | (low: number, high: number)",
        "Starts the sequence of a seed.",
        |call| {
            let generator = generator(call.vm);
            seed_generator(call, &generator, 1)
        },
    ),
    reads(
        "love.math.getRandomSeed",
        "() -> number, number",
        "The halves of the seed.",
        |call| {
            let generator = generator(call.vm);
            seed_halves(call, &generator)
        },
    ),
    writes(
        "love.math.setRandomState",
        "(state: string)",
        "Continues from a state.",
        |call| {
            let generator = generator(call.vm);
            set_state(call, &generator, 1)
        },
    ),
    reads(
        "love.math.getRandomState",
        "() -> string",
        "The state.",
        |call| {
            let generator = generator(call.vm);
            get_state(call, &generator)
        },
    ),
    reads(
        "love.math.newRandomGenerator",
        "() -> RandomGenerator | (seed: number) -> RandomGenerator | (low: number, high: number) -> RandomGenerator",
        "A generator of its own.",
        |call| {
            let generator = if call.argument(1).is_nil() {
                RandomGenerator::default()
            } else {
                RandomGenerator::with_seed(seed_argument(call, 1)?)
            };
            let value = push_object(call.vm, Rc::new(Generator(Cell::new(generator))));
            call.one(value)
        },
    ),
    reads(
        "love.math.noise",
        "(x: number) -> number | (x: number, y: number) -> number | (x: number, y: number, z: number) -> number | \
         (x: number, y: number, z: number, w: number) -> number",
        "Smooth noise from 0 to 1.",
        |call| {
            let x = float(call, 1)?;
            let value = match call.argument_count() {
                0 | 1 => math::noise1(x),
                2 => math::noise2(x, float(call, 2)?),
                3 => math::noise3(x, float(call, 2)?, float(call, 3)?),
                _ => math::noise4(x, float(call, 2)?, float(call, 3)?, float(call, 4)?),
            };
            call.one(Value::canonical_number(f64::from(value)))
        },
    ),
    reads(
        "love.math.triangulate",
        "(...: any) -> table",
        "Cuts a polygon into triangles.",
        triangulate,
    ),
    reads(
        "love.math.isConvex",
        "(...: any) -> boolean",
        "Whether a polygon has no dent.",
        is_convex,
    ),
    reads(
        "love.math.newBezierCurve",
        "(...: any) -> BezierCurve",
        "A curve by its control points.",
        |call| {
            let points = points_argument(call, 1)?;
            push_curve(call, BezierCurve::new(points))
        },
    ),
    reads(
        "love.math.newTransform",
        "(x: number, y: number, angle: number, sx: number, sy: number, ox: number, oy: number, kx: number, ky: number) -> Transform",
        "A transform, as the last arguments of love.graphics.draw describe one.",
        |call| {
            let placement = placement_argument(call, 1)?;
            push_transform(call, Matrix4::from_placement(placement))
        },
    ),
    reads(
        "love.math.gammaToLinear",
        "(...: any) -> number, number, number, number",
        "From sRGB to light.",
        |call| {
            curve_channels(call, |channel| {
                f64::from(math::gamma_to_linear(channel as f32))
            })
        },
    ),
    reads(
        "love.math.linearToGamma",
        "(...: any) -> number, number, number, number",
        "From light to sRGB.",
        |call| {
            curve_channels(call, |channel| {
                f64::from(math::linear_to_gamma(channel as f32))
            })
        },
    ),
    reads(
        "love.math.colorToBytes",
        "(r: number, g: number, b: number, a: number) -> number, number, number, number",
        "Channels from 0 to 255.",
        |call| {
            channels(call, |channel| {
                (channel.clamp(0.0, 1.0) * 255.0 + 0.5).floor()
            })
        },
    ),
    reads(
        "love.math.colorFromBytes",
        "(r: number, g: number, b: number, a: number) -> number, number, number, number",
        "Channels from 0 to 1.",
        |call| {
            channels(call, |channel| {
                (channel + 0.5).floor().clamp(0.0, 255.0) / 255.0
            })
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with `love.math` as its only library.
    fn run(source: &str) -> Vec<Value> {
        let mut vm = Vm::new();
        let library = vm.new_table();
        vm.register(library, FUNCTIONS)
            .expect("the functions register");
        let globals = vm.globals();
        vm.set_field(globals, "m", library);
        let chunk = vm
            .load_source(source.as_bytes(), b"=test")
            .expect("the source is Lua");
        vm.call_function(chunk, &[]).expect("the program runs")
    }

    fn numbers(source: &str) -> Vec<f64> {
        run(source)
            .iter()
            .map(|value| value.as_number().expect("a number"))
            .collect()
    }

    #[test]
    fn a_seed_gives_loves_numbers() {
        let found = numbers(
            "m.setRandomSeed(42) return m.random(), m.random(10), m.random(-5, 5), m.random()",
        );
        assert!(
            (found[0] - 0.623707).abs() < 1e-6
                && found[1..3] == [9.0, -3.0]
                && (found[3] - 0.333281).abs() < 1e-6
        );
    }

    #[test]
    fn transforms_multiply() {
        let found = numbers(
            "local t = m.newTransform(10, 20, 0.5, 2, 3, 1, 1, 0.1, 0.2)
             local x, y = t:transformPoint(3, 4)
             local u, v = (t * t:inverse()):transformPoint(7, 8)
             return x, y, u, v",
        );
        for (ours, love) in found.iter().zip([9.14674, 31.1567, 7.0, 8.0]) {
            assert!((ours - love).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn curves_wrap_their_numbers() {
        assert_eq!(
            numbers("return m.newBezierCurve(0, 0, 10, 20):getControlPoint(-1)"),
            [10.0, 20.0]
        );
    }
}
