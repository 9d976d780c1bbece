//! Shaders: how they are made and chosen, and their methods.
//!
//! The order of checks and the sentences are LÖVE's. A value that is sent goes into the shader's bytes at once; the
//! drawing model is told, so that what has been drawn already keeps the old one.

use super::arguments::{behind_arguments, unknown_name};
use super::data_object::{data, read_named_file};
use super::graphics::{GraphicsContext, context, functions, texture};
use super::math::TransformObject;
use super::object::{LoveObject, OBJECT, ObjectType, object, optional_object, push_object};
use crate::graphics::shader::{Kind, Shader, Sources, Uniform, UniformKind, compile};
use rlove_vm::builtin::{Builtin, NativeResult, Raised};
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use std::rc::Rc;

pub(super) const FUNCTIONS: &[Builtin] = functions! {
    "love.graphics.newShader" "(code: any, more: any) -> Shader" "Compiles a shader." ALLOCATES new_shader;
    "love.graphics.validateShader" "(gles: boolean, code: any, more: any) -> boolean, string?" "Whether a shader compiles, and why not." ALLOCATES validate_shader;
    "love.graphics.setShader" "(shader: Shader?)" "Draws with a shader, or without." WRITES set_shader;
    "love.graphics.getShader" "() -> Shader?" "The shader that is drawn with." READS get_shader;
};

pub(super) static SHADER: ObjectType = ObjectType {
    name: "Shader",
    parent: Some(&OBJECT),
    methods: functions! {
        "Shader:getWarnings" "(shader: Shader) -> string" "What the compiler warned of." READS get_warnings;
        "Shader:hasUniform" "(shader: Shader, name: string) -> boolean" "Whether a uniform exists and is used." READS has_uniform;
        "Shader:send" "(shader: Shader, name: string, ...)" "Sets a uniform." WRITES send;
        "Shader:sendColor" "(shader: Shader, name: string, ...)" "Sets a uniform to colours." WRITES send_color;
    },
};

impl LoveObject for Shader {
    fn object_type(&self) -> &'static ObjectType {
        &SHADER
    }
}

fn shader_argument(call: &mut Call<'_>, index: u32) -> Result<Rc<Shader>, Raised> {
    object::<Shader>(call, index, "Shader")
}

// ---- making ---------------------------------------------------------------------------------------------------

/// The code in argument `index`: text, the name of a file, or what is in one.
fn code_argument(call: &mut Call<'_>, index: u32) -> Result<Option<String>, Raised> {
    let value = call.argument(index);
    if let Some(data) = data(call.vm, value) {
        return Ok(Some(String::from_utf8_lossy(&data.to_vec()).into_owned()));
    }
    if !value.is_string() && !value.is_number() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(call.string(index)?).into_owned();
    let is_path = !text.contains('\n') && text.len() < 1024;
    let filesystem = super::context(call);
    let found = is_path && filesystem.filesystem.borrow().info(&text).is_some();
    if found {
        return match read_named_file(call.vm, &text) {
            Ok(file) => Ok(Some(String::from_utf8_lossy(&file.bytes).into_owned())),
            Err(error) => Err(call.error(error)),
        };
    }
    let looks_like_path = !text.is_empty()
        && text.len() < 64
        && is_path
        && text
            .find('.')
            .is_some_and(|at| !text[at..].contains([';', ' ']));
    if looks_like_path {
        return Err(call.error(format!("Could not open file {text}. Does not exist.")));
    }
    Ok(Some(text))
}

/// The stages that arguments from `start` on hold.
fn sources(call: &mut Call<'_>, start: u32) -> Result<Sources, Raised> {
    let first = code_argument(call, start)?;
    let second = code_argument(call, start + 1)?;
    if first.is_none() && second.is_none() {
        call.string(start)?;
    }
    let sources = match Sources::identify(first.as_deref(), second.as_deref()) {
        Ok(sources) => sources,
        Err(message) => return Err(call.error(message)),
    };
    if first.is_some() && second.is_some() {
        for (stage, name, function) in [
            (&sources.vertex, "vertex", "position"),
            (&sources.pixel, "pixel", "effect"),
        ] {
            if stage.is_none() {
                return Err(call.error(format!(
                    "Could not parse {name} shader code (missing '{function}' function?)"
                )));
            }
        }
    }
    if sources.vertex.is_none() && sources.pixel.is_none() {
        let index = if first.is_some() { start } else { start + 1 };
        let message = "missing 'position' or 'effect' function?";
        return Err(call.argument_error(index, message));
    }
    Ok(sources)
}

