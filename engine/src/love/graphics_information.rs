//! What `love.graphics` tells about itself: sizes, limits, formats, statistics; and screenshots.

use super::data_object;
use super::graphics::{GraphicsContext, context, context_of, functions};
use crate::graphics::{Named, PixelFormat};
use crate::image::{self, EncodedFormat, ImageData};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.isCreated" "() -> boolean" "Whether there is a screen." READS is_created;
    "love.graphics.isActive" "() -> boolean" "Whether drawing works now." READS is_created;
    "love.graphics.isGammaCorrect" "() -> boolean" "Whether colours are blended in linear space." PURE is_gamma_correct;
    "love.graphics.getWidth" "() -> integer" "Width of the screen in units." READS get_width;
    "love.graphics.getHeight" "() -> integer" "Height of the screen in units." READS get_height;
    "love.graphics.getDimensions" "() -> integer, integer" "Size of the screen in units." READS get_dimensions;
    "love.graphics.getPixelWidth" "() -> integer" "Width of the screen in pixels." READS get_pixel_width;
    "love.graphics.getPixelHeight" "() -> integer" "Height of the screen in pixels." READS get_pixel_height;
    "love.graphics.getPixelDimensions" "() -> integer, integer" "Size of the screen in pixels." READS get_pixel_dimensions;
    "love.graphics.getDPIScale" "() -> number" "Pixels per unit." READS get_dpi_scale;
    "love.graphics.getStats" "(stats: table?) -> table" "Numbers about this frame." ALLOCATES get_stats;
    "love.graphics.getSystemLimits" "(limits: table?) -> table" "Limits of this machine." ALLOCATES get_system_limits;
    "love.graphics.getSupported" "(features: table?) -> table" "Optional abilities of this machine." ALLOCATES get_supported;
    "love.graphics.getTextureTypes" "(types: table?) -> table" "Kinds of textures that work." ALLOCATES get_texture_types;
    "love.graphics.getCanvasFormats" "(readable: boolean?, formats: table?) -> table" "Formats that canvases can have." ALLOCATES get_canvas_formats;
    "love.graphics.getImageFormats" "(formats: table?) -> table" "Formats that images can have." ALLOCATES get_image_formats;
    "love.graphics.getRendererInfo" "() -> string, string, string, string" "Name and maker of the renderer." ALLOCATES get_renderer_info;
    "love.graphics.captureScreenshot" "(receiver: any)" "Takes a picture when the frame is shown." WRITES capture_screenshot;
};

fn is_created(call: &mut Call<'_>) -> NativeResult {
    let created = context_of(call.vm).is_some();
    call.one(created)
}

fn is_gamma_correct(call: &mut Call<'_>) -> NativeResult {
    call.one(false)
}

/// Units and pixels of the screen; zeros without one, as LÖVE answers before a window exists.
fn sizes(call: &Call<'_>) -> [f64; 4] {
    let Some(context) = context_of(call.vm) else {
        return [0.0; 4];
    };
    let graphics = context.graphics.borrow();
    let (width, height) = (graphics.width(), graphics.height());
    [
        width,
        height,
        graphics.pixel_width(),
        graphics.pixel_height(),
    ]
    .map(f64::from)
}

fn get_width(call: &mut Call<'_>) -> NativeResult {
    let width = sizes(call)[0];
    call.one(width)
}

fn get_height(call: &mut Call<'_>) -> NativeResult {
    let height = sizes(call)[1];
    call.one(height)
}

fn get_dimensions(call: &mut Call<'_>) -> NativeResult {
    let [width, height, ..] = sizes(call).map(Value::number);
    call.many(&[width, height])
}

fn get_pixel_width(call: &mut Call<'_>) -> NativeResult {
    let width = sizes(call)[2];
    call.one(width)
}

fn get_pixel_height(call: &mut Call<'_>) -> NativeResult {
    let height = sizes(call)[3];
    call.one(height)
}

fn get_pixel_dimensions(call: &mut Call<'_>) -> NativeResult {
    let [.., width, height] = sizes(call).map(Value::number);
    call.many(&[width, height])
}

fn get_dpi_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = match context_of(call.vm) {
        Some(context) => f64::from(context.graphics.borrow().dpi_scale()),
        None => 1.0,
    };
    call.one(scale)
}

/// The table in argument `index` to be filled, or a new one.
fn table_to_fill(call: &mut Call<'_>, index: u32) -> Value {
    let given = call.argument(index);
    if given.is_table() {
        given
    } else {
        call.vm.new_table()
    }
}

fn get_stats(call: &mut Call<'_>) -> NativeResult {
    let stats = context(call)?.graphics.borrow().stats();
    let table = table_to_fill(call, 1);
    for (name, number) in [
        ("drawcalls", f64::from(stats.draw_calls)),
        ("drawcallsbatched", f64::from(stats.draw_calls_batched)),
        ("canvasswitches", f64::from(stats.canvas_switches)),
        ("shaderswitches", f64::from(stats.shader_switches)),
        ("canvases", f64::from(stats.canvases)),
        ("images", f64::from(stats.images)),
        ("fonts", f64::from(stats.fonts)),
        ("texturememory", stats.texture_memory as f64),
    ] {
        call.vm.set_field(table, name, number);
    }
    call.one(table)
}

