-- Objects that live for part of a pass, and ways of leaving that pass while they live: exits, errors, side paths, the collector.
local check, show, run, done = dofile("check.lua")
local prelude = [[
local vec = {} vec.__index = vec
local function new(x, y) return setmetatable({x = x, y = y}, vec) end
vec.__add = function(a, b) return new(a.x + b.x, a.y + b.y) end
vec.__mul = function(a, s) return new(a.x * s, a.y * s) end
vec.__eq = function(a, b) return a.x == b.x and a.y == b.y end
vec.__lt = function(a, b) return a.x < b.x end
vec.__tostring = function(a) return a.x .. "," .. a.y end
vec.__len = function(a) return a.x end
vec.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
vec.__call = function(a, n) return a.x + n end
vec.__unm = function(a) return new(-a.x, -a.y) end
function vec:sum() return self.x + self.y end
]]
local function vectors(name, source, expected) check(name, run(prelude .. source), expected) end

vectors("leaves at the end with the object", "local last for i = 1, 200 do local v = new(i, 2) + new(1, 1) last = v end return tostring(last)", 'true "201,3"')
vectors("leaves in the middle", "local kept = {} for i = 1, 300 do local v = new(i, -i) if i % 50 == 0 then kept[#kept + 1] = v end end local s = '' for i, v in ipairs(kept) do s = s .. tostring(v) .. ';' end return s", 'true "50,-50;100,-100;150,-150;200,-200;250,-250;300,-300;"')
vectors("identity is kept", "local n = 0 for i = 1, 300 do local v = new(i, i) local w = v if i % 7 == 0 then local t = {v, w} if rawequal(t[1], t[2]) and t[1] == v then n = n + 1 end end end return n", "true 42")
vectors("two objects stay two", "local n = 0 for i = 1, 300 do local v, w = new(1, 2), new(1, 2) if i % 3 == 0 then local t = {} t[v] = 1 t[w] = 2 if t[v] == 1 and t[w] == 2 and v == w and not rawequal(v, w) then n = n + 1 end end end return n", "true 100")
vectors("a cycle of objects", "local n = 0 for i = 1, 300 do local a = {} local b = {a = a} a.b = b if i % 10 == 0 then local c = a.b.a if c == a and a.b == b then n = n + i end end end return n", "true 4650")
vectors("carried by the loop and shared", "local p, q = new(0, 0), nil for i = 1, 200 do q = p p = p + new(1, 2) end return tostring(p) .. tostring(q) .. tostring(rawequal(p, q))", 'true "200,400199,398false"')
vectors("the same object in two variables", "local p, q = new(0, 0), nil for i = 1, 200 do p = p + new(1, 2) q = p end p.x = 7 return q.x", "true 7")
vectors("exchanged", "local a, b = new(1, 2), new(3, 4) for i = 1, 101 do a, b = b, a * 1 end return tostring(a) .. tostring(b)", 'true "3,41,2"')
vectors("an error while it lives", "local ok, e = pcall(function() local s = 0 for i = 1, 300 do local v = new(i, i) s = s + v:sum() + (i < 250 and 1 or v.missing.field) end end) return e:match('attempt.*')", [[true "attempt to index field 'missing' (a nil value)"]])
vectors("an error shows the object", "local seen for i = 1, 300 do local v = new(i, 1) local ok, e = pcall(function() if i % 100 == 0 then error(v) end return v.x end) if not ok then seen = e end end return tostring(seen)", 'true "300,1"')
vectors("metamethods", "local s = 0 for i = 1, 200 do local a, b = new(i, 1), new(i + 1, 1) if a < b then s = s + a(1) end if a ~= b then s = s + (-a):sum() end if i % 40 == 0 then s = s + #(a .. b) end end return s", "true 51")
vectors("number becomes string", "local s = 0 for i = 1, 200 do local v = new(i, 1) if i == 150 then v.x = '5' end s = s + v.x * 2 end return s", "true 39910")
vectors("fields change type", "local last for i = 1, 200 do local v = new(i, nil) v.y = i > 100 and 'big' or i if i % 90 == 0 then last = v end end return tostring(last)", 'true "180,big"')
vectors("a field is deleted", "local n = 0 for i = 1, 200 do local v = new(i, 2) v.y = nil if i % 20 == 0 then for k in pairs(v) do n = n + 1 end end end return n", "true 10")
vectors("a field is added at an exit", "local last for i = 1, 200 do local v = new(i, 2) if i % 66 == 0 then v.z = i last = v end end return last.x + last.y + last.z", "true 398")
vectors("nested objects", "local kept for i = 1, 200 do local o = {place = new(i, 1), speed = new(1, 1)} o.place = o.place + o.speed if i == 177 then kept = o end end return tostring(kept.place) .. tostring(kept.speed)", 'true "178,21,1"')
vectors("passed to calls that are not compiled", "local t = {} for i = 1, 200 do local v = new(i, 2) if i % 64 == 0 then table.insert(t, v) end end return tostring(t[3])", 'true "192,2"')
vectors("returned from a function", "local function f(n) local v for i = 1, n do v = new(i, n) end return v end local s = 0 for i = 1, 100 do s = s + f(i):sum() end return s", "true 10100")
vectors("recursion", "local function f(n, v) if n == 0 then return v end return f(n - 1, v + new(1, 2)) end local s = 0 for i = 1, 100 do s = s + f(i, new(0, 0)):sum() end return s", "true 15150")
vectors("recursion that is no tail call", "local function f(n) if n == 0 then return new(0, 0) end local v = new(1, n) return f(n - 1) + v end local s = 0 for i = 1, 60 do s = s + f(i):sum() end return s", "true 39650")
vectors("inner loop", "local s = 0 for i = 1, 60 do local v = new(i, 0) for j = 1, 60 do v = v + new(1, j) end s = s + v:sum() end return s", "true 115230")
vectors("object from outside the inner loop", "local s = 0 for i = 1, 60 do local v = new(i, 0) for j = 1, 60 do s = s + v.x * j end v.x = 0 s = s + v:sum() end return s", "true 3348900")
vectors("while with a carried object", "local v, n = new(0, 0), 0 while v.x < 500 do v = v + new(3, 1) n = n + 1 end return tostring(v) .. n", 'true "501,167167"')
vectors("two ways through the loop", "local s = 0 for i = 1, 300 do local v = new(i, i + 1) if i % 3 == 0 then s = s + v.x else s = s - v.y end s = s + v:sum() end return s", "true 75550")
vectors("three ways, one keeps it", "local s, kept = 0, new(0, 0) for i = 1, 300 do local v = new(i, i + 1) if i % 3 == 0 then s = s + v.x elseif i % 5 == 0 then kept = v else s = s - kept.x end end return s .. tostring(kept)", 'true "-8165295,296"')
vectors("the collector meets it", "local kept = {} for i = 1, 400 do local v = new(i, {i}) local w = new(v, v.y) if i % 25 == 0 then collectgarbage('step', 100) kept[#kept + 1] = w end if i % 100 == 0 then collectgarbage() end end local s = 0 for i, w in ipairs(kept) do s = s + w.x.x + w.y[1] end return s", "true 6800")
vectors("a coroutine gets it", "local co = coroutine.wrap(function(v) while true do v = coroutine.yield(v + new(1, 1)) end end) local s = 0 for i = 1, 200 do s = s + co(new(i, 1)):sum() end return s", "true 20700")

