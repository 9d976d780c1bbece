//! Our own games: what they draw, printed by the text backend, against golden files.
//!
//! A golden file holds a few frames of one game. To accept a change, run the tests with `RLOVE_BLESS=1` and read the
//! difference before committing it.

use super::command_list;
use super::programs;
use std::path::Path;

/// Plays a game and compares the given frames with its golden file.
fn assert_golden(name: &str, input: &str, frames: &[usize]) {
    let folder = programs::fresh_folder(&format!("demo-{name}"));
    std::fs::write(folder.join("input.txt"), input).expect("the build directory can be written");
    let game = programs::repository().join("games").join(name);
    let count = frames.last().expect("some frame is compared").to_string();
    let options = [
        "--text",
        "--frames",
        &count,
        "--seed",
        "1",
        "--input",
        "input.txt",
    ];
    let run = programs::rlove_headless(&game, &folder, &options);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stderr, "", "{name} complains");
    let lists = command_list::frames(&run.stdout);
    let mut found = String::new();
    for &frame in frames {
        let list = lists
            .get(frame - 1)
            .unwrap_or_else(|| panic!("{name} has only {} frames", lists.len()));
        found.push_str(list);
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.txt"));
    if std::env::var_os("RLOVE_BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().expect("golden files have a folder"))
            .expect("the folder can be made");
        std::fs::write(&golden, &found).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&golden)
        .unwrap_or_else(|error| panic!("{}: {error}", golden.display()));
    for (number, (ours, golden_line)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(ours, golden_line, "{name}.txt line {}", number + 1);
    }
    assert_eq!(
        found.lines().count(),
        expected.lines().count(),
        "{name} draws more or less than before"
    );
}

#[test]
fn hello() {
    assert_golden("hello", "", &[2, 30]);
}

#[test]
fn bunnymark() {
    assert_golden("bunnymark", "frame 3 key tap space\n", &[2, 5]);
}

#[test]
fn pong() {
    let input = "\
frame 3  key tap down
frame 5  key tap up
frame 10 key tap return
frame 12 key down w
frame 40 key up w
frame 130 key tap p
frame 140 key tap escape
";
    assert_golden("pong", input, &[2, 4, 20, 120, 135, 145]);
}

/// The demos of the FFI run for some frames and end well; their pictures depend on the machine's speed.
#[test]
fn demos_of_the_foreign_interface_run() {
    for (name, frames) in [("raytracer", "1"), ("particles", "2"), ("blas", "2")] {
        let folder = programs::fresh_folder(&format!("demo-{name}"));
        let game = programs::repository().join("games").join(name);
        let run = programs::rlove_headless(&game, &folder, &["--frames", frames]);
        assert_eq!(run.code, Some(0), "{name}: {run:?}");
    }
}
