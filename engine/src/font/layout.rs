//! Where each glyph of a text goes: `print`, `printf` and `getWrap`.
//!
//! The pen starts at (0, 0), the upper left corner of the first line. Each glyph is placed at the pen plus kerning and
//! moves it by its spacing. `printf` first breaks the text into lines of at most the wrap width, then shifts each line
//! by its alignment. Example with Vera 12: "Hi you" wrapped at 30 gives the lines "Hi " and "you", widths 12 and 22.
//!
//! Rules that are LÖVE's and easily guessed wrong: a break happens at the last space, which stays on the upper line but
//! does not count for its width; a word wider than the limit is broken anywhere; a single character wider than the
//! limit vanishes and leaves an empty line; spaces never wrap; positions are floored for alignment, so text stays sharp.
//!
//! Invariants: every colour of a coloured text applies from its first character on, across breaks; carriage returns
//! are ignored.
//!
//! What it does not do: right-to-left text, ligatures, breaking rules of languages.

use super::{Font, FontError, utf8};

const NEWLINE: u32 = 10;
const CARRIAGE_RETURN: u32 = 13;
const SPACE: u32 = 32;
const WHITE: [f32; 4] = [1.0; 4];

/// How `printf` places a line between 0 and the wrap width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
    /// Spaces stretched until both edges are met.
    Justify,
}

impl Align {
    /// The alignment of this name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "left" => Some(Self::Left),
            "center" => Some(Self::Center),
            "right" => Some(Self::Right),
            "justify" => Some(Self::Justify),
            _ => None,
        }
    }
}

/// Characters with the positions at which colours begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColouredText {
    codepoints: Vec<u32>,
    colours: Vec<(usize, [f32; 4])>,
}

impl ColouredText {
    /// Text in the drawing colour.
    pub fn plain(text: &[u8]) -> Result<Self, FontError> {
        Self::from_parts([(text, WHITE)])
    }

    /// Parts with a colour each, which multiplies the drawing colour. Empty parts do not count.
    pub fn from_parts<'a>(
        parts: impl IntoIterator<Item = (&'a [u8], [f32; 4])>,
    ) -> Result<Self, FontError> {
        let mut text = Self::default();
        for (part, colour) in parts {
            if part.is_empty() {
                continue;
            }
            text.colours.push((text.codepoints.len(), colour));
            text.codepoints.extend(utf8::codepoints(part)?);
        }
        Ok(text)
    }

    /// The characters.
    pub fn codepoints(&self) -> &[u32] {
        &self.codepoints
    }
}

/// A glyph to draw: add [`super::Glyph::quad`] to the position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionedGlyph {
    /// Which glyph.
    pub codepoint: u32,
    /// Pen position, to the right.
    pub x: f32,
    /// Baseline for outline fonts, top of the line for picture fonts; downwards.
    pub y: f32,
    /// Red, green, blue, alpha, already multiplied with the drawing colour.
    pub colour: [f32; 4],
}

/// Size of a text as `Text:getDimensions` tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextExtent {
    /// Width of the widest line.
    pub width: i32,
    /// Height of all lines.
    pub height: i32,
}

/// One line after breaking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrappedLine {
    /// The characters, with a trailing space where the line was broken.
    pub text: ColouredText,
    /// Width without trailing spaces.
    pub width: f32,
}

impl WrappedLine {
    /// The line as `getWrap` returns it.
    pub fn to_text(&self) -> String {
        utf8::encode(&self.text.codepoints)
    }
}

/// A line under construction by [`Font::wrap`].
#[derive(Default)]
struct LineBuilder {
    text: ColouredText,
    width: f32,
    width_before_space: f32,
    trailing_space: f32,
    previous: u32,
    last_space: Option<usize>,
}

impl LineBuilder {
    fn push(&mut self, codepoint: u32, index: usize, advance: f32, colour: Option<[f32; 4]>) {
        if self.previous != SPACE && codepoint == SPACE {
            self.width_before_space = self.width;
        }
        self.width += advance;
        self.previous = codepoint;
        if let Some(colour) = colour {
            self.text.colours.push((self.text.codepoints.len(), colour));
        }
        self.text.codepoints.push(codepoint);
        if codepoint == SPACE {
            self.last_space = Some(index);
            self.trailing_space += advance;
        } else {
            self.trailing_space = 0.0;
        }
    }

