//! Lines with width: from points to triangles, with LÖVE's corners and smooth edges.
//!
//! The core of a line is a sleeve: at each point two vertices, one on either side, half a line width away along
//! the normal, or further out where a miter needs it. A smooth line has a core that is 0.3 pixels narrower on
//! each side and around it a fringe one pixel wide that fades to transparent: antialiasing without multisampling.
//!
//! ```text
//!   fringe  . . . . . . . . . .    alpha 0
//!   core    o-----------o------o   alpha of the colour
//!           |     p     |   q
//!   core    o-----------o------o
//!   fringe  . . . . . . . . . .
//! ```
//!
//! A line whose last point equals its first is closed: the last corner is joined like the others.
//! The result is in the coordinates of the points; the transform comes later. Lines with coinciding points
//! may give NaN vertices, which draw nothing; LÖVE does the same.

use super::state::LineJoin;

type Point = [f32; 2];

/// Segments whose directions differ by less than this sine count as parallel.
const PARALLEL_SINE: f32 = 0.05;

/// By how many pixels a smooth line's core is narrower on each side.
const SMOOTH_INSET_PIXELS: f32 = 0.3;

fn add(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

fn subtract(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn scale(a: Point, factor: f32) -> Point {
    [a[0] * factor, a[1] * factor]
}

fn negate(a: Point) -> Point {
    [-a[0], -a[1]]
}

fn length(a: Point) -> f32 {
    (a[0] * a[0] + a[1] * a[1]).sqrt()
}

fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

/// The left normal, scaled.
fn normal(a: Point, factor: f32) -> Point {
    [-a[1] * factor, a[0] * factor]
}

/// `a` with the given length; a zero vector stays zero.
fn with_length(a: Point, wanted: f32) -> Point {
    let now = length(a);
    if now > 0.0 { scale(a, wanted / now) } else { a }
}

/// What a line looks like.
#[derive(Clone, Copy, Debug)]
pub struct LineShape {
    /// Half the width.
    pub half_width: f32,
    /// One pixel of the screen in the coordinates of the points.
    pub pixel_size: f32,
    /// Corners.
    pub join: LineJoin,
    /// Whether it has a fringe.
    pub smooth: bool,
}

/// The triangles of a line, as strips or quads over `vertices`.
#[derive(Debug, Default)]
pub struct LineMesh {
    /// Positions, and whether the vertex is opaque (core) or transparent (outer edge of the fringe).
    pub vertices: Vec<(Point, bool)>,
    /// Triangle corners.
    pub indices: Vec<u32>,
    anchors: Vec<Point>,
    normals: Vec<Point>,
    edges: Vec<Point>,
}

struct Segment {
    direction: Point,
    length: f32,
    normal: Point,
}

impl Segment {
    fn new(direction: Point, half_width: f32) -> Self {
        let length = length(direction);
        Self {
            direction,
            length,
            normal: normal(direction, half_width / length),
        }
    }
}

impl LineMesh {
    /// Builds the mesh; earlier contents are replaced, their memory is reused.
    pub fn build(&mut self, points: &[Point], shape: LineShape) {
        self.vertices.clear();
        self.indices.clear();
        if points.len() < 2 {
            return;
        }
        let mut half_width = shape.half_width;
        if shape.smooth {
            half_width -= shape.pixel_size * SMOOTH_INSET_PIXELS;
        }
        let closed = points[0] == points[points.len() - 1];
        self.build_sleeve(points, half_width, shape.join, closed);
        if shape.join == LineJoin::None {
            self.emit_separate_segments(shape);
        } else {
            self.emit_strip(shape, closed);
        }
    }

    fn build_sleeve(&mut self, points: &[Point], half_width: f32, join: LineJoin, closed: bool) {
        self.anchors.clear();
        self.normals.clear();
        let last = points.len() - 1;
        // The segment before the first: mirrored if the line is open, the closing one if not.
        let before = if closed {
            subtract(points[0], points[last - 1])
        } else {
            subtract(points[1], points[0])
        };
        let mut segment = Segment::new(before, half_width);
        for pair in points.windows(2) {
            self.corner(join, &mut segment, pair[0], pair[1], half_width);
        }
        let after = if closed {
            points[1]
        } else {
            add(points[last], segment.direction)
        };
        self.corner(join, &mut segment, points[last], after, half_width);
    }

    fn edge(&mut self, anchor: Point, first: Point, second: Point) {
        self.anchors.extend([anchor, anchor]);
        self.normals.extend([first, second]);
    }

    /// Adds the vertices at `at`, where `segment` ends and the way to `to` begins.
    fn corner(
        &mut self,
        join: LineJoin,
        segment: &mut Segment,
        at: Point,
        to: Point,
        half_width: f32,
    ) {
        let next = Segment::new(subtract(to, at), half_width);
        if join == LineJoin::None {
            self.edge(at, segment.normal, negate(segment.normal));
            self.edge(at, next.normal, negate(next.normal));
            *segment = next;
            return;
        }
        if join == LineJoin::Miter && next.length == 0.0 {
            return;
        }
        let determinant = cross(segment.direction, next.direction);
        if determinant.abs() / (segment.length * next.length) < PARALLEL_SINE {
            self.edge(at, segment.normal, negate(segment.normal));
            if dot(segment.direction, next.direction) < 0.0 {
                // The line turns back. Its normal flips, so an empty quad keeps the strip from twisting.
                self.edge(at, negate(segment.normal), segment.normal);
            }
            *segment = next;
            return;
        }
        // Where the edges of both segments meet (Cramer's rule).
        let lambda = cross(subtract(next.normal, segment.normal), next.direction) / determinant;
        let miter = add(segment.normal, scale(segment.direction, lambda));
        if join == LineJoin::Miter {
            self.edge(at, miter, negate(miter));
        } else if determinant > 0.0 {
            self.edge(at, miter, negate(segment.normal));
            self.edge(at, miter, negate(next.normal));
        } else {
            self.edge(at, segment.normal, negate(miter));
            self.edge(at, next.normal, negate(miter));
        }
        *segment = next;
    }

    fn sleeve_point(&self, index: usize) -> Point {
        add(self.anchors[index], self.normals[index])
    }

    fn strip_indices(&mut self, start: usize) {
        let (start, end) = (start as u32, self.vertices.len() as u32);
        for corner in start + 2..end {
            let odd = (corner - start) & 1;
            self.indices
                .extend_from_slice(&[corner - 2, corner - 1 + odd, corner - odd]);
        }
    }

    fn emit_strip(&mut self, shape: LineShape, closed: bool) {
        let count = self.anchors.len();
        for index in 0..count {
            let point = self.sleeve_point(index);
            self.vertices.push((point, true));
        }
        self.strip_indices(0);
        if !shape.smooth || count < 4 {
            return;
        }
        let fringe = |mesh: &Self, index: usize| {
            let outward = mesh.normals[index];
            let step = scale(outward, shape.pixel_size / length(outward));
            add(mesh.vertices[index].0, step)
        };
        // Once along the upper side, and back along the lower one.
        let mut edges = std::mem::take(&mut self.edges);
        edges.clear();
        for index in (0..count).step_by(2) {
            edges.extend([self.vertices[index].0, fringe(self, index)]);
        }
        for index in (0..count).step_by(2) {
            let index = count - index - 1;
            edges.extend([self.vertices[index].0, fringe(self, index)]);
        }
        if !closed {
            // The outer vertices at both ends move outwards so that the ends are smooth as well.
            let total = edges.len();
            let spacer = with_length(subtract(edges[1], edges[3]), shape.pixel_size);
            edges[1] = add(edges[1], spacer);
            edges[total - 1] = add(edges[total - 1], spacer);
            let spacer = with_length(
                subtract(edges[count - 1], edges[count - 3]),
                shape.pixel_size,
            );
            edges[count - 1] = add(edges[count - 1], spacer);
            edges[count + 1] = add(edges[count + 1], spacer);
            let start = [edges[0], edges[1]];
            edges.extend(start);
        }
        let start = self.vertices.len();
        for (index, point) in edges.iter().enumerate() {
            self.vertices.push((*point, index % 2 == 0));
        }
        self.edges = edges;
        self.strip_indices(start);
    }

    fn push_quad(&mut self, corners: [(Point, bool); 4]) {
        let base = self.vertices.len() as u32;
        self.vertices.extend(corners);
        self.indices
            .extend_from_slice(&[base, base + 1, base + 2, base + 2, base + 1, base + 3]);
    }

    fn emit_separate_segments(&mut self, shape: LineShape) {
        // The first and the last edge belong to the segments that do not exist.
        let count = self.anchors.len();
        for start in (2..count.saturating_sub(3)).step_by(4) {
            let [v0, v1, v2, v3] = [0, 1, 2, 3].map(|offset| self.sleeve_point(start + offset));
            self.push_quad([(v0, true), (v1, true), (v2, true), (v3, true)]);
            if !shape.smooth {
                continue;
            }
            let s = with_length(subtract(v0, v2), shape.pixel_size);
            let t = with_length(subtract(v0, v1), shape.pixel_size);
            let outer0 = add(v0, add(s, t));
            let outer1 = add(v1, subtract(s, t));
            let outer3 = subtract(v3, add(s, t));
            let outer2 = add(v2, subtract(t, s));
            for [a, b, outer_a, outer_b] in [
                [v0, v1, outer0, outer1],
                [v1, v3, outer1, outer3],
                [v3, v2, outer3, outer2],
                [v2, v0, outer2, outer0],
            ] {
                self.push_quad([(a, true), (b, true), (outer_a, false), (outer_b, false)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(points: &[Point], join: LineJoin, smooth: bool) -> LineMesh {
        let mut mesh = LineMesh::default();
        let shape = LineShape {
            half_width: 1.0,
            pixel_size: 1.0,
            join,
            smooth,
        };
        mesh.build(points, shape);
        mesh
    }

    #[test]
    fn a_rough_line_is_one_rectangle() {
        let mesh = build(&[[0.0, 0.0], [10.0, 0.0]], LineJoin::Miter, false);
        let points: Vec<Point> = mesh.vertices.iter().map(|(point, _)| *point).collect();
        assert_eq!(points, [[0.0, 1.0], [0.0, -1.0], [10.0, 1.0], [10.0, -1.0]]);
        assert_eq!(mesh.indices, [0, 1, 2, 1, 3, 2]);
    }

    #[test]
    fn a_miter_reaches_further_than_the_width() {
        let mesh = build(
            &[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]],
            LineJoin::Miter,
            false,
        );
        assert_eq!(mesh.vertices[2].0, [9.0, 1.0]);
        assert_eq!(mesh.vertices[3].0, [11.0, -1.0]);
    }

    #[test]
    fn a_smooth_line_is_narrower_and_has_a_transparent_fringe() {
        let mesh = build(&[[0.0, 0.0], [10.0, 0.0]], LineJoin::Miter, true);
        assert_eq!(mesh.vertices[0].0[1], 0.7);
        // Four of the core; two per core vertex and the closing pair for the fringe.
        assert_eq!(mesh.vertices.len(), 4 + 8 + 2);
        assert_eq!(mesh.vertices.iter().filter(|(_, core)| !core).count(), 5);
        assert!(mesh.vertices.iter().any(|(point, _)| point[0] == -1.0));
    }

    #[test]
    fn separate_segments_have_a_frame_each() {
        let points = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]];
        assert_eq!(build(&points, LineJoin::None, false).vertices.len(), 8);
        assert_eq!(build(&points, LineJoin::None, true).vertices.len(), 40);
    }

    #[test]
    fn one_point_is_no_line() {
        assert!(
            build(&[[0.0, 0.0]], LineJoin::Miter, true)
                .vertices
                .is_empty()
        );
    }
}
