//! `love.audio`: where sounds and the listener are, and sources made of buffers.

use super::audio::{Material, add_source, this};
use super::data_object::{self, DATA};
use super::sound::SoundContents;
use super::{context, enum_error};
use crate::audio::{Cone, DistanceModel, Listener, Place, SoundData, Vector};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;

fn vector(call: &mut Call<'_>, index: u32) -> Result<Vector, Raised> {
    Ok([
        call.number(index)? as f32,
        call.number(index + 1)? as f32,
        call.optional_number(index + 2, 0.0)? as f32,
    ])
}

fn number(value: f32) -> Value {
    Value::from_foreign_number(f64::from(value))
}

fn answer_vector(call: &mut Call<'_>, vector: Vector) -> NativeResult {
    call.many(&vector.map(number))
}

fn listener(call: &mut Call<'_>) -> Listener {
    context(call).audio.mixer().listener
}

fn change_listener(call: &mut Call<'_>, change: impl FnOnce(&mut Listener)) -> NativeResult {
    change(&mut context(call).audio.mixer().listener);
    call.none()
}

pub(super) fn set_position(call: &mut Call<'_>) -> NativeResult {
    let position = vector(call, 1)?;
    change_listener(call, |listener| listener.position = position)
}

pub(super) fn get_position(call: &mut Call<'_>) -> NativeResult {
    let position = listener(call).position;
    answer_vector(call, position)
}

pub(super) fn set_velocity(call: &mut Call<'_>) -> NativeResult {
    let velocity = vector(call, 1)?;
    change_listener(call, |listener| listener.velocity = velocity)
}

pub(super) fn get_velocity(call: &mut Call<'_>) -> NativeResult {
    let velocity = listener(call).velocity;
    answer_vector(call, velocity)
}

pub(super) fn set_orientation(call: &mut Call<'_>) -> NativeResult {
    let mut numbers = [0.0; 6];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = call.number(index as u32 + 1)? as f32;
    }
    let [fx, fy, fz, ux, uy, uz] = numbers;
    change_listener(call, |listener| {
        (listener.forward, listener.up) = ([fx, fy, fz], [ux, uy, uz]);
    })
}

pub(super) fn get_orientation(call: &mut Call<'_>) -> NativeResult {
    let Listener { forward, up, .. } = listener(call);
    let [fx, fy, fz] = forward.map(number);
    let [ux, uy, uz] = up.map(number);
    call.many(&[fx, fy, fz, ux, uy, uz])
}

pub(super) fn set_doppler_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = call.number(1)? as f32;
    change_listener(call, |listener| {
        if scale >= 0.0 {
            listener.doppler = scale;
        }
    })
}

pub(super) fn get_doppler_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = listener(call).doppler;
    call.one(number(scale))
}

pub(super) fn set_distance_model(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let known = DistanceModel::NAMES.iter().find(|entry| entry.0 == name);
    match known {
        Some(&(_, model)) => change_listener(call, |listener| listener.model = model),
        None => {
            let names: Vec<&str> = DistanceModel::NAMES.iter().map(|entry| entry.0).collect();
            Err(enum_error(call, "distance model", &names, &name))
        }
    }
}

pub(super) fn get_distance_model(call: &mut Call<'_>) -> NativeResult {
    let model = listener(call).model;
    let name = DistanceModel::NAMES.iter().find(|entry| entry.1 == model);
    call.one_string(name.map_or("none", |entry| entry.0))
}

/// The place of the source in argument 1, which must have one channel.
fn place(call: &mut Call<'_>) -> Result<Place, Raised> {
    let this = this(call)?;
    let (place, channels) = {
        let context = context(call);
        let mixer = context.audio.mixer();
        (mixer.place(this.voice), mixer.format(this.voice).1)
    };
    if channels > 1 {
        return Err(call.error(
            "This spatial audio functionality is only available for mono Sources. Ensure the Source is not multi-channel before calling this function.",
        ));
    }
    Ok(place)
}

fn change_place(call: &mut Call<'_>, change: impl FnOnce(&mut Place)) -> NativeResult {
    let mut place = place(call)?;
    change(&mut place);
    let this = this(call)?;
    context(call).audio.mixer().set_place(this.voice, place);
    call.none()
}

pub(super) fn source_set_position(call: &mut Call<'_>) -> NativeResult {
    let position = vector(call, 2)?;
    change_place(call, |place| place.position = position)
}

pub(super) fn source_get_position(call: &mut Call<'_>) -> NativeResult {
    let position = place(call)?.position;
    answer_vector(call, position)
}

pub(super) fn source_set_velocity(call: &mut Call<'_>) -> NativeResult {
    let velocity = vector(call, 2)?;
    change_place(call, |place| place.velocity = velocity)
}

pub(super) fn source_get_velocity(call: &mut Call<'_>) -> NativeResult {
    let velocity = place(call)?.velocity;
    answer_vector(call, velocity)
}

pub(super) fn set_direction(call: &mut Call<'_>) -> NativeResult {
    let direction = vector(call, 2)?;
    change_place(call, |place| place.direction = direction)
}

pub(super) fn get_direction(call: &mut Call<'_>) -> NativeResult {
    let direction = place(call)?.direction;
    answer_vector(call, direction)
}

/// An angle as LÖVE keeps it.
fn whole_degrees(radians: f64) -> f32 {
    (radians as f32).to_degrees().trunc().to_radians()
}

