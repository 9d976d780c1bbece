//! `love.audio`: sources over the mixer's voices.

use super::audio_effects as effects;
use super::audio_space as space;
use super::data_object;
use super::object::{LoveObject, OBJECT, ObjectType, object, optional_object, push_object};
use super::sound::SoundContents;
use super::sound_decoder::LuaDecoder;
use super::{Module, context, context_of, enum_error};
use crate::audio::{
    Decoder, FileBytes, Queue, Samples, SharedMixer, VoiceId, VoiceSource, decode, lock,
};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// `love.audio`
pub static MODULE: Module = Module {
    name: "audio",
    functions: FUNCTIONS,
    types: &[&SOURCE],
};

/// What LÖVE 12 adds.
pub(super) static FUNCTIONS_12: &[Builtin] = builtins![
    "love.audio.getPlaybackDevice", "() -> string", "The device that plays.", Effects::READS, effects::get_playback_device;
    "love.audio.getPlaybackDevices", "() -> table", "The devices there are.", Effects::ALLOCATES, effects::get_playback_devices;
    "love.audio.setPlaybackDevice", "(name: string = \"\") -> boolean, string?", "Goes over to another device.", Effects::WRITES, effects::set_playback_device;
    "love.audio.setOutputSpatialization", "(enable: boolean, filter: string = nil) -> boolean", "Answers false: there is no processing for headphones.", Effects::READS, effects::set_output_spatialization;
    "love.audio.getOutputSpatialization", "() -> boolean, string?", "Whether sound is processed for headphones.", Effects::READS, effects::get_output_spatialization;
    "love.audio.getOutputSpatializationFilters", "() -> table", "An empty list.", Effects::ALLOCATES, effects::get_output_spatialization_filters;
];

/// What a source was made of, for copies of it.
pub(super) enum Material {
    Static(Arc<Samples>),
    Stream(FileBytes),
    Queue {
        channels: u16,
        rate_hertz: u32,
        bits: u32,
        buffers: usize,
    },
}

/// A sound that can be played, for all states of a game.
pub struct SourceShared {
    pub(super) voice: VoiceId,
    pub(super) material: Material,
    mixer: SharedMixer,
}

/// A sound in one state.
pub struct Source(pub Arc<SourceShared>);

impl std::ops::Deref for Source {
    type Target = SourceShared;
    fn deref(&self) -> &SourceShared {
        &self.0
    }
}

/// `Source`
static SOURCE: ObjectType = ObjectType {
    name: "Source",
    parent: Some(&OBJECT),
    methods: METHODS,
};

impl LoveObject for Source {
    fn object_type(&self) -> &'static ObjectType {
        &SOURCE
    }
    fn shared_address(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.0) as usize)
    }
}

impl Drop for SourceShared {
    fn drop(&mut self) {
        lock(&self.mixer).remove(self.voice);
    }
}

/// Sources that play are kept alive, as in LÖVE: a game may forget them.
#[derive(Default)]
struct Playing(RefCell<Vec<Rc<Source>>>);

