//! Glyphs on the graphics card: the atlas pages of a font and the quads that show its glyphs.
//!
//! Rasterising and layout belong to `crate::font`; this module asks a [`GlyphSource`] for the pixels of a glyph when
//! it is first drawn, places them in an atlas page, and remembers where. Rows are filled from left to right with
//! two pixels between glyphs; a glyph's quad is one pixel larger on each side than its picture, so that the
//! transparent border smooths its edge when text is rotated or scaled. When a page is full the next glyph starts
//! another page; pages are never moved, so quads stay valid.

use super::backend::PixelRegion;
use super::machine::Graphics;
use super::texture::{Filter, Sampler, Texture, TextureDescription, TextureId, TextureKind, Wrap};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The picture of a glyph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GlyphPicture {
    /// Width in pixels; 0 for glyphs without a picture.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// From the pen to the left edge, in pixels.
    pub bearing_x: i32,
    /// From the baseline up to the top edge, in pixels.
    pub bearing_y: i32,
    /// Rows of red, green, blue, alpha, without padding.
    pub pixels: Vec<u8>,
}

/// Gives the pictures of glyphs.
pub trait GlyphSource {
    /// The picture of the glyph with this number; the meaning of the number is the source's own.
    fn picture(&mut self, glyph: u32) -> GlyphPicture;

    /// Height of a line in pixels, for the choice of the page size.
    fn height_pixels(&self) -> u32;

    /// Pixels per unit.
    fn dpi_scale(&self) -> f32 {
        1.0
    }
}

/// A glyph with its place: pen position and baseline in units, and colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedGlyph {
    /// Number of the glyph.
    pub glyph: u32,
    /// Pen position.
    pub x: f32,
    /// Baseline (or top, for picture fonts whose bearing says so).
    pub y: f32,
    /// Colour.
    pub color: [u8; 4],
}

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
pub struct GlyphAtlas {
    source: Box<dyn GlyphSource>,
    filter: Filter,
    pages: Vec<Texture>,
    page_size: [u32; 2],
    pen: [u32; 2],
    row_height: u32,
    quads: FxHashMap<u32, Option<GlyphQuad>>,
    fonts_alive: Arc<AtomicU32>,
}

impl std::fmt::Debug for GlyphAtlas {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("GlyphAtlas")
            .field("pages", &self.pages)
            .field("glyphs", &self.quads.len())
            .finish_non_exhaustive()
    }
}

impl Drop for GlyphAtlas {
    fn drop(&mut self) {
        self.fonts_alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A font as `love.graphics.setFont` takes it.
pub type FontHandle = Rc<RefCell<GlyphAtlas>>;

/// Free pixels between glyphs.
const PADDING: u32 = 2;

impl GlyphAtlas {
    /// An atlas without pages yet.
    pub fn new(graphics: &Graphics, source: Box<dyn GlyphSource>, filter: Filter) -> FontHandle {
        let limit = graphics.limits().texture_size;
        let height = f64::from(source.height_pixels());
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
        Rc::new(RefCell::new(Self {
            source,
            filter,
            pages: Vec::new(),
            page_size,
            pen: [0; 2],
            row_height: 0,
            quads: FxHashMap::default(),
            fonts_alive: graphics.fonts_alive.clone(),
        }))
    }

    /// The filter of its pages.
    pub fn filter(&self) -> Filter {
        self.filter
    }

    /// Sets the filter of its pages.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        for page in &self.pages {
            page.set_filter(filter);
        }
        let sampler = Sampler::pack(filter, None, Wrap::default());
        for quad in self.quads.values_mut().flatten() {
            quad.sampler = sampler;
        }
    }

    /// How to draw a glyph; `None` for glyphs without a picture.
    pub fn glyph_quad(
        &mut self,
        graphics: &mut Graphics,
        glyph: u32,
    ) -> Result<Option<GlyphQuad>, String> {
        if let Some(known) = self.quads.get(&glyph) {
            return Ok(*known);
        }
        let picture = self.source.picture(glyph);
        let quad = if picture.width == 0 || picture.height == 0 {
            None
        } else {
            Some(self.place(graphics, &picture)?)
        };
        self.quads.insert(glyph, quad);
        Ok(quad)
    }

