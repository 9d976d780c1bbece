//! What the parser accepts and rejects, with LuaJIT's messages.
//!
//! Every expected message was printed by LuaJIT: `print(select(2, loadstring(source, "=t")))` without the leading `t:`.

use super::super::parse;

/// Messages on which LuaJIT releases before and with the syntax extensions agree.
const MESSAGES: &[(&[u8], &[u8])] = &[
    (b"x=\x00", b"1: unexpected symbol"),
    (b"x = 5 5", b"1: unexpected symbol near '5'"),
    (b"x = a ! b", b"1: unexpected symbol near '!'"),
    (b"local x <const> = 5", b"1: unexpected symbol near '<'"),
    (b"x = '\\q'", b"1: invalid escape sequence near '''"),
    (b"x='\\xzz'", b"1: invalid escape sequence near '''"),
    (b"x='\\x1g'", b"1: invalid escape sequence near '''"),
    (b"x = 'abc\ndef'", b"1: unfinished string near ''abc'"),
    (b"x='abc", b"1: unfinished string near '<eof>'"),
    (b"x=[==abc", b"1: invalid long string delimiter near '[=='"),
    (b"x=[==[abc]=]", b"1: unfinished long string near '<eof>'"),
    (b"x=[[abc", b"1: unfinished long string near '<eof>'"),
    (b"--[[ abc", b"1: unfinished long comment near '<eof>'"),
    (b"--[==[ a\nb", b"2: unfinished long comment near '<eof>'"),
    (b"x=0x", b"1: malformed number near '0x'"),
    (b"x=1..2", b"1: malformed number near '1..2'"),
    (b"x=3x", b"1: malformed number near '3x'"),
    (b"x=.5.", b"1: malformed number near '.5.'"),
    (b"x=1e", b"1: malformed number near '1e'"),
    (b"x=0b12", b"1: malformed number near '0b12'"),
    (
        b"f\n(x)",
        b"2: ambiguous syntax (function call x new statement) near '('",
    ),
    (
        b"a.b\n(x)",
        b"2: ambiguous syntax (function call x new statement) near '('",
    ),
    (b"x = = ", b"1: unexpected symbol near '='"),
    (
        b"if x then\n\n",
        b"3: 'end' expected (to close 'if' at line 1) near '<eof>'",
    ),
    (b"if x then", b"1: 'end' expected near '<eof>'"),
    (b"if x then else elseif", b"1: 'end' expected near 'elseif'"),
    (b"for x do", b"1: '=' or 'in' expected near 'do'"),
    (
        b"function f(1) end",
        b"1: <name> or '...' expected near '1'",
    ),
    (
        b"function f(a,) end",
        b"1: <name> or '...' expected near ')'",
    ),
    (b"function f(..., a) end", b"1: ')' expected near ','"),
    (b"a,f()=1", b"1: syntax error near '='"),
    (b"(a)=1", b"1: syntax error near '='"),
    (b"(a),b=1", b"1: syntax error near ','"),
    (b"a", b"1: '=' expected near '<eof>'"),
    (b"a.b", b"1: '=' expected near '<eof>'"),
    (b"a,b", b"1: '=' expected near '<eof>'"),
    (b"f() = 1", b"1: unexpected symbol near '='"),
    (b"f().a", b"1: '=' expected near '<eof>'"),
    (b"'x'=1", b"1: unexpected symbol near ''x''"),
    (b"5", b"1: unexpected symbol near '5'"),
    (
        b"function f() return ... end",
        b"1: cannot use '...' outside a vararg function near '...'",
    ),
    (b"x = a.1", b"1: unexpected symbol near '.1'"),
    (b"x=a:b", b"1: function arguments expected near '<eof>'"),
    (b"a.b:c = 1", b"1: function arguments expected near '='"),
    (b"return return", b"1: unexpected symbol near 'return'"),
    (b"break x", b"1: '<eof>' expected near 'x'"),
    (b"for i=1 do end", b"1: ',' expected near 'do'"),
    (b"for i=1,2,3,4 do end", b"1: 'do' expected near ','"),
    (b"for i,j do end", b"1: 'in' expected near 'do'"),
    (b"for i, in x do end", b"1: '<name>' expected near 'in'"),
    (b"for 5", b"1: '<name>' expected near '5'"),
    (b"for i in do end", b"1: unexpected symbol near 'do'"),
    (b"x=\"a\\300\"", b"1: invalid escape sequence near '\"a'"),
    (b"x = \x01", b"1: unexpected symbol near 'char(1)'"),
    (b"x = \x7f", b"1: unexpected symbol near 'char(127)'"),
    (b"x = 'a\x00b' 'c\x00d'", b"1: unexpected symbol near ''c'"),
    (b"x = f 'c\x00d' = 3", b"1: unexpected symbol near '='"),
    (b"\x80=5 \x80\x81=7 5", b"1: unexpected symbol near '5'"),
    (b"goto", b"1: '=' expected near '<eof>'"),
    (b"goto = ", b"1: unexpected symbol near '<eof>'"),
    (b"x = '\\u{110000}'", b"1: invalid escape sequence near '''"),
    (b"x='\\u{D800}'", b"1: invalid escape sequence near '''"),
    (b"x='\\u{'", b"1: invalid escape sequence near '''"),
    (b"x='\\u12'", b"1: invalid escape sequence near '''"),
    (
        b"x='ab\\u{41}\\u{zz}'",
        b"1: invalid escape sequence near ''abA'",
    ),
    (
        b"x=18446744073709551616LL",
        b"1: malformed number near '18446744073709551616LL'",
    ),
    (b"x=12u", b"1: malformed number near '12u'"),
    (b"#!foo\nx=", b"2: unexpected symbol near '<eof>'"),
    (b"\xef\xbb\xbf#x\nx=", b"2: unexpected symbol near '<eof>'"),
    (b"x = }", b"1: unexpected symbol near '}'"),
    (b"x = <eof>", b"1: unexpected symbol near '<'"),
    (b"x = @", b"1: unexpected symbol near '@'"),
    (b"x = 'a' .. ", b"1: unexpected symbol near '<eof>'"),
    (b"local function f.x() end", b"1: '(' expected near '.'"),
    (b"local 5", b"1: '<name>' expected near '5'"),
    (b"local function 5", b"1: '<name>' expected near '5'"),
    (b"local x, = 3", b"1: '<name>' expected near '='"),
    (b"local x = ", b"1: unexpected symbol near '<eof>'"),
    (b"f(a,b", b"1: ')' expected near '<eof>'"),
    (
        b"f(a,b\n\n",
        b"3: ')' expected (to close '(' at line 1) near '<eof>'",
    ),
    (b"f(\n", b"2: unexpected symbol near '<eof>'"),
    (b"x = function(a,b\n\n", b"3: ')' expected near '<eof>'"),
    (b"repeat x=1", b"1: 'until' expected near '<eof>'"),
    (
        b"repeat\n x=1",
        b"2: 'until' expected (to close 'repeat' at line 1) near '<eof>'",
    ),
    (b"while x x", b"1: 'do' expected near 'x'"),
    (
        b"while x do\n",
        b"2: 'end' expected (to close 'while' at line 1) near '<eof>'",
    ),
    (
        b"do\n",
        b"2: 'end' expected (to close 'do' at line 1) near '<eof>'",
    ),
    (
        b"x = {1,2\n3}",
        b"2: '}' expected (to close '{' at line 1) near '3'",
    ),
    (b"x={[1] 2}", b"1: '=' expected near '2'"),
    (b"x={[1}", b"1: ']' expected near '}'"),
    (b"x={a=}", b"1: unexpected symbol near '}'"),
    (b"x={,}", b"1: unexpected symbol near ','"),
    (b"x={1,,2}", b"1: unexpected symbol near ','"),
    (b"goto 5", b"1: '=' expected near '5'"),
    (b":: 5 ::", b"1: '<name>' expected near '5'"),
    (b"::a:", b"1: '::' expected near ':'"),
    (b"a.b.c:d", b"1: function arguments expected near '<eof>'"),
    (b"a.5=6", b"1: '=' expected near '.5'"),
    (b"a + 1", b"1: '=' expected near '+'"),
    (b"x = 'a'\n'b'", b"2: unexpected symbol near ''b''"),
    (b"x=a'\\", b"1: unfinished string near '<eof>'"),
    (b"x='\\", b"1: unfinished string near '<eof>'"),
    (b"x='\\", b"1: unfinished string near '<eof>'"),
    (b"return 1,", b"1: unexpected symbol near '<eof>'"),
    (b"return 1 2", b"1: '<eof>' expected near '2'"),
    (b"elseif", b"1: '<eof>' expected near 'elseif'"),
    (b"end", b"1: '<eof>' expected near 'end'"),
    (b"until x", b"1: '<eof>' expected near 'until'"),
    (b"then", b"1: unexpected symbol near 'then'"),
    (b"x = not", b"1: unexpected symbol near '<eof>'"),
    (b"x = -", b"1: unexpected symbol near '<eof>'"),
    (b"function (a) end", b"1: '<name>' expected near '('"),
    (b"function a.b:c.d() end", b"1: '(' expected near '.'"),
    (b"function a:b:c() end", b"1: '(' expected near ':'"),
    (b"function a.", b"1: '<name>' expected near '<eof>'"),
    (b"x = function a() end", b"1: '(' expected near 'a'"),
    (b"f{", b"1: unexpected symbol near '<eof>'"),
    (b"f'a", b"1: unfinished string near '<eof>'"),
    (b"f{}.", b"1: '<name>' expected near '<eof>'"),
    (b"x = a and", b"1: unexpected symbol near '<eof>'"),
    (b"x = a and or b", b"1: unexpected symbol near 'or'"),
    (b"x = (a", b"1: ')' expected near '<eof>'"),
    (
        b"x = (\na",
        b"2: ')' expected (to close '(' at line 1) near '<eof>'",
    ),
    (b"x = (a b)", b"1: ')' expected near 'b'"),
    (b"x = a[1", b"1: ']' expected near '<eof>'"),
    (b"x = a[", b"1: unexpected symbol near '<eof>'"),
    (b"x = {f(}", b"1: unexpected symbol near '}'"),
    (b"if x\nthen y", b"2: '=' expected near '<eof>'"),
    (b"if x = 1 then end", b"1: 'then' expected near '='"),
    (
        b"while true do if x then end",
        b"1: 'end' expected near '<eof>'",
    ),
    (
        b"local function f()\n\n",
        b"3: 'end' expected (to close 'function' at line 1) near '<eof>'",
    ),
    (
        b"return function()\nif x then\nend",
        b"3: 'end' expected (to close 'function' at line 1) near '<eof>'",
    ),
    (b"a.b.c 5", b"1: '=' expected near '5'"),
    (b"nil = 1", b"1: unexpected symbol near 'nil'"),
    (b"x = nil nil", b"1: unexpected symbol near 'nil'"),
    (b"x = true.x", b"1: unexpected symbol near '.'"),
    (b"x.y.z = ", b"1: unexpected symbol near '<eof>'"),
    (b"x:y().z", b"1: '=' expected near '<eof>'"),
    (b"x = \"\\9999\"", b"1: invalid escape sequence near '\"'"),
    (b"x='\\z\n\n", b"3: unfinished string near '<eof>'"),
    (b"x\n=\n)", b"3: unexpected symbol near ')'"),
    (b"local a\nlocal b = )", b"2: unexpected symbol near ')'"),
    (b"x = 1 -- c\n y = ]", b"2: unexpected symbol near ']'"),
    (b"x = a..", b"1: unexpected symbol near '<eof>'"),
    (b"x = ...)", b"1: unexpected symbol near ')'"),
    (b"\x0d\n\x0d\nx = )", b"3: unexpected symbol near ')'"),
    (b"\n\x0d\x0dx = )", b"3: unexpected symbol near ')'"),
    (b"do local x end end", b"1: '<eof>' expected near 'end'"),
    (b"a, b += 1", b"1: '=' expected near '+'"),
    (b"x = 5 = 6", b"1: unexpected symbol near '='"),
    (b"f(,)", b"1: unexpected symbol near ','"),
    (b"f(a,)", b"1: unexpected symbol near ')'"),
    (b"f)", b"1: '=' expected near ')'"),
    (b"not x", b"1: unexpected symbol near 'not'"),
    (b"-x", b"1: unexpected symbol near '-'"),
    (b"x = #", b"1: unexpected symbol near '<eof>'"),
    (b"x = function", b"1: '(' expected near '<eof>'"),
    (
        b"x = function(",
        b"1: <name> or '...' expected near '<eof>'",
    ),
    (b"local", b"1: '<name>' expected near '<eof>'"),
    (b"function", b"1: '<name>' expected near '<eof>'"),
    (b"function f", b"1: '(' expected near '<eof>'"),
    (b"for", b"1: '<name>' expected near '<eof>'"),
    (b"for i", b"1: '=' or 'in' expected near '<eof>'"),
    (b"for i =", b"1: unexpected symbol near '<eof>'"),
    (b"for i = 1", b"1: ',' expected near '<eof>'"),
    (b"for i = 1,", b"1: unexpected symbol near '<eof>'"),
    (b"for i = 1,2", b"1: 'do' expected near '<eof>'"),
    (b"for i in", b"1: unexpected symbol near '<eof>'"),
    (b"for i in x", b"1: 'do' expected near '<eof>'"),
    (b"for i in x do", b"1: 'end' expected near '<eof>'"),
    (b"if", b"1: unexpected symbol near '<eof>'"),
    (b"while", b"1: unexpected symbol near '<eof>'"),
    (b"repeat", b"1: 'until' expected near '<eof>'"),
    (b"repeat until", b"1: unexpected symbol near '<eof>'"),
    (b"return;;", b"1: '<eof>' expected near ';'"),
    (b"break;;", b"1: '<eof>' expected near ';'"),
    (b";", b"1: unexpected symbol near ';'"),
    (b"x=1;;", b"1: unexpected symbol near ';'"),
    (b"a;", b"1: '=' expected near ';'"),
    (b"x = 0x1p", b"1: malformed number near '0x1p'"),
    (b"x=1e+", b"1: malformed number near '1e+'"),
    (b"x=1e5.5", b"1: malformed number near '1e5.5'"),
    (
        b"x = goto\n(5)",
        b"2: ambiguous syntax (function call x new statement) near '('",
    ),
    (b"const", b"1: '=' expected near '<eof>'"),
    (b"const = ", b"1: unexpected symbol near '<eof>'"),
    (b"const.x", b"1: '=' expected near '<eof>'"),
    (b"continue = ", b"1: unexpected symbol near '<eof>'"),
    (b"const 5 = 3", b"1: '=' expected near '5'"),
    (b"continue 5", b"1: '=' expected near '5'"),
    (b"x = a.const.continue b", b"1: '=' expected near '<eof>'"),
];

