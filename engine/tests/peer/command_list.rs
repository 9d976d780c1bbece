//! Reads the command list that `rlove --headless --text` prints.
//!
//! Frames are separated by the line `present`. Text is drawn from pages of glyphs, so the boxes of print commands are
//! the quads below a `draw text of texture N`, where the target is the screen:
//!
//! ```text
//! target screen 320x200
//! draw text of texture 3
//!   quad (10,20) (17,32) of (0,0) (0.05,0.09) #ffffffff     → the box 10,20 to 17,32
//! present
//! ```

use super::picture::TextBox;

/// The lists of all frames, without the lines that separate them.
pub fn frames(printed: &str) -> Vec<String> {
    let mut frames = vec![String::new()];
    for line in printed.lines() {
        if line == "present" {
            frames.push(String::new());
        } else if let Some(frame) = frames.last_mut() {
            frame.push_str(line);
            frame.push('\n');
        }
    }
    frames.pop(); // what follows the last present is no frame
    frames
}

/// The points of a line, `(x,y) (x,y) …`, up to the word `of`.
fn points(line: &str) -> Vec<(f64, f64)> {
    let shape = line.split(" of ").next().unwrap_or(line);
    shape
        .split(['(', ')'])
        .filter_map(|word| {
            let (x, y) = word.split_once(',')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        })
        .collect()
}

/// The boxes that text was printed into, one for each glyph.
pub fn text_boxes(frame: &str) -> Vec<TextBox> {
    let mut boxes = Vec::new();
    let (mut on_screen, mut in_text) = (true, false);
    let mut transform = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    for line in frame.lines() {
        if let Some(target) = line.strip_prefix("target ") {
            on_screen = target.starts_with("screen");
        } else if line.starts_with("draw ") {
            in_text = line.starts_with("draw text ");
            transform = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        } else if let Some(words) = line.strip_prefix("  with transform ") {
            for (place, word) in transform.iter_mut().zip(words.split(' ')) {
                *place = word.parse().expect("a transform is six numbers");
            }
        } else if on_screen && in_text && line.starts_with("  quad ") {
            let [a, b, c, d, e, f] = transform;
            let corners: Vec<(f64, f64)> = points(line)
                .into_iter()
                .map(|(x, y)| (a * x + c * y + e, b * x + d * y + f))
                .collect();
            assert!(corners.len() >= 2, "a quad without corners: {line}");
            let fold = |pick: fn(&(f64, f64)) -> f64, start: f64, choose: fn(f64, f64) -> f64| {
                corners.iter().map(pick).fold(start, choose)
            };
            boxes.push(TextBox {
                left: fold(|point| point.0, f64::INFINITY, f64::min),
                top: fold(|point| point.1, f64::INFINITY, f64::min),
                right: fold(|point| point.0, f64::NEG_INFINITY, f64::max),
                bottom: fold(|point| point.1, f64::NEG_INFINITY, f64::max),
            });
        }
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
target screen 320x200
clear 0 0 0 1
draw texture 1
  quad (1,2) (3,4) of (0,0) (1,1) #ffffffff
draw text of texture 3 blend alpha premultiplied
  quad (10,20) (17,32.5) of (0,0) (0.05,0.09) #ffffffff
  quad (0,5) (5,10) (5,0) (10,5) of (0,0) (1,1) #ffffffff
target canvas 4 16x16
draw text of texture 3
  quad (1,1) (2,2) of (0,0) (1,1) #ffffffff
present
target screen 320x200
draw text of texture 3
  with transform 2 0 0 2 100 50 color 1 1 1 1
  quad (1,2) (3,4) of (0,0) (1,1) #ffffffff
present
";

    #[test]
    fn frames_end_at_present() {
        let frames = frames(LIST);
        assert_eq!(frames.len(), 2);
        assert!(frames[0].starts_with("target screen") && frames[0].contains("canvas 4"));
    }

    #[test]
    fn boxes_are_those_of_text_on_the_screen() {
        let lists = frames(LIST);
        let expected = [
            TextBox {
                left: 10.0,
                top: 20.0,
                right: 17.0,
                bottom: 32.5,
            },
            TextBox {
                left: 0.0,
                top: 0.0,
                right: 10.0,
                bottom: 10.0,
            },
        ];
        assert_eq!(text_boxes(&lists[0]), expected);
        let moved = TextBox {
            left: 102.0,
            top: 54.0,
            right: 106.0,
            bottom: 58.0,
        };
        assert_eq!(text_boxes(&lists[1]), [moved]);
    }
}
