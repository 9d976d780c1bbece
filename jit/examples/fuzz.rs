//! Fuzzes what reads bytes from outside: parser, bytecode loader, patterns, formats, buffers.
//!
//! Half of the inputs are mutations of Lua files of the project (and of dumps made from them) by splicing, repeating and changing bytes
//! and words, half are made by grammar (`tests/fuzz/grammar.rs`). It is deterministic: a seed and the number of the input reproduce it.
//! The targets `run` and `load` run what was accepted, some of it under constant collection or with moving stacks. As a memory error
//! could kill the process, the input that runs lies in TMPDIR/rlove-fuzz-SEED.
//!
//! ```text
//! cargo run --release -p rlove-jit --example fuzz -- --seconds 60 --seed 1 [--target parser]
//! ```
//!
//! What panics or takes over five seconds is written to jit/tests/fuzz/regress and the program ends with status 1.
//! Every run appends a line to jit/tests/fuzz/LOG.md.

#[path = "../tests/fuzz/grammar.rs"]
mod grammar;
#[path = "../tests/fuzz/targets.rs"]
mod targets;

use grammar::Random;

use std::io::Write as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rlove_vm::bytecode::serialize;
use rlove_vm::compiler;

const SLOW_S: f64 = 5.0;
const INPUT_BYTES_MAX: usize = 6000;

/// Pieces that parsers and formats find interesting.
const WORDS: &[&[u8]] = &[
    b"local ",
    b"function(",
    b"end ",
    b"if x then ",
    b"while ",
    b"for i=1,2 do ",
    b"repeat ",
    b"until ",
    b"goto a ",
    b"::a::",
    b"return ",
    b"break ",
    b"...",
    b"..",
    b"==",
    b"~=",
    b"<=",
    b"//",
    b"0x",
    b"1e308",
    b"0x1p-1074",
    b"\"\\u{10FFFF}\"",
    b"[[",
    b"]]",
    b"[==[",
    b"--[[",
    b"(",
    b")",
    b"{",
    b"}",
    b"nil",
    b"not ",
    b"-",
    b"#",
    b"a.b:c()",
    b"=",
    b",",
    b";",
    b"\0",
    b"\xff",
    b"%b()",
    b"%f[%w]",
    b"[^%a-]",
    b"(.-)",
    b"%1",
    b"%",
    b"*",
    b"$",
    b"^",
    b"%99.99f",
    b"%-+ #020.10x",
    b"%q",
    b"%a",
    b"&",
    b"|",
    b"?",
    b"?.",
    b"??",
    b"+=",
    b"continue ",
    b"const ",
    b"1_0",
    b"<<",
    b"~>>",
    b"&&",
    b"!=",
    b"\\",
    b"\"",
    b"'",
    b"struct ",
    b"union {",
    b"enum {",
    b"typedef ",
    b"unsigned ",
    b"int ",
    b"double ",
    b"[4]",
    b"[?]",
    b":3",
    b"__attribute__((packed))",
    b"__attribute__((aligned(8)))",
    b"(*f)(int,...)",
    b"sizeof(",
];

/// C declarations to mutate.
const DECLARATIONS: &[&[u8]] = &[
    b"typedef struct { double x, y; } point; point *make(point, int, ...); enum { A, B = 5 };",
    b"struct bits { int a:3; unsigned b:5; bool c:1; } __attribute__((packed)); extern int x[3][4];",
    b"#pragma pack(push, 2)\nunion u { int i; struct { short a, b; }; float f[]; };\n#pragma pack(pop)",
    b"static const int K = sizeof(int[4]) + (1 << 4 | 3) * -2; int (*(*table[3])(void))[K];",
    b"struct { int a; struct { char x; int y; }; char t[4]; }\n1 2 3 abc table 5.5 -1 1e300",
    b"int[4]\n1 2 3 4 5",
    b"union { uint8_t b[8]; double d; int64_t i; }\n-1 table true nil",
    b"struct { int n; double data[?]; }\n1 table 3 4",
    b"complex float\n1 2",
    b"struct { int a:3; bool b:1; unsigned c:28; }[2]\n9 true -5 x",
    b"char[?]\nhello table 65 66",
    b"enum { RED, GREEN = 3 }[3]\nGREEN RED 7 PINK",
    b"int __attribute__((vector_size(16)))\n1 2 3",
];

fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in [
        "tests/lua",
        "tests/ffi",
        "../benches/programs",
        "../vm/tests/compiler",
        "../games",
    ] {
        collect(&root.join(folder), &mut texts);
    }
    assert!(!texts.is_empty(), "no Lua files to mutate");
    texts
}

fn collect(folder: &Path, texts: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "lua")
            && let Ok(text) = std::fs::read(&path)
        {
            texts.push(text);
        }
    }
}

/// Dumps of the corpus' smaller pieces, for the bytecode target.
fn dumps(texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let whole = texts.iter().filter(|text| text.len() < 4000);
    whole
        .filter_map(|text| compiler::compile(text, b"=seed").ok())
        .map(|f| serialize::write(&f, false))
        .collect()
}

