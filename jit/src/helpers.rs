//! Runtime functions that compiled code calls.
//!
//! Each is an `extern "sysv64"` function of the virtual machine and at most five words. A helper that may fail answers
//! [`HELPER_FAILED`] with nothing done: the trace leaves through its snapshot and the interpreter does the instruction, raises the
//! error, calls the metamethod.
//!
//! Worked example: `Index` reads `object[key]` through tables and `__index` tables; where a function would have to be called, it fails.
//!
//! Invariants: no helper runs Lua code, starts a collection cycle, moves the running stack or lets a panic out.
//!
//! What this module does not do: decide when to call them (`recorder`), or say how (`backend`).

use crate::ir::{HELPER_FAILED, Helper, HelperEffects, Type};
use rlove_vm::interpreter::metamethod::Metamethod;
use rlove_vm::object::{Function, Table};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

const PURE: HelperEffects = HelperEffects::PURE;
const READS: HelperEffects = HelperEffects::READS;
const FAILING_READ: HelperEffects = READS.and(HelperEffects::FAILS);
const MAKING_READ: HelperEffects = FAILING_READ.and(HelperEffects::ALLOCATES);
const WRITING: HelperEffects = MAKING_READ.and(HelperEffects::WRITES);
const FAILS_ONLY: HelperEffects = HelperEffects::FAILS;
const MAKING: HelperEffects = HelperEffects::ALLOCATES;
const MAKING_FAILING: HelperEffects = MAKING.and(HelperEffects::FAILS);

macro_rules! define_helpers {
    ($($name:ident $text:literal $function:path, ($($argument:ident)*) $result:ident $effects:expr;)*) => {
        /// Helpers by number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        #[allow(missing_docs)]
        pub enum HelperName { $($name,)* }
        impl HelperName {
            /// All, in order.
            pub const ALL: &'static [HelperName] = &[$(HelperName::$name,)*];
        }
        /// The table of helpers; the literal of a call is the index in it.
        pub fn helpers() -> &'static [Helper] {
            static TABLE: std::sync::OnceLock<Vec<Helper>> = std::sync::OnceLock::new();
            TABLE.get_or_init(|| vec![$(Helper {
                name: $text,
                address: $function as *const () as usize,
                arguments: &[$(Type::$argument),*],
                result: Type::$result,
                effects: $effects,
            },)*])
        }
    };
}

define_helpers! {
    Index "index" index, (Value Value) Value MAKING_READ;
    Store "store" store, (Value Value Value) Value WRITING;
    RawGet "raw_get" raw_get, (Table Value) Value READS.and(HelperEffects::ALLOCATES);
    RawSet "raw_set" raw_set, (Table Integer Value) Value WRITING;
    Concatenate2 "concatenate" concatenate2, (Value Value) Value MAKING_FAILING;
    Concatenate3 "concatenate" concatenate3, (Value Value Value) Value MAKING_FAILING;
    Concatenate4 "concatenate" concatenate4, (Value Value Value Value) Value MAKING_FAILING;
    CompareStrings "compare_strings" compare_strings, (Value Value) Integer PURE;
    EqualStrings "equal_strings" equal_strings, (Value Value) Integer PURE;
    NewArrayTable "new_array_table" new_array_table, (Integer Integer) Table MAKING;
    ReserveArray "reserve_array" reserve_array, (Table Integer) Value WRITING;
    NewClosure "new_closure" new_closure, (Function Integer) Function MAKING;
    NextStep "next_step" next_step, (Table Value) Value FAILING_READ;
    Next "next" next, (Table Value) Value FAILING_READ;
    Scratch "scratch" scratch, (Integer Value) Value READS;
    ToNumber "to_number" to_number, (Value) Value FAILS_ONLY;
    StringSub "string_sub" string_sub, (Value Integer Integer) Value MAKING;
    StringSubEquals "string_sub_equals" string_sub_equals, (Value Integer Integer Value) Integer PURE;
    StringChar "string_char" string_char, (Integer) Value MAKING_FAILING;
    Read0 "invoke" invoke0, (Function) Value MAKING_READ;
    Read1 "invoke" invoke1, (Function Value) Value MAKING_READ;
    Read2 "invoke" invoke2, (Function Value Value) Value MAKING_READ;
    Read3 "invoke" invoke3, (Function Value Value Value) Value MAKING_READ;
    Read4 "invoke" invoke4, (Function Value Value Value Value) Value MAKING_READ;
    Invoke0 "invoke" invoke0, (Function) Value WRITING;
    Invoke1 "invoke" invoke1, (Function Value) Value WRITING;
    Invoke2 "invoke" invoke2, (Function Value Value) Value WRITING;
    Invoke3 "invoke" invoke3, (Function Value Value Value) Value WRITING;
    Invoke4 "invoke" invoke4, (Function Value Value Value Value) Value WRITING;
    Invoke5 "invoke" invoke5, (Function Value Value Value Value Value) Value WRITING;
    Invoke6 "invoke" invoke6, (Function Value Value Value Value Value Value) Value WRITING;
    Invoke7 "invoke" invoke7, (Function Value Value Value Value Value Value Value) Value WRITING;
    Invoke8 "invoke" invoke8, (Function Value Value Value Value Value Value Value Value) Value WRITING;
    Invoke9 "invoke" invoke9, (Function Value Value Value Value Value Value Value Value Value) Value WRITING;
    Invoke10 "invoke" invoke10, (Function Value Value Value Value Value Value Value Value Value Value) Value WRITING;
    Invoke11 "invoke" invoke11, (Function Value Value Value Value Value Value Value Value Value Value Value) Value WRITING;
    Sine "sin" sin, (Number) Number PURE;
    Cosine "cos" cos, (Number) Number PURE;
    Tangent "tan" tan, (Number) Number PURE;
    ArcSine "asin" asin, (Number) Number PURE;
    ArcCosine "acos" acos, (Number) Number PURE;
    ArcTangent "atan" atan, (Number) Number PURE;
    HyperbolicSine "sinh" sinh, (Number) Number PURE;
    HyperbolicCosine "cosh" cosh, (Number) Number PURE;
    HyperbolicTangent "tanh" tanh, (Number) Number PURE;
    Exponential "exp" exp, (Number) Number PURE;
    Logarithm10 "log10" log10, (Number) Number PURE;
    Degrees "deg" deg, (Number) Number PURE;
    Radians "rad" rad, (Number) Number PURE;
    ArcTangent2 "atan2" atan2, (Number Number) Number PURE;
    Remainder "fmod" fmod, (Number Number) Number PURE;
    PowerOf "pow" pow, (Number Number) Number PURE;
}

