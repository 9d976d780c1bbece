//! Rust types as Lua objects.
//!
//! ```
//! use rlove_vm::api::{Fields, Methods, Result, State, UserData};
//!
//! struct Counter {
//!     count: i64,
//! }
//! impl UserData for Counter {
//!     const NAME: &'static str = "Counter";
//!     fn add_fields(fields: &mut Fields<'_, Self>) {
//!         fields.add_getter("count", |_, counter| Ok(counter.count));
//!         fields.add_setter("count", |_, counter, count| {
//!             counter.count = count;
//!             Ok(())
//!         });
//!     }
//!     fn add_methods(methods: &mut Methods<'_, Self>) {
//!         methods.add_method_mut("add", |_, counter, step: i64| {
//!             counter.count += step;
//!             Ok(counter.count)
//!         });
//!         methods.add_meta_method("__tostring", |_, counter, ()| Ok(format!("Counter({})", counter.count)));
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! let state = State::new()?;
//! let counter = state.create_userdata(Counter { count: 1 })?;
//! state.globals().set("counter", &counter)?;
//! let text: String = state.load("counter:add(4); counter.count = counter.count * 2; return tostring(counter)").eval()?;
//! assert_eq!(text, "Counter(10)");
//! assert_eq!(counter.borrow::<Counter>()?.count, 10);
//! # Ok(())
//! # }
//! ```
//!
//! A value is borrowed while a method runs: shared by methods, exclusively by `_mut` methods. A borrow that would break the rule
//! is an error, never undefined. Without getters and setters a method call costs one inline cache, as for Lua classes.

use super::{
    CallbackBody, Error, FromLua, FromLuaMulti, Function, Handle, IntoLua, IntoLuaMulti, LuaValue,
    MultiValue, Result, State, Table,
};
use crate::value::Value;
use crate::vm::Vm;
use std::any::{Any, TypeId};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// A Rust type that Lua programs may hold.
pub trait UserData: Sized + 'static {
    /// The type's name in messages.
    const NAME: &'static str = "userdata";
    /// Declares fields (`object.name`).
    fn add_fields(fields: &mut Fields<'_, Self>) {
        let _ = fields;
    }
    /// Declares methods (`object:name()`) and metamethods.
    fn add_methods(methods: &mut Methods<'_, Self>) {
        let _ = methods;
    }
}

/// A userdata of any type.
#[derive(Clone)]
pub struct AnyUserData(pub(crate) Handle);

impl std::fmt::Debug for AnyUserData {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AnyUserData(#{})", self.0.index)
    }
}
impl PartialEq for AnyUserData {
    fn eq(&self, other: &AnyUserData) -> bool {
        super::value::same_value(&self.0, &other.0)
    }
}

const EXCLUSIVE: usize = usize::MAX;

/// The payload: the value and how it is borrowed (a count, or [`EXCLUSIVE`]).
struct Slot<T> {
    borrows: Cell<usize>,
    value: UnsafeCell<Option<T>>,
}

/// A shared borrow.
pub struct UserDataRef<T: 'static> {
    slot: Rc<Slot<T>>,
}
/// An exclusive borrow.
pub struct UserDataRefMut<T: 'static> {
    slot: Rc<Slot<T>>,
}

