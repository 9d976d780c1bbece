//! The embedding API: Lua inside a Rust program, in safe Rust.
//!
//! ```
//! use rlove_vm::api::{Result, State, Table};
//!
//! fn main() -> Result<()> {
//!     let state = State::new()?;
//!     let double = state.create_function(|_, number: f64| Ok(number * 2.0))?;
//!     state.globals().set("double", double)?;
//!     let answer: f64 = state.load("return double(21)").set_name("=example").eval()?;
//!     assert_eq!(answer, 42.0);
//!
//!     let point: Table = state.load("{ x = 1, y = 2 }").eval()?;
//!     let (x, y): (f64, f64) = (point.get("x")?, point.get("y")?);
//!     assert_eq!((x, y), (1.0, 2.0));
//!
//!     let error = state.load("local t = nil; return t.x").set_name("=bad").exec().unwrap_err();
//!     assert_eq!(error.to_string(), "bad:1: attempt to index local 't' (a nil value)");
//!     Ok(())
//! }
//! ```
//!
//! ## Parts
//! | module | what it is for |
//! |---|---|
//! | here | [`State`]: libraries, globals, making values, registry, collector, interrupts |
//! | [`value`] | [`LuaValue`], [`LuaString`], [`Table`], [`Function`], [`Thread`] |
//! | [`chunk`] | [`Chunk`]: from source text to a function |
//! | [`convert`] | [`IntoLua`], [`FromLua`] and their forms for several values |
//! | [`userdata`] | [`UserData`]: Rust types as Lua objects |
//! | [`error`] | [`Error`] |
//!
//! ## Handles
//! A value that Rust holds is an entry of the machine's table of handles, which the collector takes as a root; dropping the last
//! clone gives the entry back. Handles point weakly to their state: a closure may capture a [`Table`] without keeping the
//! whole state alive, and a handle that outlives its state answers [`Error::StateClosed`]. A handle given to another
//! state than its own is refused ([`Error::WrongState`]).
//!
//! ## Why no safe program can break it
//! Safe code never sees a machine word: only handles, whose words live in the machine. All access goes through `Inner::with`,
//! which is entered by one party at a time. A callback suspends the access of its caller and gets a pointer derived from
//! it; a destructor that the collector runs in the middle of an access finds the state busy ([`Error::Busy`]).
//! Values that Rust stores in Lua and that hold handles back to Lua are roots: such cycles live until the state is dropped.

pub mod chunk;
pub mod convert;
pub mod error;
pub mod userdata;
pub mod value;

pub use crate::vm::Interrupt;
pub use chunk::Chunk;
pub use convert::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, MultiValue, Variadic};
pub use error::{Error, Result};
pub use userdata::{AnyUserData, Fields, Methods, UserData, UserDataRef, UserDataRefMut};
pub use value::{Function, LuaString, LuaValue, Table, TablePairs, Thread, ThreadStatus};

use crate::builtin::{Builtin, Effects, NativeResult, Recording};
use crate::bytecode::Opcode;
use crate::call::{Call, Raised};
use crate::value::Value;
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// What a state and its handles share.
pub(crate) struct Inner {
    /// The machine, as it was allocated.
    root: *mut Vm,
    /// The machine, derived from the innermost access.
    current: Cell<*mut Vm>,
    /// An access is in progress.
    is_busy: Cell<bool>,
    /// Handles dropped since the last access.
    dropped: RefCell<Vec<usize>>,
    globals: usize,
    resume: usize,
    error_metatable: Cell<usize>,
    types: RefCell<FxHashMap<TypeId, usize>>,
}

/// The root entry behind the clones of one handle.
pub(crate) struct HandleEntry {
    state: Weak<Inner>,
    index: usize,
    /// Belongs to the state itself and is not given back.
    is_permanent: bool,
}

/// A rooted value of some state.
pub(crate) type Handle = Rc<HandleEntry>;

impl Drop for HandleEntry {
    fn drop(&mut self) {
        if self.is_permanent {
            return;
        }
        if let Some(inner) = self.state.upgrade() {
            inner.dropped.borrow_mut().push(self.index);
        }
    }
}

