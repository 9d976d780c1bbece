//! Bézier curves of any degree: evaluated, cut, differentiated and turned into lines.
//!
//! Lines are made by halving the curve again and again (de Casteljau) and joining the control polygons of the parts; a curve
//! of n points halved d times gives (n − 1)·2^d + 1 points.

use super::polygon::Point;

/// Why a curve of fewer than two points cannot be used.
const TOO_FEW: &str = "Invalid Bezier curve: Not enough control points.";

/// Most halvings; more would take gigabytes.
const DEEPEST: i32 = 20;

/// A curve by its control points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BezierCurve {
    /// The control points.
    pub points: Vec<Point>,
}

fn between(a: Point, b: Point, t: f32) -> Point {
    [a[0] * (1.0 - t) + b[0] * t, a[1] * (1.0 - t) + b[1] * t]
}

/// Cuts at `t`: the control points of both parts.
fn cut(points: &[Point], t: f32) -> (Vec<Point>, Vec<Point>) {
    let mut row = points.to_vec();
    let (mut left, mut right) = (Vec::with_capacity(row.len()), Vec::with_capacity(row.len()));
    while let (Some(&first), Some(&last)) = (row.first(), row.last()) {
        left.push(first);
        right.push(last);
        row = row
            .windows(2)
            .map(|pair| between(pair[0], pair[1], t))
            .collect();
    }
    right.reverse();
    (left, right)
}

fn halve(points: &[Point], depth: i32, line: &mut Vec<Point>) {
    if depth <= 0 {
        line.extend_from_slice(points);
        return;
    }
    let (left, right) = cut(points, 0.5);
    halve(&left, depth - 1, line);
    line.pop(); // the parts share a point
    halve(&right, depth - 1, line);
}

/// What becomes of the points at which two halves of a rendered curve meet; they lie on the line between their neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joints {
    /// LÖVE 11
    Kept,
    /// LÖVE 12
    Dropped,
}

impl BezierCurve {
    /// Around control points.
    pub fn new(points: Vec<Point>) -> Self {
        Self { points }
    }

    /// One less than the number of points.
    pub fn degree(&self) -> i32 {
        self.points.len() as i32 - 1
    }

    /// The place in `points` that LÖVE's number means: from 1, negative ones from the end, wrapping around.
    pub fn place(&self, number: i64) -> Option<usize> {
        let count = self.points.len() as i64;
        let from_zero = if number > 0 { number - 1 } else { number };
        (count > 0).then(|| from_zero.rem_euclid(count) as usize)
    }

    /// Puts a point before the one with this number. As in LÖVE, negative numbers count from the end, so that -1 inserts before the last
    /// point; numbers too great go round, except the one behind the last, which appends.
    pub fn insert(&mut self, point: Point, number: i64) {
        let count = self.points.len() as i64;
        let from_zero = if number > 0 { number - 1 } else { number };
        let place = match from_zero {
            _ if count == 0 => 0,
            beyond if beyond > count => (beyond - 1) % count + 1,
            place if place == count => count,
            place => place.rem_euclid(count),
        };
        self.points.insert(place as usize, point);
    }

