//! `love.graphics.draw`, shapes and text.

use super::arguments::{
    OrRaise, behind_arguments, element_float_at, enumeration, float, optional_enumeration,
    optional_float,
};
use super::graphics::{context, functions, placement, texture, transform};
use super::graphics_batches::SpriteBatchObject;
use super::graphics_fonts::{TextHolder, colored_text};
use super::graphics_meshes::MeshObject;
use super::graphics_particles::ParticleSystemObject;
use super::graphics_textures::QuadObject;
use super::object::{any_object, object, object_type_error, optional_object};
use crate::font::Align;
use crate::graphics::{AlignMode, ArcMode, DrawMode, GameFont, Texture, Transform};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.draw" "(drawable: Drawable, x: number = 0, y: number = 0, r: number = 0, sx: number = 1, sy: number?, ox: number = 0, oy: number = 0, kx: number = 0, ky: number = 0) | (texture: Texture, quad: Quad, x: number = 0, y: number = 0, r: number = 0, sx: number = 1, sy: number?, ox: number = 0, oy: number = 0, kx: number = 0, ky: number = 0) | (drawable: Drawable, transform: Transform) | (texture: Texture, quad: Quad, transform: Transform)" "Draws an object." WRITES draw;
    "love.graphics.print" "(text: any, x: number = 0, y: number = 0, ...)" "Draws text." WRITES print;
    "love.graphics.printf" "(text: any, x: number, y: number, limit: number, align: string = \"left\", ...)" "Draws text in lines." WRITES printf;
    "love.graphics.points" "(...)" "Draws points." WRITES points;
    "love.graphics.line" "(...)" "Draws a line." WRITES line;
    "love.graphics.polygon" "(mode: string, ...)" "Draws a polygon." WRITES polygon;
    "love.graphics.rectangle" "(mode: string, x: number, y: number, width: number, height: number, rx: number?, ry: number?, segments: integer?)" "Draws a rectangle." WRITES rectangle;
    "love.graphics.circle" "(mode: string, x: number, y: number, radius: number, segments: integer?)" "Draws a circle." WRITES circle;
    "love.graphics.ellipse" "(mode: string, x: number, y: number, rx: number, ry: number?, segments: integer?)" "Draws an ellipse." WRITES ellipse;
    "love.graphics.arc" "(mode: string, type: string, x: number, y: number, radius: number, from: number, to: number, segments: integer?)" "Draws an arc." WRITES arc;
};

fn draw(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    if let Some(quad) = optional_object::<QuadObject>(call, 2) {
        let texture = texture(call, 1)?;
        let transform = placement(call, 3)?;
        let quad = quad.get();
        let mut graphics = context.graphics.borrow_mut();
        let result = graphics.draw(&texture, Some(&quad), &transform);
        drop(graphics);
        result.or_raise(call)?;
        return call.none();
    }
    if call.argument(2).is_nil() && !call.argument(3).is_nil() {
        return Err(object_type_error(call, 2, "Quad"));
    }
    if let Some(texture) = optional_object::<Texture>(call, 1) {
        let transform = placement(call, 2)?;
        let result = context
            .graphics
            .borrow_mut()
            .draw(&texture, None, &transform);
        result.or_raise(call)?;
        return call.none();
    }
    draw_other(call, &context)
}

