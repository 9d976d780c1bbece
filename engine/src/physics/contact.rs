//! Contacts: two fixtures whose boxes overlap.

use super::Refusal;
use super::fixture::Fixture;
use super::raw::{self, Vec2};
use super::world::World;
use std::cell::Cell;
use std::ptr::null_mut;
use std::rc::{Rc, Weak};

/// A contact of a world.
pub struct Contact {
    raw: Cell<*mut raw::Contact>,
    world: Weak<World>,
    /// Address of the fixtures, to tell it from a later contact at the same address.
    fixtures: (usize, usize),
}

impl Contact {
    pub(super) fn new(world: Weak<World>, raw: *mut raw::Contact) -> Contact {
        Contact {
            raw: Cell::new(raw),
            world,
            fixtures: fixtures_of(raw),
        }
    }

    /// Whether it is the contact at this address, which is a living one.
    pub(super) fn is_still(&self, raw: *mut raw::Contact) -> bool {
        self.raw.get() == raw && self.fixtures == fixtures_of(raw)
    }

    /// Box2D frees it.
    pub(super) fn forget(&self) {
        self.raw.set(null_mut());
    }

    /// As [`Contact::forget`], for a list that drops what answers false.
    pub(super) fn let_go(&self) -> bool {
        self.forget();
        false
    }

    /// The contact in Box2D, which must be the one being reported or in the world's list.
    fn raw(&self) -> Result<*mut raw::Contact, Refusal> {
        const DESTROYED: Refusal = "Attempt to use destroyed contact.";
        let raw = self.raw.get();
        let world = self.world.upgrade().ok_or(DESTROYED)?;
        if raw.is_null() {
            return Err(DESTROYED);
        }
        if world.reported.get() == raw {
            return Ok(raw);
        }
        let is_listed = world.raw_contacts().is_ok_and(|list| list.contains(&raw));
        if is_listed && self.is_still(raw) {
            return Ok(raw);
        }
        self.forget();
        Err(DESTROYED)
    }

    super::getters! {
        /// Friction.
        friction: f32 = Contact_get_friction;
        /// Bounciness.
        restitution: f32 = Contact_get_restitution;
        /// Speed of a conveyor belt.
        tangent_speed: f32 = Contact_get_tangent_speed;
        /// Whether it takes part in this step.
        is_enabled: bool = Contact_is_enabled;
        /// Whether the shapes touch, not only their boxes.
        is_touching: bool = Contact_is_touching;
        /// Index of the first shape's part.
        first_child: i32 = Contact_get_child_index_a;
        /// Index of the second shape's part.
        second_child: i32 = Contact_get_child_index_b;
        /// Friction as the fixtures have it.
        reset_friction: () = Contact_reset_friction;
        /// Bounciness as the fixtures have it.
        reset_restitution: () = Contact_reset_restitution;
    }
    super::setters! {
        /// Friction.
        set_friction: f32 = Contact_set_friction;
        /// Bounciness.
        set_restitution: f32 = Contact_set_restitution;
        /// Speed of a conveyor belt.
        set_tangent_speed: f32 = Contact_set_tangent_speed;
    }

    /// Whether it was destroyed.
    pub fn is_destroyed(&self) -> bool {
        self.raw().is_err()
    }

    /// Takes it out of this step, or back in.
    pub fn set_enabled(&self, is_enabled: bool) -> Result<(), Refusal> {
        /// Box2D's bit for it.
        const ENABLED: u32 = 4;
        let raw = self.raw()?;
        // The binding has no function for it. A contact begins with the address of its virtual functions, and then has its
        // flags; whether that holds is seen from what Box2D answers afterwards.
        // SAFETY: I50: the contact lives and is larger than both; the old flags come back if Box2D does not see the change.
        unsafe {
            let flags = raw.cast::<u8>().add(size_of::<usize>()).cast::<u32>();
            let before = flags.read();
            flags.write(if is_enabled {
                before | ENABLED
            } else {
                before & !ENABLED
            });
            if raw::Contact_is_enabled(raw) != is_enabled {
                flags.write(before);
                return Err("contacts cannot be switched on and off on this machine");
            }
        }
        Ok(())
    }

    /// Its fixtures.
    pub fn fixtures(&self) -> Result<(Rc<Fixture>, Rc<Fixture>), Refusal> {
        let raw = self.raw()?;
        let world = self
            .world
            .upgrade()
            .ok_or("Attempt to use destroyed contact.")?;
        // SAFETY: I50: the contact lives.
        let (first, second) = unsafe {
            (
                raw::Contact_get_fixture_a(raw),
                raw::Contact_get_fixture_b(raw),
            )
        };
        let gone = "Attempt to use destroyed fixture.";
        Ok((
            world.fixture(first).ok_or(gone)?,
            world.fixture(second).ok_or(gone)?,
        ))
    }

    /// The normal, and the points at which the shapes touch.
    pub fn manifold(&self) -> Result<(Vec2, Vec<Vec2>), Refusal> {
        let raw = self.raw()?;
        let zero = Vec2 { x: 0.0, y: 0.0 };
        let mut manifold = raw::WorldManifold {
            normal: zero,
            points: [zero; 2],
            separations: [0.0; 2],
        };
        // SAFETY: I50: the contact lives; Box2D fills the manifold in.
        let count = unsafe {
            raw::Contact_get_world_manifold(raw, &mut manifold);
            (*raw::Contact_get_manifold(raw)).count
        };
        let count = usize::try_from(count).unwrap_or(0).min(2);
        Ok((manifold.normal, manifold.points[..count].to_vec()))
    }
}

/// The addresses of a living contact's fixtures.
fn fixtures_of(raw: *mut raw::Contact) -> (usize, usize) {
    // SAFETY: I50: callers have the contact from Box2D's list or callback.
    unsafe {
        (
            raw::Contact_get_fixture_a(raw) as usize,
            raw::Contact_get_fixture_b(raw) as usize,
        )
    }
}
