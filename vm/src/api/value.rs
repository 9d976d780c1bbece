//! Lua values as Rust sees them: [`LuaValue`] and the handles in it.

use super::{
    Error, FromLua, FromLuaMulti, Handle, IntoLua, IntoLuaMulti, MultiValue, Result, State,
};
use crate::call::Raised;
use crate::interpreter::access::{index_step, store_step};
use crate::interpreter::metamethod::{Metamethod, Step};
use crate::object::ThreadStatus as MachineStatus;
use crate::value::Value;
use crate::vm::Vm;
use std::marker::PhantomData;

pub use super::userdata::AnyUserData;

/// Any Lua value.
#[derive(Clone, Debug, Default)]
pub enum LuaValue {
    /// nil
    #[default]
    Nil,
    /// true or false
    Boolean(bool),
    /// A number (all are doubles).
    Number(f64),
    /// An address that Lua only compares; 47 bits.
    LightUserData(usize),
    /// A string of any bytes.
    String(LuaString),
    /// A table.
    Table(Table),
    /// A function, of Lua or of Rust.
    Function(Function),
    /// A coroutine.
    Thread(Thread),
    /// A Rust value.
    UserData(AnyUserData),
    /// A value of the foreign function interface (`cdata`); it can only be passed on.
    Foreign(Foreign),
}

impl LuaValue {
    /// The type's name, as Lua's `type` answers it.
    pub fn type_name(&self) -> &'static str {
        match self {
            LuaValue::Nil => "nil",
            LuaValue::Boolean(_) => "boolean",
            LuaValue::Number(_) => "number",
            LuaValue::LightUserData(_) | LuaValue::UserData(_) => "userdata",
            LuaValue::String(_) => "string",
            LuaValue::Table(_) => "table",
            LuaValue::Function(_) => "function",
            LuaValue::Thread(_) => "thread",
            LuaValue::Foreign(_) => "cdata",
        }
    }
    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, LuaValue::Nil)
    }
    /// Whether it is neither nil nor false.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, LuaValue::Nil | LuaValue::Boolean(false))
    }
    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            LuaValue::Number(number) => Some(*number),
            _ => None,
        }
    }
    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            LuaValue::Table(table) => Some(table),
            _ => None,
        }
    }
    /// The function, if it is one.
    pub fn as_function(&self) -> Option<&Function> {
        match self {
            LuaValue::Function(function) => Some(function),
            _ => None,
        }
    }
    /// The string, if it is one.
    pub fn as_string(&self) -> Option<&LuaString> {
        match self {
            LuaValue::String(string) => Some(string),
            _ => None,
        }
    }
}

macro_rules! handles {
    ($($(#[$meta:meta])* $name:ident)*) => {
        $(
            $(#[$meta])*
            #[derive(Clone)]
            pub struct $name(pub(crate) Handle);

            impl std::fmt::Debug for $name {
                fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    write!(formatter, "{}(#{})", stringify!($name), self.0.index)
                }
            }

            impl $name {
                #[allow(dead_code)]
                pub(crate) fn state(&self) -> Result<State> {
                    self.0.state()
                }
            }

            /// The same object (strings: the same bytes).
            impl PartialEq for $name {
                fn eq(&self, other: &$name) -> bool {
                    same_value(&self.0, &other.0)
                }
            }
        )*
    };
}

handles! {
    /// A Lua string.
    LuaString
    /// A table.
    Table
    /// A function.
    Function
    /// A coroutine.
    Thread
    /// A value of the foreign function interface.
    Foreign
}

/// Raw equality of two rooted values.
pub(crate) fn same_value(left: &Handle, right: &Handle) -> bool {
    if std::rc::Rc::ptr_eq(left, right) {
        return true;
    }
    let Ok(state) = left.state() else {
        return false;
    };
    state
        .0
        .with(|vm| match (state.word(vm, left), state.word(vm, right)) {
            (Ok(left), Ok(right)) => {
                left == right
                    || left.is_string()
                        && right.is_string()
                        && left.string_bytes() == right.string_bytes()
            }
            _ => false,
        })
        .unwrap_or(false)
}

impl LuaString {
    /// A copy of the bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let state = self.state()?;
        state.0.with(|vm| {
            let word = state.word(vm, &self.0)?;
            Ok(word.string_bytes().unwrap_or(b"").to_vec())
        })?
    }
    /// The text, if it is UTF-8.
    pub fn to_text(&self) -> Result<String> {
        String::from_utf8(self.to_bytes()?).map_err(|_| Error::Conversion {
            from: "string",
            to: "text".to_owned(),
            message: Some("it is not UTF-8".to_owned()),
        })
    }
    /// The text; what is not UTF-8 is replaced.
    pub fn to_text_lossy(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.to_bytes()?).into_owned())
    }
}

