-- How many sprites can hop at once? Each is drawn by its own love.graphics.draw.
--
--   rlove games/bunnymark                          click or hold the mouse, or press Space, for more
--   rlove games/bunnymark --benchmark [COUNT]      COUNT bunnies (10000) for 120 frames, then the CPU
--                                                  time that love.draw took, on standard output
--
-- The time is measured with os.clock, the CPU time of the whole process. A driver that works on
-- threads of its own adds its share; LP_NUM_THREADS=0 keeps Mesa's software driver on one thread.

local GRAVITY = 900 -- pixels per second squared
local SPRITE_WIDTH, SPRITE_HEIGHT = 24, 32
local BUNNIES_PER_CLICK = 100
local WARM_UP_FRAMES, MEASURED_FRAMES = 20, 100

local sheet, quads
local bunnies = {}
local benchmark -- nil, or { frames = …, seconds = … }

local function add_bunnies(count, x, y)
  for _ = 1, count do
    bunnies[#bunnies + 1] = {
      x = x,
      y = y,
      vx = love.math.random(-300, 300),
      vy = love.math.random(-400, 100),
      quad = quads[love.math.random(#quads)],
    }
  end
end

function love.load(arguments)
  sheet = love.graphics.newImage("bunnies.png")
  sheet:setFilter("nearest", "nearest")
  quads = {}
  for column = 0, sheet:getWidth() / SPRITE_WIDTH - 1 do
    quads[#quads + 1] = love.graphics.newQuad(
      column * SPRITE_WIDTH, 0, SPRITE_WIDTH, SPRITE_HEIGHT, sheet:getDimensions())
  end
  love.graphics.setBackgroundColor(0.53, 0.78, 0.82)

  if arguments[1] == "--benchmark" then
    benchmark = { frames = 0, seconds = 0 }
    add_bunnies(tonumber(arguments[2]) or 10000, 400, 100)
  else
    add_bunnies(BUNNIES_PER_CLICK, 400, 100)
  end
end

local function move(bunny, dt, right, bottom)
  bunny.vy = bunny.vy + GRAVITY * dt
  bunny.x = bunny.x + bunny.vx * dt
  bunny.y = bunny.y + bunny.vy * dt
  if bunny.x < 0 then
    bunny.x, bunny.vx = 0, -bunny.vx
  elseif bunny.x > right then
    bunny.x, bunny.vx = right, -bunny.vx
  end
  if bunny.y > bottom then
    -- Some hop higher than others, and none ever comes to rest.
    bunny.y, bunny.vy = bottom, -love.math.random(350, 950)
  elseif bunny.y < 0 then
    bunny.y, bunny.vy = 0, 0
  end
end

function love.update(dt)
  if love.mouse.isDown(1) then
    add_bunnies(BUNNIES_PER_CLICK / 10, love.mouse.getPosition())
  end
  local right = love.graphics.getWidth() - SPRITE_WIDTH
  local bottom = love.graphics.getHeight() - SPRITE_HEIGHT
  for _, bunny in ipairs(bunnies) do
    move(bunny, dt, right, bottom)
  end
end

local function draw_bunnies()
  local draw = love.graphics.draw
  for i = 1, #bunnies do
    local bunny = bunnies[i]
    draw(sheet, bunny.quad, bunny.x, bunny.y)
  end
end

local function draw_panel()
  love.graphics.setColor(0.16, 0.20, 0.30, 0.85)
  love.graphics.rectangle("fill", 10, 10, 230, 58, 6, 6)
  love.graphics.setColor(1, 1, 1)
  love.graphics.print(#bunnies .. " bunnies", 22, 18)
  love.graphics.print(love.timer.getFPS() .. " frames per second", 22, 42)
end

function love.draw()
  local before = os.clock()
  draw_bunnies()
  draw_panel()
  if benchmark then
    benchmark.frames = benchmark.frames + 1
    if benchmark.frames > WARM_UP_FRAMES then
      benchmark.seconds = benchmark.seconds + (os.clock() - before)
    end
    if benchmark.frames == WARM_UP_FRAMES + MEASURED_FRAMES then
      print(string.format("%d bunnies: %.3f ms of CPU time in love.draw per frame",
        #bunnies, benchmark.seconds / MEASURED_FRAMES * 1000))
      love.event.quit()
    end
  end
end

function love.keypressed(key)
  if key == "space" then
    add_bunnies(BUNNIES_PER_CLICK, love.graphics.getWidth() / 2, 100)
  elseif key == "escape" then
    love.event.quit()
  end
end

function love.mousepressed(x, y)
  add_bunnies(BUNNIES_PER_CLICK, x, y)
end
