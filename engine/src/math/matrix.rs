//! Matrices of four rows and columns in single precision, for `Transform` objects.
//!
//! Stored by columns, as graphics cards want them. Operations multiply from the right: the last one called is the first one
//! applied to a point.

use crate::graphics::{Placement, Transform};

/// A matrix, by columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix4 {
    /// Sixteen elements, column after column.
    pub elements: [f32; 16],
}

impl Default for Matrix4 {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl std::ops::Mul for Matrix4 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut elements = [0.0; 16];
        for (place, element) in elements.iter_mut().enumerate() {
            let (column, row) = (place / 4, place % 4);
            *element = (0..4)
                .map(|inner| self.elements[inner * 4 + row] * other.elements[column * 4 + inner])
                .sum();
        }
        Self { elements }
    }
}

impl From<Transform> for Matrix4 {
    fn from(transform: Transform) -> Self {
        let Transform { a, b, c, d, e, f } = transform;
        let mut matrix = Self::IDENTITY;
        for (place, value) in [(0, a), (1, b), (4, c), (5, d), (12, e), (13, f)] {
            matrix.elements[place] = value;
        }
        matrix
    }
}

impl Matrix4 {
    /// Changes nothing.
    pub const IDENTITY: Self = Self {
        elements: [
            1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0,
        ],
    };

    /// The matrix of the nine numbers that end drawing functions.
    pub fn from_placement(placement: Placement) -> Self {
        Transform::from(placement).into()
    }

    /// The two-dimensional part.
    pub fn affine(&self) -> Transform {
        let e = &self.elements;
        Transform {
            a: e[0],
            b: e[1],
            c: e[4],
            d: e[5],
            e: e[12],
            f: e[13],
        }
    }

    /// Whether the two-dimensional part is all of it.
    pub fn is_affine(&self) -> bool {
        let rest = Self::from(self.affine());
        *self == rest
    }

    /// Where a point goes.
    pub fn apply(&self, point: [f32; 2]) -> [f32; 2] {
        self.affine().apply(point)
    }

    /// Rows and columns exchanged.
    pub fn transposed(&self) -> Self {
        Self {
            elements: std::array::from_fn(|place| self.elements[place % 4 * 4 + place / 4]),
        }
    }

    /// The matrix that takes back what this one does. Without one (determinant 0), infinities and NaNs.
    pub fn inverse(&self) -> Self {
        let matrix = glam::Mat4::from_cols_array(&self.elements);
        // Adding 0 turns -0 into 0, which is what LÖVE's formula gives.
        let elements = matrix
            .inverse()
            .to_cols_array()
            .map(|element| element + 0.0);
        Self { elements }
    }

    /// Multiplies with a two-dimensional operation.
    pub fn operate(&mut self, operation: impl FnOnce(&mut Transform)) {
        let mut right = Transform::IDENTITY;
        operation(&mut right);
        *self = *self * Self::from(right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_takes_back() {
        let mut matrix = Matrix4::IDENTITY;
        matrix.operate(|right| right.translate(10.0, 20.0));
        matrix.operate(|right| right.scale(2.0, 4.0));
        assert_eq!(matrix.apply([3.0, 4.0]), [16.0, 36.0]);
        assert_eq!(matrix.inverse().apply([16.0, 36.0]), [3.0, 4.0]);
        assert!(matrix.is_affine());
        assert_eq!(
            (matrix * matrix.inverse()).elements,
            Matrix4::IDENTITY.elements
        );
        assert_eq!(matrix.transposed().transposed(), matrix);
        assert!(!matrix.transposed().is_affine());
    }
}
