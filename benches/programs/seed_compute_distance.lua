-- The same fields read again and again in one expression.
local rounds = tonumber((...)) or 900
local points = {}
for i = 1, 5000 do points[i] = {x = i * 0.5, y = i % 50} end

local function compute_distance(list)
  local total = 0
  for i = 2, #list do
    total = total + math.sqrt((list[i].x - list[i - 1].x) * (list[i].x - list[i - 1].x)
      + (list[i].y - list[i - 1].y) * (list[i].y - list[i - 1].y))
  end
  return total
end

local sum = 0
for _ = 1, rounds do sum = sum + compute_distance(points) end
print(("%.4f"):format(sum))
