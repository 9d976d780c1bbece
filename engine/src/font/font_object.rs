//! The `Font` of a game: rasterizers in order of preference, line height, and the glyphs seen so far.
//!
//! ```text
//! let mut font = Font::new(rasterizer);
//! font.width(b"Hello")?                     widest line, in units of the game
//! font.glyph(codepoint)?                    bitmap and advance, drawn once
//! font.print(&text, white)?                 pen positions                       (layout.rs)
//! ```
//!
//! Invariants: advances and kerning are whole units (LÖVE rounds after dividing by the DPI scale). A glyph once seen
//! stays, even when fallbacks change: LÖVE's own texture of glyphs does the same.
//!
//! What it does not do: textures, filters: `graphics` keeps those beside the font.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{FontError, GlyphBitmap, Rasterizer, RasterizerKind, utf8};

/// How many spaces a tab is wide in fonts without a tab glyph.
const SPACES_A_TAB: i32 = 4;
const TAB: u32 = 9;
const SPACE: u32 = 32;

/// A glyph ready to be packed into a texture and drawn.
#[derive(Debug)]
pub struct Glyph {
    /// The picture; without pixels for spaces.
    pub bitmap: GlyphBitmap,
    /// Pixels of the picture in one unit.
    pub dpi_scale: f32,
    /// How far the pen moves, in units.
    pub spacing: f32,
}

/// Corners of a rectangle in units, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quad {
    /// Left.
    pub left: f32,
    /// Top.
    pub top: f32,
    /// Right.
    pub right: f32,
    /// Bottom.
    pub bottom: f32,
}

impl Glyph {
    /// Whether there is anything to draw.
    pub fn is_visible(&self) -> bool {
        self.bitmap.width > 0 && self.bitmap.height > 0
    }

    /// Where to draw the picture, relative to the pen. It is one pixel larger on each side than the bitmap: the atlas
    /// keeps transparent pixels there, so that edges stay smooth when text is scaled or turned. The texture rectangle
    /// grows by the same pixel. (The left and upper border are one unit, not one pixel, wide: LÖVE's rule.)
    pub fn quad(&self) -> Quad {
        let bitmap = &self.bitmap;
        let left = bitmap.bearing_x as f32 / self.dpi_scale;
        let top = -(bitmap.bearing_y as f32) / self.dpi_scale;
        Quad {
            left: left - 1.0,
            top: top - 1.0,
            right: left + (bitmap.width + 1) as f32 / self.dpi_scale,
            bottom: top + (bitmap.height + 1) as f32 / self.dpi_scale,
        }
    }
}

/// A font with fallbacks.
#[derive(Debug)]
pub struct Font {
    rasterizers: Vec<Arc<Rasterizer>>,
    line_height: f32,
    tab_is_spaces: bool,
    glyphs: FxHashMap<u32, Arc<Glyph>>,
    kerning: FxHashMap<(u32, u32), f32>,
}

/// Rounded as LÖVE rounds: halves upwards.
fn rounded(value: f32) -> f32 {
    (value + 0.5).floor()
}

impl Font {
    /// A font of one rasterizer.
    pub fn new(rasterizer: Arc<Rasterizer>) -> Self {
        Self {
            line_height: 1.0,
            tab_is_spaces: !rasterizer.has_glyph(TAB),
            rasterizers: vec![rasterizer],
            glyphs: FxHashMap::default(),
            kerning: FxHashMap::default(),
        }
    }

    /// The rasterizer that decides metrics.
    pub fn rasterizer(&self) -> &Arc<Rasterizer> {
        &self.rasterizers[0]
    }

    /// Pixels in one unit.
    pub fn dpi_scale(&self) -> f32 {
        self.rasterizers[0].dpi_scale()
    }

    /// Height of a line without line spacing.
    pub fn height(&self) -> f32 {
        rounded(self.rasterizers[0].height() as f32 / self.dpi_scale())
    }

    /// Factor between height and line distance; 1 at first.
    pub fn line_height(&self) -> f32 {
        self.line_height
    }

    /// Changes the factor.
    pub fn set_line_height(&mut self, factor: f32) {
        self.line_height = factor;
    }

    /// From line to line when printing.
    pub(super) fn line_distance(&self) -> f32 {
        self.height() * self.line_height
    }

    /// From the baseline up.
    pub fn ascent(&self) -> f32 {
        rounded(self.rasterizers[0].ascent() as f32 / self.dpi_scale())
    }

    /// From the baseline down, negative.
    pub fn descent(&self) -> f32 {
        rounded(self.rasterizers[0].descent() as f32 / self.dpi_scale())
    }

    /// From the top of a line to its baseline.
    pub fn baseline(&self) -> f32 {
        let ascent = self.ascent();
        if ascent != 0.0 {
            ascent
        } else if self.rasterizers[0].kind() == RasterizerKind::TrueType {
            // Such a font says nothing; LÖVE takes its lines to be a quarter higher than its letters.
            rounded(self.height() / 1.25)
        } else {
            0.0
        }
    }

