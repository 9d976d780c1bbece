//! Shapes: circles, polygons, edges and chains; of their own or inside a fixture.

use super::Refusal;
use super::fixture::Fixture;
use super::raw::{self, MassData, ShapeType, Transform, Vec2};
use std::rc::{Rc, Weak};

/// Box2D's tolerance for lengths.
const LINEAR_SLOP: f32 = 0.005;

/// What kind of shape it is.
pub type ShapeKind = ShapeType;

/// Where a line meets a shape.
#[derive(Clone, Copy, Debug)]
pub struct RayHit {
    /// The surface's direction there.
    pub normal: Vec2,
    /// How far along the line.
    pub fraction: f32,
}

/// A box with upright sides.
#[derive(Clone, Copy, Debug)]
pub struct BoundingBox {
    /// Least coordinates.
    pub lower: Vec2,
    /// Greatest coordinates.
    pub upper: Vec2,
}

/// A shape.
pub struct Shape {
    raw: *mut raw::Shape,
    kind: ShapeKind,
    /// The fixture that it lies in; without one it is its own.
    fixture: Option<Weak<Fixture>>,
}

fn rotation(angle: f32) -> raw::Rot {
    raw::Rot {
        sin: angle.sin(),
        cos: angle.cos(),
    }
}

fn distance_squared(a: Vec2, b: Vec2) -> f32 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    x * x + y * y
}

impl Shape {
    fn own(raw: *mut raw::Shape, kind: ShapeKind) -> Shape {
        Shape {
            raw,
            kind,
            fixture: None,
        }
    }

    /// The shape inside a fixture.
    ///
    /// # Safety
    /// I50: the pointer is the shape of this living fixture.
    pub(super) unsafe fn of_fixture(raw: *mut raw::Shape, fixture: Weak<Fixture>) -> Shape {
        // SAFETY: I50: the caller says that the shape lives.
        let kind = unsafe { raw::Shape_get_type(raw) };
        Shape {
            raw,
            kind,
            fixture: Some(fixture),
        }
    }

    /// A circle.
    pub fn circle(center: Vec2, radius: f32) -> Shape {
        // SAFETY: I50: a new shape, filled in before anybody sees it.
        unsafe {
            let circle = raw::CircleShape_new();
            raw::CircleShape_set_pos(circle, center);
            let raw = raw::CircleShape_as_shape(circle);
            raw::Shape_set_radius(raw, radius);
            Shape::own(raw, ShapeKind::Circle)
        }
    }

    /// A rectangle, turned around its centre.
    pub fn rectangle(center: Vec2, half_width: f32, half_height: f32, angle: f32) -> Shape {
        // SAFETY: I50: as in `circle`.
        unsafe {
            let polygon = raw::PolygonShape_new();
            raw::PolygonShape_set_as_oriented_box(polygon, half_width, half_height, &center, angle);
            Shape::own(raw::PolygonShape_as_shape(polygon), ShapeKind::Polygon)
        }
    }

    /// The convex hull of 3 to 8 points.
    pub fn polygon(points: &[Vec2]) -> Result<Shape, Refusal> {
        let is_valid = points
            .iter()
            .all(|point| point.x.is_finite() && point.y.is_finite());
        if !is_valid || !(3..=8).contains(&points.len()) || !has_area(points) {
            return Err("Box2D assertion failed: false");
        }
        // SAFETY: I50: as in `circle`; Box2D copies the points.
        unsafe {
            let polygon = raw::PolygonShape_new();
            raw::PolygonShape_set(polygon, points.as_ptr(), points.len() as i32);
            Ok(Shape::own(
                raw::PolygonShape_as_shape(polygon),
                ShapeKind::Polygon,
            ))
        }
    }

    /// A line.
    pub fn edge(from: Vec2, to: Vec2) -> Shape {
        // SAFETY: I50: as in `circle`.
        unsafe {
            let edge = raw::EdgeShape_new();
            raw::EdgeShape_set(edge, &from, &to);
            Shape::own(raw::EdgeShape_as_shape(edge), ShapeKind::Edge)
        }
    }

