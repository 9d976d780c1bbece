//! The window, on an X server without a screen: it opens with what the game draws, takes keys and the pointer, and
//! closes when it is asked to.
//!
//! The test is the user: it waits for the title that the game sets, types with xdotool, and asks the server for pixels and the
//! place of the pointer. The same under OpenGL, where a device must be made for the display from the start.

use super::programs::{self, Display, Run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, ImageFormat, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

const LIMIT: Duration = Duration::from_secs(90);

/// A connection to the server beside the program's.
struct Observer {
    connection: RustConnection,
    root: Window,
    display: String,
}

impl Observer {
    fn new(display: &Display) -> Self {
        let (connection, screen) =
            RustConnection::connect(Some(&display.name)).expect("the server takes connections");
        let root = x11rb::connection::Connection::setup(&connection).roots[screen].root;
        Self {
            connection,
            root,
            display: display.name.clone(),
        }
    }

    fn title(&self, window: Window) -> Option<String> {
        let reply = self
            .connection
            .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 200)
            .ok()?
            .reply()
            .ok()?;
        Some(String::from_utf8_lossy(&reply.value).into_owned())
    }

    /// Waits until there is a visible window with this title.
    fn wait_for(&self, title: &str) -> Window {
        let start = Instant::now();
        let mut seen = Vec::new();
        while start.elapsed() < LIMIT {
            seen.clear();
            let tree = self.connection.query_tree(self.root).expect("a request");
            for window in tree.reply().expect("a tree").children {
                let found = self.title(window);
                let attributes = self.connection.get_window_attributes(window);
                let is_shown = attributes
                    .ok()
                    .and_then(|cookie| cookie.reply().ok())
                    .is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE);
                if is_shown && found.as_deref() == Some(title) {
                    return window;
                }
                seen.push((found, is_shown));
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("no window is called {title:?}, but there are {seen:?}");
    }

    /// Red, green and blue of one pixel of a window.
    fn pixel(&self, window: Window, x: i16, y: i16) -> [u8; 3] {
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, window, x, y, 1, 1, !0)
            .expect("a request")
            .reply()
            .expect("a picture");
        [image.data[2], image.data[1], image.data[0]]
    }

    fn wait_for_pixel(&self, window: Window, wanted: [u8; 3]) {
        let start = Instant::now();
        let mut found = [0; 3];
        while start.elapsed() < LIMIT {
            found = self.pixel(window, 100, 80);
            if found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2) {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("the window shows {found:?} instead of {wanted:?}");
    }

    fn pointer(&self, window: Window) -> (i16, i16) {
        let reply = self.connection.query_pointer(window).expect("a request");
        let reply = reply.reply().expect("a place");
        (reply.win_x, reply.win_y)
    }

    fn xdotool(&self, words: &[&str]) {
        let status = Command::new("xdotool")
            .args(words)
            .env("DISPLAY", &self.display)
            .stdout(Stdio::null())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "xdotool {words:?}"
        );
    }

    /// There is no window manager here that would do it.
    fn focus(&self, window: Window) {
        self.xdotool(&["windowfocus", "--sync", &window.to_string()]);
    }

    /// What a window manager sends when the user closes the window.
    fn close(&self, window: Window) {
        let atom = |name: &[u8]| {
            let cookie = self.connection.intern_atom(false, name).expect("a request");
            cookie.reply().expect("an atom").atom
        };
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        self.connection
            .send_event(false, window, EventMask::NO_EVENT, event)
            .expect("a request")
            .check()
            .expect("the event is sent");
    }
}

fn write_game(folder: &Path, main: &str) -> PathBuf {
    let game = folder.join("game");
    std::fs::create_dir_all(&game).expect("the build directory can be written");
    std::fs::write(game.join("main.lua"), main).expect("the build directory can be written");
    game
}

fn play(
    folder: &Path,
    game: &Path,
    display: &Display,
    variables: &[(&str, &str)],
    meanwhile: impl FnOnce(&Observer),
) -> Run {
    let observer = Observer::new(display);
    let mut command = programs::rlove_command(folder);
    command
        .env("DISPLAY", &display.name)
        .env("ALSA_CONFIG_PATH", "/dev/null")
        .envs(variables.iter().copied())
        .arg(game);
    programs::run_with(&mut command, LIMIT, |_| meanwhile(&observer))
}

const GAME: &str = r#"
function love.load()
  love.window.setMode(320, 200)
  love.window.setTitle("ready")
end
function love.draw()
  love.graphics.clear(51/255, 102/255, 204/255)
end
function love.keypressed(key, scancode)
  print("pressed", key, scancode)
  if key == "m" then
    love.mouse.setPosition(50, 60)
    love.mouse.setCursor(love.mouse.getSystemCursor("hand"))
    love.mouse.setVisible(false)
    love.window.setTitle("moved")
  elseif key == "r" then
    love.window.setMode(400, 300)
    love.window.setTitle("resized")
  elseif key == "g" then
    love.mouse.setCursor(love.mouse.newCursor(love.image.newImageData(16, 16), 3, 4))
    love.mouse.setGrabbed(true)
    love.window.setTitle("grabbed")
  end
end
function love.textinput(text) print("text", text) end
function love.mousemoved(x, y, dx, dy) print("mouse", x, y) end
function love.mousepressed(x, y, button, touch, presses) print("button", x, y, button, presses) end
function love.quit() print("quit", love.graphics.getDimensions()) end
"#;

