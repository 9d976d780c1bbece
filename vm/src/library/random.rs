//! The generator behind `math.random`: LuaJIT's combined Tausworthe generator with a period of 2^223.
//!
//! Games rely on the sequence that follows a seed (level generators, replays), so this is the same sequence
//! that LuaJIT gives, bit for bit.
//!
//! ```
//! use rlove_vm::library::random::TauswortheGenerator;
//! let mut generator = TauswortheGenerator::from_seed(42.0);
//! let first = generator.next_unit();
//! assert!((0.0..1.0).contains(&first));
//! ```
//!
//! Reference: P. L'Ecuyer, "Tables of Maximally-Equidistributed Combined LFSR Generators", 1991, table 3, 1st
//! entry: four shift registers of 63, 58, 55 and 47 bits.
//!
//! What it does not do: `love.math.random`, which is a different generator and belongs to the engine.

/// The state of the generator: four 64-bit shift registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TauswortheGenerator {
    registers: [u64; 4],
}

/// (k, q, s) of each register: its length in bits, and the two shifts of its recurrence.
const COMPONENTS: [(u32, u32, u32); 4] = [(63, 31, 18), (58, 19, 28), (55, 24, 7), (47, 21, 8)];

impl Default for TauswortheGenerator {
    /// The state at program start: seed 0.
    fn default() -> Self {
        Self::from_seed(0.0)
    }
}

impl TauswortheGenerator {
    /// The state that `math.randomseed(seed)` sets.
    #[must_use]
    pub fn from_seed(seed: f64) -> Self {
        let mut value = seed;
        let mut registers = [0; 4];
        for (register, (length_bits, _, _)) in registers.iter_mut().zip(COMPONENTS) {
            value = value * std::f64::consts::PI + std::f64::consts::E;
            // A register must not be zero in its upper `length_bits` bits, or it would stay zero.
            let smallest = 1u64 << (64 - length_bits);
            let bits = value.to_bits();
            *register = if bits < smallest {
                bits + smallest
            } else {
                bits
            };
        }
        let mut generator = Self { registers };
        for _ in 0..10 {
            generator.next_bits();
        }
        generator
    }

    /// The next 64 random bits.
    pub fn next_bits(&mut self) -> u64 {
        let mut result = 0;
        for (register, (k, q, s)) in self.registers.iter_mut().zip(COMPONENTS) {
            let z = *register;
            let next = (((z << q) ^ z) >> (k - s)) ^ ((z & (u64::MAX << (64 - k))) << s);
            *register = next;
            result ^= next;
        }
        result
    }

    /// The next number in `0 <= x < 1`, with 52 random bits.
    pub fn next_unit(&mut self) -> f64 {
        let bits = (self.next_bits() & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000;
        f64::from_bits(bits) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    include!("random_expected.rs");

    #[test]
    fn follows_luajit() {
        for (seed, expected) in EXPECTED {
            let mut generator = TauswortheGenerator::from_seed(seed);
            for (index, value) in expected.into_iter().enumerate() {
                assert_eq!(
                    generator.next_unit().to_bits(),
                    value,
                    "seed {seed}, number {index}"
                );
            }
        }
    }

    #[test]
    fn whole_numbers_follow_luajit() {
        let mut generator = TauswortheGenerator::from_seed(7.0);
        let rolls = [0; 10].map(|_| (generator.next_unit() * 6.0).floor() + 1.0);
        assert_eq!(rolls, ROLLS_OF_SEED_7);
        let between = [0; 5].map(|_| (generator.next_unit() * 7.0).floor() - 3.0);
        assert_eq!(between, BETWEEN_OF_SEED_7);
    }
}
