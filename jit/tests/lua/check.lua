-- The helper of every file here: local check, show, run, done = dofile("check.lua")
--
-- check(name, got, expected) counts and compares two strings. show(...) turns values into a string that hides nothing
-- (signs of zero, bytes, holes) and shows no addresses. run(source) loads and calls a chunk named "chunk" and shows
-- what pcall says. done(file) prints the count; the expected strings were taken from runs of luajit.

local type, tostring, select, floor, format = type, tostring, select, math.floor, string.format
local concat, sort, rawget, next = table.concat, table.sort, rawget, next
local count, failed = 0, 0

local function check(name, got, expected)
  count = count + 1
  if got ~= expected then
    failed = failed + 1
    print("FAIL " .. name .. "\n  got      " .. tostring(got) .. "\n  expected " .. tostring(expected))
  end
end

local function show_number(number)
  if number ~= number then return "nan" end
  if number == 0 then return 1 / number < 0 and "-0" or "0" end
  if number == floor(number) and number > -1e15 and number < 1e15 then return format("%d", number) end
  return format("%.17g", number)
end

local function show_string(text)
  return '"' .. text:gsub('[%c"\\\128-\255]', function(byte) return format("\\%03d", byte:byte()) end) .. '"'
end

local show_value

local function show_table(value, depth)
  if depth > 3 then return "{...}" end
  local parts, length = {}, 0
  while rawget(value, length + 1) ~= nil do
    length = length + 1
    parts[length] = show_value(rawget(value, length), depth + 1)
  end
  local keyed = {}
  for key, item in next, value do
    local counted = type(key) == "number" and key >= 1 and key <= length and key == floor(key)
    if not counted then
      keyed[#keyed + 1] = "[" .. show_value(key, depth + 1) .. "]=" .. show_value(item, depth + 1)
    end
  end
  sort(keyed)
  for index = 1, #keyed do parts[length + index] = keyed[index] end
  return "{" .. concat(parts, ",") .. "}"
end

function show_value(value, depth)
  local kind = type(value)
  if kind == "number" then return show_number(value) end
  if kind == "string" then return show_string(value) end
  if kind == "table" then return show_table(value, depth) end
  if kind == "nil" or kind == "boolean" then return tostring(value) end
  return kind
end

local function show(...)
  local parts = {}
  for index = 1, select("#", ...) do parts[index] = show_value((select(index, ...)), 1) end
  return concat(parts, " ")
end

local function run(source)
  local chunk, message = loadstring(source, "=chunk")
  if not chunk then return show(nil, message) end
  return show(pcall(chunk))
end

local function done(file)
  print(file .. ": " .. count .. " checks, " .. failed .. " failed")
end

return check, show, run, done
