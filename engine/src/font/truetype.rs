//! Outline fonts (TrueType and CFF): metrics, hinted outlines and kerning with FreeType's numbers.
//!
//! Hinting runs the font's own instructions (or the automatic hinter where there are none) in skrifa, a port of
//! FreeType's; filling is coverage.rs. Line metrics are FreeType's formulas: 16.16 scale, ascent rounded up,
//! descent down, height to nearest.
//!
//! Worked example: Vera at 12 pixels per em has 2048 units; its line is 2384 units, so the height is
//! round(2384 · 12 / 2048) = 14.
//!
//! Invariants: sizes are whole pixels per em, at least 1; a font is read-only after creation; a damaged font is an
//! error or an empty glyph and never a panic.
//!
//! What it does not do: pictures in font files, colour glyphs, variation axes, `GPOS` kerning: LÖVE 11 does none of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{
    DrawSettings, Engine, HintingInstance, HintingOptions, OutlineGlyphFormat, OutlinePen,
    SmoothMode, Target,
};
use skrifa::raw::types::Tag;
use skrifa::raw::{FontRef, TableProvider};
use skrifa::{GlyphId, MetadataProvider};

use super::coverage::{self, Mode, Segment};
use super::kern::KernTable;
use super::{FontError, GlyphBitmap};
use crate::image::PixelFormat;

/// How strongly outlines are fitted to the pixel grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hinting {
    /// The font's instructions.
    #[default]
    Normal,
    /// Automatic, vertically only.
    Light,
    /// For pictures of black and white.
    Mono,
    /// None.
    None,
}

impl Hinting {
    /// The mode of this name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "normal" => Some(Self::Normal),
            "light" => Some(Self::Light),
            "mono" => Some(Self::Mono),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// Line metrics in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMetrics {
    /// The widest advance.
    pub advance: i32,
    /// Above the baseline.
    pub ascent: i32,
    /// Below the baseline, negative.
    pub descent: i32,
    /// From line to line.
    pub height: i32,
}

/// An outline font at one size.
pub struct TrueTypeFont {
    file: Arc<[u8]>,
    pixels_per_em: u16,
    /// Font units to 26.6 pixels, in 16.16.
    scale: i64,
    hinting: Hinting,
    hinter: Option<HintingInstance>,
    dpi_scale: f32,
    metrics: LineMetrics,
    kerning: KernTable,
    glyph_count: usize,
}

