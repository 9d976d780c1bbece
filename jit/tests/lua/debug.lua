-- The debug library and tracebacks.
local check, show, run, done = dofile("check.lua")
check([[return debug.traceback("msg"):match("^msg\nstack traceback:\n") ~= nil]], run([[return debug.traceback("msg"):match("^msg\nstack traceback:\n") ~= nil]]), 'true true')
check([[return debug.traceback():match("^stack traceback:\n") ~= nil]], run([[return debug.traceback():match("^stack traceback:\n") ~= nil]]), 'true true')
check('return debug.traceback(nil):match("^stack traceback:") ~= nil', run('return debug.traceback(nil):match("^stack traceback:") ~= nil'), 'false "chunk:1: attempt to index a nil value"')
check([[return debug.traceback("x", 0):match("^x\nstack traceback:\n\t%[C%]: in function 'traceback'\n") ~= nil]], run([[return debug.traceback("x", 0):match("^x\nstack traceback:\n\t%[C%]: in function 'traceback'\n") ~= nil]]), 'true true')
check('local function inner() return debug.traceback("tb") end', run([[local function inner() return debug.traceback("tb") end
local function outer() local s = inner() return s end
return (outer():match("^(.-)\n\t%[C%]"))]]),
  [[true "tb\010stack traceback:\010\009chunk:2: in function 'outer'\010\009chunk:3: in main chunk"]])
check('function globalone() local s = debug.traceback("tb") return s end', run([[function globalone() local s = debug.traceback("tb") return s end
local t = {}
function t.field() local s = globalone() return s end
function t:method() local s = self.field() return s end
local s = t:method()
return (s:match("^(.-)\n\t%[C%]"))]]),
  [[true "tb\010stack traceback:\010\009chunk:1: in function 'globalone'\010\009chunk:3: in function 'field'\010\009chunk:4: in function 'method'\010\009chunk:5: in main chunk"]])
check('local s = (function() local s = debug.traceback("tb") return s end)()', run([[local s = (function() local s = debug.traceback("tb") return s end)()
return (s:match("^(.-)\n\t%[C%]"))]]),
  [[true "tb\010stack traceback:\010\009chunk:1: in function <chunk:1>\010\009chunk:1: in main chunk"]])
check('local function f() return debug.traceback("tail") end', run([[local function f() return debug.traceback("tail") end
local function g() return f() end
local s = g()
return (s:match("^(.-)\n\t%[C%]"))]]),
  [[true "tail\010stack traceback:\010\009chunk:3: in main chunk"]])
check('local co = coroutine.create(function() local x = coroutine.yield() error("e") end)', run([[local co = coroutine.create(function() local x = coroutine.yield() error("e") end)
coroutine.resume(co)
local a = debug.traceback(co)
local b = debug.traceback(co, "msg")
local c = debug.traceback(co, nil, 1)
coroutine.resume(co)
return a, b, c, debug.traceback(co)]]),
  [[true "stack traceback:\010\009[C]: in function 'yield'\010\009chunk:1: in function <chunk:1>" "msg\010stack traceback:\010\009[C]: in function 'yield'\010\009chunk:1: in function <chunk:1>" nil "stack traceback:\010\009[C]: in function 'error'\010\009chunk:1: in function <chunk:1>"]])
check('local co = coroutine.create(function() local function deep() coroutine.yield() end deep() end)', run([[local co = coroutine.create(function() local function deep() coroutine.yield() end deep() end)
coroutine.resume(co)
return debug.traceback(co), debug.traceback(co, "m", 1), debug.traceback(co, "m", 5)]]),
  [[true "stack traceback:\010\009[C]: in function 'yield'\010\009chunk:1: in function 'deep'\010\009chunk:1: in function <chunk:1>" "m\010stack traceback:\010\009chunk:1: in function 'deep'\010\009chunk:1: in function <chunk:1>" "m\010stack traceback:"]])
check('local s', run([[local s
pcall(function() s = debug.traceback("in pcall") end)
return (s:gsub("\n%s*%[C%]: at 0x%x+", ""):match("^(.-'pcall')"))]]),
  [[true "in pcall\010stack traceback:\010\009chunk:2: in function <chunk:2>\010\009[C]: in function 'pcall'"]])
