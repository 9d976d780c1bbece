//! The mathematics of `love.math`, without Lua.
//!
//! random.rs is LÖVE's generator, noise.rs its noise, polygon.rs convexity and triangles.

mod noise;
mod polygon;
mod random;

pub use noise::noise;
pub use polygon::{is_convex, triangulate};
pub use random::RandomGenerator;

/// From a gamma-encoded colour component to a linear one (sRGB).
pub fn gamma_to_linear(component: f64) -> f64 {
    if component <= 0.04045 {
        component / 12.92
    } else {
        ((component + 0.055) / 1.055).powf(2.4)
    }
}

/// From a linear colour component to a gamma-encoded one (sRGB).
pub fn linear_to_gamma(component: f64) -> f64 {
    if component <= 0.003_130_8 {
        component * 12.92
    } else {
        1.055 * component.powf(1.0 / 2.4) - 0.055
    }
}