/// Messages for the syntax extensions.
const EXTENSION_MESSAGES: &[(&[u8], &[u8])] = &[
    (b"a ? b : c", b"1: '=' expected near '?'"),
    (b"x = a ? b", b"1: ':' expected near '<eof>'"),
    (b"x = a ? b c", b"1: ':' expected near 'c'"),
    (
        b"x = a ? b:c() : d",
        b"1: function arguments expected near '<eof>'",
    ),
    (b"x = a ? b : ", b"1: unexpected symbol near '<eof>'"),
    (b"x = a?.b.5", b"1: unexpected symbol near '.5'"),
    (b"x = a?.", b"1: '<name>' expected near '<eof>'"),
    (b"x = a?.5", b"1: '<name>' expected near '5'"),
    (b"a?.b", b"1: '=' expected near '<eof>'"),
    (b"a?.b, c = 1, 2", b"1: syntax error near ','"),
    (b"c, a?.b = 1, 2", b"1: '=' expected near '?.'"),
    (b"a?.b() = 5", b"1: unexpected symbol near '='"),
    (b"x = a ? b?.:c : d", b"1: unexpected symbol near ':'"),
    (b"x = x -> ", b"1: unexpected symbol near '<eof>'"),
    (b"x -> y", b"1: '=' expected near '->'"),
    (b"x = || ->", b"1: unexpected symbol near '<eof>'"),
    (b"x = |a, ->", b"1: <name> or '...' expected near '->'"),
    (b"x = |a|", b"1: '->' expected near '<eof>'"),
    (b"x = |a| 5", b"1: '->' expected near '5'"),
    (b"x = |5| -> 5", b"1: <name> or '...' expected near '5'"),
    (b"x = |a| -> do", b"1: 'end' expected near '<eof>'"),
    (
        b"x = |a| -> do\n",
        b"2: 'end' expected (to close 'do' at line 1) near '<eof>'",
    ),
    (
        b"x = a -> ...",
        b"1: cannot use '...' outside a vararg function near '...'",
    ),
    (
        b"x = |...| -> a -> ...",
        b"1: cannot use '...' outside a vararg function near '...'",
    ),
    (b"a != b", b"1: '=' expected near '!'"),
    (b"a + = 1", b"1: '=' expected near '+'"),
    (b"a == 1", b"1: '=' expected near '=='"),
    (b"a ^= 2", b"1: '=' expected near '^'"),
    (b"a <= 2", b"1: '=' expected near '<='"),
    (b"a && b", b"1: '=' expected near '&&'"),
    (b"a ~> 2", b"1: unexpected symbol near '~'"),
    (b"x = a ~> 2", b"1: unexpected symbol near '~'"),
    (b"x = a ~>> ", b"1: unexpected symbol near '<eof>'"),
    (b"a += ", b"1: unexpected symbol near '<eof>'"),
    (b"a.b ..= ", b"1: unexpected symbol near '<eof>'"),
    (b"f() += 1", b"1: unexpected symbol near '+'"),
    (b"(a) += 1", b"1: syntax error near '+'"),
    (b"const x, 5", b"1: '<name>' expected near '5'"),
    (b"const function", b"1: '<name>' expected near '<eof>'"),
    (b"const function f.x", b"1: '(' expected near '.'"),
    (b"const x = ", b"1: unexpected symbol near '<eof>'"),
    (b"const x 5", b"1: unexpected symbol near '5'"),
    (b"continue;", b"1: '=' expected near ';'"),
    (b"continue x", b"1: '=' expected near 'x'"),
    (b"while x do continue; end", b"1: '=' expected near ';'"),
    (b"x = a & ", b"1: unexpected symbol near '<eof>'"),
    (b"x = ~", b"1: unexpected symbol near '<eof>'"),
    (b"x = !", b"1: unexpected symbol near '<eof>'"),
    (b"x = a ?? ", b"1: unexpected symbol near '<eof>'"),
    (b"x = 1__0_x", b"1: malformed number near '10x'"),
    (b"x = 0x_", b"1: malformed number near '0x'"),
    (b"x = a?.'x", b"1: unfinished string near '<eof>'"),
    (b"x = a?.:b", b"1: function arguments expected near '<eof>'"),
    (b"x = a:b?.c()", b"1: function arguments expected near 'c'"),
    (b"a?.:b", b"1: function arguments expected near '<eof>'"),
    (
        b"x = a ? b : c : d",
        b"1: function arguments expected near '<eof>'",
    ),
    (b"x = a ? (b:c()) : d 5", b"1: unexpected symbol near '5'"),
    (b"a, b ? c : d = 1", b"1: '=' expected near '?'"),
    (b"a -> b = 1", b"1: '=' expected near '->'"),
    (b"x=1_000u", b"1: malformed number near '1000u'"),
    (b"goto goto goto", b"1: '=' expected near '<eof>'"),
];

