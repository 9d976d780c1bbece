//! AngelCode bitmap fonts: a text file (`.fnt`) that says where each glyph lies in which picture.
//!
//! ```text
//! info face="Hero" size=16 unicode=1
//! common lineHeight=18 base=14
//! page id=0 file="hero.png"
//! char id=65 x=0 y=0 width=9 height=12 xoffset=0 yoffset=2 xadvance=10 page=0
//! kerning first=65 second=86 amount=-1
//! ```
//!
//! Reading is LÖVE's, lenient: a line's tag is its first word, unknown tags and attributes are passed over, a missing
//! number is 0.
//!
//! Invariants: after creation every glyph lies inside its page; a missing `lineHeight` is the highest glyph.
//!
//! What it does not do: the XML and binary forms of the format, as LÖVE does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{FontError, GlyphBitmap, Rasterizer};
use crate::image::{ImageData, PixelFormat};

/// Where a glyph lies and how it is placed.
#[derive(Clone, Copy, Debug)]
struct Character {
    page: i64,
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    offset_x: i32,
    offset_y: i32,
    advance: i32,
}

/// A bitmap font.
#[derive(Debug, Default)]
pub struct BmFont {
    pages: BTreeMap<i64, ImageData>,
    characters: BTreeMap<u32, Character>,
    kerning: FxHashMap<(u32, u32), i32>,
    ascent: i32,
    line_height: i32,
    unicode: bool,
    dpi_scale: f32,
}

/// The attributes of one line.
struct Attributes(FxHashMap<String, String>);

impl Attributes {
    fn parse(line: &str) -> Self {
        let mut found = FxHashMap::default();
        let mut start = 0;
        while let Some(equals) = line[start..].find('=').map(|at| start + at) {
            let Some(space) = line[..equals].rfind(' ') else {
                break;
            };
            let key = line[space + 1..equals].to_string();
            let rest = &line[equals + 1..];
            let (skipped, end) = match rest.strip_prefix('"') {
                Some(quoted) => (1, quoted.find('"').unwrap_or(quoted.len())),
                None => (0, rest.find(' ').unwrap_or(rest.len())),
            };
            found.insert(key, rest[skipped..skipped + end].to_string());
            start = equals + 1 + skipped + end;
        }
        Self(found)
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// The number at the start of the value, as C reads it.
    fn number(&self, key: &str) -> i64 {
        let value = self.text(key).trim_start();
        let digits = value
            .char_indices()
            .take_while(|(at, character)| {
                character.is_ascii_digit() || (*at == 0 && matches!(character, '-' | '+'))
            })
            .count();
        value[..digits].parse().unwrap_or(0)
    }

    fn small_number(&self, key: &str) -> i32 {
        self.number(key)
            .clamp(i64::from(i32::MIN) / 2, i64::from(i32::MAX) / 2) as i32
    }
}

impl BmFont {
    /// Whether the bytes look like the text form: the first word is `info`.
    pub fn accepts(file: &[u8]) -> bool {
        file.len() > 4 && file.starts_with(b"info")
    }

    /// Reads the definition in `text`. Pages come from `given`, in order, or from `load`, which gets the file name of
    /// the page as the definition spells it (relative to the definition's folder).
    pub fn rasterizer(
        text: &[u8],
        given: Vec<ImageData>,
        dpi_scale: f32,
        mut load: impl FnMut(&str) -> Result<ImageData, FontError>,
    ) -> Result<Arc<Rasterizer>, FontError> {
        let mut font = Self {
            dpi_scale,
            ..Self::default()
        };
        for (index, page) in given.into_iter().enumerate() {
            font.add_page(index as i64, page)?;
        }
        for line in String::from_utf8_lossy(text).split('\n') {
            let line = line.trim_end_matches('\r');
            let attributes = Attributes::parse(line);
            match line.split(' ').next().unwrap_or("") {
                "info" => font.unicode = attributes.number("unicode") > 0,
                "common" => {
                    font.line_height = attributes.small_number("lineHeight");
                    font.ascent = attributes.small_number("base");
                }
                "page" => {
                    let id = attributes.number("id");
                    if !font.pages.contains_key(&id) {
                        let page = load(attributes.text("file"))?;
                        font.add_page(id, page)?;
                    }
                }
                "char" => font.add_character(&attributes),
                "kerning" => {
                    let pair = (
                        attributes.number("first") as u32,
                        attributes.number("second") as u32,
                    );
                    font.kerning.insert(pair, attributes.small_number("amount"));
                }
                _ => {}
            }
        }
        font.verify()?;
        Ok(Arc::new(Rasterizer::BmFont(font)))
    }

