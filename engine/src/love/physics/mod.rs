//! `love.physics`: worlds, bodies, shapes, fixtures, joints and contacts over [`crate::physics`].
//!
//! Games measure in pixels; Box2D in metres. Every length is divided by the meter on its way in and multiplied on its way out, in
//! single precision as LÖVE does; inertia and torque twice. One file a type; what hangs on objects (user data, callbacks)
//! lies in a table of the registry, by the object's address.
//!
//! Not here: Box2D and its lifetimes (`crate::physics`).

/// Declares methods whose bodies may be closures.
macro_rules! methods {
    ($($name:expr, $signature:expr, $documentation:expr, $effects:expr, $body:expr;)*) => {
        &[$(rlove_vm::builtin::Builtin::native($name, $signature, $documentation, $effects, $crate::love::BY_EFFECTS, $body)),*]
    };
}

mod body;
mod contact;
mod fixture;
mod joint;
mod joint_types;
mod new_joint;
mod shape;
pub mod version12;
mod world;

use super::Module;
use super::arguments::{OrRaise, float, optional_float};
use super::object::{object, push_object};
use crate::physics::{Body, Fixture, Material, Refusal, Shape, Vec2, World};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::rc::Rc;

/// `love.physics`
pub static MODULE: Module = Module {
    name: "physics",
    functions: FUNCTIONS,
    types: &[
        &body::BODY,
        &contact::CONTACT,
        &fixture::FIXTURE,
        &joint::JOINT,
        &joint_types::DISTANCE,
        &joint_types::FRICTION,
        &joint_types::GEAR,
        &joint_types::MOTOR,
        &joint_types::MOUSE,
        &joint_types::PRISMATIC,
        &joint_types::PULLEY,
        &joint_types::REVOLUTE,
        &joint_types::ROPE,
        &joint_types::WELD,
        &joint_types::WHEEL,
        &shape::SHAPE,
        &shape::CHAIN,
        &shape::CIRCLE,
        &shape::EDGE,
        &shape::POLYGON,
        &world::WORLD,
    ],
};

