//! What goes wrong ends as a user would want: one clear message on stderr, an exit code that is not 0, and no panic.

use super::programs::{self, Run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

/// A game of the given files, each a name and its text.
fn game(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = programs::fresh_folder(&format!("error-{name}")).join("game");
    std::fs::create_dir_all(&folder).expect("the build directory can be written");
    for (file, text) in files {
        std::fs::write(folder.join(file), text).expect("the build directory can be written");
    }
    folder
}

fn headless(game: &Path) -> Run {
    let folder = game.parent().expect("a game lies in a folder");
    programs::rlove_headless(game, folder, &["--frames", "5"])
}

/// The program ended by itself, not well, and said all of `words`.
fn assert_fails_with(run: &Run, words: &[&str]) {
    assert!(!run.timed_out, "{run:?}");
    assert!(
        matches!(run.code, Some(code) if code != 0 && code != 101),
        "{run:?}"
    );
    for word in words {
        assert!(
            run.stderr.contains(word),
            "stderr does not say {word:?}: {run:?}"
        );
    }
    assert!(!run.stderr.contains("panicked at"), "{run:?}");
}

/// The same, in one line: nothing that a user has to search for the reason.
fn assert_fails_in_one_line(run: &Run, words: &[&str]) {
    assert_fails_with(run, words);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{run:?}");
}

#[test]
fn a_lua_error_while_loading() {
    let run = headless(&game(
        "load",
        &[(
            "main.lua",
            "local x = nil\nfunction love.load()\n  x.y = 1\nend\n",
        )],
    ));
    assert_fails_with(
        &run,
        &[
            "main.lua:3: attempt to index upvalue 'x' (a nil value)",
            "stack traceback",
        ],
    );
}

#[test]
fn a_lua_error_in_a_frame_names_the_callers() {
    let text =
        "local function inner()\n  error('boom')\nend\nfunction love.update()\n  inner()\nend\n";
    let run = headless(&game("update", &[("main.lua", text)]));
    assert_fails_with(&run, &["main.lua:2: boom", "stack traceback", "main.lua:5"]);
}

#[test]
fn a_syntax_error() {
    let run = headless(&game("syntax", &[("main.lua", "function love.draw(\n")]));
    assert_fails_with(&run, &["main.lua:2:", "expected near '<eof>'"]);
}

#[test]
fn an_error_in_conf() {
    let files = [
        (
            "conf.lua",
            "function love.conf(t) t.window.nothing.x = 1 end",
        ),
        ("main.lua", ""),
    ];
    let run = headless(&game("conf", &files));
    assert_fails_with(
        &run,
        &["conf.lua:1: attempt to index field 'nothing' (a nil value)"],
    );
}

#[test]
fn a_picture_that_is_not_there() {
    let run = headless(&game(
        "picture",
        &[("main.lua", "love.graphics.newImage('missing.png')\n")],
    ));
    assert_fails_with(&run, &["missing.png"]);
}

#[test]
fn a_function_that_is_not_implemented_says_so() {
    let run = headless(&game(
        "later",
        &[("main.lua", "love.graphics.newVideo(\"a.ogv\")\n")],
    ));
    assert_fails_with(
        &run,
        &[
            "love.graphics.newVideo is not implemented yet in rlove",
            "docs/compat.md",
        ],
    );
}

#[test]
fn a_game_that_is_not_there() {
    let folder = programs::fresh_folder("error-nowhere");
    let run = programs::rlove_headless(Path::new("no-such-game"), &folder, &["--frames", "5"]);
    assert_fails_in_one_line(&run, &["no-such-game"]);
}

#[test]
fn a_folder_without_a_game() {
    let run = headless(&game("empty", &[("readme.txt", "nothing to run")]));
    assert_fails_in_one_line(&run, &["main.lua"]);
}

#[test]
fn archives_that_are_broken() {
    let folder = programs::fresh_folder("error-archive");
    programs::need_peers();
    let whole = std::fs::read(programs::MR_RESCUE).expect("Mr. Rescue can be read");
    let cut = &whole[..whole.len() / 2];
    for (name, bytes) in [
        ("cut.love", cut),
        ("noise.love", b"this is not an archive"),
        ("empty.love", b""),
    ] {
        std::fs::write(folder.join(name), bytes).expect("the build directory can be written");
        let run = programs::rlove_headless(Path::new(name), &folder, &["--frames", "5"]);
        assert_fails_in_one_line(&run, &[name]);
    }
}

#[test]
fn an_archive_with_a_damaged_file() {
    let folder = programs::fresh_folder("error-damaged");
    programs::need_peers();
    let mut bytes = std::fs::read(programs::MR_RESCUE).expect("Mr. Rescue can be read");
    // The data of the entries, not the directory at the end, which stays readable.
    let middle = bytes.len() / 4;
    for byte in &mut bytes[64..middle] {
        *byte ^= 0x5a;
    }
    std::fs::write(folder.join("damaged.love"), bytes).expect("the build directory can be written");
    let run = programs::rlove_headless(Path::new("damaged.love"), &folder, &["--frames", "5"]);
    assert_fails_with(&run, &[]);
}

#[test]
fn an_input_script_with_a_mistake() {
    let game = game(
        "script",
        &[
            ("main.lua", ""),
            ("script.txt", "frame 3 key down a\nframe 4 kee up a\n"),
        ],
    );
    let folder = game.parent().expect("a game lies in a folder");
    let run = programs::rlove_headless(
        &game,
        folder,
        &["--frames", "5", "--input", "game/script.txt"],
    );
    assert_fails_in_one_line(&run, &["script.txt", "2"]);
}

/// Starts a game, sends the signal that Ctrl-C sends after a second, and answers how it ended and how long that took.
fn interrupted(command: &mut Command) -> (Run, Duration) {
    let mut sent = Instant::now();
    let run = programs::run_with(command, LIMIT, |child| {
        std::thread::sleep(Duration::from_millis(1500));
        sent = Instant::now();
        let status = Command::new("kill")
            .arg("-INT")
            .arg(child.id().to_string())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the program had ended before it was interrupted"
        );
    });
    (run, sent.elapsed())
}

