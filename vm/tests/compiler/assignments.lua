local a, b, t = ...
a, b = b, a
t[a], a = 1, 2                   -- the key is kept
a, t.x = t, a
t, t.x, t.y = f()
a, b, c = 1
a, b = f(), g(), h()
x, y = y, x
local function set() a = 1; b = nil; x = a; t.x = b end
function t.m.f() end
function t:g(p) return self, p end
function set() end
a = {a}; a = a.b; a = -a; a = f(a)
