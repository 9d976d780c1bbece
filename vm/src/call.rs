//! What a builtin's Rust body sees: its arguments, the virtual machine, and ways to answer.
//!
//! Arguments are numbered from 1. The checking accessors raise LuaJIT's messages ("bad argument #1 to 'insert' (table
//! expected, got nil)"). See `builtin` for a worked example and the rules on holding values.

use crate::object::{Function, Table};
use crate::value::{Value, ValueType};
use crate::vm::Vm;
use std::rc::Rc;

/// An error was raised; the error value is in the virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised;

/// How a builtin answers.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// No results.
    None,
    /// One result.
    One(Value),
    /// So many values on top of the stack are the results.
    Pushed(u32),
    /// Call the function that lies below so many pushed arguments, its results are the results. The builtin's frame is gone.
    TailCall(u32),
    /// Leave the interpreter; the host gives the results when it goes on (`Vm::continue_host`).
    Suspend,
}

/// The answer of a builtin.
pub type NativeResult = Result<Outcome, Raised>;

/// A running builtin.
pub struct Call<'vm> {
    /// The virtual machine.
    pub vm: &'vm mut Vm,
    base_offset: usize,
    argument_count: u32,
}

impl<'vm> Call<'vm> {
    /// For the interpreter: the frame at the thread's `base` with so many arguments.
    pub(crate) fn new(vm: &'vm mut Vm, argument_count: u32) -> Call<'vm> {
        let base_offset = vm.base_offset();
        Call {
            vm,
            base_offset,
            argument_count,
        }
    }
    /// Number of arguments passed.
    #[inline]
    pub fn argument_count(&self) -> u32 {
        self.argument_count
    }
    /// Argument `index`, nil if it was not passed.
    #[inline]
    pub fn argument(&self, index: u32) -> Value {
        if index >= 1 && index <= self.argument_count {
            self.vm.stack_value(self.base_offset + index as usize - 1)
        } else {
            Value::NIL
        }
    }
    /// Whether argument `index` was passed (even as nil).
    #[inline]
    pub fn has_argument(&self, index: u32) -> bool {
        index <= self.argument_count
    }
    /// All arguments, copied.
    pub fn arguments(&self) -> Vec<Value> {
        (1..=self.argument_count)
            .map(|index| self.argument(index))
            .collect()
    }
    /// Replaces argument `index`, which must have been passed.
    pub fn set_argument(&mut self, index: u32, value: Value) {
        if index >= 1 && index <= self.argument_count {
            self.vm
                .set_stack_value(self.base_offset + index as usize - 1, value);
        }
    }
    /// The running function.
    pub fn function(&self) -> *mut Function {
        self.vm
            .stack_value(self.base_offset - 2)
            .as_function()
            .unwrap_or(std::ptr::null_mut())
    }
    /// Upvalue `index` (from 0) of the running builtin.
    pub fn upvalue(&self, index: usize) -> Value {
        self.vm.native_upvalue(self.function(), index)
    }
    /// Sets upvalue `index` (from 0) of the running builtin.
    pub fn set_upvalue(&mut self, index: usize, value: Value) {
        let function = self.function();
        self.vm.set_native_upvalue(function, index, value);
    }

    // ---- Answers ----

    /// No results.
    #[inline]
    pub fn none(&mut self) -> NativeResult {
        Ok(Outcome::None)
    }
    /// One result.
    #[inline]
    pub fn one(&mut self, value: impl Into<Value>) -> NativeResult {
        Ok(Outcome::One(value.into()))
    }
    /// One result: a string.
    #[inline]
    pub fn one_string(&mut self, bytes: impl AsRef<[u8]>) -> NativeResult {
        let value = self.new_string(bytes.as_ref())?;
        Ok(Outcome::One(value))
    }
    /// The `count` values pushed last are the results.
    #[inline]
    pub fn pushed(&mut self, count: u32) -> NativeResult {
        Ok(Outcome::Pushed(count))
    }
    /// Several results at once.
    pub fn many(&mut self, values: &[Value]) -> NativeResult {
        self.reserve(values.len())?;
        for &value in values {
            self.vm.push(value);
        }
        Ok(Outcome::Pushed(values.len() as u32))
    }
    /// nil and a message, as io functions answer.
    pub fn nil_and_message(&mut self, message: impl AsRef<[u8]>) -> NativeResult {
        let message = self.new_string(message.as_ref())?;
        self.many(&[Value::NIL, message])
    }
    /// Replaces this builtin by a call of `function`.
    pub fn tail_call(&mut self, function: Value, arguments: &[Value]) -> NativeResult {
        self.reserve(arguments.len() + 1)?;
        self.vm.push(function);
        for &argument in arguments {
            self.vm.push(argument);
        }
        Ok(Outcome::TailCall(arguments.len() as u32))
    }
    /// Pushes a value (a result, or to keep it alive). Beyond some 20 values [`Call::reserve`] first.
    #[inline]
    pub fn push(&mut self, value: impl Into<Value>) {
        self.vm.push(value.into());
    }
    /// Makes room for `count` more pushed values.
    pub fn reserve(&mut self, count: usize) -> Result<(), Raised> {
        self.vm.reserve_stack(count)
    }

    // ---- Errors ----

    /// Raises `message` with the position of the caller in front, as `luaL_error` does.
    #[cold]
    pub fn error(&mut self, message: impl AsRef<[u8]>) -> Raised {
        self.vm.raise_at_level(1, message.as_ref())
    }
    /// Raises any value.
    #[cold]
    pub fn raise(&mut self, value: Value) -> Raised {
        self.vm.raise_value(value)
    }
    /// "bad argument #index to 'name' (message)".
    #[cold]
    pub fn argument_error(&mut self, index: u32, message: impl AsRef<[u8]>) -> Raised {
        self.vm.raise_argument_error(index, message.as_ref())
    }
    /// "bad argument #index to 'name' (expected expected, got type)".
    #[cold]
    pub fn type_error(&mut self, index: u32, expected: &str) -> Raised {
        let got = self.type_name_of(index);
        self.argument_error(index, format!("{expected} expected, got {got}"))
    }
    /// The type's name as messages show it ("no value" for missing arguments, `__name` is not used by LuaJIT).
    pub fn type_name_of(&self, index: u32) -> &'static str {
        if self.has_argument(index) {
            self.argument(index).type_name()
        } else {
            "no value"
        }
    }

