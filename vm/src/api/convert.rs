//! Conversions between Lua and Rust values.
//!
//! | Rust | Lua |
//! |---|---|
//! | `bool` | boolean; from Lua any value by its truth is refused, only booleans |
//! | integers, `f32`, `f64` | number; integers from Lua must be whole and in range; strings convert as in Lua |
//! | `String`, `&str`, `Vec<u8>` by [`LuaString`] | string; `String` from Lua must be UTF-8; numbers convert |
//! | `Option<T>` | nil is `None` |
//! | `Vec<T>`, `[T; N]` | sequence |
//! | `HashMap`, `BTreeMap` | table |
//! | `()`, tuples, [`Variadic`], [`MultiValue`] | several values |
//! | `Result<T, Error>` | its value, or the error is raised |

use super::{
    AnyUserData, Error, Function, LuaString, LuaValue, RegistryKey, Result, State, Table, Thread,
    UserData,
};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Becomes one Lua value.
pub trait IntoLua {
    /// The value in `state`.
    fn into_lua(self, state: &State) -> Result<LuaValue>;
}
/// Made from one Lua value.
pub trait FromLua: Sized {
    /// From `value`; a missing argument is nil.
    fn from_lua(value: LuaValue, state: &State) -> Result<Self>;
}
/// Becomes any number of Lua values.
pub trait IntoLuaMulti {
    /// The values in `state`.
    fn into_lua_multi(self, state: &State) -> Result<MultiValue>;
}
/// Made from any number of Lua values.
pub trait FromLuaMulti: Sized {
    /// From `values`; missing ones are nil, surplus ones are dropped.
    fn from_lua_multi(values: MultiValue, state: &State) -> Result<Self>;
}

/// Any number of Lua values.
#[derive(Clone, Debug, Default)]
pub struct MultiValue(pub(super) Vec<LuaValue>);

impl MultiValue {
    /// No values.
    pub fn new() -> MultiValue {
        MultiValue::default()
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, LuaValue> {
        self.0.iter()
    }
    /// The values.
    pub fn into_vec(self) -> Vec<LuaValue> {
        self.0
    }
}

impl FromIterator<LuaValue> for MultiValue {
    fn from_iter<I: IntoIterator<Item = LuaValue>>(values: I) -> Self {
        MultiValue(values.into_iter().collect())
    }
}
impl IntoIterator for MultiValue {
    type Item = LuaValue;
    type IntoIter = std::vec::IntoIter<LuaValue>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Any number of values of one type, as arguments or results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, state: &State) -> Result<MultiValue> {
        self.0
            .into_iter()
            .map(|value| value.into_lua(state))
            .collect::<Result<Vec<_>>>()
            .map(MultiValue)
    }
}
impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn from_lua_multi(values: MultiValue, state: &State) -> Result<Self> {
        values
            .into_iter()
            .map(|value| T::from_lua(value, state))
            .collect::<Result<Vec<_>>>()
            .map(Variadic)
    }
}
impl IntoLuaMulti for MultiValue {
    fn into_lua_multi(self, _: &State) -> Result<MultiValue> {
        Ok(self)
    }
}
impl FromLuaMulti for MultiValue {
    fn from_lua_multi(values: MultiValue, _: &State) -> Result<Self> {
        Ok(values)
    }
}
impl<T: IntoLua> IntoLuaMulti for T {
    fn into_lua_multi(self, state: &State) -> Result<MultiValue> {
        Ok(MultiValue(vec![self.into_lua(state)?]))
    }
}
impl<T: FromLua> FromLuaMulti for T {
    fn from_lua_multi(values: MultiValue, state: &State) -> Result<Self> {
        T::from_lua(values.0.into_iter().next().unwrap_or_default(), state)
    }
}
impl IntoLuaMulti for () {
    fn into_lua_multi(self, _: &State) -> Result<MultiValue> {
        Ok(MultiValue::new())
    }
}
impl FromLuaMulti for () {
    fn from_lua_multi(_: MultiValue, _: &State) -> Result<Self> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*),*) => {
        $(
            impl<$first: IntoLua, $($rest: IntoLua),*> IntoLuaMulti for ($first, $($rest,)*) {
                #[allow(non_snake_case)]
                fn into_lua_multi(self, state: &State) -> Result<MultiValue> {
                    let ($first, $($rest,)*) = self;
                    Ok(MultiValue(vec![$first.into_lua(state)?, $($rest.into_lua(state)?),*]))
                }
            }
            // The last part takes all values that are left, so that a tuple may end in `Variadic`.
            tuples!(@from [] $first $($rest)*);
        )*
    };
    (@from [$($front:ident)*] $last:ident) => {
        impl<$($front: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($front,)* $last,) {
            #[allow(non_snake_case)]
            fn from_lua_multi(values: MultiValue, state: &State) -> Result<Self> {
                #[allow(unused_mut)]
                let mut values = values.into_iter();
                $(
                    let $front = values.next().unwrap_or_default();
                    let $front = $front::from_lua($front, state)?;
                )*
                let $last = $last::from_lua_multi(values.collect(), state)?;
                Ok(($($front,)* $last,))
            }
        }
    };
    (@from [$($front:ident)*] $next:ident $($rest:ident)+) => {
        tuples!(@from [$($front)* $next] $($rest)+);
    };
}
tuples!(A, A B, A B C, A B C D, A B C D E, A B C D E F, A B C D E F G, A B C D E F G H);

impl IntoLua for LuaValue {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(self)
    }
}
impl FromLua for LuaValue {
    fn from_lua(value: LuaValue, _: &State) -> Result<Self> {
        Ok(value)
    }
}
impl IntoLua for &LuaValue {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(self.clone())
    }
}

