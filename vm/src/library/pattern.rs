//! Lua patterns: the matcher under `string.find`, `match`, `gmatch` and `gsub`.
//!
//! A pattern is interpreted directly over bytes; there is no compiled form, because most patterns are a few
//! characters long and are used with subjects that are hardly longer.
//!
//! ```
//! use rlove_vm::library::pattern::{Capture, Match, Matcher};
//! let mut go_on = || true;
//! let mut found = Match::default();
//! let mut matcher = Matcher::new(b"key = value", b"(%w+)%s*=%s*(%w+)", &mut go_on);
//! assert_eq!(matcher.find(0, &mut found), Ok(true));
//! assert_eq!((found.start, found.end), (0, 11));
//! assert_eq!(found.visible(1), Ok(Capture::Text { start: 6, end: 11 }));
//! ```
//!
//! Invariants:
//! - Recursion is bounded by [`DEPTH_LIMIT`], as in LuaJIT ("pattern too complex"), so that a pattern can never
//!   overflow the native stack.
//! - Every [`TICK_STEPS`] elementary steps the `tick` callback runs; when it answers `false` the match ends with
//!   [`PatternError::Interrupted`]. A pattern such as `.-.-.-x` may need cubic time, and an interrupt of the
//!   machine must still be able to stop it.
//! - Character classes are those of the C locale and do not depend on the environment.
//!
//! - Subjects are shorter than 2^32 - 2 bytes, as all Lua strings are; captures are kept as 32-bit offsets, because copying
//!   them about costs more than matching does for short patterns.
//!
//! What it does not do: build Lua values, or call replacement functions. Offsets are zero-based byte offsets;
//! callers add one where Lua counts from one.

/// How many captures one pattern may have.
pub const CAPTURE_LIMIT: usize = 32;
/// How deeply the matcher may recurse before it reports "pattern too complex".
pub const DEPTH_LIMIT: u32 = 200;
/// How many elementary steps pass between two calls of the tick callback.
pub const TICK_STEPS: u32 = 1 << 16;

const ESCAPE: u8 = b'%';

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern ends after a `%`.
    EndsWithEscape,
    /// A `[` has no closing bracket.
    MissingBracket,
    /// `%b` is not followed by two characters.
    Unbalanced,
    /// `%f` is not followed by a set.
    FrontierWithoutSet,
    /// A back reference or replacement names a capture that is not there or still open.
    CaptureIndex,
    /// A `)` without an open capture.
    CaptureClose,
    /// A capture is still open when the pattern ends.
    CaptureUnfinished,
    /// More than [`CAPTURE_LIMIT`] captures.
    CaptureCount,
    /// Recursion beyond [`DEPTH_LIMIT`].
    TooComplex,
    /// The tick callback asked to stop.
    Interrupted,
}

impl PatternError {
    /// The message as LuaJIT words it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::EndsWithEscape => "malformed pattern (ends with '%')",
            Self::MissingBracket => "malformed pattern (missing ']')",
            Self::Unbalanced => "unbalanced pattern",
            Self::FrontierWithoutSet => "missing '[' after '%f' in pattern",
            Self::CaptureIndex => "invalid capture index",
            Self::CaptureClose => "invalid pattern capture",
            Self::CaptureUnfinished => "unfinished capture",
            Self::CaptureCount => "too many captures",
            Self::TooComplex => "pattern too complex",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One capture of a successful match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The bytes `start..end` of the subject.
    Text {
        /// First byte.
        start: usize,
        /// One after the last byte.
        end: usize,
    },
    /// A position capture `()`: the byte offset, zero-based.
    Position(usize),
}

/// Length of a capture that is still open.
const OPEN: u32 = u32::MAX;
/// Length of a position capture.
const POSITION: u32 = u32::MAX - 1;

/// A successful match; before that, the matcher's working space.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// First byte of the match.
    pub start: usize,
    /// One after the last byte of the match.
    pub end: usize,
    /// Start and length of each capture.
    slots: [(u32, u32); CAPTURE_LIMIT],
    slot_count: usize,
}

impl Match {
    fn capture_of((start, length): (u32, u32)) -> Capture {
        if length == POSITION {
            Capture::Position(start as usize)
        } else {
            Capture::Text {
                start: start as usize,
                end: start as usize + length as usize,
            }
        }
    }

