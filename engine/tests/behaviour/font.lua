-- An ImageFont, whose measures do not depend on how glyphs are rasterised, then the default font's.
local glyphs = "AB C!\n"
local data = love.image.newImageData(30, 8)
local x = 0
for i, width in ipairs({ 5, 7, 4, 6, 2 }) do
  for y = 0, 7 do
    data:setPixel(x, y, 1, 0, 1, 1)
  end
  x = x + 1 + width
end
for y = 0, 7 do
  data:setPixel(x, y, 1, 0, 1, 1)
end
local font = love.graphics.newImageFont(data, "AB C!", 1)
-- Not asked: baseline, ascent and descent, which LÖVE 11.4 never sets for picture fonts (it answers what the memory held).
each(font, "getHeight", { "getWidth", "AB" }, { "getWidth", "" }, { "getWidth", "A\nABC!" }, { "getWidth", "xyz" },
  { "getWrap", "AB CAB AAB BCA !!", 30 }, { "getWrap", "AB CAB AAB BCA !!", 10 }, { "getWrap", "", 10 },
  { "getWrap", "A  B\nC\n", 100 }, { "getWrap", "AAAAAAAAAA", 20 }, { "hasGlyphs", "AB" }, { "hasGlyphs", "xA" }, "getLineHeight",
  { "setLineHeight", 2 }, "getLineHeight", "getHeight", "getFilter", "type",
  { "getWrap", { { 1, 0, 0 }, "AB C", { 0, 1, 0 }, "AB A" }, 25 }, { "getKerning", "A", "B" }, "getDPIScale")
show("print colored table", love.graphics.print, { { 1, 0, 0 }, "A" }, 1, 1)
show("printf without limit", love.graphics.printf, "A", 1, 1)
show("printf align", love.graphics.printf, "A", 1, 1, 10, "middle")
local default = love.graphics.getFont()
each(default, "getHeight", "getBaseline", "getAscent", "getDescent", { "getWidth", "Hello, world!" }, { "getWidth", "W" },
  { "getWidth", "iiii" }, { "hasGlyphs", "A", "é", 65 }, { "getWrap", "The quick brown fox jumps over the lazy dog", 100 })
for _, size in ipairs({ 8, 12, 15, 24, 64, 96 }) do
  local big = love.graphics.newFont(size)
  show("size " .. size, function()
    return big:getHeight(), big:getWidth("The quick brown fox"), big:getBaseline()
  end)
end
show("size 0", love.graphics.newFont, 0)
show("missing", love.graphics.newFont, "missing.ttf", 12)
show("text", function()
  local text = love.graphics.newText(font, "AB")
  text:add("CC", 10, 10)
  return text:getDimensions(), text:getWidth(1), text:getHeight(2), text:getFont() == font
end)
