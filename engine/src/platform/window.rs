//! Runs a game in a window, from the window library's event handler.
//!
//! The handler is called with events, which are kept as changes, and once when there are no more (`about_to_wait`). There the
//! game is resumed, and what it asks for decides when it is resumed again: at once after the next events (`Pump`), when an
//! event comes (`Wait`), or at a moment (`Sleep`, `Present`). The game never blocks the handler and the handler is never
//! called from inside the game.
//!
//! The real window follows the model (`World.window`): it is created when a game first opens it and changed whenever the
//! model's revision moved. Not here: drawing and surfaces (`Game::present`).

use super::game::{Game, Step};
use super::pacing::FramePacer;
use super::window_keys::{key_of, scancode_of};
use super::window_model::{Display, FullscreenType, WindowModel};
use super::world::SharedWorld;
use crate::input::{CursorShape, InputChange, ScriptPlayer};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::dpi::{LogicalSize, PhysicalPosition, PhysicalSize};
use winit::event::{
    DeviceEvent, DeviceId, ElementState, Ime, MouseButton, MouseScrollDelta, WindowEvent,
};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, OwnedDisplayHandle};
use winit::platform::modifier_supplement::KeyEventExtModifierSupplement;
use winit::window::{
    Cursor, CursorGrabMode, CursorIcon, CustomCursor, Fullscreen, Icon, Window, WindowAttributes,
    WindowId,
};

/// Presses of one button closer together than this count up.
const MULTIPLE_CLICK_SECONDS: f64 = 0.5;

/// What a run in a window does beside running the game.
#[derive(Debug, Default)]
pub struct WindowOptions {
    /// Ends after this frame.
    pub frames: Option<u64>,
    /// Frame numbers and the files for their pictures.
    pub screenshots: Vec<(u64, PathBuf)>,
}

/// The display as a game needs it to choose a graphics card that can draw there.
pub struct Probe {
    /// The connection to the display.
    pub display: OwnedDisplayHandle,
    /// A window on it that is never shown.
    pub window: Arc<Window>,
}

/// Makes the game once there is a display. The error is one sentence for the user.
pub type StartGame<'run> = Box<dyn FnOnce(Probe) -> Result<Box<dyn Game>, String> + 'run>;

/// Runs the game in a window and answers its exit code. The error is one sentence for the user.
pub fn run(
    start: StartGame<'_>,
    world: &SharedWorld,
    script: ScriptPlayer,
    options: WindowOptions,
) -> Result<i32, String> {
    let event_loop = EventLoop::new().map_err(|problem| no_display(&problem.to_string()))?;
    let mut driver = Driver {
        start: Some(start),
        game: None,
        world: world.clone(),
        script,
        options,
        window: None,
        applied: None,
        pending: Vec::new(),
        waiting: Waiting::Ready,
        pacer: FramePacer::new(60.0),
        last_press: None,
        pointer: None,
        exit: None,
    };
    event_loop
        .run_app(&mut driver)
        .map_err(|problem| format!("the window's event loop failed: {problem}"))?;
    let ended = driver.exit.take().unwrap_or(Ok(0));
    match &mut driver.game {
        Some(game) => game.finish().and(ended),
        None => ended,
    }
}

fn no_display(reason: &str) -> String {
    format!(
        "there is no display to open a window on ({reason}); run the game with --headless instead"
    )
}

/// Fails where a display server is needed and none is named; to be asked before anything is opened.
pub fn check_display() -> Result<(), String> {
    let always_has_one = cfg!(any(
        target_os = "windows",
        target_os = "macos",
        target_os = "ios",
        target_os = "android"
    ));
    let is_named = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if always_has_one
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .iter()
            .any(is_named)
    {
        return Ok(());
    }
    Err(no_display("neither DISPLAY nor WAYLAND_DISPLAY is set"))
}

/// When the game may be resumed.
enum Waiting {
    Ready,
    ForChange,
    Until(Instant),
}