fn assert_message(source: &[u8], expected: &[u8]) {
    let shown = String::from_utf8_lossy(source);
    match parse(source, b"=t") {
        Ok(_) => panic!("accepted: {shown:?}"),
        Err(error) => assert_eq!(
            String::from_utf8_lossy(&error.message),
            format!("t:{}", String::from_utf8_lossy(expected)),
            "{shown:?}"
        ),
    }
}

#[test]
fn messages_are_those_of_luajit() {
    for (source, expected) in MESSAGES.iter().chain(EXTENSION_MESSAGES) {
        assert_message(source, expected);
    }
}

/// Sources that LuaJIT loads.
const ACCEPTED: &[&str] = &[
    "",
    "#!/usr/bin/lua",
    "\u{feff}return 1",
    "x = {f\n(x)}", // the look-ahead for `name =` hides the line end
    "x = 0xep1",
    "x = '\\1234'",
    "x = '\\z   \n  abc'",
    "x = 1LL y = 2ULL z = 4i w = 0x7LLU v = 18446744073709551615LL",
    "local goto = 4; goto.x = 5; local continue, const = goto, 1; continue = const; const.x = 1; const 'x'",
    "goto a; local b; ::a::",
    "return 1;",
    "do break end",
    "x = function(...) return ... end",
    "f{1, 2; 3, [4] = 5, a = 6,}'s' [[t]]:m 's'.k = 1",
    "x = {a -> b, c}",
    "x = a ? b : c ? d : e",
    "x = a ? x -> y : z",
    "a?.b?.[c]?.d?.:e?.() f?.'x' g?.{} a?.b = 1 a?.[1] += 2",
    "x = || -> 1 y = |a, ...| -> do return ... end z = a -> b -> a + b",
    "x = a & b | c ~ d << 1 >> 2 ~>> 3 y = ~a z = !a && b || c != d ?? e",
    "a += 1 a -= 1 a *= 1 a /= 1 a %= 1 a &= 1 a |= 1 a ~= 1 a <<= 1 a >>= 1 a ~>>= 1 a ..= 1",
    "const a, b = 1, 2 const function f() end const c const const = 1",
    "while a do if b then continue end end",
    "x = 1_000 + 0x1_f + 1_0.5_0e1_0 + 0b1_1",
];

