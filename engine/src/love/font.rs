//! `love.font`, and the `Font` objects of `love.graphics`, over the model in `crate::font`.
//!
//! ```text
//! love.font.newRasterizer("a.ttf", 14)   ─► Rasterizer ─► GlyphData
//! love.graphics.newFont("a.ttf", 14)     ─► FontObject: the model, and its glyphs on the graphics card
//! ```
//!
//! `love.graphics.newFont` takes what `newRasterizer` takes, so both share [`rasterizer_arguments`]; printing takes plain or
//! coloured text, read by [`text_argument`], and places it with [`FontObject::place`].

use super::arguments::{enumeration, optional_enumeration, unknown_name};
use super::data_object::{self, Contents, DATA, UNRECORDED};
use super::image;
use super::object::{self, LoveObject, OBJECT, ObjectType};
use crate::font::{
    Align, BmFont, ColouredText, Font, FontError, GlyphBitmap, Hinting, ImageFont, PositionedGlyph,
    Rasterizer, TextExtent, TrueTypeFont, utf8,
};
use crate::graphics::font::{FontHandle, GlyphAtlas, GlyphPicture, GlyphSource, PlacedGlyph};
use crate::graphics::{Filter, FilterMode, Graphics, Named};
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// LÖVE's size when none is given.
const DEFAULT_SIZE: i32 = 12;
const ALLOCATES: Effects = Effects::READS.and(Effects::ALLOCATES);

// ---- Rasterizers ----

/// The contents of a `Rasterizer`.
pub struct RasterizerObject(pub Arc<Rasterizer>);

impl LoveObject for RasterizerObject {
    fn object_type(&self) -> &'static ObjectType {
        &RASTERIZER
    }
}

/// `Rasterizer`
pub static RASTERIZER: ObjectType = ObjectType {
    name: "Rasterizer",
    parent: Some(&OBJECT),
    methods: RASTERIZER_METHODS,
};

/// `GlyphData`
pub static GLYPH_DATA: ObjectType = ObjectType {
    name: "GlyphData",
    parent: Some(&DATA),
    methods: GLYPH_DATA_METHODS,
};

impl Contents for GlyphBitmap {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(&self.bytes);
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(self.clone())
    }
}

/// The types of `love.font`.
pub static TYPES: &[&ObjectType] = &[&RASTERIZER, &GLYPH_DATA];

/// The functions of `love.font`.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "love.font.newRasterizer",
        "(file: any, [size: number], [hinting: string], [dpiscale: number]) -> Rasterizer | (size: number, [hinting: string], [dpiscale: number]) -> Rasterizer",
        "A rasterizer of the default font, of an outline font or of a bitmap font.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let rasterizer = rasterizer_arguments(call)?;
            push_rasterizer(call, rasterizer)
        },
    ),
    Builtin::native(
        "love.font.newTrueTypeRasterizer",
        "(file: any, [size: number], [hinting: string], [dpiscale: number]) -> Rasterizer | (size: number, [hinting: string], [dpiscale: number]) -> Rasterizer",
        "A rasterizer of the default font or of an outline font.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let rasterizer = true_type_arguments(call)?;
            push_rasterizer(call, rasterizer)
        },
    ),
    Builtin::native(
        "love.font.newBMFontRasterizer",
        "(file: any, [images: any], [dpiscale: number]) -> Rasterizer",
        "A rasterizer of an AngelCode bitmap font.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let rasterizer = bitmap_font_arguments(call)?;
            push_rasterizer(call, rasterizer)
        },
    ),
    Builtin::native(
        "love.font.newImageRasterizer",
        "(image: any, glyphs: string, [spacing: number], [dpiscale: number]) -> Rasterizer",
        "A rasterizer of glyphs in a picture.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let rasterizer = image_font_arguments(call)?;
            push_rasterizer(call, rasterizer)
        },
    ),
    Builtin::native(
        "love.font.newGlyphData",
        "(rasterizer: Rasterizer, glyph: any) -> GlyphData",
        "A glyph by its character or code point.",
        ALLOCATES,
        UNRECORDED,
        glyph_data,
    ),
];

