//! The sRGB curve, for one channel from 0 to 1.

/// From a stored value to one proportional to light.
pub fn gamma_to_linear(channel: f32) -> f32 {
    match channel.clamp(0.0, 1.0) {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    }
}

/// From a value proportional to light to a stored one.
pub fn linear_to_gamma(channel: f32) -> f32 {
    match channel.clamp(0.0, 1.0) {
        low if low <= 0.0031308 => low * 12.92,
        high => 1.055 * high.powf(1.0 / 2.4) - 0.055,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_love() {
        for (stored, light) in [
            (0.5, 0.214041),
            (0.2, 0.0331048),
            (0.9, 0.787412),
            (0.0, 0.0),
            (7.0, 1.0),
        ] {
            assert!((gamma_to_linear(stored) - light).abs() < 1e-6, "{stored}");
        }
        for (light, stored) in [(0.5, 0.735357), (0.2, 0.484529), (0.01, 0.0998528)] {
            assert!((linear_to_gamma(light) - stored).abs() < 1e-6, "{light}");
        }
    }
}