    /// Takes back what follows the last space; true when there was a space.
    fn cut_after_space(&mut self) -> bool {
        if self.last_space.is_none() {
            return false;
        }
        while self
            .text
            .codepoints
            .last()
            .is_some_and(|last| *last != SPACE)
        {
            self.text.codepoints.pop();
        }
        let length = self.text.codepoints.len();
        self.text.colours.retain(|(start, _)| *start < length);
        self.width = self.width_before_space;
        true
    }

    fn finish(self, width: f32) -> WrappedLine {
        WrappedLine {
            text: self.text,
            width,
        }
    }
}

impl Font {
    /// Breaks a text into lines of at most `limit` units.
    pub fn wrap(&mut self, text: &ColouredText, limit: f32) -> Result<Vec<WrappedLine>, FontError> {
        let mut lines = Vec::new();
        let mut line = LineBuilder::default();
        // The colour in force, and whether the line still has to record it.
        let mut colour = WHITE;
        let mut colour_is_new = false;
        let mut next_colour = 0;
        let mut index = 0;
        while index < text.codepoints.len() {
            let codepoint = text.codepoints[index];
            if let Some((start, starting)) = text.colours.get(next_colour)
                && *start == index
            {
                colour = *starting;
                colour_is_new = true;
                next_colour += 1;
            }
            if codepoint == NEWLINE {
                let done = std::mem::take(&mut line);
                let width = done.width - done.trailing_space;
                lines.push(done.finish(width));
                colour_is_new = true;
                index += 1;
                continue;
            }
            if codepoint == CARRIAGE_RETURN {
                index += 1;
                continue;
            }
            let advance = self.glyph(codepoint)?.spacing + self.kerning(line.previous, codepoint);
            if codepoint != SPACE && line.width + advance > limit {
                let mut done = std::mem::take(&mut line);
                if done.text.codepoints.is_empty() {
                    // Not even one character fits: it is skipped.
                    index += 1;
                } else if let Some(space) = done.last_space {
                    done.cut_after_space();
                    index = space + 1;
                    // The colour that was in force at the space holds again.
                    while next_colour > 0 && text.colours[next_colour - 1].0 > space {
                        next_colour -= 1;
                    }
                    colour = next_colour
                        .checked_sub(1)
                        .map_or(colour, |current| text.colours[current].1);
                }
                let width = done.width;
                lines.push(done.finish(width));
                colour_is_new = true;
                continue;
            }
            line.push(codepoint, index, advance, colour_is_new.then_some(colour));
            colour_is_new = false;
            index += 1;
        }
        let width = line.width - line.trailing_space;
        lines.push(line.finish(width));
        Ok(lines)
    }

    /// Positions for `love.graphics.print`.
    pub fn print(
        &mut self,
        text: &ColouredText,
        colour: [f32; 4],
    ) -> Result<(Vec<PositionedGlyph>, TextExtent), FontError> {
        let mut glyphs = Vec::with_capacity(text.codepoints.len());
        let extent = self.place(text, colour, 0.0, (0.0, 0.0), &mut glyphs)?;
        Ok((glyphs, extent))
    }

    /// Positions for `love.graphics.printf`.
    pub fn print_aligned(
        &mut self,
        text: &ColouredText,
        colour: [f32; 4],
        limit: f32,
        align: Align,
    ) -> Result<(Vec<PositionedGlyph>, TextExtent), FontError> {
        let limit = limit.max(0.0);
        let mut glyphs = Vec::with_capacity(text.codepoints.len());
        let (mut y, mut widest) = (0.0f32, 0.0f32);
        for line in self.wrap(text, limit)? {
            // LÖVE keeps widths of lines as integers.
            let width = line.width.trunc();
            widest = widest.max(width);
            let x = match align {
                Align::Right => (limit - width).floor(),
                Align::Center => ((limit - width) / 2.0).floor(),
                Align::Left | Align::Justify => 0.0,
            };
            let mut extra_spacing = 0.0;
            if align == Align::Justify && width < limit {
                let spaces = line
                    .text
                    .codepoints
                    .iter()
                    .filter(|codepoint| **codepoint == SPACE)
                    .count();
                if spaces > 0 {
                    extra_spacing = (limit - width) / spaces as f32;
                }
            }
            self.place(
                &line.text,
                colour,
                extra_spacing,
                (x, y.floor()),
                &mut glyphs,
            )?;
            y += self.line_distance();
        }
        let extent = TextExtent {
            width: widest as i32,
            height: y as i32,
        };
        Ok((glyphs, extent))
    }

