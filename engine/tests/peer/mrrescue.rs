//! Mr. Rescue, a published game, from its title into the first level.

use super::command_list;
use super::picture::{self, MASK_LIMIT, Picture};
use super::programs;
use std::path::{Path, PathBuf};

/// Frames compared, with what `mrrescue/input.txt` makes of them.
const MOMENTS: [(u32, &str); 7] = [
    (612, "title"),
    (645, "menu"),
    (700, "level selection"),
    (1045, "in play, walking"),
    (1120, "in play, shooting water"),
    (1180, "in play, jumping"),
    (1262, "in play, climbing"),
];

fn options() -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mrrescue/input.txt");
    let mut options: Vec<String> = [
        "--frames",
        "1290",
        "--fixed-dt",
        "0.016666666666666666",
        "--seed",
        "8",
        "--input",
    ]
    .map(String::from)
    .to_vec();
    options.push(script.display().to_string());
    options
}

/// The pictures of [`MOMENTS`], asked for.
fn screenshots(folder: &Path) -> Vec<String> {
    MOMENTS
        .iter()
        .flat_map(|&(frame, _)| {
            let picture = picture_path(folder, frame);
            [
                "--screenshot".to_owned(),
                format!("{frame}:{}", picture.display()),
            ]
        })
        .collect()
}

fn picture_path(folder: &Path, frame: u32) -> PathBuf {
    folder.join(format!("{frame}.png"))
}

/// Plays under LÖVE and answers the pictures of [`MOMENTS`].
fn love_pictures(folder: &Path, more: &[&str]) -> Vec<Picture> {
    let mut words = options();
    words.extend(screenshots(folder));
    words.extend(more.iter().map(|&word| word.to_owned()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let run = programs::love_wrapped(Path::new(programs::MR_RESCUE), folder, &words);
    assert_eq!(run.code, Some(0), "{run:?}");
    MOMENTS
        .iter()
        .map(|&(frame, _)| {
            Picture::read(&picture_path(folder, frame))
                .unwrap_or_else(|error| panic!("{error}\n{run:?}"))
        })
        .collect()
}

/// The ground of the comparison: the script reaches every moment, LÖVE repeats itself exactly, whatever the order
/// of `pairs`, and the mask leaves enough to compare.
#[test]
fn love_plays_mr_rescue_the_same_way_twice() {
    let folder = programs::fresh_folder("mrrescue-love");
    let again = programs::fresh_folder("mrrescue-love-again");
    let log = folder.join("sources");
    let first = love_pictures(&folder, &["--source-log", &log.display().to_string()]);
    let second = love_pictures(&again, &["--ordered-pairs", "--jit-off"]);
    for (index, (frame, name)) in MOMENTS.iter().enumerate() {
        assert!(
            first[index] == second[index],
            "frame {frame} ({name}) differs between two runs"
        );
        assert_eq!((first[index].width, first[index].height), (768, 600));
        let mask = first[index].mask(&[]);
        let share = mask.iter().filter(|&&left_out| left_out).count() as f64 / mask.len() as f64;
        println!(
            "frame {frame:4} {name:26} {:.2} % at colour steps",
            share * 100.0
        );
        assert!(
            share < MASK_LIMIT,
            "frame {frame} ({name}) has {share} of its pixels at colour steps"
        );
        for earlier in 0..index {
            assert!(
                first[earlier] != first[index],
                "{name} looks like {}",
                MOMENTS[earlier].1
            );
        }
    }
    assert_sources_play(&log);
}

/// Sources play at each moment: the log has one line for each, `FRAME COUNT`.
fn assert_sources_play(log: &Path) {
    let sources =
        std::fs::read_to_string(log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
    for (line, (frame, name)) in sources.lines().zip(MOMENTS) {
        let count = line.strip_prefix(&format!("{frame} "));
        let count: u32 = count
            .and_then(|count| count.parse().ok())
            .expect("FRAME COUNT");
        assert!(count > 0, "nothing plays at frame {frame} ({name})");
    }
    assert_eq!(sources.lines().count(), MOMENTS.len(), "{sources}");
}

/// What the issue is about: rlove plays the same game from the same script to the same pictures.
#[test]
fn rlove_plays_mr_rescue_as_love_does() {
    let folder = programs::fresh_folder("mrrescue-rlove");
    let love_folder = programs::fresh_folder("mrrescue-rlove-love");
    let game = Path::new(programs::MR_RESCUE);
    programs::need_peers();
    let mut words = options();
    words.push("--text".to_owned());
    let as_options = |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        programs::rlove_headless(game, &folder, &words)
    };
    let printed = as_options(&words);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    words.pop();
    words.extend(screenshots(&folder));
    let log = folder.join("sources");
    words.extend(["--source-log".to_owned(), log.display().to_string()]);
    let drawn = as_options(&words);
    assert_eq!(drawn.code, Some(0), "{drawn:?}");
    assert_sources_play(&log);
    let lists = command_list::frames(&printed.stdout);
    let love = love_pictures(&love_folder, &[]);
    let mut failed = Vec::new();
    for (index, &(frame, name)) in MOMENTS.iter().enumerate() {
        let rlove =
            Picture::read(&picture_path(&folder, frame)).unwrap_or_else(|error| panic!("{error}"));
        let boxes = command_list::text_boxes(&lists[frame as usize - 1]);
        assert!(!boxes.is_empty(), "{name} prints nothing");
        let found = picture::compare(&love[index], &rlove, &boxes)
            .unwrap_or_else(|error| panic!("{error}"));
        println!("frame {frame:4} {name:26} {found}");
        let beside = folder.join(format!("{frame}-beside.png"));
        picture::side_by_side(&love[index], &rlove, &boxes)
            .write(&beside)
            .expect("the folder can be written");
        if !found.passes() {
            failed.push(format!("{name}: {found}, see {}", beside.display()));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