    fn add_page(&mut self, id: i64, page: ImageData) -> Result<(), FontError> {
        if page.format() != PixelFormat::Rgba8 {
            return Err(FontError::new(
                "Only 32-bit RGBA images are supported in BMFonts.",
            ));
        }
        self.pages.insert(id, page);
        Ok(())
    }

    fn add_character(&mut self, attributes: &Attributes) {
        let character = Character {
            page: attributes.number("page"),
            x: attributes.number("x"),
            y: attributes.number("y"),
            width: attributes.number("width"),
            height: attributes.number("height"),
            offset_x: attributes.small_number("xoffset"),
            offset_y: attributes.small_number("yoffset"),
            advance: attributes.small_number("xadvance"),
        };
        self.characters
            .insert(attributes.number("id") as u32, character);
    }

    fn verify(&mut self) -> Result<(), FontError> {
        if self.characters.is_empty() {
            return Err(FontError::new(
                "Invalid BMFont file (no character definitions?)",
            ));
        }
        let guess_height = self.line_height == 0;
        for (id, character) in &self.characters {
            let Character {
                page,
                x,
                y,
                width,
                height,
                ..
            } = *character;
            if !self.unicode && *id > 127 {
                return Err(FontError::new(
                    "Invalid BMFont character id (only unicode and ASCII are supported)",
                ));
            }
            let Some(picture) = self.pages.get(&page) else {
                return Err(FontError::new(format!(
                    "Invalid BMFont character page id: {page}"
                )));
            };
            if !picture.inside(x, y) {
                return Err(FontError::new(format!(
                    "Invalid coordinates for BMFont character {id}."
                )));
            }
            // LÖVE lets negative sides through and reads nothing; here they are the same empty glyph.
            if width > 0 && !picture.inside(x.saturating_add(width - 1), y) {
                return Err(FontError::new(format!(
                    "Invalid width {width} for BMFont character {id}."
                )));
            }
            if height > 0 && !picture.inside(x, y.saturating_add(height - 1)) {
                return Err(FontError::new(format!(
                    "Invalid height {height} for BMFont character {id}."
                )));
            }
            if guess_height {
                self.line_height = self.line_height.max(height as i32);
            }
        }
        Ok(())
    }

    /// Distance between lines.
    pub fn line_height(&self) -> i32 {
        self.line_height
    }

    /// The `base` of the definition.
    pub fn ascent(&self) -> i32 {
        self.ascent
    }

    /// Pixels in one unit of the game.
    pub fn dpi_scale(&self) -> f32 {
        self.dpi_scale
    }

    /// How many glyphs there are.
    pub fn glyph_count(&self) -> usize {
        self.characters.len()
    }

    /// Whether the glyph is defined.
    pub fn has_glyph(&self, codepoint: u32) -> bool {
        self.characters.contains_key(&codepoint)
    }

    /// Adjustment between two code points.
    pub fn kerning(&self, left: u32, right: u32) -> i32 {
        self.kerning.get(&(left, right)).copied().unwrap_or(0)
    }