impl State {
    /// `object[key]` with metamethods.
    pub(crate) fn index_word(&self, vm: &mut Vm, object: Value, key: Value) -> Result<Value> {
        let key = vm.heap.interned(key);
        // SAFETY: I1, I12: both values are rooted by their handles; a null address means that there is no cache.
        let step = unsafe { index_step(vm, object, key, std::ptr::null()) };
        match step {
            Step::Value(value) => Ok(value),
            Step::Call {
                function,
                arguments,
                count,
                ..
            } => {
                let results = self.call_words(vm, function, &arguments[..count as usize])?;
                Ok(results.first().copied().unwrap_or(Value::NIL))
            }
            Step::Raised(Raised) => Err(self.taken_error(vm)),
        }
    }
    /// `object[key] = value` with metamethods.
    pub(crate) fn store_word(
        &self,
        vm: &mut Vm,
        object: Value,
        key: Value,
        value: Value,
    ) -> Result<()> {
        // SAFETY: I1, I12: as in `index_word`.
        let step = unsafe { store_step(vm, object, key, value, std::ptr::null()) };
        match step {
            Step::Value(_) => Ok(()),
            Step::Call {
                function,
                arguments,
                count,
                ..
            } => self
                .call_words(vm, function, &arguments[..count as usize])
                .map(|_| ()),
            Step::Raised(Raised) => Err(self.taken_error(vm)),
        }
    }
    /// Works on the word of one handle.
    fn on<R>(&self, handle: &Handle, work: impl FnOnce(&mut Vm, Value) -> Result<R>) -> Result<R> {
        self.0.with(|vm| {
            let word = self.word(vm, handle)?;
            work(vm, word)
        })?
    }
}

impl Table {
    /// `table[key]`, with metamethods.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let state = self.state()?;
        let key = key.into_lua(&state)?;
        let value = state.on(&self.0, |vm, table| {
            let key = state.to_word(vm, &key)?;
            let word = state.index_word(vm, table, key)?;
            Ok(state.rooted(vm, word))
        })?;
        V::from_lua(value, &state)
    }
    /// `table[key] = value`, with metamethods.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let state = self.state()?;
        let key = key.into_lua(&state)?;
        let value = value.into_lua(&state)?;
        state.on(&self.0, |vm, table| {
            let key = state.to_word(vm, &key)?;
            let value = state.to_word(vm, &value)?;
            state.store_word(vm, table, key, value)
        })
    }
    /// `rawget(table, key)`
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let state = self.state()?;
        let key = key.into_lua(&state)?;
        let value = state.on(&self.0, |vm, table| {
            let key = state.to_word(vm, &key)?;
            let word = vm.raw_get(table, key);
            Ok(state.rooted(vm, word))
        })?;
        V::from_lua(value, &state)
    }
    /// `rawset(table, key, value)`
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let state = self.state()?;
        let key = key.into_lua(&state)?;
        let value = value.into_lua(&state)?;
        state.on(&self.0, |vm, table| {
            let key = state.to_word(vm, &key)?;
            let value = state.to_word(vm, &value)?;
            match vm.raw_set(table, key, value) {
                Ok(()) => Ok(()),
                Err(Raised) => Err(state.taken_error(vm)),
            }
        })
    }
    /// Appends to the sequence, without metamethods.
    pub fn raw_push(&self, value: impl IntoLua) -> Result<()> {
        let state = self.state()?;
        let value = value.into_lua(&state)?;
        state.on(&self.0, |vm, table| {
            let value = state.to_word(vm, &value)?;
            let index = vm.raw_length(table) as i64 + 1;
            match vm.raw_set_index(table, index, value) {
                Ok(()) => Ok(()),
                Err(Raised) => Err(state.taken_error(vm)),
            }
        })
    }
    /// Whether `table[key]` is not nil, with metamethods.
    pub fn contains_key(&self, key: impl IntoLua) -> Result<bool> {
        Ok(!self.get::<LuaValue>(key)?.is_nil())
    }
    /// `#table` as LuaJIT computes it for tables: without metamethods.
    pub fn len(&self) -> Result<usize> {
        let state = self.state()?;
        state.on(&self.0, |vm, table| Ok(vm.raw_length(table)))
    }
    /// Whether it has no entries at all.
    pub fn is_empty(&self) -> Result<bool> {
        let state = self.state()?;
        state.on(&self.0, |vm, table| {
            Ok(matches!(vm.raw_next(table, Value::NIL), Ok(None)))
        })
    }
    /// Removes all entries.
    pub fn clear(&self) -> Result<()> {
        let state = self.state()?;
        state.on(&self.0, |vm, table| {
            vm.clear_table(table);
            Ok(())
        })
    }
    /// The metatable.
    pub fn metatable(&self) -> Result<Option<Table>> {
        let state = self.state()?;
        state.on(&self.0, |vm, table| {
            let metatable = vm.metatable_of(table);
            Ok((!metatable.is_null()).then(|| Table(state.root(vm, Value::table(metatable)))))
        })
    }
    /// Sets or removes the metatable.
    pub fn set_metatable(&self, metatable: Option<&Table>) -> Result<()> {
        let state = self.state()?;
        state.on(&self.0, |vm, table| {
            let metatable = match metatable {
                Some(metatable) => state.word(vm, &metatable.0)?,
                None => Value::NIL,
            };
            match vm.set_metatable(table, metatable) {
                Ok(()) => Ok(()),
                Err(Raised) => Err(state.taken_error(vm)),
            }
        })
    }
    /// The entries in order, without metamethods. Values may be changed and removed meanwhile; a key added meanwhile ends it
    /// with an error at worst.
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> TablePairs<K, V> {
        TablePairs {
            table: self.clone(),
            key: Some(LuaValue::Nil),
            types: PhantomData,
        }
    }
    /// The values at 1, 2, 3, … up to the first nil, without metamethods.
    pub fn sequence_values<V: FromLua>(&self) -> impl Iterator<Item = Result<V>> + use<V> {
        let table = self.clone();
        let mut index = 0u32;
        std::iter::from_fn(move || {
            index = index.checked_add(1)?;
            match table.raw_get::<LuaValue>(index) {
                Ok(LuaValue::Nil) => None,
                Ok(value) => Some(table.state().and_then(|state| V::from_lua(value, &state))),
                Err(error) => Some(Err(error)),
            }
        })
    }
    /// Calls `table[name](arguments…)`.
    pub fn call_function<R: FromLuaMulti>(
        &self,
        name: &str,
        arguments: impl IntoLuaMulti,
    ) -> Result<R> {
        self.get::<Function>(name)?.call(arguments)
    }
    /// Calls `table[name](table, arguments…)`.
    pub fn call_method<R: FromLuaMulti>(
        &self,
        name: &str,
        arguments: impl IntoLuaMulti,
    ) -> Result<R> {
        let state = self.state()?;
        let mut values = arguments.into_lua_multi(&state)?;
        values.push_front(LuaValue::Table(self.clone()));
        self.get::<Function>(name)?.call(values)
    }
}

