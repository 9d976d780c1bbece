//! `love.audio`: effects and filters as tables, and the devices that sound goes to.
//!
//! ```text
//! love.audio.setEffect("hall", { type = "reverb", decaytime = 3 })   -- made once, by name
//! source:setEffect("hall", { type = "lowpass", highgain = 0.3 })     -- what is sent to it goes through a filter
//! ```
//!
//! Names and ranges are those of `crate::audio::EffectKind::parameters`. Not here: how an effect sounds.

use super::audio::this;
use super::{context, enum_error};
use crate::audio::{
    EFFECT_KINDS, EffectKind, EffectSettings, FilterKind, FilterSettings, MOST_EFFECTS, MOST_SENDS,
    ParameterKind, VOLUME, WAVEFORMS,
};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;

fn number(value: f32) -> Value {
    Value::from_foreign_number(f64::from(value))
}

/// A list of names as a table.
fn answer_names(call: &mut Call<'_>, names: &[String]) -> NativeResult {
    let list = call.vm.new_table();
    call.push(list);
    for (index, name) in names.iter().enumerate() {
        let name = call.new_string(name.as_bytes())?;
        call.vm.raw_set_index(list, index as i64 + 1, name)?;
    }
    call.one(list)
}

/// The keys and values of the table in argument `index`; keys must be strings.
fn entries(call: &mut Call<'_>, index: u32) -> Result<Vec<(String, Value)>, Raised> {
    let table = call.table_value(index)?;
    let mut found = Vec::new();
    for (key, value) in call.vm.entries(table) {
        let Some(name) = key.string_bytes() else {
            let got = key.type_name();
            return Err(call.error(format!(
                "bad argument #-2 to '?' (string expected, got {got})"
            )));
        };
        found.push((String::from_utf8_lossy(name).into_owned(), value));
    }
    Ok(found)
}

/// The "type" in the table in argument `index`, by a list of known ones.
fn table_type<T: Copy>(
    call: &mut Call<'_>,
    index: u32,
    what: &str,
    known: &[(&str, T)],
) -> Result<T, Raised> {
    let table = call.table_value(index)?;
    let value = call.vm.field(table, "type");
    let Some(name) = value.string_bytes() else {
        let capital = if what == "effect" { "Effect" } else { "Filter" };
        return Err(call.error(format!("{capital} type not specificed.")));
    };
    let name = String::from_utf8_lossy(name).into_owned();
    match known.iter().find(|entry| entry.0 == name) {
        Some(&(_, kind)) => Ok(kind),
        None => {
            let names: Vec<&str> = known.iter().map(|entry| entry.0).collect();
            Err(enum_error(call, &format!("{what} type"), &names, &name))
        }
    }
}

/// LÖVE's error for a value of a wrong type; it names the type of something that is not there.
fn wrong_type(call: &mut Call<'_>, kind: &str, name: &str, expected: &str) -> Raised {
    call.error(format!(
        "Bad parameter type for {kind} {name}: {expected} expected, got no value"
    ))
}

/// One parameter of an effect from a table's entry.
fn parameter(
    call: &mut Call<'_>,
    kind: EffectKind,
    name: &str,
    value: Value,
) -> Result<(&'static str, f32), Raised> {
    let known = kind
        .parameters()
        .iter()
        .chain(std::iter::once(&VOLUME))
        .find(|parameter| parameter.name == name);
    let Some(known) = known else {
        let kind = kind.name();
        return Err(call.error(format!("Invalid '{kind}' Effect parameter: {name}")));
    };
    let number = match known.kind {
        ParameterKind::Number { .. } => match call.vm.to_number(value) {
            Some(value) => value as f32,
            None => return Err(wrong_type(call, kind.name(), name, "number")),
        },
        ParameterKind::Switch { .. } => {
            if !value.is_boolean() {
                return Err(wrong_type(call, kind.name(), name, "boolean"));
            }
            f32::from(u8::from(value.is_truthy()))
        }
        ParameterKind::Waveform { .. } => {
            let text = match value.string_bytes() {
                Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                None => match call.vm.to_number(value) {
                    Some(number) => format!("{number}"),
                    None => return Err(wrong_type(call, kind.name(), name, "string")),
                },
            };
            match WAVEFORMS.iter().position(|form| *form == text) {
                Some(form) => form as f32,
                None => return Err(call.error(format!("Invalid waveform type: {text}"))),
            }
        }
    };
    Ok((known.name, number))
}