/// Most arguments of a builtin that compiled code calls through [`HelperName::invoke`].
pub const MOST_INVOKE_ARGUMENTS: usize = 11;

impl HelperName {
    /// Its entry in the table.
    pub fn description(self) -> &'static Helper {
        &helpers()[self as usize]
    }
    /// The helper that runs a builtin with so many arguments (at most eleven).
    pub fn invoke(arguments: usize, writes: bool) -> HelperName {
        use HelperName::*;
        let reading = [Read0, Read1, Read2, Read3, Read4];
        let writing = [
            Invoke0, Invoke1, Invoke2, Invoke3, Invoke4, Invoke5, Invoke6, Invoke7, Invoke8,
            Invoke9, Invoke10, Invoke11,
        ];
        match reading.get(arguments) {
            Some(helper) if !writes => *helper,
            _ => writing[arguments.min(MOST_INVOKE_ARGUMENTS)],
        }
    }
    /// The helper of a function of `math`, by the name of its operation.
    pub fn of_mathematics(name: &str) -> Option<HelperName> {
        let first = HelperName::Sine as usize;
        HelperName::ALL[first..]
            .iter()
            .copied()
            .find(|helper| helper.description().name == name)
    }
}

const FAILED: Value = Value::from_bits(HELPER_FAILED);

/// Runs `work`; a panic becomes a failure.
fn guarded(work: impl FnOnce() -> Option<Value>) -> Value {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .ok()
        .flatten()
        .unwrap_or(FAILED)
}

/// The machine behind a helper's first argument.
fn machine<'a>(vm: *mut Vm) -> &'a mut Vm {
    // SAFETY: I20: compiled code passes the machine that runs it, and nobody else uses it meanwhile.
    unsafe { &mut *vm }
}

// ---- Tables ----

extern "sysv64" fn index(vm: *mut Vm, object: Value, key: Value) -> Value {
    let vm = machine(vm);
    guarded(|| {
        let key = vm.heap.interned(key);
        let mut object = object;
        for _ in 0..100 {
            object.as_table()?;
            let value = vm.raw_get(object, key);
            if !value.is_nil() {
                return Some(value);
            }
            let handler = vm.metamethod(object, Metamethod::Index);
            if handler.is_nil() {
                return Some(Value::NIL);
            }
            object = handler;
        }
        None
    })
}

