-- Sprite batches: add, set, colours, clear, draw range, attached to nothing.
local batch, second, quads
function love.load()
  local data = love.image.newImageData(8, 8)
  data:mapPixel(function(x, y)
    return x < 4 and 1 or 0.3, y < 4 and 1 or 0.3, 0.5, 1
  end)
  local image = love.graphics.newImage(data)
  image:setFilter("nearest", "nearest")
  quads = { love.graphics.newQuad(0, 0, 4, 4, 8, 8), love.graphics.newQuad(4, 4, 4, 4, 8, 8) }
  batch = love.graphics.newSpriteBatch(image, 10)
  second = love.graphics.newSpriteBatch(image, 4)
  local ids = {}
  for i = 0, 40 do -- more than the size that was asked for
    batch:setColor(1, 1 - i / 50, i / 40)
    ids[i] = batch:add(quads[i % 2 + 1], (i % 10) * 16, math.floor(i / 10) * 16, 0, 3, 3)
  end
  batch:setColor()
  batch:set(ids[3], 20, 80, 0.4, 4, 4)
  batch:set(ids[4], quads[1], 80, 80, 0, 8, 8)
  for i = 0, 7 do
    second:add(i * 14, 0, i * 0.2)
  end
  second:setDrawRange(3, 4)
end
function love.draw()
  local g = love.graphics
  g.clear(0.1, 0.12, 0.2)
  g.draw(batch, 10, 10)
  g.setColor(0.5, 1, 0.5)
  g.draw(batch, 310, 220, math.pi, 0.8, 0.8)
  g.setColor(1, 1, 1)
  g.draw(second, 30, 180, 0, 2, 2)
end
