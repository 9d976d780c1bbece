-- Lua patterns: find, match, gmatch and gsub with strings, tables and functions.
local rounds = tonumber((...)) or 330
local lines = {}
for i = 1, 200 do
  lines[i] = ("2024-%02d-%02d [level%d] user%d@example%d.org said \"hello %d\" in %d.%03d ms"):format(i % 12 + 1, i % 28 + 1, i % 4, i, i % 9, i * 3, i, i)
end
local text = table.concat(lines, "\n")
local capital = {hello = "HELLO", said = "SAID", level1 = "L1"}

local sum = 0
for _ = 1, rounds do
  for line in text:gmatch("[^\n]+") do
    local year, month, day = line:match("^(%d+)-(%d+)-(%d+)")
    local user, host = line:match("(%w+)@([%w.]+)")
    local quoted = line:match('"(.-)"')
    sum = sum + year + month * day + #user + #host + #quoted
    if line:find("level3", 1, true) then sum = sum + 1 end
    if line:find("%d+%.%d+ ms$") then sum = sum + 2 end
  end
  local replaced, count = text:gsub("%a+", capital)
  sum = sum + count + #replaced
  replaced, count = text:gsub("(%d+)%.(%d+)", "%2,%1")
  sum = sum + count + #replaced
  replaced, count = text:gsub("%s+", function(space) return #space == 1 and " " or "_" end)
  sum = sum + count + #replaced
end
print(sum)
