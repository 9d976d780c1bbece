//! Userdata: a Rust value owned by the heap.

use super::{ObjectHeader, Table};
use std::any::Any;
use std::rc::Rc;

/// A userdata object.
#[repr(C)]
pub struct UserData {
    /// kind UserData; `word` is the pseudo shape of its type (0: none); `flags` 1 once its finalizer ran.
    pub header: ObjectHeader,
    /// Metatable or null.
    pub metatable: *mut Table,
    /// Environment (`debug.getfenv`) or null.
    pub environment: *mut Table,
    /// The Rust value; `None` when released.
    pub payload: Option<Rc<dyn Any>>,
}
