//! Scripted input: the text format of docs/input-script.md read into changes by frame.
//!
//! ```
//! let script = rlove::input::Script::parse("frame 2 key tap space\n", "demo").unwrap();
//! let mut player = script.play();
//! assert_eq!(player.take_due(1).len(), 0);
//! assert_eq!(player.take_due(2).len(), 1); // down
//! assert_eq!(player.take_due(9).len(), 1); // up, due since frame 3
//! assert!(player.is_finished());
//! ```
//!
//! Everything that can be wrong with a script is found when it is read. Events of one frame keep the order of the file;
//! the release that ends a `tap` or `click` comes before the lines of its frame.

use super::keys::{key_name, scancode_name, scancode_of_key};
use super::state::InputChange;
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a script cannot be read: where, and what was expected there.
#[derive(Debug, Error, PartialEq)]
#[error("{file}:{line_number}: {problem}")]
pub struct ScriptError {
    /// The script's name.
    pub file: String,
    /// Line, from 1.
    pub line_number: usize,
    /// What is wrong, as a sentence fragment.
    pub problem: String,
}

/// Changes in the order in which they happen, each with its frame (from 1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    changes: Vec<(u64, InputChange)>,
}

impl Script {
    /// Reads a script; `file` is only named in errors.
    pub fn parse(text: &str, file: &str) -> Result<Script, ScriptError> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(line).map_err(|problem| ScriptError {
                file: file.to_owned(),
                line_number: index + 1,
                problem,
            })?;
        }
        reader
            .changes
            .sort_by_key(|(frame, order, _)| (*frame, *order));
        let mut script = Script::default();
        for (frame, _, change) in reader.changes {
            script.changes.push((frame, change));
        }
        check_held(&script).map_err(|problem| ScriptError {
            file: file.to_owned(),
            line_number: text.lines().count().max(1),
            problem,
        })?;
        Ok(script)
    }

    /// Starts at frame 1.
    pub fn play(self) -> ScriptPlayer {
        ScriptPlayer {
            changes: self.changes,
            position: 0,
        }
    }
}

/// A script being played.
#[derive(Debug)]
pub struct ScriptPlayer {
    changes: Vec<(u64, InputChange)>,
    position: usize,
}

impl ScriptPlayer {
    /// The changes up to and including this frame that were not taken before.
    pub fn take_due(&mut self, frame: u64) -> Vec<InputChange> {
        let mut due = Vec::new();
        while let Some((at, change)) = self.changes.get(self.position) {
            if *at > frame {
                break;
            }
            due.push(change.clone());
            self.position += 1;
        }
        due
    }

    /// The frame of the next change, if there is one.
    pub fn next_frame(&self) -> Option<u64> {
        self.changes.get(self.position).map(|(frame, _)| *frame)
    }

    /// Whether everything was taken.
    pub fn is_finished(&self) -> bool {
        self.position == self.changes.len()
    }
}

/// Sort order within a frame: releases of taps first, then lines as written.
type Order = (bool, usize);

