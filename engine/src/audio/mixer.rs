//! All voices of a game and how they add up.
//!
//! A voice is what a `Source` plays: samples or a stream, a place in it, volume, pitch. `Mixer::render` adds the playing
//! voices into stereo frames at the output's rate, interpolating between source frames; `Mixer::skip` moves them on by the same
//! time without making sound, which is what a run without a device does, so that playback time passes either way.
//!
//! ```
//! use rlove::audio::{Mixer, Samples, VoiceSource};
//! let mut mixer = Mixer::new(4);
//! let samples = Samples { channels: 1, rate_hertz: 4, data: vec![0.5, -0.5] };
//! let voice = mixer.add(VoiceSource::Samples(samples.into()));
//! mixer.play(voice);
//! let mut out = [0.0; 6];
//! mixer.render(&mut out);
//! assert_eq!(out, [0.5, 0.5, -0.5, -0.5, 0.0, 0.0]);
//! assert!(!mixer.is_playing(voice));
//! ```
//!
//! A queue's buffers are one row of samples, from which what was played is taken away. Where sounds are is `space`, filters are
//! `filter`, effects that sources send to are `effect`, kept by `sends`.

use super::decode::{Decoder, Samples};
use super::effect::Effect;
use super::filter::{Filter, FilterSettings};
use super::sends::Send;
use super::space::{Heard, Listener, Place};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Most voices that play at a time, as in LÖVE.
pub const MOST_PLAYING_VOICES: usize = 64;

/// Frames that a stream decodes at a time.
const STREAM_CHUNK_FRAMES: usize = 4096;

/// A voice's number.
pub type VoiceId = u64;

/// Where a voice's frames come from.
pub enum VoiceSource {
    /// Samples in memory.
    Samples(Arc<Samples>),
    /// A file decoded while it plays.
    Stream(Box<Decoder>),
    /// Buffers that the game appends.
    Queue(Queue),
}

/// A row of buffers.
pub struct Queue {
    /// Channels of a frame.
    pub channels: u16,
    /// Frames a second.
    pub rate_hertz: u32,
    /// How many buffers may wait.
    pub most_buffers: usize,
    /// Frames of each buffer that is not over.
    lengths: VecDeque<u64>,
}

impl Queue {
    /// An empty row.
    pub fn new(channels: u16, rate_hertz: u32, most_buffers: usize) -> Queue {
        Queue {
            channels,
            rate_hertz,
            most_buffers,
            lengths: VecDeque::new(),
        }
    }
}

/// Frames of a source by number, with a window over a stream.
struct Frames {
    source: VoiceSource,
    channels: usize,
    rate_hertz: f64,
    /// Length in frames, if known.
    length: Option<u64>,
    chunk: Vec<f32>,
    chunk_start: u64,
}

impl Frames {
    fn new(source: VoiceSource) -> Frames {
        let (channels, rate, length) = match &source {
            VoiceSource::Samples(samples) => (
                samples.channels,
                samples.rate_hertz,
                Some(samples.frame_count() as u64),
            ),
            VoiceSource::Stream(decoder) => (
                decoder.channels(),
                decoder.rate_hertz(),
                decoder.frame_count(),
            ),
            VoiceSource::Queue(queue) => (queue.channels, queue.rate_hertz, None),
        };
        Frames {
            source,
            channels: usize::from(channels.max(1)),
            rate_hertz: f64::from(rate.max(1)),
            length,
            chunk: Vec::new(),
            chunk_start: 0,
        }
    }

    /// The left and right sample of a frame; `None` behind the end.
    fn get(&mut self, frame: u64) -> Option<(f32, f32)> {
        if let VoiceSource::Samples(samples) = &self.source {
            return pair(&samples.data, usize::try_from(frame).ok()?, self.channels);
        }
        self.load(frame);
        let index = usize::try_from(frame.checked_sub(self.chunk_start)?).ok()?;
        pair(&self.chunk, index, self.channels)
    }

    /// Takes buffers away that end before `frame`.
    fn take_played(&mut self, frame: u64) {
        let VoiceSource::Queue(queue) = &mut self.source else {
            return;
        };
        while let Some(&length) = queue.lengths.front() {
            if self.chunk_start + length > frame {
                return;
            }
            queue.lengths.pop_front();
            self.chunk_start += length;
            let samples = (length as usize).saturating_mul(self.channels);
            self.chunk.drain(..samples.min(self.chunk.len()));
        }
    }