fn new_shader(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let sources = sources(call, 1)?;
    let made = context.graphics.borrow_mut().new_shader(&sources);
    match made {
        Ok(shader) => {
            let value = push_shader(call, &context, &shader);
            call.one(value)
        }
        Err(error) => {
            // LÖVE raises the compiler's text without a position.
            let message = call.new_string(error.for_new_shader().as_bytes())?;
            Err(call.raise(message))
        }
    }
}

fn validate_shader(call: &mut Call<'_>) -> NativeResult {
    call.boolean(1)?;
    context(call)?;
    let sources = sources(call, 2)?;
    match compile(&sources) {
        Ok(_) => call.one(Value::boolean(true)),
        Err(error) => {
            let message = call.new_string(error.for_validation().as_bytes())?;
            call.many(&[Value::boolean(false), message])
        }
    }
}

fn push_shader(call: &mut Call<'_>, context: &GraphicsContext, shader: &Shader) -> Value {
    let object = context.shader_object(shader);
    push_object(call.vm, object)
}

fn set_shader(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let shader = if call.argument(1).is_nil() {
        None
    } else {
        Some((*shader_argument(call, 1)?).clone())
    };
    context.graphics.borrow_mut().set_shader(shader);
    call.none()
}

fn get_shader(call: &mut Call<'_>) -> NativeResult {
    let context = context(call)?;
    let shader = context.graphics.borrow().state().shader.clone();
    match shader {
        Some(shader) => {
            let value = push_shader(call, &context, &shader);
            call.one(value)
        }
        None => call.one(Value::NIL),
    }
}

// ---- methods --------------------------------------------------------------------------------------------------

fn get_warnings(call: &mut Call<'_>) -> NativeResult {
    shader_argument(call, 1)?;
    // Our compiler has errors only. LÖVE's text is that of the driver's logs, which are empty then.
    call.one_string("")
}

fn has_uniform(call: &mut Call<'_>) -> NativeResult {
    let shader = shader_argument(call, 1)?;
    let name = call.text(2)?;
    call.one(Value::boolean(shader.uniform(&name).is_some()))
}

/// The uniform that argument 2 names.
fn uniform_argument(call: &mut Call<'_>, shader: &Shader) -> Result<Uniform, Raised> {
    let name = call.text(2)?;
    match shader.uniform(&name) {
        Some(uniform) => Ok(uniform.clone()),
        None => Err(call.error(format!(
            "Shader uniform '{name}' does not exist.\nA common error is to define but not use the variable."
        ))),
    }
}

/// Elements that arguments from `start` on give, at least one.
fn count_from(call: &Call<'_>, start: u32, uniform: &Uniform) -> u32 {
    (call.argument_count() + 1)
        .saturating_sub(start)
        .max(1)
        .min(uniform.count)
}

fn finish(call: &mut Call<'_>, shader: &Shader) -> NativeResult {
    let context = context(call)?;
    context.graphics.borrow_mut().shader_changed(shader);
    call.none()
}

fn send(call: &mut Call<'_>) -> NativeResult {
    let shader = shader_argument(call, 1)?;
    let uniform = uniform_argument(call, &shader)?;
    let is_matrix = matches!(uniform.kind, UniformKind::Matrix(..));
    let is_data = |call: &Call<'_>, index| data(call.vm, call.argument(index)).is_some();
    if is_data(call, 3) || (is_matrix && is_data(call, 4)) {
        send_data(call, &shader, &uniform)?;
    } else {
        match uniform.kind {
            UniformKind::Numbers(kind, components) => {
                let numbers = numbers(call, &uniform, kind, components, false)?;
                shader.send(&uniform, &numbers);
            }
            UniformKind::Matrix(columns, rows) => {
                let numbers = matrices(call, &uniform, columns.into(), rows.into())?;
                shader.send(&uniform, &numbers);
            }
            UniformKind::Texture(kind) => {
                let mut sent = Vec::new();
                for index in 0..count_from(call, 3, &uniform) {
                    let texture = texture(call, 3 + index)?;
                    if texture.description().texture_type != kind.dimension.texture_type() {
                        return Err(
                            call.argument_error(3 + index, "invalid texture type for uniform")
                        );
                    }
                    if !texture.description().readable {
                        return Err(call.error(
                            "Textures with non-readable formats cannot be sampled from in a shader.",
                        ));
                    }
                    sent.push((*texture).clone());
                }
                shader.send_textures(&uniform, &sent);
            }
        }
    }
    finish(call, &shader)
}

