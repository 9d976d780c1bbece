//! `require "cjson"`: JSON with lua-cjson's interface.
//!
//! `cjson.safe` answers nil and the message instead of raising. What can be set is set for one table of functions; `new` makes
//! another with defaults. Lua tables are read and written without metamethods.
//!
//! Not here: `encode_keep_buffer` does nothing, since there is no buffer to keep.

use rlove_vm::builtin::{Builtin, Effects, Recording};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

const BY_EFFECTS: Recording = Recording::Never("it builds tables and strings");

/// What `encode_*` and `decode_*` set.
#[derive(Clone, Copy)]
struct Settings {
    most_encode_depth: u32,
    most_decode_depth: u32,
    converts_sparse: bool,
    sparse_ratio: f64,
    sparse_safe: f64,
    precision: usize,
    encodes_invalid: Invalid,
    decodes_invalid: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Invalid {
    Refused,
    Allowed,
    Null,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            most_encode_depth: 1000,
            most_decode_depth: 1000,
            converts_sparse: false,
            sparse_ratio: 2.0,
            sparse_safe: 10.0,
            precision: 14,
            encodes_invalid: Invalid::Refused,
            decodes_invalid: true,
        }
    }
}

/// The settings of every table of functions, by number.
#[derive(Default)]
struct AllSettings(Vec<Settings>);

/// JSON's null in Lua.
const NULL: usize = 0;

static FUNCTIONS: &[Builtin] = &[
    Builtin::native(
        "cjson.encode",
        "(value: any) -> string",
        "A value as JSON.",
        Effects::ALLOCATES,
        BY_EFFECTS,
        encode,
    ),
    Builtin::native(
        "cjson.decode",
        "(text: string) -> any",
        "JSON as a value.",
        Effects::ALLOCATES,
        BY_EFFECTS,
        decode,
    ),
    Builtin::native(
        "cjson.encode_max_depth",
        "(depth: integer = nil) -> integer",
        "How deep tables may be.",
        Effects::WRITES,
        BY_EFFECTS,
        encode_max_depth,
    ),
    Builtin::native(
        "cjson.decode_max_depth",
        "(depth: integer = nil) -> integer",
        "How deep JSON may be.",
        Effects::WRITES,
        BY_EFFECTS,
        decode_max_depth,
    ),
    Builtin::native(
        "cjson.encode_sparse_array",
        "(convert: boolean = nil, ratio: integer = nil, safe: integer = nil) -> boolean, integer, integer",
        "Which arrays have too many holes.",
        Effects::WRITES,
        BY_EFFECTS,
        encode_sparse_array,
    ),
    Builtin::native(
        "cjson.encode_number_precision",
        "(digits: integer = nil) -> integer",
        "Digits of numbers.",
        Effects::WRITES,
        BY_EFFECTS,
        encode_number_precision,
    ),
    Builtin::native(
        "cjson.encode_keep_buffer",
        "(keep: boolean = nil) -> boolean",
        "Does nothing.",
        Effects::READS,
        BY_EFFECTS,
        |call| call.one(Value::boolean(true)),
    ),
    Builtin::native(
        "cjson.encode_invalid_numbers",
        "(mode: any = nil) -> any",
        "What becomes of NaN and infinity.",
        Effects::WRITES,
        BY_EFFECTS,
        encode_invalid_numbers,
    ),
    Builtin::native(
        "cjson.decode_invalid_numbers",
        "(allow: boolean = nil) -> boolean",
        "Whether NaN, infinity and hexadecimal numbers are read.",
        Effects::WRITES,
        BY_EFFECTS,
        decode_invalid_numbers,
    ),
    Builtin::native(
        "cjson.new",
        "() -> table",
        "The functions with settings of their own.",
        Effects::ALLOCATES,
        BY_EFFECTS,
        |call| {
            let table = new_table(call.vm);
            call.one(table)
        },
    ),
];

/// The functions, with settings of their own.
pub fn new_table(vm: &mut Vm) -> Value {
    let all = vm.extensions.get_or_default::<AllSettings>();
    all.0.push(Settings::default());
    let index = all.0.len() - 1;
    let table = vm.new_table();
    for builtin in FUNCTIONS {
        if let rlove_vm::builtin::Entry::Native(body) = builtin.entry {
            let function = vm.new_native_function(body, builtin, &[Value::number(index as f64)]);
            vm.set_field(table, builtin.short_name(), function);
        }
    }
    vm.set_field(table, "null", Value::light(NULL));
    for (key, text) in [("_NAME", "cjson"), ("_VERSION", "2.1.0")] {
        let text = vm.new_string(text.as_bytes());
        vm.set_field(table, key, text);
    }
    table
}

