//! Images, canvases and quads: how they are made, and their methods.

use super::arguments::{OrRaise, enumeration, optional_enumeration, unknown_name};
use super::data_object;
use super::graphics::{canvas, context, functions, push_texture, texture};
use super::graphics_state::{
    filter_arguments, mipmap_filter_argument, push_filter, push_mipmap_filter,
};
use super::image::ImageContents;
use super::object::{
    LoveObject, OBJECT, ObjectType, object, object_type_error, optional_object, push_object,
};
use crate::graphics::{
    CanvasTarget, Named, PixelFormat, PixelRegion, Quad, RenderTargets, Texture,
    TextureDescription, TextureKind, TextureType, Wrap,
};
use crate::image::{self, ImageData};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::cell::Cell;
use std::rc::Rc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.newImage" "(file: any, settings: table?) -> Image" "Makes an image from a file or ImageData." ALLOCATES new_image;
    "love.graphics.newCanvas" "(width: integer?, height: integer?, settings: table?) -> Canvas" "Makes something to draw to." ALLOCATES new_canvas;
    "love.graphics.newQuad" "(x: number, y: number, width: number, height: number, sw: any, sh: any) -> Quad" "Names a part of a texture." ALLOCATES new_quad;
};

/// A quad in Lua.
pub(super) struct QuadObject(Cell<Quad>);

impl QuadObject {
    /// The quad.
    #[inline]
    pub fn get(&self) -> Quad {
        self.0.get()
    }
}

impl LoveObject for QuadObject {
    fn object_type(&self) -> &'static ObjectType {
        &QUAD
    }
}

pub(super) static QUAD: ObjectType = ObjectType {
    name: "Quad",
    parent: Some(&OBJECT),
    methods: functions! {
        "Quad:getViewport" "(quad: Quad) -> number, number, number, number" "The rectangle." READS quad_get_viewport;
        "Quad:setViewport" "(quad: Quad, x: number, y: number, width: number, height: number, sw: number?, sh: number?)" "Changes the rectangle." WRITES quad_set_viewport;
        "Quad:getTextureDimensions" "(quad: Quad) -> number, number" "Size of the texture it is for." READS quad_get_texture_dimensions;
        "Quad:getLayer" "(quad: Quad) -> integer" "The layer." READS quad_get_layer;
        "Quad:setLayer" "(quad: Quad, layer: integer)" "Sets the layer." WRITES quad_set_layer;
    },
};

pub(super) const TEXTURE_METHODS: &[Builtin] = functions! {
    "Texture:getTextureType" "(texture: Texture) -> string" "Its shape." READS texture_get_type;
    "Texture:getWidth" "(texture: Texture, mipmap: integer = 1) -> number" "Width in units." READS texture_get_width;
    "Texture:getHeight" "(texture: Texture, mipmap: integer = 1) -> number" "Height in units." READS texture_get_height;
    "Texture:getDimensions" "(texture: Texture, mipmap: integer = 1) -> number, number" "Size in units." READS texture_get_dimensions;
    "Texture:getDepth" "(texture: Texture, mipmap: integer = 1) -> number" "Slices of a volume." READS texture_get_depth;
    "Texture:getLayerCount" "(texture: Texture) -> number" "Layers of an array." READS texture_get_layer_count;
    "Texture:getMipmapCount" "(texture: Texture) -> number" "Levels." READS texture_get_mipmap_count;
    "Texture:getPixelWidth" "(texture: Texture, mipmap: integer = 1) -> number" "Width in pixels." READS texture_get_pixel_width;
    "Texture:getPixelHeight" "(texture: Texture, mipmap: integer = 1) -> number" "Height in pixels." READS texture_get_pixel_height;
    "Texture:getPixelDimensions" "(texture: Texture, mipmap: integer = 1) -> number, number" "Size in pixels." READS texture_get_pixel_dimensions;
    "Texture:getDPIScale" "(texture: Texture) -> number" "Pixels per unit." READS texture_get_dpi_scale;
    "Texture:setFilter" "(texture: Texture, min: string, mag: string?, anisotropy: number = 1)" "Sets the filter." WRITES texture_set_filter;
    "Texture:getFilter" "(texture: Texture) -> string, string, number" "The filter." READS texture_get_filter;
    "Texture:setMipmapFilter" "(texture: Texture, mode: string?, sharpness: number = 0)" "Sets the mipmap filter." WRITES texture_set_mipmap_filter;
    "Texture:getMipmapFilter" "(texture: Texture) -> string?, number" "The mipmap filter." READS texture_get_mipmap_filter;
    "Texture:setWrap" "(texture: Texture, horizontal: string, vertical: string?, depth: string?) -> boolean" "Sets the wrap mode." WRITES texture_set_wrap;
    "Texture:getWrap" "(texture: Texture) -> string, string, string" "The wrap mode." READS texture_get_wrap;
    "Texture:getFormat" "(texture: Texture) -> string" "The pixel format." READS texture_get_format;
    "Texture:isReadable" "(texture: Texture) -> boolean" "Whether it can be drawn." READS texture_is_readable;
    "Texture:getDepthSampleMode" "(texture: Texture) -> string?" "The comparison of depth textures." READS texture_get_depth_sample_mode;
};

