//! Bodies.

use super::fixture::{Fixture, Material};
use super::joint::Joint;
use super::raw::{self, BodyType, MassData, Vec2};
use super::shape::Shape;
use super::world::{Listener, World};
use super::{Contact, LOCKED, Refusal};
use std::cell::{Cell, RefCell};
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// A body of a world.
pub struct Body {
    raw: Cell<*mut raw::Body>,
    world: Weak<World>,
    /// In the order in which they were made.
    fixtures: RefCell<Vec<Rc<Fixture>>>,
    /// Whether mass, centre or inertia were set, so that they do not follow from the fixtures.
    has_custom_mass: Cell<bool>,
    this: Weak<Body>,
}

impl World {
    /// A body without fixtures.
    pub fn new_body(self: &Rc<Self>, position: Vec2, kind: BodyType) -> Result<Rc<Body>, Refusal> {
        let world = self.raw()?;
        if self.is_locked()? || self.check_idle().is_err() {
            return Err(LOCKED);
        }
        if !(position.x.is_finite() && position.y.is_finite()) {
            return Err("Box2D assertion failed: bd->position.IsValid()");
        }
        let mut definition = raw::BodyDef::new();
        definition.position = position;
        // SAFETY: I13, I50: the world lives and does not run; Box2D copies the definition.
        let raw = unsafe {
            let raw = raw::World_create_body(world, &definition);
            raw::Body_set_type(raw, kind);
            raw
        };
        let body = Rc::new_cyclic(|this| Body {
            raw: Cell::new(raw),
            world: Rc::downgrade(self),
            fixtures: RefCell::default(),
            has_custom_mass: Cell::new(false),
            this: this.clone(),
        });
        self.bodies.borrow_mut().push(body.clone());
        Ok(body)
    }
}

