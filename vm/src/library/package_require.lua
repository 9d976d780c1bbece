-- The Lua part of require: asks the searchers in order, runs the loader, keeps its value.
local package = ...
local loaded = package.loaded
local type, error = type, error
local sentinel = {}

return function(name)
  local module = loaded[name]
  if module then
    if module == sentinel then
      error("loop or previous error loading module '" .. name .. "'", 2)
    end
    return module
  end
  local searchers = package.loaders
  if type(searchers) ~= "table" then
    error("'package.loaders' must be a table", 2)
  end
  local tried, index = "", 1
  local loader
  while true do
    local searcher = searchers[index]
    if searcher == nil then
      error("module '" .. name .. "' not found:" .. tried, 2)
    end
    loader = searcher(name)
    if type(loader) == "function" then break end
    if type(loader) == "string" then tried = tried .. loader end
    index = index + 1
  end
  loaded[name] = sentinel
  local value = loader(name)
  if value ~= nil then loaded[name] = value end
  if loaded[name] == sentinel then loaded[name] = true end
  return loaded[name]
end
