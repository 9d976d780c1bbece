//! A game appended to the program: one file that a player starts.

use super::programs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Command;
use std::time::Duration;

const MAIN: &str = r#"
local part = require("parts.part")
print(love.filesystem.isFused(), part, love.filesystem.getIdentity(), ...)
print(unpack(arg))
love.filesystem.write("saved.txt", "x")
print(love.filesystem.getSaveDirectory())
function love.load(list, all)
  print(#list, list[1], #all)
  love.event.quit(7)
end
"#;

#[test]
fn a_game_behind_the_program_runs_by_itself() {
    let folder = programs::fresh_folder("fused");
    let program = folder.join("mygame");
    std::fs::copy(env!("CARGO_BIN_EXE_rlove"), &program).expect("the program can be copied");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&program)
        .expect("the copy can be written");
    let mut archive = std::io::Cursor::new(Vec::new());
    let mut writer = zip::ZipWriter::new(&mut archive);
    for (name, text) in [
        ("main.lua", MAIN),
        (
            "conf.lua",
            "function love.conf(t) t.identity = 'fusedgame' end",
        ),
        ("parts/part.lua", "return 'part'"),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name, options).expect("a file begins");
        writer
            .write_all(text.as_bytes())
            .expect("a file is written");
    }
    writer.finish().expect("the archive ends");
    archive
        .seek(SeekFrom::Start(0))
        .expect("memory can be read");
    std::io::copy(&mut archive, &mut file).expect("the copy can be written");
    drop(file);

    let mut command = Command::new(&program);
    command
        .current_dir(&folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("HOME", &folder)
        .env("XDG_RUNTIME_DIR", &folder)
        .args(["--headless", "first", "--second"]);
    let run = programs::run(&mut command, Duration::from_secs(60));
    assert_eq!(run.code, Some(7), "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "true\tpart\tfusedgame\tmain", "{run:?}");
    // A fused game's arguments follow the program, as under LÖVE; its saves lie in a folder of their own.
    assert_eq!(lines[1], "first\t--second", "{run:?}");
    let saved = folder.join("data/fusedgame");
    assert_eq!(lines[2], saved.display().to_string(), "{run:?}");
    assert_eq!(lines[3], "2\tfirst\t2", "{run:?}");
    assert!(saved.join("saved.txt").exists());
    // Megabytes for each run of the tests.
    let _ = std::fs::remove_file(&program);
}
