//! Text that is laid out once and drawn many times: `love.graphics.newText`.
//!
//! Entries are numbered from 0 in the order of `add`; `set` replaces them all. Each has its place and its extent.
//! Colours of the text multiply the colour that is current when it is drawn.

use super::font::FontHandle;
use super::machine::Graphics;
use super::transform::Transform;
use crate::font::{Align, ColouredText, PositionedGlyph, TextExtent};

/// One piece of text.
#[derive(Clone, Debug)]
struct Entry {
    text: ColouredText,
    wrap: Option<(f32, Align)>,
    place: Transform,
    glyphs: Vec<PositionedGlyph>,
    extent: TextExtent,
}

/// Text to be drawn many times.
#[derive(Debug)]
pub struct TextObject {
    font: FontHandle,
    entries: Vec<Entry>,
}

impl TextObject {
    /// Without any text.
    pub fn new(font: FontHandle) -> Self {
        Self {
            font,
            entries: Vec::new(),
        }
    }

    /// The font.
    pub fn font(&self) -> &FontHandle {
        &self.font
    }

    /// Lays everything out again in another font.
    pub fn set_font(&mut self, font: FontHandle) -> Result<(), String> {
        let old = std::mem::take(&mut self.entries);
        self.font = font;
        for entry in old {
            self.add(entry.text, entry.wrap, entry.place)?;
        }
        Ok(())
    }

    /// Replaces everything by one piece of text, wrapped and aligned if asked for.
    pub fn set(&mut self, text: ColouredText, wrap: Option<(f32, Align)>) -> Result<(), String> {
        self.entries.clear();
        if !text.codepoints().is_empty() {
            self.add(text, wrap, Transform::IDENTITY)?;
        }
        Ok(())
    }

    /// Adds a piece of text; its number, from 0.
    pub fn add(
        &mut self,
        text: ColouredText,
        wrap: Option<(f32, Align)>,
        place: Transform,
    ) -> Result<usize, String> {
        let white = [1.0; 4];
        let mut font = self.font.font();
        let placed = match wrap {
            None => font.print(&text, white),
            Some((limit, align)) => font.print_aligned(&text, white, limit, align),
        };
        let (glyphs, extent) = placed.map_err(|error| error.0)?;
        drop(font);
        self.entries.push(Entry {
            text,
            wrap,
            place,
            glyphs,
            extent,
        });
        Ok(self.entries.len() - 1)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Size of the piece with this number, or of the last one.
    pub fn extent(&self, index: Option<usize>) -> TextExtent {
        let index = index.unwrap_or(self.entries.len().saturating_sub(1));
        self.entries
            .get(index)
            .map_or(TextExtent::default(), |entry| entry.extent)
    }
}

impl Graphics {
    /// Draws all pieces.
    pub fn draw_text_object(&mut self, text: &TextObject, local: &Transform) -> Result<(), String> {
        let outer = self.transform().then_inner(local);
        let tint = self.state().color;
        for entry in &text.entries {
            let transform = outer.then_inner(&entry.place);
            self.draw_glyphs(&text.font, &entry.glyphs, &transform, tint)?;
        }
        Ok(())
    }
}
