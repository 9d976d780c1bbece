//! State of `love.graphics`: colours, modes, the transform stack, scissor, stencil, targets, clear and present.

use super::arguments::{
    OrRaise, color, enumeration, float, optional_enumeration, optional_float, table_color,
    unknown_name,
};
use super::graphics::{canvas, context, functions, push_texture, transform};
use crate::graphics::commands::Clear;
use crate::graphics::{
    Blend, BlendAlphaMode, CanvasTarget, ColorMask, CompareMode, DepthUse, Filter, FilterMode,
    Named, Rectangle, RenderTargets, StackKind, StencilAction, TextureType,
};
use crate::platform::Step;
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = &{
    const NATIVE: &[Builtin] = functions! {
        "love.graphics.reset" "()" "Sets all drawing state back." WRITES reset;
        "love.graphics.clear" "(r: number, g: number, b: number, a: number = 1, stencil: any, depth: any) | (...)" "Fills the screen or the canvases." WRITES clear;
        "love.graphics.discard" "(color: any, depthstencil: any)" "Gives the contents of the target up." WRITES discard;
        "love.graphics.present" "()" "Shows what has been drawn." SUSPENDS present;
        "love.graphics.flushBatch" "()" "Ends the current batch." WRITES flush_batch;
        "love.graphics.setColor" "(r: number, g: number, b: number, a: number = 1) | ({number})" "Sets the colour of everything drawn." WRITES set_color;
        "love.graphics.getColor" "() -> number, number, number, number" "The colour of everything drawn." READS get_color;
        "love.graphics.setBackgroundColor" "(r: number, g: number, b: number, a: number = 1) | ({number})" "Sets the colour that love.run clears with." WRITES set_background_color;
        "love.graphics.getBackgroundColor" "() -> number, number, number, number" "The colour that love.run clears with." READS get_background_color;
        "love.graphics.setColorMask" "(r: boolean, g: boolean, b: boolean, a: boolean) | ()" "Chooses the channels that drawing changes." WRITES set_color_mask;
        "love.graphics.getColorMask" "() -> boolean, boolean, boolean, boolean" "The channels that drawing changes." READS get_color_mask;
        "love.graphics.setBlendMode" "(mode: string, alphamode: string = \"alphamultiply\")" "Chooses how colours combine." WRITES set_blend_mode;
        "love.graphics.getBlendMode" "() -> string, string" "How colours combine." READS get_blend_mode;
        "love.graphics.setDefaultFilter" "(min: string, mag: string?, anisotropy: number = 1)" "Sets the filter of new textures." WRITES set_default_filter;
        "love.graphics.getDefaultFilter" "() -> string, string, number" "The filter of new textures." READS get_default_filter;
        "love.graphics.setDefaultMipmapFilter" "(mode: string?, sharpness: number = 0)" "Sets the mipmap filter of new textures." WRITES set_default_mipmap_filter;
        "love.graphics.getDefaultMipmapFilter" "() -> string?, number" "The mipmap filter of new textures." READS get_default_mipmap_filter;
        "love.graphics.setLineWidth" "(width: number)" "Sets the width of lines." WRITES set_line_width;
        "love.graphics.getLineWidth" "() -> number" "The width of lines." READS get_line_width;
        "love.graphics.setLineStyle" "(style: string)" "Sets the edges of lines." WRITES set_line_style;
        "love.graphics.getLineStyle" "() -> string" "The edges of lines." READS get_line_style;
        "love.graphics.setLineJoin" "(join: string)" "Sets the corners of lines." WRITES set_line_join;
        "love.graphics.getLineJoin" "() -> string" "The corners of lines." READS get_line_join;
        "love.graphics.setPointSize" "(size: number)" "Sets the width of points." WRITES set_point_size;
        "love.graphics.getPointSize" "() -> number" "The width of points." READS get_point_size;
        "love.graphics.setWireframe" "(enable: boolean)" "Draws triangles as outlines." WRITES set_wireframe;
        "love.graphics.isWireframe" "() -> boolean" "Whether triangles are drawn as outlines." READS is_wireframe;
        "love.graphics.setDepthMode" "(compare: string, write: boolean) | ()" "Sets the depth test." WRITES set_depth_mode;
        "love.graphics.getDepthMode" "() -> string, boolean" "The depth test." READS get_depth_mode;
        "love.graphics.setMeshCullMode" "(mode: string)" "Hides faces of meshes." WRITES set_mesh_cull_mode;
        "love.graphics.getMeshCullMode" "() -> string" "Hidden faces of meshes." READS get_mesh_cull_mode;
        "love.graphics.setFrontFaceWinding" "(winding: string)" "Says which faces are in front." WRITES set_front_face_winding;
        "love.graphics.getFrontFaceWinding" "() -> string" "Which faces are in front." READS get_front_face_winding;
        "love.graphics.setScissor" "(x: integer, y: integer, width: integer, height: integer) | ()" "Limits drawing to a rectangle." WRITES set_scissor;
        "love.graphics.intersectScissor" "(x: integer, y: integer, width: integer, height: integer)" "Limits drawing further." WRITES intersect_scissor;
        "love.graphics.getScissor" "() -> integer, integer, integer, integer" "The limit of drawing." READS get_scissor;
        "love.graphics._stencilBegin" "(count: integer, function: any, action: any, value: any, keep: any) -> string?" "First half of stencil: what is wrong with the arguments, or nothing." WRITES stencil_begin;
        "love.graphics._stencilEnd" "()" "Second half of stencil." WRITES stencil_end;
        "love.graphics.setStencilTest" "(compare: string, value: integer) | ()" "Draws only where the stencil passes." WRITES set_stencil_test;
        "love.graphics.getStencilTest" "() -> string, integer" "The stencil test." READS get_stencil_test;
        "love.graphics.setCanvas" "(...)" "Draws to canvases, or to the screen." WRITES set_canvas;
        "love.graphics.getCanvas" "() -> ..." "The canvases drawn to." READS get_canvas;
        "love.graphics.push" "(stack: string = \"transform\", transform: any)" "Saves the transform, or all state." WRITES push;
        "love.graphics.pop" "()" "Brings back what push saved." WRITES pop;
        "love.graphics.getStackDepth" "() -> integer" "Pushes without their pops." READS get_stack_depth;
        "love.graphics.translate" "(x: number, y: number)" "Moves what is drawn." WRITES translate;
        "love.graphics.rotate" "(angle: number)" "Rotates what is drawn." WRITES rotate;
        "love.graphics.scale" "(x: number = 1, y: number?)" "Scales what is drawn." WRITES scale;
        "love.graphics.shear" "(x: number, y: number)" "Shears what is drawn." WRITES shear;
        "love.graphics.origin" "()" "Removes the transform." WRITES origin;
        "love.graphics.applyTransform" "(transform: Transform)" "Applies a transform inside the current one." WRITES apply_transform;
        "love.graphics.replaceTransform" "(transform: Transform)" "Sets the transform." WRITES replace_transform;
        "love.graphics.transformPoint" "(x: number, y: number) -> number, number" "Where a point is on screen." READS transform_point;
        "love.graphics.inverseTransformPoint" "(x: number, y: number) -> number, number" "Which point is there on screen." READS inverse_transform_point;
    };
    // Runs Lua code between its halves; as Lua text it can yield and costs no native frame.
    let mut all = [NATIVE[0]; NATIVE.len() + 1];
    let mut index = 0;
    while index < NATIVE.len() {
        all[index] = NATIVE[index];
        index += 1;
    }
    all[index] = Builtin::lua(
        "love.graphics.stencil",
        "(function: function, action: string = \"replace\", value: integer = 1, keep: any)",
        "Draws to the stencil buffer.",
        "local library = ...
local begin, finish = library._stencilBegin, library._stencilEnd
library._stencilBegin, library._stencilEnd = nil, nil
local error, select = error, select
return function(...)
  local draw, action, value, keep = ...
  local problem = begin(select('#', ...), draw, action, value, keep)
  if problem then error(problem, 2) end
  draw()
  finish()
end",
    );
    all
};

