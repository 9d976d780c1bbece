//! Effects at work: what sources send into them comes out changed, beside the sources' own sound.
//!
//! OpenAL's effects extension says what each parameter means and leaves the construction open; these are the usual ones.
//!
//! ```text
//! echo           a delay line with two taps, one to each side, and damped feedback
//! chorus,flanger a delay line whose delay swings, one phase a side
//! distortion     low-pass, a curve that saturates, band-pass
//! reverb         early taps, and eight delay lines that feed each other through a Householder matrix
//! ring modulator high-pass, times a tone · equaliser: four sections · compressor: a gain that follows loudness
//! ```
//!
//! All state is stereo frames at the output's rate; a new rate makes an effect anew. Not here: parameters
//! (`effect_settings`), who sends what (`mixer`).

use super::effect_settings::{EffectKind, EffectSettings};
use super::filter::Section;
use std::f64::consts::{FRAC_PI_2, TAU};

type Frame = [f64; 2];

/// A line of samples that come out later.
struct DelayLine {
    samples: Vec<f64>,
    next: usize,
}

impl DelayLine {
    fn new(most_frames: f64) -> DelayLine {
        DelayLine {
            samples: vec![0.0; most_frames.max(0.0).ceil() as usize + 4],
            next: 0,
        }
    }

    fn push(&mut self, sample: f64) {
        self.samples[self.next] = sample;
        self.next = (self.next + 1) % self.samples.len();
    }

    /// The sample that was pushed `frames` before the next one.
    fn tap(&self, frames: usize) -> f64 {
        let count = self.samples.len();
        let back = frames.clamp(1, count - 1);
        self.samples[(self.next + count - back) % count]
    }

    /// As `tap`, between samples.
    fn tap_between(&self, frames: f64) -> f64 {
        let whole = frames.max(1.0).floor();
        let part = frames.max(1.0) - whole;
        let (near, far) = (self.tap(whole as usize), self.tap(whole as usize + 1));
        near + (far - near) * part
    }
}

/// The form of an oscillation at a phase from 0 to 1, from -1 to 1.
fn wave(form: f32, phase: f64) -> f64 {
    let phase = phase.rem_euclid(1.0);
    match form as u32 {
        1 => {
            if phase < 0.5 {
                4.0 * phase - 1.0
            } else {
                3.0 - 4.0 * phase
            }
        }
        2 => 2.0 * phase - 1.0,
        3 => {
            if phase < 0.5 {
                1.0
            } else {
                -1.0
            }
        }
        _ => (phase * TAU).sin(),
    }
}

/// How loud a sound in the middle and at a side is heard left and right; `side` from -1 (left) to 1.
fn pan(side: f64) -> Frame {
    let angle = (side.clamp(-1.0, 1.0) + 1.0) * FRAC_PI_2 / 2.0;
    [angle.cos(), angle.sin()]
}

struct Echo {
    line: DelayLine,
    first_frames: usize,
    second_frames: usize,
    pans: [Frame; 2],
    feedback: f64,
    damping: f64,
    damped: f64,
}

struct Swing {
    lines: [DelayLine; 2],
    form: f32,
    phase: f64,
    phase_step: f64,
    side_phase: f64,
    delay_frames: f64,
    depth: f64,
    feedback: f64,
}

struct Distortion {
    before: Section,
    after: Section,
    edge: f64,
    gain: f64,
}

struct RingModulator {
    before: Option<Section>,
    form: f32,
    phase: f64,
    phase_step: f64,
}

struct Compressor {
    is_on: bool,
    envelope: f64,
    attack: f64,
    release: f64,
}

/// How many lines a room has.
const LINES: usize = 8;
/// Seconds of each line: lengths without a common beat.
const LINE_SECONDS: [f64; LINES] = [
    0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0617, 0.0683, 0.0797,
];
/// Early taps of a room: how much later than the first each is, and its side.
const EARLY: [(f64, f64); 4] = [(0.0, -0.4), (0.0067, 0.5), (0.0113, -0.7), (0.0179, 0.8)];

struct Reverb {
    input: Section,
    before: DelayLine,
    lines: Vec<DelayLine>,
    lengths: [usize; LINES],
    gains: [f64; LINES],
    damping: [f64; LINES],
    damped: [f64; LINES],
    early_frames: f64,
    late_frames: f64,
    early_gain: f64,
    late_gain: f64,
    rate_hertz: f64,
}

