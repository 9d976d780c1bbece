//! `love.window`, over the window model. Drawing follows through a hook, because the screen changes its size with the mode.

use super::window_mode::apply;
use super::{Module, context, enum_error};
use crate::platform::message_box::{self, Kind};
use crate::platform::{Display, FullscreenType, WindowModel, WindowSettings};
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;

/// `love.window`
pub static MODULE: Module = Module {
    name: "window",
    functions: FUNCTIONS,
    types: &[],
};

const SETTING_NAMES: &[&str] = &[
    "fullscreen",
    "fullscreentype",
    "vsync",
    "msaa",
    "stencil",
    "depth",
    "resizable",
    "minwidth",
    "minheight",
    "borderless",
    "centered",
    "display",
    "highdpi",
    "usedpiscale",
    "refreshrate",
    "x",
    "y",
];

static FUNCTIONS: &[Builtin] = builtins![
    "love.window.setMode", "(width: integer, height: integer, settings: table = nil) -> boolean", "Opens the window or changes it.", Effects::WRITES, set_mode;
    "love.window.updateMode", "(width: integer, height: integer, settings: table = nil) -> boolean | (settings: table) -> boolean", "Changes some settings of the window.", Effects::WRITES, update_mode;
    "love.window.getMode", "(settings: table = nil) -> integer, integer, table", "Size and settings.", Effects::ALLOCATES, get_mode;
    "love.window.setTitle", "(title: string)", "Sets the title.", Effects::WRITES, set_title;
    "love.window.getTitle", "() -> string", "The title.", Effects::READS, get_title;
    "love.window.setIcon", "(image: ImageData) -> boolean", "Sets the picture in the title bar.", Effects::WRITES, set_icon;
    "love.window.getIcon", "() -> ImageData?", "The picture in the title bar.", Effects::ALLOCATES, get_icon;
    "love.window.showMessageBox", "(title: string, message: string, type: string = \"info\", attached: boolean = true) -> boolean | (title: string, message: string, buttons: table, type: string = \"info\", attached: boolean = true) -> integer", "Shows a message. It goes to stderr, and the first button counts as pressed.", Effects::WRITES, show_message_box;
    "love.window.isOpen", "() -> boolean", "Whether the window is open.", Effects::READS, is_open;
    "love.window.close", "()", "Closes the window.", Effects::WRITES, close;
    "love.window.setFullscreen", "(fullscreen: boolean, type: string = nil) -> boolean", "Enters or leaves fullscreen.", Effects::WRITES, set_fullscreen;
    "love.window.getFullscreen", "() -> boolean, string", "Whether it is fullscreen, and how.", Effects::READS, get_fullscreen;
    "love.window.getFullscreenModes", "(display: integer = nil) -> table", "Sizes that a display offers.", Effects::ALLOCATES, get_fullscreen_modes;
    "love.window.getDesktopDimensions", "(display: integer = nil) -> integer, integer", "Size of the desktop.", Effects::READS, get_desktop_dimensions;
    "love.window.getDisplayCount", "() -> integer", "Number of displays.", Effects::READS, get_display_count;
    "love.window.getDisplayName", "(display: integer) -> string", "Name of a display.", Effects::READS, get_display_name;
    "love.window.getDisplayOrientation", "(display: integer = nil) -> string", "How a phone is held.", Effects::READS, get_display_orientation;
    "love.window.getDPIScale", "() -> number", "Pixels a unit.", Effects::READS, get_dpi_scale;
    "love.window.getNativeDPIScale", "() -> number", "Pixels a unit, as the system says.", Effects::READS, get_dpi_scale;
    "love.window.toPixels", "(x: number, y: number = nil) -> number, number?", "Units to pixels.", Effects::READS, to_pixels;
    "love.window.fromPixels", "(x: number, y: number = nil) -> number, number?", "Pixels to units.", Effects::READS, from_pixels;
    "love.window.getPosition", "() -> integer, integer, integer", "Place of the window and its display.", Effects::READS, get_position;
    "love.window.setPosition", "(x: integer, y: integer, display: integer = 1)", "Moves the window.", Effects::WRITES, set_position;
    "love.window.getSafeArea", "() -> integer, integer, integer, integer", "The part that no notch covers.", Effects::READS, get_safe_area;
    "love.window.getVSync", "() -> integer", "Whether presenting waits for the display.", Effects::READS, get_vsync;
    "love.window.setVSync", "(vsync: integer)", "Whether presenting waits for the display.", Effects::WRITES, set_vsync;
    "love.window.hasFocus", "() -> boolean", "Whether it has the keyboard.", Effects::READS, has_focus;
    "love.window.hasMouseFocus", "() -> boolean", "Whether the pointer is over it.", Effects::READS, has_mouse_focus;
    "love.window.isVisible", "() -> boolean", "Whether it can be seen.", Effects::READS, is_visible;
    "love.window.isMaximized", "() -> boolean", "Whether it fills the desktop.", Effects::READS, is_maximized;
    "love.window.isMinimized", "() -> boolean", "Whether it is in the task bar.", Effects::READS, is_minimized;
    "love.window.maximize", "()", "Makes it fill the desktop.", Effects::WRITES, maximize;
    "love.window.minimize", "()", "Puts it into the task bar.", Effects::WRITES, minimize;
    "love.window.restore", "()", "Undoes maximize and minimize.", Effects::WRITES, restore;
    "love.window.requestAttention", "(continuous: boolean = false)", "Asks for the user's attention.", Effects::WRITES, request_attention;
    "love.window.isDisplaySleepEnabled", "() -> boolean", "Whether the screen may go dark.", Effects::READS, is_display_sleep_enabled;
    "love.window.setDisplaySleepEnabled", "(enable: boolean)", "Whether the screen may go dark.", Effects::WRITES, set_display_sleep_enabled;
];

