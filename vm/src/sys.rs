//! Everything of this crate that talks to the operating system directly.

/// Processor time used by this process in seconds, where the system tells it.
pub fn process_cpu_time_s() -> Option<f64> {
    cpu_clock_s(if cfg!(target_os = "macos") { 12 } else { 2 })
}

/// Processor time used by the calling thread in seconds, where the system tells it.
pub fn thread_cpu_time_s() -> Option<f64> {
    cpu_clock_s(if cfg!(target_os = "macos") { 16 } else { 3 })
}

/// Reads the clock with this number in the C library.
fn cpu_clock_s(clock: i32) -> Option<f64> {
    #[cfg(unix)]
    {
        #[repr(C)]
        struct TimeSpec {
            seconds: i64,
            nanoseconds: i64,
        }
        unsafe extern "C" {
            fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
        }
        let mut time = TimeSpec {
            seconds: 0,
            nanoseconds: 0,
        };
        // SAFETY: I13: the C library writes one timespec; on 64-bit systems both fields have 64 bits.
        if unsafe { clock_gettime(clock, &raw mut time) } == 0 {
            return Some(time.seconds as f64 + time.nanoseconds as f64 * 1e-9);
        }
    }
    #[cfg(not(unix))]
    let _ = clock;
    None
}

/// Asks the system to back memory with a huge page; without one nothing changes but speed.
#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
pub fn prefer_huge_page(start: *mut u8, size_bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            fn madvise(start: *mut u8, size_bytes: usize, advice: i32) -> i32;
        }
        const MADV_HUGEPAGE: i32 = 14;
        // SAFETY: I13: advice about memory of ours that changes no content; a refusal is harmless.
        unsafe { madvise(start, size_bytes, MADV_HUGEPAGE) };
    }
}
