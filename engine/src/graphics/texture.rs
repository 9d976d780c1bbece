//! Textures as the rest of the engine sees them: identity, size, format, filter and wrap mode.
//!
//! A [`Texture`] is a shared handle; the pixels belong to the backend, under its [`TextureId`]. When the last
//! handle goes, the identifier is queued and the backend frees the pixels after the next submission, so that
//! commands already recorded stay valid.
//!
//! Filter and wrap mode are read when something is drawn: changing them affects later draws only.
//! Images, canvases and the atlas pages of fonts are all textures; `kind` tells them apart.
//! This module does not decode files and does not talk to a graphics library.

use super::state::{Named, named_enum};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// Names a texture of the backend. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextureId(pub u32);

named_enum! {
    /// How a texture is read between its pixels.
    FilterMode {
        /// Interpolated.
        Linear = "linear",
        /// The nearest pixel.
        Nearest = "nearest",
    }
}
named_enum! {
    /// How a texture continues beyond its edges.
    WrapMode {
        /// With its outermost pixels.
        Clamp = "clamp",
        /// With transparent black.
        ClampZero = "clampzero",
        /// From the start.
        Repeat = "repeat",
        /// Mirrored.
        MirroredRepeat = "mirroredrepeat",
    }
}
named_enum! {
    /// The shape of a texture.
    TextureType {
        /// One picture.
        TwoDimensional = "2d",
        /// A block.
        Volume = "volume",
        /// Many pictures of one size.
        Array = "array",
        /// Six faces.
        Cube = "cube",
    }
}
named_enum! {
    /// The layout of a pixel, by the names LÖVE 11 has for canvases and images.
    PixelFormat {
        /// 8 bits per channel.
        Rgba8 = "rgba8",
        /// 8 bits per channel, stored with the sRGB curve.
        Srgba8 = "srgba8",
        /// One channel of 8 bits.
        R8 = "r8",
        /// Two channels of 8 bits.
        Rg8 = "rg8",
        /// One channel of 16 bits.
        R16 = "r16",
        /// Two channels of 16 bits.
        Rg16 = "rg16",
        /// Four channels of 16 bits.
        Rgba16 = "rgba16",
        /// One half float.
        R16F = "r16f",
        /// Two half floats.
        Rg16F = "rg16f",
        /// Four half floats.
        Rgba16F = "rgba16f",
        /// One float.
        R32F = "r32f",
        /// Two floats.
        Rg32F = "rg32f",
        /// Four floats.
        Rgba32F = "rgba32f",
        /// 10 bits per colour, 2 for alpha.
        Rgb10A2 = "rgb10a2",
        /// Small floats, no alpha.
        Rg11B10F = "rg11b10f",
        /// Stencil only.
        Stencil8 = "stencil8",
        /// Depth.
        Depth16 = "depth16",
        /// Depth.
        Depth24 = "depth24",
        /// Depth.
        Depth32F = "depth32f",
        /// Depth and stencil.
        Depth24Stencil8 = "depth24stencil8",
        /// Depth and stencil.
        Depth32FStencil8 = "depth32fstencil8",
    }
}

impl PixelFormat {
    /// The format behind a name, with LÖVE's aliases `normal` and `hdr`.
    pub fn from_canvas_name(name: &str) -> Option<Self> {
        match name {
            "normal" => Some(Self::Rgba8),
            "hdr" => Some(Self::Rgba16F),
            _ => Self::from_name(name),
        }
    }

    /// Bytes that one pixel takes.
    pub fn bytes_per_pixel(self) -> u32 {
        match self {
            Self::R8 | Self::Stencil8 => 1,
            Self::Rg8 | Self::R16 | Self::R16F | Self::Depth16 => 2,
            Self::Rgba16 | Self::Rgba16F | Self::Rg32F | Self::Depth32FStencil8 => 8,
            Self::Rgba32F => 16,
            _ => 4,
        }
    }

    /// Whether it holds depth or stencil values.
    pub fn is_depth_stencil(self) -> bool {
        self.has_depth() || self.has_stencil()
    }

    /// Whether it holds depth values.
    pub fn has_depth(self) -> bool {
        matches!(
            self,
            Self::Depth16
                | Self::Depth24
                | Self::Depth32F
                | Self::Depth24Stencil8
                | Self::Depth32FStencil8
        )
    }

    /// Whether it holds stencil values.
    pub fn has_stencil(self) -> bool {
        matches!(
            self,
            Self::Stencil8 | Self::Depth24Stencil8 | Self::Depth32FStencil8
        )
    }
}

/// Filters for shrinking and enlarging.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// When drawn smaller.
    pub min: FilterMode,
    /// When drawn larger.
    pub mag: FilterMode,
    /// Anisotropy, 1 for none.
    pub anisotropy: f32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            min: FilterMode::Linear,
            mag: FilterMode::Linear,
            anisotropy: 1.0,
        }
    }
}

