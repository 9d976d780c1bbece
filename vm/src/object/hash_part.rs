//! Insertion-ordered hash part: general keys of a table, or the string keys of a table in dictionary mode.
//!
//! One heap object: this head, then `capacity` entries in the order of their insertion, then an index of `u32` words
//! (entry number + 1; 0 is empty; linear probing). A removed key keeps its entry with a nil value until the part is
//! rebuilt, so that traversal with removal works and order never changes.
//!
//! Worked example: inserting "a", "b", removing "a", inserting "c" gives the entries a=nil, b, c; `next` skips the nil.
//!
//! Keys are normalised before they come here: long strings interned, -0 turned to 0, integers that belong to the array
//! kept out by the table.

use super::{ObjectHeader, ObjectKind};
use crate::value::Value;

/// One key with its value.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct HashEntry {
    /// Key (never nil, never NaN).
    pub key: Value,
    /// Value; nil when removed.
    pub value: Value,
}

/// The head of a hash part.
#[derive(Debug)]
#[repr(C)]
pub struct HashPart {
    /// kind HashPart
    pub header: ObjectHeader,
    /// Room for entries.
    pub capacity: u32,
    /// Entries in use, removed ones included.
    pub count: u32,
    /// Index size - 1 (a power of two less one).
    pub mask: u32,
    /// Unused.
    pub reserved: u32,
}

const HEAD_BYTES: usize = std::mem::size_of::<HashPart>();

/// Hash of a normalised key.
#[inline(always)]
pub fn hash_key(key: Value) -> u32 {
    if key.is_interned_string() {
        // SAFETY: I1: a string tag points to a live string.
        return unsafe { (*key.as_string().unwrap_unchecked()).hash };
    }
    // A small whole number's double has its information in the upper half, and a product carries upwards only: without the
    // fold, the low bits of the upper product, which choose the place, would be equal for all of them.
    let folded = key.bits() ^ (key.bits() >> 32);
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

impl HashPart {
    /// Index words for at least `entries` entries.
    pub fn index_size(entries: usize) -> usize {
        (entries.max(3) * 4).div_ceil(3).next_power_of_two()
    }
    /// Entries that an index of `index_size` words serves.
    pub fn capacity_of(index_size: usize) -> usize {
        index_size * 3 / 4
    }
    /// Bytes of heap for an index of that size.
    pub fn allocation_size(index_size: usize) -> usize {
        HEAD_BYTES + Self::capacity_of(index_size) * 16 + index_size * 4
    }
    /// Writes an empty part into fresh memory.
    ///
    /// # Safety
    /// I2: `memory` has `allocation_size(index_size)` bytes and `index_size` is a power of two.
    pub unsafe fn initialise(memory: *mut HashPart, index_size: usize) {
        // SAFETY: I2: the caller gave enough fresh memory.
        unsafe {
            memory.write(HashPart {
                header: ObjectHeader::new(ObjectKind::HashPart),
                capacity: Self::capacity_of(index_size) as u32,
                count: 0,
                mask: index_size as u32 - 1,
                reserved: 0,
            });
            std::ptr::write_bytes(Self::index(memory), 0, index_size);
        }
    }
    /// The entries.
    ///
    /// # Safety
    /// I4: `part` is a live hash part.
    #[inline(always)]
    pub unsafe fn entries(part: *mut HashPart) -> *mut HashEntry {
        // SAFETY: I4: entries lie directly behind the head.
        unsafe { (part as *mut u8).add(HEAD_BYTES).cast() }
    }
    #[inline(always)]
    unsafe fn index(part: *mut HashPart) -> *mut u32 {
        // SAFETY: I4: the index lies behind `capacity` entries.
        unsafe { Self::entries(part).add((*part).capacity as usize).cast() }
    }
    /// The entry of `key`, also when its value is nil.
    ///
    /// # Safety
    /// I4: `part` is a live hash part; `key` is normalised.
    #[inline]
    pub unsafe fn find(part: *mut HashPart, key: Value) -> Option<*mut HashEntry> {
        // SAFETY: I4: index words are 0 or entry number + 1 of an entry in use; at least a quarter is 0.
        unsafe {
            let mask = (*part).mask as usize;
            let index = Self::index(part);
            let entries = Self::entries(part);
            let mut position = hash_key(key) as usize & mask;
            loop {
                let word = *index.add(position);
                if word == 0 {
                    return None;
                }
                let entry = entries.add(word as usize - 1);
                if (*entry).key == key {
                    return Some(entry);
                }
                position = (position + 1) & mask;
            }
        }
    }
    /// Appends a key that is not there; the caller made sure that `count < capacity`.
    ///
    /// # Safety
    /// I4: as [`HashPart::find`], and there is room.
    pub unsafe fn append(part: *mut HashPart, key: Value, value: Value) -> *mut HashEntry {
        // SAFETY: I4: there is room for one more entry and a free index word.
        unsafe {
            debug_assert!((*part).count < (*part).capacity);
            let mask = (*part).mask as usize;
            let index = Self::index(part);
            let mut position = hash_key(key) as usize & mask;
            while *index.add(position) != 0 {
                position = (position + 1) & mask;
            }
            let entry = Self::entries(part).add((*part).count as usize);
            entry.write(HashEntry { key, value });
            (*part).count += 1;
            *index.add(position) = (*part).count;
            entry
        }
    }
    /// Number of entries with a value.
    ///
    /// # Safety
    /// I4: `part` is a live hash part.
    pub unsafe fn live_count(part: *mut HashPart) -> usize {
        // SAFETY: I4: `count` entries are initialised.
        unsafe {
            let entries = std::slice::from_raw_parts(Self::entries(part), (*part).count as usize);
            entries.iter().filter(|entry| !entry.value.is_nil()).count()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that stand close together must not share the low bits that choose the place of the index.
    fn distinct_places(keys: impl Iterator<Item = Value>, mask: u32) -> usize {
        let places: std::collections::HashSet<u32> = keys.map(|key| hash_key(key) & mask).collect();
        places.len()
    }

    #[test]
    fn whole_numbers_halves_and_large_numbers_spread() {
        // 700 random places of 1024 would leave about 507 distinct ones.
        for (name, start, step) in [
            ("whole", 1.0, 1.0),
            ("grid rows", 600.0, 37.0),
            ("halves", 0.5, 1.0),
            ("negative", -700.0, 1.0),
            ("large", 9e9, 4096.0),
            ("fractions", 0.0, 1.0 / 1024.0),
        ] {
            let keys = (1..=700).map(|i| Value::canonical_number(start + step * f64::from(i)));
            let places = distinct_places(keys, 1023);
            assert!(places > 400, "{name}: 700 keys on {places} places");
        }
    }
}
