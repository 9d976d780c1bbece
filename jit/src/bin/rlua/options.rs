//! The command line, as luajit reads it.

use rlove_jit::driver::Display;
use rlove_vm::vm::test_modes::TestMode;

/// What comes before the program.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// `-e CHUNK`
    Execute(String),
    /// `-l NAME`
    Require(String),
    /// `-j COMMAND`
    Compiler(String),
    /// `-O[COMMAND]`
    Optimiser(String),
}

/// The program.
#[derive(Debug, PartialEq)]
pub enum Source {
    /// Options said it all.
    None,
    /// A prompt, or standard input if it is no terminal.
    Default,
    /// `-`
    StandardInput(Vec<String>),
    /// A file and its arguments.
    File(String, Vec<String>),
}

/// The command line taken apart.
#[derive(Debug)]
pub struct Options {
    /// In order.
    pub actions: Vec<Action>,
    /// The program.
    pub source: Source,
    /// Index of the script among the arguments.
    pub script_position: usize,
    /// `-i`
    pub interactive: bool,
    /// `-v`
    pub show_version: bool,
    /// `-b…`: its options and files.
    pub bytecode: Option<Vec<String>>,
    /// `--dump=…`
    pub stages: Vec<String>,
    /// `--gc-log`
    pub gc_log: bool,
    /// `--no-ffi`
    pub without_ffi: bool,
    /// `--mode=…`
    pub modes: Vec<TestMode>,
}

const USAGE: &str = "usage: rlua [options]... [script [args]...].
Available options are:
  -e chunk  Execute string 'chunk'.
  -l name   Require library 'name'.
  -b ...    Save or list bytecode.
  -j cmd    Perform JIT control command.
  -O[opt]   Control JIT optimizations.
  -i        Enter interactive mode after executing 'script'.
  -v        Show version information.
  -E        Ignore environment variables.
  --dump=tokens,ast,bc  Show stages of the program instead of running it.
  --dump=events,rec,ir,opt,snap,asm,exits  Show the trace compiler's work (also -jv for events).
  --gc-log  Print the collector's steps, and its figures at the end.
  --no-ffi  Run without the foreign function interface.
  --mode=stress,stacks,interrupts  Make rare events happen all the time (tests).
  --        Stop handling options.
  -         Execute stdin and stop handling options.
";

/// Whether `--dump` shows this stage while the program runs (and not instead of it).
pub fn is_compiler_stage(stage: &str) -> bool {
    Display::default().set(stage)
}

impl Options {
    /// What is to be shown of the compiler's work: `-jv` and stages of `--dump`.
    pub fn display(&self) -> Display {
        let mut display = Display::default();
        for stage in &self.stages {
            display.set(stage);
        }
        if self
            .actions
            .iter()
            .any(|action| *action == Action::Compiler("v".to_owned()))
        {
            display.set("events");
        }
        display
    }
    /// Reads the arguments (the first is the program's name); the error is the text to print.
    pub fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options {
            actions: Vec::new(),
            source: Source::Default,
            script_position: 0,
            interactive: false,
            show_version: false,
            bytecode: None,
            stages: Vec::new(),
            gc_log: false,
            without_ffi: false,
            modes: Vec::new(),
        };
        let mut index = 1;
        while let Some(argument) = arguments.get(index) {
            let rest = |from: usize| arguments.get(from..).unwrap_or(&[]).to_vec();
            if !argument.starts_with('-') {
                options.source = Source::File(argument.clone(), rest(index + 1));
                options.script_position = index;
                return Ok(options);
            }
            if argument == "-" {
                options.source = Source::StandardInput(rest(index + 1));
                options.script_position = index;
                return Ok(options);
            }
            if argument == "--" {
                if let Some(script) = arguments.get(index + 1) {
                    options.source = Source::File(script.clone(), rest(index + 2));
                    options.script_position = index + 1;
                }
                return Ok(options);
            }
            if let Some(stages) = argument.strip_prefix("--dump=") {
                options.stages = stages.split(',').map(str::to_owned).collect();
            } else if let Some(names) = argument.strip_prefix("--mode=") {
                for name in names.split(',') {
                    let mode = TestMode::from_name(name).ok_or_else(|| USAGE.to_owned())?;
                    options.modes.push(mode);
                }
            } else if argument == "--gc-log" {
                options.gc_log = true;
            } else if argument == "--no-ffi" {
                options.without_ffi = true;
            } else {
                let consumed = options.short(arguments, index)?;
                if options.bytecode.is_some() {
                    return Ok(options);
                }
                index += consumed;
            }
            index += 1;
        }
        let said_all = !options.actions.is_empty() || options.show_version;
        if said_all && options.source == Source::Default && !options.interactive {
            options.source = Source::None;
        }
        options.script_position = 0;
        Ok(options)
    }

    /// One option of a letter; answers how many further arguments it took.
    fn short(&mut self, arguments: &[String], index: usize) -> Result<usize, String> {
        let argument = &arguments[index];
        let letter = argument.as_bytes().get(1).copied().unwrap_or(b'-');
        let attached = argument.get(2..).unwrap_or("");
        let value = || -> Result<(String, usize), String> {
            if !attached.is_empty() {
                return Ok((attached.to_owned(), 0));
            }
            match arguments.get(index + 1) {
                Some(next) => Ok((next.clone(), 1)),
                None => Err(USAGE.to_owned()),
            }
        };
        match letter {
            b'i' if attached.is_empty() => {
                self.interactive = true;
                self.show_version = true;
            }
            b'v' if attached.is_empty() => self.show_version = true,
            // The environment only sets search paths; accepted as luajit does.
            b'E' if attached.is_empty() => {}
            b'e' => {
                let (text, used) = value()?;
                self.actions.push(Action::Execute(text));
                return Ok(used);
            }
            b'l' => {
                let (text, used) = value()?;
                self.actions.push(Action::Require(text));
                return Ok(used);
            }
            b'j' => {
                let (text, used) = value()?;
                self.actions.push(Action::Compiler(text));
                return Ok(used);
            }
            b'O' => self.actions.push(Action::Optimiser(attached.to_owned())),
            b'b' => {
                let mut rest = vec![attached.to_owned()];
                rest.extend_from_slice(&arguments[index + 1..]);
                self.bytecode = Some(rest);
            }
            _ => return Err(USAGE.to_owned()),
        }
        Ok(0)
    }
}
