//! Fonts: from a font file or a picture to glyph bitmaps, and from a string to positions.
//!
//! ```text
//! font file ─ truetype.rs ─┐                       (outlines: hinted by skrifa, filled by coverage.rs, kerned by kern.rs)
//! picture   ─ image_font.rs ┼─► Rasterizer ─► Glyph ─► Font (font_object.rs) ─► lines and pen positions (layout.rs)
//! .fnt text ─ bmfont.rs  ──┘
//! ```
//!
//! Worked example: `Font::new(Rasterizer::default_font(12, Hinting::Normal, 1.0)?)` has a height of 14, and
//! `font.width(b"Hello")` is 32 (LÖVE says the same): every glyph advances by whole pixels.
//!
//! Invariants: numbers equal LÖVE 11's, which equal FreeType's: the metrics of a font decide where a game's
//! text and buttons stand. A [`Rasterizer`] never changes after creation, so threads may share it. Errors carry
//! LÖVE's sentences ([`FontError`]).
//!
//! What it does not do: shaping (LÖVE 11 has none), textures and drawing (`graphics` packs [`Glyph`]s into its
//! atlas), Type 1, PCF and BDF fonts, pictures embedded in font files.

mod bmfont;
mod coverage;
mod font_object;
mod image_font;
mod kern;
mod layout;
mod monochrome;
mod truetype;
pub mod utf8;

use std::sync::Arc;

pub use bmfont::BmFont;
pub use font_object::{Font, Glyph, Quad};
pub use image_font::ImageFont;
pub use layout::{Align, ColouredText, PositionedGlyph, TextExtent, WrappedLine};
pub use truetype::{Hinting, TrueTypeFont};

use crate::image::{ImageError, PixelFormat};

/// A failure with the sentence that the script sees.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FontError(pub String);

impl FontError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<ImageError> for FontError {
    fn from(error: ImageError) -> Self {
        Self(error.0)
    }
}

/// One glyph as a picture, in pixels of the rasterizer (before division by its DPI scale).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlyphBitmap {
    /// Unicode code point it stands for.
    pub codepoint: u32,
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// From the pen to the left edge of the picture.
    pub bearing_x: i32,
    /// From the baseline up to the upper edge of the picture.
    pub bearing_y: i32,
    /// How far the pen moves.
    pub advance: i32,
    /// `la8` for outline fonts (luminance is always 255), `rgba8` for picture fonts.
    pub format: PixelFormat,
    /// Rows from the top, without gaps.
    pub bytes: Vec<u8>,
}

impl GlyphBitmap {
    /// The picture as `rgba8`.
    pub fn to_rgba8(&self) -> Vec<u8> {
        match self.format {
            PixelFormat::La8 => self
                .bytes
                .chunks_exact(2)
                .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
                .collect(),
            _ => self.bytes.clone(),
        }
    }
}

/// Which of the two families a rasterizer belongs to; fallbacks have to be of the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RasterizerKind {
    /// Outlines; glyphs hang on a baseline.
    TrueType,
    /// Pictures; glyphs hang from the top of the line.
    Image,
}

/// A source of glyphs.
#[derive(Debug)]
pub enum Rasterizer {
    /// Outline font file.
    TrueType(TrueTypeFont),
    /// Picture with separators in a spacer colour.
    Image(ImageFont),
    /// AngelCode bitmap font.
    BmFont(BmFont),
}

/// The bytes of LÖVE 11's default font (assets/README.md has origin and licence).
static DEFAULT_FONT: &[u8] = include_bytes!("../../../assets/fonts/Vera.ttf");

impl Rasterizer {
    /// Bitstream Vera Sans, the font that LÖVE 11 uses when a game names none (at size 12).
    pub fn default_font(
        size: i64,
        hinting: Hinting,
        dpi_scale: f32,
    ) -> Result<Arc<Self>, FontError> {
        Self::true_type(Arc::from(DEFAULT_FONT), size, hinting, dpi_scale)
    }

