//! The seam to the foreign function interface, with a double in its place: 64-bit integers and a pair with two fields.

use rlove_vm::bytecode::{Constant, Opcode};
use rlove_vm::interpreter::metamethod::{Metamethod, Step};
use rlove_vm::library;
use rlove_vm::object::CData;
use rlove_vm::seams::Foreign;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

const INTEGER: u32 = 1;
const PAIR: u32 = 2;

#[derive(Default)]
struct Double {
    finalized: RefCell<Vec<i64>>,
}

fn new(vm: &mut Vm, type_number: u32, words: &[i64]) -> Value {
    let cdata = vm
        .heap
        .new_cdata(type_number, words.len() * 8)
        .expect("memory");
    for (index, &word) in words.iter().enumerate() {
        // SAFETY: I2: the object was just made with room for these words.
        unsafe { CData::bytes(cdata).cast::<i64>().add(index).write(word) };
    }
    Value::object(cdata.cast())
}
fn word(value: Value, type_number: u32, index: usize) -> Option<i64> {
    let cdata = value.as_cdata()?.cast::<CData>();
    // SAFETY: I1: a live object; the index is below its size.
    unsafe {
        if (*cdata).header.word != type_number || (index + 1) * 8 > (*cdata).size_bytes {
            return None;
        }
        Some(CData::bytes(cdata).cast::<i64>().add(index).read())
    }
}
/// The integer that an operand stands for.
fn integer(value: Value) -> Option<i64> {
    word(value, INTEGER, 0).or_else(|| value.as_number().map(|number| number as i64))
}
fn field(key: Value) -> Option<usize> {
    match key.string_bytes()? {
        b"x" => Some(0),
        b"y" => Some(1),
        _ => None,
    }
}

impl Foreign for Double {
    fn index(&self, vm: &mut Vm, object: Value, key: Value) -> Option<Step> {
        if key.string_bytes() == Some(b"callback") {
            // Lua runs inside of an operation, and uses C data again.
            let globals = vm.globals();
            let function = vm.field(globals, "callback");
            return Some(match vm.call_function(function, &[object]) {
                Ok(results) => Step::Value(results.first().copied().unwrap_or(Value::NIL)),
                Err(raised) => Step::Raised(raised),
            });
        }
        if key.string_bytes() == Some(b"lazy") {
            // A call that the interpreter makes for us.
            let globals = vm.globals();
            let function = vm.field(globals, "callback");
            return Some(Step::Call {
                function,
                arguments: [object, key, Value::NIL],
                count: 2,
                extra: 0,
            });
        }
        let value = word(object, PAIR, field(key)?)?;
        Some(Step::Value(Value::number(value as f64)))
    }
    fn store(&self, _: &mut Vm, object: Value, key: Value, value: Value) -> Option<Step> {
        word(object, PAIR, field(key)?)?;
        let cdata = object.as_cdata()?.cast::<CData>();
        // SAFETY: I1: a live pair has two words.
        unsafe {
            let words = CData::bytes(cdata).cast::<i64>();
            words.add(field(key)?).write(integer(value)?);
        }
        Some(Step::Value(Value::NIL))
    }
    fn arithmetic(
        &self,
        vm: &mut Vm,
        operation: Metamethod,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        if operation == Metamethod::Length {
            word(left, PAIR, 0)?;
            return Some(Step::Value(Value::number(2.0)));
        }
        if operation == Metamethod::Concatenate {
            let text = vm.new_string(b"joined");
            return Some(Step::Value(text));
        }
        if operation == Metamethod::Equal && (left.is_nil() || right.is_nil()) {
            // As a null pointer.
            let zero = integer(left).or(integer(right)) == Some(0);
            return Some(Step::Value(Value::boolean(zero)));
        }
        let (x, y) = (integer(left)?, integer(right)?);
        let result = match operation {
            Metamethod::Add => x.wrapping_add(y),
            Metamethod::Subtract => x.wrapping_sub(y),
            Metamethod::Multiply => x.wrapping_mul(y),
            Metamethod::Divide if y == 0 => {
                return Some(Step::Raised(vm.raise_text("attempt to divide by zero")));
            }
            Metamethod::Divide => x.wrapping_div(y),
            Metamethod::Negate => x.wrapping_neg(),
            Metamethod::Equal => return Some(Step::Value(Value::boolean(x == y))),
            Metamethod::Less => return Some(Step::Value(Value::boolean(x < y))),
            Metamethod::LessEqual => return Some(Step::Value(Value::boolean(x <= y))),
            _ => return None,
        };
        Some(Step::Value(new(vm, INTEGER, &[result])))
    }
    fn bit_operation(
        &self,
        vm: &mut Vm,
        operation: Opcode,
        left: Value,
        right: Value,
    ) -> Option<Step> {
        let (x, y) = (integer(left)?, integer(right)?);
        let result = match operation {
            Opcode::BitAnd => x & y,
            Opcode::BitOr => x | y,
            _ => return None,
        };
        Some(Step::Value(new(vm, INTEGER, &[result])))
    }
    fn to_text(&self, _: &mut Vm, value: Value) -> Option<Vec<u8>> {
        Some(format!("{}LL", word(value, INTEGER, 0)?).into_bytes())
    }
    fn to_number(&self, _: &mut Vm, value: Value) -> Option<f64> {
        Some(word(value, INTEGER, 0)? as f64)
    }
    fn constant(&self, vm: &mut Vm, constant: &Constant) -> Option<Value> {
        match constant {
            Constant::Integer64(value) => Some(new(vm, INTEGER, &[*value])),
            _ => None,
        }
    }
    fn finalize(&self, _: &mut Vm, value: Value) {
        self.finalized
            .borrow_mut()
            .push(word(value, PAIR, 0).unwrap_or(-1));
    }
}

