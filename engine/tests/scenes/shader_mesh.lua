-- Meshes with shaders: three dimensions with depth, attributes of one's own, instances, missing attributes.
local g = love.graphics
local cube, shader, dots, plain, drawn
function love.load()
  local vertices, map = {}, {}
  local function face(n, u, v)
    local base = #vertices
    for i = 0, 3 do
      local a, b = i % 2 * 2 - 1, math.floor(i / 2) * 2 - 1
      vertices[#vertices + 1] = {
        n[1] + a * u[1] + b * v[1], n[2] + a * u[2] + b * v[2], n[3] + a * u[3] + b * v[3],
        i % 2, math.floor(i / 2), n[1], n[2], n[3],
      }
    end
    for _, k in ipairs({ 1, 2, 3, 3, 2, 4 }) do map[#map + 1] = base + k end
  end
  for s = -1, 1, 2 do
    face({ s, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 })
    face({ 0, s, 0 }, { 1, 0, 0 }, { 0, 0, 1 })
    face({ 0, 0, s }, { 1, 0, 0 }, { 0, 1, 0 })
  end
  cube = g.newMesh({
    { "VertexPosition", "float", 3 }, { "VertexTexCoord", "float", 2 }, { "VertexNormal", "float", 3 },
  }, vertices, "triangles", "static")
  cube:setVertexMap(map)
  shader = g.newShader([[
    varying vec3 normal;
    #ifdef VERTEX
    attribute vec3 VertexNormal;
    uniform mat4 camera;
    vec4 position(mat4 m, vec4 p) {
      normal = mat3(camera) * VertexNormal;
      vec4 q = camera * p;
      return vec4(q.x * 0.75, q.y, q.z * 0.2, q.z * 0.1 + 1.6);
    }
    #endif
    #ifdef PIXEL
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      return vec4(normal * 0.5 + 0.5, 1.0) * vec4(uv, 1.0, 1.0) + vec4(0.2, 0.2, 0.0, 0.0);
    }
    #endif
  ]])
  local places = {}
  for i = 0, 9 do places[#places + 1] = { i * 30, (i * 7) % 4 * 12, i / 9, 1 - i / 9, 0.5, 1 } end
  dots = g.newMesh({ { "VertexPosition", "float", 2 } }, { { 0, 0 }, { 20, 0 }, { 20, 20 }, { 0, 20 } }, "fan", "static")
  local instances = g.newMesh({ { "Place", "float", 2 }, { "Tone", "byte", 4 } }, places, "points", "static")
  dots:attachAttribute("Place", instances, "perinstance")
  dots:attachAttribute("Tone", instances, "perinstance")
  drawn = g.newShader([[
    attribute vec2 Place;
    attribute vec4 Tone;
    vec4 position(mat4 m, vec4 p) {
      p.xy += Place;
      VaryingColor *= Tone;
      return m * p;
    }
  ]], [[
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) { return color; }
  ]])
  plain = g.newMesh({ { 0, 0, 0, 0, 1, 0, 0 }, { 40, 0, 1, 0, 0, 1, 0 }, { 40, 30, 1, 1, 0, 0, 1 } }, "triangles")
end
function love.draw()
  g.clear(0.1, 0.1, 0.2, 1, true, true)
  g.setShader(shader)
  g.setDepthMode("lequal", true)
  local a, b = 0.7, 0.5
  local ca, sa, cb, sb = math.cos(a), math.sin(a), math.cos(b), math.sin(b)
  shader:send("camera", { { ca, 0, sa, 0.3 }, { sa * sb, cb, -ca * sb, 0.3 }, { -sa * cb, sb, ca * cb, 0 }, { 0, 0, 0, 1 } })
  g.draw(cube)
  g.setDepthMode()
  g.setShader(drawn)
  g.drawInstanced(dots, 10, 5, 160)
  g.setColor(1, 1, 0.5)
  g.draw(plain, 10, 10)
  g.setShader()
  g.setColor(1, 1, 1)
  g.draw(plain, 60, 10)
  g.setShader(drawn)
  g.rectangle("fill", 110, 10, 20, 20)
  g.setShader()
end