pub(super) fn set_effect(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let second = call.argument(2);
    if second.is_nil() || (second.is_boolean() && !second.is_truthy()) {
        let is_gone = context(call).audio.mixer().remove_effect(&name);
        return call.one(Value::boolean(is_gone));
    }
    let kind = table_type(call, 2, "effect", &EFFECT_KINDS)?;
    let mut settings = EffectSettings {
        kind,
        values: std::collections::BTreeMap::new(),
    };
    for (key, value) in entries(call, 2)? {
        if key != "type" {
            let (known, value) = parameter(call, kind, &key, value)?;
            settings.values.insert(known, value);
        }
    }
    let is_set = context(call).audio.mixer().set_effect(&name, settings);
    call.one(Value::boolean(is_set))
}

pub(super) fn get_effect(call: &mut Call<'_>) -> NativeResult {
    let name = call.text(1)?;
    let settings = context(call).audio.mixer().effect(&name).cloned();
    let Some(settings) = settings else {
        return call.none();
    };
    let table = match call.argument(2) {
        given if given.is_table() => given,
        _ => call.vm.new_table(),
    };
    call.push(table);
    let kind = call.new_string(settings.kind.name().as_bytes())?;
    call.vm.set_field(table, "type", kind);
    for (name, &value) in &settings.values {
        let parameter = settings
            .kind
            .parameters()
            .iter()
            .find(|parameter| parameter.name == *name);
        let shown = match parameter.map(|parameter| parameter.kind) {
            Some(ParameterKind::Switch { .. }) => Value::boolean(value > 0.5),
            Some(ParameterKind::Waveform { .. }) => {
                let form = WAVEFORMS.get(value as usize).copied().unwrap_or("sine");
                call.new_string(form.as_bytes())?
            }
            _ => number(value),
        };
        call.vm.set_field(table, name, shown);
    }
    call.one(table)
}

pub(super) fn get_active_effects(call: &mut Call<'_>) -> NativeResult {
    let names = context(call).audio.mixer().effect_names();
    answer_names(call, &names)
}

pub(super) fn get_max_scene_effects(call: &mut Call<'_>) -> NativeResult {
    call.one(MOST_EFFECTS as f64)
}

pub(super) fn get_max_source_effects(call: &mut Call<'_>) -> NativeResult {
    call.one(MOST_SENDS as f64)
}

pub(super) fn source_set_effect(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = call.text(2)?;
    let third = call.argument(3);
    let is_set = if third.is_boolean() && !third.is_truthy() {
        context(call).audio.mixer().remove_send(this.voice, &name)
    } else {
        let filter = if third.is_nil() || third.is_boolean() {
            None
        } else {
            Some(filter_argument(call, 3)?)
        };
        context(call)
            .audio
            .mixer()
            .set_send(this.voice, &name, filter)
    };
    call.one(Value::boolean(is_set))
}

pub(super) fn source_get_effect(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let name = call.text(2)?;
    let send = context(call).audio.mixer().send(this.voice, &name);
    match send {
        None => call.one(Value::boolean(false)),
        Some(None) => call.one(Value::boolean(true)),
        Some(Some(filter)) => {
            let table = filter_table(call, filter, 3)?;
            call.many(&[Value::boolean(true), table])
        }
    }
}

pub(super) fn source_get_active_effects(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let names = context(call).audio.mixer().sends(this.voice);
    answer_names(call, &names)
}

const FILTER_KINDS: [(&str, FilterKind); 3] = [
    ("lowpass", FilterKind::LowPass),
    ("highpass", FilterKind::HighPass),
    ("bandpass", FilterKind::BandPass),
];