fn settings<'a>(call: &'a mut Call<'_>) -> &'a mut Settings {
    let index = call.upvalue(0).as_number().unwrap_or(0.0) as usize;
    let all = &mut call.vm.extensions.get_or_default::<AllSettings>().0;
    if index >= all.len() {
        all.resize(index + 1, Settings::default());
    }
    &mut all[index]
}

fn bounded(call: &mut Call<'_>, index: u32, least: i32, most: i32) -> Result<Option<i32>, Raised> {
    if call.argument(index).is_nil() {
        return Ok(None);
    }
    let value = call.integer(index)?;
    if (least..=most).contains(&value) {
        return Ok(Some(value));
    }
    Err(call.argument_error(
        index,
        format!("expected integer between {least} and {most}"),
    ))
}

fn encode_max_depth(call: &mut Call<'_>) -> NativeResult {
    let depth = bounded(call, 1, 1, i32::MAX)?;
    let settings = settings(call);
    settings.most_encode_depth = depth.map_or(settings.most_encode_depth, |depth| depth as u32);
    let depth = settings.most_encode_depth;
    call.one(f64::from(depth))
}

fn decode_max_depth(call: &mut Call<'_>) -> NativeResult {
    let depth = bounded(call, 1, 1, i32::MAX)?;
    let settings = settings(call);
    settings.most_decode_depth = depth.map_or(settings.most_decode_depth, |depth| depth as u32);
    let depth = settings.most_decode_depth;
    call.one(f64::from(depth))
}

fn encode_sparse_array(call: &mut Call<'_>) -> NativeResult {
    let converts = (!call.argument(1).is_nil()).then(|| call.truth(1));
    let ratio = bounded(call, 2, 0, i32::MAX)?;
    let safe = bounded(call, 3, 0, i32::MAX)?;
    let settings = settings(call);
    settings.converts_sparse = converts.unwrap_or(settings.converts_sparse);
    settings.sparse_ratio = ratio.map_or(settings.sparse_ratio, f64::from);
    settings.sparse_safe = safe.map_or(settings.sparse_safe, f64::from);
    let Settings {
        converts_sparse,
        sparse_ratio,
        sparse_safe,
        ..
    } = *settings;
    call.many(&[
        Value::boolean(converts_sparse),
        Value::number(sparse_ratio),
        Value::number(sparse_safe),
    ])
}

fn encode_number_precision(call: &mut Call<'_>) -> NativeResult {
    let digits = bounded(call, 1, 1, 17)?;
    let settings = settings(call);
    settings.precision = digits.map_or(settings.precision, |digits| digits as usize);
    let digits = settings.precision;
    call.one(digits as f64)
}

fn encode_invalid_numbers(call: &mut Call<'_>) -> NativeResult {
    let mode = call.argument(1);
    let is_null = mode.string_bytes() == Some(b"null");
    let settings = settings(call);
    if is_null {
        settings.encodes_invalid = Invalid::Null;
    } else if !mode.is_nil() {
        settings.encodes_invalid = if mode.is_truthy() {
            Invalid::Allowed
        } else {
            Invalid::Refused
        };
    }
    match settings.encodes_invalid {
        Invalid::Null => call.one_string("null"),
        other => call.one(Value::boolean(other == Invalid::Allowed)),
    }
}

fn decode_invalid_numbers(call: &mut Call<'_>) -> NativeResult {
    let allows = (!call.argument(1).is_nil()).then(|| call.truth(1));
    let settings = settings(call);
    settings.decodes_invalid = allows.unwrap_or(settings.decodes_invalid);
    let allows = settings.decodes_invalid;
    call.one(Value::boolean(allows))
}

// ---- Encoding ----

