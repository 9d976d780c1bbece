-- Building strings: concatenation in a loop, number to string, table.concat, format.
local rounds = tonumber((...)) or 1500
local total = 0
for round = 1, rounds do
  local text = ""
  for i = 1, 300 do text = text .. i .. "," end
  local parts = {}
  for i = 1, 300 do parts[#parts + 1] = "[" .. i * round .. "]" end
  local joined = table.concat(parts, ";")
  local formatted = ""
  for i = 1, 60 do formatted = formatted .. ("%d:%s "):format(i, joined:sub(i, i + 3)) end
  total = total + #text + #joined + #formatted
end
print(total)
