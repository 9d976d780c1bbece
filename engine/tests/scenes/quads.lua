-- Images and quads: filters, wraps, viewports, origin, flips, tints.
local image, sharp, tiled, quad
function love.load()
  local data = love.image.newImageData(16, 16)
  data:mapPixel(function(x, y)
    local even = (math.floor(x / 4) + math.floor(y / 4)) % 2 == 0
    return x / 15, y / 15, even and 0.2 or 0.8, x < 14 and 1 or 0.5
  end)
  image = love.graphics.newImage(data)
  sharp = love.graphics.newImage(data)
  sharp:setFilter("nearest", "nearest")
  tiled = love.graphics.newImage(data)
  tiled:setFilter("nearest", "nearest")
  tiled:setWrap("repeat", "mirroredrepeat")
  quad = love.graphics.newQuad(4, 4, 8, 8, 16, 16)
end
function love.draw()
  local g = love.graphics
  g.clear(0.1, 0.1, 0.1)
  g.draw(image, 10, 10, 0, 5, 5)
  g.draw(sharp, 110, 10, 0, 5, 5)
  g.draw(sharp, quad, 210, 10, 0, 6, 6)
  g.setColor(1, 0.5, 0.5, 0.8)
  g.draw(sharp, quad, 300, 60, math.pi / 5, -6, 6, 4, 4)
  g.setColor(1, 1, 1)
  local wide = g.newQuad(-8, -8, 64, 40, 16, 16)
  g.draw(tiled, wide, 10, 110, 0, 2, 2)
  quad:setViewport(0, 0, 12, 6)
  g.draw(sharp, quad, 160, 120, 0, 4, 4, 0, 0, 0.3, 0)
  g.draw(sharp, 250, 180, 0.5, 3, 3, 8, 8)
end
