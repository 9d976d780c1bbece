//! Two-dimensional affine transforms in single precision, with LÖVE's order of operations.
//!
//! `x' = a·x + c·y + e`, `y' = b·x + d·y + f`. Every operation multiplies from the right, so that the last
//! one called is the first one applied to a point, as in `love.graphics.translate(…)` followed by `rotate(…)`:
//!
//! ```
//! use rlove::graphics::Transform;
//! let mut transform = Transform::IDENTITY;
//! transform.translate(10.0, 0.0);
//! transform.scale(2.0, 2.0);
//! assert_eq!(transform.apply([3.0, 4.0]), [16.0, 8.0]);
//! ```
//!
//! All arithmetic is `f32`, because LÖVE's is: pixels on the edge of a shape depend on the rounding.
//! This type does not do three-dimensional matrices; `love.math.Transform` keeps its own 4×4 and hands over
//! the affine part.

/// A 2×3 matrix; see the module's formula for the meaning of the fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// x' per x.
    pub a: f32,
    /// y' per x.
    pub b: f32,
    /// x' per y.
    pub c: f32,
    /// y' per y.
    pub d: f32,
    /// x' at the origin.
    pub e: f32,
    /// y' at the origin.
    pub f: f32,
}

impl Default for Transform {
    fn default() -> Self {
        Self::IDENTITY
    }
}

/// The nine numbers that end most of LÖVE's drawing functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Position.
    pub x: f32,
    /// Position.
    pub y: f32,
    /// Angle in radians.
    pub r: f32,
    /// Scale along x.
    pub sx: f32,
    /// Scale along y.
    pub sy: f32,
    /// Origin offset, subtracted before everything else.
    pub ox: f32,
    /// Origin offset.
    pub oy: f32,
    /// Shear along x.
    pub kx: f32,
    /// Shear along y.
    pub ky: f32,
}

impl Placement {
    /// A position and nothing else.
    pub fn at(x: f32, y: f32) -> Self {
        Self {
            x,
            y,
            ..Self::default()
        }
    }
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            r: 0.0,
            sx: 1.0,
            sy: 1.0,
            ox: 0.0,
            oy: 0.0,
            kx: 0.0,
            ky: 0.0,
        }
    }
}

impl From<Placement> for Transform {
    #[inline]
    fn from(p: Placement) -> Self {
        // Most sprites are not rotated: spare them the sine and cosine.
        let (sin, cos) = if p.r == 0.0 {
            (0.0, 1.0)
        } else {
            p.r.sin_cos()
        };
        let a = cos * p.sx - p.ky * sin * p.sy;
        let b = sin * p.sx + p.ky * cos * p.sy;
        let c = p.kx * cos * p.sx - sin * p.sy;
        let d = p.kx * sin * p.sx + cos * p.sy;
        Self {
            a,
            b,
            c,
            d,
            e: p.x - p.ox * a - p.oy * c,
            f: p.y - p.ox * b - p.oy * d,
        }
    }
}

impl Transform {
    /// Changes nothing.
    pub const IDENTITY: Self = Self {
        a: 1.0,
        b: 0.0,
        c: 0.0,
        d: 1.0,
        e: 0.0,
        f: 0.0,
    };

    /// `self` after `inner`: the matrix product `self · inner`.
    #[inline]
    pub fn then_inner(&self, inner: &Self) -> Self {
        Self {
            a: self.a * inner.a + self.c * inner.b,
            b: self.b * inner.a + self.d * inner.b,
            c: self.a * inner.c + self.c * inner.d,
            d: self.b * inner.c + self.d * inner.d,
            e: self.a * inner.e + self.c * inner.f + self.e,
            f: self.b * inner.e + self.d * inner.f + self.f,
        }
    }

    /// The image of a point.
    #[inline]
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [
            self.a * x + self.c * y + self.e,
            self.b * x + self.d * y + self.f,
        ]
    }

    /// Moves the origin.
    pub fn translate(&mut self, x: f32, y: f32) {
        [self.e, self.f] = self.apply([x, y]);
    }

    /// Rotates clockwise on a screen whose y axis points down, in radians.
    pub fn rotate(&mut self, radians: f32) {
        let (sin, cos) = radians.sin_cos();
        *self = self.then_inner(&Self {
            a: cos,
            b: sin,
            c: -sin,
            d: cos,
            e: 0.0,
            f: 0.0,
        });
    }

    /// Scales along both axes.
    pub fn scale(&mut self, x: f32, y: f32) {
        self.a *= x;
        self.b *= x;
        self.c *= y;
        self.d *= y;
    }

    /// Shears along both axes.
    pub fn shear(&mut self, x: f32, y: f32) {
        *self = self.then_inner(&Self {
            a: 1.0,
            b: y,
            c: x,
            d: 1.0,
            e: 0.0,
            f: 0.0,
        });
    }

    /// The mean of the lengths that one unit along x and y has after the transform; LÖVE derives segment
    /// counts and the width of smooth edges from it.
    pub fn approximate_scale(&self) -> f64 {
        let x = (self.a * self.a + self.c * self.c).sqrt();
        let y = (self.b * self.b + self.d * self.d).sqrt();
        f64::from(x + y) / 2.0
    }

    /// The transform that undoes this one. A singular matrix gives infinities or NaN, as in LÖVE.
    pub fn inverse(&self) -> Self {
        let inverse_determinant = 1.0 / (self.a * self.d - self.b * self.c);
        let a = self.d * inverse_determinant;
        let b = -self.b * inverse_determinant;
        let c = -self.c * inverse_determinant;
        let d = self.a * inverse_determinant;
        Self {
            a,
            b,
            c,
            d,
            e: -(a * self.e + c * self.f),
            f: -(b * self.e + d * self.f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_equals_the_sequence_of_its_operations() {
        let placement = Placement {
            x: 7.0,
            y: -3.0,
            r: 0.5,
            sx: 2.0,
            sy: 3.0,
            ox: 4.0,
            oy: 5.0,
            kx: 0.25,
            ky: -0.5,
        };
        let mut sequence = Transform::IDENTITY;
        sequence.translate(7.0, -3.0);
        sequence.rotate(0.5);
        sequence.scale(2.0, 3.0);
        sequence.shear(0.25, -0.5);
        sequence.translate(-4.0, -5.0);
        let (expected, got) = (
            sequence.apply([1.5, 2.5]),
            Transform::from(placement).apply([1.5, 2.5]),
        );
        assert!((expected[0] - got[0]).abs() < 1e-4 && (expected[1] - got[1]).abs() < 1e-4);
    }

    #[test]
    fn the_inverse_brings_points_back() {
        let mut transform = Transform::IDENTITY;
        transform.translate(3.0, 4.0);
        transform.rotate(1.0);
        transform.scale(2.0, 0.5);
        let point = transform.inverse().apply(transform.apply([5.0, 6.0]));
        assert!((point[0] - 5.0).abs() < 1e-4 && (point[1] - 6.0).abs() < 1e-4);
    }
}
