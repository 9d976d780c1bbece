-- A 2D physics step: circles in a box, found by a grid, pushed apart, with impulses.
local count, steps = tonumber((...)) or 600, 500
local floor, sqrt = math.floor, math.sqrt
local width, height, cell = 800, 600, 24
local seed = 99
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end
local bodies = {}
for i = 1, count do
  bodies[i] = {x = 20 + random() * 760, y = 20 + random() * 560, vx = random() * 200 - 100, vy = random() * 200 - 100, radius = 4 + random() * 7}
end

local function collide(a, b)
  local dx, dy = b.x - a.x, b.y - a.y
  local reach = a.radius + b.radius
  local d2 = dx * dx + dy * dy
  if d2 >= reach * reach or d2 == 0 then return 0 end
  local d = sqrt(d2)
  local nx, ny, push = dx / d, dy / d, (reach - d) * 0.5
  a.x, a.y, b.x, b.y = a.x - nx * push, a.y - ny * push, b.x + nx * push, b.y + ny * push
  local along = (b.vx - a.vx) * nx + (b.vy - a.vy) * ny
  if along < 0 then
    local impulse = along * 0.95
    a.vx, a.vy, b.vx, b.vy = a.vx + impulse * nx, a.vy + impulse * ny, b.vx - impulse * nx, b.vy - impulse * ny
  end
  return 1
end

local contacts, columns = 0, floor(width / cell) + 3
for _ = 1, steps do
  local grid = {}
  for i = 1, count do
    local body = bodies[i]
    body.vy = body.vy + 200 / 60
    body.x, body.y = body.x + body.vx / 60, body.y + body.vy / 60
    local r = body.radius
    if body.x < r then body.x, body.vx = r, -body.vx * 0.9 elseif body.x > width - r then body.x, body.vx = width - r, -body.vx * 0.9 end
    if body.y < r then body.y, body.vy = r, -body.vy * 0.9 elseif body.y > height - r then body.y, body.vy = height - r, -body.vy * 0.9 end
    local key = floor(body.y / cell + 1) * columns + floor(body.x / cell + 1)
    body.key = key
    local list = grid[key]
    if list then list[#list + 1] = body else grid[key] = {body} end
  end
  for i = 1, count do
    local body = bodies[i]
    for row = -columns, columns, columns do
      for column = -1, 1 do
        local list = grid[body.key + row + column]
        if list then
          for k = 1, #list do
            if list[k] ~= body then contacts = contacts + collide(body, list[k]) end
          end
        end
      end
    end
  end
end
local sum = 0
for i = 1, count do sum = sum + bodies[i].y end
print(contacts, ("%.3f"):format(sum))
