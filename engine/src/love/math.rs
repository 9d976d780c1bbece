//! `love.math`: random numbers, noise, polygons, colours, transforms.

use super::object::{LoveObject, OBJECT, ObjectType, object, optional_object, push_object};
use super::{Module, context, enum_error};
use crate::graphics::{Placement, Transform};
use crate::math::{self, RandomGenerator};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// `love.math`
pub static MODULE: Module = Module {
    name: "math",
    functions: FUNCTIONS,
    types: &[&RANDOM_GENERATOR, &TRANSFORM],
};

static FUNCTIONS: &[Builtin] = builtins![
    "love.math.random", "() -> number | (most: number) -> number | (least: number, most: number) -> number", "A random number.", Effects::WRITES, random;
    "love.math.randomNormal", "(deviation: number = 1, mean: number = 0) -> number", "A normally distributed random number.", Effects::WRITES, random_normal;
    "love.math.setRandomSeed", "(seed: number) | (low: number, high: number)", "Starts the sequence of a seed.", Effects::WRITES, set_random_seed;
    "love.math.getRandomSeed", "() -> number, number", "The seed in two halves.", Effects::READS, get_random_seed;
    "love.math.setRandomState", "(state: string)", "Goes to a state.", Effects::WRITES, set_random_state;
    "love.math.getRandomState", "() -> string", "The state.", Effects::READS, get_random_state;
    "love.math.newRandomGenerator", "() -> RandomGenerator | (seed: number) -> RandomGenerator | (low: number, high: number) -> RandomGenerator", "A generator of its own.", Effects::ALLOCATES, new_random_generator;
    "love.math.noise", "(x: number, y: number = nil, z: number = nil, w: number = nil) -> number", "Noise between 0 and 1.", Effects::PURE, noise;
    "love.math.isConvex", "(vertices: {number}) -> boolean | (...: number) -> boolean", "Whether a polygon is convex.", Effects::READS, is_convex;
    "love.math.triangulate", "(vertices: {number}) -> table | (...: number) -> table", "Triangles that make up a polygon.", Effects::ALLOCATES, triangulate;
    "love.math.gammaToLinear", "(...: number) -> ... | (color: {number}) -> ...", "From gamma-encoded to linear colours.", Effects::PURE, gamma_to_linear;
    "love.math.linearToGamma", "(...: number) -> ... | (color: {number}) -> ...", "From linear to gamma-encoded colours.", Effects::PURE, linear_to_gamma;
    "love.math.colorToBytes", "(...: number) -> ...", "From 0…1 to 0…255.", Effects::PURE, color_to_bytes;
    "love.math.colorFromBytes", "(...: number) -> ...", "From 0…255 to 0…1.", Effects::PURE, color_from_bytes;
    "love.math.newTransform", "() -> Transform | (x: number, y: number, r: number = 0, sx: number = 1, sy: number = sx, ox: number = 0, oy: number = 0, kx: number = 0, ky: number = 0) -> Transform", "A transformation.", Effects::ALLOCATES, new_transform;
];

/// A generator in Lua.
struct Generator(RefCell<RandomGenerator>);

static RANDOM_GENERATOR: ObjectType = ObjectType {
    name: "RandomGenerator",
    parent: Some(&OBJECT),
    methods: builtins![
        "RandomGenerator:random", "(generator: RandomGenerator, ...: number) -> number", "A random number.", Effects::WRITES, generator_random;
        "RandomGenerator:randomNormal", "(generator: RandomGenerator, deviation: number = 1, mean: number = 0) -> number", "A normally distributed random number.", Effects::WRITES, generator_random_normal;
        "RandomGenerator:setSeed", "(generator: RandomGenerator, low: number, high: number = nil)", "Starts the sequence of a seed.", Effects::WRITES, generator_set_seed;
        "RandomGenerator:getSeed", "(generator: RandomGenerator) -> number, number", "The seed in two halves.", Effects::READS, generator_get_seed;
        "RandomGenerator:setState", "(generator: RandomGenerator, state: string)", "Goes to a state.", Effects::WRITES, generator_set_state;
        "RandomGenerator:getState", "(generator: RandomGenerator) -> string", "The state.", Effects::READS, generator_get_state;
    ],
};

impl LoveObject for Generator {
    fn object_type(&self) -> &'static ObjectType {
        &RANDOM_GENERATOR
    }
}