    /// Empties a row of buffers.
    fn clear_queue(&mut self) {
        if let VoiceSource::Queue(queue) = &mut self.source {
            queue.lengths.clear();
            self.chunk.clear();
            self.chunk_start = 0;
        }
    }

    /// Makes the chunk hold `frame`, if the stream has it.
    fn load(&mut self, frame: u64) {
        if let VoiceSource::Queue(_) = &self.source {
            self.take_played(frame);
            return;
        }
        let VoiceSource::Stream(decoder) = &mut self.source else {
            return;
        };
        if frame < self.chunk_start {
            self.chunk.clear();
            // Where seeking fails the stream is at its end: silence.
            decoder.seek(frame);
            self.chunk_start = frame;
        }
        loop {
            let end = self.chunk_start + (self.chunk.len() / self.channels) as u64;
            if frame < end {
                return;
            }
            if frame > end + 10 * STREAM_CHUNK_FRAMES as u64 {
                self.chunk.clear();
                decoder.seek(frame);
                self.chunk_start = frame;
            } else {
                // The last frame stays: interpolation needs it together with the first of the next chunk.
                let keep = self.chunk.len().saturating_sub(self.channels);
                let kept = self.chunk.split_off(keep);
                self.chunk_start = end - (kept.len() / self.channels) as u64;
                self.chunk = kept;
            }
            if decoder.read(STREAM_CHUNK_FRAMES, &mut self.chunk) == 0 {
                let end = self.chunk_start + (self.chunk.len() / self.channels) as u64;
                self.length = Some(end);
                return;
            }
        }
    }
}

fn pair(data: &[f32], frame: usize, channels: usize) -> Option<(f32, f32)> {
    let start = frame.checked_mul(channels)?;
    let left = *data.get(start)?;
    let right = if channels > 1 {
        data.get(start + 1).copied().unwrap_or(left)
    } else {
        left
    };
    Some((left, right))
}

pub(super) struct Voice {
    frames: Frames,
    position: f64,
    is_playing: bool,
    is_paused: bool,
    is_looping: bool,
    volume: f32,
    pitch: f64,
    volume_limits: (f32, f32),
    place: Place,
    filter: Option<Filter>,
    pub(super) sends: Vec<Send>,
}

/// The voices of a game.
pub struct Mixer {
    /// Who hears.
    pub listener: Listener,
    /// The device that the game chose; empty for the system's choice.
    pub device_name: String,
    pub(super) rate_hertz: f64,
    master_volume: f32,
    pub(super) voices: BTreeMap<VoiceId, Voice>,
    pub(super) effects: BTreeMap<String, Effect>,
    next: VoiceId,
    has_output: bool,
}

impl Mixer {
    /// A mixer for an output rate.
    pub fn new(rate_hertz: u32) -> Mixer {
        Mixer {
            rate_hertz: f64::from(rate_hertz.max(1)),
            master_volume: 1.0,
            voices: BTreeMap::new(),
            effects: BTreeMap::new(),
            next: 1,
            has_output: false,
            listener: Listener::default(),
            device_name: String::new(),
        }
    }

    /// Whether nothing pulls the mixer yet; who hears yes must provide for that.
    pub fn claim_output(&mut self) -> bool {
        !std::mem::replace(&mut self.has_output, true)
    }

    /// Nothing pulls the mixer any more.
    pub fn release_output(&mut self) {
        self.has_output = false;
    }

    /// Takes the output's rate, once it is known.
    pub fn set_rate(&mut self, rate_hertz: u32) {
        self.rate_hertz = f64::from(rate_hertz.max(1));
    }

    /// A voice that stands at its beginning.
    pub fn add(&mut self, source: VoiceSource) -> VoiceId {
        let voice = Voice {
            frames: Frames::new(source),
            position: 0.0,
            is_playing: false,
            is_paused: false,
            is_looping: false,
            volume: 1.0,
            pitch: 1.0,
            volume_limits: (0.0, 1.0),
            place: Place::default(),
            filter: None,
            sends: Vec::new(),
        };
        let id = self.next;
        self.next += 1;
        self.voices.insert(id, voice);
        id
    }

    /// Forgets a voice.
    pub fn remove(&mut self, id: VoiceId) {
        self.voices.remove(&id);
    }

    /// Plays or goes on. False when too many voices play.
    pub fn play(&mut self, id: VoiceId) -> bool {
        let playing = self.playing_count();
        let Some(voice) = self.voices.get_mut(&id) else {
            return false;
        };
        if !voice.is_playing && playing >= MOST_PLAYING_VOICES {
            return false;
        }
        (voice.is_playing, voice.is_paused) = (true, false);
        true
    }