/// A field of a settings table, with the type that LÖVE asks for.
fn flag(
    call: &mut Call<'_>,
    table: Value,
    name: &str,
    wanted: &str,
) -> Result<Option<Value>, Raised> {
    let value = call.vm.field(table, name);
    if value.is_nil() {
        return Ok(None);
    }
    if value.type_name() != wanted {
        let got = value.type_name();
        return Err(call.error(format!(
            "bad value for field '{name}': {wanted} expected, got {got}"
        )));
    }
    Ok(Some(value))
}

fn boolean_flag(
    call: &mut Call<'_>,
    table: Value,
    name: &str,
    current: &mut bool,
) -> Result<(), Raised> {
    // Anything counts by whether it is true, as in LÖVE.
    let value = call.vm.field(table, name);
    if !value.is_nil() {
        *current = value.is_truthy();
    }
    Ok(())
}

fn number_flag(
    call: &mut Call<'_>,
    table: Value,
    name: &str,
    current: &mut u32,
) -> Result<(), Raised> {
    if let Some(value) = flag(call, table, name, "number")? {
        *current = value.as_number().unwrap_or(0.0) as u32;
    }
    Ok(())
}

/// The depth buffer: bits in LÖVE 11, whether there is one in 12.
fn read_depth(
    call: &mut Call<'_>,
    table: Value,
    settings: &mut WindowSettings,
) -> Result<(), Raised> {
    if !super::is_version_12(call.vm) {
        return number_flag(call, table, "depth", &mut settings.depth_bits);
    }
    let mut is_wanted = settings.depth_bits > 0;
    boolean_flag(call, table, "depth", &mut is_wanted)?;
    settings.depth_bits = if is_wanted { 24 } else { 0 };
    Ok(())
}

