-- An ImageFont made here: its glyphs are pictures, so they must stand exactly where LÖVE puts them.
local font
function love.load()
  local glyphs = "AB C!"
  local widths = { 5, 7, 4, 6, 2 }
  local total = 1
  for _, width in ipairs(widths) do
    total = total + width + 1
  end
  local data = love.image.newImageData(total, 8)
  local x = 0
  local function separator()
    for y = 0, 7 do
      data:setPixel(x, y, 1, 0, 1, 1)
    end
    x = x + 1
  end
  separator()
  for i, width in ipairs(widths) do
    for column = 0, width - 1 do
      for y = 0, 7 do
        local on = i ~= 3 and (column == 0 or y == 0 or y == 7 or (column + i) % 3 == 0)
        data:setPixel(x, y, 1, 1, i / 5, on and 1 or 0)
      end
      x = x + 1
    end
    separator()
  end
  love.graphics.setDefaultFilter("nearest", "nearest")
  font = love.graphics.newImageFont(data, glyphs, 1)
  love.graphics.setFont(font)
end
function love.draw()
  local g = love.graphics
  g.clear(0.2, 0.1, 0.1)
  g.print("ABC! CAB", 10, 10, 0, 3, 3)
  g.setColor(0.5, 1, 0.7)
  g.printf("AB CAB AAB BCA !!", 10, 60, 60, "left", 0, 2, 2)
  g.printf("AB CAB AAB BCA !!", 170, 60, 60, "right", 0, 2, 2)
  g.printf("AB CAB AAB BCA !!", 10, 150, 60, "center", 0, 2, 2)
  g.printf("AB CAB AAB BCA !!", 170, 150, 60, "justify", 0, 2, 2)
  g.setColor(1, 1, 1)
  g.rectangle("fill", 10, 230, font:getWidth("ABC! CAB"), 4)
  g.rectangle("fill", 100, 230, font:getHeight() * 4, 4)
  g.print("A\nB\n\nC", 290, 10, 0, 2, 2)
end
