//! Filling an outline with black and white pixels only, for `mono` hinting.
//!
//! A pixel is set when its centre is inside. Stems thinner than a pixel would vanish, so two passes, one over rows and
//! one over columns, look for spans between two edges that contain no centre and set one pixel there ("drop-out
//! control"). The rules are those of FreeType's rasteriser in its usual mode, simple drop-out control without stubs (rules 1, 2a,
//! 2b, 3 and 4 of the TrueType specification):
//!
//! ```text
//! span without a centre  → the pixel before it, unless the one behind it is set already
//! the tip of a shape     → nothing: both edges meet before the next row ("stub")
//! ```
//!
//! Compared with LÖVE over nine fonts: below 24 pixels per em one or two glyphs in a hundred differ; above, single pixels at the
//! rim of round shapes.
//!
//! Invariant: edges are closed: an edge that runs exactly through a centre sets the pixel.
//!
//! What it does not do: the drop-out mode that a font's own program may select.

/// A straight piece of an outline in pixels of the picture, y downwards; pieces of a contour follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Start.
    pub from: (f64, f64),
    /// End.
    pub to: (f64, f64),
    /// Which contour it belongs to.
    pub contour: u32,
}

/// A part of a contour that only rises or only falls. `u` runs along scan lines, `v` across them.
struct Profile {
    points: Vec<(f64, f64)>,
    is_rising: bool,
    low: f64,
    high: f64,
    /// The profile that follows in the contour.
    next: usize,
}

/// Which way a pass looks at the picture.
#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Rows,
    Columns,
}

/// Two edges of a scan line: a rising and a falling profile, and where they cross.
struct Span {
    rising: usize,
    falling: usize,
    start: f64,
    end: f64,
}

/// The picture being filled.
struct Bitmap {
    pixels: Vec<u8>,
    columns: usize,
    rows: usize,
}

impl Bitmap {
    /// Length of a scan line and number of them.
    fn size(&self, pass: Pass) -> (usize, usize) {
        match pass {
            Pass::Rows => (self.columns, self.rows),
            Pass::Columns => (self.rows, self.columns),
        }
    }

    /// Rows count from the bottom, as the coordinates of the passes do.
    fn place(&self, pass: Pass, line: usize, position: i64) -> Option<usize> {
        let (length, _) = self.size(pass);
        let position = usize::try_from(position)
            .ok()
            .filter(|position| *position < length)?;
        Some(match pass {
            Pass::Rows => (self.rows - 1 - line) * self.columns + position,
            Pass::Columns => (self.rows - 1 - position) * self.columns + line,
        })
    }

    fn set(&mut self, pass: Pass, line: usize, position: i64) {
        if let Some(place) = self.place(pass, line, position) {
            self.pixels[place] = 255;
        }
    }

    fn is_set(&self, pass: Pass, line: usize, position: i64) -> bool {
        self.place(pass, line, position)
            .is_some_and(|place| self.pixels[place] != 0)
    }
}

/// Fills a picture of so many columns and rows.
///
/// Crossings are rounded to `unit` parts of a pixel: FreeType counts in 1/64 for large sizes and 1/4096 for small ones, and
/// with closed edges that decides about pixels at the rim.
pub fn fill(edges: &[Edge], columns: usize, rows: usize, unit: f64) -> Vec<u8> {
    let mut bitmap = Bitmap {
        pixels: vec![0; columns * rows],
        columns,
        rows,
    };
    for pass in [Pass::Rows, Pass::Columns] {
        let height = rows as f64;
        let turned = |(x, y): (f64, f64)| match pass {
            Pass::Rows => (x, height - y),
            Pass::Columns => (height - y, x),
        };
        let profiles = find_profiles(edges, turned);
        let (_, lines) = bitmap.size(pass);
        for line in 0..lines {
            fill_line(&mut bitmap, &profiles, pass, line, unit);
        }
    }
    bitmap.pixels
}