extern "sysv64" fn store(vm: *mut Vm, object: Value, key: Value, value: Value) -> Value {
    let vm = machine(vm);
    guarded(|| {
        object.as_table()?;
        if key.is_nil() || key.is_number() && key.raw_double().is_nan() {
            return None;
        }
        let key = vm.heap.interned(key);
        if !vm.metamethod(object, Metamethod::NewIndex).is_nil() && vm.raw_get(object, key).is_nil()
        {
            return None;
        }
        set_raw(vm, object, key, value)
    })
}

fn set_raw(vm: &mut Vm, object: Value, key: Value, value: Value) -> Option<Value> {
    if vm.raw_set(object, key, value).is_err() {
        vm.take_error();
        return None;
    }
    Some(Value::NIL)
}

extern "sysv64" fn raw_get(vm: *mut Vm, table: *mut Table, key: Value) -> Value {
    let vm = machine(vm);
    guarded(|| Some(vm.raw_get(Value::table(table), key)))
}

extern "sysv64" fn raw_set(vm: *mut Vm, table: *mut Table, key: i32, value: Value) -> Value {
    let vm = machine(vm);
    guarded(|| set_raw(vm, Value::table(table), Value::from(key), value))
}

extern "sysv64" fn new_array_table(vm: *mut Vm, slots: i32, capacity: i32) -> *mut Table {
    let vm = machine(vm);
    let table = vm.heap.new_table(slots as usize);
    // SAFETY: I4: just made. Capacities come from constructors in the source: small.
    if unsafe { Table::grow_array(table, &mut vm.heap, capacity as usize) }.is_err() {
        std::alloc::handle_alloc_error(std::alloc::Layout::new::<u64>());
    }
    table
}

extern "sysv64" fn reserve_array(vm: *mut Vm, table: *mut Table, capacity: i32) -> Value {
    let vm = machine(vm);
    guarded(|| {
        // SAFETY: I1, I4: a live table.
        unsafe {
            if ((*(*table).body).array_capacity as i32) < capacity {
                Table::grow_array(table, &mut vm.heap, capacity as usize).ok()?;
            }
        }
        Some(Value::NIL)
    })
}

const POSITION: u64 = 1 << 40;

extern "sysv64" fn next_step(vm: *mut Vm, table: *mut Table, control: Value) -> Value {
    let vm = machine(vm);
    guarded(|| {
        if control.bits() >> 40 != Value::marker(POSITION).bits() >> 40 {
            return None;
        }
        let position = control.bits() & 0xff_ffff_ffff;
        // SAFETY: I1, I4: a live table.
        let found = unsafe { Table::next_from(table, &mut vm.heap, position) };
        let Some((key, value, position)) = found else {
            return Some(Value::NIL);
        };
        vm.scratch[0] = key;
        vm.scratch[1] = value;
        Some(Value::from_bits(Value::marker(POSITION).bits() | position))
    })
}

extern "sysv64" fn next(vm: *mut Vm, table: *mut Table, key: Value) -> Value {
    let vm = machine(vm);
    guarded(|| {
        let found = vm.raw_next(Value::table(table), key).ok()?;
        let (key, value) = found.unwrap_or((Value::NIL, Value::NIL));
        vm.scratch[0] = key;
        vm.scratch[1] = value;
        Some(key)
    })
}

extern "sysv64" fn scratch(vm: *mut Vm, index: i32, _of: Value) -> Value {
    let vm = machine(vm);
    vm.scratch
        .get(index as usize)
        .copied()
        .unwrap_or(Value::NIL)
}

// ---- Strings ----

