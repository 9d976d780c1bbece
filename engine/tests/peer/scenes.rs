//! Small still pictures, one for each part of love.graphics, in both programs.

use super::command_list;
use super::picture::{self, Picture};
use super::programs;
use std::path::{Path, PathBuf};

/// The scenes of `engine/tests/scenes`, by name.
fn scenes() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes");
    let mut scenes: Vec<(String, PathBuf)> = std::fs::read_dir(&folder)
        .expect("the scenes are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .map(|path| {
            (
                path.file_stem()
                    .expect("files have names")
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .filter(|(name, _)| name != "conf")
        .collect();
    scenes.sort();
    scenes
}

/// A folder that is a game of one scene.
fn game_of_scene(name: &str, scene: &Path) -> PathBuf {
    let game = programs::fresh_folder(&format!("scene-{name}")).join("game");
    std::fs::create_dir_all(&game).expect("the build directory can be written");
    std::fs::copy(scene, game.join("main.lua")).expect("the scene can be copied");
    std::fs::copy(scene.with_file_name("conf.lua"), game.join("conf.lua"))
        .expect("conf.lua can be copied");
    game
}

/// LÖVE's picture of a scene.
fn love_picture(game: &Path) -> Picture {
    let folder = game.parent().expect("a game lies in a folder");
    let file = folder.join("love.png");
    let screenshot = format!("2:{}", file.display());
    let run = programs::love_wrapped(
        game,
        folder,
        &["--frames", "3", "--screenshot", &screenshot],
    );
    Picture::read(&file).unwrap_or_else(|error| panic!("{error}\n{run:?}"))
}

#[test]
fn love_draws_every_scene() {
    let scenes = scenes();
    assert!(scenes.len() >= 12, "only {} scenes found", scenes.len());
    for (name, path) in scenes {
        let picture = love_picture(&game_of_scene(&name, &path));
        assert_eq!((picture.width, picture.height), (320, 240), "{name}");
        let first = picture.pixels[picture.pixels.len() - 1];
        let other = picture
            .pixels
            .iter()
            .filter(|&&pixel| pixel != first)
            .count();
        assert!(other > 400, "{name} drew only {other} pixels");
        let mask = picture.mask(&[]);
        let share = mask.iter().filter(|&&left_out| left_out).count() as f64 / mask.len() as f64;
        println!("{name:14} {:.2} % at colour steps", share * 100.0);
        assert!(
            share < super::picture::MASK_LIMIT,
            "{name} leaves too little to compare"
        );
    }
}

#[test]
fn rlove_draws_every_scene_as_love_does() {
    let mut failed = Vec::new();
    for (name, path) in scenes() {
        let game = game_of_scene(&format!("rlove-{name}"), &path);
        let folder = game.parent().expect("a game lies in a folder");
        let file = folder.join("rlove.png");
        let screenshot = format!("2:{}", file.display());
        let drawn = programs::rlove_headless(
            &game,
            folder,
            &["--frames", "3", "--screenshot", &screenshot],
        );
        let printed = programs::rlove_headless(&game, folder, &["--frames", "3", "--text"]);
        let rlove = match Picture::read(&file) {
            Ok(picture) if printed.code == Some(0) => picture,
            _ => {
                failed.push(format!("{name}: {} {}", drawn.stderr, printed.stderr));
                continue;
            }
        };
        let love = love_picture(&game);
        let lists = command_list::frames(&printed.stdout);
        let boxes = lists
            .get(1)
            .map_or_else(Vec::new, |list| command_list::text_boxes(list));
        // Glyphs of an ImageFont are pictures: they are compared like everything else.
        let boxes = if name == "image_font" {
            Vec::new()
        } else {
            boxes
        };
        let beside = folder.join("beside.png");
        picture::side_by_side(&love, &rlove, &boxes)
            .write(&beside)
            .expect("the folder can be written");
        match picture::compare(&love, &rlove, &boxes) {
            Ok(found) => {
                println!("{name:14} {found}");
                if !found.passes() {
                    failed.push(format!("{name}: {found}, see {}", beside.display()));
                }
            }
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
