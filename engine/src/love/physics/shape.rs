//! `Shape` and its kinds.

use super::super::object::{
    LoveObject, OBJECT, ObjectType, any_object, object_type_error, push_object,
};
use super::body::answer_mass_data;
use super::*;
use crate::physics::{BoundingBox, RayHit, ShapeKind};

/// `Shape`
pub static SHAPE: ObjectType = ObjectType {
    name: "Shape",
    parent: Some(&OBJECT),
    methods: methods![
        "Shape:getType", "(shape: Shape) -> string", "circle, polygon, edge or chain.", Effects::READS, get_type;
        "Shape:getRadius", "(shape: Shape) -> number", "Radius.", Effects::READS, get_radius;
        "Shape:getChildCount", "(shape: Shape) -> integer", "Of how many parts it consists.", Effects::READS, get_child_count;
        "Shape:testPoint", "(shape: Shape, x: number, y: number, angle: number, px: number, py: number) -> boolean", "Whether a point is in it.", Effects::READS, test_point;
        "Shape:rayCast", "(shape: Shape, x1: number, y1: number, x2: number, y2: number, most: number, x: number, y: number, angle: number, child: integer = 1) -> number?, number?, number?", "Where a line meets it.", Effects::READS, ray_cast;
        "Shape:computeAABB", "(shape: Shape, x: number, y: number, angle: number, child: integer = 1) -> number, number, number, number", "The box around it.", Effects::READS, compute_bounds;
        "Shape:computeMass", "(shape: Shape, density: number) -> number, number, number, number", "Centre, mass and inertia.", Effects::READS, compute_mass;
    ],
};

/// `CircleShape`
pub static CIRCLE: ObjectType = ObjectType {
    name: "CircleShape",
    parent: Some(&SHAPE),
    methods: methods![
        "CircleShape:getRadius", "(shape: CircleShape) -> number", "Radius.", Effects::READS, get_radius;
        "CircleShape:setRadius", "(shape: CircleShape, radius: number)", "Radius.", Effects::WRITES, set_radius;
        "CircleShape:getPoint", "(shape: CircleShape) -> number, number", "Centre.", Effects::READS, get_center;
        "CircleShape:setPoint", "(shape: CircleShape, x: number, y: number)", "Centre.", Effects::WRITES, set_center;
    ],
};

/// `PolygonShape`
pub static POLYGON: ObjectType = ObjectType {
    name: "PolygonShape",
    parent: Some(&SHAPE),
    methods: methods![
        "PolygonShape:getPoints", "(shape: PolygonShape) -> ...", "Its points.", Effects::READS, |call| get_points(call, "PolygonShape");
        "PolygonShape:validate", "(shape: PolygonShape) -> boolean", "Whether it is convex.", Effects::READS, validate;
    ],
};

/// `EdgeShape`
pub static EDGE: ObjectType = ObjectType {
    name: "EdgeShape",
    parent: Some(&SHAPE),
    methods: methods![
        "EdgeShape:getPoints", "(shape: EdgeShape) -> number, number, number, number", "Its ends.", Effects::READS, |call| get_points(call, "EdgeShape");
        "EdgeShape:getNextVertex", "(shape: EdgeShape) -> number?, number?", "The point behind it.", Effects::READS, |call| get_ghost(call, "EdgeShape", Shape::next);
        "EdgeShape:setNextVertex", "(shape: EdgeShape, x: number = nil, y: number = nil)", "The point behind it.", Effects::WRITES, |call| set_ghost(call, "EdgeShape", Shape::set_next);
        "EdgeShape:getPreviousVertex", "(shape: EdgeShape) -> number?, number?", "The point before it.", Effects::READS, |call| get_ghost(call, "EdgeShape", Shape::previous);
        "EdgeShape:setPreviousVertex", "(shape: EdgeShape, x: number = nil, y: number = nil)", "The point before it.", Effects::WRITES, |call| set_ghost(call, "EdgeShape", Shape::set_previous);
    ],
};

