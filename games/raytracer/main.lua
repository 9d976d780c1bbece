-- Spheres with reflections, traced on the processor with a vec3 of the FFI: temporaries as one would write them.
--
--   rlove games/raytracer                        drag the mouse to look around, wheel to come nearer
--                                                 1 2 3 resolution, up and down reflections, space pause, Esc quit
--   rlove games/raytracer --benchmark [FRAMES]   FRAMES updates (20) at 320 x 240, 8 spheres, 3 reflections, then the CPU
--                                                 time of love.update on standard output
--
-- Every frame adds one sample to each pixel while the camera rests, so that edges get smooth.

local ffi = require("ffi")

ffi.cdef [[
typedef struct { double x, y, z; } vec3;
]]

local sqrt, max, min, floor = math.sqrt, math.max, math.min, math.floor
local vec3

local methods = {}
function methods.dot(a, b) return a.x * b.x + a.y * b.y + a.z * b.z end
function methods.length(a) return sqrt(a:dot(a)) end
function methods.normalised(a) return a * (1 / a:length()) end
function methods.cross(a, b)
  return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
end

vec3 = ffi.metatype("vec3", {
  __add = function(a, b) return vec3(a.x + b.x, a.y + b.y, a.z + b.z) end,
  __sub = function(a, b) return vec3(a.x - b.x, a.y - b.y, a.z - b.z) end,
  __mul = function(a, k)
    if type(k) == "number" then return vec3(a.x * k, a.y * k, a.z * k) end
    return vec3(a.x * k.x, a.y * k.y, a.z * k.z)
  end,
  __unm = function(a) return vec3(-a.x, -a.y, -a.z) end,
  __index = methods,
})

local RESOLUTIONS = { { 160, 120 }, { 320, 240 }, { 640, 480 } }
local width, height = 320, 240
local reflections = 3
local spheres
local LIGHT = vec3(0.5, 0.9, -0.4):normalised()
local camera = { yaw = 0.3, pitch = 0.25, distance = 6 }

local sums       -- double[3 * width * height]: sums of the samples
local samples = 0
local picture, image
local is_paused = false
local benchmark
local update_s = 0

local function scene()
  local random = love.math.newRandomGenerator(5)
  local list = {}
  for index = 1, 8 do
    local angle = index / 8 * 2 * math.pi
    local radius = 0.45 + 0.35 * random:random()
    list[index] = {
      centre = vec3(2.1 * math.cos(angle), radius, 2.1 * math.sin(angle)),
      radius = radius,
      colour = vec3(0.3 + 0.7 * random:random(), 0.3 + 0.7 * random:random(), 0.3 + 0.7 * random:random()),
      mirror = 0.25 + 0.5 * random:random(),
    }
  end
  return list
end

-- The nearest sphere along the ray and its distance.
local function hit(origin, direction)
  local nearest, found = 1e30, nil
  for index = 1, #spheres do
    local sphere = spheres[index]
    local to_centre = sphere.centre - origin
    local along = to_centre:dot(direction)
    local apart = to_centre:dot(to_centre) - along * along
    local left = sphere.radius * sphere.radius - apart
    if left > 0 then
      local distance = along - sqrt(left)
      if distance > 1e-4 and distance < nearest then
        nearest, found = distance, sphere
      end
    end
  end
  return nearest, found
end

local function sky(direction)
  local t = 0.5 * (direction.y + 1)
  return vec3(1, 1, 1) * (1 - t) + vec3(0.35, 0.6, 1.0) * t
end

local function trace(origin, direction)
  local colour, weight = vec3(0, 0, 0), vec3(1, 1, 1)
  for _ = 0, reflections do
    local distance, sphere = hit(origin, direction)
    local normal, albedo, mirror
    if direction.y < 0 and -origin.y / direction.y < distance then
      distance = -origin.y / direction.y
      if distance > 40 then break end
      local point = origin + direction * distance
      normal = vec3(0, 1, 0)
      local is_dark = (floor(point.x) + floor(point.z)) % 2 == 0
      albedo = is_dark and vec3(0.22, 0.25, 0.3) or vec3(0.85, 0.85, 0.8)
      mirror = 0.12
    elseif sphere then
      normal = (origin + direction * distance - sphere.centre) * (1 / sphere.radius)
      albedo, mirror = sphere.colour, sphere.mirror
    else
      break
    end
    local point = origin + direction * distance
    local light = max(0, normal:dot(LIGHT))
    if light > 0 then
      local _, shade = hit(point + normal * 1e-3, LIGHT)
      if shade then light = 0 end
    end
    colour = colour + weight * albedo * ((0.2 + 0.8 * light) * (1 - mirror))
    weight = weight * albedo * mirror
    origin = point + normal * 1e-3
    direction = direction - normal * (2 * direction:dot(normal))
  end
  return colour + weight * sky(direction)
