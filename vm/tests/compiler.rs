//! Golden listings: each `tests/compiler/NAME.lua` compiles to the listing in `NAME.txt`.
//!
//! The listings were read by people: they say what good code for the program is. `BLESS=1 cargo test -p rlove-vm --test
//! compiler` writes them anew after a change of the compiler; read the difference before committing it.
//! All results must also pass the verifier, and survive being written and read.

use rlove_vm::bytecode::disassemble::disassemble;
use rlove_vm::bytecode::verify::verify;
use std::fs;
use std::path::Path;

#[test]
fn listings_are_as_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compiler");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the folder of golden files") {
        let path = entry.expect("a folder entry").path();
        if path.extension().is_none_or(|extension| extension != "lua") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let source = fs::read(&path).expect("a readable source");
        let text = match rlove_vm::compiler::compile(&source, format!("@{name}").as_bytes()) {
            Ok(function) => {
                if let Err(error) = verify(&function) {
                    failures.push(format!("{name}: {error}"));
                }
                disassemble(&function)
            }
            Err(error) => format!("{error}\n"),
        };
        let golden = path.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&golden, &text).expect("a writable golden file");
        } else if fs::read_to_string(&golden).unwrap_or_default() != text {
            failures.push(format!("{name} compiles to:\n{text}"));
        }
    }
    assert!(count > 0, "no golden files");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