    /// An outline font at `size` pixels per em.
    pub fn true_type(
        file: Arc<[u8]>,
        size: i64,
        hinting: Hinting,
        dpi_scale: f32,
    ) -> Result<Arc<Self>, FontError> {
        TrueTypeFont::new(file, size, hinting, dpi_scale).map(|font| Arc::new(Self::TrueType(font)))
    }

    /// The family.
    pub fn kind(&self) -> RasterizerKind {
        match self {
            Self::TrueType(_) => RasterizerKind::TrueType,
            Self::Image(_) | Self::BmFont(_) => RasterizerKind::Image,
        }
    }

    /// Distance between lines in pixels.
    pub fn height(&self) -> i32 {
        match self {
            Self::TrueType(font) => font.metrics().height,
            Self::Image(font) => font.height(),
            Self::BmFont(font) => font.line_height(),
        }
    }

    /// What `Rasterizer:getLineHeight` answers: outline fonts add a quarter.
    pub fn line_height(&self) -> i32 {
        match self {
            Self::TrueType(_) => (f64::from(self.height()) * 1.25) as i32,
            Self::Image(_) | Self::BmFont(_) => self.height(),
        }
    }

    /// The widest advance; 0 for picture fonts.
    pub fn advance(&self) -> i32 {
        match self {
            Self::TrueType(font) => font.metrics().advance,
            Self::Image(_) | Self::BmFont(_) => 0,
        }
    }

    /// From the baseline up.
    pub fn ascent(&self) -> i32 {
        match self {
            Self::TrueType(font) => font.metrics().ascent,
            Self::Image(_) => 0,
            Self::BmFont(font) => font.ascent(),
        }
    }

    /// From the baseline down, negative; 0 for picture fonts.
    pub fn descent(&self) -> i32 {
        match self {
            Self::TrueType(font) => font.metrics().descent,
            Self::Image(_) | Self::BmFont(_) => 0,
        }
    }

    /// Pixels of the rasterizer in one unit of the game.
    pub fn dpi_scale(&self) -> f32 {
        match self {
            Self::TrueType(font) => font.dpi_scale(),
            Self::Image(font) => font.dpi_scale(),
            Self::BmFont(font) => font.dpi_scale(),
        }
    }

    /// How many glyphs there are.
    pub fn glyph_count(&self) -> usize {
        match self {
            Self::TrueType(font) => font.glyph_count(),
            Self::Image(font) => font.glyph_count(),
            Self::BmFont(font) => font.glyph_count(),
        }
    }

    /// Whether the font itself has a glyph for the code point.
    pub fn has_glyph(&self, codepoint: u32) -> bool {
        match self {
            Self::TrueType(font) => font.has_glyph(codepoint),
            Self::Image(font) => font.has_glyph(codepoint),
            Self::BmFont(font) => font.has_glyph(codepoint),
        }
    }

    /// Whether it has all glyphs of the text; false for an empty one.
    pub fn has_glyphs(&self, text: &[u8]) -> Result<bool, FontError> {
        let codepoints = utf8::codepoints(text)?;
        Ok(!codepoints.is_empty()
            && codepoints
                .iter()
                .all(|codepoint| self.has_glyph(*codepoint)))
    }

    /// Draws a glyph. Outline fonts draw a box for what they lack, picture fonts nothing.
    pub fn glyph(&self, codepoint: u32) -> Result<GlyphBitmap, FontError> {
        match self {
            Self::TrueType(font) => font.glyph(codepoint),
            Self::Image(font) => Ok(font.glyph(codepoint)),
            Self::BmFont(font) => Ok(font.glyph(codepoint)),
        }
    }

    /// What to add to the pen between two code points, in pixels.
    pub fn kerning(&self, left: u32, right: u32) -> i32 {
        match self {
            Self::TrueType(font) => font.kerning(left, right),
            Self::Image(_) => 0,
            Self::BmFont(font) => font.kerning(left, right),
        }
    }
}
