//! Fonts and text objects: how they are made, and their methods.

use super::arguments::{OrRaise, behind_arguments, float, table_color};
use super::font::{codepoint_argument, image_font_arguments, rasterizer_arguments};
use super::graphics::{DRAWABLE, GraphicsContext, context, functions, placement};
use super::graphics_draw::{align_argument, font_argument};
use super::graphics_state::{filter_arguments, push_filter};
use super::object::{LoveObject, OBJECT, ObjectType, object, push_object};
use crate::font::{ColouredText, Font, FontError, Rasterizer};
use crate::graphics::{FontHandle, GameFont, TextObject, Transform};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.newFont" "(file: any, size: any, ...) -> Font" "Makes a font." ALLOCATES new_font;
    "love.graphics.setNewFont" "(file: any, size: any, ...) -> Font" "Makes a font and sets it." WRITES set_new_font;
    "love.graphics.newImageFont" "(file: any, glyphs: string, spacing: integer = 0, dpiscale: number = 1) -> Font" "Makes a font from a picture." ALLOCATES new_image_font;
    "love.graphics.setFont" "(font: Font)" "Sets the font of print." WRITES set_font;
    "love.graphics.getFont" "() -> Font" "The font of print." READS get_font;
    "love.graphics.newText" "(font: Font, text: any) -> Text" "Makes text that is drawn many times." ALLOCATES new_text;
};

pub(super) static FONT: ObjectType = ObjectType {
    name: "Font",
    parent: Some(&OBJECT),
    methods: functions! {
        "Font:getHeight" "(font: Font) -> number" "Height of a line." READS font_get_height;
        "Font:getWidth" "(font: Font, text: string) -> integer" "Width of the widest line." READS font_get_width;
        "Font:getWrap" "(font: Font, text: any, limit: number) -> integer, table" "Lines of at most a width." ALLOCATES font_get_wrap;
        "Font:setLineHeight" "(font: Font, height: number)" "Sets the distance of lines." WRITES font_set_line_height;
        "Font:getLineHeight" "(font: Font) -> number" "The distance of lines." READS font_get_line_height;
        "Font:setFilter" "(font: Font, min: string, mag: string?, anisotropy: number = 1)" "Sets the filter." WRITES font_set_filter;
        "Font:getFilter" "(font: Font) -> string, string, number" "The filter." READS font_get_filter;
        "Font:getAscent" "(font: Font) -> number" "From the baseline up." READS font_get_ascent;
        "Font:getDescent" "(font: Font) -> number" "From the baseline down." READS font_get_descent;
        "Font:getBaseline" "(font: Font) -> number" "From the top to the baseline." READS font_get_baseline;
        "Font:hasGlyphs" "(font: Font, ...) -> boolean" "Whether it can show text." READS font_has_glyphs;
        "Font:getKerning" "(font: Font, left: any, right: any) -> number" "Change of distance of two glyphs." READS font_get_kerning;
        "Font:setFallbacks" "(font: Font, ...)" "Sets fonts for missing glyphs." WRITES font_set_fallbacks;
        "Font:getDPIScale" "(font: Font) -> number" "Pixels per unit." READS font_get_dpi_scale;
    },
};

impl LoveObject for GameFont {
    fn object_type(&self) -> &'static ObjectType {
        &FONT
    }
}

pub(super) static TEXT: ObjectType = ObjectType {
    name: "Text",
    parent: Some(&DRAWABLE),
    methods: functions! {
        "Text:set" "(text: Text, content: any)" "Replaces the text." WRITES text_set;
        "Text:setf" "(text: Text, content: any, limit: number, align: string)" "Replaces the text, in lines." WRITES text_setf;
        "Text:add" "(text: Text, content: any, x: number = 0, y: number = 0, ...) -> integer" "Adds text." WRITES text_add;
        "Text:addf" "(text: Text, content: any, limit: number, align: string, x: number = 0, y: number = 0, ...) -> integer" "Adds text, in lines." WRITES text_addf;
        "Text:clear" "(text: Text)" "Removes the text." WRITES text_clear;
        "Text:setFont" "(text: Text, font: Font)" "Sets the font." WRITES text_set_font;
        "Text:getFont" "(text: Text) -> Font" "The font." READS text_get_font;
        "Text:getWidth" "(text: Text, index: integer = 0) -> number" "Width of a piece." READS text_get_width;
        "Text:getHeight" "(text: Text, index: integer = 0) -> number" "Height of a piece." READS text_get_height;
        "Text:getDimensions" "(text: Text, index: integer = 0) -> number, number" "Size of a piece." READS text_get_dimensions;
    },
};

/// A text object in Lua.
pub(super) struct TextHolder {
    /// The text.
    pub text: RefCell<TextObject>,
}

impl LoveObject for TextHolder {
    fn object_type(&self) -> &'static ObjectType {
        &TEXT
    }
}

