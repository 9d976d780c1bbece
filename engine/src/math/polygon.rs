//! Questions about polygons: is it convex, which triangles is it made of.

/// A corner.
pub type Point = [f32; 2];

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

/// Whether the way from `a` over `b` to `c` turns left or goes straight.
fn turns_left(a: Point, b: Point, c: Point) -> bool {
    cross(minus(b, a), minus(c, a)) >= 0.0
}

/// Whether every corner turns the same way. Fewer than three corners are not convex.
pub fn is_convex(corners: &[Point]) -> bool {
    let count = corners.len();
    if count < 3 {
        return false;
    }
    let turn = |index: usize| {
        let (a, b, c) = (
            corners[index],
            corners[(index + 1) % count],
            corners[(index + 2) % count],
        );
        cross(minus(b, a), minus(c, b))
    };
    // The first turn looked at is the one at the first corner.
    let first = turn(count - 2 + usize::from(count < 2));
    (0..count).all(|index| turn(index) * first >= 0.0)
}

/// Whether `a` and `b` lie on the same side of the line through `c` and `d`, or on it.
fn on_same_side(a: Point, b: Point, c: Point, d: Point) -> bool {
    let line = minus(d, c);
    let side = |point: Point| line[0] * (point[1] - c[1]) - line[1] * (point[0] - c[0]);
    side(a) * side(b) >= 0.0
}

fn in_triangle(point: Point, [a, b, c]: [Point; 3]) -> bool {
    on_same_side(point, a, b, c) && on_same_side(point, b, a, c) && on_same_side(point, c, a, b)
}

/// Cuts ears off a polygon that does not cross itself until a triangle is left.
pub fn triangulate(corners: &[Point]) -> Result<Vec<[Point; 3]>, &'static str> {
    let count = corners.len();
    if count < 3 {
        return Err("Not a polygon");
    }
    if count == 3 {
        return Ok(vec![[corners[0], corners[1], corners[2]]]);
    }
    let mut next: Vec<usize> = (0..count).map(|index| (index + 1) % count).collect();
    let mut previous: Vec<usize> = (0..count)
        .map(|index| (index + count - 1) % count)
        .collect();
    // The leftmost (then topmost) corner is convex for certain: its turn tells which way round the polygon goes.
    let leftmost = (0..count).fold(0, |best, index| {
        let (point, lowest) = (corners[index], corners[best]);
        let is_further = point[0] < lowest[0] || (point[0] == lowest[0] && point[1] < lowest[1]);
        if is_further { index } else { best }
    });
    if !turns_left(
        corners[previous[leftmost]],
        corners[leftmost],
        corners[next[leftmost]],
    ) {
        std::mem::swap(&mut next, &mut previous);
    }
    let mut concave: Vec<usize> = (0..count)
        .filter(|&index| {
            !turns_left(
                corners[previous[index]],
                corners[index],
                corners[next[index]],
            )
        })
        .collect();

    let mut triangles = Vec::with_capacity(count - 2);
    let mut remaining = count;
    let mut skipped = 0;
    let mut current = 1;
    while remaining > 3 {
        let (before, after) = (previous[current], next[current]);
        let triangle = [corners[before], corners[current], corners[after]];
        let is_ear = turns_left(triangle[0], triangle[1], triangle[2])
            && !concave.iter().any(|&index| {
                ![before, current, after].contains(&index) && in_triangle(corners[index], triangle)
            });
        if is_ear {
            triangles.push(triangle);
            next[before] = after;
            previous[after] = before;
            concave.retain(|&index| index != current);
            remaining -= 1;
            skipped = 0;
        } else {
            skipped += 1;
            if skipped > remaining {
                return Err("Cannot triangulate polygon.");
            }
        }
        current = after;
    }
    triangles.push([
        corners[previous[current]],
        corners[current],
        corners[next[current]],
    ]);
    Ok(triangles)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENTED: [Point; 5] = [
        [0.0, 0.0],
        [10.0, 0.0],
        [5.0, 3.0],
        [10.0, 10.0],
        [0.0, 10.0],
    ];

    #[test]
    fn convexity() {
        assert!(is_convex(&[
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 10.0],
            [0.0, 10.0]
        ]));
        assert!(is_convex(&[
            [0.0, 0.0],
            [0.0, 10.0],
            [10.0, 10.0],
            [10.0, 0.0]
        ]));
        assert!(!is_convex(&DENTED));
        assert!(!is_convex(&[[0.0, 0.0], [1.0, 1.0]]));
    }

    #[test]
    fn triangles_are_loves() {
        let expected = [
            [[0.0, 0.0], [10.0, 0.0], [5.0, 3.0]],
            [[0.0, 0.0], [5.0, 3.0], [10.0, 10.0]],
            [[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]],
        ];
        assert_eq!(triangulate(&DENTED).unwrap(), expected);
        assert_eq!(triangulate(&DENTED[..2]).unwrap_err(), "Not a polygon");
    }

    #[test]
    fn what_is_no_polygon_ends() {
        let nonsense = [
            [0.0, 0.0],
            [f32::NAN, 1.0],
            [1.0, f32::INFINITY],
            [2.0, 2.0],
            [0.0, 0.0],
            [1.0, 1.0],
        ];
        let _ = triangulate(&nonsense);
        let crossed = [
            [0.0, 0.0],
            [10.0, 10.0],
            [10.0, 0.0],
            [0.0, 10.0],
            [5.0, 20.0],
        ];
        let _ = triangulate(&crossed);
    }
}
