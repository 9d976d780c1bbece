-- Draws the scenes of engine/tests/love_pictures.rs under LÖVE and saves their pictures to the folder given as the
-- first argument after the game: xvfb-run -a love engine/tests/love_pictures OUT
local WIDTH, HEIGHT = 200, 150
local lg = love.graphics
local scenes = {}

local function new_image()
  local data = love.image.newImageData(16, 16)
  data:mapPixel(function(x, y)
    return x * 16 / 255, y * 16 / 255, ((x * 3 + y * 5) % 16) * 16 / 255, (x < 8 or y < 8) and 1 or (x * y % 16) * 16 / 255
  end)
  return lg.newImage(data)
end

function scenes.shapes()
  lg.setColor(1, 0.5, 0.25, 1)
  lg.rectangle("fill", 5, 5, 30, 20)
  lg.rectangle("fill", 40.25, 5.5, 30.5, 20.25)
  lg.setColor(0.2, 0.9, 0.4, 0.7)
  lg.rectangle("fill", 80, 5, 40, 30, 8, 6)
  lg.circle("fill", 150, 25, 20)
  lg.circle("line", 180, 60, 15)
  lg.ellipse("fill", 30, 60, 25, 12)
  lg.ellipse("line", 90, 60, 25, 12, 7)
  lg.setColor(0.3, 0.4, 1, 1)
  lg.arc("fill", 40, 110, 30, 0.3, 2.5)
  lg.arc("line", 100, 110, 30, 0.3, 4.5)
  lg.arc("line", "open", 150, 110, 25, -1, 2)
  lg.arc("fill", "closed", 180, 120, 20, 1, 4)
  lg.polygon("fill", 60, 80, 75, 75, 80, 95, 62, 92)
  lg.polygon("line", 120, 70, 140, 80, 130, 95)
  lg.rectangle("line", 3.5, 80.5, 20, 12)
end

function scenes.lines()
  local points = {10, 10, 60, 20, 30, 45, 80, 60, 75, 15}
  for row, join in ipairs {"miter", "bevel", "none"} do
    for column, style in ipairs {"smooth", "rough"} do
      lg.push()
      lg.translate((column - 1) * 95, (row - 1) * 48)
      lg.setLineJoin(join)
      lg.setLineStyle(style)
      lg.setLineWidth(1)
      lg.setColor(1, 1, 1)
      lg.line(5, 5, 80, 9)
      lg.line(5, 8, 5, 40)
      lg.setLineWidth(5)
      lg.setColor(0.4, 0.7, 1, 0.5)
      lg.scale(1, 0.7)
      lg.line(points)
      lg.setLineWidth(2)
      lg.rotate(0.3)
      lg.rectangle("line", 60, -8, 20, 30)
      lg.pop()
    end
  end
end

function scenes.sprites()
  local image = new_image()
  lg.clear(0.2, 0.3, 0.4)
  lg.setColor(1, 1, 1)
  lg.draw(image, 5, 5)
  lg.draw(image, 30.5, 5.5)
  lg.draw(image, 55, 5, 0, 2, 2)
  lg.draw(image, 130, 30, 0.7, 2, 1.5, 8, 8)
  lg.draw(image, 170, 30, -0.4, -1.5, 1.5, 8, 8, 0.3, 0.1)
  image:setFilter("nearest", "nearest")
  lg.setColor(1, 0.5, 0.5, 0.8)
  lg.draw(image, 5, 60, 0, 3, 3)
  lg.draw(image, 90, 80, 0.5, 2.5, 2.5, 8, 8)
  local quad = lg.newQuad(4, 4, 8, 6, 16, 16)
  lg.draw(image, quad, 120, 60, 0, 3, 3)
  image:setFilter("linear", "linear")
  lg.draw(image, quad, 150, 60, 0, 3, 3)
  image:setWrap("repeat", "mirroredrepeat")
  lg.draw(image, lg.newQuad(-8, -8, 48, 32, 16, 16), 120, 90)
  local batch = lg.newSpriteBatch(image, 10)
  for i = 0, 5 do
    if i == 3 then batch:setColor(0, 1, 0, 0.5) end
    batch:add(i * 18, i * 2, i * 0.1)
  end
  lg.draw(batch, 5, 120, 0, 0.9, 1)
