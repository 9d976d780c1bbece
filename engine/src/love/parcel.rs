//! Values that leave their state: for the event queue, for channels, for the arguments of threads.
//!
//! ```text
//! to_variant   number, string, boolean, table → a copy
//!              ByteData, ImageData, Channel … → the object itself, shared
//!              any other LÖVE object          → a ticket: good for passing on, and for coming home
//! to_value     the way back, in any state
//! ```
//!
//! LÖVE's objects are shared between threads as they are. Ours belong to one state unless they are made for sharing, so a texture
//! that a thread receives cannot be used there (an error says so) but is the same texture when it comes back.
//!
//! Invariants: an object with tickets out lives in its home state until the last ticket is gone; a ticket is only read as an
//! object by the state whose number it carries.

use super::audio::{Source, SourceShared};
use super::data_object::{self, Contents, DataObject};
use super::object::{
    ForeignObject, Handle, ObjectType, handle_of, push_addressed_object, push_object,
};
use super::thread::{ChannelObject, ThreadObject, ThreadShared};
use crate::input::Variant;
use crate::thread::Channel;
use parking_lot::Mutex;
use rlove_vm::builtin::Raised;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use rustc_hash::FxHashMap;
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// Why a value cannot leave its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStorable {
    /// Functions, coroutines and C data stay.
    Type,
    /// A table contains itself.
    Cycle,
}

/// An object on its way.
enum Parcel {
    Data(Arc<dyn Contents>, &'static ObjectType),
    Channel(Arc<Channel>),
    Thread(Arc<ThreadShared>),
    Source(Arc<SourceShared>),
    Ticket(Ticket),
}

/// Stands for an object that stays in its home state.
struct Ticket {
    home: u64,
    number: u64,
    object_type: &'static ObjectType,
    returned: Arc<Mutex<Vec<u64>>>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.returned.lock().push(self.number);
    }
}

/// The objects of a state that have tickets out.
#[derive(Default)]
struct Cloakroom {
    objects: FxHashMap<u64, (Rc<dyn Any>, usize)>,
    next: u64,
    returned: Arc<Mutex<Vec<u64>>>,
}

/// The list of tables being copied; deeper nesting than this counts as a cycle.
const MOST_TABLE_DEPTH: usize = 100;

/// A value as plain data.
pub fn to_variant(vm: &mut Vm, value: Value) -> Result<Variant, NotStorable> {
    copy(vm, value, &mut Vec::new())
}

fn copy(vm: &mut Vm, value: Value, outer: &mut Vec<Value>) -> Result<Variant, NotStorable> {
    if value.is_nil() {
        return Ok(Variant::Nil);
    }
    if value.is_boolean() {
        return Ok(Variant::Boolean(value.is_truthy()));
    }
    if let Some(number) = value.as_number() {
        return Ok(Variant::Number(number));
    }
    if let Some(bytes) = value.string_bytes() {
        return Ok(Variant::String(bytes.to_vec()));
    }
    if value.is_table() {
        let table = value.as_table();
        let is_inside = outer.iter().any(|known| known.as_table() == table);
        if is_inside || outer.len() >= MOST_TABLE_DEPTH {
            return Err(NotStorable::Cycle);
        }
        outer.push(value);
        let mut pairs = Vec::new();
        for (key, value) in vm.entries(value) {
            pairs.push((copy(vm, key, outer)?, copy(vm, value, outer)?));
        }
        outer.pop();
        return Ok(Variant::Table(pairs));
    }
    let handle = handle_of(vm, value).ok_or(NotStorable::Type)?;
    pack(vm, &handle).ok_or(NotStorable::Type)
}

/// An object as a parcel; `None` after its release.
fn pack(vm: &mut Vm, handle: &Handle) -> Option<Variant> {
    let object = handle.object()?;
    if let Some(foreign) = object.downcast_ref::<ForeignObject>() {
        return Some(Variant::Object(foreign.0.clone()));
    }
    let object_type = handle.object_type();
    let parcel = if let Some(data) = object.downcast_ref::<DataObject>() {
        Parcel::Data(data.shared(), object_type)
    } else if let Some(channel) = object.downcast_ref::<ChannelObject>() {
        Parcel::Channel(channel.0.clone())
    } else if let Some(thread) = object.downcast_ref::<ThreadObject>() {
        Parcel::Thread(thread.0.clone())
    } else if let Some(source) = object.downcast_ref::<Source>() {
        Parcel::Source(source.0.clone())
    } else {
        let home = super::context_of(vm).identity;
        let room = vm.extensions.get_or_default::<Cloakroom>();
        room.tidy();
        room.next += 1;
        let number = room.next;
        room.objects.insert(number, (object, handle.address()));
        Parcel::Ticket(Ticket {
            home,
            number,
            object_type,
            returned: room.returned.clone(),
        })
    };
    Some(Variant::Object(Arc::new(parcel)))
}

impl Cloakroom {
    /// Lets objects go whose tickets are gone.
    fn tidy(&mut self) {
        for number in self.returned.lock().drain(..) {
            self.objects.remove(&number);
        }
    }
}

/// The parcel of a thread, for events about it.
pub fn thread_variant(thread: Arc<ThreadShared>) -> Variant {
    Variant::Object(Arc::new(Parcel::Thread(thread)))
}

/// Plain data as a value of this state.
pub fn to_value(vm: &mut Vm, variant: &Variant) -> Result<Value, Raised> {
    Ok(match variant {
        Variant::Nil => Value::NIL,
        Variant::Boolean(boolean) => Value::boolean(*boolean),
        Variant::Number(number) => Value::from_foreign_number(*number),
        Variant::String(bytes) => vm.try_new_string(bytes)?,
        Variant::Table(pairs) => {
            let table = vm.new_table();
            for (key, value) in pairs {
                let key = to_value(vm, key)?;
                let value = to_value(vm, value)?;
                vm.raw_set(table, key, value)?;
            }
            table
        }
        Variant::Object(object) => match object.clone().downcast::<Parcel>() {
            Ok(parcel) => unpack(vm, &parcel),
            Err(_) => Value::NIL,
        },
    })
}

fn unpack(vm: &mut Vm, parcel: &Arc<Parcel>) -> Value {
    match &**parcel {
        Parcel::Data(contents, object_type) => {
            data_object::push_shared(vm, object_type, contents.clone())
        }
        Parcel::Channel(channel) => push_object(vm, Rc::new(ChannelObject(channel.clone()))),
        Parcel::Thread(thread) => push_object(vm, Rc::new(ThreadObject(thread.clone()))),
        Parcel::Source(source) => push_object(vm, Rc::new(Source(source.clone()))),
        Parcel::Ticket(ticket) => {
            let is_home = super::context_of(vm).identity == ticket.home;
            if !is_home {
                let address = Arc::as_ptr(parcel) as usize;
                let stand_in = Rc::new(ForeignObject(parcel.clone()));
                return push_addressed_object(vm, stand_in, ticket.object_type, 64, address);
            }
            let room = vm.extensions.get_or_default::<Cloakroom>();
            match room.objects.get(&ticket.number).cloned() {
                Some((object, address)) => {
                    push_addressed_object(vm, object, ticket.object_type, 64, address)
                }
                None => Value::NIL,
            }
        }
    }
}
