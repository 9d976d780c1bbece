-- The smallest program with a heartbeat: a greeting that swings over a rising sun.
local seconds = 0

function love.update(dt)
  seconds = seconds + dt
end

function love.draw()
  local width, height = love.graphics.getDimensions()
  love.graphics.clear(0.10, 0.11, 0.20)
  for ring = 6, 1, -1 do
    love.graphics.setColor(1, 0.35 + ring * 0.08, 0.25, 0.22)
    love.graphics.circle("fill", width / 2, height, ring * 60 + 12 * math.sin(seconds * 2 + ring))
  end
  love.graphics.setColor(1, 1, 1)
  love.graphics.printf("Hello, world!", width / 2, height / 3, width / 3, "center",
    0.1 * math.sin(seconds * 2), 3, 3, width / 6, 8)
end

function love.keypressed(key) if key == "escape" then love.event.quit() end end