static FUNCTIONS: &[Builtin] = builtins![
    "love.audio.newQueueableSource", "(rate: integer, bits: integer, channels: integer, buffers: integer = 8) -> Source", "A source of buffers that the game appends.", Effects::ALLOCATES, space::new_queueable_source;
    "love.audio.setPosition", "(x: number, y: number, z: number = 0)", "Where the listener is.", Effects::WRITES, space::set_position;
    "love.audio.getPosition", "() -> number, number, number", "Where the listener is.", Effects::READS, space::get_position;
    "love.audio.setVelocity", "(x: number, y: number, z: number = 0)", "How fast the listener is.", Effects::WRITES, space::set_velocity;
    "love.audio.getVelocity", "() -> number, number, number", "How fast the listener is.", Effects::READS, space::get_velocity;
    "love.audio.setOrientation", "(fx: number, fy: number, fz: number, ux: number, uy: number, uz: number)", "Where the listener's face and head point.", Effects::WRITES, space::set_orientation;
    "love.audio.getOrientation", "() -> number, number, number, number, number, number", "Where the listener's face and head point.", Effects::READS, space::get_orientation;
    "love.audio.setDopplerScale", "(scale: number)", "How strong the Doppler effect is.", Effects::WRITES, space::set_doppler_scale;
    "love.audio.getDopplerScale", "() -> number", "How strong the Doppler effect is.", Effects::READS, space::get_doppler_scale;
    "love.audio.setDistanceModel", "(model: string)", "How volume falls with distance.", Effects::WRITES, space::set_distance_model;
    "love.audio.getDistanceModel", "() -> string", "How volume falls with distance.", Effects::READS, space::get_distance_model;
    "love.audio.setEffect", "(name: string, settings: any = true) -> boolean", "Makes an effect, or takes it away.", Effects::WRITES, effects::set_effect;
    "love.audio.getEffect", "(name: string, into: table = nil) -> table?", "What an effect is.", Effects::ALLOCATES, effects::get_effect;
    "love.audio.getActiveEffects", "() -> table", "Names of the effects.", Effects::ALLOCATES, effects::get_active_effects;
    "love.audio.getMaxSceneEffects", "() -> integer", "How many effects there can be.", Effects::READS, effects::get_max_scene_effects;
    "love.audio.getMaxSourceEffects", "() -> integer", "How many effects a source can have.", Effects::READS, effects::get_max_source_effects;
    "love.audio.newSource", "(file: any, type: string) -> Source | (data: SoundData) -> Source", "A sound, decoded at once or while it plays.", Effects::ALLOCATES, new_source;
    "love.audio.play", "(...: Source) -> boolean | (sources: table) -> boolean", "Plays sounds.", Effects::WRITES, play;
    "love.audio.stop", "(...: Source) | (sources: table)", "Stops sounds, or all of them.", Effects::WRITES, stop;
    "love.audio.pause", "(...: Source) | (sources: table) | () -> table", "Pauses sounds, or all of them.", Effects::WRITES, pause;
    "love.audio.setVolume", "(volume: number)", "The volume of everything.", Effects::WRITES, set_volume;
    "love.audio.getVolume", "() -> number", "The volume of everything.", Effects::READS, get_volume;
    "love.audio.getActiveSourceCount", "() -> integer", "How many sounds play.", Effects::READS, get_active_source_count;
    "love.audio.getSourceCount", "() -> integer", "Deprecated: use getActiveSourceCount.", Effects::READS, get_active_source_count;
    "love.audio.isEffectsSupported", "() -> boolean", "Whether effects can be had.", Effects::READS, is_effects_supported;
    "love.audio.getRecordingDevices", "() -> table", "Microphones.", Effects::ALLOCATES, get_recording_devices;
    "love.audio.setMixWithSystem", "(mix: boolean) -> boolean", "Does nothing outside phones.", Effects::READS, set_mix_with_system;
];

