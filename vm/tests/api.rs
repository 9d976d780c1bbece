//! The embedding API as a Rust program uses it, and misuse that must stay harmless.

use rlove_vm::api::*;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

#[path = "../examples/embed.rs"]
mod embed;

#[test]
fn the_worked_example_runs() {
    assert_eq!(embed::run().expect("example"), ["at 3 4"]);
}

fn state() -> State {
    State::new().expect("state")
}

#[test]
fn values_go_there_and_back() {
    let state = state();
    let identity: Function = state.load("function(...) return ... end").eval().unwrap();
    assert_eq!(identity.call::<f64>(1.5).unwrap(), 1.5);
    assert!(identity.call::<bool>(true).unwrap());
    assert_eq!(identity.call::<String>("text").unwrap(), "text");
    assert_eq!(identity.call::<Option<i32>>(()).unwrap(), None);
    assert_eq!(
        identity.call::<Vec<u8>>(vec![1u8, 2, 3]).unwrap(),
        [1, 2, 3]
    );
    assert_eq!(
        identity
            .call::<(i32, String, Variadic<f64>)>((1, "b", 3.0, 4.0))
            .unwrap(),
        (1, "b".to_owned(), Variadic(vec![3.0, 4.0]))
    );
    let map: HashMap<String, i32> = [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
    assert_eq!(
        identity.call::<HashMap<String, i32>>(map.clone()).unwrap(),
        map
    );
    let ordered: BTreeMap<i32, bool> = [(1, true), (7, false)].into();
    assert_eq!(
        identity
            .call::<BTreeMap<i32, bool>>(ordered.clone())
            .unwrap(),
        ordered
    );
    assert_eq!(identity.call::<[i32; 2]>([4, 5]).unwrap(), [4, 5]);
    let bytes = state.create_string(b"\xff\0z").unwrap();
    assert_eq!(
        identity
            .call::<LuaString>(&bytes)
            .unwrap()
            .to_bytes()
            .unwrap(),
        b"\xff\0z"
    );
    assert!(identity.call::<String>(&bytes).is_err());
    assert!(
        identity
            .call::<f64>(f64::from_bits(0xFFFF_1234_5678_9ABC))
            .unwrap()
            .is_nan()
    );
    assert_eq!(identity.call::<i64>("0x10").unwrap(), 16);
    for bad in [0.5, 300.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(identity.call::<u8>(bad).is_err(), "{bad}");
    }
    let error = identity.call::<Table>("x").unwrap_err();
    assert_eq!(error.to_string(), "table expected, got string");
}

#[test]
fn tables() {
    let state = state();
    let table = state.create_table().unwrap();
    assert!(table.is_empty().unwrap());
    table.set("name", "value").unwrap();
    table.raw_push(10).unwrap();
    table.raw_push(20).unwrap();
    assert_eq!(table.len().unwrap(), 2);
    assert_eq!(table.get::<String>("name").unwrap(), "value");
    let pairs: Vec<(String, String)> = table
        .pairs::<LuaValue, LuaValue>()
        .map(|pair| pair.and_then(|(k, v)| Ok((state.display(&k)?, state.display(&v)?))))
        .collect::<Result<_>>()
        .unwrap();
    let shown: Vec<String> = pairs.into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(shown, ["1=10", "2=20", "name=value"]);
    assert_eq!(
        table
            .sequence_values::<i32>()
            .collect::<Result<Vec<_>>>()
            .unwrap(),
        [10, 20]
    );

    let metatable: Table = state
        .load("{ __index = function(_, key) return key .. '?' end, __newindex = function(t, k, v) rawset(t, k, v * 2) end }")
        .eval()
        .unwrap();
    table.set_metatable(Some(&metatable)).unwrap();
    assert_eq!(table.get::<String>("missing").unwrap(), "missing?");
    assert_eq!(table.raw_get::<Option<String>>("missing").unwrap(), None);
    table.set("number", 4).unwrap();
    assert_eq!(table.get::<i32>("number").unwrap(), 8);
    assert_eq!(table.metatable().unwrap(), Some(metatable));
    table.set_metatable(None).unwrap();
    assert_eq!(table.metatable().unwrap(), None);
    assert!(table.set(f64::NAN, 1).is_err());
    assert!(table.set(LuaValue::Nil, 1).is_err());
    table.clear().unwrap();
    assert!(table.is_empty().unwrap());
}

#[test]
fn errors_and_tracebacks() {
    let state = state();
    let error = state.load("x = = 1").set_name("=chunk").exec().unwrap_err();
    assert!(
        matches!(&error, Error::Syntax { message, .. } if message == "chunk:1: unexpected symbol near '='"),
        "{error}"
    );
    let error = state
        .load("for i = 1")
        .set_name("=chunk")
        .exec()
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Syntax {
            incomplete_input: true,
            ..
        }
    ));

    let error = state
        .load("local function inner() error('deep') end\ninner()")
        .set_name("=chunk")
        .exec()
        .unwrap_err();
    assert_eq!(error.to_string(), "chunk:1: deep");
    let traceback = error.traceback().unwrap();
    assert!(traceback.starts_with("stack traceback:\n"), "{traceback}");
    assert!(
        traceback.contains("chunk:1: in function 'inner'"),
        "{traceback}"
    );
    assert!(traceback.contains("chunk:2: in main chunk"), "{traceback}");

    let error = state.load("error({})").exec().unwrap_err();
    assert_eq!(error.to_string(), "(error object is a table value)");
    let raised = state
        .load("error({ code = 7 })")
        .into_function()
        .unwrap()
        .protected_call::<()>(())
        .unwrap()
        .unwrap_err();
    assert_eq!(raised.as_table().unwrap().get::<i32>("code").unwrap(), 7);
}