/// How the real pointer was last set up.
#[derive(PartialEq)]
struct Pointer {
    is_visible: bool,
    grab: CursorGrabMode,
    shape: Option<CursorShape>,
}

struct Driver<'run> {
    start: Option<StartGame<'run>>,
    game: Option<Box<dyn Game>>,
    world: SharedWorld,
    script: ScriptPlayer,
    options: WindowOptions,
    window: Option<Arc<Window>>,
    applied: Option<WindowModel>,
    pending: Vec<InputChange>,
    waiting: Waiting,
    pacer: FramePacer,
    last_press: Option<(u32, Instant, u32)>,
    /// What was last asked of the real window, to ask only for changes.
    pointer: Option<Pointer>,
    exit: Option<Result<i32, String>>,
}

impl ApplicationHandler for Driver<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        let displays: Vec<Display> = event_loop
            .available_monitors()
            .map(|monitor| describe(&monitor))
            .collect();
        if !displays.is_empty() {
            self.pacer.set_rate(displays[0].refresh_rate_hertz);
            self.world.borrow_mut().window.displays = displays;
        }
        if let Some(start) = self.start.take() {
            match probe(event_loop).and_then(start) {
                Ok(game) => self.game = Some(game),
                Err(problem) => self.exit = Some(Err(problem)),
            }
        }
    }

    fn window_event(
        &mut self,
        _event_loop: &ActiveEventLoop,
        _window: WindowId,
        event: WindowEvent,
    ) {
        self.take_event(event);
    }

    fn device_event(
        &mut self,
        _event_loop: &ActiveEventLoop,
        _device: DeviceId,
        event: DeviceEvent,
    ) {
        if let DeviceEvent::MouseMotion { delta: (dx, dy) } = event
            && self.world.borrow().input.mouse.is_relative
        {
            self.pending.push(InputChange::MouseRelative { dx, dy });
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if self.exit.is_none() && self.game.is_some() {
            self.advance(event_loop);
        }
        if self.exit.is_some() {
            // The surface must not outlive the window's event loop.
            self.window = None;
            event_loop.exit();
            return;
        }
        event_loop.set_control_flow(match self.waiting {
            Waiting::Ready => ControlFlow::Poll,
            Waiting::ForChange => ControlFlow::Wait,
            Waiting::Until(moment) => ControlFlow::WaitUntil(moment),
        });
    }
}