fn send_color(call: &mut Call<'_>) -> NativeResult {
    let shader = shader_argument(call, 1)?;
    let uniform = uniform_argument(call, &shader)?;
    let UniformKind::Numbers(Kind::Float, components @ 3..) = uniform.kind else {
        return Err(call.error("sendColor can only be used on vec3 or vec4 uniforms."));
    };
    if data(call.vm, call.argument(3)).is_some() {
        send_data(call, &shader, &uniform)?;
    } else {
        let numbers = numbers(call, &uniform, Kind::Float, components, true)?;
        shader.send(&uniform, &numbers);
    }
    finish(call, &shader)
}

/// A number or boolean of a uniform, which is argument or element number `shown`.
fn number_of(call: &mut Call<'_>, value: Value, kind: Kind, shown: u32) -> Result<f64, Raised> {
    if kind == Kind::Bool {
        return if value.is_boolean() {
            Ok(f64::from(u8::from(value.is_truthy())))
        } else {
            let got = value.type_name();
            Err(call.argument_error(shown, format!("boolean expected, got {got}")))
        };
    }
    match call.vm.to_number(value) {
        Some(number) => Ok(number),
        None => {
            let got = if value.is_nil()
                && shown > call.argument_count()
                && shown < 16
                && call.argument_count() < 3
            {
                "no value"
            } else {
                value.type_name()
            };
            Err(call.argument_error(shown, format!("number expected, got {got}")))
        }
    }
}

fn table_argument(call: &mut Call<'_>, index: u32) -> Result<Value, Raised> {
    let value = call.argument(index);
    if value.is_table() {
        Ok(value)
    } else {
        let got = call.type_name_of(index);
        Err(call.argument_error(index, format!("table expected, got {got}")))
    }
}

/// Numbers, or tables of them, from argument 3 on.
fn numbers(
    call: &mut Call<'_>,
    uniform: &Uniform,
    kind: Kind,
    components: u8,
    are_colors: bool,
) -> Result<Vec<f64>, Raised> {
    let mut numbers = Vec::new();
    for index in 3..3 + count_from(call, 3, uniform) {
        if components == 1 {
            let value = call.argument(index);
            numbers.push(number_of(call, value, kind, index)?);
            continue;
        }
        let table = table_argument(call, index)?;
        for place in 1..=u32::from(components) {
            let value = call.vm.raw_get_index(table, i64::from(place));
            let shown = behind_arguments(call, 0, place);
            numbers.push(number_of(call, value, kind, shown)?);
        }
    }
    if are_colors {
        for number in &mut numbers {
            *number = number.clamp(0.0, 1.0);
        }
    }
    Ok(numbers)
}

/// Whether the matrix layout in argument `index` is by columns; `None` if there is none.
fn layout(call: &mut Call<'_>, index: u32) -> Result<Option<bool>, Raised> {
    if !call.argument(index).is_string() {
        return Ok(None);
    }
    match call.text(index)?.as_str() {
        "row" => Ok(Some(false)),
        "column" => Ok(Some(true)),
        other => {
            let other = other.to_owned();
            Err(unknown_name(
                call,
                "matrix layout",
                "'row', 'column'",
                &other,
            ))
        }
    }
}

/// Matrices from argument 3 on, by columns.
fn matrices(
    call: &mut Call<'_>,
    uniform: &Uniform,
    columns: usize,
    rows: usize,
) -> Result<Vec<f64>, Raised> {
    let given = layout(call, 3)?;
    let by_columns = given == Some(true);
    let start = if given.is_some() { 4 } else { 3 };
    let mut numbers = Vec::new();
    for index in start..start + count_from(call, start, uniform) {
        if (columns, rows) == (4, 4)
            && let Some(transform) = optional_object::<TransformObject>(call, index)
        {
            numbers.extend(transform.matrix().elements.map(f64::from));
            continue;
        }
        let table = table_argument(call, index)?;
        let is_nested = call.vm.raw_get_index(table, 1).is_table();
        for column in 0..columns {
            for row in 0..rows {
                let (outer, inner, width) = if by_columns {
                    (column, row, rows)
                } else {
                    (row, column, columns)
                };
                let value = if is_nested {
                    let line = call.vm.raw_get_index(table, outer as i64 + 1);
                    if !line.is_table() {
                        let got = line.type_name();
                        let shown = behind_arguments(call, 0, 0);
                        return Err(
                            call.argument_error(shown, format!("table expected, got {got}"))
                        );
                    }
                    call.vm.raw_get_index(line, inner as i64 + 1)
                } else {
                    call.vm
                        .raw_get_index(table, (outer * width + inner) as i64 + 1)
                };
                let shown = behind_arguments(call, 0, (column * rows + row) as u32 + 1);
                numbers.push(number_of(call, value, Kind::Float, shown)?);
            }
        }
    }
    Ok(numbers)
}