impl HandleEntry {
    /// The state, unless it is gone.
    pub(crate) fn state(&self) -> Result<State> {
        self.state.upgrade().map(State).ok_or(Error::StateClosed)
    }
}

/// A Lua state. Clones are the same state; it is closed when the last one is dropped.
#[derive(Clone)]
pub struct State(pub(crate) Rc<Inner>);

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "State({:p})", self.0.root)
    }
}

static RESUME: Builtin = Builtin::header(
    "coroutine.resume",
    "(co: thread, ...) -> boolean, ...",
    "Resumes a coroutine.",
    Effects::CALLS_LUA,
    Recording::Never("called by the embedding program"),
    Opcode::FunctionHeaderResume,
);

/// Gives an access back, also when the work panicked.
struct Access<'a> {
    inner: &'a Inner,
    outer: *mut Vm,
    was_busy: bool,
}

impl Drop for Access<'_> {
    fn drop(&mut self) {
        self.inner.current.set(self.outer);
        self.inner.is_busy.set(self.was_busy);
    }
}

impl Inner {
    /// Works on the machine. Code of users must not run inside, except through Lua and [`Inner::lend`].
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Vm) -> R) -> Result<R> {
        if self.is_busy.replace(true) {
            return Err(Error::Busy);
        }
        let outer = self.current.get();
        let access = Access {
            inner: self,
            outer,
            was_busy: false,
        };
        // SAFETY: I11, I12: the machine lives as long as `self`; nobody else has an access (the flag above), and the pointer
        // comes from the innermost access that waits for this one.
        let vm = unsafe { &mut *outer };
        self.free_dropped(vm);
        let result = work(vm);
        drop(access);
        Ok(result)
    }
    /// Gives back the roots of handles that were dropped.
    fn free_dropped(&self, vm: &mut Vm) {
        let dropped = std::mem::take(&mut *self.dropped.borrow_mut());
        for index in dropped {
            vm.free_handle(index);
        }
    }
    /// Lends the machine of a running builtin to a callback: until this returns, accesses derive from `vm`.
    fn lend<R>(&self, vm: &mut Vm, work: impl FnOnce() -> R) -> R {
        let outer = self.current.replace(vm);
        let access = Access {
            inner: self,
            outer,
            was_busy: self.is_busy.replace(false),
        };
        let result = work();
        drop(access);
        result
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: I12: allocated by `Box`, and no handle can reach it any more: weak references have ceased to upgrade.
        drop(unsafe { Box::from_raw(self.root) });
    }
}

impl State {
    /// A state with the standard libraries.
    pub fn new() -> Result<State> {
        let mut vm = Vm::new();
        if let Err(Raised) = crate::library::open_all(&mut vm) {
            let value = vm.take_error();
            let message = vm.string_or_number_bytes(value).unwrap_or_default();
            return Err(Error::runtime(String::from_utf8_lossy(&message)));
        }
        Ok(State::adopt(vm))
    }
    /// A state without any library.
    pub fn new_bare() -> State {
        State::adopt(Vm::new())
    }
    fn adopt(mut vm: Box<Vm>) -> State {
        let globals = vm.globals();
        let globals = vm.new_handle(globals);
        let resume = vm.new_header_function(Opcode::FunctionHeaderResume, &RESUME, &[]);
        let resume = vm.new_handle(resume);
        let root = Box::into_raw(vm);
        State(Rc::new(Inner {
            root,
            current: Cell::new(root),
            is_busy: Cell::new(false),
            dropped: RefCell::new(Vec::new()),
            globals,
            resume,
            error_metatable: Cell::new(usize::MAX),
            types: RefCell::new(FxHashMap::default()),
        }))
    }
    /// Works on the machine itself.
    ///
    /// # Safety
    /// I1, I11: the work leaves the machine in a sound state, keeps no value or pointer, and runs no code that uses this state.
    pub unsafe fn with_vm<R>(&self, work: impl FnOnce(&mut Vm) -> R) -> Result<R> {
        self.0.with(work)
    }

    // ---- From and to machine words ----