/// Iterator of [`Table::pairs`].
pub struct TablePairs<K, V> {
    table: Table,
    /// The last key; `None` at the end.
    key: Option<LuaValue>,
    types: PhantomData<(K, V)>,
}

impl<K: FromLua, V: FromLua> Iterator for TablePairs<K, V> {
    type Item = Result<(K, V)>;
    fn next(&mut self) -> Option<Self::Item> {
        let key = self.key.take()?;
        let state = match self.table.state() {
            Ok(state) => state,
            Err(error) => return Some(Err(error)),
        };
        let entry = state.on(&self.table.0, |vm, table| {
            let key = state.to_word(vm, &key)?;
            match vm.raw_next(table, key) {
                Ok(Some((key, value))) => {
                    Ok(Some((state.rooted(vm, key), state.rooted(vm, value))))
                }
                Ok(None) => Ok(None),
                Err(()) => Err(Error::runtime("invalid key to 'next'")),
            }
        });
        match entry {
            Ok(Some((key, value))) => {
                self.key = Some(key.clone());
                Some(
                    K::from_lua(key, &state).and_then(|key| Ok((key, V::from_lua(value, &state)?))),
                )
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

impl Function {
    /// Calls it. An error in it comes with the traceback.
    pub fn call<R: FromLuaMulti>(&self, arguments: impl IntoLuaMulti) -> Result<R> {
        let state = self.state()?;
        let arguments = arguments.into_lua_multi(&state)?;
        let results = state.on(&self.0, |vm, function| {
            let words = state.to_words(vm, &arguments)?;
            let results = state.call_words(vm, function, &words)?;
            Ok(state.rooted_all(vm, &results))
        })?;
        R::from_lua_multi(results, &state)
    }
    /// Calls it; an error raised in it comes as the Lua value that was raised. The outer `Result` is about the call itself.
    pub fn protected_call<R: FromLuaMulti>(
        &self,
        arguments: impl IntoLuaMulti,
    ) -> Result<std::result::Result<R, LuaValue>> {
        let state = self.state()?;
        let arguments = arguments.into_lua_multi(&state)?;
        let results = state.on(&self.0, |vm, function| {
            let words = state.to_words(vm, &arguments)?;
            match vm.call_function(function, &words) {
                Ok(results) => Ok(Ok(state.rooted_all(vm, &results))),
                Err(Raised) => {
                    let error = vm.take_error();
                    vm.take_traceback();
                    Ok(Err(state.rooted(vm, error)))
                }
            }
        })?;
        match results {
            Ok(results) => Ok(Ok(R::from_lua_multi(results, &state)?)),
            Err(error) => Ok(Err(error)),
        }
    }
    /// Gives a Lua function another table of global variables.
    pub fn set_environment(&self, environment: &Table) -> Result<()> {
        let state = self.state()?;
        state.on(&self.0, |vm, function| {
            let environment = state.word(vm, &environment.0)?;
            super::chunk::set_environment(vm, function, environment);
            Ok(())
        })
    }
}

/// Where a coroutine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadStatus {
    /// It can be resumed: new, or suspended in a yield.
    Resumable,
    /// It runs, or waits for one that it resumed.
    Running,
    /// It has returned or failed.
    Finished,
}

impl Thread {
    /// Runs it to its next yield or its end; the values it yields or returns are the results.
    pub fn resume<R: FromLuaMulti>(&self, arguments: impl IntoLuaMulti) -> Result<R> {
        let state = self.state()?;
        let arguments = arguments.into_lua_multi(&state)?;
        if self.status()? != ThreadStatus::Resumable {
            return Err(Error::CoroutineUnresumable);
        }
        let results = state.on(&self.0, |vm, thread| {
            let mut words = vec![thread];
            words.extend(state.to_words(vm, &arguments)?);
            let resume = state.resume_word(vm);
            let results = state.call_words(vm, resume, &words)?;
            match results.split_first() {
                Some((first, rest)) if first.is_truthy() => Ok(state.rooted_all(vm, rest)),
                other => {
                    let error = other.and_then(|(_, rest)| rest.first().copied());
                    let _: Raised = vm.raise_value(error.unwrap_or(Value::NIL));
                    let traceback = thread
                        .as_thread()
                        .map(|thread| vm.traceback(thread, None, 0));
                    let mut error = state.taken_error(vm);
                    if let Error::Runtime {
                        traceback: place, ..
                    } = &mut error
                    {
                        *place = traceback.map(|text| String::from_utf8_lossy(&text).into_owned());
                    }
                    Err(error)
                }
            }
        })?;
        R::from_lua_multi(results, &state)
    }
    /// Where it stands.
    pub fn status(&self) -> Result<ThreadStatus> {
        let state = self.state()?;
        state.on(&self.0, |_, thread| {
            let Some(thread) = thread.as_thread() else {
                return Ok(ThreadStatus::Finished);
            };
            // SAFETY: I1: the handle keeps the thread alive.
            Ok(match unsafe { (*thread).status } {
                MachineStatus::Fresh | MachineStatus::Suspended => ThreadStatus::Resumable,
                MachineStatus::Running | MachineStatus::Normal => ThreadStatus::Running,
                MachineStatus::Dead => ThreadStatus::Finished,
            })
        })
    }
}

impl State {
    /// The text of any value, as Lua's `tostring` gives it.
    pub fn display(&self, value: &LuaValue) -> Result<String> {
        let results = self.0.with(|vm| {
            let word = self.to_word(vm, value)?;
            let function = vm.metafield(word, "__tostring");
            if !function.is_nil() {
                let results = self.call_words(vm, function, &[word])?;
                let word = results.first().copied().unwrap_or(Value::NIL);
                return Ok(vm.string_or_number_bytes(word).unwrap_or_default());
            }
            let text = vm
                .string_or_number_bytes(word)
                .or_else(|| vm.foreign_to_text(word));
            Ok(text.unwrap_or_else(|| format!("{word:?}").into_bytes()))
        })??;
        Ok(String::from_utf8_lossy(&results).into_owned())
    }
    /// `left == right`, with metamethods.
    pub fn equals(&self, left: &LuaValue, right: &LuaValue) -> Result<bool> {
        self.0.with(|vm| {
            let (left, right) = (self.to_word(vm, left)?, self.to_word(vm, right)?);
            if left == right {
                // NaN differs from itself.
                return Ok(!(left.is_number() && left.raw_double().is_nan()));
            }
            if left.is_number() && right.is_number() {
                return Ok(left.raw_double() == right.raw_double());
            }
            if left.is_string() && right.is_string() {
                return Ok(left.string_bytes() == right.string_bytes());
            }
            if left.value_type() != right.value_type() {
                return Ok(false);
            }
            let function = vm.metamethod(left, Metamethod::Equal);
            if function.is_nil() || function != vm.metamethod(right, Metamethod::Equal) {
                return Ok(false);
            }
            let results = self.call_words(vm, function, &[left, right])?;
            Ok(results.first().is_some_and(|word| word.is_truthy()))
        })?
    }
}

impl MultiValue {
    /// Puts a value in front.
    pub fn push_front(&mut self, value: LuaValue) {
        self.0.insert(0, value);
    }
}
