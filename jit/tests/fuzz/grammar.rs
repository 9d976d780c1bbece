//! Random Lua programs, patterns, formats and serialized buffers by grammar: most of what comes out is accepted, so that what lies
//! behind the first check is reached too.
//!
//! Programs use few names, so that they meet themselves: values of every type land in every operand. They may loop and raise; who
//! runs them sets a limit.

/// A small generator: reproducible, and good enough to choose.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }
    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "c", "t", "f", "g", "s", "x", "_G", "self"];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or",
];
const LEAVES: &[&str] = &[
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2.5",
    "1e308",
    "0/0",
    "1/0",
    "'x'",
    "'10'",
    "[[long]]",
    "{}",
    "...",
    "2^53",
    "string",
    "setmetatable({}, {__index = t, __newindex = s, __call = f, __add = g, __concat = f, __eq = f, __lt = g, __len = f})",
    "('y'):rep(50)",
    "coroutine.create(f)",
    "newproxy(true)",
    "print",
];
const CALLS: &[&str] = &[
    "tostring",
    "tonumber",
    "type",
    "select",
    "rawget",
    "rawset",
    "rawequal",
    "next",
    "pairs",
    "ipairs",
    "pcall",
    "xpcall",
    "setmetatable",
    "getmetatable",
    "unpack",
    "table.concat",
    "table.insert",
    "table.remove",
    "table.sort",
    "string.format",
    "string.rep",
    "string.sub",
    "string.gsub",
    "string.find",
    "string.byte",
    "string.char",
    "math.floor",
    "math.max",
    "bit.band",
    "coroutine.wrap",
    "coroutine.resume",
    "coroutine.yield",
    "error",
    "assert",
    "loadstring",
    "debug.getinfo",
    "debug.traceback",
    "debug.getlocal",
    "debug.sethook",
    "setfenv",
    "getfenv",
    "string.dump",
    "collectgarbage",
];

/// A chunk of Lua.
pub fn program(random: &mut Random) -> String {
    let mut text =
        String::from("local a, b, c, t, f, g, s, x = 1, 'two', nil, {1, 2, k = 3}, ...\n");
    for _ in 0..2 + random.below(8) {
        statement(random, &mut text, 3);
    }
    text
}

fn block(random: &mut Random, text: &mut String, depth: usize) {
    for _ in 0..random.below(4) {
        statement(random, text, depth.saturating_sub(1));
    }
}

fn statement(random: &mut Random, text: &mut String, depth: usize) {
    let kind = if depth == 0 {
        random.below(4)
    } else {
        random.below(14)
    };
    match kind {
        0 => text.push_str("local "),
        1 | 2 => {}
        3 => {
            call(random, text, depth);
            text.push('\n');
            return;
        }
        4 => {
            text.push_str("if ");
            expression(random, text, depth - 1);
            text.push_str(" then\n");
            block(random, text, depth);
            text.push_str("else\n");
            block(random, text, depth);
            text.push_str("end\n");
            return;
        }
        5 => {
            let (from, to) = (random.below(3), random.below(90));
            text.push_str(&format!("for {} = {from}, {to} do\n", random.pick(NAMES)));
            block(random, text, depth);
            text.push_str("end\n");
            return;
        }
        6 => {
            text.push_str(&format!(
                "for {}, {} in ",
                random.pick(NAMES),
                random.pick(NAMES)
            ));
            text.push_str(random.pick(&[
                "pairs(t)",
                "ipairs(t)",
                "next, t",
                "f",
                "coroutine.wrap(f)",
                "s:gmatch('.')",
            ]));
            text.push_str(" do\n");
            block(random, text, depth);
            text.push_str("end\n");
            return;
        }
        7 => {
            text.push_str(&format!(
                "function {}(a, ...)\n",
                random.pick(&["f", "g", "t.k", "t:m"])
            ));
            block(random, text, depth);
            text.push_str("return ");
            expression(random, text, depth - 1);
            text.push_str("\nend\n");
            return;
        }
        8 => {
            text.push_str("repeat local x = 1\n");
            block(random, text, depth);
            text.push_str("until ");
            expression(random, text, depth - 1);
            text.push('\n');
            return;
        }
        9 => {
            text.push_str("do goto done\n");
            block(random, text, depth);
            text.push_str("::done:: end\n");
            return;
        }
        10 => {
            text.push_str("while x do x = false\n");
            block(random, text, depth);
            text.push_str("if a then break end end\n");
            return;
        }
        _ => {
            text.push_str("pcall(function(...)\n");
            block(random, text, depth);
            text.push_str("end, ");
            expression(random, text, depth - 1);
            text.push_str(")\n");
            return;
        }
    }
    let is_local = kind == 0;
    text.push_str(random.pick(NAMES));
    if !is_local && random.below(3) == 0 {
        text.push_str(random.pick(&[".k", "[1]", "[a]", "[s]", ".m", "[#t + 1]"]));
    }
    text.push_str(" = ");
    expression(random, text, depth);
    text.push('\n');
}

