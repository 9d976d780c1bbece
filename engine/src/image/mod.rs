//! Pictures in memory: the model behind LÖVE's `ImageData`.
//!
//! An [`ImageData`] is a rectangle of pixels in one [`PixelFormat`], rows from top to bottom without gaps.
//!
//! ```text
//! ImageData::decode(&png_bytes, Some("hero.png"))?      file bytes → pixels      (decode.rs)
//! picture.set_pixel(3, 4, [1.0, 0.0, 0.0, 1.0])?        one pixel                (format.rs)
//! target.paste(&picture, 0, 0, Area { .. })             rectangle, clipped
//! picture.encode(EncodedFormat::Png)?                   pixels → file bytes      (encode.rs)
//! ```
//!
//! Invariants: `bytes.len() == width * height * format.size_bytes()`, both sides at least one pixel; every size that
//! a script supplies goes through [`byte_count`], which refuses what cannot be held. Error texts are LÖVE 11's where
//! LÖVE has one, because games match on them.
//!
//! What it does not do: GPU textures, compressed texture files, locking between threads (the owner wraps it).

mod decode;
mod encode;
pub mod format;

pub use encode::EncodedFormat;
pub use format::PixelFormat;

/// A failure with the sentence that the script sees.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImageError(pub String);

impl ImageError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The most bytes one picture may take. A size above it is a mistake in the script or a damaged file.
const MAXIMUM_BYTES: usize = 1 << 31;

/// A rectangle of a picture, in pixels; it may reach outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
}

/// A picture in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageData {
    width: u32,
    height: u32,
    format: PixelFormat,
    bytes: Vec<u8>,
}

/// Bytes that a picture of this size takes, or why it cannot be.
fn byte_count(width: i64, height: i64, format: PixelFormat) -> Result<usize, ImageError> {
    if width <= 0 || height <= 0 {
        return Err(ImageError::new("Invalid image size."));
    }
    usize::try_from(width)
        .ok()
        .zip(usize::try_from(height).ok())
        .and_then(|(width, height)| width.checked_mul(height))
        .and_then(|pixels| pixels.checked_mul(format.size_bytes()))
        .filter(|bytes| *bytes <= MAXIMUM_BYTES && width.max(height) <= i64::from(i32::MAX))
        .ok_or_else(|| ImageError::new("Out of memory"))
}

/// Zeroed memory, or an error instead of an abort when there is none.
fn zeroed(size_bytes: usize) -> Result<Vec<u8>, ImageError> {
    let mut probe: Vec<u8> = Vec::new();
    probe
        .try_reserve_exact(size_bytes)
        .map_err(|_| ImageError::new("Out of memory"))?;
    drop(probe);
    // Asked for again because a zeroing allocation leaves untouched pages unmapped, which resizing would touch.
    Ok(vec![0; size_bytes])
}

impl ImageData {
    /// A picture of transparent black.
    pub fn new(width: i64, height: i64, format: PixelFormat) -> Result<Self, ImageError> {
        if !format.valid_for_image_data() {
            return Err(ImageError::new("Unsupported pixel format for ImageData"));
        }
        let bytes = zeroed(byte_count(width, height, format)?)?;
        Ok(Self {
            width: width as u32,
            height: height as u32,
            format,
            bytes,
        })
    }

