-- require: what package.loaded has, or what the first loader that finds the module gives.
local primitives = ...
local fail, type, package, loaded, sentinel =
  primitives.fail, primitives.type, primitives.package, primitives.loaded, primitives.sentinel
return function(name)
  local value = loaded[name]
  if value then
    if value == sentinel then
      fail("loop or previous error loading module '" .. name .. "'")
    end
    return value
  end
  local loaders = package.loaders
  if type(loaders) ~= "table" then fail("'package.loaders' must be a table") end
  local missed, index, loader = "", 1, nil
  while true do
    loader = loaders[index]
    if loader == nil then fail("module '" .. name .. "' not found:" .. missed) end
    loader = loader(name)
    local kind = type(loader)
    if kind == "function" then break end
    if kind == "string" then missed = missed .. loader end
    index = index + 1
  end
  loaded[name] = sentinel
  value = loader(name)
  if value ~= nil then loaded[name] = value end
  if loaded[name] == sentinel then loaded[name] = true end
  return loaded[name]
end