    /// Stops and goes back to the beginning.
    pub fn stop(&mut self, id: VoiceId) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.stop();
        }
    }

    /// Stops where it is.
    pub fn pause(&mut self, id: VoiceId) {
        if let Some(voice) = self.voices.get_mut(&id)
            && voice.is_playing
        {
            (voice.is_playing, voice.is_paused) = (false, true);
        }
    }

    /// Whether it plays.
    pub fn is_playing(&self, id: VoiceId) -> bool {
        self.voices.get(&id).is_some_and(|voice| voice.is_playing)
    }

    /// Voices that play.
    pub fn playing_count(&self) -> usize {
        self.voices
            .values()
            .filter(|voice| voice.is_playing)
            .count()
    }

    /// Voices that play or are paused: LÖVE counts both as active.
    pub fn active_count(&self) -> usize {
        self.voices
            .values()
            .filter(|voice| voice.is_playing || voice.is_paused)
            .count()
    }

    /// Numbers of the voices that play.
    pub fn playing(&self) -> Vec<VoiceId> {
        self.voices
            .iter()
            .filter(|(_, voice)| voice.is_playing)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Goes to a frame of the source.
    pub fn seek(&mut self, id: VoiceId, frame: f64) {
        if let Some(voice) = self.voices.get_mut(&id)
            && frame.is_finite()
        {
            voice.position = frame.max(0.0);
        }
    }

    /// The frame of the source where it stands.
    pub fn tell(&self, id: VoiceId) -> f64 {
        self.voices
            .get(&id)
            .map_or(0.0, |voice| voice.position.floor())
    }

    /// Frames a second and channels of the source.
    pub fn format(&self, id: VoiceId) -> (f64, usize) {
        self.voices.get(&id).map_or((1.0, 1), |voice| {
            (voice.frames.rate_hertz, voice.frames.channels)
        })
    }

    /// Length of the source in frames, if it can be known.
    pub fn frame_count(&mut self, id: VoiceId) -> Option<u64> {
        let frames = &mut self.voices.get_mut(&id)?.frames;
        if frames.length.is_none()
            && let VoiceSource::Stream(decoder) = &frames.source
        {
            frames.length = decoder.counted_frames();
        }
        frames.length
    }

    /// Whether it begins again at its end.
    pub fn is_looping(&self, id: VoiceId) -> bool {
        self.voices.get(&id).is_some_and(|voice| voice.is_looping)
    }

    /// Makes it begin again at its end.
    pub fn set_looping(&mut self, id: VoiceId, is_looping: bool) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.is_looping = is_looping;
        }
    }

    /// Its volume.
    pub fn volume(&self, id: VoiceId) -> f32 {
        self.voices.get(&id).map_or(1.0, |voice| voice.volume)
    }

    /// Sets its volume.
    pub fn set_volume(&mut self, id: VoiceId, volume: f32) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.volume = volume;
        }
    }

    /// The limits of its volume.
    pub fn volume_limits(&self, id: VoiceId) -> (f32, f32) {
        self.voices
            .get(&id)
            .map_or((0.0, 1.0), |voice| voice.volume_limits)
    }

    /// Sets the limits of its volume.
    pub fn set_volume_limits(&mut self, id: VoiceId, least: f32, most: f32) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.volume_limits = (least, most);
        }
    }

    /// Its speed.
    pub fn pitch(&self, id: VoiceId) -> f64 {
        self.voices.get(&id).map_or(1.0, |voice| voice.pitch)
    }

    /// Sets its speed; above 0.
    pub fn set_pitch(&mut self, id: VoiceId, pitch: f64) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.pitch = pitch;
        }
    }

    /// Where it is.
    pub fn place(&self, id: VoiceId) -> Place {
        self.voices
            .get(&id)
            .map_or_else(Place::default, |voice| voice.place)
    }

    /// Sets where it is.
    pub fn set_place(&mut self, id: VoiceId, place: Place) {
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.place = place;
        }
    }

    /// Its filter.
    pub fn filter(&self, id: VoiceId) -> Option<FilterSettings> {
        let filter = self.voices.get(&id)?.filter.as_ref()?;
        Some(filter.settings)
    }

    /// Sets its filter.
    pub fn set_filter(&mut self, id: VoiceId, settings: Option<FilterSettings>) {
        let rate_hertz = self.rate_hertz;
        if let Some(voice) = self.voices.get_mut(&id) {
            voice.filter = settings.map(|settings| Filter::new(settings, rate_hertz));
        }
    }

    /// Appends a buffer to a row. False when it is full.
    pub fn queue(&mut self, id: VoiceId, samples: &[f32]) -> bool {
        let Some(voice) = self.voices.get_mut(&id) else {
            return false;
        };
        let position = voice.position as u64;
        let frames = &mut voice.frames;
        frames.take_played(position);
        let channels = frames.channels;
        let VoiceSource::Queue(queue) = &mut frames.source else {
            return false;
        };
        if queue.lengths.len() >= queue.most_buffers {
            return false;
        }
        queue.lengths.push_back((samples.len() / channels) as u64);
        frames.chunk.extend_from_slice(samples);
        true
    }

    /// How many buffers a row can still take.
    pub fn free_buffers(&mut self, id: VoiceId) -> usize {
        let Some(voice) = self.voices.get_mut(&id) else {
            return 0;
        };
        let position = voice.position as u64;
        voice.frames.take_played(position);
        match &voice.frames.source {
            VoiceSource::Queue(queue) => queue.most_buffers.saturating_sub(queue.lengths.len()),
            _ => 0,
        }
    }

    /// The volume of everything.
    pub fn master_volume(&self) -> f32 {
        self.master_volume
    }

    /// Sets the volume of everything.
    pub fn set_master_volume(&mut self, volume: f32) {
        self.master_volume = volume;
    }

    /// A voice with the source and settings of another, at its beginning. `source` is the copy of a stream.
    pub fn copy(&mut self, id: VoiceId, source: VoiceSource) -> VoiceId {
        let settings = self.voices.get(&id).map(|voice| {
            (
                voice.is_looping,
                voice.volume,
                voice.pitch,
                voice.volume_limits,
                voice.place,
                voice.filter.clone(),
                voice.sends.clone(),
            )
        });
        let copy = self.add(source);
        if let (Some((is_looping, volume, pitch, limits, place, filter, sends)), Some(voice)) =
            (settings, self.voices.get_mut(&copy))
        {
            (
                voice.is_looping,
                voice.volume,
                voice.pitch,
                voice.volume_limits,
                voice.place,
                voice.filter,
                voice.sends,
            ) = (is_looping, volume, pitch, limits, place, filter, sends);
        }
        copy
    }

    /// Fills stereo frames with the sum of what plays.
    pub fn render(&mut self, stereo: &mut [f32]) {
        stereo.fill(0.0);
        for effect in self.effects.values_mut() {
            effect.begin(stereo.len(), self.rate_hertz);
        }
        for voice in self.voices.values_mut().filter(|voice| voice.is_playing) {
            voice.render(
                stereo,
                self.rate_hertz,
                self.master_volume,
                &self.listener,
                &mut self.effects,
            );
        }
        for effect in self.effects.values_mut() {
            effect.finish(stereo, self.master_volume);
        }
    }

    /// Moves what plays on by a time, silently.
    pub fn skip(&mut self, seconds: f64) {
        for voice in self.voices.values_mut().filter(|voice| voice.is_playing) {
            voice.skip(seconds);
        }
    }
}