fn reset(call: &mut Call<'_>) -> NativeResult {
    context(call)?.graphics.borrow_mut().reset();
    call.none()
}

/// A colour for each canvas, and the index of the argument after them.
type ClearColors = (Vec<Option<[f32; 4]>>, Option<u32>);

/// The colours of `clear({r, g, b, a}, …)`, and the index of the argument after them.
fn clear_tables(call: &mut Call<'_>) -> Result<ClearColors, Raised> {
    let mut colors = Vec::new();
    for index in 1..=call.argument_count() {
        let value = call.argument(index);
        if value.is_number() || value.is_boolean() {
            return Ok((colors, Some(index)));
        }
        if !value.is_table() || call.vm.raw_length(value) == 0 {
            colors.push(None);
            continue;
        }
        colors.push(Some(table_color(call, value, 0)?));
    }
    Ok((colors, None))
}

fn clear(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let first = call.argument(1);
    let (colors, rest) = if first.is_table() {
        clear_tables(call)?
    } else if first.is_boolean() {
        let color = first.is_truthy().then_some([0.0; 4]);
        (vec![color], Some(2))
    } else if first.is_nil() {
        (vec![Some([0.0; 4])], None)
    } else {
        (vec![Some(color(call, 1)?)], Some(5))
    };
    let (mut stencil, mut depth) = (Some(0), Some(1.0));
    if let Some(index) = rest {
        let value = call.argument(index);
        if value.is_boolean() {
            stencil = value.is_truthy().then_some(0);
        } else if value.is_number() {
            stencil = Some(call.integer(index)? as u8);
        }
        let value = call.argument(index + 1);
        if value.is_boolean() {
            depth = value.is_truthy().then_some(1.0);
        } else if value.is_number() {
            depth = Some(float(call, index + 1)?);
        }
    }
    let mut graphics = context.graphics.borrow_mut();
    let targets = graphics.state().targets.colors.len().max(1);
    // One colour is for all canvases.
    let colors = if colors.len() == 1 && !first.is_table() {
        vec![colors[0]; targets]
    } else {
        colors.into_iter().take(targets).collect()
    };
    graphics.clear(Clear {
        colors,
        stencil,
        depth,
    });
    drop(graphics);
    call.none()
}