    /// A picture from bytes already in `format`; their number has to fit exactly.
    pub fn from_raw_bytes(
        width: i64,
        height: i64,
        format: PixelFormat,
        raw: &[u8],
    ) -> Result<Self, ImageError> {
        if !format.valid_for_image_data() {
            return Err(ImageError::new("Unsupported pixel format for ImageData"));
        }
        if raw.len() != byte_count(width, height, format)? {
            return Err(ImageError::new(
                "The size of the raw byte string must match the ImageData's actual size in bytes.",
            ));
        }
        let mut picture = Self::new(width, height, format)?;
        picture.bytes.copy_from_slice(raw);
        Ok(picture)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Layout of a pixel.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// All pixels, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All pixels, to be written in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Whether the pixel exists.
    pub fn inside(&self, x: i64, y: i64) -> bool {
        x >= 0 && y >= 0 && x < i64::from(self.width) && y < i64::from(self.height)
    }

    fn offset(&self, x: i64, y: i64) -> usize {
        (y as usize * self.width as usize + x as usize) * self.format.size_bytes()
    }

    /// The colour of a pixel.
    pub fn get_pixel(&self, x: i64, y: i64) -> Result<[f64; 4], ImageError> {
        if !self.inside(x, y) {
            return Err(ImageError::new("Attempt to get out-of-range pixel!"));
        }
        let start = self.offset(x, y);
        Ok(self
            .format
            .read(&self.bytes[start..start + self.format.size_bytes()]))
    }

    /// Changes the colour of a pixel.
    pub fn set_pixel(&mut self, x: i64, y: i64, colour: [f64; 4]) -> Result<(), ImageError> {
        if !self.inside(x, y) {
            return Err(ImageError::new("Attempt to set out-of-range pixel!"));
        }
        let start = self.offset(x, y);
        let size = self.format.size_bytes();
        self.format
            .write(&mut self.bytes[start..start + size], colour);
        Ok(())
    }

    /// Checks the rectangle of `mapPixel`: both corners have to lie inside.
    pub fn check_map_area(&self, area: Area) -> Result<(), ImageError> {
        let right = area.x.saturating_add(area.width).saturating_sub(1);
        let bottom = area.y.saturating_add(area.height).saturating_sub(1);
        if self.inside(area.x, area.y) && self.inside(right, bottom) {
            Ok(())
        } else {
            Err(ImageError::new("Invalid rectangle dimensions"))
        }
    }

    /// Calls `change` with position and colour of each pixel of `area`, row by row, and stores what it answers.
    pub fn map_pixels<E: From<ImageError>>(
        &mut self,
        area: Area,
        mut change: impl FnMut(i64, i64, [f64; 4]) -> Result<[f64; 4], E>,
    ) -> Result<(), E> {
        self.check_map_area(area)?;
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                let colour = change(x, y, self.get_pixel(x, y)?)?;
                self.set_pixel(x, y, colour)?;
            }
        }
        Ok(())
    }

    /// Copies `area` of `source` so that its upper left corner lands on `x`, `y`. What lies outside either picture is
    /// left out; formats are converted.
    pub fn paste(&mut self, source: &ImageData, x: i64, y: i64, area: Area) {
        let Some((target_x, source_x, width)) =
            clip_span(x, area.x, area.width, self.width, source.width)
        else {
            return;
        };
        let Some((target_y, source_y, height)) =
            clip_span(y, area.y, area.height, self.height, source.height)
        else {
            return;
        };
        let (from_size, to_size) = (source.format.size_bytes(), self.format.size_bytes());
        for row in 0..height {
            let from = source.offset(source_x, source_y + row);
            let to = self.offset(target_x, target_y + row);
            let from_row = &source.bytes[from..from + width as usize * from_size];
            let to_row = &mut self.bytes[to..to + width as usize * to_size];
            convert_row(source.format, from_row, self.format, to_row);
        }
    }

    /// The six faces of a cube map laid out as a cross, a column or a row: +x, −x, +y, −y, +z, −z.
    pub fn cube_faces(&self) -> Result<Vec<ImageData>, ImageError> {
        let (width, height) = (i64::from(self.width), i64::from(self.height));
        let (side, corners): (i64, [(i64, i64); 6]) =
            if width % 3 == 0 && height % 4 == 0 && width / 3 == height / 4 {
                (width / 3, [(1, 1), (1, 3), (1, 0), (1, 2), (0, 1), (2, 1)])
            } else if width % 4 == 0 && height % 3 == 0 && width / 4 == height / 3 {
                (width / 4, [(2, 1), (0, 1), (1, 0), (1, 2), (1, 1), (3, 1)])
            } else if height % 6 == 0 && width == height / 6 {
                (width, [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5)])
            } else if width % 6 == 0 && width / 6 == height {
                (height, [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)])
            } else {
                return Err(ImageError::new("Unknown cubemap image dimensions!"));
            };
        corners
            .into_iter()
            .map(|(column, row)| {
                let mut face = Self::new(side, side, self.format)?;
                let area = Area {
                    x: column * side,
                    y: row * side,
                    width: side,
                    height: side,
                };
                face.paste(self, 0, 0, area);
                Ok(face)
            })
            .collect()
    }

    /// The pixels as `rgba8` bytes, converted when necessary: what a texture upload of ordinary pictures takes.
    pub fn to_rgba8(&self) -> std::borrow::Cow<'_, [u8]> {
        if self.format == PixelFormat::Rgba8 {
            return std::borrow::Cow::Borrowed(&self.bytes);
        }
        let mut converted = vec![0; self.width as usize * self.height as usize * 4];
        convert_row(self.format, &self.bytes, PixelFormat::Rgba8, &mut converted);
        std::borrow::Cow::Owned(converted)
    }
}

