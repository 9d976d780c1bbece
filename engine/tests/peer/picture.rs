//! The rule by which a picture of rlove counts as equal to LÖVE's.
//!
//! Two renderers never agree on every pixel: glyphs are rasterised by different libraries, and an edge may fall
//! on the other side of a pixel centre. So a comparison leaves out (the *mask*)
//!
//! - the boxes that text was printed into, taken from rlove's command list, and
//! - pixels with a neighbour (of eight) whose colour differs by more than [`STEP_LIMIT`] in LÖVE's picture,
//!
//! which together may cover at most [`MASK_LIMIT`] of the picture, and demands that of the rest at least
//! `1 - DIFFERING_LIMIT` are within [`CHANNEL_TOLERANCE`] in every channel.
//!
//! ```text
//! LÖVE        rlove       mask        verdict
//! ........    ........    ........
//! ..####..    ...###..    .######.    the edge moved by one pixel: masked, equal
//! ..####..    ...###..    .######.
//! ........    ........    .######.
//! ```
//!
//! The mask depends only on LÖVE's picture and on text boxes, never on where rlove happens to differ.

use std::path::Path;

/// Largest difference of a channel that still counts as the same colour.
pub const CHANNEL_TOLERANCE: u8 = 8;
/// A difference of neighbours above this is an edge.
pub const STEP_LIMIT: u8 = 32;
/// Largest share of a picture that may be left out.
pub const MASK_LIMIT: f64 = 0.25;
/// Largest share of the compared pixels that may differ.
pub const DIFFERING_LIMIT: f64 = 0.01;

/// A picture of 8-bit RGBA pixels, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Row by row from the top.
    pub pixels: Vec<[u8; 4]>,
}

/// A rectangle in pixels; edges may lie outside of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextBox {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Share of the picture that was left out, 0 to 1.
    pub masked: f64,
    /// Share of the compared pixels that differ, 0 to 1.
    pub differing: f64,
    /// Largest channel difference among the compared pixels.
    pub largest_difference: u8,
}

impl Comparison {
    /// Whether the pictures count as equal.
    pub fn passes(&self) -> bool {
        self.masked <= MASK_LIMIT && self.differing <= DIFFERING_LIMIT
    }
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "masked {:.2} %, differing {:.3} % of the rest, largest difference {}/255",
            self.masked * 100.0,
            self.differing * 100.0,
            self.largest_difference
        )
    }
}

fn difference(a: [u8; 4], b: [u8; 4]) -> u8 {
    (0..4)
        .map(|channel| a[channel].abs_diff(b[channel]))
        .max()
        .unwrap_or(0)
}

impl Picture {
    /// Reads a picture file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let decoded = image::open(path)
            .map_err(|error| format!("{}: {error}", path.display()))?
            .to_rgba8();
        Ok(Self {
            width: decoded.width() as usize,
            height: decoded.height() as usize,
            pixels: decoded.pixels().map(|pixel| pixel.0).collect(),
        })
    }

    /// Writes a PNG file, for a person to look at.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        image::save_buffer(
            path,
            self.pixels.as_flattened(),
            self.width as u32,
            self.height as u32,
            image::ExtendedColorType::Rgba8,
        )
        .map_err(|error| format!("{}: {error}", path.display()))
    }

    fn at(&self, x: usize, y: usize) -> [u8; 4] {
        self.pixels[y * self.width + x]
    }

    /// Whether a neighbour differs by more than [`STEP_LIMIT`].
    fn at_step(&self, x: usize, y: usize) -> bool {
        let own = self.at(x, y);
        let columns = x.saturating_sub(1)..=(x + 1).min(self.width - 1);
        columns.into_iter().any(|column| {
            (y.saturating_sub(1)..=(y + 1).min(self.height - 1))
                .any(|row| difference(own, self.at(column, row)) > STEP_LIMIT)
        })
    }

    /// The pixels that a comparison with this picture of LÖVE leaves out.
    pub fn mask(&self, text_boxes: &[TextBox]) -> Vec<bool> {
        let mut mask: Vec<bool> = (0..self.pixels.len())
            .map(|index| self.at_step(index % self.width, index / self.width))
            .collect();
        for text_box in text_boxes {
            let clip = |edge: f64, size: usize| edge.clamp(0.0, size as f64) as usize;
            let columns =
                clip(text_box.left.floor(), self.width)..clip(text_box.right.ceil(), self.width);
            for row in
                clip(text_box.top.floor(), self.height)..clip(text_box.bottom.ceil(), self.height)
            {
                let start = row * self.width;
                if columns.start < columns.end {
                    mask[start + columns.start..start + columns.end].fill(true);
                }
            }
        }
        mask
    }
}

/// Compares by the rule above. An error if the sizes differ.
pub fn compare(
    love: &Picture,
    rlove: &Picture,
    text_boxes: &[TextBox],
) -> Result<Comparison, String> {
    if (love.width, love.height) != (rlove.width, rlove.height) {
        return Err(format!(
            "LÖVE's picture is {}x{}, rlove's {}x{}",
            love.width, love.height, rlove.width, rlove.height
        ));
    }
    let mask = love.mask(text_boxes);
    let mut masked = 0usize;
    let mut differing = 0usize;
    let mut largest_difference = 0;
    for (index, &left_out) in mask.iter().enumerate() {
        if left_out {
            masked += 1;
            continue;
        }
        let distance = difference(love.pixels[index], rlove.pixels[index]);
        largest_difference = largest_difference.max(distance);
        differing += usize::from(distance > CHANNEL_TOLERANCE);
    }
    let compared = mask.len() - masked;
    Ok(Comparison {
        masked: masked as f64 / mask.len().max(1) as f64,
        differing: differing as f64 / compared.max(1) as f64,
        largest_difference,
    })
}

