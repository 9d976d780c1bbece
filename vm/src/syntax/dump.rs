//! Text dumps of what lexer and parser made, for `--dump=tokens` and `--dump=ast`.
//!
//! ```text
//! local x = a.b(1)        1  local                 (chunk
//!                         1  name    x               (local@1 x
//!                         1  =                         (suffixes a .b (call@1 1))))
//!                         1  name    a
//!                         …
//! ```
//!
//! The tree is written as S-expressions. A node that fits into a line stays on one; otherwise its parts stand below each other,
//! indented. `@3` is a line of the source; only statements, functions and calls show theirs.
//!
//! Not here: a format that can be read back. Bytes that are not printable ASCII are escaped.

use super::SyntaxError;
use super::ast::*;
use super::lexer::{Lexer, Token};
use super::number::Number;

/// Nodes wider than this are broken into lines.
const LINE_WIDTH: usize = 100;

/// One line for each token of `source`: its line, its kind, and what it stands for.
pub fn dump_tokens(source: &[u8], chunk_name: &[u8]) -> Result<String, SyntaxError> {
    let mut lexer = Lexer::new(source, chunk_name);
    let mut dump = String::new();
    loop {
        let token = lexer.scan()?;
        let line = lexer.line();
        dump += &match &token {
            Token::Name(name) => format!("{line}  name    {}\n", name.escape_ascii()),
            Token::String(value) => format!("{line}  string  {}\n", quoted(value)),
            Token::Number(value) => format!("{line}  number  {}\n", number(*value)),
            other => format!("{line}  {}\n", other.display()),
        };
        if token == Token::EndOfFile {
            return Ok(dump);
        }
    }
}

/// The tree as S-expressions.
pub fn dump_chunk(chunk: &Chunk) -> String {
    let mut root = Node::list("chunk".to_owned());
    root.extend(chunk.main.body.statements.iter().map(statement));
    let mut dump = String::new();
    root.write(0, &mut dump);
    dump.push('\n');
    dump
}

/// A node of the text: an atom, or a head with parts.
struct Node {
    head: String,
    parts: Vec<Node>,
    is_list: bool,
    /// Length when written on one line.
    width: usize,
}

impl Node {
    fn atom(head: String) -> Node {
        Node {
            width: head.len(),
            head,
            parts: Vec::new(),
            is_list: false,
        }
    }

    fn list(head: String) -> Node {
        Node {
            width: head.len() + 2,
            head,
            parts: Vec::new(),
            is_list: true,
        }
    }

    fn with(mut self, part: Node) -> Node {
        self.width += 1 + part.width;
        self.parts.push(part);
        self
    }

    fn extend(&mut self, parts: impl IntoIterator<Item = Node>) {
        for part in parts {
            self.width += 1 + part.width;
            self.parts.push(part);
        }
    }

    fn with_all(mut self, parts: impl IntoIterator<Item = Node>) -> Node {
        self.extend(parts);
        self
    }

