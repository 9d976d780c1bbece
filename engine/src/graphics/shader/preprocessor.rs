//! `#define`, `#if` and the rest: tokens → the tokens that the parser sees.
//!
//! ```text
//! #define TWICE(x) (2.0 * (x))
//! #ifdef PIXEL
//! return TWICE(y);               →   return ( 2.0 * ( y ) ) ;
//! #endif
//! ```
//!
//! A macro does not expand inside its own expansion. Calls may go over several lines. Growth is limited, so that a few
//! lines of macros cannot fill the memory. Messages are those of LÖVE's compiler.

use super::error::ShaderError;
use super::lexer::{Class, Token, tokens};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// More tokens than any real shader has.
const MAX_TOKENS: usize = 1 << 20;
/// Macros inside macros.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Debug)]
struct Macro {
    /// `None` for macros without brackets.
    parameters: Option<Vec<Rc<str>>>,
    body: Vec<Token>,
}

struct Condition {
    /// The branch is being read.
    active: bool,
    /// A branch has been read, or the whole is inside something left out.
    done: bool,
    has_else: bool,
}

/// The state of preprocessing: what is defined.
#[derive(Clone, Debug, Default)]
pub struct Preprocessor {
    macros: FxHashMap<Rc<str>, Macro>,
    produced: usize,
}

impl Preprocessor {
    /// Defines a macro without parameters.
    pub fn define(&mut self, name: &str, body: &str) {
        let body = tokens(body, 0);
        self.macros.insert(
            name.into(),
            Macro {
                parameters: None,
                body,
            },
        );
    }

    /// The tokens of `text` after all directives and macros.
    pub fn run(&mut self, text: &str, first_line: u32) -> Result<Vec<Token>, ShaderError> {
        let source = tokens(text, first_line);
        let last_line = first_line + text.bytes().filter(|byte| *byte == b'\n').count() as u32;
        let mut output = Vec::new();
        let mut pending: Vec<Token> = Vec::new();
        let mut conditions: Vec<Condition> = Vec::new();
        let mut shift = 0_i64;
        let mut at = 0;
        while at < source.len() {
            let start = at;
            at += 1;
            while at < source.len() && !source[at].first {
                at += 1;
            }
            let line = &source[start..at];
            let is_active = conditions.iter().all(|condition| condition.active);
            if !line[0].is("#") {
                if is_active {
                    pending.extend(line.iter().map(|token| Token {
                        line: (i64::from(token.line) + shift).clamp(0, i64::from(u32::MAX)) as u32,
                        ..token.clone()
                    }));
                }
                continue;
            }
            let number = (i64::from(line[0].line) + shift).max(0) as u32;
            self.expand(&pending, &mut Vec::new(), &mut output)?;
            pending.clear();
            let Some(name) = line.get(1) else { continue };
            if self.conditional(name, &line[2..], number, is_active, &mut conditions)? || !is_active
            {
                continue;
            }
            if name.is("line") {
                if let Some(wanted) = line.get(2).and_then(|t| t.text.parse::<i64>().ok()) {
                    shift = wanted - i64::from(line[0].line) - 1;
                }
                continue;
            }
            self.directive(name, &line[2..], number)?;
        }
        self.expand(&pending, &mut Vec::new(), &mut output)?;
        if conditions.is_empty() {
            Ok(output)
        } else {
            Err(ShaderError::syntax(last_line, "'' : missing #endif "))
        }
    }

