//! Path rules of the virtual filesystem.

/// The canonical form of a path: no slash at the ends, none doubled. `None` for what PhysFS refuses: `.` and `..`
/// as parts, `\` and `:` anywhere.
pub fn sanitize(path: &str) -> Option<String> {
    if path.contains(['\\', ':', '\0']) {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" => {}
            "." | ".." => return None,
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The rest of `path` inside `folder` ("" when they are the same), if it lies there.
pub fn inside<'path>(path: &'path str, folder: &str) -> Option<&'path str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_canonical_or_refused() {
        assert_eq!(sanitize("/a//b/").as_deref(), Some("a/b"));
        assert_eq!(sanitize("").as_deref(), Some(""));
        assert_eq!(sanitize("a/..b").as_deref(), Some("a/..b"));
        for bad in ["..", "a/../b", "./a", "a\\b", "C:/x", "a\0"] {
            assert_eq!(sanitize(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn inside_needs_a_whole_part() {
        assert_eq!(inside("a/b/c", "a/b"), Some("c"));
        assert_eq!(inside("a/b", "a/b"), Some(""));
        assert_eq!(inside("a/bc", "a/b"), None);
        assert_eq!(inside("x", ""), Some("x"));
    }
}