    /// What printing adds to the y of a glyph: outline glyphs hang on the baseline.
    pub(super) fn baseline_shift(&self) -> f32 {
        match self.rasterizers[0].kind() {
            RasterizerKind::TrueType => self.baseline(),
            RasterizerKind::Image => 0.0,
        }
    }

    /// Whether any rasterizer has the glyph.
    pub fn has_glyph(&self, codepoint: u32) -> bool {
        self.rasterizers
            .iter()
            .any(|rasterizer| rasterizer.has_glyph(codepoint))
    }

    /// Whether every character of the text has a glyph; false for an empty one.
    pub fn has_glyphs(&self, text: &[u8]) -> Result<bool, FontError> {
        let codepoints = utf8::codepoints(text)?;
        Ok(!codepoints.is_empty()
            && codepoints
                .iter()
                .all(|codepoint| self.has_glyph(*codepoint)))
    }

    /// Replaces the fallbacks. They have to be of the same kind as this font.
    pub fn set_fallbacks(&mut self, fallbacks: &[Arc<Rasterizer>]) -> Result<(), FontError> {
        let kind = self.rasterizers[0].kind();
        if fallbacks.iter().any(|fallback| fallback.kind() != kind) {
            return Err(FontError::new(
                "Font fallbacks must be of the same font type.",
            ));
        }
        self.rasterizers.truncate(1);
        self.rasterizers.extend(fallbacks.iter().cloned());
        Ok(())
    }

    /// The glyph for a code point, drawn on first use. A character that no rasterizer has is the first one's box.
    pub fn glyph(&mut self, codepoint: u32) -> Result<Arc<Glyph>, FontError> {
        if let Some(glyph) = self.glyphs.get(&codepoint) {
            return Ok(Arc::clone(glyph));
        }
        let source = self
            .rasterizers
            .iter()
            .find(|rasterizer| rasterizer.has_glyph(codepoint))
            .unwrap_or(&self.rasterizers[0]);
        let (bitmap, dpi_scale) = if codepoint == TAB && self.tab_is_spaces {
            let mut space = self.rasterizers[0].glyph(SPACE)?;
            space.codepoint = TAB;
            space.advance = space.advance.saturating_mul(SPACES_A_TAB);
            (space.width, space.height) = (0, 0);
            space.bytes.clear();
            (space, self.dpi_scale())
        } else {
            (source.glyph(codepoint)?, source.dpi_scale())
        };
        let spacing = rounded(bitmap.advance as f32 / dpi_scale);
        let glyph = Arc::new(Glyph {
            bitmap,
            dpi_scale,
            spacing,
        });
        self.glyphs.insert(codepoint, Arc::clone(&glyph));
        Ok(glyph)
    }

    /// What to add to the pen between two code points, in units.
    pub fn kerning(&mut self, left: u32, right: u32) -> f32 {
        if let Some(known) = self.kerning.get(&(left, right)) {
            return *known;
        }
        let source = self
            .rasterizers
            .iter()
            .find(|rasterizer| rasterizer.has_glyph(left) && rasterizer.has_glyph(right))
            .unwrap_or(&self.rasterizers[0]);
        let kerning = rounded(source.kerning(left, right) as f32 / source.dpi_scale());
        self.kerning.insert((left, right), kerning);
        kerning
    }