enum Process {
    Echo(Echo),
    Swing(Swing),
    Distortion(Distortion),
    RingModulator(RingModulator),
    Compressor(Compressor),
    Equalizer([Section; 4]),
    Reverb(Box<Reverb>),
}

/// An effect at work.
pub struct Effect {
    /// What it is.
    pub settings: EffectSettings,
    rate_hertz: f64,
    process: Process,
    /// What sources have sent for the present block: stereo frames.
    pub input: Vec<f32>,
    /// Frames since something was sent.
    quiet_frames: f64,
}

impl Effect {
    /// An effect that has heard nothing.
    pub fn new(settings: EffectSettings, rate_hertz: f64) -> Effect {
        let process = match settings.kind {
            EffectKind::Echo => Process::Echo(Echo::new(&settings, rate_hertz)),
            EffectKind::Chorus | EffectKind::Flanger => {
                Process::Swing(Swing::new(&settings, rate_hertz))
            }
            EffectKind::Distortion => Process::Distortion(Distortion::new(&settings, rate_hertz)),
            EffectKind::RingModulator => {
                Process::RingModulator(RingModulator::new(&settings, rate_hertz))
            }
            EffectKind::Compressor => Process::Compressor(Compressor {
                is_on: settings.value("enable") > 0.5,
                envelope: 1.0,
                attack: (-1.0 / (0.1 * rate_hertz)).exp(),
                release: (-1.0 / (0.2 * rate_hertz)).exp(),
            }),
            EffectKind::Equalizer => Process::Equalizer(equalizer(&settings, rate_hertz)),
            EffectKind::Reverb => Process::Reverb(Box::new(Reverb::new(&settings, rate_hertz))),
        };
        Effect {
            settings,
            rate_hertz,
            process,
            input: Vec::new(),
            quiet_frames: f64::INFINITY,
        }
    }

    /// Makes room for a block of `samples` numbers, at the output's rate.
    pub fn begin(&mut self, samples: usize, rate_hertz: f64) {
        if rate_hertz != self.rate_hertz {
            *self = Effect::new(self.settings.clone(), rate_hertz);
        }
        self.input.clear();
        self.input.resize(samples, 0.0);
    }

    /// Adds what becomes of the block to `stereo`.
    pub fn finish(&mut self, stereo: &mut [f32], master_volume: f32) {
        let is_quiet = self.input.iter().all(|&sample| sample == 0.0);
        if is_quiet {
            self.quiet_frames += (stereo.len() / 2) as f64;
            if self.quiet_frames > self.tail_seconds() * self.rate_hertz {
                return;
            }
        } else {
            self.quiet_frames = 0.0;
        }
        let volume = f64::from(self.settings.value("volume") * master_volume);
        let input = std::mem::take(&mut self.input);
        for (output, sent) in stereo.chunks_exact_mut(2).zip(input.chunks_exact(2)) {
            let frame = self.process.run([f64::from(sent[0]), f64::from(sent[1])]);
            output[0] += (frame[0] * volume) as f32;
            output[1] += (frame[1] * volume) as f32;
        }
        self.input = input;
    }

    /// How long it can be heard after its last input.
    fn tail_seconds(&self) -> f64 {
        match self.settings.kind {
            EffectKind::Reverb => f64::from(self.settings.value("decaytime")) * 2.0 + 1.0,
            EffectKind::Echo => 60.0,
            _ => 5.0,
        }
    }
}

impl Process {
    fn run(&mut self, frame: Frame) -> Frame {
        match self {
            Process::Echo(echo) => echo.run(frame),
            Process::Swing(swing) => swing.run(frame),
            Process::Distortion(distortion) => distortion.run(frame),
            Process::RingModulator(modulator) => modulator.run(frame),
            Process::Compressor(compressor) => compressor.run(frame),
            Process::Equalizer(sections) => {
                let mut frame = frame;
                for section in sections {
                    for (channel, sample) in frame.iter_mut().enumerate() {
                        *sample = section.run(channel, *sample);
                    }
                }
                frame
            }
            Process::Reverb(reverb) => reverb.run(frame),
        }
    }
}