fn discard(call: &mut Call<'_>) -> NativeResult {
    // The contents are undefined afterwards; leaving them as they are is one way of that.
    context(call)?;
    call.none()
}

fn flush_batch(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let result = context.graphics.borrow_mut().flush();
    result.or_raise(call)?;
    call.none()
}

fn present(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    if !context.graphics.borrow().state().targets.is_screen() {
        return Err(call.error("present cannot be called while a Canvas is active."));
    }
    super::graphics_information::deliver_screenshots(call, &context)?;
    let result = context.graphics.borrow_mut().present();
    result.or_raise(call)?;
    super::suspend(call, Step::Present)
}

fn set_color(call: &mut Call<'_>) -> NativeResult {
    let color = color(call, 1)?;
    context(call)?.graphics.borrow_mut().set_color(color);
    call.none()
}

fn four(call: &mut Call<'_>, numbers: [f32; 4]) -> NativeResult {
    call.many(&numbers.map(|number| Value::number(f64::from(number))))
}

fn get_color(call: &mut Call<'_>) -> NativeResult {
    let color = context(call)?.graphics.borrow().state().color;
    four(call, color)
}

fn set_background_color(call: &mut Call<'_>) -> NativeResult {
    let color = color(call, 1)?;
    let context = context(call)?;
    context.graphics.borrow_mut().set_background_color(color);
    call.none()
}

fn get_background_color(call: &mut Call<'_>) -> NativeResult {
    let color = context(call)?.graphics.borrow().state().background_color;
    four(call, color)
}

fn set_color_mask(call: &mut Call<'_>) -> NativeResult {
    let mask = if call.argument_count() <= 1 && call.argument(1).is_nil() {
        ColorMask::ALL
    } else {
        ColorMask {
            r: call.boolean(1)?,
            g: call.boolean(2)?,
            b: call.boolean(3)?,
            a: call.boolean(4)?,
        }
    };
    context(call)?.graphics.borrow_mut().set_color_mask(mask);
    call.none()
}

fn get_color_mask(call: &mut Call<'_>) -> NativeResult {
    let ColorMask { r, g, b, a } = context(call)?.graphics.borrow().state().color_mask;
    call.many(&[r, g, b, a].map(Value::boolean))
}

