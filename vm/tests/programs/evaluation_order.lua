local names, object = {}, nil
local function show(v) return names[v] or tostring(v) end
local function event(name) return function(a, b, ...) print(name, show(a), show(b), select("#", ...)) return object(name) end end
local meta = {}
for _, name in ipairs {"add", "sub", "mul", "div", "mod", "pow", "concat", "unm", "index", "call"} do meta["__" .. name] = event(name) end
meta.__newindex = function(t, k, v) print("newindex", show(t), show(k), show(v)) end
meta.__lt = function(a, b) print("lt", show(a), show(b)) return true end
meta.__le = function(a, b) print("le", show(a), show(b)) return false end
meta.__eq = function(a, b) print("eq", show(a), show(b)) return true end
function object(name) local o = setmetatable({}, meta); names[o] = "<" .. name .. ">"; return o end
local a, b, c, d = object "a", object "b", object "c", object "d"
local x = a + b * c - d / 2 ^ a % 3
x = a .. b .. c .. "x" .. 1
x = (a .. b) .. c
x = a < b, a > b, a <= b, a >= b, not (a < b), not (a > b), a == b, a ~= b
x = a(b, c)(d):method(a, b.f, ...)
a.x, b[c], c[a.y] = d.z, b(), -c
a[1], a.k, a[a] = b.p
local t = {a.one, [b.key] = c.value, d.two, x = a.x, a()}
x = a < b and c.x or d.x
x = a <= b and c.x or d.x
if not (a <= b) then x = a.then_branch else x = b.else_branch end
local i = 1
local list = {}
i, list[i] = i + 1, 20
print(i, list[1], list[2])
local p, q = 1, 2
p, q = q, p
print(p, q)
do local a = {}; a.b, a = 5, a; print(a.b) end
do local a = {}; local old = a; a, a.b = {}, 6; print(old.b, a.b) end
local function g() i = i + 1 return i end
local r = i + g() + i
print(r, i)
local u = {g(), g(), n = g(), g()}
print(u[1], u[2], u[3], u.n)
print(({1, [1] = 2, 3, [2] = 4, x = 5, x = 6})[1], #{1, 2, nil}, ({[1] = "a", "b"})[1])
print((select("#", (function() end)())), select("#", ((function() end)())), (function(...) return select("#", ...) end)(nil, nil))