check('local s', run([[local s
local t = setmetatable({}, {__index = function(t, k) s = debug.traceback("mm") return 1 end, __add = function() s = debug.traceback("add") return 1 end})
local x = t.foo
local first = s:match("^(.-)\n\t%[C%]")
x = t + 1
return first, (s:match("^(.-)\n\t%[C%]"))]]),
  [[true "mm\010stack traceback:\010\009chunk:2: in function '__index'\010\009chunk:3: in main chunk" "add\010stack traceback:\010\009chunk:2: in function '__add'\010\009chunk:5: in main chunk"]])
check('local s', run([[local s
for _ in (function() if not s then s = debug.traceback("iter") return 1 end end) do end
return (s:match("^(.-)\n\t%[C%]"))]]),
  [[true "iter\010stack traceback:\010\009chunk:2: in function '(for generator)'\010\009chunk:2: in main chunk"]])
check('local s', run([[local s
table.sort({2, 1}, function(a, b) s = debug.traceback("sort") return a < b end)
return (s:match("^(.-)\n\t%[C%]: in function 'sort'")), (s:match("'sort'\n(.-)\n\t%[C%]"))]]),
  [[true "sort\010stack traceback:\010\009chunk:2: in function <chunk:2>" "\009chunk:2: in main chunk"]])
check('local s', run([[local s
local function rec(n) if n == 0 then s = debug.traceback("deep") return 1 end return 1 + rec(n - 1) end
rec(50)
local lines = 0
for _ in s:gmatch("\n") do lines = lines + 1 end
return lines, s:find("...", 1, true) ~= nil, (s:match("^(.-)\n[^\n]*\n[^\n]*\n[^\n]*\n"))]]),
  'true 23 true "deep"')
check('local _, s = xpcall(function() local x = nil; x.y = 1 end, debug.traceback)', run([[local _, s = xpcall(function() local x = nil; x.y = 1 end, debug.traceback)
return (s:match("^(.-)\n[^\n]*%[C%]"))]]),
  [[true "chunk:1: attempt to index local 'x' (a nil value)\010stack traceback:\010\009chunk:1: in function <chunk:1>"]])
check('local _, s = xpcall(function() error("msg") end, debug.traceback)', run([[local _, s = xpcall(function() error("msg") end, debug.traceback)
return (s:match("^(.-)\n[^\n]*xpcall"))]]),
  [[true "chunk:1: msg\010stack traceback:\010\009[C]: in function 'error'\010\009chunk:1: in function <chunk:1>"]])
check('local _, s = xpcall(function() string.rep({}) end, debug.traceback)', run([[local _, s = xpcall(function() string.rep({}) end, debug.traceback)
return (s:match("^(.-)\n[^\n]*xpcall"))]]),
  [[true "chunk:1: bad argument #1 to 'rep' (string expected, got table)\010stack traceback:\010\009[C]: in function 'rep'\010\009chunk:1: in function <chunk:1>"]])