impl std::fmt::Debug for TrueTypeFont {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TrueTypeFont")
            .field("pixels_per_em", &self.pixels_per_em)
            .field("hinting", &self.hinting)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

/// FreeType's error codes that scripts may have seen.
const UNKNOWN_FILE_FORMAT: u32 = 0x02;
const INVALID_PIXEL_SIZE: u32 = 0x17;

fn load_error(code: u32) -> FontError {
    FontError::new(format!(
        "TrueType Font loading error: FT_New_Face failed: 0x{code:x} (problem with font file?)"
    ))
}

/// 16.16 multiplication rounded to nearest, halves away from zero.
fn multiply_fixed(value: i64, scale: i64) -> i64 {
    let product = value * scale;
    (product + 0x8000 + (product >> 63)) >> 16
}

fn round_to_pixels(value: i64) -> i32 {
    ((value + 32) >> 6) as i32
}

/// Lines of the font in font units: ascent, descent (negative), height.
fn design_lines(font: &FontRef) -> Option<(i64, i64, i64)> {
    let hhea = font.hhea().ok()?;
    let os2 = font.os2().ok();
    let typographic = os2.as_ref().map(|os2| {
        let (up, down) = (
            i64::from(os2.s_typo_ascender()),
            i64::from(os2.s_typo_descender()),
        );
        (up, down, up - down + i64::from(os2.s_typo_line_gap()))
    });
    let prefers_typographic = os2
        .as_ref()
        .is_some_and(|os2| os2.fs_selection().bits() & 128 != 0);
    if prefers_typographic {
        return typographic;
    }
    let (up, down) = (
        i64::from(hhea.ascender().to_i16()),
        i64::from(hhea.descender().to_i16()),
    );
    if up != 0 || down != 0 {
        return Some((up, down, up - down + i64::from(hhea.line_gap().to_i16())));
    }
    match (typographic, os2) {
        (Some((up, down, height)), _) if up != 0 || down != 0 => Some((up, down, height)),
        (_, Some(os2)) => {
            let (up, down) = (
                i64::from(os2.us_win_ascent()),
                -i64::from(os2.us_win_descent()),
            );
            Some((up, down, up - down))
        }
        _ => Some((0, 0, 0)),
    }
}

fn line_metrics(font: &FontRef, scale: i64) -> Option<LineMetrics> {
    let (up, down, height) = design_lines(font)?;
    let (up, down) = (multiply_fixed(up, scale), multiply_fixed(down, scale));
    let widest = i64::from(font.hhea().ok()?.advance_width_max().to_u16());
    Some(LineMetrics {
        advance: round_to_pixels(multiply_fixed(widest, scale)),
        ascent: ((up + 63) >> 6) as i32,
        descent: (down >> 6) as i32,
        height: round_to_pixels(multiply_fixed(height, scale)),
    })
}

fn hinter(font: &FontRef, pixels_per_em: u16, hinting: Hinting) -> Option<HintingInstance> {
    let outlines = font.outline_glyphs();
    let has_instructions_only = matches!(
        outlines.format(),
        Some(OutlineGlyphFormat::Cff | OutlineGlyphFormat::Cff2)
    );
    let (engine, target) = match hinting {
        Hinting::None => return None,
        Hinting::Normal => (Engine::AutoFallback, SmoothMode::Normal.into()),
        Hinting::Mono => (Engine::AutoFallback, Target::Mono),
        // FreeType's light mode is the automatic hinter, except for CFF, whose own hints are vertical already.
        Hinting::Light if has_instructions_only => (Engine::Interpreter, SmoothMode::Light.into()),
        Hinting::Light => (Engine::Auto(None), SmoothMode::Light.into()),
    };
    HintingInstance::new(
        &outlines,
        Size::new(f32::from(pixels_per_em)),
        LocationRef::default(),
        HintingOptions { engine, target },
    )
    .ok()
}

impl TrueTypeFont {
    /// Reads the font file. `size` times `dpi_scale`, rounded, is the number of pixels per em.
    pub fn new(
        file: Arc<[u8]>,
        size: i64,
        hinting: Hinting,
        dpi_scale: f32,
    ) -> Result<Self, FontError> {
        let scaled = (size as f32 * dpi_scale + 0.5).floor();
        if scaled.is_nan() || scaled < 1.0 {
            return Err(FontError::new(format!(
                "Invalid TrueType font size: {}",
                scaled as i32
            )));
        }
        if scaled > f32::from(u16::MAX) {
            return Err(FontError::new(format!(
                "TrueType Font loading error: FT_Set_Pixel_Sizes failed: 0x{INVALID_PIXEL_SIZE:x} (invalid size?)"
            )));
        }
        let pixels_per_em = scaled as u16;
        catch_unwind(AssertUnwindSafe(|| {
            Self::read(file.clone(), pixels_per_em, hinting, dpi_scale)
        }))
        .ok()
        .flatten()
        .ok_or_else(|| load_error(UNKNOWN_FILE_FORMAT))
    }

    fn read(file: Arc<[u8]>, pixels_per_em: u16, hinting: Hinting, dpi_scale: f32) -> Option<Self> {
        let font = FontRef::from_index(&file, 0).ok()?;
        let units_per_em = i64::from(font.head().ok()?.units_per_em());
        if units_per_em == 0 {
            return None;
        }
        let em = i64::from(pixels_per_em) << 6;
        let scale = ((em << 16) + units_per_em / 2) / units_per_em;
        let metrics = line_metrics(&font, scale)?;
        let hinter = hinter(&font, pixels_per_em, hinting);
        let kern = font.table_data(Tag::new(b"kern"));
        let kerning = KernTable::parse(kern.as_ref().map(|table| table.as_bytes()));
        let glyph_count = usize::from(font.maxp().ok()?.num_glyphs());
        Some(Self {
            pixels_per_em,
            scale,
            hinting,
            hinter,
            dpi_scale,
            metrics,
            kerning,
            glyph_count,
            file,
        })
    }

    /// Whether the bytes are a font this module reads.
    pub fn accepts(file: &[u8]) -> bool {
        catch_unwind(|| FontRef::from_index(file, 0).is_ok_and(|font| font.head().is_ok()))
            .unwrap_or(false)
    }

    /// Line metrics.
    pub fn metrics(&self) -> LineMetrics {
        self.metrics
    }

    /// Pixels in one unit of the game.
    pub fn dpi_scale(&self) -> f32 {
        self.dpi_scale
    }

    /// Number of glyphs in the file.
    pub fn glyph_count(&self) -> usize {
        self.glyph_count
    }

