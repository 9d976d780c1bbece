-- The same particles, fewer of them, removed with table.remove from the middle.
local count, frames = tonumber((...)) or 12000, 120
local seed = 7
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end
local function spawn() return {x = random() * 800, y = random() * 600, vx = random() * 100 - 50, vy = random() * 100 - 50, life = 0.2 + random() * 5} end

local particles = {}
for i = 1, count do particles[i] = spawn() end
local dt, died = 1 / 60, 0
for _ = 1, frames do
  for i = #particles, 1, -1 do
    local p = particles[i]
    p.life = p.life - dt
    p.x, p.y = p.x + p.vx * dt, p.y + p.vy * dt
    if p.life <= 0 then
      table.remove(particles, i)
      died = died + 1
    end
  end
  while #particles < count do table.insert(particles, spawn()) end
end
local sum = 0
for i = 1, #particles do sum = sum + particles[i].x end
print(died, ("%.4f"):format(sum))
