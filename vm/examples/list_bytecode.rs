//! Prints the bytecode of Lua files: `cargo run -p rlove-vm --example list_bytecode -- FILE…`; with `-q` it only
//! compiles and verifies them.

fn main() {
    let mut quiet = false;
    let mut failed = false;
    for name in std::env::args().skip(1) {
        if name == "-q" {
            quiet = true;
            continue;
        }
        let source = match std::fs::read(&name) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{name}: {error}");
                failed = true;
                continue;
            }
        };
        // As for any Lua file, a first line with `#` is a comment.
        let source = match source.first() {
            Some(b'#') => [b"--", &source[..]].concat(),
            _ => source,
        };
        match rlove_vm::compiler::compile(&source, format!("@{name}").as_bytes()) {
            Err(error) => {
                eprintln!("{error}");
                failed = true;
            }
            Ok(function) => {
                if let Err(error) = rlove_vm::bytecode::verify::verify(&function) {
                    eprintln!("{name}: not verified: {error}");
                    failed = true;
                }
                let bytes = rlove_vm::bytecode::serialize::write(&function, false);
                match rlove_vm::bytecode::serialize::read(&bytes, b"=again") {
                    Ok(again) if again == function => {}
                    other => {
                        eprintln!(
                            "{name}: not the same after writing and reading: {:?}",
                            other.err()
                        );
                        failed = true;
                    }
                }
                if !quiet {
                    print!(
                        "{}",
                        rlove_vm::bytecode::disassemble::disassemble(&function)
                    );
                }
            }
        }
    }
    std::process::exit(i32::from(failed));
}
