-- A stencil of shapes, its comparisons, and increments.
local function hole()
  love.graphics.circle("fill", 80, 80, 50)
  love.graphics.rectangle("fill", 60, 60, 120, 30)
end
function love.draw()
  local g = love.graphics
  g.clear(0.05, 0.05, 0.1)
  g.stencil(hole, "replace", 1)
  g.setStencilTest("greater", 0)
  g.setColor(1, 0.6, 0.1)
  g.rectangle("fill", 0, 0, 320, 160)
  g.setStencilTest("less", 1)
  g.setColor(0.1, 0.3, 0.5)
  g.rectangle("fill", 20, 20, 200, 120)
  g.setStencilTest()
  g.stencil(function()
    for i = 0, 4 do
      g.rectangle("fill", 200 + i * 10, 150 + i * 8, 60, 40)
    end
  end, "increment")
  for value = 1, 5 do
    g.setStencilTest("equal", value)
    g.setColor(value / 5, 1 - value / 5, 0.5)
    g.rectangle("fill", 180, 140, 140, 100)
  end
  g.setStencilTest()
end