    /// How many captures Lua sees: the whole match counts when the pattern has none.
    #[must_use]
    pub fn visible_count(&self) -> usize {
        self.slot_count.max(1)
    }

    /// Number of explicit captures.
    #[must_use]
    pub fn capture_count(&self) -> usize {
        self.slot_count
    }

    /// Capture `index` (from 0) as Lua sees it: the whole match when the pattern has none. As in LuaJIT, a capture that was
    /// never closed is an error only when it is asked for.
    pub fn visible(&self, index: usize) -> Result<Capture, PatternError> {
        if index == 0 && self.slot_count == 0 {
            return Ok(Capture::Text {
                start: self.start,
                end: self.end,
            });
        }
        match self.slots[..self.slot_count].get(index) {
            None => Err(PatternError::CaptureIndex),
            Some((_, OPEN)) => Err(PatternError::CaptureUnfinished),
            Some(&slot) => Ok(Self::capture_of(slot)),
        }
    }
}

/// What one character of the subject is compared with.
enum Single {
    /// `.`
    Any,
    /// A character that stands for itself.
    Literal(u8),
    /// A class or set, as one bit for each byte.
    Bits(ByteSet),
}

/// A set of bytes.
type ByteSet = [u64; 4];

#[inline]
fn set_has(set: &ByteSet, byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
}

impl Single {
    #[inline]
    fn has(&self, byte: u8) -> bool {
        match self {
            Single::Any => true,
            Single::Literal(literal) => *literal == byte,
            Single::Bits(set) => set_has(set, byte),
        }
    }
}

/// A pattern applied to a subject.
pub struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    anchored: bool,
    depth: u32,
    steps: u32,
    tick: &'a mut dyn FnMut() -> bool,
}

type Outcome = Result<Option<usize>, PatternError>;

