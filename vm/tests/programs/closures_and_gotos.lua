local fs = {}
for i = 1, 5 do
  local j = i * 10
  fs[#fs + 1] = function() j = j + 1 return i, j end
  if i == 2 then goto continue end
  do local k = j; fs[#fs + 1] = function() k = k + 1 return "k", k end end
  if i == 4 then break end
  ::continue::
end
for n, f in ipairs(fs) do print(n, f()) end
for n, f in ipairs(fs) do print(n, f()) end
local n, kept = 0, {}
while true do
  local v = n
  n = n + 1
  kept[n] = function(w) if w then v = w end return v end
  if n >= 3 then break end
end
kept[1](100); print(kept[1](), kept[2](), kept[3]())
n, kept = 0, {}
repeat local v = n; n = n + 1; kept[n] = function() v = v + 1 return v end until v >= 2
print(kept[1](), kept[1](), kept[2](), kept[3]())
do
  local k = 0
  ::again::
  local v = k
  kept[k] = function() v = v + 1 return v end
  k = k + 1
  if k < 3 then goto again end
end
print(kept[0](), kept[0](), kept[1](), kept[2]())
local function early(x)
  local get = function() return x end
  for i = 1, 3 do local y = i; local inner = function() return x + y end; if i == x then return inner, get, inner() end end
  return get, get()
end
local inner, get, value = early(2); print(inner(), get(), value, select(2, early(9)))
local function outer() local a = 1; local function f() a = a + 1 return a end; return f, function() return a end, a, f(), a end
local f, g, a1, a2, a3 = outer(); print(a1, a2, a3, f(), g())
local function loop(...) local s = 0; for _, v in ipairs({...}) do s = s + v; if s > 5 then goto out end end ::out:: return s, ... end
print(loop(1, 2, 3, 4))
do goto skip; local never = 1; ::skip:: end
do local i = 1; ::top:: if i < 3 then i = i + 1; goto top end; print(i) end
local function even(n) if n == 0 then return true end return even(n - 1) end
print(even(100000))