fn read_settings(
    call: &mut Call<'_>,
    index: u32,
    settings: &mut WindowSettings,
) -> Result<(), Raised> {
    let table = call.table_value(index)?;
    for (key, _) in call.vm.entries(table) {
        let name = key
            .string_bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        if let Some(name) = name.filter(|name| !SETTING_NAMES.contains(&name.as_str())) {
            return Err(enum_error(call, "window setting", SETTING_NAMES, &name));
        }
    }
    let fullscreen_type = call.vm.field(table, "fullscreentype");
    if let Some(bytes) = fullscreen_type.string_bytes() {
        let name = String::from_utf8_lossy(bytes).into_owned();
        settings.fullscreen_type = match FullscreenType::parse(&name) {
            Some(known) => known,
            None => {
                return Err(enum_error(
                    call,
                    "fullscreen type",
                    &["exclusive", "desktop"],
                    &name,
                ));
            }
        };
    }
    boolean_flag(call, table, "fullscreen", &mut settings.is_fullscreen)?;
    number_flag(call, table, "msaa", &mut settings.msaa)?;
    boolean_flag(call, table, "stencil", &mut settings.has_stencil)?;
    read_depth(call, table, settings)?;
    boolean_flag(call, table, "resizable", &mut settings.is_resizable)?;
    number_flag(call, table, "minwidth", &mut settings.min_width)?;
    number_flag(call, table, "minheight", &mut settings.min_height)?;
    boolean_flag(call, table, "borderless", &mut settings.is_borderless)?;
    boolean_flag(call, table, "centered", &mut settings.is_centered)?;
    number_flag(call, table, "display", &mut settings.display)?;
    boolean_flag(call, table, "highdpi", &mut settings.is_high_dpi)?;
    boolean_flag(call, table, "usedpiscale", &mut settings.uses_dpi_scale)?;
    let vsync = call.vm.field(table, "vsync");
    if let Some(number) = vsync.as_number() {
        settings.vsync = number as i32;
    } else if vsync.is_boolean() {
        settings.vsync = i32::from(vsync.is_truthy());
    }
    let x = call.vm.field(table, "x").as_number();
    let y = call.vm.field(table, "y").as_number();
    if x.is_some() || y.is_some() {
        settings.x = Some(x.unwrap_or(0.0) as i32);
        settings.y = Some(y.unwrap_or(0.0) as i32);
    }
    Ok(())
}

/// No window is larger: sizes are memory.
const LARGEST_SIDE: i32 = 16_384;

fn change_mode(
    call: &mut Call<'_>,
    width: i32,
    height: i32,
    settings: WindowSettings,
) -> NativeResult {
    if width > LARGEST_SIDE || height > LARGEST_SIDE || width < 0 || height < 0 {
        return call.one(Value::boolean(false));
    }
    context(call)
        .world
        .borrow_mut()
        .window
        .set_mode(width as u32, height as u32, settings);
    apply(call.vm)
        .map_err(|problem| call.error(format!("Could not set window mode: {problem}")))?;
    call.one(Value::boolean(true))
}

fn set_mode(call: &mut Call<'_>) -> NativeResult {
    let (width, height) = (call.integer(1)?, call.integer(2)?);
    let mut settings = WindowSettings::default();
    if !call.argument(3).is_nil() {
        read_settings(call, 3, &mut settings)?;
    }
    change_mode(call, width, height, settings)
}

fn update_mode(call: &mut Call<'_>) -> NativeResult {
    if call.argument_count() == 0 {
        return Err(call.error("Expected at least one argument"));
    }
    let window = context(call).world.borrow().window.clone();
    let (mut width, mut height) = (window.windowed_width as i32, window.windowed_height as i32);
    let mut settings = window.settings;
    let mut index = 1;
    if call.argument(1).is_number() {
        (width, height) = (call.integer(1)?, call.integer(2)?);
        index = 3;
    }
    if !call.argument(index).is_nil() {
        read_settings(call, index, &mut settings)?;
    }
    change_mode(call, width, height, settings)
}

