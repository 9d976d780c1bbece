//! `Body`.

use super::super::arguments::unknown_name;
use super::super::object::{LoveObject, OBJECT, ObjectType, push_object};
use super::world::with_listener;
use super::*;
use crate::physics::{BodyType, MassData};

/// `Body`
pub static BODY: ObjectType = ObjectType {
    name: "Body",
    parent: Some(&OBJECT),
    methods: METHODS,
};

impl LoveObject for Body {
    fn object_type(&self) -> &'static ObjectType {
        &BODY
    }
}

const METHODS: &[Builtin] = methods![
    "Body:getX", "(body: Body) -> number", "Horizontal place.", Effects::READS, |call| get::<Body>(call, |body| Ok(body.position()?.x), 1);
    "Body:getY", "(body: Body) -> number", "Vertical place.", Effects::READS, |call| get::<Body>(call, |body| Ok(body.position()?.y), 1);
    "Body:getAngle", "(body: Body) -> number", "Angle in radians.", Effects::READS, |call| get(call, Body::angle, 0);
    "Body:getPosition", "(body: Body) -> number, number", "Place.", Effects::READS, |call| vector(call, Body::position);
    "Body:getTransform", "(body: Body) -> number, number, number", "Place and angle.", Effects::READS, get_transform;
    "Body:getLinearVelocity", "(body: Body) -> number, number", "Velocity.", Effects::READS, |call| vector(call, Body::linear_velocity);
    "Body:getWorldCenter", "(body: Body) -> number, number", "Centre of mass in the world.", Effects::READS, |call| vector(call, Body::world_center);
    "Body:getLocalCenter", "(body: Body) -> number, number", "Centre of mass in the body.", Effects::READS, |call| vector(call, Body::local_center);
    "Body:getAngularVelocity", "(body: Body) -> number", "Radians a second.", Effects::READS, |call| get(call, Body::angular_velocity, 0);
    "Body:getMass", "(body: Body) -> number", "Mass.", Effects::READS, |call| get(call, Body::mass, 0);
    "Body:getInertia", "(body: Body) -> number", "Rotational inertia.", Effects::READS, |call| get(call, Body::inertia, 2);
    "Body:getMassData", "(body: Body) -> number, number, number, number", "Centre, mass and inertia.", Effects::READS, get_mass_data;
    "Body:getAngularDamping", "(body: Body) -> number", "Damping of rotation.", Effects::READS, |call| get(call, Body::angular_damping, 0);
    "Body:getLinearDamping", "(body: Body) -> number", "Damping of movement.", Effects::READS, |call| get(call, Body::linear_damping, 0);
    "Body:getGravityScale", "(body: Body) -> number", "Factor of gravity.", Effects::READS, |call| get(call, Body::gravity_scale, 0);
    "Body:getType", "(body: Body) -> string", "static, dynamic or kinematic.", Effects::READS, get_type;
    "Body:applyLinearImpulse", "(body: Body, x: number, y: number, wake: boolean = true) | (body: Body, x: number, y: number, px: number, py: number, wake: boolean = true)", "Changes velocity at once.", Effects::WRITES, |call| push(call, Body::apply_impulse);
    "Body:applyForce", "(body: Body, x: number, y: number, wake: boolean = true) | (body: Body, x: number, y: number, px: number, py: number, wake: boolean = true)", "Changes velocity over time.", Effects::WRITES, |call| push(call, Body::apply_force);
    "Body:applyAngularImpulse", "(body: Body, impulse: number, wake: boolean = true)", "Changes rotation at once.", Effects::WRITES, |call| turn(call, Body::apply_angular_impulse);
    "Body:applyTorque", "(body: Body, torque: number, wake: boolean = true)", "Changes rotation over time.", Effects::WRITES, |call| turn(call, Body::apply_torque);
    "Body:setX", "(body: Body, x: number)", "Moves the body.", Effects::WRITES, set_x;
    "Body:setY", "(body: Body, y: number)", "Moves the body.", Effects::WRITES, set_y;
    "Body:setAngle", "(body: Body, angle: number)", "Turns the body.", Effects::WRITES, set_angle;
    "Body:setPosition", "(body: Body, x: number, y: number)", "Moves the body.", Effects::WRITES, set_position;
    "Body:setTransform", "(body: Body, x: number, y: number, angle: number)", "Moves and turns the body.", Effects::WRITES, set_transform;
    "Body:setLinearVelocity", "(body: Body, x: number, y: number)", "Sets its velocity.", Effects::WRITES, set_linear_velocity;
    "Body:setAngularVelocity", "(body: Body, speed: number)", "Radians a second.", Effects::WRITES, |call| set(call, Body::set_angular_velocity, 0);
    "Body:resetMassData", "(body: Body)", "Mass follows from the fixtures again.", Effects::WRITES, reset_mass_data;
    "Body:setMassData", "(body: Body, x: number, y: number, mass: number, inertia: number)", "Sets centre, mass and inertia.", Effects::WRITES, set_mass_data;
    "Body:setMass", "(body: Body, mass: number)", "Sets the mass.", Effects::WRITES, set_mass;
    "Body:setInertia", "(body: Body, inertia: number)", "Sets the inertia.", Effects::WRITES, set_inertia;
    "Body:setAngularDamping", "(body: Body, damping: number)", "Damping of rotation.", Effects::WRITES, |call| set(call, Body::set_angular_damping, 0);
    "Body:setLinearDamping", "(body: Body, damping: number)", "Damping of movement.", Effects::WRITES, |call| set(call, Body::set_linear_damping, 0);
    "Body:setGravityScale", "(body: Body, scale: number)", "Factor of gravity.", Effects::WRITES, |call| set(call, Body::set_gravity_scale, 0);
    "Body:setType", r#"(body: Body, type: "static" / "dynamic" / "kinematic")"#, "static, dynamic or kinematic.", Effects::CALLS_LUA, set_type;
    "Body:getWorldPoint", "(body: Body, x: number, y: number) -> number, number", "A point of the body in the world.", Effects::READS, |call| convert(call, Body::world_point);
    "Body:getWorldVector", "(body: Body, x: number, y: number) -> number, number", "A direction of the body in the world.", Effects::READS, |call| convert(call, Body::world_vector);
    "Body:getWorldPoints", "(body: Body, ...: number) -> ...", "Points of the body in the world.", Effects::READS, |call| convert_all(call, Body::world_point);
    "Body:getLocalPoint", "(body: Body, x: number, y: number) -> number, number", "A point of the world in the body.", Effects::READS, |call| convert(call, Body::local_point);
    "Body:getLocalVector", "(body: Body, x: number, y: number) -> number, number", "A direction of the world in the body.", Effects::READS, |call| convert(call, Body::local_vector);
    "Body:getLocalPoints", "(body: Body, ...: number) -> ...", "Points of the world in the body.", Effects::READS, |call| convert_all(call, Body::local_point);
    "Body:getLinearVelocityFromWorldPoint", "(body: Body, x: number, y: number) -> number, number", "Velocity at a point of the world.", Effects::READS, |call| convert(call, Body::velocity_at_world_point);
    "Body:getLinearVelocityFromLocalPoint", "(body: Body, x: number, y: number) -> number, number", "Velocity at a point of the body.", Effects::READS, |call| convert(call, Body::velocity_at_local_point);
    "Body:isBullet", "(body: Body) -> boolean", "Whether it is kept from tunnelling.", Effects::READS, |call| flag(call, Body::is_bullet);
    "Body:setBullet", "(body: Body, bullet: boolean)", "Keeps it from tunnelling.", Effects::WRITES, |call| set_flag(call, Body::set_bullet);
    "Body:isActive", "(body: Body) -> boolean", "Whether it takes part.", Effects::READS, |call| flag(call, Body::is_active);
    "Body:setActive", "(body: Body, active: boolean)", "Whether it takes part.", Effects::CALLS_LUA, set_active;
    "Body:isAwake", "(body: Body) -> boolean", "Whether it is awake.", Effects::READS, is_awake;
    "Body:setAwake", "(body: Body, awake: boolean)", "Wakes it.", Effects::WRITES, |call| set_flag(call, Body::set_awake);
    "Body:isSleepingAllowed", "(body: Body) -> boolean", "Whether it may sleep.", Effects::READS, |call| flag(call, Body::may_sleep);
    "Body:setSleepingAllowed", "(body: Body, allow: boolean)", "Whether it may sleep.", Effects::WRITES, |call| set_flag(call, Body::set_may_sleep);
    "Body:isFixedRotation", "(body: Body) -> boolean", "Whether it never turns.", Effects::READS, |call| flag(call, Body::is_rotation_fixed);
    "Body:setFixedRotation", "(body: Body, fixed: boolean)", "Whether it never turns.", Effects::WRITES, |call| set_flag(call, Body::set_rotation_fixed);
    "Body:isTouching", "(body: Body, other: Body) -> boolean", "Whether two bodies touch.", Effects::READS, is_touching;
    "Body:getWorld", "(body: Body) -> World", "Its world.", Effects::READS, get_world;
    "Body:getFixtures", "(body: Body) -> table", "Its fixtures.", Effects::ALLOCATES, get_fixtures;
    "Body:getFixtureList", "(body: Body) -> table", "Deprecated: use getFixtures.", Effects::ALLOCATES, get_fixtures;
    "Body:getJoints", "(body: Body) -> table", "Its joints.", Effects::ALLOCATES, get_joints;
    "Body:getJointList", "(body: Body) -> table", "Deprecated: use getJoints.", Effects::ALLOCATES, get_joints;
    "Body:getContacts", "(body: Body) -> table", "Its contacts.", Effects::ALLOCATES, get_contacts;
    "Body:getContactList", "(body: Body) -> table", "Deprecated: use getContacts.", Effects::ALLOCATES, get_contacts;
    "Body:destroy", "(body: Body)", "Destroys it with its fixtures and joints.", Effects::CALLS_LUA, destroy;
    "Body:isDestroyed", "(body: Body) -> boolean", "Whether it was destroyed.", Effects::READS, is_destroyed::<Body>;
    "Body:setUserData", "(body: Body, value: any)", "Hangs a value on it.", Effects::WRITES, set_user_data::<Body>;
    "Body:getUserData", "(body: Body) -> any", "The value that hangs on it.", Effects::READS, get_user_data::<Body>;
];