    /// Number of the glyph for a code point; 0 is the box for missing ones.
    fn glyph_id(&self, font: &FontRef, codepoint: u32) -> u16 {
        font.charmap()
            .map(codepoint)
            .and_then(|glyph| u16::try_from(glyph.to_u32()).ok())
            .unwrap_or(0)
    }

    /// Whether the font has a glyph of its own for the code point.
    pub fn has_glyph(&self, codepoint: u32) -> bool {
        FontRef::from_index(&self.file, 0).is_ok_and(|font| self.glyph_id(&font, codepoint) != 0)
    }

    /// Draws a glyph.
    pub fn glyph(&self, codepoint: u32) -> Result<GlyphBitmap, FontError> {
        // Damaged fonts reach deep into third-party code; what goes wrong there is this font's error.
        catch_unwind(AssertUnwindSafe(|| self.draw(codepoint))).unwrap_or_else(|_| {
            Err(FontError::new(
                "TrueType Font glyph error: FT_Load_Glyph failed (0x14)",
            ))
        })
    }

    fn draw(&self, codepoint: u32) -> Result<GlyphBitmap, FontError> {
        let font =
            FontRef::from_index(&self.file, 0).map_err(|_| load_error(UNKNOWN_FILE_FORMAT))?;
        let glyph_id = GlyphId::new(u32::from(self.glyph_id(&font, codepoint)));
        let mut pen = SegmentPen::default();
        let mut hinted_advance = None;
        if let Some(outline) = font.outline_glyphs().get(glyph_id) {
            let drawn = match &self.hinter {
                Some(hinter) => outline.draw(DrawSettings::hinted(hinter, false), &mut pen),
                None => Err(skrifa::outline::DrawError::NoSources),
            };
            match drawn {
                Ok(adjusted) => hinted_advance = adjusted.advance_width,
                Err(_) => {
                    // Not hinted on purpose, or the instructions are broken: the plain outline.
                    pen.segments.clear();
                    let size = Size::new(f32::from(self.pixels_per_em));
                    let settings = DrawSettings::unhinted(size, LocationRef::default());
                    if outline.draw(settings, &mut pen).is_err() {
                        pen.segments.clear();
                    }
                }
            }
        }
        let mode = match self.hinting {
            // FreeType counts finer for small sizes.
            Hinting::Mono if self.pixels_per_em < 24 => Mode::Monochrome { unit: 4096.0 },
            Hinting::Mono => Mode::Monochrome { unit: 64.0 },
            _ => Mode::Smooth,
        };
        let filled = coverage::fill(&pen.segments, mode)?;
        Ok(GlyphBitmap {
            codepoint,
            width: filled.width,
            height: filled.height,
            bearing_x: filled.left,
            bearing_y: filled.top,
            advance: self.advance(&font, glyph_id, hinted_advance),
            format: PixelFormat::La8,
            bytes: filled
                .bytes
                .iter()
                .flat_map(|alpha| [255, *alpha])
                .collect(),
        })
    }

    /// Hinted advances are whole pixels already; without hinting LÖVE cuts the fraction off.
    fn advance(&self, font: &FontRef, glyph_id: GlyphId, hinted: Option<f32>) -> i32 {
        if let Some(hinted) = hinted {
            return hinted.round() as i32;
        }
        let design = font
            .hmtx()
            .ok()
            .and_then(|table| table.advance(glyph_id))
            .unwrap_or(0);
        let scaled = multiply_fixed(i64::from(design), self.scale);
        if self.hinting == Hinting::None {
            (scaled >> 6) as i32
        } else {
            round_to_pixels(scaled)
        }
    }

