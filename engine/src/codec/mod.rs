//! Bytes to other bytes: compression, hashes, text encodings and packed values, the work behind `love.data`.
//!
//! | module | what it is for |
//! |---|---|
//! | [`compression`] | lz4 with LÖVE's size header, zlib, gzip, deflate |
//! | [`encoding`] | base64 and hexadecimal |
//! | [`hash`] | MD5 and the SHA family |
//! | [`pack`] | the formats of Lua 5.3's `string.pack` |
//!
//! Example: `encoding::decode_hexadecimal(b"0x41")` is `b"A"`.
//!
//! Invariants: any input is accepted and ends in bytes or an error with LÖVE's sentence; what decompression may produce is
//! limited. What it does not do: streams; everything is in memory at once, as in LÖVE.

pub mod compression;
pub mod encoding;
pub mod hash;
pub mod pack;