fn encode(call: &mut Call<'_>) -> NativeResult {
    if call.argument_count() != 1 {
        return Err(call.argument_error(1, "expected 1 argument"));
    }
    let settings = *settings(call);
    let value = call.argument(1);
    let mut encoder = Encoder {
        vm: call.vm,
        settings,
        text: Vec::new(),
    };
    match encoder.value(value, 0) {
        Ok(()) => {
            let text = encoder.text;
            call.one_string(text)
        }
        Err(message) => Err(call.error(message)),
    }
}

struct Encoder<'a> {
    vm: &'a mut Vm,
    settings: Settings,
    text: Vec<u8>,
}

impl Encoder<'_> {
    fn value(&mut self, value: Value, depth: u32) -> Result<(), String> {
        if let Some(bytes) = value.string_bytes() {
            self.string(bytes);
        } else if let Some(number) = value.as_number() {
            self.number(number)?;
        } else if value.is_boolean() {
            let text: &[u8] = if value.is_truthy() { b"true" } else { b"false" };
            self.text.extend_from_slice(text);
        } else if value.is_nil() || value.as_light() == Some(NULL) {
            self.text.extend_from_slice(b"null");
        } else if value.is_table() {
            self.table(value, depth + 1)?;
        } else {
            let name = value.type_name();
            return Err(format!("Cannot serialise {name}: type not supported"));
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        self.text.push(b'"');
        for &byte in bytes {
            let escaped: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'/' => b"\\/",
                8 => b"\\b",
                9 => b"\\t",
                10 => b"\\n",
                12 => b"\\f",
                13 => b"\\r",
                0..=31 | 127 => {
                    self.text
                        .extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                    continue;
                }
                _ => {
                    self.text.push(byte);
                    continue;
                }
            };
            self.text.extend_from_slice(escaped);
        }
        self.text.push(b'"');
    }

    fn number(&mut self, number: f64) -> Result<(), String> {
        if !number.is_finite() {
            match self.settings.encodes_invalid {
                Invalid::Refused => {
                    return Err("Cannot serialise number: must not be NaN or Infinity".to_owned());
                }
                Invalid::Null => self.text.extend_from_slice(b"null"),
                Invalid::Allowed if number.is_nan() => self.text.extend_from_slice(b"NaN"),
                Invalid::Allowed if number > 0.0 => self.text.extend_from_slice(b"Infinity"),
                Invalid::Allowed => self.text.extend_from_slice(b"-Infinity"),
            }
            return Ok(());
        }
        if number.fract() == 0.0
            && number.abs() < 1e14
            && self.settings.precision >= 14
            && (number != 0.0 || number.is_sign_positive())
        {
            self.text
                .extend_from_slice((number as i64).to_string().as_bytes());
            return Ok(());
        }
        if self.settings.precision == 14 {
            let text = self.vm.number_to_string(Value::number(number));
            self.text
                .extend_from_slice(text.string_bytes().unwrap_or(b"0"));
        } else {
            self.text
                .extend_from_slice(general(number, self.settings.precision).as_bytes());
        }
        Ok(())
    }

    fn table(&mut self, table: Value, depth: u32) -> Result<(), String> {
        let most = self.settings.most_encode_depth;
        if depth > most {
            return Err(format!("Cannot serialise, excessive depth ({depth})"));
        }
        let entries = self.vm.entries(table);
        match self.array_length(&entries)? {
            Some(length) => self.array(table, length, depth),
            None => self.object(&entries, depth),
        }
    }

    /// The length, if all keys are positive whole numbers and there are not too many holes.
    fn array_length(&self, entries: &[(Value, Value)]) -> Result<Option<i64>, String> {
        let mut most = 0.0_f64;
        for (key, _) in entries {
            match key.as_number() {
                Some(number) if number >= 1.0 && number.fract() == 0.0 && number < 1e15 => {
                    most = most.max(number)
                }
                _ => return Ok(None),
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let settings = &self.settings;
        let is_sparse = settings.sparse_ratio > 0.0
            && most > entries.len() as f64 * settings.sparse_ratio
            && most > settings.sparse_safe;
        match (is_sparse, settings.converts_sparse) {
            (true, true) => Ok(None),
            (true, false) => Err("Cannot serialise table: excessively sparse array".to_owned()),
            _ => Ok(Some(most as i64)),
        }
    }

    fn array(&mut self, table: Value, length: i64, depth: u32) -> Result<(), String> {
        self.text.push(b'[');
        for index in 1..=length {
            if index > 1 {
                self.text.push(b',');
            }
            let value = self.vm.raw_get_index(table, index);
            self.value(value, depth)?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn object(&mut self, entries: &[(Value, Value)], depth: u32) -> Result<(), String> {
        self.text.push(b'{');
        for (index, &(key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            if let Some(bytes) = key.string_bytes() {
                self.string(bytes);
            } else if let Some(number) = key.as_number() {
                self.text.push(b'"');
                self.number(number)?;
                self.text.push(b'"');
            } else {
                let name = key.type_name();
                return Err(format!(
                    "Cannot serialise {name}: table key must be a number or string"
                ));
            }
            self.text.push(b':');
            self.value(value, depth)?;
        }
        self.text.push(b'}');
        Ok(())
    }
}

/// C's `%.{digits}g`.
fn general(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    trimmed(&format!("{number:.decimals$}"))
}

// ---- Decoding ----

fn decode(call: &mut Call<'_>) -> NativeResult {
    if call.argument_count() != 1 {
        return Err(call.argument_error(1, "expected 1 argument"));
    }
    let settings = *settings(call);
    let text = call.string(1)?;
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(call.error("JSON parser does not support UTF-16 or UTF-32"));
    }
    let mut decoder = Decoder {
        vm: call.vm,
        settings,
        text,
        at: 0,
    };
    let found = decoder.document();
    match found {
        Ok(value) => call.one(value),
        Err(message) => Err(call.error(message)),
    }
}

struct Decoder<'a> {
    vm: &'a mut Vm,
    settings: Settings,
    text: &'a [u8],
    at: usize,
}

impl Decoder<'_> {
    fn document(&mut self) -> Result<Value, String> {
        let value = self.value(0)?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.expected("the end"));
        }
        Ok(value)
    }

    fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// "Expected WHAT but found TOKEN at character N", for what lies here.
    fn expected(&self, what: &str) -> String {
        let rest = &self.text[self.at..];
        let token = match rest.first() {
            None => "T_END",
            Some(b'{') => "T_OBJ_BEGIN",
            Some(b'}') => "T_OBJ_END",
            Some(b'[') => "T_ARR_BEGIN",
            Some(b']') => "T_ARR_END",
            Some(b'"') => "T_STRING",
            Some(b':') => "T_COLON",
            Some(b',') => "T_COMMA",
            Some(b'-' | b'0'..=b'9') => "T_NUMBER",
            Some(_) if rest.starts_with(b"true") || rest.starts_with(b"false") => "T_BOOLEAN",
            Some(_) if rest.starts_with(b"null") => "T_NULL",
            Some(_) => "invalid token",
        };
        self.problem(what, token)
    }

    fn problem(&self, what: &str, token: &str) -> String {
        format!(
            "Expected {what} but found {token} at character {}",
            self.at + 1
        )
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        self.skip_space();
        let rest = &self.text[self.at..];
        match rest.first() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words: [(&[u8], Value); 3] = [
                    (b"true", Value::boolean(true)),
                    (b"false", Value::boolean(false)),
                    (b"null", Value::light(NULL)),
                ];
                for (word, value) in words {
                    if rest.starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                if self.settings.decodes_invalid
                    && let Some(value) = self.invalid_number()
                {
                    return Ok(value);
                }
                Err(self.expected("value"))
            }
        }
    }

    /// `nan`, `inf` and `infinity` in any case.
    fn invalid_number(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        let words: [(&[u8], f64); 3] = [
            (b"infinity", f64::INFINITY),
            (b"inf", f64::INFINITY),
            (b"nan", f64::NAN),
        ];
        for (word, number) in words {
            if rest.len() >= word.len() && rest[..word.len()].eq_ignore_ascii_case(word) {
                self.at += word.len();
                return Some(Value::from_foreign_number(number));
            }
        }
        None
    }

    fn check_depth(&self, depth: u32) -> Result<(), String> {
        if depth > self.settings.most_decode_depth {
            return Err(format!("Found too many nested data structures ({depth})"));
        }
        Ok(())
    }

    fn object(&mut self, depth: u32) -> Result<Value, String> {
        self.check_depth(depth)?;
        self.at += 1;
        let table = self.vm.new_table();
        self.skip_space();
        if self.text.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(table);
        }
        loop {
            self.skip_space();
            if self.text.get(self.at) != Some(&b'"') {
                return Err(self.expected("object key string"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.text.get(self.at) != Some(&b':') {
                return Err(self.expected("colon"));
            }
            self.at += 1;
            let value = self.value(depth)?;
            self.vm
                .raw_set(table, key, value)
                .map_err(|_| "not enough memory".to_owned())?;
            self.skip_space();
            match self.text.get(self.at) {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(table);
                }
                Some(b',') => self.at += 1,
                _ => return Err(self.expected("comma or object end")),
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<Value, String> {
        self.check_depth(depth)?;
        self.at += 1;
        let table = self.vm.new_table();
        self.skip_space();
        if self.text.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(table);
        }
        for index in 1.. {
            let value = self.value(depth)?;
            self.vm
                .raw_set_index(table, index, value)
                .map_err(|_| "not enough memory".to_owned())?;
            self.skip_space();
            match self.text.get(self.at) {
                Some(b']') => break,
                Some(b',') => self.at += 1,
                _ => return Err(self.expected("comma or array end")),
            }
        }
        self.at += 1;
        Ok(table)
    }

    fn string(&mut self) -> Result<Value, String> {
        let start = self.at + 1;
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            match byte {
                b'"' => {
                    self.at = end + 1;
                    return self
                        .vm
                        .try_new_string(&self.text[start..end])
                        .map_err(|_| "not enough memory".to_owned());
                }
                b'\\' => break,
                _ => end += 1,
            }
        }
        let mut bytes = self.text[start..end].to_vec();
        while let Some(&byte) = self.text.get(end) {
            end += 1;
            match byte {
                b'"' => {
                    self.at = end;
                    return self
                        .vm
                        .try_new_string(&bytes)
                        .map_err(|_| "not enough memory".to_owned());
                }
                b'\\' => end = self.escape(end, &mut bytes)?,
                _ => bytes.push(byte),
            }
        }
        self.at = self.text.len();
        Err(self.problem("value", "unexpected end of string"))
    }

    /// What follows a backslash; the answer is where the text goes on.
    fn escape(&mut self, at: usize, bytes: &mut Vec<u8>) -> Result<usize, String> {
        let byte = match self.text.get(at) {
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(&plain @ (b'"' | b'\\' | b'/')) => plain,
            Some(b'u') => return self.unicode(at, bytes),
            _ => {
                self.at = at - 1;
                return Err(self.problem("value", "invalid escape code"));
            }
        };
        bytes.push(byte);
        Ok(at + 1)
    }

    fn hexadecimal(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    /// `uXXXX` at `at`, with its second half if it is the first of a pair.
    fn unicode(&mut self, at: usize, bytes: &mut Vec<u8>) -> Result<usize, String> {
        let code = self.hexadecimal(at + 1);
        let (code, end) = match code {
            Some(high @ 0xD800..=0xDBFF) => {
                let has_low = self.text.get(at + 5..at + 7) == Some(b"\\u".as_slice());
                match self.hexadecimal(at + 7).filter(|_| has_low) {
                    Some(low @ 0xDC00..=0xDFFF) => (
                        Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)),
                        at + 11,
                    ),
                    _ => (None, at),
                }
            }
            other => (other, at + 5),
        };
        match code.and_then(char::from_u32) {
            Some(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(end)
            }
            None => {
                self.at = at - 1;
                Err(self.problem("value", "invalid unicode escape code"))
            }
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let body = &rest[..length];
        let digits = body.strip_prefix(b"-").unwrap_or(body);
        let is_strict = match digits {
            [b'0', b'0'..=b'9', ..] => false,
            [b'0'..=b'9', ..] => true,
            _ => false,
        };
        if !is_strict && self.settings.decodes_invalid && digits.is_empty() {
            let sign = self.at;
            self.at += length;
            if let Some(value) = self.invalid_number() {
                let number = value.as_number().unwrap_or(f64::NAN);
                return Ok(Value::from_foreign_number(-number));
            }
            self.at = sign;
        }
        let is_allowed = is_strict || self.settings.decodes_invalid;
        let number = std::str::from_utf8(body)
            .ok()
            .and_then(|body| body.parse::<f64>().ok());
        match number.filter(|_| is_allowed) {
            Some(number) => {
                self.at += length;
                Ok(Value::from_foreign_number(number))
            }
            None => Err(self.problem("value", "invalid number")),
        }
    }
}

// ---- require ----

static LOADER: Builtin = Builtin::native(
    "cjson.load",
    "() -> table",
    "Makes the table for require.",
    Effects::WRITES,
    BY_EFFECTS,
    load,
);

fn load(call: &mut Call<'_>) -> NativeResult {
    let table = new_table(call.vm);
    let globals = call.vm.globals();
    call.vm.set_field(globals, "cjson", table);
    call.one(table)
}

/// `cjson.safe`: the same functions, answering nil and the message.
const SAFE: &str = "
local cjson = require('cjson')
local function answer(ok, ...)
  if ok then return ... end
  return nil, (tostring((...)):gsub('^[^:]*:%d+: ', ''))
end
local function safe(functions)
  for _, name in ipairs({ 'encode', 'decode' }) do
    local raising = functions[name]
    functions[name] = function(...) return answer(pcall(raising, ...)) end
  end
  local new = functions.new
  functions.new = function() return safe(new()) end
  return functions
end
return safe(cjson.new())
";

/// Makes `require "cjson"` and `require "cjson.safe"` work.
pub fn install(vm: &mut Vm) -> Result<(), Raised> {
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let preload = vm.field(package, "preload");
    let loader = vm.new_native_function(load, &LOADER, &[]);
    vm.set_field(preload, "cjson", loader);
    let safe = vm.load_source(SAFE.as_bytes(), b"=[cjson.safe]")?;
    vm.set_field(preload, "cjson.safe", safe);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(program: &str) -> String {
        crate::love::run_program(install, program)
    }

    // What lua-cjson 2.1 documents.
    #[test]
    fn values_become_json() {
        for (value, json) in [
            ("{ 1, 2.5, 'a/b', true, {} }", r#"[1,2.5,"a\/b",true,{}]"#),
            ("{ [1] = 1, [3] = 3 }", "[1,null,3]"),
            ("{ a = '\\n\\\"\\0' }", r#"{"a":"\n\"\u0000"}"#),
            ("{ [2.5] = c.null }", r#"{"2.5":null}"#),
            ("1e15", "1e+15"),
            ("1 / 3", "0.33333333333333"),
        ] {
            let program = format!("local c = require 'cjson' return c.encode({value})");
            assert_eq!(run(&program), json, "{value}");
        }
        for (value, message) in [
            ("print", "Cannot serialise function: type not supported"),
            (
                "0 / 0",
                "Cannot serialise number: must not be NaN or Infinity",
            ),
            (
                "{ [1000] = 1 }",
                "Cannot serialise table: excessively sparse array",
            ),
        ] {
            let program =
                format!("local c = require 'cjson.safe' return select(2, c.encode({value}))");
            assert_eq!(run(&program), message, "{value}");
        }
    }

    #[test]
    fn json_becomes_values() {
        let program = "local c = require 'cjson'
            local t = c.decode([[ {\"a\": [1, -2.5e1, \"\\u00e4\\ud83d\\ude00\"], \"b\": null, \"c\": false} ]])
            return table.concat({ #t.a, t.a[1], t.a[2], t.a[3], tostring(t.b == c.null), tostring(t.c) }, ' ')";
        assert_eq!(run(program), "3 1 -25 ä😀 true false");
        for (json, message) in [
            (
                "{",
                "Expected object key string but found T_END at character 2",
            ),
            (
                "[1 2]",
                "Expected comma or array end but found T_NUMBER at character 4",
            ),
            (
                "[1] x",
                "Expected the end but found invalid token at character 5",
            ),
            ("", "Expected value but found T_END at character 1"),
        ] {
            let program = format!("return select(2, require('cjson.safe').decode('{json}'))");
            assert_eq!(run(&program), message, "{json}");
        }
        let deep = "return select(2, require('cjson.safe').decode(('['):rep(2000)))";
        assert_eq!(run(deep), "Found too many nested data structures (1001)");
    }

    #[test]
    fn digits_are_those_of_c() {
        assert_eq!(general(1.0 / 3.0, 3), "0.333");
        assert_eq!(general(123_456.0, 3), "1.23e+05");
        assert_eq!(general(0.00001, 3), "1e-05");
    }
}
