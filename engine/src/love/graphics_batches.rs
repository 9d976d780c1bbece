//! Sprite batches: how they are made, and their methods.

use super::arguments::{OrRaise, color};
use super::graphics::{DRAWABLE, context, functions, placement, push_texture, texture};
use super::graphics_textures::QuadObject;
use super::object::{
    LoveObject, ObjectType, object, object_type_error, optional_object, push_object,
};
use crate::graphics::{SpriteBatch, Transform};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.newSpriteBatch" "(texture: Texture, size: integer = 1000, usage: string = \"dynamic\") -> SpriteBatch" "Makes a sprite batch." ALLOCATES new_sprite_batch;
};

pub(super) static SPRITE_BATCH: ObjectType = ObjectType {
    name: "SpriteBatch",
    parent: Some(&DRAWABLE),
    methods: functions! {
        "SpriteBatch:add" "(batch: SpriteBatch, x: number = 0, y: number = 0, ...) -> integer | (batch: SpriteBatch, quad: Quad, x: number = 0, y: number = 0, ...) -> integer" "Adds a sprite." WRITES batch_add;
        "SpriteBatch:set" "(batch: SpriteBatch, index: integer, ...)" "Replaces a sprite." WRITES batch_set;
        "SpriteBatch:clear" "(batch: SpriteBatch)" "Removes all sprites." WRITES batch_clear;
        "SpriteBatch:flush" "(batch: SpriteBatch)" "Sends the sprites to the graphics card." WRITES batch_flush;
        "SpriteBatch:setTexture" "(batch: SpriteBatch, texture: Texture)" "Sets the texture." WRITES batch_set_texture;
        "SpriteBatch:getTexture" "(batch: SpriteBatch) -> Texture" "The texture." READS batch_get_texture;
        "SpriteBatch:setColor" "(batch: SpriteBatch, r: any, g: any, b: any, a: any)" "Sets the colour of sprites added next." WRITES batch_set_color;
        "SpriteBatch:getColor" "(batch: SpriteBatch) -> number, number, number, number" "The colour of sprites added next." READS batch_get_color;
        "SpriteBatch:getCount" "(batch: SpriteBatch) -> integer" "Sprites in it." READS batch_get_count;
        "SpriteBatch:getBufferSize" "(batch: SpriteBatch) -> integer" "Sprites that fit." READS batch_get_buffer_size;
        "SpriteBatch:setDrawRange" "(batch: SpriteBatch, start: integer?, count: integer?)" "Draws some sprites only." WRITES batch_set_draw_range;
        "SpriteBatch:getDrawRange" "(batch: SpriteBatch) -> integer, integer" "The sprites drawn." READS batch_get_draw_range;
    },
};

/// A sprite batch in Lua.
pub(super) struct SpriteBatchObject {
    /// The batch.
    pub batch: RefCell<SpriteBatch>,
}

impl LoveObject for SpriteBatchObject {
    fn object_type(&self) -> &'static ObjectType {
        &SPRITE_BATCH
    }
}

fn new_sprite_batch(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let texture = texture(call, 1)?;
    let size = call.optional_integer(2, 1000)?;
    if call.argument_count() > 2 {
        let usage = call.text(3)?;
        if !matches!(usage.as_str(), "stream" | "dynamic" | "static") {
            let names = "'stream', 'dynamic', 'static'";
            return Err(super::arguments::unknown_name(
                call,
                "usage hint",
                names,
                &usage,
            ));
        }
    }
    let size = usize::try_from(size).unwrap_or(0);
    let made = SpriteBatch::new(&mut context.graphics.borrow_mut(), (*texture).clone(), size);
    let batch = made.or_raise(call)?;
    let object = SpriteBatchObject {
        batch: RefCell::new(batch),
    };
    let value = push_object(call.vm, Rc::new(object));
    call.one(value)
}

fn batch_argument(call: &mut Call<'_>) -> Result<Rc<SpriteBatchObject>, Raised> {
    object::<SpriteBatchObject>(call, 1, "SpriteBatch")
}

/// An optional quad and a place, from argument `index` on.
fn sprite_arguments(
    call: &mut Call<'_>,
    index: u32,
) -> Result<(Option<Rc<QuadObject>>, Transform), Raised> {
    if let Some(quad) = optional_object::<QuadObject>(call, index) {
        let transform = placement(call, index + 1)?;
        return Ok((Some(quad), transform));
    }
    if call.argument(index).is_nil() && !call.argument(index + 1).is_nil() {
        return Err(object_type_error(call, index, "Quad"));
    }
    Ok((None, placement(call, index)?))
}

fn batch_add(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let (quad, transform) = sprite_arguments(call, 2)?;
    let quad = quad.map(|quad| quad.get());
    let index = object.batch.borrow_mut().add(quad.as_ref(), &transform);
    call.one(index as f64 + 1.0)
}

fn batch_set(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let number = call.integer(2)?;
    let (quad, transform) = sprite_arguments(call, 3)?;
    let quad = quad.map(|quad| quad.get());
    if number == 0 {
        // LÖVE adds a sprite here.
        object.batch.borrow_mut().add(quad.as_ref(), &transform);
        return call.none();
    }
    let Ok(index) = usize::try_from(i64::from(number) - 1) else {
        return Err(call.error(format!("Invalid sprite index: {number}")));
    };
    let mut batch = object.batch.borrow_mut();
    let result = batch.set(index, quad.as_ref(), &transform);
    drop(batch);
    result.or_raise(call)?;
    call.none()
}

fn batch_clear(call: &mut Call<'_>) -> NativeResult {
    batch_argument(call)?.batch.borrow_mut().clear();
    call.none()
}

fn batch_flush(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let context = context(call)?;
    let mut graphics = context.graphics.borrow_mut();
    let result = object.batch.borrow_mut().flush(&mut graphics);
    drop(graphics);
    result.or_raise(call)?;
    call.none()
}

fn batch_set_texture(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let texture = texture(call, 2)?;
    let result = object.batch.borrow_mut().set_texture((*texture).clone());
    result.or_raise(call)?;
    call.none()
}

fn batch_get_texture(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let context = context(call)?;
    let texture = object.batch.borrow().texture().clone();
    let value = push_texture(call.vm, &context, &texture);
    call.one(value)
}

fn batch_set_color(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let color = if call.argument_count() <= 1 {
        None
    } else {
        Some(color(call, 2)?)
    };
    object.batch.borrow_mut().set_color(color);
    call.none()
}

fn batch_get_color(call: &mut Call<'_>) -> NativeResult {
    let color = batch_argument(call)?.batch.borrow().color();
    match color {
        None => call.none(),
        Some(color) => call.many(&color.map(|number| Value::number(f64::from(number)))),
    }
}

fn batch_get_count(call: &mut Call<'_>) -> NativeResult {
    let count = batch_argument(call)?.batch.borrow().count();
    call.one(count as f64)
}

fn batch_get_buffer_size(call: &mut Call<'_>) -> NativeResult {
    let capacity = batch_argument(call)?.batch.borrow().capacity();
    call.one(capacity as f64)
}

fn batch_set_draw_range(call: &mut Call<'_>) -> NativeResult {
    let object = batch_argument(call)?;
    let range = super::graphics::draw_range_argument(call)?;
    let result = object.batch.borrow_mut().set_draw_range(range);
    result.or_raise(call)?;
    call.none()
}

fn batch_get_draw_range(call: &mut Call<'_>) -> NativeResult {
    let range = batch_argument(call)?.batch.borrow().draw_range();
    super::graphics::answer_draw_range(call, range)
}