    /// Adjustment between two code points in whole pixels. FreeType shrinks it below 25 pixels per em.
    pub fn kerning(&self, left: u32, right: u32) -> i32 {
        if self.kerning.is_empty() {
            return 0;
        }
        let Ok(font) = FontRef::from_index(&self.file, 0) else {
            return 0;
        };
        let pair = self
            .kerning
            .pair(self.glyph_id(&font, left), self.glyph_id(&font, right));
        let mut scaled = multiply_fixed(i64::from(pair), self.scale);
        if self.pixels_per_em < 25 {
            let magnitude = (scaled.abs() * i64::from(self.pixels_per_em) + 12) / 25;
            scaled = magnitude * scaled.signum();
        }
        round_to_pixels(scaled)
    }
}

/// Collects an outline in 26.6.
#[derive(Default)]
struct SegmentPen {
    segments: Vec<Segment>,
}

/// Rounded because FreeType keeps every point, hinted or not, in 26.6.
fn fixed(x: f32, y: f32) -> coverage::Point {
    ((x * 64.0).round() as i32, (y * 64.0).round() as i32)
}

impl OutlinePen for SegmentPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.segments.push(Segment::Move(fixed(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.segments.push(Segment::Line(fixed(x, y)));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.segments
            .push(Segment::Quadratic(fixed(cx, cy), fixed(x, y)));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (first, second) = (fixed(cx0, cy0), fixed(cx1, cy1));
        self.segments
            .push(Segment::Cubic(first, second, fixed(x, y)));
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::super::Rasterizer;
    use super::*;

    fn vera(size: i64, hinting: Hinting) -> Arc<Rasterizer> {
        Rasterizer::default_font(size, hinting, 1.0).unwrap()
    }

    // height, ascent, descent, advance of the rasterizer as LÖVE prints them.
    #[test]
    fn line_metrics_equal_loves() {
        for (size, expected) in LINES {
            let font = vera(*size, Hinting::Normal);
            let got = [font.height(), font.ascent(), font.descent(), font.advance()];
            assert_eq!(got, *expected, "at size {size}");
        }
    }

    const LINES: &[(i64, [i32; 4])] = &[
        (6, [7, 6, -2, 8]),
        (8, [9, 8, -2, 11]),
        (9, [10, 9, -3, 12]),
        (10, [12, 10, -3, 13]),
        (11, [13, 11, -3, 15]),
        (12, [14, 12, -3, 16]),
        (13, [15, 13, -4, 17]),
        (14, [16, 13, -4, 19]),
        (16, [19, 15, -4, 21]),
        (18, [21, 17, -5, 24]),
        (20, [23, 19, -5, 27]),
        (24, [28, 23, -6, 32]),
        (25, [29, 24, -6, 34]),
        (30, [35, 28, -8, 40]),
        (36, [42, 34, -9, 48]),
        (48, [56, 45, -12, 64]),
        (72, [84, 67, -17, 97]),
    ];

    /// What GlyphData of LÖVE holds: width, height, bearings, advance and the alpha of each pixel.
    struct ExpectedGlyph {
        hinting: Hinting,
        codepoint: u32,
        shape: [i32; 5],
        alpha: &'static [u8],
    }

    const GLYPHS: &[ExpectedGlyph] = &[
        ExpectedGlyph {
            hinting: Hinting::Normal,
            codepoint: 65,
            shape: [9, 9, 0, 9, 8],
            alpha: &[
                0, 0, 0, 192, 239, 7, 0, 0, 0, 0, 0, 32, 247, 216, 85, 0, 0, 0, 0, 0, 126, 176,
                121, 180, 0, 0, 0, 0, 0, 220, 89, 34, 251, 23, 0, 0, 0, 60, 246, 12, 0, 203, 113,
                0, 0, 0, 155, 171, 0, 0, 116, 208, 0, 0, 9, 241, 255, 255, 255, 255, 255, 47, 0,
                89, 234, 6, 0, 0, 0, 186, 141, 0, 184, 138, 0, 0, 0, 0, 83, 232, 4,
            ],
        },
        ExpectedGlyph {
            hinting: Hinting::Normal,
            codepoint: 103,
            shape: [7, 10, 0, 7, 8],
            alpha: &[
                0, 44, 202, 241, 182, 162, 136, 3, 219, 127, 14, 79, 251, 136, 54, 234, 3, 0, 0,
                178, 136, 80, 207, 0, 0, 0, 147, 136, 55, 234, 3, 0, 0, 178, 136, 4, 220, 127, 14,
                78, 251, 136, 0, 47, 203, 241, 182, 169, 130, 0, 0, 0, 0, 0, 186, 101, 0, 103, 60,
                13, 96, 246, 27, 0, 36, 190, 243, 209, 69, 0,
            ],
        },
        ExpectedGlyph {
            hinting: Hinting::Normal,
            codepoint: 9731,
            shape: [7, 11, 0, 8, 7],
            alpha: &[
                104, 255, 255, 255, 255, 255, 152, 104, 68, 0, 0, 0, 16, 152, 104, 68, 0, 0, 0, 16,
                152, 104, 68, 0, 0, 0, 16, 152, 104, 68, 0, 0, 0, 16, 152, 104, 68, 0, 0, 0, 16,
                152, 104, 68, 0, 0, 0, 16, 152, 104, 68, 0, 0, 0, 16, 152, 104, 68, 0, 0, 0, 16,
                152, 104, 68, 0, 0, 0, 16, 152, 104, 255, 255, 255, 255, 255, 152,
            ],
        },
        ExpectedGlyph {
            hinting: Hinting::Light,
            codepoint: 103,
            shape: [7, 10, 0, 7, 8],
            alpha: &[
                0, 44, 202, 241, 180, 156, 136, 3, 219, 115, 3, 64, 246, 136, 54, 233, 2, 0, 0,
                176, 136, 80, 207, 0, 0, 0, 147, 136, 55, 233, 2, 0, 0, 176, 136, 4, 220, 115, 3,
                64, 246, 136, 0, 47, 203, 242, 180, 160, 129, 0, 0, 0, 0, 0, 178, 101, 0, 60, 22,
                1, 73, 244, 28, 0, 100, 232, 239, 212, 78, 0,
            ],
        },
        ExpectedGlyph {
            hinting: Hinting::None,
            codepoint: 103,
            shape: [7, 10, 0, 7, 7],
            alpha: &[
                0, 12, 133, 174, 109, 80, 76, 0, 191, 166, 62, 125, 236, 136, 45, 241, 9, 0, 0,
                190, 136, 78, 207, 0, 0, 0, 148, 136, 59, 229, 0, 0, 0, 170, 136, 6, 225, 102, 0,
                53, 244, 136, 0, 50, 205, 236, 184, 165, 125, 0, 0, 0, 0, 0, 201, 86, 0, 109, 133,
                110, 177, 207, 5, 0, 32, 105, 121, 87, 7, 0,
            ],
        },
        ExpectedGlyph {
            hinting: Hinting::Mono,
            codepoint: 65,
            shape: [8, 9, 0, 9, 8],
            alpha: &[
                0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0,
                0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0,
                0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0, 0, 0,
                0, 255,
            ],
        },
    ];

    #[test]
    fn glyphs_equal_freetypes() {
        for expected in GLYPHS {
            let glyph = vera(12, expected.hinting)
                .glyph(expected.codepoint)
                .unwrap();
            let shape = [
                glyph.width as i32,
                glyph.height as i32,
                glyph.bearing_x,
                glyph.bearing_y,
                glyph.advance,
            ];
            assert_eq!(shape, expected.shape, "{}", expected.codepoint);
            for (pixel, alpha) in glyph.bytes.chunks_exact(2).zip(expected.alpha) {
                assert_eq!(pixel[0], 255);
                assert!(
                    pixel[1].abs_diff(*alpha) <= 4,
                    "{} {pixel:?} {alpha}",
                    expected.codepoint
                );
            }
        }
    }

    #[test]
    fn sizes_that_cannot_be_are_loves_errors() {
        for (size, text) in [
            (0, "Invalid TrueType font size: 0"),
            (-3, "Invalid TrueType font size: -3"),
        ] {
            let error = Rasterizer::default_font(size, Hinting::Normal, 1.0).unwrap_err();
            assert_eq!(error.0, text);
        }
        assert!(Rasterizer::default_font(i64::MAX, Hinting::Normal, 1.0).is_err());
        assert!(Rasterizer::default_font(12, Hinting::Normal, f32::NAN).is_err());
        let huge = vera(60_000, Hinting::None);
        assert!(huge.glyph(u32::from('W')).is_err());
    }

    #[test]
    fn damaged_fonts_are_errors_and_never_panics() {
        let mut state = 0x9e37_79b9u32;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize
        };
        let mut refused = 0;
        for round in 0..120 {
            let mut file = super::super::DEFAULT_FONT.to_vec();
            if round % 3 == 0 {
                file.truncate(random() % file.len());
            } else {
                // Half of the damage goes into the table directory and the tables at the start.
                let reach = if round % 2 == 0 { 2000 } else { file.len() };
                for _ in 0..1 + random() % 20 {
                    let position = random() % reach;
                    file[position] = random() as u8;
                }
            }
            match TrueTypeFont::new(file.into(), 13, Hinting::Normal, 1.0) {
                Err(_) => refused += 1,
                Ok(font) => {
                    for character in "Ag@\u{e9}".chars() {
                        let _ = font.glyph(u32::from(character));
                        let _ = font.kerning(u32::from(character), 65);
                    }
                }
            }
        }
        assert!(refused > 20, "only {refused} refused");
        assert!(!TrueTypeFont::accepts(b"no font"));
        assert_eq!(
            TrueTypeFont::new(Arc::from(&b"no font"[..]), 12, Hinting::Normal, 1.0)
                .unwrap_err()
                .0,
            "TrueType Font loading error: FT_New_Face failed: 0x2 (problem with font file?)"
        );
    }
}