/// The generator behind `love.math.random`, seeded by the world.
fn global(call: &mut Call<'_>) -> Rc<Generator> {
    if let Some(generator) = call.vm.extensions.get::<Rc<Generator>>() {
        return generator.clone();
    }
    let seed = context(call).world.borrow().seed;
    let generator = Rc::new(Generator(RefCell::new(RandomGenerator::new(seed))));
    call.vm.extensions.insert(generator.clone());
    generator
}

fn this(call: &mut Call<'_>) -> Result<Rc<Generator>, Raised> {
    object::<Generator>(call, 1, "RandomGenerator")
}

/// LÖVE's range rules for the arguments from `index` on.
fn draw(call: &mut Call<'_>, generator: &Generator, index: u32) -> NativeResult {
    let first = if call.argument(index).is_nil() {
        None
    } else {
        Some(call.number(index)?)
    };
    let second = if call.argument(index + 1).is_nil() {
        None
    } else {
        Some(call.number(index + 1)?)
    };
    let unit = generator.0.borrow_mut().random();
    call.one(match (first, second) {
        (Some(least), Some(most)) => (unit * (most - least + 1.0)).floor() + least,
        (Some(most), None) => (unit * most).floor() + 1.0,
        _ => unit,
    })
}

fn random(call: &mut Call<'_>) -> NativeResult {
    let generator = global(call);
    draw(call, &generator, 1)
}

fn generator_random(call: &mut Call<'_>) -> NativeResult {
    let generator = this(call)?;
    draw(call, &generator, 2)
}

fn draw_normal(call: &mut Call<'_>, generator: &Generator, index: u32) -> NativeResult {
    let (deviation, mean) = (
        call.optional_number(index, 1.0)?,
        call.optional_number(index + 1, 0.0)?,
    );
    let number = generator.0.borrow_mut().random_normal(deviation);
    call.one(number + mean)
}

fn random_normal(call: &mut Call<'_>) -> NativeResult {
    let generator = global(call);
    draw_normal(call, &generator, 1)
}

fn generator_random_normal(call: &mut Call<'_>) -> NativeResult {
    let generator = this(call)?;
    draw_normal(call, &generator, 2)
}

/// A seed from one number, or from two halves.
fn check_seed(call: &mut Call<'_>, index: u32) -> Result<u64, Raised> {
    let low = call.number(index)?;
    if !low.is_finite() {
        return Err(call.argument_error(index, "invalid random seed"));
    }
    if call.argument(index + 1).is_nil() {
        return Ok(if low < 0.0 {
            (low as i64) as u64
        } else {
            low as u64
        });
    }
    let high = call.number(index + 1)?;
    if !high.is_finite() {
        return Err(call.argument_error(index + 1, "invalid random seed"));
    }
    let half = |number: f64| u64::from((number as i64) as u32);
    Ok(half(high) << 32 | half(low))
}

fn set_random_seed(call: &mut Call<'_>) -> NativeResult {
    let seed = check_seed(call, 1)?;
    global(call).0.borrow_mut().set_seed(seed);
    call.none()
}

fn generator_set_seed(call: &mut Call<'_>) -> NativeResult {
    let generator = this(call)?;
    let seed = check_seed(call, 2)?;
    generator.0.borrow_mut().set_seed(seed);
    call.none()
}

fn halves(call: &mut Call<'_>, seed: u64) -> NativeResult {
    call.many(&[
        Value::number(f64::from(seed as u32)),
        Value::number(f64::from((seed >> 32) as u32)),
    ])
}

fn get_random_seed(call: &mut Call<'_>) -> NativeResult {
    let seed = global(call).0.borrow().seed();
    halves(call, seed)
}

fn generator_get_seed(call: &mut Call<'_>) -> NativeResult {
    let seed = this(call)?.0.borrow().seed();
    halves(call, seed)
}

fn go_to_state(call: &mut Call<'_>, generator: &Generator, index: u32) -> NativeResult {
    let state = call.text(index)?;
    let is_set = generator.0.borrow_mut().set_state(&state);
    if is_set {
        call.none()
    } else {
        Err(call.error(format!("Invalid random state: {state}")))
    }
}

fn set_random_state(call: &mut Call<'_>) -> NativeResult {
    let generator = global(call);
    go_to_state(call, &generator, 1)
}

fn generator_set_state(call: &mut Call<'_>) -> NativeResult {
    let generator = this(call)?;
    go_to_state(call, &generator, 2)
}

