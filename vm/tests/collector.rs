//! The collector against programs made to trip it: each runs undisturbed, with a collection at every safe point, and with
//! collector steps of several sizes between its statements (`step()`), and must answer the same.

use rlove_vm::api::*;
use std::cell::RefCell;
use std::rc::Rc;

/// A state whose `step()` moves a collection cycle on by `work` bytes (0: does nothing), and `mode` stress.
fn state_with(work: usize, stress: bool) -> State {
    let state = State::new().expect("state");
    let step = state
        .create_function(move |state, (): ()| {
            if work > 0 {
                state.gc_step(work)?;
            }
            Ok(())
        })
        .expect("step");
    state.globals().set("step", step).expect("globals");
    state.gc_stress(stress).expect("stress");
    state
}

/// Runs `source` in all modes; it has to return `expected`.
fn check(source: &str, expected: &str) {
    check_modes(source, expected, true);
}
/// As [`check`], without the mode that takes long for programs with much data.
fn check_steps(source: &str, expected: &str) {
    check_modes(source, expected, false);
}
fn check_modes(source: &str, expected: &str, with_stress: bool) {
    for (work, stress) in [
        (0, false),
        (0, true),
        (1, false),
        (300, false),
        (5000, false),
        (100_000, false),
    ] {
        if stress && !with_stress {
            continue;
        }
        let state = state_with(work, stress);
        let answer = state.load(source).set_name("=test").eval::<LuaValue>();
        let text = match answer {
            Ok(value) => state.display(&value).expect("text"),
            Err(error) => format!("ERROR {error}"),
        };
        assert_eq!(text, expected, "steps of {work}, stress {stress}: {source}");
    }
}

#[test]
fn references_that_move_while_marking_survive() {
    // The only reference to a table moves between registers, tables, upvalues and coroutines while marking goes on.
    check(
        "local a, b = {}, {}
         a.x = { value = 1 }
         for i = 1, 1000 do
           step()
           local t = a.x
           a.x = nil
           step()
           b[i % 7 + 1] = t
           t.value = t.value + 1
           step()
           b[i % 7 + 1] = nil
           a.x = t
         end
         return a.x.value",
        "1001",
    );
    check(
        "local held = { n = 0 }
         local function swap(new) local old = held held = new return old end
         for i = 1, 1000 do step() local old = swap({ n = i }) step() assert(old.n == i - 1) end
         return held.n",
        "1000",
    );
    check(
        "local c = coroutine.wrap(function(t) while true do local u = t step() t = coroutine.yield(u) end end)
         local t = { n = 0 }
         for i = 1, 1000 do step() t.n = t.n + 1 t = c(t) end
         return t.n",
        "1000",
    );
}

#[test]
fn random_graphs_keep_what_is_reachable() {
    // A deterministic random mutator; every node carries its number twice, so that a reused cell shows.
    check(
        "local seed = 1
         local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
         local nodes = {}
         local function new(id) return { id = id, twin = id .. '', links = {} } end
         for i = 1, 60 do nodes[i] = new(i) end
         local made = 60
         for round = 1, 4000 do
           if round % 13 == 0 then step() end
           local a, b = nodes[random(60)], nodes[random(60)]
           local choice = random(6)
           if choice == 1 then a.links[random(8)] = b
           elseif choice == 2 then a.links[random(8)] = nil
           elseif choice == 3 then made = made + 1 nodes[random(60)] = new(made)
           elseif choice == 4 then a.links['k' .. random(20)] = b
           elseif choice == 5 then
             local i, c = random(8), random(60)
             local x = a.links[i]
             if x then a.links[i] = nil nodes[c] = x end
           else
             for k, v in pairs(a.links) do assert(v.id .. '' == v.twin) end
           end
         end
         local sum = 0
         for i = 1, 60 do assert(nodes[i].id .. '' == nodes[i].twin) sum = sum + 1 end
         return sum",
        "60",
    );
}