/// Cuts contours into profiles.
fn find_profiles(edges: &[Edge], turned: impl Fn((f64, f64)) -> (f64, f64)) -> Vec<Profile> {
    let mut profiles = Vec::new();
    for contour in edges.chunk_by(|a, b| a.contour == b.contour) {
        // Edges along scan lines have no direction; they join their neighbours.
        let sloped: Vec<((f64, f64), (f64, f64))> = contour
            .iter()
            .map(|edge| (turned(edge.from), turned(edge.to)))
            .filter(|(from, to)| from.1 != to.1)
            .collect();
        let is_rising = |index: usize| sloped[index].1.1 > sloped[index].0.1;
        let count = sloped.len();
        // Begin where the direction changes, so that no profile is cut in two.
        let begin =
            (0..count).find(|index| is_rising(*index) != is_rising((index + count - 1) % count));
        let Some(begin) = begin else {
            continue;
        };
        let first = profiles.len();
        for step in 0..count {
            let index = (begin + step) % count;
            let (from, to) = sloped[index];
            if step == 0 || is_rising(index) != is_rising((index + count - 1) % count) {
                profiles.push(Profile {
                    points: vec![from],
                    is_rising: is_rising(index),
                    low: from.1,
                    high: from.1,
                    next: profiles.len() + 1,
                });
            }
            if let Some(profile) = profiles.last_mut() {
                // A gap is an edge along the scan line that was left out.
                if profile.points.last() != Some(&from) {
                    profile.points.push(from);
                }
                profile.points.push(to);
                profile.low = profile.low.min(to.1);
                profile.high = profile.high.max(to.1);
            }
        }
        if let Some(last) = profiles.last_mut() {
            last.next = first;
        }
    }
    profiles
}

impl Profile {
    fn crossing(&self, v: f64) -> Option<f64> {
        if v < self.low || v > self.high {
            return None;
        }
        self.points.windows(2).find_map(|pair| {
            let ((u0, v0), (u1, v1)) = (pair[0], pair[1]);
            let is_inside = v0.min(v1) <= v && v <= v0.max(v1) && v0 != v1;
            is_inside.then(|| u0 + (v - v0) * (u1 - u0) / (v1 - v0))
        })
    }
}

/// The spans of a scan line: rising and falling profiles, each sorted, in pairs.
fn find_spans(profiles: &[Profile], v: f64, unit: f64) -> Vec<Span> {
    let mut rising = Vec::new();
    let mut falling = Vec::new();
    for (index, profile) in profiles.iter().enumerate() {
        if let Some(u) = profile.crossing(v) {
            let side = if profile.is_rising {
                &mut rising
            } else {
                &mut falling
            };
            side.push(((u * unit).round() / unit, index));
        }
    }
    rising.sort_by(|a, b| a.0.total_cmp(&b.0));
    falling.sort_by(|a, b| a.0.total_cmp(&b.0));
    let pairs = rising.into_iter().zip(falling);
    pairs
        .map(|(up, down)| Span {
            rising: up.1,
            falling: down.1,
            start: up.0.min(down.0),
            end: up.0.max(down.0),
        })
        .collect()
}

/// First and last pixel whose centres lie in the span; the last is before the first when there is none.
fn centres(span: &Span) -> (i64, i64) {
    let first = (span.start - 0.5).ceil() as i64;
    let last = (span.end - 0.5).floor() as i64;
    (first, last)
}