/// Text in argument `index`: a string, or a table of colours and strings.
pub(super) fn colored_text(call: &mut Call<'_>, index: u32) -> Result<ColouredText, Raised> {
    let argument = call.argument(index);
    let text = if argument.is_table() {
        let mut parts: Vec<(Vec<u8>, [f32; 4])> = Vec::new();
        let mut color = [1.0; 4];
        for position in 1..=call.vm.raw_length(argument) {
            let element = call.vm.raw_get_index(argument, position as i64);
            if element.is_table() {
                color = table_color(call, element, 1)?.map(|component| component.clamp(0.0, 1.0));
                continue;
            }
            match call.vm.string_or_number_bytes(element) {
                Some(bytes) => parts.push((bytes, color)),
                None => {
                    let got = element.type_name();
                    let shown = behind_arguments(call, 0, 1);
                    let message = format!("string expected, got {got}");
                    return Err(call.argument_error(shown, message));
                }
            }
        }
        ColouredText::from_parts(parts.iter().map(|(part, color)| (part.as_slice(), *color)))
    } else {
        ColouredText::plain(call.string(index)?)
    };
    raised(call, text)
}

fn raised<T>(call: &mut Call<'_>, result: Result<T, FontError>) -> Result<T, Raised> {
    result.map_err(|error| error.0).or_raise(call)
}

// ---- making fonts -------------------------------------------------------------------------------------------------

fn make_font(call: &mut Call<'_>) -> Result<(Rc<GraphicsContext>, FontHandle), Raised> {
    let context = context(call)?;
    let position = call.vm.position_of_level(1);
    let rasterizer = rasterizer_arguments(call).map_err(|_| without_position(call, &position))?;
    let font = font_from(&context, rasterizer);
    Ok((context, font))
}

/// The error on its way without the caller's position in front: LÖVE makes fonts through another function, whose
/// caller has none.
fn without_position(call: &mut Call<'_>, position: &[u8]) -> Raised {
    let error = call.vm.take_error();
    let text = error
        .string_bytes()
        .and_then(|text| text.strip_prefix(position));
    match text {
        Some(text) => call.vm.raise_message(text),
        None => call.raise(error),
    }
}

fn font_from(context: &GraphicsContext, rasterizer: Arc<Rasterizer>) -> FontHandle {
    let graphics = context.graphics.borrow();
    let filter = graphics.state().default_filter;
    GameFont::new(&graphics, Font::new(rasterizer), filter)
}

fn new_font(call: &mut Call<'_>) -> NativeResult {
    let (_, font) = make_font(call)?;
    let value = push_object(call.vm, font);
    call.one(value)
}

fn set_new_font(call: &mut Call<'_>) -> NativeResult {
    let (context, font) = make_font(call)?;
    context.graphics.borrow_mut().set_font(Some(font.clone()));
    let value = push_object(call.vm, font);
    call.one(value)
}

fn new_image_font(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    if !call.argument(2).is_string() {
        return Err(call.type_error(2, "string"));
    }
    let position = call.vm.position_of_level(1);
    let rasterizer = image_font_arguments(call).map_err(|_| without_position(call, &position))?;
    let font = font_from(&context, rasterizer);
    let value = push_object(call.vm, font);
    call.one(value)
}

fn set_font(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    context(call)?.graphics.borrow_mut().set_font(Some(font));
    call.none()
}

fn get_font(call: &mut Call<'_>) -> NativeResult {
    let font = context(call)?.current_font().or_raise(call)?;
    let value = push_object(call.vm, font);
    call.one(value)
}

// ---- Font ---------------------------------------------------------------------------------------------------------

fn font_get_height(call: &mut Call<'_>) -> NativeResult {
    let height = font_argument(call, 1)?.font().height();
    call.one(f64::from(height))
}

fn font_get_width(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let width = font.font().width(call.string(2)?);
    let width = raised(call, width)?;
    call.one(width)
}

fn font_get_wrap(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let text = colored_text(call, 2)?;
    let limit = float(call, 3)?;
    let lines = font.font().wrap(&text, limit);
    let lines = raised(call, lines)?;
    let table = call.vm.new_table_with_capacity(lines.len(), 0)?;
    call.push(table);
    let mut widest = 0;
    for (index, line) in lines.iter().enumerate() {
        widest = widest.max(line.width as i32);
        let text = call.new_string(line.to_text().as_bytes())?;
        call.vm.raw_set_index(table, index as i64 + 1, text)?;
    }
    call.many(&[Value::number(f64::from(widest)), table])
}

fn font_set_line_height(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let height = float(call, 2)?;
    font.font().set_line_height(height);
    call.none()
}

fn font_get_line_height(call: &mut Call<'_>) -> NativeResult {
    let height = font_argument(call, 1)?.font().line_height();
    call.one(f64::from(height))
}

fn font_set_filter(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let filter = filter_arguments(call, 2)?;
    font.set_filter(filter);
    call.none()
}

fn font_get_filter(call: &mut Call<'_>) -> NativeResult {
    let filter = font_argument(call, 1)?.filter();
    push_filter(call, filter)
}

fn font_get_ascent(call: &mut Call<'_>) -> NativeResult {
    let ascent = font_argument(call, 1)?.font().ascent();
    call.one(f64::from(ascent))
}

