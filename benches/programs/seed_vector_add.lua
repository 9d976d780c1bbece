-- Temporary tables that do not escape: vectors added twice.
local rounds = tonumber((...)) or 1200000

local function vector_add(a, b) return {x = a.x + b.x, y = a.y + b.y} end

local position, velocity = {x = 0, y = 0}, {x = 1, y = 0.5}
for i = 1, rounds do
  local step = vector_add(velocity, {x = i % 2, y = 0})
  position = vector_add(position, step)
end
print(("%.1f %.1f"):format(position.x, position.y))
