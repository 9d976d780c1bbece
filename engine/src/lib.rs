//! LÖVE on the rlove virtual machine.
pub mod audio;
pub mod boot;
pub mod cli;
pub mod codec;
pub mod filesystem;
pub mod font;
pub mod graphics;
pub mod image;
pub mod input;
pub mod love;
pub mod math;
pub mod physics;
pub mod platform;
pub mod thread;
