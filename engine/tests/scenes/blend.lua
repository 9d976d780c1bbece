-- Each blend mode over stripes of several colours and alphas.
local MODES = {
  { "alpha" }, { "alpha", "premultiplied" }, { "add" }, { "add", "premultiplied" }, { "subtract" },
  { "multiply", "premultiplied" }, { "lighten", "premultiplied" }, { "darken", "premultiplied" },
  { "screen" }, { "screen", "premultiplied" }, { "replace" }, { "replace", "premultiplied" }, { "none" },
}
function love.draw()
  local g = love.graphics
  g.clear(0.15, 0.15, 0.15)
  local stripes = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0.5, 0.5, 0.5 }, { 1, 1, 1 } }
  for i, color in ipairs(stripes) do
    g.setColor(color)
    g.rectangle("fill", 0, (i - 1) * 48, 320, 24)
  end
  for i, mode in ipairs(MODES) do
    g.setBlendMode(unpack(mode))
    g.setColor(0.8, 0.5, 0.2, 0.6)
    g.rectangle("fill", 4 + (i - 1) * 24, 4, 18, 110)
    g.setColor(0.2, 0.6, 0.9, 1)
    g.rectangle("fill", 4 + (i - 1) * 24, 124, 18, 110)
  end
  g.setBlendMode("alpha")
end