/// A body type by name; LÖVE's order in the message.
pub(super) fn body_type(call: &mut Call<'_>, index: u32) -> Result<BodyType, Raised> {
    let name = call.text(index)?;
    match name.as_str() {
        "static" => Ok(BodyType::Static),
        "dynamic" => Ok(BodyType::Dynamic),
        "kinematic" => Ok(BodyType::Kinematic),
        _ => Err(unknown_name(
            call,
            "Body type",
            "'static', 'dynamic', 'kinematic'",
            &name,
        )),
    }
}

pub(super) fn new_body(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let meter = meter(call.vm);
    let position = Vec2 {
        x: optional_float(call, 2, 0.0)? / meter,
        y: optional_float(call, 3, 0.0)? / meter,
    };
    let kind = if call.argument(4).is_nil() {
        BodyType::Static
    } else {
        body_type(call, 4)?
    };
    let body = world.new_body(position, kind).or_raise(call)?;
    attach(call.vm, &body, 0, Value::NIL)?;
    let value = push_object(call.vm, body);
    call.one(value)
}

fn get_transform(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let (position, angle) = (
        body.position().or_raise(call)?,
        body.angle().or_raise(call)?,
    );
    let meter = meter(call.vm);
    call.many(&[
        number(position.x * meter),
        number(position.y * meter),
        number(angle),
    ])
}

