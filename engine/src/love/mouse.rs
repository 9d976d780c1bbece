//! `love.mouse`

use super::object::{LoveObject, OBJECT, ObjectType, handle_of, object, push_object};
use super::{Module, context, enum_error};
use crate::input::{CursorPicture, CursorShape};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult};
use rlove_vm::value::Value;
use std::rc::Rc;

/// `love.mouse`
pub static MODULE: Module = Module {
    name: "mouse",
    functions: FUNCTIONS,
    types: &[&CURSOR],
};

/// A shape of the pointer.
struct Cursor(CursorShape);

static CURSOR: ObjectType = ObjectType {
    name: "Cursor",
    parent: Some(&OBJECT),
    methods: builtins!["Cursor:getType", "() -> string", "Kind of the cursor.", Effects::READS, cursor_get_type;],
};

impl LoveObject for Cursor {
    fn object_type(&self) -> &'static ObjectType {
        &CURSOR
    }
}

const SYSTEM_CURSORS: &[&str] = &[
    "arrow",
    "ibeam",
    "wait",
    "crosshair",
    "waitarrow",
    "sizenwse",
    "sizenesw",
    "sizewe",
    "sizens",
    "sizeall",
    "no",
    "hand",
];

static FUNCTIONS: &[Builtin] = builtins![
    "love.mouse.getX", "() -> number", "Horizontal place of the pointer.", Effects::READS, get_x;
    "love.mouse.getY", "() -> number", "Vertical place of the pointer.", Effects::READS, get_y;
    "love.mouse.getPosition", "() -> number, number", "Place of the pointer.", Effects::READS, get_position;
    "love.mouse.setX", "(x: number)", "Moves the pointer.", Effects::WRITES, set_x;
    "love.mouse.setY", "(y: number)", "Moves the pointer.", Effects::WRITES, set_y;
    "love.mouse.setPosition", "(x: number, y: number)", "Moves the pointer.", Effects::WRITES, set_position;
    "love.mouse.isDown", "(...: integer) -> boolean", "Whether one of the buttons is down.", Effects::READS, is_down;
    "love.mouse.setVisible", "(visible: boolean)", "Shows or hides the pointer.", Effects::WRITES, set_visible;
    "love.mouse.isVisible", "() -> boolean", "Whether the pointer is shown.", Effects::READS, is_visible;
    "love.mouse.setGrabbed", "(grab: boolean)", "Keeps the pointer in the window.", Effects::WRITES, set_grabbed;
    "love.mouse.isGrabbed", "() -> boolean", "Whether the pointer is kept in the window.", Effects::READS, is_grabbed;
    "love.mouse.setRelativeMode", "(enable: boolean) -> boolean", "Hides the pointer and reports its movement only.", Effects::WRITES, set_relative_mode;
    "love.mouse.getRelativeMode", "() -> boolean", "Whether only movement is reported.", Effects::READS, get_relative_mode;
    "love.mouse.isCursorSupported", "() -> boolean", "Whether the pointer's shape can change.", Effects::READS, is_cursor_supported;
    "love.mouse.getSystemCursor", "(type: string) -> Cursor", "A shape that the system offers.", Effects::ALLOCATES, get_system_cursor;
    "love.mouse.newCursor", "(picture: any, hot_x: integer = 0, hot_y: integer = 0) -> Cursor", "A shape from a picture.", Effects::ALLOCATES, new_cursor;
    "love.mouse.setCursor", "(cursor: Cursor = nil)", "Changes the pointer's shape.", Effects::WRITES, set_cursor;
    "love.mouse.getCursor", "() -> Cursor?", "The pointer's shape.", Effects::READS, get_cursor;
];

fn get_x(call: &mut Call<'_>) -> NativeResult {
    let x = context(call).world.borrow().input.mouse.x;
    call.one(x)
}

fn get_y(call: &mut Call<'_>) -> NativeResult {
    let y = context(call).world.borrow().input.mouse.y;
    call.one(y)
}

fn get_position(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    let (x, y) = {
        let world = context.world.borrow();
        (world.input.mouse.x, world.input.mouse.y)
    };
    call.many(&[Value::number(x), Value::number(y)])
}

fn place(call: &mut Call<'_>, x: Option<f64>, y: Option<f64>) -> NativeResult {
    let context = context(call);
    let input = &mut context.world.borrow_mut().input;
    let (old_x, old_y) = (input.mouse.x, input.mouse.y);
    input.move_pointer(x.unwrap_or(old_x), y.unwrap_or(old_y));
    call.none()
}

fn set_x(call: &mut Call<'_>) -> NativeResult {
    let x = call.number(1)?;
    place(call, Some(x), None)
}

fn set_y(call: &mut Call<'_>) -> NativeResult {
    let y = call.number(1)?;
    place(call, None, Some(y))
}

