//! `love.font`: rasterizers and their glyphs, over the model in `crate::font`.
//!
//! ```text
//! love.font.newRasterizer("a.ttf", 14)   ─► Rasterizer ─► GlyphData
//! ```
//!
//! [`rasterizer_arguments`] and [`image_font_arguments`] read the arguments that `love.graphics.newFont` and
//! `newImageFont` share with these functions.
//!
//! Not here: `Font` objects, which belong to `love.graphics`.

use super::arguments::unknown_name;
use super::data_object::{self, Contents, DATA, UNRECORDED};
use super::image;
use super::object::{self, LoveObject, OBJECT, ObjectType};
use crate::font::{
    BmFont, FontError, GlyphBitmap, Hinting, ImageFont, Rasterizer, TrueTypeFont, utf8,
};
use rlove_vm::builtin::{Builtin, Effects, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::rc::Rc;
use std::sync::Arc;

/// LÖVE's size when none is given.
const DEFAULT_SIZE: i32 = 12;
const ALLOCATES: Effects = Effects::READS.and(Effects::ALLOCATES);

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
pub(super) fn codepoint_argument(call: &mut Call<'_>, index: u32) -> Result<u32, Raised> {
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