impl Echo {
    fn new(settings: &EffectSettings, rate_hertz: f64) -> Echo {
        let value = |name| f64::from(settings.value(name));
        let first = value("delay") * rate_hertz;
        let second = first + value("tapdelay") * rate_hertz;
        let spread = value("spread");
        Echo {
            line: DelayLine::new(second + 1.0),
            first_frames: first as usize,
            second_frames: second as usize,
            pans: [pan(-spread), pan(spread)],
            feedback: value("feedback"),
            damping: value("damping"),
            damped: 0.0,
        }
    }

    fn run(&mut self, frame: Frame) -> Frame {
        let input = (frame[0] + frame[1]) * 0.5;
        // A delay of nothing is the sample itself.
        let tap = |frames: usize| {
            if frames == 0 {
                input
            } else {
                self.line.tap(frames)
            }
        };
        let (first, second) = (tap(self.first_frames), tap(self.second_frames));
        self.damped = second + (self.damped - second) * self.damping;
        self.line.push(input + self.damped * self.feedback);
        let [left, right] = self.pans;
        [
            first * left[0] + second * right[0],
            first * left[1] + second * right[1],
        ]
    }
}

impl Swing {
    fn new(settings: &EffectSettings, rate_hertz: f64) -> Swing {
        let value = |name| f64::from(settings.value(name));
        let delay_frames = value("delay") * rate_hertz;
        Swing {
            lines: [0, 1].map(|_| DelayLine::new(delay_frames * 2.0 + 4.0)),
            form: settings.value("waveform"),
            phase: 0.0,
            phase_step: value("rate") / rate_hertz,
            side_phase: value("phase") / 360.0,
            delay_frames,
            depth: value("depth"),
            // Feedback of everything would never end.
            feedback: value("feedback").clamp(-0.99, 0.99),
        }
    }

    fn run(&mut self, frame: Frame) -> Frame {
        let mut output = [0.0; 2];
        for (side, line) in self.lines.iter_mut().enumerate() {
            let phase = self.phase + self.side_phase * side as f64;
            let delay = self.delay_frames * (1.0 + self.depth * wave(self.form, phase));
            let delayed = line.tap_between(delay);
            line.push(frame[side] + delayed * self.feedback);
            output[side] = delayed;
        }
        self.phase = (self.phase + self.phase_step).fract();
        output
    }
}

impl Distortion {
    fn new(settings: &EffectSettings, rate_hertz: f64) -> Distortion {
        let value = |name| f64::from(settings.value(name));
        let edge = (value("edge") * FRAC_PI_2).sin().min(0.99);
        let (center, width) = (value("center"), value("bandwidth"));
        Distortion {
            before: Section::low_pass(value("lowcut"), rate_hertz),
            after: Section::band_pass(center, center / width, rate_hertz),
            edge: 2.0 * edge / (1.0 - edge),
            gain: value("gain"),
        }
    }

    fn run(&mut self, frame: Frame) -> Frame {
        let mut frame = frame;
        for (channel, sample) in frame.iter_mut().enumerate() {
            let mut bent = self.before.run(channel, *sample);
            for sign in [1.0, -1.0, -1.0] {
                bent = sign * (1.0 + self.edge) * bent / (1.0 + self.edge * bent.abs());
            }
            *sample = self.after.run(channel, bent) * self.gain;
        }
        frame
    }
}

impl RingModulator {
    fn new(settings: &EffectSettings, rate_hertz: f64) -> RingModulator {
        let cut = f64::from(settings.value("highcut"));
        RingModulator {
            before: (cut > 0.0).then(|| Section::high_pass(cut, rate_hertz)),
            form: settings.value("waveform"),
            phase: 0.0,
            phase_step: f64::from(settings.value("frequency")) / rate_hertz,
        }
    }

    fn run(&mut self, frame: Frame) -> Frame {
        let tone = wave(self.form, self.phase);
        self.phase = (self.phase + self.phase_step).fract();
        let mut frame = frame;
        for (channel, sample) in frame.iter_mut().enumerate() {
            if let Some(section) = &mut self.before {
                *sample = section.run(channel, *sample);
            }
            *sample *= tone;
        }
        frame
    }
}

impl Compressor {
    /// Loudness below a half is raised and above one lowered, at most twofold.
    fn run(&mut self, frame: Frame) -> Frame {
        let loudness = if self.is_on {
            frame[0].abs().max(frame[1].abs()).clamp(0.5, 2.0)
        } else {
            1.0
        };
        let pace = if loudness > self.envelope {
            self.attack
        } else {
            self.release
        };
        self.envelope = loudness + (self.envelope - loudness) * pace;
        frame.map(|sample| sample / self.envelope)
    }
}

