//! Compression in LÖVE's four formats.
//!
//! `lz4` is a single block behind four bytes with the size of what it holds, little-endian: LÖVE's own arrangement, so
//! that saves of games can be read. The other three are one stream of DEFLATE with zlib's, gzip's or no header. Reading
//! `zlib` also accepts gzip and the other way round, as zlib itself does for LÖVE.
//!
//! Invariant: a size that a damaged header claims is never allocated before it is plausible.

use std::io::Read;

use flate2::Compression;
use flate2::read::{
    DeflateDecoder, DeflateEncoder, GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder,
};

/// The most bytes that decompression may produce.
const MOST_BYTES: u64 = 1 << 31;
/// No lz4 block holds more than this many bytes per compressed byte.
const LZ4_HIGHEST_RATIO: usize = 255;
const GZIP_SIGNATURE: [u8; 2] = [0x1f, 0x8b];

/// A compressed format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Fast.
    Lz4,
    /// DEFLATE with zlib's header.
    Zlib,
    /// DEFLATE with gzip's header.
    Gzip,
    /// DEFLATE alone.
    Deflate,
}

impl Format {
    /// Every format with its name, in LÖVE's order.
    pub const NAMES: [(&'static str, Format); 4] = [
        ("lz4", Format::Lz4),
        ("zlib", Format::Zlib),
        ("gzip", Format::Gzip),
        ("deflate", Format::Deflate),
    ];

    /// The name scripts use.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, format)| *format == self)
            .map_or("", |(name, _)| name)
    }
}

/// Compresses; `level` is 0 to 9, below 0 the default. lz4 has one level.
pub fn compress(format: Format, raw: &[u8], level: i32) -> Result<Vec<u8>, String> {
    if format == Format::Lz4 {
        let Ok(size) = u32::try_from(raw.len()) else {
            return Err("Data is too large for LZ4 compressor.".to_string());
        };
        let mut compressed = size.to_le_bytes().to_vec();
        compressed.extend(lz4_flex::block::compress(raw));
        return Ok(compressed);
    }
    let level = match u32::try_from(level) {
        Ok(level) => Compression::new(level.min(9)),
        Err(_) => Compression::default(),
    };
    let mut compressed = Vec::new();
    let result = match format {
        Format::Zlib => ZlibEncoder::new(raw, level).read_to_end(&mut compressed),
        Format::Gzip => GzEncoder::new(raw, level).read_to_end(&mut compressed),
        _ => DeflateEncoder::new(raw, level).read_to_end(&mut compressed),
    };
    match result {
        Ok(_) => Ok(compressed),
        Err(_) => Err("Could not zlib/gzip-compress data.".to_string()),
    }
}

/// Decompresses what [`compress`] or another program made.
pub fn decompress(format: Format, compressed: &[u8]) -> Result<Vec<u8>, String> {
    if format == Format::Lz4 {
        return decompress_lz4(compressed);
    }
    let mut raw = Vec::new();
    let result = if format == Format::Deflate {
        read_limited(DeflateDecoder::new(compressed), &mut raw)
    } else if compressed.starts_with(&GZIP_SIGNATURE) {
        read_limited(GzDecoder::new(compressed), &mut raw)
    } else {
        read_limited(ZlibDecoder::new(compressed), &mut raw)
    };
    // An empty stream decodes to nothing without an error, but is no stream.
    match result {
        Ok(read) if read <= MOST_BYTES && !compressed.is_empty() => Ok(raw),
        _ => Err("Could not decompress zlib/gzip-compressed data.".to_string()),
    }
}

fn read_limited(decoder: impl Read, raw: &mut Vec<u8>) -> std::io::Result<u64> {
    decoder
        .take(MOST_BYTES + 1)
        .read_to_end(raw)
        .map(|read| read as u64)
}

fn decompress_lz4(compressed: &[u8]) -> Result<Vec<u8>, String> {
    let failure = || "Could not decompress LZ4-compressed data.".to_string();
    let Some((header, block)) = compressed.split_first_chunk::<4>() else {
        return Err("Invalid LZ4-compressed data size.".to_string());
    };
    let size = u32::from_le_bytes(*header) as usize;
    if size > block.len().saturating_mul(LZ4_HIGHEST_RATIO) {
        return Err(failure());
    }
    lz4_flex::block::decompress(block, size).map_err(|_| failure())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"hello hello hello hello hello hello hello hello hello hello hello hello hello hello hello \
        hello hello hello hello hello hello hello hello hello hello hello hello hello hello hello ";

    /// What LÖVE compressed from 30 times "hello ".
    const BY_LOVE: [(Format, &str); 4] = [
        (Format::Lz4, "b40000006f68656c6c6f2006009650656c6c6f20"),
        (Format::Zlib, "789ccb48cdc9c957c81852240072df4219"),
        (
            Format::Gzip,
            "1f8b0800000000000003cb48cdc9c957c8185224002443e46eb4000000",
        ),
        (Format::Deflate, "cb48cdc9c957c818522400"),
    ];

    #[test]
    fn loves_data_is_read_and_every_damage_noticed_or_survived() {
        for (format, hexadecimal) in BY_LOVE {
            let compressed = super::super::encoding::decode_hexadecimal(hexadecimal.as_bytes());
            assert_eq!(
                decompress(format, &compressed).unwrap(),
                TEXT,
                "{}",
                format.name()
            );
            for length in 0..compressed.len() - 1 {
                let result = decompress(format, &compressed[..length]);
                // A shorter lz4 block can be a whole one, of less.
                let looks_whole = result.is_ok_and(|raw| raw.len() >= TEXT.len());
                assert!(!looks_whole, "{} cut at {length}", format.name());
            }
            for position in 0..compressed.len() {
                let mut damaged = compressed.clone();
                damaged[position] ^= 0xff;
                let _ = decompress(format, &damaged);
            }
        }
    }

    #[test]
    fn round_trips() {
        for (name, format) in Format::NAMES {
            for level in [-1, 0, 9, 99] {
                for raw in [TEXT, b"", b"x"] {
                    let compressed = compress(format, raw, level).unwrap();
                    assert_eq!(decompress(format, &compressed).unwrap(), raw, "{name}");
                }
            }
        }
    }

    #[test]
    fn headers_are_told_apart() {
        let gzip = compress(Format::Gzip, TEXT, -1).unwrap();
        assert_eq!(decompress(Format::Zlib, &gzip).unwrap(), TEXT);
        let claims_too_much = [0xff, 0xff, 0xff, 0xff, 0x10, 0x41];
        assert!(decompress(Format::Lz4, &claims_too_much).is_err());
        let error = decompress(Format::Lz4, b"abc").unwrap_err();
        assert_eq!(error, "Invalid LZ4-compressed data size.");
    }
}
