//! Glyphs on the graphics card: the atlas pages of a font and the quads that show its glyphs.
//!
//! Rasterising and layout belong to [`crate::font`]; this module takes the pixels of a glyph when it is first drawn,
//! places them in an atlas page, and remembers where. Rows are filled from left to right with
//! two pixels between glyphs; a glyph's quad is one pixel larger on each side than its picture, so that the
//! transparent border smooths its edge when text is rotated or scaled. When a page is full the next glyph starts
//! another page; pages are never moved, so quads stay valid.
//!
//! A [`GameFont`] is what `love.graphics.newFont` gives: the font and its atlas.

use super::backend::PixelRegion;
use super::machine::Graphics;
use super::texture::{Filter, Sampler, Texture, TextureDescription, TextureId, TextureKind, Wrap};
use crate::font::{Font, Glyph};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How to draw one glyph.
#[derive(Clone, Copy, Debug)]
pub struct GlyphQuad {
    /// The atlas page.
    pub texture: TextureId,
    /// How it is read.
    pub sampler: Sampler,
    /// From the pen and baseline to the top left corner, in units.
    pub offset: [f32; 2],
    /// In units.
    pub size: [f32; 2],
    /// Left, top, right, bottom in the page.
    pub coordinates: [f32; 4],
}

/// A font's glyphs on the graphics card.
struct GlyphAtlas {
    filter: Filter,
    pages: Vec<Texture>,
    page_size: [u32; 2],
    pen: [u32; 2],
    row_height: u32,
    quads: FxHashMap<u32, Option<GlyphQuad>>,
}

/// A font as `love.graphics.setFont` takes it.
pub struct GameFont {
    font: RefCell<Font>,
    atlas: RefCell<GlyphAtlas>,
    fonts_alive: Arc<AtomicU32>,
}

/// How everything holds fonts.
pub type FontHandle = Rc<GameFont>;

impl std::fmt::Debug for GameFont {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GameFont").finish_non_exhaustive()
    }
}

impl Drop for GameFont {
    fn drop(&mut self) {
        self.fonts_alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl GameFont {
    /// A font whose glyphs are drawn with the given filter.
    pub fn new(graphics: &Graphics, font: Font, filter: Filter) -> FontHandle {
        let limit = graphics.limits().texture_size;
        let height = f64::from(font.rasterizer().height());
        // Room for about thirty glyphs of average shape, doubled in turn in both directions.
        let mut page_size = [128u32, 128];
        while height * 0.8 * height * 30.0 > f64::from(page_size[0]) * f64::from(page_size[1]) {
            let axis = usize::from(page_size[0] > page_size[1]);
            if page_size[axis] * 2 > limit.min(4096) {
                break;
            }
            page_size[axis] *= 2;
        }
        graphics.fonts_alive.fetch_add(1, Ordering::Relaxed);
        Rc::new(Self {
            font: RefCell::new(font),
            atlas: RefCell::new(GlyphAtlas {
                filter,
                pages: Vec::new(),
                page_size,
                pen: [0; 2],
                row_height: 0,
                quads: FxHashMap::default(),
            }),
            fonts_alive: graphics.fonts_alive.clone(),
        })
    }

    /// Metrics and layout.
    pub fn font(&self) -> std::cell::RefMut<'_, Font> {
        self.font.borrow_mut()
    }

    /// The filter of its glyphs.
    pub fn filter(&self) -> Filter {
        self.atlas.borrow().filter
    }

    /// Sets the filter of its glyphs.
    pub fn set_filter(&self, filter: Filter) {
        let mut atlas = self.atlas.borrow_mut();
        atlas.filter = filter;
        for page in &atlas.pages {
            page.set_filter(filter);
        }
        let sampler = Sampler::pack(filter, None, Wrap::default());
        for quad in atlas.quads.values_mut().flatten() {
            quad.sampler = sampler;
        }
    }

    /// How to draw a glyph; `None` for glyphs without a picture.
    pub(super) fn glyph_quad(
        &self,
        graphics: &mut Graphics,
        codepoint: u32,
    ) -> Result<Option<GlyphQuad>, String> {
        let mut atlas = self.atlas.borrow_mut();
        if let Some(known) = atlas.quads.get(&codepoint) {
            return Ok(*known);
        }
        let glyph = self
            .font
            .borrow_mut()
            .glyph(codepoint)
            .map_err(|error| error.0)?;
        let quad = if glyph.is_visible() {
            Some(atlas.place(graphics, &glyph)?)
        } else {
            None
        };
        atlas.quads.insert(codepoint, quad);
        Ok(quad)
    }
}

/// Free pixels between glyphs.
const PADDING: u32 = 2;

impl GlyphAtlas {
    fn place(&mut self, graphics: &mut Graphics, glyph: &Glyph) -> Result<GlyphQuad, String> {
        let (width, height) = (glyph.bitmap.width, glyph.bitmap.height);
        if self.pages.is_empty() {
            self.add_page(graphics, glyph)?;
        }
        if self.pen[0] + width + PADDING > self.page_size[0] {
            self.pen = [PADDING, self.pen[1] + self.row_height];
            self.row_height = PADDING;
        }
        let fits = |pen: [u32; 2], page: [u32; 2]| {
            pen[0] + width + PADDING <= page[0] && pen[1] + height + PADDING <= page[1]
        };
        if !fits(self.pen, self.page_size) {
            self.add_page(graphics, glyph)?;
        }
        let [x, y] = self.pen;
        let page = &self.pages[self.pages.len() - 1];
        let region = PixelRegion {
            x,
            y,
            ..PixelRegion::all(width, height)
        };
        // This part of the page is fresh: no recorded draw shows it, so nothing has to be handed over first.
        let pixels = glyph.bitmap.to_rgba8();
        graphics.backend.write_texture(page.id(), region, &pixels)?;
        self.pen[0] += width + PADDING;
        self.row_height = self.row_height.max(height + PADDING);
        // Coordinates as LÖVE has them: cut off to 16 bits.
        let cut = |position: f64, whole: u32| {
            let bits = (position / f64::from(whole) * 65535.0) as u16;
            f32::from(bits) / 65535.0
        };
        let [page_width, page_height] = self.page_size;
        let (left, top) = (f64::from(x), f64::from(y));
        let quad = glyph.quad();
        Ok(GlyphQuad {
            texture: page.id(),
            sampler: page.sampler(),
            offset: [quad.left, quad.top],
            size: [quad.right - quad.left, quad.bottom - quad.top],
            coordinates: [
                cut(left - 1.0, page_width),
                cut(top - 1.0, page_height),
                cut(left + f64::from(width) + 1.0, page_width),
                cut(top + f64::from(height) + 1.0, page_height),
            ],
        })
    }