/// The filter in the table in argument `index`.
fn filter_argument(call: &mut Call<'_>, index: u32) -> Result<FilterSettings, Raised> {
    let kind = table_type(call, index, "filter", &FILTER_KINDS)?;
    let name = FILTER_KINDS
        .iter()
        .find(|entry| entry.1 == kind)
        .map_or("", |entry| entry.0);
    let mut filter = FilterSettings {
        kind,
        volume: 1.0,
        high_gain: 1.0,
        low_gain: 1.0,
    };
    for (key, value) in entries(call, index)? {
        let slot = match key.as_str() {
            "type" => continue,
            "volume" => &mut filter.volume,
            "highgain" if kind != FilterKind::HighPass => &mut filter.high_gain,
            "lowgain" if kind != FilterKind::LowPass => &mut filter.low_gain,
            _ => return Err(call.error(format!("Invalid '{name}' Effect parameter: {key}"))),
        };
        match call.vm.to_number(value) {
            Some(value) => *slot = value as f32,
            None => return Err(wrong_type(call, name, &key, "number")),
        }
    }
    Ok(filter)
}

/// A filter as a table: that of argument `index`, or a new one.
fn filter_table(call: &mut Call<'_>, filter: FilterSettings, index: u32) -> Result<Value, Raised> {
    let table = match call.argument(index) {
        given if given.is_table() => given,
        _ => call.vm.new_table(),
    };
    call.push(table);
    let name = FILTER_KINDS.iter().find(|entry| entry.1 == filter.kind);
    let name = call.new_string(name.map_or("", |entry| entry.0).as_bytes())?;
    call.vm.set_field(table, "type", name);
    call.vm.set_field(table, "volume", number(filter.volume));
    if filter.kind != FilterKind::HighPass {
        call.vm
            .set_field(table, "highgain", number(filter.high_gain));
    }
    if filter.kind != FilterKind::LowPass {
        call.vm.set_field(table, "lowgain", number(filter.low_gain));
    }
    Ok(table)
}

pub(super) fn set_filter(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let filter = if call.argument(2).is_nil() {
        None
    } else {
        Some(filter_argument(call, 2)?)
    };
    context(call).audio.mixer().set_filter(this.voice, filter);
    call.one(Value::boolean(true))
}

pub(super) fn get_filter(call: &mut Call<'_>) -> NativeResult {
    let this = this(call)?;
    let filter = context(call).audio.mixer().filter(this.voice);
    match filter {
        None => call.none(),
        Some(filter) => {
            let table = filter_table(call, filter, 2)?;
            call.one(table)
        }
    }
}

/// LÖVE 12: the device that plays.
pub(super) fn get_playback_device(call: &mut Call<'_>) -> NativeResult {
    let name = context(call).audio.device_name();
    call.one_string(name)
}

/// LÖVE 12: the devices there are.
pub(super) fn get_playback_devices(call: &mut Call<'_>) -> NativeResult {
    let names = crate::audio::device_names();
    answer_names(call, &names)
}

/// LÖVE 12: goes over to another device; nothing and the empty name are the system's choice.
pub(super) fn set_playback_device(call: &mut Call<'_>) -> NativeResult {
    let name = if call.argument(1).is_nil() {
        String::new()
    } else {
        call.text(1)?
    };
    if context(call).audio.choose_device(&name) {
        return call.one(Value::boolean(true));
    }
    let problem = call.new_string(b"Cannot set output device: Invalid Value")?;
    call.many(&[Value::boolean(false), problem])
}

/// LÖVE 12: there is no processing for headphones, as with a device that has none.
pub(super) fn set_output_spatialization(call: &mut Call<'_>) -> NativeResult {
    call.boolean(1)?;
    call.one(Value::boolean(false))
}

/// LÖVE 12: as [`set_output_spatialization`].
pub(super) fn get_output_spatialization(call: &mut Call<'_>) -> NativeResult {
    call.many(&[Value::boolean(false), Value::NIL])
}

/// LÖVE 12: as [`set_output_spatialization`].
pub(super) fn get_output_spatialization_filters(call: &mut Call<'_>) -> NativeResult {
    answer_names(call, &[])
}
