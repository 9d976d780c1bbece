-- 100,000 particles as tables: update, bounce, die, with removal by swapping the last one in.
local count, frames = tonumber((...)) or 100000, 40
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
  local i, alive = 1, #particles
  while i <= alive do
    local p = particles[i]
    p.life = p.life - dt
    if p.life <= 0 then
      particles[i] = particles[alive]
      particles[alive] = nil
      alive = alive - 1
      died = died + 1
    else
      p.x, p.y = p.x + p.vx * dt, p.y + p.vy * dt
      if p.x < 0 or p.x > 800 then p.vx = -p.vx end
      if p.y < 0 or p.y > 600 then p.vy = -p.vy end
      i = i + 1
    end
  end
  for _ = alive + 1, count do particles[#particles + 1] = spawn() end
end
local sum = 0
for i = 1, #particles do sum = sum + particles[i].x end
print(died, ("%.4f"):format(sum))
