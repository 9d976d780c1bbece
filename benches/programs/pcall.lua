-- Protected calls: without errors, with errors of strings and tables, and nested ones.
local rounds = tonumber((...)) or 700000
local pcall, error = pcall, error

local function fine(a, b) return a + b, a end
local function failing(a) if a % 8 == 0 then error({code = a}) end return a end
local function nested(a)
  local ok, value = pcall(failing, a)
  if not ok then error(value, 0) end
  return value
end

local sum, errors = 0, 0
for i = 1, rounds do
  local _, a, b = pcall(fine, i, 1)
  sum = sum + a - b
  local ok, value = pcall(nested, i)
  if ok then sum = sum + value % 7 else errors = errors + 1 sum = sum + value.code % 5 end
end
local texts = 0
for i = 1, rounds / 20 do
  local ok, message = pcall(function() local t = nil return t.x end)
  if not ok then texts = texts + #message % 3 * 0 + 1 end
end
print(sum, errors, texts)