pub(super) const IMAGE_METHODS: &[Builtin] = functions! {
    "Image:isFormatLinear" "(image: Image) -> boolean" "Whether its colours are linear." READS image_is_format_linear;
    "Image:isCompressed" "(image: Image) -> boolean" "Whether its pixels are compressed." READS image_is_compressed;
    "Image:replacePixels" "(image: Image, data: ImageData, slice: integer?, mipmap: integer = 1, x: integer?, y: integer?, reloadmipmaps: boolean?)" "Replaces pixels." WRITES image_replace_pixels;
};

pub(super) const CANVAS_METHODS: &[Builtin] = &{
    const NATIVE: &[Builtin] = functions! {
        "Canvas:getMSAA" "(canvas: Canvas) -> integer" "Samples per pixel." READS canvas_get_msaa;
        "Canvas:getMipmapMode" "(canvas: Canvas) -> string" "When mipmaps are filled." READS canvas_get_mipmap_mode;
        "Canvas:generateMipmaps" "(canvas: Canvas)" "Fills the mipmaps." WRITES canvas_generate_mipmaps;
        "Canvas:newImageData" "(canvas: Canvas, slice: integer?, mipmap: integer = 1, x: integer?, y: integer?, width: integer?, height: integer?) -> ImageData" "A copy of its pixels." ALLOCATES canvas_new_image_data;
        "Canvas:_renderToBegin" "(count: integer, canvas: any, function: any) -> Object?, string?" "First half of renderTo: what to bring back, or what is wrong." WRITES canvas_render_to_begin;
        "Canvas:_renderToEnd" "(saved: table)" "Second half of renderTo." WRITES canvas_render_to_end;
    };
    let mut all = [NATIVE[0]; NATIVE.len() + 1];
    let mut index = 0;
    while index < NATIVE.len() {
        all[index] = NATIVE[index];
        index += 1;
    }
    all[index] = Builtin::lua(
        "Canvas:renderTo",
        "(canvas: Canvas, function: function, ...)",
        "Draws to the canvas what a function draws.",
        "local methods = ...
local begin, finish = methods._renderToBegin, methods._renderToEnd
methods._renderToBegin, methods._renderToEnd = nil, nil
local pcall, error, select = pcall, error, select
return function(...)
  local canvas, draw = ...
  local saved, problem = begin(select('#', ...) - 1, canvas, draw)
  if problem then error(problem, 2) end
  local ok, message = pcall(draw, select(3, ...))
  finish(saved)
  if not ok then error(message, 0) end
end",
    );
    all
};

// ---- making them --------------------------------------------------------------------------------------------------

/// Refuses fields of a settings table that LÖVE does not know.
fn check_fields(
    call: &mut Call<'_>,
    table: Value,
    what: &str,
    known: &[&str],
) -> Result<(), Raised> {
    for (key, _) in call.vm.entries(table) {
        let name = key.string_bytes().unwrap_or(b"?");
        if !known.iter().any(|known| known.as_bytes() == name) {
            let name = String::from_utf8_lossy(name).into_owned();
            return Err(call.error(format!("Invalid {what}: {name}")));
        }
    }
    Ok(())
}

/// The settings table in argument `index`, if there is one.
fn settings(
    call: &mut Call<'_>,
    index: u32,
    what: &str,
    known: &[&str],
) -> Result<Option<Value>, Raised> {
    if call.argument(index).is_nil() {
        return Ok(None);
    }
    let table = call.table_value(index)?;
    check_fields(call, table, what, known)?;
    Ok(Some(table))
}