    /// The glyph; nothing for an unknown one.
    pub fn glyph(&self, codepoint: u32) -> GlyphBitmap {
        let mut glyph = GlyphBitmap {
            codepoint,
            width: 0,
            height: 0,
            bearing_x: 0,
            bearing_y: 0,
            advance: 0,
            format: PixelFormat::Rgba8,
            bytes: Vec::new(),
        };
        let Some(character) = self.characters.get(&codepoint) else {
            return glyph;
        };
        glyph.bearing_x = character.offset_x;
        glyph.bearing_y = -character.offset_y;
        glyph.advance = character.advance;
        let Some(page) = self.pages.get(&character.page) else {
            return glyph;
        };
        let (width, height) = (character.width.max(0), character.height.max(0));
        glyph.width = width as u32;
        glyph.height = height as u32;
        let stride = page.width() as usize * 4;
        for row in character.y..character.y + height {
            let start = row as usize * stride + character.x as usize * 4;
            glyph
                .bytes
                .extend_from_slice(&page.bytes()[start..start + width as usize * 4]);
        }
        glyph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = "info face=\"My Font\" size=16 unicode=1 padding=0,0\r\n\
        common lineHeight=18 base=14 pages=1\r\n\
        page id=0 file=\"my page.png\"\r\n\
        chars count=2\r\n\
        char id=65 x=1 y=1 width=2 height=3 xoffset=-1 yoffset=2 xadvance=10 page=0\r\n\
        char id=8364 x=0 y=0 width=1 height=1 xoffset=0 yoffset=0 xadvance=4 page=0\r\n\
        kerning first=65 second=8364 amount=-2\r\n";

    fn page() -> ImageData {
        let raw: Vec<u8> = (0..4 * 4 * 4).collect();
        ImageData::from_raw_bytes(4, 4, PixelFormat::Rgba8, &raw).unwrap()
    }

    fn read(text: &str) -> Result<Arc<Rasterizer>, FontError> {
        BmFont::rasterizer(text.as_bytes(), vec![page()], 1.0, |_| {
            unreachable!("the page is given")
        })
    }

    #[test]
    fn definitions_are_read() {
        let mut asked = Vec::new();
        let font = BmFont::rasterizer(DEFINITION.as_bytes(), Vec::new(), 1.0, |name| {
            asked.push(name.to_string());
            Ok(page())
        })
        .unwrap();
        assert_eq!(asked, ["my page.png"]);
        assert_eq!(
            (font.height(), font.ascent(), font.glyph_count()),
            (18, 14, 2)
        );
        assert_eq!(font.kerning(65, 8364), -2);
        let glyph = font.glyph(65).unwrap();
        assert_eq!((glyph.width, glyph.height, glyph.advance), (2, 3, 10));
        assert_eq!((glyph.bearing_x, glyph.bearing_y), (-1, -2));
        assert_eq!(&glyph.bytes[..8], &page().bytes()[20..28]);
        assert_eq!(font.glyph(66).unwrap().advance, 0);
    }

    #[test]
    fn mistakes_are_loves_errors() {
        for (from, to, text) in [
            (
                "unicode=1",
                "unicode=0",
                "Invalid BMFont character id (only unicode and ASCII are supported)",
            ),
            (
                "xadvance=10 page=0",
                "xadvance=10 page=7",
                "Invalid BMFont character page id: 7",
            ),
            (
                "id=65 x=1",
                "id=65 x=9",
                "Invalid coordinates for BMFont character 65.",
            ),
            (
                "width=2",
                "width=9",
                "Invalid width 9 for BMFont character 65.",
            ),
            (
                "height=3",
                "height=9223372036854775807",
                "Invalid height 9223372036854775807 for BMFont character 65.",
            ),
        ] {
            assert_eq!(read(&DEFINITION.replace(from, to)).unwrap_err().0, text);
        }
        assert_eq!(
            read("info").unwrap_err().0,
            "Invalid BMFont file (no character definitions?)"
        );
    }

    #[test]
    fn damaged_definitions_never_panic() {
        for length in 0..DEFINITION.len() {
            let _ = read(&DEFINITION[..length]);
            let _ = read(&DEFINITION.replace(&DEFINITION[length..=length], "=\""));
        }
        let _ = read("char id=\"\nchar ==\n = =");
    }
}
