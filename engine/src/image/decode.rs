//! File bytes to pixels: PNG, JPEG, BMP, Targa and Radiance HDR, the picture formats of LÖVE 11.
//!
//! The kind is told from the first bytes, never from the file name. 16-bit PNGs become `rgba16`, HDR becomes
//! `rgba32f`, everything else `rgba8`.
//!
//! Invariants: no input makes it panic or abort. Decoders are third-party code, so a panic in one is caught and
//! becomes an error, and what they may allocate is limited.
//!
//! What it does not do: compressed textures (DDS, KTX, PVR, ASTC), OpenEXR, animation.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::{ImageData, ImageError, MAXIMUM_BYTES, PixelFormat};

impl ImageData {
    /// The picture in the bytes of a file. `name` is the file's name, for the error text.
    pub fn decode(file: &[u8], name: Option<&str>) -> Result<Self, ImageError> {
        let Some(kind) = recognise(file) else {
            return Err(ImageError::new(match name {
                Some(name) => {
                    format!("Could not decode file '{name}' to ImageData: unsupported file format")
                }
                None => {
                    "Could not decode data to ImageData: unsupported encoded format".to_string()
                }
            }));
        };
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_as(file, kind)))
            .unwrap_or_else(|_| Err("the decoder failed on damaged data".to_string()))
            .map_err(|reason| {
                ImageError::new(match kind {
                    ImageFormat::Png => format!("Could not decode PNG image ({reason})"),
                    _ => format!("Could not decode image ({reason})"),
                })
            })?;
        let (width, height) = (i64::from(decoded.width()), i64::from(decoded.height()));
        match decoded {
            DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
                let raw = decoded.into_rgba32f().into_raw();
                let bytes: Vec<u8> = raw.iter().flat_map(|value| value.to_le_bytes()).collect();
                Self::from_raw_bytes(width, height, PixelFormat::Rgba32f, &bytes)
            }
            DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
            | DynamicImage::ImageRgb16(_)
            | DynamicImage::ImageRgba16(_) => {
                let raw = decoded.into_rgba16().into_raw();
                let bytes: Vec<u8> = raw.iter().flat_map(|value| value.to_le_bytes()).collect();
                Self::from_raw_bytes(width, height, PixelFormat::Rgba16, &bytes)
            }
            _ => Self::from_owned_rgba8(width, height, decoded.into_rgba8().into_raw()),
        }
    }

    /// As `from_raw_bytes`, without copying what was just decoded.
    fn from_owned_rgba8(width: i64, height: i64, bytes: Vec<u8>) -> Result<Self, ImageError> {
        let expected = super::byte_count(width, height, PixelFormat::Rgba8)?;
        if bytes.len() != expected {
            return Err(ImageError::new("Could not convert image!"));
        }
        Ok(Self {
            width: width as u32,
            height: height as u32,
            format: PixelFormat::Rgba8,
            bytes,
        })
    }
}

fn decode_as(file: &[u8], kind: ImageFormat) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::with_format(Cursor::new(file), kind);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAXIMUM_BYTES as u64);
    reader.limits(limits);
    reader.decode().map_err(|error| error.to_string())
}

/// The format that the first bytes announce. Targa has no signature, so it comes last and its header is checked.
fn recognise(file: &[u8]) -> Option<ImageFormat> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else if file.starts_with(b"\xff\xd8\xff") {
        Some(ImageFormat::Jpeg)
    } else if file.starts_with(b"BM") {
        Some(ImageFormat::Bmp)
    } else if file.starts_with(b"#?RADIANCE\n") || file.starts_with(b"#?RGBE\n") {
        Some(ImageFormat::Hdr)
    } else if looks_like_tga(file) {
        Some(ImageFormat::Tga)
    } else {
        None
    }
}

fn looks_like_tga(file: &[u8]) -> bool {
    let Some(header) = file.get(..18) else {
        return false;
    };
    let depths: &[u8] = match (header[1], header[2]) {
        (1, 1 | 9) => &[8, 16],
        (0, 2 | 10) => &[15, 16, 24, 32],
        (0, 3 | 11) => &[8, 16],
        _ => return false,
    };
    let width = u16::from_le_bytes([header[12], header[13]]);
    let height = u16::from_le_bytes([header[14], header[15]]);
    width > 0 && height > 0 && depths.contains(&header[16])
}

#[cfg(test)]
mod tests {
    use super::super::EncodedFormat;
    use super::*;

    fn sample_files() -> Vec<Vec<u8>> {
        let raw: Vec<u8> = (0..16 * 16 * 4).map(|index| (index * 7) as u8).collect();
        let picture = ImageData::from_raw_bytes(16, 16, PixelFormat::Rgba8, &raw).unwrap();
        let mut files = vec![
            picture.encode(EncodedFormat::Png).unwrap(),
            picture.encode(EncodedFormat::Tga).unwrap(),
        ];
        let opaque =
            image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([x as u8 * 16, y as u8 * 16, 99]));
        for kind in [ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif] {
            let mut file = Cursor::new(Vec::new());
            opaque.write_to(&mut file, kind).unwrap();
            files.push(file.into_inner());
        }
        files
    }

    #[test]
    fn each_format_decodes_and_gif_is_refused_as_in_love() {
        let files = sample_files();
        for file in &files[..4] {
            let picture = ImageData::decode(file, None).unwrap();
            assert_eq!((picture.width(), picture.height()), (16, 16));
        }
        assert_eq!(
            ImageData::decode(&files[4], Some("a.gif")).unwrap_err().0,
            "Could not decode file 'a.gif' to ImageData: unsupported file format"
        );
    }

    #[test]
    fn damaged_files_are_errors_and_never_panics() {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut failures = 0;
        for file in sample_files() {
            for length in 0..file.len() {
                if ImageData::decode(&file[..length], None).is_err() {
                    failures += 1;
                }
            }
            for _ in 0..500 {
                let mut damaged = file.clone();
                for _ in 0..1 + random() % 4 {
                    let position = random() as usize % damaged.len();
                    damaged[position] = random() as u8;
                }
                if ImageData::decode(&damaged, None).is_err() {
                    failures += 1;
                }
            }
        }
        assert!(
            failures > 1000,
            "only {failures} of the damaged files were noticed"
        );
    }

    #[test]
    fn a_cut_png_says_why() {
        let file = &sample_files()[0];
        let error = ImageData::decode(&file[..file.len() / 2], None).unwrap_err();
        assert!(
            error.0.starts_with("Could not decode PNG image ("),
            "{error}"
        );
        let error = ImageData::decode(b"nothing known", None).unwrap_err();
        assert_eq!(
            error.0,
            "Could not decode data to ImageData: unsupported encoded format"
        );
    }
}
