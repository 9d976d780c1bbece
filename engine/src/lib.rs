//! LÖVE on the rlove virtual machine.
pub mod image;

pub mod graphics;

pub mod input;
pub mod platform;
