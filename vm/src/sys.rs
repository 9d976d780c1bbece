//! Everything of this crate that talks to the operating system directly.

/// Processor time used by this process in seconds, where the system tells it.
pub fn process_cpu_time_s() -> Option<f64> {
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
        const CLOCK_PROCESS_CPUTIME_ID: i32 = if cfg!(target_os = "macos") { 12 } else { 2 };
        let mut time = TimeSpec {
            seconds: 0,
            nanoseconds: 0,
        };
        // SAFETY: I13: the C library writes one timespec; on 64-bit systems both fields have 64 bits.
        if unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &raw mut time) } == 0 {
            return Some(time.seconds as f64 + time.nanoseconds as f64 * 1e-9);
        }
    }
    None
}
