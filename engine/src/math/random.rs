//! LÖVE's generator of random numbers: 64 bits of state, xorshift with a multiplied result (xorshift64*).
//!
//! A seed is not used as it is: neighbouring seeds would give similar sequences, so it goes through Thomas Wang's
//! integer hash first. The state that a program saves and restores is the raw one.

/// A generator. Equal states give equal sequences.
#[derive(Clone, Copy, Debug)]
pub struct RandomGenerator {
    seed: u64,
    state: u64,
    /// The second number of the last pair of normally distributed ones.
    spare_normal: Option<f64>,
}

/// Thomas Wang's hash of 64 bits.
fn wang_hash(mut key: u64) -> u64 {
    key = (!key).wrapping_add(key << 21);
    key ^= key >> 24;
    key = key.wrapping_mul(265);
    key ^= key >> 14;
    key = key.wrapping_mul(21);
    key ^= key >> 28;
    key.wrapping_add(key << 31)
}

impl Default for RandomGenerator {
    /// The generator that `love.math.newRandomGenerator()` makes without a seed.
    fn default() -> Self {
        Self::with_seed(0x0139_408d_cbbf_7a44)
    }
}

impl RandomGenerator {
    /// A generator with a seed.
    pub fn with_seed(seed: u64) -> Self {
        let mut state = wang_hash(seed);
        // Zero would stay zero for ever.
        while state == 0 {
            state = wang_hash(state);
        }
        Self {
            seed,
            state,
            spare_normal: None,
        }
    }

    /// A generator that continues from a state.
    pub fn with_state(state: u64) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// Continues from a state; the seed stays.
    pub fn set_state(&mut self, state: u64) {
        self.state = state;
        self.spare_normal = None;
    }

    /// The state.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// The seed that was set last.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(2_685_821_657_736_338_717)
    }

    /// A number from 0 up to 1, without 1.
    pub fn random(&mut self) -> f64 {
        // 52 random bits below the exponent of 1, which gives a number from 1 to 2.
        f64::from_bits((0x3ff << 52) | (self.bits() >> 12)) - 1.0
    }

    /// A normally distributed number (Box and Muller).
    pub fn random_normal(&mut self, deviation: f64) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare * deviation;
        }
        let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * (1.0 - self.random());
        self.spare_normal = Some(radius * angle.cos());
        radius * angle.sin() * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_is_loves() {
        let mut generator = RandomGenerator::with_seed(7);
        assert!((generator.random() - 0.186978).abs() < 1e-6);
        generator.random();
        assert_eq!(generator.state(), 0xa91579e41e6dbc79);
        assert!((generator.random_normal(1.0) - 0.588696).abs() < 1e-6);
    }

    #[test]
    fn a_state_continues() {
        let mut generator = RandomGenerator::with_state(1);
        assert!((generator.random() - 0.280835).abs() < 1e-6);
        assert_eq!(generator.state(), 0x2000001);
    }
}