/// Clips one axis of a paste to both pictures: (target start, source start, length), or `None` when nothing is left.
fn clip_span(
    target: i64,
    source: i64,
    length: i64,
    target_size: u32,
    source_size: u32,
) -> Option<(i64, i64, i64)> {
    let skip = target.saturating_neg().max(source.saturating_neg()).max(0);
    let target = target.checked_add(skip)?;
    let source = source.checked_add(skip)?;
    let length = length
        .checked_sub(skip)?
        .min(i64::from(target_size).checked_sub(target)?)
        .min(i64::from(source_size).checked_sub(source)?);
    (length > 0).then_some((target, source, length))
}

/// Converts a run of pixels between formats.
fn convert_row(from: PixelFormat, source: &[u8], to: PixelFormat, target: &mut [u8]) {
    if from == to {
        target.copy_from_slice(source);
        return;
    }
    let pixels = source
        .chunks_exact(from.size_bytes())
        .zip(target.chunks_exact_mut(to.size_bytes()));
    match (from, to) {
        // LÖVE moves bytes by eight bits here instead of scaling: 255 becomes 65280.
        (PixelFormat::Rgba8, PixelFormat::Rgba16) => {
            for (source, target) in pixels {
                for index in 0..4 {
                    target[index * 2] = 0;
                    target[index * 2 + 1] = source[index];
                }
            }
        }
        (PixelFormat::Rgba16, PixelFormat::Rgba8) => {
            for (source, target) in pixels {
                for index in 0..4 {
                    target[index] = source[index * 2 + 1];
                }
            }
        }
        _ => {
            for (source, target) in pixels {
                to.write(target, from.read(source));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(picture: &ImageData) -> Area {
        Area {
            x: 0,
            y: 0,
            width: i64::from(picture.width()),
            height: i64::from(picture.height()),
        }
    }

    fn numbered(width: i64, height: i64) -> ImageData {
        let raw: Vec<u8> = (0..width * height * 4).map(|index| index as u8).collect();
        ImageData::from_raw_bytes(width, height, PixelFormat::Rgba8, &raw).unwrap()
    }

    #[test]
    fn pixels_outside_are_loves_errors() {
        let mut picture = ImageData::new(2, 3, PixelFormat::Rgba8).unwrap();
        for (x, y) in [(-1, 0), (2, 0), (0, 3), (i64::MIN, i64::MAX)] {
            assert_eq!(
                picture.get_pixel(x, y).unwrap_err().0,
                "Attempt to get out-of-range pixel!"
            );
            assert_eq!(
                picture.set_pixel(x, y, [0.0; 4]).unwrap_err().0,
                "Attempt to set out-of-range pixel!"
            );
        }
        assert_eq!(picture.get_pixel(1, 2), Ok([0.0; 4]));
    }

    #[test]
    fn absurd_sizes_are_refused() {
        for (width, height) in [(0, 1), (1, 0), (-5, 5)] {
            let error = ImageData::new(width, height, PixelFormat::Rgba8).unwrap_err();
            assert_eq!(error.0, "Invalid image size.");
        }
        for (width, height) in [(1 << 20, 1 << 20), (i64::MAX, i64::MAX), (1 << 40, 1)] {
            let error = ImageData::new(width, height, PixelFormat::Rgba32f).unwrap_err();
            assert_eq!(error.0, "Out of memory");
        }
        let error = ImageData::from_raw_bytes(2, 2, PixelFormat::Rgba8, &[0; 15]).unwrap_err();
        assert!(error.0.starts_with("The size of the raw byte string"));
    }

    #[test]
    fn bytes_read_as_double_quotients() {
        let picture =
            ImageData::from_raw_bytes(1, 1, PixelFormat::Rgba8, &[51, 102, 0, 255]).unwrap();
        assert_eq!(picture.get_pixel(0, 0), Ok([0.2, 0.4, 0.0, 1.0]));
    }

    #[test]
    fn paste_clips_on_all_sides() {
        let source = numbered(4, 4);
        for (x, y) in [
            (-2, -2),
            (2, 2),
            (-9, 0),
            (9, 9),
            (0, 0),
            (i64::MIN, i64::MAX),
        ] {
            let mut target = ImageData::new(4, 4, PixelFormat::Rgba8).unwrap();
            target.paste(&source, x, y, whole(&source));
            for row in 0..4i64 {
                for column in 0..4i64 {
                    let from = (column.saturating_sub(x), row.saturating_sub(y));
                    let expected = source.get_pixel(from.0, from.1).unwrap_or([0.0; 4]);
                    assert_eq!(target.get_pixel(column, row), Ok(expected), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn paste_converts_formats() {
        let source =
            ImageData::from_raw_bytes(1, 1, PixelFormat::Rgba8, &[255, 128, 0, 255]).unwrap();
        let mut wide = ImageData::new(1, 1, PixelFormat::Rgba16).unwrap();
        wide.paste(&source, 0, 0, whole(&source));
        assert_eq!(wide.bytes(), [0, 255, 0, 128, 0, 0, 0, 255]);
        let mut single = ImageData::new(1, 1, PixelFormat::R8).unwrap();
        single.paste(&source, 0, 0, whole(&source));
        assert_eq!(single.bytes(), [255]);
    }

    #[test]
    fn map_pixels_visits_rows_first_and_checks_its_area() {
        let mut picture = numbered(3, 2);
        let mut visited = Vec::new();
        let area = Area {
            x: 1,
            y: 0,
            width: 2,
            height: 2,
        };
        let result: Result<(), ImageError> = picture.map_pixels(area, |x, y, colour| {
            visited.push((x, y));
            Ok([1.0, colour[1], colour[2], colour[3]])
        });
        assert_eq!(result, Ok(()));
        assert_eq!(visited, [(1, 0), (2, 0), (1, 1), (2, 1)]);
        assert_eq!(&picture.bytes()[4..8], [255, 5, 6, 7]);
        assert_eq!(&picture.bytes()[..4], [0, 1, 2, 3]);
        let outside = Area {
            x: 2,
            y: 0,
            width: 2,
            height: 2,
        };
        let error = picture.check_map_area(outside).unwrap_err();
        assert_eq!(error.0, "Invalid rectangle dimensions");
    }

    #[test]
    fn cube_faces_of_a_row_and_an_odd_shape() {
        let faces = numbered(6, 1).cube_faces().unwrap();
        assert_eq!(faces.len(), 6);
        assert_eq!(faces[2].bytes(), [8, 9, 10, 11]);
        assert!(numbered(5, 1).cube_faces().is_err());
    }
}