fn call(random: &mut Random, text: &mut String, depth: usize) {
    match random.below(4) {
        0 => text.push_str(random.pick(&["f", "g", "t.k", "t:m", "s:upper", "s:rep"])),
        _ => text.push_str(random.pick(CALLS)),
    }
    text.push('(');
    for index in 0..random.below(4) {
        if index > 0 {
            text.push_str(", ");
        }
        expression(random, text, depth.saturating_sub(1));
    }
    text.push(')');
}

fn expression(random: &mut Random, text: &mut String, depth: usize) {
    let kind = if depth == 0 {
        random.below(3)
    } else {
        random.below(10)
    };
    match kind {
        0 => text.push_str(random.pick(LEAVES)),
        1 | 2 => text.push_str(random.pick(NAMES)),
        3 | 4 => {
            text.push('(');
            expression(random, text, depth - 1);
            text.push_str(&format!(" {} ", random.pick(OPERATORS)));
            expression(random, text, depth - 1);
            text.push(')');
        }
        5 => call(random, text, depth),
        6 => {
            text.push_str(random.pick(&["-", "not ", "#"]));
            expression(random, text, depth - 1);
        }
        7 => {
            text.push_str("{ k = ");
            expression(random, text, depth - 1);
            text.push_str(", ");
            expression(random, text, depth - 1);
            text.push_str(", [a or 1] = ");
            expression(random, text, depth - 1);
            text.push_str(", f(...)}");
        }
        8 => {
            text.push_str("function(...) local a, b = ... ");
            statement(random, text, depth.saturating_sub(2));
            text.push_str("return ");
            expression(random, text, depth - 1);
            text.push_str(" end");
        }
        _ => {
            text.push('t');
            text.push_str(random.pick(&["[1]", ".k", "[s]", "[x]", ".m"]));
        }
    }
}

/// A pattern, a newline, a subject.
pub fn pattern(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..1 + random.below(8) {
        text.push_str(random.pick(&[
            "a", "b", ".", "%a", "%D", "%s", "[ab]", "[^a-c%d]", "[%]x]", "(", ")", "()", "%1",
            "%2", "%b()", "%bab", "%f[%w]", "^", "$",
        ]));
        text.push_str(random.pick(&["", "", "*", "+", "-", "?"]));
    }
    text.push('\n');
    for _ in 0..random.below(60) {
        text.push_str(random.pick(&["a", "b", "ab", "(", ")", "1", " ", "x]", "\u{e9}"]));
    }
    text
}

/// A format string.
pub fn format(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..1 + random.below(5) {
        text.push_str(random.pick(&["%", "%", "%%", "x%"]));
        text.push_str(random.pick(&["", "-", "+", " ", "#", "0", "-+ #0"]));
        text.push_str(random.pick(&["", "1", "20", "99", "100"]));
        text.push_str(random.pick(&["", ".", ".0", ".3", ".99", ".100"]));
        text.push_str(random.pick(&[
            "d", "i", "u", "x", "X", "o", "c", "s", "q", "e", "E", "f", "g", "G", "a", "A", "p",
            "z",
        ]));
    }
    text
}
