//! The command line of `rlove`.

use clap::Parser;
use std::path::PathBuf;

/// Runs a LÖVE game: a folder with a main.lua, a .love archive, or a main.lua.
#[derive(Debug, Parser)]
#[command(name = "rlove", version, disable_help_subcommand = true)]
pub struct CommandLine {
    /// Run without a window: fixed clock, no sound device, exit code 1 on a Lua error
    #[arg(long)]
    pub headless: bool,
    /// End after this frame
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub frames: Option<u64>,
    /// Seconds a frame on the fixed clock (1/60 unless given)
    #[arg(long, value_name = "SECONDS", value_parser = parse_step)]
    pub fixed_dt: Option<f64>,
    /// Seed of love.math's generator and of the date
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Events from a file, see docs/input-script.md
    #[arg(long, value_name = "SCRIPT")]
    pub input: Option<PathBuf>,
    /// Write the picture of a frame
    #[arg(long, value_name = "FRAME:FILE", value_parser = parse_screenshot)]
    pub screenshot: Vec<(u64, PathBuf)>,
    /// Print each frame's drawing commands instead of drawing
    #[arg(long)]
    pub text: bool,
    /// Print stages of every Lua file that the game loads (tokens, ast, bc), and of the trace compiler's work (the others)
    #[arg(long, value_name = "STAGES", value_delimiter = ',', value_parser = ["tokens", "ast", "bc", "events", "rec", "ir", "opt", "snap", "asm", "exits"])]
    pub dump: Vec<String>,
    /// At the end, write the processor seconds that each love.draw took
    #[arg(long, value_name = "FILE")]
    pub draw_time: Option<PathBuf>,
    /// At the end, write how many sounds were playing at each screenshot
    #[arg(long, value_name = "FILE")]
    pub source_log: Option<PathBuf>,
    /// Names and behaviour of this version of LÖVE
    #[arg(long, value_name = "VERSION", default_value = "11", value_parser = ["11", "12"])]
    pub love: String,
    /// Run the game without the foreign function interface
    #[arg(long)]
    pub no_ffi: bool,
    /// Interpret everything: no trace becomes machine code
    #[arg(long)]
    pub no_jit: bool,
    /// Say more about what the engine does on stderr
    #[arg(long)]
    pub verbose: bool,
    /// Folder, .love archive or main.lua, and what follows it for the game
    #[arg(
        value_name = "GAME [ARGUMENTS]",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<String>,
}

impl CommandLine {
    /// The game, if one is named.
    pub fn game(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// The arguments behind the game; they are the game's, whatever they look like.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

fn parse_step(text: &str) -> Result<f64, String> {
    // The exact fraction, as people write it: --fixed-dt 1/60.
    let seconds = match text.split_once('/') {
        Some((numerator, denominator)) => {
            let numerator: f64 = numerator
                .trim()
                .parse()
                .map_err(|_| "expected seconds".to_owned())?;
            let denominator: f64 = denominator
                .trim()
                .parse()
                .map_err(|_| "expected seconds".to_owned())?;
            numerator / denominator
        }
        None => text
            .parse()
            .map_err(|_| "expected seconds, as 0.02 or 1/60".to_owned())?,
    };
    if seconds > 0.0 && seconds <= 10.0 {
        Ok(seconds)
    } else {
        Err("expected more than 0 and at most 10 seconds".to_owned())
    }
}

fn parse_screenshot(text: &str) -> Result<(u64, PathBuf), String> {
    let problem = || "expected FRAME:FILE, as 60:picture.png".to_owned();
    let (frame, file) = text.split_once(':').ok_or_else(problem)?;
    match frame.parse() {
        Ok(frame) if frame > 0 && !file.is_empty() => Ok((frame, file.into())),
        _ => Err(problem()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_game_arguments() {
        let line = CommandLine::parse_from([
            "rlove",
            "--headless",
            "--fixed-dt",
            "1/50",
            "--screenshot",
            "3:a.png",
            "--screenshot",
            "4:b:c.png",
            "game",
            "--headless",
            "x",
        ]);
        assert!(line.headless);
        assert_eq!(line.fixed_dt, Some(0.02));
        assert_eq!(
            line.screenshot,
            [(3, "a.png".into()), (4, "b:c.png".into())]
        );
        assert_eq!(
            (line.game(), line.arguments()),
            (Some("game"), &["--headless".to_owned(), "x".to_owned()][..])
        );
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in [
            ["--fixed-dt", "0"],
            ["--fixed-dt", "1/0"],
            ["--screenshot", "0:x"],
            ["--screenshot", "x"],
            ["--frames", "0"],
            ["--love", "13"],
            ["--dump", "tokens,machine"],
        ] {
            assert!(
                CommandLine::try_parse_from(["rlove", bad[0], bad[1], "game"]).is_err(),
                "{bad:?}"
            );
        }
    }
}
