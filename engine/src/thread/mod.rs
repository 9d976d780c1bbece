//! What the threads of one game share: locks, channels, and the hub that knows them all. No Lua here.
//!
//! ```text
//! love.thread (main state) ─┐                ┌─ love.thread (state of thread 1)
//!                           ├─ Hub: channels ┤
//!                  events ◄─┘  files, sound  └─ love.thread (state of thread 2)
//! ```
//!
//! Each thread has a state of its own with its own collector and compiler; values cross as [`crate::input::Variant`]s, and
//! objects that are bytes cross by reference. Not here: how a state is made (`love::worker`), which values can cross
//! (`love::parcel`).

mod channel;
mod hub;
mod lock;

pub use channel::{Channel, Waited};
pub use hub::{Hub, Running};
pub use lock::Lock;