    fn write(&self, indent: usize, dump: &mut String) {
        if !self.is_list {
            dump.push_str(&self.head);
            return;
        }
        dump.push('(');
        dump.push_str(&self.head);
        let is_broken = indent + self.width > LINE_WIDTH;
        // Leading atoms (the names of a `local`) stay behind the head.
        let mut is_leading = true;
        for part in &self.parts {
            is_leading &= !part.is_list;
            if is_broken && !is_leading {
                dump.push('\n');
                dump.extend(std::iter::repeat_n(' ', indent + 2));
            } else {
                dump.push(' ');
            }
            part.write(indent + 2, dump);
        }
        dump.push(')');
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

fn number(value: Number) -> String {
    match value {
        Number::Float(value) => value.to_string(),
        Number::Integer64(value) => format!("{value}LL"),
        Number::Unsigned64(value) => format!("{value}ULL"),
        Number::Imaginary(value) => format!("{value}i"),
    }
}

fn name(name: &Bytes) -> Node {
    Node::atom(name.escape_ascii().to_string())
}

fn block(head: &str, block: &Block) -> Node {
    Node::list(head.to_owned()).with_all(block.statements.iter().map(statement))
}

fn values(values: &[Expression]) -> impl Iterator<Item = Node> {
    values.iter().map(expression)
}

fn statement(statement: &Statement) -> Node {
    let list = |head: &str| Node::list(format!("{head}@{}", statement.line));
    let declaration = |is_const: bool| if is_const { "const" } else { "local" };
    match &statement.kind {
        StatementKind::Local {
            names,
            is_const,
            values: list_of_values,
        } => list(declaration(*is_const))
            .with_all(names.iter().map(name))
            .with_all(list_of_values.first().map(|_| Node::atom("=".to_owned())))
            .with_all(values(list_of_values)),
        StatementKind::LocalFunction {
            name: function_name,
            is_const,
            function: body,
        } => list(&format!("{}-function", declaration(*is_const)))
            .with(name(function_name))
            .with(function(body)),
        StatementKind::Function {
            target,
            is_method,
            function: body,
        } => list(if *is_method {
            "set-method"
        } else {
            "set-function"
        })
        .with(expression(target))
        .with(function(body)),
        StatementKind::Assign {
            targets,
            values: list_of_values,
        } => list("assign")
            .with_all(values(targets))
            .with(Node::atom("=".to_owned()))
            .with_all(values(list_of_values)),
        StatementKind::CompoundAssign {
            target,
            operator,
            value,
        } => {
            let operator = match operator {
                CompoundOperator::Binary(operator) => binary_operator(*operator),
                CompoundOperator::Concat => "..",
            };
            list(&format!("{operator}="))
                .with(expression(target))
                .with(expression(value))
        }
        StatementKind::Call(call) => list("call-statement").with(expression(call)),
        StatementKind::Do(body) => list("do").with_all(body.statements.iter().map(self::statement)),
        StatementKind::While { condition, body } => list("while")
            .with(expression(condition))
            .with(block("do", body)),
        StatementKind::Repeat { body, condition } => list("repeat")
            .with(block("do", body))
            .with(expression(condition)),
        StatementKind::If {
            branches,
            otherwise,
        } => list("if")
            .with_all(branches.iter().map(|branch| {
                Node::list("case".to_owned())
                    .with(expression(&branch.condition))
                    .with(block("then", &branch.body))
            }))
            .with_all(otherwise.iter().map(|otherwise| block("else", otherwise))),
        StatementKind::NumericFor {
            variable,
            start,
            limit,
            step,
            body,
            ..
        } => list("for")
            .with(name(variable))
            .with(expression(start))
            .with(expression(limit))
            .with_all(step.iter().map(expression))
            .with(block("do", body)),
        StatementKind::GenericFor {
            variables,
            values: list_of_values,
            body,
            ..
        } => list("for-in")
            .with_all(variables.iter().map(name))
            .with(Node::list("in".to_owned()).with_all(values(list_of_values)))
            .with(block("do", body)),
        StatementKind::Return(list_of_values) => list("return").with_all(values(list_of_values)),
        StatementKind::Break => list("break"),
        StatementKind::Continue => list("continue"),
        StatementKind::Goto(label) => list("goto").with(name(label)),
        StatementKind::Label {
            name: label,
            is_trailing,
        } => list(if *is_trailing {
            "trailing-label"
        } else {
            "label"
        })
        .with(name(label)),
    }
}

fn function(function: &FunctionBody) -> Node {
    let mut parameters =
        Node::list("parameters".to_owned()).with_all(function.parameters.iter().map(name));
    if function.is_vararg {
        parameters = parameters.with(Node::atom("...".to_owned()));
    }
    Node::list(format!("function@{}-{}", function.line, function.end_line))
        .with_all(function.name.iter().map(name))
        .with(parameters)
        .with_all(function.body.statements.iter().map(statement))
}

fn expression(expression: &Expression) -> Node {
    let list = |head: &str| Node::list(head.to_owned());
    match &expression.kind {
        ExpressionKind::Nil => Node::atom("nil".to_owned()),
        ExpressionKind::True => Node::atom("true".to_owned()),
        ExpressionKind::False => Node::atom("false".to_owned()),
        ExpressionKind::Number(value) => Node::atom(number(Number::Float(*value))),
        ExpressionKind::Integer64(value) => Node::atom(number(Number::Integer64(*value))),
        ExpressionKind::Unsigned64(value) => Node::atom(number(Number::Unsigned64(*value))),
        ExpressionKind::Imaginary(value) => Node::atom(number(Number::Imaginary(*value))),
        ExpressionKind::String(value) => Node::atom(quoted(value)),
        ExpressionKind::Vararg => Node::atom("...".to_owned()),
        ExpressionKind::Function(body) => function(body),
        ExpressionKind::Name(variable) => name(variable),
        ExpressionKind::Suffixed { base, suffixes } => list("suffixes")
            .with(self::expression(base))
            .with_all(suffixes.iter().map(suffix)),
        ExpressionKind::Paren(inner) => list("paren").with(self::expression(inner)),
        ExpressionKind::Unary { operator, operand } => list(match operator {
            UnaryOperator::Not => "not",
            UnaryOperator::Negate => "-",
            UnaryOperator::Length => "#",
            UnaryOperator::BitNot => "~",
        })
        .with(self::expression(operand)),
        ExpressionKind::Binary { first, rest } => operators(
            first,
            rest.iter()
                .map(|step| (binary_operator(step.operator), &step.operand))
                .collect(),
        ),
        ExpressionKind::Logical { first, rest } => operators(
            first,
            rest.iter()
                .map(|step| (logical_operator(step.operator), &step.operand))
                .collect(),
        ),
        ExpressionKind::Concat(operands) => list("..").with_all(values(operands)),
        ExpressionKind::Conditional {
            condition,
            if_true,
            if_false,
        } => list("?").with_all([condition, if_true, if_false].map(|part| self::expression(part))),
        ExpressionKind::Table(items) => list("table").with_all(items.iter().map(table_item)),
    }
}

/// `(+ a b)` for one operator, `(operators a (+ b) (- c))` for several.
fn operators(first: &Expression, steps: Vec<(&'static str, &Expression)>) -> Node {
    if let [(operator, operand)] = steps[..] {
        return Node::list(operator.to_owned())
            .with(expression(first))
            .with(expression(operand));
    }
    Node::list("operators".to_owned())
        .with(expression(first))
        .with_all(
            steps.into_iter().map(|(operator, operand)| {
                Node::list(operator.to_owned()).with(expression(operand))
            }),
        )
}

fn suffix(suffix: &Suffix) -> Node {
    let mark = if suffix.is_safe { "?" } else { "" };
    match &suffix.kind {
        SuffixKind::Field(field) => Node::atom(format!("{mark}.{}", field.escape_ascii())),
        SuffixKind::Index(key) => Node::list(format!("{mark}[]")).with(expression(key)),
        SuffixKind::Call(arguments) => {
            Node::list(format!("{mark}call@{}", suffix.line)).with_all(values(arguments))
        }
        SuffixKind::MethodCall {
            name: method,
            is_method_safe,
            arguments,
        } => {
            let method_mark = if *is_method_safe { "?" } else { "" };
            Node::list(format!("{mark}method{method_mark}@{}", suffix.line))
                .with(name(method))
                .with_all(values(arguments))
        }
    }
}

fn table_item(item: &TableItem) -> Node {
    let value = expression(&item.value);
    match &item.key {
        TableKey::Position => value,
        TableKey::Name(field) => Node::list(format!(".{}", field.escape_ascii())).with(value),
        TableKey::Computed(key) => Node::list("[]".to_owned())
            .with(expression(key))
            .with(value),
    }
}

fn binary_operator(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Power => "^",
        BinaryOperator::BitAnd => "&",
        BinaryOperator::BitOr => "|",
        BinaryOperator::BitXor => "~",
        BinaryOperator::ShiftLeft => "<<",
        BinaryOperator::ShiftRight => ">>",
        BinaryOperator::ShiftRightArithmetic => "~>>",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "~=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
    }
}

fn logical_operator(operator: LogicalOperator) -> &'static str {
    match operator {
        LogicalOperator::And => "and",
        LogicalOperator::Or => "or",
        LogicalOperator::Coalesce => "??",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[track_caller]
    fn assert_dump(source: &str, expected: &str) {
        let chunk = parse(source.as_bytes(), b"=t").expect("a valid chunk");
        assert_eq!(dump_chunk(&chunk).trim_end(), expected, "{source}");
    }

    #[test]
    fn tokens_show_line_kind_and_value() {
        let source = b"local x = 0x10 -- note\ngoto 'a\\n\\255' ~>> [[\nb]] 1_0LL\n2i ...";
        let expected = "1  local\n1  name    x\n1  =\n1  number  16\n2  goto\n2  string  \"a\\n\\xff\"\n2  ~>>\n\
                        3  string  \"b\"\n3  number  10LL\n4  number  2i\n4  ...\n4  <eof>\n";
        assert_eq!(dump_tokens(source, b"=t").expect("valid tokens"), expected);
    }

    #[test]
    fn token_errors_are_passed_on() {
        let error = dump_tokens(b"x = 3x", b"=t").expect_err("a malformed number");
        assert_eq!(error.to_string(), "t:1: malformed number near '3x'");
    }

    #[test]
    fn precedence_and_associativity() {
        let cases = [
            ("x = a + b * c - d", "(operators a (+ (* b c)) (- d))"),
            ("x = a * b + c", "(+ (* a b) c)"),
            ("x = a ^ b ^ c", "(^ a (^ b c))"),
            ("x = -a ^ b", "(- (^ a b))"),
            ("x = a ^ -b ^ c", "(^ a (- (^ b c)))"),
            ("x = not a == b", "(== (not a) b)"),
            ("x = a .. b .. c == d", "(== (.. a b c) d)"),
            ("x = a .. (b .. c)", "(.. a (paren (.. b c)))"),
            ("x = a + b .. c + d", "(.. (+ a b) (+ c d))"),
            (
                "x = a or b and c or d",
                "(operators a (or (and b c)) (or d))",
            ),
            ("x = a and b or c", "(or (and a b) c)"),
            ("x = a or b ?? c", "(operators a (or b) (?? c))"),
            ("x = a < b == c", "(operators a (< b) (== c))"),
            (
                "x = a | b ~ c & d << e .. f",
                "(| a (~ b (& c (<< d (.. e f)))))",
            ),
            ("x = ~a & !b", "(& (~ a) (not b))"),
            (
                "x = a || b ? c && d : e ? f : g",
                "(? (or a b) (and c d) (? e f g))",
            ),
            ("x = 2 - -3 % 5", "(- 2 (% (- 3) 5))"),
            ("x = #a.b", "(# (suffixes a .b))"),
        ];
        for (source, expected) in cases {
            assert_dump(source, &format!("(chunk (assign@1 x = {expected}))"));
        }
    }

    #[test]
    fn suffixes_and_tables() {
        let cases = [
            (
                "a.b[c]:d(1, ...)'s'{}",
                "(suffixes a .b ([] c) (method@1 d 1 ...) (call@1 \"s\") (call@1 (table)))",
            ),
            (
                "a?.b?.[c]?.:d?.()",
                "(suffixes a ?.b (?[] c) (?method?@1 d))",
            ),
            ("a:b?.(1)?.(2)", "(suffixes a (method?@1 b 1) (?call@1 2))"),
            (
                "f(x -> x, |a, ...| -> do return end)",
                "(suffixes f (call@1 \
              (function@1-1 (parameters x) (return@1 x)) (function@1-1 (parameters a ...) (return@1))))",
            ),
            (
                "f{1, a = 2; [3] = 4, goto, (f())}",
                "(suffixes f (call@1 (table 1 (.a 2) ([] 3 4) goto (paren (suffixes f (call@1))))))",
            ),
        ];
        for (source, expected) in cases {
            let dump = dump_chunk(&parse(source.as_bytes(), b"=t").expect("a valid chunk"));
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(
                words(&dump),
                format!("(chunk (call-statement@1 {expected}))"),
                "{source}"
            );
        }
    }

    #[test]
    fn statements() {
        let source = "\
local a, b <newline>= 1
const c = function() end
function a.b:c(x) return self end
for i = 1, 10, 2 do if i then continue end end
for k, v in pairs(t) do break end
while x do a += 1 b ~= 2 c ..= 3 end
repeat local x until x
if a then b() elseif c then d() else goto e end
do ::e:: a?.b = 1 end ::f:: ::g::
local function h() end"
            .replace("<newline>", "\n");
        assert_dump(
            &source,
            "\
(chunk
  (local@1 a b = 1)
  (const@3 c = (function@3-3 c (parameters)))
  (set-method@4 (suffixes a .b .c) (function@4-4 a.b:c (parameters self x) (return@4 self)))
  (for@5 i 1 10 2 (do (if@5 (case i (then (continue@5))))))
  (for-in@6 k v (in (suffixes pairs (call@6 t))) (do (break@6)))
  (while@7 x (do (+=@7 a 1) (~=@7 b 2) (..=@7 c 3)))
  (repeat@8 (do (local@8 x)) x)
  (if@9
    (case a (then (call-statement@9 (suffixes b (call@9)))))
    (case c (then (call-statement@9 (suffixes d (call@9)))))
    (else (goto@9 e)))
  (do@10 (label@10 e) (assign@10 (suffixes a ?.b) = 1))
  (label@10 f)
  (label@10 g)
  (local-function@11 h (function@11-11 h (parameters))))",
        );
        assert_dump(
            "::f:: ::g::",
            "(chunk (trailing-label@1 f) (trailing-label@1 g))",
        );
        assert_dump(
            "repeat ::f:: until x",
            "(chunk (repeat@1 (do (label@1 f)) x))",
        );
        assert_dump(
            "#!x\r\n\r\nx()",
            "(chunk (call-statement@3 (suffixes x (call@3))))",
        );
    }
}