static METHODS: &[Builtin] = builtins![
    "Source:play", "(source: Source) -> boolean", "Plays, or goes on.", Effects::WRITES, source_play;
    "Source:stop", "(source: Source)", "Stops and goes back to the beginning.", Effects::WRITES, source_stop;
    "Source:pause", "(source: Source)", "Stops where it is.", Effects::WRITES, source_pause;
    "Source:isPlaying", "(source: Source) -> boolean", "Whether it plays.", Effects::READS, is_playing;
    "Source:seek", "(source: Source, position: number, unit: string = \"seconds\")", "Goes to a place.", Effects::WRITES, seek;
    "Source:tell", "(source: Source, unit: string = \"seconds\") -> number", "Where it is.", Effects::READS, tell;
    "Source:getDuration", "(source: Source, unit: string = \"seconds\") -> number", "How long it is; -1 if that is unknown.", Effects::READS, get_duration;
    "Source:setLooping", "(source: Source, loop: boolean)", "Whether it begins again at its end.", Effects::WRITES, set_looping;
    "Source:isLooping", "(source: Source) -> boolean", "Whether it begins again at its end.", Effects::READS, is_looping;
    "Source:setPosition", "(source: Source, x: number, y: number, z: number = 0)", "Where it is.", Effects::WRITES, space::source_set_position;
    "Source:getPosition", "(source: Source) -> number, number, number", "Where it is.", Effects::READS, space::source_get_position;
    "Source:setVelocity", "(source: Source, x: number, y: number, z: number = 0)", "How fast it is.", Effects::WRITES, space::source_set_velocity;
    "Source:getVelocity", "(source: Source) -> number, number, number", "How fast it is.", Effects::READS, space::source_get_velocity;
    "Source:setDirection", "(source: Source, x: number, y: number, z: number = 0)", "Where its cone points.", Effects::WRITES, space::set_direction;
    "Source:getDirection", "(source: Source) -> number, number, number", "Where its cone points.", Effects::READS, space::get_direction;
    "Source:setCone", "(source: Source, inner: number, outer: number, volume: number = 0, highgain: number = 1)", "The cone in which it is loud.", Effects::WRITES, space::set_cone;
    "Source:getCone", "(source: Source) -> number, number, number, number", "The cone in which it is loud.", Effects::READS, space::get_cone;
    "Source:setRelative", "(source: Source, relative: boolean)", "Whether it moves with the listener.", Effects::WRITES, space::set_relative;
    "Source:isRelative", "(source: Source) -> boolean", "Whether it moves with the listener.", Effects::READS, space::is_relative;
    "Source:setAttenuationDistances", "(source: Source, reference: number, most: number)", "Between which distances its volume falls.", Effects::WRITES, space::set_attenuation_distances;
    "Source:getAttenuationDistances", "(source: Source) -> number, number", "Between which distances its volume falls.", Effects::READS, space::get_attenuation_distances;
    "Source:setRolloff", "(source: Source, rolloff: number)", "How fast its volume falls.", Effects::WRITES, space::set_rolloff;
    "Source:getRolloff", "(source: Source) -> number", "How fast its volume falls.", Effects::READS, space::get_rolloff;
    "Source:setAirAbsorption", "(source: Source, factor: number)", "How much the air takes of high tones.", Effects::WRITES, space::set_air_absorption;
    "Source:getAirAbsorption", "(source: Source) -> number", "How much the air takes of high tones.", Effects::READS, space::get_air_absorption;
    "Source:setFilter", "(source: Source, settings: table = nil) -> boolean", "Its filter.", Effects::WRITES, effects::set_filter;
    "Source:getFilter", "(source: Source, into: table = nil) -> table?", "Its filter.", Effects::ALLOCATES, effects::get_filter;
    "Source:setEffect", "(source: Source, name: string, settings: any = true) -> boolean", "Sends its sound to an effect, or no longer.", Effects::WRITES, effects::source_set_effect;
    "Source:getEffect", "(source: Source, name: string, into: table = nil) -> boolean, table?", "Whether it sends to an effect, and through which filter.", Effects::ALLOCATES, effects::source_get_effect;
    "Source:getActiveEffects", "(source: Source) -> table", "Names of the effects it sends to.", Effects::ALLOCATES, effects::source_get_active_effects;
    "Source:queue", "(source: Source, data: SoundData, offset: integer = 0, length: integer = nil) -> boolean", "Appends a buffer.", Effects::WRITES, space::queue;
    "Source:getFreeBufferCount", "(source: Source) -> integer", "How many buffers can be appended.", Effects::READS, space::get_free_buffer_count;
    "Source:setVolume", "(source: Source, volume: number)", "Its volume.", Effects::WRITES, source_set_volume;
    "Source:getVolume", "(source: Source) -> number", "Its volume.", Effects::READS, source_get_volume;
    "Source:setVolumeLimits", "(source: Source, least: number, most: number)", "Limits of its volume.", Effects::WRITES, set_volume_limits;
    "Source:getVolumeLimits", "(source: Source) -> number, number", "Limits of its volume.", Effects::READS, get_volume_limits;
    "Source:setPitch", "(source: Source, pitch: number)", "Its speed.", Effects::WRITES, set_pitch;
    "Source:getPitch", "(source: Source) -> number", "Its speed.", Effects::READS, get_pitch;
    "Source:getChannelCount", "(source: Source) -> integer", "Its channels.", Effects::READS, get_channel_count;
    "Source:getChannels", "(source: Source) -> integer", "Deprecated: use getChannelCount.", Effects::READS, get_channel_count;
    "Source:getType", "(source: Source) -> string", "static or stream.", Effects::READS, get_type;
    "Source:clone", "(source: Source) -> Source", "Another source of the same sound.", Effects::ALLOCATES, clone;
];

