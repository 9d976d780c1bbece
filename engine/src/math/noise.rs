//! Smooth noise from 0 to 1: Gustavson's simplex noise in one and two dimensions, Perlin's improved noise in three and four.
//!
//! Both place a pseudo-random gradient at each lattice point, found through Perlin's published permutation, and blend their
//! contributions. All arithmetic is `f32`, as in LÖVE.

/// Ken Perlin's permutation of 0 to 255.
const PERMUTATION: [u8; 256] = [
    151, 160, 137, 91, 90, 15, 131, 13, 201, 95, 96, 53, 194, 233, 7, 225, 140, 36, 103, 30, 69,
    142, 8, 99, 37, 240, 21, 10, 23, 190, 6, 148, 247, 120, 234, 75, 0, 26, 197, 62, 94, 252, 219,
    203, 117, 35, 11, 32, 57, 177, 33, 88, 237, 149, 56, 87, 174, 20, 125, 136, 171, 168, 68, 175,
    74, 165, 71, 134, 139, 48, 27, 166, 77, 146, 158, 231, 83, 111, 229, 122, 60, 211, 133, 230,
    220, 105, 92, 41, 55, 46, 245, 40, 244, 102, 143, 54, 65, 25, 63, 161, 1, 216, 80, 73, 209, 76,
    132, 187, 208, 89, 18, 169, 200, 196, 135, 130, 116, 188, 159, 86, 164, 100, 109, 198, 173,
    186, 3, 64, 52, 217, 226, 250, 124, 123, 5, 202, 38, 147, 118, 126, 255, 82, 85, 212, 207, 206,
    59, 227, 47, 16, 58, 17, 182, 189, 28, 42, 223, 183, 170, 213, 119, 248, 152, 2, 44, 154, 163,
    70, 221, 153, 101, 155, 167, 43, 172, 9, 129, 22, 39, 253, 19, 98, 108, 110, 79, 113, 224, 232,
    178, 185, 112, 104, 218, 246, 97, 228, 251, 34, 242, 193, 238, 210, 144, 12, 191, 179, 162,
    241, 81, 51, 145, 235, 249, 14, 239, 107, 49, 192, 214, 31, 181, 199, 106, 157, 184, 84, 204,
    176, 115, 121, 50, 45, 127, 4, 150, 254, 138, 236, 205, 93, 222, 114, 67, 29, 24, 72, 243, 141,
    128, 195, 78, 66, 215, 61, 156, 180,
];

/// The permutation of a lattice coordinate, of any size.
fn permuted(index: i32) -> i32 {
    i32::from(PERMUTATION[(index & 0xff) as usize])
}

/// The hash of a lattice point: each coordinate is added to the hash of those after it.
fn hash(point: &[i32]) -> i32 {
    // Every step but the first adds to a value below 256; the sum is permuted modulo 256.
    point
        .iter()
        .rev()
        .fold(0, |sum, &coordinate| permuted((coordinate & 0xff) + sum))
}

/// The sign that a bit of a hash chooses.
fn signed(hash: i32, bit: i32, value: f32) -> f32 {
    if hash & bit != 0 { -value } else { value }
}

fn gradient1(hash: i32, x: f32) -> f32 {
    let slope = 1.0 + (hash & 7) as f32;
    signed(hash, 8, slope) * x
}

fn gradient2(hash: i32, x: f32, y: f32) -> f32 {
    let (u, v) = if hash & 7 < 4 { (x, y) } else { (y, x) };
    signed(hash, 1, u) + signed(hash, 2, 2.0 * v)
}

fn gradient3(hash: i32, [x, y, z]: [f32; 3]) -> f32 {
    let low = hash & 15;
    let u = if low < 8 { x } else { y };
    let v = match low {
        0..4 => y,
        12 | 14 => x,
        _ => z,
    };
    signed(low, 1, u) + signed(low, 2, v)
}