fn number_field(call: &mut Call<'_>, table: Option<Value>, name: &str) -> Option<f64> {
    let value = call.vm.field(table?, name);
    call.vm.to_number(value)
}

/// Pixels per unit from a name like `image@2x.png`, as LÖVE finds it: only at the very end of the name.
fn dpi_scale_from_name(name: &str) -> Option<f32> {
    let digits = name.strip_suffix(['x', 'X'])?.rsplit_once('@')?.1;
    let density: u32 = digits.parse().ok()?;
    (density > 0).then_some(density as f32)
}

/// A copy of a picture in a format that textures have, with that format.
fn texture_pixels(data: &ImageData) -> (PixelFormat, std::borrow::Cow<'_, [u8]>) {
    let format = match data.format() {
        image::PixelFormat::R8 => PixelFormat::R8,
        image::PixelFormat::Rg8 => PixelFormat::Rg8,
        image::PixelFormat::R16f => PixelFormat::R16F,
        image::PixelFormat::Rg16f => PixelFormat::Rg16F,
        image::PixelFormat::Rgba16f => PixelFormat::Rgba16F,
        image::PixelFormat::R32f => PixelFormat::R32F,
        image::PixelFormat::Rg32f => PixelFormat::Rg32F,
        image::PixelFormat::Rgba32f => PixelFormat::Rgba32F,
        _ => return (PixelFormat::Rgba8, data.to_rgba8()),
    };
    (format, std::borrow::Cow::Borrowed(data.bytes()))
}

/// The picture in argument `index`: ImageData, or a file to decode. The second value is the density in its name.
fn picture_argument(call: &mut Call<'_>, index: u32) -> Result<(ImageData, Option<f32>), Raised> {
    let argument = call.argument(index);
    if let Some(data) = data_object::get::<ImageContents>(call.vm, argument) {
        return Ok((data.image.borrow().clone(), None));
    }
    let is_name = argument.is_string() || argument.is_number();
    if !is_name && argument.as_userdata().is_none() {
        return Err(object_type_error(call, index, "ImageData"));
    }
    if is_name {
        call.string(index)?;
    }
    let file = data_object::file_argument(call, index)?;
    let decoded = super::image::decode(&file).map_err(|error| error.0);
    let data = decoded.or_raise(call)?;
    Ok((data, dpi_scale_from_name(&file.name)))
}

fn new_image(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    if call.argument(1).is_table() {
        return Err(call.error(
            "images from tables of mipmaps are not implemented yet in rlove (see docs/compat.md)",
        ));
    }
    let known = ["mipmaps", "linear", "dpiscale"];
    let table = settings(call, 2, "image setting name", &known)?;
    let (data, density) = picture_argument(call, 1)?;
    let mipmaps = match table {
        Some(table) => call.vm.field(table, "mipmaps").is_truthy(),
        None => false,
    };
    let dpi_scale = number_field(call, table, "dpiscale")
        .map(|scale| scale as f32)
        .or(density)
        .unwrap_or(1.0);
    let (format, pixels) = texture_pixels(&data);
    let mut graphics = context.graphics.borrow_mut();
    let (width, height) = (data.width(), data.height());
    let mipmap_count = if mipmaps {
        TextureDescription::full_mipmap_count(width, height)
    } else {
        1
    };
    let description = TextureDescription {
        format,
        mipmap_count,
        dpi_scale: if dpi_scale > 0.0 { dpi_scale } else { 1.0 },
        ..TextureDescription::rgba8(TextureKind::Image, width, height)
    };
    let made = graphics.create_texture(description).and_then(|texture| {
        let region = PixelRegion::all(width, height);
        graphics.write_texture(&texture, region, &pixels)?;
        if mipmaps {
            graphics.generate_mipmaps(&texture)?;
        }
        Ok(texture)
    });
    drop(graphics);
    let texture = made.or_raise(call)?;
    let value = push_texture(call.vm, &context, &texture);
    call.one(value)
}