fn concatenate(vm: *mut Vm, pieces: &[Value]) -> Value {
    let vm = machine(vm);
    guarded(|| vm.concatenated(pieces))
}
extern "sysv64" fn concatenate2(vm: *mut Vm, a: Value, b: Value) -> Value {
    concatenate(vm, &[a, b])
}
extern "sysv64" fn concatenate3(vm: *mut Vm, a: Value, b: Value, c: Value) -> Value {
    concatenate(vm, &[a, b, c])
}
extern "sysv64" fn concatenate4(vm: *mut Vm, a: Value, b: Value, c: Value, d: Value) -> Value {
    concatenate(vm, &[a, b, c, d])
}
extern "sysv64" fn compare_strings(_vm: *mut Vm, a: Value, b: Value) -> i32 {
    match (a.string_bytes(), b.string_bytes()) {
        (Some(a), Some(b)) => a.cmp(b) as i32,
        _ => 0,
    }
}
extern "sysv64" fn equal_strings(_vm: *mut Vm, a: Value, b: Value) -> i32 {
    i32::from(a.string_bytes() == b.string_bytes())
}
extern "sysv64" fn to_number(vm: *mut Vm, text: Value) -> Value {
    let vm = machine(vm);
    guarded(|| vm.to_number(text).map(Value::number))
}
/// The bytes of `string.sub` with whole bounds.
fn piece(text: Value, first: i32, last: i32) -> &'static [u8] {
    let bytes = text.string_bytes().unwrap_or(b"");
    let length = bytes.len() as i64;
    let from_end = |index: i32| {
        let index = i64::from(index);
        if index < 0 { length + index + 1 } else { index }
    };
    let first = from_end(first).max(1);
    let last = from_end(last).min(length);
    if first > last {
        return b"";
    }
    bytes
        .get(first as usize - 1..last as usize)
        .unwrap_or_default()
}
extern "sysv64" fn string_sub(vm: *mut Vm, text: Value, first: i32, last: i32) -> Value {
    let bytes = piece(text, first, last);
    if bytes.len() == text.string_bytes().map_or(0, <[u8]>::len) {
        return text;
    }
    machine(vm).new_string(bytes)
}
extern "sysv64" fn string_sub_equals(
    _vm: *mut Vm,
    text: Value,
    first: i32,
    last: i32,
    constant: Value,
) -> i32 {
    let (piece, constant) = (
        piece(text, first, last),
        constant.string_bytes().unwrap_or(b""),
    );
    // Mostly single characters.
    i32::from(piece.len() == constant.len() && piece.iter().eq(constant))
}
extern "sysv64" fn string_char(vm: *mut Vm, code: i32) -> Value {
    let vm = machine(vm);
    match u8::try_from(code) {
        Ok(code) => vm.new_string(&[code]),
        Err(_) => FAILED,
    }
}

// ---- Functions ----

extern "sysv64" fn new_closure(vm: *mut Vm, parent: *mut Function, index: i32) -> *mut Function {
    let vm = machine(vm);
    // SAFETY: I1, I6: a live Lua function with a child of this index.
    unsafe { vm.new_closed_closure(parent, index as usize) }
}

fn invoke(vm: *mut Vm, function: *mut Function, arguments: &[Value]) -> Value {
    let vm = machine(vm);
    guarded(|| {
        // SAFETY: I1: a live builtin.
        unsafe { vm.invoke_builtin(function, arguments) }
    })
}
macro_rules! invoking {
    ($($name:ident($($argument:ident)*);)*) => {
        $(
            #[allow(clippy::too_many_arguments)]
            extern "sysv64" fn $name(vm: *mut Vm, function: *mut Function $(, $argument: Value)*) -> Value {
                invoke(vm, function, &[$($argument),*])
            }
        )*
    };
}
invoking! {
    invoke0();
    invoke1(a);
    invoke2(a b);
    invoke3(a b c);
    invoke4(a b c d);
    invoke5(a b c d e);
    invoke6(a b c d e f);
    invoke7(a b c d e f g);
    invoke8(a b c d e f g h);
    invoke9(a b c d e f g h i);
    invoke10(a b c d e f g h i j);
    invoke11(a b c d e f g h i j k);
}

// ---- Mathematics: the same functions as the library's ----

macro_rules! unary {
    ($($name:ident |$x:ident| $result:expr;)*) => {
        $(extern "sysv64" fn $name(_vm: *mut Vm, $x: f64) -> f64 {
            $result
        })*
    };
}
unary! {
    sin |x| x.sin();
    cos |x| x.cos();
    tan |x| x.tan();
    asin |x| x.asin();
    acos |x| x.acos();
    atan |x| x.atan();
    sinh |x| x.sinh();
    cosh |x| x.cosh();
    tanh |x| x.tanh();
    exp |x| x.exp();
    log10 |x| x.log10();
    deg |x| x * (180.0 / std::f64::consts::PI);
    rad |x| x * (std::f64::consts::PI / 180.0);
}
extern "sysv64" fn atan2(_vm: *mut Vm, y: f64, x: f64) -> f64 {
    y.atan2(x)
}
extern "sysv64" fn fmod(_vm: *mut Vm, x: f64, y: f64) -> f64 {
    x % y
}
extern "sysv64" fn pow(_vm: *mut Vm, x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_fit_the_registers_and_the_area_of_a_call() {
        for helper in helpers() {
            let words = helper
                .arguments
                .iter()
                .filter(|&&ty| ty != Type::Number)
                .count();
            assert!(words <= 15, "{}", helper.name);
        }
        assert_eq!(helpers().len(), HelperName::ALL.len());
    }
}
