//! `love.sound`: samples in memory.

use super::Module;
use super::data_object::{self, Contents, DATA};
use super::object::{ObjectType, optional_object};
use super::sound_decoder::{DECODER, LuaDecoder, new_decoder};
use crate::audio::{SoundData, decode};
use crate::thread::Lock;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};

/// `love.sound`
pub static MODULE: Module = Module {
    name: "sound",
    functions: FUNCTIONS,
    types: &[&SOUND_DATA, &DECODER],
};

/// The contents of a `SoundData`.
pub struct SoundContents(pub Lock<SoundData>);

impl Contents for SoundContents {
    fn with_bytes(&self, work: &mut dyn FnMut(&[u8])) {
        work(&self.0.borrow().bytes);
    }
    fn duplicate(&self) -> Box<dyn Contents> {
        Box::new(SoundContents(self.0.clone()))
    }
}

/// `SoundData`
pub static SOUND_DATA: ObjectType = ObjectType {
    name: "SoundData",
    parent: Some(&DATA),
    methods: METHODS,
};

static FUNCTIONS: &[Builtin] = builtins![
    "love.sound.newDecoder", "(file: any, buffer: integer = 16384) -> Decoder", "Decodes a file a piece at a time.", Effects::ALLOCATES, new_decoder;
    "love.sound.newSoundData", "(samples: number, rate: number = 44100, bits: number = 16, channels: number = 2) -> SoundData | (file: any) -> SoundData", "Silence, or the samples of a file.", Effects::ALLOCATES, new_sound_data;
];

static METHODS: &[Builtin] = builtins![
    "SoundData:getBitDepth", "(data: SoundData) -> integer", "Bits a sample.", Effects::READS, get_bit_depth;
    "SoundData:getChannelCount", "(data: SoundData) -> integer", "Channels.", Effects::READS, get_channel_count;
    "SoundData:getChannels", "(data: SoundData) -> integer", "Deprecated: use getChannelCount.", Effects::READS, get_channel_count;
    "SoundData:getDuration", "(data: SoundData) -> number", "Seconds.", Effects::READS, get_duration;
    "SoundData:getSampleCount", "(data: SoundData) -> integer", "Samples a channel.", Effects::READS, get_sample_count;
    "SoundData:getSampleRate", "(data: SoundData) -> integer", "Samples a second.", Effects::READS, get_sample_rate;
    "SoundData:getSample", "(data: SoundData, index: integer, channel: integer = nil) -> number", "A sample between -1 and 1.", Effects::READS, get_sample;
    "SoundData:setSample", "(data: SoundData, index: integer, value: number) | (data: SoundData, index: integer, channel: integer, value: number)", "Sets a sample.", Effects::WRITES, set_sample;
];

/// What LÖVE 12 adds.
pub(super) static METHODS_12: &[Builtin] = builtins![
    "SoundData:copyFrom", "(data: SoundData, source: SoundData, start: integer, count: integer, at: integer = 0)", "Takes samples of another one.", Effects::WRITES, copy_from;
    "SoundData:slice", "(data: SoundData, start: integer, count: integer = -1) -> SoundData", "A part of it.", Effects::ALLOCATES, slice;
];

fn new_sound_data(call: &mut Call<'_>) -> NativeResult {
    let sound = if call.argument(1).is_number() {
        let (frames, rate) = (call.number(1)?, call.optional_number(2, 44_100.0)?);
        let (bits, channels) = (
            call.optional_number(3, 16.0)?,
            call.optional_number(4, 2.0)?,
        );
        SoundData::new(frames, rate, bits, channels)
    } else if let Some(decoder) = optional_object::<LuaDecoder>(call, 1) {
        decoder
            .read_all()
            .ok_or_else(|| "Invalid sample count: 0".to_owned())
    } else {
        let file = data_object::file_argument(call, 1)?;
        decode(file.bytes.into())
            .map(|samples| SoundData::from_samples(&samples))
            .map_err(|problem| format!("Could not decode {}: {problem}", file.name))
    };
    match sound {
        Ok(sound) => {
            let data = data_object::push(call.vm, &SOUND_DATA, SoundContents(Lock::new(sound)));
            call.one(data)
        }
        Err(problem) => Err(call.error(problem)),
    }
}

fn read<T>(call: &mut Call<'_>, work: impl FnOnce(&SoundData) -> T) -> Result<T, Raised> {
    let contents = data_object::check::<SoundContents>(call, 1, &SOUND_DATA)?;
    let answer = work(&contents.0.borrow());
    Ok(answer)
}

fn get_bit_depth(call: &mut Call<'_>) -> NativeResult {
    let bits = read(call, |data| data.bits)?;
    call.one(f64::from(bits))
}

fn get_channel_count(call: &mut Call<'_>) -> NativeResult {
    let channels = read(call, |data| data.channels)?;
    call.one(f64::from(channels))
}