#[test]
fn errors_of_callbacks() {
    let state = state();
    let globals = state.globals();
    let fail = state.create_function(|_, (): ()| -> Result<()> { Err(Error::runtime("refused")) });
    globals.set("fail", fail.unwrap()).unwrap();
    let message: String = state
        .load("select(2, pcall(fail))")
        .eval()
        .unwrap_or_else(|_| {
            state
                .load("local _, m = pcall(fail) return m")
                .eval()
                .unwrap()
        });
    assert_eq!(message, "refused");
    let error = state.load("fail()").set_name("=chunk").exec().unwrap_err();
    assert_eq!(error.to_string(), "chunk:1: refused");

    let broken =
        state.create_function(|_, (): ()| -> Result<()> { Err(Error::external(std::fmt::Error)) });
    globals.set("broken", broken.unwrap()).unwrap();
    let error = state.load("broken()").exec().unwrap_err();
    assert!(
        error.downcast_ref::<std::fmt::Error>().is_some(),
        "{error:?}"
    );
    let text: String = state
        .load("local ok, e = pcall(broken) return type(e) .. ' ' .. tostring(e)")
        .eval()
        .unwrap();
    assert_eq!(text, format!("userdata {}", std::fmt::Error));

    let panics = state.create_function(|_, (): ()| -> Result<()> { panic!("oops") });
    globals.set("panics", panics.unwrap()).unwrap();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let error = state
        .load("panics()")
        .set_name("=chunk")
        .exec()
        .unwrap_err();
    std::panic::set_hook(hook);
    assert_eq!(error.to_string(), "chunk:1: a callback panicked: oops");
    assert_eq!(state.load("1 + 1").eval::<i32>().unwrap(), 2);
}

#[test]
fn closures_call_back() {
    let state = state();
    let apply = state
        .create_function(|_, (function, value): (Function, f64)| function.call::<f64>(value))
        .unwrap();
    state.globals().set("apply", &apply).unwrap();
    let answer: f64 = state
        .load("apply(function(x) return apply(function(y) return y + 1 end, x) * 2 end, 20)")
        .eval()
        .unwrap();
    assert_eq!(answer, 42.0);
    // Endless recursion through Rust ends in an error.
    let error = state
        .load("local function f(x) return apply(f, x) end return f(1)")
        .eval::<f64>()
        .unwrap_err();
    assert!(error.to_string().contains("C stack overflow"), "{error}");

    let mut count = 0;
    let counter = state
        .create_function_mut(move |_, (): ()| {
            count += 1;
            Ok(count)
        })
        .unwrap();
    counter.call::<i32>(()).unwrap();
    assert_eq!(counter.call::<i32>(()).unwrap(), 2);
    let recursive = state
        .create_function_mut(|_, function: Function| function.call::<()>(&function))
        .unwrap();
    let error = recursive.call::<()>(&recursive).unwrap_err();
    assert!(error.to_string().contains("while it runs"), "{error}");
}

