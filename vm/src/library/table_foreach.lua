-- table.foreach: calls a function for each entry until it answers something.
local primitives = ...
local next = primitives.next
return function(t, visit)
  for key, value in next, t do
    local result = visit(key, value)
    if result ~= nil then return result end
  end
end
