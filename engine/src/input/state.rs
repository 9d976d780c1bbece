//! What the keyboard, the mouse and the window's focus are doing, and the events that follow from a change.
//!
//! Changes come in as `InputChange` (from the window or from a script, which look the same from here on); `Input::apply`
//! updates the state and appends LÖVE's event to the queue:
//!
//! ```
//! use rlove::input::{Input, InputChange};
//! let mut input = Input::default();
//! input.apply(InputChange::KeyDown { key: "space", scancode: "space", is_repeat: false });
//! assert!(input.keyboard.is_down("space"));
//! let event = input.queue.pop_front().unwrap();
//! assert_eq!(event.name, "keypressed");
//! ```
//!
//! State changes when a change is applied, so between two pumps nothing moves. Key repeat is filtered here because
//! `love.keyboard.setKeyRepeat` decides about it; text input likewise.

use super::variant::{Event, Variant};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// A change in the outside world that games can see.
#[derive(Clone, Debug, PartialEq)]
pub enum InputChange {
    /// A key went down, or repeats while it is held.
    KeyDown {
        /// What is printed on it.
        key: &'static str,
        /// Where it is.
        scancode: &'static str,
        /// Whether it was down before.
        is_repeat: bool,
    },
    /// A key went up.
    KeyUp {
        /// What is printed on it.
        key: &'static str,
        /// Where it is.
        scancode: &'static str,
    },
    /// The user typed text.
    Text(String),
    /// An input method is composing text.
    TextEdited {
        /// The text so far.
        text: String,
        /// First selected character.
        start: f64,
        /// Number of selected characters.
        length: f64,
    },
    /// The pointer moved to a place, in units from the window's top left.
    MouseMove {
        /// Horizontal place.
        x: f64,
        /// Vertical place.
        y: f64,
    },
    /// The pointer moved while it is held in relative mode.
    MouseRelative {
        /// Horizontal way.
        dx: f64,
        /// Vertical way.
        dy: f64,
    },
    /// A button went down; `place` moves the pointer first, without an event.
    MouseDown {
        /// Where, if it is not where the pointer was.
        place: Option<(f64, f64)>,
        /// 1 left, 2 right, 3 middle, then extra buttons.
        button: u32,
        /// How many quick presses in a row, from 1.
        presses: u32,
    },
    /// A button went up.
    MouseUp {
        /// Where, if it is not where the pointer was.
        place: Option<(f64, f64)>,
        /// The button's number.
        button: u32,
        /// How many quick presses in a row, from 1.
        presses: u32,
    },
    /// The wheel turned; positive is right and up.
    Wheel {
        /// Steps to the right.
        dx: f64,
        /// Steps away from the user.
        dy: f64,
    },
    /// The window got or lost the keyboard.
    Focus(bool),
    /// The pointer entered or left the window.
    MouseFocus(bool),
    /// The window became visible or hidden.
    Visible(bool),
    /// The window has a new size, in units.
    Resize {
        /// New width.
        width: f64,
        /// New height.
        height: f64,
    },
    /// A file was dropped on the window; the path is the machine's.
    FileDropped(String),
    /// A folder was dropped on the window.
    DirectoryDropped(String),
    /// The user asked to close the window.
    Quit,
}

/// State of the keyboard.
#[derive(Default, Debug)]
pub struct Keyboard {
    keys_down: BTreeSet<&'static str>,
    scancodes_down: BTreeSet<&'static str>,
    /// Whether repeated presses reach the game (`love.keyboard.setKeyRepeat`).
    pub has_key_repeat: bool,
    /// Whether text input is off; it is on in a fresh program, as on desktops under LÖVE.
    pub is_text_input_off: bool,
}

impl Keyboard {
    /// Whether the key with this constant is down.
    pub fn is_down(&self, key: &str) -> bool {
        self.keys_down.contains(key)
    }

    /// Whether the key at this place is down.
    pub fn is_scancode_down(&self, scancode: &str) -> bool {
        self.scancodes_down.contains(scancode)
    }
}

/// State of the pointer.
#[derive(Debug)]
pub struct Mouse {
    /// Horizontal place in the window, in units.
    pub x: f64,
    /// Vertical place in the window, in units.
    pub y: f64,
    buttons_down: BTreeSet<u32>,
    /// Whether the pointer is drawn.
    pub is_visible: bool,
    /// Whether it is kept inside the window.
    pub is_grabbed: bool,
    /// Whether it is hidden and reports only its movement.
    pub is_relative: bool,
    /// The shape chosen by the game, if any.
    pub cursor: Option<CursorShape>,
    /// Where the game put the pointer, until the driver has moved the real one.
    pub moved_to: Option<(f64, f64)>,
}

