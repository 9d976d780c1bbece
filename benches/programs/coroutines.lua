-- Coroutines: generators, a pipeline of three, and many short-lived ones.
local rounds = tonumber((...)) or 2000000
local yield, wrap = coroutine.yield, coroutine.wrap

local function numbers(n) return wrap(function() for i = 1, n do yield(i) end end) end
local function filtered(source) return wrap(function() for value in source do if value % 3 ~= 0 then yield(value) end end end) end
local function squared(source) return wrap(function() for value in source do yield(value * value % 1000) end end) end

local sum = 0
for value in squared(filtered(numbers(rounds))) do sum = sum + value end
for i = 1, rounds / 10 do
  local co = wrap(function(a) local b = yield(a + 1) return b * 2 end)
  sum = sum + co(i) + co(3)
end
print(sum)