impl<'a> Matcher<'a> {
    /// Prepares a match; a leading `^` anchors it. `tick` runs now and then and answers whether to go on.
    pub fn new(
        subject: &'a [u8],
        pattern: &'a [u8],
        tick: &'a mut dyn FnMut() -> bool,
    ) -> Matcher<'a> {
        let anchored = pattern.first() == Some(&b'^');
        let mut matcher = Matcher::new_unanchored(subject, pattern, tick);
        if anchored {
            matcher.anchored = true;
            matcher.pattern = &pattern[1..];
        }
        matcher
    }

    /// Prepares a match in which `^` is an ordinary character, as `string.gmatch` has it.
    pub fn new_unanchored(
        subject: &'a [u8],
        pattern: &'a [u8],
        tick: &'a mut dyn FnMut() -> bool,
    ) -> Matcher<'a> {
        Matcher {
            subject,
            pattern,
            anchored: false,
            depth: 0,
            steps: 0,
            tick,
        }
    }

    /// Whether the pattern began with `^`.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The first match that starts at `start` or later (only at `start` when anchored); true if there is one.
    pub fn find(&mut self, start: usize, found: &mut Match) -> Result<bool, PatternError> {
        if self.anchored {
            return self.match_at(start, found);
        }
        let first = self.first_item();
        let mut position = start;
        while position <= self.subject.len() {
            // Most starts fail at their first character: those are skipped without setting a match up.
            match &first {
                None | Some(Single::Any) => {}
                Some(Single::Literal(literal)) => {
                    let rest = &self.subject[position..];
                    let Some(skipped) = rest.iter().position(|byte| byte == literal) else {
                        return Ok(false);
                    };
                    position += skipped;
                }
                Some(Single::Bits(set)) => {
                    let rest = &self.subject[position..];
                    let Some(skipped) = rest.iter().position(|&byte| set_has(set, byte)) else {
                        return Ok(false);
                    };
                    position += skipped;
                }
            }
            if self.match_at(position, found)? {
                return Ok(true);
            }
            position += 1;
        }
        Ok(false)
    }

    /// The item that every match begins with, if there is one. A set is worth its bits only here and in loops.
    fn first_item(&self) -> Option<Single> {
        let p = match self.pattern {
            // An opening capture takes nothing.
            [b'(', next, ..] if *next != b')' => 1,
            [first, ..] if !matches!(first, b'(' | b')' | b'$') => 0,
            _ => return None,
        };
        if matches!(self.pattern[p], b'(' | b')' | b'$') {
            return None;
        }
        if self.pattern[p] == ESCAPE
            && self
                .pattern
                .get(p + 1)
                .is_none_or(|&class| class == b'b' || class == b'f' || class.is_ascii_digit())
        {
            return None;
        }
        // A malformed pattern is reported by the match itself.
        let end = self.item_end(p).ok()?;
        if matches!(self.pattern.get(end), Some(b'?' | b'*' | b'-')) {
            return None;
        }
        Some(self.single(p, end))
    }

    /// Whether a match starts exactly at `start`.
    pub fn match_at(&mut self, start: usize, found: &mut Match) -> Result<bool, PatternError> {
        found.slot_count = 0;
        self.depth = 0;
        let Some(end) = self.run(start, 0, found)? else {
            return Ok(false);
        };
        found.start = start;
        found.end = end;
        Ok(true)
    }

    /// Matches the pattern from `p` on against the subject from `s` on; answers the end of the match.
    fn run(&mut self, s: usize, p: usize, found: &mut Match) -> Outcome {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(PatternError::TooComplex);
        }
        let outcome = self.run_items(s, p, found);
        self.depth -= 1;
        outcome
    }

    fn run_items(&mut self, mut s: usize, mut p: usize, found: &mut Match) -> Outcome {
        while p < self.pattern.len() {
            self.step()?;
            match self.pattern[p] {
                b'(' => {
                    return if self.pattern.get(p + 1) == Some(&b')') {
                        self.start_capture(s, p + 2, POSITION, found)
                    } else {
                        self.start_capture(s, p + 1, OPEN, found)
                    };
                }
                b')' => return self.end_capture(s, p + 1, found),
                b'$' if p + 1 == self.pattern.len() => {
                    return Ok((s == self.subject.len()).then_some(s));
                }
                ESCAPE if self.pattern.get(p + 1) == Some(&b'b') => {
                    let Some(after) = self.match_balance(s, p + 2)? else {
                        return Ok(None);
                    };
                    s = after;
                    p += 4;
                }
                ESCAPE if self.pattern.get(p + 1) == Some(&b'f') => {
                    let set = p + 2;
                    if self.pattern.get(set) != Some(&b'[') {
                        return Err(PatternError::FrontierWithoutSet);
                    }
                    let end = self.item_end(set)?;
                    let before = if s == 0 { 0 } else { self.subject[s - 1] };
                    let here = self.subject.get(s).copied().unwrap_or(0);
                    if self.matches_set(before, set, end - 1)
                        || !self.matches_set(here, set, end - 1)
                    {
                        return Ok(None);
                    }
                    p = end;
                }
                ESCAPE if self.pattern.get(p + 1).is_some_and(u8::is_ascii_digit) => {
                    let Some(after) = self.match_back_reference(s, self.pattern[p + 1], found)?
                    else {
                        return Ok(None);
                    };
                    s = after;
                    p += 2;
                }
                _ => {
                    let end = self.item_end(p)?;
                    match self.pattern.get(end) {
                        Some(b'?') => {
                            if self.matches_single(s, p, end)
                                && let Some(after) = self.run(s + 1, end + 1, found)?
                            {
                                return Ok(Some(after));
                            }
                            p = end + 1;
                        }
                        Some(b'*') => return self.expand_longest(s, p, end, found),
                        Some(b'+') => {
                            return if self.matches_single(s, p, end) {
                                self.expand_longest(s + 1, p, end, found)
                            } else {
                                Ok(None)
                            };
                        }
                        Some(b'-') => return self.expand_shortest(s, p, end, found),
                        _ => {
                            if !self.matches_single(s, p, end) {
                                return Ok(None);
                            }
                            s += 1;
                            p = end;
                        }
                    }
                }
            }
        }
        Ok(Some(s))
    }

    #[inline]
    fn step(&mut self) -> Result<(), PatternError> {
        self.steps += 1;
        if self.steps >= TICK_STEPS {
            self.steps = 0;
            if !(self.tick)() {
                return Err(PatternError::Interrupted);
            }
        }
        Ok(())
    }

    fn start_capture(&mut self, s: usize, p: usize, kind: u32, found: &mut Match) -> Outcome {
        let index = found.slot_count;
        if index >= CAPTURE_LIMIT {
            return Err(PatternError::CaptureCount);
        }
        found.slots[index] = (s as u32, kind);
        found.slot_count = index + 1;
        let outcome = self.run(s, p, found)?;
        if outcome.is_none() {
            found.slot_count -= 1;
        }
        Ok(outcome)
    }

    fn end_capture(&mut self, s: usize, p: usize, found: &mut Match) -> Outcome {
        let open = found.slots[..found.slot_count]
            .iter()
            .rposition(|&(_, length)| length == OPEN);
        let Some(index) = open else {
            return Err(PatternError::CaptureClose);
        };
        found.slots[index].1 = s as u32 - found.slots[index].0;
        let outcome = self.run(s, p, found)?;
        if outcome.is_none() {
            found.slots[index].1 = OPEN;
        }
        Ok(outcome)
    }

    /// The literal that must come next for the pattern from `p` on to match, if that is plain to see. The end of an open
    /// capture may stand before it.
    fn required_literal(&self, p: usize, found: &Match) -> Option<u8> {
        let has_open = || {
            found.slots[..found.slot_count]
                .iter()
                .any(|&(_, length)| length == OPEN)
        };
        let p = if self.pattern.get(p) == Some(&b')') && has_open() {
            p + 1
        } else {
            p
        };
        let literal = *self.pattern.get(p)?;
        let is_plain = !matches!(literal, b'(' | b')' | b'.' | b'[' | b'$' | ESCAPE);
        let is_repeated = matches!(self.pattern.get(p + 1), Some(b'?' | b'*' | b'-'));
        (is_plain && !is_repeated).then_some(literal)
    }

    fn expand_longest(&mut self, s: usize, p: usize, end: usize, found: &mut Match) -> Outcome {
        let rest = &self.subject[s..];
        let mut count = match self.single(p, end) {
            Single::Any => rest.len(),
            Single::Literal(literal) => rest
                .iter()
                .position(|&byte| byte != literal)
                .unwrap_or(rest.len()),
            Single::Bits(set) => rest
                .iter()
                .position(|&byte| !set_has(&set, byte))
                .unwrap_or(rest.len()),
        };
        self.steps_taken(count)?;
        let required = self.required_literal(end + 1, found);
        loop {
            let is_possible =
                required.is_none_or(|literal| self.subject.get(s + count) == Some(&literal));
            if is_possible && let Some(after) = self.run(s + count, end + 1, found)? {
                return Ok(Some(after));
            }
            if count == 0 {
                return Ok(None);
            }
            count -= 1;
            self.step()?;
        }
    }

    fn expand_shortest(
        &mut self,
        mut s: usize,
        p: usize,
        end: usize,
        found: &mut Match,
    ) -> Outcome {
        let single = self.single(p, end);
        let required = self.required_literal(end + 1, found);
        loop {
            let is_possible = required.is_none_or(|literal| self.subject.get(s) == Some(&literal));
            if is_possible && let Some(after) = self.run(s, end + 1, found)? {
                return Ok(Some(after));
            }
            if !self.subject.get(s).is_some_and(|&byte| single.has(byte)) {
                return Ok(None);
            }
            s += 1;
            self.step()?;
        }
    }

    /// The item between `p` and `end`, for use in a loop.
    fn single(&self, p: usize, end: usize) -> Single {
        match self.pattern[p] {
            b'.' => Single::Any,
            ESCAPE => match class_bits(self.pattern[p + 1]) {
                Some(set) => Single::Bits(set),
                None => Single::Literal(self.pattern[p + 1]),
            },
            b'[' => Single::Bits(self.set_bits(p, end - 1)),
            literal => Single::Literal(literal),
        }
    }

    /// The set whose `[` is at `p` and whose `]` is at `last`.
    fn set_bits(&self, p: usize, last: usize) -> ByteSet {
        let mut set = [0u64; 4];
        let mut position = p + 1;
        let is_complement = self.pattern.get(position) == Some(&b'^');
        if is_complement {
            position += 1;
        }
        let add = |set: &mut ByteSet, byte: u8| set[usize::from(byte >> 6)] |= 1 << (byte & 63);
        while position < last {
            let here = self.pattern[position];
            if here == ESCAPE {
                match class_bits(self.pattern[position + 1]) {
                    Some(class) => set
                        .iter_mut()
                        .zip(class)
                        .for_each(|(word, bits)| *word |= bits),
                    None => add(&mut set, self.pattern[position + 1]),
                }
                position += 2;
            } else if self.pattern[position + 1] == b'-' && position + 2 < last {
                (here..=self.pattern[position + 2]).for_each(|byte| add(&mut set, byte));
                position += 3;
            } else {
                add(&mut set, here);
                position += 1;
            }
        }
        if is_complement {
            set.map(|word| !word)
        } else {
            set
        }
    }

    #[inline]
    fn steps_taken(&mut self, count: usize) -> Result<(), PatternError> {
        self.steps = self
            .steps
            .saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.step()
    }

    fn match_balance(&mut self, s: usize, p: usize) -> Outcome {
        let (Some(&open), Some(&close)) = (self.pattern.get(p), self.pattern.get(p + 1)) else {
            return Err(PatternError::Unbalanced);
        };
        if self.subject.get(s) != Some(&open) {
            return Ok(None);
        }
        let mut nesting = 1usize;
        let mut position = s + 1;
        while let Some(&byte) = self.subject.get(position) {
            self.step()?;
            if byte == close {
                nesting -= 1;
                if nesting == 0 {
                    return Ok(Some(position + 1));
                }
            } else if byte == open {
                nesting += 1;
            }
            position += 1;
        }
        Ok(None)
    }

    fn match_back_reference(&mut self, s: usize, digit: u8, found: &Match) -> Outcome {
        let index = usize::from(digit.wrapping_sub(b'1'));
        match found.slots[..found.slot_count].get(index) {
            None | Some((_, OPEN)) => Err(PatternError::CaptureIndex),
            // The length of a position capture is no length: nothing of the subject can equal it.
            Some((_, POSITION)) => Ok(None),
            Some(&(start, length)) => {
                let text = &self.subject[start as usize..start as usize + length as usize];
                Ok(self.subject[s..].starts_with(text).then(|| s + text.len()))
            }
        }
    }

    /// The offset just after the single-character item that starts at `p`.
    fn item_end(&self, p: usize) -> Result<usize, PatternError> {
        match self.pattern[p] {
            ESCAPE => {
                if p + 1 >= self.pattern.len() {
                    return Err(PatternError::EndsWithEscape);
                }
                Ok(p + 2)
            }
            b'[' => {
                let mut position = p + 1;
                if self.pattern.get(position) == Some(&b'^') {
                    position += 1;
                }
                // The first character of a set is never its end, so that `[]]` means a bracket.
                loop {
                    match self.pattern.get(position) {
                        None => return Err(PatternError::MissingBracket),
                        Some(&ESCAPE) => {
                            if position + 1 >= self.pattern.len() {
                                return Err(PatternError::MissingBracket);
                            }
                            position += 2;
                        }
                        Some(_) => position += 1,
                    }
                    if self.pattern.get(position) == Some(&b']') {
                        return Ok(position + 1);
                    }
                }
            }
            _ => Ok(p + 1),
        }
    }

    #[inline]
    fn matches_single(&self, s: usize, p: usize, end: usize) -> bool {
        let Some(&byte) = self.subject.get(s) else {
            return false;
        };
        match self.pattern[p] {
            b'.' => true,
            ESCAPE => matches_class(byte, self.pattern[p + 1]),
            b'[' => self.matches_set(byte, p, end - 1),
            literal => literal == byte,
        }
    }

    /// Whether `byte` is in the set whose `[` is at `p` and whose `]` is at `last`.
    fn matches_set(&self, byte: u8, p: usize, last: usize) -> bool {
        let mut position = p + 1;
        let mut inside = true;
        if self.pattern.get(position) == Some(&b'^') {
            inside = false;
            position += 1;
        }
        while position < last {
            let here = self.pattern[position];
            if here == ESCAPE {
                if matches_class(byte, self.pattern[position + 1]) {
                    return inside;
                }
                position += 2;
            } else if self.pattern[position + 1] == b'-' && position + 2 < last {
                if (here..=self.pattern[position + 2]).contains(&byte) {
                    return inside;
                }
                position += 3;
            } else {
                if here == byte {
                    return inside;
                }
                position += 1;
            }
        }
        !inside
    }
}