#[test]
fn large_tables_are_marked_in_pieces() {
    check_steps(
        "local t, h = {}, {}
         for i = 1, 9000 do t[i] = { i } h[t[i]] = { -i } end
         for round = 1, 10 do
           step()
           -- Everything moves down by one while the scan stands somewhere inside.
           local first = t[1]
           for i = 1, 8999 do t[i] = t[i + 1] end
           t[9000] = first
           step()
         end
         local sum = 0
         for i = 1, 9000 do assert(h[t[i]][1] == -t[i][1]) sum = sum + t[i][1] end
         return sum",
        "40504500",
    );
    check_steps(
        "local t = {}
         for i = 1, 6000 do t[i] = { i } end
         step()
         for i = 1, 6000 do if i % 4 ~= 0 then t[i] = nil end if i % 50 == 0 then step() end end
         for i = 6001, 20000 do t[i] = { i } end
         local sum = 0
         for i = 4, 6000, 4 do sum = sum + t[i][1] end
         return sum + t[20000][1]",
        "4523000",
    );
}

#[test]
fn weak_tables() {
    check(
        "local w = setmetatable({}, { __mode = 'k' })
         local keys = {}
         for i = 1, 300 do local k = {} w[k] = { i } if i % 3 == 0 then keys[#keys + 1] = k end step() end
         collectgarbage()
         local n = 0
         for k, v in pairs(w) do n = n + 1 end
         local sum = 0
         for i, k in ipairs(keys) do sum = sum + w[k][1] end
         return n .. ' ' .. sum",
        "100 15150",
    );
    // ipairs, next, pairs and plain reads take the only reference out of a weak table in the middle of marking.
    check(
        "local w = setmetatable({}, { __mode = 'v' })
         local bad = 0
         for round = 1, 300 do
           local strong = { {}, {}, {} }
           for i = 1, 3 do strong[i].n = i w[i] = strong[i] end
           strong = nil
           step()
           local taken = {}
           for i, v in ipairs(w) do taken[i] = v end
           w[1], w[2], w[3] = nil
           step()
           for i, v in pairs(taken) do if v.n ~= i then bad = bad + 1 end end
         end
         return bad",
        "0",
    );
    // Strings are values: they stay.
    check(
        "local w = setmetatable({}, { __mode = 'kv' })
         w['a' .. 1] = 'b' .. 2  w[1] = 'c' .. 3  w[2] = {}
         collectgarbage()
         return tostring(w.a1) .. tostring(w[1]) .. tostring(w[2])",
        "b2c3nil",
    );
    // As in Lua 5.1, values of weak keys are strong: a value that holds its key keeps both.
    check(
        "local w = setmetatable({}, { __mode = 'k' })
         do local k = {} w[k] = { k } end
         collectgarbage() collectgarbage()
         local n = 0 for _ in pairs(w) do n = n + 1 end
         return n",
        "1",
    );
}

#[test]
fn a_mode_that_comes_late() {
    check(
        "local mt = {}
         local t = setmetatable({ name = 1 }, mt)
         for i = 1, 100 do t[i] = {} end
         mt.__mode = 'v'
         collectgarbage()
         local n = 0 for k in pairs(t) do n = n + 1 end
         return n",
        "1",
    );
    // Keys of a weak table stay out of the array, however dense they are.
    check(
        "local t = setmetatable({}, { __mode = 'k' })
         for i = 100, 1, -1 do t[i] = { i } end
         for i = 1, 100 do t[i + 0.5] = { i } end
         collectgarbage()
         local sum = 0 for k, v in pairs(t) do sum = sum + v[1] end
         return sum .. ' ' .. #t",
        "10100 100",
    );
    // The tables grow while the collector finds out that they are weak.
    check(
        "local kept = {}
         for round = 1, 12 do
           local mt = {}
           local t = setmetatable({}, mt)
           for i = 1, 20 do t[i] = { i } t['f' .. i] = { i } end
           mt.__mode = 'k'
           for i = 21, 60 do step() t[i] = { i } t['f' .. i] = { i } t[t[i]] = i end
           kept[round] = t
         end
         local sum = 0
         for _, t in ipairs(kept) do for i = 1, 60 do sum = sum + t[i][1] + t['f' .. i][1] end end
         return sum",
        "43920",
    );
    // A weak metatable or prototype still answers.
    check(
        "local proto = setmetatable({}, { __mode = 'v' })
         local object = setmetatable({}, proto)
         proto.__index = function(_, k) return k .. '!' end
         collectgarbage()
         for i = 1, 100 do step() assert(object.x == 'x!') end
         return object.y",
        "y!",
    );
}

#[test]
fn interned_strings_come_back_while_sweeping() {
    check(
        "local t = {}
         for round = 1, 40 do
           for i = 1, 50 do t['key' .. i] = 'value' .. (i * round) end
           step()
           for i = 1, 50 do assert(t['key' .. i] == 'value' .. (i * round)) t['key' .. i] = nil end
           step()
         end
         return 'done'",
        "done",
    );
    check(
        "local s = 'abcdefghij'
         local t = {}
         for i = 1, 300 do
           local key = s .. s .. s .. s .. s .. i
           t[key] = i
           step()
           assert(t[s .. s .. s .. s .. s .. i] == i)
         end
         return 'done'",
        "done",
    );
}

#[test]
fn upvalues_outlive_their_coroutine() {
    check(
        "local functions = {}
         for i = 1, 100 do
           local c = coroutine.wrap(function()
             local value = { i }
             functions[i] = { function() return value[1] end, function(v) value = v end }
             coroutine.yield()
           end)
           c()
           step()
         end
         collectgarbage()
         local sum = 0
         for i = 1, 100 do
           step()
           sum = sum + functions[i][1]()
           functions[i][2]({ 1000 })
           sum = sum + functions[i][1]()
         end
         return sum",
        "105050",
    );
    check(
        "local c = coroutine.create(function() local t = { 'kept' } coroutine.yield(function() return t[1] end) error('end') end)
         local _, get = coroutine.resume(c)
         step()
         coroutine.resume(c)
         c = nil
         collectgarbage() collectgarbage()
         return get()",
        "kept",
    );
}

#[test]
fn coroutines_suspended_across_cycles() {
    check(
        "local list = {}
         for i = 1, 200 do
           list[i] = coroutine.create(function()
             local mine = { i }
             while true do coroutine.yield(mine[1]) mine = { mine[1] + 1 } step() end
           end)
         end
         local sum = 0
         for round = 1, 20 do
           for i = 1, 200 do local ok, v = coroutine.resume(list[i]) sum = sum + v end
           step()
         end
         return sum",
        "440000",
    );
}

struct Noted {
    name: String,
    log: Rc<RefCell<Vec<String>>>,
}
impl UserData for Noted {
    fn add_methods(methods: &mut Methods<'_, Self>) {
        methods.add_meta_function("__gc", |state, object: AnyUserData| {
            {
                let noted = object.borrow::<Noted>()?;
                noted.log.borrow_mut().push(noted.name.clone());
            }
            let hook: Option<Function> = state.globals().get("on_finalize")?;
            match hook {
                Some(hook) => hook.call::<()>(object),
                None => Ok(()),
            }
        });
        methods.add_method("name", |_, noted, ()| Ok(noted.name.clone()));
    }
}

/// `noted(name)` makes a userdata with a finalizer that logs the name and calls the global `on_finalize`.
fn state_with_log() -> (State, Rc<RefCell<Vec<String>>>) {
    let state = state_with(0, false);
    let log: Rc<RefCell<Vec<String>>> = Rc::default();
    let for_closure = log.clone();
    let noted = state
        .create_function(move |_, name: String| {
            Ok(Noted {
                name,
                log: for_closure.clone(),
            })
        })
        .unwrap();
    state.globals().set("noted", noted).unwrap();
    (state, log)
}

#[test]
fn finalizers_run_in_reverse_order_once() {
    let (state, log) = state_with_log();
    state
        .load("for i = 1, 4 do noted('object ' .. i) end collectgarbage() collectgarbage()")
        .exec()
        .unwrap();
    assert_eq!(
        *log.borrow(),
        ["object 4", "object 3", "object 2", "object 1"]
    );
}

#[test]
fn finalized_objects_can_come_back() {
    let (state, log) = state_with_log();
    let text: String = state
        .load(
            "function on_finalize(object) revived = object end
             noted('phoenix')
             collectgarbage()
             local name = revived:name()
             revived = nil
             on_finalize = nil
             collectgarbage() collectgarbage()
             return name",
        )
        .eval()
        .unwrap();
    assert_eq!(text, "phoenix");
    assert_eq!(*log.borrow(), ["phoenix"]);
}

#[test]
fn weak_tables_and_finalizers() {
    // A weak value is gone when the finalizer runs, a weak key is still there (Lua 5.1, manual 2.10.2).
    let (state, _) = state_with_log();
    let text: String = state
        .load(
            "local values = setmetatable({}, { __mode = 'v' })
             local keys = setmetatable({}, { __mode = 'k' })
             local seen
             function on_finalize(object) seen = tostring(values[1]) .. ' ' .. tostring(keys[object]) end
             do local object = noted('x') values[1] = object keys[object] = 'found' end
             collectgarbage()
             local after = 0
             collectgarbage()
             for k in pairs(keys) do after = after + 1 end
             return seen .. ' ' .. after",
        )
        .eval()
        .unwrap();
    assert_eq!(text, "nil found 0");
}

#[test]
fn errors_in_finalizers_are_dropped_and_closing_finalizes() {
    let (state, log) = state_with_log();
    state
        .load("function on_finalize() error('bad') end noted('failing') collectgarbage() on_finalize = nil kept = noted('kept')")
        .exec()
        .unwrap();
    assert_eq!(*log.borrow(), ["failing"]);
    let state = rlove_vm_with_lua_finalizer();
    drop(state);
    assert!(CLOSED.with(|closed| closed.get()));
}

thread_local! {
    static CLOSED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}
/// A machine without the API: its finalizer is a plain builtin, so it can run while the machine is closed.
fn rlove_vm_with_lua_finalizer() -> Box<rlove_vm::vm::Vm> {
    use rlove_vm::value::Value;
    let mut vm = rlove_vm::vm::Vm::new();
    let metatable = vm.new_table();
    let finalizer = vm.new_anonymous_function(
        |call| {
            CLOSED.with(|closed| closed.set(true));
            call.none()
        },
        &[],
    );
    vm.set_field(metatable, "__gc", finalizer);
    let userdata = vm.new_userdata(Rc::new(()), metatable.as_table().unwrap(), 0);
    let globals = vm.globals();
    vm.set_field(globals, "kept", Value::userdata(userdata));
    vm
}

fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

#[test]
fn a_hundred_thousand_coroutines_fit() {
    let state = state_with(0, false);
    let before = resident_bytes();
    let alive: usize = state
        .load(
            "list = {}
             for i = 1, 100000 do
               local c = coroutine.wrap(function(a) local b = coroutine.yield(a) return b end)
               c(i)
               list[i] = c
             end
             return #list",
        )
        .eval()
        .unwrap();
    assert_eq!(alive, 100_000);
    state.gc_collect().unwrap();
    let used = state.used_memory_bytes().unwrap();
    assert!(used < 120 << 20, "{used}");
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        println!(
            "coroutines: {} MB resident, {} MB counted",
            (after - before) >> 20,
            used >> 20
        );
        assert!(after - before < 200 << 20, "{before} {after}");
    }
    let sum: f64 = state
        .load("local s = 0 for i = 1, 100000 do s = s + list[i](i) end list = nil return s")
        .eval()
        .unwrap();
    assert_eq!(sum, 5_000_050_000.0);
    state.gc_collect().unwrap();
    assert!(state.used_memory_bytes().unwrap() < 10 << 20);
}

