//! Strings and the table of interned strings.
//!
//! A string of up to [`SHORT_STRING_BYTES`] bytes, and every key and constant, is *interned*: there is one object per
//! content, so equality is pointer equality. Longer strings are plain objects and compare by bytes; used as a key they
//! are replaced by their interned copy. The bytes are followed by one NUL, so that C can read them.
//!
//! The head takes 10 bytes, so that a cell of 32 bytes holds 21 bytes of text and their NUL: length and hash follow the two
//! bytes that every object begins with, and both are read with one (unaligned) load. Cells begin at
//! multiples of 16, so neither crosses a cache line.
//!
//! The intern table does not keep strings alive: after marking, the collector purges unmarked ones in pieces
//! ([`StringTable::purge_step`]); until then a hit marks what it returns (see `heap`).

use super::ObjectKind;

/// Strings up to this length are always interned.
pub const SHORT_STRING_BYTES: usize = 40;
/// The longest string, as in LuaJIT (2 GB less a margin for headers).
pub const LONGEST_STRING_BYTES: usize = 0x7fff_ff00;

/// A string object: this head, then the bytes, then a NUL.
///
/// It begins as every [`super::ObjectHeader`] does, but has a use of its own for the six bytes behind kind and flags.
#[derive(Debug)]
#[repr(C, packed(2))]
pub struct LuaString {
    /// [`ObjectKind::String`].
    pub kind: ObjectKind,
    /// Not used.
    pub flags: u8,
    /// Length in bytes without the NUL.
    pub length: u32,
    /// Hash of the content; 0 if not interned.
    pub hash: u32,
}

/// Offset of the first byte of content.
pub const STRING_BYTES_OFFSET: usize = 10;

const _: () = {
    use std::mem::{offset_of, size_of};
    assert!(size_of::<LuaString>() == STRING_BYTES_OFFSET);
    assert!(offset_of!(LuaString, kind) == offset_of!(super::ObjectHeader, kind));
    assert!(offset_of!(LuaString, flags) == offset_of!(super::ObjectHeader, flags));
    assert!(offset_of!(LuaString, length) == 2 && offset_of!(LuaString, hash) == 6);
};

impl LuaString {
    /// Bytes of heap that a string of `length` bytes needs.
    pub fn allocation_size(length: usize) -> usize {
        STRING_BYTES_OFFSET + length + 1
    }
    /// The content.
    ///
    /// # Safety
    /// I1: `string` is a live string object; the slice must not outlive it.
    #[inline(always)]
    pub unsafe fn bytes<'a>(string: *mut LuaString) -> &'a [u8] {
        // SAFETY: I1: the object has `length` initialised bytes behind its head.
        unsafe {
            std::slice::from_raw_parts(
                (string as *const u8).add(STRING_BYTES_OFFSET),
                (*string).length as usize,
            )
        }
    }
    /// Writes head and content into fresh memory.
    ///
    /// # Safety
    /// I2: `memory` has `allocation_size(bytes.len())` bytes; `bytes` does not overlap it.
    pub unsafe fn initialise(memory: *mut LuaString, bytes: &[u8], hash: u32) {
        // SAFETY: I2: the caller gave enough fresh memory.
        unsafe {
            memory.write(LuaString {
                kind: ObjectKind::String,
                flags: 0,
                length: bytes.len() as u32,
                hash,
            });
            let content = (memory as *mut u8).add(STRING_BYTES_OFFSET);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), content, bytes.len());
            content.add(bytes.len()).write(0);
        }
    }
}

/// Hash of a string's bytes: folded multiplication over 8-byte pieces, seeded per process start.
pub fn hash_bytes(bytes: &[u8], seed: u64) -> u32 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let mut state = seed ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    let mut rest = bytes;
    while let Some((piece, behind)) = rest.split_first_chunk::<8>() {
        if behind.is_empty() {
            break;
        }
        state = fold(state ^ u64::from_le_bytes(*piece), FACTOR | 1 << 63);
        rest = behind;
    }
    state = fold(state ^ last_word(bytes), 0xD6E8_FEB8_6659_FD93);
    (state ^ state >> 32) as u32
}

/// The last eight bytes as one word. Fewer bytes make a word that no others of the same number make.
#[inline(always)]
fn last_word(bytes: &[u8]) -> u64 {
    if let Some(word) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    }
    match bytes {
        [] => 0,
        [one] => u64::from(*one),
        [one, two] => u64::from(*one) | u64::from(*two) << 8,
        [one, two, rest @ ..] => {
            let three = rest.first().copied().unwrap_or(0);
            u64::from(*one) | u64::from(*two) << 8 | u64::from(three) << 16
        }
    }
}

/// `a == b`, in line: most strings are short, and a call of the C library costs more than the comparison.
#[inline(always)]
fn are_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() || last_word(a) != last_word(b) {
        return false;
    }
    let (mut a, mut b) = (a, b);
    while let (Some((first, behind_a)), Some((second, behind_b))) =
        (a.split_first_chunk::<8>(), b.split_first_chunk::<8>())
    {
        if first != second {
            return false;
        }
        (a, b) = (behind_a, behind_b);
    }
    true
}

/// A slot of the string table: an address, and above it the upper 16 bits of the hash, so that most strings that are not the one need
/// not be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot(u64);

impl Slot {
    const EMPTY: Slot = Slot(0);
    const DELETED: Slot = Slot(8);