fn get_random_state(call: &mut Call<'_>) -> NativeResult {
    let state = global(call).0.borrow().state();
    call.one_string(state)
}

fn generator_get_state(call: &mut Call<'_>) -> NativeResult {
    let state = this(call)?.0.borrow().state();
    call.one_string(state)
}

fn new_random_generator(call: &mut Call<'_>) -> NativeResult {
    let mut generator = RandomGenerator::default();
    if call.argument_count() > 0 {
        generator.set_seed(check_seed(call, 1)?);
    }
    let value = push_object(call.vm, Rc::new(Generator(RefCell::new(generator))));
    call.one(value)
}

fn noise(call: &mut Call<'_>) -> NativeResult {
    let mut coordinates = [0.0; 4];
    let count = call.argument_count().clamp(1, 4);
    for index in 0..count {
        coordinates[index as usize] = call.number(index + 1)? as f32;
    }
    call.one(f64::from(math::noise(&coordinates[..count as usize])))
}

/// Numbers of the arguments or of a table.
fn numbers(call: &mut Call<'_>) -> Result<Vec<f32>, Raised> {
    let first = call.argument(1);
    if !first.is_table() {
        return (1..=call.argument_count())
            .map(|index| Ok(call.number(index)? as f32))
            .collect();
    }
    let mut list = Vec::new();
    for index in 1..=call.vm.raw_length(first) {
        let value = call.vm.raw_get_index(first, index as i64);
        match call.vm.to_number(value) {
            Some(number) => list.push(number as f32),
            None => {
                let got = value.type_name();
                return Err(call.error(format!("number expected, got {got}")));
            }
        }
    }
    Ok(list)
}

fn points(call: &mut Call<'_>) -> Result<Vec<[f32; 2]>, Raised> {
    let numbers = numbers(call)?;
    Ok(numbers
        .chunks_exact(2)
        .map(|pair| [pair[0], pair[1]])
        .collect())
}

fn is_convex(call: &mut Call<'_>) -> NativeResult {
    let points = points(call)?;
    call.one(Value::boolean(math::is_convex(&points)))
}

fn triangulate(call: &mut Call<'_>) -> NativeResult {
    let points = points(call)?;
    if points.len() < 3 {
        return Err(call.error("Need at least 3 vertices to triangulate"));
    }
    let triangles = match math::triangulate(&points) {
        Ok(triangles) => triangles,
        Err(problem) => return Err(call.error(problem)),
    };
    let list = call.vm.new_table();
    for (index, triangle) in triangles.iter().enumerate() {
        let entry = call.vm.new_table();
        for (place, number) in triangle.iter().flatten().enumerate() {
            call.vm
                .raw_set_index(entry, place as i64 + 1, Value::number(f64::from(*number)))?;
        }
        call.vm.raw_set_index(list, index as i64 + 1, entry)?;
    }
    call.one(list)
}

/// Converts up to three components and passes a fourth on.
fn convert(call: &mut Call<'_>, change: fn(f64) -> f64) -> NativeResult {
    let numbers = numbers(call)?;
    if numbers.is_empty() {
        return Err(call.type_error(1, "number"));
    }
    let values: Vec<Value> = numbers
        .iter()
        .take(4)
        .enumerate()
        .map(|(index, number)| {
            let number = f64::from(*number);
            let number = if index < 3 {
                change(number.clamp(0.0, 1.0))
            } else {
                number
            };
            Value::from_foreign_number(f64::from(number as f32))
        })
        .collect();
    call.many(&values)
}

fn gamma_to_linear(call: &mut Call<'_>) -> NativeResult {
    convert(call, math::gamma_to_linear)
}

fn linear_to_gamma(call: &mut Call<'_>) -> NativeResult {
    convert(call, math::linear_to_gamma)
}

fn each_component(call: &mut Call<'_>, change: fn(f64) -> f64) -> NativeResult {
    let mut values = Vec::new();
    for index in 1..=call.argument_count().min(4) {
        if index == 4 && call.argument(4).is_nil() {
            break;
        }
        values.push(Value::from_foreign_number(change(call.number(index)?)));
    }
    call.many(&values)
}

fn color_to_bytes(call: &mut Call<'_>) -> NativeResult {
    each_component(call, |component| {
        (component.clamp(0.0, 1.0) * 255.0 + 0.5).floor()
    })
}

fn color_from_bytes(call: &mut Call<'_>) -> NativeResult {
    each_component(call, |byte| (byte + 0.5).floor().clamp(0.0, 255.0) / 255.0)
}