#[test]
fn what_luajit_loads_is_accepted() {
    for source in ACCEPTED {
        if let Err(error) = parse(source.as_bytes(), b"=t") {
            panic!("{source:?}: {error}");
        }
    }
}

/// Runs `test` on a stack of the size that a thread of a program has at least.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(test);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    on_small_stack(|| {
        let units = [
            ("x = a", "..a"),
            ("x = a", "^a"),
            ("x = ", "("),
            ("x = ", "{"),
            ("x = ", "{{},{a="),
            ("x = ", "not "),
            ("x = ", "- "),
            ("x = ", "a["),
            ("x = ", "a("),
            ("x = ", "a{"),
            ("x = ", "a:b("),
            ("x = ", "a?.("),
            ("x = ", "function() return "),
            ("x = ", "a -> "),
            ("x = ", "|| -> do return "),
            ("x = a", " ? b"),
            ("x = a", " ? b : c"),
            ("", "do "),
            ("", "::a::"),
            ("", "if x then else "),
            ("", "if x then elseif x then while y do "),
            ("", "for i in a do "),
            ("", "for i = 1, 2 do "),
            ("", "repeat "),
            ("", "local function f() "),
        ];
        for (begin, unit) in units {
            let source = begin.to_owned() + &unit.repeat(100_000);
            let error = parse(source.as_bytes(), b"=t").expect_err(unit);
            let is_expected =
                error.message == b"t:1: chunk has too many syntax levels" || unit == "for i in ";
            assert!(is_expected, "{unit}: {error}");
        }
        let names = "a,".repeat(100_000) + "a = 1";
        assert_message(
            names.as_bytes(),
            b"1: main function has more than 200 variable names",
        );
        let names = "function f()\n".to_owned() + &names;
        assert_message(
            names.as_bytes(),
            b"2: function at line 1 has more than 200 variable names",
        );
    });
}

