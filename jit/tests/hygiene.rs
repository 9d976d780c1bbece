//! The form of the project, checked as a test: crate order, code map, size limits, where unsafe code may be.
//!
//! It stands in the `jit` crate because that is the rightmost crate which builds without a window. It reads the
//! files of all four crates as text; nothing here needs a parser of Rust beyond skipping comments and literals.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates in their order: each may import only from those before it. Folder, then the name in `use` paths.
const CRATES: [(&str, &str); 4] = [
    ("vm", "rlove_vm"),
    ("ffi", "rlove_ffi"),
    ("jit", "rlove_jit"),
    ("engine", "rlove"),
];
const FILE_LINES_MAX: usize = 1000;
const FUNCTION_LINES_MAX: usize = 80;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace")
        .to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every `.rs` file below `folder`, sorted, relative to the workspace.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(directory) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            path.strip_prefix(root())
                .expect("below the root")
                .to_path_buf()
        })
        .collect()
}

/// Sources that ship; files of tests (`…tests.rs`) may be as long as their cases.
fn source_files() -> Vec<PathBuf> {
    CRATES
        .iter()
        .flat_map(|(folder, _)| rust_files(&format!("{folder}/src")))
        .collect()
}

/// The source with comments, strings and character literals blanked, so that braces and words in what remains are
/// code. Lines stay lines.
fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let blank = |code: &mut Vec<u8>, from: usize, to: usize| {
        code.extend(
            bytes[from..to]
                .iter()
                .map(|&byte| if byte == b'\n' { b'\n' } else { b' ' }),
        );
    };
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = literal_length(rest, at > 0 && is_word(bytes[at - 1]));
        if length == 0 {
            code.push(bytes[at]);
            at += 1;
        } else {
            blank(&mut code, at, at + length);
            at += length;
        }
    }
    String::from_utf8_lossy(&code).into_owned()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Length of the comment, string or character literal at the beginning of `rest`; 0 if none begins there.
fn literal_length(rest: &[u8], inside_word: bool) -> usize {
    if rest.starts_with(b"//") {
        return rest
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return block_comment_length(rest);
    }
    if rest[0] == b'"' {
        return quoted_length(rest, 1);
    }
    if !inside_word {
        let prefix = rest
            .iter()
            .take_while(|&&byte| byte == b'b' || byte == b'c')
            .count()
            .min(1);
        let after = &rest[prefix..];
        if prefix == 1 && after.first() == Some(&b'"') {
            return quoted_length(rest, 2);
        }
        if after.first() == Some(&b'r') {
            let hashes = after[1..].iter().take_while(|&&byte| byte == b'#').count();
            if after.get(1 + hashes) == Some(&b'"') {
                let start = prefix + 2 + hashes;
                let end: Vec<u8> = std::iter::once(b'"')
                    .chain(std::iter::repeat_n(b'#', hashes))
                    .collect();
                let found = rest[start..]
                    .windows(end.len())
                    .position(|window| window == end);
                return found.map_or(rest.len(), |offset| start + offset + end.len());
            }
        }
    }
    if rest[0] == b'\'' {
        return character_length(rest);
    }
    0
}

fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted_length(rest: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal's length, or 0 for a lifetime.
fn character_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest[3.min(rest.len())..]
            .iter()
            .position(|&byte| byte == b'\'')
            .map_or(0, |offset| offset + 4);
    }
    // One character of up to four bytes, then the closing quote; a lifetime has none so near.
    let text = String::from_utf8_lossy(&rest[1..rest.len().min(9)]).into_owned();
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(inner), Some('\'')) => inner.len_utf8() + 2,
        _ => 0,
    }
}

/// The words of a line of code.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Lines `subject: reason` of a list in docs/, without comments.
fn listed(name: &str) -> BTreeMap<String, String> {
    let text = read(&root().join("docs").join(name));
    let mut entries = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        // A path may hold `::`, a reason begins after ": ".
        let (subject, reason) = line
            .split_once(": ")
            .unwrap_or_else(|| panic!("docs/{name}: no reason in: {line}"));
        assert!(
            reason.len() > 5,
            "docs/{name}: a reason is a sentence: {line}"
        );
        entries.insert(subject.trim().to_string(), reason.trim().to_string());
    }
    entries
}

