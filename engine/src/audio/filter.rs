//! Filters of sources: OpenAL's low-pass, high-pass and band-pass, which turn the highs and lows down by a factor.
//!
//! OpenAL says what a filter does at its reference frequencies (5,000 Hz for highs, 250 Hz for lows) and leaves the
//! shape open; here they are shelves of second order.

/// What a filter does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterSettings {
    /// Which it is.
    pub kind: FilterKind,
    /// Volume of everything.
    pub volume: f32,
    /// Volume of highs.
    pub high_gain: f32,
    /// Volume of lows.
    pub low_gain: f32,
}

/// Which filter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// Turns highs down.
    LowPass,
    /// Turns lows down.
    HighPass,
    /// Turns both down.
    BandPass,
}

const HIGH_HERTZ: f64 = 5000.0;
const LOW_HERTZ: f64 = 250.0;
/// Shelves cannot be deeper.
const LEAST_GAIN: f64 = 0.001;

/// One section of second order, for two channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    b: [f64; 3],
    a: [f64; 2],
    state: [[f64; 2]; 2],
}

impl Section {
    /// A shelf by the usual formulas for digital filters (R. Bristow-Johnson's), slope 1.
    pub(super) fn shelf(is_high: bool, hertz: f64, gain: f64, rate_hertz: f64) -> Section {
        let amplitude = gain.max(LEAST_GAIN).sqrt();
        let omega = std::f64::consts::TAU * hertz.min(rate_hertz * 0.45) / rate_hertz;
        let (sine, cosine) = omega.sin_cos();
        let cosine = if is_high { -cosine } else { cosine };
        let alpha = sine / 2.0 * 2.0_f64.sqrt();
        let root = 2.0 * amplitude.sqrt() * alpha;
        let (more, less) = (amplitude + 1.0, amplitude - 1.0);
        let sign = if is_high { -1.0 } else { 1.0 };
        let scale = 1.0 / (more + less * cosine + root);
        Section {
            b: [
                amplitude * (more - less * cosine + root) * scale,
                sign * 2.0 * amplitude * (less - more * cosine) * scale,
                amplitude * (more - less * cosine - root) * scale,
            ],
            a: [
                sign * -2.0 * (less + more * cosine) * scale,
                (more + less * cosine - root) * scale,
            ],
            state: [[0.0; 2]; 2],
        }
    }

    /// A section by what the formulas call b0, b1, b2, a0, a1, a2.
    fn normalised(b: [f64; 3], a: [f64; 3]) -> Section {
        Section {
            b: b.map(|factor| factor / a[0]),
            a: [a[1] / a[0], a[2] / a[0]],
            state: [[0.0; 2]; 2],
        }
    }

    /// Sine part and cosine of a frequency, for a quality.
    fn angle(hertz: f64, quality: f64, rate_hertz: f64) -> (f64, f64) {
        let omega = std::f64::consts::TAU * hertz.min(rate_hertz * 0.45) / rate_hertz;
        (omega.sin() / (2.0 * quality.max(0.01)), omega.cos())
    }

