-- Objects with metatables and operators: spheres over a plane, with shadows and one reflection.
local width = tonumber((...)) or 280
local height = math.floor(width * 3 / 4)
local sqrt = math.sqrt

local Vector = {}
Vector.__index = Vector
local function vector(x, y, z) return setmetatable({x = x, y = y, z = z}, Vector) end
Vector.__add = function(a, b) return vector(a.x + b.x, a.y + b.y, a.z + b.z) end
Vector.__sub = function(a, b) return vector(a.x - b.x, a.y - b.y, a.z - b.z) end
Vector.__mul = function(a, k) return vector(a.x * k, a.y * k, a.z * k) end
function Vector:dot(o) return self.x * o.x + self.y * o.y + self.z * o.z end
function Vector:unit() return self * (1 / sqrt(self:dot(self))) end

local Sphere = {}
Sphere.__index = Sphere
function Sphere.new(center, radius, colour) return setmetatable({center = center, radius = radius, colour = colour}, Sphere) end
function Sphere:hit(origin, direction)
  local oc = origin - self.center
  local b = oc:dot(direction)
  local d = b * b - oc:dot(oc) + self.radius * self.radius
  if d < 0 then return nil end
  local t = -b - sqrt(d)
  if t > 1e-4 then return t end
end
function Sphere:normal(point) return (point - self.center):unit() end

local Plane = {}
Plane.__index = Plane
function Plane.new(height_, colour) return setmetatable({height = height_, colour = colour}, Plane) end
function Plane:hit(origin, direction)
  if direction.y > -1e-6 then return nil end
  local t = (self.height - origin.y) / direction.y
  if t > 1e-4 then return t end
end
function Plane:normal() return vector(0, 1, 0) end

local scene = {Plane.new(-1, 0.6)}
for i = 1, 6 do scene[#scene + 1] = Sphere.new(vector(i * 1.1 - 4, (i % 3) * 0.4 - 0.5, 5 + i % 2), 0.6, 0.3 + i * 0.1) end
local light = vector(-0.5, 1, -0.6):unit()

local function nearest(origin, direction)
  local best, object
  for _, candidate in ipairs(scene) do
    local t = candidate:hit(origin, direction)
    if t and (not best or t < best) then best, object = t, candidate end
  end
  return best, object
end

local function shade(origin, direction, depth)
  local t, object = nearest(origin, direction)
  if not t then return 0.2 + 0.3 * direction.y end
  local point = origin + direction * t
  local normal = object:normal(point)
  local brightness = 0.1
  if not nearest(point, light) then
    local facing = normal:dot(light)
    if facing > 0 then brightness = brightness + facing * object.colour end
  end
  if depth > 0 then
    brightness = brightness * 0.7 + 0.3 * shade(point, direction - normal * (2 * normal:dot(direction)), depth - 1)
  end
  return brightness
end

local eye, sum = vector(0, 0.3, -2), 0
for y = 0, height - 1 do
  for x = 0, width - 1 do
    local direction = vector(x / width - 0.5, (height / 2 - y) / width, 0.8):unit()
    sum = sum + shade(eye, direction, 2)
  end
end
print(("%.6f"):format(sum))
