//! LÖVE's random numbers: xorshift64* with a hashed seed, bit for bit the sequence of LÖVE 11.
//!
//! The generator is Marsaglia's xorshift with Vigna's multiplier; seeds are hashed with Thomas Wang's 64-bit mix, so that
//! near seeds give far sequences.

/// A generator and its seed.
#[derive(Clone, Debug)]
pub struct RandomGenerator {
    seed: u64,
    state: u64,
    /// The second number of the last pair of normal numbers.
    spare_normal: Option<f64>,
}

/// Seed of a new generator in LÖVE.
const DEFAULT_SEED: u64 = 0x0139_408D_CBBF_7A44;

impl Default for RandomGenerator {
    fn default() -> RandomGenerator {
        RandomGenerator::new(DEFAULT_SEED)
    }
}

fn hash(mut key: u64) -> u64 {
    key = (!key).wrapping_add(key << 21);
    key ^= key >> 24;
    key = key.wrapping_mul(265);
    key ^= key >> 14;
    key = key.wrapping_mul(21);
    key ^= key >> 28;
    key.wrapping_add(key << 31)
}

impl RandomGenerator {
    /// A generator with a seed.
    pub fn new(seed: u64) -> RandomGenerator {
        let mut generator = RandomGenerator {
            seed,
            state: 0,
            spare_normal: None,
        };
        generator.set_seed(seed);
        generator
    }

    /// Starts the sequence of a seed.
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
        let mut state = hash(seed);
        while state == 0 {
            state = hash(state);
        }
        self.state = state;
        self.spare_normal = None;
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The state as LÖVE prints it.
    pub fn state(&self) -> String {
        format!("0x{:016x}", self.state)
    }

    /// Takes a printed state. False if it is none.
    pub fn set_state(&mut self, state: &str) -> bool {
        let Some(digits) = state.strip_prefix("0x") else {
            return false;
        };
        if digits.is_empty()
            || digits.len() > 16
            || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        {
            return false;
        }
        self.state = u64::from_str_radix(digits, 16).unwrap_or(0);
        self.spare_normal = None;
        true
    }

    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(2_685_821_657_736_338_717)
    }

    /// A number of at least 0 and below 1.
    pub fn random(&mut self) -> f64 {
        f64::from_bits((0x3FF << 52) | (self.next_bits() >> 12)) - 1.0
    }

    /// A normally distributed number around 0.
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
