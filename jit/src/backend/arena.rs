//! Places for code in one region of executable memory.
//!
//! Code is placed one piece behind the other and freed all at once. What every trace needs (the stubs) lies in front and stays.
//!
//! Worked example: `reserve` tells where the next piece will lie, so that it can be assembled for that address; `commit` copies it there.

use crate::sys::CodeMemory;
use std::sync::Arc;

/// Bytes of one region.
const REGION_BYTES: usize = 32 << 20;
const ALIGNMENT: usize = 32;

/// The arena.
pub struct Arena {
    memory: Arc<CodeMemory>,
    used: usize,
    /// What `clear` keeps.
    kept: usize,
    /// Most bytes of code (`maxmcode`).
    pub limit_bytes: usize,
}

impl Arena {
    /// An empty arena, or `None` where there is no executable memory.
    pub fn new() -> Option<Arena> {
        Some(Arena {
            memory: Arc::new(CodeMemory::new(REGION_BYTES)?),
            used: 0,
            kept: 0,
            limit_bytes: REGION_BYTES,
        })
    }
    /// The memory.
    pub fn memory(&self) -> &Arc<CodeMemory> {
        &self.memory
    }
    /// Address at which the next piece will be executed.
    pub fn next_address(&self) -> usize {
        self.memory.execute_address() + self.used
    }
    /// Places a piece that was assembled for [`Arena::next_address`]; its offset, or `None` when it does not fit.
    pub fn commit(&mut self, bytes: &[u8]) -> Option<usize> {
        let offset = self.used;
        let end = offset + bytes.len();
        if end > self.memory.size() || end - self.kept > self.limit_bytes {
            return None;
        }
        self.memory.write(offset, bytes);
        self.used = end.next_multiple_of(ALIGNMENT);
        Some(offset)
    }
    /// Keeps everything placed so far for ever.
    pub fn keep(&mut self) {
        self.kept = self.used;
    }
    /// Forgets everything but what is kept.
    pub fn clear(&mut self) {
        self.used = self.kept;
    }
    /// Bytes of traces.
    pub fn used_bytes(&self) -> usize {
        self.used - self.kept
    }
}
