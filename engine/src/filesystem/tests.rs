//! Tests of the overlay with real folders under the machine's temporary folder.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("rlove-files-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("game/sub")).unwrap();
        std::fs::write(folder.join("game/main.lua"), "game").unwrap();
        std::fs::write(folder.join("game/sub/a.txt"), "from game").unwrap();
        Scratch(folder)
    }

    fn files(&self) -> Filesystem {
        let mut files = Filesystem::new().with_appdata(self.0.join("data"));
        files.set_source(&self.0.join("game")).unwrap();
        files
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn the_save_directory_covers_the_source_unless_appended() {
    let scratch = Scratch::new();
    let mut files = scratch.files();
    files.set_identity("test", false);
    assert_eq!(
        files.save_directory(),
        scratch.0.join("data/love/test").to_str().unwrap()
    );
    assert_eq!(files.read("main.lua").unwrap(), b"game");
    files.write("main.lua", b"saved").unwrap();
    assert_eq!(files.read("main.lua").unwrap(), b"saved");
    assert_eq!(
        files.real_directory("main.lua").unwrap(),
        files.save_directory()
    );
    assert_eq!(files.directory_items(""), ["main.lua", "sub"]);
    files.set_identity("test", true);
    assert_eq!(files.read("main.lua").unwrap(), b"game");
    files.set_identity("other", false);
    assert_eq!(files.read("main.lua").unwrap(), b"game");
}

#[test]
fn paths_out_of_the_game_are_refused() {
    let scratch = Scratch::new();
    let mut files = scratch.files();
    files.set_identity("test", false);
    for bad in ["../main.lua", "sub/../main.lua", "a\\b", "./main.lua"] {
        assert!(files.info(bad).is_none(), "{bad}");
        assert!(files.write(bad, b"x").is_err(), "{bad}");
        assert!(!files.create_directory(bad), "{bad}");
    }
    assert_eq!(
        files.read("../x").unwrap_err(),
        "Could not open file ../x. Does not exist."
    );
    assert_eq!(
        files.read("/main.lua").unwrap(),
        b"game",
        "a leading slash is the root"
    );
}

#[test]
fn writing_creates_appends_and_removes() {
    let scratch = Scratch::new();
    let mut files = scratch.files();
    assert_eq!(
        files.write("x", b"").unwrap_err(),
        "Could not set write directory."
    );
    files.set_identity("test", false);
    assert_eq!(
        files.write("no/such/x", b"").unwrap_err(),
        "Could not open file no/such/x (not found)"
    );
    assert!(files.create_directory("no/such"));
    files.write("no/such/x", b"1").unwrap();
    files.append("no/such/x", b"2").unwrap();
    assert_eq!(files.read("no/such/x").unwrap(), b"12");
    assert_eq!(files.info("no/such/x").unwrap().size_bytes, Some(2));
    assert!(!files.remove("no"), "not empty");
    assert!(files.remove("no/such/x") && files.remove("no/such"));
    assert!(!files.remove("main.lua"), "the source is never touched");
    assert_eq!(files.directory_items("no"), Vec::<String>::new());
}

#[test]
fn archives_are_read_like_folders() {
    let scratch = Scratch::new();
    let path = scratch.0.join("game.love");
    std::fs::write(
        &path,
        zip_of(&[("main.lua", "zip"), ("deep/er/x.txt", "x")]),
    )
    .unwrap();
    let mut files = Filesystem::new();
    files.set_source(&path).unwrap();
    assert_eq!(files.read("deep/er/x.txt").unwrap(), b"x");
    assert_eq!(files.info("deep").unwrap().file_type, FileType::Directory);
    assert_eq!(files.directory_items("deep"), ["er"]);
    assert_eq!(files.module_file("main").as_deref(), Some("main.lua"));
    assert_eq!(files.module_file("deep.er"), None);
    // An archive behind other bytes, as in a fused program.
    let mut fused = b"#!program".to_vec();
    fused.extend(std::fs::read(&path).unwrap());
    let archive = Archive::from_bytes(fused).unwrap();
    assert_eq!(archive.read("main.lua").unwrap(), b"zip");
}

#[test]
fn damaged_archives_are_errors() {
    let whole = zip_of(&[(
        "main.lua",
        "some text that is long enough to be packed packed packed",
    )]);
    for length in 0..whole.len() {
        assert!(
            Archive::from_bytes(whole[..length].to_vec()).is_err(),
            "{length}"
        );
    }
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        if let Ok(archive) = Archive::from_bytes(bytes) {
            let _ = archive.read("main.lua");
            let _ = archive.list("");
        }
    }
}

#[test]
fn mounts_appear_under_their_folder() {
    let scratch = Scratch::new();
    let mut files = scratch.files();
    files.set_identity("test", false);
    files
        .write("pack.zip", &zip_of(&[("a.txt", "packed")]))
        .unwrap();
    assert!(!files.mount("sub", "x", false), "nothing inside the source");
    assert!(files.mount("pack.zip", "mods/one", false));
    assert_eq!(files.read("mods/one/a.txt").unwrap(), b"packed");
    assert_eq!(files.directory_items("mods"), ["one"]);
    assert_eq!(files.info("mods").unwrap().file_type, FileType::Directory);
    assert_eq!(files.info("mods").unwrap().size_bytes, None);
    assert!(files.unmount("pack.zip"));
    assert!(files.info("mods").is_none());
    assert!(files.mount_data(zip_of(&[("main.lua", "memory")]), "mem.zip", "", false));
    assert_eq!(files.read("main.lua").unwrap(), b"memory");
    assert!(files.unmount("mem.zip"));
    assert!(!files.unmount("mem.zip"));
    assert!(!files.mount_data(b"no zip".to_vec(), "bad.zip", "", false));
}

#[test]
fn files_read_write_and_seek() {
    let scratch = Scratch::new();
    let mut files = scratch.files();
    files.set_identity("test", false);
    let mut file = GameFile::new("notes.txt");
    assert_eq!(
        file.open(FileMode::Read, &mut files).unwrap_err(),
        "Could not open file notes.txt. Does not exist."
    );
    assert!(file.open(FileMode::Write, &mut files).unwrap());
    assert!(!file.open(FileMode::Write, &mut files).unwrap());
    file.write(b"one\r\ntwo\nthree", &mut files).unwrap();
    assert!(file.seek(0));
    file.write(b"ONE", &mut files).unwrap();
    assert_eq!(file.read(1).unwrap_err(), "File is not opened for reading.");
    assert!(file.close(&mut files) && !file.close(&mut files));
    file.open(FileMode::Read, &mut files).unwrap();
    let lines: Vec<_> = std::iter::from_fn(|| file.read_line()).collect();
    assert_eq!(lines, [b"ONE".to_vec(), b"two".to_vec(), b"three".to_vec()]);
    assert!(file.is_at_end() && !file.seek(99) && file.seek(5));
    assert_eq!(file.read(3).unwrap(), b"two");
    file.close(&mut files);
    file.open(FileMode::Append, &mut files).unwrap();
    file.write(b"!", &mut files).unwrap();
    file.close(&mut files);
    assert_eq!(files.read("notes.txt").unwrap(), b"ONE\r\ntwo\nthree!");
    assert!(
        files
            .directory_items("")
            .iter()
            .all(|name| !name.ends_with(".tmp"))
    );
}
