function love.conf(t)
  t.identity = "rlove-behaviour"
  t.version = "11.4"
  t.window.width = 320
  t.window.height = 240
end

--- A value as text that is the same in both programs.
local function plain(value)
  if type(value) == "number" then
    return string.format("%.6g", value)
  elseif type(value) == "table" then
    local parts = {}
    for i, item in ipairs(value) do
      parts[i] = plain(item)
    end
    local named = {}
    for key, item in pairs(value) do
      if type(key) == "string" then
        named[#named + 1] = key .. "=" .. plain(item)
      end
    end
    table.sort(named)
    for _, text in ipairs(named) do
      parts[#parts + 1] = text
    end
    return "{" .. table.concat(parts, ", ") .. "}"
  elseif type(value) == "userdata" then
    return value.type and value:type() or "userdata"
  elseif type(value) == "string" then
    return string.format("%q", value)
  end
  return tostring(value)
end

--- Prints the results of a call, or its error without the position.
function show(name, f, ...)
  local results = { n = 0 }
  local function collect(...)
    results.n = select("#", ...)
    for i = 1, results.n do
      results[i] = select(i, ...)
    end
  end
  collect(pcall(f, ...))
  if results[1] then
    local parts = {}
    for i = 2, results.n do
      parts[#parts + 1] = plain(results[i])
    end
    print(name .. ": " .. table.concat(parts, " "))
  else
    print(name .. " fails: " .. (tostring(results[2]):gsub("^[^:]*:%d+: ", "")))
  end
end

--- Calls methods one after the other: each(object, "getWidth", "getHeight", {"setFilter", "nearest"}).
function each(object, ...)
  for _, call in ipairs({ ... }) do
    if type(call) == "string" then
      call = { call }
    end
    show(call[1], object[call[1]], object, unpack(call, 2))
  end
end
