-- 100,000 particles in an array of C structures.
local ffi = require("ffi")
local rounds = tonumber((...)) or 30
ffi.cdef "typedef struct { float x, y, vx, vy, life; } particle;"
local n = 100000
local particles = ffi.new("particle[?]", n)
for i = 0, n - 1 do
  local p = particles[i]
  p.x, p.y, p.vx, p.vy, p.life = i % 640, i % 480, i % 7 - 3, i % 5 - 2, i % 100
end
local function update(particles, n, dt)
  for i = 0, n - 1 do
    local p = particles[i]
    p.x = p.x + p.vx * dt
    p.y = p.y + p.vy * dt
    p.life = p.life - dt
    if p.life < 0 then p.life = 100 end
  end
end
for round = 1, rounds do update(particles, n, 1 / 64) end
local sum = 0
for i = 0, n - 1 do sum = sum + particles[i].x + particles[i].y end
print(("%.3f"):format(sum))