/// LÖVE's picture, rlove's, and where they differ (red: counts, blue: masked), side by side.
pub fn side_by_side(love: &Picture, rlove: &Picture, text_boxes: &[TextBox]) -> Picture {
    let (width, height) = (love.width, love.height);
    let mask = love.mask(text_boxes);
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        pixels.extend((0..width).map(|x| love.at(x, y)));
        let ours = |x: usize| (x < rlove.width && y < rlove.height).then(|| rlove.at(x, y));
        pixels.extend((0..width).map(|x| ours(x).unwrap_or([255, 0, 255, 255])));
        pixels.extend((0..width).map(|x| {
            let distance = ours(x).map_or(255, |pixel| difference(love.at(x, y), pixel));
            match (mask[y * width + x], distance > CHANNEL_TOLERANCE) {
                (true, true) => [60, 60, 255, 255],
                (true, false) => [0, 0, 70, 255],
                (false, true) => [255, distance / 2, distance / 2, 255],
                (false, false) => [0, 0, 0, 255],
            }
        }));
    }
    Picture {
        width: 3 * width,
        height,
        pixels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: [u8; 4] = [0, 0, 0, 255];
    const WHITE: [u8; 4] = [255, 255, 255, 255];

    fn filled(width: usize, height: usize, color: [u8; 4]) -> Picture {
        Picture {
            width,
            height,
            pixels: vec![color; width * height],
        }
    }

    fn with_bar(columns: std::ops::Range<usize>) -> Picture {
        let mut picture = filled(100, 100, BLACK);
        for y in 0..100 {
            picture.pixels[y * 100 + columns.start..y * 100 + columns.end].fill(WHITE);
        }
        picture
    }

    #[test]
    fn equal_pictures_pass_with_nothing_masked() {
        let picture = filled(10, 10, WHITE);
        let found = compare(&picture, &picture, &[]).unwrap();
        assert_eq!(
            found,
            Comparison {
                masked: 0.0,
                differing: 0.0,
                largest_difference: 0
            }
        );
        assert!(found.passes());
    }

    #[test]
    fn tolerance_is_eight_and_no_more() {
        let love = filled(10, 10, [100, 100, 100, 255]);
        assert!(
            compare(&love, &filled(10, 10, [108, 92, 100, 255]), &[])
                .unwrap()
                .passes()
        );
        let found = compare(&love, &filled(10, 10, [109, 100, 100, 255]), &[]).unwrap();
        assert_eq!(found.differing, 1.0);
        assert!(!found.passes());
        assert!(
            !compare(&love, &filled(10, 10, [100, 100, 100, 240]), &[])
                .unwrap()
                .passes()
        );
    }

    #[test]
    fn an_edge_may_move_by_one_pixel_and_not_by_two() {
        let love = with_bar(40..60);
        let near = compare(&love, &with_bar(41..60), &[]).unwrap();
        assert_eq!(near.masked, 0.04);
        assert_eq!(near.differing, 0.0);
        let far = compare(&love, &with_bar(42..60), &[]).unwrap();
        assert_eq!(far.differing, 100.0 / 9600.0);
        assert!(!far.passes());
    }

    #[test]
    fn a_step_of_thirty_two_is_no_edge() {
        let mut love = filled(4, 1, BLACK);
        love.pixels[2] = [32, 0, 0, 255];
        assert_eq!(love.mask(&[]), [false; 4]);
        love.pixels[2] = [33, 0, 0, 255];
        assert_eq!(love.mask(&[]), [false, true, true, true]);
    }

    #[test]
    fn the_mask_does_not_look_at_our_picture() {
        let love = filled(100, 100, BLACK);
        let found = compare(&love, &with_bar(40..60), &[]).unwrap();
        assert_eq!((found.masked, found.differing), (0.0, 0.2));
    }

    #[test]
    fn text_boxes_are_left_out_and_clipped() {
        let love = filled(10, 10, BLACK);
        let text_box = TextBox {
            left: -5.0,
            top: 7.2,
            right: 4.5,
            bottom: 99.0,
        };
        let mut ours = love.clone();
        ours.pixels[7 * 10 + 4] = WHITE;
        let found = compare(&love, &ours, &[text_box]).unwrap();
        assert_eq!((found.masked, found.differing), (0.15, 0.0));
        let inside_out = TextBox {
            left: 5.0,
            top: 5.0,
            right: 2.0,
            bottom: 2.0,
        };
        assert_eq!(compare(&love, &love, &[inside_out]).unwrap().masked, 0.0);
    }

    #[test]
    fn too_large_a_mask_fails() {
        let love = filled(10, 10, BLACK);
        let text_box = TextBox {
            left: 0.0,
            top: 0.0,
            right: 10.0,
            bottom: 3.0,
        };
        assert!(!compare(&love, &love, &[text_box]).unwrap().passes());
    }

    #[test]
    fn sizes_must_agree() {
        let error = compare(&filled(2, 3, BLACK), &filled(3, 2, BLACK), &[]).unwrap_err();
        assert_eq!(error, "LÖVE's picture is 2x3, rlove's 3x2");
    }
}