fn set_position(call: &mut Call<'_>) -> NativeResult {
    let (x, y) = (call.number(1)?, call.number(2)?);
    place(call, Some(x), Some(y))
}

fn is_down(call: &mut Call<'_>) -> NativeResult {
    let mut buttons = Vec::new();
    let first = call.argument(1);
    if first.is_table() {
        for index in 1..=call.vm.raw_length(first) {
            let value = call.vm.raw_get_index(first, index as i64);
            buttons.push(call.vm.to_number(value).unwrap_or(0.0) as u32);
        }
    } else {
        // Without a button LÖVE answers false.
        for index in 1..=call.argument_count() {
            buttons.push(call.integer(index)?.max(0) as u32);
        }
    }
    let context = context(call);
    let is_one_down = buttons
        .iter()
        .any(|button| context.world.borrow().input.mouse.is_down(*button));
    call.one(Value::boolean(is_one_down))
}

fn set_visible(call: &mut Call<'_>) -> NativeResult {
    let is_visible = call.boolean(1)?;
    context(call).world.borrow_mut().input.mouse.is_visible = is_visible;
    call.none()
}

fn is_visible(call: &mut Call<'_>) -> NativeResult {
    let is_visible = context(call).world.borrow().input.mouse.is_visible;
    call.one(Value::boolean(is_visible))
}

fn set_grabbed(call: &mut Call<'_>) -> NativeResult {
    let is_grabbed = call.boolean(1)?;
    context(call).world.borrow_mut().input.mouse.is_grabbed = is_grabbed;
    call.none()
}

fn is_grabbed(call: &mut Call<'_>) -> NativeResult {
    let is_grabbed = context(call).world.borrow().input.mouse.is_grabbed;
    call.one(Value::boolean(is_grabbed))
}

fn set_relative_mode(call: &mut Call<'_>) -> NativeResult {
    let is_relative = call.boolean(1)?;
    context(call).world.borrow_mut().input.mouse.is_relative = is_relative;
    call.one(Value::boolean(true))
}

fn get_relative_mode(call: &mut Call<'_>) -> NativeResult {
    let is_relative = context(call).world.borrow().input.mouse.is_relative;
    call.one(Value::boolean(is_relative))
}

fn is_cursor_supported(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::boolean(true))
}

fn get_system_cursor(call: &mut Call<'_>) -> NativeResult {
    let wanted = call.text(1)?;
    let Some(name) = SYSTEM_CURSORS.iter().find(|name| **name == wanted) else {
        return Err(enum_error(
            call,
            "system cursor type",
            SYSTEM_CURSORS,
            &wanted,
        ));
    };
    let cursor = push_object(call.vm, Rc::new(Cursor(CursorShape::System(name))));
    call.one(cursor)
}

fn new_cursor(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    let is_file = first.is_string()
        || handle_of(call.vm, first).is_some_and(|handle| {
            let name = handle.object_type().name;
            name == "File" || name == "FileData"
        });
    let (width, height, rgba) = if is_file {
        let file = super::data_object::file_argument(call, 1)?;
        let image = super::image::decode(&file).map_err(|error| call.error(error.0))?;
        (image.width(), image.height(), image.to_rgba8().into_owned())
    } else {
        let image = super::image::image_argument(call, 1)?;
        (image.width(), image.height(), image.to_rgba8().into_owned())
    };
    let hot_x = call.optional_integer(2, 0)?;
    let hot_y = call.optional_integer(3, 0)?;
    // The point must lie in the picture for the system to take it.
    let inside = |place: i32, size: u32| (place.max(0) as u32).min(size.saturating_sub(1));
    let picture = CursorPicture {
        width,
        height,
        rgba,
        hot_x: inside(hot_x, width),
        hot_y: inside(hot_y, height),
    };
    let shape = CursorShape::Picture(Rc::new(picture));
    let cursor = push_object(call.vm, Rc::new(Cursor(shape)));
    call.one(cursor)
}

fn set_cursor(call: &mut Call<'_>) -> NativeResult {
    let shape = if call.argument(1).is_nil() {
        None
    } else {
        Some(object::<Cursor>(call, 1, "Cursor")?.0.clone())
    };
    context(call).world.borrow_mut().input.mouse.cursor = shape;
    call.none()
}

fn get_cursor(call: &mut Call<'_>) -> NativeResult {
    let shape = context(call).world.borrow().input.mouse.cursor.clone();
    match shape {
        Some(shape) => {
            let cursor = push_object(call.vm, Rc::new(Cursor(shape)));
            call.one(cursor)
        }
        None => call.one(Value::NIL),
    }
}

fn cursor_get_type(call: &mut Call<'_>) -> NativeResult {
    let cursor = object::<Cursor>(call, 1, "Cursor")?;
    call.one_string(match cursor.0 {
        CursorShape::System(_) => "system",
        CursorShape::Picture(_) => "image",
    })
}