#[test]
fn coroutines() {
    let state = state();
    let function: Function = state
        .load("function(a) local b = coroutine.yield(a + 1) error('end ' .. b) end")
        .eval()
        .unwrap();
    let thread = state.create_thread(&function).unwrap();
    assert_eq!(thread.status().unwrap(), ThreadStatus::Resumable);
    assert_eq!(thread.resume::<i32>(1).unwrap(), 2);
    let error = thread.resume::<()>("x").unwrap_err();
    assert!(error.to_string().ends_with("end x"), "{error}");
    assert!(error.traceback().is_some());
    assert_eq!(thread.status().unwrap(), ThreadStatus::Finished);
    assert!(matches!(
        thread.resume::<()>(()),
        Err(Error::CoroutineUnresumable)
    ));
    // A yield cannot cross a Rust callback: an error, not a hang.
    let call = state
        .create_function(|_, function: Function| function.call::<()>(()))
        .unwrap();
    state.globals().set("call", call).unwrap();
    let function: Function = state
        .load("function() call(coroutine.yield) end")
        .eval()
        .unwrap();
    let thread = state.create_thread(&function).unwrap();
    let error = thread.resume::<()>(()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("attempt to yield across C-call boundary"),
        "{error}"
    );
}

#[test]
fn handles_of_other_states_are_refused() {
    let (one, two) = (state(), state());
    let table = one.create_table().unwrap();
    assert!(matches!(
        two.globals().set("t", &table),
        Err(Error::WrongState)
    ));
    let function: Function = two.load("function() end").eval().unwrap();
    assert!(matches!(
        function.call::<()>(&table),
        Err(Error::WrongState)
    ));
    assert!(matches!(
        table.set_metatable(Some(&two.globals())),
        Err(Error::WrongState)
    ));
    assert!(matches!(
        one.create_thread(&function),
        Err(Error::WrongState)
    ));
    let key = one.create_registry_value(&table).unwrap();
    assert!(matches!(
        two.registry_value::<Table>(&key),
        Err(Error::WrongState)
    ));
    assert_eq!(one.registry_value::<Table>(&key).unwrap(), table);
    // A callback that answers with a foreign handle.
    let smuggler = two
        .create_function(move |_, (): ()| Ok(table.clone()))
        .unwrap();
    let error = smuggler.call::<LuaValue>(()).unwrap_err();
    assert!(error.to_string().contains("another Lua state"), "{error}");
}

#[test]
fn handles_outlive_their_state_harmlessly() {
    let state = state();
    let table = state.create_table().unwrap();
    let clone = table.clone();
    let string = state.create_string("s").unwrap();
    state.globals().set("t", &table).unwrap();
    drop(state);
    assert!(matches!(table.get::<LuaValue>(1), Err(Error::StateClosed)));
    assert!(matches!(string.to_bytes(), Err(Error::StateClosed)));
    assert_eq!(table.pairs::<LuaValue, LuaValue>().count(), 1);
    drop(clone);
}

#[test]
fn closures_that_hold_handles_do_not_keep_the_state() {
    struct Probe(Rc<()>);
    let probe = Rc::new(());
    let state = state();
    let globals = state.globals();
    let inside = Probe(probe.clone());
    let function = state
        .create_function(move |_, (): ()| {
            let _ = &inside.0;
            globals.get::<LuaValue>("x")
        })
        .unwrap();
    state.globals().set("f", function).unwrap();
    assert_eq!(Rc::strong_count(&probe), 2);
    drop(state);
    assert_eq!(Rc::strong_count(&probe), 1);
}

#[test]
fn dropped_handles_are_collected() {
    let state = state();
    state.gc_collect().unwrap();
    let before = state.used_memory_bytes().unwrap();
    for _ in 0..100 {
        let table = state.create_sequence_from(0..1000).unwrap();
        assert_eq!(table.len().unwrap(), 1000);
    }
    state.gc_collect().unwrap();
    let after = state.used_memory_bytes().unwrap();
    assert!(after < before + 50_000, "{before} {after}");
    let kept = state.create_sequence_from(0..1000).unwrap();
    state.gc_collect().unwrap();
    assert_eq!(kept.len().unwrap(), 1000);
}

