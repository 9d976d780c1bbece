//! Other people's games and libraries, unchanged, at recorded commits: 600 scripted frames in both programs.
//!
//! `make games-real` fetches what `tests/real_games/games.txt` lists and starts this test, which prints a table
//! (docs/real-games.md keeps the newest). It is no part of `make test`: it needs the network and many minutes.
//!
//! ```text
//! # name    repository          commit      options
//! mari0     Stabyourself/mari0  57829fd2…   compare=300,600
//! ```
//!
//! Options: `folder=` the game's place in the repository; `script=` another script than `scripts/NAME.txt` (which is
//! `scripts/any.txt` where there is none); `into=` the folder that a library is required from; `overlay=NAME` adds the
//! files of `overlays/NAME`, for libraries, which have no main.lua; `also=REPOSITORY@COMMIT:FILE` another library that it
//! needs; `compare=` frames whose pictures are compared.
//!
//! A game *counts* when no file of it is missing, nothing but a main.lua for a library was added, and LÖVE itself runs
//! the script without an error. Where sounds or fonts are missing, another of the same kind stands in, so that the rest
//! can be tried; the table says so.

use super::command_list;
use super::picture::{self, Picture};
use super::programs;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const FRAMES: &str = "600";

/// A line of games.txt.
struct Game {
    name: String,
    repository: String,
    commit: String,
    folder: String,
    script: PathBuf,
    into: Option<String>,
    overlay: Option<PathBuf>,
    also: Vec<String>,
    compare: Vec<u32>,
}

fn lists() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_games")
}

fn games() -> Vec<Game> {
    let list = std::fs::read_to_string(lists().join("games.txt")).expect("games.txt is there");
    let lines = list
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(game).collect()
}

fn game(line: &str) -> Game {
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut next = || words.next().unwrap_or_else(|| panic!("games.txt: {line}"));
    let (name, repository, commit) = (next(), next(), next());
    let mut game = Game {
        folder: String::new(),
        script: lists().join(format!("scripts/{name}.txt")),
        into: None,
        overlay: None,
        also: Vec::new(),
        compare: Vec::new(),
        name,
        repository,
        commit,
    };
    for word in words {
        match word.split_once('=') {
            Some(("folder", value)) => game.folder = value.to_owned(),
            Some(("script", value)) => game.script = lists().join(format!("scripts/{value}.txt")),
            Some(("into", value)) => game.into = Some(value.to_owned()),
            Some(("overlay", value)) => game.overlay = Some(lists().join("overlays").join(value)),
            Some(("also", value)) => game.also.push(value.to_owned()),
            Some(("compare", value)) => {
                let frames = value
                    .split(',')
                    .map(|frame| frame.parse().expect("a frame"));
                game.compare = frames.collect();
            }
            _ => panic!("games.txt: {word}"),
        }
    }
    if !game.script.exists() {
        game.script = lists().join("scripts/any.txt");
    }
    game
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the build directory can be written");
    for entry in
        std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()))
    {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            // A dangling link is no file of the game.
            let _ = std::fs::copy(&path, &target);
        }
    }
}

/// A file with the same ending, near the missing one if possible.
fn stand_in(game: &Path, missing: &Path) -> Option<PathBuf> {
    let ending = missing.extension()?;
    let mut folders = vec![game.join(missing.parent()?), game.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(ending) {
                return Some(path);
            }
        }
    }
    None
}

/// A game ready to be started.
struct Staged {
    folder: PathBuf,
    /// What is not as its author left it.
    remarks: Vec<String>,
}

