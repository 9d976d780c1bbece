//! First programs on the bare machine: no library but what the test declares.

use rlove_vm::builtin::*;
use rlove_vm::bytecode::Opcode;
use rlove_vm::call::Call;
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;

fn show(call: &mut Call) -> NativeResult {
    let mut line = Vec::new();
    for index in 1..=call.argument_count() {
        let value = call.argument(index);
        let text = call
            .vm
            .string_or_number_bytes(value)
            .unwrap_or_else(|| format!("{value:?}").into_bytes());
        line.extend_from_slice(&text);
        line.push(b' ');
    }
    line.pop();
    line.push(b'\n');
    call.vm
        .extensions
        .get_or_default::<Output>()
        .0
        .extend_from_slice(&line);
    call.none()
}
#[derive(Default)]
struct Output(Vec<u8>);

fn set_metatable(call: &mut Call) -> NativeResult {
    let table = call.table_value(1)?;
    let metatable = call.argument(2);
    call.vm.set_metatable(table, metatable)?;
    call.one(table)
}
fn error(call: &mut Call) -> NativeResult {
    let value = call.argument(1);
    Err(call.raise(value))
}
fn pairs(call: &mut Call) -> NativeResult {
    let globals = call.vm.globals();
    let next = call.vm.field(globals, "next");
    let table = call.argument(1);
    call.many(&[next, table, Value::NIL])
}
fn create(call: &mut Call) -> NativeResult {
    let function = call.function_argument(1)?;
    let thread = call.vm.new_coroutine(function);
    call.one(thread)
}
fn collect(call: &mut Call) -> NativeResult {
    call.vm.collect_garbage();
    call.none()
}

const N: Recording = Recording::Never("a test");
static LIBRARY: &[Builtin] = &[
    Builtin::native("show", "(...)", "", Effects::WRITES, N, show),
    Builtin::native(
        "setmetatable",
        "(t, m)",
        "",
        Effects::WRITES,
        N,
        set_metatable,
    ),
    Builtin::native("error", "(e)", "", Effects::WRITES, N, error),
    Builtin::native("pairs", "(t)", "", Effects::READS, N, pairs),
    Builtin::native("create", "(f)", "", Effects::ALLOCATES, N, create),
    Builtin::native("collect", "()", "", Effects::WRITES, N, collect),
    Builtin::header(
        "next",
        "(t, k)",
        "",
        Effects::READS,
        N,
        Opcode::FunctionHeaderNext,
    ),
    Builtin::header(
        "pcall",
        "(f, ...)",
        "",
        Effects::CALLS_LUA,
        N,
        Opcode::FunctionHeaderProtectedCall,
    ),
    Builtin::header(
        "xpcall",
        "(f, h, ...)",
        "",
        Effects::CALLS_LUA,
        N,
        Opcode::FunctionHeaderProtectedCallHandler,
    ),
    Builtin::header(
        "resume",
        "(c, ...)",
        "",
        Effects::CALLS_LUA,
        N,
        Opcode::FunctionHeaderResume,
    ),
    Builtin::header(
        "yield",
        "(...)",
        "",
        Effects::CALLS_LUA,
        N,
        Opcode::FunctionHeaderYield,
    ),
];

fn run_with(source: &str, stress: bool) -> String {
    let mut vm = Vm::new();
    let globals = vm.globals();
    vm.register(globals, LIBRARY).expect("library");
    vm.heap.set_stress(stress);
    let result = match vm.load_source(source.as_bytes(), b"=test") {
        Ok(function) => vm.call_function(function, &[]),
        Err(raised) => Err(raised),
    };
    if result.is_err() {
        let error = vm.take_error();
        let text = vm
            .string_or_number_bytes(error)
            .unwrap_or_else(|| format!("{error:?}").into_bytes());
        let output = &mut vm.extensions.get_or_default::<Output>().0;
        output.extend_from_slice(b"ERROR ");
        output.extend_from_slice(&text);
        output.push(b'\n');
    }
    String::from_utf8_lossy(&vm.extensions.get_or_default::<Output>().0).into_owned()
}

