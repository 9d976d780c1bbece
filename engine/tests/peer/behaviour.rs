//! What functions of `love` answer, printed line by line by the programs in `engine/tests/behaviour`, in both programs.

use super::programs;
use std::path::{Path, PathBuf};

const PROGRAMS: [&str; 13] = [
    "math",
    "filesystem",
    "image",
    "graphics",
    "font",
    "modules",
    "thread",
    "physics",
    "joints",
    "physics_scene",
    "shader",
    "audio",
    "socket",
];

/// Lines in which rlove differs, each with its reason: the program, how the line begins in LÖVE.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "graphics",
        "canvas formats",
        "the formats normal and hdr, which stand for others, are not listed",
    ),
    (
        "image",
        "getMipmapFilter",
        "LÖVE 11.4 answers 'none', its documentation says nil",
    ),
];

/// A folder that is a game of one of the programs.
fn game_of(name: &str, purpose: &str) -> PathBuf {
    let game = programs::fresh_folder(&format!("behaviour-{name}-{purpose}")).join("game");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour");
    std::fs::create_dir_all(&game).expect("the build directory can be written");
    std::fs::copy(sources.join(format!("{name}.lua")), game.join("main.lua"))
        .expect("the program can be copied");
    std::fs::copy(sources.join("conf.lua"), game.join("conf.lua")).expect("conf.lua can be copied");
    game
}

/// The lines that LÖVE prints.
fn love_lines(name: &str, purpose: &str) -> Vec<String> {
    let game = game_of(name, purpose);
    let folder = game.parent().expect("a game lies in a folder");
    let run = programs::love_wrapped(&game, folder, &["--frames", "1"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn love_answers_every_program() {
    for name in PROGRAMS {
        let lines = love_lines(name, "alone");
        assert!(lines.len() > 15, "{name} prints only {lines:#?}");
    }
}

#[test]
fn rlove_answers_as_love_does() {
    let mut failed = Vec::new();
    for name in PROGRAMS {
        let game = game_of(name, "rlove");
        let folder = game.parent().expect("a game lies in a folder");
        let run = programs::rlove_headless(&game, folder, &["--frames", "1"]);
        if run.code != Some(0) {
            failed.push(format!("{name} ends with {:?}: {}", run.code, run.stderr));
        }
        let mut ours = run.stdout.lines();
        for line in love_lines(name, "beside") {
            let own = ours.next().unwrap_or("nothing");
            let excepted = EXCEPTIONS
                .iter()
                .any(|(program, start, _)| *program == name && line.starts_with(start));
            if own != line && !excepted {
                failed.push(format!("{name}: LÖVE  {line}"));
                failed.push(format!("{name}: rlove {own}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
