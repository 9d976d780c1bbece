-- Spheres with reflections; every vector is a vec3 metatype, with temporaries as a user would write them.
local ffi = require("ffi")
local width = tonumber((...)) or 96
local height = math.floor(width * 3 / 4)
ffi.cdef "typedef struct { double x, y, z; } vec3;"
local vec3
local methods = {}
vec3 = ffi.metatype("vec3", {
  __add = function(u, v) return vec3(u.x + v.x, u.y + v.y, u.z + v.z) end,
  __sub = function(u, v) return vec3(u.x - v.x, u.y - v.y, u.z - v.z) end,
  __mul = function(u, s) return vec3(u.x * s, u.y * s, u.z * s) end,
  __index = methods,
})
function methods:dot(v) return self.x * v.x + self.y * v.y + self.z * v.z end
function methods:unit() return self * (1 / math.sqrt(self:dot(self))) end

local spheres = {}
for i = 1, 8 do spheres[i] = {center = vec3(i * 0.9 - 4, (i % 3) * 0.6 - 0.6, 5 + i % 2), radius = 0.5, colour = vec3(0.3 + i * 0.08, 0.9 - i * 0.07, 0.5)} end
local light = vec3(-0.5, 1, -0.6):unit()

local function nearest(origin, direction)
  local best, found = math.huge, nil
  for i = 1, #spheres do
    local sphere = spheres[i]
    local oc = origin - sphere.center
    local half = oc:dot(direction)
    local root = half * half - oc:dot(oc) + sphere.radius * sphere.radius
    if root > 0 then
      local t = -half - math.sqrt(root)
      if t > 1e-4 and t < best then best, found = t, sphere end
    end
  end
  return found, best
end
local function trace(origin, direction, depth)
  local sphere, t = nearest(origin, direction)
  if not sphere then return vec3(0.5, 0.7, 1) * (0.5 + 0.5 * direction.y) end
  local point = origin + direction * t
  local normal = (point - sphere.center):unit()
  local facing = normal:dot(light)
  local colour = sphere.colour * (0.1 + (facing > 0 and not nearest(point, light) and facing or 0))
  if depth == 0 then return colour end
  return colour * 0.7 + trace(point, direction - normal * (2 * normal:dot(direction)), depth - 1) * 0.3
end
local sum = vec3(0, 0, 0)
for y = 0, height - 1 do
  for x = 0, width - 1 do
    sum = sum + trace(vec3(0, 0, 0), vec3((x - width / 2) / width, (height / 2 - y) / width, 1):unit(), 3)
  end
end
print(("%.9f %.9f %.9f"):format(sum.x, sum.y, sum.z))
