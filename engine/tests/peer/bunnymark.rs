//! 10,000 sprites drawn one by one: the CPU time of the main thread inside love.draw, in both programs, one after the
//! other in the same minute.
//!
//! LÖVE runs with its trace compiler off; the wrapper reads the thread's CPU clock before and after love.draw. rlove's
//! `--draw-time FILE` does the same. Both write one line a frame, `FRAME SECONDS`. The median of the frames after the
//! first twenty is compared, of the better of three runs each, because a busy machine only ever adds time.

use super::programs;
use std::path::Path;

const FRAMES: &str = "110";
const WARM_UP_FRAMES: usize = 20;

fn median_seconds(file: &Path, context: &str) -> f64 {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}\n{context}", file.display()));
    let mut seconds: Vec<f64> = text
        .lines()
        .skip(WARM_UP_FRAMES)
        .map(|line| {
            line.split(' ')
                .nth(1)
                .and_then(|word| word.parse().ok())
                .expect("FRAME SECONDS")
        })
        .collect();
    assert!(
        seconds.len() > 50,
        "only {} frames measured\n{context}",
        seconds.len()
    );
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn best_of_three(mut measure: impl FnMut() -> f64) -> f64 {
    (0..3).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

#[test]
fn ten_thousand_sprites_take_no_more_time_than_in_love_without_its_compiler() {
    let game = programs::repository().join("games/bunnymark");
    let folder = programs::fresh_folder("bunnymark");
    let times = folder.join("times");
    let option = times.display().to_string();
    let love = best_of_three(|| {
        let words = [
            "--frames",
            FRAMES,
            "--jit-off",
            "--draw-time",
            &option,
            "--",
            "--benchmark",
            "10000",
        ];
        let run = programs::love_wrapped(&game, &folder, &words);
        median_seconds(&times, &format!("{run:?}"))
    });
    let rlove = best_of_three(|| {
        let mut command = programs::rlove_command(&folder);
        command
            .args(["--headless", "--frames", FRAMES, "--draw-time", &option])
            .arg(&game)
            .args(["--benchmark", "10000"]);
        let run = programs::run(&mut command, std::time::Duration::from_secs(120));
        median_seconds(&times, &format!("{run:?}"))
    });
    println!(
        "10,000 sprites: LÖVE {:.3} ms, rlove {:.3} ms in love.draw",
        love * 1e3,
        rlove * 1e3
    );
    if cfg!(debug_assertions) {
        println!("not compared: this is a build for testing, not for speed");
    } else {
        assert!(
            rlove <= love,
            "rlove takes {:.2} times as long as LÖVE",
            rlove / love
        );
    }
}