fn set_blend_mode(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "blend mode")?;
    let default = BlendAlphaMode::AlphaMultiply;
    let alpha_mode = optional_enumeration(call, 2, "blend alpha mode", default)?;
    let context = context(call)?;
    let result = context
        .graphics
        .borrow_mut()
        .set_blend(Blend { mode, alpha_mode });
    result.or_raise(call)?;
    call.none()
}

fn strings(call: &mut Call<'_>, texts: &[&str]) -> NativeResult {
    for text in texts {
        let value = call.new_string(text.as_bytes())?;
        call.push(value);
    }
    call.pushed(texts.len() as u32)
}

fn get_blend_mode(call: &mut Call<'_>) -> NativeResult {
    let Blend { mode, alpha_mode } = context(call)?.graphics.borrow().state().blend;
    strings(call, &[mode.name(), alpha_mode.name()])
}

/// A filter mode; LÖVE's list of them begins with "none", which is for mipmaps only.
fn filter_mode(call: &mut Call<'_>, index: u32) -> Result<FilterMode, Raised> {
    let name = call.text(index)?;
    match FilterMode::from_name(&name) {
        Some(mode) => Ok(mode),
        None => {
            let names = "'none', 'linear', 'nearest'";
            Err(unknown_name(call, "filter mode", names, &name))
        }
    }
}

/// Minification, magnification and anisotropy from `index` on.
pub(super) fn filter_arguments(call: &mut Call<'_>, index: u32) -> Result<Filter, Raised> {
    let min = filter_mode(call, index)?;
    let mag = if call.argument(index + 1).is_nil() {
        min
    } else {
        filter_mode(call, index + 1)?
    };
    let anisotropy = optional_float(call, index + 2, 1.0)?;
    Ok(Filter {
        min,
        mag,
        anisotropy,
    })
}

/// The results of `getFilter`.
pub(super) fn push_filter(call: &mut Call<'_>, filter: Filter) -> NativeResult {
    let min = call.new_string(filter.min.name().as_bytes())?;
    call.push(min);
    let mag = call.new_string(filter.mag.name().as_bytes())?;
    call.push(mag);
    call.push(f64::from(filter.anisotropy));
    call.pushed(3)
}

/// A mipmap filter, `None` for nil and for "none".
pub(super) fn mipmap_filter_argument(
    call: &mut Call<'_>,
    index: u32,
) -> Result<Option<FilterMode>, Raised> {
    if call.argument(index).is_nil() || call.argument(index).string_bytes() == Some(b"none") {
        return Ok(None);
    }
    filter_mode(call, index).map(Some)
}

fn set_default_filter(call: &mut Call<'_>) -> NativeResult {
    let filter = filter_arguments(call, 1)?;
    let context = context(call)?;
    context.graphics.borrow_mut().set_default_filter(filter);
    call.none()
}

fn get_default_filter(call: &mut Call<'_>) -> NativeResult {
    let filter = context(call)?.graphics.borrow().state().default_filter;
    push_filter(call, filter)
}

fn set_default_mipmap_filter(call: &mut Call<'_>) -> NativeResult {
    let mode = mipmap_filter_argument(call, 1)?;
    let sharpness = optional_float(call, 2, 0.0)?;
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    graphics.set_default_mipmap_filter(mode, sharpness);
    drop(graphics);
    call.none()
}

/// The results of `getMipmapFilter`.
pub(super) fn push_mipmap_filter(
    call: &mut Call<'_>,
    mode: Option<FilterMode>,
    sharpness: f32,
) -> NativeResult {
    let name = match mode {
        Some(mode) => call.new_string(mode.name().as_bytes())?,
        None => Value::NIL,
    };
    call.many(&[name, Value::number(f64::from(sharpness))])
}

fn get_default_mipmap_filter(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let state = context.graphics.borrow().state().clone();
    push_mipmap_filter(
        call,
        state.default_mipmap_filter,
        state.default_mipmap_sharpness,
    )
}

fn set_line_width(call: &mut Call<'_>) -> NativeResult {
    let width = float(call, 1)?;
    context(call)?.graphics.borrow_mut().set_line_width(width);
    call.none()
}

fn get_line_width(call: &mut Call<'_>) -> NativeResult {
    let width = context(call)?.graphics.borrow().state().line_width;
    call.one(f64::from(width))
}

fn set_line_style(call: &mut Call<'_>) -> NativeResult {
    let style = enumeration(call, 1, "line style")?;
    context(call)?.graphics.borrow_mut().set_line_style(style);
    call.none()
}