/// A shape of the pointer.
#[derive(Clone, Debug)]
pub enum CursorShape {
    /// One that the system offers, by LÖVE's name.
    System(&'static str),
    /// A picture of the game's.
    Picture(Rc<CursorPicture>),
}

/// The picture of a pointer.
#[derive(Debug)]
pub struct CursorPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Colours, four bytes a pixel.
    pub rgba: Vec<u8>,
    /// The pixel that points, from the left.
    pub hot_x: u32,
    /// The pixel that points, from the top.
    pub hot_y: u32,
}

impl PartialEq for CursorShape {
    fn eq(&self, other: &CursorShape) -> bool {
        match (self, other) {
            (CursorShape::System(name), CursorShape::System(other)) => name == other,
            (CursorShape::Picture(picture), CursorShape::Picture(other)) => {
                Rc::ptr_eq(picture, other)
            }
            _ => false,
        }
    }
}

impl Default for Mouse {
    fn default() -> Mouse {
        Mouse {
            x: 0.0,
            y: 0.0,
            buttons_down: BTreeSet::new(),
            is_visible: true,
            is_grabbed: false,
            is_relative: false,
            cursor: None,
            moved_to: None,
        }
    }
}

impl Mouse {
    /// Whether the button is down; 1 is the left one.
    pub fn is_down(&self, button: u32) -> bool {
        self.buttons_down.contains(&button)
    }
}

/// Keyboard, mouse, focus and the queue of events not yet polled.
#[derive(Debug)]
pub struct Input {
    /// The keyboard.
    pub keyboard: Keyboard,
    /// The pointer.
    pub mouse: Mouse,
    /// Whether the window has the keyboard.
    pub has_focus: bool,
    /// Whether the pointer is over the window.
    pub has_mouse_focus: bool,
    /// Whether the window can be seen.
    pub is_visible: bool,
    /// Events that wait for `love.event.poll`.
    pub queue: VecDeque<Event>,
}

impl Default for Input {
    fn default() -> Input {
        Input {
            keyboard: Keyboard::default(),
            mouse: Mouse::default(),
            has_focus: true,
            has_mouse_focus: true,
            is_visible: true,
            queue: VecDeque::new(),
        }
    }
}

impl Input {
    /// Takes a change into the state and queues the event that LÖVE makes of it.
    pub fn apply(&mut self, change: InputChange) {
        match change {
            InputChange::KeyDown {
                key,
                scancode,
                is_repeat,
            } => {
                self.keyboard.keys_down.insert(key);
                self.keyboard.scancodes_down.insert(scancode);
                if !is_repeat || self.keyboard.has_key_repeat {
                    self.push(
                        "keypressed",
                        vec![key.into(), scancode.into(), is_repeat.into()],
                    );
                }
            }
            InputChange::KeyUp { key, scancode } => {
                self.keyboard.keys_down.remove(key);
                self.keyboard.scancodes_down.remove(scancode);
                self.push("keyreleased", vec![key.into(), scancode.into()]);
            }
            InputChange::Text(text) => {
                if !self.keyboard.is_text_input_off {
                    self.push("textinput", vec![Variant::text(&text)]);
                }
            }
            InputChange::TextEdited {
                text,
                start,
                length,
            } => {
                if !self.keyboard.is_text_input_off {
                    self.push(
                        "textedited",
                        vec![Variant::text(&text), start.into(), length.into()],
                    );
                }
            }
            InputChange::MouseMove { x, y } => {
                let (dx, dy) = (x - self.mouse.x, y - self.mouse.y);
                (self.mouse.x, self.mouse.y) = (x, y);
                if (dx, dy) != (0.0, 0.0) {
                    self.push_moved(dx, dy);
                }
            }
            InputChange::MouseRelative { dx, dy } => self.push_moved(dx, dy),
            InputChange::MouseDown {
                place,
                button,
                presses,
            } => {
                self.mouse.buttons_down.insert(button);
                self.push_button("mousepressed", place, button, presses);
            }
            InputChange::MouseUp {
                place,
                button,
                presses,
            } => {
                self.mouse.buttons_down.remove(&button);
                self.push_button("mousereleased", place, button, presses);
            }
            InputChange::Wheel { dx, dy } => self.push("wheelmoved", vec![dx.into(), dy.into()]),
            InputChange::Focus(has_focus) => {
                self.has_focus = has_focus;
                self.push("focus", vec![has_focus.into()]);
            }
            InputChange::MouseFocus(has_focus) => {
                self.has_mouse_focus = has_focus;
                self.push("mousefocus", vec![has_focus.into()]);
            }
            InputChange::Visible(is_visible) => {
                self.is_visible = is_visible;
                self.push("visible", vec![is_visible.into()]);
            }
            InputChange::Resize { width, height } => {
                self.push("resize", vec![width.into(), height.into()]);
            }
            InputChange::FileDropped(path) => self.push("filedropped", vec![Variant::text(&path)]),
            InputChange::DirectoryDropped(path) => {
                self.push("directorydropped", vec![Variant::text(&path)]);
            }
            InputChange::Quit => self.push("quit", Vec::new()),
        }
    }

