//! The files of a game: an overlay of folders and archives to read from, and one folder to write to.
//!
//! ```text
//! read "a/b.png"  →  save directory · mounts · source   (first that has it; the order is the search path)
//! write "x.txt"   →  save directory only, as a whole or not at all
//! ```
//!
//! The rules are those of PhysFS as LÖVE uses it: paths are relative with `/`; a leading `/` and doubled ones do not
//! count; `..`, `.`, `\` and `:` are refused. The save directory joins the search path when it exists or is first written
//! to; `setIdentity` moves it. Folder listings are sorted.
//!
//! archive.rs reads one place, path.rs checks names, places.rs knows the machine's folders, file.rs is an open file.

mod archive;
mod file;
mod path;
mod places;

pub use archive::{Archive, FileInfo, FileType};
pub use file::{BufferMode, FileMode, GameFile};
pub use places::{appdata_directory, user_directory};

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

struct Mount {
    /// Where it is on the machine, or the name given for data in memory.
    real_path: String,
    /// The folder it appears in, "" for the root.
    mount_point: String,
    archive: Archive,
}

/// The files of one game.
#[derive(Default)]
pub struct Filesystem {
    mounts: Vec<Mount>,
    source: String,
    identity: String,
    save_directory: String,
    is_fused: bool,
    is_write_directory_ready: bool,
    /// Where saves go instead of the user's data folder (tests).
    appdata_override: Option<PathBuf>,
    /// Patterns of `require`.
    pub require_path: Vec<String>,
    /// Patterns for native libraries; kept for games that set them, never searched.
    pub c_require_path: Vec<String>,
    /// Whether links may be followed.
    pub follows_symlinks: bool,
}

impl Filesystem {
    /// A filesystem without a game.
    pub fn new() -> Filesystem {
        Filesystem {
            require_path: vec!["?.lua".to_owned(), "?/init.lua".to_owned()],
            c_require_path: vec!["??".to_owned()],
            follows_symlinks: true,
            ..Filesystem::default()
        }
    }

    /// Keeps saves under another folder than the user's.
    pub fn with_appdata(mut self, folder: PathBuf) -> Filesystem {
        self.appdata_override = Some(folder);
        self
    }

    /// The folder under which save directories lie.
    pub fn appdata_directory(&self) -> String {
        match &self.appdata_override {
            Some(folder) => folder.to_string_lossy().into_owned(),
            None => appdata_directory(),
        }
    }

    /// Reads the game from a folder or archive. The error is a sentence fragment.
    pub fn set_source(&mut self, path: &Path) -> Result<(), String> {
        if !self.source.is_empty() {
            return Err("a source is set already".to_owned());
        }
        let archive = Archive::open(path)?;
        let real_path = path.to_string_lossy().trim_end_matches('/').to_owned();
        self.source.clone_from(&real_path);
        self.mounts.push(Mount {
            real_path,
            mount_point: String::new(),
            archive,
        });
        Ok(())
    }