pub(super) fn set_cone(call: &mut Call<'_>) -> NativeResult {
    let cone = Cone {
        inner: whole_degrees(call.number(2)?),
        outer: whole_degrees(call.number(3)?),
        outer_volume: call.optional_number(4, 0.0)? as f32,
        outer_high_gain: call.optional_number(5, 1.0)? as f32,
    };
    change_place(call, |place| place.cone = cone)
}

pub(super) fn get_cone(call: &mut Call<'_>) -> NativeResult {
    let cone = place(call)?.cone;
    call.many(&[
        number(cone.inner),
        number(cone.outer),
        number(cone.outer_volume),
        number(cone.outer_high_gain),
    ])
}

pub(super) fn set_relative(call: &mut Call<'_>) -> NativeResult {
    let is_relative = call.boolean(2)?;
    change_place(call, |place| place.is_relative = is_relative)
}

pub(super) fn is_relative(call: &mut Call<'_>) -> NativeResult {
    let is_relative = place(call)?.is_relative;
    call.one(Value::boolean(is_relative))
}

pub(super) fn set_attenuation_distances(call: &mut Call<'_>) -> NativeResult {
    let (reference, most) = (call.number(2)? as f32, call.number(3)? as f32);
    if reference < 0.0 || most < 0.0 {
        return Err(call.error(format!(
            "Invalid distances: {reference}, {most}. Must be > 0"
        )));
    }
    change_place(call, |place| {
        (place.reference, place.most) = (reference, most)
    })
}

pub(super) fn get_attenuation_distances(call: &mut Call<'_>) -> NativeResult {
    let place = place(call)?;
    call.many(&[number(place.reference), number(place.most)])
}

pub(super) fn set_rolloff(call: &mut Call<'_>) -> NativeResult {
    let rolloff = call.number(2)? as f32;
    if rolloff < 0.0 {
        return Err(call.error(format!("Invalid rolloff: {rolloff}. Must be > 0.")));
    }
    change_place(call, |place| place.rolloff = rolloff)
}

pub(super) fn get_rolloff(call: &mut Call<'_>) -> NativeResult {
    let rolloff = place(call)?.rolloff;
    call.one(number(rolloff))
}

pub(super) fn set_air_absorption(call: &mut Call<'_>) -> NativeResult {
    let factor = call.number(2)? as f32;
    if factor < 0.0 {
        return Err(call.error(format!(
            "Invalid air absorption factor: {factor}. Must be > 0."
        )));
    }
    change_place(call, |place| place.air_absorption = factor)
}

pub(super) fn get_air_absorption(call: &mut Call<'_>) -> NativeResult {
    let factor = place(call)?.air_absorption;
    call.one(number(factor))
}

/// Buffers of a queueable source when nothing else is said, and the most there can be.
const BUFFERS: (i32, i32) = (8, 64);

pub(super) fn new_queueable_source(call: &mut Call<'_>) -> NativeResult {
    let (rate, bits, channels) = (call.integer(1)?, call.integer(2)?, call.integer(3)?);
    let buffers = call.optional_integer(4, BUFFERS.0)?;
    if bits != 8 && bits != 16 {
        return Err(call.error(format!(
            "{channels}-channel Sources with {bits} bits per sample are not supported."
        )));
    }
    if !(1..=8).contains(&channels) || rate < 1 {
        return Err(call.error(format!(
            "{channels}-channel Sources with {bits} bits per sample are not supported."
        )));
    }
    let material = Material::Queue {
        channels: channels as u16,
        rate_hertz: rate as u32,
        bits: bits as u32,
        buffers: buffers.clamp(1, BUFFERS.1) as usize,
    };
    let source = add_source(call, material, None)?;
    call.one(source)
}

pub(super) fn get_free_buffer_count(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let count = context(call).audio.mixer().free_buffers(this.voice);
    call.one(count as f64)
}

pub(super) fn queue(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let Material::Queue {
        channels,
        rate_hertz,
        bits,
        ..
    } = this.material
    else {
        return Err(call.error("Only queueable Sources can be queued with sound data."));
    };
    let Some(sound) = data_object::get::<SoundContents>(call.vm, call.argument(2)) else {
        data_object::check_data(call, 2, &DATA)?;
        return Err(call.argument_error(2, "SoundData expected"));
    };
    let (size, format) = {
        let sound = sound.0.borrow();
        (
            sound.bytes.len(),
            (sound.channels, sound.rate_hertz, sound.bits),
        )
    };
    let (offset, length) = if call.argument_count() >= 4 {
        (call.integer64(3)?, call.integer64(4)?)
    } else if call.argument_count() == 3 {
        (0, call.integer64(3)?)
    } else {
        (0, size as i64)
    };
    let end = offset.saturating_add(length);
    if length < 0 || offset < 0 || end > size as i64 {
        return Err(call.error("Data region out of bounds."));
    }
    if format != (u32::from(channels), rate_hertz, bits) {
        return Err(call.error("Queued sound data must have same format as sound Source."));
    }
    let frame = channels as usize * bits as usize / 8;
    if !(length as usize).is_multiple_of(frame) {
        return Err(call.error("Invalid sound data size."));
    }
    let part = SoundData {
        bytes: sound.0.borrow().bytes[offset as usize..end as usize].to_vec(),
        ..SoundData {
            bytes: Vec::new(),
            rate_hertz,
            bits,
            channels: u32::from(channels),
        }
    };
    let samples = part.to_samples();
    let is_queued = length > 0 && context(call).audio.mixer().queue(this.voice, &samples.data);
    call.one(Value::boolean(is_queued))
}