    pub(crate) fn root(&self, vm: &mut Vm, value: Value) -> Handle {
        Rc::new(HandleEntry {
            state: Rc::downgrade(&self.0),
            index: vm.new_handle(value),
            is_permanent: false,
        })
    }
    fn permanent(&self, index: usize) -> Handle {
        Rc::new(HandleEntry {
            state: Rc::downgrade(&self.0),
            index,
            is_permanent: true,
        })
    }
    /// The word behind a handle; handles of other states are refused.
    pub(crate) fn word(&self, vm: &Vm, handle: &Handle) -> Result<Value> {
        if std::ptr::eq(handle.state.as_ptr(), Rc::as_ptr(&self.0)) {
            Ok(vm.handles[handle.index])
        } else {
            Err(Error::WrongState)
        }
    }
    pub(crate) fn to_word(&self, vm: &Vm, value: &LuaValue) -> Result<Value> {
        Ok(match value {
            LuaValue::Nil => Value::NIL,
            LuaValue::Boolean(truth) => Value::boolean(*truth),
            LuaValue::Number(number) => Value::from_foreign_number(*number),
            LuaValue::LightUserData(address) => Value::light(*address),
            LuaValue::String(string) => self.word(vm, &string.0)?,
            LuaValue::Table(table) => self.word(vm, &table.0)?,
            LuaValue::Function(function) => self.word(vm, &function.0)?,
            LuaValue::Thread(thread) => self.word(vm, &thread.0)?,
            LuaValue::UserData(userdata) => self.word(vm, &userdata.0)?,
            LuaValue::Foreign(foreign) => self.word(vm, &foreign.0)?,
        })
    }
    pub(crate) fn to_words(&self, vm: &Vm, values: &MultiValue) -> Result<Vec<Value>> {
        values.iter().map(|value| self.to_word(vm, value)).collect()
    }
    pub(crate) fn rooted(&self, vm: &mut Vm, word: Value) -> LuaValue {
        use crate::value::ValueType;
        match word.value_type() {
            ValueType::Nil => LuaValue::Nil,
            ValueType::Boolean => LuaValue::Boolean(word.is_truthy()),
            ValueType::Number => LuaValue::Number(word.raw_double()),
            ValueType::LightUserData => LuaValue::LightUserData(word.as_light().unwrap_or(0)),
            ValueType::String => LuaValue::String(LuaString(self.root(vm, word))),
            ValueType::Table => LuaValue::Table(Table(self.root(vm, word))),
            ValueType::Function => LuaValue::Function(Function(self.root(vm, word))),
            ValueType::Thread => LuaValue::Thread(Thread(self.root(vm, word))),
            ValueType::UserData => LuaValue::UserData(AnyUserData(self.root(vm, word))),
            ValueType::CData => LuaValue::Foreign(value::Foreign(self.root(vm, word))),
        }
    }
    pub(crate) fn rooted_all(&self, vm: &mut Vm, words: &[Value]) -> MultiValue {
        words.iter().map(|&word| self.rooted(vm, word)).collect()
    }
    /// The error on its way, as a value of the API.
    pub(crate) fn taken_error(&self, vm: &mut Vm) -> Error {
        let word = vm.take_error();
        let traceback = vm
            .take_traceback()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if let Some(payload) = vm.userdata_payload::<error::Payload>(word) {
            return payload.0.clone();
        }
        let message = match vm.string_or_number_bytes(word) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => format!("(error object is a {} value)", word.type_name()),
        };
        Error::Runtime { message, traceback }
    }
    /// Calls a function value; arguments and results are words, so results have to be rooted in the same access.
    pub(crate) fn call_words(
        &self,
        vm: &mut Vm,
        function: Value,
        arguments: &[Value],
    ) -> Result<Vec<Value>> {
        match vm.call_function(function, arguments) {
            Ok(results) => Ok(results),
            Err(Raised) => Err(self.taken_error(vm)),
        }
    }
    pub(crate) fn resume_word(&self, vm: &Vm) -> Value {
        vm.handles[self.0.resume]
    }

    // ---- Making values ----

    /// The global table.
    pub fn globals(&self) -> Table {
        Table(self.permanent(self.0.globals))
    }
    /// A string of any bytes.
    pub fn create_string(&self, bytes: impl AsRef<[u8]>) -> Result<LuaString> {
        self.0.with(|vm| match vm.try_new_string(bytes.as_ref()) {
            Ok(word) => Ok(LuaString(self.root(vm, word))),
            Err(Raised) => Err(self.taken_error(vm)),
        })?
    }
    /// An empty table.
    pub fn create_table(&self) -> Result<Table> {
        self.0.with(|vm| {
            let word = vm.new_table();
            Table(self.root(vm, word))
        })
    }
    /// A table with these entries.
    pub fn create_table_from<K: IntoLua, V: IntoLua>(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Table> {
        let table = self.create_table()?;
        for (key, value) in entries {
            table.raw_set(key, value)?;
        }
        Ok(table)
    }
    /// A table with these values at 1, 2, 3, ….
    pub fn create_sequence_from<V: IntoLua>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Table> {
        let table = self.create_table()?;
        for value in values {
            table.raw_push(value)?;
        }
        Ok(table)
    }
    /// A Lua function that runs a Rust closure. Errors that it returns are raised in Lua; a panic becomes an error too.
    pub fn create_function<F, A, R>(&self, function: F) -> Result<Function>
    where
        F: Fn(&State, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.create_callback(Box::new(move |state, arguments| {
            let arguments = A::from_lua_multi(arguments, state)?;
            function(state, arguments)?.into_lua_multi(state)
        }))
    }
    /// As [`State::create_function`] for a closure with state of its own; calling it while it runs is an error.
    pub fn create_function_mut<F, A, R>(&self, function: F) -> Result<Function>
    where
        F: FnMut(&State, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let function = RefCell::new(function);
        self.create_function(move |state, arguments: A| match function.try_borrow_mut() {
            Ok(mut function) => function(state, arguments),
            Err(_) => Err(Error::runtime(
                "a mutable callback was called while it runs",
            )),
        })
    }
    pub(crate) fn create_callback(&self, body: CallbackBody) -> Result<Function> {
        let callback: Rc<dyn std::any::Any> = Rc::new(Callback {
            state: Rc::downgrade(&self.0),
            body,
        });
        self.0.with(|vm| {
            let holder = vm.new_userdata(callback, std::ptr::null_mut(), 64);
            let word = vm.new_native_function(
                run_callback,
                &crate::builtin::ANONYMOUS,
                &[Value::userdata(holder)],
            );
            Function(self.root(vm, word))
        })
    }
    /// A coroutine that will run `function`.
    pub fn create_thread(&self, function: &Function) -> Result<Thread> {
        self.0.with(|vm| {
            let function = self.word(vm, &function.0)?;
            let word = vm.new_coroutine(function);
            Ok(Thread(self.root(vm, word)))
        })?
    }
    /// A userdata of a type with Lua methods.
    pub fn create_userdata<T: UserData>(&self, value: T) -> Result<AnyUserData> {
        userdata::create(self, value)
    }
    /// A chunk of source text, to be run or made a function.
    pub fn load(&self, source: impl AsRef<[u8]>) -> Chunk<'_> {
        Chunk::new(self, source.as_ref())
    }
    /// Any value that converts, as a Lua value.
    pub fn pack(&self, value: impl IntoLua) -> Result<LuaValue> {
        value.into_lua(self)
    }
    /// A Lua value as a Rust type.
    pub fn unpack<T: FromLua>(&self, value: LuaValue) -> Result<T> {
        T::from_lua(value, self)
    }

    // ---- Values kept by name ----

    /// Keeps a value under a name that programs do not see.
    pub fn set_named_registry_value(&self, name: &str, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(self)?;
        self.0.with(|vm| {
            let word = self.to_word(vm, &value)?;
            let registry = vm.registry();
            vm.set_field(registry, &format!("api.{name}"), word);
            Ok(())
        })?
    }
    /// The value kept under a name; nil if there is none.
    pub fn named_registry_value<T: FromLua>(&self, name: &str) -> Result<T> {
        let value = self.0.with(|vm| {
            let registry = vm.registry();
            let word = vm.field(registry, &format!("api.{name}"));
            self.rooted(vm, word)
        })?;
        T::from_lua(value, self)
    }
    /// Keeps a value until the key is dropped. Any handle does the same; a key only says so.
    pub fn create_registry_value(&self, value: impl IntoLua) -> Result<RegistryKey> {
        Ok(RegistryKey(value.into_lua(self)?))
    }
    /// The value behind a key.
    pub fn registry_value<T: FromLua>(&self, key: &RegistryKey) -> Result<T> {
        self.0.with(|vm| self.to_word(vm, &key.0).map(|_| ()))??;
        T::from_lua(key.0.clone(), self)
    }

    // ---- Memory and interrupts ----

    /// A whole collection, with finalizers.
    pub fn gc_collect(&self) -> Result<()> {
        self.0.with(Vm::collect_garbage)
    }
    /// About `bytes` of collector work; true when a cycle ended.
    pub fn gc_step(&self, bytes: usize) -> Result<bool> {
        self.0.with(|vm| vm.step_garbage(bytes))
    }
    /// Stops automatic collection.
    pub fn gc_stop(&self) -> Result<()> {
        self.0.with(|vm| vm.heap.set_stopped(true))
    }
    /// Allows automatic collection again.
    pub fn gc_restart(&self) -> Result<()> {
        self.0.with(|vm| vm.heap.set_stopped(false))
    }
    /// Test mode: a whole collection at every safe point. Slow; finds values that nothing keeps alive.
    pub fn gc_stress(&self, stress: bool) -> Result<()> {
        self.0.with(|vm| vm.heap.set_stress(stress))
    }
    /// Bytes in use by Lua values.
    pub fn used_memory_bytes(&self) -> Result<usize> {
        self.0.with(|vm| vm.heap.used_bytes())
    }
    /// Beyond so many bytes programs get the error "not enough memory"; 0 for no limit. Answers the old limit.
    pub fn set_memory_limit(&self, bytes: usize) -> Result<usize> {
        self.0.with(|vm| {
            let old = std::mem::replace(&mut vm.heap.limit_bytes, bytes);
            vm.heap.check_due();
            old
        })
    }
    /// A handle that stops the running program from any thread.
    pub fn interrupt_handle(&self) -> Result<Interrupt> {
        self.0.with(|vm| vm.interrupt_handle())
    }
}