    // ---- Checked arguments ----

    /// A number, converting strings.
    #[inline]
    pub fn number(&mut self, index: u32) -> Result<f64, Raised> {
        let value = self.argument(index);
        if let Some(number) = value.as_number() {
            return Ok(number);
        }
        self.number_slow(index, value)
    }
    #[cold]
    fn number_slow(&mut self, index: u32, value: Value) -> Result<f64, Raised> {
        match self.vm.to_number(value) {
            Some(number) => Ok(number),
            None => Err(self.type_error(index, "number")),
        }
    }
    /// A number, or `default` for nil and nothing.
    #[inline]
    pub fn optional_number(&mut self, index: u32, default: f64) -> Result<f64, Raised> {
        if self.argument(index).is_nil() {
            Ok(default)
        } else {
            self.number(index)
        }
    }
    /// A number as a 32-bit integer, as LuaJIT converts arguments: truncated; out of range gives the smallest integer.
    #[inline]
    pub fn integer(&mut self, index: u32) -> Result<i32, Raised> {
        let number = self.number(index)?;
        if number > -2_147_483_649.0 && number < 2_147_483_648.0 {
            return Ok(number as i32);
        }
        Ok(i32::MIN)
    }
    /// A number as a 64-bit integer (truncation, saturating).
    #[inline]
    pub fn integer64(&mut self, index: u32) -> Result<i64, Raised> {
        Ok(self.number(index)? as i64)
    }
    /// An integer, or `default` for nil and nothing.
    #[inline]
    pub fn optional_integer(&mut self, index: u32, default: i32) -> Result<i32, Raised> {
        if self.argument(index).is_nil() {
            Ok(default)
        } else {
            self.integer(index)
        }
    }
    /// A string; numbers are converted (the converted string replaces the argument).
    pub fn string<'a>(&mut self, index: u32) -> Result<&'a [u8], Raised> {
        let value = self.string_value(index)?;
        Ok(value.string_bytes().unwrap_or(b""))
    }
    /// As [`Call::string`], as a value.
    #[inline]
    pub fn string_value(&mut self, index: u32) -> Result<Value, Raised> {
        let value = self.argument(index);
        if value.is_string() {
            return Ok(value);
        }
        if value.is_number() {
            let text = self.vm.number_to_string(value);
            self.set_argument(index, text);
            return Ok(text);
        }
        Err(self.type_error(index, "string"))
    }
    /// A string, or `None` for nil and nothing.
    pub fn optional_string<'a>(&mut self, index: u32) -> Result<Option<&'a [u8]>, Raised> {
        if self.argument(index).is_nil() {
            Ok(None)
        } else {
            self.string(index).map(Some)
        }
    }
    /// A string as UTF-8 text; anything else in it is replaced.
    pub fn text(&mut self, index: u32) -> Result<String, Raised> {
        Ok(String::from_utf8_lossy(self.string(index)?).into_owned())
    }
    /// A boolean; any other type is an error.
    pub fn boolean(&mut self, index: u32) -> Result<bool, Raised> {
        let value = self.argument(index);
        if value.is_boolean() {
            Ok(value.is_truthy())
        } else {
            Err(self.type_error(index, "boolean"))
        }
    }
    /// The truth of any value.
    #[inline]
    pub fn truth(&self, index: u32) -> bool {
        self.argument(index).is_truthy()
    }
    /// A table.
    #[inline]
    pub fn table(&mut self, index: u32) -> Result<*mut Table, Raised> {
        match self.argument(index).as_table() {
            Some(table) => Ok(table),
            None => Err(self.type_error(index, "table")),
        }
    }
    /// A table, as a value.
    pub fn table_value(&mut self, index: u32) -> Result<Value, Raised> {
        self.table(index).map(Value::table)
    }
    /// A function.
    pub fn function_argument(&mut self, index: u32) -> Result<Value, Raised> {
        let value = self.argument(index);
        if value.is_function() {
            Ok(value)
        } else {
            Err(self.type_error(index, "function"))
        }
    }
    /// Any value, but one must have been passed.
    pub fn any(&mut self, index: u32) -> Result<Value, Raised> {
        if self.has_argument(index) {
            return Ok(self.argument(index));
        }
        Err(self.argument_error(index, "value expected"))
    }
    /// The Rust value of a userdata of type `T`; `expected` names the type in the message.
    pub fn userdata<T: 'static>(&mut self, index: u32, expected: &str) -> Result<Rc<T>, Raised> {
        match self.vm.userdata_payload::<T>(self.argument(index)) {
            Some(payload) => Ok(payload),
            None => Err(self.type_error(index, expected)),
        }
    }

    // ---- Values ----

    /// A string value; too long or no memory is a Lua error.
    #[inline]
    pub fn new_string(&mut self, bytes: &[u8]) -> Result<Value, Raised> {
        self.vm.try_new_string(bytes)
    }
    /// The type of argument `index`.
    pub fn argument_type(&self, index: u32) -> ValueType {
        self.argument(index).value_type()
    }
    /// Calls a function (this runs Lua code; see the rules in `builtin`). Results come as a vector.
    pub fn call_function(
        &mut self,
        function: Value,
        arguments: &[Value],
    ) -> Result<Vec<Value>, Raised> {
        self.vm.call_function(function, arguments)
    }
}
