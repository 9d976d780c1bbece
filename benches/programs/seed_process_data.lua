-- A loop over records whose branch is taken rarely: the sum of the items, clamped.
local rounds = tonumber((...)) or 1400
local items = {}
for i = 1, 10000 do items[i] = {value = i % 103} end

local function process_data(list)
  local sum = 0
  for i = 1, #list do
    local value = list[i].value
    if value > 100 then value = 100 end
    sum = sum + value
  end
  return sum
end

local total = 0
for _ = 1, rounds do total = total + process_data(items) end
print(total)
