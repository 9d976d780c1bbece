//! What LÖVE 12 adds to `love.physics`: shapes that lie on bodies, bodies made with their shape, queries that answer at once, springs by
//! stiffness.
//!
//! LÖVE 12 has no fixtures: `newCircleShape(body, radius)` puts a shape on a body, and the shape has the methods that fixtures had.
//! Here the fixture stays what it is, and Lua sees its shape in its place (`super::push_fixture`):
//!
//! ```text
//! local shape = love.physics.newRectangleShape(body, 10, 10)   -- a fixture of Box2D; Lua holds its shape
//! shape:setFriction(0.5)                                        -- the body of Fixture:setFriction, by the shape's fixture
//! ```
//!
//! Solver: that of 11 (Box2D 2.3.1), whose springs have a frequency and a damping ratio. Stiffness and damping are
//! computed from these and set through them, so a joint's spring is the one that 12 computes for its bodies' present
//! masses. Not here: joints that only newer solvers have.

use super::super::object::push_object;
use super::body::body_type;
use super::fixture as of_fixture;
use super::joint::this;
use super::shape::points;
use super::*;
use crate::physics::{BodyType, Joint, Number};

/// `love.physics`
pub static FUNCTIONS: &[Builtin] = methods![
    "love.physics.newCircleBody", r#"(world: World, type: "static" / "dynamic" / "kinematic", x: number, y: number, radius: number) -> Body, CircleShape"#, "A body with a circle.", Effects::WRITES, new_circle_body;
    "love.physics.newRectangleBody", r#"(world: World, type: "static" / "dynamic" / "kinematic", x: number, y: number, width: number, height: number, angle: number = 0) -> Body, PolygonShape"#, "A body with a rectangle.", Effects::WRITES, new_rectangle_body;
    "love.physics.newPolygonBody", r#"(world: World, type: "static" / "dynamic" / "kinematic", points: {number}) -> Body, PolygonShape | (world: World, type: "static" / "dynamic" / "kinematic", ...: number) -> Body, PolygonShape"#, "A body with the hull of 3 to 8 points.", Effects::WRITES, new_polygon_body;
    "love.physics.newEdgeBody", r#"(world: World, type: "static" / "dynamic" / "kinematic", x1: number, y1: number, x2: number, y2: number, px: number = nil, py: number = nil, nx: number = nil, ny: number = nil) -> Body, EdgeShape"#, "A body with a line.", Effects::WRITES, new_edge_body;
    "love.physics.newChainBody", r#"(world: World, type: "static" / "dynamic" / "kinematic", loop: boolean, points: {number}) -> Body, ChainShape | (world: World, type: "static" / "dynamic" / "kinematic", loop: boolean, ...: number) -> Body, ChainShape"#, "A body with a chain of lines.", Effects::WRITES, new_chain_body;
    "love.physics.computeLinearStiffness", "(frequency: number, ratio: number, body1: Body, body2: Body = nil) -> number, number", "Stiffness and damping of a spring between bodies.", Effects::READS, |call| compute(call, linear_mass, to_stiffness);
    "love.physics.computeLinearFrequency", "(stiffness: number, damping: number, body1: Body, body2: Body = nil) -> number, number", "Frequency and damping ratio of a spring between bodies.", Effects::READS, |call| compute(call, linear_mass, to_frequency);
    "love.physics.computeAngularStiffness", "(frequency: number, ratio: number, body1: Body, body2: Body = nil) -> number, number", "Stiffness and damping of a torsion spring.", Effects::READS, |call| compute(call, angular_mass, to_stiffness);
    "love.physics.computeAngularFrequency", "(stiffness: number, damping: number, body1: Body, body2: Body = nil) -> number, number", "Frequency and damping ratio of a torsion spring.", Effects::READS, |call| compute(call, angular_mass, to_frequency);
];