check('return debug.getinfo(1, "S").short_src, debug.getinfo(1, "S").what, debug.getinfo(1, "S").source, debug.getinfo(1, "l").currentline', run('return debug.getinfo(1, "S").short_src, debug.getinfo(1, "S").what, debug.getinfo(1, "S").source, debug.getinfo(1, "l").currentline'), 'true "chunk" "main" "=chunk" 1')
check('local i = debug.getinfo(print) return i.what, i.short_src, i.source, i.currentline, i.linedefined, i.lastlinedefined, i.nups, i.func == print', run('local i = debug.getinfo(print) return i.what, i.short_src, i.source, i.currentline, i.linedefined, i.lastlinedefined, i.nups, i.func == print'), 'true "C" "[C]" "=[C]" -1 -1 -1 1 true')
check('local i = debug.getinfo(function() end) return i.what, i.short_src, i.source, i.currentline, i.linedefined, i.lastlinedefined, i.nups', run('local i = debug.getinfo(function() end) return i.what, i.short_src, i.source, i.currentline, i.linedefined, i.lastlinedefined, i.nups'), 'true "Lua" "chunk" "=chunk" -1 1 1 0')
check('local a, b local i = debug.getinfo(function(x, y, ...) return a, b end, "u") return i.nups, i.nparams, i.isvararg', run('local a, b local i = debug.getinfo(function(x, y, ...) return a, b end, "u") return i.nups, i.nparams, i.isvararg'), 'true 2 2 true')
check('local i = debug.getinfo(print, "u") return i.nups, i.nparams, i.isvararg', run('local i = debug.getinfo(print, "u") return i.nups, i.nparams, i.isvararg'), 'true 1 0 true')
check('local function named() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = named() return a, b', run('local function named() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = named() return a, b'), 'true "named" "local"')
check('function globalnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = globalnamed() return a, b', run('function globalnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = globalnamed() return a, b'), 'true "globalnamed" "global"')
check('local t = {} function t.fieldnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = t.fieldnamed() return a, b', run('local t = {} function t.fieldnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = t.fieldnamed() return a, b'), 'true "fieldnamed" "field"')
check('local t = {} function t:methodnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = t:methodnamed() return a, b', run('local t = {} function t:methodnamed() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local a, b = t:methodnamed() return a, b'), 'true "methodnamed" "method"')
check('local up = function() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local function f() local a, b = up() return a, b end local a, b = f() return a, b', run('local up = function() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local function f() local a, b = up() return a, b end local a, b = f() return a, b'), 'true "up" "upvalue"')
check('local f = function() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local function g() return f() end local a, b = g() return a, b', run('local f = function() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end local function g() return f() end local a, b = g() return a, b'), 'true "g" "local"')
check('local t = setmetatable({}, {__index = function() return debug.getinfo(1, "n").name end}) local r = t.x return r', run('local t = setmetatable({}, {__index = function() return debug.getinfo(1, "n").name end}) local r = t.x return r'), 'true "__index"')
check('return debug.getinfo(100), debug.getinfo(1, "f").func ~= nil, debug.getinfo(0, "n").name, debug.getinfo(0, "S").what', run('return debug.getinfo(100), debug.getinfo(1, "f").func ~= nil, debug.getinfo(0, "n").name, debug.getinfo(0, "S").what'), 'true nil true "getinfo" "C"')
check('return debug.getinfo(1, "x")', run('return debug.getinfo(1, "x")'), [[false "bad argument #2 to '?' (invalid option)"]])
check('return debug.getinfo("x")', run('return debug.getinfo("x")'), [[false "bad argument #1 to '?' (function or level expected)"]])
check('return debug.getinfo()', run('return debug.getinfo()'), [[false "bad argument #1 to '?' (function or level expected)"]])
check('return debug.getinfo(1, {})', run('return debug.getinfo(1, {})'), [[false "bad argument #2 to '?' (string expected, got table)"]])
check('return debug.getinfo(-1)', run('return debug.getinfo(-1)'), 'true nil')
check('local i = debug.getinfo(function()', run([[local i = debug.getinfo(function()
  local a = 1

  return a
end, "L")
local lines = {}
for k in pairs(i.activelines) do lines[#lines + 1] = k end
table.sort(lines)
return lines]]),
  'true {2,4}')
check('local function f()', run([[local function f()
  return debug.getinfo(1, "l").currentline,
    debug.getinfo(2, "l").currentline
end
local a, b = f()
return a, b, debug.getinfo(f, "S").linedefined, debug.getinfo(f, "S").lastlinedefined]]),
  'true 2 5 1 4')
check('local a, b = 1, "two" return debug.getlocal(1, 1)', run('local a, b = 1, "two" return debug.getlocal(1, 1)'), 'true nil')
check('local a, b = 1, "two" return debug.getlocal(1, 2)', run('local a, b = 1, "two" return debug.getlocal(1, 2)'), 'true nil')
check('local a, b = 1, "two" return debug.getlocal(1, 3)', run('local a, b = 1, "two" return debug.getlocal(1, 3)'), 'true nil')
check('do local inner = 5 end local after = 6 return debug.getlocal(1, 1)', run('do local inner = 5 end local after = 6 return debug.getlocal(1, 1)'), 'true nil')
check('local function f(x, y) local z = 3 return debug.getlocal(1, 1), debug.getlocal(1, 2), debug.getlocal(1, 3), debug.getlocal(1, 4) end return f("X", "Y")', run('local function f(x, y) local z = 3 return debug.getlocal(1, 1), debug.getlocal(1, 2), debug.getlocal(1, 3), debug.getlocal(1, 4) end return f("X", "Y")'), 'true "x" "y" "z" "(*temporary)" "x"')
check('local function f(x, y) end return debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3)', run('local function f(x, y) end return debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3)'), 'true "x" "y" nil')
check('local function f(...) return debug.getlocal(1, -1) end return f("vararg1", 2)', run('local function f(...) return debug.getlocal(1, -1) end return f("vararg1", 2)'), 'true nil')
check('local function f(...) return debug.getlocal(1, -3) end return f("vararg1", 2)', run('local function f(...) return debug.getlocal(1, -3) end return f("vararg1", 2)'), 'true nil')
check('return debug.getlocal(100, 1)', run('return debug.getlocal(100, 1)'), [[false "bad argument #1 to '?' (level out of range)"]])
check('return debug.getlocal(1)', run('return debug.getlocal(1)'), [[false "bad argument #2 to '?' (number expected, got no value)"]])
check('return debug.getlocal("x", 1)', run('return debug.getlocal("x", 1)'), [[false "bad argument #1 to '?' (number expected, got string)"]])
check('local a = 1 local name = debug.setlocal(1, 1, "changed") return name, a', run('local a = 1 local name = debug.setlocal(1, 1, "changed") return name, a'), 'true "a" "changed"')
check('local function f() local v = 1 return function() return debug.setlocal(2, 1, 5) end end return debug.setlocal(1, 50, 1)', run('local function f() local v = 1 return function() return debug.setlocal(2, 1, 5) end end return debug.setlocal(1, 50, 1)'), 'true nil')
check('return debug.setlocal(100, 1, 1)', run('return debug.setlocal(100, 1, 1)'), [[false "bad argument #1 to '?' (level out of range)"]])
check('local co = coroutine.create(function(a) local b = 2 coroutine.yield() end) coroutine.resume(co, 1) return debug.getlocal(co, 1, 1), debug.getlocal(co, 1, 2)', run('local co = coroutine.create(function(a) local b = 2 coroutine.yield() end) coroutine.resume(co, 1) return debug.getlocal(co, 1, 1), debug.getlocal(co, 1, 2)'), 'true "a" "b" 2')
check('local co = coroutine.create(function(a) coroutine.yield() return a end) coroutine.resume(co, 1) debug.setlocal(co, 1, 1, "new") return coroutine.resume(co)', run('local co = coroutine.create(function(a) coroutine.yield() return a end) coroutine.resume(co, 1) debug.setlocal(co, 1, 1, "new") return coroutine.resume(co)'), 'true true "new"')
check('local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end) coroutine.resume(co) return debug.getinfo(co, 0, "n").name, debug.getinfo(co, 1, "n").name, debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 5)', run('local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end) coroutine.resume(co) return debug.getinfo(co, 0, "n").name, debug.getinfo(co, 1, "n").name, debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 5)'), 'true "yield" "inner" 1 nil')
check('for i = 1, 1 do return debug.getlocal(1, 1), debug.getlocal(1, 2), debug.getlocal(1, 3), debug.getlocal(1, 4) end', run('for i = 1, 1 do return debug.getlocal(1, 1), debug.getlocal(1, 2), debug.getlocal(1, 3), debug.getlocal(1, 4) end'), 'true "(for index)" "(for limit)" "(for step)" "i" 1')
check('for k, v in pairs({5}) do return debug.getlocal(1, 1), debug.getlocal(1, 4), debug.getlocal(1, 5) end', run('for k, v in pairs({5}) do return debug.getlocal(1, 1), debug.getlocal(1, 4), debug.getlocal(1, 5) end'), 'true "(for generator)" "k" "v" 5')
check('local a, b = 10, 20 local function f() return a, b end return debug.getupvalue(f, 1), debug.getupvalue(f, 2), debug.getupvalue(f, 3)', run('local a, b = 10, 20 local function f() return a, b end return debug.getupvalue(f, 1), debug.getupvalue(f, 2), debug.getupvalue(f, 3)'), 'true "a" "b"')
check('local a = 10 local function f() return a end local n = debug.setupvalue(f, 1, 99) return n, a, f()', run('local a = 10 local function f() return a end local n = debug.setupvalue(f, 1, 99) return n, a, f()'), 'true "a" 99 99')
check('return debug.getupvalue(print, 1)', run('return debug.getupvalue(print, 1)'), 'true "" "tostring"')
check('return debug.getupvalue(5, 1)', run('return debug.getupvalue(5, 1)'), [[false "bad argument #1 to '?' (function expected, got number)"]])
check('return debug.getupvalue()', run('return debug.getupvalue()'), [[false "bad argument #2 to '?' (number expected, got no value)"]])
check('local a, b = 1, 2 local function f() return a end local function g() return b end debug.upvaluejoin(f, 1, g, 1) b = 5 return f()', run('local a, b = 1, 2 local function f() return a end local function g() return b end debug.upvaluejoin(f, 1, g, 1) b = 5 return f()'), 'true 5')
check('local a = 1 local function f() return a end local function g() return a end return debug.upvalueid(f, 1) == debug.upvalueid(g, 1), type(debug.upvalueid(f, 1))', run('local a = 1 local function f() return a end local function g() return a end return debug.upvalueid(f, 1) == debug.upvalueid(g, 1), type(debug.upvalueid(f, 1))'), 'true true "userdata"')
check('local function f() end return debug.upvalueid(f, 1)', run('local function f() end return debug.upvalueid(f, 1)'), [[false "bad argument #2 to '?' (index out of range)"]])
check('return debug.upvaluejoin(print, 1, print, 1)', run('return debug.upvaluejoin(print, 1, print, 1)'), [[false "bad argument #1 to '?' (Lua function expected)"]])
check('return debug.getmetatable("").__index == string, debug.getmetatable({}), debug.getmetatable(5)', run('return debug.getmetatable("").__index == string, debug.getmetatable({}), debug.getmetatable(5)'), 'true true nil nil')
check('local t = setmetatable({}, {__metatable = "locked"}) return type(debug.getmetatable(t)), getmetatable(t)', run('local t = setmetatable({}, {__metatable = "locked"}) return type(debug.getmetatable(t)), getmetatable(t)'), 'true "table" "locked"')
check('local t = {} return debug.setmetatable(t, {__index = {x = 1}}) == t, t.x', run('local t = {} return debug.setmetatable(t, {__index = {x = 1}}) == t, t.x'), 'true false 1')
check('return debug.setmetatable(1, 5)', run('return debug.setmetatable(1, 5)'), [[false "bad argument #2 to '?' (nil or table expected)"]])
check('return type(debug.getregistry()), debug.getfenv(print) == _G, debug.getfenv(5)', run('return type(debug.getregistry()), debug.getfenv(print) == _G, debug.getfenv(5)'), 'true "table" true nil')
check('local env = {} local f = function() return x end debug.setfenv(f, env) env.x = 1 return f()', run('local env = {} local f = function() return x end debug.setfenv(f, env) env.x = 1 return f()'), 'true 1')
check('local co = coroutine.create(print) local env = {} debug.setfenv(co, env) return debug.getfenv(co) == env', run('local co = coroutine.create(print) local env = {} debug.setfenv(co, env) return debug.getfenv(co) == env'), 'true true')
check('local u = newproxy() local v = debug.setuservalue return v ~= nil, debug.getuservalue ~= nil', run('local u = newproxy() local v = debug.setuservalue return v ~= nil, debug.getuservalue ~= nil'), 'true false false')
check('return debug.gethook()', run('return debug.gethook()'), 'true nil "" 0')
check('local log = {}', run([[local log = {}
debug.sethook(function(e, l) log[#log + 1] = e .. ":" .. tostring(l) end, "l")
local x = 1
local y = 2
debug.sethook()
return log, debug.gethook()]]),
  'true {"line:3","line:4","line:5"} nil "" 0')
check('local log = {}', run([[local log = {}
local function f() return 1 end
debug.sethook(function(e) local i = debug.getinfo(2, "nS") log[#log + 1] = e .. ":" .. tostring(i.name) .. ":" .. i.what end, "cr")
f()
debug.sethook()
return log]]),
  'true {"call:f:Lua","return:f:Lua","call:sethook:C"}')
check('jit.off()', run([[jit.off()
local n = 0
debug.sethook(function(e) n = n + 1 end, "", 100)
for i = 1, 1000 do local x = i * 2 end
debug.sethook()
jit.on()
return n > 5]]),
  'true true')
check('local lines = {}', run([[local lines = {}
debug.sethook(function(e, l) lines[#lines + 1] = l end, "l")
for i = 1, 2 do
  local x = i
end
debug.sethook()
return lines]]),
  'true {3,4,3,4,3,6}')
check('jit.off() debug.sethook(function() error("from hook") end, "", 1000)', run([[jit.off() debug.sethook(function() error("from hook") end, "", 1000)
local ok, e = pcall(function() while true do end end) jit.on()
debug.sethook()
return ok, e]]),
  'true false "chunk:1: from hook"')
check('local f = function() end debug.sethook(f, "crl", 5) local a, b, c = debug.gethook() debug.sethook() return a == f, b, c', run('local f = function() end debug.sethook(f, "crl", 5) local a, b, c = debug.gethook() debug.sethook() return a == f, b, c'), 'true true "crl" 5')
check('return debug.sethook(5, "c")', run('return debug.sethook(5, "c")'), [[false "bad argument #1 to '?' (function expected, got number)"]])
check('local co = coroutine.create(function() end) debug.sethook(co, function() end, "l") local a, b = debug.gethook(co) debug.sethook() return type(a), b', run('local co = coroutine.create(function() end) debug.sethook(co, function() end, "l") local a, b = debug.gethook(co) debug.sethook() return type(a), b'), 'true "function" "l"')
check('return debug.getinfo(1, "t"), debug.getinfo(1, "f").func == debug.getinfo(1).func', run('return debug.getinfo(1, "t"), debug.getinfo(1, "f").func == debug.getinfo(1).func'), [[false "chunk:1: bad argument #2 to 'getinfo' (invalid option)"]])
check('local t = debug.getinfo(1, "nSluf") return t.name, t.namewhat, t.nups, t.isvararg, t.nparams', run('local t = debug.getinfo(1, "nSluf") return t.name, t.namewhat, t.nups, t.isvararg, t.nparams'), 'true nil "" 0 true 0')
check([[return loadstring("return debug.getinfo(1, 'S')", "@some/file.lua")().short_src, loadstring("return debug.getinfo(1, 'S')", "=name")().short_src, loadstring("return debug.getinfo(1, 'S')", "code text")().short_src]], run([[return loadstring("return debug.getinfo(1, 'S')", "@some/file.lua")().short_src, loadstring("return debug.getinfo(1, 'S')", "=name")().short_src, loadstring("return debug.getinfo(1, 'S')", "code text")().short_src]]), 'true "chunk" "chunk" "chunk"')
check([[return loadstring("return debug.getinfo(1, 'S')", "@" .. ("long/path/"):rep(10) .. "file.lua")().short_src, loadstring("return debug.getinfo(1, 'S')", "=" .. ("n"):rep(100))().short_src, loadstring("return debug.getinfo(1, 'S')", ("c"):rep(100))().short_src, loadstring("return debug.getinfo(1, 'S')", "first\nsecond")().short_src]], run([[return loadstring("return debug.getinfo(1, 'S')", "@" .. ("long/path/"):rep(10) .. "file.lua")().short_src, loadstring("return debug.getinfo(1, 'S')", "=" .. ("n"):rep(100))().short_src, loadstring("return debug.getinfo(1, 'S')", ("c"):rep(100))().short_src, loadstring("return debug.getinfo(1, 'S')", "first\nsecond")().short_src]]), 'true "chunk" "chunk" "chunk" "chunk"')
check('local seen local function f(a) return a end debug.sethook(function() seen = debug.getlocal(2, 1) debug.setlocal(2, 1, "set") debug.sethook() end, "c") return f(), seen', run('local seen local function f(a) return a end debug.sethook(function() seen = debug.getlocal(2, 1) debug.setlocal(2, 1, "set") debug.sethook() end, "c") return f(), seen'), 'true "set" "a"')
check('local lines = {} local function f(a, ...) return a end debug.sethook(function() lines[#lines + 1] = debug.getinfo(2, "l").currentline end, "c") f(1) f() debug.sethook() return lines[1], lines[2]', run('local lines = {} local function f(a, ...) return a end debug.sethook(function() lines[#lines + 1] = debug.getinfo(2, "l").currentline end, "c") f(1) f() debug.sethook() return lines[1], lines[2]'), 'true 1 1')
check('local function f(x) local y = x do local z = 1 end return (debug.getlocal(1, 3)), (debug.getlocal(1, 40)), debug.getlocal(0, 1) end return f(4)', run('local function f(x) local y = x do local z = 1 end return (debug.getlocal(1, 3)), (debug.getlocal(1, 40)), debug.getlocal(0, 1) end return f(4)'), 'true nil nil "(*temporary)" 0')
check([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  local c = 0
  for k, v in pairs({1, 2}) do
    c = c + v
  end
  for k, v in ipairs({1, 2}) do
    c = c + v
  end
end)]], run([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  local c = 0
  for k, v in pairs({1, 2}) do
    c = c + v
  end
  for k, v in ipairs({1, 2}) do
    c = c + v
  end
end)]]), 'true "4 5 6 5 6 5 8 9 8 9 8 11 1"')
check([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  table.sort({3, 1, 2}, function(a, b)
    return a < b
  end)
  local s = ("ab"):gsub("%w", function(c)
    return c
  end)
end)]], run([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  table.sort({3, 1, 2}, function(a, b)
    return a < b
  end)
  local s = ("ab"):gsub("%w", function(c)
    return c
  end)
end)]]), 'true "4 6 4 5 5 7 9 7 8 8 10 1"')
check([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function() id(1) id(2) tostring(1) tostring(2)
  local a = id(1) + id(2)
  local b = tostring(1) .. tostring(2)
end)]], run([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function() id(1) id(2) tostring(1) tostring(2)
  local a = id(1) + id(2)
  local b = tostring(1) .. tostring(2)
end)]]), 'true "3 2 3 2 3 4 2 4 2 4 5 6 1"')
check([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  local i = 0
  ::top::
  i = i + 1
  if i < 3 then goto top end
end)]], run([[local out = {} local function lines(f, ...) debug.sethook(function(_, l) out[#out + 1] = l end, "l") f(...) debug.sethook() return table.concat(out, " ") end
local function id(x) return x end
return lines(function()
  local i = 0
  ::top::
  i = i + 1
  if i < 3 then goto top end
end)]]), 'true "4 6 7 6 7 6 7 8 1"')
check('local events = {} debug.sethook(function(e) events[#events + 1] = e .. debug.getinfo(2, "S").what end, "cr") table.sort({2, 1}, function(a, b) return a < b end) debug.sethook() return table.concat(events, " ")', run('local events = {} debug.sethook(function(e) events[#events + 1] = e .. debug.getinfo(2, "S").what end, "cr") table.sort({2, 1}, function(a, b) return a < b end) debug.sethook() return table.concat(events, " ")'), 'true "callC callLua returnLua callC"')
check('local n = 0 debug.sethook(function() n = n + 1 end, "", 1) for i = 1, 10 do table.sort({3, 1, 2}) end debug.sethook() return n < 200', run('local n = 0 debug.sethook(function() n = n + 1 end, "", 1) for i = 1, 10 do table.sort({3, 1, 2}) end debug.sethook() return n < 200'), 'true true')
check([[local out = {}
debug.sethook(function(_, l) out[#out + 1] = l end, "l") local a = 1 local b = 2
local c = 3 debug.sethook()
return table.concat(out, " ")]], run([[local out = {}
debug.sethook(function(_, l) out[#out + 1] = l end, "l") local a = 1 local b = 2
local c = 3 debug.sethook()
return table.concat(out, " ")]]), 'true "3"')

done("debug.lua")