fn get_mass_data(call: &mut Call<'_>) -> NativeResult {
    let data = alive::<Body>(call, 1)?.mass_data().or_raise(call)?;
    answer_mass_data(call, &data, 2)
}

/// Centre, mass and inertia as results.
pub(super) fn answer_mass_data(call: &mut Call<'_>, data: &MassData, power: u32) -> NativeResult {
    let meter = meter(call.vm);
    call.many(&[
        number(data.center.x * meter),
        number(data.center.y * meter),
        number(data.mass),
        number(up(data.inertia, power, meter)),
    ])
}

fn get_type(call: &mut Call<'_>) -> NativeResult {
    let kind = alive::<Body>(call, 1)?.kind().or_raise(call)?;
    call.one_string(match kind {
        BodyType::Static => "static",
        BodyType::Dynamic => "dynamic",
        BodyType::Kinematic => "kinematic",
    })
}

type Push = fn(&Body, Vec2, Option<Vec2>, bool) -> Result<(), Refusal>;

fn push(call: &mut Call<'_>, push: Push) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let amount = place(call, 2)?;
    let count = call.argument_count();
    let (point, wakes) = if count <= 3 || (count == 4 && call.argument(4).is_boolean()) {
        (None, optional_boolean(call, 4, true)?)
    } else if count >= 5 {
        (Some(place(call, 4)?), optional_boolean(call, 6, true)?)
    } else {
        return Err(call.error("Wrong number of parameters."));
    };
    push(&body, amount, point, wakes).or_raise(call)?;
    call.none()
}

