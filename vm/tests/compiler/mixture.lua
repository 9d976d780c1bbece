local a, b = 1, 2
local c = a + b * 2 - (3 + 4)
print(c, a and b or c, not a, a == 1, a < b and 5 or 6)
local t = {x = 1, y = 2, 10, 20, [a] = 3, z = f(), g()}
t.x, t[1], t[a] = t.y, t[b], nil
for i = 1, 10 do local q = i; print(function() return q end) if i > 5 then break end end
for k, v in pairs(t) do print(k, v) end
for l in io.lines() do print(l) end
while a < 10 do a = a + 1 end
repeat local z = a; a = a - 1; local f = function() return z end until z < 3
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
function t.m.n:foo(...) local s = self; return self:bar(...), s, ... end
a += 1; t.x -= 2; t[a] ..= "x" .. b
local d = t?.x?.y(3) ?? 7
t?.foo(1)
local e = a ? b : c
c = a ? b : c
do local x; ::top:: x = 1; if x then goto done end; goto top; ::done:: end
return fact(3)