impl<T> Slot<T> {
    fn borrow(self: Rc<Self>) -> Result<UserDataRef<T>> {
        let borrows = self.borrows.get();
        // SAFETY: I12: nobody borrows it exclusively, as tested first.
        if borrows >= EXCLUSIVE - 1 || unsafe { (*self.value.get()).is_none() } {
            return Err(Error::Borrowed);
        }
        self.borrows.set(borrows + 1);
        Ok(UserDataRef { slot: self })
    }
    fn borrow_mut(self: Rc<Self>) -> Result<UserDataRefMut<T>> {
        // SAFETY: I12: nobody borrows it at all, as tested first.
        if self.borrows.get() != 0 || unsafe { (*self.value.get()).is_none() } {
            return Err(Error::Borrowed);
        }
        self.borrows.set(EXCLUSIVE);
        Ok(UserDataRefMut { slot: self })
    }
}
impl<T> Deref for UserDataRef<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: I12: counted as a shared borrow until dropped; there was a value and only an exclusive borrow can take it.
        unsafe { (*self.slot.value.get()).as_ref().unwrap_unchecked() }
    }
}
impl<T> Drop for UserDataRef<T> {
    fn drop(&mut self) {
        self.slot.borrows.set(self.slot.borrows.get() - 1);
    }
}
impl<T> Deref for UserDataRefMut<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: I12: the only borrow until dropped; there was a value and nobody else can take it.
        unsafe { (*self.slot.value.get()).as_ref().unwrap_unchecked() }
    }
}
impl<T> DerefMut for UserDataRefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: I12: as above.
        unsafe { (*self.slot.value.get()).as_mut().unwrap_unchecked() }
    }
}
impl<T> Drop for UserDataRefMut<T> {
    fn drop(&mut self) {
        self.slot.borrows.set(0);
    }
}

impl AnyUserData {
    fn slot<T: 'static>(&self) -> Result<Rc<Slot<T>>> {
        let state = self.0.state()?;
        state.0.with(|vm| {
            let word = state.word(vm, &self.0)?;
            vm.userdata_payload::<Slot<T>>(word)
                .ok_or_else(|| Error::conversion("userdata", std::any::type_name::<T>()))
        })?
    }
    /// Whether it holds a `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.slot::<T>().is_ok()
    }
    /// The value, shared. It stays borrowed until the answer is dropped.
    pub fn borrow<T: 'static>(&self) -> Result<UserDataRef<T>> {
        self.slot::<T>()?.borrow()
    }
    /// The value, exclusively.
    pub fn borrow_mut<T: 'static>(&self) -> Result<UserDataRefMut<T>> {
        self.slot::<T>()?.borrow_mut()
    }
    /// Takes the value out; methods called on the userdata afterwards fail.
    pub fn take<T: 'static>(&self) -> Result<T> {
        let borrow = self.slot::<T>()?.borrow_mut()?;
        // SAFETY: I12: the exclusive borrow is held by us alone.
        let value = unsafe { (*borrow.slot.value.get()).take() };
        value.ok_or(Error::Borrowed)
    }
    /// `object[key]`, with metamethods.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let state = self.0.state()?;
        let key = key.into_lua(&state)?;
        let value = state.0.with(|vm| {
            let object = state.word(vm, &self.0)?;
            let key = state.to_word(vm, &key)?;
            let word = state.index_word(vm, object, key)?;
            Ok(state.rooted(vm, word))
        })??;
        V::from_lua(value, &state)
    }
    /// `object[key] = value`, with metamethods.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let state = self.0.state()?;
        let key = key.into_lua(&state)?;
        let value = value.into_lua(&state)?;
        state.0.with(|vm| {
            let object = state.word(vm, &self.0)?;
            let (key, value) = (state.to_word(vm, &key)?, state.to_word(vm, &value)?);
            state.store_word(vm, object, key, value)
        })?
    }
    /// Calls `object[name](object, arguments…)`.
    pub fn call_method<R: FromLuaMulti>(
        &self,
        name: &str,
        arguments: impl IntoLuaMulti,
    ) -> Result<R> {
        let state = self.0.state()?;
        let mut values = arguments.into_lua_multi(&state)?;
        values.push_front(LuaValue::UserData(self.clone()));
        self.get::<Function>(name)?.call(values)
    }
}

type NamedCallback = (String, CallbackBody);

/// The methods of a type under construction.
pub struct Methods<'a, T> {
    named: &'a mut Vec<NamedCallback>,
    meta: &'a mut Vec<NamedCallback>,
    types: PhantomData<T>,
}
/// The fields of a type under construction.
pub struct Fields<'a, T> {
    getters: &'a mut Vec<NamedCallback>,
    setters: &'a mut Vec<NamedCallback>,
    types: PhantomData<T>,
}

