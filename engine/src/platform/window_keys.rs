//! From the window library's key names to LÖVE's.

use crate::input::keys::{key_name, key_of_scancode, scancode_name};
use winit::keyboard::{Key, KeyCode, NamedKey, PhysicalKey};

/// LÖVE's scancode of a physical key.
pub fn scancode_of(key: PhysicalKey) -> &'static str {
    match key {
        PhysicalKey::Code(code) => code_name(code),
        PhysicalKey::Unidentified(_) => "unknown",
    }
}

/// LÖVE's key of a logical key without modifiers; where the layout says nothing, the key a US keyboard has there.
pub fn key_of(logical: &Key, scancode: &'static str) -> &'static str {
    // Keypad keys print the same characters as others, but LÖVE keeps them apart.
    if scancode.starts_with("kp") {
        return key_of_scancode(scancode);
    }
    match logical {
        Key::Character(text) => {
            key_name(&text.to_lowercase()).unwrap_or_else(|| key_of_scancode(scancode))
        }
        Key::Named(NamedKey::Space) => "space",
        _ => key_of_scancode(scancode),
    }
}

fn code_name(code: KeyCode) -> &'static str {
    // Letters, digits and function keys have regular names.
    let printed = format!("{code:?}");
    if let Some(letter) = printed.strip_prefix("Key").filter(|rest| rest.len() == 1) {
        return scancode_name(&letter.to_lowercase()).unwrap_or("unknown");
    }
    if let Some(digit) = printed.strip_prefix("Digit") {
        return scancode_name(digit).unwrap_or("unknown");
    }
    if let Some(digit) = printed
        .strip_prefix("Numpad")
        .filter(|rest| rest.len() == 1)
    {
        return scancode_name(&format!("kp{digit}")).unwrap_or("unknown");
    }
    if printed.starts_with('F') && printed[1..].parse::<u32>().is_ok() {
        return scancode_name(&printed.to_lowercase()).unwrap_or("unknown");
    }
    NAMES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("unknown", |(_, name)| name)
}

const NAMES: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "return"),
    (KeyCode::Escape, "escape"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Tab, "tab"),
    (KeyCode::Space, "space"),
    (KeyCode::Minus, "-"),
    (KeyCode::Equal, "="),
    (KeyCode::BracketLeft, "["),
    (KeyCode::BracketRight, "]"),
    (KeyCode::Backslash, "\\"),
    (KeyCode::Semicolon, ";"),
    (KeyCode::Quote, "'"),
    (KeyCode::Backquote, "`"),
    (KeyCode::Comma, ","),
    (KeyCode::Period, "."),
    (KeyCode::Slash, "/"),
    (KeyCode::CapsLock, "capslock"),
    (KeyCode::PrintScreen, "printscreen"),
    (KeyCode::ScrollLock, "scrolllock"),
    (KeyCode::Pause, "pause"),
    (KeyCode::Insert, "insert"),
    (KeyCode::Home, "home"),
    (KeyCode::PageUp, "pageup"),
    (KeyCode::Delete, "delete"),
    (KeyCode::End, "end"),
    (KeyCode::PageDown, "pagedown"),
    (KeyCode::ArrowRight, "right"),
    (KeyCode::ArrowLeft, "left"),
    (KeyCode::ArrowDown, "down"),
    (KeyCode::ArrowUp, "up"),
    (KeyCode::NumLock, "numlock"),
    (KeyCode::NumpadDivide, "kp/"),
    (KeyCode::NumpadMultiply, "kp*"),
    (KeyCode::NumpadSubtract, "kp-"),
    (KeyCode::NumpadAdd, "kp+"),
    (KeyCode::NumpadEnter, "kpenter"),
    (KeyCode::NumpadDecimal, "kp."),
    (KeyCode::NumpadComma, "kp,"),
    (KeyCode::NumpadEqual, "kp="),
    (KeyCode::IntlBackslash, "nonusbackslash"),
    (KeyCode::IntlRo, "international1"),
    (KeyCode::IntlYen, "international3"),
    (KeyCode::ContextMenu, "application"),
    (KeyCode::Power, "power"),
    (KeyCode::Help, "help"),
    (KeyCode::Select, "select"),
    (KeyCode::Again, "again"),
    (KeyCode::Undo, "undo"),
    (KeyCode::Cut, "cut"),
    (KeyCode::Copy, "copy"),
    (KeyCode::Paste, "paste"),
    (KeyCode::Find, "find"),
    (KeyCode::AudioVolumeMute, "mute"),
    (KeyCode::AudioVolumeUp, "volumeup"),
    (KeyCode::AudioVolumeDown, "volumedown"),
    (KeyCode::ControlLeft, "lctrl"),
    (KeyCode::ShiftLeft, "lshift"),
    (KeyCode::AltLeft, "lalt"),
    (KeyCode::SuperLeft, "lgui"),
    (KeyCode::ControlRight, "rctrl"),
    (KeyCode::ShiftRight, "rshift"),
    (KeyCode::AltRight, "ralt"),
    (KeyCode::SuperRight, "rgui"),
    (KeyCode::MediaTrackNext, "audionext"),
    (KeyCode::MediaTrackPrevious, "audioprev"),
    (KeyCode::MediaStop, "audiostop"),
    (KeyCode::MediaPlayPause, "audioplay"),
    (KeyCode::MediaSelect, "mediaselect"),
    (KeyCode::LaunchMail, "mail"),
    (KeyCode::LaunchApp2, "calculator"),
    (KeyCode::LaunchApp1, "computer"),
    (KeyCode::BrowserSearch, "acsearch"),
    (KeyCode::BrowserHome, "achome"),
    (KeyCode::BrowserBack, "acback"),
    (KeyCode::BrowserForward, "acforward"),
    (KeyCode::BrowserStop, "acstop"),
    (KeyCode::BrowserRefresh, "acrefresh"),
    (KeyCode::BrowserFavorites, "acbookmarks"),
    (KeyCode::Eject, "eject"),
    (KeyCode::Sleep, "sleep"),
    (KeyCode::Lang1, "lang1"),
    (KeyCode::Lang2, "lang2"),
    (KeyCode::Lang3, "lang3"),
    (KeyCode::Lang4, "lang4"),
    (KeyCode::Lang5, "lang5"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_constant_of_love() {
        for (code, name) in NAMES {
            assert_eq!(scancode_name(name), Some(*name), "{code:?}");
        }
    }

    #[test]
    fn regular_names_and_layouts() {
        assert_eq!(code_name(KeyCode::KeyQ), "q");
        assert_eq!(code_name(KeyCode::Digit0), "0");
        assert_eq!(code_name(KeyCode::Numpad7), "kp7");
        assert_eq!(code_name(KeyCode::F24), "f24");
        assert_eq!(code_name(KeyCode::F35), "unknown");
        assert_eq!(key_of(&Key::Character("A".into()), "q"), "a");
        assert_eq!(key_of(&Key::Character("7".into()), "kp7"), "kp7");
        assert_eq!(key_of(&Key::Character("ß".into()), "-"), "-");
        assert_eq!(key_of(&Key::Named(NamedKey::Enter), "return"), "return");
    }
}