fn equalizer(settings: &EffectSettings, rate_hertz: f64) -> [Section; 4] {
    let value = |name| f64::from(settings.value(name));
    // A width in octaves as a quality.
    let quality = |octaves: f64| {
        let ratio = 2.0_f64.powf(octaves);
        ratio.sqrt() / (ratio - 1.0)
    };
    [
        Section::shelf(false, value("lowcut"), value("lowgain"), rate_hertz),
        Section::peak(
            value("lowmidfrequency"),
            quality(value("lowmidbandwidth")),
            value("lowmidgain"),
            rate_hertz,
        ),
        Section::peak(
            value("highmidfrequency"),
            quality(value("highmidbandwidth")),
            value("highmidgain"),
            rate_hertz,
        ),
        Section::shelf(true, value("highcut"), value("highgain"), rate_hertz),
    ]
}

impl Reverb {
    fn new(settings: &EffectSettings, rate_hertz: f64) -> Reverb {
        let value = |name| f64::from(settings.value(name));
        let early_frames = value("earlydelay") * rate_hertz;
        let late_frames = early_frames + value("latedelay") * rate_hertz;
        // A dense room has long lines; a sparse one a third of that.
        let size = 1.0 / 3.0 + value("density") * 2.0 / 3.0;
        let lengths = LINE_SECONDS.map(|seconds| ((seconds * size * rate_hertz) as usize).max(8));
        let decay = value("decaytime");
        let high_decay = decay * value("decayhighratio");
        let gain_for = |length: usize, seconds: f64| {
            10.0_f64.powf(-3.0 * length as f64 / rate_hertz / seconds.max(0.01))
        };
        let gains = lengths.map(|length| gain_for(length, decay));
        // One pole whose loss at high frequencies makes up the difference of the decays.
        let damping = lengths.map(|length| {
            let ratio = gain_for(length, high_decay) / gain_for(length, decay);
            (1.0 - ratio.min(1.0)) / (1.0 + ratio.min(1.0))
        });
        let gain = value("gain");
        Reverb {
            input: Section::shelf(true, 5000.0, value("highgain"), rate_hertz),
            before: DelayLine::new(late_frames + 0.05 * rate_hertz),
            lines: lengths
                .iter()
                .map(|&length| DelayLine::new(length as f64))
                .collect(),
            lengths,
            gains,
            damping,
            damped: [0.0; LINES],
            early_frames,
            late_frames,
            early_gain: gain * value("earlygain"),
            late_gain: gain * value("lategain"),
            rate_hertz,
        }
    }

