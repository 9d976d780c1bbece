//! One place that files come from: a folder of the machine or a zip archive (a .love file, or data in memory).
//!
//! Paths are relative, separated by `/`, already checked by `super::path`. A zip is indexed once; folders without an entry of
//! their own exist as soon as something lies in them.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A file with bytes.
    File,
    /// A folder.
    Directory,
    /// A link.
    Symlink,
    /// Anything else.
    Other,
}

impl FileType {
    /// LÖVE's constant.
    pub fn name(self) -> &'static str {
        match self {
            FileType::File => "file",
            FileType::Directory => "directory",
            FileType::Symlink => "symlink",
            FileType::Other => "other",
        }
    }
}

/// What `love.filesystem.getInfo` answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileInfo {
    /// Kind of the file.
    pub file_type: FileType,
    /// Bytes, if known.
    pub size_bytes: Option<u64>,
    /// Seconds since 1970, if known.
    pub modified_seconds: Option<i64>,
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

struct ZipEntry {
    /// Position in the archive; `None` for folders that only follow from what lies in them.
    index: Option<usize>,
    is_directory: bool,
    size_bytes: u64,
    modified_seconds: Option<i64>,
}

/// A zip archive and its index.
pub struct Zip {
    reader: Mutex<zip::ZipArchive<Box<dyn ReadSeek>>>,
    entries: BTreeMap<String, ZipEntry>,
}

/// A source of files.
pub enum Archive {
    /// A folder of the machine.
    Folder(PathBuf),
    /// A zip archive.
    Zip(Box<Zip>),
}

impl Archive {
    /// Opens a folder or a zip file. The error is a sentence fragment.
    pub fn open(path: &Path) -> Result<Archive, String> {
        let metadata = std::fs::metadata(path).map_err(|problem| describe(&problem))?;
        if metadata.is_dir() {
            return Ok(Archive::Folder(path.to_owned()));
        }
        let file = File::open(path).map_err(|problem| describe(&problem))?;
        Archive::from_reader(Box::new(BufReader::new(file)))
    }