fn font_get_descent(call: &mut Call<'_>) -> NativeResult {
    let descent = font_argument(call, 1)?.font().descent();
    call.one(f64::from(descent))
}

fn font_get_baseline(call: &mut Call<'_>) -> NativeResult {
    let baseline = font_argument(call, 1)?.font().baseline();
    call.one(f64::from(baseline))
}

fn font_has_glyphs(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let mut all = false;
    for index in 2..=call.argument_count().max(2) {
        all = if call.argument(index).is_string() {
            let known = font.font().has_glyphs(call.string(index)?);
            raised(call, known)?
        } else {
            let codepoint = call.number(index)? as u32;
            font.font().has_glyph(codepoint)
        };
        if !all {
            break;
        }
    }
    call.one(all)
}

fn font_get_kerning(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    if call.argument(2).is_string() {
        call.string(3)?;
    }
    let left = codepoint_argument(call, 2)?;
    let right = codepoint_argument(call, 3)?;
    let kerning = font.font().kerning(left, right);
    call.one(f64::from(kerning))
}

fn font_set_fallbacks(call: &mut Call<'_>) -> NativeResult {
    let font = font_argument(call, 1)?;
    let mut fallbacks = Vec::new();
    for index in 2..=call.argument_count() {
        let fallback = font_argument(call, index)?;
        let rasterizer = fallback.font().rasterizer().clone();
        fallbacks.push(rasterizer);
    }
    let result = font.font().set_fallbacks(&fallbacks);
    raised(call, result)?;
    call.none()
}

fn font_get_dpi_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = font_argument(call, 1)?.font().dpi_scale();
    call.one(f64::from(scale))
}

// ---- Text ---------------------------------------------------------------------------------------------------------

fn text_argument(call: &mut Call<'_>) -> Result<Rc<TextHolder>, Raised> {
    object::<TextHolder>(call, 1, "Text")
}

fn new_text(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let font = font_argument(call, 1)?;
    let mut text = TextObject::new(font);
    if !call.argument(2).is_nil() {
        let content = colored_text(call, 2)?;
        text.set(content, None).or_raise(call)?;
    }
    let holder = TextHolder {
        text: RefCell::new(text),
    };
    let value = push_object(call.vm, Rc::new(holder));
    call.one(value)
}

fn text_set(call: &mut Call<'_>) -> NativeResult {
    let holder = text_argument(call)?;
    let content = colored_text(call, 2)?;
    let result = holder.text.borrow_mut().set(content, None);
    result.or_raise(call)?;
    call.none()
}

fn text_setf(call: &mut Call<'_>) -> NativeResult {
    let holder = text_argument(call)?;
    let limit = float(call, 3)?;
    call.string(4)?;
    let align = align_argument(call, 4, "align mode")?;
    let content = colored_text(call, 2)?;
    let result = holder.text.borrow_mut().set(content, Some((limit, align)));
    result.or_raise(call)?;
    call.none()
}

fn add_text(
    call: &mut Call<'_>,
    wrap: Option<(f32, crate::font::Align)>,
    index: u32,
) -> NativeResult {
    let holder = text_argument(call)?;
    let content = colored_text(call, 2)?;
    let place: Transform = placement(call, index)?;
    let result = holder.text.borrow_mut().add(content, wrap, place);
    let number = result.or_raise(call)?;
    call.one(number as f64 + 1.0)
}

fn text_add(call: &mut Call<'_>) -> NativeResult {
    add_text(call, None, 3)
}

fn text_addf(call: &mut Call<'_>) -> NativeResult {
    text_argument(call)?;
    let limit = float(call, 3)?;
    call.string(4)?;
    let align = align_argument(call, 4, "align mode")?;
    add_text(call, Some((limit, align)), 5)
}

fn text_clear(call: &mut Call<'_>) -> NativeResult {
    text_argument(call)?.text.borrow_mut().clear();
    call.none()
}

fn text_set_font(call: &mut Call<'_>) -> NativeResult {
    let holder = text_argument(call)?;
    let font = font_argument(call, 2)?;
    let result = holder.text.borrow_mut().set_font(font);
    result.or_raise(call)?;
    call.none()
}

fn text_get_font(call: &mut Call<'_>) -> NativeResult {
    let font = text_argument(call)?.text.borrow().font().clone();
    let value = push_object(call.vm, font);
    call.one(value)
}

fn text_extent(call: &mut Call<'_>) -> Result<[f64; 2], Raised> {
    let holder = text_argument(call)?;
    let index = call.optional_integer(2, 0)?;
    let index = usize::try_from(index.saturating_sub(1)).ok();
    let extent = holder.text.borrow().extent(index);
    Ok([f64::from(extent.width), f64::from(extent.height)])
}

fn text_get_width(call: &mut Call<'_>) -> NativeResult {
    let [width, _] = text_extent(call)?;
    call.one(width)
}

fn text_get_height(call: &mut Call<'_>) -> NativeResult {
    let [_, height] = text_extent(call)?;
    call.one(height)
}

fn text_get_dimensions(call: &mut Call<'_>) -> NativeResult {
    let size = text_extent(call)?;
    call.many(&size.map(Value::number))
}
