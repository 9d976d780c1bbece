//! What the FFI asks the operating system for: `errno`, names of systems, libraries and their symbols.
//!
//! Library names without a slash get the system's prefix and suffix: `m` is `libm.so`, `libm.dylib` or `m.dll`. On Linux a file that is
//! a linker script (`libc.so` of development packages) is read and the library that it names is loaded.

use libloading::Library;

#[cfg(any(target_os = "linux", target_os = "android"))]
unsafe extern "C" {
    #[cfg_attr(target_os = "android", link_name = "__errno")]
    fn __errno_location() -> *mut i32;
}
#[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
unsafe extern "C" {
    #[link_name = "__error"]
    fn __errno_location() -> *mut i32;
}
#[cfg(windows)]
unsafe extern "C" {
    #[link_name = "_errno"]
    fn __errno_location() -> *mut i32;
}

/// The C library's `errno`.
pub fn errno() -> i32 {
    // SAFETY: I13: the C library's own accessor.
    unsafe { *__errno_location() }
}
/// Sets the C library's `errno`.
pub fn set_errno(value: i32) {
    // SAFETY: I13: as above.
    unsafe { *__errno_location() = value };
}

/// `ffi.os`
pub const OS_NAME: &str = if cfg!(target_os = "linux") {
    "Linux"
} else if cfg!(windows) {
    "Windows"
} else if cfg!(target_os = "macos") {
    "OSX"
} else if cfg!(unix) {
    "POSIX"
} else {
    "Other"
};
/// `ffi.arch`
pub const ARCHITECTURE_NAME: &str = if cfg!(target_arch = "x86_64") {
    "x64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "other"
};

/// A place to look for symbols.
#[derive(Debug)]
pub enum SymbolSource {
    /// A library.
    Library(Library),
    /// The process itself, and libraries that every program of the system has.
    Process(Vec<Library>),
}

/// The symbols of the process.
pub fn process_symbols() -> SymbolSource {
    let mut libraries = Vec::new();
    #[cfg(unix)]
    libraries.push(Library::from(libloading::os::unix::Library::this()));
    #[cfg(windows)]
    if let Ok(own) = libloading::os::windows::Library::this() {
        libraries.push(Library::from(own));
    }
    let usual: &[&str] = if cfg!(windows) {
        &[
            "ucrtbase.dll",
            "msvcrt.dll",
            "kernel32.dll",
            "user32.dll",
            "gdi32.dll",
        ]
    } else if cfg!(target_os = "linux") {
        &["libm.so.6"]
    } else {
        &[]
    };
    for &name in usual {
        // SAFETY: I15: libraries of the system, whose initialisers are harmless.
        if let Ok(library) = unsafe { Library::new(name) } {
            libraries.push(library);
        }
    }
    SymbolSource::Process(libraries)
}

/// The file name that a library's short name stands for.
fn file_name(name: &str) -> String {
    if cfg!(windows) {
        if name.contains(['/', '\\', '.']) {
            return name.to_owned();
        }
        return format!("{name}.dll");
    }
    if name.contains('/') {
        return name.to_owned();
    }
    let suffix = if cfg!(target_os = "macos") {
        ".dylib"
    } else {
        ".so"
    };
    let mut file = if name.contains('.') {
        name.to_owned()
    } else {
        format!("{name}{suffix}")
    };
    if !file.starts_with("lib") {
        file.insert_str(0, "lib");
    }
    file
}

/// Loads a library by its short name or path; `is_global` makes its symbols visible to libraries loaded later.
pub fn load_library(name: &str, is_global: bool) -> Result<SymbolSource, String> {
    let file = file_name(name);
    match open(&file, is_global) {
        Ok(library) => Ok(SymbolSource::Library(library)),
        Err(message) => {
            // "/usr/lib/libc.so: invalid ELF header": perhaps a linker script.
            let script = message.split(':').next().unwrap_or("");
            let Some(target) = script
                .starts_with('/')
                .then(|| library_of_linker_script(script))
                .flatten()
            else {
                return Err(message);
            };
            open(&target, is_global).map(SymbolSource::Library)
        }
    }
}

fn open(file: &str, is_global: bool) -> Result<Library, String> {
    #[cfg(unix)]
    {
        use libloading::os::unix;
        let scope = if is_global {
            unix::RTLD_GLOBAL
        } else {
            unix::RTLD_LOCAL
        };
        // SAFETY: I15: the program asks for this library's code to run.
        unsafe { unix::Library::open(Some(file), unix::RTLD_LAZY | scope) }
            .map(Library::from)
            .map_err(|error| message_of(&error))
    }
    #[cfg(not(unix))]
    {
        let _ = is_global;
        // SAFETY: I15: as above.
        unsafe { Library::new(file) }.map_err(|error| {
            let reason = message_of(&error);
            format!("cannot load module '{file}': {reason}")
        })
    }
}

fn message_of(error: &libloading::Error) -> String {
    use std::error::Error;
    // The system's own text is the source of libloading's error.
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// The first library that a linker script names.
fn library_of_linker_script(path: &str) -> Option<String> {
    let text = std::fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines()
        .filter(|line| line.starts_with("GROUP") || line.starts_with("INPUT"))
        .find_map(|line| {
            let inside = line.split_once('(')?.1;
            let name = inside.split_whitespace().next()?;
            Some(name.trim_end_matches(')').to_owned())
        })
}

impl SymbolSource {
    /// The address of a symbol, or the system's message.
    pub fn find(&self, name: &[u8]) -> Result<usize, String> {
        let libraries = match self {
            SymbolSource::Library(library) => std::slice::from_ref(library),
            SymbolSource::Process(libraries) => libraries,
        };
        let mut message = format!("undefined symbol: {}", String::from_utf8_lossy(name));
        for (index, library) in libraries.iter().enumerate() {
            // SAFETY: I15: only the address is taken.
            match unsafe { library.get::<*const u8>(name) } {
                Ok(symbol) if !symbol.is_null() => return Ok(*symbol as usize),
                Ok(_) => {}
                Err(error) if index == 0 => message = message_of(&error),
                Err(_) => {}
            }
        }
        Err(message)
    }
}