/// Wrap modes along the three axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// Along x.
    pub s: WrapMode,
    /// Along y.
    pub t: WrapMode,
    /// Along z.
    pub r: WrapMode,
}

impl Default for Wrap {
    fn default() -> Self {
        Self {
            s: WrapMode::Clamp,
            t: WrapMode::Clamp,
            r: WrapMode::Clamp,
        }
    }
}

/// Filter and wrap modes packed into one word, so that draws compare them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sampler(pub u32);

impl Sampler {
    /// Packs the modes. Anisotropy is kept as a whole number up to 16.
    pub fn pack(filter: Filter, mipmap: Option<FilterMode>, wrap: Wrap) -> Self {
        let filter_bit = |mode| u32::from(mode == FilterMode::Nearest);
        let wrap_bits = |mode: WrapMode| mode as u32;
        let mipmap_bits = match mipmap {
            None => 0,
            Some(FilterMode::Linear) => 1,
            Some(FilterMode::Nearest) => 2,
        };
        // `as` saturates and maps NaN to 0.
        let anisotropy = (filter.anisotropy as u32).clamp(1, 16);
        Self(
            filter_bit(filter.min)
                | filter_bit(filter.mag) << 1
                | mipmap_bits << 2
                | wrap_bits(wrap.s) << 4
                | wrap_bits(wrap.t) << 6
                | wrap_bits(wrap.r) << 8
                | anisotropy << 10,
        )
    }

    /// The filter inside.
    pub fn filter(self) -> Filter {
        let mode = |bit: u32| {
            if self.0 & bit == 0 {
                FilterMode::Linear
            } else {
                FilterMode::Nearest
            }
        };
        Filter {
            min: mode(1),
            mag: mode(2),
            anisotropy: (self.0 >> 10 & 31) as f32,
        }
    }

    /// The mipmap filter inside.
    pub fn mipmap(self) -> Option<FilterMode> {
        match self.0 >> 2 & 3 {
            1 => Some(FilterMode::Linear),
            2 => Some(FilterMode::Nearest),
            _ => None,
        }
    }

    /// The wrap modes inside.
    pub fn wrap(self) -> Wrap {
        let mode = |shift: u32| WrapMode::NAMES[(self.0 >> shift & 3) as usize].1;
        Wrap {
            s: mode(4),
            t: mode(6),
            r: mode(8),
        }
    }
}

/// Where a texture's pixels come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureKind {
    /// Loaded data.
    Image,
    /// Drawn by the program.
    Canvas,
    /// A page of glyphs.
    FontPage,
}

/// What a backend needs to know to create a texture.
#[derive(Clone, Debug)]
pub struct TextureDescription {
    /// Origin of the pixels.
    pub kind: TextureKind,
    /// Shape.
    pub texture_type: TextureType,
    /// Pixel layout.
    pub format: PixelFormat,
    /// Width in pixels.
    pub pixel_width: u32,
    /// Height in pixels.
    pub pixel_height: u32,
    /// Layers of an array, slices of a volume, 6 for a cube, else 1.
    pub layers: u32,
    /// Levels, 1 for none but the picture itself.
    pub mipmap_count: u32,
    /// Samples per pixel of a canvas, 1 for none extra.
    pub samples: u32,
    /// Pixels per unit.
    pub dpi_scale: f32,
    /// Whether it can be drawn (depth canvases usually cannot).
    pub readable: bool,
    /// Whether mipmaps are filled each time drawing to the canvas ends.
    pub automatic_mipmaps: bool,
}

impl TextureDescription {
    /// A two-dimensional texture of 8-bit colour.
    pub fn rgba8(kind: TextureKind, pixel_width: u32, pixel_height: u32) -> Self {
        Self {
            kind,
            texture_type: TextureType::TwoDimensional,
            format: PixelFormat::Rgba8,
            pixel_width,
            pixel_height,
            layers: 1,
            mipmap_count: 1,
            samples: 1,
            dpi_scale: 1.0,
            readable: true,
            automatic_mipmaps: false,
        }
    }

    /// Bytes of the topmost level.
    pub fn byte_size(&self) -> u64 {
        u64::from(self.pixel_width)
            * u64::from(self.pixel_height)
            * u64::from(self.layers)
            * u64::from(self.format.bytes_per_pixel())
    }

    /// Bytes of all levels.
    pub fn memory(&self) -> u64 {
        (0..self.mipmap_count)
            .map(|level| (self.byte_size() >> (2 * level).min(63)).max(1))
            .sum()
    }

    /// Levels that a full chain of mipmaps has.
    pub fn full_mipmap_count(width: u32, height: u32) -> u32 {
        width.max(height).max(1).ilog2() + 1
    }
}

