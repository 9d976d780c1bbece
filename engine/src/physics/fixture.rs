//! Fixtures: a shape on a body, with density, friction and filter.

use super::Refusal;
use super::body::Body;
use super::raw::{self, Filter, MassData, Vec2};
use super::shape::{BoundingBox, RayHit, Shape};
use super::world::World;
use std::cell::{Cell, RefCell};
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// What a new fixture is made of.
#[derive(Clone, Copy, Debug)]
pub struct Material {
    /// Mass a square metre.
    pub density: f32,
}

/// A fixture of a body.
pub struct Fixture {
    raw: Cell<*mut raw::Fixture>,
    body: Weak<Body>,
    shape: RefCell<Option<Rc<Shape>>>,
}

impl Fixture {
    pub(super) fn new(raw: *mut raw::Fixture, body: Weak<Body>) -> Fixture {
        Fixture {
            raw: Cell::new(raw),
            body,
            shape: RefCell::default(),
        }
    }

    /// The fixture in Box2D.
    pub(super) fn raw(&self) -> Result<*mut raw::Fixture, Refusal> {
        match self.raw.get() {
            raw if raw.is_null() => Err("Attempt to use destroyed fixture."),
            raw => Ok(raw),
        }
    }

    super::getters! {
        /// Mass a square metre.
        density: f32 = Fixture_get_density;
        /// Friction.
        friction: f32 = Fixture_get_friction;
        /// Bounciness.
        restitution: f32 = Fixture_get_restitution;
        /// Whether it only reports contacts.
        is_sensor: bool = Fixture_is_sensor;
    }
    super::setters! {
        /// Friction.
        set_friction: f32 = Fixture_set_friction;
        /// Bounciness.
        set_restitution: f32 = Fixture_set_restitution;
        /// Whether it only reports contacts.
        set_sensor: bool = Fixture_set_sensor;
    }

    /// Mass a square metre; the body's mass follows at `reset_mass_data`.
    pub fn set_density(&self, density: f32) -> Result<(), Refusal> {
        let raw = self.raw()?;
        if !density.is_finite() || density < 0.0 {
            return Err("Box2D assertion failed: b2IsValid(density) && density >= 0.0f");
        }
        // SAFETY: I50: the fixture lives.
        unsafe { raw::Fixture_set_density(raw, density) };
        Ok(())
    }

    /// Whether it was destroyed.
    pub fn is_destroyed(&self) -> bool {
        self.raw.get().is_null()
    }

    /// Its body.
    pub fn body(&self) -> Result<Rc<Body>, Refusal> {
        self.raw()?;
        self.body
            .upgrade()
            .ok_or("Attempt to use destroyed fixture.")
    }

    /// Its shape, which is a copy of the one it was made with.
    pub fn shape(self: &Rc<Self>) -> Result<Rc<Shape>, Refusal> {
        let raw = self.raw()?;
        let mut shape = self.shape.borrow_mut();
        if let Some(shape) = &*shape {
            return Ok(shape.clone());
        }
        // SAFETY: I50: the fixture lives, and its shape with it.
        let made = unsafe { Shape::of_fixture(raw::Fixture_get_shape(raw), Rc::downgrade(self)) };
        let made = Rc::new(made);
        *shape = Some(made.clone());
        Ok(made)
    }