fn push_rasterizer(call: &mut Call<'_>, rasterizer: Arc<Rasterizer>) -> NativeResult {
    let value = object::push_object(call.vm, Rc::new(RasterizerObject(rasterizer)));
    call.one(value)
}

fn raise(call: &mut Call<'_>, error: FontError) -> Raised {
    call.error(error.0)
}

/// The arguments of `love.graphics.newFont` and `love.font.newRasterizer`.
pub fn rasterizer_arguments(call: &mut Call<'_>) -> Result<Arc<Rasterizer>, Raised> {
    let first = call.argument(1);
    if let Some(rasterizer) = object::optional_object::<RasterizerObject>(call, 1) {
        return Ok(rasterizer.0.clone());
    }
    if !call.has_argument(1) || first.is_number() || call.argument(2).is_number() {
        return true_type_arguments(call);
    }
    if !call.argument(2).is_nil() {
        return bitmap_font_arguments(call);
    }
    let file = data_object::file_argument(call, 1)?;
    if TrueTypeFont::accepts(&file.bytes) {
        let size = i64::from(DEFAULT_SIZE);
        let made = Rasterizer::true_type(file.bytes.into(), size, Hinting::Normal, 1.0);
        return made.map_err(|error| raise(call, error));
    }
    if BmFont::accepts(&file.bytes) {
        return bitmap_font(call, &file, Vec::new(), 1.0);
    }
    Err(call.error(format!("Invalid font file: {}", file.name)))
}

/// Hinting mode and DPI scale from argument `index` on.
fn hinting_arguments(call: &mut Call<'_>, index: u32) -> Result<(Hinting, f32), Raised> {
    let hinting = match call.optional_string(index)? {
        None => Hinting::Normal,
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            match Hinting::from_name(&name) {
                Some(hinting) => hinting,
                None => {
                    let known = "'normal', 'light', 'mono', 'none'";
                    return Err(unknown_name(
                        call,
                        "TrueType font hinting mode",
                        known,
                        &name,
                    ));
                }
            }
        }
    };
    Ok((hinting, call.optional_number(index + 1, 1.0)? as f32))
}

fn true_type_arguments(call: &mut Call<'_>) -> Result<Arc<Rasterizer>, Raised> {
    let made = if !call.has_argument(1) || call.argument(1).is_number() {
        let size = i64::from(call.optional_integer(1, DEFAULT_SIZE)?);
        let (hinting, dpi_scale) = hinting_arguments(call, 2)?;
        Rasterizer::default_font(size, hinting, dpi_scale)
    } else {
        let file = data_object::file_argument(call, 1)?;
        let size = i64::from(call.optional_integer(2, DEFAULT_SIZE)?);
        let (hinting, dpi_scale) = hinting_arguments(call, 3)?;
        Rasterizer::true_type(file.bytes.into(), size, hinting, dpi_scale)
    };
    made.map_err(|error| raise(call, error))
}

fn bitmap_font_arguments(call: &mut Call<'_>) -> Result<Arc<Rasterizer>, Raised> {
    let file = data_object::file_argument(call, 1)?;
    let dpi_scale = call.optional_number(3, 1.0)? as f32;
    let given = call.argument(2);
    let mut pages = Vec::new();
    if given.is_table() {
        for position in 1..=call.vm.raw_length(given) {
            let value = call.vm.raw_get_index(given, position as i64);
            pages.push(page_picture(call, value)?);
        }
    } else if !given.is_nil() {
        pages.push(page_picture(call, given)?);
    }
    bitmap_font(call, &file, pages, dpi_scale)
}

