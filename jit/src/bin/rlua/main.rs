//! `rlua`: runs Lua programs from the command line, as the `luajit` command does.
//!
//! ```text
//! rlua -e "print(1 + 1)"      rlua script.lua a b c      rlua --dump=bc script.lua      rlua      (a prompt)
//! ```
//! The options are luajit's, in its order and with its messages; `--dump=tokens,ast,bc` shows the stages of a program instead of
//! running it, `--gc-log` prints each step of the collector and its figures at the end.

mod options;
mod prompt;
mod stages;

use options::{Action, Options, Source};
use rlove_vm::bytecode::serialize;
use rlove_vm::call::Raised;
use rlove_vm::library;
use rlove_vm::value::Value;
use rlove_vm::vm::{HostRun, Vm};
use std::io::{IsTerminal, Read, Write as _};
use std::process::ExitCode;

/// What the version line says.
pub const VERSION: &str = concat!(
    "rlua ",
    env!("CARGO_PKG_VERSION"),
    " -- Lua 5.1 as LuaJIT 2.1 extends it"
);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .map(|text| text.to_string_lossy().into_owned())
        .collect();
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(usage) => {
            eprint!("{usage}");
            return ExitCode::FAILURE;
        }
    };
    let mut vm = Vm::new();
    let opened = library::open_all(&mut vm)
        .and_then(|()| library::lfs::open(&mut vm))
        .and_then(|()| match options.without_ffi {
            true => Ok(()),
            false => rlove_ffi::open(&mut vm),
        });
    if opened.is_err() {
        report(&mut vm);
        return ExitCode::FAILURE;
    }
    interrupt_on_control_c(&vm);
    for &mode in &options.modes {
        vm.set_test_mode(mode);
    }
    // Without a back end for this processor everything is interpreted.
    rlove_jit::driver::install(&mut vm, options.display());
    if options.gc_log {
        let mut log = std::io::BufWriter::new(std::io::stderr());
        vm.heap.set_step_observer(Some(Box::new(move |step| {
            // A closed standard error must not end the program.
            let _ = writeln!(log, "{}", step.text());
        })));
    }
    let succeeded = run(&mut vm, &options, &arguments);
    library::files::flush_standard_output(&mut vm);
    if options.gc_log {
        vm.heap.set_step_observer(None);
        eprintln!("{}", vm.heap.statistics().text());
    }
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn interrupt_on_control_c(vm: &Vm) {
    let interrupt = vm.interrupt_handle();
    // Without a handler Ctrl-C still ends the process.
    let _ = ctrlc::set_handler(move || {
        if interrupt.is_requested() {
            std::process::exit(130);
        }
        interrupt.request("interrupted!");
    });
}

fn run(vm: &mut Vm, options: &Options, arguments: &[String]) -> bool {
    if let Some(bytecode) = &options.bytecode {
        return stages::bytecode_command(vm, bytecode);
    }
    set_argument_table(vm, options, arguments);
    if options.show_version {
        println!("{VERSION}");
    }
    for action in &options.actions {
        let done = match action {
            Action::Execute(text) => execute(
                vm,
                text.as_bytes(),
                b"=(command line)",
                &[],
                &options.stages,
            ),
            Action::Require(name) => require(vm, name),
            // What is displayed was set up before the machine started.
            Action::Compiler(command) if command == "v" => true,
            Action::Compiler(command) => compiler_command(vm, "jit", command),
            Action::Optimiser(command) => compiler_command(vm, "opt", command),
        };
        if !done {
            report(vm);
            return false;
        }
    }
    let done = match &options.source {
        Source::None => true,
        Source::File(name, rest) => run_file(vm, name, rest, &options.stages),
        Source::StandardInput(rest) => run_standard_input(vm, rest, &options.stages),
        Source::Default => {
            if std::io::stdin().is_terminal() {
                if !options.show_version {
                    println!("{VERSION}");
                }
                prompt::run(vm);
                return true;
            }
            run_standard_input(vm, &[], &options.stages)
        }
    };
    if !done {
        report(vm);
    }
    if options.interactive {
        prompt::run(vm);
        return true;
    }
    done
}

/// `arg`: the script at 0, its arguments above, everything before it below.
fn set_argument_table(vm: &mut Vm, options: &Options, arguments: &[String]) {
    let table = vm.new_table();
    for (index, text) in arguments.iter().enumerate() {
        let value = vm.new_string(text.as_bytes());
        // A small table of strings cannot fail.
        let _ = vm.raw_set_index(table, index as i64 - options.script_position as i64, value);
    }
    let globals = vm.globals();
    vm.set_field(globals, "arg", table);
}

