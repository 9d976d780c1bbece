//! Captured variables that nobody writes any more once a closure has them.
//!
//! ```text
//! for i = 1, n do t[i] = function() return i end end      i is constant after its capture
//! local x = 1; f = function() return x end; x = 2         x is not
//! local n = 0; return function() n = n + 1 return n end   n belongs to the closure alone
//! ```
//! Such a variable needs no open upvalue: a copy behaves the same. Closures that share a variable one of them writes must be made one
//! right behind the other, where no trace can end: the interpreter would give the second a variable of its own.
//!
//! What this module does not do: look at running code; it reads the compiler's result.

use rlove_vm::bytecode::opcode::{operand_a, operand_b, operand_d, operand_j};
use rlove_vm::bytecode::{CompiledFunction, Opcode, UpvalueSource};

/// Whether a copy of `register` of `parent`, captured by the `Closure` instruction at word `at`, behaves as the variable itself:
/// nobody writes it any more, or only closures do, the parent does not read it and no other closure gets it later. (The closure may go
/// into its own variable.)
pub fn is_copyable(parent: &CompiledFunction, at: usize, register: u8) -> bool {
    let is_written = siblings_write(parent, register);
    let register = u32::from(register);
    // Behind the end of its scope the register still holds the last value, until it is written.
    let mut seen = vec![[false; 2]; parent.code.len()];
    let mut work = vec![(at + 1, false)];
    let neighbours = closures_behind(parent, at);
    while let Some((index, mut is_closed)) = work.pop() {
        let Some(&word) = parent.code.get(index) else {
            continue;
        };
        if std::mem::replace(&mut seen[index][usize::from(is_closed)], true) {
            continue;
        }
        let Some(opcode) = Opcode::from_word(word) else {
            return false;
        };
        let is_captured_again = opcode == Opcode::Closure
            && !is_closed
            && !neighbours.contains(&index)
            && captures_register(parent, word, register as u8);
        if is_written && is_captured_again {
            return false;
        }
        if is_written && may_read(opcode, word, register) {
            return false;
        }
        if opcode == Opcode::CloseUpvalues && operand_a(word) <= register {
            if !is_written {
                continue;
            }
            is_closed = true;
        }
        if may_write(opcode, word, register) {
            if is_closed {
                continue;
            }
            return false;
        }
        let next = index + 1 + opcode.extra_words() as usize;
        let long = |from: usize| {
            let distance = parent.code.get(from + 1).copied().unwrap_or(0) as i32;
            (from + 2).checked_add_signed(distance as isize)
        };
        match opcode {
            Opcode::Jump => {
                work.extend(
                    next.checked_add_signed(operand_j(word) as isize)
                        .map(|target| (target, is_closed)),
                );
            }
            Opcode::IteratorNext => {
                work.push((next, is_closed));
                work.extend(long(next).map(|target| (target, is_closed)));
            }
            _ if opcode.has_long_jump() => {
                work.push((next, is_closed));
                work.extend(long(index).map(|target| (target, is_closed)));
            }
            Opcode::Return0
            | Opcode::Return1
            | Opcode::Return
            | Opcode::ReturnMultiple
            | Opcode::TailCall
            | Opcode::TailCallMultiple => {}
            _ if opcode.is_condition() => work.extend([(next, is_closed), (next + 1, is_closed)]),
            _ => work.push((next, is_closed)),
        }
    }
    true
}

/// Words of the `Closure` instructions that run right behind the one at `at`.
fn closures_behind(parent: &CompiledFunction, at: usize) -> std::ops::Range<usize> {
    let is_closure = |&&word: &&u32| Opcode::from_word(word) == Some(Opcode::Closure);
    let behind = parent.code.iter().skip(at + 1).take_while(is_closure);
    at + 1..at + 1 + behind.count()
}

fn captures_register(parent: &CompiledFunction, closure: u32, register: u8) -> bool {
    let child = parent.children.get(operand_d(closure) as usize);
    child.is_none_or(|child| {
        child
            .upvalues
            .contains(&UpvalueSource::ParentRegister(register))
    })
}

