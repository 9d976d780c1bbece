//! Bodies, shapes, joints and contacts on Box2D's solver, in metres, without Lua.
//!
//! ```
//! use rlove::physics::{BodyType, Material, Shape, Silent, Vec2, World};
//! let world = World::new(Vec2 { x: 0.0, y: 10.0 }, true);
//! let body = world.new_body(Vec2 { x: 0.0, y: 0.0 }, BodyType::Dynamic).unwrap();
//! let ball = Shape::circle(Vec2 { x: 0.0, y: 0.0 }, 0.5);
//! body.new_fixture(&ball, Material { density: 1.0 }).unwrap();
//! world.step(0.1, 8, 3, &mut Silent).unwrap();
//! assert!(body.position().unwrap().y > 0.0);
//! ```
//!
//! ## What keeps freed memory out of reach (I50)
//! An object's pointer is emptied at the moment at which Box2D frees it, and every use asks for it first, so a use after that is
//! the error "Attempt to use destroyed body.". Box2D frees in few places: destroying a fixture, a body (with its fixtures,
//! joints and contacts), a joint (a gear goes before the joints it couples), a world, and contacts in a step. Contacts
//! are therefore looked up in the world's list at every use.
//!
//! While Box2D runs (a step, a query, a destruction that reports the end of contacts) nothing may be freed or moved: destructions are
//! kept for afterwards, other changes of that kind are refused with LÖVE's message. Callbacks reach the caller through
//! [`Listener`].
//!
//! Not here: LÖVE's scale (pixels to metres), Lua values, messages about arguments. Those are in `love::physics*`.

mod body;
mod contact;
mod fixture;
mod joint;
mod raw;
mod shape;
mod world;

pub use body::Body;
pub use contact::Contact;
pub use fixture::{Fixture, Material};
pub use joint::{Joint, JointKind, Number};
pub use raw::{BodyType, Filter, MassData, Vec2};
pub use shape::{BoundingBox, RayHit, Shape, ShapeKind};
pub use world::{Listener, Silent, World};

/// Why something cannot be done; the text is LÖVE's.
pub type Refusal = &'static str;

/// The message for changes while Box2D runs.
pub const LOCKED: Refusal = "Box2D assertion failed: IsLocked() == false";

/// Declares methods that read one value of a Box2D object.
macro_rules! getters {
    ($($(#[$documentation:meta])* $name:ident: $type:ty = $function:ident;)*) => {$(
        $(#[$documentation])*
        pub fn $name(&self) -> Result<$type, $crate::physics::Refusal> {
            let raw = self.raw()?;
            // SAFETY: I50: the pointer was not emptied, so the object lives.
            Ok(unsafe { $crate::physics::raw::$function(raw) })
        }
    )*};
}

/// Declares methods that set one value of a Box2D object.
macro_rules! setters {
    ($($(#[$documentation:meta])* $name:ident: $type:ty = $function:ident;)*) => {$(
        $(#[$documentation])*
        pub fn $name(&self, value: $type) -> Result<(), $crate::physics::Refusal> {
            let raw = self.raw()?;
            // SAFETY: I50: the pointer was not emptied, so the object lives.
            unsafe { $crate::physics::raw::$function(raw, value) };
            Ok(())
        }
    )*};
}

use {getters, setters};