/// A page of a bitmap font: an `ImageData` or a file.
fn page_picture(call: &mut Call<'_>, value: Value) -> Result<crate::image::ImageData, Raised> {
    let known = data_object::get::<image::ImageContents>(call.vm, value);
    if let Some(picture) = known {
        return Ok(picture.image.borrow().clone());
    }
    if let Some(data) = data_object::data(call.vm, value) {
        let decoded = crate::image::ImageData::decode(&data.to_vec(), data.file_name());
        return decoded.map_err(|error| call.error(error.0));
    }
    let file = data_object::read_file(call.vm, value).map_err(|message| call.error(message))?;
    image::decode(&file).map_err(|error| call.error(error.0))
}

fn bitmap_font(
    call: &mut Call<'_>,
    file: &data_object::ReadFile,
    pages: Vec<crate::image::ImageData>,
    dpi_scale: f32,
) -> Result<Arc<Rasterizer>, Raised> {
    let folder = file.name.rsplit_once('/').map(|(folder, _)| folder);
    let vm = &mut *call.vm;
    let made = BmFont::rasterizer(&file.bytes, pages, dpi_scale, |page| {
        let path = match folder {
            Some(folder) => format!("{folder}/{page}"),
            None => page.to_string(),
        };
        let file = data_object::read_named_file(vm, &path).map_err(FontError)?;
        Ok(image::decode(&file)?)
    });
    made.map_err(|error| raise(call, error))
}

/// The arguments of `love.graphics.newImageFont` and `love.font.newImageRasterizer`.
pub fn image_font_arguments(call: &mut Call<'_>) -> Result<Arc<Rasterizer>, Raised> {
    if let Some(rasterizer) = object::optional_object::<RasterizerObject>(call, 1) {
        return Ok(rasterizer.0.clone());
    }
    let picture = image::image_argument(call, 1)?;
    let glyphs = call.string(2)?.to_vec();
    let spacing = call.optional_integer(3, 0)?;
    let dpi_scale = call.optional_number(4, 1.0)? as f32;
    let made = ImageFont::rasterizer(picture, &glyphs, spacing, dpi_scale);
    made.map_err(|error| raise(call, error))
}

const RASTERIZER_METHODS: &[Builtin] = &[
    Builtin::native(
        "Rasterizer:getHeight",
        "(rasterizer: Rasterizer) -> number",
        "Height of a line.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, Rasterizer::height),
    ),
    Builtin::native(
        "Rasterizer:getAdvance",
        "(rasterizer: Rasterizer) -> number",
        "The widest advance.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, Rasterizer::advance),
    ),
    Builtin::native(
        "Rasterizer:getAscent",
        "(rasterizer: Rasterizer) -> number",
        "Height above the baseline.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, Rasterizer::ascent),
    ),
    Builtin::native(
        "Rasterizer:getDescent",
        "(rasterizer: Rasterizer) -> number",
        "Depth below the baseline, negative.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, Rasterizer::descent),
    ),
    Builtin::native(
        "Rasterizer:getLineHeight",
        "(rasterizer: Rasterizer) -> number",
        "Suggested distance of lines.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, Rasterizer::line_height),
    ),
    Builtin::native(
        "Rasterizer:getGlyphCount",
        "(rasterizer: Rasterizer) -> number",
        "Number of glyphs.",
        Effects::READS,
        UNRECORDED,
        |call| measure(call, |rasterizer| rasterizer.glyph_count() as i32),
    ),
    Builtin::native(
        "Rasterizer:getGlyphData",
        "(rasterizer: Rasterizer, glyph: any) -> GlyphData",
        "A glyph by its character or code point.",
        ALLOCATES,
        UNRECORDED,
        glyph_data,
    ),
    Builtin::native(
        "Rasterizer:hasGlyphs",
        "(rasterizer: Rasterizer, ...: any) -> boolean",
        "Whether all characters or code points have glyphs.",
        Effects::READS,
        UNRECORDED,
        |call| {
            let rasterizer = object::object::<RasterizerObject>(call, 1, "Rasterizer")?;
            has_glyphs(
                call,
                |text| rasterizer.0.has_glyphs(text),
                |glyph| rasterizer.0.has_glyph(glyph),
            )
        },
    ),
];

