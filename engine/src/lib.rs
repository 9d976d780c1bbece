//! LÖVE on the rlove virtual machine.

pub mod graphics;
pub mod image;
pub mod love;