fn get_line_style(call: &mut Call<'_>) -> NativeResult {
    let style = context(call)?.graphics.borrow().state().line_style;
    call.one_string(style.name())
}

fn set_line_join(call: &mut Call<'_>) -> NativeResult {
    let join = enumeration(call, 1, "line join")?;
    context(call)?.graphics.borrow_mut().set_line_join(join);
    call.none()
}

fn get_line_join(call: &mut Call<'_>) -> NativeResult {
    let join = context(call)?.graphics.borrow().state().line_join;
    call.one_string(join.name())
}

fn set_point_size(call: &mut Call<'_>) -> NativeResult {
    let size = float(call, 1)?;
    context(call)?.graphics.borrow_mut().set_point_size(size);
    call.none()
}

fn get_point_size(call: &mut Call<'_>) -> NativeResult {
    let size = context(call)?.graphics.borrow().state().point_size;
    call.one(f64::from(size))
}

fn set_wireframe(call: &mut Call<'_>) -> NativeResult {
    let enable = call.boolean(1)?;
    context(call)?.graphics.borrow_mut().set_wireframe(enable);
    call.none()
}

fn is_wireframe(call: &mut Call<'_>) -> NativeResult {
    let enabled = context(call)?.graphics.borrow().state().wireframe;
    call.one(enabled)
}

fn set_depth_mode(call: &mut Call<'_>) -> NativeResult {
    let depth = if call.argument(1).is_nil() && call.argument(2).is_nil() {
        DepthUse::OFF
    } else {
        call.string(1)?;
        let write = call.boolean(2)?;
        let compare = enumeration(call, 1, "compare mode")?;
        DepthUse { compare, write }
    };
    context(call)?.graphics.borrow_mut().set_depth(depth);
    call.none()
}

fn get_depth_mode(call: &mut Call<'_>) -> NativeResult {
    let DepthUse { compare, write } = context(call)?.graphics.borrow().state().depth;
    let name = call.new_string(compare.name().as_bytes())?;
    call.many(&[name, Value::boolean(write)])
}

fn set_mesh_cull_mode(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "cull mode")?;
    let context = context(call)?;
    context.graphics.borrow_mut().set_mesh_cull_mode(mode);
    call.none()
}

fn get_mesh_cull_mode(call: &mut Call<'_>) -> NativeResult {
    let mode = context(call)?.graphics.borrow().state().mesh_cull_mode;
    call.one_string(mode.name())
}

fn set_front_face_winding(call: &mut Call<'_>) -> NativeResult {
    let winding = enumeration(call, 1, "vertex winding")?;
    let context = context(call)?;
    context
        .graphics
        .borrow_mut()
        .set_front_face_winding(winding);
    call.none()
}

fn get_front_face_winding(call: &mut Call<'_>) -> NativeResult {
    let winding = context(call)?.graphics.borrow().state().winding;
    call.one_string(winding.name())
}

fn scissor_arguments(call: &mut Call<'_>) -> Result<Rectangle, Raised> {
    let rectangle = Rectangle {
        x: call.integer(1)?,
        y: call.integer(2)?,
        width: call.integer(3)?,
        height: call.integer(4)?,
    };
    if rectangle.width < 0 || rectangle.height < 0 {
        return Err(call.error("Can't set scissor with negative width and/or height."));
    }
    Ok(rectangle)
}

fn set_scissor(call: &mut Call<'_>) -> NativeResult {
    let count = call.argument_count();
    let none = count == 0 || (count == 4 && (1..=4).all(|index| call.argument(index).is_nil()));
    let scissor = if none {
        None
    } else {
        Some(scissor_arguments(call)?)
    };
    context(call)?.graphics.borrow_mut().set_scissor(scissor);
    call.none()
}

fn intersect_scissor(call: &mut Call<'_>) -> NativeResult {
    let rectangle = scissor_arguments(call)?;
    let context = context(call)?;
    context.graphics.borrow_mut().intersect_scissor(rectangle);
    call.none()
}

fn get_scissor(call: &mut Call<'_>) -> NativeResult {
    let scissor = context(call)?.graphics.borrow().state().scissor;
    match scissor {
        None => call.none(),
        Some(Rectangle {
            x,
            y,
            width,
            height,
        }) => call.many(&[x, y, width, height].map(|number| Value::number(f64::from(number)))),
    }
}