fn get_mode(call: &mut Call<'_>) -> NativeResult {
    let window = context(call).world.borrow().window.clone();
    let table = if call.argument(1).is_table() {
        call.argument(1)
    } else {
        call.vm.new_table()
    };
    let settings = &window.settings;
    let rate = window
        .display(settings.display)
        .map_or(60.0, |display| display.refresh_rate_hertz);
    let kind = call.new_string(settings.fullscreen_type.name().as_bytes())?;
    for (name, value) in [
        ("fullscreentype", kind),
        ("fullscreen", Value::boolean(settings.is_fullscreen)),
        ("vsync", Value::number(f64::from(settings.vsync))),
        ("msaa", Value::number(f64::from(settings.msaa))),
        ("stencil", Value::boolean(settings.has_stencil)),
        ("depth", Value::number(f64::from(settings.depth_bits))),
        ("resizable", Value::boolean(settings.is_resizable)),
        ("minwidth", Value::number(f64::from(settings.min_width))),
        ("minheight", Value::number(f64::from(settings.min_height))),
        ("borderless", Value::boolean(settings.is_borderless)),
        ("centered", Value::boolean(settings.is_centered)),
        ("display", Value::number(f64::from(settings.display))),
        ("highdpi", Value::boolean(settings.is_high_dpi)),
        ("usedpiscale", Value::boolean(settings.uses_dpi_scale)),
        ("refreshrate", Value::number(rate)),
        ("x", Value::number(f64::from(settings.x.unwrap_or(0)))),
        ("y", Value::number(f64::from(settings.y.unwrap_or(0)))),
    ] {
        call.vm.set_field(table, name, value);
    }
    call.many(&[
        Value::number(f64::from(window.width)),
        Value::number(f64::from(window.height)),
        table,
    ])
}

/// Changes the model and lets the real window follow.
fn change(call: &mut Call<'_>, work: impl FnOnce(&mut WindowModel)) -> NativeResult {
    {
        let context = context(call);
        let window = &mut context.world.borrow_mut().window;
        work(window);
        window.revision += 1;
    }
    call.none()
}

fn read<T>(call: &Call<'_>, work: impl FnOnce(&WindowModel) -> T) -> T {
    work(&context(call).world.borrow().window)
}

fn set_title(call: &mut Call<'_>) -> NativeResult {
    let title = call.text(1)?;
    change(call, |window| window.title = title)
}

fn get_title(call: &mut Call<'_>) -> NativeResult {
    let title = read(call, |window| window.title.clone());
    call.one_string(title)
}

fn is_open(call: &mut Call<'_>) -> NativeResult {
    let is_open = read(call, |window| window.is_open);
    call.one(Value::boolean(is_open))
}

fn close(call: &mut Call<'_>) -> NativeResult {
    change(call, WindowModel::close)
}

fn set_fullscreen(call: &mut Call<'_>) -> NativeResult {
    let is_fullscreen = call.boolean(1)?;
    let kind = match call.optional_string(2)? {
        None => read(call, |window| window.settings.fullscreen_type),
        Some(bytes) => {
            let name = String::from_utf8_lossy(bytes).into_owned();
            match FullscreenType::parse(&name) {
                Some(kind) => kind,
                None => {
                    return Err(enum_error(
                        call,
                        "fullscreen type",
                        &["exclusive", "desktop"],
                        &name,
                    ));
                }
            }
        }
    };
    context(call)
        .world
        .borrow_mut()
        .window
        .set_fullscreen(is_fullscreen, kind);
    apply(call.vm).map_err(|problem| call.error(problem))?;
    call.one(Value::boolean(true))
}

fn get_fullscreen(call: &mut Call<'_>) -> NativeResult {
    let (is_fullscreen, kind) = read(call, |window| {
        (
            window.settings.is_fullscreen,
            window.settings.fullscreen_type.name(),
        )
    });
    let kind = call.new_string(kind.as_bytes())?;
    call.many(&[Value::boolean(is_fullscreen), kind])
}

/// The display that argument `index` numbers, or the window's.
fn display(call: &mut Call<'_>, index: u32) -> Result<Display, Raised> {
    let current = read(call, |window| window.settings.display);
    let number = call.optional_integer(index, current as i32)?;
    let found = read(call, |window| window.display(number.max(0) as u32).cloned());
    Ok(found.unwrap_or_default())
}

fn get_fullscreen_modes(call: &mut Call<'_>) -> NativeResult {
    let modes = display(call, 1)?.modes;
    let list = call.vm.new_table();
    for (index, (width, height)) in modes.iter().enumerate() {
        let mode = call.vm.new_table();
        call.vm
            .set_field(mode, "width", Value::number(f64::from(*width)));
        call.vm
            .set_field(mode, "height", Value::number(f64::from(*height)));
        call.vm.raw_set_index(list, index as i64 + 1, mode)?;
    }
    call.one(list)
}