impl Driver<'_> {
    /// Resumes the game if it is time, until it has to wait.
    fn advance(&mut self, event_loop: &ActiveEventLoop) {
        match self.waiting {
            Waiting::Until(moment) if Instant::now() < moment => return,
            Waiting::ForChange if self.pending.is_empty() && self.script.is_finished() => return,
            _ => {}
        }
        self.follow_model(event_loop);
        if self.exit.is_some() {
            return;
        }
        if !matches!(self.waiting, Waiting::Until(_)) {
            self.apply_changes();
        }
        let Some(game) = &mut self.game else { return };
        self.waiting = match game.resume() {
            Step::Pump => Waiting::Ready,
            Step::Wait => {
                if self.world.borrow().input.queue.is_empty() {
                    Waiting::ForChange
                } else {
                    Waiting::Ready
                }
            }
            Step::Sleep(seconds) => {
                let wait = self.world.borrow_mut().clock.sleep(seconds);
                wait_for(wait)
            }
            Step::Present => self.present(event_loop),
            Step::Restart => {
                if let Err(problem) = game.restart() {
                    self.exit = Some(Err(problem));
                }
                Waiting::Ready
            }
            Step::Finished(code) => {
                self.exit = Some(Ok(code));
                Waiting::Ready
            }
        };
    }

    fn present(&mut self, event_loop: &ActiveEventLoop) -> Waiting {
        self.follow_model(event_loop);
        let Some(game) = &mut self.game else {
            return Waiting::Ready;
        };
        game.present();
        let frame = self.world.borrow().clock.frame();
        for (_, file) in self
            .options
            .screenshots
            .iter()
            .filter(|(at, _)| *at == frame)
        {
            if let Err(problem) = game.save_screenshot(file) {
                self.exit = Some(Err(problem));
            }
        }
        if self.options.frames.is_some_and(|last| frame >= last) {
            self.exit = Some(Ok(0));
        }
        let mut world = self.world.borrow_mut();
        world.clock.frame_presented();
        if let Some(step_seconds) = world.clock.fixed_step_seconds() {
            drop(world);
            game.advance_sound(step_seconds);
            return Waiting::Ready;
        }
        if world.window.settings.vsync == 0 {
            return Waiting::Ready;
        }
        let now = world.clock.now_seconds();
        wait_for(Duration::from_secs_f64(
            self.pacer.wait_seconds(now).max(0.0),
        ))
    }

    /// Hands what happened to the game's input state.
    fn apply_changes(&mut self) {
        let mut world = self.world.borrow_mut();
        let frame = world.clock.frame();
        let scripted = self.script.take_due(frame);
        for change in self.pending.drain(..).chain(scripted) {
            if change == InputChange::Focus(false) {
                world.input.release_keys();
            }
            world.input.apply(change);
        }
    }

    fn take_event(&mut self, event: WindowEvent) {
        match event {
            WindowEvent::CloseRequested => self.pending.push(InputChange::Quit),
            WindowEvent::Resized(size) => self.resized(size),
            WindowEvent::Focused(has_focus) => self.pending.push(InputChange::Focus(has_focus)),
            WindowEvent::Occluded(is_hidden) => self.pending.push(InputChange::Visible(!is_hidden)),
            WindowEvent::CursorEntered { .. } => self.pending.push(InputChange::MouseFocus(true)),
            WindowEvent::CursorLeft { .. } => self.pending.push(InputChange::MouseFocus(false)),
            WindowEvent::CursorMoved { .. } if self.world.borrow().input.mouse.is_relative => {}
            WindowEvent::CursorMoved { position, .. } => {
                let (x, y) = self.to_units(position);
                self.pending.push(InputChange::MouseMove { x, y });
            }
            WindowEvent::MouseInput { state, button, .. } => self.mouse_button(state, button),
            WindowEvent::MouseWheel { delta, .. } => {
                let (dx, dy) = match delta {
                    MouseScrollDelta::LineDelta(dx, dy) => (f64::from(dx), f64::from(dy)),
                    MouseScrollDelta::PixelDelta(way) => (way.x / 40.0, way.y / 40.0),
                };
                // The window library counts columns to the left as positive.
                self.pending.push(InputChange::Wheel { dx: -dx, dy });
            }
            WindowEvent::DroppedFile(path) => {
                let name = path.to_string_lossy().into_owned();
                self.pending.push(if path.is_dir() {
                    InputChange::DirectoryDropped(name)
                } else {
                    InputChange::FileDropped(name)
                });
            }
            WindowEvent::KeyboardInput {
                event,
                is_synthetic,
                ..
            } => {
                // Synthetic presses report keys that were held when the window got the keyboard.
                if is_synthetic && event.state == ElementState::Pressed {
                    return;
                }
                let scancode = scancode_of(event.physical_key);
                let key = key_of(&event.key_without_modifiers(), scancode);
                if event.state == ElementState::Released {
                    self.pending.push(InputChange::KeyUp { key, scancode });
                    return;
                }
                self.pending.push(InputChange::KeyDown {
                    key,
                    scancode,
                    is_repeat: event.repeat,
                });
                if let Some(text) = event
                    .text
                    .as_deref()
                    .filter(|text| !text.chars().any(char::is_control))
                {
                    self.pending.push(InputChange::Text(text.to_owned()));
                }
            }
            WindowEvent::Ime(Ime::Commit(text)) => self.pending.push(InputChange::Text(text)),
            WindowEvent::Ime(Ime::Preedit(text, range)) => {
                let (start, end) = range.unwrap_or((0, 0));
                let length = end.saturating_sub(start) as f64;
                self.pending.push(InputChange::TextEdited {
                    text,
                    start: start as f64,
                    length,
                });
            }
            _ => {}
        }
    }

    fn resized(&mut self, size: PhysicalSize<u32>) {
        if size.width == 0 || size.height == 0 {
            return; // minimised
        }
        let ratio = self.pixel_ratio();
        let (width, height) = (
            f64::from(size.width) / ratio,
            f64::from(size.height) / ratio,
        );
        let (width, height) = (width.round() as u32, height.round() as u32);
        let is_new = {
            let window = &mut self.world.borrow_mut().window;
            let is_new = (width, height) != (window.width, window.height);
            if is_new {
                window.resized(width, height);
            }
            if let Some(applied) = &mut self.applied {
                (applied.width, applied.height) = (window.width, window.height);
            }
            is_new
        };
        if let Some(game) = &mut self.game {
            game.window_resized(size.width, size.height);
        }
        if is_new {
            self.pending.push(InputChange::Resize {
                width: f64::from(width),
                height: f64::from(height),
            });
        }
    }

    fn mouse_button(&mut self, state: ElementState, button: MouseButton) {
        let button = match button {
            MouseButton::Left => 1,
            MouseButton::Right => 2,
            MouseButton::Middle => 3,
            MouseButton::Back => 4,
            MouseButton::Forward => 5,
            MouseButton::Other(number) => u32::from(number),
        };
        let now = Instant::now();
        if state == ElementState::Released {
            let presses = self.last_press.map_or(1, |(_, _, presses)| presses);
            self.pending.push(InputChange::MouseUp {
                place: None,
                button,
                presses,
            });
            return;
        }
        let presses = match self.last_press {
            Some((last, at, presses))
                if last == button && (now - at).as_secs_f64() < MULTIPLE_CLICK_SECONDS =>
            {
                presses.saturating_add(1)
            }
            _ => 1,
        };
        self.last_press = Some((button, now, presses));
        self.pending.push(InputChange::MouseDown {
            place: None,
            button,
            presses,
        });
    }

    /// Physical pixels a unit of the game.
    fn pixel_ratio(&self) -> f64 {
        let scale = self
            .window
            .as_ref()
            .map_or(1.0, |window| window.scale_factor());
        let is_high_dpi = self.world.borrow().window.settings.is_high_dpi;
        if is_high_dpi || cfg!(target_os = "macos") {
            scale
        } else {
            1.0
        }
    }

    fn to_units(&self, position: PhysicalPosition<f64>) -> (f64, f64) {
        let ratio = self.pixel_ratio();
        (position.x / ratio, position.y / ratio)
    }

    /// Makes the real window equal to the model.
    fn follow_model(&mut self, event_loop: &ActiveEventLoop) {
        let model = self.world.borrow().window.clone();
        if !model.is_open {
            self.window = None;
            self.applied = None;
            return;
        }
        if self.window.is_none() {
            if let Err(problem) = self.open(event_loop, &model) {
                self.exit = Some(Err(problem));
                return;
            }
        } else if let (Some(window), Some(applied)) = (&self.window, &self.applied)
            && applied.revision != model.revision
        {
            change(window, applied, &model, self.pixel_ratio());
        }
        self.follow_pointer(event_loop);
        self.applied = Some(model);
    }

    /// Makes the real pointer what the game asked for.
    fn follow_pointer(&mut self, event_loop: &ActiveEventLoop) {
        let Some(window) = &self.window else {
            self.pointer = None;
            return;
        };
        let mut world = self.world.borrow_mut();
        let mouse = &mut world.input.mouse;
        let moved_to = mouse.moved_to.take();
        let wanted = Pointer {
            is_visible: mouse.is_visible && !mouse.is_relative,
            grab: if mouse.is_relative {
                CursorGrabMode::Locked
            } else if mouse.is_grabbed {
                CursorGrabMode::Confined
            } else {
                CursorGrabMode::None
            },
            shape: mouse.cursor.clone(),
        };
        drop(world);
        if let Some((x, y)) = moved_to {
            let ratio = self.pixel_ratio();
            let place = PhysicalPosition::new(x * ratio, y * ratio);
            if let Err(problem) = window.set_cursor_position(place) {
                log::info!("the pointer cannot be moved here: {problem}");
            }
        }
        let before = self.pointer.as_ref();
        if before == Some(&wanted) {
            return;
        }
        window.set_cursor_visible(wanted.is_visible);
        if before.map(|pointer| &pointer.shape) != Some(&wanted.shape) {
            window.set_cursor(cursor(event_loop, wanted.shape.as_ref()));
        }
        // Systems offer one kind of grab or the other.
        if before.map(|pointer| pointer.grab) != Some(wanted.grab)
            && window.set_cursor_grab(wanted.grab).is_err()
            && wanted.grab != CursorGrabMode::None
            && let Err(problem) = window.set_cursor_grab(CursorGrabMode::Confined)
        {
            log::info!("the pointer cannot be held here: {problem}");
        }
        self.pointer = Some(wanted);
    }

    fn open(&mut self, event_loop: &ActiveEventLoop, model: &WindowModel) -> Result<(), String> {
        let attributes = WindowAttributes::default()
            .with_title(model.title.as_str())
            .with_resizable(model.settings.is_resizable)
            .with_decorations(!model.settings.is_borderless)
            .with_fullscreen(fullscreen(model, event_loop))
            .with_window_icon(icon(model));
        let attributes = if model.settings.is_high_dpi || cfg!(target_os = "macos") {
            attributes.with_inner_size(LogicalSize::new(model.width, model.height))
        } else {
            attributes.with_inner_size(PhysicalSize::new(model.width, model.height))
        };
        let window = event_loop
            .create_window(attributes)
            .map_err(|problem| format!("the window cannot be opened: {problem}"))?;
        let window = Arc::new(window);
        window.set_ime_allowed(false);
        place(&window, model);
        if let Some(game) = &mut self.game {
            game.window_opened(window.clone())?;
        }
        self.pointer = None;
        self.world.borrow_mut().window.dpi_scale = if model.settings.is_high_dpi {
            window.scale_factor()
        } else {
            1.0
        };
        self.window = Some(window);
        Ok(())
    }
}

