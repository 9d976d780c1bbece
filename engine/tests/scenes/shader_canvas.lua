-- Shaders and canvases: several canvases at once, places of pixels in canvases, vertex varyings of matrices and arrays.
local g = love.graphics
local image, a, b, both, place, varyings
function love.load()
  local data = love.image.newImageData(16, 16)
  data:mapPixel(function(x, y) return x / 15, y / 15, 0.3, 1 end)
  image = g.newImage(data)
  image:setFilter("nearest", "nearest")
  a, b = g.newCanvas(100, 100), g.newCanvas(100, 100)
  both = g.newShader([[
    uniform Image MainTex;
    void effect() {
      vec4 p = Texel(MainTex, VaryingTexCoord.xy) * VaryingColor;
      love_Canvases[0] = p;
      love_Canvases[1] = vec4(1.0 - p.rgb, 1.0);
    }
  ]])
  place = g.newShader([[
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      return vec4(xy / 100.0, love_PixelCoord.x / love_ScreenSize.x, 1.0);
    }
  ]])
  varyings = g.newShader([[
    varying mat2 turn;
    varying float list[3];
    #ifdef VERTEX
    uniform mat4 extra;
    vec4 position(mat4 m, vec4 p) {
      turn = mat2(0.5, VertexTexCoord.x, VertexTexCoord.y, 0.5);
      for (int i = 0; i < 3; i++) list[i] = float(i) * 0.25 + VertexTexCoord.x * 0.25;
      return ProjectionMatrix * TransformMatrix * extra * p;
    }
    #endif
    #ifdef PIXEL
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      return vec4(turn * vec2(list[0], list[1]), list[2], 1.0);
    }
    #endif
  ]])
end
function love.draw()
  g.setCanvas(a, b)
  g.clear(0, 0, 0, 1)
  g.setShader(both)
  g.setColor(1, 0.8, 0.6)
  g.draw(image, 10, 10, 0, 5, 5)
  g.setCanvas()
  g.setShader()
  g.setColor(1, 1, 1)
  g.draw(a, 5, 5)
  g.draw(b, 110, 5)
  g.setCanvas(a)
  g.clear()
  g.setShader(place)
  g.rectangle("fill", 0, 0, 100, 60)
  g.setCanvas()
  g.setShader()
  g.draw(a, 5, 120)
  g.setShader(place)
  g.rectangle("fill", 215, 5, 100, 100)
  g.setShader(varyings)
  varyings:send("extra", { 1, 0, 0, 5, 0, 1, 0, 10, 0, 0, 1, 0, 0, 0, 0, 1 })
  g.draw(image, 110, 120, 0, 5, 5)
  local t = love.math.newTransform(20, 0, 0.2)
  varyings:send("extra", t)
  g.draw(image, 200, 80, 0, 5, 5)
end
