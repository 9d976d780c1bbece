//! C data: bytes whose meaning only the foreign function interface knows.
//!
//! ```text
//! | header: kind CData, flags, word = type number | size in bytes | bytes … |
//! ```
//! The bytes begin at offset 16 of a 16-byte aligned cell, so every C type is aligned in them. They hold no Lua values: the
//! collector does not look inside.

use super::ObjectHeader;

/// Flag: the finalizer has run or waits (as for userdata).
pub const IS_FINALIZED: u8 = 1;
/// Flag: `Foreign::finalize` is called before the object dies.
pub const HAS_FINALIZER: u8 = 2;

/// A C data object.
#[repr(C)]
pub struct CData {
    /// kind CData; `word` is the number of the C type.
    pub header: ObjectHeader,
    /// Number of bytes.
    pub size_bytes: usize,
}

impl CData {
    /// Bytes of heap.
    pub fn allocation_size(size_bytes: usize) -> Option<usize> {
        std::mem::size_of::<CData>().checked_add(size_bytes)
    }
    /// Address of the first byte.
    ///
    /// # Safety
    /// I1: `cdata` is live.
    #[inline(always)]
    pub unsafe fn bytes(cdata: *mut CData) -> *mut u8 {
        // SAFETY: I1: they follow the head.
        unsafe { cdata.add(1).cast() }
    }
}

const _: () = assert!(std::mem::size_of::<CData>() == 16);