/// The display, and a window on it that is never shown.
fn probe(event_loop: &ActiveEventLoop) -> Result<Probe, String> {
    let attributes = WindowAttributes::default()
        .with_visible(false)
        .with_inner_size(PhysicalSize::new(1, 1));
    let window = event_loop
        .create_window(attributes)
        .map_err(|problem| format!("the window cannot be opened: {problem}"))?;
    Ok(Probe {
        display: event_loop.owned_display_handle(),
        window: Arc::new(window),
    })
}

/// The window library's cursor for a shape.
fn cursor(event_loop: &ActiveEventLoop, shape: Option<&CursorShape>) -> Cursor {
    let name = match shape {
        None => "arrow",
        Some(CursorShape::System(name)) => name,
        Some(CursorShape::Picture(picture)) => {
            let size = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
            let source = CustomCursor::from_rgba(
                picture.rgba.clone(),
                size(picture.width),
                size(picture.height),
                size(picture.hot_x),
                size(picture.hot_y),
            );
            match source {
                Ok(source) => return event_loop.create_custom_cursor(source).into(),
                Err(problem) => log::error!("the cursor cannot be shown: {problem}"),
            }
            "arrow"
        }
    };
    Cursor::Icon(match name {
        "ibeam" => CursorIcon::Text,
        "wait" => CursorIcon::Wait,
        "crosshair" => CursorIcon::Crosshair,
        "waitarrow" => CursorIcon::Progress,
        "sizenwse" => CursorIcon::NwseResize,
        "sizenesw" => CursorIcon::NeswResize,
        "sizewe" => CursorIcon::EwResize,
        "sizens" => CursorIcon::NsResize,
        "sizeall" => CursorIcon::AllScroll,
        "no" => CursorIcon::NotAllowed,
        "hand" => CursorIcon::Pointer,
        _ => CursorIcon::Default,
    })
}