fn check(source: &str, expected: &str) {
    assert_eq!(run_with(source, false), expected, "{source}");
    assert_eq!(
        run_with(source, true),
        expected,
        "with a collection at every safe point: {source}"
    );
}

#[test]
fn arithmetic_and_control() {
    check(
        "show(1 + 2 * 3, 7 % 3, -7 % 3, 2 ^ 10, 1 / 4, 'a' .. 1 .. 2)",
        "7 1 2 1024 0.25 a12\n",
    );
    check("local s = 0 for i = 1, 10 do s = s + i end show(s)", "55\n");
    check(
        "local s = 0 for i = 10, 1, -2 do s = s + i end show(s)",
        "30\n",
    );
    check(
        "local i = 0 while i < 5 do i = i + 1 if i == 3 then break end end show(i)",
        "3\n",
    );
    check(
        "local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end show(fib(15))",
        "610\n",
    );
    check("show('10' + 5, '3' * '4', -'2')", "15 12 -2\n");
    check(
        "local t = {} t[1] = 1 t[2] = 2 t[4] = 4 show(#t, #{1, nil, 3}, #'abc')",
        "4 3 3\n",
    );
}

#[test]
fn functions_and_upvalues() {
    check(
        "local function f(...) return ... end show(f(1, 2, 3), (f(4, 5)), f())",
        "1 4\n",
    );
    check(
        "local function f(...) local a, b = ... return b, a end show(f(1, 2))",
        "2 1\n",
    );
    check(
        "local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end show(fs[1](), fs[1](), fs[2](), fs[3]())",
        "2 3 3 4\n",
    );
    check(
        "local function loop(n) if n == 0 then return 'done' end return loop(n - 1) end show(loop(100000))",
        "done\n",
    );
    check(
        "local t = setmetatable({}, {__call = function(self, a) return a * 2 end}) show(t(21))",
        "42\n",
    );
}

#[test]
fn tables_and_metatables() {
    check(
        "local t = {x = 1, y = 2, 10, 20} for k, v in pairs(t) do show(k, v) end",
        "1 10\n2 20\nx 1\ny 2\n",
    );
    check(
        "local C = {} C.__index = C function C:get() return self.v end
         for i = 1, 20 do local o = setmetatable({v = i}, C) if i > 17 then show(o:get()) end end",
        "18\n19\n20\n",
    );
    check(
        "local log = setmetatable({}, {__newindex = function(t, k, v) show('set', k, v) end, __index = function(t, k) return k .. '!' end})
         log.a = 1 show(log.b)",
        "set a 1\nb!\n",
    );
    check(
        "local V = {} V.__index = V V.__add = function(a, b) return setmetatable({x = a.x + b.x}, V) end
         V.__eq = function(a, b) return a.x == b.x end V.__lt = function(a, b) return a.x < b.x end
         V.__concat = function(a, b) return 'cat' end V.__unm = function(a) return setmetatable({x = -a.x}, V) end
         local a, b = setmetatable({x = 1}, V), setmetatable({x = 2}, V)
         show((a + b).x, a == b, a < b, a <= b, a .. 'x', 'y' .. a, (-a).x)",
        "3 false true true cat cat -1\n",
    );
    check(
        "local t = {} for i = 1, 1000 do t['k' .. i] = i end local s = 0 for k, v in pairs(t) do s = s + v end show(s)",
        "500500\n",
    );
    check(
        "local t = {} for i = 1, 200 do t[i] = i end for i = 200, 101, -1 do t[i] = nil end show(#t)",
        "100\n",
    );
}