    /// Width of the widest line of the text.
    pub fn width(&mut self, text: &[u8]) -> Result<i32, FontError> {
        let mut widest = 0;
        for line in text.split(|byte| *byte == b'\n') {
            let mut width = 0i32;
            let mut previous = 0;
            for codepoint in utf8::codepoints(line)? {
                if codepoint == u32::from('\r') {
                    continue;
                }
                let spacing = self.glyph(codepoint)?.spacing + self.kerning(previous, codepoint);
                width = width.saturating_add(spacing as i32);
                previous = codepoint;
            }
            widest = widest.max(width);
        }
        Ok(widest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hinting, ImageFont};
    use super::*;
    use crate::image::{ImageData, PixelFormat};

    fn vera(size: i64, dpi_scale: f32) -> Font {
        Font::new(Rasterizer::default_font(size, Hinting::Normal, dpi_scale).unwrap())
    }

    const TEXTS: [&str; 6] = [
        "Hello World",
        "AVAVAV To. Ty, We",
        "The quick brown fox\njumps over\tthe lazy dog",
        "éüñ€ Ω ☃ 漢字",
        "  lead and trail  ",
        "WAWAWA\r\nxx",
    ];

    /// As LÖVE prints them: size, widths of TEXTS, then height, ascent, descent, baseline, and the kerning of the
    /// pairs AV, To, fi.
    type Numbers = (i64, [i32; 6], [f32; 4], [f32; 3]);
    const NUMBERS: &[Numbers] = &[
        (
            8,
            [46, 78, 107, 50, 65, 39],
            [9.0, 8.0, -2.0, 8.0],
            [0.0, 0.0, 0.0],
        ),
        (
            12,
            [68, 113, 157, 73, 95, 60],
            [14.0, 12.0, -3.0, 12.0],
            [0.0, -1.0, 0.0],
        ),
        (
            13,
            [76, 125, 169, 78, 102, 66],
            [15.0, 13.0, -4.0, 13.0],
            [0.0, -1.0, 0.0],
        ),
        (
            16,
            [91, 146, 206, 97, 125, 76],
            [19.0, 15.0, -4.0, 15.0],
            [-1.0, -2.0, 0.0],
        ),
        (
            24,
            [140, 220, 316, 144, 193, 115],
            [28.0, 23.0, -6.0, 23.0],
            [-1.0, -4.0, 0.0],
        ),
        (
            48,
            [272, 431, 620, 290, 375, 225],
            [56.0, 45.0, -12.0, 45.0],
            [-3.0, -8.0, 0.0],
        ),
    ];

    #[test]
    fn numbers_equal_loves() {
        for (size, widths, lines, pairs) in NUMBERS {
            let mut font = vera(*size, 1.0);
            let got = TEXTS.map(|text| font.width(text.as_bytes()).unwrap());
            assert_eq!(got, *widths, "at size {size}");
            let got = [
                font.height(),
                font.ascent(),
                font.descent(),
                font.baseline(),
            ];
            assert_eq!(got, *lines, "at size {size}");
            let got = [('A', 'V'), ('T', 'o'), ('f', 'i')]
                .map(|(left, right)| font.kerning(u32::from(left), u32::from(right)));
            assert_eq!(got, *pairs, "at size {size}");
        }
    }

    #[test]
    fn dpi_scales_divide_and_round_as_in_love() {
        let mut double = vera(12, 2.0);
        assert_eq!(
            (double.height(), double.width(b"Hello World").unwrap()),
            (14.0, 74)
        );
        assert_eq!(vera(12, 1.5).width(b"Hello World").unwrap(), 66);
    }

    #[test]
    fn a_tab_is_four_spaces() {
        let mut font = vera(12, 1.0);
        assert_eq!(
            (font.width(b"\t").unwrap(), font.width(b" ").unwrap()),
            (16, 4)
        );
    }

    #[test]
    fn glyphs_are_asked_of_every_rasterizer() {
        let font = vera(12, 1.0);
        assert_eq!(font.has_glyphs(b""), Ok(false));
        assert_eq!(font.has_glyphs("é".as_bytes()), Ok(true));
        assert_eq!(font.has_glyphs("é漢".as_bytes()), Ok(false));
    }

    fn picture_font(glyphs: &str, extra_spacing: i32) -> Arc<Rasterizer> {
        let mut picture = ImageData::new(12, 2, PixelFormat::Rgba8).unwrap();
        for (x, red) in [0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1].into_iter().enumerate() {
            // Column 9 is black: neither the spacer nor the red of the others.
            let green = if x == 9 { 0 } else { 1 - red };
            let colour = [f64::from(red), f64::from(green), 0.0, 1.0];
            picture.set_pixel(x as i64, 0, colour).unwrap();
        }
        ImageFont::rasterizer(picture, glyphs.as_bytes(), extra_spacing, 1.0).unwrap()
    }

    #[test]
    fn picture_fonts_measure_as_in_love() {
        let mut font = Font::new(picture_font("xyzwv", 1));
        let got = ["xyz", "xyzw", "xx\tx"].map(|text| font.width(text.as_bytes()).unwrap());
        // LÖVE counts the spacing of glyphs it has, and nothing for others.
        assert_eq!(got, [10, 10, 12]);
        assert_eq!((font.height(), font.baseline()), (2.0, 0.0));
    }

    #[test]
    fn fallbacks_fill_gaps_and_have_to_match_in_kind() {
        let mut font = Font::new(picture_font("xy", 0));
        let error =
            font.set_fallbacks(&[Rasterizer::default_font(12, Hinting::Normal, 1.0).unwrap()]);
        assert_eq!(
            error.unwrap_err().0,
            "Font fallbacks must be of the same font type."
        );
        assert_eq!(font.width(b"q").unwrap(), 0);
        font.set_fallbacks(&[picture_font("abcq", 7), picture_font("qbc", 0)])
            .unwrap();
        assert!(font.has_glyph(u32::from('c')));
        assert_eq!(font.width(b"c").unwrap(), 10);
        assert_eq!(font.width(b"q").unwrap(), 0, "a glyph once seen stays");
    }

    #[test]
    fn quads_grow_by_a_pixel_on_each_side() {
        let mut font = vera(12, 1.0);
        let glyph = font.glyph(u32::from('A')).unwrap();
        let quad = Quad {
            left: -1.0,
            top: -10.0,
            right: 10.0,
            bottom: 1.0,
        };
        assert_eq!(glyph.quad(), quad);
    }
}
