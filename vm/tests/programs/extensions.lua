local function f(...) print("f", ...) return ... end
local o = setmetatable({}, {__index = function(t, k) print("index", k) if k == "n" then return nil end return k end, __newindex = function(t, k, v) print("newindex", k, v) end})
local n
-- safe navigation
print(n?.x, n?.x.y.z(f(1)), n?.f(f(2)))
print(o?.a, o.n?.b, (o.n)?.x)
local a, b, c = n?.f(1), 2
print(a, b, c)
local t = {f = function(...) return 1, 2, 3 end, m = function(self, x) return self ~= nil, x end}
local a, b, c, d = t?.f()
print(a, b, c, d)
a, b, c = 0, n?.f()
print(a, b, c)
a, b, c = 0, t?.f()
print(a, b, c)
print(t?.f())
print((t?.f()))
print(t:m?.(5))
print(t:q?.(f(5)), t:q?.(5) ?? "default")
n?.x = f(1); n?.f(f(2)); t?.y = f(3); print(t.y)
t:q?.(f(9)); t:m?.(f(8))
n?.x.y += f(1)
local function first() return n?.f(1) end
local function second() return t?.f(1) end
print(select("#", first()), select("#", second()))
-- compound assignment
t.y += 1; t.y *= 10; t["y"] -= 5; print(t.y)
local i = 0
local function key() i += 1; print("key", i); return "k" .. i end
t.k1 = 5; t[key()] += 1; print(t.k1, t.k2, i)
local s = "a"; s ..= "b" .. 1 .. 2; print(s)
o.x ..= "z"
local up = 1; (function() up += 5; up *= 2 end)(); print(up)
-- conditional and coalescing
print(true ? 1 : 2, false ? 1 : 2, nil ? 1 : false ? 2 : 3, (t.m ? t.y : n))
s = n ? f(1) : f(2); s = s ?? f(3); s = n ?? s ? "yes" : "no"; print(s)
print(n ?? 5, false ?? 5, n ?? n ?? 7, (n or false) ?? 1, n ?? false or 3)
-- bit operators
print(5 & 3, 5 | 3, 5 ~ 3, 1 << 31, -1 >> 28, -16 ~>> 2, ~5, 2^32 | 0, 1.5 & 3, 1 << 33)
local x, y = 12, 10; print(x & y, x | y, x ~ y, x << y, x >> 2, -x ~>> 1, ~x, 1 | 2 ~ 3 & 4 << 1 + 1)
x &= 4; y |= 1; print(x, y); x ~= 5; x <<= 2; x >>= 1; x ~>>= 1; print(x)
-- continue
for i = 1, 5 do if i == 2 then continue end if i == 4 then break end print("i", i) end
i = 0; while i < 5 do i += 1; if i == 3 then continue end; print("w", i) end
i = 0; repeat i += 1; local z = i; if i == 2 then continue end; print("r", i) until z >= 4
for k, v in ipairs({1, 2, 3}) do if v == 2 then continue end print(k, v) end
local fs = {}
for i = 1, 4 do local j = i; fs[i] = || -> i * 10 + j; j += 1; if i % 2 == 0 then continue end; j += 1 end
print(fs[1](), fs[2](), fs[3](), fs[4]())
local continue, const = 1, 2; continue = const; print(continue, const)
-- const, short functions, operators with two spellings, digit separators
const k = 5; print(k)
const function cf() return 9 end print(cf())
local sq = x -> x * x; local add = |a, b| -> a + b; local one = || -> 1; local blk = |a, ...| -> do local q = a; return q, ... end
print(sq(4), add(1, 2), one(), blk(3, 4, 5))
local many = || -> t.f(); print(many())
print(1_000_000, 0xff_ff, !true, !nil, 1 != 2, true && nil || 3)