/// Settings of `newCanvas`, on top of the description so far.
fn canvas_settings(
    call: &mut Call<'_>,
    table: Value,
    description: &mut TextureDescription,
) -> Result<Option<f32>, Raised> {
    let dpi_scale = number_field(call, Some(table), "dpiscale").map(|scale| scale as f32);
    if let Some(samples) = number_field(call, Some(table), "msaa") {
        // `as` saturates: absurd numbers are limited by the machine.
        description.samples = (samples as u32).clamp(1, 64);
    }
    let format = call.vm.field(table, "format");
    if let Some(name) = format.string_bytes() {
        let name = String::from_utf8_lossy(name).into_owned();
        match PixelFormat::from_canvas_name(&name) {
            Some(format) => description.format = format,
            None => return Err(call.error(format!("Invalid pixel format: {name}"))),
        }
    }
    let texture_type = call.vm.field(table, "type");
    if let Some(name) = texture_type.string_bytes() {
        let name = String::from_utf8_lossy(name).into_owned();
        match TextureType::from_name(&name) {
            Some(texture_type) => description.texture_type = texture_type,
            None => {
                let names = TextureType::list();
                return Err(unknown_name(call, "texture type", &names, &name));
            }
        }
    }
    if description.texture_type == TextureType::Cube {
        description.layers = 6;
    }
    let readable = call.vm.field(table, "readable");
    description.readable = if readable.is_nil() {
        !description.format.is_depth_stencil()
    } else {
        readable.is_truthy()
    };
    let mipmaps = call.vm.field(table, "mipmaps");
    if let Some(name) = mipmaps.string_bytes() {
        let wanted = match name {
            b"none" => false,
            b"manual" => true,
            b"auto" => {
                description.automatic_mipmaps = true;
                true
            }
            _ => {
                let name = String::from_utf8_lossy(name).into_owned();
                let names = "'none', 'manual', 'auto'";
                return Err(unknown_name(call, "Canvas mipmap mode", names, &name));
            }
        };
        if wanted {
            // The number of levels follows from the size, which is not known yet.
            description.mipmap_count = 2;
        }
    }
    Ok(dpi_scale)
}

fn new_canvas(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let (screen, screen_scale) = {
        let graphics = context.graphics.borrow();
        ([graphics.width(), graphics.height()], graphics.dpi_scale())
    };
    let width = call.optional_integer(1, screen[0] as i32)?;
    let height = call.optional_integer(2, screen[1] as i32)?;
    let mut description = TextureDescription::rgba8(TextureKind::Canvas, 0, 0);
    let mut index = 3;
    if call.argument(3).is_number() {
        description.layers = call.integer(3)?.max(0) as u32;
        description.texture_type = TextureType::Array;
        index = 4;
    }
    let known = ["mipmaps", "format", "type", "dpiscale", "msaa", "readable"];
    let table = settings(call, index, "canvas setting name", &known)?;
    let dpi_scale = match table {
        Some(table) => canvas_settings(call, table, &mut description)?,
        None => None,
    };
    let dpi_scale = dpi_scale.unwrap_or(screen_scale);
    if width <= 0 || height <= 0 {
        return Err(call.error("Canvas dimensions must be greater than 0."));
    }
    let pixels = |units: i32| (units as f32 * dpi_scale + 0.5) as u32;
    description.pixel_width = pixels(width);
    description.pixel_height = pixels(height);
    description.dpi_scale = if dpi_scale > 0.0 { dpi_scale } else { 1.0 };
    if description.mipmap_count > 1 {
        description.mipmap_count = TextureDescription::full_mipmap_count(
            description.pixel_width,
            description.pixel_height,
        );
    }
    let made = context.graphics.borrow_mut().create_texture(description);
    let texture = made.or_raise(call)?;
    let value = push_texture(call.vm, &context, &texture);
    call.one(value)
}

fn new_quad(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let viewport = [
        call.number(1)?,
        call.number(2)?,
        call.number(3)?,
        call.number(4)?,
    ];
    let size = |texture: &Texture| [f64::from(texture.width()), f64::from(texture.height())];
    let mut layer = 0;
    let texture_size = if let Some(texture) = optional_object::<Texture>(call, 5) {
        size(&texture)
    } else if let Some(texture) = optional_object::<Texture>(call, 6) {
        layer = call.integer(5)?.saturating_sub(1);
        size(&texture)
    } else if !call.argument(7).is_nil() {
        layer = call.integer(5)?.saturating_sub(1);
        [call.number(6)?, call.number(7)?]
    } else {
        [call.number(5)?, call.number(6)?]
    };
    let mut quad = Quad::new(viewport, texture_size);
    quad.set_layer(layer.max(0) as u32);
    let value = push_object(call.vm, Rc::new(QuadObject(Cell::new(quad))));
    call.one(value)
}

