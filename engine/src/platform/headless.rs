//! Runs a game without a window: fixed clock, scripted input, screenshots.
//!
//! The driver follows docs/input-script.md. It takes no real time: sleeping advances the fixed clock and nothing is paced.
//! A game that waits for an event gets the script's next one, and when there is none left it is asked to quit,
//! because nothing else could ever happen.

use super::game::{Game, Step};
use super::world::SharedWorld;
use crate::input::{InputChange, ScriptPlayer};
use std::path::PathBuf;

/// What a headless run does beside running the game.
#[derive(Debug, Default)]
pub struct HeadlessOptions {
    /// Ends after this frame.
    pub frames: Option<u64>,
    /// Frame numbers and the files for their pictures.
    pub screenshots: Vec<(u64, PathBuf)>,
}

/// Runs the game to its end and answers the exit code.
pub fn run(
    game: &mut dyn Game,
    world: &SharedWorld,
    script: ScriptPlayer,
    options: &HeadlessOptions,
) -> i32 {
    let code = run_to_end(game, world, script, options);
    match game.finish() {
        Ok(()) => code,
        Err(problem) => {
            eprintln!("rlove: {problem}");
            1
        }
    }
}

fn run_to_end(
    game: &mut dyn Game,
    world: &SharedWorld,
    mut script: ScriptPlayer,
    options: &HeadlessOptions,
) -> i32 {
    let mut did_ask_to_quit = false;
    loop {
        match game.resume() {
            Step::Pump => apply_due(game, world, &mut script),
            Step::Wait => {
                apply_due(game, world, &mut script);
                if !world.borrow().input.queue.is_empty() {
                    continue;
                }
                if let Some(frame) = script.next_frame() {
                    world.borrow_mut().clock.skip_to_frame(frame);
                    apply_due(game, world, &mut script);
                } else if did_ask_to_quit {
                    eprintln!(
                        "rlove: the game waits for events, the script has none left, and it does not quit when asked"
                    );
                    return 1;
                } else {
                    did_ask_to_quit = true;
                    world.borrow_mut().input.apply(InputChange::Quit);
                }
            }
            Step::Sleep(seconds) => {
                world.borrow_mut().clock.sleep(seconds);
            }
            Step::Present => {
                game.present();
                let frame = world.borrow().clock.frame();
                for (_, file) in options.screenshots.iter().filter(|(at, _)| *at == frame) {
                    if let Err(problem) = game.save_screenshot(file) {
                        eprintln!("rlove: {problem}");
                        return 1;
                    }
                }
                if options.frames.is_some_and(|last| frame >= last) {
                    return 0;
                }
                let step_seconds = {
                    let mut world = world.borrow_mut();
                    world.clock.frame_presented();
                    world.clock.fixed_step_seconds().unwrap_or(0.0)
                };
                game.advance_sound(step_seconds);
            }
            Step::Restart => {
                if let Err(problem) = game.restart() {
                    eprintln!("rlove: {problem}");
                    return 1;
                }
            }
            Step::Finished(code) => return code,
        }
    }
}

fn apply_due(game: &mut dyn Game, world: &SharedWorld, script: &mut ScriptPlayer) {
    let frame = world.borrow().clock.frame();
    for change in script.take_due(frame) {
        if let InputChange::Resize { width, height } = change {
            world
                .borrow_mut()
                .window
                .resized(width as u32, height as u32);
            game.window_resized(width as u32, height as u32);
        }
        world.borrow_mut().input.apply(change);
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;
    use crate::input::Script;
    use std::path::Path;
    use std::sync::Arc;

    struct Scripted {
        world: SharedWorld,
        steps: Vec<Step>,
        log: Vec<String>,
    }

    impl Game for Scripted {
        fn resume(&mut self) -> Step {
            let mut world = self.world.borrow_mut();
            while let Some(event) = world.input.queue.pop_front() {
                self.log
                    .push(format!("{}@{}", event.name, world.clock.frame()));
                if event.name == "quit" {
                    return Step::Finished(3);
                }
            }
            if self.steps.len() > 1 {
                self.steps.remove(0)
            } else {
                self.steps[0]
            }
        }
        fn restart(&mut self) -> Result<(), String> {
            self.log.push("restart".into());
            Ok(())
        }
        fn present(&mut self) {
            self.log.push("present".into());
        }
        fn save_screenshot(&mut self, file: &Path) -> Result<(), String> {
            self.log.push(format!("shot {}", file.display()));
            Ok(())
        }
        fn advance_sound(&mut self, _seconds: f64) {}
        fn window_opened(&mut self, _window: Arc<winit::window::Window>) -> Result<(), String> {
            Ok(())
        }
        fn window_resized(&mut self, _width: u32, _height: u32) {}
    }

    fn play(steps: Vec<Step>, script: &str, options: &HeadlessOptions) -> (i32, Vec<String>) {
        let world = World::headless(0.5, 0).shared();
        let mut game = Scripted {
            world: world.clone(),
            steps,
            log: Vec::new(),
        };
        let script = Script::parse(script, "script").unwrap().play();
        let code = run(&mut game, &world, script, options);
        (code, game.log)
    }

    #[test]
    fn events_come_in_the_first_pump_of_their_frame() {
        let steps = vec![Step::Pump, Step::Present, Step::Present, Step::Pump];
        let (code, log) = play(
            steps,
            "frame 2 focus off\nframe 3 quit",
            &HeadlessOptions::default(),
        );
        assert_eq!(code, 3);
        assert_eq!(log, ["present", "present", "focus@3", "quit@3"]);
    }

    #[test]
    fn frames_end_the_run_after_their_picture() {
        let options = HeadlessOptions {
            frames: Some(2),
            screenshots: vec![(2, "two.png".into()), (9, "x".into())],
        };
        let (code, log) = play(vec![Step::Present], "", &options);
        assert_eq!(code, 0);
        assert_eq!(log, ["present", "present", "shot two.png"]);
    }

    #[test]
    fn waiting_skips_to_the_next_event_and_ends_without_one() {
        let (code, log) = play(
            vec![Step::Wait],
            "frame 40 focus on",
            &HeadlessOptions::default(),
        );
        assert_eq!(
            (code, log),
            (3, vec!["focus@40".to_owned(), "quit@40".to_owned()])
        );
    }

    #[test]
    fn restart_begins_again() {
        let options = HeadlessOptions {
            frames: Some(1),
            screenshots: Vec::new(),
        };
        let (code, log) = play(vec![Step::Restart, Step::Present], "", &options);
        assert_eq!(
            (code, log),
            (0, vec!["restart".to_owned(), "present".to_owned()])
        );
    }
}
