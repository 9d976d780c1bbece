//! Argument checks that are LÖVE's rather than Lua's.
//!
//! LÖVE's own errors ("Invalid draw mode 'full', expected one of: 'line', 'fill'") carry the caller's position and no
//! argument number; [`enumeration`] makes them. A model's `Err(String)` becomes a Lua error by [`OrRaise::or_raise`]:
//!
//! ```text
//! graphics.pop().or_raise(call)?;
//! ```

use crate::graphics::Named;
use rlove_vm::builtin::Raised;
use rlove_vm::call::Call;
use rlove_vm::value::Value;

/// Turns a model's error into a Lua error at the caller's position.
pub trait OrRaise<T> {
    /// The value, or a raised error.
    fn or_raise(self, call: &mut Call<'_>) -> Result<T, Raised>;
}

impl<T, E: AsRef<str>> OrRaise<T> for Result<T, E> {
    fn or_raise(self, call: &mut Call<'_>) -> Result<T, Raised> {
        self.map_err(|message| call.error(message.as_ref()))
    }
}

/// LÖVE's error for an unknown name, with the known ones.
#[cold]
pub fn unknown_name(call: &mut Call<'_>, what: &str, names: &str, given: &str) -> Raised {
    call.error(format!(
        "Invalid {what} '{given}', expected one of: {names}"
    ))
}

/// Argument `index` as a value of an enumeration; `what` names it in the error.
pub fn enumeration<T: Named>(call: &mut Call<'_>, index: u32, what: &str) -> Result<T, Raised> {
    let bytes = call.string(index)?;
    let known = std::str::from_utf8(bytes).ok().and_then(T::from_name);
    match known {
        Some(value) => Ok(value),
        None => {
            let given = String::from_utf8_lossy(bytes).into_owned();
            Err(unknown_name(call, what, &T::list(), &given))
        }
    }
}

/// As [`enumeration`], with a default for nil and nothing.
pub fn optional_enumeration<T: Named>(
    call: &mut Call<'_>,
    index: u32,
    what: &str,
    default: T,
) -> Result<T, Raised> {
    if call.argument(index).is_nil() {
        Ok(default)
    } else {
        enumeration(call, index, what)
    }
}

/// A number in single precision.
pub fn float(call: &mut Call<'_>, index: u32) -> Result<f32, Raised> {
    Ok(call.number(index)? as f32)
}

/// A number in single precision, or `default` for nil and nothing.
pub fn optional_float(call: &mut Call<'_>, index: u32, default: f32) -> Result<f32, Raised> {
    if call.argument(index).is_nil() {
        Ok(default)
    } else {
        float(call, index)
    }
}

/// The number in `table[position]`. `shown` is the argument number in the error: LÖVE reads such numbers through its stack,
/// so it counts them behind the arguments ([`behind_arguments`]).
pub fn element_float_at(
    call: &mut Call<'_>,
    table: Value,
    position: i64,
    default: Option<f32>,
    shown: u32,
) -> Result<f32, Raised> {
    let value = call.vm.raw_get_index(table, position);
    if let Some(number) = value.as_number() {
        return Ok(number as f32);
    }
    if let (true, Some(default)) = (value.is_nil(), default) {
        return Ok(default);
    }
    match call.vm.to_number(value) {
        Some(number) => Ok(number as f32),
        None => {
            let got = value.type_name();
            Err(call.argument_error(shown, format!("number expected, got {got}")))
        }
    }
}

/// As [`element_float_at`], for a table that is an argument itself.
pub fn element_float(
    call: &mut Call<'_>,
    table: Value,
    position: i64,
    default: Option<f32>,
) -> Result<f32, Raised> {
    let shown = behind_arguments(call, 0, u32::try_from(position).unwrap_or(0));
    element_float_at(call, table, position, default, shown)
}

/// The argument number that LÖVE shows for the element it reads as number `position` behind the arguments, inside
/// `depth` tables that lie on its stack as well.
pub fn behind_arguments(call: &Call<'_>, depth: u32, position: u32) -> u32 {
    call.argument_count() + depth + position + 1
}

/// Red, green, blue and alpha, from a table or from four arguments starting at `index`.
pub fn color(call: &mut Call<'_>, index: u32) -> Result<[f32; 4], Raised> {
    let first = call.argument(index);
    if first.is_table() {
        return table_color(call, first, 0);
    }
    Ok([
        float(call, index)?,
        float(call, index + 1)?,
        float(call, index + 2)?,
        optional_float(call, index + 3, 1.0)?,
    ])
}

/// Red, green, blue and alpha from a table that lies inside `depth` other tables.
pub fn table_color(call: &mut Call<'_>, table: Value, depth: u32) -> Result<[f32; 4], Raised> {
    let mut color = [1.0; 4];
    for (channel, component) in color.iter_mut().enumerate() {
        let default = (channel == 3).then_some(1.0);
        let position = channel as u32 + 1;
        let shown = behind_arguments(call, depth, position);
        *component = element_float_at(call, table, i64::from(position), default, shown)?;
    }
    Ok(color)
}
