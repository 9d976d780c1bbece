//! Fonts in a picture: glyphs side by side, separated by columns of a spacer colour.
//!
//! The spacer is the colour of the upper left pixel; only the top row is looked at. For a top row of `# aa # b #`
//! (`#` the spacer) and the glyph string "xy", `x` is two pixels wide and `y` one. Every glyph is as high as the
//! picture and advances by its width plus the extra spacing.
//!
//! Invariants: the picture is `rgba8`; glyphs for which the picture ends too early do not exist. When a code point is
//! listed twice, the later one counts.
//!
//! What it does not do: kerning, baselines.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{FontError, GlyphBitmap, Rasterizer, utf8};
use crate::image::{ImageData, PixelFormat};

/// A font cut out of a picture.
#[derive(Debug)]
pub struct ImageFont {
    picture: ImageData,
    /// Left edge and width of each glyph.
    columns: FxHashMap<u32, (u32, u32)>,
    listed_count: usize,
    extra_spacing: i32,
    dpi_scale: f32,
}

impl ImageFont {
    /// Cuts `picture` into the glyphs of `glyphs`, in that order.
    pub fn rasterizer(
        picture: ImageData,
        glyphs: &[u8],
        extra_spacing: i32,
        dpi_scale: f32,
    ) -> Result<Arc<Rasterizer>, FontError> {
        let codepoints = utf8::codepoints(glyphs)?;
        if picture.format() != PixelFormat::Rgba8 {
            return Err(FontError::new(
                "Only 32-bit RGBA images are supported in Image Fonts!",
            ));
        }
        let columns = find_columns(&picture, &codepoints);
        Ok(Arc::new(Rasterizer::Image(Self {
            picture,
            columns,
            listed_count: codepoints.len(),
            extra_spacing,
            dpi_scale,
        })))
    }

    /// Height of the picture.
    pub fn height(&self) -> i32 {
        self.picture.height() as i32
    }

    /// Pixels in one unit of the game.
    pub fn dpi_scale(&self) -> f32 {
        self.dpi_scale
    }

    /// How many code points were listed, found or not.
    pub fn glyph_count(&self) -> usize {
        self.listed_count
    }

    /// Whether the picture has the glyph.
    pub fn has_glyph(&self, codepoint: u32) -> bool {
        self.columns.contains_key(&codepoint)
    }

    /// The glyph, with the spacer colour made transparent; nothing for an unknown one.
    pub fn glyph(&self, codepoint: u32) -> GlyphBitmap {
        let found = self.columns.get(&codepoint).copied();
        let (left, width) = found.unwrap_or((0, 0));
        let spacer = &self.picture.bytes()[..4];
        let stride = self.picture.width() as usize * 4;
        let (start, end) = (left as usize * 4, (left + width) as usize * 4);
        let mut bytes = Vec::with_capacity(width as usize * 4 * self.picture.height() as usize);
        for row in self.picture.bytes().chunks_exact(stride) {
            for pixel in row[start..end].chunks_exact(4) {
                bytes.extend_from_slice(if pixel == spacer { &[0; 4] } else { pixel });
            }
        }
        GlyphBitmap {
            codepoint,
            width,
            height: self.picture.height(),
            bearing_x: 0,
            bearing_y: 0,
            advance: found.map_or(0, |_| (width as i32).saturating_add(self.extra_spacing)),
            format: PixelFormat::Rgba8,
            bytes,
        }
    }
}

fn find_columns(picture: &ImageData, codepoints: &[u32]) -> FxHashMap<u32, (u32, u32)> {
    let top_row: Vec<&[u8]> = picture.bytes()[..picture.width() as usize * 4]
        .chunks_exact(4)
        .collect();
    let spacer = top_row[0];
    let mut columns = FxHashMap::default();
    let mut position = 0;
    for codepoint in codepoints {
        let start = position
            + top_row[position..]
                .iter()
                .take_while(|pixel| **pixel == spacer)
                .count();
        let end = start
            + top_row[start..]
                .iter()
                .take_while(|pixel| **pixel != spacer)
                .count();
        if start == end {
            break;
        }
        columns.insert(*codepoint, (start as u32, (end - start) as u32));
        position = end;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture two rows high; `#` is the spacer in the top row, other characters are their own colour.
    fn picture(top: &str) -> ImageData {
        let mut bytes = Vec::new();
        for row in 0..2u8 {
            for character in top.bytes() {
                bytes.extend_from_slice(&[character, row * u8::from(character != b'#'), 0, 255]);
            }
        }
        ImageData::from_raw_bytes(top.len() as i64, 2, PixelFormat::Rgba8, &bytes).unwrap()
    }

    #[test]
    fn separators_cut_the_picture() {
        let font =
            ImageFont::rasterizer(picture("##aab#c###dd"), "xyzwv".as_bytes(), 1, 1.0).unwrap();
        let shape = |character| {
            let glyph = font.glyph(u32::from(character)).unwrap();
            (glyph.width, glyph.height, glyph.advance)
        };
        assert_eq!(shape('x'), (3, 2, 4));
        assert_eq!(shape('y'), (1, 2, 2));
        assert_eq!(shape('z'), (2, 2, 3));
        assert_eq!(shape('w'), (0, 2, 0));
        assert_eq!(font.glyph_count(), 5);
        assert!(font.has_glyph(u32::from('z')) && !font.has_glyph(u32::from('v')));
        let glyph = font.glyph(u32::from('x')).unwrap();
        assert_eq!(&glyph.bytes[8..16], [b'b', 0, 0, 255, b'a', 1, 0, 255]);
    }

    #[test]
    fn pictures_without_glyphs_are_empty_fonts() {
        let font = ImageFont::rasterizer(picture("####"), b"ab", 0, 1.0).unwrap();
        assert!(!font.has_glyph(u32::from('a')));
        assert!(ImageFont::rasterizer(picture("#"), b"\xff", 0, 1.0).is_err());
    }
}
