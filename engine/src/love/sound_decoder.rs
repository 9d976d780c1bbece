//! `Decoder`: a sound file decoded a piece at a time.

use super::data_object;
use super::object::{LoveObject, OBJECT, ObjectType, object, push_object};
use super::sound::{SOUND_DATA, SoundContents};
use crate::audio::{Decoder, FileBytes, Samples, SoundData};
use crate::thread::Lock;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use std::cell::RefCell;
use std::rc::Rc;

/// Bytes of a piece when nothing else is said.
const DEFAULT_BUFFER_BYTES: i32 = 16_384;

/// Bits of a decoded sample.
const BITS: u32 = 16;

/// A decoder in Lua.
pub struct LuaDecoder {
    /// The whole file.
    pub bytes: FileBytes,
    decoder: RefCell<Decoder>,
    buffer_bytes: usize,
}

/// `Decoder`
pub static DECODER: ObjectType = ObjectType {
    name: "Decoder",
    parent: Some(&OBJECT),
    methods: METHODS,
};

impl LoveObject for LuaDecoder {
    fn object_type(&self) -> &'static ObjectType {
        &DECODER
    }
}

static METHODS: &[Builtin] = builtins![
    "Decoder:clone", "(decoder: Decoder) -> Decoder", "Another decoder of the same file, at its beginning.", Effects::ALLOCATES, clone;
    "Decoder:decode", "(decoder: Decoder) -> SoundData?", "The next piece.", Effects::ALLOCATES, decode;
    "Decoder:seek", "(decoder: Decoder, seconds: number)", "Goes to a time.", Effects::WRITES, seek;
    "Decoder:getDuration", "(decoder: Decoder) -> number", "Seconds, or -1.", Effects::READS, get_duration;
    "Decoder:getBitDepth", "(decoder: Decoder) -> integer", "Bits a sample.", Effects::READS, get_bit_depth;
    "Decoder:getChannelCount", "(decoder: Decoder) -> integer", "Channels.", Effects::READS, get_channel_count;
    "Decoder:getChannels", "(decoder: Decoder) -> integer", "Deprecated: use getChannelCount.", Effects::READS, get_channel_count;
    "Decoder:getSampleRate", "(decoder: Decoder) -> integer", "Samples a second.", Effects::READS, get_sample_rate;
];

fn open(call: &mut Call<'_>, bytes: FileBytes, buffer_bytes: usize) -> NativeResult {
    let decoder = match Decoder::new(bytes.clone()) {
        Ok(decoder) => decoder,
        Err(problem) => return Err(call.error(format!("Could not open sound: {problem}"))),
    };
    let decoder = LuaDecoder {
        bytes,
        decoder: RefCell::new(decoder),
        buffer_bytes,
    };
    let value = push_object(call.vm, Rc::new(decoder));
    call.one(value)
}

pub(super) fn new_decoder(call: &mut Call<'_>) -> NativeResult {
    let file = data_object::file_argument(call, 1)?;
    let buffer_bytes = call.optional_integer(2, DEFAULT_BUFFER_BYTES)?.max(1) as usize;
    open(call, file.bytes.into(), buffer_bytes)
}

fn this(call: &mut Call<'_>) -> Result<Rc<LuaDecoder>, Raised> {
    object::<LuaDecoder>(call, 1, "Decoder")
}

fn clone(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    open(call, this.bytes.clone(), this.buffer_bytes)
}

impl LuaDecoder {
    /// Up to so many frames from where it stands; `None` at the end.
    fn read(&self, frames: usize) -> Option<SoundData> {
        let mut decoder = self.decoder.borrow_mut();
        let mut data = Vec::new();
        if decoder.read(frames, &mut data) == 0 {
            return None;
        }
        Some(SoundData::from_samples(&Samples {
            channels: decoder.channels(),
            rate_hertz: decoder.rate_hertz(),
            data,
        }))
    }

    /// All that is left, for `love.sound.newSoundData`.
    pub fn read_all(&self) -> Option<SoundData> {
        let frames = self.decoder.borrow().most_frames();
        self.read(frames)
    }
}

fn decode(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let frame_bytes = usize::from(this.decoder.borrow().channels()) * BITS as usize / 8;
    match this.read((this.buffer_bytes / frame_bytes.max(1)).max(1)) {
        Some(sound) => {
            let contents = SoundContents(Lock::new(sound));
            let value = data_object::push(call.vm, &SOUND_DATA, contents);
            call.one(value)
        }
        None => call.one(Value::NIL),
    }
}

fn seek(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let seconds = call.number(2)?;
    if seconds < 0.0 {
        return Err(call.argument_error(2, "can't seek to a negative position"));
    }
    let rate = f64::from(this.decoder.borrow().rate_hertz());
    this.decoder.borrow_mut().seek((seconds * rate) as u64);
    call.none()
}

fn get_duration(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let decoder = this.decoder.borrow();
    match decoder.counted_frames() {
        Some(frames) => call.one(frames as f64 / f64::from(decoder.rate_hertz())),
        None => call.one(-1.0),
    }
}

fn get_bit_depth(call: &mut Call<'_>) -> NativeResult {
    this(call)?;
    call.one(f64::from(BITS))
}

fn get_channel_count(call: &mut Call<'_>) -> NativeResult {
    let channels = this(call)?.decoder.borrow().channels();
    call.one(f64::from(channels))
}

fn get_sample_rate(call: &mut Call<'_>) -> NativeResult {
    let rate = this(call)?.decoder.borrow().rate_hertz();
    call.one(f64::from(rate))
}