/// A transformation in Lua: the plane's part of LÖVE's 4×4 matrix.
pub struct TransformObject(pub Cell<Transform>);

/// `Transform`
pub static TRANSFORM: ObjectType = ObjectType {
    name: "Transform",
    parent: Some(&OBJECT),
    methods: builtins![
        "Transform:clone", "(transform: Transform) -> Transform", "A copy.", Effects::ALLOCATES, transform_clone;
        "Transform:inverse", "(transform: Transform) -> Transform", "The way back.", Effects::ALLOCATES, transform_inverse;
        "Transform:apply", "(transform: Transform, other: Transform) -> Transform", "Applies another one first.", Effects::WRITES, transform_apply;
        "Transform:translate", "(transform: Transform, x: number, y: number) -> Transform", "Moves.", Effects::WRITES, transform_translate;
        "Transform:rotate", "(transform: Transform, angle: number) -> Transform", "Turns.", Effects::WRITES, transform_rotate;
        "Transform:scale", "(transform: Transform, x: number, y: number = x) -> Transform", "Scales.", Effects::WRITES, transform_scale;
        "Transform:shear", "(transform: Transform, x: number, y: number) -> Transform", "Shears.", Effects::WRITES, transform_shear;
        "Transform:reset", "(transform: Transform) -> Transform", "Changes nothing any more.", Effects::WRITES, transform_reset;
        "Transform:setTransformation", "(transform: Transform, x: number, y: number, ...: number) -> Transform", "Sets all at once.", Effects::WRITES, transform_set;
        "Transform:transformPoint", "(transform: Transform, x: number, y: number) -> number, number", "Where a point goes.", Effects::READS, transform_point;
        "Transform:inverseTransformPoint", "(transform: Transform, x: number, y: number) -> number, number", "Where a point comes from.", Effects::READS, inverse_transform_point;
        "Transform:getMatrix", "(transform: Transform) -> ...", "The 16 numbers of the matrix, row by row.", Effects::READS, get_matrix;
        "Transform:setMatrix", "(transform: Transform, ...: any) -> Transform", "Sets the matrix.", Effects::WRITES, set_matrix;
        "Transform:isAffine2DTransform", "(transform: Transform) -> boolean", "Whether it stays in the plane.", Effects::READS, is_affine;
    ],
};

impl LoveObject for TransformObject {
    fn object_type(&self) -> &'static ObjectType {
        &TRANSFORM
    }
}

/// The transformation in argument `index`, if it is a Transform.
pub fn transform_argument(call: &Call<'_>, index: u32) -> Option<Transform> {
    optional_object::<TransformObject>(call, index).map(|object| object.0.get())
}

fn push_transform(vm: &mut Vm, transform: Transform) -> Value {
    push_object(vm, Rc::new(TransformObject(Cell::new(transform))))
}

fn check_transform(call: &mut Call<'_>, index: u32) -> Result<Rc<TransformObject>, Raised> {
    object::<TransformObject>(call, index, "Transform")
}

fn placement(call: &mut Call<'_>, index: u32) -> Result<Transform, Raised> {
    let (x, y) = (call.number(index)? as f32, call.number(index + 1)? as f32);
    let r = call.optional_number(index + 2, 0.0)? as f32;
    let sx = call.optional_number(index + 3, 1.0)? as f32;
    let sy = call.optional_number(index + 4, f64::from(sx))? as f32;
    let mut rest = [0.0f32; 4];
    for (place, value) in rest.iter_mut().enumerate() {
        *value = call.optional_number(index + 5 + place as u32, 0.0)? as f32;
    }
    let [ox, oy, kx, ky] = rest;
    Ok(Transform::from(Placement {
        x,
        y,
        r,
        sx,
        sy,
        ox,
        oy,
        kx,
        ky,
    }))
}

fn new_transform(call: &mut Call<'_>) -> NativeResult {
    let transform = if call.argument(1).is_nil() {
        Transform::default()
    } else {
        placement(call, 1)?
    };
    let value = push_transform(call.vm, transform);
    call.one(value)
}

fn transform_clone(call: &mut Call<'_>) -> NativeResult {
    let transform = check_transform(call, 1)?.0.get();
    let value = push_transform(call.vm, transform);
    call.one(value)
}

fn transform_inverse(call: &mut Call<'_>) -> NativeResult {
    let transform = check_transform(call, 1)?.0.get().inverse();
    let value = push_transform(call.vm, transform);
    call.one(value)
}

