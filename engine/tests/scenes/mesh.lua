-- Meshes: fans, strips, triangle lists with a vertex map, vertex colours, a texture.
local fan, strip, list
function love.load()
  fan = love.graphics.newMesh({
    { 60, 60, 0, 0, 1, 1, 1 }, { 10, 10, 0, 0, 1, 0, 0 }, { 110, 10, 0, 0, 0, 1, 0 },
    { 110, 110, 0, 0, 0, 0, 1 }, { 10, 110, 0, 0, 1, 1, 0 }, { 10, 10, 0, 0, 1, 0, 0 },
  }, "fan", "static")
  strip = love.graphics.newMesh({
    { 0, 0 }, { 0, 40 }, { 40, 0 }, { 40, 40 }, { 80, 10 }, { 80, 50 },
  }, "strip")
  local data = love.image.newImageData(4, 4)
  data:mapPixel(function(x, y)
    return x / 3, y / 3, (x + y) % 2, 1
  end)
  local image = love.graphics.newImage(data)
  image:setFilter("nearest", "nearest")
  list = love.graphics.newMesh({
    { 0, 0, 0, 0 }, { 80, 0, 1, 0 }, { 80, 80, 1, 1 }, { 0, 80, 0, 1 },
  }, "triangles")
  list:setVertexMap(1, 2, 3, 1, 3, 4)
  list:setTexture(image)
end
function love.draw()
  local g = love.graphics
  g.clear(0.1, 0.1, 0.1)
  g.draw(fan, 0, 0)
  g.setColor(0.4, 0.8, 1)
  g.draw(strip, 150, 20, 0, 1.5, 1)
  g.setColor(1, 1, 1)
  g.draw(list, 40, 140)
  g.draw(list, 240, 180, 0.5, 0.8, 0.8, 40, 40)
end