fn get_system_limits(call: &mut Call<'_>) -> NativeResult {
    let limits = context(call)?.graphics.borrow().limits();
    let table = table_to_fill(call, 1);
    for (name, number) in [
        ("pointsize", f64::from(limits.point_size)),
        ("texturesize", f64::from(limits.texture_size)),
        ("texturelayers", f64::from(limits.texture_layers)),
        ("volumetexturesize", f64::from(limits.volume_texture_size)),
        ("cubetexturesize", f64::from(limits.cube_texture_size)),
        ("multicanvas", f64::from(limits.multi_canvas)),
        ("canvasmsaa", f64::from(limits.canvas_msaa)),
        ("anisotropy", f64::from(limits.anisotropy)),
    ] {
        call.vm.set_field(table, name, number);
    }
    call.one(table)
}

fn get_supported(call: &mut Call<'_>) -> NativeResult {
    let features = context(call)?.graphics.borrow().features();
    let table = table_to_fill(call, 1);
    for (name, supported) in [
        ("multicanvasformats", true),
        ("clampzero", features.clamp_zero),
        ("lighten", true),
        ("fullnpot", true),
        ("pixelshaderhighp", true),
        ("shaderderivatives", true),
        ("glsl3", true),
        ("instancing", true),
    ] {
        call.vm.set_field(table, name, supported);
    }
    call.one(table)
}

fn get_texture_types(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let table = table_to_fill(call, 1);
    for (name, supported) in [
        ("2d", true),
        ("array", false),
        ("cube", false),
        ("volume", false),
    ] {
        call.vm.set_field(table, name, supported);
    }
    call.one(table)
}

fn get_canvas_formats(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let first = call.argument(1);
    let index = if first.is_boolean() { 2 } else { 1 };
    let table = table_to_fill(call, index);
    for (name, format) in PixelFormat::NAMES {
        let readable = if first.is_boolean() {
            first.is_truthy()
        } else {
            !format.is_depth_stencil()
        };
        let supported = context
            .graphics
            .borrow()
            .supports_canvas_format(*format, readable);
        call.vm.set_field(table, name, supported);
    }
    // Formats that LÖVE knows and no present machine draws to.
    for name in ["la8", "rgba4", "rgb5a1", "rgb565"] {
        call.vm.set_field(table, name, false);
    }
    call.one(table)
}

fn get_image_formats(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let table = table_to_fill(call, 1);
    for (name, format) in PixelFormat::NAMES {
        if !format.is_depth_stencil() && *format != PixelFormat::Srgba8 {
            call.vm.set_field(table, name, true);
        }
    }
    call.one(table)
}

fn get_renderer_info(call: &mut Call<'_>) -> NativeResult {
    let info = context(call)?.graphics.borrow().renderer_info();
    for text in [info.name, info.version, info.vendor, info.device] {
        let value = call.new_string(text.as_bytes())?;
        call.push(value);
    }
    call.pushed(4)
}

/// Registry field with the receivers of the next screenshot.
const RECEIVERS: &str = "love.graphics.screenshots";

fn capture_screenshot(call: &mut Call<'_>) -> NativeResult {
    context(call)?;
    let receiver = call.argument(1);
    if receiver.is_string() {
        let name = call.text(1)?;
        encoded_format(call, &name)?;
    } else if !receiver.is_function() {
        return Err(super::object::object_type_error(
            call,
            1,
            "function, string, or Channel",
        ));
    }
    let registry = call.vm.registry();
    let mut receivers = call.vm.field(registry, RECEIVERS);
    if !receivers.is_table() {
        receivers = call.vm.new_table();
        call.vm.set_field(registry, RECEIVERS, receivers);
    }
    let next = call.vm.raw_length(receivers) as i64 + 1;
    call.vm.raw_set_index(receivers, next, receiver)?;
    call.none()
}

fn encoded_format(call: &mut Call<'_>, name: &str) -> Result<EncodedFormat, Raised> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_ascii_lowercase();
    match EncodedFormat::from_name(&extension) {
        Some(format) => Ok(format),
        None => Err(super::arguments::unknown_name(
            call,
            "encoded image format",
            "'tga', 'png'",
            &extension,
        )),
    }
}

/// Gives the finished frame to everyone who asked for it.
pub(super) fn deliver_screenshots(
    call: &mut Call<'_>,
    context: &GraphicsContext,
) -> Result<(), Raised> {
    let registry = call.vm.registry();
    let receivers = call.vm.field(registry, RECEIVERS);
    let count = call.vm.raw_length(receivers);
    if count == 0 {
        return Ok(());
    }
    call.push(receivers);
    call.vm.set_field(registry, RECEIVERS, Value::NIL);
    let (pixels, width, height) = {
        let mut graphics = context.graphics.borrow_mut();
        let pixels = graphics.screenshot();
        (pixels, graphics.pixel_width(), graphics.pixel_height())
    };
    let pixels = super::arguments::OrRaise::or_raise(pixels, call)?;
    let picture = ImageData::from_raw_bytes(
        i64::from(width),
        i64::from(height),
        image::PixelFormat::Rgba8,
        &pixels,
    );
    let picture = super::arguments::OrRaise::or_raise(picture.map_err(|error| error.0), call)?;
    for index in 1..=count {
        let receiver = call.vm.raw_get_index(receivers, index as i64);
        if receiver.is_function() {
            let value = super::image::push_image_data(call.vm, picture.clone());
            call.push(value);
            call.call_function(receiver, &[value])?;
        } else if let Some(name) = receiver.string_bytes() {
            let name = String::from_utf8_lossy(name).into_owned();
            let format = encoded_format(call, &name)?;
            let encoded = picture.encode(format).map_err(|error| error.0);
            let encoded = super::arguments::OrRaise::or_raise(encoded, call)?;
            let written = data_object::write_file(call.vm, &name, &encoded);
            super::arguments::OrRaise::or_raise(written, call)?;
        }
    }
    Ok(())
}