/// `ChainShape`
pub static CHAIN: ObjectType = ObjectType {
    name: "ChainShape",
    parent: Some(&SHAPE),
    methods: methods![
        "ChainShape:getPoints", "(shape: ChainShape) -> ...", "Its points.", Effects::READS, |call| get_points(call, "ChainShape");
        "ChainShape:getPoint", "(shape: ChainShape, index: integer) -> number, number", "One of its points.", Effects::READS, get_point;
        "ChainShape:getVertexCount", "(shape: ChainShape) -> integer", "How many points it has.", Effects::READS, get_vertex_count;
        "ChainShape:getChildEdge", "(shape: ChainShape, index: integer) -> EdgeShape", "One of its lines.", Effects::ALLOCATES, get_child_edge;
        "ChainShape:getNextVertex", "(shape: ChainShape) -> number?, number?", "The point behind it.", Effects::READS, |call| get_ghost(call, "ChainShape", Shape::next);
        "ChainShape:setNextVertex", "(shape: ChainShape, x: number = nil, y: number = nil)", "The point behind it.", Effects::WRITES, |call| set_ghost(call, "ChainShape", Shape::set_next);
        "ChainShape:getPreviousVertex", "(shape: ChainShape) -> number?, number?", "The point before it.", Effects::READS, |call| get_ghost(call, "ChainShape", Shape::previous);
        "ChainShape:setPreviousVertex", "(shape: ChainShape, x: number = nil, y: number = nil)", "The point before it.", Effects::WRITES, |call| set_ghost(call, "ChainShape", Shape::set_previous);
    ],
};

impl LoveObject for Shape {
    fn object_type(&self) -> &'static ObjectType {
        match self.kind() {
            ShapeKind::Circle => &CIRCLE,
            ShapeKind::Edge => &EDGE,
            ShapeKind::Polygon => &POLYGON,
            ShapeKind::Chain => &CHAIN,
            ShapeKind::Count => &SHAPE,
        }
    }
}

/// LÖVE's name of a kind.
pub(super) fn kind_name(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Circle => "circle",
        ShapeKind::Edge => "edge",
        ShapeKind::Polygon => "polygon",
        ShapeKind::Chain => "chain",
        ShapeKind::Count => "",
    }
}

/// Argument 1, which must be of a type.
fn this(call: &mut Call<'_>, name: &str) -> Result<Rc<Shape>, Raised> {
    let (object, _) = any_object(call, 1, name)?;
    object
        .downcast()
        .map_err(|_| object_type_error(call, 1, name))
}

/// Argument `index` as the index of a part, from 0.
pub(super) fn child_index(call: &mut Call<'_>, index: u32) -> Result<i32, Raised> {
    Ok(call.optional_integer(index, 1)?.saturating_sub(1))
}

/// Normal and fraction of a hit, or nothing.
pub(super) fn answer_hit(call: &mut Call<'_>, hit: Option<RayHit>) -> NativeResult {
    match hit {
        Some(hit) => call.many(&[
            number(hit.normal.x),
            number(hit.normal.y),
            number(hit.fraction),
        ]),
        None => call.none(),
    }
}

/// A box as four results.
pub(super) fn answer_bounds(call: &mut Call<'_>, bounds: BoundingBox) -> NativeResult {
    let meter = meter(call.vm);
    call.many(&[
        number(bounds.lower.x * meter),
        number(bounds.lower.y * meter),
        number(bounds.upper.x * meter),
        number(bounds.upper.y * meter),
    ])
}

/// Under LÖVE 12 the body that a new shape goes on (argument 1 unless that is a plain value), and the index of the argument behind it.
fn body_argument(call: &mut Call<'_>) -> Result<(Option<Rc<Body>>, u32), Raised> {
    let first = call.argument(1);
    if !super::super::is_version_12(call.vm) || !(first.is_nil() || first.as_userdata().is_some()) {
        return Ok((None, 1));
    }
    Ok((Some(alive::<Body>(call, 1)?), 2))
}

/// A new shape as a result, on its body if it has one.
fn answer(call: &mut Call<'_>, body: Option<Rc<Body>>, shape: Shape) -> NativeResult {
    let value = match body {
        None => push_object(call.vm, Rc::new(shape)),
        Some(body) => version12::place_shape(call, &body, &shape)?,
    };
    call.one(value)
}

pub(super) fn new_circle(call: &mut Call<'_>) -> NativeResult {
    let (body, first) = body_argument(call)?;
    let meter = meter(call.vm);
    let shape = match (call.argument_count() + 1).saturating_sub(first) {
        1 => Shape::circle(Vec2 { x: 0.0, y: 0.0 }, float(call, first)? / meter),
        3 => {
            let center = place(call, first)?;
            Shape::circle(center, float(call, first + 2)? / meter)
        }
        _ => return Err(call.error("Incorrect number of parameters")),
    };
    answer(call, body, shape)
}

