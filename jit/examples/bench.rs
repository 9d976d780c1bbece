//! Whole-process benchmarks: every program of benches/programs under each peer and under `rlua`, in one run.
//!
//! What is compared is user CPU time of the process, start included, and of several runs the least: the least is what
//! the program costs, the rest is what the machine did besides. Runs are interleaved (all programs once, then all again),
//! so that a slow minute of the machine hits every peer. Outputs must be equal, or the line says so.
//!
//! ```text
//! cargo run --release -p rlove-jit --example bench -- --runs 3 --only fib,queens
//! ```
//!
//! The peers are lua5.4, luajit and rlua, both with and without their trace compilers, and for programs with a twin in benches/c
//! also what `gcc -O2 -fno-tree-vectorize` makes of that.
//!
//! It prints a table; with `--write` it also writes benches/RESULTS.md and benches/chart.svg.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// A program that runs Lua files: the name in the table and its command line. C programs have no command: each benchmark is one.
struct Peer {
    name: &'static str,
    command: Vec<String>,
}

/// The C peer.
const C: &str = "gcc -O2";
/// The ratios of the table: whose time over whose.
const RATIOS: [(&str, &str); 4] = [
    ("rlua -joff", "lua5.4"),
    ("rlua -joff", "luajit -joff"),
    ("rlua", "luajit"),
    ("rlua", C),
];

/// The least user time and the output of a program under one peer.
#[derive(Clone)]
struct Measurement {
    user_s: f64,
    output: String,
}

struct Options {
    runs: usize,
    only: Option<Vec<String>>,
    rlua: Option<PathBuf>,
    write: bool,
}

fn main() {
    let options = options();
    let programs = programs(&options);
    let peers = peers(&options);
    let results = measure(&programs, &peers, options.runs);
    let table = table(&programs, &peers, &results);
    println!("{table}");
    if options.write {
        let folder = folder();
        let report = format!("{}\n{table}\n", heading(&peers, options.runs));
        write_file(&folder.join("RESULTS.md"), &report);
        write_file(
            &folder.join("chart.svg"),
            &chart(&programs, &peers, &results),
        );
    }
}

fn options() -> Options {
    let mut options = Options {
        runs: 3,
        only: None,
        rlua: None,
        write: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--runs" => {
                options.runs = words
                    .next()
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(3)
                    .max(1)
            }
            "--only" => {
                options.only = words
                    .next()
                    .map(|text| text.split(',').map(str::to_string).collect())
            }
            "--rlua" => options.rlua = words.next().map(PathBuf::from),
            "--write" => options.write = true,
            _ => {
                eprintln!("usage: bench [--runs N] [--only NAME,NAME] [--rlua PATH] [--write]");
                std::process::exit(2);
            }
        }
    }
    options
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches")
}

fn write_file(path: &Path, text: &str) {
    match std::fs::write(path, text) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => eprintln!("{}: {error}", path.display()),
    }
}

fn programs(options: &Options) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder().join("programs"))
        .expect("benches/programs exists")
        .flatten()
        .filter_map(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .strip_suffix(".lua")
                .map(str::to_string)
        })
        .filter(|name| options.only.as_ref().is_none_or(|only| only.contains(name)))
        .collect();
    names.sort();
    names
}

fn peers(options: &Options) -> Vec<Peer> {
    let mut peers = vec![
        Peer {
            name: "lua5.4",
            command: vec!["lua5.4".into()],
        },
        Peer {
            name: "luajit -joff",
            command: vec!["luajit".into(), "-joff".into()],
        },
        Peer {
            name: "luajit",
            command: vec!["luajit".into()],
        },
    ];
    if let Some(path) = &options.rlua {
        let command = vec![path.to_string_lossy().into_owned()];
        let interpreted = [command.clone(), vec!["-joff".into()]].concat();
        for (name, command) in [("rlua -joff", interpreted), ("rlua", command)] {
            peers.push(Peer { name, command });
        }
    }
    peers.push(Peer {
        name: C,
        command: Vec::new(),
    });
    peers
}

fn children_user_s() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts children");
    let time = usage.user_time();
    time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6
}

/// Compiles the C twin of a program; `None` if it has none.
fn c_program(program: &str) -> Option<PathBuf> {
    let source = folder().join("c").join(format!("{program}.c"));
    if !source.exists() {
        return None;
    }
    let binary = std::env::temp_dir().join(format!("rlove-bench-{}-{program}", std::process::id()));
    if binary.exists() {
        return Some(binary);
    }
    let status = Command::new("gcc")
        .args(["-O2", "-fno-tree-vectorize", "-o"])
        .args([&binary, &source])
        .arg("-lm")
        .status();
    match status {
        Ok(status) if status.success() => Some(binary),
        _ => {
            eprintln!("gcc {}: failed", source.display());
            None
        }
    }
}

fn run(peer: &Peer, program: &str) -> Option<Measurement> {
    let mut command = match peer.command.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            let source = folder().join("programs").join(format!("{program}.lua"));
            command.args(rest).arg(source);
            command
        }
        None => Command::new(c_program(program)?),
    };
    let before = children_user_s();
    let output = command.stdin(Stdio::null()).output();
    let user_s = children_user_s() - before;
    match output {
        Ok(output) if output.status.success() => Some(Measurement {
            user_s,
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
        }),
        Ok(output) => {
            eprintln!(
                "{} {program}: {}: {}",
                peer.name,
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
            None
        }
        Err(error) => {
            eprintln!("{}: {error} (make deps-test installs the peers)", peer.name);
            None
        }
    }
}