fn gradient4(hash: i32, [x, y, z, t]: [f32; 4]) -> f32 {
    let low = hash & 31;
    let u = if low < 24 { x } else { y };
    let v = if low < 16 { y } else { z };
    let w = if low < 8 { z } else { t };
    signed(low, 1, u) + signed(low, 2, v) + signed(low, 4, w)
}

/// What a lattice point at squared distance `distance` adds: nothing beyond `reach`.
fn falloff(reach: f32, distance: f32) -> f32 {
    let rest = reach - distance;
    if rest < 0.0 {
        return 0.0;
    }
    let squared = rest * rest;
    squared * squared
}

/// Noise along a line.
pub fn noise1(x: f32) -> f32 {
    let cell = x.floor();
    let (left, right) = (x - cell, x - cell - 1.0);
    let index = cell as i32;
    let near = |distance: f32| {
        let rest = 1.0 - distance * distance;
        let squared = rest * rest;
        squared * squared
    };
    let sum = near(left) * gradient1(permuted(index), left)
        + near(right) * gradient1(permuted(index.wrapping_add(1)), right);
    0.395 * sum * 0.5 + 0.5
}

/// Noise in a plane.
pub fn noise2(x: f32, y: f32) -> f32 {
    const SKEW: f32 = 0.366_025_4;
    const UNSKEW: f32 = 0.211_324_87;
    let skewed = (x + y) * SKEW;
    let (column, row) = ((x + skewed).floor(), (y + skewed).floor());
    let back = (column + row) * UNSKEW;
    let corner = [x - (column - back), y - (row - back)];
    // The second corner of the triangle lies to the right or below.
    let step = if corner[0] > corner[1] {
        [1, 0]
    } else {
        [0, 1]
    };
    let (column, row) = (column as i32, row as i32);
    let corners = [
        ([0, 0], corner),
        (
            step,
            [
                corner[0] - step[0] as f32 + UNSKEW,
                corner[1] - step[1] as f32 + UNSKEW,
            ],
        ),
        (
            [1, 1],
            [
                corner[0] - 1.0 + 2.0 * UNSKEW,
                corner[1] - 1.0 + 2.0 * UNSKEW,
            ],
        ),
    ];
    let sum: f32 = corners
        .iter()
        .map(|&([right, down], [dx, dy])| {
            let point = [column.wrapping_add(right), row.wrapping_add(down)];
            falloff(0.5, dx * dx + dy * dy) * gradient2(hash(&point), dx, dy)
        })
        .sum();
    45.23 * sum * 0.5 + 0.5
}

/// Perlin's curve from 0 to 1.
fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Improved noise in `N` dimensions: the corners of the cube around a point, blended one dimension after the other.
fn perlin<const N: usize>(point: [f32; N], gradient: fn(i32, [f32; N]) -> f32) -> f32 {
    let cell = point.map(f32::floor);
    let inside: [f32; N] = std::array::from_fn(|axis| point[axis] - cell[axis]);
    let blend = inside.map(fade);
    // One value for each corner; bit `axis` of its number says on which side of the cell it lies.
    let mut values = [0.0f32; 16];
    for (corner, value) in values.iter_mut().enumerate().take(1 << N) {
        let side = |axis: usize| (corner >> axis & 1) as i32;
        let lattice: [i32; N] =
            std::array::from_fn(|axis| (cell[axis] as i32).wrapping_add(side(axis)));
        let offset: [f32; N] = std::array::from_fn(|axis| inside[axis] - side(axis) as f32);
        *value = gradient(hash(&lattice), offset);
    }
    // The last axis first, as the reference implementation does.
    for axis in (0..N).rev() {
        for corner in 0..1 << axis {
            let (low, high) = (values[corner], values[corner | 1 << axis]);
            values[corner] = low + blend[axis] * (high - low);
        }
    }
    values[0]
}

