//! What is wrong with a shader, in the words of LÖVE's compiler.
//!
//! ```text
//! Error validating pixel shader code:
//! Line 2: ERROR: 'foo' : undeclared identifier
//! Line 2: ERROR: '' : compilation terminated
//! ERROR: 2 compilation errors.  No code generated.
//! ```
//!
//! LÖVE hands its users the messages of glslang, which stops at the first error. An error of the grammar or the
//! preprocessor stands alone; one of meaning is followed by "compilation terminated".

/// Which half of a shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Moves vertices.
    Vertex,
    /// Colours pixels.
    Pixel,
}

impl Stage {
    /// As messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vertex => "vertex",
            Self::Pixel => "pixel",
        }
    }
}

/// The first thing that is wrong with a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShaderError {
    /// Line of the user's text.
    pub line: u32,
    /// The messages about that line; the first is the reason of the others.
    pub messages: Vec<String>,
    is_syntax: bool,
}

impl ShaderError {
    /// Something that is not the language's form.
    pub fn syntax(line: u32, message: impl Into<String>) -> Self {
        Self {
            line,
            messages: vec![message.into()],
            is_syntax: true,
        }
    }

    /// Something that has the form and no meaning.
    pub fn semantic(line: u32, message: impl Into<String>) -> Self {
        Self {
            line,
            messages: vec![message.into()],
            is_syntax: false,
        }
    }

    /// A message that follows from the first.
    pub fn followed_by(mut self, message: impl Into<String>) -> Self {
        self.messages.push(message.into());
        self
    }

    fn all_messages(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.messages.iter().map(String::as_str).collect();
        if !self.is_syntax {
            all.push("'' : compilation terminated ");
        }
        all
    }

    /// As `love.graphics.newShader` raises it.
    pub fn for_new_shader(&self, stage: Stage) -> String {
        let mut text = format!("Error validating {} shader code:", stage.name());
        let all = self.all_messages();
        for message in &all {
            text += &format!("\nLine {}: ERROR: {message}", self.line);
        }
        text + &format!(
            "\nERROR: {} compilation errors.  No code generated.",
            all.len()
        )
    }

    /// As `love.graphics.validateShader` answers it.
    pub fn for_validation(&self, stage: Stage) -> String {
        let mut text = format!("Error validating {} shader:\n\n", stage.name());
        let all = self.all_messages();
        for message in &all {
            text += &format!("ERROR: 0:{}: {message}\n", self.line);
        }
        text + &format!(
            "ERROR: {} compilation errors.  No code generated.\n\n\n",
            all.len()
        )
    }
}

impl std::fmt::Display for ShaderError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "0:{}: {}", self.line, self.messages.join("; "))
    }
}
