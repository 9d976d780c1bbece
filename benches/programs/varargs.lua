-- Variable arguments: select, packing into tables, unpacking, passing on.
local rounds = tonumber((...)) or 1000000
local unpack = unpack or table.unpack
local select = select

local function sum_select(...)
  local sum = 0
  for i = 1, select("#", ...) do sum = sum + (select(i, ...)) end
  return sum
end
local function sum_table(...)
  local sum, list = 0, {...}
  for i = 1, #list do sum = sum + list[i] end
  return sum
end
local function pass_on(f, ...) return f(...) end
local function swap(a, b, ...) return b, a, ... end

local sum, list = 0, {1, 2, 3, 4, 5}
for i = 1, rounds do
  sum = sum + sum_select(i, 1, 2, 3) + sum_table(1, 2, i) + pass_on(sum_select, i, i)
  local a, b, c = swap(unpack(list))
  sum = sum + a - b + c
end
print(sum)
