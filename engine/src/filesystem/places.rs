//! Where each system keeps a user's files.

/// The folder under the user's data that holds the save directories of all games.
pub const LOVE_FOLDER: &str = if cfg!(any(target_os = "windows", target_os = "macos")) {
    "LOVE"
} else {
    "love"
};

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's home folder, ending in a slash.
pub fn user_directory() -> String {
    let name = if cfg!(target_os = "windows") {
        "USERPROFILE"
    } else {
        "HOME"
    };
    let home =
        variable(name).unwrap_or_else(|| std::env::temp_dir().to_string_lossy().into_owned());
    let home = home.replace('\\', "/");
    format!("{}/", home.trim_end_matches('/'))
}

/// The user's data folder: $XDG_DATA_HOME or ~/.local/share, %APPDATA%, ~/Library/Application Support.
pub fn appdata_directory() -> String {
    let home = user_directory();
    if cfg!(target_os = "windows") {
        variable("APPDATA").map_or(home, |folder| folder.replace('\\', "/"))
    } else if cfg!(target_os = "macos") {
        format!("{home}Library/Application Support")
    } else {
        std::env::var("XDG_DATA_HOME").unwrap_or_else(|_| format!("{home}.local/share/"))
    }
}