fn wait_for(duration: Duration) -> Waiting {
    match Instant::now().checked_add(duration) {
        Some(moment) => Waiting::Until(moment),
        // Beyond what the clock can express: for ever, in effect.
        None => Waiting::Until(Instant::now() + Duration::from_secs(1 << 30)),
    }
}

fn change(window: &Window, applied: &WindowModel, model: &WindowModel, ratio: f64) {
    if applied.title != model.title {
        window.set_title(&model.title);
    }
    if applied.icon != model.icon {
        window.set_window_icon(icon(model));
    }
    let (old, new) = (&applied.settings, &model.settings);
    if old.is_resizable != new.is_resizable {
        window.set_resizable(new.is_resizable);
    }
    if old.is_borderless != new.is_borderless {
        window.set_decorations(!new.is_borderless);
    }
    if old.is_fullscreen != new.is_fullscreen || old.fullscreen_type != new.fullscreen_type {
        let target = new.is_fullscreen.then_some(Fullscreen::Borderless(None));
        window.set_fullscreen(target);
    }
    if !new.is_fullscreen && (applied.width, applied.height) != (model.width, model.height) {
        let width = (f64::from(model.width) * ratio) as u32;
        let height = (f64::from(model.height) * ratio) as u32;
        let _ = window.request_inner_size(PhysicalSize::new(width, height));
    }
    if (old.x, old.y) != (new.x, new.y) {
        place(window, model);
    }
    if applied.is_maximized != model.is_maximized {
        window.set_maximized(model.is_maximized);
    }
    if applied.is_minimized != model.is_minimized {
        window.set_minimized(model.is_minimized);
    }
    if model.focus_requests != applied.focus_requests {
        window.focus_window();
    }
    if model.wants_attention && !applied.wants_attention {
        window.request_user_attention(Some(winit::window::UserAttentionType::Informational));
    }
}

