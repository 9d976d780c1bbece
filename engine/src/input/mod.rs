//! Keyboard, mouse and the event queue, as LÖVE sees them, without a window and without Lua.
//!
//! ```text
//! window (platform/) ─┐
//!                     ├─ InputChange ─► Input::apply ─► state (isDown, getPosition) and Event queue (love.event.poll)
//! script (script.rs) ─┘
//! ```
//!
//! Key names are in `keys`; the format of scripts is docs/input-script.md. Not here: the window library's own names
//! (platform/window_keys.rs) and joysticks.

pub mod keys;
mod script;
mod state;
mod variant;

pub use script::{Script, ScriptError, ScriptPlayer};
pub use state::{CursorPicture, CursorShape, Input, InputChange, Keyboard, Mouse};
pub use variant::{Event, Variant};