/// Splits the object off the arguments.
fn object_of<T: UserData>(arguments: MultiValue) -> Result<(Rc<Slot<T>>, MultiValue)> {
    let mut values = arguments.into_iter();
    let slot = match values.next() {
        Some(LuaValue::UserData(userdata)) => userdata
            .slot::<T>()
            .map_err(|_| Error::conversion("userdata of another type", T::NAME))?,
        other => {
            let from = other.map_or("no value", |value| value.type_name());
            return Err(Error::conversion(from, T::NAME));
        }
    };
    Ok((slot, values.collect()))
}
fn shared<T: UserData, A: FromLuaMulti, R: IntoLuaMulti>(
    body: impl Fn(&State, &T, A) -> Result<R> + 'static,
) -> CallbackBody {
    Box::new(move |state, arguments| {
        let (slot, rest) = object_of::<T>(arguments)?;
        let arguments = A::from_lua_multi(rest, state)?;
        let object = slot.borrow()?;
        body(state, &object, arguments)?.into_lua_multi(state)
    })
}
fn exclusive<T: UserData, A: FromLuaMulti, R: IntoLuaMulti>(
    body: impl Fn(&State, &mut T, A) -> Result<R> + 'static,
) -> CallbackBody {
    Box::new(move |state, arguments| {
        let (slot, rest) = object_of::<T>(arguments)?;
        let arguments = A::from_lua_multi(rest, state)?;
        let mut object = slot.borrow_mut()?;
        body(state, &mut object, arguments)?.into_lua_multi(state)
    })
}
fn plain<A: FromLuaMulti, R: IntoLuaMulti>(
    body: impl Fn(&State, A) -> Result<R> + 'static,
) -> CallbackBody {
    Box::new(move |state, arguments| {
        let arguments = A::from_lua_multi(arguments, state)?;
        body(state, arguments)?.into_lua_multi(state)
    })
}

impl<T: UserData> Methods<'_, T> {
    /// `object:name(arguments…)` with a shared borrow of the object.
    pub fn add_method<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &T, A) -> Result<R> + 'static,
    ) {
        self.named.push((name.to_owned(), shared(body)));
    }
    /// `object:name(arguments…)` with an exclusive borrow.
    pub fn add_method_mut<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &mut T, A) -> Result<R> + 'static,
    ) {
        self.named.push((name.to_owned(), exclusive(body)));
    }
    /// A function found in the object like a method, without an implied object.
    pub fn add_function<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, A) -> Result<R> + 'static,
    ) {
        self.named.push((name.to_owned(), plain(body)));
    }
    /// A metamethod (`__tostring`, `__call`, `__gc`, `__index` after fields and methods, …) with a shared borrow.
    pub fn add_meta_method<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &T, A) -> Result<R> + 'static,
    ) {
        self.meta.push((name.to_owned(), shared(body)));
    }
    /// A metamethod with an exclusive borrow.
    pub fn add_meta_method_mut<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &mut T, A) -> Result<R> + 'static,
    ) {
        self.meta.push((name.to_owned(), exclusive(body)));
    }
    /// A metamethod that gets all operands as they are (binary operators: either may be the object).
    pub fn add_meta_function<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: &str,
        body: impl Fn(&State, A) -> Result<R> + 'static,
    ) {
        self.meta.push((name.to_owned(), plain(body)));
    }
}
impl<T: UserData> Fields<'_, T> {
    /// `object.name`
    pub fn add_getter<R: IntoLua>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &T) -> Result<R> + 'static,
    ) {
        let body = shared(move |state: &State, object: &T, (): ()| {
            Ok(MultiValue(vec![body(state, object)?.into_lua(state)?]))
        });
        self.getters.push((name.to_owned(), body));
    }
    /// `object.name = value`
    pub fn add_setter<A: FromLua>(
        &mut self,
        name: &str,
        body: impl Fn(&State, &mut T, A) -> Result<()> + 'static,
    ) {
        let body =
            exclusive(move |state: &State, object: &mut T, value: A| body(state, object, value));
        self.setters.push((name.to_owned(), body));
    }
}