pub(super) fn new_rectangle(call: &mut Call<'_>) -> NativeResult {
    let (body, first) = body_argument(call)?;
    let meter = meter(call.vm);
    let (center, at) = match (call.argument_count() + 1).saturating_sub(first) {
        2 => (Vec2 { x: 0.0, y: 0.0 }, first),
        4 | 5 => (place(call, first)?, first + 2),
        _ => return Err(call.error("Incorrect number of parameters")),
    };
    let (width, height) = (float(call, at)?, float(call, at + 1)?);
    let angle = optional_float(call, first + 4, 0.0)?;
    let shape = Shape::rectangle(center, width / 2.0 / meter, height / 2.0 / meter, angle);
    answer(call, body, shape)
}

pub(super) fn new_edge(call: &mut Call<'_>) -> NativeResult {
    let (body, first) = body_argument(call)?;
    let (from, to) = (place(call, first)?, place(call, first + 2)?);
    let shape = Shape::edge(from, to);
    if super::super::is_version_12(call.vm) && !call.argument(first + 4).is_nil() {
        let (previous, next) = (place(call, first + 4)?, place(call, first + 6)?);
        shape.set_previous(Some(previous)).or_raise(call)?;
        shape.set_next(Some(next)).or_raise(call)?;
    }
    answer(call, body, shape)
}

/// The points in a table or in the arguments from `first` on.
pub(super) fn points(
    call: &mut Call<'_>,
    first: u32,
    is_table_strict: bool,
) -> Result<Vec<Vec2>, Raised> {
    let table = call.argument(first);
    let is_table = table.is_table();
    let count = if is_table {
        call.vm.raw_length(table)
    } else {
        (call.argument_count() + 1).saturating_sub(first) as usize
    };
    if count % 2 != 0 {
        return Err(call.error("Number of vertex components must be a multiple of two."));
    }
    if is_table_strict && count / 2 < 3 {
        let got = count / 2;
        return Err(call.error(format!("Expected a minimum of 3 vertices, got {got}.")));
    }
    if is_table_strict && count / 2 > 8 {
        let got = count / 2;
        return Err(call.error(format!("Expected a maximum of 8 vertices, got {got}.")));
    }
    let meter = meter(call.vm);
    let mut numbers = Vec::with_capacity(count);
    for index in 0..count {
        let value = if is_table {
            let value = call.vm.raw_get_index(table, index as i64 + 1);
            match call.vm.to_number(value) {
                Some(value) => value as f32,
                None if is_table_strict => {
                    let got = value.type_name();
                    let shown = if index % 2 == 0 { -2 } else { -1 };
                    return Err(call.error(format!(
                        "bad argument #{shown} to 'newPolygonShape' (number expected, got {got})"
                    )));
                }
                None => 0.0,
            }
        } else {
            float(call, first + index as u32)?
        };
        numbers.push(value / meter);
    }
    Ok(numbers
        .chunks_exact(2)
        .map(|pair| Vec2 {
            x: pair[0],
            y: pair[1],
        })
        .collect())
}

pub(super) fn new_polygon(call: &mut Call<'_>) -> NativeResult {
    let (body, first) = body_argument(call)?;
    let points = points(call, first, true)?;
    let shape = Shape::polygon(&points).or_raise(call)?;
    answer(call, body, shape)
}

pub(super) fn new_chain(call: &mut Call<'_>) -> NativeResult {
    let (body, first) = body_argument(call)?;
    // The number of coordinates is looked at first.
    let points = points(call, first + 1, false)?;
    let is_loop = call.boolean(first)?;
    let shape = Shape::chain(&points, is_loop).or_raise(call)?;
    answer(call, body, shape)
}

fn get_type(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "Shape")?;
    call.one_string(kind_name(shape.kind()))
}

fn get_radius(call: &mut Call<'_>) -> NativeResult {
    let radius = this(call, "Shape")?.radius().or_raise(call)?;
    let meter = meter(call.vm);
    call.one(number(radius * meter))
}