end

function scenes.blends()
  local image = new_image()
  image:setFilter("nearest", "nearest")
  local modes = {"alpha", "add", "subtract", "screen", "replace", "multiply", "lighten", "darken", "none"}
  for i, mode in ipairs(modes) do
    for j, alpha in ipairs {"alphamultiply", "premultiplied"} do
      local x, y = (i - 1) * 22, (j - 1) * 70
      lg.setBlendMode("alpha")
      for step = 0, 9 do
        lg.setColor(step / 10, 0.5, 1 - step / 10, 1)
        lg.rectangle("fill", x + step * 2, y, 2, 60)
      end
      local forced = alpha == "alphamultiply" and (mode == "multiply" or mode == "lighten" or mode == "darken")
      lg.setBlendMode(mode, forced and "premultiplied" or alpha)
      lg.setColor(1, 1, 1, 1)
      lg.draw(image, x + 2, y + 2)
      lg.setColor(0.8, 0.6, 0.4, 0.5)
      lg.draw(image, x + 2, y + 20)
      lg.rectangle("fill", x + 2, y + 40, 16, 16)
    end
  end
end

function scenes.points()
  lg.setColor(1, 1, 1)
  lg.points(5.5, 5.5, 10, 10, 15.5, 10.5)
  lg.setPointSize(4)
  lg.points(30, 10, 40.5, 10.5, 50.25, 10.25)
  lg.setPointSize(5)
  lg.points(30, 30, 40.5, 30.5, 50.25, 30.25)
  lg.setColor(0.5, 1, 1)
  lg.points({{70, 30, 1, 0, 0, 1}, {80, 30, 0, 1, 0.5, 0.5}})
  lg.scale(2, 2)
  lg.points(20, 40, 30.3, 40.7)
end

function scenes.targets()
  local canvas = lg.newCanvas(60, 40)
  lg.setCanvas(canvas)
  lg.clear(0, 0, 0, 0)
  lg.setColor(1, 0, 0, 0.5)
  lg.rectangle("fill", 5, 5, 30, 20)
  lg.setColor(0, 1, 0, 0.5)
  lg.circle("fill", 30, 20, 15)
  lg.rectangle("fill", 45.5, 25.5, 8, 8)
  lg.points(5, 35, 10.5, 35.5)
  lg.setCanvas()
  lg.clear(0.1, 0.2, 0.3)
  lg.setColor(1, 1, 1)
  lg.draw(canvas, 5, 5)
  lg.setBlendMode("alpha", "premultiplied")
  lg.draw(canvas, 70, 5)
  lg.setBlendMode("alpha")
  lg.draw(canvas, 135, 5, 0.2)
  lg.setScissor(10, 60, 50, 30)
  lg.rectangle("fill", 0, 0, 200, 80)
  lg.intersectScissor(40, 70, 100, 10)
  lg.clear(1, 0, 1)
  lg.setScissor()
  lg.stencil(function() lg.circle("fill", 100, 100, 30) end, "replace", 1)
  lg.stencil(function() lg.rectangle("fill", 90, 90, 40, 40) end, "increment", 1, true)
  lg.setStencilTest("equal", 2)
  lg.setColor(1, 1, 0)
  lg.rectangle("fill", 0, 0, 200, 150)
  lg.setStencilTest("equal", 1)
  lg.setColor(0, 1, 1)
  lg.rectangle("fill", 0, 0, 200, 150)
  lg.setStencilTest()
  lg.setColorMask(true, false, false, true)
  lg.setColor(1, 1, 1)
  lg.rectangle("fill", 120, 60, 60, 60)
end

function love.load(arguments)
  love.window.setMode(WIDTH, HEIGHT)
  for name, scene in pairs(scenes) do
    lg.reset()
    lg.clear(0, 0, 0)
    scene()
    lg.captureScreenshot(function(picture)
      local file = assert(io.open(arguments[1] .. "/" .. name .. ".png", "wb"))
      file:write(picture:encode("png"):getString())
      file:close()
    end)
    lg.present()
  end
  love.event.quit()
end
