-- Work in a loop that does not change there.
local rounds = tonumber((...)) or 2500
local data = {}
for i = 1, 10000 do data[i] = i / 3 end

local function scale(list, multiplier, offset)
  local sum = 0
  for i = 1, #list do sum = sum + list[i] * (multiplier * 2.5 + offset) end
  return sum
end

local total = 0
for round = 1, rounds do total = total + scale(data, round % 7, 0.25) end
print(("%.4f"):format(total))