    /// Opens a zip archive that lies in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Archive, String> {
        Archive::from_reader(Box::new(Cursor::new(bytes)))
    }

    fn from_reader(reader: Box<dyn ReadSeek>) -> Result<Archive, String> {
        let mut reader = zip::ZipArchive::new(reader).map_err(|problem| match problem {
            zip::result::ZipError::Io(problem) => describe(&problem),
            other => format!("it is no readable zip archive ({other})"),
        })?;
        let mut entries = BTreeMap::new();
        for index in 0..reader.len() {
            let entry = reader
                .by_index_raw(index)
                .map_err(|problem| format!("its zip directory is damaged ({problem})"))?;
            let Ok(name) = entry.name().map(|name| name.replace('\\', "/")) else {
                continue;
            };
            let is_directory = entry.is_dir();
            let path = name.trim_matches('/').to_owned();
            if path.is_empty()
                || path
                    .split('/')
                    .any(|part| part.is_empty() || part == "." || part == "..")
            {
                continue;
            }
            let mut parent = path.as_str();
            while let Some((folder, _)) = parent.rsplit_once('/') {
                entries.entry(folder.to_owned()).or_insert(ZipEntry {
                    index: None,
                    is_directory: true,
                    size_bytes: 0,
                    modified_seconds: None,
                });
                parent = folder;
            }
            let modified_seconds = entry.last_modified().map(zip_seconds);
            let size_bytes = if is_directory { 0 } else { entry.size() };
            entries.insert(
                path,
                ZipEntry {
                    index: Some(index),
                    is_directory,
                    size_bytes,
                    modified_seconds,
                },
            );
        }
        Ok(Archive::Zip(Box::new(Zip {
            reader: Mutex::new(reader),
            entries,
        })))
    }

    /// What lies at a path ("" is the archive's root).
    pub fn info(&self, path: &str) -> Option<FileInfo> {
        match self {
            Archive::Folder(folder) => folder_info(&folder.join(path)),
            Archive::Zip(_) if path.is_empty() => Some(FileInfo {
                file_type: FileType::Directory,
                size_bytes: Some(0),
                modified_seconds: None,
            }),
            Archive::Zip(zip) => zip.entries.get(path).map(|entry| FileInfo {
                file_type: if entry.is_directory {
                    FileType::Directory
                } else {
                    FileType::File
                },
                size_bytes: Some(entry.size_bytes),
                modified_seconds: entry.modified_seconds,
            }),
        }
    }

    /// The bytes of a file. The error is a sentence fragment.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self {
            Archive::Folder(folder) => {
                std::fs::read(folder.join(path)).map_err(|problem| describe(&problem))
            }
            Archive::Zip(zip) => {
                let entry = zip.entries.get(path).ok_or("not found")?;
                let Some(index) = entry.index.filter(|_| !entry.is_directory) else {
                    return Err("not a file".to_owned());
                };
                let mut reader = zip.reader.lock();
                let mut file = reader
                    .by_index(index)
                    .map_err(|problem| format!("corrupted: {problem}"))?;
                // The size in the directory may be a lie: it only bounds the first reservation.
                let mut bytes =
                    Vec::with_capacity(usize::try_from(entry.size_bytes).unwrap_or(0).min(1 << 24));
                file.read_to_end(&mut bytes)
                    .map_err(|problem| format!("corrupted: {problem}"))?;
                Ok(bytes)
            }
        }
    }

    /// Names in a folder, in no particular order.
    pub fn list(&self, path: &str) -> Vec<String> {
        match self {
            Archive::Folder(folder) => match std::fs::read_dir(folder.join(path)) {
                Ok(entries) => entries
                    .flatten()
                    .filter_map(|entry| entry.file_name().into_string().ok())
                    .collect(),
                Err(_) => Vec::new(),
            },
            Archive::Zip(zip) => {
                let prefix = if path.is_empty() {
                    String::new()
                } else {
                    format!("{path}/")
                };
                zip.entries
                    .range(prefix.clone()..)
                    .take_while(|(name, _)| name.starts_with(&prefix))
                    .map(|(name, _)| &name[prefix.len()..])
                    .filter(|rest| !rest.is_empty() && !rest.contains('/'))
                    .map(str::to_owned)
                    .collect()
            }
        }
    }
}

fn folder_info(path: &Path) -> Option<FileInfo> {
    // Links are followed, as LÖVE permits them.
    let metadata = std::fs::metadata(path)
        .or_else(|_| std::fs::symlink_metadata(path))
        .ok()?;
    let file_type = if metadata.is_file() {
        FileType::File
    } else if metadata.is_dir() {
        FileType::Directory
    } else if metadata.is_symlink() {
        FileType::Symlink
    } else {
        FileType::Other
    };
    let modified_seconds = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_secs()).ok());
    let size = if file_type == FileType::File {
        metadata.len()
    } else {
        0
    };
    Some(FileInfo {
        file_type,
        size_bytes: Some(size),
        modified_seconds,
    })
}

/// Seconds since 1970 of a zip entry's date, read as UTC.
fn zip_seconds(date: zip::DateTime) -> i64 {
    // Days from the civil calendar, with March as the first month (Howard Hinnant's published formula).
    let (year, month, day) = (
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    );
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    days * 86_400
        + i64::from(date.hour()) * 3600
        + i64::from(date.minute()) * 60
        + i64::from(date.second())
}

/// PhysFS's words for the machine's errors.
pub fn describe(problem: &std::io::Error) -> String {
    match problem.kind() {
        std::io::ErrorKind::NotFound => "not found".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "not a file".to_owned(),
        std::io::ErrorKind::StorageFull => "no space available".to_owned(),
        _ => problem.to_string(),
    }
}
