//! Every input that once broke something runs again: files `tests/fuzz/regress/TARGET-name`.

#[path = "fuzz/targets.rs"]
mod targets;

use std::path::Path;

#[test]
fn regressions_stay_fixed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regress");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder)
        .expect("the folder exists")
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((_, run)) = targets::TARGETS
            .iter()
            .find(|(target, _)| name.starts_with(&format!("{target}-")))
        else {
            panic!("{name}: no target of that name");
        };
        run(&std::fs::read(entry.path()).expect("readable"));
        ran += 1;
    }
    println!("{ran} inputs");
    assert!(ran > 0, "the seeds are there");
}