/// Sends the bytes of a `Data`.
fn send_data(call: &mut Call<'_>, shader: &Shader, uniform: &Uniform) -> Result<(), Raised> {
    let elements = match uniform.kind {
        UniformKind::Texture(_) => {
            return Err(call.error(
                "Uniform sampler values (textures) cannot be sent to Shaders via Data objects.",
            ));
        }
        UniformKind::Numbers(_, components) => usize::from(components),
        UniformKind::Matrix(columns, rows) => usize::from(columns) * usize::from(rows),
    };
    let (mut start, mut by_columns) = (3, false);
    let mut data_index = 3;
    if matches!(uniform.kind, UniformKind::Matrix(..)) {
        if let Some(columns) = layout(call, 3)? {
            (start, data_index, by_columns) = (4, 4, columns);
        } else if let Some(columns) = layout(call, 4)? {
            (start, by_columns) = (4, columns);
        }
    }
    let data = super::data_object::check_data(call, data_index, &super::data_object::DATA)?;
    let bytes = data.to_vec();
    let stride = elements * 4;
    let total = stride * uniform.count as usize;
    let bytes = data_part(call, start, &bytes, stride, total)?;
    let kind = match uniform.kind {
        UniformKind::Numbers(kind, _) => kind,
        _ => Kind::Float,
    };
    let words = bytes.chunks_exact(4);
    let mut numbers: Vec<f64> = words
        .map(|word| {
            let word = [word[0], word[1], word[2], word[3]];
            match kind {
                Kind::Float => f64::from(f32::from_le_bytes(word)),
                Kind::Uint => f64::from(u32::from_le_bytes(word)),
                Kind::Int | Kind::Bool => f64::from(i32::from_le_bytes(word)),
            }
        })
        .collect();
    if let (UniformKind::Matrix(columns, rows), false) = (&uniform.kind, by_columns) {
        let (columns, rows) = (usize::from(*columns), usize::from(*rows));
        for matrix in numbers.chunks_exact_mut(columns * rows) {
            let given = matrix.to_vec();
            for (place, number) in matrix.iter_mut().enumerate() {
                *number = given[place % rows * columns + place / rows];
            }
        }
    }
    shader.send(uniform, &numbers);
    Ok(())
}

/// The bytes that offset and size behind argument `start` choose: whole elements of `stride` bytes, `total` at most.
fn data_part<'a>(
    call: &mut Call<'_>,
    start: u32,
    bytes: &'a [u8],
    stride: usize,
    total: usize,
) -> Result<&'a [u8], Raised> {
    let offset = call.optional_integer(start + 1, 0)?;
    let Ok(offset) = usize::try_from(offset) else {
        return Err(call.error("Offset cannot be negative."));
    };
    if offset >= bytes.len() {
        return Err(call.error("Offset must be less than the size of the Data."));
    }
    let size = if call.argument(start + 2).is_nil() {
        ((bytes.len() - offset) / stride * stride).min(total)
    } else {
        let wanted = call.integer(start + 2)?;
        if wanted <= 0 {
            return Err(call.error("Size must be greater than 0."));
        }
        let wanted = wanted as usize;
        if wanted > bytes.len() - offset {
            return Err(call.error("Size and offset must fit within the Data's bounds."));
        }
        if !wanted.is_multiple_of(stride) {
            return Err(call.error(format!(
                "Size ({wanted}) must be a multiple of the uniform's size in bytes ({stride})."
            )));
        }
        if wanted > total {
            return Err(
                call.error("Size must not be greater than the uniform's total size in bytes.")
            );
        }
        wanted
    };
    if size == 0 {
        return Err(call.error("Size to copy must be greater than 0."));
    }
    Ok(&bytes[offset..offset + size])
}