/// `Shape`: what fixtures had.
pub static SHAPE: &[Builtin] = methods![
    "Shape:setFriction", "(shape: Shape, friction: number)", "Friction.", Effects::WRITES, |call| set(call, Fixture::set_friction, 0);
    "Shape:setRestitution", "(shape: Shape, restitution: number)", "Bounciness.", Effects::WRITES, |call| set(call, Fixture::set_restitution, 0);
    "Shape:setDensity", "(shape: Shape, density: number)", "Density; the body's mass follows.", Effects::WRITES, set_density;
    "Shape:setSensor", "(shape: Shape, sensor: boolean)", "Whether it only reports contacts.", Effects::WRITES, |call| set_flag(call, Fixture::set_sensor);
    "Shape:getFriction", "(shape: Shape) -> number", "Friction.", Effects::READS, |call| get(call, Fixture::friction, 0);
    "Shape:getRestitution", "(shape: Shape) -> number", "Bounciness.", Effects::READS, |call| get(call, Fixture::restitution, 0);
    "Shape:getDensity", "(shape: Shape) -> number", "Density.", Effects::READS, |call| get(call, Fixture::density, 0);
    "Shape:isSensor", "(shape: Shape) -> boolean", "Whether it only reports contacts.", Effects::READS, |call| flag(call, Fixture::is_sensor);
    "Shape:getBody", "(shape: Shape) -> Body?", "Its body.", Effects::READS, get_body;
    "Shape:getShape", "(shape: Shape) -> Shape", "Deprecated: the shape itself.", Effects::READS, get_shape_itself;
    "Shape:setFilterData", "(shape: Shape, categories: integer, mask: integer, group: integer)", "What it collides with.", Effects::WRITES, of_fixture::set_filter_data;
    "Shape:getFilterData", "(shape: Shape) -> integer, integer, integer", "What it collides with.", Effects::READS, of_fixture::get_filter_data;
    "Shape:setCategory", "(shape: Shape, ...: integer)", "Its categories.", Effects::WRITES, of_fixture::set_category;
    "Shape:getCategory", "(shape: Shape) -> ...", "Its categories.", Effects::READS, of_fixture::get_category;
    "Shape:setMask", "(shape: Shape, ...: integer)", "Categories that it does not collide with.", Effects::WRITES, of_fixture::set_mask;
    "Shape:getMask", "(shape: Shape) -> ...", "Categories that it does not collide with.", Effects::READS, of_fixture::get_mask;
    "Shape:setUserData", "(shape: Shape, value: any)", "Hangs a value on it.", Effects::WRITES, set_user_data::<Fixture>;
    "Shape:getUserData", "(shape: Shape) -> any", "The value that hangs on it.", Effects::READS, get_user_data::<Fixture>;
    "Shape:getBoundingBox", "(shape: Shape, child: integer = 1) -> number, number, number, number", "The box around it.", Effects::READS, of_fixture::get_bounding_box;
    "Shape:getMassData", "(shape: Shape) -> number, number, number, number", "Centre, mass and inertia.", Effects::READS, |call| { let data = alive::<Fixture>(call, 1)?.mass_data().or_raise(call)?; super::body::answer_mass_data(call, &data, 0) };
    "Shape:getGroupIndex", "(shape: Shape) -> integer", "Its group.", Effects::READS, |call| { let filter = alive::<Fixture>(call, 1)?.filter().or_raise(call)?; call.one(f64::from(filter.group_index)) };
    "Shape:setGroupIndex", "(shape: Shape, group: integer)", "Its group.", Effects::WRITES, of_fixture::set_group_index;
    "Shape:destroy", "(shape: Shape)", "Takes it off its body.", Effects::CALLS_LUA, destroy_shape;
    "Shape:isDestroyed", "(shape: Shape) -> boolean", "Whether it is on no body.", Effects::READS, is_shape_destroyed;
];

/// `Body`
pub static BODY: &[Builtin] = methods![
    "Body:getShape", "(body: Body) -> Shape?", "Its newest shape.", Effects::READS, get_first_shape;
    "Body:getShapes", "(body: Body) -> table", "Its shapes.", Effects::ALLOCATES, super::body::get_fixtures;
    "Body:hasCustomMassData", "(body: Body) -> boolean", "Whether its mass does not follow from its shapes.", Effects::READS, |call| { let body = alive::<Body>(call, 1)?; call.one(Value::boolean(body.has_custom_mass())) };
    "Body:getKinematicState", "(body: Body) -> number, number, number, number, number, number", "Place, angle and their velocities.", Effects::READS, get_kinematic_state;
    "Body:setKinematicState", "(body: Body, x: number, y: number, angle: number, vx: number, vy: number, speed: number)", "Place, angle and their velocities.", Effects::WRITES, set_kinematic_state;
];