/// Simplex noise in `N` dimensions before scaling: what the corners of the simplex around a point add.
fn simplex<const N: usize>(point: [f32; N], gradient: fn(i32, [f32; N]) -> f32) -> f32 {
    let root = ((N + 1) as f32).sqrt();
    let (skew, unskew) = ((root - 1.0) / N as f32, (1.0 - 1.0 / root) / N as f32);
    let skewed = point.iter().sum::<f32>() * skew;
    let cell = point.map(|coordinate| (coordinate + skewed).floor());
    let back = cell.iter().sum::<f32>() * unskew;
    let first: [f32; N] = std::array::from_fn(|axis| point[axis] - (cell[axis] - back));
    // Corner `n` has taken a step along the `n` axes in which the point is furthest from the first corner.
    let rank = |axis: usize| {
        (0..N)
            .filter(|&other| {
                first[other] > first[axis] || first[other] == first[axis] && other < axis
            })
            .count()
    };
    let ranks: [usize; N] = std::array::from_fn(rank);
    (0..=N)
        .map(|corner| {
            let step = |axis: usize| i32::from(ranks[axis] < corner);
            let offset: [f32; N] = std::array::from_fn(|axis| {
                first[axis] - step(axis) as f32 + corner as f32 * unskew
            });
            let lattice: [i32; N] =
                std::array::from_fn(|axis| (cell[axis] as i32).wrapping_add(step(axis)));
            let distance = offset.iter().map(|length| length * length).sum();
            falloff(0.6, distance) * gradient(hash(&lattice), offset)
        })
        .sum()
}

/// Simplex noise in space.
pub fn simplex3(x: f32, y: f32, z: f32) -> f32 {
    32.74 * simplex([x, y, z], gradient3) * 0.5 + 0.5
}

/// Simplex noise in four dimensions.
pub fn simplex4(x: f32, y: f32, z: f32, t: f32) -> f32 {
    27.3 * simplex([x, y, z, t], gradient4) * 0.5 + 0.5
}

/// Perlin's noise along a line.
pub fn perlin1(x: f32) -> f32 {
    0.188 * perlin([x], |hash, [x]| gradient1(hash, x)) * 0.5 + 0.5
}

/// Perlin's noise in a plane.
pub fn perlin2(x: f32, y: f32) -> f32 {
    0.507 * perlin([x, y], |hash, [x, y]| gradient2(hash, x, y)) * 0.5 + 0.5
}

/// Noise in space.
pub fn noise3(x: f32, y: f32, z: f32) -> f32 {
    0.936 * perlin([x, y, z], gradient3) * 0.5 + 0.5
}

/// Noise in space and time.
pub fn noise4(x: f32, y: f32, z: f32, t: f32) -> f32 {
    0.87 * perlin([x, y, z, t], gradient4) * 0.5 + 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_love() {
        let expected = [
            [0.815692, 0.709057, 0.410702, 0.492545],
            [0.559336, 0.489844, 0.680572, 0.439605],
            [0.45615, 0.912952, 0.506782, 0.191753],
            [0.365536, 0.612883, 0.641678, 0.50314],
        ];
        for (step, row) in expected.iter().enumerate() {
            let x = step as f32 + 0.3;
            let found = [
                noise1(x),
                noise2(x, 1.7),
                noise3(x, 1.7, -2.2),
                noise4(x, 1.7, -2.2, 5.5),
            ];
            for (dimensions, (ours, love)) in found.iter().zip(row).enumerate() {
                assert!(
                    (ours - love).abs() < 2e-6,
                    "noise{} at {x}: {ours}, LÖVE {love}",
                    dimensions + 1
                );
            }
        }
    }

    #[test]
    fn any_number_has_a_value() {
        for number in [f32::MAX, f32::MIN, f32::NAN, f32::INFINITY, -0.0, 1e9] {
            noise1(number);
            noise2(number, number);
            noise3(number, 0.0, number);
            noise4(number, number, number, number);
        }
    }
}
