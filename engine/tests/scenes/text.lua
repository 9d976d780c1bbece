-- Text in the default font: the glyphs are masked, so what is compared is where they stand and what is around them.
function love.draw()
  local g = love.graphics
  g.clear(0.1, 0.15, 0.1)
  local font = g.getFont()
  g.setColor(1, 1, 1)
  g.print("Hello, world", 10, 10)
  g.print({ { 1, 0, 0 }, "red ", { 0, 1, 0 }, "green" }, 150, 10)
  local width = font:getWidth("Hello, world")
  g.setColor(0.9, 0.6, 0.1)
  g.rectangle("fill", 10, 30, width, 3)
  g.rectangle("fill", 10, 36, font:getHeight() * 10, 3)
  g.setColor(0.6, 0.8, 1)
  for i, align in ipairs({ "left", "center", "right", "justify" }) do
    local _, lines = font:getWrap("The quick brown fox jumps over the lazy dog", 120)
    g.rectangle("fill", 10 + (i - 1) % 2 * 160, 50 + math.floor((i - 1) / 2) * 90 + #lines * font:getHeight(), 120, 2)
    g.printf("The quick brown fox jumps over the lazy dog", 10 + (i - 1) % 2 * 160,
      50 + math.floor((i - 1) / 2) * 90, 120, align)
  end
  g.print("turned", 280, 200, -0.5, 1.2, 1.2)
end