/// `Contact`
pub static CONTACT: &[Builtin] = methods![
    "Contact:getShapes", "(contact: Contact) -> Shape, Shape", "The two shapes.", Effects::READS, super::contact::get_fixtures;
];

/// `World`
pub static WORLD: &[Builtin] = methods![
    "World:queryShapesInArea", "(world: World, x1: number, y1: number, x2: number, y2: number, found: function)", "Calls a function for each shape in a box.", Effects::CALLS_LUA, super::world::query_bounding_box;
    "World:getShapesInArea", "(world: World, x1: number, y1: number, x2: number, y2: number, categories: integer = 65535) -> table", "The shapes in a box.", Effects::ALLOCATES, get_shapes_in_area;
    "World:rayCastAny", "(world: World, x1: number, y1: number, x2: number, y2: number, categories: integer = 65535) -> Shape?, number?, number?, number?, number?, number?", "Some shape on a line.", Effects::ALLOCATES, |call| ray_cast_one(call, true);
    "World:rayCastClosest", "(world: World, x1: number, y1: number, x2: number, y2: number, categories: integer = 65535) -> Shape?, number?, number?, number?, number?, number?", "The first shape on a line.", Effects::ALLOCATES, |call| ray_cast_one(call, false);
];

/// Declares the four methods of a spring of a joint type.
macro_rules! spring {
    ($kind:literal, $prefix:literal, $mass:expr) => {
        methods![
            concat!($kind, ":get", $prefix, "Stiffness"), concat!("(joint: ", $kind, ") -> number"), "The spring's stiffness.", Effects::READS, |call| get_spring(call, $kind, $mass, Which::Stiffness);
            concat!($kind, ":set", $prefix, "Stiffness"), concat!("(joint: ", $kind, ", value: number)"), "The spring's stiffness.", Effects::WRITES, |call| set_spring(call, $kind, $mass, Which::Stiffness);
            concat!($kind, ":get", $prefix, "Damping"), concat!("(joint: ", $kind, ") -> number"), "The spring's damping.", Effects::READS, |call| get_spring(call, $kind, $mass, Which::Damping);
            concat!($kind, ":set", $prefix, "Damping"), concat!("(joint: ", $kind, ", value: number)"), "The spring's damping.", Effects::WRITES, |call| set_spring(call, $kind, $mass, Which::Damping);
        ]
    };
}

/// `DistanceJoint`
pub static DISTANCE_JOINT: &[Builtin] = spring!("DistanceJoint", "", linear_mass);
/// `MouseJoint`
pub static MOUSE_JOINT: &[Builtin] = spring!("MouseJoint", "", linear_mass);
/// `WeldJoint`
pub static WELD_JOINT: &[Builtin] = spring!("WeldJoint", "", angular_mass);
/// `WheelJoint`
pub static WHEEL_JOINT: &[Builtin] = spring!("WheelJoint", "Spring", linear_mass);

/// The fixture of the shape in argument `index`.
pub(super) fn placed(call: &mut Call<'_>, index: u32) -> Result<Rc<Fixture>, Raised> {
    let shape = object::<Shape>(call, index, "Shape")?;
    match shape.fixture() {
        Some(fixture) => Ok(fixture),
        None => Err(call.error("Shape must be active in the physics World to use this method.")),
    }
}

/// Puts a copy of a shape on a body, with density 1; a mass that was set stays.
pub(super) fn place_shape(
    call: &mut Call<'_>,
    body: &Rc<Body>,
    shape: &Shape,
) -> Result<Value, Raised> {
    let keeps_mass = body.has_custom_mass();
    let density = if keeps_mass { 0.0 } else { 1.0 };
    let fixture = body
        .new_fixture(shape, Material { density })
        .or_raise(call)?;
    if keeps_mass {
        fixture.set_density(1.0).or_raise(call)?;
    }
    attach(call.vm, &fixture, 0, Value::NIL)?;
    let shape = fixture.shape().or_raise(call)?;
    Ok(push_object(call.vm, shape))
}