#[test]
fn architecture_names_only_paths_that_exist() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let mut problems = Vec::new();
    let mut checked = 0;
    for quoted in text.split('`').skip(1).step_by(2) {
        let path_like = quoted.contains('/') || quoted.ends_with(".rs") || quoted.ends_with(".md");
        if !path_like || quoted.contains([' ', '\n', '*']) {
            continue;
        }
        checked += 1;
        if !root().join(quoted).exists() {
            problems.push(format!(
                "ARCHITECTURE.md names `{quoted}`, which does not exist"
            ));
        }
    }
    assert!(
        checked >= 10,
        "only {checked} paths found: is the page still written with `paths`?"
    );
    report(problems);
}

#[test]
fn architecture_names_every_module() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let mut problems = Vec::new();
    for (folder, _) in CRATES {
        let source = root().join(folder).join("src");
        for entry in fs::read_dir(&source)
            .expect("each crate has src/")
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/src/{name}");
            let named = text.contains(&format!("`{path}`")) || text.contains(&format!("`{path}/`"));
            if name != "lib.rs" && name != "main.rs" && !named {
                problems.push(format!("ARCHITECTURE.md does not name `{path}`"));
            }
        }
    }
    problems.sort();
    report(problems);
}

#[test]
fn crates_import_only_leftwards() {
    let mut problems = Vec::new();
    for (position, (folder, _)) in CRATES.iter().enumerate() {
        let forbidden = &CRATES[position + 1..];
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        for (right, crate_name) in forbidden {
            let package = crate_name.replace('_', "-");
            let imported = manifest.lines().any(|line| {
                let key = line
                    .split(['=', '.', ' '])
                    .next()
                    .unwrap_or("")
                    .trim_matches('"');
                key == package
            });
            if imported {
                problems.push(format!(
                    "{folder}/Cargo.toml imports {package} ({right} stands to its right)"
                ));
            }
        }
        for path in rust_files(folder) {
            let code = code_only(&read(&root().join(&path)));
            for (number, line) in code.lines().enumerate() {
                for (_, crate_name) in forbidden {
                    // `rlove` alone is a common word; as a path it is followed by `::`.
                    if words(line).any(|word| word == *crate_name)
                        && line.contains(&format!("{crate_name}::"))
                    {
                        problems.push(format!(
                            "{}:{}: names {crate_name}",
                            path.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    report(problems);
}

#[test]
fn nothing_is_left_to_do() {
    let macros = ["todo", "unimplemented"];
    let mut problems = Vec::new();
    for (folder, _) in CRATES {
        for path in rust_files(folder) {
            let code = code_only(&read(&root().join(&path)));
            for (number, line) in code.lines().enumerate() {
                if macros.iter().any(|name| line.contains(&format!("{name}!"))) {
                    problems.push(format!(
                        "{}:{}: a missing thing raises an error that says so",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    report(problems);
}

/// Functions of a file with their number of lines, from the line of `fn` to that of the closing brace.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut open: Vec<(String, usize, i32)> = Vec::new();
    let mut pending: Option<(String, usize)> = None;
    let (mut depth, mut brackets) = (0, 0);
    for (number, line) in code.lines().enumerate() {
        let mut previous = "";
        for word in words(line) {
            // `fn(` in a type has no name: the next word is an argument, and no body follows before `;` or `,`.
            if previous == "fn" && line.contains(&format!("fn {word}")) {
                pending = Some((word.to_string(), number));
            }
            previous = word;
        }
        for character in line.chars() {
            match character {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                '{' => {
                    depth += 1;
                    if let Some((name, start)) = pending.take() {
                        open.push((name, start, depth));
                    }
                }
                '}' => {
                    if open.last().is_some_and(|(_, _, at)| *at == depth) {
                        let (name, start, _) = open.pop().expect("just seen");
                        found.push((name, number - start + 1));
                    }
                    depth -= 1;
                }
                ';' if brackets == 0 => pending = None,
                _ => {}
            }
        }
    }
    found
}

#[test]
fn long_files_and_functions_are_listed() {
    let mut exceptions = listed("size-exceptions.txt");
    let mut problems = Vec::new();
    for path in source_files() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if shown.ends_with("tests.rs") {
            continue;
        }
        let source = read(&root().join(&path));
        let lines = source.lines().count();
        if lines > FILE_LINES_MAX && exceptions.remove(&shown).is_none() {
            problems.push(format!("{shown}: {lines} lines"));
        }
        for (name, lines) in functions(&code_only(&source)) {
            let subject = format!("{shown}::{name}");
            if lines > FUNCTION_LINES_MAX && exceptions.remove(&subject).is_none() {
                problems.push(format!("{subject}: {lines} lines"));
            }
        }
    }
    for subject in exceptions.keys() {
        problems.push(format!(
            "docs/size-exceptions.txt: {subject} is no longer needed"
        ));
    }
    report(problems);
}

/// Numbers of the rules in docs/invariants.md, as written there (`I7`).
fn invariant_numbers() -> Vec<String> {
    let text = read(&root().join("docs/invariants.md"));
    let numbers: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- **I"))
        .filter_map(|rest| rest.split_once(':'))
        .filter(|(number, _)| number.parse::<u32>().is_ok())
        .map(|(number, _)| format!("I{number}"))
        .collect();
    let mut unique = numbers.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(
        unique.len(),
        numbers.len(),
        "docs/invariants.md uses a number twice"
    );
    numbers
}

/// The comment that belongs to line `number`: on the line itself, or the comment lines above the statement.
fn safety_comment(lines: &[&str], number: usize) -> String {
    let mut comment = String::new();
    if let Some((_, tail)) = lines[number].split_once("// SAFETY:") {
        comment.push_str(tail);
        return comment;
    }
    // The block may stand some lines into a statement; its comment stands above.
    let first = number.saturating_sub(12);
    for index in (first..number).rev() {
        let line = lines[index].trim();
        if let Some(text) = line.strip_prefix("// ") {
            comment = format!("{text} {comment}");
            if text.starts_with("SAFETY:") {
                return comment;
            }
        } else if line.contains("// SAFETY:") {
            return format!("{line} {comment}");
        }
    }
    String::new()
}

#[test]
fn unsafe_code_is_listed_and_cites_an_invariant() {
    let allowed = listed("unsafe-modules.txt");
    let numbers = invariant_numbers();
    let mut problems = Vec::new();
    for path in source_files() {
        let shown = path.to_string_lossy().replace('\\', "/");
        let source = read(&root().join(&path));
        let code = code_only(&source);
        let lines: Vec<&str> = source.lines().collect();
        let may = allowed
            .keys()
            .any(|entry| shown == *entry || shown.starts_with(&format!("{entry}/")));
        for (number, line) in code.lines().enumerate() {
            if !words(line).any(|word| word == "unsafe") {
                continue;
            }
            if !may {
                problems.push(format!(
                    "{shown}:{}: unsafe code in a file that is not listed",
                    number + 1
                ));
                continue;
            }
            if !line.contains("unsafe {") && !line.contains("unsafe impl") {
                continue;
            }
            let comment = safety_comment(&lines, number);
            let cited: Vec<&str> = words(&comment)
                .filter(|word| {
                    word.strip_prefix('I')
                        .is_some_and(|digits| digits.parse::<u32>().is_ok())
                })
                .collect();
            if cited.is_empty() {
                problems.push(format!(
                    "{shown}:{}: SAFETY cites no invariant: {comment}",
                    number + 1
                ));
            }
            for number_cited in cited
                .iter()
                .filter(|cited| !numbers.iter().any(|known| known == *cited))
            {
                problems.push(format!(
                    "{shown}:{}: {number_cited} is not in docs/invariants.md",
                    number + 1
                ));
            }
        }
    }
    report(problems);
}

#[test]
fn the_scanner_skips_what_is_not_code() {
    let source = "let a = \"{ unsafe\"; // {\nlet b = '{'; let c: &'static str = r#\"}\"#; /* { /* { */ */ fn f() {}\n";
    let code = code_only(source);
    assert_eq!(code.matches('{').count(), 1);
    assert_eq!(code.matches('}').count(), 1);
    assert!(!code.contains("unsafe"));
    assert_eq!(
        functions("fn a() {\n x\n}\nfn b();\n"),
        vec![("a".to_string(), 3)]
    );
}
