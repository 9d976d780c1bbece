-- A steady load of mixed sizes, 50 MB and more live: strings, small and large tables, closures; members replaced at random.
local count = tonumber(arg[1]) or 150000
local rounds = tonumber(arg[2]) or 3000000
local seed = 42
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local makers = {
  function(i) return {x = i, y = i, vx = 1, vy = 2, life = 3} end,
  function(i) return ("%d:"):format(i) .. ("x"):rep(random(300)) end,
  function(i) local t = {} for k = 1, random(60) do t[k] = k end return t end,
  function(i) return function() return i end end,
  function(i) local t = {} for k = 1, random(12) do t["k" .. k] = k end return t end,
  function(i) return {i, {i, {i}}} end,
  function(i) local t = {} for k = 1, random(20) do t[k * 1000 + 0.5] = k end return t end,
  function(i) return random(50) == 1 and ("y"):rep(random(100000)) or ("z"):rep(random(30)) .. i end,
}
local live = {}
for i = 1, count do live[i] = makers[i % #makers + 1](i) end
for i = 1, rounds do live[random(count)] = makers[random(#makers)](i) end
print(collectgarbage("count"))