fn run_file(vm: &mut Vm, name: &str, rest: &[String], stages: &[String]) -> bool {
    match std::fs::read(name) {
        Ok(source) => execute(vm, &source, format!("@{name}").as_bytes(), rest, stages),
        Err(error) => {
            let text = error.to_string();
            let reason = text.split(" (os error").next().unwrap_or(&text);
            let _ = vm.raise_message(format!("cannot open {name}: {reason}").as_bytes());
            false
        }
    }
}

fn run_standard_input(vm: &mut Vm, rest: &[String], stages: &[String]) -> bool {
    let mut source = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut source) {
        let _ = vm.raise_message(format!("cannot read stdin: {error}").as_bytes());
        return false;
    }
    execute(vm, &source, b"=stdin", rest, stages)
}

/// Loads source or bytecode.
pub fn load(vm: &mut Vm, source: &[u8], chunk_name: &[u8]) -> Result<Value, Raised> {
    if serialize::is_bytecode(source) {
        let compiled = match serialize::read(source, chunk_name) {
            Ok(compiled) => compiled,
            Err(error) => return Err(vm.raise_message(&error.message(chunk_name))),
        };
        return vm.load_compiled(&compiled);
    }
    vm.load_source(source, chunk_name)
}

fn execute(
    vm: &mut Vm,
    source: &[u8],
    chunk_name: &[u8],
    rest: &[String],
    stages: &[String],
) -> bool {
    let stages: Vec<String> = stages
        .iter()
        .filter(|stage| !options::is_compiler_stage(stage))
        .cloned()
        .collect();
    let stages = &stages;
    if !stages.is_empty() {
        return stages::show(vm, source, chunk_name, stages);
    }
    let function = match load(vm, source, chunk_name) {
        Ok(function) => function,
        Err(Raised) => return false,
    };
    let arguments: Vec<Value> = rest
        .iter()
        .map(|text| vm.new_string(text.as_bytes()))
        .collect();
    match vm.start_host(function, &arguments) {
        HostRun::Finished(_) => true,
        HostRun::Failed => false,
        HostRun::Suspended => {
            let _ = vm.raise_message(b"the program waits for a host that is not there");
            false
        }
    }
}

fn require(vm: &mut Vm, name: &str) -> bool {
    let globals = vm.globals();
    let require = vm.field(globals, "require");
    let name = vm.new_string(name.as_bytes());
    matches!(vm.start_host(require, &[name]), HostRun::Finished(_))
}

/// `-jCOMMAND` and `-OCOMMAND`: calls a function of the jit library.
fn compiler_command(vm: &mut Vm, option: &str, command: &str) -> bool {
    let globals = vm.globals();
    let jit = vm.field(globals, "jit");
    let (function, arguments): (Value, Vec<&str>) = if option == "opt" {
        let library = vm.field(jit, "opt");
        (
            vm.field(library, "start"),
            command.split(',').filter(|text| !text.is_empty()).collect(),
        )
    } else {
        let (name, rest) = command.split_once('=').unwrap_or((command, ""));
        (
            vm.field(jit, name),
            rest.split(',').filter(|text| !text.is_empty()).collect(),
        )
    };
    if function.is_nil() {
        let _ = vm.raise_message(b"unknown luaJIT command or jit.* modules not installed");
        return false;
    }
    let arguments: Vec<Value> = arguments
        .iter()
        .map(|text| vm.new_string(text.as_bytes()))
        .collect();
    matches!(vm.start_host(function, &arguments), HostRun::Finished(_))
}

/// Prints the error on its way and its traceback to standard error.
pub fn report(vm: &mut Vm) {
    library::files::flush_standard_output(vm);
    let error = vm.take_error();
    let traceback = vm.take_traceback();
    let mut text = b"rlua: ".to_vec();
    text.extend_from_slice(&error_text(vm, error));
    if let Some(traceback) = traceback {
        text.push(b'\n');
        text.extend_from_slice(&traceback);
    }
    text.push(b'\n');
    use std::io::Write;
    // Nobody is left to tell about a failure.
    let _ = std::io::stderr().write_all(&text);
}

/// The text of an error value.
pub fn error_text(vm: &mut Vm, error: Value) -> Vec<u8> {
    if let Some(bytes) = vm.string_or_number_bytes(error) {
        return bytes;
    }
    let convert = vm.metafield(error, "__tostring");
    if !convert.is_nil()
        && let HostRun::Finished(results) = vm.start_host(convert, &[error])
        && let Some(bytes) = results
            .first()
            .and_then(|text| vm.string_or_number_bytes(*text))
    {
        return bytes;
    }
    if error.is_nil() {
        return b"(error object is a nil value)".to_vec();
    }
    format!("(error object is a {} value)", error.type_name()).into_bytes()
}