/// How sounds of several channels are heard.
const EVERYWHERE: Heard = Heard {
    left: 1.0,
    right: 1.0,
    pitch: 1.0,
};

impl Voice {
    fn stop(&mut self) {
        (self.is_playing, self.is_paused, self.position) = (false, false, 0.0);
        self.frames.clear_queue();
    }

    fn render(
        &mut self,
        stereo: &mut [f32],
        rate_hertz: f64,
        master_volume: f32,
        listener: &Listener,
        effects: &mut BTreeMap<String, Effect>,
    ) {
        let heard = if self.frames.channels == 1 {
            self.place.heard(listener)
        } else {
            EVERYWHERE
        };
        let step = self.frames.rate_hertz * self.pitch * f64::from(heard.pitch) / rate_hertz;
        let gain = self.volume.clamp(
            self.volume_limits.0,
            self.volume_limits.1.max(self.volume_limits.0),
        );
        let sent_gain = gain;
        let gain = gain * master_volume;
        for (number, output) in stereo.chunks_exact_mut(2).enumerate() {
            let index = self.position as u64;
            let Some((left, right)) = self.frames.get(index).or_else(|| self.wrap()) else {
                self.stop();
                return;
            };
            let index = self.position as u64;
            let fraction = (self.position - index as f64) as f32;
            let (mut sample_left, mut sample_right) = (left, right);
            if fraction > 0.0 {
                let (next_left, next_right) = self
                    .frames
                    .get(index + 1)
                    .or(if self.is_looping {
                        None
                    } else {
                        Some((0.0, 0.0))
                    })
                    .unwrap_or((left, right));
                sample_left += (next_left - left) * fraction;
                sample_right += (next_right - right) * fraction;
            }
            for send in &mut self.sends {
                let gains = (sent_gain * heard.left, sent_gain * heard.right);
                send.run(
                    (sample_left, sample_right),
                    gains,
                    number,
                    rate_hertz,
                    effects,
                );
            }
            if let Some(filter) = &mut self.filter {
                (sample_left, sample_right) = filter.run((sample_left, sample_right), rate_hertz);
            }
            output[0] += sample_left * gain * heard.left;
            output[1] += sample_right * gain * heard.right;
            self.position += step;
        }
        // Ends exactly with the buffer: do not wait for the next one to notice.
        if !self.is_looping
            && self
                .frames
                .length
                .is_some_and(|length| self.position >= length as f64)
        {
            self.stop();
        }
    }