pub(super) fn this(call: &mut Call<'_>) -> Result<Rc<Source>, Raised> {
    object::<Source>(call, 1, "Source")
}

pub(super) fn add_source(
    call: &mut Call<'_>,
    material: Material,
    like: Option<&Source>,
) -> Result<Value, Raised> {
    let context = context(call);
    let voice_source = match &material {
        Material::Static(samples) => VoiceSource::Samples(samples.clone()),
        Material::Stream(bytes) => match Decoder::new(bytes.clone()) {
            Ok(decoder) => VoiceSource::Stream(Box::new(decoder)),
            Err(problem) => return Err(call.error(format!("Could not open sound: {problem}"))),
        },
        Material::Queue {
            channels,
            rate_hertz,
            buffers,
            ..
        } => VoiceSource::Queue(Queue::new(*channels, *rate_hertz, *buffers)),
    };
    let voice = match like {
        Some(like) => context.audio.mixer().copy(like.voice, voice_source),
        None => context.audio.mixer().add(voice_source),
    };
    let source = Source(Arc::new(SourceShared {
        voice,
        material,
        mixer: context.audio.shared_mixer().0,
    }));
    Ok(push_object(call.vm, Rc::new(source)))
}

fn new_source(call: &mut Call<'_>) -> NativeResult {
    let first = call.argument(1);
    if let Some(contents) = data_object::get::<SoundContents>(call.vm, first) {
        let samples = contents.0.borrow().to_samples();
        let source = add_source(call, Material::Static(Arc::new(samples)), None)?;
        return call.one(source);
    }
    if let Some(decoder) = optional_object::<LuaDecoder>(call, 1) {
        let material = Material::Stream(decoder.bytes.clone());
        let source = add_source(call, material, None)?;
        return call.one(source);
    }
    if call.argument(2).is_nil() {
        return Err(call.argument_error(2, "string expected, got no value"));
    }
    let kind = call.text(2)?;
    let kinds = &["static", "stream", "queue"];
    if !kinds.contains(&kind.as_str()) {
        return Err(enum_error(call, "source type", kinds, &kind));
    }
    let file = data_object::file_argument(call, 1)?;
    let bytes: FileBytes = file.bytes.into();
    let material =
        match kind.as_str() {
            "static" => match decode(bytes) {
                Ok(samples) => Material::Static(Arc::new(samples)),
                Err(problem) => {
                    return Err(call.error(format!("Could not decode {}: {problem}", file.name)));
                }
            },
            "stream" => {
                if let Err(problem) = Decoder::new(bytes.clone()) {
                    return Err(call.error(format!("Could not decode {}: {problem}", file.name)));
                }
                Material::Stream(bytes)
            }
            _ => return Err(call.error(
                "Cannot create queueable sources using newSource. Use newQueueableSource instead.",
            )),
        };
    let source = add_source(call, material, None)?;
    call.one(source)
}

/// The sources in the arguments or in a table of them.
fn sources(call: &mut Call<'_>) -> Result<Vec<Rc<Source>>, Raised> {
    let first = call.argument(1);
    if !first.is_table() {
        return (1..=call.argument_count())
            .map(|index| object::<Source>(call, index, "Source"))
            .collect();
    }
    let mut found = Vec::new();
    for index in 1..=call.vm.raw_length(first) {
        let value = call.vm.raw_get_index(first, index as i64);
        call.set_argument(1, value);
        let source = object::<Source>(call, 1, "Source");
        call.set_argument(1, first);
        found.push(source?);
    }
    Ok(found)
}