/// Whether `byte` belongs to the class `%class`; an unknown letter and everything else stands for itself.
#[inline]
#[must_use]
pub fn matches_class(byte: u8, class: u8) -> bool {
    match class_bits(class) {
        Some(set) => set_has(&set, byte),
        None => byte == class,
    }
}

/// The set of a class letter; `None` for what stands for itself.
#[inline]
fn class_bits(class: u8) -> Option<ByteSet> {
    if !class.is_ascii_alphabetic() {
        return None;
    }
    let set = CLASS_SETS[usize::from(class.to_ascii_lowercase() - b'a')];
    if set == [0; 4] {
        return None;
    }
    Some(if class.is_ascii_uppercase() {
        set.map(|word| !word)
    } else {
        set
    })
}

/// The sets of the classes `%a` to `%z`; empty where there is none.
static CLASS_SETS: [ByteSet; 26] = class_sets();

const fn class_sets() -> [ByteSet; 26] {
    let mut sets = [[0u64; 4]; 26];
    let mut byte = 0u8;
    while byte < 128 {
        let memberships = [
            (b'a', byte.is_ascii_alphabetic()),
            (b'c', byte.is_ascii_control()),
            (b'd', byte.is_ascii_digit()),
            (b'g', byte.is_ascii_graphic()),
            (b'l', byte.is_ascii_lowercase()),
            (b'p', byte.is_ascii_punctuation()),
            (b's', matches!(byte, b' ' | 9..=13)),
            (b'u', byte.is_ascii_uppercase()),
            (b'w', byte.is_ascii_alphanumeric()),
            (b'x', byte.is_ascii_hexdigit()),
            (b'z', byte == 0),
        ];
        let mut index = 0;
        while index < memberships.len() {
            let (letter, is_member) = memberships[index];
            if is_member {
                sets[(letter - b'a') as usize][(byte >> 6) as usize] |= 1 << (byte & 63);
            }
            index += 1;
        }
        byte += 1;
    }
    sets
}

