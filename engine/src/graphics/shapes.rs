//! Outlines of LÖVE's shapes: rounded rectangles, ellipses and arcs as closed loops of points.
//!
//! Each function appends to a vector and says nothing about filling: [`super::Graphics`] turns the points
//! into a fan or a line. The number of segments follows the radius in pixels, so that large circles stay round:
//! the square root of twenty times the mean radius, at least eight. A circle of radius 50 at scale 1 has 31.
//!
//! The angle is accumulated in single precision, step by step, as LÖVE does it.

use super::state::{ArcMode, DrawMode};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

type Point = [f32; 2];

/// More segments than any screen can show; keeps absurd arguments from taking all memory.
const MAX_SEGMENTS: i32 = 1 << 20;

/// Segments of a full ellipse with these radii.
pub fn ellipse_segments(rx: f32, ry: f32, pixel_scale: f64) -> i32 {
    let segments = (((rx + ry) / 2.0) * 20.0 * pixel_scale as f32).sqrt();
    // `as` turns the NaN of negative radii into 0.
    (segments as i32).clamp(8, MAX_SEGMENTS)
}

/// A rectangle, counterclockwise on screen from the top left corner, closed.
pub fn rectangle(points: &mut Vec<Point>, [x, y, width, height]: [f32; 4]) {
    points.extend([
        [x, y],
        [x, y + height],
        [x + width, y + height],
        [x + width, y],
        [x, y],
    ]);
}

/// A rectangle with elliptical corners; `segments` as for a full ellipse.
pub fn rounded_rectangle(
    points: &mut Vec<Point>,
    bounds: [f32; 4],
    [mut rx, mut ry]: [f32; 2],
    segments: i32,
) {
    let [x, y, width, height] = bounds;
    if rx <= 0.0 || ry <= 0.0 {
        rectangle(points, bounds);
        return;
    }
    // Radii are kept below half the size, or neighbouring corners would overlap.
    if width >= 0.02 {
        rx = rx.min(width / 2.0 - 0.01);
    }
    if height >= 0.02 {
        ry = ry.min(height / 2.0 - 0.01);
    }
    let per_corner = (segments.clamp(1, MAX_SEGMENTS) / 4).max(1) + 2;
    let step = FRAC_PI_2 / (per_corner as f32 - 1.0);
    let first = points.len();
    for corner in 0..4 {
        let mut angle = corner as f32 * FRAC_PI_2;
        for _ in 0..per_corner {
            let (sin, cos) = angle.sin_cos();
            let left = corner == 0 || corner == 3;
            let top = corner < 2;
            points.push([
                if left {
                    x + rx * (1.0 - cos)
                } else {
                    x + width - rx * (1.0 + cos)
                },
                if top {
                    y + ry * (1.0 - sin)
                } else {
                    y + height - ry * (1.0 + sin)
                },
            ]);
            angle += step;
        }
    }
    points.push(points[first]);
}

/// An ellipse, closed. When filled, its centre comes first.
pub fn ellipse(
    points: &mut Vec<Point>,
    mode: DrawMode,
    [x, y]: Point,
    [rx, ry]: [f32; 2],
    segments: i32,
) {
    let segments = segments.clamp(1, MAX_SEGMENTS);
    if mode == DrawMode::Fill {
        points.push([x, y]);
    }
    let first = points.len();
    let step = TAU / segments as f32;
    let mut angle = 0.0f32;
    for _ in 0..segments {
        let (sin, cos) = angle.sin_cos();
        points.push([x + rx * cos, y + ry * sin]);
        angle += step;
    }
    points.push(points[first]);
}

/// Segments of an arc whose full circle would have `full` of them.
pub fn arc_segments(full: i32, [from, to]: [f32; 2]) -> i32 {
    let angle = (from - to).abs();
    if angle < TAU {
        (full as f32 * (angle / TAU) + 0.5) as i32
    } else {
        full
    }
}

/// An arc. Returns `None` where nothing is to be drawn, and whether it became a full circle, whose filled form has
/// its centre first.
pub fn arc(
    points: &mut Vec<Point>,
    mode: DrawMode,
    mut arc_mode: ArcMode,
    [x, y]: Point,
    radius: f32,
    [from, to]: [f32; 2],
    segments: i32,
) -> Option<bool> {
    if segments <= 0 || from == to {
        return None;
    }
    let segments = segments.min(MAX_SEGMENTS);
    if (from - to).abs() >= 2.0 * PI {
        ellipse(points, mode, [x, y], [radius; 2], segments);
        return Some(true);
    }
    let step = (to - from) / segments as f32;
    if step == 0.0 {
        return None;
    }
    // A sharp corner at the ends of a very small arc would be drawn with an enormous miter.
    let small = (from - to).abs() < 4.0f32.to_radians();
    if mode == DrawMode::Line && arc_mode == ArcMode::Closed && small {
        arc_mode = ArcMode::Open;
    }
    if mode == DrawMode::Fill && arc_mode == ArcMode::Open {
        arc_mode = ArcMode::Closed;
    }
    let first = points.len();
    if arc_mode == ArcMode::Pie {
        points.push([x, y]);
    }
    let mut angle = from;
    for _ in 0..=segments {
        let (sin, cos) = angle.sin_cos();
        points.push([x + radius * cos, y + radius * sin]);
        angle += step;
    }
    if arc_mode != ArcMode::Open {
        points.push(points[first]);
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_counts_follow_the_radius() {
        assert_eq!(ellipse_segments(50.0, 50.0, 1.0), 31);
        assert_eq!(ellipse_segments(1.0, 1.0, 1.0), 8);
        assert_eq!(ellipse_segments(-5.0, -5.0, 1.0), 8);
        assert_eq!(ellipse_segments(f32::INFINITY, 1.0, 1.0), MAX_SEGMENTS);
    }

    #[test]
    fn shapes_are_closed() {
        let mut points = Vec::new();
        rounded_rectangle(&mut points, [0.0, 0.0, 40.0, 20.0], [5.0, 5.0], 16);
        assert_eq!(points.len(), 4 * 6 + 1);
        assert_eq!(points[0], [0.0, 5.0]);
        assert_eq!(points[0], points[points.len() - 1]);
        points.clear();
        ellipse(&mut points, DrawMode::Fill, [1.0, 2.0], [3.0, 4.0], 8);
        assert_eq!(points.len(), 10);
        assert_eq!(points[0], [1.0, 2.0]);
        assert_eq!(points[1], points[9]);
    }

    #[test]
    fn arcs_know_when_to_draw_nothing() {
        let mut points = Vec::new();
        let mut draw = |angles, segments| {
            let (mode, pie) = (DrawMode::Fill, ArcMode::Pie);
            arc(&mut points, mode, pie, [0.0, 0.0], 5.0, angles, segments)
        };
        assert_eq!(draw([1.0, 1.0], 8), None);
        assert_eq!(draw([0.0, 1.0], 0), None);
        assert_eq!(draw([0.0, 7.0], 8), Some(true));
        assert_eq!(draw([0.0, 1.0], 8), Some(false));
    }
}
