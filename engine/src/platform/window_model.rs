//! The window as games see it: settings, size, title, displays, without the window library.
//!
//! Games change the model at any moment (`love.window.setMode` deep inside a call); the driver compares it with the real
//! window when it next has control and makes the window follow. That works because everything draws into a texture of our
//! own: the game's size is right at once even if the window system is slow. Headless runs have the model only.

use std::path::PathBuf;

/// What a display can show.
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    /// Its name.
    pub name: String,
    /// Width of the desktop on it, in pixels.
    pub width_pixels: u32,
    /// Height of the desktop on it, in pixels.
    pub height_pixels: u32,
    /// Pixels a unit.
    pub scale: f64,
    /// Frames a second; never 0, because games divide by it.
    pub refresh_rate_hertz: f64,
    /// Resolutions it offers, largest first.
    pub modes: Vec<(u32, u32)>,
}

impl Default for Display {
    fn default() -> Display {
        Display {
            name: "headless".to_owned(),
            width_pixels: 1920,
            height_pixels: 1080,
            scale: 1.0,
            refresh_rate_hertz: 60.0,
            modes: vec![(1920, 1080), (1280, 720), (800, 600)],
        }
    }
}

/// How fullscreen takes the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FullscreenType {
    /// A borderless window over the desktop.
    #[default]
    Desktop,
    /// The display changes its resolution.
    Exclusive,
}

impl FullscreenType {
    /// LÖVE's constant.
    pub fn name(self) -> &'static str {
        match self {
            FullscreenType::Desktop => "desktop",
            FullscreenType::Exclusive => "exclusive",
        }
    }

    /// Reads LÖVE's constant; `normal` is the old name of `exclusive`.
    pub fn parse(name: &str) -> Option<FullscreenType> {
        match name {
            "desktop" => Some(FullscreenType::Desktop),
            "exclusive" | "normal" => Some(FullscreenType::Exclusive),
            _ => None,
        }
    }
}

/// The flags of `love.window.setMode`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSettings {
    /// Whether it covers a display.
    pub is_fullscreen: bool,
    /// How it covers the display.
    pub fullscreen_type: FullscreenType,
    /// 1 waits for the display, 0 does not, -1 waits unless late.
    pub vsync: i32,
    /// Samples a pixel.
    pub msaa: u32,
    /// Whether there is a stencil buffer.
    pub has_stencil: bool,
    /// Bits of depth buffer.
    pub depth_bits: u32,
    /// Whether the user may resize it.
    pub is_resizable: bool,
    /// Whether it has no frame.
    pub is_borderless: bool,
    /// Whether it opens in the middle of its display.
    pub is_centered: bool,
    /// Display number, from 1.
    pub display: u32,
    /// Whether a unit may have more than one pixel.
    pub is_high_dpi: bool,
    /// Whether units are scaled by the display's scale.
    pub uses_dpi_scale: bool,
    /// Least width the user may give it.
    pub min_width: u32,
    /// Least height.
    pub min_height: u32,
    /// Horizontal place, if the game chose one.
    pub x: Option<i32>,
    /// Vertical place.
    pub y: Option<i32>,
}

impl Default for WindowSettings {
    fn default() -> WindowSettings {
        WindowSettings {
            is_fullscreen: false,
            fullscreen_type: FullscreenType::Desktop,
            vsync: 1,
            msaa: 0,
            has_stencil: true,
            depth_bits: 0,
            is_resizable: false,
            is_borderless: false,
            is_centered: true,
            display: 1,
            is_high_dpi: false,
            uses_dpi_scale: true,
            min_width: 1,
            min_height: 1,
            x: None,
            y: None,
        }
    }
}

/// The window's state. `revision` grows with every change the driver has to make real.
#[derive(Clone, Debug)]
pub struct WindowModel {
    /// Whether the game has opened it.
    pub is_open: bool,
    /// Width of the drawable area in units.
    pub width: u32,
    /// Height of the drawable area in units.
    pub height: u32,
    /// Width that leaving fullscreen restores.
    pub windowed_width: u32,
    /// Height that leaving fullscreen restores.
    pub windowed_height: u32,
    /// The flags.
    pub settings: WindowSettings,
    /// The title.
    pub title: String,
    /// The icon: width, height, RGBA bytes.
    pub icon: Option<(u32, u32, Vec<u8>)>,
    /// The displays of the machine; at least one.
    pub displays: Vec<Display>,
    /// Whether the system may blank the screen.
    pub allows_display_sleep: bool,
    /// Whether it is as large as the desktop allows.
    pub is_maximized: bool,
    /// Whether it is hidden in the task bar.
    pub is_minimized: bool,
    /// Counts the game's wishes for the keyboard's focus.
    pub focus_requests: u64,
    /// Whether the user's attention is asked for.
    pub wants_attention: bool,
    /// Pixels a unit of the drawable area.
    pub dpi_scale: f64,
    /// Counts changes.
    pub revision: u64,
    /// Screenshots asked for by the game, written when the frame is presented.
    pub pending_screenshots: Vec<PathBuf>,
}