/// Identifiers of textures whose last handle is gone.
pub(crate) type Garbage = Arc<Mutex<Vec<TextureId>>>;

#[derive(Debug)]
struct Inner {
    id: TextureId,
    description: TextureDescription,
    sampler: AtomicU32,
    mipmap_sharpness: AtomicU32,
    garbage: Garbage,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Ok(mut garbage) = self.garbage.lock() {
            garbage.push(self.id);
        }
    }
}

/// A shared handle to a texture.
#[derive(Clone, Debug)]
pub struct Texture(Arc<Inner>);

impl PartialEq for Texture {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Texture {
    pub(crate) fn new(
        id: TextureId,
        description: TextureDescription,
        sampler: Sampler,
        garbage: Garbage,
    ) -> Self {
        Self(Arc::new(Inner {
            id,
            description,
            sampler: AtomicU32::new(sampler.0),
            mipmap_sharpness: AtomicU32::new(0),
            garbage,
        }))
    }

    /// The backend's name for it.
    #[inline]
    pub fn id(&self) -> TextureId {
        self.0.id
    }

    /// Size, format and the rest.
    #[inline]
    pub fn description(&self) -> &TextureDescription {
        &self.0.description
    }

    /// Filter and wrap modes as draws use them.
    #[inline]
    pub fn sampler(&self) -> Sampler {
        Sampler(self.0.sampler.load(Ordering::Relaxed))
    }

    /// Width of the picture in units.
    #[inline]
    pub fn width(&self) -> u32 {
        self.units(self.0.description.pixel_width)
    }

    /// Height of the picture in units.
    #[inline]
    pub fn height(&self) -> u32 {
        self.units(self.0.description.pixel_height)
    }

    #[inline]
    fn units(&self, pixels: u32) -> u32 {
        let scale = self.0.description.dpi_scale;
        if scale == 1.0 {
            pixels
        } else {
            (pixels as f32 / scale + 0.5) as u32
        }
    }

    /// Filters.
    pub fn filter(&self) -> Filter {
        self.sampler().filter()
    }

    /// Sets the filters.
    pub fn set_filter(&self, filter: Filter) {
        let old = self.sampler();
        self.store(Sampler::pack(filter, old.mipmap(), old.wrap()));
    }

    /// Mipmap filter and sharpness.
    pub fn mipmap_filter(&self) -> (Option<FilterMode>, f32) {
        let sharpness = f32::from_bits(self.0.mipmap_sharpness.load(Ordering::Relaxed));
        (self.sampler().mipmap(), sharpness)
    }

    /// Sets the mipmap filter; an error without mipmaps.
    pub fn set_mipmap_filter(
        &self,
        mode: Option<FilterMode>,
        sharpness: f32,
    ) -> Result<(), String> {
        if mode.is_some() && self.0.description.mipmap_count == 1 {
            return Err("Non-mipmapped texture cannot have mipmap filtering.".to_owned());
        }
        let old = self.sampler();
        self.store(Sampler::pack(old.filter(), mode, old.wrap()));
        self.0
            .mipmap_sharpness
            .store(sharpness.to_bits(), Ordering::Relaxed);
        Ok(())
    }

    /// Wrap modes.
    pub fn wrap(&self) -> Wrap {
        self.sampler().wrap()
    }

    /// Sets the wrap modes.
    pub fn set_wrap(&self, wrap: Wrap) {
        let old = self.sampler();
        self.store(Sampler::pack(old.filter(), old.mipmap(), wrap));
    }

    fn store(&self, sampler: Sampler) {
        self.0.sampler.store(sampler.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampler_gives_back_what_was_packed() {
        let filter = Filter {
            min: FilterMode::Nearest,
            mag: FilterMode::Linear,
            anisotropy: 4.0,
        };
        let wrap = Wrap {
            s: WrapMode::Repeat,
            t: WrapMode::MirroredRepeat,
            r: WrapMode::ClampZero,
        };
        let sampler = Sampler::pack(filter, Some(FilterMode::Nearest), wrap);
        assert_eq!(sampler.filter(), filter);
        assert_eq!(sampler.mipmap(), Some(FilterMode::Nearest));
        assert_eq!(sampler.wrap(), wrap);
    }

    #[test]
    fn dropping_the_last_handle_queues_the_identifier() {
        let garbage = Garbage::default();
        let description = TextureDescription::rgba8(TextureKind::Image, 1, 1);
        let texture = Texture::new(TextureId(7), description, Sampler(0), garbage.clone());
        let second = texture.clone();
        drop(texture);
        assert!(garbage.lock().unwrap().is_empty());
        drop(second);
        assert_eq!(*garbage.lock().unwrap(), [TextureId(7)]);
    }
}