static FUNCTIONS: &[Builtin] = methods![
    "love.physics.newWorld", "(x: number = 0, y: number = 0, sleep: boolean = true) -> World", "A world with gravity.", Effects::ALLOCATES, world::new_world;
    "love.physics.newBody", r#"(world: World, x: number = 0, y: number = 0, type: "static" / "dynamic" / "kinematic" = "static") -> Body"#, "A body without fixtures.", Effects::WRITES, body::new_body;
    "love.physics.newFixture", "(body: Body, shape: Shape, density: number = 1) -> Fixture", "Puts a copy of a shape on a body.", Effects::WRITES, new_fixture;
    "love.physics.newCircleShape", "(radius: number) -> CircleShape | (x: number, y: number, radius: number) -> CircleShape", "A circle.", Effects::ALLOCATES, shape::new_circle;
    "love.physics.newRectangleShape", "(width: number, height: number) -> PolygonShape | (x: number, y: number, width: number, height: number, angle: number = 0) -> PolygonShape", "A rectangle.", Effects::ALLOCATES, shape::new_rectangle;
    "love.physics.newPolygonShape", "(points: {number}) -> PolygonShape | (...: number) -> PolygonShape", "The hull of 3 to 8 points.", Effects::ALLOCATES, shape::new_polygon;
    "love.physics.newEdgeShape", "(x1: number, y1: number, x2: number, y2: number) -> EdgeShape", "A line.", Effects::ALLOCATES, shape::new_edge;
    "love.physics.newChainShape", "(loop: boolean, points: {number}) -> ChainShape | (loop: boolean, ...: number) -> ChainShape", "A chain of lines.", Effects::ALLOCATES, shape::new_chain;
    "love.physics.newDistanceJoint", "(body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, collide: boolean = false) -> DistanceJoint", "Keeps two points at a distance.", Effects::WRITES, new_joint::distance;
    "love.physics.newFrictionJoint", "(body1: Body, body2: Body, x: number, y: number, collide: boolean = false) -> FrictionJoint | (body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, collide: boolean = false) -> FrictionJoint", "Two bodies that rub.", Effects::WRITES, new_joint::friction;
    "love.physics.newGearJoint", "(joint1: Joint, joint2: Joint, ratio: number = 1, collide: boolean = false) -> GearJoint", "Couples two joints.", Effects::WRITES, new_joint::gear;
    "love.physics.newMotorJoint", "(body1: Body, body2: Body, correction: number = 0.3, collide: boolean = false) -> MotorJoint", "Moves a body relative to another.", Effects::WRITES, new_joint::motor;
    "love.physics.newMouseJoint", "(body: Body, x: number, y: number) -> MouseJoint", "Pulls a body to a point.", Effects::WRITES, new_joint::mouse;
    "love.physics.newPrismaticJoint", "(body1: Body, body2: Body, x: number, y: number, ax: number, ay: number, collide: boolean = false) -> PrismaticJoint | (body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, ax: number, ay: number, collide: boolean = false, angle: number = nil) -> PrismaticJoint", "Two bodies that slide along an axis.", Effects::WRITES, new_joint::prismatic;
    "love.physics.newPulleyJoint", "(body1: Body, body2: Body, gx1: number, gy1: number, gx2: number, gy2: number, x1: number, y1: number, x2: number, y2: number, ratio: number = 1, collide: boolean = true) -> PulleyJoint", "A rope over two wheels.", Effects::WRITES, new_joint::pulley;
    "love.physics.newRevoluteJoint", "(body1: Body, body2: Body, x: number, y: number, collide: boolean = false) -> RevoluteJoint | (body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, collide: boolean = false, angle: number = nil) -> RevoluteJoint", "Two bodies that turn around a point.", Effects::WRITES, new_joint::revolute;
    "love.physics.newRopeJoint", "(body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, length: number, collide: boolean = false) -> RopeJoint", "Keeps two points from moving too far apart.", Effects::WRITES, new_joint::rope;
    "love.physics.newWeldJoint", "(body1: Body, body2: Body, x: number, y: number, collide: boolean = false) -> WeldJoint | (body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, collide: boolean = false, angle: number = nil) -> WeldJoint", "Glues two bodies together.", Effects::WRITES, new_joint::weld;
    "love.physics.newWheelJoint", "(body1: Body, body2: Body, x: number, y: number, ax: number, ay: number, collide: boolean = false) -> WheelJoint | (body1: Body, body2: Body, x1: number, y1: number, x2: number, y2: number, ax: number, ay: number, collide: boolean = false) -> WheelJoint", "A wheel on a spring.", Effects::WRITES, new_joint::wheel;
    "love.physics.getDistance", "(fixture1: Fixture, fixture2: Fixture) -> number, number, number, number, number", "Distance and the nearest points.", Effects::READS, get_distance;
    "love.physics.setMeter", "(scale: number)", "How many pixels are a metre.", Effects::WRITES, set_meter;
    "love.physics.getMeter", "() -> number", "How many pixels are a metre.", Effects::READS, |call| { let meter = meter(call.vm); call.one(f64::from(meter)) };
];

/// How many pixels are a metre.
struct Meter(f32);

impl Default for Meter {
    fn default() -> Meter {
        Meter(30.0)
    }
}

fn meter(vm: &mut Vm) -> f32 {
    vm.extensions.get_or_default::<Meter>().0
}

fn set_meter(call: &mut Call<'_>) -> NativeResult {
    let scale = float(call, 1)?;
    if scale.is_nan() || scale < 1.0 {
        return Err(call.error("Physics error: invalid meter"));
    }
    call.vm.extensions.get_or_default::<Meter>().0 = scale;
    call.none()
}

/// A value with this power of a length, from pixels to metres.
fn down(value: f32, power: u32, meter: f32) -> f32 {
    (0..power).fold(value, |value, _| value / meter)
}

/// A value with this power of a length, from metres to pixels.
fn up(value: f32, power: u32, meter: f32) -> f32 {
    (0..power).fold(value, |value, _| value * meter)
}

/// Arguments `index` and `index + 1` as a place, in metres.
fn place(call: &mut Call<'_>, index: u32) -> Result<Vec2, Raised> {
    let meter = meter(call.vm);
    Ok(Vec2 {
        x: float(call, index)? / meter,
        y: float(call, index + 1)? / meter,
    })
}