fn set_radius(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "CircleShape")?;
    let meter = meter(call.vm);
    let radius = float(call, 2)? / meter;
    shape.set_radius(radius).or_raise(call)?;
    call.none()
}

fn get_child_count(call: &mut Call<'_>) -> NativeResult {
    let count = this(call, "Shape")?.child_count().or_raise(call)?;
    call.one(f64::from(count))
}

fn test_point(call: &mut Call<'_>) -> NativeResult {
    if super::super::is_version_12(call.vm) && call.argument(4).is_nil() {
        return super::fixture::test_point(call);
    }
    let shape = this(call, "Shape")?;
    let (position, angle, point) = (place(call, 2)?, float(call, 4)?, place(call, 5)?);
    let is_inside = shape.contains(position, angle, point).or_raise(call)?;
    call.one(Value::boolean(is_inside))
}

fn ray_cast(call: &mut Call<'_>) -> NativeResult {
    if super::super::is_version_12(call.vm) && call.argument(8).is_nil() {
        return super::fixture::ray_cast(call);
    }
    let shape = this(call, "Shape")?;
    let line = (place(call, 2)?, place(call, 4)?);
    let most = float(call, 6)?;
    let (position, angle) = (place(call, 7)?, float(call, 9)?);
    let child = child_index(call, 10)?;
    let hit = shape
        .ray_cast(line, most, position, angle, child)
        .or_raise(call)?;
    answer_hit(call, hit)
}

fn compute_bounds(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "Shape")?;
    let (position, angle) = (place(call, 2)?, float(call, 4)?);
    let child = child_index(call, 5)?;
    let bounds = shape.bounds(position, angle, child).or_raise(call)?;
    answer_bounds(call, bounds)
}

fn compute_mass(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "Shape")?;
    let density = float(call, 2)?;
    let data = shape.mass_data(density).or_raise(call)?;
    answer_mass_data(call, &data, 2)
}

fn get_center(call: &mut Call<'_>) -> NativeResult {
    let center = this(call, "CircleShape")?.center().or_raise(call)?;
    answer_place(call, center)
}

fn set_center(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "CircleShape")?;
    let center = place(call, 2)?;
    shape.set_center(center).or_raise(call)?;
    call.none()
}

fn get_points(call: &mut Call<'_>, name: &str) -> NativeResult {
    let points = this(call, name)?.points().or_raise(call)?;
    let meter = meter(call.vm);
    call.reserve(points.len() * 2)?;
    for point in &points {
        call.push(number(point.x * meter));
        call.push(number(point.y * meter));
    }
    call.pushed(points.len() as u32 * 2)
}

fn validate(call: &mut Call<'_>) -> NativeResult {
    let is_valid = this(call, "PolygonShape")?.is_valid().or_raise(call)?;
    call.one(Value::boolean(is_valid))
}

fn get_ghost(
    call: &mut Call<'_>,
    name: &str,
    read: fn(&Shape) -> Result<Option<Vec2>, Refusal>,
) -> NativeResult {
    let shape = this(call, name)?;
    match read(&shape).or_raise(call)? {
        Some(point) => answer_place(call, point),
        None => call.none(),
    }
}

fn set_ghost(
    call: &mut Call<'_>,
    name: &str,
    write: fn(&Shape, Option<Vec2>) -> Result<(), Refusal>,
) -> NativeResult {
    let shape = this(call, name)?;
    let point = if call.argument(2).is_nil() {
        None
    } else {
        Some(place(call, 2)?)
    };
    write(&shape, point).or_raise(call)?;
    call.none()
}

fn get_point(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "ChainShape")?;
    let index = call.integer(2)?;
    let points = shape.points().or_raise(call)?;
    let point = usize::try_from(index)
        .ok()
        .and_then(|index| points.get(index.checked_sub(1)?));
    match point {
        Some(&point) => answer_place(call, point),
        None => Err(call.error("Physics error: index out of bounds")),
    }
}

fn get_vertex_count(call: &mut Call<'_>) -> NativeResult {
    let points = this(call, "ChainShape")?.points().or_raise(call)?;
    call.one(points.len() as f64)
}

fn get_child_edge(call: &mut Call<'_>) -> NativeResult {
    let shape = this(call, "ChainShape")?;
    let index = call.integer(2)?.saturating_sub(1);
    let edge = shape.child_edge(index).or_raise(call)?;
    answer(call, None, edge)
}
