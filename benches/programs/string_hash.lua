-- Strings as keys: counting words that are cut out of a text, and keys that are made up.
local rounds = tonumber((...)) or 230
local parts = {}
for i = 1, 4000 do parts[i] = "word" .. (i * i * 31 % 977) end
local text = table.concat(parts, " ")

local sum = 0
for round = 1, rounds do
  local counts, distinct = {}, 0
  for word in text:gmatch("%S+") do
    local n = counts[word]
    if not n then distinct = distinct + 1 end
    counts[word] = (n or 0) + 1
  end
  for i = 1, 4000 do
    local key = "k" .. i % 500 .. "_" .. round % 3
    counts[key] = (counts[key] or 0) + i
  end
  sum = sum + distinct + counts.word1 + counts["k7_" .. round % 3]
end
print(sum)