// ---- Quad ---------------------------------------------------------------------------------------------------------

fn quad_argument(call: &mut Call<'_>) -> Result<Rc<QuadObject>, Raised> {
    object::<QuadObject>(call, 1, "Quad")
}

fn numbers<const COUNT: usize>(call: &mut Call<'_>, values: [f64; COUNT]) -> NativeResult {
    call.many(&values.map(Value::canonical_number))
}

fn quad_get_viewport(call: &mut Call<'_>) -> NativeResult {
    let viewport = quad_argument(call)?.get().viewport();
    numbers(call, viewport)
}

fn quad_set_viewport(call: &mut Call<'_>) -> NativeResult {
    let quad = quad_argument(call)?;
    let viewport = [
        call.number(2)?,
        call.number(3)?,
        call.number(4)?,
        call.number(5)?,
    ];
    let texture_size = if call.argument(6).is_nil() {
        None
    } else {
        Some([call.number(6)?, call.number(7)?])
    };
    let mut changed = quad.get();
    changed.set_viewport(viewport, texture_size);
    quad.0.set(changed);
    call.none()
}

fn quad_get_texture_dimensions(call: &mut Call<'_>) -> NativeResult {
    let size = quad_argument(call)?.get().texture_size();
    numbers(call, size)
}

fn quad_get_layer(call: &mut Call<'_>) -> NativeResult {
    let layer = quad_argument(call)?.get().layer();
    call.one(f64::from(layer) + 1.0)
}

fn quad_set_layer(call: &mut Call<'_>) -> NativeResult {
    let quad = quad_argument(call)?;
    let layer = call.integer(2)?.saturating_sub(1).max(0);
    let mut changed = quad.get();
    changed.set_layer(layer as u32);
    quad.0.set(changed);
    call.none()
}

// ---- Texture ------------------------------------------------------------------------------------------------------

fn texture_get_type(call: &mut Call<'_>) -> NativeResult {
    let texture = texture(call, 1)?;
    call.one_string(texture.description().texture_type.name())
}

/// The texture in argument 1 and the level in argument 2, from 0.
fn texture_and_level(call: &mut Call<'_>) -> Result<(Rc<Texture>, u32), Raised> {
    let texture = texture(call, 1)?;
    if call.argument(2).is_nil() {
        return Ok((texture, 0));
    }
    let level = call.integer(2)?;
    if level < 1 || level as u32 > texture.description().mipmap_count {
        return Err(call.error(format!("Invalid mipmap index: {level}")));
    }
    Ok((texture, level as u32 - 1))
}

fn at_level(size: u32, level: u32) -> f64 {
    f64::from((size >> level).max(1))
}

fn texture_get_width(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    call.one(at_level(texture.width(), level))
}

fn texture_get_height(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    call.one(at_level(texture.height(), level))
}

fn texture_get_dimensions(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    let size = [texture.width(), texture.height()];
    numbers(call, size.map(|side| at_level(side, level)))
}

fn texture_get_depth(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    let description = texture.description();
    let depth = if description.texture_type == TextureType::Volume {
        description.layers
    } else {
        1
    };
    call.one(at_level(depth, level))
}

fn texture_get_layer_count(call: &mut Call<'_>) -> NativeResult {
    let texture = texture(call, 1)?;
    let description = texture.description();
    let layers = if description.texture_type == TextureType::Array {
        description.layers
    } else {
        1
    };
    call.one(layers)
}

fn texture_get_mipmap_count(call: &mut Call<'_>) -> NativeResult {
    let count = texture(call, 1)?.description().mipmap_count;
    call.one(count)
}

fn texture_get_pixel_width(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    call.one(at_level(texture.description().pixel_width, level))
}

fn texture_get_pixel_height(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    call.one(at_level(texture.description().pixel_height, level))
}

fn texture_get_pixel_dimensions(call: &mut Call<'_>) -> NativeResult {
    let (texture, level) = texture_and_level(call)?;
    let description = texture.description();
    let size = [description.pixel_width, description.pixel_height];
    numbers(call, size.map(|side| at_level(side, level)))
}