fn draw_other(call: &mut Call<'_>, context: &super::graphics::GraphicsContext) -> NativeResult {
    let (drawable, object_type) = any_object(call, 1, "Drawable")?;
    let transform = placement(call, 2)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = if let Some(batch) = drawable.downcast_ref::<SpriteBatchObject>() {
        graphics.draw_sprite_batch(&mut batch.batch.borrow_mut(), &transform)
    } else if let Some(text) = drawable.downcast_ref::<TextHolder>() {
        graphics.draw_text_object(&text.text.borrow(), &transform)
    } else if let Some(mesh) = drawable.downcast_ref::<MeshObject>() {
        graphics.draw_mesh(&mesh.mesh.borrow(), &transform, 1)
    } else if let Some(particles) = drawable.downcast_ref::<ParticleSystemObject>() {
        particles.draw(&mut graphics, &transform)
    } else {
        Err(format!(
            "drawing a {} is not implemented yet in rlove (see docs/compat.md)",
            object_type.name
        ))
    };
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

fn print(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let text = colored_text(call, 1)?;
    let (font, index) = match optional_object::<GameFont>(call, 2) {
        Some(font) => (font, 3),
        None => (context.current_font().or_raise(call)?, 2),
    };
    let transform = placement(call, index)?;
    let result = context
        .graphics
        .borrow_mut()
        .print(&font, &text, &transform);
    result.or_raise(call)?;
    call.none()
}

/// An alignment by its name.
pub(super) fn align_argument(call: &mut Call<'_>, index: u32, what: &str) -> Result<Align, Raised> {
    let mode = optional_enumeration(call, index, what, AlignMode::Left)?;
    Ok(match mode {
        AlignMode::Left => Align::Left,
        AlignMode::Right => Align::Right,
        AlignMode::Center => Align::Center,
        AlignMode::Justify => Align::Justify,
    })
}

fn printf(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let text = colored_text(call, 1)?;
    let (font, start) = match optional_object::<GameFont>(call, 2) {
        Some(font) => (font, 3),
        None => (context.current_font().or_raise(call)?, 2),
    };
    let (transform, format) = match transform(call, start) {
        Some(transform) => (transform, start + 1),
        None => {
            let (x, y) = (float(call, start)?, float(call, start + 1)?);
            let sx = optional_float(call, start + 5, 1.0)?;
            let placed = crate::graphics::Placement {
                x,
                y,
                r: optional_float(call, start + 4, 0.0)?,
                sx,
                sy: optional_float(call, start + 6, sx)?,
                ox: optional_float(call, start + 7, 0.0)?,
                oy: optional_float(call, start + 8, 0.0)?,
                kx: optional_float(call, start + 9, 0.0)?,
                ky: optional_float(call, start + 10, 0.0)?,
            };
            (Transform::from(placed), start + 2)
        }
    };
    let limit = float(call, format)?;
    let align = align_argument(call, format + 1, "alignment")?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.printf(&font, &text, limit, align, &transform);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

/// The points of `(x1, y1, x2, y2, …)` from argument `start` on, or of one table of such numbers there. `uneven` and
/// `few` are the errors for an odd number of coordinates and for less than `least` of them.
fn coordinates(
    call: &mut Call<'_>,
    start: u32,
    least: usize,
    uneven: &str,
    few: &str,
) -> Result<Vec<[f32; 2]>, Raised> {
    let first = call.argument(start);
    let table = first.is_table() && call.argument_count() == start;
    let count = if table {
        call.vm.raw_length(first)
    } else {
        (call.argument_count() + 1).saturating_sub(start) as usize
    };
    if count % 2 != 0 {
        return Err(call.error(uneven));
    }
    if count < least {
        return Err(call.error(few));
    }
    let mut points = Vec::with_capacity(count / 2);
    for index in (0..count).step_by(2) {
        points.push(if table {
            let position = index as i64 + 1;
            let shown = behind_arguments(call, 0, 1);
            [
                element_float_at(call, first, position, None, shown)?,
                element_float_at(call, first, position + 1, None, shown + 1)?,
            ]
        } else {
            let position = start + index as u32;
            [float(call, position)?, float(call, position + 1)?]
        });
    }
    Ok(points)
}

/// `{{x, y, r, g, b, a}, …}`.
#[allow(clippy::type_complexity)]
fn colored_points(
    call: &mut Call<'_>,
    table: Value,
) -> Result<(Vec<[f32; 2]>, Vec<[f32; 4]>), Raised> {
    let (mut points, mut colors) = (Vec::new(), Vec::new());
    for index in 1..=call.vm.raw_length(table) {
        let element = call.vm.raw_get_index(table, index as i64);
        let shown = behind_arguments(call, 1, 1);
        points.push([
            element_float_at(call, element, 1, None, shown)?,
            element_float_at(call, element, 2, None, shown + 1)?,
        ]);
        let mut color = [1.0f32; 4];
        for (channel, value) in color.iter_mut().enumerate() {
            let shown = behind_arguments(call, 1, channel as u32 + 3);
            let number = element_float_at(call, element, channel as i64 + 3, Some(1.0), shown)?;
            *value = number.clamp(0.0, 1.0);
        }
        colors.push(color);
    }
    Ok((points, colors))
}

fn points(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    let tables = call.argument_count() == 1
        && first.is_table()
        && call.vm.raw_get_index(first, 1).is_table();
    let (points, colors) = if tables {
        let (points, colors) = colored_points(call, first)?;
        (points, Some(colors))
    } else {
        let uneven = "Number of vertex components must be a multiple of two";
        (coordinates(call, 1, 0, uneven, "")?, None)
    };
    let context = context(call)?;
    let result = context
        .graphics
        .borrow_mut()
        .points(&points, colors.as_deref());
    result.or_raise(call)?;
    call.none()
}

fn line(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    if !first.is_table() && !first.is_number() {
        return Err(object_type_error(call, 1, "table or number"));
    }
    let points = coordinates(
        call,
        1,
        4,
        "Number of vertex components must be a multiple of two.",
        "Need at least two vertices to draw a line.",
    )?;
    let context = context(call)?;
    let result = context.graphics.borrow_mut().line(&points);
    result.or_raise(call)?;
    call.none()
}

fn polygon(call: &mut Call<'_>) -> NativeResult {
    let mode: DrawMode = enumeration(call, 1, "draw mode")?;
    let points = coordinates(
        call,
        2,
        6,
        "Number of vertex components must be a multiple of two",
        "Need at least three vertices to draw a polygon",
    )?;
    let context = context(call)?;
    let result = context.graphics.borrow_mut().polygon(mode, &points);
    result.or_raise(call)?;
    call.none()
}

fn optional_segments(call: &mut Call<'_>, index: u32) -> Result<Option<i32>, Raised> {
    if call.argument(index).is_nil() {
        Ok(None)
    } else {
        call.integer(index).map(Some)
    }
}

fn rectangle(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "draw mode")?;
    let bounds = [
        float(call, 2)?,
        float(call, 3)?,
        float(call, 4)?,
        float(call, 5)?,
    ];
    let (radii, segments) = if call.argument(6).is_nil() {
        (None, None)
    } else {
        let rx = float(call, 6)?;
        let ry = optional_float(call, 7, rx)?;
        (Some([rx, ry]), optional_segments(call, 8)?)
    };
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.rectangle(mode, bounds, radii, segments);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

fn circle(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "draw mode")?;
    let center = [float(call, 2)?, float(call, 3)?];
    let radius = float(call, 4)?;
    let segments = optional_segments(call, 5)?;
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.circle(mode, center, radius, segments);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

fn ellipse(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "draw mode")?;
    let center = [float(call, 2)?, float(call, 3)?];
    let rx = float(call, 4)?;
    let ry = optional_float(call, 5, rx)?;
    let segments = optional_segments(call, 6)?;
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.ellipse(mode, center, [rx, ry], segments);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

fn arc(call: &mut Call<'_>) -> NativeResult {
    let mode = enumeration(call, 1, "draw mode")?;
    let (arc_mode, start) = if call.argument(2).is_string() {
        (enumeration(call, 2, "arc mode")?, 3)
    } else {
        (ArcMode::Pie, 2)
    };
    let center = [float(call, start)?, float(call, start + 1)?];
    let radius = float(call, start + 2)?;
    let angles = [float(call, start + 3)?, float(call, start + 4)?];
    let segments = optional_segments(call, start + 5)?;
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = graphics.arc(mode, arc_mode, center, radius, angles, segments);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

/// A font in argument `index`.
pub(super) fn font_argument(
    call: &mut Call<'_>,
    index: u32,
) -> Result<std::rc::Rc<GameFont>, Raised> {
    object::<GameFont>(call, index, "Font")
}