type Results = BTreeMap<(String, &'static str), Measurement>;

fn measure(programs: &[String], peers: &[Peer], runs: usize) -> Results {
    let mut results = Results::new();
    for round in 1..=runs {
        for program in programs {
            eprint!("\rrun {round} of {runs}: {program:<30}");
            for peer in peers {
                let Some(measured) = run(peer, program) else {
                    continue;
                };
                let entry = results
                    .entry((program.clone(), peer.name))
                    .or_insert_with(|| measured.clone());
                entry.user_s = entry.user_s.min(measured.user_s);
            }
        }
    }
    eprintln!();
    results
}

fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp()
}

/// The first line of a command's version message.
fn version(command: &str, argument: &str) -> String {
    let output = Command::new(command).arg(argument).output();
    let text = output
        .map(|output| [output.stdout, output.stderr].concat())
        .unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .next()
        .unwrap_or("unknown")
        .to_string()
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("unknown");
    let cores = text
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    format!(
        "{} ({cores} logical cores)",
        model.trim_start_matches(['\t', ':', ' '])
    )
}

fn heading(peers: &[Peer], runs: usize) -> String {
    let mut text =
        String::from("# Benchmarks\n\nUser CPU seconds of the whole process, the least of ");
    let _ = writeln!(
        text,
        "{runs} interleaved runs; written by `make bench`.\n\n- machine: {}",
        processor()
    );
    for peer in peers.iter().filter(|peer| !peer.name.ends_with("-joff")) {
        let (command, argument) = match peer.command.first() {
            Some(command) => (command.as_str(), "-v"),
            None => ("gcc", "--version"),
        };
        let _ = writeln!(text, "- {}: {}", peer.name, version(command, argument));
    }
    text.push_str("\n![Time relative to lua5.4](chart.svg)\n");
    text
}

fn table(programs: &[String], peers: &[Peer], results: &Results) -> String {
    let has = |name: &str| peers.iter().any(|peer| peer.name == name);
    let shown: Vec<(&str, &str)> = RATIOS.into_iter().filter(|(own, _)| has(own)).collect();
    let mut text = String::from("| program |");
    for peer in peers {
        let _ = write!(text, " {} |", peer.name);
    }
    for (own, base) in &shown {
        let _ = write!(text, " {own} / {base} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(peers.len() + shown.len()));
    let mut ratios = vec![Vec::new(); shown.len()];
    for program in programs {
        let _ = write!(text, "| {program} |");
        let found = |name| results.get(&(program.clone(), name));
        let expected = found("luajit").map(|measured| &measured.output);
        for peer in peers {
            match found(peer.name) {
                Some(measured) if Some(&measured.output) == expected => {
                    let _ = write!(text, " {:.3} |", measured.user_s);
                }
                Some(measured) => {
                    let _ = write!(text, " {:.3} (output differs) |", measured.user_s);
                }
                None if peer.name == C => text.push_str(" |"),
                None => text.push_str(" fails |"),
            }
        }
        for ((own, base), ratios) in shown.iter().zip(&mut ratios) {
            match (found(own), found(base)) {
                (Some(measured), Some(peer)) if Some(&measured.output) == expected => {
                    let ratio = measured.user_s / peer.user_s.max(1e-4);
                    ratios.push(ratio);
                    let _ = write!(text, " {ratio:.2} |");
                }
                _ => text.push_str(" |"),
            }
        }
        text.push('\n');
    }
    let _ = write!(text, "| **geometric mean** |{}", " |".repeat(peers.len()));
    for ratios in &ratios {
        let _ = write!(text, " **{:.2}** |", geometric_mean(ratios));
    }
    text.push('\n');
    text
}

/// Bars of time relative to lua5.4, shorter is better; the line marks lua5.4.
fn chart(programs: &[String], peers: &[Peer], results: &Results) -> String {
    const LEFT: f64 = 190.0;
    const UNIT: f64 = 330.0;
    const BAR: f64 = 7.0;
    let shown: Vec<(&str, &str)> = [
        ("luajit -joff", "#b0b7c3"),
        ("luajit", "#7b8494"),
        ("rlua -joff", "#f4a261"),
        ("rlua", "#d9480f"),
    ]
    .into_iter()
    .filter(|(name, _)| peers.iter().any(|peer| peer.name == *name))
    .collect();
    let row = BAR * shown.len() as f64 + 7.0;
    let height = 50.0 + row * programs.len() as f64;
    let width = LEFT + UNIT * 1.6 + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let mut legend_x = LEFT;
    for (name, colour) in &shown {
        let _ = writeln!(
            svg,
            "<rect x=\"{legend_x}\" y=\"10\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"
        );
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"19\">{name}</text>",
            legend_x + 14.0
        );
        legend_x += 100.0;
    }
    let _ = writeln!(
        svg,
        "<text x=\"{legend_x}\" y=\"19\" fill=\"#444\">time, lua5.4 = 1 (line)</text>"
    );
    for (index, program) in programs.iter().enumerate() {
        let y = 35.0 + row * index as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{program}</text>",
            LEFT - 8.0,
            y + row / 2.0
        );
        let Some(base) = results.get(&(program.clone(), "lua5.4")) else {
            continue;
        };
        for (position, (name, colour)) in shown.iter().enumerate() {
            let Some(measured) = results
                .iter()
                .find(|((p, n), _)| p == program && n == name)
                .map(|(_, m)| m)
            else {
                continue;
            };
            let ratio = measured.user_s / base.user_s.max(1e-4);
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" fill=\"{colour}\"/>",
                y + BAR * position as f64,
                (ratio.min(1.6) * UNIT).max(1.0),
                BAR - 1.0
            );
        }
    }
    let line = LEFT + UNIT;
    let _ = writeln!(
        svg,
        "<line x1=\"{line}\" y1=\"28\" x2=\"{line}\" y2=\"{height}\" stroke=\"#222\"/>\n</svg>"
    );
    svg
}