fn texture_get_dpi_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = texture(call, 1)?.description().dpi_scale;
    call.one(f64::from(scale))
}

fn texture_set_filter(call: &mut Call<'_>) -> NativeResult {
    let texture = texture(call, 1)?;
    let filter = filter_arguments(call, 2)?;
    texture.set_filter(filter);
    call.none()
}

fn texture_get_filter(call: &mut Call<'_>) -> NativeResult {
    let filter = texture(call, 1)?.filter();
    push_filter(call, filter)
}

fn texture_set_mipmap_filter(call: &mut Call<'_>) -> NativeResult {
    let texture = texture(call, 1)?;
    let mode = mipmap_filter_argument(call, 2)?;
    let sharpness = call.optional_number(3, 0.0)?;
    texture
        .set_mipmap_filter(mode, sharpness as f32)
        .or_raise(call)?;
    call.none()
}

fn texture_get_mipmap_filter(call: &mut Call<'_>) -> NativeResult {
    let (mode, sharpness) = texture(call, 1)?.mipmap_filter();
    push_mipmap_filter(call, mode, sharpness)
}

fn texture_set_wrap(call: &mut Call<'_>) -> NativeResult {
    let texture = texture(call, 1)?;
    let s = enumeration(call, 2, "wrap mode")?;
    let wrap = Wrap {
        s,
        t: optional_enumeration(call, 3, "wrap mode", s)?,
        r: optional_enumeration(call, 4, "wrap mode", s)?,
    };
    texture.set_wrap(wrap);
    call.one(true)
}

fn texture_get_wrap(call: &mut Call<'_>) -> NativeResult {
    let Wrap { s, t, r } = texture(call, 1)?.wrap();
    for mode in [s, t, r] {
        let name = call.new_string(mode.name().as_bytes())?;
        call.push(name);
    }
    call.pushed(3)
}

fn texture_get_format(call: &mut Call<'_>) -> NativeResult {
    let format = texture(call, 1)?.description().format;
    call.one_string(format.name())
}

fn texture_is_readable(call: &mut Call<'_>) -> NativeResult {
    let readable = texture(call, 1)?.description().readable;
    call.one(readable)
}

fn texture_get_depth_sample_mode(call: &mut Call<'_>) -> NativeResult {
    texture(call, 1)?;
    call.one(Value::NIL)
}

// ---- Image --------------------------------------------------------------------------------------------------------

fn image_argument(call: &mut Call<'_>) -> Result<Rc<Texture>, Raised> {
    let found = object::<Texture>(call, 1, "Image")?;
    if found.description().kind == TextureKind::Canvas {
        return Err(object_type_error(call, 1, "Image"));
    }
    Ok(found)
}

fn image_is_format_linear(call: &mut Call<'_>) -> NativeResult {
    image_argument(call)?;
    call.one(false)
}

fn image_is_compressed(call: &mut Call<'_>) -> NativeResult {
    image_argument(call)?;
    call.one(false)
}