/// `__index` of types with getters.
const INDEX_SOURCE: &str = "local getters, methods, index = ...
return function(object, key)
  local getter = getters[key]
  if getter then return getter(object) end
  local method = methods[key]
  if method ~= nil then return method end
  if index then return index(object, key) end
end";
/// `__newindex` of types with setters.
const NEW_INDEX_SOURCE: &str = "local setters, newindex, refuse = ...
return function(object, key, value)
  local setter = setters[key]
  if setter then setter(object, value)
  elseif newindex then newindex(object, key, value)
  else refuse(key) end
end";

fn table_of(state: &State, callbacks: Vec<NamedCallback>) -> Result<Table> {
    let table = state.create_table()?;
    for (name, body) in callbacks {
        table.raw_set(name.as_str(), state.create_callback(body)?)?;
    }
    Ok(table)
}

/// The metatable of a type, made on first use.
fn metatable_index<T: UserData>(state: &State) -> Result<usize> {
    let key = TypeId::of::<T>();
    if let Some(&index) = state.0.types.borrow().get(&key) {
        return Ok(index);
    }
    let (mut named, mut meta) = (Vec::new(), Vec::new());
    T::add_methods(&mut Methods {
        named: &mut named,
        meta: &mut meta,
        types: PhantomData,
    });
    let (mut getters, mut setters) = (Vec::new(), Vec::new());
    T::add_fields(&mut Fields {
        getters: &mut getters,
        setters: &mut setters,
        types: PhantomData,
    });
    let has_setters = !setters.is_empty();
    let has_getters = !getters.is_empty();
    let metatable = table_of(state, meta)?;
    let methods = table_of(state, named)?;
    let own_index: LuaValue = metatable.raw_get("__index")?;
    if has_getters || !own_index.is_nil() {
        let getters = table_of(state, getters)?;
        let index: Function = state
            .load(INDEX_SOURCE)
            .set_name("=[userdata]")
            .call((getters, methods, own_index))?;
        metatable.raw_set("__index", index)?;
    } else {
        metatable.raw_set("__index", methods)?;
    }
    if has_setters || has_getters {
        let own_store: LuaValue = metatable.raw_get("__newindex")?;
        let refuse = state.create_function(|state, key: LuaValue| -> Result<()> {
            let key = state.display(&key)?;
            Err(Error::runtime(format!(
                "{} has no field '{key}' that can be set",
                T::NAME
            )))
        })?;
        let setters = table_of(state, setters)?;
        let store: Function = state
            .load(NEW_INDEX_SOURCE)
            .set_name("=[userdata]")
            .call((setters, own_store, refuse))?;
        metatable.raw_set("__newindex", store)?;
    }
    metatable.raw_set("__name", T::NAME)?;
    let index = state.0.with(|vm| {
        let word = state.word(vm, &metatable.0)?;
        Ok(vm.new_handle(word))
    })??;
    state.0.types.borrow_mut().insert(key, index);
    Ok(index)
}

pub(super) fn create<T: UserData>(state: &State, value: T) -> Result<AnyUserData> {
    let index = metatable_index::<T>(state)?;
    let payload: Rc<dyn Any> = Rc::new(Slot {
        borrows: Cell::new(0),
        value: UnsafeCell::new(Some(value)),
    });
    state.0.with(|vm: &mut Vm| {
        let metatable = vm.handles[index].as_table().unwrap_or(std::ptr::null_mut());
        let userdata = vm.new_userdata(payload, metatable, std::mem::size_of::<T>());
        AnyUserData(state.root(vm, Value::userdata(userdata)))
    })
}
