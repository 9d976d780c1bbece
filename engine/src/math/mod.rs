//! The mathematics behind `love.math`: random numbers, noise, polygons, curves, matrices and the sRGB curve.
//!
//! Everything here is a plain Rust value; `crate::love::math` gives it to Lua. Sequences and roundings are those of
//! LÖVE 11, so that a game with a fixed seed plays the same level:
//!
//! ```
//! use rlove::math::RandomGenerator;
//! let mut generator = RandomGenerator::with_state(1);
//! generator.random();
//! assert_eq!(generator.state(), 0x0000000002000001);
//! ```
//!
//! Values are kept in the precision that LÖVE keeps them in: `f32` for points and matrices, `f64` for random numbers.

mod color;
mod curve;
mod matrix;
mod noise;
mod polygon;
mod random;

pub use color::{gamma_to_linear, linear_to_gamma};
pub use curve::{BezierCurve, Joints};
pub use matrix::Matrix4;
pub use noise::{noise1, noise2, noise3, noise4, perlin1, perlin2, simplex3, simplex4};
pub use polygon::{is_convex, triangulate};
pub use random::RandomGenerator;
