-- module: makes a table the environment of the calling chunk and runs the options on it.
-- `prepare` finds or makes the table, `enter` sets the environment of the caller.
local primitives = ...
local prepare, enter, select = primitives.prepare, primitives.enter, primitives.select
return function(name, ...)
  local module = prepare(name)
  enter(module)
  for index = 1, select("#", ...) do
    local option = select(index, ...)
    option(module)
  end
end