    fn new(string: *mut LuaString, hash: u32) -> Slot {
        Slot(string as u64 | u64::from(hash >> 16) << 48)
    }
    fn string(self) -> Option<*mut LuaString> {
        let is_string = self != Slot::EMPTY && self != Slot::DELETED;
        is_string.then_some((self.0 & 0xffff_ffff_ffff) as *mut LuaString)
    }
    fn may_be(self, hash: u32) -> bool {
        self.0 >> 48 == u64::from(hash >> 16)
    }
}

/// Open-addressing set of the interned strings.
pub struct StringTable {
    slots: Vec<Slot>,
    count: usize,
    /// Hash seed.
    pub seed: u64,
    purge_position: usize,
    /// Live strings that the purge in progress has seen.
    kept: usize,
}

impl StringTable {
    /// An empty table.
    pub fn new(seed: u64) -> StringTable {
        StringTable {
            slots: vec![Slot::EMPTY; 1024],
            count: 0,
            seed,
            purge_position: 0,
            kept: 0,
        }
    }
    /// Number of slots in use, deleted ones included.
    pub fn len(&self) -> usize {
        self.count
    }
    /// Whether no slot is in use.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Bytes of the table itself.
    pub fn size_bytes(&self) -> usize {
        self.slots.len() * 8
    }
    /// The interned string with this content.
    #[inline]
    pub fn find(&self, bytes: &[u8], hash: u32) -> Option<*mut LuaString> {
        let mask = self.slots.len() - 1;
        let mut position = hash as usize & mask;
        loop {
            let slot = self.slots[position];
            if slot == Slot::EMPTY {
                return None;
            }
            if slot.may_be(hash)
                && let Some(string) = slot.string()
            {
                // SAFETY: I3: the table holds only live string objects.
                let (own_hash, own) = unsafe { ((*string).hash, LuaString::bytes(string)) };
                if own_hash == hash && are_equal(own, bytes) {
                    return Some(string);
                }
            }
            position = (position + 1) & mask;
        }
    }
    /// Adds a string that [`StringTable::find`] did not find.
    pub fn insert(&mut self, string: *mut LuaString) {
        if (self.count + 1) * 3 > self.slots.len() * 2 {
            self.rebuild();
        }
        // SAFETY: I3: `string` is a live, fully written string object.
        let hash = unsafe { (*string).hash };
        let mask = self.slots.len() - 1;
        let mut position = hash as usize & mask;
        while self.slots[position].string().is_some() {
            position = (position + 1) & mask;
        }
        self.count += usize::from(self.slots[position] == Slot::EMPTY);
        self.slots[position] = Slot::new(string, hash);
    }
    fn rebuild(&mut self) {
        let live: Vec<*mut LuaString> =
            self.slots.iter().filter_map(|slot| slot.string()).collect();
        let mut size = 1024;
        while live.len() * 2 >= size {
            size *= 2;
        }
        self.slots = vec![Slot::EMPTY; size];
        let mask = size - 1;
        self.count = live.len();
        for string in live {
            // SAFETY: I3: live string object.
            let hash = unsafe { (*string).hash };
            let mut position = hash as usize & mask;
            while self.slots[position] != Slot::EMPTY {
                position = (position + 1) & mask;
            }
            self.slots[position] = Slot::new(string, hash);
        }
        // A purge in progress starts again: positions have changed.
        self.purge_start();
    }
    /// Starts the removal of dead strings.
    pub fn purge_start(&mut self) {
        self.purge_position = 0;
        self.kept = 0;
    }
    /// Looks at up to `budget` slots and removes strings that `is_live` denies; true when done. A table that has become much too
    /// large shrinks then.
    pub fn purge_step(&mut self, budget: usize, is_live: impl Fn(*mut LuaString) -> bool) -> bool {
        let end = (self.purge_position + budget).min(self.slots.len());
        for slot in &mut self.slots[self.purge_position..end] {
            let Some(string) = slot.string() else {
                continue;
            };
            if is_live(string) {
                self.kept += 1;
            } else {
                *slot = Slot::DELETED;
            }
        }
        self.purge_position = end;
        let is_done = end == self.slots.len();
        if is_done && self.slots.len() > 4096 && self.kept * 8 < self.slots.len() {
            self.rebuild();
        }
        is_done
    }
    /// Every live entry.
    pub fn iter(&self) -> impl Iterator<Item = *mut LuaString> + '_ {
        self.slots.iter().filter_map(|slot| slot.string())
    }
}

#[cfg(test)]
mod tests {
    use super::{are_equal, hash_bytes};

    #[test]
    fn hashes_spread() {
        let mut seen = std::collections::HashSet::new();
        for index in 0..100_000u32 {
            seen.insert(hash_bytes(format!("key{index}").as_bytes(), 1));
        }
        assert!(seen.len() > 99_900);
        assert_ne!(hash_bytes(b"", 1), hash_bytes(b"\0", 1));
        assert_ne!(hash_bytes(b"a", 1), hash_bytes(b"a\0", 1));
        for length in 1..40 {
            let text: Vec<u8> = (0..length).collect();
            for changed in 0..text.len() {
                let mut other = text.clone();
                other[changed] ^= 1;
                assert_ne!(
                    hash_bytes(&text, 1),
                    hash_bytes(&other, 1),
                    "{length} {changed}"
                );
                assert!(!are_equal(&text, &other) && are_equal(&text, &text.clone()));
            }
        }
    }
}