fn measure(call: &mut Call<'_>, read: fn(&Rasterizer) -> i32) -> NativeResult {
    let rasterizer = object::object::<RasterizerObject>(call, 1, "Rasterizer")?;
    call.one(f64::from(read(&rasterizer.0)))
}

/// A character given as text or as a number.
fn codepoint_argument(call: &mut Call<'_>, index: u32) -> Result<u32, Raised> {
    if call.argument(index).is_string() {
        let text = call.string(index)?;
        utf8::first_codepoint(text).map_err(|error| raise(call, error))
    } else {
        Ok(call.number(index)? as u32)
    }
}

fn glyph_data(call: &mut Call<'_>) -> NativeResult {
    let rasterizer = object::object::<RasterizerObject>(call, 1, "Rasterizer")?;
    let codepoint = codepoint_argument(call, 2)?;
    let glyph = rasterizer
        .0
        .glyph(codepoint)
        .map_err(|error| raise(call, error))?;
    let value = data_object::push(call.vm, &GLYPH_DATA, glyph);
    call.one(value)
}

fn has_glyphs(
    call: &mut Call<'_>,
    in_text: impl Fn(&[u8]) -> Result<bool, FontError>,
    single: impl Fn(u32) -> bool,
) -> NativeResult {
    let mut all = false;
    for index in 2..=call.argument_count().max(2) {
        all = if call.argument(index).is_string() {
            let text = call.string(index)?;
            in_text(text).map_err(|error| raise(call, error))?
        } else {
            single(call.number(index)? as u32)
        };
        if !all {
            break;
        }
    }
    call.one(Value::boolean(all))
}

const GLYPH_DATA_METHODS: &[Builtin] = &[
    Builtin::native(
        "GlyphData:getWidth",
        "(glyph: GlyphData) -> number",
        "Width in pixels.",
        Effects::READS,
        UNRECORDED,
        |call| glyph_numbers(call, |glyph| vec![glyph.width.into()]),
    ),
    Builtin::native(
        "GlyphData:getHeight",
        "(glyph: GlyphData) -> number",
        "Height in pixels.",
        Effects::READS,
        UNRECORDED,
        |call| glyph_numbers(call, |glyph| vec![glyph.height.into()]),
    ),
    Builtin::native(
        "GlyphData:getDimensions",
        "(glyph: GlyphData) -> number, number",
        "Width and height in pixels.",
        Effects::READS,
        UNRECORDED,
        |call| glyph_numbers(call, |glyph| vec![glyph.width.into(), glyph.height.into()]),
    ),
    Builtin::native(
        "GlyphData:getGlyph",
        "(glyph: GlyphData) -> number",
        "The code point.",
        Effects::READS,
        UNRECORDED,
        |call| glyph_numbers(call, |glyph| vec![glyph.codepoint.into()]),
    ),
    Builtin::native(
        "GlyphData:getAdvance",
        "(glyph: GlyphData) -> number",
        "How far the pen moves.",
        Effects::READS,
        UNRECORDED,
        |call| glyph_numbers(call, |glyph| vec![glyph.advance.into()]),
    ),
    Builtin::native(
        "GlyphData:getBearing",
        "(glyph: GlyphData) -> number, number",
        "From the pen to the left and upper edge.",
        Effects::READS,
        UNRECORDED,
        |call| {
            glyph_numbers(call, |glyph| {
                vec![glyph.bearing_x.into(), glyph.bearing_y.into()]
            })
        },
    ),
    Builtin::native(
        "GlyphData:getBoundingBox",
        "(glyph: GlyphData) -> number, number, number, number",
        "LÖVE's box of the glyph: x, y, width, height.",
        Effects::READS,
        UNRECORDED,
        |call| {
            glyph_numbers(call, |glyph| {
                let (width, height) = (f64::from(glyph.width), f64::from(glyph.height));
                let (left, top) = (f64::from(glyph.bearing_x), f64::from(glyph.bearing_y));
                // As LÖVE computes them: the height is that between this lower edge and the top.
                vec![left, height - top, width, top - (height - top)]
            })
        },
    ),
    Builtin::native(
        "GlyphData:getGlyphString",
        "(glyph: GlyphData) -> string",
        "The character.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let glyph = data_object::check::<GlyphBitmap>(call, 1, &GLYPH_DATA)?;
            match char::from_u32(glyph.codepoint) {
                Some(character) => call.one_string(character.to_string()),
                None => Err(call.error("UTF-8 decoding error: Invalid code point")),
            }
        },
    ),
    Builtin::native(
        "GlyphData:getFormat",
        "(glyph: GlyphData) -> string",
        "The pixel format.",
        ALLOCATES,
        UNRECORDED,
        |call| {
            let glyph = data_object::check::<GlyphBitmap>(call, 1, &GLYPH_DATA)?;
            call.one_string(glyph.format.name())
        },
    ),
];

