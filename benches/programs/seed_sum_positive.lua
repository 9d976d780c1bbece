-- An array of numbers only: the sum of those above zero.
local rounds = tonumber((...)) or 4500
local numbers = {}
for i = 1, 10000 do numbers[i] = (i * 37 % 101) - 50 end

local function sum_positive(list)
  local sum = 0
  for i = 1, #list do
    local value = list[i]
    if value > 0 then sum = sum + value end
  end
  return sum
end

local total = 0
for _ = 1, rounds do total = total + sum_positive(numbers) end
print(total)