fn machine(stress: bool) -> (Box<Vm>, Rc<Double>) {
    let mut vm = Vm::new();
    library::open_all(&mut vm).expect("library");
    let double = Rc::new(Double::default());
    vm.install_foreign(double.clone());
    let pair = vm.new_anonymous_function(
        |call| {
            let (x, y) = (call.number(1)?, call.number(2)?);
            let value = new(call.vm, PAIR, &[x as i64, y as i64]);
            if let Some(cdata) = value.as_cdata() {
                call.vm.heap.watch_cdata(cdata.cast());
            }
            call.one(value)
        },
        &[],
    );
    let globals = vm.globals();
    vm.set_field(globals, "pair", pair);
    vm.heap.set_stress(stress);
    (vm, double)
}
fn run(vm: &mut Vm, source: &str) -> String {
    let results = vm
        .load_source(source.as_bytes(), b"=test")
        .and_then(|function| vm.call_function(function, &[]));
    let value = match results {
        Ok(results) => results.first().copied().unwrap_or(Value::NIL),
        Err(_) => {
            let error = vm.take_error();
            let bytes = vm.string_or_number_bytes(error).unwrap_or_default();
            return format!("ERROR {}", String::from_utf8_lossy(&bytes));
        }
    };
    vm.string_or_number_bytes(value)
        .or_else(|| vm.foreign_to_text(value))
        .map_or_else(
            || format!("{value:?}"),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
}

#[test]
fn operations_on_c_data() {
    for (source, expected) in [
        ("return 9007199254740993LL", "9007199254740993LL"),
        ("return 9007199254740992LL + 1", "9007199254740993LL"),
        ("return -(5LL) * 2 - 1LL", "-11LL"),
        ("return 1 / 0LL", "ERROR test:1: attempt to divide by zero"),
        (
            "local a = 3LL return tostring(a == 3LL) .. tostring(a == 3) .. tostring(a ~= 4LL) .. tostring(3 == a)",
            "truetruetruetrue",
        ),
        (
            "local a, b = 3LL, 4 return tostring(a < b) .. tostring(b <= a) .. tostring(a < 2) .. tostring(2 < a)",
            "truefalsefalsetrue",
        ),
        ("local p = pair(1, 2) p.x = 7LL return p.x + p.y", "9"),
        (
            "local a, b = 0LL, 1LL return tostring(a == nil) .. tostring(b == nil) .. tostring(a ~= nil) .. tostring(a == true)",
            "truefalsefalsefalse",
        ),
        ("return #pair(1, 2)", "2"),
        ("return 1LL .. 'x'", "joined"),
        ("return type(1LL) .. tonumber(5LL)", "cdata5"),
        (
            "return pair(1, 2).z",
            "ERROR test:1: attempt to index a cdata value",
        ),
        (
            "return pair(1, 2) + 1",
            "ERROR test:1: attempt to perform arithmetic on a cdata value",
        ),
        (
            "callback = function(p) return p.x + 10LL end return pair(5, 0).callback",
            "15LL",
        ),
        (
            "callback = function(p, k) return k .. p.y end return pair(5, 6).lazy",
            "lazy6",
        ),
        (
            "callback = function(p) error('inside', 0) end return pair(5, 0).callback",
            "ERROR inside",
        ),
        (
            "local c = coroutine.wrap(function() callback = function() return coroutine.yield('out') end return pair(1, 2).lazy end) local a = c() return a .. c('in')",
            "outin",
        ),
        (
            "local t = {} local k = 5LL t[k] = 'v' return t[k] .. tostring(t[2LL + 3LL])",
            "vnil",
        ),
        (
            "local s = 0LL for i = 1, 200 do s = s + i end return s",
            "20100LL",
        ),
        (
            "local t = {} for i = 1, 100 do t[i] = pair(i, 0) end local s = 0 for i = 1, 100 do s = s + t[i].x end return s",
            "5050",
        ),
    ] {
        for stress in [false, true] {
            let (mut vm, _) = machine(stress);
            let answer = run(&mut vm, source);
            if expected.starts_with("ERROR") && answer.starts_with("ERROR") {
                // Names of variables may be in the message.
                let last = expected.rsplit(' ').next().unwrap_or("");
                assert!(
                    answer == expected || answer.contains(last),
                    "{answer}: {source}"
                );
            } else {
                assert_eq!(answer, expected, "stress {stress}: {source}");
            }
        }
    }
}

#[test]
fn literals_need_the_interface() {
    let mut vm = Vm::new();
    library::open_all(&mut vm).expect("library");
    assert!(run(&mut vm, "return 1LL").contains("need the FFI"));
}

#[test]
fn finalizers_of_c_data() {
    let (mut vm, double) = machine(false);
    run(
        &mut vm,
        "local kept = pair(100, 0) for i = 1, 3 do pair(i, 0) end collectgarbage() collectgarbage() keep = kept",
    );
    assert_eq!(*double.finalized.borrow(), [3, 2, 1]);
    drop(vm);
    assert_eq!(*double.finalized.borrow(), [3, 2, 1, 100]);
}
