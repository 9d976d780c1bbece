-- table.sort with and without a comparator, on numbers, strings and records.
local rounds = tonumber((...)) or 24
local seed = 42
local function random()
  seed = (seed * 16807) % 2147483647
  return seed
end
local sum = 0
for _ = 1, rounds do
  local numbers, records, names = {}, {}, {}
  for i = 1, 8000 do
    numbers[i] = random()
    records[i] = {key = random() % 1000, order = i}
    if i <= 3000 then names[i] = "n" .. random() % 100000 end
  end
  table.sort(numbers)
  table.sort(numbers, function(a, b) return a > b end)
  table.sort(records, function(a, b)
    if a.key ~= b.key then return a.key < b.key end
    return a.order < b.order
  end)
  table.sort(names)
  sum = (sum + numbers[1] + records[100].order + #names[1]) % 1000000007
end
print(sum)
