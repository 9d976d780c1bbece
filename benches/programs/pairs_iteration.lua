-- Iteration: pairs over records and arrays, ipairs, next, and a generic for with a closure.
local rounds = tonumber((...)) or 120000
local record, array = {}, {}
for i = 1, 20 do record["field" .. i] = i array[i] = i * 2 end

local function each(list)
  local i = 0
  return function() i = i + 1 return list[i] end
end

local sum = 0
for _ = 1, rounds do
  for _, value in pairs(record) do sum = sum + value end
  for index, value in ipairs(array) do sum = sum + index * value end
  for value in each(array) do sum = sum - value end
  local key, value = next(record)
  while key do
    sum = sum - value
    key, value = next(record, key)
  end
end
print(sum)