fn glyph_numbers(call: &mut Call<'_>, read: fn(&GlyphBitmap) -> Vec<f64>) -> NativeResult {
    let glyph = data_object::check::<GlyphBitmap>(call, 1, &GLYPH_DATA)?;
    let values: Vec<Value> = read(&glyph).into_iter().map(Value::number).collect();
    call.many(&values)
}

// ---- Fonts ----

/// The contents of a `Font`: the model and its glyphs on the graphics card.
pub struct FontObject {
    /// Metrics and layout.
    pub font: Rc<RefCell<Font>>,
    /// Pictures of its glyphs.
    pub atlas: FontHandle,
}

impl LoveObject for FontObject {
    fn object_type(&self) -> &'static ObjectType {
        &FONT
    }
}

/// The model as the atlas sees it; glyph numbers are code points.
struct FontGlyphs(Rc<RefCell<Font>>);

impl GlyphSource for FontGlyphs {
    fn picture(&mut self, glyph: u32) -> GlyphPicture {
        // Layout has asked for the glyph before, so an error was raised there already.
        match self.0.borrow_mut().glyph(glyph) {
            Ok(glyph) => GlyphPicture {
                width: glyph.bitmap.width,
                height: glyph.bitmap.height,
                bearing_x: glyph.bitmap.bearing_x,
                bearing_y: glyph.bitmap.bearing_y,
                pixels: glyph.bitmap.to_rgba8(),
            },
            Err(_) => GlyphPicture::default(),
        }
    }
    fn height_pixels(&self) -> u32 {
        u32::try_from(self.0.borrow().rasterizer().height()).unwrap_or(0)
    }
    fn dpi_scale(&self) -> f32 {
        self.0.borrow().dpi_scale()
    }
}

impl FontObject {
    /// A font of a rasterizer.
    pub fn new(graphics: &Graphics, rasterizer: Arc<Rasterizer>, filter: Filter) -> Rc<Self> {
        let font = Rc::new(RefCell::new(Font::new(rasterizer)));
        let source = Box::new(FontGlyphs(font.clone()));
        Rc::new(Self {
            atlas: GlyphAtlas::new(graphics, source, filter),
            font,
        })
    }

    /// Places text as `print` (no `limit`) or `printf` does, multiplied with the drawing colour.
    pub fn place(
        &self,
        text: &ColouredText,
        colour: [f32; 4],
        wrap: Option<(f32, Align)>,
    ) -> Result<(Vec<PlacedGlyph>, TextExtent), FontError> {
        let mut font = self.font.borrow_mut();
        let (glyphs, extent) = match wrap {
            None => font.print(text, colour)?,
            Some((limit, align)) => font.print_aligned(text, colour, limit, align)?,
        };
        Ok((glyphs.into_iter().map(placed).collect(), extent))
    }

    /// The Lua value of the font.
    pub fn to_value(self: &Rc<Self>, vm: &mut Vm) -> Value {
        object::push_object(vm, self.clone())
    }
}

fn placed(glyph: PositionedGlyph) -> PlacedGlyph {
    PlacedGlyph {
        glyph: glyph.codepoint,
        x: glyph.x,
        y: glyph.y,
        color: glyph
            .colour
            .map(|part| (part.clamp(0.0, 1.0) * 255.0 + 0.5) as u8),
    }
}