fn stage(game: &Game, cache: &Path, to: &Path) -> Staged {
    let checkout = cache.join(&game.repository).join(&game.commit);
    let missing = std::fs::read_to_string(checkout.with_extension("missing"))
        .unwrap_or_else(|error| panic!("{}: {error}; use make games-real", checkout.display()));
    let missing: Vec<&str> = missing
        .lines()
        .filter_map(|file| Path::new(file).strip_prefix(&game.folder).ok()?.to_str())
        .filter(|file| {
            !["dll", "exe", "zip", "love"]
                .iter()
                .any(|end| file.ends_with(end))
        })
        .collect();
    let source = checkout.join(&game.folder);
    if missing.is_empty() && game.overlay.is_none() {
        return Staged {
            folder: source,
            remarks: Vec::new(),
        };
    }
    copy_tree(
        &source,
        &game
            .into
            .as_ref()
            .map_or(to.to_path_buf(), |name| to.join(name)),
    );
    let mut remarks = Vec::new();
    for file in missing {
        let target = to.join(file);
        let found = stand_in(to, Path::new(file)).or_else(|| stand_in(&checkout, Path::new(file)));
        std::fs::create_dir_all(target.parent().expect("a file is in a folder"))
            .expect("can be written");
        match found.map(|found| std::fs::copy(found, target)) {
            Some(Ok(_)) => remarks.push(format!("stand-in for {file}")),
            _ => remarks.push(format!("{file} is missing")),
        }
    }
    for other in &game.also {
        let (place, file) = other.split_once(':').expect("REPOSITORY@COMMIT:FILE");
        let from = cache.join(place.replace('@', "/")).join(file);
        let name = Path::new(file).file_name().expect("a file has a name");
        std::fs::copy(&from, to.join(name))
            .unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
    if let Some(overlay) = &game.overlay {
        copy_tree(overlay, to);
        if source.join("main.lua").exists() {
            let name = overlay.file_name().unwrap_or_default().to_string_lossy();
            remarks.push(format!("with what overlays/{name} adds"));
        }
    }
    Staged {
        folder: to.to_path_buf(),
        remarks,
    }
}

fn words(game: &Game, folder: &Path) -> Vec<String> {
    let mut words: Vec<String> = ["--frames", FRAMES, "--seed", "1", "--input"]
        .map(String::from)
        .to_vec();
    words.push(game.script.display().to_string());
    for frame in &game.compare {
        words.push("--screenshot".to_owned());
        words.push(format!(
            "{frame}:{}",
            folder.join(format!("{frame}.png")).display()
        ));
    }
    words
}

/// The message of an error that a program reported: LÖVE shows it on a screen of its own and ends well.
fn error_of(run: &programs::Run) -> Option<String> {
    let said = format!("{}\n{}", run.stdout, run.stderr);
    let mut lines = said.lines();
    let message = lines.find(|line| line.starts_with("Error: ") || line.starts_with("Error:"));
    match message {
        Some(message) => Some(message.trim_start_matches("Error:").trim().to_owned()),
        None if run.timed_out => Some("ran out of time".to_owned()),
        None if run.code != Some(0) => {
            Some(format!("ended with {:?}: {}", run.code, run.stderr.trim()))
        }
        None => None,
    }
}

fn read(folder: &Path, frame: u32) -> Result<Picture, String> {
    Picture::read(&folder.join(format!("{frame}.png")))
}

/// What the pictures say, and whether all of them pass.
fn compare(game: &Game, staged: &Path, love: &Path, rlove: &Path) -> (String, bool) {
    let mut words = words(game, rlove);
    words.retain(|word| word != "--screenshot" && !word.ends_with(".png"));
    words.push("--text".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let listed = programs::rlove_headless(staged, rlove, &words);
    let lists = command_list::frames(&listed.stdout);
    let (mut said, mut all_pass) = (String::new(), true);
    for &frame in &game.compare {
        let boxes = lists
            .get(frame as usize - 1)
            .map(|list| command_list::text_boxes(list));
        let found = read(love, frame).and_then(|love| {
            let rlove = read(rlove, frame)?;
            picture::compare(&love, &rlove, &boxes.clone().unwrap_or_default())
                .map(|found| (love, rlove, found))
        });
        match found {
            Ok((love_picture, rlove_picture, found)) => {
                let verdict = if found.passes() { "" } else { " NOT EQUAL" };
                all_pass &= found.passes();
                let _ = write!(said, "{frame}: {found}{verdict}; ");
                let beside = picture::side_by_side(
                    &love_picture,
                    &rlove_picture,
                    &boxes.unwrap_or_default(),
                );
                let _ = beside.write(&rlove.join(format!("{frame}-beside.png")));
            }
            Err(problem) => {
                all_pass = false;
                let _ = write!(said, "{frame}: {problem}; ");
            }
        }
    }
    (said.trim_end_matches("; ").to_owned(), all_pass)
}

/// A line of the table, and whether rlove did what it should.
fn play(game: &Game, cache: &Path) -> (String, bool) {
    let folders = ["stage", "rlove", "love"]
        .map(|part| programs::fresh_folder(&format!("real-{}-{part}", game.name)));
    let [stage_folder, rlove_folder, love_folder] = &folders;
    let staged = stage(game, cache, stage_folder);
    let words_for = |folder: &Path| words(game, folder);
    let as_options = |words: &[String]| words.to_vec();
    let rlove_words = as_options(&words_for(rlove_folder));
    let rlove_words: Vec<&str> = rlove_words.iter().map(String::as_str).collect();
    let rlove = programs::rlove_headless(&staged.folder, rlove_folder, &rlove_words);
    let mut love_words = words_for(love_folder);
    love_words.push("--ordered-pairs".to_owned());
    let love_words: Vec<&str> = love_words.iter().map(String::as_str).collect();
    // Some games take their size from the screen's: rlove says this one without a window.
    let display = programs::Display::start_sized("1920x1080");
    let love = programs::love_wrapped_on(&display, &staged.folder, love_folder, &love_words);
    let (rlove_error, love_error) = (error_of(&rlove), error_of(&love));
    let mut passes = rlove_error.is_none() || love_error.is_some();
    let mut pictures = String::new();
    if !game.compare.is_empty() && rlove_error.is_none() && love_error.is_none() {
        let (said, all_pass) = compare(game, &staged.folder, love_folder, rlove_folder);
        pictures = said;
        passes &= all_pass;
    }
    let counts = staged.remarks.is_empty() && love_error.is_none();
    let said = |error: &Option<String>| error.clone().unwrap_or_else(|| format!("{FRAMES} frames"));
    let line = format!(
        "| {} | {} | {} | {} | {} | {} |",
        game.name,
        said(&love_error),
        said(&rlove_error),
        if counts { "yes" } else { "no" },
        pictures,
        staged.remarks.join(", "),
    );
    (line, passes)
}

#[test]
#[ignore = "fetches other people's games: make games-real"]
fn real_games() {
    let cache =
        std::env::var_os("RLOVE_REAL_GAMES").expect("make games-real says where the games are");
    let only = std::env::var("RLOVE_REAL_GAMES_ONLY").unwrap_or_default();
    let only: Vec<&str> = only.split_whitespace().collect();
    let mut failed = Vec::new();
    println!("| game | LÖVE | rlove | counts | pictures | remarks |\n|---|---|---|---|---|---|");
    for game in games() {
        if !only.is_empty() && !only.contains(&game.name.as_str()) {
            continue;
        }
        let (line, passes) = play(&game, Path::new(&cache));
        println!("{line}");
        if !passes {
            failed.push(game.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
