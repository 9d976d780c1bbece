//! Which effects there are and what voices send to them.
//!
//! A game names its effects; a voice sends its sound to some of them, each through a filter of its own. What is sent has the voice's
//! volume and place, but neither its own filter nor the volume of everything (the effect's output gets that).
//!
//! ```
//! use rlove::audio::{EffectKind, EffectSettings, Mixer, Samples, VoiceSource};
//! let mut mixer = Mixer::new(1000);
//! let echo = EffectSettings { kind: EffectKind::Echo, values: [("delay", 0.1)].into() };
//! assert!(mixer.set_effect("far", echo));
//! let samples = Samples { channels: 1, rate_hertz: 1000, data: vec![1.0] };
//! let voice = mixer.add(VoiceSource::Samples(samples.into()));
//! assert!(mixer.set_send(voice, "far", None) && mixer.play(voice));
//! let mut out = vec![0.0; 400];
//! mixer.render(&mut out);
//! assert!(out[0] == 1.0 && out[2] == 0.0 && (out[200] != 0.0 || out[201] != 0.0));
//! ```

use super::effect::Effect;
use super::effect_settings::EffectSettings;
use super::filter::{Filter, FilterSettings};
use super::mixer::{Mixer, VoiceId};
use std::collections::BTreeMap;

/// Most effects of a game, as in LÖVE.
pub const MOST_EFFECTS: usize = 64;
/// Most effects of a voice, as in LÖVE.
pub const MOST_SENDS: usize = 16;

/// That a voice sends to an effect.
#[derive(Clone)]
pub(super) struct Send {
    effect: String,
    filter: Option<Filter>,
}

impl Send {
    /// Sends the next frame.
    pub(super) fn run(
        &mut self,
        frame: (f32, f32),
        gains: (f32, f32),
        number: usize,
        rate_hertz: f64,
        effects: &mut BTreeMap<String, Effect>,
    ) {
        let Some(effect) = effects.get_mut(&self.effect) else {
            return;
        };
        let (left, right) = match &mut self.filter {
            Some(filter) => filter.run(frame, rate_hertz),
            None => frame,
        };
        if let Some([to_left, to_right]) = effect.input.get_mut(number * 2..number * 2 + 2) {
            *to_left += left * gains.0;
            *to_right += right * gains.1;
        }
    }
}

impl Mixer {
    /// Makes or changes an effect. False when there are too many.
    pub fn set_effect(&mut self, name: &str, settings: EffectSettings) -> bool {
        if !self.effects.contains_key(name) && self.effects.len() >= MOST_EFFECTS {
            return false;
        }
        let effect = Effect::new(settings, self.rate_hertz);
        self.effects.insert(name.to_owned(), effect);
        true
    }

    /// Takes an effect away, from voices too. False when there is none.
    pub fn remove_effect(&mut self, name: &str) -> bool {
        for voice in self.voices.values_mut() {
            voice.sends.retain(|send| send.effect != name);
        }
        self.effects.remove(name).is_some()
    }

    /// What an effect is.
    pub fn effect(&self, name: &str) -> Option<&EffectSettings> {
        self.effects.get(name).map(|effect| &effect.settings)
    }

    /// The effects' names, in order.
    pub fn effect_names(&self) -> Vec<String> {
        self.effects.keys().cloned().collect()
    }

    /// Makes a voice send to an effect. False when there is no such effect, or the voice sends to too many.
    pub fn set_send(&mut self, id: VoiceId, name: &str, filter: Option<FilterSettings>) -> bool {
        let rate_hertz = self.rate_hertz;
        let Some(voice) = self.voices.get_mut(&id) else {
            return false;
        };
        if !self.effects.contains_key(name) {
            return false;
        }
        let filter = filter.map(|settings| Filter::new(settings, rate_hertz));
        if let Some(send) = voice.sends.iter_mut().find(|send| send.effect == name) {
            send.filter = filter;
            return true;
        }
        if voice.sends.len() >= MOST_SENDS {
            return false;
        }
        voice.sends.push(Send {
            effect: name.to_owned(),
            filter,
        });
        true
    }

    /// Makes a voice no longer send to an effect. False when it did not.
    pub fn remove_send(&mut self, id: VoiceId, name: &str) -> bool {
        let Some(voice) = self.voices.get_mut(&id) else {
            return false;
        };
        let before = voice.sends.len();
        voice.sends.retain(|send| send.effect != name);
        voice.sends.len() < before
    }

    /// The filter of what a voice sends to an effect; `None` if it does not send there.
    pub fn send(&self, id: VoiceId, name: &str) -> Option<Option<FilterSettings>> {
        let sends = &self.voices.get(&id)?.sends;
        let send = sends.iter().find(|send| send.effect == name)?;
        Some(send.filter.as_ref().map(|filter| filter.settings))
    }

    /// Names of the effects that a voice sends to, in order.
    pub fn sends(&self, id: VoiceId) -> Vec<String> {
        let mut names: Vec<String> = self.voices.get(&id).map_or_else(Vec::new, |voice| {
            voice.sends.iter().map(|send| send.effect.clone()).collect()
        });
        names.sort();
        names
    }
}