fn set_density(call: &mut Call<'_>) -> NativeResult {
    let fixture = alive::<Fixture>(call, 1)?;
    let density = float(call, 2)?;
    fixture.set_density(density).or_raise(call)?;
    let body = fixture.body().or_raise(call)?;
    if !body.has_custom_mass() {
        body.reset_mass_data().or_raise(call)?;
    }
    call.none()
}

fn get_body(call: &mut Call<'_>) -> NativeResult {
    let shape = object::<Shape>(call, 1, "Shape")?;
    if shape.fixture().is_none() {
        return call.none();
    }
    of_fixture::get_body(call)
}

fn get_shape_itself(call: &mut Call<'_>) -> NativeResult {
    let shape = object::<Shape>(call, 1, "Shape")?;
    let value = push_object(call.vm, shape);
    call.one(value)
}

fn destroy_shape(call: &mut Call<'_>) -> NativeResult {
    let shape = object::<Shape>(call, 1, "Shape")?;
    if shape.fixture().is_none() {
        return call.none();
    }
    of_fixture::destroy(call)
}

fn is_shape_destroyed(call: &mut Call<'_>) -> NativeResult {
    let shape = object::<Shape>(call, 1, "Shape")?;
    call.one(Value::boolean(shape.fixture().is_none()))
}

fn get_first_shape(call: &mut Call<'_>) -> NativeResult {
    let fixtures = alive::<Body>(call, 1)?.fixtures().or_raise(call)?;
    match fixtures.into_iter().next() {
        Some(fixture) => {
            let value = push_fixture(call.vm, fixture);
            call.one(value)
        }
        None => call.none(),
    }
}

fn get_kinematic_state(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let (position, angle) = (
        body.position().or_raise(call)?,
        body.angle().or_raise(call)?,
    );
    let velocity = body.linear_velocity().or_raise(call)?;
    let speed = body.angular_velocity().or_raise(call)?;
    let meter = meter(call.vm);
    call.many(&[
        number(position.x * meter),
        number(position.y * meter),
        number(angle),
        number(velocity.x * meter),
        number(velocity.y * meter),
        number(speed),
    ])
}

fn set_kinematic_state(call: &mut Call<'_>) -> NativeResult {
    let body = alive::<Body>(call, 1)?;
    let (position, angle) = (place(call, 2)?, float(call, 4)?);
    let (velocity, speed) = (place(call, 5)?, float(call, 7)?);
    body.set_transform(position, angle).or_raise(call)?;
    body.set_linear_velocity(velocity).or_raise(call)?;
    body.set_angular_velocity(speed).or_raise(call)?;
    call.none()
}

/// Categories in argument `index`; without it all.
fn categories(call: &mut Call<'_>, index: u32) -> Result<u16, Raised> {
    Ok(call.optional_integer(index, 0xFFFF)? as u16)
}

/// Whether a fixture is of the categories.
fn is_of(fixture: &Fixture, categories: u16) -> bool {
    categories == 0xFFFF
        || fixture
            .filter()
            .is_ok_and(|filter| filter.category_bits & categories != 0)
}

fn get_shapes_in_area(call: &mut Call<'_>) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let (lower, upper) = (place(call, 2)?, place(call, 4)?);
    let categories = categories(call, 6)?;
    let mut found = Vec::new();
    world
        .query(lower, upper, &mut crate::physics::Silent, &mut |fixture| {
            if is_of(fixture, categories) {
                found.push(fixture.clone());
            }
            true
        })
        .or_raise(call)?;
    let mut shapes = Vec::with_capacity(found.len());
    for fixture in found {
        shapes.push(fixture.shape().or_raise(call)?);
    }
    answer_list(call, shapes)
}

/// One shape on a line: the one that Box2D meets first in its tree, or the nearest.
fn ray_cast_one(call: &mut Call<'_>, is_any: bool) -> NativeResult {
    let world = alive::<World>(call, 1)?;
    let (from, to) = (place(call, 2)?, place(call, 4)?);
    let categories = categories(call, 6)?;
    let mut best = None;
    let mut hit = |fixture: &Rc<Fixture>, point: Vec2, normal: Vec2, fraction: f32| {
        if !is_of(fixture, categories) {
            return -1.0;
        }
        best = Some((fixture.clone(), point, normal, fraction));
        if is_any { 0.0 } else { fraction }
    };
    // Box2D takes for granted that the line is one.
    if (to - from).norm() > 0.0 {
        world
            .ray_cast(from, to, &mut crate::physics::Silent, &mut hit)
            .or_raise(call)?;
    }
    let Some((fixture, point, normal, fraction)) = best else {
        return call.none();
    };
    let meter = meter(call.vm);
    let shape = push_fixture(call.vm, fixture);
    call.many(&[
        shape,
        number(point.x * meter),
        number(point.y * meter),
        number(normal.x),
        number(normal.y),
        number(fraction),
    ])
}