    /// A chain of lines, closed or open.
    pub fn chain(points: &[Vec2], is_loop: bool) -> Result<Shape, Refusal> {
        let least = if is_loop { 3 } else { 2 };
        if points.len() < least {
            return Err(if is_loop {
                "Box2D assertion failed: count >= 3"
            } else {
                "Box2D assertion failed: count >= 2"
            });
        }
        let is_apart = points
            .windows(2)
            .all(|pair| distance_squared(pair[0], pair[1]) > LINEAR_SLOP * LINEAR_SLOP);
        if !is_apart {
            return Err(
                "Box2D assertion failed: b2DistanceSquared(vertices[i-1], vertices[i]) > b2_linearSlop * b2_linearSlop",
            );
        }
        let count = i32::try_from(points.len()).map_err(|_| "Too many points.")?;
        // SAFETY: I50: as in `circle`; Box2D copies the points.
        unsafe {
            let chain = raw::ChainShape_new();
            if is_loop {
                raw::ChainShape_create_loop(chain, points.as_ptr(), count);
            } else {
                raw::ChainShape_create_chain(chain, points.as_ptr(), count);
            }
            Ok(Shape::own(
                raw::ChainShape_as_shape(chain),
                ShapeKind::Chain,
            ))
        }
    }

    /// The shape in Box2D.
    pub(super) fn raw(&self) -> Result<*mut raw::Shape, Refusal> {
        if let Some(fixture) = &self.fixture {
            let gone = "Attempt to use the shape of a destroyed fixture.";
            fixture.upgrade().ok_or(gone)?.raw().map_err(|_| gone)?;
        }
        Ok(self.raw)
    }

    /// The fixture that it lies in, while that lives.
    pub fn fixture(&self) -> Option<Rc<Fixture>> {
        let fixture = self.fixture.as_ref()?.upgrade()?;
        (!fixture.is_destroyed()).then_some(fixture)
    }

    /// What kind of shape it is.
    pub fn kind(&self) -> ShapeKind {
        self.kind
    }

    super::getters! {
        /// Radius; of polygons and edges, their skin's.
        radius: f32 = Shape_get_radius;
        /// Of how many parts it consists.
        child_count: i32 = Shape_get_child_count_virtual;
    }
    super::setters! {
        /// Radius of a circle.
        set_radius: f32 = Shape_set_radius;
    }

    /// Refuses parts that a chain does not have; the other kinds do not look at the number.
    fn check_part(&self, child: i32) -> Result<(), Refusal> {
        if self.kind == ShapeKind::Chain {
            self.check_child(child)
        } else {
            Ok(())
        }
    }

    /// Refuses parts that it does not have.
    pub(super) fn check_child(&self, child: i32) -> Result<(), Refusal> {
        if (0..self.child_count()?).contains(&child) {
            Ok(())
        } else {
            Err("Box2D assertion failed: childIndex < m_count")
        }
    }

    /// Whether a point lies in the shape, when it is placed so.
    pub fn contains(&self, position: Vec2, angle: f32, point: Vec2) -> Result<bool, Refusal> {
        let raw = self.raw()?;
        let place = Transform {
            pos: position,
            rot: rotation(angle),
        };
        // SAFETY: I50: the shape lives.
        Ok(unsafe { raw::Shape_test_point_virtual(raw, &place, &point) })
    }

    /// Where a line meets the shape, when it is placed so.
    pub fn ray_cast(
        &self,
        line: (Vec2, Vec2),
        most: f32,
        position: Vec2,
        angle: f32,
        child: i32,
    ) -> Result<Option<RayHit>, Refusal> {
        let raw = self.raw()?;
        self.check_part(child)?;
        let place = Transform {
            pos: position,
            rot: rotation(angle),
        };
        let input = raw::RayCastInput {
            p1: line.0,
            p2: line.1,
            max_fraction: most,
        };
        let mut output = raw::RayCastOutput {
            normal: Vec2 { x: 0.0, y: 0.0 },
            fraction: 0.0,
        };
        // SAFETY: I50: the shape lives and has the child.
        let is_hit =
            unsafe { raw::Shape_ray_cast_virtual(raw, &mut output, &input, &place, child) };
        Ok(is_hit.then_some(RayHit {
            normal: output.normal,
            fraction: output.fraction,
        }))
    }

