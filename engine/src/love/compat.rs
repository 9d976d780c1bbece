//! What of LÖVE 11.5 rlove has: the generated part of docs/compat.md.
//!
//! The list compares `names.rs` with the functions and types that the modules declare; nobody writes it by hand. The test at
//! the bottom fails when the page is out of date, and `BLESS=1 cargo test -p rlove compat` writes it. Text outside the
//! two marker lines belongs to people and stays.

use super::object::ObjectType;
use super::{MODULES, Module, names};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The line before the generated part.
pub const BEGIN: &str = "<!-- generated from the builtin tables: begin -->";
/// The line behind it.
pub const END: &str = "<!-- generated from the builtin tables: end -->";

/// The generated part.
pub fn generated() -> String {
    let mut summary = String::new();
    let mut missing = String::new();
    for names in names::MODULES {
        let module = MODULES
            .iter()
            .find(|module| module.name == names.name)
            .copied();
        let bound = function_names(module);
        let known: BTreeSet<&str> = names
            .functions
            .iter()
            .copied()
            .filter(|name| !name.starts_with('_'))
            .collect();
        let lacking: Vec<&str> = known
            .iter()
            .copied()
            .filter(|name| !bound.contains(name))
            .collect();
        let (mut methods, mut lacking_methods) = (0, Vec::new());
        for type_names in names.types {
            let own: BTreeSet<&str> = type_names
                .methods
                .iter()
                .copied()
                .filter(|name| !name.starts_with('_'))
                .collect();
            let bound = method_names(find_type(type_names.name));
            methods += own.len();
            let absent: Vec<&str> = own
                .iter()
                .copied()
                .filter(|name| !bound.contains(name))
                .collect();
            if !absent.is_empty() {
                lacking_methods.push((type_names.name, own.len(), absent));
            }
        }
        let absent_methods: usize = lacking_methods
            .iter()
            .map(|(_, _, absent)| absent.len())
            .sum();
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            summary,
            "| love.{} | {} of {} | {} of {} |",
            names.name,
            known.len() - lacking.len(),
            known.len(),
            methods - absent_methods,
            methods
        );
        if lacking.is_empty() && lacking_methods.is_empty() {
            continue;
        }
        let _ = writeln!(missing, "\n### love.{}\n", names.name);
        if lacking.len() == known.len() && absent_methods == methods {
            let _ = writeln!(missing, "Nothing of this module yet.");
            continue;
        }
        if !lacking.is_empty() {
            let _ = writeln!(missing, "- functions: {}", lacking.join(", "));
        }
        for (name, count, absent) in lacking_methods {
            if absent.len() == count {
                let _ = writeln!(missing, "- {name}: no method yet");
            } else {
                let _ = writeln!(missing, "- {name}: {}", absent.join(", "));
            }
        }
    }
    format!(
        "## What of LÖVE 11.5 is there\n\n| module | functions | methods of its types |\n|---|---|---|\n{summary}\n\
         ## What is missing\n\nEach of these exists by name and raises an error that says that it is missing.\n{missing}"
    )
}

fn function_names(module: Option<&Module>) -> BTreeSet<&'static str> {
    module.map_or_else(BTreeSet::new, |module| {
        module
            .functions
            .iter()
            .map(|builtin| builtin.short_name())
            .collect()
    })
}

fn find_type(name: &str) -> Option<&'static ObjectType> {
    MODULES
        .iter()
        .flat_map(|module| module.types)
        .copied()
        .find(|object_type| object_type.name == name)
}

fn method_names(object_type: Option<&'static ObjectType>) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut current = object_type;
    while let Some(object_type) = current {
        found.extend(
            object_type
                .methods
                .iter()
                .map(|builtin| builtin.short_name()),
        );
        current = object_type.parent;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compatibility_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/compat.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page
            .split_once(BEGIN)
            .expect("the page has its first marker");
        let (_, after) = rest
            .split_once(END)
            .expect("the page has its second marker");
        let wanted = format!("{before}{BEGIN}\n\n{}\n{END}{after}", generated());
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &wanted).unwrap();
        } else if page != wanted {
            panic!("docs/compat.md is out of date: BLESS=1 cargo test -p rlove compat");
        }
    }

    #[test]
    fn every_declared_function_is_one_of_loves_or_marked_as_ours() {
        for module in MODULES {
            let Some(names) = names::MODULES
                .iter()
                .find(|names| names.name == module.name)
            else {
                panic!("love.{} is no module of LÖVE", module.name);
            };
            for builtin in module.functions {
                let name = builtin.short_name();
                assert!(
                    name.starts_with('_') || names.functions.contains(&name),
                    "{}",
                    builtin.name
                );
                assert_eq!(builtin.name, format!("love.{}.{name}", module.name));
            }
        }
    }

    /// The strings of a JSON array, sorted.
    fn texts(value: &serde_json::Value) -> Vec<&str> {
        let mut texts: Vec<&str> = value
            .as_array()
            .expect("a list of names")
            .iter()
            .map(|name| name.as_str().expect("a name"))
            .collect();
        texts.sort_unstable();
        texts
    }

    fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_names_are_those_of_the_list() {
        let list = include_str!("../../data/love-api/love11-api.json");
        let list: serde_json::Value = serde_json::from_str(list).expect("the list is JSON");
        let modules = list["modules"].as_object().expect("modules by name");
        for (name, listed) in modules {
            let Some(ours) = names::MODULES.iter().find(|module| module.name == name) else {
                assert_eq!(name, "love", "the module {name} is missing");
                continue;
            };
            assert_eq!(
                sorted(ours.functions),
                texts(&listed["functions"]),
                "love.{name}"
            );
            let types = listed["types"].as_object().expect("types by name");
            assert_eq!(ours.types.len(), types.len(), "types of love.{name}");
            for (type_name, listed) in types {
                let ours = ours
                    .types
                    .iter()
                    .find(|names| names.name == type_name)
                    .unwrap_or_else(|| panic!("the type {type_name} is missing"));
                assert_eq!(
                    sorted(ours.methods),
                    texts(&listed["methods"]),
                    "{type_name}"
                );
                assert_eq!(
                    ours.parent,
                    listed["parent"].as_str().unwrap_or(""),
                    "{type_name}"
                );
            }
        }
        assert!(
            names::MODULES
                .iter()
                .all(|module| modules.contains_key(module.name))
        );
    }
}