    /// The game moves the pointer: as in LÖVE that is an event, too.
    pub fn move_pointer(&mut self, x: f64, y: f64) {
        self.mouse.moved_to = Some((x, y));
        self.apply(InputChange::MouseMove { x, y });
    }

    /// Releases everything that is held, with events, as the system does when the window loses the keyboard.
    pub fn release_keys(&mut self) {
        let keys: Vec<_> = self.keyboard.keys_down.iter().copied().collect();
        for key in keys {
            self.apply(InputChange::KeyUp {
                key,
                scancode: super::keys::scancode_of_key(key),
            });
        }
        self.keyboard.scancodes_down.clear();
    }

    fn push(&mut self, name: &str, arguments: Vec<Variant>) {
        self.queue.push_back(Event::new(name, arguments));
    }

    fn push_moved(&mut self, dx: f64, dy: f64) {
        let (x, y) = (self.mouse.x, self.mouse.y);
        self.push(
            "mousemoved",
            vec![x.into(), y.into(), dx.into(), dy.into(), false.into()],
        );
    }

    fn push_button(&mut self, name: &str, place: Option<(f64, f64)>, button: u32, presses: u32) {
        if let Some(place) = place {
            (self.mouse.x, self.mouse.y) = place;
        }
        let (x, y) = (self.mouse.x, self.mouse.y);
        let arguments = vec![
            x.into(),
            y.into(),
            f64::from(button).into(),
            false.into(),
            f64::from(presses).into(),
        ];
        self.push(name, arguments);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(input: &mut Input) -> Vec<String> {
        input
            .queue
            .drain(..)
            .map(|event| format!("{}{:?}", event.name, event.arguments))
            .collect()
    }

    #[test]
    fn keys_change_state_and_repeat_is_filtered() {
        let mut input = Input::default();
        input.apply(InputChange::KeyDown {
            key: "a",
            scancode: "q",
            is_repeat: false,
        });
        input.apply(InputChange::KeyDown {
            key: "a",
            scancode: "q",
            is_repeat: true,
        });
        assert!(input.keyboard.is_down("a") && !input.keyboard.is_down("q"));
        assert!(input.keyboard.is_scancode_down("q"));
        input.keyboard.has_key_repeat = true;
        input.apply(InputChange::KeyDown {
            key: "a",
            scancode: "q",
            is_repeat: true,
        });
        input.apply(InputChange::KeyUp {
            key: "a",
            scancode: "q",
        });
        assert!(!input.keyboard.is_down("a") && !input.keyboard.is_scancode_down("q"));
        assert_eq!(
            printed(&mut input),
            [
                "keypressed[\"a\", \"q\", false]",
                "keypressed[\"a\", \"q\", true]",
                "keyreleased[\"a\", \"q\"]"
            ]
        );
    }

    #[test]
    fn mouse_events_carry_place_way_and_presses() {
        let mut input = Input::default();
        input.apply(InputChange::MouseMove { x: 10.0, y: 20.0 });
        input.apply(InputChange::MouseDown {
            place: Some((11.0, 22.0)),
            button: 1,
            presses: 2,
        });
        assert!(input.mouse.is_down(1) && !input.mouse.is_down(2));
        input.apply(InputChange::MouseUp {
            place: None,
            button: 1,
            presses: 2,
        });
        assert_eq!(
            printed(&mut input),
            [
                "mousemoved[10, 20, 10, 20, false]",
                "mousepressed[11, 22, 1, false, 2]",
                "mousereleased[11, 22, 1, false, 2]"
            ]
        );
    }

    #[test]
    fn a_pointer_that_stays_is_no_event() {
        let mut input = Input::default();
        input.move_pointer(10.0, 20.0);
        // The window system reports the move that it was asked for.
        input.apply(InputChange::MouseMove { x: 10.0, y: 20.0 });
        assert_eq!(input.mouse.moved_to, Some((10.0, 20.0)));
        assert_eq!(printed(&mut input), ["mousemoved[10, 20, 10, 20, false]"]);
    }

    #[test]
    fn text_stops_when_the_game_turns_it_off() {
        let mut input = Input::default();
        input.apply(InputChange::Text("é".to_owned()));
        input.keyboard.is_text_input_off = true;
        input.apply(InputChange::Text("x".to_owned()));
        assert_eq!(printed(&mut input), ["textinput[\"é\"]"]);
    }

    #[test]
    fn losing_the_keyboard_releases_what_was_held() {
        let mut input = Input::default();
        input.apply(InputChange::KeyDown {
            key: "up",
            scancode: "up",
            is_repeat: false,
        });
        input.queue.clear();
        input.release_keys();
        assert_eq!(printed(&mut input), ["keyreleased[\"up\", \"up\"]"]);
        assert!(!input.keyboard.is_scancode_down("up"));
    }
}