    /// The box around the shape, when it is placed so.
    pub fn bounds(&self, position: Vec2, angle: f32, child: i32) -> Result<BoundingBox, Refusal> {
        let raw = self.raw()?;
        self.check_part(child)?;
        let place = Transform {
            pos: position,
            rot: rotation(angle),
        };
        let zero = Vec2 { x: 0.0, y: 0.0 };
        let mut bounds = raw::AABB {
            lower: zero,
            upper: zero,
        };
        // SAFETY: I50: the shape lives and has the child.
        unsafe { raw::Shape_compute_aabb_virtual(raw, &mut bounds, &place, child) };
        Ok(BoundingBox {
            lower: bounds.lower,
            upper: bounds.upper,
        })
    }

    /// Mass, centre and inertia for a density.
    pub fn mass_data(&self, density: f32) -> Result<MassData, Refusal> {
        let raw = self.raw()?;
        let mut data = MassData {
            mass: 0.0,
            center: Vec2 { x: 0.0, y: 0.0 },
            inertia: 0.0,
        };
        // SAFETY: I50: the shape lives; Box2D fills the data in.
        unsafe { raw::Shape_compute_mass_virtual(raw, &mut data, density) };
        Ok(data)
    }

    /// The shape as one of a kind; the caller has checked the kind in the type.
    fn of_kind(&self, kind: ShapeKind) -> Result<*mut raw::Shape, Refusal> {
        let raw = self.raw()?;
        if self.kind == kind {
            Ok(raw)
        } else {
            Err("this is another kind of shape")
        }
    }

    /// The centre of a circle.
    pub fn center(&self) -> Result<Vec2, Refusal> {
        let raw = self.of_kind(ShapeKind::Circle)?;
        // SAFETY: I50: the shape lives and is a circle.
        Ok(unsafe { raw::CircleShape_get_pos(raw::Shape_as_circle_shape(raw)) })
    }

    /// Moves a circle.
    pub fn set_center(&self, center: Vec2) -> Result<(), Refusal> {
        let raw = self.of_kind(ShapeKind::Circle)?;
        // SAFETY: I50: the shape lives and is a circle.
        unsafe { raw::CircleShape_set_pos(raw::Shape_as_circle_shape(raw), center) };
        Ok(())
    }

