//! Pixels to file bytes: PNG and Targa, the two formats that `ImageData:encode` offers.
//!
//! PNG takes `rgba8` and `rgba16`, Targa takes `rgba8`; other pairs are LÖVE's "No suitable image encoder" error.
//! The Targa file is the plainest there is: 18 bytes of header, then rows from top to bottom as blue, green, red, alpha.
//!
//! What it does not do: write files (the script's filesystem does), JPEG, compression settings.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use super::{ImageData, ImageError, PixelFormat};

/// A file format that pictures can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodedFormat {
    /// Targa, uncompressed, 32 bits.
    Tga,
    /// Portable Network Graphics.
    Png,
}

impl EncodedFormat {
    /// The format of this name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "tga" => Some(Self::Tga),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

impl ImageData {
    /// The picture as the bytes of a file.
    pub fn encode(&self, encoded: EncodedFormat) -> Result<Vec<u8>, ImageError> {
        match (encoded, self.format) {
            (EncodedFormat::Png, PixelFormat::Rgba8) => self.encode_png(ExtendedColorType::Rgba8),
            (EncodedFormat::Png, PixelFormat::Rgba16) => self.encode_png(ExtendedColorType::Rgba16),
            (EncodedFormat::Tga, PixelFormat::Rgba8) => self.encode_tga(),
            _ => Err(ImageError::new(format!(
                "No suitable image encoder for {} format.",
                self.format.name()
            ))),
        }
    }

    fn encode_png(&self, colour: ExtendedColorType) -> Result<Vec<u8>, ImageError> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file)
            .write_image(&self.bytes, self.width, self.height, colour)
            .map_err(|error| ImageError::new(format!("Could not encode PNG image ({error})")))?;
        Ok(file)
    }

    fn encode_tga(&self) -> Result<Vec<u8>, ImageError> {
        let (Ok(width), Ok(height)) = (u16::try_from(self.width), u16::try_from(self.height))
        else {
            return Err(ImageError::new(
                "Could not encode TGA image (a side is longer than 65535 pixels)",
            ));
        };
        let mut file = vec![0, 0, 2, 0, 0, 0, 0, 32, 0, 0, 0, 0];
        file.extend_from_slice(&width.to_le_bytes());
        file.extend_from_slice(&height.to_le_bytes());
        // 32 bits a pixel, rows from the top.
        file.extend_from_slice(&[32, 0x20]);
        for pixel in self.bytes.chunks_exact(4) {
            file.extend_from_slice(&[pixel[2], pixel[1], pixel[0], pixel[3]]);
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_decode_to_the_same_pixels() {
        let raw: Vec<u8> = (0..5 * 3 * 4).map(|index| (index * 37) as u8).collect();
        let picture = ImageData::from_raw_bytes(5, 3, PixelFormat::Rgba8, &raw).unwrap();
        for format in [EncodedFormat::Png, EncodedFormat::Tga] {
            let file = picture.encode(format).unwrap();
            assert_eq!(
                ImageData::decode(&file, None).unwrap(),
                picture,
                "{format:?}"
            );
        }
    }

    #[test]
    fn sixteen_bits_survive_png() {
        let raw: Vec<u8> = (0..2 * 2 * 8).map(|index| (index * 29) as u8).collect();
        let picture = ImageData::from_raw_bytes(2, 2, PixelFormat::Rgba16, &raw).unwrap();
        let file = picture.encode(EncodedFormat::Png).unwrap();
        assert_eq!(ImageData::decode(&file, None).unwrap(), picture);
    }

    #[test]
    fn unsuitable_pairs_are_named() {
        let picture = ImageData::new(1, 1, PixelFormat::Rgba16f).unwrap();
        assert_eq!(
            picture.encode(EncodedFormat::Png).unwrap_err().0,
            "No suitable image encoder for rgba16f format."
        );
    }
}