#[test]
fn errors() {
    check("show(pcall(error, 'x'))", "false x\n");
    check(
        "show(pcall(function() local t = nil; t.x = 1 end))",
        "false test:1: attempt to index local 't' (a nil value)\n",
    );
    check(
        "undefined()",
        "ERROR test:1: attempt to call global 'undefined' (a nil value)\n",
    );
    check(
        "local t = {} t.a.b = 1",
        "ERROR test:1: attempt to index field 'a' (a nil value)\n",
    );
    check(
        "local x = {} + 1",
        "ERROR test:1: attempt to perform arithmetic on a table value\n",
    );
    check(
        "return 1 < 'x'",
        "ERROR test:1: attempt to compare number with string\n",
    );
    check(
        "show(xpcall(function() error('e') end, function(m) return m .. '!' end))",
        "false e!\n",
    );
    check(
        "local function f() return f() + 1 end show(pcall(f))",
        "false test:1: stack overflow\n",
    );
    check(
        "setmetatable(1)",
        "ERROR test:1: bad argument #1 to 'setmetatable' (table expected, got number)\n",
    );
}

#[test]
fn coroutines() {
    check(
        "local c = create(function(a) local b = yield(a + 1) local d = yield(b * 2) return d, 'end' end)
         show(resume(c, 1)) show(resume(c, 10)) show(resume(c, 'x')) show(resume(c))",
        "true 2\ntrue 20\ntrue x end\nfalse cannot resume dead coroutine\n",
    );
    check(
        "local c = create(function() local ok, e = pcall(function() yield(1) error('inner') end) yield(ok, e) error('outer') end)
         show(resume(c)) show(resume(c)) show(resume(c))",
        "true 1\ntrue false inner\nfalse outer\n",
    );
    check(
        "local mt = {__index = function(t, k) return yield(k) end, __add = function(a, b) return yield('add') end}
         local c = create(function() local t = setmetatable({}, mt) return t.field, t + 1 end)
         show(resume(c)) show(resume(c, 'value')) show(resume(c, 'sum'))",
        "true field\ntrue add\ntrue value sum\n",
    );
}

#[test]
fn collector() {
    check(
        "local keep = {} for i = 1, 20000 do local t = {i} if i % 100 == 0 then keep[#keep + 1] = t end end
         local s = 0 for i = 1, #keep do s = s + keep[i][1] end show(s)",
        "2010000\n",
    );
    check(
        "local w = setmetatable({}, {__mode = 'v'}) w.a = {} w.b = 'string' local k = {} w.c = k collect() show(w.a, w.b, w.c == k)",
        "nil string true\n",
    );
    check(
        "local w = setmetatable({}, {__mode = 'k'}) for i = 1, 10 do w[{}] = i end local k = {} w[k] = 'kept' collect()
         local n = 0 for k, v in pairs(w) do n = n + 1 end show(n, w[k])",
        "1 kept\n",
    );
}

/// Integer keys in any order, compared with the same keys as strings: keys must not get lost between array and hash.
#[test]
fn integer_keys_in_any_order() {
    check(
        "local seed = 1
         local function random(n) seed = (seed * 16807) % 2147483647 return seed % n end
         local bad = 0
         for round = 1, 10 do
           local t, model = {}, {}
           local span = 4 + random(60)
           for step = 1, 200 do
             local key = random(span) - 2
             local value = step
             if random(3) == 0 then value = nil end
             t[key] = value
             model['k' .. key] = value
             for k = -2, span do
               if t[k] ~= model['k' .. k] then bad = bad + 1 end
             end
             local n = #t
             if n > 0 and t[n] == nil or t[n + 1] ~= nil then bad = bad + 1 end
             local count = 0
             for k, v in pairs(t) do count = count + 1 if model['k' .. k] ~= v then bad = bad + 1 end end
             for k, v in pairs(model) do count = count - 1 end
             if count ~= 0 then bad = bad + 1 end
           end
         end
         show(bad)",
        "0\n",
    );
}