/// What is wrong with an argument that should have been a function.
pub(super) fn function_expected(call: &Call<'_>, index: u32, shown: u32, name: &str) -> String {
    // The number of arguments that the Lua half was given comes first.
    let given = call.argument(1).as_number().unwrap_or(0.0);
    let got = if f64::from(shown) > given {
        "no value"
    } else {
        call.argument(index).type_name()
    };
    format!("bad argument #{shown} to '{name}' (function expected, got {got})")
}

fn stencil_begin(call: &mut Call<'_>) -> NativeResult {
    if !call.argument(2).is_function() {
        let problem = function_expected(call, 2, 1, "stencil");
        return call.one_string(problem);
    }
    let action = match call.argument(3).string_bytes() {
        None => StencilAction::Replace,
        Some(name) => {
            let name = String::from_utf8_lossy(name);
            match StencilAction::from_name(&name) {
                Some(action) => action,
                None => {
                    let names = StencilAction::list();
                    return call.one_string(format!(
                        "Invalid stencil draw action '{name}', expected one of: {names}"
                    ));
                }
            }
        }
    };
    let value = call.optional_integer(4, 1)?;
    let keep = call.argument(5);
    let cleared = if keep.is_nil() || keep == Value::FALSE {
        Some(0)
    } else if keep.is_number() {
        Some(call.integer(5)?)
    } else {
        None
    };
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.begin_stencil(action, value as u8);
    if let (Ok(()), Some(cleared)) = (&result, cleared) {
        graphics.clear(Clear {
            colors: Vec::new(),
            stencil: Some(cleared as u8),
            depth: None,
        });
    }
    drop(graphics);
    match result {
        Ok(()) => call.none(),
        Err(problem) => call.one_string(problem),
    }
}

fn stencil_end(call: &mut Call<'_>) -> NativeResult {
    context(call)?.graphics.borrow_mut().end_stencil();
    call.none()
}

fn set_stencil_test(call: &mut Call<'_>) -> NativeResult {
    let (compare, value) = if call.argument(1).is_nil() {
        (CompareMode::Always, 0)
    } else {
        (enumeration(call, 1, "compare mode")?, call.integer(2)?)
    };
    let context = context(call)?;
    context
        .graphics
        .borrow_mut()
        .set_stencil_test(compare, value as u8);
    call.none()
}

fn get_stencil_test(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let (compare, value) = {
        let graphics = context.graphics.borrow();
        let state = graphics.state();
        (state.stencil_compare, state.stencil_value)
    };
    let name = call.new_string(compare.name().as_bytes())?;
    call.many(&[name, Value::number(f64::from(value))])
}

/// Field `name` of a table as a positive number that LÖVE counts from 1, or the default.
fn counted_field(
    call: &mut Call<'_>,
    table: Value,
    name: &str,
    default: Option<u32>,
) -> Result<u32, Raised> {
    let value = call.vm.field(table, name);
    match (call.vm.to_number(value), default) {
        // `as` saturates: zero, negative and absurd numbers become indices that the model refuses.
        (Some(number), _) => Ok((number as i64 - 1).clamp(-1, i64::from(i32::MAX)) as u32),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(call.error(format!("expected number field '{name}' in table"))),
    }
}

/// `{canvas, mipmap = 1, layer = 1, face = 1}`.
fn target_table(call: &mut Call<'_>, table: Value) -> Result<CanvasTarget, Raised> {
    let first = call.vm.raw_get_index(table, 1);
    let texture = canvas_value(call, first)?;
    let layer = match texture.description().texture_type {
        TextureType::TwoDimensional => 0,
        TextureType::Array | TextureType::Volume => counted_field(call, table, "layer", None)?,
        TextureType::Cube => counted_field(call, table, "face", None)?,
    };
    let mipmap = counted_field(call, table, "mipmap", Some(0))?;
    Ok(CanvasTarget {
        texture: (*texture).clone(),
        layer,
        mipmap,
    })
}