#[derive(Default)]
struct Reader {
    frame: u64,
    changes: Vec<(u64, Order, InputChange)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let words = split_words(line)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [start, frame, event @ ..] = words.as_slice() else {
            return if words.is_empty() {
                Ok(())
            } else {
                Err(expected_line())
            };
        };
        if *start != "frame" {
            return Err(expected_line());
        }
        self.frame = self.read_frame(frame)?;
        self.event(event)
    }

    fn read_frame(&self, word: &str) -> Result<u64, String> {
        let problem = || format!("expected a frame number from 1, got '{word}'");
        if let Some(relative) = word.strip_prefix('+') {
            let step: u32 = relative.parse().map_err(|_| problem())?;
            return Ok((self.frame + u64::from(step)).max(1));
        }
        let frame: u32 = word.parse().map_err(|_| problem())?;
        let frame = u64::from(frame);
        if frame == 0 {
            return Err(problem());
        }
        if frame < self.frame {
            return Err(format!("frame {frame} comes after frame {}", self.frame));
        }
        Ok(frame)
    }

    fn push(&mut self, change: InputChange) {
        self.changes
            .push((self.frame, (true, self.changes.len()), change));
    }

    fn push_later(&mut self, frames: u64, change: InputChange) {
        self.changes
            .push((self.frame + frames, (false, self.changes.len()), change));
    }

    fn event(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["key", "down", key, rest @ ..] => {
                let (is_repeat, rest) = match rest {
                    [rest @ .., "repeat"] => (true, rest),
                    _ => (false, rest),
                };
                let (key, scancode) = read_key(key, rest)?;
                self.push(InputChange::KeyDown {
                    key,
                    scancode,
                    is_repeat,
                });
            }
            ["key", "up", key, rest @ ..] => {
                let (key, scancode) = read_key(key, rest)?;
                self.push(InputChange::KeyUp { key, scancode });
            }
            ["key", "tap", key, rest @ ..] => {
                let frames = read_frames(rest)?;
                let (key, scancode) = read_key(key, &[])?;
                self.push(InputChange::KeyDown {
                    key,
                    scancode,
                    is_repeat: false,
                });
                self.push_later(frames, InputChange::KeyUp { key, scancode });
            }
            ["text", text] => {
                for character in text.chars() {
                    self.push(InputChange::Text(character.to_string()));
                }
            }
            ["mouse", "move", x, y] => {
                self.push(InputChange::MouseMove {
                    x: read_number(x)?,
                    y: read_number(y)?,
                });
            }
            [
                "mouse",
                action @ ("down" | "up" | "click"),
                x,
                y,
                button,
                rest @ ..,
            ] => {
                self.mouse_button(action, (read_number(x)?, read_number(y)?), button, rest)?;
            }
            ["wheel", dx, dy] => {
                self.push(InputChange::Wheel {
                    dx: read_number(dx)?,
                    dy: read_number(dy)?,
                });
            }
            ["focus", on] => self.push(InputChange::Focus(read_switch(on)?)),
            ["mousefocus", on] => self.push(InputChange::MouseFocus(read_switch(on)?)),
            ["visible", on] => self.push(InputChange::Visible(read_switch(on)?)),
            ["resize", width, height] => {
                let (width, height) = (read_number(width)?, read_number(height)?);
                if !(1.0..=16384.0).contains(&width) || !(1.0..=16384.0).contains(&height) {
                    return Err("expected a size from 1 to 16384".to_owned());
                }
                self.push(InputChange::Resize { width, height });
            }
            ["quit"] => self.push(InputChange::Quit),
            [] => return Err(expected_line()),
            [name, ..] => {
                return Err(format!(
                    "expected key, text, mouse, wheel, focus, mousefocus, visible, resize or quit with its values, got '{name}' with {}",
                    words.len() - 1
                ));
            }
        }
        Ok(())
    }

    fn mouse_button(
        &mut self,
        action: &str,
        place: (f64, f64),
        button: &str,
        rest: &[&str],
    ) -> Result<(), String> {
        let button = match button.parse() {
            Ok(button @ 1..=255) => button,
            _ => return Err(format!("expected a button number from 1, got '{button}'")),
        };
        let place = Some(place);
        let count = read_frames(rest)?;
        let presses = u32::try_from(count).unwrap_or(u32::MAX);
        match action {
            "down" => self.push(InputChange::MouseDown {
                place,
                button,
                presses,
            }),
            "up" => self.push(InputChange::MouseUp {
                place,
                button,
                presses,
            }),
            _ => {
                self.push(InputChange::MouseDown {
                    place,
                    button,
                    presses: 1,
                });
                self.push_later(
                    count,
                    InputChange::MouseUp {
                        place,
                        button,
                        presses: 1,
                    },
                );
            }
        }
        Ok(())
    }
}

fn expected_line() -> String {
    "expected 'frame N EVENT'".to_owned()
}

fn split_words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut characters = line.chars().peekable();
    loop {
        while characters
            .next_if(|character| character.is_whitespace())
            .is_some()
        {}
        match characters.peek() {
            None | Some('#') => return Ok(words),
            Some('"') => {
                characters.next();
                words.push(quoted(&mut characters)?);
            }
            Some(_) => {
                let mut word = String::new();
                while let Some(character) =
                    characters.next_if(|character| !character.is_whitespace())
                {
                    word.push(character);
                }
                words.push(word);
            }
        }
    }
}

fn quoted(characters: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut word = String::new();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok(word),
            '\\' => match characters.next() {
                Some('n') => word.push('\n'),
                Some('t') => word.push('\t'),
                Some(same @ ('"' | '\\')) => word.push(same),
                _ => return Err("expected \\\", \\\\, \\n or \\t".to_owned()),
            },
            other => word.push(other),
        }
    }
    Err("expected a closing quote".to_owned())
}

