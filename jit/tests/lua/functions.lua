-- Functions: varargs, multiple values, closures, upvalues, recursion, loops, goto, scope.
local check, show, run, done = dofile("check.lua")
local function count(...) return select("#", ...) end
local function three() return 1, 2, 3 end
local function none() end
check('count()', show(count()), '0')
check('count(nil)', show(count(nil)), '1')
check('count(nil, nil)', show(count(nil, nil)), '2')
check('count(three())', show(count(three())), '3')
check('count(three(), 1)', show(count(three(), 1)), '2')
check('count(1, three())', show(count(1, three())), '4')
check('count((three()))', show(count((three()))), '1')
check('count(none())', show(count(none())), '0')
check('count(none(), 1)', show(count(none(), 1)), '2')
check('count(1, none())', show(count(1, none())), '1')
check('count((none()))', show(count((none()))), '1')
check('{three(), three()}', show({three(), three()}), '{1,1,2,3}')
check('{three(), (three())}', show({three(), (three())}), '{1,1}')
check('{none(), none()}', show({none(), none()}), '{}')
check('#{none()}', show(#{none()}), '0')
check('select(1, 1, 2, 3)', show(select(1, 1, 2, 3)), '1 2 3')
check('select(2, 1, 2, 3)', show(select(2, 1, 2, 3)), '2 3')
check('select(-1, 1, 2, 3)', show(select(-1, 1, 2, 3)), '3')
check('select(-2, 1, 2, 3)', show(select(-2, 1, 2, 3)), '2 3')
check('select("#")', show(select("#")), '0')
check('select("#", nil, nil)', show(select("#", nil, nil)), '2')
check('select(4, 1, 2, 3)', show(select(4, 1, 2, 3)), '')
check('select(3, 1, 2, 3)', show(select(3, 1, 2, 3)), '3')
check('return select(0)', run('return select(0)'), [[false "bad argument #1 to '?' (index out of range)"]])
check('return select(-1)', run('return select(-1)'), [[false "bad argument #1 to '?' (index out of range)"]])
check('return select(-4, 1, 2, 3)', run('return select(-4, 1, 2, 3)'), [[false "bad argument #1 to '?' (index out of range)"]])
check('return select()', run('return select()'), [[false "bad argument #1 to '?' (number expected, got no value)"]])
check('return select("x", 1)', run('return select("x", 1)'), [[false "bad argument #1 to '?' (number expected, got string)"]])
check('return select("2", 1, 2)', run('return select("2", 1, 2)'), 'true 2')
check('return select({}, 1)', run('return select({}, 1)'), [[false "bad argument #1 to '?' (number expected, got table)"]])
check('return select(1.9, "a", "b")', run('return select(1.9, "a", "b")'), 'true "a" "b"')
check('return (function(...) return ... end)(1, 2, nil)', run('return (function(...) return ... end)(1, 2, nil)'), 'true 1 2 nil')
check('return (function(...) local a, b = ... return b, a end)(1, 2, 3)', run('return (function(...) local a, b = ... return b, a end)(1, 2, 3)'), 'true 2 1')
check('return (function(...) return (...) end)(1, 2)', run('return (function(...) return (...) end)(1, 2)'), 'true 1')
check('return (function(...) return {...}, select("#", ...) end)(nil, nil)', run('return (function(...) return {...}, select("#", ...) end)(nil, nil)'), 'true {} 2')
check('return (function(a, ...) return a, ... end)()', run('return (function(a, ...) return a, ... end)()'), 'true nil')
check('return (function(a, b, ...) return ..., a, b end)(1, 2, 3, 4)', run('return (function(a, b, ...) return ..., a, b end)(1, 2, 3, 4)'), 'true 3 1 2')
check('return (function(...) local t = {n = select("#", ...), ...} return t end)(1, nil)', run('return (function(...) local t = {n = select("#", ...), ...} return t end)(1, nil)'), 'true {1,["n"]=2}')
check('return (function(...) local function inner(...) return ... end return inner(...), inner(5) end)(1, 2)', run('return (function(...) local function inner(...) return ... end return inner(...), inner(5) end)(1, 2)'), 'true 1 5')
check('return (function(...) for i, v in ipairs{...} do if v == 2 then return i end end end)(1, 2)', run('return (function(...) for i, v in ipairs{...} do if v == 2 then return i end end end)(1, 2)'), 'true 2')
check('local function f(...) return ... end', run('local function f(...) return ... end'), 'true')
check('local a, b, c = (function() return 1, 2 end)() return a, b, c', run('local a, b, c = (function() return 1, 2 end)() return a, b, c'), 'true 1 2 nil')
check('local a, b = 1 return a, b', run('local a, b = 1 return a, b'), 'true 1 nil')
check('local a, b = 1, 2, 3 return a, b', run('local a, b = 1, 2, 3 return a, b'), 'true 1 2')
check('local a, b, c = 0, (function() return 1, 2, 3 end)() return a, b, c', run('local a, b, c = 0, (function() return 1, 2, 3 end)() return a, b, c'), 'true 0 1 2')
check('local a = 1 local a = a + 1 return a', run('local a = 1 local a = a + 1 return a'), 'true 2')
check('local a, b = 1, 2 a, b = b, a return a, b', run('local a, b = 1, 2 a, b = b, a return a, b'), 'true 2 1')
check('local i, t = 1, {} i, t[i] = i + 1, 20 return i, t', run('local i, t = 1, {} i, t[i] = i + 1, 20 return i, t'), 'true 2 {20}')
check('local t = {1, 2} local i = 1 t[i], i = i + 10, 2 return t, i', run('local t = {1, 2} local i = 1 t[i], i = i + 10, 2 return t, i'), 'true {11,2} 2')
check('local a = {} a.x, a.y = 1, 2 return a', run('local a = {} a.x, a.y = 1, 2 return a'), 'true {["x"]=1,["y"]=2}')
check('local a, b, c = 1, 2, 3 a, b, c = c, a, b return a, b, c', run('local a, b, c = 1, 2, 3 a, b, c = c, a, b return a, b, c'), 'true 3 1 2')
check('a, b = 1 return a, b', run('a, b = 1 return a, b'), 'true 1 nil')
check('local x = 1 do local x = 2 end return x', run('local x = 1 do local x = 2 end return x'), 'true 1')
check('local x = 1 if true then local x = 2 x = 3 end return x', run('local x = 1 if true then local x = 2 x = 3 end return x'), 'true 1')
check('local f do local u = 0 f = function() u = u + 1 return u end end f() return f(), f()', run('local f do local u = 0 f = function() u = u + 1 return u end end f() return f(), f()'), 'true 2 3')
check('local fs = {} for i = 1, 3 do fs[i] = function() return i end end return fs[1](), fs[2](), fs[3]()', run('local fs = {} for i = 1, 3 do fs[i] = function() return i end end return fs[1](), fs[2](), fs[3]()'), 'true 1 2 3')
check('local fs = {} for i = 1, 3 do local j = i fs[i] = function() j = j + 1 return j end end return fs[1](), fs[1](), fs[2](), fs[3]()', run('local fs = {} for i = 1, 3 do local j = i fs[i] = function() j = j + 1 return j end end return fs[1](), fs[1](), fs[2](), fs[3]()'), 'true 2 3 3 4')
check('local fs = {} for _, v in ipairs{"a", "b"} do fs[#fs + 1] = function() return v end end return fs[1](), fs[2]()', run('local fs = {} for _, v in ipairs{"a", "b"} do fs[#fs + 1] = function() return v end end return fs[1](), fs[2]()'), 'true "a" "b"')
check('local fs = {} local i = 1 while i <= 3 do local k = i fs[i] = function() return k end i = i + 1 end return fs[1](), fs[3]()', run('local fs = {} local i = 1 while i <= 3 do local k = i fs[i] = function() return k end i = i + 1 end return fs[1](), fs[3]()'), 'true 1 3')
check('local fs = {} local i = 0 repeat local k = i fs[#fs + 1] = function() k = k + 1 return k end i = i + 1 until k >= 2 return #fs, fs[1](), fs[3]()', run('local fs = {} local i = 0 repeat local k = i fs[#fs + 1] = function() k = k + 1 return k end i = i + 1 until k >= 2 return #fs, fs[1](), fs[3]()'), 'true 3 1 3')
check('local function mk() local n = 0 return function() n = n + 1 return n end, function() return n end end local inc, get = mk() inc() inc() return get()', run('local function mk() local n = 0 return function() n = n + 1 return n end, function() return n end end local inc, get = mk() inc() inc() return get()'), 'true 2')
check('local a = 1 local function f() a = a + 1 return function() a = a * 2 return a end end local g = f() return g(), a, g(), a', run('local a = 1 local function f() a = a + 1 return function() a = a * 2 return a end end local g = f() return g(), a, g(), a'), 'true 4 4 8 8')
check('local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end return fact(10), fact(20)', run('local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end return fact(10), fact(20)'), 'true 3628800 2.43290200817664e+18')
check('local fib fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(20)', run('local fib fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(20)'), 'true 6765')
check('local function loop(n) if n == 0 then return "end" end return loop(n - 1) end return loop(1000000)', run('local function loop(n) if n == 0 then return "end" end return loop(n - 1) end return loop(1000000)'), 'true "end"')
check('local function a(n) if n == 0 then return "a" end return (function(m) return a(m - 1) end)(n) end return a(100000)', run('local function a(n) if n == 0 then return "a" end return (function(m) return a(m - 1) end)(n) end return a(100000)'), 'true "a"')
check('local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(7000)', run('local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(7000)'), 'true 7000')
check('local even, odd function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end return even(10001)', run('local even, odd function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end return even(10001)'), 'true false')
check('local function f() return f() + 1 end local ok, e = pcall(f) return ok, (e:gsub("^.-:%d+: ", ""))', run('local function f() return f() + 1 end local ok, e = pcall(f) return ok, (e:gsub("^.-:%d+: ", ""))'), 'true false "stack overflow"')
check('for i = 1, 3 do local x = i if i == 2 then return x end end', run('for i = 1, 3 do local x = i if i == 2 then return x end end'), 'true 2')
check('local s = 0 for i = 10, 1, -3 do s = s * 100 + i end return s', run('local s = 0 for i = 10, 1, -3 do s = s * 100 + i end return s'), 'true 10070401')
check('local n = 0 for i = 1, 0 do n = n + 1 end return n', run('local n = 0 for i = 1, 0 do n = n + 1 end return n'), 'true 0')
check('local n = 0 for i = 1, 3, -1 do n = n + 1 end return n', run('local n = 0 for i = 1, 3, -1 do n = n + 1 end return n'), 'true 0')
check('local r = {} for i = 1, 2, 0.25 do r[#r + 1] = i end return r', run('local r = {} for i = 1, 2, 0.25 do r[#r + 1] = i end return r'), 'true {1,1.25,1.5,1.75,2}')
check('local n = 0 for i = 0.1, 1, 0.1 do n = n + 1 end return n', run('local n = 0 for i = 0.1, 1, 0.1 do n = n + 1 end return n'), 'true 10')
check('local r = {} for i = -1, -3, -1 do r[#r + 1] = i end return r', run('local r = {} for i = -1, -3, -1 do r[#r + 1] = i end return r'), 'true {-1,-2,-3}')
check('local n = 0 for i = 1, 1/0 do n = n + 1 if n > 10 then break end end return n', run('local n = 0 for i = 1, 1/0 do n = n + 1 if n > 10 then break end end return n'), 'true 11')
check('local n = 0 for i = 1/0, 1 do n = n + 1 end return n', run('local n = 0 for i = 1/0, 1 do n = n + 1 end return n'), 'true 0')
check('for i = 1, 10, 0 do return "entered" end return "not entered"', run('for i = 1, 10, 0 do return "entered" end return "not entered"'), 'true "entered"')
check('for i = "1", 2 do end', run('for i = "1", 2 do end'), 'true')
check('for i = 1, "2" do end', run('for i = 1, "2" do end'), 'true')
check('for i = 1, 2, "1" do end', run('for i = 1, 2, "1" do end'), 'true')
check('for i = nil, 2 do end', run('for i = nil, 2 do end'), [[false "chunk:1: 'for' initial value must be a number"]])
check('for i = 1, {} do end', run('for i = 1, {} do end'), [[false "chunk:1: 'for' limit must be a number"]])
check('for i = 1, 2, {} do end', run('for i = 1, 2, {} do end'), [[false "chunk:1: 'for' step must be a number"]])
check('for i = 1, 3 do i = i * 10 if i > 5 then return i end end', run('for i = 1, 3 do i = i * 10 if i > 5 then return i end end'), 'true 10')
check('local last for i = 2147483646, 2147483648 do last = i end return last', run('local last for i = 2147483646, 2147483648 do last = i end return last'), 'true 2147483648')
check('local last for i = -2147483648, -2147483650, -1 do last = i end return last', run('local last for i = -2147483648, -2147483650, -1 do last = i end return last'), 'true -2147483650')
check('local n = 0 for i = 9007199254740990, 9007199254740992 do n = n + 1 if n > 5 then break end end return n', run('local n = 0 for i = 9007199254740990, 9007199254740992 do n = n + 1 if n > 5 then break end end return n'), 'true 6')
check('for k in 5 do end', run('for k in 5 do end'), 'false "chunk:1: attempt to call a number value"')
check('for k in nil do end', run('for k in nil do end'), 'false "chunk:1: attempt to call a nil value"')
check('for k in {} do end', run('for k in {} do end'), 'false "chunk:1: attempt to call a table value"')
check('local t for k, v in t do end', run('local t for k, v in t do end'), 'false "chunk:1: attempt to call a nil value"')
check('for k in "x" do end', run('for k in "x" do end'), 'false "chunk:1: attempt to call a string value"')
check('for k, v in next, {10} do return k, v end', run('for k, v in next, {10} do return k, v end'), 'true 1 10')
check('for i, v in (function(s, i) if i < 3 then return i + 1, s end end), "state", 0 do if i == 2 then return i, v end end', run('for i, v in (function(s, i) if i < 3 then return i + 1, s end end), "state", 0 do if i == 2 then return i, v end end'), 'true 2 "state"')
check('local r = {} for a, b, c in (function() local n = 0 return function() n = n + 1 if n < 3 then return n, n * 2, n * 3 end end end)() do r[#r + 1] = a + b + c end return r', run('local r = {} for a, b, c in (function() local n = 0 return function() n = n + 1 if n < 3 then return n, n * 2, n * 3 end end end)() do r[#r + 1] = a + b + c end return r'), 'true {6,12}')
check('local n = 0 while true do n = n + 1 if n == 5 then break end end return n', run('local n = 0 while true do n = n + 1 if n == 5 then break end end return n'), 'true 5')
check('local n = 0 repeat n = n + 1 local stop = n == 3 until stop return n', run('local n = 0 repeat n = n + 1 local stop = n == 3 until stop return n'), 'true 3')
check('local n = 0 while n < 3 do n = n + 1 end return n', run('local n = 0 while n < 3 do n = n + 1 end return n'), 'true 3')
check('local i = 0 ::top:: i = i + 1 if i < 5 then goto top end return i', run('local i = 0 ::top:: i = i + 1 if i < 5 then goto top end return i'), 'true 5')
check('for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end if i == 3 then return i, j end ::continue:: end end', run('for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end if i == 3 then return i, j end ::continue:: end end'), 'true 3 1')
check('do goto done end local x ::done:: return x', run('do goto done end local x ::done:: return x'), [[nil "chunk:1: <goto done> jumps into the scope of local 'x'"]])
check('goto f do ::f:: end ::f:: return "outer"', run('goto f do ::f:: end ::f:: return "outer"'), 'true "outer"')
check('local r = {} for i = 1, 3 do if i == 2 then goto next end r[#r + 1] = i ::next:: end return r', run('local r = {} for i = 1, 3 do if i == 2 then goto next end r[#r + 1] = i ::next:: end return r'), 'true {1,3}')
check('local fs = {} local i = 1 ::again:: local x = i fs[i] = function() return x end i = i + 1 if i <= 3 then goto again end return fs[1](), fs[2](), fs[3]()', run('local fs = {} local i = 1 ::again:: local x = i fs[i] = function() return x end i = i + 1 if i <= 3 then goto again end return fs[1](), fs[2](), fs[3]()'), 'true 1 2 3')
check('goto missing', run('goto missing'), [[nil "chunk:1: undefined label 'missing'"]])
check('do ::inner:: end goto inner', run('do ::inner:: end goto inner'), [[nil "chunk:1: undefined label 'inner'"]])
check('::a:: ::a::', run('::a:: ::a::'), [[nil "chunk:1: duplicate label 'a'"]])
check('goto l local x ::l:: print(x)', run('goto l local x ::l:: print(x)'), [[nil "chunk:1: <goto l> jumps into the scope of local 'x'"]])
check('break', run('break'), 'nil "chunk:1: no loop to break"')
check('for i = 1, 2 do end break', run('for i = 1, 2 do end break'), 'nil "chunk:1: no loop to break"')
check('local goto = 5 return goto', run('local goto = 5 return goto'), 'true 5')
check('local t = {goto_ = 1} return t.goto_', run('local t = {goto_ = 1} return t.goto_'), 'true 1')
check('local function f() do return 1 end return 2 end return f()', run('local function f() do return 1 end return 2 end return f()'), 'true 1')
check('if false then return 1 elseif nil then return 2 else return 3 end', run('if false then return 1 elseif nil then return 2 else return 3 end'), 'true 3')
check('if 0 then return "zero is true" end', run('if 0 then return "zero is true" end'), 'true "zero is true"')
check('if "" then return "empty is true" end', run('if "" then return "empty is true" end'), 'true "empty is true"')
check('local x <const> = 1', run('local x <const> = 1'), [[nil "chunk:1: unexpected symbol near '<'"]])
check('return function() end == function() end', run('return function() end == function() end'), 'true false')
check('local function f() return function() end end return f() == f()', run('local function f() return function() end end return f() == f()'), 'true false')
check('local a = {} function a.b.c() end', run('local a = {} function a.b.c() end'), [[false "chunk:1: attempt to index field 'b' (a nil value)"]])
check('local f = function(a, b, ...) return a, b, ... end return f(1), f(1, 2, 3)', run('local f = function(a, b, ...) return a, b, ... end return f(1), f(1, 2, 3)'), 'true 1 1 2 3')
check('return (function(a, b) return a, b end)(1, 2, 3)', run('return (function(a, b) return a, b end)(1, 2, 3)'), 'true 1 2')
check('return type(none), (function() end)()', run('return type(none), (function() end)()'), 'true "nil"')
check('return select("#", (function() end)()), select("#", (function() return nil end)())', run('return select("#", (function() end)()), select("#", (function() return nil end)())'), 'true 0 1')
check('print2 = nil return print2', run('print2 = nil return print2'), 'true nil')
check('local _ENV = {} return type(print)', run('local _ENV = {} return type(print)'), 'true "function"')
check('return ((("x")))', run('return ((("x")))'), 'true "x"')
check('return (1)(2)', run('return (1)(2)'), 'false "chunk:1: attempt to call a number value"')
check('local a; a = 1; ; ', run('local a; a = 1; ; '), [[nil "chunk:1: unexpected symbol near ';'"]])
check(';', run(';'), [[nil "chunk:1: unexpected symbol near ';'"]])
check('return;', run('return;'), 'true')
check('return 1;', run('return 1;'), 'true 1')
check('return 1 2', run('return 1 2'), [[nil "chunk:1: '<eof>' expected near '2'"]])
check('local function f() return end return f()', run('local function f() return end return f()'), 'true')
check('f = function() return 1 end (function() end)()', run('f = function() return 1 end (function() end)()'), 'true')
check('local f = function() return 1 end', run([[local f = function() return 1 end
(function() end)()]]),
  'true')
check('local t = {} t[1], t[2], t[3] = (function() return 1, 2 end)() return #t', run('local t = {} t[1], t[2], t[3] = (function() return 1, 2 end)() return #t'), 'true 2')
check('local t = setmetatable({}, {__index = function(t, k) return k end}) local a, b = t.x, t[5] return a, b', run('local t = setmetatable({}, {__index = function(t, k) return k end}) local a, b = t.x, t[5] return a, b'), 'true "x" 5')
check('local s = "" for i = 1, 100 do s = s .. i end return #s', run('local s = "" for i = 1, 100 do s = s .. i end return #s'), 'true 192')
check([[local a = {} for i = 1, 300 do a[i] = "local v" .. i .. " = " .. i end return loadstring(table.concat(a, "\n", 1, 200)) ~= nil, loadstring(table.concat(a, "\n", 1, 201))]], run([[local a = {} for i = 1, 300 do a[i] = "local v" .. i .. " = " .. i end return loadstring(table.concat(a, "\n", 1, 200)) ~= nil, loadstring(table.concat(a, "\n", 1, 201))]]), [[true true nil "[string \034local v1 = 1...\034]:201: main function has more than 200 local variables"]])
check([[local a = {} for i = 1, 100 do a[i] = "local v" .. i .. " = " .. i end local body = {} for i = 1, 61 do body[i] = "v" .. i end return loadstring(table.concat(a, "\n", 1, 61) .. "\nreturn function() return " .. table.concat(body, "+", 1, 60) .. " end") ~= nil, loadstring(table.concat(a, "\n", 1, 61) .. "\nreturn function() return " .. table.concat(body, "+", 1, 61) .. " end")]], run([[local a = {} for i = 1, 100 do a[i] = "local v" .. i .. " = " .. i end local body = {} for i = 1, 61 do body[i] = "v" .. i end return loadstring(table.concat(a, "\n", 1, 61) .. "\nreturn function() return " .. table.concat(body, "+", 1, 60) .. " end") ~= nil, loadstring(table.concat(a, "\n", 1, 61) .. "\nreturn function() return " .. table.concat(body, "+", 1, 61) .. " end")]]), [[true true nil "[string \034local v1 = 1...\034]:62: function at line 62 has more than 60 upvalues"]])
check('local p = {} for i = 1, 300 do p[i] = "p" .. i end return loadstring("return function(" .. table.concat(p, ",") .. ") end")', run('local p = {} for i = 1, 300 do p[i] = "p" .. i end return loadstring("return function(" .. table.concat(p, ",") .. ") end")'), [[true nil "[string \034return function(p1,p2,p3,p4,p5,p6,p7,p8,p9,p1...\034]:1: function at line 1 has more than 200 local variables"]])
check('local c = {} for i = 1, 70000 do c[i] = i + 0.5 end local f = loadstring("return {" .. table.concat(c, ",") .. "}") return f ~= nil and #f()', run('local c = {} for i = 1, 70000 do c[i] = i + 0.5 end local f = loadstring("return {" .. table.concat(c, ",") .. "}") return f ~= nil and #f()'), 'true 70000')
check('local c = {} for i = 1, 250 do c[i] = "x" .. i end return loadstring("return f(" .. table.concat(c, ",") .. ")")', run('local c = {} for i = 1, 250 do c[i] = "x" .. i end return loadstring("return f(" .. table.concat(c, ",") .. ")")'), [[true nil "[string \034return f(x1,x2,x3,x4,x5,x6,x7,x8,x9,x10,x11,x...\034]:1: function or expression too complex near 'x249'"]])
check('return loadstring("return " .. ("("):rep(300) .. "1" .. (")"):rep(300))', run('return loadstring("return " .. ("("):rep(300) .. "1" .. (")"):rep(300))'), [[true nil "[string \034return ((((((((((((((((((((((((((((((((((((((...\034]:1: chunk has too many syntax levels"]])
check('return loadstring(("do "):rep(300) .. ("end "):rep(300))', run('return loadstring(("do "):rep(300) .. ("end "):rep(300))'), [[true nil "[string \034do do do do do do do do do do do do do do do ...\034]:1: chunk has too many syntax levels"]])
check('return loadstring("return " .. ("{"):rep(250) .. ("}"):rep(250))', run('return loadstring("return " .. ("{"):rep(250) .. ("}"):rep(250))'), [[true nil "[string \034return {{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{...\034]:1: chunk has too many syntax levels"]])
check('return loadstring("local a = " .. ("a.b"):rep(10) .. " ")', run('return loadstring("local a = " .. ("a.b"):rep(10) .. " ")'), 'true function')
check([[return #loadstring("return " .. ("'x' .. "):rep(150) .. "'y'")()]], run([[return #loadstring("return " .. ("'x' .. "):rep(150) .. "'y'")()]]), 'true 151')
check([[return loadstring("return " .. ("'x' .. "):rep(300) .. "'y'")]], run([[return loadstring("return " .. ("'x' .. "):rep(300) .. "'y'")]]), [[true nil "[string \034return 'x' .. 'x' .. 'x' .. 'x' .. 'x' .. 'x'...\034]:1: chunk has too many syntax levels"]])
check('return loadstring("return " .. ("1 + "):rep(1000) .. "1")()', run('return loadstring("return " .. ("1 + "):rep(1000) .. "1")()'), 'true 1001')
check('return loadstring("return " .. ("-"):rep(0) .. ("not "):rep(150) .. "1")()', run('return loadstring("return " .. ("-"):rep(0) .. ("not "):rep(150) .. "1")()'), 'true true')


-- A builtin in tail position runs once for each call, wherever its results go.
do
  local t = {}
  local object = setmetatable({}, {__add = function(_, b) return table.insert(t, b) end})
  for i = 1, 150 do local _ = object + i end
  check('tail call of a builtin from a metamethod', #t, 150)
  local function append(i) return table.insert(t, i) end
  for i = 1, 150 do pcall(append, i) end
  check('tail call of a builtin under pcall', #t, 300)
  local resume = coroutine.wrap(function() for i = 1, 150 do append(i) coroutine.yield() end end)
  for _ = 1, 150 do resume() end
  check('tail call of a builtin in a coroutine', #t, 450)
end
-- Closures that share a variable share it, also where one of them is passed to a call before the other is made.
do
  local values = {}
  local function pair(x)
    return coroutine.wrap(function(n) repeat x = x + n n = coroutine.yield(x) until false end),
      coroutine.wrap(function(n) repeat x = x * n n = coroutine.yield(x) until false end)
  end
  for i = 1, 150 do
    local add, multiply = pair(3)
    values[add(1) .. " " .. multiply(4)] = true
  end
  check('shared variable of two closures', next(values), '4 16')
  check('shared variable of two closures, always', next(values, '4 16'), nil)
end

-- A loop that waits for garbage to be counted comes to its end.
do
  collectgarbage() collectgarbage('stop')
  local start = collectgarbage('count')
  repeat local t = {} until collectgarbage('count') > start + 200
  collectgarbage('restart')
  repeat local t = {} until collectgarbage('count') < start + 200
  check('garbage is counted', true, true)
end
-- What follows a call of a builtin that is not compiled: places where metamethods, errors and other coroutines come in between.
do
  local sum = 0
  local object = setmetatable({}, {__index = function(_, key) sum = sum + 1 return #key end})
  local total = 0
  for i = 1, 300 do
    io.write('')
    local n = object.abc
    total = total + n
  end
  check('a metamethod behind a call', sum .. ' ' .. total, '300 900')
  local function fail(i)
    io.write('')
    local t = i < 290 and object or nil
    io.write('')
    local field = t.name
    return field.x
  end
  local messages = {}
  for i = 1, 300 do
    local _, message = pcall(fail, i)
    messages[(message:gsub('^.-: ', ''))] = (messages[(message:gsub('^.-: ', ''))] or 0) + 1
  end
  check('an error behind a call', messages["attempt to index local 'field' (a number value)"], 289)
  check('another error behind a call', messages["attempt to index local 't' (a nil value)"], 11)
  local log = {}
  local function body(name)
    for i = 1, 150 do
      local value = coroutine.yield(i)
      local doubled = value
      log[name] = (log[name] or 0) + doubled * i
    end
  end
  local a, b = coroutine.wrap(body), coroutine.wrap(body)
  a('a') b('b')
  for i = 1, 150 do a(i) b(2 * i) end
  check('what follows a yield', log.a .. ' ' .. log.b, '1136275 2272550')
end
done("functions.lua")