fn piece(random: &mut Random, texts: &[Vec<u8>]) -> Vec<u8> {
    let text = &texts[random.below(texts.len())];
    let length = 1 + random.below(INPUT_BYTES_MAX.min(text.len()));
    let start = random.below(text.len() - length + 1);
    // Half the time whole lines, so that much of it parses.
    if random.below(2) == 0 {
        let from = text[..start]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        return text[from..start + length].to_vec();
    }
    text[start..start + length].to_vec()
}

fn mutate(random: &mut Random, input: &mut Vec<u8>, texts: &[Vec<u8>]) {
    for _ in 0..1 + random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(8) {
            0 if at < input.len() => input[at] = random.next() as u8,
            1 if at < input.len() => input[at] ^= 1 << random.below(8),
            2 => {
                let end = (at + random.below(40)).min(input.len());
                input.drain(at..end);
            }
            3 => {
                let end = (at + random.below(60)).min(input.len());
                let copy = input[at..end].repeat(1 + random.below(20));
                input.splice(at..at, copy);
            }
            4 => {
                let other = piece(random, texts);
                input.splice(at..at, other.into_iter().take(80));
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
        }
    }
    input.truncate(INPUT_BYTES_MAX * 2);
}

/// The next input of a target.
fn make(random: &mut Random, target: &str, seeds: &[Vec<u8>]) -> Vec<u8> {
    if matches!(target, "bytecode" | "load") {
        let mut input = if random.below(2) == 0 {
            seeds[random.below(seeds.len())].clone()
        } else {
            let text = grammar::program(random);
            match compiler::compile(text.as_bytes(), b"=seed") {
                Ok(function) => serialize::write(&function, false),
                Err(_) => seeds[0].clone(),
            }
        };
        mutate(random, &mut input, seeds);
        return input;
    }
    if !matches!(target, "declarations" | "conversions") && random.below(2) == 0 {
        let text = match target {
            "parser" | "run" => grammar::program(random),
            "pattern" => grammar::pattern(random),
            _ => grammar::format(random),
        };
        return text.into_bytes();
    }
    let mut input = piece(random, seeds);
    mutate(random, &mut input, seeds);
    input
}

/// User time of this process.
fn cpu_s() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| {
        let (user, system) = (usage.user_time(), usage.system_time());
        (user.tv_sec() + system.tv_sec()) as f64 + (user.tv_usec() + system.tv_usec()) as f64 * 1e-6
    })
}

fn save(target: &str, input: &[u8], number: u64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/fuzz/regress/{target}-{number:016x}"));
    match std::fs::write(&path, input) {
        Ok(()) => println!("{target}: input kept in {}", path.display()),
        Err(error) => println!("{target}: {error}"),
    }
}

struct Options {
    seconds: u64,
    seed: u64,
    target: Option<String>,
    log: Option<PathBuf>,
}

fn options() -> Options {
    let mut options = Options {
        seconds: 60,
        seed: 1,
        target: None,
        log: None,
    };
    let mut words = std::env::args().skip(1);
    while let (Some(word), Some(value)) = (words.next(), words.next()) {
        match word.as_str() {
            "--seconds" => options.seconds = value.parse().unwrap_or(60),
            "--seed" => options.seed = value.parse().unwrap_or(1),
            "--log" => options.log = Some(value.into()),
            "--target" => options.target = Some(value),
            _ => {
                eprintln!("usage: fuzz [--seconds N] [--seed N] [--target NAME] [--log FILE]");
                std::process::exit(2);
            }
        }
    }
    options
}

fn main() {
    let options = options();
    let texts = corpus();
    let declarations: Vec<Vec<u8>> = DECLARATIONS.iter().map(|text| text.to_vec()).collect();
    let dumps = dumps(&texts);
    let chosen: Vec<_> = targets::TARGETS
        .iter()
        .filter(|(name, _)| options.target.as_ref().is_none_or(|only| only == name))
        .collect();
    let share = Duration::from_secs(options.seconds) / chosen.len().max(1) as u32;
    let current = std::env::temp_dir().join(format!("rlove-fuzz-{}", options.seed));
    let mut failed = false;
    let mut summary = String::new();
    for (name, run) in chosen {
        let seeds = match *name {
            "bytecode" | "load" => &dumps,
            "declarations" | "conversions" => &declarations,
            _ => &texts,
        };
        let mut random = Random(options.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (start, mut inputs) = (Instant::now(), 0u64);
        while start.elapsed() < share {
            let number = random.0;
            let input = make(&mut random, name, seeds);
            if matches!(*name, "run" | "load") {
                // Without it the run goes on, only less helpfully.
                let _ = std::fs::write(&current, &input);
            }
            // Processor time: a run of low priority may wait for long.
            let began = cpu_s();
            let bad = catch_unwind(|| run(&input)).is_err() || cpu_s() - began > SLOW_S;
            inputs += 1;
            if bad {
                save(name, &input, number);
                failed = true;
                break;
            }
        }
        println!("{name}: {inputs} inputs in {} s", start.elapsed().as_secs());
        summary.push_str(&format!(" {name} {inputs}"));
    }
    let log = options
        .log
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/LOG.md"));
    if let Ok(mut file) = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
    {
        let outcome = if failed {
            "a failure was kept"
        } else {
            "no failure"
        };
        let _ = writeln!(
            file,
            "- seed {}, {:.0} CPU seconds: inputs{summary}: {outcome}",
            options.seed,
            cpu_s()
        );
    }
    std::process::exit(i32::from(failed));
}
