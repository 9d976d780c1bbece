//! Message boxes of the system, for `love.window.showMessageBox`.
//!
//! On Windows and macOS the system's own dialog; elsewhere the first of zenity, kdialog and xmessage that is installed, as
//! there is no dialog that every desktop has. Each blocks the game until the user answers, as in LÖVE.
//!
//! ```text
//! show(Kind::Warning, "Unsaved", "Quit without saving?", &["Quit", "Stay"])  →  Some(1) for Stay
//! ```
//!
//! Not here: checking arguments, and what happens where no dialog can be shown (`love/window.rs` writes to stderr).

/// What the message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something failed.
    Error,
    /// Something may go wrong.
    Warning,
    /// Something is told.
    Information,
}

/// Shows a message with one button at least; answers which was pressed (from 0), or nothing if the box cannot be shown or was
/// closed without an answer.
pub fn show(kind: Kind, title: &str, message: &str, buttons: &[String]) -> Option<usize> {
    system::show(kind, title, message, buttons)
}

#[cfg(any(target_os = "windows", target_os = "macos"))]
mod system {
    use super::Kind;
    use rfd::{MessageButtons, MessageDialog, MessageDialogResult, MessageLevel};

    /// The system's dialogs have three buttons at most; those behind the third are left out.
    pub fn show(kind: Kind, title: &str, message: &str, buttons: &[String]) -> Option<usize> {
        let choice = match buttons {
            [] => MessageButtons::Ok,
            [one] => MessageButtons::OkCustom(one.clone()),
            [one, two] => MessageButtons::OkCancelCustom(one.clone(), two.clone()),
            [one, two, three, ..] => {
                MessageButtons::YesNoCancelCustom(one.clone(), two.clone(), three.clone())
            }
        };
        let level = match kind {
            Kind::Error => MessageLevel::Error,
            Kind::Warning => MessageLevel::Warning,
            Kind::Information => MessageLevel::Info,
        };
        let answer = MessageDialog::new()
            .set_level(level)
            .set_title(title)
            .set_description(message)
            .set_buttons(choice)
            .show();
        match answer {
            MessageDialogResult::Ok | MessageDialogResult::Yes => Some(0),
            MessageDialogResult::No => Some(1),
            MessageDialogResult::Cancel => Some(buttons.len().clamp(1, 3) - 1),
            MessageDialogResult::Custom(label) => {
                buttons.iter().position(|button| *button == label)
            }
        }
    }
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
mod system {
    use super::Kind;
    use std::process::{Command, Output, Stdio};

    pub fn show(kind: Kind, title: &str, message: &str, buttons: &[String]) -> Option<usize> {
        type Tool = fn(Kind, &str, &str, &[String]) -> Option<Option<usize>>;
        let tools: [Tool; 3] = [zenity, kdialog, xmessage];
        tools
            .iter()
            .find_map(|tool| tool(kind, title, message, buttons))?
    }

    /// Runs a program to its end; nothing if it is not installed.
    fn run(command: &mut Command) -> Option<Output> {
        command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
    }

    fn zenity(kind: Kind, title: &str, message: &str, buttons: &[String]) -> Option<Option<usize>> {
        let mut command = Command::new("zenity");
        command.args(["--no-markup", "--title", title, "--text", message]);
        let icon = match kind {
            Kind::Error => "--error",
            Kind::Warning => "--warning",
            Kind::Information => "--info",
        };
        if let [one] = buttons {
            let output = run(command.arg(icon).args(["--ok-label", one]))?;
            return Some(output.status.success().then_some(0));
        }
        command.args(["--question", "--switch"]);
        for button in buttons {
            command.args(["--extra-button", button]);
        }
        let output = run(&mut command)?;
        let answer = String::from_utf8_lossy(&output.stdout);
        Some(
            buttons
                .iter()
                .position(|button| *button == answer.trim_end_matches('\n')),
        )
    }

    fn kdialog(
        kind: Kind,
        title: &str,
        message: &str,
        buttons: &[String],
    ) -> Option<Option<usize>> {
        let mut command = Command::new("kdialog");
        command.args(["--title", title]);
        match buttons {
            [one] => {
                let form = match kind {
                    Kind::Error => "--error",
                    Kind::Warning => "--sorry",
                    Kind::Information => "--msgbox",
                };
                command.args([form, message, "--ok-label", one]);
            }
            [one, two] => {
                command.args(["--yesno", message, "--yes-label", one, "--no-label", two]);
            }
            [one, two, three] => {
                command.args(["--yesnocancel", message, "--yes-label", one]);
                command.args(["--no-label", two, "--cancel-label", three]);
            }
            _ => return None,
        }
        let code = run(&mut command)?.status.code();
        Some(pressed(code, buttons, 0))
    }

    fn xmessage(
        _kind: Kind,
        title: &str,
        message: &str,
        buttons: &[String],
    ) -> Option<Option<usize>> {
        /// Codes below are xmessage's own.
        const FIRST_CODE: i32 = 100;
        let labels: Vec<String> = buttons
            .iter()
            .enumerate()
            .map(|(index, label)| {
                // The program's own punctuation.
                let label = label.replace([':', ',', '\\'], " ");
                format!("{label}:{}", FIRST_CODE + index as i32)
            })
            .collect();
        let mut command = Command::new("xmessage");
        command.args(["-center", "-title", title, "-buttons", &labels.join(",")]);
        // A message that begins with a dash is no option.
        command.arg(format!(" {message}"));
        let code = run(&mut command)?.status.code();
        Some(pressed(code, buttons, FIRST_CODE))
    }

    fn pressed(code: Option<i32>, buttons: &[String], first_code: i32) -> Option<usize> {
        let index = usize::try_from(code? - first_code).ok()?;
        (index < buttons.len()).then_some(index)
    }
}
