-- module(name, ...): Lua 5.1's way to make a module table and work in it.
local package = ...
local loaded = package.loaded
local type, error, setfenv, _G, select = type, error, setfenv, _G, select

local function table_at(path)
  local place = _G
  for name in path:gmatch("[^.]+") do
    local next_place = place[name]
    if next_place == nil then
      next_place = {}
      place[name] = next_place
    elseif type(next_place) ~= "table" then
      return nil
    end
    place = next_place
  end
  return place
end

return function(name, ...)
  if type(name) ~= "string" then
    error("bad argument #1 to 'module' (string expected, got " .. type(name) .. ")", 2)
  end
  local module = loaded[name]
  if type(module) ~= "table" then
    module = table_at(name)
    if not module then error("name conflict for module '" .. name .. "'", 2) end
    loaded[name] = module
  end
  if module._NAME == nil then
    module._M = module
    module._NAME = name
    module._PACKAGE = name:match("^(.*%.)[^.]*$") or ""
  end
  setfenv(2, module)
  for index = 1, select("#", ...) do
    local option = select(index, ...)
    option(module)
  end
end
