local t = ...
for i = 1, #t do f(t[i]) end
for i = 10, 1, -2 do if i then continue end end
for k, v in pairs(t) do f(k, v) end
for k in next, t do f(k) end
for line in io.lines() do f(line) end
for a, b, c in g, t do end
while t do t = t.next end
repeat local x = f() until x == 1
repeat until t
while t do if t.x then break end; if t.y then continue end; f() end
