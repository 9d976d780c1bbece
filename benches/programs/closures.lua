-- Closures made and called: folds, composition, counters with shared upvalues.
local rounds = tonumber((...)) or 500000

local function compose(f, g) return function(x) return f(g(x)) end end
local function adder(k) return function(x) return x + k end end
local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end
end
local function fold(list, start, f)
  local result = start
  for i = 1, #list do result = f(result, list[i]) end
  return result
end

local list, sum = {1, 2, 3, 4}, 0
for i = 1, rounds do
  local f = compose(adder(i), adder(1))
  local count, get = counter()
  count() count()
  sum = sum + f(1) + get() + fold(list, 0, function(a, b) return a + b * i end)
end
print(("%d"):format(sum))
