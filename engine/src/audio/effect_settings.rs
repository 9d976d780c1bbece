//! What effects there are and their parameters, with the names of LÖVE and the ranges and defaults of OpenAL's effects extension.
//!
//! One table a kind: LÖVE's argument checks, the answers of `getEffect` and the effects themselves all read it.

use std::collections::BTreeMap;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A number; values outside the range are moved into it.
    Number {
        /// Least value.
        least: f32,
        /// Greatest value.
        most: f32,
        /// Value when nothing is said.
        default: f32,
    },
    /// A switch.
    Switch {
        /// Value when nothing is said.
        default: bool,
    },
    /// The form of an oscillation, as a number of [`WAVEFORMS`].
    Waveform {
        /// Value when nothing is said.
        default: f32,
    },
}

/// One parameter of a kind of effect.
pub struct Parameter {
    /// LÖVE's name.
    pub name: &'static str,
    /// What it is.
    pub kind: ParameterKind,
}

/// LÖVE's names of oscillations.
pub const WAVEFORMS: [&str; 4] = ["sine", "triangle", "sawtooth", "square"];

/// A kind of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A room.
    Reverb,
    /// Slightly delayed voices whose delay swings.
    Chorus,
    /// An overdriven amplifier.
    Distortion,
    /// Two repeating echoes.
    Echo,
    /// As chorus, with shorter delays and feedback.
    Flanger,
    /// Multiplication with a tone.
    RingModulator,
    /// Evens loudness out.
    Compressor,
    /// Four bands.
    Equalizer,
}

/// LÖVE's names, in its order.
pub const KINDS: [(&str, EffectKind); 8] = [
    ("reverb", EffectKind::Reverb),
    ("chorus", EffectKind::Chorus),
    ("distortion", EffectKind::Distortion),
    ("echo", EffectKind::Echo),
    ("flanger", EffectKind::Flanger),
    ("ringmodulator", EffectKind::RingModulator),
    ("compressor", EffectKind::Compressor),
    ("equalizer", EffectKind::Equalizer),
];

const fn number(name: &'static str, least: f32, most: f32, default: f32) -> Parameter {
    Parameter {
        name,
        kind: ParameterKind::Number {
            least,
            most,
            default,
        },
    }
}

const fn waveform(default: f32) -> Parameter {
    Parameter {
        name: "waveform",
        kind: ParameterKind::Waveform { default },
    }
}

/// What every kind has besides its type.
pub const VOLUME: Parameter = number("volume", 0.0, 1.0, 1.0);

static REVERB: &[Parameter] = &[
    number("gain", 0.0, 1.0, 0.32),
    number("highgain", 0.0, 1.0, 0.89),
    number("density", 0.0, 1.0, 1.0),
    number("diffusion", 0.0, 1.0, 1.0),
    number("decaytime", 0.1, 20.0, 1.49),
    number("decayhighratio", 0.1, 2.0, 0.83),
    number("earlygain", 0.0, 3.16, 0.05),
    number("earlydelay", 0.0, 0.3, 0.007),
    number("lategain", 0.0, 10.0, 1.26),
    number("latedelay", 0.0, 0.1, 0.011),
    number("roomrolloff", 0.0, 10.0, 0.0),
    number("airabsorption", 0.892, 1.0, 0.994),
    Parameter {
        name: "highlimit",
        kind: ParameterKind::Switch { default: false },
    },
];
static CHORUS: &[Parameter] = &[
    waveform(1.0),
    number("phase", -180.0, 180.0, 90.0),
    number("rate", 0.0, 10.0, 1.1),
    number("depth", 0.0, 1.0, 0.1),
    number("feedback", -1.0, 1.0, 0.25),
    number("delay", 0.0, 0.016, 0.016),
];
static FLANGER: &[Parameter] = &[
    waveform(1.0),
    number("phase", -180.0, 180.0, 0.0),
    number("rate", 0.0, 10.0, 0.27),
    number("depth", 0.0, 1.0, 1.0),
    number("feedback", -1.0, 1.0, -0.5),
    number("delay", 0.0, 0.004, 0.002),
];
static DISTORTION: &[Parameter] = &[
    number("gain", 0.01, 1.0, 0.05),
    number("edge", 0.0, 1.0, 0.2),
    number("lowcut", 80.0, 24_000.0, 8000.0),
    number("center", 80.0, 24_000.0, 3600.0),
    number("bandwidth", 80.0, 24_000.0, 3600.0),
];
static ECHO: &[Parameter] = &[
    number("delay", 0.0, 0.207, 0.1),
    number("tapdelay", 0.0, 0.404, 0.1),
    number("damping", 0.0, 0.99, 0.5),
    number("feedback", 0.0, 1.0, 0.5),
    number("spread", -1.0, 1.0, -1.0),
];
static RING_MODULATOR: &[Parameter] = &[
    waveform(0.0),
    number("frequency", 0.0, 8000.0, 440.0),
    number("highcut", 0.0, 24_000.0, 800.0),
];
static COMPRESSOR: &[Parameter] = &[Parameter {
    name: "enable",
    kind: ParameterKind::Switch { default: true },
}];
static EQUALIZER: &[Parameter] = &[
    number("lowgain", 0.126, 7.943, 1.0),
    number("lowcut", 50.0, 800.0, 200.0),
    number("lowmidgain", 0.126, 7.943, 1.0),
    number("lowmidfrequency", 200.0, 3000.0, 500.0),
    number("lowmidbandwidth", 0.01, 1.0, 1.0),
    number("highmidgain", 0.126, 7.943, 1.0),
    number("highmidfrequency", 1000.0, 8000.0, 3000.0),
    number("highmidbandwidth", 0.01, 1.0, 1.0),
    number("highgain", 0.126, 7.943, 1.0),
    number("highcut", 4000.0, 16_000.0, 6000.0),
];

impl EffectKind {
    /// Its parameters besides the volume.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            EffectKind::Reverb => REVERB,
            EffectKind::Chorus => CHORUS,
            EffectKind::Distortion => DISTORTION,
            EffectKind::Echo => ECHO,
            EffectKind::Flanger => FLANGER,
            EffectKind::RingModulator => RING_MODULATOR,
            EffectKind::Compressor => COMPRESSOR,
            EffectKind::Equalizer => EQUALIZER,
        }
    }

    /// LÖVE's name.
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}

/// An effect as a game describes it: switches are 0 and 1, waveforms numbers of [`WAVEFORMS`].
#[derive(Clone, Debug, PartialEq)]
pub struct EffectSettings {
    /// Which it is.
    pub kind: EffectKind,
    /// What the game said, by LÖVE's names.
    pub values: BTreeMap<&'static str, f32>,
}

impl EffectSettings {
    /// A parameter: what the game said, moved into the range, or the default.
    pub fn value(&self, name: &str) -> f32 {
        let parameters = self.kind.parameters().iter();
        let Some(parameter) = parameters
            .chain(std::iter::once(&VOLUME))
            .find(|parameter| parameter.name == name)
        else {
            return 0.0;
        };
        let given = self
            .values
            .get(name)
            .copied()
            .filter(|value| value.is_finite());
        match parameter.kind {
            ParameterKind::Number {
                least,
                most,
                default,
            } => given.unwrap_or(default).clamp(least, most),
            ParameterKind::Switch { default } => given.unwrap_or(f32::from(u8::from(default))),
            ParameterKind::Waveform { default } => given.unwrap_or(default),
        }
    }
}
