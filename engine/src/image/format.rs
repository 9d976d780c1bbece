//! Pixel formats of an `ImageData`: names, sizes, and the conversion between bytes and colours.
//!
//! A colour is four `f64` components (red, green, blue, alpha). LÖVE's own scripts read `rgba8` pixels as
//! `byte / 255` in double precision, so `getPixel` of a byte of 51 prints `0.2` and not `0.20000000298023`:
//! conversions here are done in doubles for that reason.
//!
//! Example: `PixelFormat::Rgba8.write(&mut bytes, [1.0, 0.5, 0.0, 1.0])` leaves `[255, 128, 0, 255]`.
//!
//! Invariants: `read` and `write` take a slice of exactly `size_bytes()` bytes; integer formats are clamped to
//! 0..1 before rounding; multi-byte formats are little-endian, as on every machine LÖVE runs on.
//!
//! What it does not do: compressed and depth formats (they never live in an `ImageData`), and colour spaces.

/// How the bytes of one pixel are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// One byte, red.
    R8,
    /// Two bytes.
    Rg8,
    /// Four bytes; the default.
    Rgba8,
    /// Luminance and alpha, one byte each: glyphs of outline fonts, never an `ImageData`.
    La8,
    /// One 16-bit integer.
    R16,
    /// Two 16-bit integers.
    Rg16,
    /// Four 16-bit integers.
    Rgba16,
    /// One half float.
    R16f,
    /// Two half floats.
    Rg16f,
    /// Four half floats.
    Rgba16f,
    /// One float.
    R32f,
    /// Two floats.
    Rg32f,
    /// Four floats.
    Rgba32f,
    /// Four bits each in 16 bits, alpha lowest.
    Rgba4,
    /// 5+5+5+1 bits in 16 bits, alpha lowest.
    Rgb5a1,
    /// 5+6+5 bits in 16 bits, blue lowest.
    Rgb565,
    /// 10+10+10+2 bits in 32 bits, red lowest.
    Rgb10a2,
    /// Unsigned small floats of 11, 11 and 10 bits in 32 bits, red lowest.
    Rg11b10f,
}

/// Every format with the name scripts use for it.
const NAMES: [(PixelFormat, &str); 18] = [
    (PixelFormat::R8, "r8"),
    (PixelFormat::Rg8, "rg8"),
    (PixelFormat::Rgba8, "rgba8"),
    (PixelFormat::La8, "la8"),
    (PixelFormat::R16, "r16"),
    (PixelFormat::Rg16, "rg16"),
    (PixelFormat::Rgba16, "rgba16"),
    (PixelFormat::R16f, "r16f"),
    (PixelFormat::Rg16f, "rg16f"),
    (PixelFormat::Rgba16f, "rgba16f"),
    (PixelFormat::R32f, "r32f"),
    (PixelFormat::Rg32f, "rg32f"),
    (PixelFormat::Rgba32f, "rgba32f"),
    (PixelFormat::Rgba4, "rgba4"),
    (PixelFormat::Rgb5a1, "rgb5a1"),
    (PixelFormat::Rgb565, "rgb565"),
    (PixelFormat::Rgb10a2, "rgb10a2"),
    (PixelFormat::Rg11b10f, "rg11b10f"),
];

/// What one stored component is.
#[derive(Clone, Copy)]
enum Component {
    Byte,
    Word,
    Half,
    Float,
    Packed,
}

