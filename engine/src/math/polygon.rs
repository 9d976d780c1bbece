//! Convexity and cutting of polygons into triangles, with the results and refusals of LÖVE.

/// A corner.
pub type Point = [f32; 2];

fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

/// Whether all corners turn the same way.
pub fn is_convex(polygon: &[Point]) -> bool {
    let count = polygon.len();
    if count < 3 {
        return false;
    }
    let turn = |index: usize| {
        let (a, b, c) = (
            polygon[(index + count - 2) % count],
            polygon[(index + count - 1) % count],
            polygon[index],
        );
        cross(minus(b, a), minus(c, b))
    };
    let winding = turn(0);
    (1..count).all(|index| turn(index) * winding >= 0.0)
}

fn turns_left(a: Point, b: Point, c: Point) -> bool {
    cross(minus(b, a), minus(c, a)) >= 0.0
}

fn is_on_same_side(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = minus(d, c);
    cross(side, minus(a, c)) * cross(side, minus(b, c)) >= 0.0
}

fn is_inside(p: Point, [a, b, c]: [Point; 3]) -> bool {
    is_on_same_side(p, a, b, c) && is_on_same_side(p, b, a, c) && is_on_same_side(p, c, a, b)
}

/// Cuts off ears until a triangle is left. The error is LÖVE's sentence.
pub fn triangulate(polygon: &[Point]) -> Result<Vec<[Point; 3]>, &'static str> {
    let count = polygon.len();
    if count < 3 {
        return Err("Not a polygon");
    }
    if count == 3 {
        return Ok(vec![[polygon[0], polygon[1], polygon[2]]]);
    }
    let mut next: Vec<usize> = (0..count).map(|index| (index + 1) % count).collect();
    let mut previous: Vec<usize> = (0..count)
        .map(|index| (index + count - 1) % count)
        .collect();
    let leftmost = (0..count).fold(0, |best, index| {
        let (p, q) = (polygon[index], polygon[best]);
        if p[0] < q[0] || (p[0] == q[0] && p[1] < q[1]) {
            index
        } else {
            best
        }
    });
    if !turns_left(
        polygon[previous[leftmost]],
        polygon[leftmost],
        polygon[next[leftmost]],
    ) {
        std::mem::swap(&mut next, &mut previous);
    }
    let mut concave: Vec<usize> = (0..count)
        .filter(|&index| {
            !turns_left(
                polygon[previous[index]],
                polygon[index],
                polygon[next[index]],
            )
        })
        .collect();
    let mut triangles = Vec::with_capacity(count - 2);
    let (mut left, mut current, mut skipped) = (count, 1, 0);
    while left > 3 {
        let corners = [previous[current], current, next[current]];
        let triangle = corners.map(|index| polygon[index]);
        let [a, b, c] = triangle;
        let is_ear = turns_left(a, b, c)
            && !concave
                .iter()
                .any(|index| !corners.contains(index) && is_inside(polygon[*index], triangle));
        if is_ear {
            triangles.push(triangle);
            next[corners[0]] = corners[2];
            previous[corners[2]] = corners[0];
            concave.retain(|index| *index != current);
            left -= 1;
            skipped = 0;
        } else {
            skipped += 1;
            if skipped > left {
                return Err("Cannot triangulate polygon.");
            }
        }
        current = corners[2];
    }
    triangles.push([previous[current], current, next[current]].map(|index| polygon[index]));
    Ok(triangles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangles_cover_a_concave_polygon() {
        let polygon = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        assert!(!is_convex(&polygon));
        let triangles = triangulate(&polygon).unwrap();
        let area: f32 = triangles
            .iter()
            .map(|[a, b, c]| cross(minus(*b, *a), minus(*c, *a)).abs() / 2.0)
            .sum();
        assert_eq!((triangles.len(), area), (3, 10.0));
        assert_eq!(triangulate(&polygon[..2]), Err("Not a polygon"));
        assert!(is_convex(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]));
        let crossed = [[f32::NAN, 0.0], [1.0, 1.0], [0.0, 1.0], [2.0, f32::NAN]];
        assert!(triangulate(&crossed).is_err());
    }
}