/// Whether `pattern` has a character with a meaning; without one, searching for the plain bytes is enough.
#[must_use]
pub fn has_specials(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| b"^$*+?.([%-".contains(byte))
}

/// The offset of the first occurrence of `needle` in `haystack` at `start` or later.
#[must_use]
pub fn find_plain(haystack: &[u8], needle: &[u8], start: usize) -> Option<usize> {
    let rest = haystack.get(start..)?;
    let Some((&first, tail)) = needle.split_first() else {
        return Some(start);
    };
    let last_start = rest.len().checked_sub(needle.len())?;
    let mut position = 0;
    while position <= last_start {
        position += rest[position..=last_start]
            .iter()
            .position(|&byte| byte == first)?;
        if &rest[position + 1..position + needle.len()] == tail {
            return Some(start + position);
        }
        position += 1;
    }
    None
}

/// Appends a replacement string of `string.gsub`: `%0` is the match, `%1` to `%9` are captures, and any other
/// character after `%` stands for itself.
pub fn expand_replacement(
    output: &mut Vec<u8>,
    replacement: &[u8],
    subject: &[u8],
    found: &Match,
) -> Result<(), PatternError> {
    let mut rest = replacement;
    while let Some(position) = rest.iter().position(|&byte| byte == ESCAPE) {
        output.extend_from_slice(&rest[..position]);
        // LuaJIT reads the terminating NUL of a replacement that ends with `%`.
        let code = rest.get(position + 1).copied().unwrap_or(0);
        rest = rest.get(position + 2..).unwrap_or(&[]);
        match code {
            b'0' => output.extend_from_slice(&subject[found.start..found.end]),
            b'1'..=b'9' => match found.visible(usize::from(code - b'1'))? {
                Capture::Text { start, end } => {
                    output.extend_from_slice(&subject[start..end]);
                }
                Capture::Position(position) => {
                    output.extend_from_slice((position + 1).to_string().as_bytes());
                }
            },
            _ => output.push(code),
        }
    }
    output.extend_from_slice(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (usize, usize, Vec<Capture>);

    fn find(subject: &[u8], pattern: &[u8]) -> Result<Option<Found>, &'static str> {
        let mut tick = || true;
        let mut found = Match::default();
        match Matcher::new(subject, pattern, &mut tick).find(0, &mut found) {
            Ok(true) => {
                let captures: Result<Vec<_>, _> = (0..found.capture_count())
                    .map(|index| found.visible(index))
                    .collect();
                let captures = captures.map_err(PatternError::message)?;
                Ok(Some((found.start, found.end, captures)))
            }
            Ok(false) => Ok(None),
            Err(error) => Err(error.message()),
        }
    }

    fn span(subject: &str, pattern: &str) -> Option<(usize, usize)> {
        find(subject.as_bytes(), pattern.as_bytes())
            .unwrap()
            .map(|(start, end, _)| (start, end))
    }

    #[test]
    fn finds_spans() {
        // Expected values from LuaJIT, less one for the start.
        assert_eq!(span("THE (quick) fox", "%f[%a]%a+"), Some((0, 3)));
        assert_eq!(span("", "%f[%z]"), None);
        assert_eq!(span("a", "%f[%z]"), Some((1, 1)));
        assert_eq!(span("((a)", "%b()"), Some((1, 4)));
        assert_eq!(span("a]", "[]]"), Some((1, 2)));
        assert_eq!(span("a", "[a-]"), Some((0, 1)));
        assert_eq!(span("-", "[%a-z]"), Some((0, 1)));
        assert_eq!(span("aa", "(a)%1"), Some((0, 2)));
        assert_eq!(span("abc", "b$"), None);
        assert_eq!(span("a$c", "$c"), Some((1, 3)));
        assert_eq!(span("xaby", "a.-y"), Some((1, 4)));
    }

    #[test]
    fn captures_text_and_positions() {
        let (_, _, captures) = find(b"abc", b"()b(.)()").unwrap().unwrap();
        assert_eq!(
            captures,
            [
                Capture::Position(1),
                Capture::Text { start: 2, end: 3 },
                Capture::Position(3)
            ]
        );
    }

    #[test]
    fn reports_luajit_messages() {
        let cases: [(&str, &str); 12] = [
            ("%", "malformed pattern (ends with '%')"),
            ("[a", "malformed pattern (missing ']')"),
            ("[", "malformed pattern (missing ']')"),
            ("[%", "malformed pattern (missing ']')"),
            ("[^]", "malformed pattern (missing ']')"),
            ("(", "unfinished capture"),
            (")", "invalid pattern capture"),
            ("%b", "unbalanced pattern"),
            ("%ba", "unbalanced pattern"),
            ("%f", "missing '[' after '%f' in pattern"),
            ("(a%1)", "invalid capture index"),
            ("%0", "invalid capture index"),
        ];
        for (pattern, message) in cases {
            assert_eq!(find(b"a", pattern.as_bytes()), Err(message), "{pattern}");
        }
        assert_eq!(find(b"a", &b"(a?)".repeat(33)), Err("too many captures"));
        assert_eq!(
            find(&b"a".repeat(300), &b"a?".repeat(300)),
            Err("pattern too complex")
        );
        assert!(find(&b"x".repeat(300), &b"x?".repeat(199)).is_ok());
        assert_eq!(
            find(&b"x".repeat(300), &b"x?".repeat(200)),
            Err("pattern too complex")
        );
    }

    #[test]
    fn stops_when_interrupted() {
        let subject = b"a".repeat(100_000);
        let mut ticks = 0;
        let mut tick = || {
            ticks += 1;
            ticks < 3
        };
        let outcome =
            Matcher::new(&subject, b".-.-.-[b]", &mut tick).find(0, &mut Match::default());
        assert_eq!(outcome.err(), Some(PatternError::Interrupted));
    }

    #[test]
    fn expands_replacements() {
        let mut tick = || true;
        let mut found = Match::default();
        assert_eq!(
            Matcher::new(b"abc", b"(b)()", &mut tick).find(0, &mut found),
            Ok(true)
        );
        let mut output = Vec::new();
        expand_replacement(&mut output, b"<%0%1%2%%%x>", b"abc", &found).unwrap();
        assert_eq!(output, b"<bb3%x>");
        assert_eq!(
            expand_replacement(&mut output, b"%3", b"abc", &found),
            Err(PatternError::CaptureIndex)
        );
    }

    #[test]
    fn finds_plain_bytes() {
        assert_eq!(find_plain(b"abcabd", b"abd", 0), Some(3));
        assert_eq!(find_plain(b"abc", b"", 3), Some(3));
        assert_eq!(find_plain(b"abc", b"", 4), None);
        assert_eq!(find_plain(b"ab", b"abc", 0), None);
        assert_eq!(find_plain(b"aaab", b"aab", 0), Some(1));
    }
}
