local function e(f) print(pcall(f)) end
local t = {a = 5, n = {}}
e(function() local x = t.a.c.d; return x end)
e(function() local x = t.a?.c.d(); return x end)
e(function() return t.z.c.d end)
e(function() print(t.z.c?.d) end)
e(function() t.z.c?.d = 1 end)
e(function() t.n?.d.x = 1 end)
e(function() t.a?.d() end)
e(function() t.n?.d() end)
e(function() local q = t.n?.e.d() end)
e(function() local q = t.n?.e:d() end)
e(function() local q = t.n:f() end)
e(function() local q = undefined?.x + 1 end)
e(function() local q; q += 1 end)
e(function() local q; q.x += 1 end)
e(function() t.x += 1 end)
e(function() t.n.x ..= "a" end)
e(function() undefined -= 1 end)
e(function() return t ? t.q.x : 1 end)
e(function() return (t.q ?? t.z).x end)
e(function() return t.n & 1 end)
e(function() local q = {} return ~q end)
e(function() local q = {} return 1 << q end)
for _, source in ipairs {
  "const a = 1; a = 2", "const a = 1\nlocal a", "const a = 1; local function f() a += 1 end", "const a, a = 1",
  "do continue end", "repeat if x then continue end local y until y", "a ? b", "a?.b, c = 1, 2", "x = |a b| -> 1",
  "local a = 1 !", "a ^= 1", "a == 1", "f() += 1", "x = a ?", "x = 1 = 2", "x = y -> ", "const = 1; continue = const",
} do
  print(select(2, loadstring(source, "=source")))
end