#[test]
fn nesting_below_the_limit_is_accepted() {
    on_small_stack(|| {
        // LuaJIT: 197 pairs of parentheses load, 198 do not.
        let nested = |count: usize| format!("x = {}1{}", "(".repeat(count), ")".repeat(count));
        assert!(parse(nested(197).as_bytes(), b"=t").is_ok());
        assert!(parse(nested(198).as_bytes(), b"=t").is_err());
    });
}

#[test]
fn long_chains_are_not_nested() {
    on_small_stack(|| {
        let count = 100_000;
        let sources = [
            format!("x = a{}", " + a".repeat(count)),
            format!("x = a{}", " or a".repeat(count)),
            format!("x = a{}", " ?? a".repeat(count)),
            format!("x = a{}", " == a".repeat(count)),
            format!("x = a{}", ".a".repeat(count)),
            format!("x = a{}", "[1]".repeat(count)),
            format!("a{}", "()".repeat(count)),
            format!("if x then {} end", "elseif y then ".repeat(count)),
            format!("x = {{{}}}", "a,".repeat(count)),
        ];
        for source in sources {
            let chunk = parse(source.as_bytes(), b"=t").expect("a valid chunk");
            drop(chunk.clone());
        }
    });
}

/// A small generator of pseudo-random numbers, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn mutated_sources_do_not_panic() {
    let seeds: Vec<&[u8]> = ACCEPTED
        .iter()
        .map(|source| source.as_bytes())
        .chain(
            MESSAGES
                .iter()
                .chain(EXTENSION_MESSAGES)
                .map(|(source, _)| *source),
        )
        .collect();
    let interesting = b"()[]{}=~<>?.:|&!-'\"\\\n\0\xff09axzuend";
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut rejected = 0;
    for _ in 0..30_000 {
        let mut source = seeds[random.below(seeds.len())].to_vec();
        source.extend_from_slice(seeds[random.below(seeds.len())]);
        for _ in 0..=random.below(4) {
            let position = random.below(source.len().max(1));
            match random.below(4) {
                0 => source.truncate(position),
                1 if !source.is_empty() => source[position] = random.below(256) as u8,
                2 if !source.is_empty() => drop(source.remove(position)),
                _ => source.insert(
                    position.min(source.len()),
                    interesting[random.below(interesting.len())],
                ),
            }
        }
        rejected += usize::from(parse(&source, b"=fuzz").is_err());
    }
    assert!(rejected > 0);
}
