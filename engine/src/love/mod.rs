//! LÖVE's Lua interface: one module per `love.*` table, over models that know no Lua.
//!
//! ```text
//! love.graphics.draw(image, 10, 20)
//!   graphics.rs      arguments checked as LÖVE checks them, with its messages
//!   crate::graphics  the model, in Rust
//! ```
//!
//! | file | what it is for |
//! |---|---|
//! | [`object`] | LÖVE's object types as userdata: inheritance, `type`, `typeOf`, `release` |
//! | [`arguments`] | argument checks that are LÖVE's rather than Lua's, errors, unimplemented names |
//! | `graphics*` | `love.graphics` |
//!
//! These modules hold no names of window, sound or graphics libraries.

pub mod arguments;
pub mod object;