    fn place(
        &mut self,
        graphics: &mut Graphics,
        picture: &GlyphPicture,
    ) -> Result<GlyphQuad, String> {
        let (width, height) = (picture.width, picture.height);
        if self.pages.is_empty() {
            self.add_page(graphics, picture)?;
        }
        if self.pen[0] + width + PADDING > self.page_size[0] {
            self.pen = [PADDING, self.pen[1] + self.row_height];
            self.row_height = PADDING;
        }
        let fits = |pen: [u32; 2], page: [u32; 2]| {
            pen[0] + width + PADDING <= page[0] && pen[1] + height + PADDING <= page[1]
        };
        if !fits(self.pen, self.page_size) {
            self.add_page(graphics, picture)?;
        }
        let [x, y] = self.pen;
        let page = &self.pages[self.pages.len() - 1];
        let region = PixelRegion {
            x,
            y,
            ..PixelRegion::all(width, height)
        };
        // This part of the page is fresh: no recorded draw shows it, so nothing has to be handed over first.
        graphics
            .backend
            .write_texture(page.id(), region, &picture.pixels)?;
        self.pen[0] += width + PADDING;
        self.row_height = self.row_height.max(height + PADDING);
        let scale = self.source.dpi_scale();
        // Coordinates as LÖVE has them: cut off to 16 bits.
        let cut = |position: f64, whole: u32| {
            let bits = (position / f64::from(whole) * 65535.0) as u16;
            f32::from(bits) / 65535.0
        };
        let [page_width, page_height] = self.page_size;
        let (left, top) = (f64::from(x), f64::from(y));
        Ok(GlyphQuad {
            texture: page.id(),
            sampler: page.sampler(),
            offset: [
                picture.bearing_x as f32 / scale - 1.0,
                -(picture.bearing_y as f32) / scale - 1.0,
            ],
            size: [
                (width + 1) as f32 / scale + 1.0,
                (height + 1) as f32 / scale + 1.0,
            ],
            coordinates: [
                cut(left - 1.0, page_width),
                cut(top - 1.0, page_height),
                cut(left + f64::from(width) + 1.0, page_width),
                cut(top + f64::from(height) + 1.0, page_height),
            ],
        })
    }

    fn add_page(&mut self, graphics: &mut Graphics, picture: &GlyphPicture) -> Result<(), String> {
        let limit = graphics.limits().texture_size;
        if !self.pages.is_empty() {
            let axis = usize::from(self.page_size[0] > self.page_size[1]);
            if self.page_size[axis] * 2 <= limit.min(4096) {
                self.page_size[axis] *= 2;
            }
        }
        for (axis, needed) in [picture.width, picture.height].into_iter().enumerate() {
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
        // Transparent white around the glyphs: interpolation at their edges must not darken them.
        let blank = [255, 255, 255, 0].repeat(width as usize * height as usize);
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

    struct Boxes;

    impl GlyphSource for Boxes {
        fn picture(&mut self, glyph: u32) -> GlyphPicture {
            if glyph == 32 {
                return GlyphPicture::default();
            }
            GlyphPicture {
                width: 40,
                height: 20,
                bearing_x: 1,
                bearing_y: 18,
                pixels: vec![255; 40 * 20 * 4],
            }
        }

        fn height_pixels(&self) -> u32 {
            12
        }
    }

    #[test]
    fn glyphs_fill_rows_and_then_pages() {
        let backend = Box::new(NullBackend::default());
        let mut graphics = Graphics::new(backend, 10, 10, 1.0).unwrap();
        let atlas = GlyphAtlas::new(&graphics, Box::new(Boxes), Filter::default());
        let mut atlas = atlas.borrow_mut();
        assert!(atlas.glyph_quad(&mut graphics, 32).unwrap().is_none());
        let first = atlas.glyph_quad(&mut graphics, 65).unwrap().unwrap();
        assert_eq!(first.offset, [0.0, -19.0]);
        assert_eq!(first.size, [42.0, 22.0]);
        // Three of width 40 fit in a row of 128 with their borders, five rows of 22 in 128.
        for glyph in 66..66 + 14 {
            let quad = atlas.glyph_quad(&mut graphics, glyph).unwrap().unwrap();
            assert_eq!(quad.texture, first.texture);
        }
        let next = atlas.glyph_quad(&mut graphics, 100).unwrap().unwrap();
        assert_ne!(next.texture, first.texture);
        assert_eq!(graphics.stats().fonts, 1);
    }
}