    /// Places the characters from `start` on.
    fn place(
        &mut self,
        text: &ColouredText,
        drawing_colour: [f32; 4],
        extra_spacing: f32,
        start: (f32, f32),
        glyphs: &mut Vec<PositionedGlyph>,
    ) -> Result<TextExtent, FontError> {
        let shift = self.baseline_shift();
        let line_step = (self.line_distance() + 0.5).floor();
        let (mut x, mut y) = start;
        let mut widest = 0.0f32;
        let mut colour = drawing_colour;
        let mut next_colour = 0;
        let mut previous = 0;
        for (index, codepoint) in text.codepoints.iter().copied().enumerate() {
            if let Some((position, own)) = text.colours.get(next_colour)
                && *position == index
            {
                colour =
                    std::array::from_fn(|part| own[part].clamp(0.0, 1.0) * drawing_colour[part]);
                next_colour += 1;
            }
            if codepoint == NEWLINE {
                widest = widest.max(x.trunc());
                y += line_step;
                x = start.0;
                previous = 0;
                continue;
            }
            if codepoint == CARRIAGE_RETURN {
                continue;
            }
            let glyph = self.glyph(codepoint)?;
            x += self.kerning(previous, codepoint);
            if glyph.is_visible() {
                glyphs.push(PositionedGlyph {
                    codepoint,
                    x,
                    y: y + shift,
                    colour,
                });
            }
            x += glyph.spacing;
            if codepoint == SPACE && extra_spacing != 0.0 {
                x = (x + extra_spacing).floor();
            }
            previous = codepoint;
        }
        widest = widest.max(x.trunc());
        let last_line = if x > 0.0 { line_step } else { 0.0 };
        Ok(TextExtent {
            width: (widest - start.0) as i32,
            height: (y.trunc() + last_line - start.1) as i32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hinting, Rasterizer};
    use super::*;

    fn vera() -> Font {
        Font::new(Rasterizer::default_font(12, Hinting::Normal, 1.0).unwrap())
    }

    fn text(text: &str) -> ColouredText {
        ColouredText::plain(text.as_bytes()).unwrap()
    }

    const TEXTS: [&str; 6] = [
        "Hello World",
        "AVAVAV To. Ty, We",
        "The quick brown fox\njumps over\tthe lazy dog",
        "éüñ€ Ω ☃ 漢字",
        "  lead and trail  ",
        "WAWAWA\r\nxx",
    ];

    /// What getWrap of LÖVE's default font answers: text, limit, widest line, lines.
    const WRAPS: &[(usize, f32, i32, &[&str])] = &[
        (
            0,
            1.0,
            0,
            &["", "", "", "", "", " ", "", "", "", "", "", ""],
        ),
        (0, 30.0, 29, &["Hello ", "Worl", "d"]),
        (0, 77.0, 68, &["Hello World"]),
        (0, 150.0, 68, &["Hello World"]),
        (
            1,
            1.0,
            0,
            &[
                "", "", "", "", "", "", " ", "", "", "", " ", "", "", "", " ", "", "", "",
            ],
        ),
        (1, 30.0, 24, &["AVA", "VAV ", "To. ", "Ty, ", "We"]),
        (1, 77.0, 69, &["AVAVAV To. ", "Ty, We"]),
        (1, 150.0, 113, &["AVAVAV To. Ty, We"]),
        (
            2,
            1.0,
            0,
            &[
                "", "", "", " ", "", "", "", "", "", " ", "", "", "", "", "", " ", "", "", "", "",
                "", "", "", "", "", " ", "", "", "", "", "", "", "", "", " ", "", "", "", "", " ",
                "", "", "", "",
            ],
        ),
        (
            2,
            30.0,
            30,
            &[
                "The ", "quic", "k ", "brow", "n fox", "jum", "ps ", "over", "\tth", "e ", "lazy ",
                "dog",
            ],
        ),
        (
            2,
            77.0,
            62,
            &[
                "The quick ",
                "brown fox",
                "jumps ",
                "over\tthe ",
                "lazy dog",
            ],
        ),
        (
            2,
            150.0,
            130,
            &["The quick brown fox", "jumps over\tthe lazy ", "dog"],
        ),
        (
            3,
            1.0,
            0,
            &["", "", "", "", " ", "", " ", "", " ", "", "", ""],
        ),
        (3, 30.0, 25, &["éüñ", "€ Ω ", "☃ 漢字"]),
        (3, 77.0, 73, &["éüñ€ Ω ☃ 漢字"]),
        (3, 150.0, 73, &["éüñ€ Ω ☃ 漢字"]),
        (
            4,
            1.0,
            0,
            &[
                "  ", "", "", "", "", " ", "", "", "", " ", "", "", "", "", "", "  ",
            ],
        ),
        (4, 30.0, 25, &["  ", "lead ", "and ", "trail  "]),
        (4, 77.0, 60, &["  lead and ", "trail  "]),
        (4, 150.0, 87, &["  lead and trail  "]),
        (5, 1.0, 0, &["", "", "", "", "", "", "", "", "", ""]),
        (5, 30.0, 20, &["WA", "WA", "WA", "xx"]),
        (5, 77.0, 60, &["WAWAWA", "xx"]),
        (5, 150.0, 60, &["WAWAWA", "xx"]),
    ];

    #[test]
    fn wraps_equal_loves() {
        let mut font = vera();
        for (index, limit, widest, expected) in WRAPS {
            let lines = font.wrap(&text(TEXTS[*index]), *limit).unwrap();
            let got: Vec<String> = lines.iter().map(WrappedLine::to_text).collect();
            assert_eq!(got, *expected, "text {index} at {limit}");
            let width = lines
                .iter()
                .fold(0, |widest, line| widest.max(line.width as i32));
            assert_eq!(width, *widest, "text {index} at {limit}");
        }
    }

    // Text:getDimensions of LÖVE.
    #[test]
    fn extents_equal_loves() {
        let mut font = vera();
        for (printed, width, height) in [("Hello\nWorld!", 40, 28), ("Hello\n", 29, 14), ("", 0, 0)]
        {
            let (_, extent) = font.print(&text(printed), WHITE).unwrap();
            assert_eq!(
                (extent.width, extent.height),
                (width, height),
                "{printed:?}"
            );
        }
        for (printed, limit, width, height) in [
            ("The quick brown fox jumps", 60.0, 60, 42),
            ("a  b", 1.0, 0, 56),
        ] {
            for align in [Align::Left, Align::Justify] {
                let (_, extent) = font
                    .print_aligned(&text(printed), WHITE, limit, align)
                    .unwrap();
                assert_eq!(
                    (extent.width, extent.height),
                    (width, height),
                    "{printed:?}"
                );
            }
        }
        font.set_line_height(1.3);
        let (_, extent) = font.print(&text("Hello\nWorld!\nx"), WHITE).unwrap();
        assert_eq!((extent.width, extent.height), (40, 54));
    }

    fn starts(font: &mut Font, printed: &str, limit: f32, align: Align) -> Vec<(f32, f32)> {
        let (glyphs, _) = font
            .print_aligned(&text(printed), WHITE, limit, align)
            .unwrap();
        glyphs.iter().map(|glyph| (glyph.x, glyph.y)).collect()
    }

    #[test]
    fn alignment_shifts_whole_lines() {
        let mut font = vera();
        let width = font.width(b"xx").unwrap() as f32;
        let single = font.width(b"x").unwrap() as f32;
        for (align, x) in [
            (Align::Left, 0.0),
            (Align::Right, 51.0 - width),
            (Align::Center, ((51.0 - width) / 2.0).floor()),
        ] {
            let got = starts(&mut font, "xx\nxx", 51.0, align);
            let expected = [(x, 12.0), (x + single, 12.0), (x, 26.0), (x + single, 26.0)];
            assert_eq!(got, expected, "{align:?}");
        }
        let justified = starts(&mut font, "x x", 51.0, Align::Justify);
        assert_eq!(justified, [(0.0, 12.0), (51.0 - single, 12.0)]);
    }

    #[test]
    fn colours_hold_across_breaks_and_multiply() {
        let (red, half) = ([1.0, 0.0, 0.0, 1.0], [0.5, 0.5, 0.5, 1.0]);
        let parts: [(&[u8], [f32; 4]); 3] = [(b"a b", red), (b"", half), (b"c\nd", WHITE)];
        let coloured = ColouredText::from_parts(parts).unwrap();
        let mut font = vera();
        let (glyphs, _) = font
            .print_aligned(&coloured, half, 20.0, Align::Left)
            .unwrap();
        let got: Vec<(char, f32)> = glyphs
            .iter()
            .filter_map(|glyph| Some((char::from_u32(glyph.codepoint)?, glyph.colour[1])))
            .collect();
        assert_eq!(got, [('a', 0.0), ('b', 0.0), ('c', 0.5), ('d', 0.5)]);
        assert_eq!(glyphs[0].colour, [0.5, 0.0, 0.0, 1.0]);
    }
}