/// A world and a body type, and a new body at a place in metres.
fn body_at(
    call: &mut Call<'_>,
    world: &Rc<World>,
    kind: BodyType,
    position: Vec2,
) -> Result<Rc<Body>, Raised> {
    let body = world.new_body(position, kind).or_raise(call)?;
    attach(call.vm, &body, 0, Value::NIL)?;
    Ok(body)
}

/// A body and its shape as results.
fn answer_both(call: &mut Call<'_>, body: Rc<Body>, shape: &Shape) -> NativeResult {
    let shape = place_shape(call, &body, shape)?;
    call.push(shape);
    let body = push_object(call.vm, body);
    call.many(&[body, shape])
}

fn new_circle_body(call: &mut Call<'_>) -> NativeResult {
    let (world, kind) = (alive::<World>(call, 1)?, body_type(call, 2)?);
    let (position, meter) = (place(call, 3)?, meter(call.vm));
    let shape = Shape::circle(Vec2 { x: 0.0, y: 0.0 }, float(call, 5)? / meter);
    let body = body_at(call, &world, kind, position)?;
    answer_both(call, body, &shape)
}

fn new_rectangle_body(call: &mut Call<'_>) -> NativeResult {
    let (world, kind) = (alive::<World>(call, 1)?, body_type(call, 2)?);
    let (position, meter) = (place(call, 3)?, meter(call.vm));
    let (width, height) = (float(call, 5)?, float(call, 6)?);
    let angle = optional_float(call, 7, 0.0)?;
    let center = Vec2 { x: 0.0, y: 0.0 };
    let shape = Shape::rectangle(center, width / 2.0 / meter, height / 2.0 / meter, angle);
    let body = body_at(call, &world, kind, position)?;
    answer_both(call, body, &shape)
}

/// The mean of points, and the points relative to it.
fn centered(points: &[Vec2]) -> (Vec2, Vec<Vec2>) {
    let count = points.len() as f32;
    let mut origin = Vec2 { x: 0.0, y: 0.0 };
    for point in points {
        origin.x += point.x / count;
        origin.y += point.y / count;
    }
    let local = points
        .iter()
        .map(|point| Vec2 {
            x: point.x - origin.x,
            y: point.y - origin.y,
        })
        .collect();
    (origin, local)
}

fn new_polygon_body(call: &mut Call<'_>) -> NativeResult {
    let (world, kind) = (alive::<World>(call, 1)?, body_type(call, 2)?);
    let (origin, local) = centered(&points(call, 3, true)?);
    let shape = Shape::polygon(&local).or_raise(call)?;
    let body = body_at(call, &world, kind, origin)?;
    answer_both(call, body, &shape)
}

fn new_edge_body(call: &mut Call<'_>) -> NativeResult {
    let (world, kind) = (alive::<World>(call, 1)?, body_type(call, 2)?);
    let (from, to) = (place(call, 3)?, place(call, 5)?);
    // Half the difference, as LÖVE computes it; not the middle.
    let origin = Vec2 {
        x: (to.x - from.x) / 2.0,
        y: (to.y - from.y) / 2.0,
    };
    let local = |point: Vec2| Vec2 {
        x: point.x - origin.x,
        y: point.y - origin.y,
    };
    let shape = Shape::edge(local(from), local(to));
    if !call.argument(7).is_nil() {
        let (previous, next) = (place(call, 7)?, place(call, 9)?);
        shape.set_previous(Some(local(previous))).or_raise(call)?;
        shape.set_next(Some(local(next))).or_raise(call)?;
    }
    let body = body_at(call, &world, kind, origin)?;
    answer_both(call, body, &shape)
}

