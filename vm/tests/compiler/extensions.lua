local a, b, c = ...
local x = a?.b.c?.d
x = a?.b
x = a?.f(1) ?? b
local y, z = a?.f()
x, y = f(), a:m?.(1)
a?.f(); a?.b.c = f()
x = a ? b : c
x = a.n ? a ? 1 : 2 : f()
x = a ?? b ?? c
a += 1; a.n -= b; a[b] *= 2; g ..= "x" .. a .. b; a.b.c |= 1; a ~= 3; a <<= 2
const k = 10
local short = |p, q| -> p + q
short = p -> p * k
local function keep() k2 = k; a += k; return a?.b end
if a?.b then return a?.b() end
return a ? b : c