fn place(window: &Window, model: &WindowModel) {
    if let (Some(x), Some(y)) = (model.settings.x, model.settings.y) {
        window.set_outer_position(PhysicalPosition::new(x, y));
    }
}

fn icon(model: &WindowModel) -> Option<Icon> {
    let (width, height, rgba) = model.icon.clone()?;
    Icon::from_rgba(rgba, width, height).ok()
}

fn fullscreen(model: &WindowModel, event_loop: &ActiveEventLoop) -> Option<Fullscreen> {
    if !model.settings.is_fullscreen {
        return None;
    }
    let monitor = event_loop
        .available_monitors()
        .nth(model.settings.display.saturating_sub(1) as usize);
    if model.settings.fullscreen_type == FullscreenType::Exclusive
        && let Some(mode) = monitor.as_ref().and_then(|monitor| {
            monitor
                .video_modes()
                .find(|mode| mode.size() == PhysicalSize::new(model.width, model.height))
        })
    {
        return Some(Fullscreen::Exclusive(mode));
    }
    Some(Fullscreen::Borderless(monitor))
}

fn describe(monitor: &winit::monitor::MonitorHandle) -> Display {
    let size = monitor.size();
    let mut modes: Vec<(u32, u32)> = monitor
        .video_modes()
        .map(|mode| (mode.size().width, mode.size().height))
        .collect();
    modes.sort_unstable_by(|a, b| b.cmp(a));
    modes.dedup();
    // Virtual displays report no rate or 0, and games divide by it.
    let rate = monitor
        .refresh_rate_millihertz()
        .map_or(0.0, |rate| f64::from(rate) / 1000.0);
    Display {
        name: monitor.name().unwrap_or_else(|| "display".to_owned()),
        width_pixels: size.width,
        height_pixels: size.height,
        scale: monitor.scale_factor(),
        refresh_rate_hertz: if rate >= 1.0 { rate } else { 60.0 },
        modes,
    }
}
