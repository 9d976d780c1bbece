//! Random patterns over random subjects: spans, captures and messages as LuaJIT gave them.

use rlove_vm::library::pattern::{Capture, Match, Matcher, PatternError};

fn bytes_of_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).expect("two digits"))
        .collect()
}

fn find(subject: &[u8], pattern: &[u8]) -> Result<String, PatternError> {
    let mut go_on = || true;
    let mut found = Match::default();
    if !Matcher::new(subject, pattern, &mut go_on).find(0, &mut found)? {
        return Ok("nil".to_owned());
    }
    let mut text = format!("{} {}", found.start, found.end);
    for index in 0..found.capture_count() {
        match found.visible(index)? {
            Capture::Position(position) => text.push_str(&format!(" @{position}")),
            Capture::Text { start, end } => {
                text.push_str(" '");
                for byte in &subject[start..end] {
                    text.push_str(&format!("{byte:02x}"));
                }
            }
        }
    }
    Ok(text)
}

#[test]
fn random_patterns_match_as_in_luajit() {
    let mut count = 0;
    for line in include_str!("data/patterns.tsv").lines() {
        let mut fields = line.split('\t');
        let subject = bytes_of_hex(fields.next().expect("a subject"));
        let pattern = bytes_of_hex(fields.next().expect("a pattern"));
        let expected = fields.next().expect("a result");
        let result =
            find(&subject, &pattern).unwrap_or_else(|error| format!("error {}", error.message()));
        let shown = String::from_utf8_lossy(&pattern).into_owned();
        assert_eq!(
            result,
            expected,
            "{shown} in {}",
            String::from_utf8_lossy(&subject)
        );
        count += 1;
    }
    assert_eq!(count, 600);
}