/// A value from a table that has to be a canvas.
fn canvas_value(
    call: &mut Call<'_>,
    value: Value,
) -> Result<std::rc::Rc<crate::graphics::Texture>, Raised> {
    let index = call.argument_count() + 1;
    let found = super::object::handle_of(call.vm, value)
        .and_then(|handle| handle.object())
        .and_then(|object| object.downcast::<crate::graphics::Texture>().ok())
        .filter(|texture| texture.description().kind == crate::graphics::TextureKind::Canvas);
    match found {
        Some(texture) => Ok(texture),
        None => {
            let got = value.type_name();
            Err(call.argument_error(index, format!("Canvas expected, got {got}")))
        }
    }
}

fn targets_from_table(call: &mut Call<'_>, table: Value) -> Result<RenderTargets, Raised> {
    let mut targets = RenderTargets::default();
    let tables = call.vm.raw_get_index(table, 1).is_table();
    for index in 1..=call.vm.raw_length(table) {
        let element = call.vm.raw_get_index(table, index as i64);
        if tables {
            targets.colors.push(target_table(call, element)?);
            continue;
        }
        let texture = canvas_value(call, element)?;
        if texture.description().texture_type != TextureType::TwoDimensional {
            return Err(
                call.error("Non-2D canvases must use the table-of-tables variant of setCanvas.")
            );
        }
        targets.colors.push(CanvasTarget {
            texture: (*texture).clone(),
            layer: 0,
            mipmap: 0,
        });
    }
    let depth_stencil = call.vm.field(table, "depthstencil");
    if depth_stencil.is_table() {
        targets.depth_stencil = Some(target_table(call, depth_stencil)?);
    } else if depth_stencil.is_boolean() {
        targets.temporary_depth = depth_stencil.is_truthy();
        targets.temporary_stencil = depth_stencil.is_truthy();
    } else if !depth_stencil.is_nil() {
        let texture = canvas_value(call, depth_stencil)?;
        targets.depth_stencil = Some(CanvasTarget {
            texture: (*texture).clone(),
            layer: 0,
            mipmap: 0,
        });
    }
    if targets.depth_stencil.is_none() {
        targets.temporary_depth |= call.vm.field(table, "depth").is_truthy();
        targets.temporary_stencil |= call.vm.field(table, "stencil").is_truthy();
    }
    Ok(targets)
}

fn targets_from_arguments(call: &mut Call<'_>) -> Result<RenderTargets, Raised> {
    let mut targets = RenderTargets::default();
    let mut index = 1;
    while index <= call.argument_count() {
        let texture = canvas(call, index)?;
        let flat = texture.description().texture_type == TextureType::TwoDimensional;
        let mut target = CanvasTarget {
            texture: (*texture).clone(),
            layer: 0,
            mipmap: 0,
        };
        if index == 1 && !flat {
            target.layer = call.integer(2)?.wrapping_sub(1) as u32;
            target.mipmap = call.optional_integer(3, 1)?.wrapping_sub(1) as u32;
            targets.colors.push(target);
            break;
        }
        if flat && call.argument(index + 1).is_number() {
            target.mipmap = call.integer(index + 1)?.wrapping_sub(1) as u32;
            index += 1;
        }
        if !flat {
            return Err(call.error("This variant of setCanvas only supports 2D texture types."));
        }
        targets.colors.push(target);
        index += 1;
    }
    Ok(targets)
}

fn set_canvas(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    context.graphics.borrow_mut().end_stencil();
    let first = call.argument(1);
    let targets = if first.is_nil() {
        RenderTargets::default()
    } else if first.is_table() {
        targets_from_table(call, first)?
    } else {
        targets_from_arguments(call)?
    };
    let result = context.graphics.borrow_mut().set_canvas(targets);
    result.or_raise(call)?;
    call.none()
}

fn push_target(
    call: &mut Call<'_>,
    context: &super::graphics::GraphicsContext,
    target: &CanvasTarget,
) -> Result<Value, Raised> {
    let table = call.vm.new_table();
    call.push(table);
    let texture = push_texture(call.vm, context, &target.texture);
    call.vm.raw_set_index(table, 1, texture)?;
    let layer = f64::from(target.layer) + 1.0;
    match target.texture.description().texture_type {
        TextureType::TwoDimensional => {}
        TextureType::Cube => call.vm.set_field(table, "face", layer),
        TextureType::Array | TextureType::Volume => call.vm.set_field(table, "layer", layer),
    }
    call.vm
        .set_field(table, "mipmap", f64::from(target.mipmap) + 1.0);
    Ok(table)
}

