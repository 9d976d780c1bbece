//! The standard library of Lua 5.1 as LuaJIT extends it.
//!
//! The modules up to now are pure functions over bytes and numbers, so that they can be tested against the peer
//! without a machine:
//!
//! | module | what it is for |
//! |---|---|
//! | [`pattern`] | `string.find`, `match`, `gmatch`, `gsub` |
//! | [`number_format`] | `tostring` of numbers, `string.format` |
//! | [`random`] | `math.random` |
//! | [`io_stream`] | files and pipes of `io` |
//! | [`time`] | `os.date`, `os.time` |
//! | [`utf8`] | `utf8` |
//! | [`buffer_format`] | `string.buffer`'s `encode` and `decode` |

pub mod buffer_format;
pub mod io_library;
pub mod io_stream;
pub mod number_format;
pub mod os_library;
pub mod output;
pub mod package_library;
pub mod pattern;
pub mod random;
pub mod string_buffer_library;
pub mod time;
pub mod utf8;
