//! LÖVE's noise: simplex noise in one and two dimensions, Perlin noise in three and four, scaled to 0…1.
//!
//! The algorithms, the permutation and the gradients are Perlin's and Gustavson's as published; the numbers equal LÖVE's because
//! every step is in single precision in the same order, except where LÖVE's constants are doubles.

#[rustfmt::skip]
const PERMUTATION: [u8; 256] = [
    151, 160, 137, 91, 90, 15, 131, 13, 201, 95, 96, 53, 194, 233, 7, 225, 140, 36, 103, 30, 69, 142, 8, 99, 37, 240, 21, 10, 23,
    190, 6, 148, 247, 120, 234, 75, 0, 26, 197, 62, 94, 252, 219, 203, 117, 35, 11, 32, 57, 177, 33,
    88, 237, 149, 56, 87, 174, 20, 125, 136, 171, 168, 68, 175, 74, 165, 71, 134, 139, 48, 27, 166,
    77, 146, 158, 231, 83, 111, 229, 122, 60, 211, 133, 230, 220, 105, 92, 41, 55, 46, 245, 40, 244,
    102, 143, 54, 65, 25, 63, 161, 1, 216, 80, 73, 209, 76, 132, 187, 208, 89, 18, 169, 200, 196,
    135, 130, 116, 188, 159, 86, 164, 100, 109, 198, 173, 186, 3, 64, 52, 217, 226, 250, 124, 123,
    5, 202, 38, 147, 118, 126, 255, 82, 85, 212, 207, 206, 59, 227, 47, 16, 58, 17, 182, 189, 28, 42,
    223, 183, 170, 213, 119, 248, 152, 2, 44, 154, 163, 70, 221, 153, 101, 155, 167, 43, 172, 9,
    129, 22, 39, 253, 19, 98, 108, 110, 79, 113, 224, 232, 178, 185, 112, 104, 218, 246, 97, 228,
    251, 34, 242, 193, 238, 210, 144, 12, 191, 179, 162, 241, 81, 51, 145, 235, 249, 14, 239, 107,
    49, 192, 214, 31, 181, 199, 106, 157, 184, 84, 204, 176, 115, 121, 50, 45, 127, 4, 150, 254,
    138, 236, 205, 93, 222, 114, 67, 29, 24, 72, 243, 141, 128, 195, 78, 66, 215, 61, 156, 180,
];

fn permuted(index: i32) -> i32 {
    i32::from(PERMUTATION[(index & 0xff) as usize])
}

/// The published floor: one too low for zero and negative whole numbers, which the noise depends on.
fn floor(x: f32) -> i32 {
    if x > 0.0 {
        x as i32
    } else {
        (x as i32).wrapping_sub(1)
    }
}

fn negated(value: f32, condition: bool) -> f32 {
    if condition { -value } else { value }
}

/// Noise of 1 to 4 coordinates, between 0 and 1.
pub fn noise(coordinates: &[f32]) -> f32 {
    let raw = match *coordinates {
        [x] => simplex_line(x),
        [x, y] => simplex_plane(x, y),
        [x, y, z] => 0.936 * Perlin::new([x, y, z]).value(),
        [x, y, z, w] => 0.87 * Perlin::new([x, y, z, w]).value(),
        _ => 0.0,
    };
    raw * 0.5 + 0.5
}

fn simplex_line(x: f32) -> f32 {
    let corner = floor(x);
    let first = x - corner as f32;
    let contribution = |offset: f32, index: i32| {
        let falloff = 1.0 - offset * offset;
        let falloff = falloff * falloff;
        let hash = permuted(index) & 15;
        let gradient = negated(1.0 + (hash & 7) as f32, hash & 8 != 0);
        falloff * falloff * (gradient * offset)
    };
    0.395 * (contribution(first, corner) + contribution(first - 1.0, corner.wrapping_add(1)))
}

fn simplex_plane(x: f32, y: f32) -> f32 {
    const SKEW: f64 = 0.366_025_403;
    const UNSKEW: f64 = 0.211_324_865;
    let skew = (f64::from(x + y) * SKEW) as f32;
    let (i, j) = (floor(x + skew), floor(y + skew));
    let back = (f64::from(i.wrapping_add(j) as f32) * UNSKEW) as f32;
    let (x0, y0) = (x - (i as f32 - back), y - (j as f32 - back));
    let (i1, j1) = if x0 > y0 { (1, 0) } else { (0, 1) };
    let middle = |origin: f32, step: i32| (f64::from(origin - step as f32) + UNSKEW) as f32;
    let last = |origin: f32| (f64::from(origin - 1.0) + f64::from(2.0f32) * UNSKEW) as f32;
    let contribution = |x: f32, y: f32, i: i32, j: i32| {
        let falloff = 0.5 - x * x - y * y;
        if falloff < 0.0 {
            return 0.0;
        }
        let falloff = falloff * falloff;
        let hash = permuted(i.wrapping_add(permuted(j))) & 7;
        let (u, v) = if hash < 4 { (x, y) } else { (y, x) };
        let gradient = negated(u, hash & 1 != 0) + negated(2.0 * v, hash & 2 != 0);
        falloff * falloff * gradient
    };
    let (ii, jj) = (i & 0xff, j & 0xff);
    let sum = contribution(x0, y0, ii, jj)
        + contribution(middle(x0, i1), middle(y0, j1), ii + i1, jj + j1)
        + contribution(last(x0), last(y0), ii + 1, jj + 1);
    45.23 * sum
}

/// A point among the corners of its cell.
struct Perlin<const N: usize> {
    cell: [i32; N],
    fraction: [f32; N],
    fade: [f32; N],
}

impl<const N: usize> Perlin<N> {
    fn new(point: [f32; N]) -> Self {
        let whole = point.map(floor);
        let fraction = std::array::from_fn(|axis| point[axis] - whole[axis] as f32);
        let fade = fraction.map(|t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0));
        Perlin {
            cell: whole.map(|corner| corner & 0xff),
            fraction,
            fade,
        }
    }

    fn value(&self) -> f32 {
        self.blend(0, &mut [0; N])
    }

    /// Blends along an axis, having chosen corners along those before it.
    fn blend(&self, axis: usize, corner: &mut [i32; N]) -> f32 {
        if axis == N {
            return self.gradient(corner);
        }
        corner[axis] = 0;
        let near = self.blend(axis + 1, corner);
        corner[axis] = 1;
        let far = self.blend(axis + 1, corner);
        near + self.fade[axis] * (far - near)
    }

    fn gradient(&self, corner: &[i32; N]) -> f32 {
        let mut hash = 0;
        for axis in (0..N).rev() {
            hash = permuted(((self.cell[axis] + corner[axis]) & 0xff) + hash);
        }
        let offset = |axis: usize| self.fraction[axis] - corner[axis] as f32;
        let (x, y, z) = (offset(0), offset(1), offset(2));
        if N == 3 {
            let hash = hash & 15;
            let u = if hash < 8 { x } else { y };
            let v = match hash {
                0..4 => y,
                12 | 14 => x,
                _ => z,
            };
            return negated(u, hash & 1 != 0) + negated(v, hash & 2 != 0);
        }
        let hash = hash & 31;
        let u = if hash < 24 { x } else { y };
        let v = if hash < 16 { y } else { z };
        let w = if hash < 8 { z } else { offset(3) };
        negated(u, hash & 1 != 0) + negated(v, hash & 2 != 0) + negated(w, hash & 4 != 0)
    }
}