    fn add_page(&mut self, graphics: &mut Graphics, glyph: &Glyph) -> Result<(), String> {
        let limit = graphics.limits().texture_size;
        if !self.pages.is_empty() {
            let axis = usize::from(self.page_size[0] > self.page_size[1]);
            if self.page_size[axis] * 2 <= limit.min(4096) {
                self.page_size[axis] *= 2;
            }
        }
        let glyph_size = [glyph.bitmap.width, glyph.bitmap.height];
        for (axis, needed) in glyph_size.into_iter().enumerate() {
            let needed = needed.saturating_add(2 * PADDING);
            if needed > limit {
                return Err(format!(
                    "Glyph of {needed} pixels is too large for this system."
                ));
            }
            if needed > self.page_size[axis] {
                self.page_size[axis] = needed.next_power_of_two().min(limit);
            }
        }
        let [width, height] = self.page_size;
        let description = TextureDescription::rgba8(TextureKind::FontPage, width, height);
        let page = graphics.create_texture(description)?;
        // Outlines are white with varying alpha, so white around them keeps their edges from darkening. Pictures have
        // colours of their own, and LÖVE puts black around them.
        let white = glyph.bitmap.format == crate::image::PixelFormat::La8;
        let border = if white { [255, 255, 255, 0] } else { [0; 4] };
        let blank = border.repeat(width as usize * height as usize);
        let region = PixelRegion::all(width, height);
        graphics.write_texture(&page, region, &blank)?;
        page.set_filter(self.filter);
        self.pages.push(page);
        self.pen = [PADDING; 2];
        self.row_height = PADDING;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::NullBackend;
    use super::*;
    use crate::font::{Hinting, Rasterizer};

    #[test]
    fn glyphs_fill_rows_and_then_pages() {
        let backend = Box::new(NullBackend::default());
        let mut graphics = Graphics::new(backend, 10, 10, 1.0).unwrap();
        let rasterizer = Rasterizer::default_font(12, Hinting::Normal, 1.0).unwrap();
        let font = GameFont::new(&graphics, Font::new(rasterizer), Filter::default());
        assert!(font.glyph_quad(&mut graphics, 32).unwrap().is_none());
        let first = font.glyph_quad(&mut graphics, 65).unwrap().unwrap();
        let again = font.glyph_quad(&mut graphics, 65).unwrap().unwrap();
        assert_eq!(first.coordinates, again.coordinates);
        let mut pages = std::collections::HashSet::new();
        for codepoint in 33..600 {
            if let Some(quad) = font.glyph_quad(&mut graphics, codepoint).unwrap() {
                assert!(
                    quad.coordinates
                        .iter()
                        .all(|edge| (0.0..=1.0).contains(edge))
                );
                pages.insert(quad.texture);
            }
        }
        assert!(pages.len() > 1, "{pages:?}");
        assert_eq!(graphics.stats().fonts, 1);
        drop(font);
        assert_eq!(graphics.stats().fonts, 0);
    }
}