/// Argument `index` as text to print: a string, or a table of colours and strings in turn.
pub fn text_argument(call: &mut Call<'_>, index: u32) -> Result<ColouredText, Raised> {
    let value = call.argument(index);
    let mut parts: Vec<(Vec<u8>, [f32; 4])> = Vec::new();
    if value.is_table() {
        let mut colour = [1.0; 4];
        for position in 1..=call.vm.raw_length(value) {
            let part = call.vm.raw_get_index(value, position as i64);
            if part.is_table() {
                colour = super::arguments::table_color(call, part)?;
            } else {
                match call.vm.string_or_number_bytes(part) {
                    Some(bytes) => parts.push((bytes, colour)),
                    None => {
                        let got = part.type_name();
                        let message = format!("string expected, got {got}");
                        return Err(call.argument_error(index, message));
                    }
                }
            }
        }
    } else {
        parts.push((call.string(index)?.to_vec(), [1.0; 4]));
    }
    let borrowed = parts
        .iter()
        .map(|(text, colour)| (text.as_slice(), *colour));
    ColouredText::from_parts(borrowed).map_err(|error| raise(call, error))
}

/// Argument `index` as an alignment; left for nil and nothing.
pub fn align_argument(call: &mut Call<'_>, index: u32) -> Result<Align, Raised> {
    let Some(name) = call.optional_string(index)? else {
        return Ok(Align::Left);
    };
    let name = String::from_utf8_lossy(name);
    match Align::from_name(&name) {
        Some(align) => Ok(align),
        None => {
            let known = "'left', 'right', 'center', 'justify'";
            Err(unknown_name(call, "alignment", known, &name))
        }
    }
}

/// `Font`
pub static FONT: ObjectType = ObjectType {
    name: "Font",
    parent: Some(&OBJECT),
    methods: FONT_METHODS,
};

/// Argument `index`, which must be a `Font`.
pub fn check_font(call: &mut Call<'_>, index: u32) -> Result<Rc<FontObject>, Raised> {
    object::object::<FontObject>(call, index, "Font")
}

const FONT_METHODS: &[Builtin] = &[
    Builtin::native(
        "Font:getHeight",
        "(font: Font) -> number",
        "Height of a line.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::height),
    ),
    Builtin::native(
        "Font:getAscent",
        "(font: Font) -> number",
        "Height above the baseline.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::ascent),
    ),
    Builtin::native(
        "Font:getDescent",
        "(font: Font) -> number",
        "Depth below the baseline, negative.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::descent),
    ),
    Builtin::native(
        "Font:getBaseline",
        "(font: Font) -> number",
        "From the top of a line to its baseline.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::baseline),
    ),
    Builtin::native(
        "Font:getLineHeight",
        "(font: Font) -> number",
        "Factor between height and distance of lines.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::line_height),
    ),
    Builtin::native(
        "Font:getDPIScale",
        "(font: Font) -> number",
        "Pixels in a unit.",
        Effects::READS,
        UNRECORDED,
        |call| metric(call, Font::dpi_scale),
    ),
    Builtin::native(
        "Font:setLineHeight",
        "(font: Font, factor: number)",
        "Sets the factor between height and distance of lines.",
        Effects::WRITES,
        UNRECORDED,
        |call| {
            let font = check_font(call, 1)?;
            let factor = call.number(2)? as f32;
            font.font.borrow_mut().set_line_height(factor);
            call.none()
        },
    ),
    Builtin::native(
        "Font:getWidth",
        "(font: Font, text: string) -> number",
        "Width of the widest line of a text.",
        Effects::READS,
        UNRECORDED,
        |call| {
            let font = check_font(call, 1)?;
            let text = call.string(2)?;
            let width = font.font.borrow_mut().width(text);
            let width = width.map_err(|error| raise(call, error))?;
            call.one(f64::from(width))
        },
    ),
    Builtin::native(
        "Font:getWrap",
        "(font: Font, text: any, limit: number) -> number, table",
        "Width and lines of a text that is broken at a limit.",
        ALLOCATES,
        UNRECORDED,
        get_wrap,
    ),
    Builtin::native(
        "Font:hasGlyphs",
        "(font: Font, ...: any) -> boolean",
        "Whether all characters or code points have glyphs.",
        Effects::READS,
        UNRECORDED,
        |call| {
            let font = check_font(call, 1)?;
            let font = font.font.borrow();
            has_glyphs(
                call,
                |text| font.has_glyphs(text),
                |glyph| font.has_glyph(glyph),
            )
        },
    ),
    Builtin::native(
        "Font:getKerning",
        "(font: Font, left: any, right: any) -> number",
        "What two characters side by side add to their advances.",
        Effects::READS,
        UNRECORDED,
        |call| {
            let font = check_font(call, 1)?;
            let left = codepoint_argument(call, 2)?;
            let right = codepoint_argument(call, 3)?;
            let kerning = font.font.borrow_mut().kerning(left, right);
            call.one(f64::from(kerning))
        },
    ),
    Builtin::native(
        "Font:setFallbacks",
        "(font: Font, ...: Font)",
        "Fonts to take missing glyphs from.",
        Effects::WRITES,
        UNRECORDED,
        set_fallbacks,
    ),
    Builtin::native(
        "Font:setFilter",
        "(font: Font, minify: string, [magnify: string], [anisotropy: number])",
        "How glyphs are scaled.",
        Effects::WRITES,
        UNRECORDED,
        set_filter,
    ),
    Builtin::native(
        "Font:getFilter",
        "(font: Font) -> string, string, number",
        "How glyphs are scaled.",
        ALLOCATES,
        UNRECORDED,
        get_filter,
    ),
];