end

local function restart()
  samples = 0
  ffi.fill(sums, ffi.sizeof("double") * 3 * width * height)
end

local function resize(w, h)
  width, height = w, h
  sums = ffi.new("double[?]", 3 * width * height)
  picture = love.image.newImageData(width, height)
  image = love.graphics.newImage(picture)
  image:setFilter("linear", "linear")
  restart()
end

-- Adds a sample to each pixel.
local function render()
  local position = vec3(
    camera.distance * math.cos(camera.pitch) * math.sin(camera.yaw),
    0.6 + camera.distance * math.sin(camera.pitch),
    camera.distance * math.cos(camera.pitch) * math.cos(camera.yaw))
  local forward = (vec3(0, 0.6, 0) - position):normalised()
  local right = vec3(0, 1, 0):cross(forward):normalised()
  local up = forward:cross(right)
  -- Halton points inside the pixel, the same for every pixel of a frame.
  local jitter_x, jitter_y = samples * 0.5 % 1, samples * 0.3333 % 1
  samples = samples + 1
  local index = 0
  for y = 0, height - 1 do
    local v = (0.5 * height - y - jitter_y) / height * 1.2
    for x = 0, width - 1 do
      local u = (x + jitter_x - 0.5 * width) / height * 1.2
      local colour = trace(position, (forward + right * u + up * v):normalised())
      sums[index] = sums[index] + colour.x
      sums[index + 1] = sums[index + 1] + colour.y
      sums[index + 2] = sums[index + 2] + colour.z
      index = index + 3
    end
  end
end

local function show()
  local bytes = ffi.cast("uint8_t *", picture:getFFIPointer())
  local scale = 1 / samples
  for pixel = 0, width * height - 1 do
    bytes[4 * pixel] = 255 * sqrt(min(1, sums[3 * pixel] * scale))
    bytes[4 * pixel + 1] = 255 * sqrt(min(1, sums[3 * pixel + 1] * scale))
    bytes[4 * pixel + 2] = 255 * sqrt(min(1, sums[3 * pixel + 2] * scale))
    bytes[4 * pixel + 3] = 255
  end
  image:replacePixels(picture)
end

function love.load(arguments)
  spheres = scene()
  resize(320, 240)
  if arguments[1] == "--benchmark" then
    benchmark = { left = tonumber(arguments[2]) or 20, frames = 0, seconds = 0 }
  end
end

function love.update()
  if is_paused then return end
  local before = os.clock()
  render()
  show()
  update_s = os.clock() - before
  if benchmark then
    benchmark.frames = benchmark.frames + 1
    benchmark.seconds = benchmark.seconds + update_s
    benchmark.left = benchmark.left - 1
    if benchmark.left <= 0 then
      print(string.format("%.3f ms of CPU time in love.update per frame", benchmark.seconds / benchmark.frames * 1000))
      love.event.quit()
    end
  end
end

function love.draw()
  local w, h = love.graphics.getDimensions()
  love.graphics.setColor(1, 1, 1)
  love.graphics.draw(image, 0, 0, 0, w / width, h / height)
  love.graphics.setColor(0, 0, 0, 0.6)
  love.graphics.rectangle("fill", 8, 8, 280, 44)
  love.graphics.setColor(1, 1, 1)
  love.graphics.print(string.format("%d x %d, %d reflections, sample %d", width, height, reflections, samples), 14, 12)
  love.graphics.print(string.format("%.1f ms a frame", update_s * 1000), 14, 30)
end

function love.mousemoved(_, _, dx, dy)
  if love.mouse.isDown(1) then
    camera.yaw = camera.yaw - dx * 0.01
    camera.pitch = max(0.02, min(1.4, camera.pitch + dy * 0.01))
    restart()
  end
end

function love.wheelmoved(_, dy)
  camera.distance = max(3.5, min(15, camera.distance - dy * 0.5))
  restart()
end

function love.keypressed(key)
  local resolution = RESOLUTIONS[tonumber(key)]
  if resolution then
    resize(resolution[1], resolution[2])
  elseif key == "up" or key == "down" then
    reflections = max(0, min(8, reflections + (key == "up" and 1 or -1)))
    restart()
  elseif key == "space" then
    is_paused = not is_paused
  elseif key == "escape" then
    love.event.quit()
  end
end