fn image_replace_pixels(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let image = image_argument(call)?;
    let data = super::image::check_image_data(call, 2)?;
    let data = data.image.borrow().clone();
    let mipmap = call.optional_integer(4, 1)?.saturating_sub(1);
    let (x, y) = if call.argument(5).is_nil() {
        (0, 0)
    } else {
        (call.integer(5)?, call.integer(6)?)
    };
    let reload = call.argument(7).is_nil() || call.truth(7);
    let (format, pixels) = texture_pixels(&data);
    if format != image.description().format {
        return Err(call.error("Pixel formats must match."));
    }
    if mipmap < 0 || mipmap as u32 >= image.description().mipmap_count {
        return Err(call.error(format!("Invalid image mipmap index {}.", mipmap + 1)));
    }
    if x < 0 || y < 0 {
        return Err(call.error("Invalid rectangle dimensions."));
    }
    let region = PixelRegion {
        x: x as u32,
        y: y as u32,
        mipmap: mipmap as u32,
        ..PixelRegion::all(data.width(), data.height())
    };
    let mut graphics = context.graphics.borrow_mut();
    let mut result = graphics.write_texture(&image, region, &pixels);
    if result.is_ok() && reload && mipmap == 0 && image.description().mipmap_count > 1 {
        result = graphics.generate_mipmaps(&image);
    }
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

// ---- Canvas -------------------------------------------------------------------------------------------------------

fn canvas_get_msaa(call: &mut Call<'_>) -> NativeResult {
    let samples = canvas(call, 1)?.description().samples;
    // LÖVE says 0 where there is no multisampling.
    call.one(if samples > 1 { samples } else { 0 })
}

fn canvas_get_mipmap_mode(call: &mut Call<'_>) -> NativeResult {
    let canvas = canvas(call, 1)?;
    let description = canvas.description();
    call.one_string(
        match (description.mipmap_count, description.automatic_mipmaps) {
            (1, _) => "none",
            (_, true) => "auto",
            (_, false) => "manual",
        },
    )
}

fn canvas_generate_mipmaps(call: &mut Call<'_>) -> NativeResult {
    let canvas = canvas(call, 1)?;
    let context = context(call)?;
    let result = context.graphics.borrow_mut().generate_mipmaps(&canvas);
    result.or_raise(call)?;
    call.none()
}

/// The name that pictures have for a format of canvases.
fn picture_format(format: PixelFormat) -> Option<image::PixelFormat> {
    match format {
        PixelFormat::Srgba8 => Some(image::PixelFormat::Rgba8),
        other => image::PixelFormat::from_name(other.name()),
    }
}

fn canvas_new_image_data(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let canvas = canvas(call, 1)?;
    let description = canvas.description().clone();
    let layer = if description.texture_type == TextureType::TwoDimensional {
        0
    } else {
        call.integer(2)?.saturating_sub(1)
    };
    let mipmap = call.optional_integer(3, 1)?.saturating_sub(1);
    let rectangle = if call.argument(4).is_nil() {
        [
            0,
            0,
            description.pixel_width as i32,
            description.pixel_height as i32,
        ]
    } else {
        [
            call.integer(4)?,
            call.integer(5)?,
            call.integer(6)?,
            call.integer(7)?,
        ]
    };
    let [x, y, width, height] = rectangle;
    if x < 0 || y < 0 || width <= 0 || height <= 0 {
        return Err(call.error("Invalid rectangle dimensions."));
    }
    if layer < 0 || mipmap < 0 || mipmap as u32 >= description.mipmap_count {
        return Err(call.error("Invalid slice index."));
    }
    let region = PixelRegion {
        x: x as u32,
        y: y as u32,
        width: width as u32,
        height: height as u32,
        layer: layer as u32,
        mipmap: mipmap as u32,
    };
    let read = context.graphics.borrow_mut().read_canvas(&canvas, region);
    let pixels = read.or_raise(call)?;
    let Some(format) = picture_format(description.format) else {
        let name = description.format.name();
        return Err(call.error(format!(
            "ImageData with the '{name}' pixel format is not supported."
        )));
    };
    let (width, height) = (i64::from(width), i64::from(height));
    let data = ImageData::from_raw_bytes(width, height, format, &pixels);
    let data = data.map_err(|error| error.0).or_raise(call)?;
    let value = super::image::push_image_data(call.vm, data);
    call.one(value)
}

/// Targets that `renderTo` brings back.
struct SavedTargets(RenderTargets);

static SAVED_TARGETS: ObjectType = ObjectType {
    name: "Object",
    parent: Some(&OBJECT),
    methods: &[],
};

impl LoveObject for SavedTargets {
    fn object_type(&self) -> &'static ObjectType {
        &SAVED_TARGETS
    }
}

fn canvas_render_to_begin(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let canvas = canvas(call, 2)?;
    if !call.argument(3).is_function() {
        let problem = super::graphics_state::function_expected(call, 3, 1, "renderTo");
        return call.nil_and_message(problem);
    }
    let mut graphics = context.graphics.borrow_mut();
    let saved = graphics.state().targets.clone();
    let result = graphics.set_canvas(RenderTargets {
        colors: vec![CanvasTarget {
            texture: (*canvas).clone(),
            layer: 0,
            mipmap: 0,
        }],
        ..RenderTargets::default()
    });
    drop(graphics);
    if let Err(problem) = result {
        return call.nil_and_message(problem);
    }
    let value = push_object(call.vm, Rc::new(SavedTargets(saved)));
    call.one(value)
}

fn canvas_render_to_end(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let saved = object::<SavedTargets>(call, 1, "Object")?;
    let result = context.graphics.borrow_mut().set_canvas(saved.0.clone());
    result.or_raise(call)?;
    call.none()
}