/// Keeps a value alive (see [`State::create_registry_value`]).
#[derive(Clone, Debug)]
pub struct RegistryKey(LuaValue);

pub(crate) type CallbackBody = Box<dyn Fn(&State, MultiValue) -> Result<MultiValue>>;

struct Callback {
    state: Weak<Inner>,
    body: CallbackBody,
}

/// The body of every function made from a closure; upvalue 0 holds the closure.
fn run_callback(call: &mut Call<'_>) -> NativeResult {
    let holder = call.upvalue(0);
    let Some(callback) = call.vm.userdata_payload::<Callback>(holder) else {
        return Err(call.error("the callback is gone"));
    };
    let Some(inner) = callback.state.upgrade() else {
        return Err(call.error("the state is being closed"));
    };
    let state = State(inner);
    let words = call.arguments();
    let arguments = state.rooted_all(call.vm, &words);
    let answer = state.0.lend(call.vm, || {
        // The closure may panic; the panic must not cross the interpreter's frames.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (callback.body)(&state, arguments)
        }))
    });
    let answer = match answer {
        Ok(answer) => answer,
        Err(panic) => Err(Error::runtime(format!(
            "a callback panicked: {}",
            panic_message(&*panic)
        ))),
    };
    let words = match answer {
        Ok(results) => state.to_words(call.vm, &results),
        Err(error) => Err(error),
    };
    // Nothing is collected before the words are on the stack.
    state.0.free_dropped(call.vm);
    match words {
        Ok(words) => call.many(&words),
        Err(error) => Err(error::raise(&state, call, error)),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "no message".to_owned()
    }
}
