-- A parser and writer of JSON in plain Lua, on a document of some 60 KB.
local rounds = tonumber((...)) or 45

local escapes = {b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/"}
local parse_value

local function skip(text, at) return text:find("[^ \n\r\t]", at) or #text + 1 end

local function parse_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from)
    if not stop then error("unfinished string at " .. at) end
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:byte(stop) == 34 then return table.concat(parts), stop + 1 end
    parts[#parts + 1] = escapes[text:sub(stop + 1, stop + 1)] or "?"
    from = stop + 2
  end
end

local function parse_array(text, at)
  local list, count = {}, 0
  at = skip(text, at + 1)
  if text:byte(at) == 93 then return list, at + 1 end
  while true do
    count = count + 1
    list[count], at = parse_value(text, at)
    at = skip(text, at)
    local byte = text:byte(at)
    if byte == 93 then return list, at + 1 end
    if byte ~= 44 then error("',' or ']' expected at " .. at) end
    at = skip(text, at + 1)
  end
end

local function parse_object(text, at)
  local object, key = {}, nil
  at = skip(text, at + 1)
  if text:byte(at) == 125 then return object, at + 1 end
  while true do
    key, at = parse_string(text, at)
    at = skip(text, at)
    if text:byte(at) ~= 58 then error("':' expected at " .. at) end
    object[key], at = parse_value(text, skip(text, at + 1))
    at = skip(text, at)
    local byte = text:byte(at)
    if byte == 125 then return object, at + 1 end
    if byte ~= 44 then error("',' or '}' expected at " .. at) end
    at = skip(text, at + 1)
  end
end

function parse_value(text, at)
  local byte = text:byte(at)
  if byte == 123 then return parse_object(text, at) end
  if byte == 91 then return parse_array(text, at) end
  if byte == 34 then return parse_string(text, at) end
  if byte == 116 then return true, at + 4 end
  if byte == 102 then return false, at + 5 end
  if byte == 110 then return nil, at + 4 end
  local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not digits then error("value expected at " .. at) end
  return tonumber(digits), at + #digits
end

local function write(value, out)
  local kind = type(value)
  if kind == "table" then
    if value[1] ~= nil then
      out[#out + 1] = "["
      for i = 1, #value do
        if i > 1 then out[#out + 1] = "," end
        write(value[i], out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, key in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        out[#out + 1] = '"' .. key .. '":'
        write(value[key], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = '"' .. value:gsub('["\\\n]', {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n"}) .. '"'
  elseif kind == "number" then
    out[#out + 1] = ("%.14g"):format(value)
  else
    out[#out + 1] = tostring(value)
  end
end

local items = {}
for i = 1, 400 do
  items[i] = ('{"id": %d, "name": "item number %d", "price": %.2f, "tags": ["a\\"b", "c\\n", "tag%d"], "in_stock": %s, "nested": {"x": %d, "y": -%d.5e1, "list": [1, 2, 3, %d]}}')
    :format(i, i, i * 1.25, i % 7, i % 2 == 0 and "true" or "false", i, i, i)
end
local document = '{"version": 1, "items": [' .. table.concat(items, ",\n  ") .. "]}"

local length, sum = 0, 0
for _ = 1, rounds do
  local value = parse_value(document, 1)
  local out = {}
  write(value, out)
  local text = table.concat(out)
  length = #text
  for _, item in ipairs(value.items) do sum = sum + item.price + item.nested.list[4] + #item.tags[1] end
end
print(length, ("%.2f"):format(sum))