#[test]
fn an_endless_loop_ends_with_an_interrupt() {
    for (name, text) in [
        ("loop-load", "while true do end\n"),
        (
            "loop-update",
            "function love.update()\n  while true do end\nend\n",
        ),
        (
            "loop-pattern",
            "local s = ('a'):rep(40)\nfunction love.update()\n  s:find(('a-'):rep(30) .. 'b')\nend\n",
        ),
        (
            "loop-pcall",
            "while true do pcall(function() while true do end end) end\n",
        ),
    ] {
        let game = game(name, &[("main.lua", text)]);
        let folder = game.parent().expect("a game lies in a folder");
        let mut command = programs::rlove_command(folder);
        command.args(["--headless", "--frames", "5"]).arg(&game);
        let (run, took) = interrupted(&mut command);
        assert_fails_with(&run, &["interrupted"]);
        assert!(
            took < Duration::from_secs(5),
            "{name} took {took:?}: {run:?}"
        );
    }
}

#[test]
fn no_display() {
    let game = game("display", &[("main.lua", "")]);
    let mut command = programs::rlove_command(game.parent().expect("a game lies in a folder"));
    let run = programs::run(command.arg(&game), LIMIT);
    assert_fails_in_one_line(&run, &["display", "--headless"]);
}

/// Without a sound card a game plays on, and what it plays takes the time that it would take.
#[test]
fn no_sound_device() {
    programs::need_peers();
    let text = "
        local data = love.sound.newSoundData(44100, 44100, 16, 1)
        local source = love.audio.newSource(data)
        local start
        function love.load() source:play() start = love.timer.getTime() end
        function love.update()
          if love.timer.getTime() - start > 0.5 then
            print(source:isPlaying(), source:tell() > 0.3, source:tell() < 0.8)
            love.event.quit()
          end
        end";
    let game = game("sound", &[("main.lua", text)]);
    let folder = game.parent().expect("a game lies in a folder");
    let display = programs::Display::start();
    let mut command = programs::rlove_command(folder);
    // No ALSA card, no PulseAudio server and no PipeWire.
    command
        .env("DISPLAY", &display.name)
        .env("ALSA_CONFIG_PATH", "/dev/null")
        .env("PULSE_SERVER", "/nonexistent")
        .env("XDG_RUNTIME_DIR", folder)
        .arg(&game);
    let run = programs::run(&mut command, LIMIT);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout.trim(), "true\ttrue\ttrue", "{run:?}");
}