fn fill_line(bitmap: &mut Bitmap, profiles: &[Profile], pass: Pass, line: usize, unit: f64) {
    let v = line as f64 + 0.5;
    let spans = find_spans(profiles, v, unit);
    let is_thin = |span: &Span| {
        let (first, last) = centres(span);
        span.end - span.start <= 1.0 && (first > last || last == first + 1)
    };
    for span in spans.iter().filter(|span| !is_thin(span)) {
        let (first, last) = centres(span);
        match pass {
            Pass::Rows => {
                let (length, _) = bitmap.size(pass);
                for position in first.max(0)..=last.min(length as i64 - 1) {
                    bitmap.set(pass, line, position);
                }
            }
            // Rows have filled these; only edges exactly through centres may be left.
            Pass::Columns => {
                if span.start - 0.5 == first as f64 {
                    bitmap.set(pass, line, first);
                }
                if span.end - 0.5 == last as f64 {
                    bitmap.set(pass, line, last);
                }
            }
        }
    }
    for span in spans.iter().filter(|span| is_thin(span)) {
        fill_thin(bitmap, profiles, pass, line, span);
    }
}

/// Sets the pixel of a span between centres, or none for the tip of a shape.
fn fill_thin(bitmap: &mut Bitmap, profiles: &[Profile], pass: Pass, line: usize, span: &Span) {
    let (first, last) = centres(span);
    if first <= last {
        bitmap.set(pass, line, first);
        return;
    }
    if is_stub(profiles, line as f64 + 0.5, span) {
        return;
    }
    let (length, _) = bitmap.size(pass);
    let mut position = last;
    if position < 0 {
        position = first;
    } else if position >= length as i64 {
        position = last;
    }
    let neighbour = if position == first { last } else { first };
    if !bitmap.is_set(pass, line, neighbour) {
        bitmap.set(pass, line, position);
    }
}

/// Whether both edges meet before the next scan line; wide tips that reach over half of it are no stubs.
fn is_stub(profiles: &[Profile], v: f64, span: &Span) -> bool {
    let (rising, falling) = (&profiles[span.rising], &profiles[span.falling]);
    let is_wide = span.end - span.start >= 0.5;
    let meets_above = rising.next == span.falling && rising.high < v + 1.0;
    let meets_below = falling.next == span.rising && rising.low > v - 1.0;
    (meets_above && !(is_wide && rising.high - v >= 0.5))
        || (meets_below && !(is_wide && v - rising.low >= 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(points: &[(f64, f64)]) -> Vec<Edge> {
        (0..points.len())
            .map(|index| Edge {
                from: points[index],
                to: points[(index + 1) % points.len()],
                contour: 0,
            })
            .collect()
    }

    fn drawn(points: &[(f64, f64)], columns: usize, rows: usize) -> String {
        let pixels = fill(&polygon(points), columns, rows, 4096.0);
        let text: Vec<String> = pixels
            .chunks(columns)
            .map(|row| {
                row.iter()
                    .map(|pixel| if *pixel == 0 { '.' } else { '#' })
                    .collect()
            })
            .collect();
        text.join(" ")
    }

    #[test]
    fn centres_decide() {
        let square = [(0.4, 0.4), (0.4, 2.6), (2.6, 2.6), (2.6, 0.4)];
        assert_eq!(drawn(&square, 3, 3), "### ### ###");
        let small = [(0.6, 0.6), (0.6, 2.4), (2.4, 2.4), (2.4, 0.6)];
        assert_eq!(drawn(&small, 3, 3), "... .#. ...");
    }

    #[test]
    fn thin_stems_keep_a_pixel_in_both_directions() {
        let upright = [(1.6, 0.0), (1.6, 3.0), (1.9, 3.0), (1.9, 0.0)];
        // The ends are tips: both edges meet before the next row.
        assert_eq!(drawn(&upright, 3, 3), "... .#. ...");
        let lying = [(0.0, 1.6), (3.0, 1.6), (3.0, 1.9), (0.0, 1.9)];
        assert_eq!(drawn(&lying, 3, 3), "... ... .#.");
    }

    #[test]
    fn tips_are_cut() {
        let spike = [(0.0, 3.0), (3.0, 3.0), (1.9, 0.4), (1.6, 0.4)];
        assert_eq!(drawn(&spike, 3, 3), "... .#. ###");
    }
}
