//! A small host program: settings read from a Lua script, a Rust type with methods, events sent to Lua functions, a
//! coroutine driven from Rust, and a script that would never end. Run it with `cargo run -p rlove-vm --example embed`.

use rlove_vm::api::{
    Error, Fields, Function, Methods, Result, State, Table, Thread, UserData, Variadic,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// What scripts may do with a robot.
struct Robot {
    position: (f64, f64),
    log: Rc<RefCell<Vec<String>>>,
}

impl UserData for Robot {
    const NAME: &'static str = "Robot";
    fn add_fields(fields: &mut Fields<'_, Self>) {
        fields.add_getter("x", |_, robot| Ok(robot.position.0));
        fields.add_getter("y", |_, robot| Ok(robot.position.1));
    }
    fn add_methods(methods: &mut Methods<'_, Self>) {
        methods.add_method_mut("move", |_, robot, (dx, dy): (f64, f64)| {
            robot.position.0 += dx;
            robot.position.1 += dy;
            Ok(())
        });
        methods.add_method("say", |state, robot, words: Variadic<_>| {
            let words: Result<Vec<String>> =
                words.0.iter().map(|word| state.display(word)).collect();
            robot.log.borrow_mut().push(words?.join(" "));
            Ok(())
        });
    }
}

const SCRIPT: &str = r#"
settings = { width = 320, height = 200, title = "robots" }
handlers = {}
function handlers.start(robot)
  robot:move(3, 4)
  robot:say("at", robot.x, robot.y)
end
function patrol(robot)
  return coroutine.create(function(steps)
    for step = 1, steps do
      robot:move(1, 0)
      coroutine.yield(step, robot.x)
    end
    return "done"
  end)
end
"#;

/// Runs the example; the answer is what the robot said.
pub fn run() -> Result<Vec<String>> {
    let state = State::new()?;
    state.set_memory_limit(16 << 20)?;
    state.load(SCRIPT).set_name("@robots.lua").exec()?;

    let settings: Table = state.globals().get("settings")?;
    let size: (u32, u32) = (settings.get("width")?, settings.get("height")?);
    assert_eq!(size, (320, 200));
    assert_eq!(settings.get::<Option<String>>("icon")?, None);

    let log = Rc::new(RefCell::new(Vec::new()));
    let robot = state.create_userdata(Robot {
        position: (0.0, 0.0),
        log: log.clone(),
    })?;
    let handlers: Table = state.globals().get("handlers")?;
    handlers.call_function::<()>("start", &robot)?;

    let patrol: Thread = state.globals().get::<Function>("patrol")?.call(&robot)?;
    assert_eq!(patrol.resume::<(u32, f64)>(2)?, (1, 4.0));
    assert_eq!(patrol.resume::<(u32, f64)>(())?, (2, 5.0));
    assert_eq!(patrol.resume::<String>(())?, "done");
    assert!(patrol.resume::<()>(()).is_err());

    // A script error has a message and a traceback.
    let error = state
        .load("local robot = ...; robot:jump()")
        .set_name("@broken.lua")
        .call::<()>(&robot)
        .expect_err("there is no method of that name");
    assert_eq!(
        error.to_string(),
        "broken.lua:1: attempt to call method 'jump' (a nil value)"
    );
    assert!(
        error
            .traceback()
            .is_some_and(|text| text.contains("main chunk"))
    );

    // A script that does not end is stopped from another thread.
    let interrupt = state.interrupt_handle()?;
    let watchdog = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupt.request("took too long");
    });
    let stopped = state.load("while true do end").set_name("=loop").exec();
    assert!(
        matches!(stopped, Err(Error::Runtime { message, .. }) if message == "loop:1: took too long")
    );
    watchdog.join().expect("the watchdog ends");

    let said = log.borrow().clone();
    Ok(said)
}

#[allow(dead_code)]
fn main() -> Result<()> {
    for line in run()? {
        println!("{line}");
    }
    Ok(())
}