/// Arguments `index` and `index + 1` as they are.
fn direction(call: &mut Call<'_>, index: u32) -> Result<Vec2, Raised> {
    Ok(Vec2 {
        x: float(call, index)?,
        y: float(call, index + 1)?,
    })
}

/// A number as a result.
fn number(value: f32) -> Value {
    Value::from_foreign_number(f64::from(value))
}

/// A place as results, in pixels.
fn answer_place(call: &mut Call<'_>, place: Vec2) -> NativeResult {
    let meter = meter(call.vm);
    call.many(&[number(place.x * meter), number(place.y * meter)])
}

/// A boolean argument with a default.
fn optional_boolean(call: &mut Call<'_>, index: u32, default: bool) -> Result<bool, Raised> {
    if call.argument(index).is_nil() {
        Ok(default)
    } else {
        call.boolean(index)
    }
}

/// An argument that is an object and not destroyed.
trait Destroyable: 'static {
    const NAME: &'static str;
    const DESTROYED: Refusal;
    fn is_gone(&self) -> bool;
    /// Argument `index`, destroyed or not.
    fn find(call: &mut Call<'_>, index: u32) -> Result<Rc<Self>, Raised>
    where
        Self: Sized,
    {
        object::<Self>(call, index, Self::NAME)
    }
}

/// Under LÖVE 12 a shape on a body is what 11 calls its fixture, so every function of fixtures takes such a shape.
impl Destroyable for Fixture {
    const NAME: &'static str = "Fixture";
    const DESTROYED: Refusal = "Attempt to use destroyed fixture.";
    fn is_gone(&self) -> bool {
        self.is_destroyed()
    }
    fn find(call: &mut Call<'_>, index: u32) -> Result<Rc<Fixture>, Raised> {
        if !super::is_version_12(call.vm) {
            return object::<Fixture>(call, index, Self::NAME);
        }
        version12::placed(call, index)
    }
}

/// What Lua sees of a fixture: the fixture, or under LÖVE 12 its shape.
fn push_fixture(vm: &mut Vm, fixture: Rc<Fixture>) -> Value {
    if super::is_version_12(vm) {
        return match fixture.shape() {
            Ok(shape) => push_object(vm, shape),
            Err(_) => Value::NIL,
        };
    }
    push_object(vm, fixture)
}

macro_rules! destroyable {
    ($($type:ty, $name:literal, $text:literal;)*) => {$(
        impl Destroyable for $type {
            const NAME: &'static str = $name;
            const DESTROYED: Refusal = $text;
            fn is_gone(&self) -> bool {
                self.is_destroyed()
            }
        }
    )*};
}

destroyable! {
    World, "World", "Attempt to use destroyed world.";
    Body, "Body", "Attempt to use destroyed body.";
    crate::physics::Contact, "Contact", "Attempt to use destroyed contact.";
    crate::physics::Joint, "Joint", "Attempt to use destroyed joint.";
}

/// Argument `index`, which must be of the type and not destroyed.
fn alive<T: Destroyable>(call: &mut Call<'_>, index: u32) -> Result<Rc<T>, Raised> {
    let object = T::find(call, index)?;
    if object.is_gone() {
        return Err(call.error(T::DESTROYED));
    }
    Ok(object)
}

/// Methods that read a number with a power of a length.
fn get<T: Destroyable>(
    call: &mut Call<'_>,
    read: fn(&T) -> Result<f32, Refusal>,
    power: u32,
) -> NativeResult {
    let value = read(&*alive::<T>(call, 1)?).or_raise(call)?;
    let meter = meter(call.vm);
    call.one(number(up(value, power, meter)))
}

/// Methods that set a number with a power of a length.
fn set<T: Destroyable>(
    call: &mut Call<'_>,
    write: fn(&T, f32) -> Result<(), Refusal>,
    power: u32,
) -> NativeResult {
    let object = alive::<T>(call, 1)?;
    let meter = meter(call.vm);
    let value = down(float(call, 2)?, power, meter);
    write(&*object, value).or_raise(call)?;
    call.none()
}