fn start(call: &mut Call<'_>, source: &Rc<Source>) -> bool {
    let context = context(call);
    let is_started = context.audio.play(source.voice);
    let playing = &call.vm.extensions.get_or_default::<Playing>().0;
    let mut playing = playing.borrow_mut();
    // The lock is taken for each test: dropping a source removes its voice.
    playing.retain(|held| context.audio.mixer().is_playing(held.voice));
    if is_started && !playing.iter().any(|held| held.voice == source.voice) {
        playing.push(source.clone());
    }
    is_started
}

fn play(call: &mut Call<'_>) -> NativeResult {
    let sources = sources(call)?;
    let mut is_started = true;
    for source in &sources {
        is_started &= start(call, source);
    }
    call.one(Value::boolean(is_started))
}

fn stop(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    if call.argument_count() == 0 {
        let playing = context.audio.mixer().playing();
        for voice in playing {
            context.audio.mixer().stop(voice);
        }
        return call.none();
    }
    for source in sources(call)? {
        context.audio.mixer().stop(source.voice);
    }
    call.none()
}

fn pause(call: &mut Call<'_>) -> NativeResult {
    let context = context(call);
    if call.argument_count() > 0 {
        for source in sources(call)? {
            context.audio.mixer().pause(source.voice);
        }
        return call.none();
    }
    let held = call
        .vm
        .extensions
        .get_or_default::<Playing>()
        .0
        .borrow()
        .clone();
    let list = call.vm.new_table();
    call.push(list);
    let mut count = 0;
    for source in held {
        let is_playing = context.audio.mixer().is_playing(source.voice);
        if is_playing {
            context.audio.mixer().pause(source.voice);
            count += 1;
            let value = push_object(call.vm, source);
            call.vm.raw_set_index(list, count, value)?;
        }
    }
    call.one(list)
}

fn set_volume(call: &mut Call<'_>) -> NativeResult {
    let volume = call.number(1)? as f32;
    context(call).audio.mixer().set_master_volume(volume);
    call.none()
}

fn get_volume(call: &mut Call<'_>) -> NativeResult {
    let volume = context(call).audio.mixer().master_volume();
    call.one(f64::from(volume))
}

fn get_active_source_count(call: &mut Call<'_>) -> NativeResult {
    let count = context(call).audio.playing_count();
    call.one(count as f64)
}

fn is_effects_supported(call: &mut Call<'_>) -> NativeResult {
    call.one(Value::boolean(true))
}

fn get_recording_devices(call: &mut Call<'_>) -> NativeResult {
    let list = call.vm.new_table();
    call.one(list)
}

fn set_mix_with_system(call: &mut Call<'_>) -> NativeResult {
    call.boolean(1)?;
    call.one(Value::boolean(false))
}

fn source_play(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_started = start(call, &this);
    call.one(Value::boolean(is_started))
}

fn source_stop(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    context(call).audio.mixer().stop(this.voice);
    call.none()
}

fn source_pause(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    context(call).audio.mixer().pause(this.voice);
    call.none()
}

fn is_playing(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_playing = context(call).audio.mixer().is_playing(this.voice);
    call.one(Value::boolean(is_playing))
}

/// Whether the unit in argument `index` is samples.
fn counts_samples(call: &mut Call<'_>, index: u32) -> Result<bool, Raised> {
    let Some(bytes) = call.optional_string(index)? else {
        return Ok(false);
    };
    match bytes {
        b"seconds" => Ok(false),
        b"samples" => Ok(true),
        other => {
            let name = String::from_utf8_lossy(other).into_owned();
            Err(enum_error(
                call,
                "time unit",
                &["seconds", "samples"],
                &name,
            ))
        }
    }
}

