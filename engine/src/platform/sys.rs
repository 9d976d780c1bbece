//! The operating system behind `love.system`: processors, power, clipboard, browser, and Ctrl-C.
//!
//! Everything here that differs between systems is in this file. A thing the system does not offer answers LÖVE's "unknown"
//! or false; nothing panics.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `love.system.getOS` and `love._os`.
pub fn os_name() -> &'static str {
    if cfg!(target_os = "windows") {
        "Windows"
    } else if cfg!(target_os = "macos") {
        "OS X"
    } else if cfg!(target_os = "ios") {
        "iOS"
    } else if cfg!(target_os = "android") {
        "Android"
    } else if cfg!(target_os = "linux") {
        "Linux"
    } else {
        "Unknown"
    }
}

/// Logical processors; at least 1.
pub fn processor_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Memory of the machine in bytes, where the system tells it without a library.
pub fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Languages that the user prefers, as `en_GB`, the best first; from the environment.
pub fn preferred_locales() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"] {
        let text = std::env::var(name).unwrap_or_default();
        for locale in text.split(':') {
            let locale = locale.split(['.', '@']).next().unwrap_or("");
            let is_language = !matches!(locale, "" | "C" | "POSIX");
            if is_language && !found.iter().any(|known| known == locale) {
                found.push(locale.to_owned());
            }
        }
    }
    found
}

/// What `love.system.getPowerInfo` answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerInfo {
    /// LÖVE's constant: unknown, battery, nobattery, charging or charged.
    pub state: &'static str,
    /// Charge of 0 to 100, if known.
    pub percent: Option<u32>,
    /// Seconds left on battery, if known.
    pub seconds: Option<u32>,
}

/// The state of battery and mains.
pub fn power_info() -> PowerInfo {
    if cfg!(target_os = "linux") {
        linux_power_info(Path::new("/sys/class/power_supply"))
    } else {
        PowerInfo {
            state: "unknown",
            percent: None,
            seconds: None,
        }
    }
}

fn linux_power_info(folder: &Path) -> PowerInfo {
    let none = PowerInfo {
        state: "nobattery",
        percent: None,
        seconds: None,
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return PowerInfo {
            state: "unknown",
            ..none
        };
    };
    let read = |path: PathBuf| {
        std::fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    for supply in entries.flatten().map(|entry| entry.path()) {
        if read(supply.join("type")).as_deref() != Some("Battery")
            || read(supply.join("scope")).as_deref() == Some("Device")
        {
            continue;
        }
        let number = |name: &str| read(supply.join(name)).and_then(|text| text.parse::<u32>().ok());
        let percent = number("capacity").map(|percent| percent.min(100));
        let state = match read(supply.join("status")).as_deref() {
            Some("Charging") => "charging",
            Some("Full" | "Not charging") => "charged",
            Some("Discharging") => "battery",
            _ => "unknown",
        };
        let seconds = if state == "battery" {
            number("time_to_empty_now")
        } else {
            None
        };
        return PowerInfo {
            state,
            percent,
            seconds,
        };
    }
    none
}

/// Opens an address in the user's browser or file manager. Answers whether a program took it.
pub fn open_url(url: &str) -> bool {
    let mut command = if cfg!(target_os = "windows") {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else if cfg!(target_os = "macos") {
        Command::new("open")
    } else {
        Command::new("xdg-open")
    };
    command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().is_ok()
}

/// The user's clipboard. It stays open, because on X11 and Wayland the text is served by the program that copied it.
#[derive(Default)]
pub struct Clipboard {
    inner: Option<arboard::Clipboard>,
}

impl Clipboard {
    fn open(&mut self) -> Option<&mut arboard::Clipboard> {
        if self.inner.is_none() {
            self.inner = arboard::Clipboard::new().ok();
        }
        self.inner.as_mut()
    }

    /// The text on it; empty when there is none.
    pub fn text(&mut self) -> String {
        self.open()
            .and_then(|clipboard| clipboard.get_text().ok())
            .unwrap_or_default()
    }

    /// Puts text on it.
    pub fn set_text(&mut self, text: &str) {
        if let Some(clipboard) = self.open() {
            // A clipboard that refuses is the system's business: LÖVE reports nothing either.
            let _ = clipboard.set_text(text.to_owned());
        }
    }
}

/// How long an interrupted program may take to end.
const INTERRUPT_GRACE: Duration = Duration::from_secs(2);

/// Calls `interrupt` when the user presses Ctrl-C, again and again in case the program catches what it causes. A program that
/// does not end after two seconds, or at the second press, is ended with the shell's exit code for Ctrl-C.
pub fn on_ctrl_c(interrupt: impl Fn() + Send + Sync + 'static) {
    let interrupt = Arc::new(interrupt);
    let mut presses = 0;
    let installed = ctrlc::set_handler(move || {
        presses += 1;
        if presses > 1 {
            end_interrupted();
        }
        let interrupt = interrupt.clone();
        let watcher = std::thread::Builder::new()
            .name("interrupt".to_owned())
            .spawn(move || {
                let deadline = Instant::now() + INTERRUPT_GRACE;
                while Instant::now() < deadline {
                    interrupt();
                    std::thread::sleep(Duration::from_millis(20));
                }
                end_interrupted();
            });
        if watcher.is_err() {
            end_interrupted();
        }
    });
    if let Err(problem) = installed {
        log::warn!("Ctrl-C cannot be caught: {problem}");
    }
}

fn end_interrupted() -> ! {
    eprintln!("rlove: interrupted");
    std::process::exit(130);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn battery_files_become_loves_states() {
        let folder = std::env::temp_dir().join(format!("rlove-power-{}", std::process::id()));
        let battery = folder.join("BAT0");
        std::fs::create_dir_all(&battery).unwrap();
        let none = linux_power_info(&folder.join("missing"));
        assert_eq!(none.state, "unknown");
        assert_eq!(linux_power_info(&folder).state, "nobattery");
        std::fs::write(battery.join("type"), "Battery\n").unwrap();
        std::fs::write(battery.join("status"), "Discharging\n").unwrap();
        std::fs::write(battery.join("capacity"), "42\n").unwrap();
        let info = linux_power_info(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            info,
            PowerInfo {
                state: "battery",
                percent: Some(42),
                seconds: None
            }
        );
    }
}