    /// Handles `#if` and its relatives; false for other directives.
    fn conditional(
        &mut self,
        name: &Token,
        rest: &[Token],
        line: u32,
        is_active: bool,
        conditions: &mut Vec<Condition>,
    ) -> Result<bool, ShaderError> {
        match &*name.text {
            "if" | "ifdef" | "ifndef" => {
                let active = is_active && self.holds(&name.text, rest, line)?;
                conditions.push(Condition {
                    active,
                    done: active || !is_active,
                    has_else: false,
                });
            }
            "elif" => {
                let Some(condition) = conditions.last_mut() else {
                    return Err(ShaderError::syntax(
                        line,
                        "'#elif' : mismatched statements ",
                    ));
                };
                if condition.has_else {
                    return Err(ShaderError::syntax(line, "'#elif' : #elif after #else "));
                }
                condition.active = false;
                if !condition.done {
                    let holds = self.holds("if", rest, line)?;
                    if let Some(condition) = conditions.last_mut() {
                        (condition.active, condition.done) = (holds, holds);
                    }
                }
            }
            "else" => {
                let Some(condition) = conditions.last_mut() else {
                    return Err(ShaderError::syntax(
                        line,
                        "'#else' : mismatched statements ",
                    ));
                };
                if condition.has_else {
                    return Err(ShaderError::syntax(line, "'#else' : #else after #else "));
                }
                condition.has_else = true;
                condition.active = !condition.done;
                condition.done = true;
            }
            "endif" => {
                if conditions.pop().is_none() {
                    return Err(ShaderError::syntax(
                        line,
                        "'#endif' : mismatched statements ",
                    ));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn directive(&mut self, name: &Token, rest: &[Token], line: u32) -> Result<(), ShaderError> {
        match &*name.text {
            "define" => self.define_from(rest, line),
            "undef" => {
                if let Some(name) = rest.first() {
                    self.macros.remove(&name.text);
                }
                Ok(())
            }
            "error" => {
                let words: Vec<&str> = rest.iter().map(|token| &*token.text).collect();
                let text = words.join(" ");
                Err(ShaderError::syntax(line, format!("'#error' : {text}  ")))
            }
            "version" | "extension" | "pragma" => Ok(()),
            "include" => Err(ShaderError::syntax(
                line,
                "'#include' : required extension not requested: GL_GOOGLE_include_directive",
            )),
            other => Err(ShaderError::syntax(
                line,
                format!("'#' : invalid directive: {other}"),
            )),
        }
    }

    fn define_from(&mut self, rest: &[Token], line: u32) -> Result<(), ShaderError> {
        let Some(name) = rest
            .first()
            .filter(|token| token.class == Class::Identifier)
        else {
            return Err(ShaderError::syntax(
                line,
                "'#define' : must be followed by macro name ",
            ));
        };
        let has_brackets = rest
            .get(1)
            .is_some_and(|token| token.is("(") && !token.spaced);
        let (parameters, body) = if has_brackets {
            let Some(end) = rest.iter().position(|token| token.is(")")) else {
                return Err(ShaderError::syntax(line, "'#define' : bad argument "));
            };
            let names = rest[2..end].iter().filter(|token| !token.is(","));
            let names: Vec<Rc<str>> = names.map(|token| token.text.clone()).collect();
            (Some(names), &rest[end + 1..])
        } else {
            (None, &rest[1..])
        };
        let body = body.to_vec();
        self.macros
            .insert(name.text.clone(), Macro { parameters, body });
        Ok(())
    }

    fn holds(&mut self, directive: &str, rest: &[Token], line: u32) -> Result<bool, ShaderError> {
        if directive != "if" {
            let Some(name) = rest.first() else {
                return Err(ShaderError::syntax(
                    line,
                    format!("'#{directive}' : must be followed by macro name "),
                ));
            };
            let is_defined = self.macros.contains_key(&name.text) || is_dynamic(&name.text);
            return Ok(is_defined == (directive == "ifdef"));
        }
        // `defined` looks at names before they expand.
        let mut resolved = Vec::new();
        let mut at = 0;
        while at < rest.len() {
            if !rest[at].is("defined") {
                resolved.push(rest[at].clone());
                at += 1;
                continue;
            }
            let bracket = rest.get(at + 1).is_some_and(|token| token.is("("));
            let name = rest.get(at + 1 + usize::from(bracket));
            let is_defined = name
                .is_some_and(|name| self.macros.contains_key(&name.text) || is_dynamic(&name.text));
            resolved.push(Token {
                class: Class::Number,
                text: if is_defined { "1".into() } else { "0".into() },
                ..rest[at].clone()
            });
            at += if bracket { 4 } else { 2 };
        }
        let mut expanded = Vec::new();
        self.expand(&resolved, &mut Vec::new(), &mut expanded)?;
        let mut evaluation = Evaluation {
            tokens: &expanded,
            at: 0,
            line,
        };
        let value = evaluation.conditional(0)?;
        if evaluation.at < expanded.len() {
            return Err(ShaderError::syntax(
                line,
                "'#if' : unexpected tokens following directive - expected a newline",
            ));
        }
        Ok(value != 0)
    }

    /// Expands macros. `active` are the macros that are being expanded.
    fn expand(
        &mut self,
        input: &[Token],
        active: &mut Vec<Rc<str>>,
        output: &mut Vec<Token>,
    ) -> Result<(), ShaderError> {
        let mut at = 0;
        while at < input.len() {
            let token = &input[at];
            at += 1;
            self.produced += 1;
            if self.produced > MAX_TOKENS {
                return Err(ShaderError::syntax(
                    token.line,
                    "'' : shader text is too long ",
                ));
            }
            if token.class != Class::Identifier || active.contains(&token.text) {
                output.push(token.clone());
                continue;
            }
            if &*token.text == "__LINE__" {
                output.push(Token {
                    class: Class::Number,
                    text: token.line.to_string().into(),
                    ..token.clone()
                });
                continue;
            }
            let Some(found) = self.macros.get(&token.text).cloned() else {
                output.push(token.clone());
                continue;
            };
            let mut body = match &found.parameters {
                None => found.body.clone(),
                Some(parameters) => {
                    if !input.get(at).is_some_and(|next| next.is("(")) {
                        output.push(token.clone());
                        continue;
                    }
                    let arguments = collect_arguments(input, &mut at, token)?;
                    let expected = parameters.len();
                    let empty = expected == 0 && arguments.len() == 1 && arguments[0].is_empty();
                    if arguments.len() != expected && !empty {
                        let what = if arguments.len() < expected {
                            "few"
                        } else {
                            "many"
                        };
                        return Err(ShaderError::syntax(
                            token.line,
                            format!("'{}' : Too {what} args in macro", token.text),
                        ));
                    }
                    self.substitute(&found.body, parameters, &arguments, active)?
                }
            };
            paste(&mut body);
            for part in &mut body {
                part.line = token.line;
            }
            if active.len() >= MAX_DEPTH {
                return Err(ShaderError::syntax(
                    token.line,
                    "'' : macros are nested too deeply ",
                ));
            }
            active.push(token.text.clone());
            let result = self.expand(&body, active, output);
            active.pop();
            result?;
        }
        Ok(())
    }

    /// A macro's body with its arguments in place.
    fn substitute(
        &mut self,
        body: &[Token],
        parameters: &[Rc<str>],
        arguments: &[Vec<Token>],
        active: &mut Vec<Rc<str>>,
    ) -> Result<Vec<Token>, ShaderError> {
        let mut result = Vec::new();
        for (index, token) in body.iter().enumerate() {
            let place = parameters.iter().position(|name| *name == token.text);
            let Some(argument) = place.and_then(|place| arguments.get(place)) else {
                result.push(token.clone());
                continue;
            };
            let is_pasted = body.get(index + 1).is_some_and(|next| next.is("##"))
                || (index > 0 && body[index - 1].is("##"));
            if is_pasted {
                result.extend_from_slice(argument);
            } else {
                self.expand(argument, active, &mut result)?;
            }
            if result.len() > MAX_TOKENS {
                return Err(ShaderError::syntax(
                    token.line,
                    "'' : shader text is too long ",
                ));
            }
        }
        Ok(result)
    }
}

/// Names that are always defined though no table has them.
fn is_dynamic(name: &str) -> bool {
    matches!(name, "__LINE__" | "__FILE__")
}

/// The arguments of a macro call; `at` is at its opening bracket, and after the closing one afterwards.
fn collect_arguments(
    input: &[Token],
    at: &mut usize,
    name: &Token,
) -> Result<Vec<Vec<Token>>, ShaderError> {
    let mut arguments = vec![Vec::new()];
    let mut depth = 1;
    *at += 1;
    while let Some(token) = input.get(*at) {
        *at += 1;
        match &*token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            "," if depth == 1 => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            return Ok(arguments);
        }
        if let Some(last) = arguments.last_mut() {
            last.push(token.clone());
        }
    }
    Err(ShaderError::syntax(
        name.line,
        format!("'{}' : End of input in macro", name.text),
    ))
}

/// Joins the tokens around each `##`.
fn paste(body: &mut Vec<Token>) {
    while let Some(place) = body.iter().position(|token| token.is("##")) {
        if place == 0 || place + 1 >= body.len() {
            body.remove(place);
            continue;
        }
        let joined = format!("{}{}", body[place - 1].text, body[place + 1].text);
        let parts: Vec<Token> = tokens(&joined, body[place].line)
            .into_iter()
            // Pasting may give "##" itself, which would never end.
            .filter(|token| !token.is("##"))
            .collect();
        body.splice(place - 1..place + 2, parts);
    }
}

/// The arithmetic of `#if`.
struct Evaluation<'a> {
    tokens: &'a [Token],
    at: usize,
    line: u32,
}

impl Evaluation<'_> {
    fn error<T>(&self) -> Result<T, ShaderError> {
        Err(ShaderError::syntax(
            self.line,
            "'preprocessor evaluation' : bad expression ",
        ))
    }

    fn conditional(&mut self, depth: usize) -> Result<i64, ShaderError> {
        self.binary(0, depth)
    }

    fn binary(&mut self, level: u8, depth: usize) -> Result<i64, ShaderError> {
        let mut left = self.unary(depth)?;
        while let Some((token, own)) = self
            .tokens
            .get(self.at)
            .and_then(|token| Some((token, precedence(&token.text)?)))
            .filter(|(_, own)| *own > level)
        {
            self.at += 1;
            let right = self.binary(own, depth + 1)?;
            left = match apply(&token.text, left, right) {
                Some(value) => value,
                None => return self.error(),
            };
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<i64, ShaderError> {
        if depth > MAX_DEPTH {
            return self.error();
        }
        let Some(token) = self.tokens.get(self.at) else {
            return self.error();
        };
        self.at += 1;
        match &*token.text {
            "!" => Ok(i64::from(self.unary(depth + 1)? == 0)),
            "-" => Ok(self.unary(depth + 1)?.wrapping_neg()),
            "+" => self.unary(depth + 1),
            "~" => Ok(!self.unary(depth + 1)?),
            "(" => {
                let value = self.conditional(depth + 1)?;
                if self.tokens.get(self.at).is_some_and(|token| token.is(")")) {
                    self.at += 1;
                    Ok(value)
                } else {
                    self.error()
                }
            }
            _ if token.class == Class::Number => match integer(&token.text) {
                Some(value) => Ok(i64::from(value)),
                None => self.error(),
            },
            _ if token.class == Class::Identifier => Ok(0),
            _ => self.error(),
        }
    }
}

fn precedence(operator: &str) -> Option<u8> {
    Some(match operator {
        "||" => 1,
        "&&" => 2,
        "|" => 3,
        "^" => 4,
        "&" => 5,
        "==" | "!=" => 6,
        "<" | ">" | "<=" | ">=" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        _ => return None,
    })
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    Some(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<<" => left.wrapping_shl(right as u32),
        ">>" => left.wrapping_shr(right as u32),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right)?,
        _ => left.checked_rem(right)?,
    })
}

/// The value of a whole number in the language's notation (decimal, octal, hexadecimal), without its suffix.
pub fn integer(text: &str) -> Option<u32> {
    let text = text.strip_suffix(['u', 'U']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        u32::from_str_radix(digits, 16).ok()
    } else if text.len() > 1 && text.starts_with('0') {
        u32::from_str_radix(text, 8).ok()
    } else {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<String, ShaderError> {
        let tokens = Preprocessor::default().run(text, 1)?;
        let texts: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
        Ok(texts.join(" "))
    }

    #[test]
    fn macros_expand_once_and_take_arguments() {
        assert_eq!(run("#define A A B\n#define B (1)\nA").unwrap(), "A ( 1 )");
        assert_eq!(
            run("#define F(x,y) x*(y)\nF((a,b),\n c)").unwrap(),
            "( a , b ) * ( c )"
        );
        assert_eq!(run("#define F() z\nF() F").unwrap(), "z F");
        assert_eq!(run("#define P(a,b) a##b\nP(x,1)").unwrap(), "x1");
    }

    #[test]
    fn conditions_choose_one_branch() {
        let text = "#define N 3\n#if N*2 > 5 && !defined(Q)\na\n#elif 1\nb\n#else\nc\n#endif";
        assert_eq!(run(text).unwrap(), "a");
        assert_eq!(
            run("#ifdef X\n#if 1\na\n#else\nb\n#endif\n#else\nc\n#endif").unwrap(),
            "c"
        );
        assert_eq!(
            run("#if 1\na").unwrap_err().to_string(),
            "0:2: '' : missing #endif "
        );
    }

    #[test]
    fn growth_is_limited() {
        let mut text = "#define A0 x x\n".to_owned();
        for level in 1..40 {
            text += &format!("#define A{level} A{} A{}\n", level - 1, level - 1);
        }
        assert!(run(&(text + "A39")).is_err());
    }
}