fn read_key(key: &str, rest: &[&str]) -> Result<(&'static str, &'static str), String> {
    let key =
        key_name(key).ok_or_else(|| format!("expected a key constant of LÖVE, got '{key}'"))?;
    let scancode = match rest {
        [] => scancode_of_key(key),
        [scancode] => scancode_name(scancode)
            .ok_or_else(|| format!("expected a scancode constant of LÖVE, got '{scancode}'"))?,
        [_, more, ..] => return Err(format!("expected the end of the line, got '{more}'")),
    };
    Ok((key, scancode))
}

fn read_frames(words: &[&str]) -> Result<u64, String> {
    match words {
        [] => Ok(1),
        [word] => match word.parse::<u32>() {
            Ok(frames @ 1..) => Ok(u64::from(frames)),
            _ => Err(format!("expected a whole number from 1, got '{word}'")),
        },
        [_, more, ..] => Err(format!("expected the end of the line, got '{more}'")),
    }
}

fn read_number(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("expected a number, got '{word}'")),
    }
}

fn read_switch(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("expected on or off, got '{word}'")),
    }
}

/// A key goes down only when it is up and up only when it is down.
fn check_held(script: &Script) -> Result<(), String> {
    let mut held = BTreeSet::new();
    for (frame, change) in &script.changes {
        match change {
            InputChange::KeyDown {
                key,
                is_repeat: false,
                ..
            } if !held.insert(*key) => {
                return Err(format!(
                    "'{key}' goes down in frame {frame} but is down already"
                ));
            }
            InputChange::KeyUp { key, .. } if !held.remove(key) => {
                return Err(format!("'{key}' goes up in frame {frame} but is not down"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Script::parse(text, "s").unwrap_err().to_string()
    }

    #[test]
    fn taps_release_later_and_frames_may_be_relative() {
        let script = Script::parse(
            "# walk\nframe 3 key tap return\nframe +2 key tap space 5 # shoot\nframe 5 text \"aé\"\n\nframe 10 quit",
            "s",
        )
        .unwrap();
        let key = |frame, key, down| {
            let scancode = key;
            let change = if down {
                InputChange::KeyDown {
                    key,
                    scancode,
                    is_repeat: false,
                }
            } else {
                InputChange::KeyUp { key, scancode }
            };
            (frame, change)
        };
        assert_eq!(
            script.changes,
            [
                key(3, "return", true),
                key(4, "return", false),
                key(5, "space", true),
                (5, InputChange::Text("a".into())),
                (5, InputChange::Text("é".into())),
                key(10, "space", false),
                (10, InputChange::Quit),
            ]
        );
    }

    #[test]
    fn mouse_lines() {
        let script =
            Script::parse("frame 1 mouse click 4 5.5 2 3\nframe 1 wheel 0 -1", "s").unwrap();
        assert_eq!(
            script.changes,
            [
                (
                    1,
                    InputChange::MouseDown {
                        place: Some((4.0, 5.5)),
                        button: 2,
                        presses: 1
                    }
                ),
                (1, InputChange::Wheel { dx: 0.0, dy: -1.0 }),
                (
                    4,
                    InputChange::MouseUp {
                        place: Some((4.0, 5.5)),
                        button: 2,
                        presses: 1
                    }
                ),
            ]
        );
    }

    #[test]
    fn problems_name_line_and_expectation() {
        assert_eq!(
            problem("\nframe x quit"),
            "s:2: expected a frame number from 1, got 'x'"
        );
        assert_eq!(
            problem("frame 5 quit\nframe 4 quit"),
            "s:2: frame 4 comes after frame 5"
        );
        assert_eq!(
            problem("frame 1 key down ctrl"),
            "s:1: expected a key constant of LÖVE, got 'ctrl'"
        );
        assert_eq!(problem("frame 1 text \"a"), "s:1: expected a closing quote");
        assert_eq!(
            problem("frame 1 mouse move 1 nan"),
            "s:1: expected a number, got 'nan'"
        );
        assert_eq!(problem("key down a"), "s:1: expected 'frame N EVENT'");
        assert_eq!(
            problem("frame 1 key up a"),
            "s:1: 'a' goes up in frame 1 but is not down"
        );
        assert!(problem("frame 1 jump").contains("got 'jump' with 0"));
    }
}