fn turn(call: &mut Call<'_>, turn: fn(&Body, f32, bool) -> Result<(), Refusal>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let meter = meter(call.vm);
    let amount = down(float(call, 2)?, 2, meter);
    let wakes = optional_boolean(call, 3, true)?;
    turn(&body, amount, wakes).or_raise(call)?;
    call.none()
}

/// Moves a body to a place in pixels, as LÖVE computes it.
fn move_to(
    call: &mut Call<'_>,
    body: &Body,
    new: impl FnOnce(f32, f32) -> (f32, f32),
) -> NativeResult {
    let meter = meter(call.vm);
    let (old, angle) = (
        body.position().or_raise(call)?,
        body.angle().or_raise(call)?,
    );
    let (x, y) = new(old.x * meter, old.y * meter);
    let place = Vec2 {
        x: x / meter,
        y: y / meter,
    };
    body.set_transform(place, angle).or_raise(call)?;
    call.none()
}

fn set_x(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let x = float(call, 2)?;
    move_to(call, &body, |_, y| (x, y))
}

fn set_y(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let y = float(call, 2)?;
    move_to(call, &body, |x, _| (x, y))
}

fn set_position(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let (x, y) = (float(call, 2)?, float(call, 3)?);
    move_to(call, &body, |_, _| (x, y))
}

fn set_angle(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let angle = float(call, 2)?;
    let position = body.position().or_raise(call)?;
    body.set_transform(position, angle).or_raise(call)?;
    call.none()
}

fn set_transform(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let (position, angle) = (place(call, 2)?, float(call, 4)?);
    // LÖVE moves first and turns then; the result is the same.
    body.set_transform(position, angle).or_raise(call)?;
    call.none()
}

fn set_linear_velocity(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let velocity = place(call, 2)?;
    body.set_linear_velocity(velocity).or_raise(call)?;
    call.none()
}

fn reset_mass_data(call: &mut Call<'_>) -> NativeResult {
    alive::<Body>(call, 1)?.reset_mass_data().or_raise(call)?;
    call.none()
}

fn set_mass_data(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let center = place(call, 2)?;
    let meter = meter(call.vm);
    let data = MassData {
        mass: float(call, 4)?,
        center,
        inertia: down(float(call, 5)?, 2, meter),
    };
    body.set_mass_data(&data).or_raise(call)?;
    call.none()
}

fn set_mass(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let mut data = body.mass_data().or_raise(call)?;
    data.mass = float(call, 2)?;
    body.set_mass_data(&data).or_raise(call)?;
    call.none()
}