/// Changes the transformation and answers it.
fn change(call: &mut Call<'_>, work: impl FnOnce(&mut Transform)) -> NativeResult {
    let object = check_transform(call, 1)?;
    let mut transform = object.0.get();
    work(&mut transform);
    object.0.set(transform);
    let this = call.argument(1);
    call.one(this)
}

fn transform_apply(call: &mut Call<'_>) -> NativeResult {
    check_transform(call, 1)?;
    let inner = check_transform(call, 2)?.0.get();
    change(call, |transform| *transform = transform.then_inner(&inner))
}

fn transform_translate(call: &mut Call<'_>) -> NativeResult {
    let (x, y) = (call.number(2)? as f32, call.number(3)? as f32);
    change(call, |transform| transform.translate(x, y))
}

fn transform_rotate(call: &mut Call<'_>) -> NativeResult {
    let angle = call.number(2)? as f32;
    change(call, |transform| transform.rotate(angle))
}

fn transform_scale(call: &mut Call<'_>) -> NativeResult {
    let x = call.number(2)?;
    let y = call.optional_number(3, x)?;
    change(call, |transform| transform.scale(x as f32, y as f32))
}

fn transform_shear(call: &mut Call<'_>) -> NativeResult {
    let (x, y) = (call.number(2)? as f32, call.number(3)? as f32);
    change(call, |transform| transform.shear(x, y))
}

fn transform_reset(call: &mut Call<'_>) -> NativeResult {
    change(call, |transform| *transform = Transform::default())
}

fn transform_set(call: &mut Call<'_>) -> NativeResult {
    check_transform(call, 1)?;
    let placed = placement(call, 2)?;
    change(call, |transform| *transform = placed)
}

fn answer_point(call: &mut Call<'_>, transform: Transform) -> NativeResult {
    let point = [call.number(2)? as f32, call.number(3)? as f32];
    let [x, y] = transform.apply(point);
    call.many(&[
        Value::from_foreign_number(f64::from(x)),
        Value::from_foreign_number(f64::from(y)),
    ])
}

fn transform_point(call: &mut Call<'_>) -> NativeResult {
    let transform = check_transform(call, 1)?.0.get();
    answer_point(call, transform)
}

fn inverse_transform_point(call: &mut Call<'_>) -> NativeResult {
    let transform = check_transform(call, 1)?.0.get().inverse();
    answer_point(call, transform)
}

fn get_matrix(call: &mut Call<'_>) -> NativeResult {
    let t = check_transform(call, 1)?.0.get();
    let rows = [
        t.a, t.c, 0.0, t.e, t.b, t.d, 0.0, t.f, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0,
    ];
    call.many(&rows.map(|number| Value::from_foreign_number(f64::from(number))))
}

fn set_matrix(call: &mut Call<'_>) -> NativeResult {
    check_transform(call, 1)?;
    let mut index = 2;
    let mut is_by_columns = false;
    if call.argument(2).is_string() && !call.argument(2).is_number() {
        let layout = call.text(2)?;
        is_by_columns = match layout.as_str() {
            "row" => false,
            "column" => true,
            _ => {
                return Err(enum_error(
                    call,
                    "matrix layout",
                    &["row", "column"],
                    &layout,
                ));
            }
        };
        index = 3;
    }
    let mut numbers = [0.0f32; 16];
    let first = call.argument(index);
    for (place, number) in numbers.iter_mut().enumerate() {
        *number = if first.is_table() {
            let row = call.vm.raw_get_index(first, place as i64 / 4 + 1);
            let value = if row.is_table() {
                call.vm.raw_get_index(row, place as i64 % 4 + 1)
            } else {
                call.vm.raw_get_index(first, place as i64 + 1)
            };
            call.vm.to_number(value).unwrap_or(0.0) as f32
        } else {
            call.number(index + place as u32)? as f32
        };
    }
    let at = |row: usize, column: usize| {
        if is_by_columns {
            numbers[column * 4 + row]
        } else {
            numbers[row * 4 + column]
        }
    };
    let new = Transform {
        a: at(0, 0),
        b: at(1, 0),
        c: at(0, 1),
        d: at(1, 1),
        e: at(0, 3),
        f: at(1, 3),
    };
    change(call, |transform| *transform = new)
}

fn is_affine(call: &mut Call<'_>) -> NativeResult {
    check_transform(call, 1)?;
    call.one(Value::boolean(true))
}
