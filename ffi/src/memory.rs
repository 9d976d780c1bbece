//! Reading and writing C data in memory.
//!
//! A [`Place`] is an address that the FFI may use under invariant I14: it lies in a cdata object, or the program vouches for it as a
//! C program would. Accesses need no alignment: packed structures exist.
//!
//! Worked example: `Object::of(value)` takes a cdata value apart; `object.place.read::<i32>()` is the `int` that it holds.

use crate::plan::Scalar;
use crate::types::BitField;
use rlove_vm::object::CData;

/// An address of C data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(*mut u8);

/// Types that any bits are a value of.
pub trait Plain: Copy {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i16 {}
impl Plain for u32 {}
impl Plain for i32 {}
impl Plain for u64 {}
impl Plain for i64 {}
impl Plain for f32 {}
impl Plain for f64 {}
impl Plain for usize {}

impl Place {
    /// An address that a program gave or C answered.
    pub fn from_address(address: usize) -> Place {
        Place(std::ptr::with_exposed_provenance_mut(address))
    }
    /// The address of a variable of ours.
    pub fn of<T: Plain>(variable: &mut T) -> Place {
        Place((variable as *mut T).cast())
    }
    /// The first byte of a slice that is only read.
    pub fn of_bytes(bytes: &[u8]) -> Place {
        Place(bytes.as_ptr().cast_mut())
    }
    /// The bytes of a live cdata object.
    #[inline(always)]
    pub(crate) fn of_cdata(cdata: *mut CData) -> Place {
        // SAFETY: I1, I14: callers hold a live object.
        Place(unsafe { CData::bytes(cdata) })
    }
    /// The address as a number.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.0 as usize
    }
    /// The pointer itself.
    pub fn pointer(self) -> *mut u8 {
        self.0
    }
    /// So many bytes further.
    #[inline(always)]
    pub fn offset(self, bytes: isize) -> Place {
        Place(self.0.wrapping_offset(bytes))
    }
    /// The value there.
    #[inline(always)]
    pub fn read<T: Plain>(self) -> T {
        // SAFETY: I14: the program vouches for the address; any bits are a T.
        unsafe { self.0.cast::<T>().read_unaligned() }
    }
    /// Writes a value.
    #[inline(always)]
    pub fn write<T: Plain>(self, value: T) {
        // SAFETY: I14.
        unsafe { self.0.cast::<T>().write_unaligned(value) }
    }
    /// The pointer there, of four or eight bytes.
    #[inline(always)]
    pub fn read_pointer(self, is_short: bool) -> Place {
        Place::from_address(if is_short {
            self.read::<u32>() as usize
        } else {
            self.read::<usize>()
        })
    }
    /// Copies bytes from elsewhere; the ranges may overlap.
    pub fn copy_from(self, source: Place, count: usize) {
        if count > 0 {
            // SAFETY: I14.
            unsafe { std::ptr::copy(source.0, self.0, count) }
        }
    }
    /// Fills with a byte.
    pub fn fill(self, byte: u8, count: usize) {
        if count > 0 {
            // SAFETY: I14.
            unsafe { std::ptr::write_bytes(self.0, byte, count) }
        }
    }
    /// A copy of the bytes there.
    pub fn bytes(self, count: usize) -> Vec<u8> {
        if count == 0 {
            return Vec::new();
        }
        // SAFETY: I14.
        unsafe { std::slice::from_raw_parts(self.0, count).to_vec() }
    }
    /// Bytes up to the first zero.
    pub fn string_length(self) -> usize {
        // SAFETY: I14: the program says that it is a C string.
        unsafe { std::ffi::CStr::from_ptr(self.0.cast()).count_bytes() }
    }
    /// The number there, as a double.
    #[inline(always)]
    pub fn read_scalar(self, scalar: Scalar) -> f64 {
        match scalar {
            Scalar::Int8 => f64::from(self.read::<i8>()),
            Scalar::UInt8 => f64::from(self.read::<u8>()),
            Scalar::Int16 => f64::from(self.read::<i16>()),
            Scalar::UInt16 => f64::from(self.read::<u16>()),
            Scalar::Int32 => f64::from(self.read::<i32>()),
            Scalar::UInt32 => f64::from(self.read::<u32>()),
            Scalar::Int64 => self.read::<i64>() as f64,
            Scalar::UInt64 => self.read::<u64>() as f64,
            Scalar::Float32 => f64::from(self.read::<f32>()),
            Scalar::Float64 => self.read::<f64>(),
            Scalar::Bool8 => f64::from(u8::from(self.read::<u8>() != 0)),
            Scalar::Bool32 => f64::from(u8::from(self.read::<u32>() != 0)),
        }
    }
    /// The integer there, sign- or zero-extended; `None` for floats.
    pub fn read_integer(self, scalar: Scalar) -> Option<u64> {
        Some(match scalar {
            Scalar::Int8 => self.read::<i8>() as u64,
            Scalar::UInt8 | Scalar::Bool8 => u64::from(self.read::<u8>()),
            Scalar::Int16 => self.read::<i16>() as u64,
            Scalar::UInt16 => u64::from(self.read::<u16>()),
            Scalar::Int32 => self.read::<i32>() as u64,
            Scalar::UInt32 | Scalar::Bool32 => u64::from(self.read::<u32>()),
            Scalar::Int64 | Scalar::UInt64 => self.read::<u64>(),
            Scalar::Float32 | Scalar::Float64 => return None,
        })
    }
    /// Writes an integer's low bytes, or its value for floats and bools.
    pub fn write_integer(self, scalar: Scalar, bits: u64, is_unsigned: bool) {
        match scalar {
            Scalar::Int8 | Scalar::UInt8 => self.write(bits as u8),
            Scalar::Int16 | Scalar::UInt16 => self.write(bits as u16),
            Scalar::Int32 | Scalar::UInt32 => self.write(bits as u32),
            Scalar::Int64 | Scalar::UInt64 => self.write(bits),
            Scalar::Float32 if is_unsigned => self.write(bits as f64 as f32),
            Scalar::Float32 => self.write(bits as i64 as f64 as f32),
            Scalar::Float64 if is_unsigned => self.write(bits as f64),
            Scalar::Float64 => self.write(bits as i64 as f64),
            Scalar::Bool8 => self.write(u8::from(bits != 0)),
            Scalar::Bool32 => self.write(u32::from(bits != 0)),
        }
    }
    /// Converts a double and writes it.
    #[inline(always)]
    pub fn write_number(self, scalar: Scalar, number: f64) {
        match scalar {
            Scalar::Float64 => self.write(number),
            Scalar::Float32 => self.write(number as f32),
            Scalar::Int8 | Scalar::UInt8 => self.write(double_to_i64(number) as u8),
            Scalar::Int16 | Scalar::UInt16 => self.write(double_to_i64(number) as u16),
            Scalar::Int32 | Scalar::UInt32 => self.write(double_to_i64(number) as u32),
            Scalar::Int64 => self.write(double_to_i64(number)),
            Scalar::UInt64 => self.write(double_to_u64(number)),
            Scalar::Bool8 => self.write(u8::from(number != 0.0)),
            Scalar::Bool32 => self.write(u32::from(number != 0.0)),
        }
    }
    fn read_container(self, bits: BitField) -> u32 {
        match bits.container_bytes {
            1 => u32::from(self.read::<u8>()),
            2 => u32::from(self.read::<u16>()),
            _ => self.read::<u32>(),
        }
    }
    /// The value of a bit-field whose container is here.
    pub fn read_bits(self, bits: BitField) -> f64 {
        let shift = 32 - u32::from(bits.width);
        let value = self
            .read_container(bits)
            .wrapping_shl(shift.wrapping_sub(u32::from(bits.position)));
        if bits.unsigned {
            f64::from(value >> shift)
        } else {
            f64::from((value as i32) >> shift)
        }
    }
    /// Writes a bit-field whose container is here.
    pub fn write_bits(self, bits: BitField, value: u32) {
        let mask = (u32::MAX >> (32 - u32::from(bits.width))) << bits.position;
        let word = self.read_container(bits) & !mask | (value << bits.position) & mask;
        match bits.container_bytes {
            1 => self.write(word as u8),
            2 => self.write(word as u16),
            _ => self.write(word),
        }
    }
}

