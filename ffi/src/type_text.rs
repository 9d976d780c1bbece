//! Types as text: what `tostring(ffi.typeof(...))` and error messages show.
//!
//! `int (*)[3]` is written from the inside out: prefixes are put in front of what is there, suffixes behind it. Parameters are not
//! shown: every function is `double ()`.
//!
//! ```
//! use rlove_ffi::types::*;
//! let mut types = Types::new();
//! let array = types.array_of(INT32, 12, false);
//! let pointer = types.pointer_to(array);
//! assert_eq!(types.text(pointer), "int (*)[3]");
//! ```

use crate::types::{Kind, Name, TypeId, Types};

/// Texts longer than this are shown as `?`.
const LONGEST_TEXT: usize = 512;

struct Text {
    front: Vec<String>,
    back: String,
    needs_space: bool,
}

impl Text {
    fn word(&mut self, word: &str) {
        if self.needs_space {
            self.front.push(" ".into());
        }
        self.needs_space = true;
        self.front.push(word.into());
    }
    fn mark(&mut self, mark: &str) {
        self.front.push(mark.into());
    }
    fn qualifiers(&mut self, constant: bool, volatile: bool) {
        if volatile {
            self.word("volatile");
        }
        if constant {
            self.word("const");
        }
    }
    fn named(&mut self, name: Option<&Name>, id: TypeId, what: &str) {
        match name {
            Some(name) => self.word(&String::from_utf8_lossy(name)),
            None => self.word(&id.to_string()),
        }
        self.word(what);
    }
}

impl Types {
    /// The type as C writes it.
    pub fn text(&self, id: TypeId) -> String {
        let mut text = Text {
            front: Vec::new(),
            back: String::new(),
            needs_space: false,
        };
        self.write(&mut text, id);
        let mut all: String = text.front.into_iter().rev().collect();
        all.push_str(&text.back);
        if all.len() > LONGEST_TEXT {
            return "?".into();
        }
        all
    }

    fn write(&self, text: &mut Text, id: TypeId) {
        let mut id = id;
        let mut is_pointed_to = false;
        loop {
            let entry = *self.get(id);
            let parenthesise = |text: &mut Text| {
                text.mark("(");
                text.back.push(')');
            };
            match entry.kind {
                Kind::None | Kind::TypeObject => return text.word("ctype"),
                Kind::Void => text.word("void"),
                Kind::Bool => text.word("bool"),
                Kind::Float => text.word(match entry.size {
                    8 => "double",
                    4 => "float",
                    _ => "long double",
                }),
                Kind::Integer { unsigned } => self.write_integer(text, unsigned, entry.size),
                Kind::Complex { .. } => {
                    if entry.size == 8 {
                        text.word("float");
                    }
                    return text.word("complex");
                }
                Kind::Record(index) => {
                    let record = self.record(index);
                    let what = if record.is_union { "union" } else { "struct" };
                    text.named(record.name.as_ref(), record.own_id, what);
                }
                Kind::Enum(index) => {
                    let enumeration = self.enumeration(index);
                    text.named(enumeration.name.as_ref(), enumeration.own_id, "enum");
                }
                Kind::Pointer { target } => {
                    text.qualifiers(entry.constant, entry.volatile);
                    if entry.size == 4 {
                        text.word("__ptr32");
                    }
                    text.mark("*");
                    text.needs_space = true;
                    is_pointed_to = true;
                    id = target;
                    continue;
                }
                Kind::Reference { target } => {
                    text.mark("&");
                    text.needs_space = true;
                    is_pointed_to = true;
                    id = target;
                    continue;
                }
                Kind::Array { element, variable } => {
                    text.needs_space = true;
                    if std::mem::take(&mut is_pointed_to) {
                        parenthesise(text);
                    }
                    let count = self.count_text(element, entry.size, variable);
                    text.back.push_str(&format!("[{count}]"));
                    id = element;
                    continue;
                }
                Kind::Vector { element } => {
                    text.word(&format!("__attribute__((vector_size({})))", entry.size));
                    id = element;
                    continue;
                }
                Kind::Function(index) => {
                    text.needs_space = true;
                    if std::mem::take(&mut is_pointed_to) {
                        parenthesise(text);
                    }
                    text.back.push_str("()");
                    id = self.function(index).result;
                    continue;
                }
            }
            return text.qualifiers(entry.constant, entry.volatile);
        }
    }
    /// The number of elements of an array.
    fn count_text(&self, element: TypeId, size: u32, variable: bool) -> String {
        match self.size_bytes(element) {
            _ if variable => "?".into(),
            _ if size == u32::MAX => String::new(),
            Some(element_size) if element_size > 0 => (size / element_size).to_string(),
            _ => "0".into(),
        }
    }
    fn write_integer(&self, text: &mut Text, unsigned: bool, size: u32) {
        match (size, unsigned) {
            (1, false) => text.word("char"),
            (1, true) => text.word("unsigned char"),
            (2 | 4, _) => {
                text.word(if size == 4 { "int" } else { "short" });
                if unsigned {
                    text.word("unsigned");
                }
            }
            _ => text.word(&format!(
                "{}int{}_t",
                if unsigned { "u" } else { "" },
                size * 8
            )),
        }
    }
}

/// A 64-bit integer with its suffix, as `tostring` shows it.
pub fn integer64_text(bits: u64, unsigned: bool) -> String {
    if unsigned {
        format!("{bits}ULL")
    } else {
        format!("{}LL", bits as i64)
    }
}

/// A complex number, as `tostring` shows it.
pub fn complex_text(real: f64, imaginary: f64) -> Vec<u8> {
    use rlove_vm::library::number_format::append_number;
    let mut text = Vec::new();
    append_number(&mut text, real);
    if !imaginary.is_sign_negative() || imaginary.is_nan() {
        text.push(b'+');
    }
    append_number(&mut text, imaginary);
    let is_word = text.last().is_some_and(|&last| last >= b'a');
    text.push(if is_word { b'I' } else { b'i' });
    text
}
