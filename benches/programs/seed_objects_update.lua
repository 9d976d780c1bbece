-- Fields of objects in an array, each read and written twice.
local rounds = tonumber((...)) or 900
local objects = {}
for i = 1, 10000 do objects[i] = {x = i, y = -i, vx = i % 5, vy = i % 3} end

local function update(list, dt)
  for i = 1, #list do
    list[i].x = list[i].x + list[i].vx * dt
    list[i].y = list[i].y + list[i].vy * dt
  end
end

for _ = 1, rounds do update(objects, 1 / 64) end
local sum = 0
for i = 1, #objects do sum = sum + objects[i].x + objects[i].y end
print(("%.4f"):format(sum))
