//! `rlove`: runs LÖVE games.

use clap::Parser;
use rlove::cli::CommandLine;

fn main() {
    let line = CommandLine::parse();
    // The graphics library complains about drivers that it tries and does without.
    let level = if line.verbose {
        "info"
    } else {
        "error,wgpu_hal=off"
    };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(level)).init();
    match rlove::boot::run(line) {
        Ok(code) => std::process::exit(code),
        Err(problem) => {
            eprintln!("rlove: {problem:#}");
            std::process::exit(1);
        }
    }
}
