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
//! | [`arguments`] | argument checks that are LÖVE's rather than Lua's |
//! | [`data_object`] | `Data` and `FileData`: objects that are bytes; the way to files |
//! | [`image`], [`font`] | `love.image`, `love.font`, and the `Font` objects of `love.graphics` |
//! | [`names`], [`missing`] | every name of LÖVE 11.5; those without a function yet raise an error that says so |
//!
//! These modules hold no names of window, sound or graphics libraries.

pub mod arguments;
pub mod data_object;
pub mod font;
pub mod image;
pub mod missing;
pub mod names;
pub mod object;