fn new_chain_body(call: &mut Call<'_>) -> NativeResult {
    let (world, kind) = (alive::<World>(call, 1)?, body_type(call, 2)?);
    let is_loop = call.boolean(3)?;
    let points = points(call, 4, false)?;
    if points.is_empty() {
        return Err(call.error("Number of vertex components must be a multiple of two."));
    }
    let (origin, local) = centered(&points);
    let shape = Shape::chain(&local, is_loop).or_raise(call)?;
    let body = body_at(call, &world, kind, origin)?;
    answer_both(call, body, &shape)
}

/// What counts as the mass of a spring between two bodies: of two that can move the reduced one, else that of the one.
fn reduced(first: f32, second: f32) -> f32 {
    if first > 0.0 && second > 0.0 {
        first * second / (first + second)
    } else if first > 0.0 {
        first
    } else {
        second
    }
}

type MassOf = fn(&Body) -> Result<f32, Refusal>;

fn linear_mass(body: &Body) -> Result<f32, Refusal> {
    body.mass()
}

fn angular_mass(body: &Body) -> Result<f32, Refusal> {
    body.inertia()
}

/// Frequency and damping ratio to stiffness and damping.
fn to_stiffness(frequency: f32, ratio: f32, mass: f32) -> (f32, f32) {
    let omega = 2.0 * std::f32::consts::PI * frequency;
    (mass * omega * omega, 2.0 * mass * ratio * omega)
}

/// Stiffness and damping to frequency and damping ratio.
fn to_frequency(stiffness: f32, damping: f32, mass: f32) -> (f32, f32) {
    if mass == 0.0 || stiffness <= 0.0 {
        return (0.0, 0.0);
    }
    let omega = (stiffness / mass).sqrt();
    (
        omega / (2.0 * std::f32::consts::PI),
        damping / (mass * 2.0 * omega),
    )
}

fn compute(
    call: &mut Call<'_>,
    mass_of: MassOf,
    convert: fn(f32, f32, f32) -> (f32, f32),
) -> NativeResult {
    let (first, second) = (float(call, 1)?, float(call, 2)?);
    let mass = mass_of(&*alive::<Body>(call, 3)?).or_raise(call)?;
    let other = if call.argument(4).is_nil() {
        0.0
    } else {
        mass_of(&*alive::<Body>(call, 4)?).or_raise(call)?
    };
    let (first, second) = convert(first, second, reduced(mass, other));
    call.many(&[number(first), number(second)])
}

/// Which of a spring's two numbers.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    Stiffness,
    Damping,
}

/// The mass that a joint's spring moves.
fn spring_mass(call: &mut Call<'_>, joint: &Joint, mass_of: MassOf) -> Result<f32, Raised> {
    let (first, second) = joint.bodies().or_raise(call)?;
    let first_mass = mass_of(&first).or_raise(call)?;
    let second_mass = match second {
        Some(second) => mass_of(&second).or_raise(call)?,
        None => 0.0,
    };
    Ok(reduced(first_mass, second_mass))
}

fn get_spring(call: &mut Call<'_>, name: &str, mass_of: MassOf, which: Which) -> NativeResult {
    let joint = this(call, name)?;
    let mass = spring_mass(call, &joint, mass_of)?;
    let frequency = joint.number(Number::Frequency).or_raise(call)?;
    let ratio = joint.number(Number::DampingRatio).or_raise(call)?;
    let (stiffness, damping) = to_stiffness(frequency, ratio, mass);
    call.one(number(if which == Which::Stiffness {
        stiffness
    } else {
        damping
    }))
}

fn set_spring(call: &mut Call<'_>, name: &str, mass_of: MassOf, which: Which) -> NativeResult {
    let joint = this(call, name)?;
    let value = float(call, 2)?;
    let mass = spring_mass(call, &joint, mass_of)?;
    let frequency = joint.number(Number::Frequency).or_raise(call)?;
    let ratio = joint.number(Number::DampingRatio).or_raise(call)?;
    let (mut stiffness, mut damping) = to_stiffness(frequency, ratio, mass);
    match which {
        Which::Stiffness => stiffness = value,
        Which::Damping => damping = value,
    }
    let (frequency, ratio) = to_frequency(stiffness, damping, mass);
    joint
        .set_number(Number::Frequency, frequency)
        .or_raise(call)?;
    joint
        .set_number(Number::DampingRatio, ratio)
        .or_raise(call)?;
    call.none()
}