/// A double as a 64-bit integer: truncated; out of range and NaN give the smallest.
#[inline]
pub fn double_to_i64(number: f64) -> i64 {
    if (-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}
/// A double as an unsigned 64-bit integer: negative numbers wrap.
#[inline]
pub fn double_to_u64(number: f64) -> u64 {
    if number >= 9.223_372_036_854_776e18 {
        double_to_i64(number - 18_446_744_073_709_551_616.0) as u64
    } else {
        double_to_i64(number) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_fields() {
        let mut word = 0xffff_ffffu32;
        let field = |position, width, unsigned| BitField {
            position,
            width,
            container_bytes: 4,
            unsigned,
            boolean: false,
        };
        let place = Place::of(&mut word);
        place.write_bits(field(4, 8, true), 0x5a);
        assert_eq!(place.read::<u32>(), 0xffff_f5af);
        assert_eq!(place.read_bits(field(4, 8, true)), 90.0);
        assert_eq!(
            place.read_bits(field(0, 32, false)),
            f64::from(0xffff_f5afu32 as i32)
        );
        assert_eq!(place.read_bits(field(12, 3, false)), -1.0);
    }
    #[test]
    fn numbers_wrap() {
        // As cvttsd2si does it.
        assert_eq!(double_to_i64(1e30), i64::MIN);
        assert_eq!(double_to_i64(f64::NAN), i64::MIN);
        assert_eq!(double_to_u64(-1.0), u64::MAX);
        assert_eq!(double_to_u64(1e19), 10_000_000_000_000_000_000);
    }
}
