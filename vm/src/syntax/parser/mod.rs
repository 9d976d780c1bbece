//! The parser: tokens to syntax tree, by recursive descent.
//!
//! The files: this one has the token window, nesting levels and errors; `statement` and `expression` have the grammar.
//!
//! ```text
//! a + b * c      parse_operators(0): a, then `+`, whose right operand is parse_operators(10): b * c
//! ```
//!
//! Invariants:
//! - **Messages are LuaJIT's.** They are made where LuaJIT makes them: at the first token that does not fit, with the lexer's line at
//!   that time. One token of look-ahead is read only where LuaJIT reads it (`{ name =`, `goto name`, `const name`,
//!   `continue end`), because it moves that line.
//! - **Nesting is bounded.** Every recursion of the grammar passes [`Parser::enter_level`], which fails at 200. What is not
//!   nested (suffixes, operators of one level, `elseif`, statements) is a loop.
//!
//! Not here: what needs scopes. `break` without a loop, undefined labels, assignments to `const`, too many locals.

mod expression;
mod statement;
#[cfg(test)]
mod tests;

use super::SyntaxError;
use super::ast::*;
use super::lexer::{Keyword, Lexer, Symbol, Token};

/// The nesting at which a program is rejected: LuaJIT's `LJ_MAX_XLEVEL`.
const LEVEL_LIMIT: usize = 200;

/// What the parser knows about a function around the current token.
struct EnclosingFunction {
    is_vararg: bool,
    /// 0 for the main function.
    line: Line,
}

/// Parses one chunk.
pub(super) struct Parser<'source> {
    lexer: Lexer<'source>,
    token: Token,
    lookahead: Option<Token>,
    /// Where the lexer was when the last token was consumed: the line of that token.
    last_line: Line,
    level: usize,
    /// Innermost last.
    functions: Vec<EnclosingFunction>,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl<'source> Parser<'source> {
    pub(super) fn new(lexer: Lexer<'source>) -> Parser<'source> {
        Parser {
            lexer,
            token: Token::EndOfFile,
            lookahead: None,
            last_line: 1,
            level: 0,
            functions: Vec::new(),
        }
    }

    /// Parses to the end of the source.
    pub(super) fn parse_chunk(mut self) -> Result<Chunk> {
        self.functions.push(EnclosingFunction {
            is_vararg: true,
            line: 0,
        });
        self.advance()?;
        let body = self.parse_block()?;
        if self.token != Token::EndOfFile {
            return Err(self.expected(&Token::EndOfFile));
        }
        Ok(Chunk {
            main: FunctionBody {
                parameters: Vec::new(),
                is_vararg: true,
                body,
                name: None,
                line: 0,
                end_line: self.line(),
            },
        })
    }

    // --- Tokens ---

    /// The lexer's line: that of the current token, or of the one after it when that has been looked at.
    fn line(&self) -> Line {
        self.lexer.line()
    }

    /// Consumes the current token and answers it.
    fn advance(&mut self) -> Result<Token> {
        self.last_line = self.lexer.line();
        let next = match self.lookahead.take() {
            Some(token) => token,
            None => self.lexer.scan()?,
        };
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// The token behind the current one.
    fn look_ahead(&mut self) -> Result<&Token> {
        let token = match self.lookahead.take() {
            Some(token) => token,
            None => self.lexer.scan()?,
        };
        Ok(self.lookahead.insert(token))
    }

    fn is_at(&self, byte: u8) -> bool {
        self.token == Token::Byte(byte)
    }

    fn is_at_keyword(&self, keyword: Keyword) -> bool {
        self.token == Token::Keyword(keyword)
    }

    /// Consumes the current token if it is `token`.
    fn accept(&mut self, token: &Token) -> Result<bool> {
        let is_there = self.token == *token;
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn accept_byte(&mut self, byte: u8) -> Result<bool> {
        self.accept(&Token::Byte(byte))
    }

    /// Consumes `token` or fails.
    fn expect(&mut self, token: &Token) -> Result<()> {
        if self.accept(token)? {
            Ok(())
        } else {
            Err(self.expected(token))
        }
    }

    fn expect_byte(&mut self, byte: u8) -> Result<()> {
        self.expect(&Token::Byte(byte))
    }

    fn expect_keyword(&mut self, keyword: Keyword) -> Result<()> {
        self.expect(&Token::Keyword(keyword))
    }

    /// Consumes `close`, which ends what `open` began at `line`, or fails.
    fn expect_match(&mut self, close: &Token, open: &Token, line: Line) -> Result<()> {
        if self.accept(close)? {
            return Ok(());
        }
        if line == self.line() {
            return Err(self.expected(close));
        }
        let message = format!(
            "'{}' expected (to close '{}' at line {line})",
            close.display(),
            open.display()
        );
        Err(self.error_near_token(&message))
    }

    /// Consumes a name or fails.
    fn expect_name(&mut self) -> Result<Bytes> {
        if !is_name(&self.token) {
            return Err(self.error_near_token("'<name>' expected"));
        }
        match self.advance()? {
            Token::Name(name) => Ok(name),
            other => Ok(self.lexer.intern(other.display().as_bytes())),
        }
    }

    // --- Nesting ---

    /// Begins one level of nesting. On an error the level does not matter any more: parsing ends.
    fn enter_level(&mut self) -> Result<()> {
        self.level += 1;
        if self.level >= LEVEL_LIMIT {
            return Err(self.lexer.error("chunk has too many syntax levels"));
        }
        Ok(())
    }

    fn leave_level(&mut self) {
        self.level -= 1;
    }

    // --- Errors ---

    /// An error near the current token.
    fn error_near_token(&self, message: &str) -> SyntaxError {
        match &self.token {
            // LuaJIT's number for "no token" is 0.
            Token::Byte(0) => self.lexer.error(message),
            Token::Name(_) | Token::String(_) | Token::Number(_) => {
                self.lexer.error_near(message, self.lexer.near_text())
            }
            token => self.lexer.error_near(message, token.display().as_bytes()),
        }
    }

    fn expected(&self, token: &Token) -> SyntaxError {
        self.error_near_token(&format!("'{}' expected", token.display()))
    }

    /// An error for a function that has more than `limit` of `what`.
    fn too_many(&self, limit: usize, what: &str) -> SyntaxError {
        let line = self.functions.last().map_or(0, |function| function.line);
        self.lexer.error(&if line == 0 {
            format!("main function has more than {limit} {what}")
        } else {
            format!("function at line {line} has more than {limit} {what}")
        })
    }
}

/// Whether `token` can be a name: `goto`, `continue` and `const` can.
fn is_name(token: &Token) -> bool {
    matches!(
        token,
        Token::Name(_) | Token::Keyword(Keyword::Goto | Keyword::Continue | Keyword::Const)
    )
}

/// Whether `token` ends a block.
fn is_block_end(token: &Token) -> bool {
    matches!(
        token,
        Token::Keyword(Keyword::Else | Keyword::Elseif | Keyword::End | Keyword::Until)
            | Token::EndOfFile
    )
}

/// Whether `token` begins the arguments of a call.
fn is_arguments_begin(token: &Token) -> bool {
    matches!(token, Token::Byte(b'(' | b'{') | Token::String(_))
}