fn set_inertia(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let meter = meter(call.vm);
    let data = MassData {
        mass: body.mass().or_raise(call)?,
        center: body.local_center().or_raise(call)?,
        inertia: down(float(call, 2)?, 2, meter),
    };
    body.set_mass_data(&data).or_raise(call)?;
    call.none()
}

fn set_type(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    // LÖVE ignores names that it does not know here.
    let known = ["static", "dynamic", "kinematic"];
    if !known.contains(&call.text(2)?.as_str()) {
        return call.none();
    }
    let kind = body_type(call, 2)?;
    let world = body.world().or_raise(call)?;
    with_listener(call, &world, |listener| body.set_kind(kind, listener))?.or_raise(call)?;
    call.none()
}

fn set_active(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let is_active = call.boolean(2)?;
    let world = body.world().or_raise(call)?;
    with_listener(call, &world, |listener| {
        body.set_active(is_active, listener)
    })?
    .or_raise(call)?;
    call.none()
}

fn convert(call: &mut Call<'_>, by: fn(&Body, Vec2) -> Result<Vec2, Refusal>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let vector = place(call, 2)?;
    let vector = by(&body, vector).or_raise(call)?;
    answer_place(call, vector)
}

fn convert_all(call: &mut Call<'_>, by: fn(&Body, Vec2) -> Result<Vec2, Refusal>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let count = call.argument_count() - 1;
    if count < 2 {
        return Err(call.error(format!(
            "Incorrect number of arguments. Got [{count}], expected at least [2]"
        )));
    }
    let meter = meter(call.vm);
    call.reserve(count as usize)?;
    for index in 0..count / 2 {
        let vector = place(call, 2 + index * 2)?;
        let vector = by(&body, vector).or_raise(call)?;
        call.push(number(vector.x * meter));
        call.push(number(vector.y * meter));
    }
    call.pushed(count / 2 * 2)
}

fn is_awake(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let mut is_awake = body.is_awake().or_raise(call)?;
    // 12's solver never has static bodies awake.
    if super::super::is_version_12(call.vm) && body.kind().or_raise(call)? == BodyType::Static {
        is_awake = false;
    }
    call.one(Value::boolean(is_awake))
}

fn is_touching(call: &mut Call<'_>) -> NativeResult {
    let (body, other) = (alive::<Body>(call, 1)?, alive::<Body>(call, 2)?);
    let is_touching = body.is_touching(&other).or_raise(call)?;
    call.one(Value::boolean(is_touching))
}

fn get_world(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<Body>(call, 1)?.world().or_raise(call)?;
    let value = push_object(call.vm, world);
    call.one(value)
}

pub(super) fn get_fixtures(call: &mut Call<'_>) -> NativeResult {
    let fixtures = alive::<Body>(call, 1)?.fixtures().or_raise(call)?;
    let list = call.vm.new_table();
    call.push(list);
    for (index, fixture) in fixtures.into_iter().enumerate() {
        let value = push_fixture(call.vm, fixture);
        call.vm.raw_set_index(list, index as i64 + 1, value)?;
    }
    call.one(list)
}

fn get_joints(call: &mut Call<'_>) -> NativeResult {
    let joints = alive::<Body>(call, 1)?.joints().or_raise(call)?;
    answer_list(call, joints)
}

fn get_contacts(call: &mut Call<'_>) -> NativeResult {
    let contacts = alive::<Body>(call, 1)?.contacts().or_raise(call)?;
    answer_list(call, contacts)
}

fn destroy(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let world = body.world().or_raise(call)?;
    let (fixtures, joints) = (
        body.fixtures().or_raise(call)?,
        body.joints().or_raise(call)?,
    );
    with_listener(call, &world, |listener| world.destroy_body(&body, listener))?;
    if body.is_destroyed() {
        attach(call.vm, &body, 0, Value::NIL)?;
        for fixture in fixtures {
            attach(call.vm, &fixture, 0, Value::NIL)?;
        }
        for joint in joints {
            attach(call.vm, &joint, 0, Value::NIL)?;
        }
    }
    call.none()
}
