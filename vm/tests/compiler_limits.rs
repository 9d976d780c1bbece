//! Limits of the compiler: what must compile, and LuaJIT's messages for what must not.
//!
//! The expected messages were printed by LuaJIT for the same sources.

use rlove_vm::bytecode::CompiledFunction;
use rlove_vm::bytecode::verify::verify;
use std::rc::Rc;

fn compile(source: &str) -> Result<Rc<CompiledFunction>, String> {
    let function = rlove_vm::compiler::compile(source.as_bytes(), b"=t")
        .map_err(|error| String::from_utf8_lossy(&error.message).into_owned())?;
    verify(&function).map_err(|error| format!("not verified: {error}"))?;
    Ok(function)
}

fn accepted(source: &str) -> Rc<CompiledFunction> {
    match compile(source) {
        Ok(function) => function,
        Err(message) => panic!("{message}\nfor {}", &source[..source.len().min(200)]),
    }
}

fn refused(source: &str, message: &str) {
    match compile(source) {
        Ok(_) => panic!("compiled, but LuaJIT says: {message}"),
        Err(other) => assert_eq!(other, message),
    }
}

/// `prefix1, prefix2, …`
fn names(prefix: &str, count: usize) -> String {
    (1..=count)
        .map(|index| format!("{prefix}{index}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn locals_end_at_two_hundred() {
    accepted(&format!("local {}", names("a", 200)));
    refused(
        &format!("local {}", names("a", 201)),
        "t:1: main function has more than 200 local variables",
    );
    refused(
        &format!("\nlocal function f()\nlocal {} end", names("a", 201)),
        "t:3: function at line 2 has more than 200 local variables",
    );
    // The three hidden variables of a loop count.
    accepted(&format!("for i = 1, 2 do local {} end", names("a", 196)));
    refused(
        &format!("for i = 1, 2 do local {} end", names("a", 197)),
        "t:1: main function has more than 200 local variables",
    );
}

#[test]
fn upvalues_end_at_two_hundred_and_fifty_five() {
    let program = |count: usize| {
        let first = count.min(190);
        format!(
            "local {}\nlocal function f()\nlocal {}\nreturn function() return {} end end",
            names("a", first),
            names("b", count - first + 1),
            (1..=first)
                .map(|index| format!("a{index}"))
                .chain((1..=count - first).map(|index| format!("b{index}")))
                .collect::<Vec<_>>()
                .join(" + "),
        )
    };
    let function = accepted(&program(255));
    assert_eq!(function.children[0].children[0].upvalues.len(), 255);
    refused(
        &program(256),
        "t:4: function at line 4 has more than 255 upvalues",
    );
}

#[test]
fn three_hundred_thousand_constants() {
    let numbers: Vec<String> = (0..300_000).map(|index| format!("{index}.5")).collect();
    let function = accepted(&format!("return {{{}}}", numbers.join(",")));
    assert_eq!(function.constants.len(), 300_000);
    let fields: Vec<String> = (0..100_000)
        .map(|index| format!("x.f{index}=a.g{index}"))
        .collect();
    let function = accepted(&format!(
        "{}\nif x == 'late' or x < 0.25 then x = -x * 0.125 end",
        fields.join("\n")
    ));
    assert!(function.constants.len() > 200_000);
}

#[test]
fn registers_end_in_an_error() {
    accepted(&format!("f({})", names("a", 240)));
    refused(
        &format!("f({})", names("a", 260)),
        "t:1: function or expression too complex",
    );
    refused(
        &format!("x = {}1{}", "f(".repeat(190), ")".repeat(190)),
        "t:1: function or expression too complex",
    );
    // Constructors nest although each level has many fields before the nested one.
    let level = |inner: String| {
        let fields: Vec<String> = (0..60).map(|index| format!("f{index} = 1")).collect();
        format!("{{{}, inner = {inner}, 1, 2, 3}}", fields.join(", "))
    };
    let nested = (0..50).fold("{}".to_string(), |inner, _| level(inner));
    accepted(&format!("return {nested}"));
}

#[test]
fn long_chains_compile() {
    for source in [
        format!("x = {}", vec!["a"; 20_000].join(" or ")),
        format!("x = {}", vec!["a"; 20_000].join(" and ")),
        format!("x = {}", vec!["a"; 20_000].join(" + ")),
        format!("x = {}", vec!["a"; 20_000].join(" ?? ")),
        format!("x = a{}", ".b".repeat(20_000)),
        format!("x = a{}", "(1)".repeat(20_000)),
        format!("x = a{}", "?.b".repeat(20_000)),
        format!("if a then {} end", "elseif b then ".repeat(20_000)),
        format!("x = {{{}}}", "f(),".repeat(20_000)),
        "local a = 1; do local b = a end;\n".repeat(190),
    ] {
        accepted(&source);
    }
    refused(
        &format!("x = {}", vec!["a"; 10_000].join("..")),
        "t:1: chunk has too many syntax levels",
    );
}

#[test]
fn deep_nesting_is_no_danger() {
    for source in [
        format!("x = {}1{}", "(".repeat(190), ")".repeat(190)),
        format!("x = {}1{}", "{".repeat(190), "}".repeat(190)),
        format!("x = {}1{}", "a[".repeat(190), "]".repeat(190)),
        format!("x = {}1", "- ".repeat(190)),
        format!("x = {}a", "not ".repeat(190)),
        format!(
            "x = {}1{}",
            "function() return ".repeat(90),
            " end".repeat(90)
        ),
        format!("{} {}", "do ".repeat(190), " end".repeat(190)),
        format!("{} {}", "while a do ".repeat(190), " end".repeat(190)),
        format!("{} {}", "if a then ".repeat(190), " end".repeat(190)),
        format!("{} {}", "repeat ".repeat(190), " until a".repeat(190)),
    ] {
        accepted(&source);
    }
}

#[test]
fn wrong_jumps() {
    refused("do goto x end", "t:1: undefined label 'x'");
    refused("goto x\ndo ::x:: end", "t:1: undefined label 'x'");
    refused("if nil then goto x end", "t:1: undefined label 'x'");
    refused("::a::\n::a::", "t:2: duplicate label 'a'");
    refused(
        "do goto x; local a; ::x:: print(a) end",
        "t:1: <goto x> jumps into the scope of local 'a'",
    );
    refused(
        "repeat goto c; local x; ::c:: until x",
        "t:1: <goto c> jumps into the scope of local 'x'",
    );
    refused("f()\nbreak", "t:2: no loop to break");
    refused(
        "while 1 do local f = function() break end end",
        "t:1: no loop to break",
    );
    refused("do continue end", "t:1: no loop to continue");
    refused(
        "repeat if a then continue end local x until x",
        "t:1: <continue> jumps into the scope of local 'x'",
    );
    accepted("do goto x; local a; ::x:: end");
    // The locals jumped over have no value at the closing behind the label.
    accepted("if a then goto x end; local b = 1; f(function() return b end) ::x::");
    // Constants in conditions leave dead jumps, which must lead somewhere.
    accepted("repeat until not (nil and a)");
    accepted("repeat until not (1 or a) and b");
    accepted("do ::x:: end ::x:: goto x");
    accepted("while a do if b then continue end local x = 1 end");
    accepted(
        "for i = 1, 3 do local x = i; f(function() return x end) if x then goto e end local y = 2 ::e:: end",
    );
}

#[test]
fn constants_are_constant() {
    refused(
        "const a = 1\na = 2",
        "t:2: attempt to assign to const variable 'a'",
    );
    refused(
        "const a = 1\nlocal function f() a += 2 end",
        "t:2: attempt to assign to const variable 'a'",
    );
    refused(
        "const a = 1\nlocal a = 2",
        "t:2: attempt to re-declare const variable 'a'",
    );
    refused(
        "const a, a = 1",
        "t:1: attempt to re-declare const variable 'a'",
    );
    refused(
        "const a = 1\nfunction f(a) end",
        "t:2: attempt to re-declare const variable 'a'",
    );
    refused(
        "const function a() end\nfunction a() end",
        "t:2: attempt to assign to const variable 'a'",
    );
    accepted("do const a = 1 end a = 2");
    accepted("const a = {}; a.x = 1");
}
