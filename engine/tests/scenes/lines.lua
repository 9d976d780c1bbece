-- Lines of several widths, joins and styles.
function love.draw()
  local g = love.graphics
  g.clear(0, 0, 0)
  local zigzag = { 10, 40, 50, 10, 90, 40, 130, 10, 170, 40 }
  for i, join in ipairs({ "miter", "bevel", "none" }) do
    g.setLineJoin(join)
    for j, style in ipairs({ "smooth", "rough" }) do
      g.setLineStyle(style)
      g.setLineWidth(i * 3)
      g.setColor(1, 0.4 * j, 0.3 * i)
      g.push()
      g.translate((j - 1) * 160, (i - 1) * 60)
      g.scale(0.9, 1)
      g.line(zigzag)
      g.pop()
    end
  end
  g.setLineStyle("rough")
  g.setLineWidth(1)
  g.setColor(1, 1, 1)
  g.line(10, 200.5, 310, 200.5)
  g.line(10.5, 195, 10.5, 230)
  g.setLineWidth(8)
  g.setLineJoin("miter")
  g.line(30, 215, 100, 215, 100, 232, 40, 232)
  g.setLineWidth(4)
  g.line({ 150, 210, 300, 230 })
end
