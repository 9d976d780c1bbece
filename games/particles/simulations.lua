-- The four ways to keep particles. Each simulation has update(dt) and draw().
--
-- All of them move alike: pulled to the centre of the window, turned by a vortex, slowed by drag; one that comes too near
-- starts again at the border. Ways that need something the running program lacks answer nil and the reason.

local has_ffi, ffi = pcall(require, "ffi")

local PULL, SPIN, DRAG, CORE = 60000, 160, 0.35, 14

local simulations = {}

-- Where particle `index` of `count` starts, and how fast it is.
local function birth(index, width, height)
  local angle = index * 2.399963229728653 -- the golden angle spreads them evenly
  local radius = (0.15 + 0.85 * (index * 0.6180339887498949 % 1)) * math.min(width, height) / 2
  return width / 2 + radius * math.cos(angle), height / 2 + radius * math.sin(angle)
end

-- ---- Lua tables, drawn as points from a table of points ----

local Tables = {}
Tables.__index = Tables

function Tables.new(count, width, height)
  local particles, points = {}, {}
  for index = 1, count do
    local x, y = birth(index, width, height)
    particles[index] = { x = x, y = y, vx = 0, vy = 0, life = 1 + index % 7 }
    points[index] = { x, y }
  end
  return setmetatable({ particles = particles, points = points, width = width, height = height }, Tables)
end

function Tables:update(dt)
  local cx, cy = self.width / 2, self.height / 2
  local particles = self.particles
  local keep = 1 - DRAG * dt
  for index = 1, #particles do
    local p = particles[index]
    local dx, dy = cx - p.x, cy - p.y
    local squared = dx * dx + dy * dy + CORE
    local pull = PULL / squared * dt / math.sqrt(squared) * 10
    local spin = SPIN * dt / math.sqrt(squared)
    p.vx = (p.vx + dx * pull - dy * spin) * keep
    p.vy = (p.vy + dy * pull + dx * spin) * keep
    p.x = p.x + p.vx * dt
    p.y = p.y + p.vy * dt
    p.life = p.life - dt
    if p.life < 0 then
      p.x, p.y = birth(index, self.width, self.height)
      p.vx, p.vy, p.life = 0, 0, 7
    end
  end
end

function Tables:draw()
  local particles, points = self.particles, self.points
  for index = 1, #particles do
    local particle, point = particles[index], points[index]
    point[1], point[2] = particle.x, particle.y
  end
  love.graphics.setColor(1, 0.75, 0.35, 0.6)
  love.graphics.points(points)
end

-- ---- FFI structs ----

if has_ffi then
  ffi.cdef [[
    typedef struct { float x, y; uint8_t r, g, b, a; } particle_vertex;
    typedef struct { float vx, vy, life; } particle_motion;
  ]]
end

-- Moves `count` particles whose places are in `vertices` and speeds in `motions`.
local function move(vertices, motions, count, width, height, dt)
  local cx, cy = width / 2, height / 2
  local keep = 1 - DRAG * dt
  for index = 0, count - 1 do
    local v, m = vertices[index], motions[index]
    local dx, dy = cx - v.x, cy - v.y
    local squared = dx * dx + dy * dy + CORE
    local pull = PULL / squared * dt / math.sqrt(squared) * 10
    local spin = SPIN * dt / math.sqrt(squared)
    m.vx = (m.vx + dx * pull - dy * spin) * keep
    m.vy = (m.vy + dy * pull + dx * spin) * keep
    v.x = v.x + m.vx * dt
    v.y = v.y + m.vy * dt
    m.life = m.life - dt
    if m.life < 0 then
      v.x, v.y = birth(index, width, height)
      m.vx, m.vy, m.life = 0, 0, 7
    end
  end
end

local function fill(vertices, motions, count, width, height)
  for index = 0, count - 1 do
    local v = vertices[index]
    v.x, v.y = birth(index, width, height)
    v.r, v.g, v.b, v.a = 255, 140 + index % 100, 70 + index % 60, 150
    motions[index].life = 1 + index % 7
  end
end

local FORMAT = { { "VertexPosition", "float", 2 }, { "VertexColor", "byte", 4 } }

local Structs = {}
Structs.__index = Structs

-- The structs lie in a ByteData, from which the mesh takes its vertices without a conversion.
function Structs.new(count, width, height)
  local self = setmetatable({ count = count, width = width, height = height }, Structs)
  self.data = love.data.newByteData(count * ffi.sizeof("particle_vertex"))
  self.vertices = ffi.cast("particle_vertex *", self.data:getFFIPointer())
  self.motions = ffi.new("particle_motion[?]", count)
  fill(self.vertices, self.motions, count, width, height)
  self.mesh = love.graphics.newMesh(FORMAT, count, "points", "stream")
  return self
end

function Structs:update(dt)
  move(self.vertices, self.motions, self.count, self.width, self.height, dt)
end

function Structs:draw()
  self.mesh:setVertices(self.data)
  love.graphics.setColor(1, 1, 1)
  love.graphics.draw(self.mesh)
end

local offers = {
  tables = function() return true end,
  structs = function()
    if not has_ffi then return nil, "the FFI is switched off" end
    return true
  end,
  mapped = function() return nil, "needs love.graphics.newBuffer with a mapped struct type" end,
  compute = function() return nil, "needs compute shaders" end,
}
local constructors = { tables = Tables.new, structs = Structs.new }

-- Whether the running program can do it; else nil and the reason.
function simulations.is_offered(name)
  local offer = offers[name]
  if not offer then return nil, "there is no such way" end
  return offer()
end

-- A simulation of `count` particles in a window of that size; nil and the reason if it is not offered.
function simulations.new(name, count, width, height)
  local is_offered, reason = simulations.is_offered(name)
  if not is_offered then return nil, reason end
  return constructors[name](count, width, height)
end

return simulations