    /// Lets what is below a frequency pass.
    pub(super) fn low_pass(hertz: f64, rate_hertz: f64) -> Section {
        let (alpha, cosine) = Section::angle(hertz, std::f64::consts::FRAC_1_SQRT_2, rate_hertz);
        let side = (1.0 - cosine) / 2.0;
        Section::normalised(
            [side, 1.0 - cosine, side],
            [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
        )
    }

    /// Lets what is above a frequency pass.
    pub(super) fn high_pass(hertz: f64, rate_hertz: f64) -> Section {
        let (alpha, cosine) = Section::angle(hertz, std::f64::consts::FRAC_1_SQRT_2, rate_hertz);
        let side = (1.0 + cosine) / 2.0;
        Section::normalised(
            [side, -1.0 - cosine, side],
            [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
        )
    }

    /// Lets what is around a frequency pass.
    pub(super) fn band_pass(hertz: f64, quality: f64, rate_hertz: f64) -> Section {
        let (alpha, cosine) = Section::angle(hertz, quality, rate_hertz);
        Section::normalised(
            [alpha, 0.0, -alpha],
            [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
        )
    }

    /// Turns what is around a frequency up or down.
    pub(super) fn peak(hertz: f64, quality: f64, gain: f64, rate_hertz: f64) -> Section {
        let (alpha, cosine) = Section::angle(hertz, quality, rate_hertz);
        let amplitude = gain.max(LEAST_GAIN).sqrt();
        Section::normalised(
            [
                1.0 + alpha * amplitude,
                -2.0 * cosine,
                1.0 - alpha * amplitude,
            ],
            [
                1.0 + alpha / amplitude,
                -2.0 * cosine,
                1.0 - alpha / amplitude,
            ],
        )
    }

    pub(super) fn run(&mut self, channel: usize, sample: f64) -> f64 {
        let [first, second] = self.state[channel];
        let output = self.b[0] * sample + first;
        self.state[channel] = [
            self.b[1] * sample - self.a[0] * output + second,
            self.b[2] * sample - self.a[1] * output,
        ];
        output
    }
}

/// A filter at work.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What it does.
    pub settings: FilterSettings,
    rate_hertz: f64,
    sections: Vec<Section>,
}

impl Filter {
    /// A filter that has heard nothing.
    pub fn new(settings: FilterSettings, rate_hertz: f64) -> Filter {
        let [high_gain, low_gain] =
            [settings.high_gain, settings.low_gain].map(|gain| f64::from(gain).min(1.0));
        let high = Section::shelf(true, HIGH_HERTZ, high_gain, rate_hertz);
        let low = Section::shelf(false, LOW_HERTZ, low_gain, rate_hertz);
        let sections = match settings.kind {
            FilterKind::LowPass => vec![high],
            FilterKind::HighPass => vec![low],
            FilterKind::BandPass => vec![high, low],
        };
        Filter {
            settings,
            rate_hertz,
            sections,
        }
    }

    /// The next frame.
    pub fn run(&mut self, frame: (f32, f32), rate_hertz: f64) -> (f32, f32) {
        if rate_hertz != self.rate_hertz {
            *self = Filter::new(self.settings, rate_hertz);
        }
        let mut samples = [f64::from(frame.0), f64::from(frame.1)];
        for section in &mut self.sections {
            for (channel, sample) in samples.iter_mut().enumerate() {
                *sample = section.run(channel, *sample);
            }
        }
        let volume = f64::from(self.settings.volume);
        ((samples[0] * volume) as f32, (samples[1] * volume) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain of a tone, after the filter has settled.
    fn gain(settings: FilterSettings, hertz: f64) -> f64 {
        let mut filter = Filter::new(settings, 48_000.0);
        let mut most = 0.0_f32;
        for index in 0..48_000 {
            let tone = (std::f64::consts::TAU * hertz * f64::from(index) / 48_000.0).sin() as f32;
            let (left, right) = filter.run((tone, tone), 48_000.0);
            assert_eq!(left, right);
            if index > 24_000 {
                most = most.max(left.abs());
            }
        }
        f64::from(most)
    }

    #[test]
    fn lows_and_highs_are_turned_down() {
        let mut settings = FilterSettings {
            kind: FilterKind::LowPass,
            volume: 0.5,
            high_gain: 0.1,
            low_gain: 0.2,
        };
        assert!((gain(settings, 100.0) - 0.5).abs() < 0.01);
        assert!((gain(settings, 20_000.0) - 0.05).abs() < 0.01);
        settings.kind = FilterKind::HighPass;
        assert!((gain(settings, 20_000.0) - 0.5).abs() < 0.01);
        assert!((gain(settings, 20.0) - 0.1).abs() < 0.01);
        settings.kind = FilterKind::BandPass;
        assert!((gain(settings, 20.0) - 0.1).abs() < 0.01);
        assert!((gain(settings, 20_000.0) - 0.05).abs() < 0.01);
    }
}