impl Default for WindowModel {
    fn default() -> WindowModel {
        WindowModel {
            is_open: false,
            width: 800,
            height: 600,
            windowed_width: 800,
            windowed_height: 600,
            settings: WindowSettings::default(),
            title: "Untitled".to_owned(),
            icon: None,
            displays: vec![Display::default()],
            allows_display_sleep: false,
            is_maximized: false,
            is_minimized: false,
            focus_requests: 0,
            wants_attention: false,
            dpi_scale: 1.0,
            revision: 0,
            pending_screenshots: Vec::new(),
        }
    }
}

impl WindowModel {
    /// The display with LÖVE's number (from 1), if there is one.
    pub fn display(&self, number: u32) -> Option<&Display> {
        self.displays.get((number as usize).checked_sub(1)?)
    }

    fn desktop_size(&self) -> (u32, u32) {
        self.display(self.settings.display)
            .or(self.displays.first())
            .map_or((self.width, self.height), |display| {
                (display.width_pixels, display.height_pixels)
            })
    }

    /// `love.window.setMode`: a width or height of 0 is the desktop's.
    pub fn set_mode(&mut self, width: u32, height: u32, settings: WindowSettings) {
        self.settings = settings;
        if self.display(self.settings.display).is_none() {
            self.settings.display = 1;
        }
        let desktop = self.desktop_size();
        let width = if width == 0 { desktop.0 } else { width };
        let height = if height == 0 { desktop.1 } else { height };
        (self.windowed_width, self.windowed_height) = (width, height);
        (self.width, self.height) = self.effective_size();
        self.is_open = true;
        self.revision += 1;
    }

    fn effective_size(&self) -> (u32, u32) {
        match (self.settings.is_fullscreen, self.settings.fullscreen_type) {
            (true, FullscreenType::Desktop) => self.desktop_size(),
            _ => (
                self.windowed_width.max(self.settings.min_width).max(1),
                self.windowed_height.max(self.settings.min_height).max(1),
            ),
        }
    }

    /// `love.window.setFullscreen`. Answers whether the size changed.
    pub fn set_fullscreen(&mut self, is_fullscreen: bool, fullscreen_type: FullscreenType) -> bool {
        let before = (self.width, self.height);
        self.settings.is_fullscreen = is_fullscreen;
        self.settings.fullscreen_type = fullscreen_type;
        (self.width, self.height) = self.effective_size();
        self.revision += 1;
        before != (self.width, self.height)
    }

    /// The user or the system gave the window another size, in units.
    pub fn resized(&mut self, width: u32, height: u32) {
        (self.width, self.height) = (width.max(1), height.max(1));
        if !self.settings.is_fullscreen {
            (self.windowed_width, self.windowed_height) = (self.width, self.height);
        }
    }

    /// Closes it (`love.window.close`).
    pub fn close(&mut self) {
        self.is_open = false;
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_means_the_desktop_and_fullscreen_restores() {
        let mut window = WindowModel::default();
        window.set_mode(0, 0, WindowSettings::default());
        assert_eq!((window.width, window.height), (1920, 1080));
        window.set_mode(320, 200, WindowSettings::default());
        assert!(window.set_fullscreen(true, FullscreenType::Desktop));
        assert_eq!((window.width, window.height), (1920, 1080));
        assert!(window.set_fullscreen(false, FullscreenType::Desktop));
        assert_eq!((window.width, window.height), (320, 200));
        assert!(!window.set_fullscreen(false, FullscreenType::Exclusive));
    }

    #[test]
    fn a_display_that_does_not_exist_becomes_the_first() {
        let mut window = WindowModel::default();
        window.set_mode(
            10,
            10,
            WindowSettings {
                display: 9,
                ..WindowSettings::default()
            },
        );
        assert_eq!(window.settings.display, 1);
        assert!(window.display(0).is_none());
    }
}
