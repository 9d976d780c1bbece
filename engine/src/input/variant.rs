//! Values that travel in the event queue: what LÖVE calls a variant.
//!
//! A queue outlives the call that pushed into it and crosses threads, so an event's arguments are plain data and not
//! values of a Lua heap. Tables are copied; objects are shared by reference. Functions, coroutines and foreign
//! userdata have no variant, which `love.event.push` reports as LÖVE does.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// One argument of an event.
#[derive(Clone)]
pub enum Variant {
    /// Lua's nil.
    Nil,
    /// Lua's true and false.
    Boolean(bool),
    /// Any number.
    Number(f64),
    /// Any string; Lua strings are bytes.
    String(Vec<u8>),
    /// A copy of a table.
    Table(Vec<(Variant, Variant)>),
    /// A LÖVE object, kept alive by the queue (`love::parcel` says what is in it).
    Object(Arc<dyn Any + Send + Sync>),
}

impl Variant {
    /// A string argument from Rust text.
    pub fn text(text: &str) -> Variant {
        Variant::String(text.as_bytes().to_vec())
    }
}

impl From<f64> for Variant {
    fn from(number: f64) -> Variant {
        Variant::Number(number)
    }
}

impl From<bool> for Variant {
    fn from(boolean: bool) -> Variant {
        Variant::Boolean(boolean)
    }
}

impl From<&str> for Variant {
    fn from(text: &str) -> Variant {
        Variant::text(text)
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Variant::Nil => write!(formatter, "nil"),
            Variant::Boolean(boolean) => write!(formatter, "{boolean}"),
            Variant::Number(number) => write!(formatter, "{number}"),
            Variant::String(bytes) => write!(formatter, "{:?}", String::from_utf8_lossy(bytes)),
            Variant::Table(pairs) => formatter.debug_list().entries(pairs).finish(),
            Variant::Object(_) => write!(formatter, "object"),
        }
    }
}

/// An event as `love.event.poll` answers it: a name and its arguments.
#[derive(Clone, Debug)]
pub struct Event {
    /// LÖVE's name of the event, or whatever a game pushed.
    pub name: String,
    /// The values that follow the name.
    pub arguments: Vec<Variant>,
}

impl Event {
    /// An event with a name and arguments.
    pub fn new(name: &str, arguments: Vec<Variant>) -> Event {
        Event {
            name: name.to_owned(),
            arguments,
        }
    }
}