fn get_duration(call: &mut Call<'_>) -> NativeResult {
    let seconds = read(call, |data| {
        data.frame_count() as f64 / f64::from(data.rate_hertz)
    })?;
    call.one(seconds)
}

fn get_sample_count(call: &mut Call<'_>) -> NativeResult {
    let count = read(call, SoundData::frame_count)?;
    call.one(count as f64)
}

fn get_sample_rate(call: &mut Call<'_>) -> NativeResult {
    let rate = read(call, |data| data.rate_hertz)?;
    call.one(f64::from(rate))
}

/// The place of a sample: index `2`, and the channel in argument 3 when `has_channel`.
fn sample_index(call: &mut Call<'_>, has_channel: bool) -> Result<Option<usize>, Raised> {
    let index = call.number(2)?;
    if index < 0.0 {
        return Ok(None);
    }
    let index = index as usize;
    if !has_channel {
        return Ok(Some(index));
    }
    let channel = call.integer(3)?;
    let channels = read(call, |data| data.channels)?;
    if channel < 1 || channel as u32 > channels {
        return Err(call.error("Attempt to access channel from out-of-range sample!"));
    }
    Ok(index
        .checked_mul(channels as usize)
        .map(|start| start + channel as usize - 1))
}

fn get_sample(call: &mut Call<'_>) -> NativeResult {
    let has_channel = !call.argument(3).is_nil();
    let index = sample_index(call, has_channel)?;
    let sample = read(call, |data| index.and_then(|index| data.get(index)))?;
    match sample {
        Some(sample) => call.one(sample),
        None => Err(call.error("Attempt to get out-of-range sample!")),
    }
}

fn set_sample(call: &mut Call<'_>) -> NativeResult {
    let has_channel = call.argument_count() > 3;
    let index = sample_index(call, has_channel)?;
    let value = call.number(if has_channel { 4 } else { 3 })?;
    let contents = data_object::check::<SoundContents>(call, 1, &SOUND_DATA)?;
    let is_set = index.is_some_and(|index| contents.0.borrow_mut().set(index, value));
    if is_set {
        call.none()
    } else {
        Err(call.error("Attempt to set out-of-range sample!"))
    }
}

/// A range of frames as a range of bytes, if the data has them.
fn frame_range(data: &SoundData, start: i64, count: i64) -> Option<std::ops::Range<usize>> {
    let frame = data.channels as usize * data.bits as usize / 8;
    let start = usize::try_from(start).ok()?.checked_mul(frame)?;
    let end = start.checked_add(usize::try_from(count).ok()?.checked_mul(frame)?)?;
    (end <= data.bytes.len()).then_some(start..end)
}

fn copy_from(call: &mut Call<'_>) -> NativeResult {
    let contents = data_object::check::<SoundContents>(call, 1, &SOUND_DATA)?;
    // A copy first: both may be one object.
    let source = data_object::check::<SoundContents>(call, 2, &SOUND_DATA)?
        .0
        .borrow()
        .clone();
    let (start, count) = (call.integer64(3)?, call.integer64(4)?);
    let at = i64::from(call.optional_integer(5, 0)?);
    let problem = {
        let mut target = contents.0.borrow_mut();
        if target.channels != source.channels {
            Some("Channel count mismatch!")
        } else {
            match (
                frame_range(&target, at, count),
                frame_range(&source, start, count),
            ) {
                (None, _) => Some("Destination out-of-range!"),
                (_, None) => Some("Source out-of-range!"),
                (Some(to), Some(from)) if target.bits == source.bits => {
                    target.bytes[to].copy_from_slice(&source.bytes[from]);
                    None
                }
                _ => {
                    let channels = i64::from(target.channels);
                    for index in 0..count * channels {
                        let sample = source.get((start * channels + index) as usize);
                        target.set((at * channels + index) as usize, sample.unwrap_or(0.0));
                    }
                    None
                }
            }
        }
    };
    match problem {
        Some(problem) => Err(call.error(problem)),
        None => call.none(),
    }
}

fn slice(call: &mut Call<'_>) -> NativeResult {
    let start = call.integer64(2)?;
    let count = i64::from(call.optional_integer(3, -1)?);
    if count == 0 {
        return Err(call.error("Invalid slice length: 0"));
    }
    let part = read(call, |data| {
        let count = if count < 0 {
            data.frame_count() as i64 - start
        } else {
            count
        };
        // Nothing is no slice, as the length that is given.
        let range = frame_range(data, start, count).filter(|range| !range.is_empty())?;
        Some(SoundData {
            bytes: data.bytes[range].to_vec(),
            ..SoundData {
                bytes: Vec::new(),
                rate_hertz: data.rate_hertz,
                bits: data.bits,
                channels: data.channels,
            }
        })
    })?;
    match part {
        Some(part) => {
            let data = data_object::push(call.vm, &SOUND_DATA, SoundContents(Lock::new(part)));
            call.one(data)
        }
        None => Err(call.error("Attempt to slice at out-of-range position!")),
    }
}
