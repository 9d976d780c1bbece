//! Sound: decoding, mixing, the device.
//!
//! ```text
//! decode.rs      Ogg, WAV, MP3, FLAC → samples or a stream
//! mixer.rs       voices → stereo frames, or silent time; sends.rs: what voices send to effects
//! effect.rs      echo, reverb, chorus …; effect_settings.rs: their parameters
//! device.rs      device thread · paced silence where there is no device
//! sound_data.rs  samples that games read and write
//! ```
//!
//! The device is opened when a game first plays something. Under a fixed clock there is none: `Audio::advance` moves the
//! voices by the frame's time.

mod decode;
mod device;
mod effect;
mod effect_settings;
mod filter;
mod mixer;
mod sends;
mod sound_data;
mod space;
mod tracker;

pub use decode::{Decoder, FileBytes, Samples, decode};
pub use device::{SharedMixer, lock, names as device_names};
pub use effect_settings::{
    EffectKind, EffectSettings, KINDS as EFFECT_KINDS, Parameter, ParameterKind, VOLUME, WAVEFORMS,
};
pub use filter::{Filter, FilterKind, FilterSettings};
pub use mixer::{MOST_PLAYING_VOICES, Mixer, Queue, VoiceId, VoiceSource};
pub use sends::{MOST_EFFECTS, MOST_SENDS};
pub use sound_data::SoundData;
pub use space::{Cone, DistanceModel, Heard, Listener, Place, Vector};

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard};

/// Frames a second before a device says otherwise.
const DEFAULT_RATE_HERTZ: u32 = 44_100;

/// The sound of one game.
pub struct Audio {
    mixer: SharedMixer,
    output: RefCell<Option<device::Output>>,
    follows_fixed_clock: bool,
}

impl Audio {
    /// Sound that plays on the machine's device, or follows a fixed clock.
    pub fn new(follows_fixed_clock: bool) -> Audio {
        Audio {
            mixer: Arc::new(Mutex::new(Mixer::new(DEFAULT_RATE_HERTZ))),
            output: RefCell::new(None),
            follows_fixed_clock,
        }
    }

    /// Sound for a thread's state: the same mixer.
    pub fn sharing(mixer: SharedMixer, follows_fixed_clock: bool) -> Audio {
        Audio {
            mixer,
            output: RefCell::new(None),
            follows_fixed_clock,
        }
    }

    /// The mixer, for another state.
    pub fn shared_mixer(&self) -> (SharedMixer, bool) {
        (self.mixer.clone(), self.follows_fixed_clock)
    }

    /// The mixer.
    pub fn mixer(&self) -> MutexGuard<'_, Mixer> {
        device::lock(&self.mixer)
    }

    /// Plays a voice, opening the device on first use. False when too many play.
    pub fn play(&self, voice: VoiceId) -> bool {
        if !self.follows_fixed_clock && self.mixer().claim_output() {
            *self.output.borrow_mut() = Some(device::start(&self.mixer));
        }
        self.mixer().play(voice)
    }

    /// The device that is used, or would be.
    pub fn device_name(&self) -> String {
        let chosen = self.mixer().device_name.clone();
        if chosen.is_empty() {
            device::default_name()
        } else {
            chosen
        }
    }

    /// Goes over to a device; the empty name is the system's choice. False if there is none of the name.
    pub fn choose_device(&self, name: &str) -> bool {
        if !name.is_empty() && !device_names().iter().any(|known| known == name) {
            return false;
        }
        self.mixer().device_name = name.to_owned();
        let was_open = self.output.borrow_mut().take().is_some();
        if was_open {
            *self.output.borrow_mut() = Some(device::start(&self.mixer));
        }
        true
    }

    /// How many voices play.
    pub fn playing_count(&self) -> usize {
        self.mixer().active_count().min(MOST_PLAYING_VOICES)
    }

    /// Gives the device back, so that another state may open it.
    fn close(&self) {
        if self.output.borrow_mut().take().is_some() {
            self.mixer().release_output();
        }
    }

    /// Lets time pass, under a fixed clock.
    pub fn advance(&self, seconds: f64) {
        if self.follows_fixed_clock {
            self.mixer().skip(seconds);
        }
    }
}

impl Drop for Audio {
    fn drop(&mut self) {
        self.close();
    }
}