fn metric(call: &mut Call<'_>, read: fn(&Font) -> f32) -> NativeResult {
    let font = check_font(call, 1)?;
    let value = read(&font.font.borrow());
    call.one(f64::from(value))
}

fn get_wrap(call: &mut Call<'_>) -> NativeResult {
    let font = check_font(call, 1)?;
    let text = text_argument(call, 2)?;
    let limit = call.number(3)? as f32;
    let lines = font.font.borrow_mut().wrap(&text, limit);
    let lines = lines.map_err(|error| raise(call, error))?;
    let table = call.vm.new_table_with_capacity(lines.len(), 0)?;
    call.push(table);
    let mut widest = 0;
    for (index, line) in lines.iter().enumerate() {
        widest = widest.max(line.width as i32);
        let value = call.new_string(line.to_text().as_bytes())?;
        call.vm.raw_set_index(table, index as i64 + 1, value)?;
    }
    call.many(&[Value::number(widest.into()), table])
}

fn set_fallbacks(call: &mut Call<'_>) -> NativeResult {
    let font = check_font(call, 1)?;
    let mut fallbacks = Vec::new();
    for index in 2..=call.argument_count() {
        let fallback = check_font(call, index)?;
        let rasterizer = fallback.font.borrow().rasterizer().clone();
        fallbacks.push(rasterizer);
    }
    let result = font.font.borrow_mut().set_fallbacks(&fallbacks);
    result.map_err(|error| raise(call, error))?;
    call.none()
}

fn set_filter(call: &mut Call<'_>) -> NativeResult {
    let font = check_font(call, 1)?;
    let min: FilterMode = enumeration(call, 2, "filter mode")?;
    let filter = Filter {
        min,
        mag: optional_enumeration(call, 3, "filter mode", min)?,
        anisotropy: call.optional_number(4, 1.0)? as f32,
    };
    font.atlas.borrow_mut().set_filter(filter);
    call.none()
}

fn get_filter(call: &mut Call<'_>) -> NativeResult {
    let font = check_font(call, 1)?;
    let filter = font.atlas.borrow().filter();
    let min = call.new_string(filter.min.name().as_bytes())?;
    let mag = call.new_string(filter.mag.name().as_bytes())?;
    call.many(&[min, mag, Value::number(filter.anisotropy.into())])
}
