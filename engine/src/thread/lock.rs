//! A cell that several threads may share, with the names that `RefCell` has.
//!
//! ```
//! use rlove::thread::Lock;
//! let lock = Lock::new(1);
//! *lock.borrow_mut() += 1;
//! assert_eq!(*lock.borrow(), 2);
//! ```
//!
//! Reading while reading is allowed on one thread, as with `RefCell`; writing while the same thread reads waits for ever, so
//! nobody keeps a borrow across a call that runs Lua.

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value behind a lock.
#[derive(Debug, Default)]
pub struct Lock<T>(RwLock<T>);

impl<T> Lock<T> {
    /// Around a value.
    pub const fn new(value: T) -> Lock<T> {
        Lock(RwLock::new(value))
    }

    /// For reading.
    pub fn borrow(&self) -> RwLockReadGuard<'_, T> {
        self.0.read_recursive()
    }

    /// For writing.
    pub fn borrow_mut(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write()
    }
}

impl<T: Clone> Clone for Lock<T> {
    fn clone(&self) -> Self {
        Lock::new(self.borrow().clone())
    }
}