fn plays_in_a_window(name: &str, variables: &[(&str, &str)]) {
    let folder = programs::fresh_folder(name);
    let display = Display::start();
    let game = write_game(&folder, GAME);
    let run = play(&folder, &game, &display, variables, |observer| {
        let window = observer.wait_for("ready");
        observer.wait_for_pixel(window, [51, 102, 204]);
        observer.focus(window);
        observer.xdotool(&["key", "a"]);
        observer.xdotool(&["key", "m"]);
        observer.wait_for("moved");
        let start = Instant::now();
        while observer.pointer(window) != (50, 60) && start.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(30));
        }
        assert_eq!(observer.pointer(window), (50, 60));
        observer.xdotool(&["click", "1"]);
        observer.xdotool(&["key", "g"]);
        observer.wait_for("grabbed");
        observer.xdotool(&["key", "r"]);
        observer.wait_for("resized");
        observer.wait_for_pixel(window, [51, 102, 204]);
        observer.close(window);
    });
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stderr, "", "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    for wanted in [
        "pressed\ta\ta",
        "text\ta",
        "pressed\tm\tm",
        "mouse\t50\t60",
        "button\t50\t60\t1\t1",
        "quit\t400\t300",
    ] {
        assert!(lines.contains(&wanted), "{wanted:?} is missing: {run:?}");
    }
}

#[test]
fn a_game_plays_in_a_window() {
    plays_in_a_window("window", &[]);
}

#[test]
fn a_game_plays_in_a_window_where_there_is_only_opengl() {
    plays_in_a_window("window-gl", &[("WGPU_BACKEND", "gl")]);
}

/// The error screen stays until Esc, with the error on stderr and, after Ctrl+C, on the clipboard.
#[test]
fn the_error_screen_can_be_copied_and_closed() {
    let folder = programs::fresh_folder("window-error");
    let display = Display::start();
    let game = write_game(
        &folder,
        "love.window.setTitle('error') function love.update() error('the reason') end\n",
    );
    let copier = folder.join("copier");
    let reader = write_game(
        &copier,
        "function love.update() print(love.system.getClipboardText()) love.event.quit() end\n",
    );
    let mut pasted = None;
    let run = play(&folder, &game, &display, &[], |observer| {
        let window = observer.wait_for("error");
        observer.wait_for_pixel(window, [89, 157, 220]);
        observer.focus(window);
        observer.xdotool(&["key", "ctrl+c"]);
        std::thread::sleep(Duration::from_millis(500));
        pasted = Some(play(&copier, &reader, &display, &[], |_| {}));
        observer.focus(window);
        observer.xdotool(&["key", "Escape"]);
    });
    let pasted = pasted.expect("the second program ran");
    assert_eq!(run.code, Some(1), "{run:?}");
    for text in [&run.stderr, &pasted.stdout] {
        assert!(
            text.contains("main.lua:1: the reason") && text.to_lowercase().contains("traceback"),
            "{run:?} {pasted:?}"
        );
    }
}

/// A game that quits with "restart" starts again in the same window.
#[test]
fn a_restart_keeps_the_window() {
    let folder = programs::fresh_folder("window-restart");
    let display = Display::start();
    let game = write_game(
        &folder,
        r#"
        local again = love.filesystem.getInfo("once") ~= nil
        local picture = love.graphics.newCanvas(8, 8)
        love.filesystem.write("once", "x")
        function love.draw() love.graphics.clear(again and 1 or 0, 0, 0) love.graphics.draw(picture) end
        local frames = 0
        function love.update()
          frames = frames + 1
          if again then love.window.setTitle("again") elseif frames == 5 then love.event.quit("restart") end
        end
        "#,
    );
    let run = play(&folder, &game, &display, &[], |observer| {
        let window = observer.wait_for("again");
        observer.wait_for_pixel(window, [255, 0, 0]);
        observer.close(window);
    });
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
}

#[test]
fn a_display_that_does_not_answer() {
    let folder = programs::fresh_folder("window-nowhere");
    let game = write_game(&folder, "");
    let mut command = programs::rlove_command(&folder);
    let run = programs::run(command.env("DISPLAY", ":4711").arg(&game), LIMIT);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{run:?}");
    assert!(
        run.stderr.contains("display") && run.stderr.contains("--headless"),
        "{run:?}"
    );
}

/// A message box asks through a program of the desktop, here one that takes the second button; the game waits for it.
#[test]
fn a_message_box_answers_with_the_button_pressed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = programs::fresh_folder("window-message");
    let display = Display::start();
    let tools = folder.join("bin");
    std::fs::create_dir_all(&tools).expect("the build directory can be written");
    let zenity = tools.join("zenity");
    std::fs::write(
        &zenity,
        "#!/bin/sh\nfor word; do echo \"$word\"; done >> words\ncase \"$*\" in *Stay*) echo Stay; exit 1;; esac\n",
    )
    .expect("the build directory can be written");
    std::fs::set_permissions(&zenity, std::fs::Permissions::from_mode(0o755))
        .expect("the build directory can be written");
    let game = write_game(
        &folder,
        r#"
        print(love.window.showMessageBox("Unsaved", "Quit -- now?", {"Quit", "Stay", escapebutton = 1}, "warning"))
        print(love.window.showMessageBox("Told", "as it is"))
        print(pcall(love.window.showMessageBox, "a", "b", {}))
        love.event.quit()
        "#,
    );
    let path = std::env::var("PATH").expect("there is a path");
    let path = format!("{}:{path}", tools.display());
    let run = play(&folder, &game, &display, &[("PATH", &path)], |_| {});
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    assert_eq!(
        run.stdout,
        "2\ntrue\nfalse\tMust have at least one messagebox button.\n"
    );
    let words = std::fs::read_to_string(folder.join("words")).expect("the program ran");
    for word in ["Quit -- now?", "Unsaved", "Quit", "as it is", "--info"] {
        assert!(words.lines().any(|line| line == word), "{word}: {words}");
    }
}