struct Vector {
    x: f64,
    y: f64,
}
impl UserData for Vector {
    const NAME: &'static str = "Vector";
    fn add_methods(methods: &mut Methods<'_, Self>) {
        methods.add_method("length", |_, vector, ()| Ok(vector.x.hypot(vector.y)));
        methods.add_method_mut("scale", |_, vector, factor: f64| {
            vector.x *= factor;
            vector.y *= factor;
            Ok(())
        });
        methods.add_method_mut("run", |_, _, function: Function| function.call::<()>(()));
        methods.add_function("new", |_, (x, y)| Ok(Vector { x, y }));
        methods.add_meta_function("__add", |_, (a, b): (AnyUserData, AnyUserData)| {
            let (a, b) = (a.borrow::<Vector>()?, b.borrow::<Vector>()?);
            Ok(Vector {
                x: a.x + b.x,
                y: a.y + b.y,
            })
        });
    }
}
struct Other;
impl UserData for Other {}

#[test]
fn userdata_of_rust_types() {
    let state = state();
    let vector = state.create_userdata(Vector { x: 3.0, y: 4.0 }).unwrap();
    state.globals().set("v", &vector).unwrap();
    state.globals().set("o", Other).unwrap();
    let answer: f64 = state
        .load("v:scale(2) local w = v + v.new(0, 0) return w:length()")
        .eval()
        .unwrap();
    assert_eq!(answer, 10.0);
    assert_eq!(vector.call_method::<f64>("length", ()).unwrap(), 10.0);
    let error = state
        .load("v.length(o)")
        .set_name("=chunk")
        .exec()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "chunk:1: Vector expected, got userdata of another type"
    );
    let error = state
        .load("v.length(1)")
        .set_name("=chunk")
        .exec()
        .unwrap_err();
    assert_eq!(error.to_string(), "chunk:1: Vector expected, got number");
    // The object is borrowed exclusively while a `_mut` method runs.
    let error = state
        .load("v:run(function() v:length() end)")
        .exec()
        .unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    {
        let _borrow = vector.borrow::<Vector>().unwrap();
        assert!(matches!(
            vector.borrow_mut::<Vector>(),
            Err(Error::Borrowed)
        ));
        assert!(state.load("v:scale(1)").exec().is_err());
    }
    assert!(vector.borrow::<Other>().is_err());
    assert_eq!(vector.take::<Vector>().unwrap().x, 6.0);
    assert!(state.load("v:length()").exec().is_err());
}

#[test]
fn destructors_that_use_the_state_find_it_busy() {
    struct Nosy {
        table: Table,
        seen: Rc<std::cell::RefCell<Vec<bool>>>,
    }
    impl UserData for Nosy {}
    impl Drop for Nosy {
        fn drop(&mut self) {
            let answer = self.table.get::<LuaValue>("x");
            self.seen
                .borrow_mut()
                .push(matches!(answer, Err(Error::Busy)));
        }
    }
    let state = state();
    let seen = Rc::default();
    let table = state.create_table().unwrap();
    drop(
        state
            .create_userdata(Nosy {
                table,
                seen: Rc::clone(&seen),
            })
            .unwrap(),
    );
    state.gc_collect().unwrap();
    state.gc_collect().unwrap();
    assert_eq!(*seen.borrow(), [true]);
    assert_eq!(state.load("1").eval::<i32>().unwrap(), 1);
}

#[test]
fn programs_under_stress() {
    let state = state();
    state.gc_stress(true).unwrap();
    let list = state
        .create_function(|state, count: i32| {
            let table = state.create_table()?;
            for index in 0..count {
                table.raw_push(format!("item {index}"))?;
            }
            Ok(table)
        })
        .unwrap();
    state.globals().set("list", list).unwrap();
    state.globals().set("v", Vector { x: 1.0, y: 0.0 }).unwrap();
    let text: String = state
        .load(
            "local parts = ''
             for round = 1, 5 do
               local t = list(round)
               for i, item in ipairs(t) do parts = parts .. item .. ';' end
               v = v + v
             end
             return parts .. v:length()",
        )
        .eval()
        .unwrap();
    assert!(text.ends_with("item 3;item 4;32"), "{text}");
}