#[test]
fn stores_that_bypass_caches() {
    // __newindex that comes after stores through the metatable were cached.
    check(
        "local mt = {}
         local function object() return setmetatable({}, mt) end
         local function store(o) o.x = 1 end
         for i = 1, 20 do store(object()) end
         mt.__newindex = function(t, k, v) rawset(t, 'seen', k) end
         local o = object() store(o)
         return tostring(o.x) .. o.seen",
        "nilx",
    );
    check(
        "local A, B = { v = 'a' }, { v = 'b' }
         local mt = { __index = A }
         local list = {}
         for i = 1, 20 do list[i] = setmetatable({}, mt) end
         local function read(o) return o.v end
         local text = ''
         for i = 1, 20 do text = read(list[i]) end
         mt.__index = B text = text .. read(list[1])
         B.v = nil text = text .. tostring(read(list[2]))
         setmetatable(B, { __index = A }) text = text .. read(list[3])
         for i = 1, 300 do B['k' .. i] = i end text = text .. read(list[4])
         A.v = 'c' B.v = nil text = text .. read(list[5])
         A.v = nil A.w = 1 text = text .. tostring(read(list[6]))
         mt.__index = function(_, k) return '<' .. k .. '>' end text = text .. read(list[7])
         list[8].v = 'own' text = text .. read(list[8])
         return text",
        "abnilaacnil<v>own",
    );
    // Absence is cached too.
    check(
        "local function read(o) return o.missing end
         local mt = {}
         local list = {}
         for i = 1, 30 do list[i] = setmetatable({ n = i }, mt) assert(read(list[i]) == nil) end
         mt.__index = { missing = 'found' }
         local text = read(list[1])
         list[2].missing = 'own'
         return text .. read(list[2]) .. read(list[30])",
        "foundownfound",
    );
}