    /// The game's folder or archive.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The folder that the source lies in.
    pub fn source_base_directory(&self) -> String {
        match self.source.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((base, _)) => base.to_owned(),
            None => String::new(),
        }
    }

    /// Says whether program and game are one file.
    pub fn set_fused(&mut self, is_fused: bool) {
        self.is_fused = is_fused;
    }

    /// Whether program and game are one file.
    pub fn is_fused(&self) -> bool {
        self.is_fused
    }

    /// Names the save directory; `appends` searches it after everything else.
    pub fn set_identity(&mut self, identity: &str, appends: bool) {
        let old = std::mem::take(&mut self.save_directory);
        let appdata = self.appdata_directory();
        identity.clone_into(&mut self.identity);
        let folder = if self.is_fused {
            String::new()
        } else {
            format!("{}/", places::LOVE_FOLDER)
        };
        self.save_directory = normalize(&format!("{appdata}/{folder}{identity}"));
        if !old.is_empty() {
            self.mounts.retain(|mount| mount.real_path != old);
        }
        self.is_write_directory_ready = false;
        let path = PathBuf::from(&self.save_directory);
        if path.is_dir() {
            self.mount_real(&path, "", appends);
        }
    }

    /// The game's identity.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The folder that writes go to, whether it exists or not.
    pub fn save_directory(&self) -> &str {
        &self.save_directory
    }

    fn mount_real(&mut self, path: &Path, mount_point: &str, appends: bool) -> bool {
        let real_path = path.to_string_lossy().into_owned();
        if self.mounts.iter().any(|mount| mount.real_path == real_path) {
            return true; // PhysFS: mounting again changes nothing
        }
        let Ok(archive) = Archive::open(path) else {
            return false;
        };
        self.add_mount(
            Mount {
                real_path,
                mount_point: mount_point.to_owned(),
                archive,
            },
            appends,
        );
        true
    }

    fn add_mount(&mut self, mount: Mount, appends: bool) {
        if appends {
            self.mounts.push(mount);
        } else {
            self.mounts.insert(0, mount);
        }
    }

    /// Mounts an archive or folder that the save directory (or another mount) has.
    pub fn mount(&mut self, archive: &str, mount_point: &str, appends: bool) -> bool {
        let Some(mount_point) = path::sanitize(mount_point) else {
            return false;
        };
        let Some(real_path) = self.real_path_for_mount(archive) else {
            return false;
        };
        self.mount_real(Path::new(&real_path), &mount_point, appends)
    }

    fn real_path_for_mount(&self, archive: &str) -> Option<String> {
        if self.is_fused && archive == self.source_base_directory() {
            return Some(archive.to_owned());
        }
        if archive.is_empty() || archive == "/" || archive.contains("..") {
            return None;
        }
        let folder = self.real_directory(archive)?;
        if folder.starts_with(&self.source) {
            return None;
        }
        Some(format!("{folder}/{archive}"))
    }

    /// Mounts a zip archive in memory under a name.
    pub fn mount_data(
        &mut self,
        bytes: Vec<u8>,
        name: &str,
        mount_point: &str,
        appends: bool,
    ) -> bool {
        let Some(mount_point) = path::sanitize(mount_point) else {
            return false;
        };
        if self.mounts.iter().any(|mount| mount.real_path == name) {
            return true;
        }
        let Ok(archive) = Archive::from_bytes(bytes) else {
            return false;
        };
        self.add_mount(
            Mount {
                real_path: name.to_owned(),
                mount_point,
                archive,
            },
            appends,
        );
        true
    }

    /// Takes a mounted archive away, by the name it was mounted with.
    pub fn unmount(&mut self, archive: &str) -> bool {
        let real_path = self.real_path_for_mount(archive);
        let before = self.mounts.len();
        let source = self.source.clone();
        self.mounts.retain(|mount| {
            mount.real_path == source
                || (mount.real_path != archive && Some(&mount.real_path) != real_path.as_ref())
        });
        self.mounts.len() < before
    }

    /// Whether what lies at a path is outside the save directory.
    pub fn is_read_only(&self, path: &str) -> bool {
        self.real_directory(path)
            .is_none_or(|folder| folder != self.save_directory)
    }

    /// Mounts a folder or archive of the machine (LÖVE 12); false if it is mounted already or cannot be read.
    pub fn mount_full_path(&mut self, place: &str, mount_point: &str, appends: bool) -> bool {
        let Some(mount_point) = path::sanitize(mount_point) else {
            return false;
        };
        let place = place.trim_end_matches('/');
        if self
            .mounts
            .iter()
            .any(|mount| mount.real_path.trim_end_matches('/') == place)
        {
            return false;
        }
        self.mount_real(Path::new(place), &mount_point, appends)
    }

    /// Takes away what [`Filesystem::mount_full_path`] mounted.
    pub fn unmount_full_path(&mut self, place: &str) -> bool {
        let place = place.trim_end_matches('/');
        let before = self.mounts.len();
        let own = [self.source.clone(), self.save_directory.clone()];
        self.mounts.retain(|mount| {
            own.contains(&mount.real_path) || mount.real_path.trim_end_matches('/') != place
        });
        self.mounts.len() < before
    }

    /// The mount that has a path, and the path inside it.
    fn find(&self, sanitized: &str) -> Option<(&Mount, String)> {
        self.mounts.iter().find_map(|mount| {
            let inner = path::inside(sanitized, &mount.mount_point)?;
            mount.archive.info(inner).map(|_| (mount, inner.to_owned()))
        })
    }

    /// What lies at a path.
    pub fn info(&self, path: &str) -> Option<FileInfo> {
        let sanitized = path::sanitize(path)?;
        let virtual_folder = FileInfo {
            file_type: FileType::Directory,
            size_bytes: None,
            modified_seconds: None,
        };
        if sanitized.is_empty() {
            return Some(virtual_folder);
        }
        if let Some((mount, inner)) = self.find(&sanitized) {
            return mount.archive.info(&inner);
        }
        let prefix = format!("{sanitized}/");
        let is_part = self
            .mounts
            .iter()
            .any(|mount| mount.mount_point == sanitized || mount.mount_point.starts_with(&prefix));
        is_part.then_some(virtual_folder)
    }

    /// The folder or archive of the machine that a path comes from.
    pub fn real_directory(&self, path: &str) -> Option<String> {
        let sanitized = path::sanitize(path)?;
        self.find(&sanitized)
            .map(|(mount, _)| mount.real_path.clone())
    }

    /// The bytes of a file. The error is LÖVE's sentence.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let Some(sanitized) = path::sanitize(path) else {
            return Err(format!("Could not open file {path}. Does not exist."));
        };
        match self.find(&sanitized) {
            None => Err(format!("Could not open file {path}. Does not exist.")),
            Some((mount, inner)) => mount
                .archive
                .read(&inner)
                .map_err(|problem| format!("Could not open file {path} ({problem})")),
        }
    }

    /// Names in a folder, sorted; empty when there is no such folder.
    pub fn directory_items(&self, path: &str) -> Vec<String> {
        let Some(sanitized) = path::sanitize(path) else {
            return Vec::new();
        };
        let mut items = BTreeSet::new();
        for mount in &self.mounts {
            if let Some(inner) = path::inside(&sanitized, &mount.mount_point) {
                items.extend(mount.archive.list(inner));
            } else if let Some(rest) = path::inside(&mount.mount_point, &sanitized)
                && let Some(first) = rest.split('/').next().filter(|first| !first.is_empty())
            {
                items.insert(first.to_owned());
            }
        }
        items.into_iter().collect()
    }

    /// Makes the save directory and puts it into the search path.
    fn prepare_write_directory(&mut self) -> bool {
        if self.is_write_directory_ready {
            return true;
        }
        if self.identity.is_empty() || self.save_directory.is_empty() {
            return false;
        }
        let path = PathBuf::from(&self.save_directory);
        if std::fs::create_dir_all(&path).is_err() || !self.mount_real(&path, "", false) {
            return false;
        }
        self.is_write_directory_ready = true;
        true
    }

    /// The place of the machine that a path is written to. The error is LÖVE's sentence.
    fn write_path(&mut self, path: &str) -> Result<PathBuf, String> {
        if !self.prepare_write_directory() {
            return Err("Could not set write directory.".to_owned());
        }
        match path::sanitize(path) {
            Some(sanitized) if !sanitized.is_empty() => {
                Ok(Path::new(&self.save_directory).join(sanitized))
            }
            _ => Err(format!(
                "Could not open file {path} (filename is illegal or insecure)"
            )),
        }
    }

    /// Replaces a file of the save directory, whole or not at all. The error is LÖVE's sentence.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let target = self.write_path(path)?;
        replace_file(&target, bytes).map_err(|problem| {
            format!(
                "Could not open file {path} ({})",
                archive::describe(&problem)
            )
        })
    }

    /// Adds to a file of the save directory, creating it if need be. The error is LÖVE's sentence.
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let target = self.write_path(path)?;
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(target)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|problem| {
                format!(
                    "Could not open file {path} ({})",
                    archive::describe(&problem)
                )
            })
    }

    /// Creates a folder of the save directory with its parents.
    pub fn create_directory(&mut self, path: &str) -> bool {
        if !self.prepare_write_directory() {
            return false;
        }
        match path::sanitize(path) {
            Some(sanitized) => {
                std::fs::create_dir_all(Path::new(&self.save_directory).join(sanitized)).is_ok()
            }
            None => false,
        }
    }

    /// Removes a file or an empty folder of the save directory.
    pub fn remove(&mut self, path: &str) -> bool {
        let Ok(target) = self.write_path(path) else {
            return false;
        };
        match std::fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_dir() => std::fs::remove_dir(target).is_ok(),
            Ok(_) => std::fs::remove_file(target).is_ok(),
            Err(_) => false,
        }
    }

    /// The file that `require` loads for a module name, by the require path.
    pub fn module_file(&self, module: &str) -> Option<String> {
        let name = module.replace('.', "/");
        self.require_path
            .iter()
            .map(|pattern| pattern.replace('?', &name))
            .find(|candidate| {
                self.info(candidate)
                    .is_some_and(|info| info.file_type != FileType::Directory)
            })
    }
}

/// Writes beside the file and renames, so that a reader or a crash sees the old bytes or the new ones.
fn replace_file(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if target.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(name);
    let written =
        std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, target));
    if written.is_err() {
        // What is left of the attempt is of no use; a failure to remove it changes nothing.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Doubled slashes become one.
fn normalize(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !normal.ends_with('/') {
            normal.push(character);
        }
    }
    normal
}

#[cfg(test)]
mod tests;