    /// The curve of the directions.
    pub fn derivative(&self) -> Result<Self, &'static str> {
        if self.points.len() < 2 {
            return Err("Cannot derive a curve of degree < 1.");
        }
        let degree = self.degree() as f32;
        let slope = |pair: &[Point]| {
            [
                (pair[1][0] - pair[0][0]) * degree,
                (pair[1][1] - pair[0][1]) * degree,
            ]
        };
        Ok(Self::new(self.points.windows(2).map(slope).collect()))
    }

    /// The point at `t`, 0 to 1.
    pub fn evaluate(&self, t: f64) -> Result<Point, &'static str> {
        if !(0.0..=1.0).contains(&t) {
            return Err("Invalid evaluation parameter: must be between 0 and 1");
        }
        if self.points.len() < 2 {
            return Err(TOO_FEW);
        }
        let mut row = self.points.clone();
        while row.len() > 1 {
            row = row
                .windows(2)
                .map(|pair| between(pair[0], pair[1], t as f32))
                .collect();
        }
        Ok(row[0])
    }

    /// The part from `start` to `end`.
    pub fn segment(&self, start: f64, end: f64) -> Result<Self, &'static str> {
        if !(0.0..=1.0).contains(&start) || !(0.0..=1.0).contains(&end) {
            return Err("Invalid segment parameters: must be between 0 and 1");
        }
        if end <= start {
            return Err("Invalid segment parameters: t1 must be smaller than t2");
        }
        let (until_end, _) = cut(&self.points, end as f32);
        let (_, part) = cut(&until_end, (start / end) as f32);
        Ok(Self::new(part))
    }

    /// A line of points near the curve.
    pub fn render(&self, depth: i32, joints: Joints) -> Result<Vec<Point>, &'static str> {
        if self.points.len() < 2 {
            return Err(TOO_FEW);
        }
        let mut line = Vec::new();
        halve(&self.points, depth.min(DEEPEST), &mut line);
        if joints == Joints::Dropped {
            let (degree, last) = (self.points.len() - 1, line.len() - 1);
            let mut index = 0;
            line.retain(|_| {
                let is_joint = index % degree == 0 && index != 0 && index != last;
                index += 1;
                !is_joint
            });
        }
        Ok(line)
    }

    /// The share of [`Self::render`]'s points from `start` to `end`.
    pub fn render_segment(
        &self,
        start: f64,
        end: f64,
        depth: i32,
        joints: Joints,
    ) -> Result<Vec<Point>, &'static str> {
        let line = self.render(depth, joints)?;
        if start >= end {
            return Ok(Vec::new());
        }
        let count = line.len();
        let first = ((start * count as f64) as usize).min(count);
        let last = ((end * count as f64 + 0.5) as usize).clamp(first, count);
        Ok(line[first..last].to_vec())
    }

    /// Applies a function to every point.
    pub fn map(&mut self, change: impl Fn(Point) -> Point) {
        for point in &mut self.points {
            *point = change(*point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> BezierCurve {
        BezierCurve::new(vec![[0.0, 0.0], [10.0, 20.0], [30.0, 20.0], [40.0, 0.0]])
    }

    #[test]
    fn values_of_love() {
        let [x, y] = curve().evaluate(0.3).unwrap();
        assert!(
            (x - 11.16).abs() < 1e-4 && (y - 12.6).abs() < 1e-4,
            "{x} {y}"
        );
        let line = [
            [0.0, 0.0],
            [5.0, 10.0],
            [12.5, 15.0],
            [20.0, 15.0],
            [27.5, 15.0],
            [35.0, 10.0],
            [40.0, 0.0],
        ];
        assert_eq!(curve().render(1, Joints::Kept).unwrap(), line);
        assert_eq!(
            curve().render_segment(0.2, 0.6, 1, Joints::Kept).unwrap(),
            line[1..4]
        );
        assert_eq!(
            curve().derivative().unwrap().evaluate(0.5).unwrap(),
            [45.0, 0.0]
        );
        assert!(curve().evaluate(2.0).is_err() && curve().evaluate(f64::NAN).is_err());
    }

    #[test]
    fn a_part_lies_on_the_whole() {
        let part = curve().segment(0.25, 0.75).unwrap();
        let (middle, whole) = (part.evaluate(0.5).unwrap(), curve().evaluate(0.5).unwrap());
        assert!((middle[0] - whole[0]).abs() < 1e-4 && (middle[1] - whole[1]).abs() < 1e-4);
    }

    #[test]
    fn numbers_wrap_around() {
        let mut curve = curve();
        assert_eq!(
            (curve.place(1), curve.place(-1), curve.place(5)),
            (Some(0), Some(3), Some(0))
        );
        curve.insert([7.0, 7.0], -1);
        curve.insert([8.0, 8.0], 1);
        assert_eq!((curve.points[0], curve.points[4]), ([8.0, 8.0], [7.0, 7.0]));
        assert_eq!(BezierCurve::default().place(1), None);
    }
}