    /// At the end of a loop: the first frame again.
    fn wrap(&mut self) -> Option<(f32, f32)> {
        let length = self.frames.length.filter(|&length| length > 0)?;
        if !self.is_looping {
            return None;
        }
        self.position = (self.position - length as f64).max(0.0);
        if self.position >= length as f64 {
            self.position = 0.0;
        }
        self.frames.get(self.position as u64)
    }

    fn skip(&mut self, seconds: f64) {
        self.position += seconds * self.frames.rate_hertz * self.pitch;
        if self.frames.length.is_none() {
            // Only decoding can tell where this stream ends.
            let is_over = self.frames.get(self.position as u64).is_none();
            if is_over && matches!(self.frames.source, VoiceSource::Queue(_)) {
                self.stop();
                return;
            }
        }
        let Some(length) = self.frames.length.map(|length| length as f64) else {
            return;
        };
        if self.position >= length {
            if self.is_looping && length > 0.0 {
                self.position %= length;
            } else {
                self.stop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mono(rate_hertz: u32, data: &[f32]) -> VoiceSource {
        VoiceSource::Samples(Arc::new(Samples {
            channels: 1,
            rate_hertz,
            data: data.to_vec(),
        }))
    }

    fn left(mixer: &mut Mixer, frames: usize) -> Vec<f32> {
        let mut stereo = vec![0.0; frames * 2];
        mixer.render(&mut stereo);
        stereo.chunks(2).map(|frame| frame[0]).collect()
    }

    #[test]
    fn voices_add_up_with_their_volumes() {
        let mut mixer = Mixer::new(10);
        let one = mixer.add(mono(10, &[0.5, 0.5, 0.5]));
        let two = mixer.add(mono(10, &[0.25]));
        mixer.set_volume(one, 0.5);
        assert!(mixer.play(one) && mixer.play(two));
        mixer.set_master_volume(0.5);
        assert_eq!(left(&mut mixer, 4), [0.25, 0.125, 0.125, 0.0]);
        assert_eq!(mixer.playing_count(), 0);
    }

    #[test]
    fn other_rates_and_pitches_interpolate() {
        let mut mixer = Mixer::new(20);
        let voice = mixer.add(mono(10, &[0.0, 1.0, 0.0]));
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 7), [0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.0]);
        mixer.set_pitch(voice, 2.0);
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 4), [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn loops_pause_and_seek() {
        let mut mixer = Mixer::new(10);
        let voice = mixer.add(mono(10, &[0.1, 0.2, 0.3]));
        mixer.set_looping(voice, true);
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 5), [0.1, 0.2, 0.3, 0.1, 0.2]);
        mixer.pause(voice);
        assert!(!mixer.is_playing(voice));
        assert_eq!(mixer.tell(voice), 2.0);
        assert_eq!(left(&mut mixer, 1), [0.0]);
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 1), [0.3]);
        mixer.seek(voice, 1.0);
        assert_eq!(left(&mut mixer, 1), [0.2]);
        mixer.stop(voice);
        assert_eq!(mixer.tell(voice), 0.0);
    }

    #[test]
    fn silent_time_moves_like_sound() {
        let mut mixer = Mixer::new(10);
        let voice = mixer.add(mono(100, &[0.0; 50]));
        mixer.play(voice);
        mixer.skip(0.25);
        assert_eq!(mixer.tell(voice), 25.0);
        mixer.skip(0.25);
        assert!(!mixer.is_playing(voice));
        mixer.set_looping(voice, true);
        mixer.play(voice);
        mixer.skip(0.75);
        assert_eq!(mixer.tell(voice), 25.0);
    }

    #[test]
    fn a_queue_plays_its_buffers_and_stops() {
        let mut mixer = Mixer::new(10);
        let voice = mixer.add(VoiceSource::Queue(Queue::new(1, 10, 2)));
        assert!(mixer.queue(voice, &[0.1, 0.2]) && mixer.queue(voice, &[0.3]));
        assert!(!mixer.queue(voice, &[0.4]), "it is full");
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 2), [0.1, 0.2]);
        assert_eq!(mixer.free_buffers(voice), 1);
        assert!(mixer.queue(voice, &[0.4]));
        assert_eq!(left(&mut mixer, 3), [0.3, 0.4, 0.0]);
        assert!(!mixer.is_playing(voice));
        assert_eq!(mixer.free_buffers(voice), 2);
    }

    #[test]
    fn sixty_five_voices_are_too_many() {
        let mut mixer = Mixer::new(10);
        let voices: Vec<_> = (0..65).map(|_| mixer.add(mono(10, &[0.0; 100]))).collect();
        let started = voices.iter().filter(|voice| mixer.play(**voice)).count();
        assert_eq!(started, MOST_PLAYING_VOICES);
        assert!(mixer.play(voices[0]), "one that plays already goes on");
    }

    #[test]
    fn empty_sounds_end_at_once_even_when_looping() {
        let mut mixer = Mixer::new(10);
        let voice = mixer.add(mono(10, &[]));
        mixer.set_looping(voice, true);
        mixer.play(voice);
        assert_eq!(left(&mut mixer, 2), [0.0, 0.0]);
        assert!(!mixer.is_playing(voice));
    }

    /// A WAV file of 16 bits.
    pub fn wav(rate_hertz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let data_bytes = samples.len() as u32 * 2;
        let mut file = b"RIFF".to_vec();
        file.extend((36 + data_bytes).to_le_bytes());
        file.extend(b"WAVEfmt ");
        file.extend(16u32.to_le_bytes());
        file.extend(1u16.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate_hertz.to_le_bytes());
        file.extend((rate_hertz * u32::from(channels) * 2).to_le_bytes());
        file.extend((channels * 2).to_le_bytes());
        file.extend(16u16.to_le_bytes());
        file.extend(b"data");
        file.extend(data_bytes.to_le_bytes());
        for sample in samples {
            file.extend(sample.to_le_bytes());
        }
        file
    }

    #[test]
    fn a_stream_sounds_like_the_same_file_in_memory() {
        let samples: Vec<i16> = (0..20_000)
            .map(|index| ((index * 37) % 30_000) as i16)
            .collect();
        let bytes: Arc<[u8]> = wav(8000, 2, &samples).into();
        let whole = super::super::decode::decode(bytes.clone()).unwrap();
        assert_eq!(
            (whole.channels, whole.rate_hertz, whole.frame_count()),
            (2, 8000, 10_000)
        );
        assert_eq!(whole.data[1], 37.0 / 32768.0);
        let mut mixer = Mixer::new(6000);
        let one = mixer.add(VoiceSource::Samples(Arc::new(whole)));
        let two = mixer.add(VoiceSource::Stream(Box::new(Decoder::new(bytes).unwrap())));
        mixer.set_looping(one, true);
        mixer.set_looping(two, true);
        let mut listen = |voice| {
            mixer.play(voice);
            let mut stereo = vec![0.0; 40_000];
            mixer.render(&mut stereo);
            let told = mixer.tell(voice);
            mixer.stop(voice);
            (stereo, told)
        };
        let (from_memory, told) = listen(one);
        let (from_stream, told_stream) = listen(two);
        assert_eq!(told, told_stream);
        let wrong = from_memory
            .iter()
            .zip(&from_stream)
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(wrong, 0);
        assert!(from_memory.iter().any(|sample| *sample > 0.5));
    }

    #[test]
    fn damaged_files_are_errors_or_silence() {
        let whole = wav(8000, 1, &[1000; 100]);
        for length in 0..whole.len() {
            if let Ok(samples) = super::super::decode::decode(whole[..length].into()) {
                assert!(samples.frame_count() <= 100);
            }
        }
        assert!(super::super::decode::decode(b"no sound".as_slice().into()).is_err());
    }
}