impl PixelFormat {
    /// The format of this name, or `None`. `"normal"` is `rgba8` and `"hdr"` is `rgba16f`, as in LÖVE.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "normal" => Some(Self::Rgba8),
            "hdr" => Some(Self::Rgba16f),
            _ => NAMES
                .iter()
                .find(|(_, candidate)| *candidate == name)
                .map(|(format, _)| *format),
        }
    }

    /// The name scripts see.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(format, _)| *format == self)
            .map_or("unknown", |(_, name)| name)
    }

    /// Size of a pixel in bytes.
    pub fn size_bytes(self) -> usize {
        use PixelFormat::*;
        match self {
            R8 => 1,
            Rg8 | La8 | R16 | R16f | Rgba4 | Rgb5a1 | Rgb565 => 2,
            Rgba8 | Rg16 | Rg16f | R32f | Rgb10a2 | Rg11b10f => 4,
            Rgba16 | Rgba16f | Rg32f => 8,
            Rgba32f => 16,
        }
    }

    /// How many components of a colour the format stores: what `setPixel` asks for.
    pub fn component_count(self) -> usize {
        use PixelFormat::*;
        match self {
            R8 | R16 | R16f | R32f => 1,
            Rg8 | La8 | Rg16 | Rg16f | Rg32f => 2,
            Rgb565 | Rg11b10f => 3,
            _ => 4,
        }
    }

    /// Whether an `ImageData` may have this format.
    pub fn valid_for_image_data(self) -> bool {
        self != Self::La8
    }

    fn component(self) -> Component {
        use PixelFormat::*;
        match self {
            R8 | Rg8 | Rgba8 | La8 => Component::Byte,
            R16 | Rg16 | Rgba16 => Component::Word,
            R16f | Rg16f | Rgba16f => Component::Half,
            R32f | Rg32f | Rgba32f => Component::Float,
            Rgba4 | Rgb5a1 | Rgb565 | Rgb10a2 | Rg11b10f => Component::Packed,
        }
    }

    /// Widths in bits and positions of red, green, blue and alpha in a packed format.
    fn packed_fields(self) -> [(u32, u32); 4] {
        match self {
            Self::Rgba4 => [(4, 12), (4, 8), (4, 4), (4, 0)],
            Self::Rgb5a1 => [(5, 11), (5, 6), (5, 1), (1, 0)],
            Self::Rgb565 => [(5, 11), (6, 5), (5, 0), (0, 0)],
            Self::Rgb10a2 => [(10, 0), (10, 10), (10, 20), (2, 30)],
            _ => [(0, 0); 4],
        }
    }

    /// The colour that `pixel` stores; components the format lacks are 0, a lacking alpha is 1.
    pub fn read(self, pixel: &[u8]) -> [f64; 4] {
        if self == Self::La8 {
            let luminance = f64::from(pixel[0]) / 255.0;
            return [luminance, luminance, luminance, f64::from(pixel[1]) / 255.0];
        }
        let mut colour = [0.0, 0.0, 0.0, 1.0];
        let count = self.component_count();
        match self.component() {
            Component::Byte => {
                for (slot, byte) in colour.iter_mut().zip(&pixel[..count]) {
                    *slot = f64::from(*byte) / 255.0;
                }
            }
            Component::Word => {
                for (slot, word) in colour.iter_mut().zip(words(&pixel[..count * 2])) {
                    *slot = f64::from(word) / 65535.0;
                }
            }
            Component::Half => {
                for (slot, word) in colour.iter_mut().zip(words(&pixel[..count * 2])) {
                    *slot = f64::from(float_from_half(word));
                }
            }
            Component::Float => {
                for (slot, chunk) in colour.iter_mut().zip(pixel.chunks_exact(4).take(count)) {
                    *slot = f64::from(f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
                }
            }
            Component::Packed => self.read_packed(pixel, &mut colour),
        }
        colour
    }

    fn read_packed(self, pixel: &[u8], colour: &mut [f64; 4]) {
        let mut packed = 0u32;
        for (index, byte) in pixel[..self.size_bytes()].iter().enumerate() {
            packed |= u32::from(*byte) << (8 * index);
        }
        if self == Self::Rg11b10f {
            colour[0] = float_from_small(packed & 0x7ff, 6);
            colour[1] = float_from_small((packed >> 11) & 0x7ff, 6);
            colour[2] = float_from_small((packed >> 22) & 0x3ff, 5);
            return;
        }
        for (slot, (width, shift)) in colour.iter_mut().zip(self.packed_fields()) {
            if width > 0 {
                let maximum = (1u32 << width) - 1;
                *slot = f64::from((packed >> shift) & maximum) / f64::from(maximum);
            }
        }
    }

    /// Stores `colour` in `pixel`.
    pub fn write(self, pixel: &mut [u8], colour: [f64; 4]) {
        if self == Self::La8 {
            pixel[0] = scale_rounded(colour[0], 255.0) as u8;
            pixel[1] = scale_rounded(colour[3], 255.0) as u8;
            return;
        }
        let count = self.component_count();
        match self.component() {
            Component::Byte => {
                for (byte, value) in pixel[..count].iter_mut().zip(colour) {
                    *byte = scale_rounded(value, 255.0) as u8;
                }
            }
            Component::Word => {
                for (chunk, value) in pixel.chunks_exact_mut(2).zip(&colour[..count]) {
                    let word = scale_rounded(*value, 65535.0) as u16;
                    chunk.copy_from_slice(&word.to_le_bytes());
                }
            }
            Component::Half => {
                for (chunk, value) in pixel.chunks_exact_mut(2).zip(&colour[..count]) {
                    chunk.copy_from_slice(&half_from_float(*value as f32).to_le_bytes());
                }
            }
            Component::Float => {
                for (chunk, value) in pixel.chunks_exact_mut(4).zip(&colour[..count]) {
                    chunk.copy_from_slice(&(*value as f32).to_le_bytes());
                }
            }
            Component::Packed => self.write_packed(pixel, colour),
        }
    }

    fn write_packed(self, pixel: &mut [u8], colour: [f64; 4]) {
        let mut packed = 0u32;
        if self == Self::Rg11b10f {
            packed |= small_from_float(colour[0] as f32, 6);
            packed |= small_from_float(colour[1] as f32, 6) << 11;
            packed |= small_from_float(colour[2] as f32, 5) << 22;
        } else {
            for (value, (width, shift)) in colour.into_iter().zip(self.packed_fields()) {
                if width > 0 {
                    let maximum = f64::from((1u32 << width) - 1);
                    packed |= ((clamp_unit(value) * maximum).round_ties_even() as u32) << shift;
                }
            }
        }
        let size = self.size_bytes();
        pixel[..size].copy_from_slice(&packed.to_le_bytes()[..size]);
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// Clamps to 0..1; a NaN becomes 0.
fn clamp_unit(value: f64) -> f64 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

fn scale_rounded(value: f64, maximum: f64) -> f64 {
    (clamp_unit(value) * maximum + 0.5).floor()
}

/// Half float to float, exact.
pub fn float_from_half(half: u16) -> f32 {
    let sign = u32::from(half >> 15) << 31;
    let exponent = u32::from(half >> 10) & 0x1f;
    let mantissa = u32::from(half) & 0x3ff;
    match exponent {
        0 => {
            let magnitude = mantissa as f32 * (1.0 / 16_777_216.0);
            if sign == 0 { magnitude } else { -magnitude }
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | (mantissa << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (mantissa << 13)),
    }
}

/// Float to half float. Bits that do not fit are cut off, not rounded: LÖVE does so, and games compare stored values.
pub fn half_from_float(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127;
    let mantissa = bits & 0x7f_ffff;
    let magnitude = match exponent {
        128 if mantissa != 0 => 0x7c00 | ((mantissa >> 13) as u16).max(1),
        16..=128 => 0x7c00,
        -14..=15 => (((exponent + 15) as u16) << 10) | (mantissa >> 13) as u16,
        -24..=-15 => ((mantissa | 0x80_0000) >> (-exponent - 1)) as u16,
        _ => 0,
    };
    sign | magnitude
}

/// An unsigned float of five exponent bits and `mantissa_bits` mantissa bits.
fn float_from_small(bits: u32, mantissa_bits: u32) -> f64 {
    let exponent = bits >> mantissa_bits;
    let fraction = f64::from(bits & ((1 << mantissa_bits) - 1)) / f64::from(1u32 << mantissa_bits);
    match exponent {
        0 => fraction / 16384.0,
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => 2f64.powi(exponent as i32 - 15) * (1.0 + fraction),
    }
}

/// The reverse of [`float_from_small`]: negative values and values below the smallest exponent are 0.
fn small_from_float(value: f32, mantissa_bits: u32) -> u32 {
    if value.is_nan() {
        return (31 << mantissa_bits) | 1;
    }
    let bits = value.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127;
    if value <= 0.0 || exponent <= -15 {
        0
    } else if exponent > 15 {
        31 << mantissa_bits
    } else {
        (((exponent + 15) as u32) << mantissa_bits) | ((bits & 0x7f_ffff) >> (23 - mantissa_bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(format: PixelFormat, colour: [f64; 4]) -> [f64; 4] {
        let mut bytes = [0u8; 16];
        let size = format.size_bytes();
        format.write(&mut bytes[..size], colour);
        format.read(&bytes[..size])
    }

    // Expected values printed by LÖVE: newImageData(1, 1, format), setPixel(0, 0, 0.3, 0.6, 0.9, 0.5), getPixel.
    #[test]
    #[allow(clippy::excessive_precision)] // copied as LÖVE printed them
    fn stored_colours_equal_loves() {
        let cases: [(PixelFormat, [f64; 4]); 8] = [
            (
                PixelFormat::Rgba8,
                [
                    0.30196078431372547,
                    0.6,
                    0.90196078431372551,
                    0.50196078431372548,
                ],
            ),
            (PixelFormat::Rg8, [0.30196078431372547, 0.6, 0.0, 1.0]),
            (
                PixelFormat::Rgba16,
                [
                    0.30000762951094834,
                    0.59999999999999998,
                    0.90000762951094832,
                    0.5000076295109483,
                ],
            ),
            (
                PixelFormat::Rgba16f,
                [0.2998046875, 0.599609375, 0.89990234375, 0.5],
            ),
            (
                PixelFormat::Rgba4,
                [
                    0.26666666666666666,
                    0.6,
                    0.93333333333333335,
                    0.53333333333333333,
                ],
            ),
            (
                PixelFormat::Rgb565,
                [
                    0.29032258064516131,
                    0.60317460317460314,
                    0.90322580645161288,
                    1.0,
                ],
            ),
            (
                PixelFormat::Rgb10a2,
                [
                    0.30009775171065495,
                    0.60019550342130989,
                    0.90029325513196478,
                    0.66666666666666663,
                ],
            ),
            (PixelFormat::Rg11b10f, [0.296875, 0.59375, 0.890625, 1.0]),
        ];
        for (format, expected) in cases {
            let got = round_trip(format, [0.3, 0.6, 0.9, 0.5]);
            for index in 0..4 {
                assert!(
                    (got[index] - expected[index]).abs() < 1e-12,
                    "{}: {got:?} is not {expected:?}",
                    format.name()
                );
            }
        }
    }

    #[test]
    fn half_floats_are_exact_both_ways() {
        for half in 0..=u16::MAX {
            let value = float_from_half(half);
            if !value.is_nan() {
                assert_eq!(half_from_float(value), half, "{value}");
            }
        }
        assert_eq!(half_from_float(1e9), 0x7c00);
        assert_eq!(half_from_float(f32::NEG_INFINITY), 0xfc00);
        assert!(float_from_half(half_from_float(f32::NAN)).is_nan());
    }

    #[test]
    fn names_are_reversible() {
        for (format, name) in NAMES {
            assert_eq!(PixelFormat::from_name(name), Some(format));
            assert_eq!(format.name(), name);
        }
        assert_eq!(PixelFormat::from_name("rgba9"), None);
    }
}