    /// The points of a polygon, an edge or a chain.
    pub fn points(&self) -> Result<Vec<Vec2>, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the shape lives and is of the kind; counts are those of Box2D's own arrays.
        Ok(unsafe {
            match self.kind {
                ShapeKind::Polygon => {
                    let polygon = raw::Shape_as_polygon_shape(raw);
                    (0..raw::PolygonShape_get_vertex_count(polygon))
                        .map(|index| *raw::PolygonShape_get_vertex(polygon, index))
                        .collect()
                }
                ShapeKind::Edge => {
                    let edge = raw::Shape_as_edge_shape(raw);
                    vec![raw::EdgeShape_get_v1(edge), raw::EdgeShape_get_v2(edge)]
                }
                ShapeKind::Chain => {
                    let chain = raw::Shape_as_chain_shape(raw);
                    let count = raw::ChainShape_get_vertex_count(chain);
                    let points = raw::ChainShape_get_vertices_const(chain);
                    std::slice::from_raw_parts(points, count as usize).to_vec()
                }
                _ => Vec::new(),
            }
        })
    }

    /// Whether a polygon is convex.
    pub fn is_valid(&self) -> Result<bool, Refusal> {
        let raw = self.of_kind(ShapeKind::Polygon)?;
        // SAFETY: I50: the shape lives and is a polygon.
        Ok(unsafe { raw::PolygonShape_validate(raw::Shape_as_polygon_shape(raw)) })
    }

    /// The point before an edge or chain, for smooth contacts.
    pub fn previous(&self) -> Result<Option<Vec2>, Refusal> {
        let raw = self.raw()?;
        let mut point = Vec2 { x: 0.0, y: 0.0 };
        // SAFETY: I50: the shape lives and is of the kind.
        let has_point = unsafe {
            match self.kind {
                ShapeKind::Edge => raw::EdgeShape_get_v0(raw::Shape_as_edge_shape(raw), &mut point),
                ShapeKind::Chain => {
                    raw::ChainShape_get_prev_vertex(raw::Shape_as_chain_shape(raw), &mut point)
                }
                _ => false,
            }
        };
        Ok(has_point.then_some(point))
    }

    /// The point behind an edge or chain, for smooth contacts.
    pub fn next(&self) -> Result<Option<Vec2>, Refusal> {
        let raw = self.raw()?;
        let mut point = Vec2 { x: 0.0, y: 0.0 };
        // SAFETY: I50: the shape lives and is of the kind.
        let has_point = unsafe {
            match self.kind {
                ShapeKind::Edge => raw::EdgeShape_get_v3(raw::Shape_as_edge_shape(raw), &mut point),
                ShapeKind::Chain => {
                    raw::ChainShape_get_next_vertex(raw::Shape_as_chain_shape(raw), &mut point)
                }
                _ => false,
            }
        };
        Ok(has_point.then_some(point))
    }

    /// Sets the point before an edge or chain.
    pub fn set_previous(&self, point: Option<Vec2>) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let pointer = point.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: I50: the shape lives and is of the kind; Box2D copies the point.
        unsafe {
            match self.kind {
                ShapeKind::Edge => raw::EdgeShape_set_v0(raw::Shape_as_edge_shape(raw), pointer),
                ShapeKind::Chain => {
                    raw::ChainShape_set_prev_vertex(raw::Shape_as_chain_shape(raw), pointer);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Sets the point behind an edge or chain.
    pub fn set_next(&self, point: Option<Vec2>) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let pointer = point.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: I50: the shape lives and is of the kind; Box2D copies the point.
        unsafe {
            match self.kind {
                ShapeKind::Edge => raw::EdgeShape_set_v3(raw::Shape_as_edge_shape(raw), pointer),
                ShapeKind::Chain => {
                    raw::ChainShape_set_next_vertex(raw::Shape_as_chain_shape(raw), pointer);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A line of a chain, as a shape of its own.
    pub fn child_edge(&self, index: i32) -> Result<Shape, Refusal> {
        let raw = self.of_kind(ShapeKind::Chain)?;
        if !(0..self.child_count()?).contains(&index) {
            return Err("Box2D assertion failed: 0 <= index && index < m_count - 1");
        }
        // SAFETY: I50: the shape lives, is a chain and has the line; the edge is new.
        unsafe {
            let edge = raw::EdgeShape_new();
            raw::ChainShape_get_child_edge(raw::Shape_as_chain_shape(raw), edge, index);
            Ok(Shape::own(raw::EdgeShape_as_shape(edge), ShapeKind::Edge))
        }
    }
}

impl Drop for Shape {
    fn drop(&mut self) {
        if self.fixture.is_some() {
            return;
        }
        // SAFETY: I50: the shape is its own and nobody else has the pointer.
        unsafe {
            match self.kind {
                ShapeKind::Circle => raw::CircleShape_drop(raw::Shape_as_circle_shape(self.raw)),
                ShapeKind::Edge => raw::EdgeShape_drop(raw::Shape_as_edge_shape(self.raw)),
                ShapeKind::Polygon => raw::PolygonShape_drop(raw::Shape_as_polygon_shape(self.raw)),
                ShapeKind::Chain => raw::ChainShape_drop(raw::Shape_as_chain_shape(self.raw)),
                ShapeKind::Count => {}
            }
        }
    }
}

/// Whether Box2D can make a polygon of the points: three of them are apart and not in a line.
fn has_area(points: &[Vec2]) -> bool {
    let mut apart: Vec<Vec2> = Vec::new();
    for &point in points {
        if apart
            .iter()
            .all(|&known| distance_squared(point, known) >= 0.5 * LINEAR_SLOP)
        {
            apart.push(point);
        }
    }
    let Some((&first, rest)) = apart.split_first() else {
        return false;
    };
    let mut most: f32 = 0.0;
    for (index, &second) in rest.iter().enumerate() {
        for &third in &rest[index + 1..] {
            let (ax, ay) = (second.x - first.x, second.y - first.y);
            let (bx, by) = (third.x - first.x, third.y - first.y);
            most = most.max((ax * by - ay * bx).abs() * 0.5);
        }
    }
    most > f32::EPSILON
}