fn get_desktop_dimensions(call: &mut Call<'_>) -> NativeResult {
    let display = display(call, 1)?;
    call.many(&[
        Value::number(f64::from(display.width_pixels)),
        Value::number(f64::from(display.height_pixels)),
    ])
}

fn get_display_count(call: &mut Call<'_>) -> NativeResult {
    let count = read(call, |window| window.displays.len());
    call.one(count as f64)
}

fn get_display_name(call: &mut Call<'_>) -> NativeResult {
    call.integer(1)?;
    let name = display(call, 1)?.name;
    call.one_string(name)
}

fn get_display_orientation(call: &mut Call<'_>) -> NativeResult {
    call.one_string("unknown")
}

fn get_dpi_scale(call: &mut Call<'_>) -> NativeResult {
    let scale = read(call, |window| window.dpi_scale);
    call.one(scale)
}

fn scaled(call: &mut Call<'_>, factor: f64) -> NativeResult {
    let x = call.number(1)? * factor;
    if call.argument(2).is_nil() {
        return call.one(x);
    }
    let y = call.number(2)? * factor;
    call.many(&[Value::number(x), Value::number(y)])
}

fn to_pixels(call: &mut Call<'_>) -> NativeResult {
    let scale = read(call, |window| window.dpi_scale);
    scaled(call, scale)
}

fn from_pixels(call: &mut Call<'_>) -> NativeResult {
    let scale = read(call, |window| window.dpi_scale);
    scaled(call, 1.0 / scale)
}

fn get_position(call: &mut Call<'_>) -> NativeResult {
    let (x, y, display) = read(call, |window| {
        (
            window.settings.x,
            window.settings.y,
            window.settings.display,
        )
    });
    call.many(&[
        Value::number(f64::from(x.unwrap_or(0))),
        Value::number(f64::from(y.unwrap_or(0))),
        Value::number(f64::from(display)),
    ])
}

fn set_position(call: &mut Call<'_>) -> NativeResult {
    let (x, y, display) = (
        call.integer(1)?,
        call.integer(2)?,
        call.optional_integer(3, 1)?,
    );
    change(call, |window| {
        (window.settings.x, window.settings.y) = (Some(x), Some(y));
        window.settings.display = display.max(1) as u32;
    })
}

fn get_safe_area(call: &mut Call<'_>) -> NativeResult {
    let (width, height) = read(call, |window| (window.width, window.height));
    let sides = [0.0, 0.0, f64::from(width), f64::from(height)].map(Value::number);
    call.many(&sides)
}

fn get_vsync(call: &mut Call<'_>) -> NativeResult {
    let vsync = read(call, |window| window.settings.vsync);
    call.one(f64::from(vsync))
}

fn set_vsync(call: &mut Call<'_>) -> NativeResult {
    let value = call.argument(1);
    let vsync = if value.is_boolean() {
        i32::from(value.is_truthy())
    } else {
        call.integer(1)?
    };
    change(call, |window| window.settings.vsync = vsync)
}

fn has_focus(call: &mut Call<'_>) -> NativeResult {
    let has_focus = context(call).world.borrow().input.has_focus;
    call.one(Value::boolean(has_focus))
}

fn has_mouse_focus(call: &mut Call<'_>) -> NativeResult {
    let has_focus = context(call).world.borrow().input.has_mouse_focus;
    call.one(Value::boolean(has_focus))
}

fn is_visible(call: &mut Call<'_>) -> NativeResult {
    let is_visible = context(call).world.borrow().input.is_visible;
    call.one(Value::boolean(is_visible))
}

fn is_maximized(call: &mut Call<'_>) -> NativeResult {
    let is_maximized = read(call, |window| window.is_maximized);
    call.one(Value::boolean(is_maximized))
}

fn is_minimized(call: &mut Call<'_>) -> NativeResult {
    let is_minimized = read(call, |window| window.is_minimized);
    call.one(Value::boolean(is_minimized))
}

fn maximize(call: &mut Call<'_>) -> NativeResult {
    change(call, |window| window.is_maximized = true)
}