fn seek(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let position = call.number(2)?;
    if position < 0.0 {
        return Err(call.argument_error(2, "can't seek to a negative position"));
    }
    let is_samples = counts_samples(call, 3)?;
    let context = context(call);
    let mut mixer = context.audio.mixer();
    let rate = mixer.format(this.voice).0;
    mixer.seek(
        this.voice,
        if is_samples {
            position.floor()
        } else {
            position * rate
        },
    );
    drop(mixer);
    call.none()
}

fn tell(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_samples = counts_samples(call, 2)?;
    let context = context(call);
    let (frame, rate) = {
        let mixer = context.audio.mixer();
        (mixer.tell(this.voice), mixer.format(this.voice).0)
    };
    call.one(if is_samples { frame } else { frame / rate })
}

fn get_duration(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_samples = counts_samples(call, 2)?;
    let context = context(call);
    let (frames, rate) = {
        let mut mixer = context.audio.mixer();
        (mixer.frame_count(this.voice), mixer.format(this.voice).0)
    };
    match frames {
        None => call.one(-1.0),
        Some(frames) if is_samples => call.one(frames as f64),
        Some(frames) => call.one(frames as f64 / rate),
    }
}

fn set_looping(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_looping = call.boolean(2)?;
    context(call)
        .audio
        .mixer()
        .set_looping(this.voice, is_looping);
    call.none()
}

fn is_looping(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let is_looping = context(call).audio.mixer().is_looping(this.voice);
    call.one(Value::boolean(is_looping))
}

fn source_set_volume(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let volume = call.number(2)? as f32;
    context(call).audio.mixer().set_volume(this.voice, volume);
    call.none()
}

fn source_get_volume(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let volume = context(call).audio.mixer().volume(this.voice);
    call.one(f64::from(volume))
}

fn set_volume_limits(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let (least, most) = (call.number(2)?, call.number(3)?);
    // 12 has no upper end for the greater one.
    let top = if super::is_version_12(call.vm) {
        f64::INFINITY
    } else {
        1.0
    };
    if !(0.0..=1.0).contains(&least) || !(0.0..=top).contains(&most) {
        let text = format!("Invalid volume limits: [{least}:{most}]. Must be in [0:1]");
        return Err(call.error(text));
    }
    context(call)
        .audio
        .mixer()
        .set_volume_limits(this.voice, least as f32, most as f32);
    call.none()
}

fn get_volume_limits(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let (least, most) = context(call).audio.mixer().volume_limits(this.voice);
    call.many(&[
        Value::number(f64::from(least)),
        Value::number(f64::from(most)),
    ])
}

fn set_pitch(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let pitch = call.number(2)?;
    if !pitch.is_finite() || pitch <= 0.0 {
        return Err(call.error("Pitch has to be non-zero, positive, finite number."));
    }
    context(call).audio.mixer().set_pitch(this.voice, pitch);
    call.none()
}

fn get_pitch(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let pitch = context(call).audio.mixer().pitch(this.voice);
    // LÖVE keeps it in single precision.
    call.one(f64::from(pitch as f32))
}

fn get_channel_count(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let channels = context(call).audio.mixer().format(this.voice).1;
    call.one(channels as f64)
}

fn get_type(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    call.one_string(match this.material {
        Material::Static(_) => "static",
        Material::Stream(_) => "stream",
        Material::Queue { .. } => "queue",
    })
}

fn clone(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let material = match &this.material {
        Material::Static(samples) => Material::Static(samples.clone()),
        Material::Stream(bytes) => Material::Stream(bytes.clone()),
        &Material::Queue {
            channels,
            rate_hertz,
            bits,
            buffers,
        } => Material::Queue {
            channels,
            rate_hertz,
            bits,
            buffers,
        },
    };
    let copy = add_source(call, material, Some(&this))?;
    call.one(copy)
}

/// Stops everything when a game ends.
pub fn stop_all(vm: &mut rlove_vm::vm::Vm) {
    let context = context_of(vm);
    let playing = context.audio.mixer().playing();
    for voice in playing {
        context.audio.mixer().stop(voice);
    }
    vm.extensions
        .get_or_default::<Playing>()
        .0
        .borrow_mut()
        .clear();
}