/// Declares methods that turn a vector into another by a body's position.
macro_rules! converters {
    ($($(#[$documentation:meta])* $name:ident = $function:ident;)*) => {$(
        $(#[$documentation])*
        pub fn $name(&self, vector: Vec2) -> Result<Vec2, Refusal> {
            let raw = self.raw()?;
            // SAFETY: I50: the body lives; Box2D reads the vector during the call.
            Ok(unsafe { raw::$function(raw, &vector) })
        }
    )*};
}

/// Declares methods that read a vector of a body.
macro_rules! vectors {
    ($($(#[$documentation:meta])* $name:ident = $function:ident;)*) => {$(
        $(#[$documentation])*
        pub fn $name(&self) -> Result<Vec2, Refusal> {
            let raw = self.raw()?;
            // SAFETY: I50: the body lives, and so does the vector in it.
            Ok(unsafe { *raw::$function(raw) })
        }
    )*};
}

impl Body {
    /// The body in Box2D.
    pub(super) fn raw(&self) -> Result<*mut raw::Body, Refusal> {
        match self.raw.get() {
            raw if raw.is_null() => Err("Attempt to use destroyed body."),
            raw => Ok(raw),
        }
    }

    super::getters! {
        /// Angle in radians.
        angle: f32 = Body_get_angle;
        /// Radians a second.
        angular_velocity: f32 = Body_get_angular_velocity;
        /// Mass.
        mass: f32 = Body_get_mass;
        /// Rotational inertia around the body's origin.
        inertia: f32 = Body_get_inertia;
        /// Damping of linear movement.
        linear_damping: f32 = Body_get_linear_damping;
        /// Damping of rotation.
        angular_damping: f32 = Body_get_angular_damping;
        /// Factor of gravity.
        gravity_scale: f32 = Body_get_gravity_scale;
        /// Static, kinematic or dynamic.
        kind: BodyType = Body_get_type;
        /// Whether it is kept from tunnelling through moving bodies.
        is_bullet: bool = Body_is_bullet;
        /// Whether it may fall asleep.
        may_sleep: bool = Body_is_sleeping_allowed;
        /// Whether it is awake.
        is_awake: bool = Body_is_awake;
        /// Whether it takes part at all.
        is_active: bool = Body_is_active;
        /// Whether it never turns.
        is_rotation_fixed: bool = Body_is_fixed_rotation;
    }
    super::setters! {
        /// Radians a second.
        set_angular_velocity: f32 = Body_set_angular_velocity;
        /// Damping of linear movement.
        set_linear_damping: f32 = Body_set_linear_damping;
        /// Damping of rotation.
        set_angular_damping: f32 = Body_set_angular_damping;
        /// Factor of gravity.
        set_gravity_scale: f32 = Body_set_gravity_scale;
        /// Keeps it from tunnelling through moving bodies.
        set_bullet: bool = Body_set_bullet;
        /// Whether it may fall asleep.
        set_may_sleep: bool = Body_set_sleeping_allowed;
        /// Wakes it or puts it to sleep.
        set_awake: bool = Body_set_awake;
        /// Whether it never turns.
        set_rotation_fixed: bool = Body_set_fixed_rotation;
    }
    vectors! {
        /// Place of its origin.
        position = Body_get_position;
        /// Place of its centre of mass in the world.
        world_center = Body_get_world_center;
        /// Place of its centre of mass in itself.
        local_center = Body_get_local_center;
        /// Velocity of its centre of mass.
        linear_velocity = Body_get_linear_velocity;
    }
    converters! {
        /// A point of the body in the world.
        world_point = Body_get_world_point;
        /// A direction of the body in the world.
        world_vector = Body_get_world_vector;
        /// A point of the world in the body.
        local_point = Body_get_local_point;
        /// A direction of the world in the body.
        local_vector = Body_get_local_vector;
        /// Velocity of the body at a point of the world.
        velocity_at_world_point = Body_get_linear_velocity_from_world_point;
        /// Velocity of the body at one of its points.
        velocity_at_local_point = Body_get_linear_velocity_from_local_point;
    }

    /// Whether mass, centre or inertia were set since the mass last followed from the fixtures.
    pub fn has_custom_mass(&self) -> bool {
        self.has_custom_mass.get()
    }

    /// Whether it was destroyed.
    pub fn is_destroyed(&self) -> bool {
        self.raw.get().is_null()
    }

    /// Its world.
    pub fn world(&self) -> Result<Rc<World>, Refusal> {
        self.raw()?;
        self.world.upgrade().ok_or("Attempt to use destroyed body.")
    }

    /// Velocity of its centre of mass.
    pub fn set_linear_velocity(&self, velocity: Vec2) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the body lives.
        unsafe { raw::Body_set_linear_velocity(raw, &velocity) };
        Ok(())
    }

    /// Moves and turns it.
    pub fn set_transform(&self, position: Vec2, angle: f32) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let world = self.world()?;
        if world.is_locked()? {
            return Err("Box2D assertion failed: m_world->IsLocked() == false");
        }
        world.has_moved.set(true);
        // SAFETY: I50: the body lives and its world does not run.
        unsafe { raw::Body_set_transform(raw, &position, angle) };
        Ok(())
    }

    /// Static, kinematic or dynamic. Contacts end.
    pub fn set_kind(&self, kind: BodyType, listener: &mut dyn Listener) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let world = self.idle_world()?;
        world.run(listener, || {
            // SAFETY: I50: the body lives and its world does not run.
            unsafe { raw::Body_set_type(raw, kind) }
        });
        Ok(())
    }

    /// Whether it takes part at all. Contacts end.
    pub fn set_active(&self, flag: bool, listener: &mut dyn Listener) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let world = self.idle_world()?;
        world.run(listener, || {
            // SAFETY: I50: the body lives and its world does not run.
            unsafe { raw::Body_set_active(raw, flag) }
        });
        Ok(())
    }

    fn idle_world(&self) -> Result<Rc<World>, Refusal> {
        let world = self.world()?;
        match world.check_idle() {
            Ok(()) => Ok(world),
            Err(_) => Err("Box2D assertion failed: m_world->IsLocked() == false"),
        }
    }

    /// A force at a point, or at the centre of mass.
    pub fn apply_force(
        &self,
        force: Vec2,
        point: Option<Vec2>,
        wakes: bool,
    ) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the body lives.
        unsafe {
            match point {
                Some(point) => raw::Body_apply_force(raw, &force, &point, wakes),
                None => raw::Body_apply_force_to_center(raw, &force, wakes),
            }
        }
        Ok(())
    }

    /// An impulse at a point, or at the centre of mass.
    pub fn apply_impulse(
        &self,
        impulse: Vec2,
        point: Option<Vec2>,
        wakes: bool,
    ) -> Result<(), Refusal> {
        let raw = self.raw()?;
        let point = point.map_or_else(|| self.world_center(), Ok)?;
        // SAFETY: I50: the body lives.
        unsafe { raw::Body_apply_linear_impulse(raw, &impulse, &point, wakes) };
        Ok(())
    }

    /// A torque.
    pub fn apply_torque(&self, torque: f32, wakes: bool) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the body lives.
        unsafe { raw::Body_apply_torque(raw, torque, wakes) };
        Ok(())
    }

    /// An angular impulse.
    pub fn apply_angular_impulse(&self, impulse: f32, wakes: bool) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the body lives.
        unsafe { raw::Body_apply_angular_impulse(raw, impulse, wakes) };
        Ok(())
    }

    /// Mass, centre and inertia.
    pub fn mass_data(&self) -> Result<MassData, Refusal> {
        let raw = self.raw()?;
        let mut data = MassData {
            mass: 0.0,
            center: Vec2 { x: 0.0, y: 0.0 },
            inertia: 0.0,
        };
        // SAFETY: I50: the body lives; Box2D fills the data in.
        unsafe { raw::Body_get_mass_data(raw, &mut data) };
        Ok(data)
    }

    /// Sets mass, centre and inertia.
    pub fn set_mass_data(&self, data: &MassData) -> Result<(), Refusal> {
        let raw = self.raw()?;
        self.idle_world()?;
        let around_center = data.inertia
            - data.mass * (data.center.x * data.center.x + data.center.y * data.center.y);
        let is_dynamic = self.kind()? == BodyType::Dynamic;
        if is_dynamic && data.inertia > 0.0 && !self.is_rotation_fixed()? && around_center <= 0.0 {
            return Err("Box2D assertion failed: m_I > 0.0f");
        }
        // SAFETY: I50: the body lives and its world does not run.
        unsafe { raw::Body_set_mass_data(raw, data) };
        self.has_custom_mass.set(true);
        Ok(())
    }

    /// Mass, centre and inertia follow from the fixtures again.
    pub fn reset_mass_data(&self) -> Result<(), Refusal> {
        let raw = self.raw()?;
        // SAFETY: I50: the body lives.
        unsafe { raw::Body_reset_mass_data(raw) };
        self.has_custom_mass.set(false);
        Ok(())
    }

    /// A fixture of a copy of the shape.
    pub fn new_fixture(&self, shape: &Shape, material: Material) -> Result<Rc<Fixture>, Refusal> {
        let raw = self.raw()?;
        let shape = shape.raw()?;
        let world = self.idle_world()?;
        let mut definition = raw::FixtureDef::new();
        definition.shape = shape;
        definition.density = material.density;
        // SAFETY: I13, I50: body and shape live, the world does not run; Box2D copies definition and shape.
        let raw = unsafe { raw::Body_create_fixture(raw, &definition) };
        let fixture = Rc::new(Fixture::new(raw, self.this.clone()));
        world.add_fixture(&fixture, raw);
        self.fixtures.borrow_mut().push(fixture.clone());
        Ok(fixture)
    }

    /// Fixtures, newest first.
    pub fn fixtures(&self) -> Result<Vec<Rc<Fixture>>, Refusal> {
        self.raw()?;
        Ok(self.fixtures.borrow().iter().rev().cloned().collect())
    }

    pub(super) fn remove_fixture(&self, fixture: &Fixture) {
        self.fixtures
            .borrow_mut()
            .retain(|known| !std::ptr::eq(Rc::as_ptr(known), fixture));
    }

    /// Joints, newest first.
    pub fn joints(&self) -> Result<Vec<Rc<Joint>>, Refusal> {
        let mut joints = self.world()?.joints();
        joints.retain(|joint| joint.has_body(self));
        Ok(joints)
    }

    /// Contacts of Box2D's list for the body, newest first.
    pub fn contacts(&self) -> Result<Vec<Rc<Contact>>, Refusal> {
        let world = self.world()?;
        Ok(self
            .raw_contacts()?
            .into_iter()
            .map(|(_, contact)| world.contact(contact))
            .collect())
    }

    fn raw_contacts(&self) -> Result<Vec<(*mut raw::Body, *mut raw::Contact)>, Refusal> {
        let raw = self.raw()?;
        let mut found = Vec::new();
        // SAFETY: I50: the body lives, and its list holds living edges.
        unsafe {
            let mut edge = raw::Body_get_contact_list(raw);
            while let Some(entry) = edge.as_ref() {
                found.push((entry.other, entry.contact));
                edge = entry.next;
            }
        }
        Ok(found)
    }

    /// Whether it touches another body.
    pub fn is_touching(&self, other: &Body) -> Result<bool, Refusal> {
        let other = other.raw()?;
        Ok(self.raw_contacts()?.into_iter().any(|(body, contact)| {
            // SAFETY: I50: the contact was found in the list of a living body.
            body == other && unsafe { raw::Contact_is_touching(contact) }
        }))
    }

    /// Box2D frees everything that hangs on the body.
    pub(super) fn forget(&self, world: &World) {
        self.raw.set(null_mut());
        for fixture in std::mem::take(&mut *self.fixtures.borrow_mut()) {
            fixture.forget(world);
        }
    }

    /// Destroys it in Box2D. Only `World::run` calls this.
    pub(super) fn free(self: &Rc<Self>, world: &World) {
        let raw = self.raw.get();
        if raw.is_null() {
            return;
        }
        for joint in world.joints() {
            if joint.has_body(self) {
                joint.free(world);
            }
        }
        // Fixtures are known until the ends of their contacts have been reported.
        // SAFETY: I50: the body lives, its joints are gone, and the world is not in a step.
        unsafe { raw::World_destroy_body(world.raw().unwrap_or(null_mut()), raw) };
        self.forget(world);
        world
            .bodies
            .borrow_mut()
            .retain(|body| !Rc::ptr_eq(body, self));
    }
}