fn minimize(call: &mut Call<'_>) -> NativeResult {
    change(call, |window| window.is_minimized = true)
}

fn restore(call: &mut Call<'_>) -> NativeResult {
    change(call, |window| {
        (window.is_maximized, window.is_minimized) = (false, false)
    })
}

fn request_attention(call: &mut Call<'_>) -> NativeResult {
    change(call, |window| window.wants_attention = true)
}

fn is_display_sleep_enabled(call: &mut Call<'_>) -> NativeResult {
    let is_allowed = read(call, |window| window.allows_display_sleep);
    call.one(Value::boolean(is_allowed))
}

fn set_display_sleep_enabled(call: &mut Call<'_>) -> NativeResult {
    let is_allowed = call.boolean(1)?;
    change(call, |window| window.allows_display_sleep = is_allowed)
}

fn set_icon(call: &mut Call<'_>) -> NativeResult {
    let picture = super::image::image_argument(call, 1)?;
    let icon = (
        picture.width(),
        picture.height(),
        picture.to_rgba8().into_owned(),
    );
    {
        let context = context(call);
        let window = &mut context.world.borrow_mut().window;
        window.icon = Some(icon);
        window.revision += 1;
    }
    call.one(Value::boolean(true))
}

fn get_icon(call: &mut Call<'_>) -> NativeResult {
    let Some((width, height, rgba)) = read(call, |window| window.icon.clone()) else {
        return call.one(Value::NIL);
    };
    let format = crate::image::PixelFormat::Rgba8;
    match crate::image::ImageData::from_raw_bytes(
        i64::from(width),
        i64::from(height),
        format,
        &rgba,
    ) {
        Ok(picture) => {
            let value = super::image::push_image_data(call.vm, picture);
            call.one(value)
        }
        Err(problem) => Err(call.error(problem.to_string())),
    }
}

/// Labels and the button that closing the box without an answer means (from 0).
fn message_box_buttons(call: &mut Call<'_>) -> Result<(Vec<String>, Option<usize>), Raised> {
    let table = call.argument(3);
    let count = call.vm.raw_length(table);
    if count == 0 {
        return Err(call.error("Must have at least one messagebox button."));
    }
    let mut labels = Vec::new();
    for index in 1..=count {
        let label = call.vm.raw_get_index(table, index as i64);
        match call.vm.string_or_number_bytes(label) {
            Some(bytes) => labels.push(String::from_utf8_lossy(&bytes).into_owned()),
            None => return Err(call.error("Must have at least one messagebox button.")),
        }
    }
    let escape = call.vm.field(table, "escapebutton").as_number();
    let escape = escape.map(|number| number as usize);
    Ok((
        labels,
        escape
            .and_then(|number| number.checked_sub(1))
            .filter(|&index| index < count),
    ))
}

fn show_message_box(call: &mut Call<'_>) -> NativeResult {
    let (title, message) = (call.text(1)?, call.text(2)?);
    let has_buttons = call.argument(3).is_table();
    let (buttons, escape) = if has_buttons {
        message_box_buttons(call)?
    } else {
        (vec!["OK".to_owned()], None)
    };
    let kind_index = if has_buttons { 4 } else { 3 };
    let mut kind = Kind::Information;
    if let Some(bytes) = call.optional_string(kind_index)? {
        let name = String::from_utf8_lossy(bytes).into_owned();
        let kinds = &["error", "warning", "info"];
        kind = match name.as_str() {
            "error" => Kind::Error,
            "warning" => Kind::Warning,
            "info" => Kind::Information,
            _ => return Err(enum_error(call, "messagebox type", kinds, &name)),
        };
    }
    let is_headless = context(call).world.borrow().is_headless;
    let pressed = if is_headless {
        None
    } else {
        message_box::show(kind, &title, &message, &buttons).or(escape)
    };
    if pressed.is_none() {
        eprintln!("{title}: {message}");
    }
    if has_buttons {
        call.one(pressed.unwrap_or(0) as f64 + 1.0)
    } else {
        call.one(Value::boolean(true))
    }
}
