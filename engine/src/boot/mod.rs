//! From the command line to a running game: finds the game, chooses world, screen and driver.

mod screen;

use crate::cli::CommandLine;
use crate::input::{Script, ScriptPlayer};
use crate::love::StartOptions;
use crate::love::game::{LoveGame, Screen};
use crate::platform::headless::{self, HeadlessOptions};
use crate::platform::window::{self, Probe, WindowOptions};
use crate::platform::{Clock, Game, World};
use anyhow::{Context as _, Result, anyhow, bail};
use screen::{DeviceScreen, TextScreen};
use std::path::{Path, PathBuf};

/// Seconds a frame on the fixed clock unless the command line says otherwise.
const DEFAULT_STEP_SECONDS: f64 = 1.0 / 60.0;

/// Runs what the command line asks for and answers the exit code. Errors are one sentence each.
pub fn run(line: CommandLine) -> Result<i32> {
    let script = read_script(line.input.as_deref())?;
    let start = find_game(&line)?;
    if !line.headless {
        window::check_display().map_err(|problem| anyhow!(problem))?;
    }
    let mut world = if line.headless {
        World::headless(
            line.fixed_dt.unwrap_or(DEFAULT_STEP_SECONDS),
            line.seed.unwrap_or(0),
        )
    } else {
        World::windowed()
    };
    if !line.headless {
        if let Some(step_seconds) = line.fixed_dt {
            world.clock = Clock::fixed(step_seconds, line.seed.unwrap_or(0));
        }
        world.seed = line.seed.unwrap_or(world.seed);
    }
    let world = world.shared();
    let (draw_time, source_log, is_text) = (line.draw_time, line.source_log, line.text);
    let game_world = world.clone();
    let make_game = move |screen: Box<dyn Screen>| -> Result<LoveGame, String> {
        let mut game = LoveGame::new(start, game_world, screen)?;
        game.listen_to_ctrl_c();
        game.measure(draw_time, source_log);
        Ok(game)
    };
    if line.headless {
        let options = HeadlessOptions {
            frames: line.frames,
            screenshots: line.screenshot,
        };
        let mut game = make_game(make_screen(is_text, None)).map_err(|problem| anyhow!(problem))?;
        return Ok(headless::run(&mut game, &world, script, &options));
    }
    let options = WindowOptions {
        frames: line.frames,
        screenshots: line.screenshot,
    };
    let start = Box::new(move |probe| {
        let game = make_game(make_screen(is_text, Some(probe)))?;
        Ok(Box::new(game) as Box<dyn Game>)
    });
    window::run(start, &world, script, options).map_err(|problem| anyhow!(problem))
}

fn make_screen(is_text: bool, probe: Option<Probe>) -> Box<dyn Screen> {
    if is_text {
        Box::new(TextScreen::default())
    } else {
        Box::new(DeviceScreen::new(probe))
    }
}

fn read_script(file: Option<&Path>) -> Result<ScriptPlayer> {
    let Some(file) = file else {
        return Ok(Script::default().play());
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the input script '{}'", file.display()))?;
    Ok(Script::parse(&text, &file.display().to_string())?.play())
}

/// The game on the command line, or the archive behind the program itself.
fn find_game(line: &CommandLine) -> Result<StartOptions> {
    let mut start = StartOptions {
        arguments: line.arguments().to_vec(),
        ends_on_error: line.headless,
        is_version_12: line.love == "12",
        dump_stages: line.dump.clone(),
        without_ffi: line.no_ffi,
        without_compiler: line.no_jit,
        ..StartOptions::default()
    };
    if let Ok(program) = std::env::current_exe()
        && is_fused(&program)
    {
        start.is_fused = true;
        start.game_argument = program.to_string_lossy().into_owned();
        start.game = program;
        start.arguments.splice(0..0, line.game().map(str::to_owned));
        return Ok(start);
    }
    let Some(argument) = line.game().map(str::to_owned) else {
        bail!(
            "name a game to run: a folder with a main.lua, a .love archive, or a main.lua (see --help)"
        );
    };
    let argument = match argument.strip_prefix("file://") {
        Some(path) => decode_address(path),
        None => argument,
    };
    let path = std::path::absolute(&argument)
        .with_context(|| format!("cannot open the game '{argument}'"))?;
    let metadata = std::fs::metadata(&path)
        .map_err(|problem| anyhow!("cannot open the game '{argument}': {}", plain(&problem)))?;
    start.game = if metadata.is_dir() {
        path
    } else {
        game_of_file(&path, &argument)?
    };
    start.game_argument = argument;
    Ok(start)
}

/// A file is an archive, or a main.lua whose folder is the game.
fn game_of_file(path: &Path, argument: &str) -> Result<PathBuf> {
    if path.extension().is_none_or(|extension| extension != "lua") {
        return Ok(path.to_owned());
    }
    if path.file_name().is_some_and(|name| name == "main.lua")
        && let Some(folder) = path.parent()
    {
        return Ok(folder.to_owned());
    }
    bail!("cannot run '{argument}': a game's Lua file is called main.lua")
}

fn plain(problem: &std::io::Error) -> String {
    match problem.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        _ => problem.to_string(),
    }
}

/// Whether an archive with a game is appended to the program.
fn is_fused(program: &Path) -> bool {
    crate::filesystem::Archive::open(program)
        .is_ok_and(|archive| archive.info("main.lua").is_some())
}

fn decode_address(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_decoded() {
        assert_eq!(decode_address("/a%20b/%C3%A4"), "/a b/ä");
        assert_eq!(decode_address("/100%"), "/100%");
        assert_eq!(decode_address("%zz"), "%zz");
    }
}
