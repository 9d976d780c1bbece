//! Which text is which stage.
//!
//! `love.graphics.newShader` takes one or two texts, each of which may hold either stage or both; what a text is shows in the
//! functions it defines: `vec4 position(` for vertices, `vec4 effect(` or `void effect(` for pixels. The version of the
//! language is in a first line `#pragma language glsl3`.

use super::parser::Language;

/// The texts of a shader.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Text with `position`.
    pub vertex: Option<String>,
    /// Text with `effect`.
    pub pixel: Option<String>,
    /// Version of the language.
    pub language: Language,
    /// The pixel stage has `void effect()`.
    pub is_custom_pixel: bool,
    /// It also names `love_Canvases`.
    pub is_multi_canvas: bool,
}

/// Whether a text has `word`, white space, `name`, white space if any, and a bracket.
fn defines(text: &str, word: &str, name: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let rest = &text[at + word.len()..];
        let trimmed = rest.trim_start();
        trimmed.len() < rest.len()
            && trimmed
                .strip_prefix(name)
                .is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}

/// The version named in a text's first line.
fn language_name(text: &str) -> &str {
    let rest = text.trim_start().strip_prefix("#pragma language ");
    let name = rest.map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        &rest[..end]
    });
    name.filter(|name| !name.is_empty()).unwrap_or("glsl1")
}

impl Sources {
    /// Sorts texts into stages. The error is LÖVE's sentence.
    pub fn identify(first: Option<&str>, second: Option<&str>) -> Result<Self, String> {
        let mut sources = Self {
            vertex: None,
            pixel: None,
            language: Language::Glsl1,
            is_custom_pixel: false,
            is_multi_canvas: false,
        };
        for text in [first, second].into_iter().flatten() {
            if defines(text, "vec4", "position") {
                sources.vertex = Some(text.to_owned());
            }
            let is_plain = defines(text, "vec4", "effect");
            let is_custom = !is_plain && defines(text, "void", "effect");
            if is_plain || is_custom {
                sources.pixel = Some(text.to_owned());
                sources.is_custom_pixel = is_custom;
                sources.is_multi_canvas = is_custom && text.contains("love_Canvases");
            }
        }
        let texts = (sources.vertex.as_deref(), sources.pixel.as_deref());
        let name = texts.1.or(texts.0).map_or("glsl1", language_name);
        if texts.0.or(texts.1).map_or("glsl1", language_name) != name {
            return Err("vertex and pixel shader languages must match".to_owned());
        }
        sources.language = match name {
            "glsl1" => Language::Glsl1,
            "glsl3" => Language::Glsl3,
            "glsl4" => Language::Glsl4,
            other => return Err(format!("Invalid shader language: {other}")),
        };
        Ok(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_what_they_are() {
        let vertex = "vec4  position (mat4 m, vec4 p) {}";
        let pixel = "#pragma language glsl3\nvoid effect() { love_Canvases[0] = vec4(1.0); }";
        let found = Sources::identify(Some(pixel), None).unwrap();
        assert!(found.vertex.is_none() && found.is_custom_pixel && found.is_multi_canvas);
        assert_eq!(found.language, Language::Glsl3);
        let error = Sources::identify(Some(vertex), Some(pixel)).unwrap_err();
        assert_eq!(error, "vertex and pixel shader languages must match");
        let nothing = Sources::identify(Some("vec4 effects()"), None).unwrap();
        assert!(nothing.vertex.is_none() && nothing.pixel.is_none());
    }
}
