-- table.foreachi: calls a function for elements 1 .. count until it answers something.
local primitives = ...
local rawget = primitives.rawget
return function(t, visit, count)
  for index = 1, count do
    local result = visit(index, rawget(t, index))
    if result ~= nil then return result end
  end
end