/// Whether a function, or one inside it, writes its upvalue `position`.
fn writes_upvalue(function: &CompiledFunction, position: usize) -> bool {
    let mut index = 0;
    while let Some(&word) = function.code.get(index) {
        let Some(opcode) = Opcode::from_word(word) else {
            return true;
        };
        if opcode == Opcode::SetUpvalue && operand_a(word) as usize == position {
            return true;
        }
        index += 1 + opcode.extra_words() as usize;
    }
    function.children.iter().any(|child| {
        child.upvalues.iter().enumerate().any(|(own, source)| {
            *source == UpvalueSource::ParentUpvalue(position as u8) && writes_upvalue(child, own)
        })
    })
}

fn siblings_write(parent: &CompiledFunction, register: u8) -> bool {
    parent.children.iter().any(|child| {
        child.upvalues.iter().enumerate().any(|(own, source)| {
            *source == UpvalueSource::ParentRegister(register) && writes_upvalue(child, own)
        })
    })
}

fn may_read(opcode: Opcode, word: u32, register: u32) -> bool {
    let (uses, _) = super::liveness::effects_of(opcode, word);
    uses.contains(register as i32)
}

fn may_write(opcode: Opcode, word: u32, register: u32) -> bool {
    use Opcode::*;
    let a = operand_a(word);
    match opcode {
        SetUpvalue | CloseUpvalues | SetGlobal | SetField | SetIndex | SetIndexInteger
        | SetList | SetListMultiple | IfLess | IfNotLess | IfLessEqual | IfNotLessEqual
        | IfEqual | IfNotEqual | IfLessK | IfNotLessK | IfLessEqualK | IfNotLessEqualK
        | IfGreaterK | IfNotGreaterK | IfGreaterEqualK | IfNotGreaterEqualK | IfEqualK
        | IfNotEqualK | IfEqualPrimitive | IfNotEqualPrimitive | IfTrue | IfFalse | Jump | Loop
        | TailCall | TailCallMultiple | Return0 | Return1 | Return | ReturnMultiple => false,
        LoadNil => (a..=operand_d(word)).contains(&register),
        Method => register == a || register == a + 2,
        ForPrepare | ForLoop => (a..a + 4).contains(&register),
        IteratorPrepareNext | IteratorLoop => register + 1 == a,
        IteratorNext | IteratorCall => register + 1 >= a,
        Call | CallMultiple => register >= a,
        Vararg => register >= a,
        Concatenate => register == a || register >= operand_b(word),
        _ => register == a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_constant(source: &str) -> bool {
        let function = rlove_vm::compiler::compile(source.as_bytes(), b"=t").expect("it compiles");
        let at = function
            .code
            .iter()
            .position(|&word| Opcode::from_word(word) == Some(Opcode::Closure))
            .expect("there is a closure");
        let child = &function.children[0];
        let UpvalueSource::ParentRegister(register) = child.upvalues[0] else {
            panic!("a register is captured");
        };
        is_copyable(&function, at, register)
    }

    #[test]
    fn loop_variables_are_constant_and_assigned_ones_are_not() {
        assert!(is_constant(
            "local t = {} for i = 1, 3 do t[i] = function() return i end end"
        ));
        assert!(!is_constant(
            "local x = 1 local f = function() return x end x = 2 return f"
        ));
        assert!(is_constant(
            "local x = 1 local f = function() x = x + 1 end return f"
        ));
        assert!(!is_constant(
            "local x = 1 local f = function() x = x + 1 end return x"
        ));
        assert!(is_constant("local function f() return f() end return f"));
        assert!(is_constant(
            "local x = 1 return function() x = x + 1 end, function() return x end"
        ));
        assert!(!is_constant(
            "local x = 1 return g(function() x = x + 1 end), function() return x end"
        ));
        assert!(is_constant(
            "local x = 1 local f = function() return x end return f, x"
        ));
    }
}
