//! Errors of the embedding API.
//!
//! An error that Lua raised comes to Rust as [`Error::Runtime`] with the traceback of the place; one that Rust raised
//! passes through Lua unchanged if it is [`Error::External`], and as a message otherwise, so that `pcall` in a program
//! sees the string it expects.
//!
//! ```
//! use rlove_vm::api::{Error, State};
//! # fn main() -> rlove_vm::api::Result<()> {
//! let state = State::new()?;
//! let read = state.create_function(|_, name: String| {
//!     std::fs::read_to_string(name).map_err(Error::external)
//! })?;
//! let error = read.call::<String>("no such file").unwrap_err();
//! assert!(error.downcast_ref::<std::io::Error>().is_some());
//! # Ok(())
//! # }
//! ```

use super::State;
use crate::call::{Call, NativeResult, Raised};
use crate::value::Value;
use std::error::Error as StandardError;
use std::sync::Arc;

/// What can go wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Source text that does not compile.
    Syntax {
        /// LuaJIT's message.
        message: String,
        /// The text ends too early: a console should read on.
        incomplete_input: bool,
    },
    /// A Lua program raised an error.
    Runtime {
        /// The error's text; for error objects that are no strings, what they are.
        message: String,
        /// Where it was raised, unless the error was made in Rust.
        traceback: Option<String>,
    },
    /// A value is not what was asked for.
    Conversion {
        /// The Lua type that was found.
        from: &'static str,
        /// The type that was asked for.
        to: String,
        /// More about it.
        message: Option<String>,
    },
    /// A userdata is in use in a way that excludes this one.
    Borrowed,
    /// The coroutine has ended or is running.
    CoroutineUnresumable,
    /// A handle of another state.
    WrongState,
    /// The state has been dropped.
    StateClosed,
    /// The state is in use (a destructor that the collector runs tried to use it).
    Busy,
    /// An error of the embedding program.
    External(Arc<dyn StandardError + Send + Sync>),
}

/// The answer of most functions here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with this text.
    pub fn runtime(message: impl Into<String>) -> Error {
        Error::Runtime {
            message: message.into(),
            traceback: None,
        }
    }
    /// Wraps any error.
    pub fn external(error: impl Into<Box<dyn StandardError + Send + Sync>>) -> Error {
        Error::External(error.into().into())
    }
    /// The wrapped error, if it has type `T`.
    pub fn downcast_ref<T: StandardError + 'static>(&self) -> Option<&T> {
        match self {
            Error::External(error) => error.downcast_ref(),
            _ => None,
        }
    }
    /// Where Lua raised it, if that is known.
    pub fn traceback(&self) -> Option<&str> {
        match self {
            Error::Runtime { traceback, .. } => traceback.as_deref(),
            _ => None,
        }
    }
    pub(crate) fn conversion(from: &'static str, to: impl Into<String>) -> Error {
        Error::Conversion {
            from,
            to: to.into(),
            message: None,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Syntax { message, .. } | Error::Runtime { message, .. } => {
                formatter.write_str(message)
            }
            Error::Conversion { from, to, message } => {
                write!(formatter, "{to} expected, got {from}")?;
                if let Some(message) = message {
                    write!(formatter, " ({message})")?;
                }
                Ok(())
            }
            Error::Borrowed => formatter.write_str("the userdata is in use"),
            Error::CoroutineUnresumable => formatter.write_str("the coroutine cannot be resumed"),
            Error::WrongState => formatter.write_str("a value of another Lua state"),
            Error::StateClosed => formatter.write_str("the Lua state is closed"),
            Error::Busy => formatter.write_str("the Lua state is in use"),
            Error::External(error) => error.fmt(formatter),
        }
    }
}

impl StandardError for Error {
    fn source(&self) -> Option<&(dyn StandardError + 'static)> {
        match self {
            Error::External(error) => error.source(),
            _ => None,
        }
    }
}

/// An error that passes through Lua as a userdata.
pub(super) struct Payload(pub(super) Error);

/// Raises an error that a callback returned.
pub(super) fn raise(state: &State, call: &mut Call<'_>, error: Error) -> Raised {
    match error {
        Error::Runtime {
            message,
            traceback: Some(_),
        }
        | Error::Syntax { message, .. } => call.vm.raise_message(message.as_bytes()),
        error @ Error::External(_) => {
            let metatable = error_metatable(state, call);
            let payload: std::rc::Rc<dyn std::any::Any> = std::rc::Rc::new(Payload(error));
            let metatable = metatable.as_table().unwrap_or(std::ptr::null_mut());
            let userdata = call.vm.new_userdata(payload, metatable, 64);
            call.vm.raise_value(Value::userdata(userdata))
        }
        other => call.error(other.to_string()),
    }
}

/// The metatable of error userdata: only `__tostring`.
fn error_metatable(state: &State, call: &mut Call<'_>) -> Value {
    let index = state.0.error_metatable.get();
    if index != usize::MAX {
        return call.vm.handles[index];
    }
    let metatable = call.vm.new_table();
    let to_string = call.vm.new_anonymous_function(error_to_string, &[]);
    call.vm.set_field(metatable, "__tostring", to_string);
    state.0.error_metatable.set(call.vm.new_handle(metatable));
    metatable
}

fn error_to_string(call: &mut Call<'_>) -> NativeResult {
    let payload = call.userdata::<Payload>(1, "error")?;
    call.one_string(payload.0.to_string())
}
