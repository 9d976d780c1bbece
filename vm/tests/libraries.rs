//! The libraries on the machine: results and messages written down from LuaJIT.

use rlove_vm::{library, vm::Vm};

/// Runs a chunk; the results (or the error) as texts joined by spaces.
fn run(source: &str) -> String {
    let mut vm = Vm::new();
    library::open_all(&mut vm).expect("the libraries open");
    let outcome = vm
        .load_source(source.as_bytes(), b"=t")
        .and_then(|chunk| vm.call_function(chunk, &[]));
    let values = match outcome {
        Ok(values) => values,
        Err(_) => vec![vm.take_error()],
    };
    let texts: Vec<String> = values
        .into_iter()
        .map(|value| match library::base::value_to_text(&mut vm, value) {
            Ok(text) => String::from_utf8_lossy(text.string_bytes().unwrap_or(b"?")).into_owned(),
            Err(_) => "error".to_owned(),
        })
        .collect();
    texts.join(" ")
}

#[test]
fn results_are_luajits() {
    let cases = [
        (
            "return tonumber('zz', 36), tonumber('0x10'), tonumber(' 10 '), tonumber('8', 8)",
            "1295 16 10 nil",
        ),
        ("return select('#', 1, nil), select(-1, 1, 2)", "2 2"),
        ("return table.concat({1, 2.5, 'x'}, ', ')", "1, 2.5, x"),
        (
            "local t = {3, 1, 2} table.sort(t) return unpack(t)",
            "1 2 3",
        ),
        (
            "local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return unpack(t)",
            "3 2 1",
        ),
        (
            "local t = {1, 2} table.insert(t, 1, 9) return t[1], t[2], t[3], table.remove(t), #t",
            "9 1 2 2 2",
        ),
        (
            "return table.concat(table.move({1, 2, 3}, 2, 3, 1), ',')",
            "2,3,3",
        ),
        (
            "return ('abc'):gsub('%w', {a = 1, b = true})",
            "invalid replacement value (a boolean)",
        ),
        (
            "return ('abc'):gsub('%w', function(c) return c ~= 'b' and c:upper() end)",
            "AbC 3",
        ),
        (
            "return ('hello world'):gsub('(%w+) (%w+)', '%2 %1')",
            "world hello 1",
        ),
        ("return ('abc'):gsub('', '-')", "-a-b-c- 4"),
        (
            "return ('abc'):gsub('', function() return '-' end)",
            "-a-b-c- 4",
        ),
        (
            "return ('abc'):gsub('.', setmetatable({}, {__index = function(_, k) return k .. k end}))",
            "aabbcc 3",
        ),
        (
            "local s = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do s = s .. k .. v end return s",
            "a1b2",
        ),
        (
            "return ('x'):rep(3, ','), ('abc'):byte(1, -1)",
            "x,x,x 97 98 99",
        ),
        (
            "return string.format('%5.1f|%-5d|%q', 3.14159, 42, 'a\\nb')",
            "  3.1|42   |\"a\\\nb\"",
        ),
        (
            "return math.max(1, 0/0), math.min(0/0, 1), math.log(8, 2), math.frexp(10)",
            "nan 1 3 0.625 4",
        ),
        (
            "return bit.tohex(255, 4), bit.tobit(2^31), bit.rol(0x12345678, 8), bit.tobit(2.5)",
            "00ff -2147483648 878082066 2",
        ),
        (
            "local w = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return w(1), w(21)",
            "2 42",
        ),
        (
            "local u = require 'utf8' return u.len('añ€'), u.char(8364, 97), u.offset('añ€', 3), u.codepoint('€')",
            "3 €a 4 8364",
        ),
        (
            "return require('table.new')(1, 2) ~= nil, package.loaded.string == string, require('jit.opt') == jit.opt",
            "true true true",
        ),
        (
            "return load('return x', 'a', 't', {x = 5})(), loadstring(string.dump(function() return 7 end))()",
            "5 7",
        ),
        (
            "local function f(a, b) local c = 3 local n, v = debug.getlocal(1, 3) return n, v end return f(1, 2)",
            "c 3",
        ),
        (
            "math.randomseed(7) return math.random(6), math.random(6), math.random(6)",
            "2 6 5",
        ),
        (
            "return pcall(error, {1}) , select(2, pcall(error, 'x', 0))",
            "false x",
        ),
        (
            "module('a.b', package.seeall) return _NAME, _PACKAGE, type(print)",
            "a.b a. function",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(run(source), expected, "{source}");
    }
}

#[test]
fn messages_are_luajits() {
    let cases = [
        (
            "table.insert(nil, 1)",
            "t:1: bad argument #1 to 'insert' (table expected, got nil)",
        ),
        (
            "table.insert({}, 1, 2, 3)",
            "t:1: wrong number of arguments to 'insert'",
        ),
        (
            "('x'):rep()",
            "t:1: bad argument #1 to 'rep' (number expected, got no value)",
        ),
        (
            "setmetatable({})",
            "t:1: bad argument #2 to 'setmetatable' (nil or table expected)",
        ),
        (
            "table.sort({3, 2, 1, 4}, function() return true end)",
            "t:1: invalid order function for sorting",
        ),
        (
            "table.sort({1, 'x'})",
            "attempt to compare string with number",
        ),
        (
            "table.foreach({}, 1)",
            "t:1: bad argument #2 to 'foreach' (function expected, got number)",
        ),
        (
            "string.format('%y', 1)",
            "t:1: invalid option '%y' to 'format'",
        ),
        (
            "string.format('%d')",
            "t:1: bad argument #2 to 'format' (value expected)",
        ),
        (
            "string.char(256)",
            "t:1: bad argument #1 to 'char' (invalid value)",
        ),
        ("('x'):find('[')", "t:1: malformed pattern (missing ']')"),
        ("('x'):gsub('(', function() end)", "t:1: unfinished capture"),
        (
            "coroutine.create(1)",
            "t:1: bad argument #1 to 'create' (function expected, got number)",
        ),
        (
            "jit.opt.start('x')",
            "t:1: unknown or malformed optimization flag 'x'",
        ),
        (
            "debug.upvalueid(function() end, 1)",
            "t:1: bad argument #2 to 'upvalueid' (index out of range)",
        ),
        ("unpack({}, 1, 1e7)", "t:1: too many results to unpack"),
    ];
    for (source, expected) in cases {
        assert_eq!(run(source), expected, "{source}");
    }
}

#[test]
fn sorting_compares_as_lua_does() {
    // The comparisons of LuaJIT's table.sort over this list, in order.
    let source = "local log = {} local t = {5, 3, 8, 1, 9, 2, 7, 3} \
        table.sort(t, function(a, b) log[#log + 1] = a .. b return a < b end) return table.concat(log, ' '), table.concat(t, ' ')";
    assert_eq!(
        run(source),
        include_str!("data/sort_comparisons.txt").trim_end()
    );
}
