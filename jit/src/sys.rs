//! Everything of this crate that talks to the operating system: executable memory.
//!
//! [`CodeMemory`] is one region mapped twice: at one address it can be executed, at the other written, so that no
//! address is ever both. It lies within ±2 GB of this program's own code where that is possible, so that machine code calls
//! the runtime with plain `call rel32`.
//!
//! ```text
//! memfd ──► mapped read-execute at X        code runs here, displacements are relative to X
//!       └─► mapped read-write   at W        the compiler writes here: byte X + n is byte W + n
//! ```
//!
//! Invariants: I21 (docs/invariants.md): offsets below `size` are mapped in both views as long as the `CodeMemory` lives.
//!
//! What this does not do: systems other than Linux ([`CodeMemory::new`] answers `None`, programs are interpreted); allocation
//! inside the region (see `backend::arena`).

/// A region for machine code.
#[derive(Debug)]
pub struct CodeMemory {
    // Addresses, so that interrupts from other threads may reach the memory.
    execute: usize,
    write: usize,
    size: usize,
}

impl CodeMemory {
    /// A region of `size` bytes (a multiple of the page size), or `None` where that cannot be had.
    pub fn new(size: usize) -> Option<CodeMemory> {
        new_region(size)
    }
    /// Address at which byte 0 is executed.
    pub fn execute_address(&self) -> usize {
        self.execute
    }
    /// Bytes.
    pub fn size(&self) -> usize {
        self.size
    }
    /// Copies `bytes` to `offset`.
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(offset + bytes.len() <= self.size, "inside the region");
        // SAFETY: I21: the range was just checked; nothing runs there yet, or only four aligned or unshared bytes change.
        unsafe {
            std::ptr::copy_nonoverlapping(
                bytes.as_ptr(),
                (self.write + offset) as *mut u8,
                bytes.len(),
            );
        }
    }
    /// Replaces the four bytes at `offset`, a multiple of four, at once: other threads may be executing them.
    pub fn patch(&self, offset: usize, value: i32) {
        assert!(
            offset + 4 <= self.size && offset.is_multiple_of(4),
            "inside the region"
        );
        let place = (self.write + offset) as *const std::sync::atomic::AtomicI32;
        // SAFETY: I21: the place was just checked; aligned words of code change atomically.
        unsafe { (*place).store(value, std::sync::atomic::Ordering::SeqCst) };
    }
    /// The bytes from `offset` on.
    pub fn read(&self, offset: usize, length: usize) -> &[u8] {
        assert!(offset + length <= self.size, "inside the region");
        // SAFETY: I21: the range was just checked.
        unsafe { std::slice::from_raw_parts((self.execute + offset) as *const u8, length) }
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        // SAFETY: I21: both views were mapped with this size, and whoever drops the region runs none of its code.
        unsafe {
            libc::munmap(self.execute as *mut libc::c_void, self.size);
            libc::munmap(self.write as *mut libc::c_void, self.size);
        }
    }
}

#[cfg(target_os = "linux")]
fn new_region(size: usize) -> Option<CodeMemory> {
    // SAFETY: I13: the C library's functions as their manual declares them.
    unsafe {
        let file = libc::memfd_create(c"rlove-code".as_ptr(), libc::MFD_CLOEXEC);
        if file < 0 {
            return None;
        }
        let region = map_twice(file, size);
        libc::close(file);
        region
    }
}

/// Maps the file executable near our own code, and writable anywhere.
#[cfg(target_os = "linux")]
unsafe fn map_twice(file: i32, size: usize) -> Option<CodeMemory> {
    const STEP: usize = 32 << 20;
    let text = new_region as fn(usize) -> Option<CodeMemory> as usize;
    // SAFETY: I13: fresh mappings at addresses that the system chooses or grants; none replaces another.
    unsafe {
        if libc::ftruncate(file, size as libc::off_t) != 0 {
            return None;
        }
        let map = |hint: usize, protection: i32| {
            let address = libc::mmap(
                hint as *mut libc::c_void,
                size,
                protection,
                libc::MAP_SHARED,
                file,
                0,
            );
            (address != libc::MAP_FAILED).then_some(address.cast::<u8>())
        };
        let write = map(0, libc::PROT_READ | libc::PROT_WRITE)?;
        let mut execute = None;
        // Alternately above and below our text, further and further away.
        for distance in 1..56 {
            let above = text.wrapping_add(distance * STEP) & !0xfff;
            let below = text.wrapping_sub(distance * STEP) & !0xfff;
            for hint in [above, below] {
                let Some(address) = map(hint, libc::PROT_READ | libc::PROT_EXEC) else {
                    continue;
                };
                if (address as usize).abs_diff(text) < (2 << 30) - 2 * STEP {
                    execute = Some(address);
                    break;
                }
                libc::munmap(address.cast(), size);
            }
            if execute.is_some() {
                break;
            }
        }
        let execute = execute.or_else(|| map(0, libc::PROT_READ | libc::PROT_EXEC));
        let Some(execute) = execute else {
            libc::munmap(write.cast(), size);
            return None;
        };
        Some(CodeMemory {
            execute: execute as usize,
            write: write as usize,
            size,
        })
    }
}

#[cfg(not(target_os = "linux"))]
fn new_region(_size: usize) -> Option<CodeMemory> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_where_it_is_executed() {
        let memory = CodeMemory::new(1 << 20).expect("Linux has memfd");
        memory.write(4096, b"code");
        assert_eq!(memory.read(4096, 4), b"code");
        let text = new_region as fn(usize) -> Option<CodeMemory> as usize;
        assert!(memory.execute_address().abs_diff(text) < 2 << 30);
    }
}