    /// Categories, mask and group.
    pub fn filter(&self) -> Result<Filter, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the fixture lives, and its filter with it.
        Ok(unsafe { (*raw::Fixture_get_filter_data(raw)).clone() })
    }

    /// Sets categories, mask and group.
    pub fn set_filter(&self, filter: &Filter) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the fixture lives; contacts are only marked.
        unsafe { raw::Fixture_set_filter_data(raw, filter) };
        Ok(())
    }

    /// Asks anew what it collides with.
    pub(super) fn refilter(&self) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the fixture lives; contacts are only marked.
        unsafe { raw::Fixture_refilter(raw) };
        Ok(())
    }

    /// Whether a point of the world is in it.
    pub fn contains(&self, point: Vec2) -> Result<bool, Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the fixture lives.
        Ok(unsafe { raw::Fixture_test_point(raw, &point) })
    }

    /// Where a line meets it.
    pub fn ray_cast(
        self: &Rc<Self>,
        from: Vec2,
        to: Vec2,
        most: f32,
        child: i32,
    ) -> Result<Option<RayHit>, Refusal> {
        let raw = self.raw()?;
        self.shape()?.check_child(child)?;
        let input = raw::RayCastInput {
            p1: from,
            p2: to,
            max_fraction: most,
        };
        let mut output = raw::RayCastOutput {
            normal: Vec2 { x: 0.0, y: 0.0 },
            fraction: 0.0,
        };
        // SAFETY: I50: the fixture lives and has the child.
        let is_hit = unsafe { raw::Fixture_ray_cast(raw, &mut output, &input, child) };
        Ok(is_hit.then_some(RayHit {
            normal: output.normal,
            fraction: output.fraction,
        }))
    }

    /// The box that Box2D keeps around it.
    pub fn bounds(self: &Rc<Self>, child: i32) -> Result<BoundingBox, Refusal> {
        let raw = self.raw()?;
        let is_placed = self.body()?.is_active()?;
        if self.shape()?.check_child(child).is_err() || !is_placed {
            return Err("Box2D assertion failed: 0 <= childIndex && childIndex < m_proxyCount");
        }
        // SAFETY: I50: the fixture lives, has the child, and an active body's fixtures have proxies.
        let bounds = unsafe { &*raw::Fixture_get_aabb(raw, child) };
        Ok(BoundingBox {
            lower: bounds.lower,
            upper: bounds.upper,
        })
    }

    /// Mass, centre and inertia.
    pub fn mass_data(&self) -> Result<MassData, Refusal> {
        let raw = self.raw()?;
        let mut data = MassData {
            mass: 0.0,
            center: Vec2 { x: 0.0, y: 0.0 },
            inertia: 0.0,
        };
        // SAFETY: I50: the fixture lives; Box2D fills the data in.
        unsafe { raw::Fixture_get_mass_data(raw, &mut data) };
        Ok(data)
    }

    /// Distance to another fixture, and the nearest points of both.
    pub fn distance(&self, other: &Fixture) -> Result<(f32, Vec2, Vec2), Refusal> {
        use wrapped2d::collision::distance::{Input, Proxy, SimplexCache};
        use wrapped2d::collision::shapes::UnknownShape;
        use wrapped2d::wrap::{FromFFI, WrappedRef};
        let (first, second) = (self.raw()?, other.raw()?);
        let (body, other_body) = (self.body()?.raw()?, other.body()?.raw()?);
        let mut cache = SimplexCache {
            metric: 0.0,
            count: 0,
            index_a: [0; 3],
            index_b: [0; 3],
        };
        // SAFETY: I50: fixtures and bodies live; the references do not own the shapes.
        let output = unsafe {
            let shape = WrappedRef::new(UnknownShape::from_ffi(raw::Fixture_get_shape(first)));
            let other = WrappedRef::new(UnknownShape::from_ffi(raw::Fixture_get_shape(second)));
            let input = Input::new(
                Proxy::new(&*shape, 0),
                Proxy::new(&*other, 0),
                (*raw::Body_get_transform(body)).clone(),
                (*raw::Body_get_transform(other_body)).clone(),
                true,
            );
            input.query(&mut cache)
        };
        Ok((output.distance, output.point_a, output.point_b))
    }

    /// Box2D has freed it.
    pub(super) fn forget(&self, world: &World) {
        let raw = self.raw.replace(null_mut());
        world.remove_fixture(raw);
        // A shape in Lua's hands asks this fixture before each use.
        self.shape.borrow_mut().take();
    }

    /// Destroys it in Box2D. Only `World::run` calls this.
    pub(super) fn free(&self, world: &World) {
        let raw = self.raw.get();
        let Some(body) = self.body.upgrade() else {
            return;
        };
        let (false, Ok(raw_body)) = (raw.is_null(), body.raw()) else {
            return;
        };
        // SAFETY: I50: both live, and the world is not in a step.
        unsafe { raw::Body_destroy_fixture(raw_body, raw) };
        body.remove_fixture(self);
        self.forget(world);
    }
}