    fn run(&mut self, frame: Frame) -> Frame {
        let input = self.input.run(0, (frame[0] + frame[1]) * 0.5);
        self.before.push(input);
        let mut output = [0.0; 2];
        for (seconds, side) in EARLY {
            let tap = self
                .before
                .tap((self.early_frames + seconds * self.rate_hertz) as usize + 1);
            let [left, right] = pan(side);
            output[0] += tap * left * self.early_gain;
            output[1] += tap * right * self.early_gain;
        }
        let late = self.before.tap(self.late_frames as usize + 1);
        let mut taps = [0.0; LINES];
        for (index, line) in self.lines.iter().enumerate() {
            let tap = line.tap(self.lengths[index]) * self.gains[index];
            self.damped[index] = tap + (self.damped[index] - tap) * self.damping[index];
            taps[index] = self.damped[index];
        }
        let common = taps.iter().sum::<f64>() * 2.0 / LINES as f64;
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.push(late + taps[index] - common);
            output[index % 2] += taps[index] * self.late_gain / (LINES as f64).sqrt();
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const RATE: f64 = 8000.0;

    fn effect(kind: EffectKind, values: &[(&'static str, f32)]) -> Effect {
        let values: BTreeMap<_, _> = values.iter().copied().collect();
        Effect::new(EffectSettings { kind, values }, RATE)
    }

    /// What comes out for a sound that goes in on both sides.
    fn hear(effect: &mut Effect, input: impl Fn(usize) -> f32, frames: usize) -> Vec<[f32; 2]> {
        let mut heard = Vec::new();
        for block in 0..frames / 100 {
            effect.begin(200, RATE);
            for frame in 0..100 {
                let sample = input(block * 100 + frame);
                effect.input[frame * 2] = sample;
                effect.input[frame * 2 + 1] = sample;
            }
            let mut stereo = vec![0.0; 200];
            effect.finish(&mut stereo, 1.0);
            heard.extend(stereo.chunks(2).map(|frame| [frame[0], frame[1]]));
        }
        heard
    }

    fn click(frame: usize) -> f32 {
        f32::from(u8::from(frame == 0))
    }

    #[test]
    fn an_echo_comes_after_its_delays_and_returns_weaker() {
        let settings = [
            ("delay", 0.1),
            ("tapdelay", 0.2),
            ("feedback", 0.5),
            ("damping", 0.0),
        ];
        let heard = hear(&mut effect(EffectKind::Echo, &settings), click, 6000);
        let loud: Vec<usize> = (0..heard.len())
            .filter(|&frame| heard[frame][0].abs().max(heard[frame][1].abs()) > 0.01)
            .collect();
        // 0.1 s, 0.3 s, and both again 0.3 s later at half the volume.
        assert_eq!(&loud[..4], &[800, 2400, 3200, 4800]);
        assert!((heard[800][1] - 1.0).abs() < 1e-6 && heard[800][0].abs() < 1e-6);
        assert!((heard[2400][0] - 1.0).abs() < 1e-6);
        assert!((heard[3200][1] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_room_decays_by_sixty_decibels_in_its_decay_time() {
        let settings = [("decaytime", 0.5), ("decayhighratio", 1.0), ("gain", 1.0)];
        let heard = hear(&mut effect(EffectKind::Reverb, &settings), click, 8000);
        let power = |from: f64| -> f32 {
            let from = (from * RATE) as usize;
            heard[from..from + 400].iter().map(|f| f[0] * f[0]).sum()
        };
        let fall = 10.0 * (power(0.1) / power(0.6)).log10();
        assert!((fall - 60.0).abs() < 8.0, "{fall} dB in 0.5 s");
    }

    #[test]
    fn a_ring_modulator_moves_a_tone_to_sum_and_difference() {
        let settings = [("frequency", 300.0), ("highcut", 0.0)];
        let tone = |frame: usize| (TAU * 1000.0 * frame as f64 / RATE).sin() as f32;
        let heard = hear(
            &mut effect(EffectKind::RingModulator, &settings),
            tone,
            8000,
        );
        let level = |hertz: f64| {
            let (mut cosine, mut sine) = (0.0, 0.0);
            for (frame, sample) in heard.iter().enumerate() {
                let angle = TAU * hertz * frame as f64 / RATE;
                cosine += f64::from(sample[0]) * angle.cos();
                sine += f64::from(sample[0]) * angle.sin();
            }
            cosine.hypot(sine) * 2.0 / heard.len() as f64
        };
        assert!((level(700.0) - 0.5).abs() < 0.01 && (level(1300.0) - 0.5).abs() < 0.01);
        assert!(level(1000.0) < 0.01);
    }

    #[test]
    fn an_equalizer_turns_bands_and_a_compressor_evens_out() {
        let lows = |frame: usize| (TAU * 20.0 * frame as f64 / RATE).sin() as f32;
        let most = |heard: &[[f32; 2]]| heard[4000..].iter().fold(0.0f32, |m, f| m.max(f[0]));
        let mut boosted = effect(EffectKind::Equalizer, &[("lowgain", 4.0)]);
        assert!((most(&hear(&mut boosted, lows, 8000)) - 4.0).abs() < 0.1);
        let mut even = effect(EffectKind::Compressor, &[]);
        assert!(most(&hear(&mut even, |frame| lows(frame) * 0.1, 8000)) > 0.15);
        let mut off = effect(EffectKind::Compressor, &[("enable", 0.0)]);
        assert!((most(&hear(&mut off, lows, 8000)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn every_effect_stays_finite_at_its_limits() {
        for (_, kind) in super::super::effect_settings::KINDS {
            for value in [f32::MIN, 0.0, f32::MAX] {
                let values: Vec<_> = kind
                    .parameters()
                    .iter()
                    .map(|parameter| (parameter.name, value))
                    .collect();
                let mut effect = effect(kind, &values);
                let heard = hear(&mut effect, |frame| (frame % 7) as f32 - 3.0, 20_000);
                assert!(
                    heard.iter().flatten().all(|sample| sample.abs() < 1e4),
                    "{kind:?} {value}"
                );
            }
        }
    }
}
