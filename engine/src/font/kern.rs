//! The `kern` table of an outline font: adjustments between pairs of glyphs, in font units.
//!
//! Only what FreeType (and so LÖVE 11) reads: version 0 tables, horizontal subtables of format 0. Pairs of several
//! subtables add up unless a subtable says that it overrides. Newer fonts keep their pairs in `GPOS`; LÖVE 11 does not
//! look there, so neither does this.
//!
//! Example: in Vera the pair (A, V) is −125 of 2048 units.
//!
//! Invariant: any bytes are accepted; a damaged table yields the pairs before the damage.

use rustc_hash::FxHashMap;

/// Pairs with their adjustment.
#[derive(Debug, Default)]
pub struct KernTable {
    pairs: FxHashMap<(u16, u16), i32>,
}

/// Coverage bits: horizontal and format 0, everything else clear except "override".
const HORIZONTAL_FORMAT_0: u16 = 0x0001;
const OVERRIDE: u16 = 0x0008;
/// FreeType looks at no more subtables than this.
const MAXIMUM_SUBTABLES: usize = 32;

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

impl KernTable {
    /// Reads the table; `None` bytes mean a font without one.
    pub fn parse(table: Option<&[u8]>) -> Self {
        let mut kern = Self::default();
        if let Some(table) = table {
            // The result only says where the table ended; what was read before stays.
            let _ = kern.read_subtables(table);
        }
        kern
    }

    fn read_subtables(&mut self, table: &[u8]) -> Option<()> {
        let count = usize::from(word(table, 2)?).min(MAXIMUM_SUBTABLES);
        let mut start = 4;
        for _ in 0..count {
            let length = usize::from(word(table, start + 2)?);
            let coverage = word(table, start + 4)?;
            if length <= 14 {
                return None;
            }
            if coverage & !OVERRIDE == HORIZONTAL_FORMAT_0 {
                // Big tables overflow their 16-bit length, so the number of pairs decides and not the length.
                let pairs = word(table, start + 6)?;
                for index in 0..usize::from(pairs) {
                    let at = start + 14 + index * 6;
                    let key = (word(table, at)?, word(table, at + 2)?);
                    let value = i32::from(word(table, at + 4)? as i16);
                    let entry = self.pairs.entry(key).or_insert(0);
                    *entry = if coverage & OVERRIDE == 0 {
                        *entry + value
                    } else {
                        value
                    };
                }
            }
            start += length;
        }
        Some(())
    }

    /// Adjustment between two glyphs in font units.
    pub fn pair(&self, left: u16, right: u16) -> i32 {
        self.pairs.get(&(left, right)).copied().unwrap_or(0)
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(coverage: u16, pairs: &[(u16, u16, i16)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in [
            0,
            1,
            0,
            14 + 6 * pairs.len() as u16,
            coverage,
            pairs.len() as u16,
            0,
            0,
            0,
        ] {
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        for (left, right, value) in pairs {
            bytes.extend_from_slice(&left.to_be_bytes());
            bytes.extend_from_slice(&right.to_be_bytes());
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn pairs_are_found() {
        let kern = KernTable::parse(Some(&table(1, &[(1, 2, -5), (3, 4, 7)])));
        assert_eq!(
            (kern.pair(1, 2), kern.pair(3, 4), kern.pair(2, 1)),
            (-5, 7, 0)
        );
    }

    #[test]
    fn vertical_tables_and_damage_are_passed_over() {
        assert!(KernTable::parse(Some(&table(0, &[(1, 2, -5)]))).is_empty());
        assert!(KernTable::parse(None).is_empty());
        let whole = table(1, &[(1, 2, -5), (3, 4, 7)]);
        for length in 0..whole.len() {
            let kern = KernTable::parse(Some(&whole[..length]));
            assert_eq!(kern.pair(3, 4), 0);
        }
    }
}