macro_rules! handle_conversions {
    ($($variant:ident $type:ident $name:literal),*) => {
        $(
            impl IntoLua for $type {
                fn into_lua(self, _: &State) -> Result<LuaValue> {
                    Ok(LuaValue::$variant(self))
                }
            }
            impl IntoLua for &$type {
                fn into_lua(self, _: &State) -> Result<LuaValue> {
                    Ok(LuaValue::$variant(self.clone()))
                }
            }
            impl FromLua for $type {
                fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
                    let _ = state;
                    match value {
                        LuaValue::$variant(handle) => Ok(handle),
                        other => Err(Error::conversion(other.type_name(), $name)),
                    }
                }
            }
        )*
    };
}
handle_conversions!(Table Table "table", Function Function "function", Thread Thread "thread", UserData AnyUserData "userdata");

impl IntoLua for LuaString {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(LuaValue::String(self))
    }
}
impl IntoLua for &LuaString {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(LuaValue::String(self.clone()))
    }
}
impl FromLua for LuaString {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        match value {
            LuaValue::String(string) => Ok(string),
            LuaValue::Number(_) => state.create_string(state.display(&value)?),
            other => Err(Error::conversion(other.type_name(), "string")),
        }
    }
}
impl IntoLua for &RegistryKey {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(self.0.clone())
    }
}
impl<T: UserData> IntoLua for T {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        Ok(LuaValue::UserData(state.create_userdata(self)?))
    }
}

impl IntoLua for bool {
    fn into_lua(self, _: &State) -> Result<LuaValue> {
        Ok(LuaValue::Boolean(self))
    }
}
impl FromLua for bool {
    fn from_lua(value: LuaValue, _: &State) -> Result<Self> {
        match value {
            LuaValue::Boolean(truth) => Ok(truth),
            other => Err(Error::conversion(other.type_name(), "boolean")),
        }
    }
}

/// The number that a value is or converts to.
fn number_of(value: &LuaValue, to: &str) -> Result<f64> {
    match value {
        LuaValue::Number(number) => Ok(*number),
        LuaValue::String(string) => crate::syntax::number::parse_number(&string.to_bytes()?)
            .ok_or_else(|| Error::conversion("string", to)),
        other => Err(Error::conversion(other.type_name(), to)),
    }
}

macro_rules! floats {
    ($($type:ident)*) => {
        $(
            impl IntoLua for $type {
                fn into_lua(self, _: &State) -> Result<LuaValue> {
                    Ok(LuaValue::Number(f64::from(self)))
                }
            }
            impl FromLua for $type {
                fn from_lua(value: LuaValue, _: &State) -> Result<Self> {
                    Ok(number_of(&value, "number")? as $type)
                }
            }
        )*
    };
}
floats!(f32 f64);

macro_rules! integers {
    ($($type:ident)*) => {
        $(
            impl IntoLua for $type {
                fn into_lua(self, _: &State) -> Result<LuaValue> {
                    Ok(LuaValue::Number(self as f64))
                }
            }
            impl FromLua for $type {
                fn from_lua(value: LuaValue, _: &State) -> Result<Self> {
                    let number = number_of(&value, stringify!($type))?;
                    // Every whole number in range converts to i128 exactly, so the comparison of types is exact too.
                    let whole = number as i128;
                    if whole as f64 == number && let Ok(integer) = $type::try_from(whole) {
                        return Ok(integer);
                    }
                    Err(Error::Conversion {
                        from: "number",
                        to: stringify!($type).to_owned(),
                        message: Some(format!("{number} is no whole number in range")),
                    })
                }
            }
        )*
    };
}
integers!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize);

impl IntoLua for &str {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_string(self).map(LuaValue::String)
    }
}
impl IntoLua for String {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_string(self).map(LuaValue::String)
    }
}
impl FromLua for String {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        LuaString::from_lua(value, state)?.to_text()
    }
}
impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        self.map_or(Ok(LuaValue::Nil), |value| value.into_lua(state))
    }
}
impl<T: FromLua> FromLua for Option<T> {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        if value.is_nil() {
            return Ok(None);
        }
        T::from_lua(value, state).map(Some)
    }
}
impl<T: IntoLua> IntoLua for Vec<T> {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_sequence_from(self).map(LuaValue::Table)
    }
}
impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_sequence_from(self).map(LuaValue::Table)
    }
}
impl<T: FromLua> FromLua for Vec<T> {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        Table::from_lua(value, state)?.sequence_values().collect()
    }
}
impl<T: FromLua, const N: usize> FromLua for [T; N] {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        let values: Vec<T> = Vec::from_lua(value, state)?;
        let count = values.len();
        values.try_into().map_err(|_| Error::Conversion {
            from: "table",
            to: format!("sequence of {N} values"),
            message: Some(format!("it has {count}")),
        })
    }
}
impl<K: IntoLua, V: IntoLua, S: BuildHasher> IntoLua for HashMap<K, V, S> {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_table_from(self).map(LuaValue::Table)
    }
}
impl<K: FromLua + Eq + Hash, V: FromLua, S: BuildHasher + Default> FromLua for HashMap<K, V, S> {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        Table::from_lua(value, state)?.pairs().collect()
    }
}
impl<K: IntoLua, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self, state: &State) -> Result<LuaValue> {
        state.create_table_from(self).map(LuaValue::Table)
    }
}
impl<K: FromLua + Ord, V: FromLua> FromLua for BTreeMap<K, V> {
    fn from_lua(value: LuaValue, state: &State) -> Result<Self> {
        Table::from_lua(value, state)?.pairs().collect()
    }
}