fn get_canvas(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let targets = context.graphics.borrow().state().targets.clone();
    if targets.colors.is_empty() {
        return call.one(Value::NIL);
    }
    let simple = |target: &CanvasTarget| {
        target.mipmap == 0
            && target.texture.description().texture_type == TextureType::TwoDimensional
    };
    if targets.depth_stencil.is_none() && targets.colors.iter().all(simple) {
        for target in &targets.colors {
            let value = push_texture(call.vm, &context, &target.texture);
            call.push(value);
        }
        return call.pushed(targets.colors.len() as u32);
    }
    let table = call.vm.new_table();
    call.push(table);
    for (index, target) in targets.colors.iter().enumerate() {
        let element = push_target(call, &context, target)?;
        call.vm.raw_set_index(table, index as i64 + 1, element)?;
    }
    if let Some(target) = &targets.depth_stencil {
        let element = push_target(call, &context, target)?;
        call.vm.set_field(table, "depthstencil", element);
    }
    call.one(table)
}

fn push(call: &mut Call<'_>) -> NativeResult {
    let kind = optional_enumeration(call, 1, "graphics stack type", StackKind::Transform)?;
    let context = context(call)?;
    let result = context.graphics.borrow_mut().push(kind);
    result.or_raise(call)?;
    if let Some(transform) = transform(call, 2) {
        context.graphics.borrow_mut().apply_transform(&transform);
    }
    call.none()
}

fn pop(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let result = context.graphics.borrow_mut().pop();
    result.or_raise(call)?;
    call.none()
}

fn get_stack_depth(call: &mut Call<'_>) -> NativeResult {
    let depth = context(call)?.graphics.borrow().stack_depth();
    call.one(depth as f64)
}

fn translate(call: &mut Call<'_>) -> NativeResult {
    let (x, y) = (float(call, 1)?, float(call, 2)?);
    context(call)?.graphics.borrow_mut().translate(x, y);
    call.none()
}

fn rotate(call: &mut Call<'_>) -> NativeResult {
    let angle = float(call, 1)?;
    context(call)?.graphics.borrow_mut().rotate(angle);
    call.none()
}

fn scale(call: &mut Call<'_>) -> NativeResult {
    let x = optional_float(call, 1, 1.0)?;
    let y = optional_float(call, 2, x)?;
    context(call)?.graphics.borrow_mut().scale(x, y);
    call.none()
}

fn shear(call: &mut Call<'_>) -> NativeResult {
    let (x, y) = (float(call, 1)?, float(call, 2)?);
    context(call)?.graphics.borrow_mut().shear(x, y);
    call.none()
}

fn origin(call: &mut Call<'_>) -> NativeResult {
    context(call)?.graphics.borrow_mut().origin();
    call.none()
}

fn transform_argument(call: &mut Call<'_>) -> Result<crate::graphics::Transform, Raised> {
    match transform(call, 1) {
        Some(transform) => Ok(transform),
        None => Err(super::object::object_type_error(call, 1, "Transform")),
    }
}

fn apply_transform(call: &mut Call<'_>) -> NativeResult {
    let transform = transform_argument(call)?;
    let context = context(call)?;
    context.graphics.borrow_mut().apply_transform(&transform);
    call.none()
}

fn replace_transform(call: &mut Call<'_>) -> NativeResult {
    let transform = transform_argument(call)?;
    let context = context(call)?;
    context.graphics.borrow_mut().replace_transform(&transform);
    call.none()
}

fn transform_point(call: &mut Call<'_>) -> NativeResult {
    let point = [float(call, 1)?, float(call, 2)?];
    let [x, y] = context(call)?.graphics.borrow().transform().apply(point);
    call.many(&[x, y].map(|number| Value::canonical_number(f64::from(number))))
}

fn inverse_transform_point(call: &mut Call<'_>) -> NativeResult {
    let point = [float(call, 1)?, float(call, 2)?];
    let context = context(call)?;
    let inverse = context.graphics.borrow().transform().inverse();
    let [x, y] = inverse.apply(point);
    call.many(&[x, y].map(|number| Value::canonical_number(f64::from(number))))
}