/// Methods that read a flag.
fn flag<T: Destroyable>(
    call: &mut Call<'_>,
    read: fn(&T) -> Result<bool, Refusal>,
) -> NativeResult {
    let value = read(&*alive::<T>(call, 1)?).or_raise(call)?;
    call.one(Value::boolean(value))
}

/// Methods that set a flag.
fn set_flag<T: Destroyable>(
    call: &mut Call<'_>,
    write: fn(&T, bool) -> Result<(), Refusal>,
) -> NativeResult {
    let object = alive::<T>(call, 1)?;
    let value = call.boolean(2)?;
    write(&*object, value).or_raise(call)?;
    call.none()
}

/// Methods that read a place.
fn vector<T: Destroyable>(
    call: &mut Call<'_>,
    read: fn(&T) -> Result<Vec2, Refusal>,
) -> NativeResult {
    let value = read(&*alive::<T>(call, 1)?).or_raise(call)?;
    answer_place(call, value)
}

/// A list of objects as a Lua table.
fn answer_list<T: super::object::LoveObject>(
    call: &mut Call<'_>,
    objects: Vec<Rc<T>>,
) -> NativeResult {
    let list = call.vm.new_table();
    call.push(list);
    for (index, object) in objects.into_iter().enumerate() {
        let value = push_object(call.vm, object);
        call.vm.raw_set_index(list, index as i64 + 1, value)?;
    }
    call.one(list)
}

/// The table of what hangs on objects.
fn attachments(vm: &mut Vm) -> Value {
    let registry = vm.registry();
    let table = vm.field(registry, "love.physics attachments");
    if table.is_table() {
        return table;
    }
    let table = vm.new_table();
    let registry = vm.registry();
    vm.set_field(registry, "love.physics attachments", table);
    table
}

/// What hangs on an object in a slot. Slots are below the size of every object, so addresses do not meet.
fn attached<T>(vm: &mut Vm, object: &Rc<T>, slot: usize) -> Value {
    let table = attachments(vm);
    let key = Rc::as_ptr(object) as usize + slot;
    vm.raw_get(table, Value::number(key as f64))
}

/// Hangs a value on an object; nil takes it away.
fn attach<T>(vm: &mut Vm, object: &Rc<T>, slot: usize, value: Value) -> Result<(), Raised> {
    let table = attachments(vm);
    let key = Rc::as_ptr(object) as usize + slot;
    vm.raw_set(table, Value::number(key as f64), value)
}

/// `getUserData`
fn get_user_data<T: Destroyable>(call: &mut Call<'_>) -> NativeResult {
    let object = alive::<T>(call, 1)?;
    let value = attached(call.vm, &object, 0);
    call.one(value)
}

/// `setUserData`
fn set_user_data<T: Destroyable>(call: &mut Call<'_>) -> NativeResult {
    let object = alive::<T>(call, 1)?;
    let value = call.argument(2);
    attach(call.vm, &object, 0, value)?;
    call.none()
}

/// `isDestroyed`
fn is_destroyed<T: Destroyable>(call: &mut Call<'_>) -> NativeResult {
    let object = object::<T>(call, 1, T::NAME)?;
    call.one(Value::boolean(object.is_gone()))
}

fn new_fixture(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let shape = object::<Shape>(call, 2, "Shape")?;
    if super::is_version_12(call.vm) && shape.fixture().is_some() {
        return Err(call.error("The given Shape must not be part of the World."));
    }
    let density = optional_float(call, 3, 1.0)?;
    let fixture = body
        .new_fixture(&shape, Material { density })
        .or_raise(call)?;
    attach(call.vm, &fixture, 0, Value::NIL)?;
    let value = push_fixture(call.vm, fixture);
    call.one(value)
}

fn get_distance(call: &mut Call<'_>) -> NativeResult {
    let first = alive::<Fixture>(call, 1)?;
    let second = alive::<Fixture>(call, 2)?;
    let (distance, a, b) = first.distance(&second).or_raise(call)?;
    let meter = meter(call.vm);
    call.many(&[
        number(distance * meter),
        number(a.x * meter),
        number(a.y * meter),
        number(b.x * meter),
        number(b.y * meter),
    ])
}
