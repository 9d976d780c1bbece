//! Starts LÖVE, rlove and a display for them, with limits on time and folders of their own.
//!
//! ```no_run
//! let folder = programs::fresh_folder("example");
//! let run = programs::love_wrapped(Path::new("games/hello"), &folder, &["--frames", "3"]);
//! assert!(run.stderr.is_empty(), "{run:?}");
//! ```
//!
//! What a test needs and the machine lacks is installed by `make deps-test`; where that fails the test fails and
//! says what is missing. Nothing here compares anything.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The archive in Debian's package mrrescue.
pub const MR_RESCUE: &str = "/usr/share/games/mrrescue/mrrescue.love";

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// `None` when a signal ended it or time ran out.
    pub code: Option<i32>,
    /// Whether it had to be killed.
    pub timed_out: bool,
    /// Everything it printed.
    pub stdout: String,
    /// Everything it complained about.
    pub stderr: String,
}

/// The top of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("engine/ has a parent")
        .to_path_buf()
}

/// An empty folder under the build directory, for one test.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build directory can be written");
    folder
}

fn missing() -> Vec<&'static str> {
    let on_path = |program: &str| {
        std::env::var_os("PATH").is_some_and(|paths| {
            std::env::split_paths(&paths).any(|folder| folder.join(program).exists())
        })
    };
    let mut names = Vec::new();
    for program in ["love", "Xvfb", "xdotool"] {
        if !on_path(program) {
            names.push(program);
        }
    }
    if !Path::new(MR_RESCUE).exists() {
        names.push("mrrescue");
    }
    names
}

/// Installs LÖVE, Xvfb and Mr. Rescue if they are not there. Fails the test if that does not help.
pub fn need_peers() {
    static CHECKED: OnceLock<()> = OnceLock::new();
    CHECKED.get_or_init(|| {
        let before = missing();
        if before.is_empty() {
            return;
        }
        let status = Command::new("make").arg("deps-test").current_dir(repository()).status();
        let after = missing();
        assert!(
            after.is_empty(),
            "these tests compare with {after:?}, which `make deps-test` ({status:?}) did not install"
        );
    });
}

/// An X server without a screen; stops when dropped.
pub struct Display {
    server: Child,
    /// As in the variable DISPLAY.
    pub name: String,
}

impl Display {
    /// Starts a server under a number that is free.
    pub fn start() -> Self {
        Self::start_sized("1280x1024")
    }

    /// Starts one whose screen has a size, WIDTHxHEIGHT.
    pub fn start_sized(size: &str) -> Self {
        need_peers();
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{size}x24"),
                "-nolisten",
                "tcp",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut output = server.stdout.take().expect("stdout is a pipe");
        let mut digits = Vec::new();
        let mut byte = [0u8];
        while output.read(&mut byte).is_ok_and(|count| count == 1) && byte[0] != b'\n' {
            digits.push(byte[0]);
        }
        let number = String::from_utf8_lossy(&digits).trim().to_owned();
        assert!(!number.is_empty(), "Xvfb did not name its display");
        Self {
            server,
            name: format!(":{number}"),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Reads a pipe to its end beside the test, so that a full pipe never blocks the program.
fn collect(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Runs a command to its end or kills it. `meanwhile` gets the running process once.
pub fn run_with(command: &mut Command, limit: Duration, meanwhile: impl FnOnce(&Child)) -> Run {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = collect(child.stdout.take().expect("stdout is a pipe"));
    let stderr = collect(child.stderr.take().expect("stderr is a pipe"));
    meanwhile(&child);
    let start = Instant::now();
    let mut timed_out = false;
    let status = loop {
        match child.try_wait().expect("the program can be waited for") {
            Some(status) => break status,
            None if start.elapsed() > limit => {
                timed_out = true;
                let _ = child.kill();
                break child.wait().expect("the program can be waited for");
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Run {
        code: if timed_out { None } else { status.code() },
        timed_out,
        stdout: text(stdout),
        stderr: text(stderr),
    }
}

/// Runs a command to its end or kills it.
pub fn run(command: &mut Command, limit: Duration) -> Run {
    run_with(command, limit, |_| {})
}

/// A program started in `folder`, with save files and settings under it and no sound card.
fn command_in(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("HOME", folder)
        .env("ALSOFT_DRIVERS", "null")
        // Mesa's libraries complain on stderr where it is missing, which a user's session never lets happen.
        .env("XDG_RUNTIME_DIR", folder)
        .env("LC_ALL", "C.UTF-8");
    command
}

/// Debian's LÖVE with the wrapper of `engine/tests/love_wrapper`, which takes rlove's options.
pub fn love_wrapped(game: &Path, folder: &Path, options: &[&str]) -> Run {
    love_wrapped_on(&Display::start(), game, folder, options)
}

/// The same on a display.
pub fn love_wrapped_on(display: &Display, game: &Path, folder: &Path, options: &[&str]) -> Run {
    let mut command = command_in(Path::new("love"), folder);
    command
        .env("DISPLAY", &display.name)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/love_wrapper"))
        .arg(game)
        .args(options);
    run(&mut command, Duration::from_secs(300))
}

/// An rlove that can still be given arguments and variables.
pub fn rlove_command(folder: &Path) -> Command {
    let mut command = command_in(Path::new(env!("CARGO_BIN_EXE_rlove")), folder);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

/// rlove without a window.
pub fn rlove_headless(game: &Path, folder: &Path, options: &[&str]) -> Run {
    let mut command = rlove_command(folder);
    command.arg("--headless").args(options).arg(game);
    run(&mut command, Duration::from_secs(300))
}
