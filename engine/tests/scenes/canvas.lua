-- Drawing into canvases and drawing them back, premultiplied and scaled, with a canvas' own pixels read.
local canvas, small
function love.load()
  canvas = love.graphics.newCanvas(160, 120)
  small = love.graphics.newCanvas(16, 16)
  small:setFilter("nearest", "nearest")
end
function love.draw()
  local g = love.graphics
  g.clear(0.3, 0.3, 0.35)
  g.setCanvas(canvas)
  g.clear(0, 0, 0, 0)
  g.setColor(1, 0.2, 0.2, 0.5)
  g.circle("fill", 60, 60, 50)
  g.setColor(0.2, 0.2, 1, 0.5)
  g.circle("fill", 100, 60, 50)
  g.setCanvas(small)
  g.clear(0, 0.4, 0)
  g.setColor(1, 1, 0)
  g.rectangle("fill", 4, 2, 8, 5)
  g.setCanvas()
  g.setColor(1, 1, 1)
  g.setBlendMode("alpha", "premultiplied")
  g.draw(canvas, 0, 0)
  g.setBlendMode("alpha")
  g.draw(small, 200, 20, 0, 5, 5)
  g.draw(canvas, 160, 230, -0.3, 0.8, 0.8, 0, 60)
  g.setColor(1, 1, 1, 0.5)
  g.draw(small, 20, 140, 0.2, 4, 4)
  if small:newImageData():getPixel(5, 3) == 1 then
    g.setColor(0, 1, 1)
    g.rectangle("fill", 300, 220, 20, 20)
  end
end
