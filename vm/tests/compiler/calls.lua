local a = ...
f()
local x, y = f(1, "two", nil)
x, y = f(f(a), f(a))
x = (f(...))
a:method(x, ...)
a.b.c:d "literal"
x = ("x"):rep(3)
local function sum(n, ...) if n == 0 then return ... end return sum(n - 1, ...) end
print((...), ...)
local function results() return 1, f() end
do return a(x):m() end