check("closures", run("local kept = {} for i = 1, 300 do local f = function(x) return x + i end if i % 100 == 0 then kept[#kept + 1] = f end f(1) end return kept[1](1) + kept[2](1) + kept[3](1)"), "true 603")
check("counters", run("local s, kept = 0 for i = 1, 300 do local n = 0 local function up() n = n + i return n end up() up() if i == 200 then kept = up end s = s + up() end return s + kept()"), "true 136250")
check("closures that share a variable", run("local get, set, s = nil, nil, 0 for i = 1, 300 do local n = i local function g() return n end local function p(v) n = v end p(g() + 1) if i % 150 == 0 then get, set = g, p end s = s + g() end set(5) return s + get()"), "true 45455")
check("closures in closures", run("local s = 0 for i = 1, 300 do local function add(a) return function(b) return a + b + i end end s = s + add(1)(2) if i == 299 then s = s + add(3)(4) end end return s"), "true 46356")
check("a closure that calls itself", run("local s = 0 for i = 1, 200 do local function f(n) if n == 0 then return i end return f(n - 1) end s = s + f(3) end return s"), "true 20100")
check("varargs in tables", run("local function sum(...) local t, s = {...}, 0 for i = 1, #t do s = s + t[i] end return s end local s = 0 for i = 1, 300 do s = s + sum(i, 2, 3) + sum(1) + sum() end return s"), "true 46950")
check("holes in varargs", run("local function count(...) local t = {...} local n = 0 for i = 1, select('#', ...) do if t[i] ~= nil then n = n + 1 end end return n end local s = 0 for i = 1, 300 do s = s + count(i, nil, 3, nil) + count(nil) end return s"), "true 600")
check("arrays", run("local kept for i = 1, 300 do local t = {i, i + 1, i + 2} t[2] = t[1] + t[3] if i == 222 then kept = t end end return #kept, kept[1], kept[2], kept[3]"), "true 3 222 446 224")
check("arrays that grow", run("local kept, s = nil, 0 for i = 1, 300 do local t = {i} t[2] = i + 1 t[#t + 1] = 3 s = s + #t if i == 222 then kept = t end end return #kept, kept[1], kept[2], kept[3], s"), "true 3 222 223 3 900")
check("arrays of mixed things", run("local kept for i = 1, 300 do local t = {i, 'x', {i}, true} if i == 222 then kept = t end end return #kept, kept[1], kept[2], kept[3][1], kept[4]"), 'true 4 222 "x" 222 true')
check("an array's end", run("local s = 0 for i = 1, 300 do local t = {i, 2, 3} t[3] = nil s = s + #t + (t[4] or 1) + (t[0] or 1) if i % 50 == 0 then for k, v in pairs(t) do s = s + v end end end return s"), "true 2262")
check("arrays with fields", run("local kept for i = 1, 300 do local t = {i, 2, n = 2} t.n = t.n + t[1] if i == 222 then kept = t end end return #kept, kept.n"), "true 2 224")
check("unpack of a table", run("local s = 0 for i = 1, 300 do local a, b, c = unpack({i, 2, 3}) s = s + a * b - c end return s"), "true 89400")
check("argument lists through two functions", run("local function inner(...) return select('#', ...), ... end local function outer(...) local t = {inner(...)} return t[1] + t[2] end local s = 0 for i = 1, 300 do s = s + outer(i, i) end return s"), "true 45750")
done("sinking.lua")
