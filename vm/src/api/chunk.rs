//! Source text on its way to a function.

use super::{Error, FromLuaMulti, Function, IntoLuaMulti, Result, State, Table};
use crate::call::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// Source text with its name and environment.
///
/// ```
/// # use rlove_vm::api::*;
/// # fn main() -> Result<()> {
/// let state = State::new()?;
/// let environment = state.create_table_from([("x", 20)])?;
/// let sum: i64 = state.load("x + 1").set_environment(environment).eval()?;
/// assert_eq!(sum, 21);
/// # Ok(())
/// # }
/// ```
#[must_use = "a chunk does nothing until it is run"]
pub struct Chunk<'state> {
    state: &'state State,
    source: Vec<u8>,
    name: Option<Vec<u8>>,
    environment: Option<Table>,
}

impl<'state> Chunk<'state> {
    pub(super) fn new(state: &'state State, source: &[u8]) -> Chunk<'state> {
        Chunk {
            state,
            source: source.to_vec(),
            name: None,
            environment: None,
        }
    }
    /// The name in messages: `=name` is shown as it is, `@name` is a file, anything else is quoted source text (the default).
    pub fn set_name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.name = Some(name.as_ref().to_vec());
        self
    }
    /// The table of the chunk's global variables.
    pub fn set_environment(mut self, environment: Table) -> Self {
        self.environment = Some(environment);
        self
    }
    /// Compiles it to a function.
    pub fn into_function(self) -> Result<Function> {
        self.compile(&self.source)
    }
    /// Runs it for its effects.
    pub fn exec(self) -> Result<()> {
        self.into_function()?.call(())
    }
    /// Runs it for its results. The text may be an expression, or statements with a `return`.
    pub fn eval<R: FromLuaMulti>(self) -> Result<R> {
        let mut expression = b"return ".to_vec();
        expression.extend_from_slice(&self.source);
        let function = match self.compile(&expression) {
            Ok(function) => function,
            Err(Error::Syntax { .. }) => self.compile(&self.source)?,
            Err(error) => return Err(error),
        };
        function.call(())
    }
    /// Runs it with arguments (`...` in the text).
    pub fn call<R: FromLuaMulti>(self, arguments: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call(arguments)
    }
    fn compile(&self, source: &[u8]) -> Result<Function> {
        let state = self.state;
        state.0.with(|vm| {
            let name = self.name.as_deref().unwrap_or(&self.source);
            let environment = match &self.environment {
                Some(table) => Some(state.word(vm, &table.0)?),
                None => None,
            };
            match vm.load_source(source, name) {
                Ok(word) => {
                    if let Some(environment) = environment {
                        set_environment(vm, word, environment);
                    }
                    Ok(Function(state.root(vm, word)))
                }
                Err(Raised) => {
                    let word = vm.take_error();
                    let bytes = vm.string_or_number_bytes(word).unwrap_or_default();
                    let message = String::from_utf8_lossy(&bytes).into_owned();
                    let incomplete_input = message.ends_with("near '<eof>'");
                    Err(Error::Syntax {
                        message,
                        incomplete_input,
                    })
                }
            }
        })?
    }
}

/// Gives a Lua function another environment.
pub(super) fn set_environment(vm: &mut Vm, function: Value, environment: Value) {
    if let (Some(function), Some(table)) = (function.as_function(), environment.as_table()) {
        // SAFETY: I1, I7: both are live; what the store overwrites is queued.
        unsafe {
            vm.heap.barrier(Value::table((*function).environment));
            (*function).environment = table;
        }
    }
}
