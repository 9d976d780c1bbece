-- Particle systems: areas, accelerations, sizes, colours, quads, insertion, relative rotation. Both programs draw from generators
-- that start alike, so the particles are the same ones.

local systems = {}

local function texture()
  local data = love.image.newImageData(16, 8)
  data:mapPixel(function(x, y)
    return 1, (x % 8) / 8, y / 8, 1
  end)
  local image = love.graphics.newImage(data)
  image:setFilter("nearest", "nearest")
  return image
end

local function add(image, x, y)
  local system = love.graphics.newParticleSystem(image, 40)
  system:setParticleLifetime(0.5, 2)
  system:setEmissionRate(25)
  system:setPosition(x, y)
  systems[#systems + 1] = system
  return system
end

local function prepare()
  local image = texture()
  local fountain = add(image, 50, 90)
  fountain:setDirection(-math.pi / 2)
  fountain:setSpread(0.8)
  fountain:setSpeed(60, 90)
  fountain:setLinearAcceleration(-5, 60, 5, 80)
  fountain:setSizes(1, 0.3, 1.5)
  fountain:setSizeVariation(0.4)
  local ring = add(image, 150, 60)
  ring:setEmissionArea("borderellipse", 40, 25, 0.3, true)
  ring:setSpeed(10)
  ring:setTangentialAcceleration(30, 60)
  ring:setRelativeRotation(true)
  ring:setInsertMode("bottom")
  local box = add(image, 260, 60)
  box:setEmissionArea("borderrectangle", 30, 30)
  box:setColors(1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0.5)
  box:setSpin(1, 6)
  box:setSpinVariation(0.5)
  local cloud = add(image, 70, 180)
  cloud:setEmissionArea("normal", 20, 10)
  cloud:setRadialAcceleration(-20, 20)
  cloud:setLinearDamping(1, 2)
  cloud:setInsertMode("random")
  cloud:setSpeed(20, 40)
  cloud:setSpread(math.pi * 2)
  local leaves = add(image, 180, 180)
  leaves:setEmissionArea("ellipse", 30, 20, 1)
  leaves:setQuads(love.graphics.newQuad(0, 0, 8, 8, 16, 8), love.graphics.newQuad(8, 0, 8, 8, 16, 8))
  leaves:setRotation(0, 3)
  local rows = add(image, 270, 180)
  rows:setEmissionArea("uniform", 30, 30, 0.5)
  rows:moveTo(280, 190)
  rows:setOffset(0, 0)
  for _ = 1, 30 do
    for _, system in ipairs(systems) do system:update(1 / 16) end
  end
end

function love.load() prepare() end

function love.draw()
  love.graphics.setColor(1, 1, 1)
  for index, system in ipairs(systems) do
    if index == 3 then love.graphics.setColor(1, 1, 0.6) end
    love.graphics.draw(system)
  end
end