#[test]
fn environments_of_one_shape_and_different_sizes() {
    let state = state_with(0, false);
    let make: Function = state
        .load("function() return function(v) local old = value value = v return old end end")
        .eval()
        .unwrap();
    let small: Table = state.load("{ value = 'small' }").eval().unwrap();
    let grown: Table = state
        .load("local t = {} t.value = 'grown' return t")
        .eval()
        .unwrap();
    let bare = state.create_table().unwrap();
    bare.set("value", "bare").unwrap();
    for _ in 0..3 {
        for (table, name) in [(&small, "small"), (&grown, "grown"), (&bare, "bare")] {
            let function: Function = make.call(()).unwrap();
            function.set_environment(table).unwrap();
            for _ in 0..3 {
                assert_eq!(function.call::<String>(name).unwrap(), name);
            }
        }
    }
}

#[test]
fn keys_zero_and_negative() {
    check(
        "local t = {}
         t[0] = 'zero' t[-1] = 'minus' t[1] = 'one'
         local a = t[0] .. t[-1] .. t[1]
         t[2] = 'two' t[3] = 'three' t[0] = 'null'
         local u = {} u[0] = 'z' local b = u[0] u[0] = nil
         return a .. t[0] .. #t .. b .. tostring(u[0])",
        "zerominusonenull3znil",
    );
    check(
        "local t = { x = 1, x = 2, 'a', [1] = 'b' } return t.x .. t[1]",
        "2b",
    );
}

#[test]
fn debug_functions_do_not_break_the_rules() {
    // setlocal overwrites the only reference in a coroutine that marking has not reached yet.
    check(
        "local bad = 0
         for round = 1, 300 do
           local c = coroutine.create(function() local t = { n = round } coroutine.yield() return t end)
           coroutine.resume(c)
           step()
           local _, t = debug.getlocal(c, 1, 1)
           debug.setlocal(c, 1, 1, nil)
           step()
           local u = { n = -1 }
           step()
           if t.n ~= round then bad = bad + 1 end
         end
         return bad",
        "0",
    );
    // The position of a pairs loop stays inside.
    check(
        "local seen = ''
         for k in pairs({ 1 }) do
           for i = 1, 10 do
             local name, value = debug.getlocal(1, i)
             if name and name:sub(1, 4) == '(for' then
               seen = seen .. type(value) .. ' '
               local ok = pcall(function() for x in next, 5, value do end end)
               seen = seen .. tostring(ok) .. ' '
             end
           end
           break
         end
         return #seen > 0 and not seen:find('boolean')",
        "true",
    );
}
