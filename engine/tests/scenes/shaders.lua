-- Shaders: tint, wave, blur, old screen; sent numbers, vectors, matrices, arrays, booleans, structures, textures.
local g = love.graphics
local image, tint, wave, blur, screen, mixed, lights, plain
function love.load()
  local data = love.image.newImageData(64, 64)
  data:mapPixel(function(x, y)
    return x / 63, y / 63, 0.5 + 0.5 * math.sin(x / 10), 1
  end)
  image = g.newImage(data)
  tint = g.newShader([[
    extern vec4 color;
    extern number amount;
    extern bool inverted;
    vec4 effect(vec4 vcolor, Image tex, vec2 uv, vec2 xy) {
      vec4 p = Texel(tex, uv) * vcolor;
      if (inverted) p.rgb = 1.0 - p.rgb;
      return mix(p, color, amount);
    }
  ]])
  wave = g.newShader([[
    uniform float phase;
    vec4 position(mat4 transform_projection, vec4 vertex_position) {
      vertex_position.x += 6.0 * sin(vertex_position.y * 0.05 + phase);
      return transform_projection * vertex_position;
    }
  ]])
  blur = g.newShader([[
    #define RADIUS 4
    extern vec2 size;
    extern number weights[RADIUS];
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      vec4 sum = vec4(0.0);
      float total = 0.0;
      for (int i = -RADIUS + 1; i < RADIUS; i++) {
        float w = weights[i < 0 ? -i : i];
        sum += Texel(tex, uv + vec2(float(i), 0.0) / size) * w;
        total += w;
      }
      return sum / total * color;
    }
  ]])
  screen = g.newShader([[
    vec2 bend(vec2 uv) {
      uv = uv * 2.0 - 1.0;
      uv *= 1.0 + 0.1 * dot(uv.yx, uv.yx);
      return uv * 0.5 + 0.5;
    }
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 screen_coords) {
      vec2 at = bend(uv);
      float line = mod(floor(screen_coords.y / 4.0), 2.0) < 0.5 ? 1.0 : 0.85;
      vec4 p = Texel(tex, clamp(at, 0.0, 1.0));
      return vec4(p.rgb * line, 1.0) * color;
    }
  ]])
  mixed = g.newShader([[
    extern Image other;
    extern mat3 colors;
    extern mat2 turn;
    extern vec3 tones[2];
    extern ivec2 steps;
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      vec2 p = turn * (uv - 0.5) + 0.5;
      vec4 a = Texel(tex, uv), b = Texel(other, p);
      vec3 c = colors * mix(a.rgb, b.rgb, 0.5);
      c *= uv.x < 0.5 ? tones[0] : tones[1];
      return vec4(floor(c * float(steps.x)) / float(steps.y), 1.0);
    }
  ]])
  lights = g.newShader([[
    struct Light { vec2 place; vec3 color; number power; };
    extern Light lights[2];
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      vec3 sum = vec3(0.1);
      for (int i = 0; i < 2; i++) {
        float d = distance(lights[i].place, xy) / 30.0;
        sum += lights[i].color * lights[i].power / (1.0 + d * d);
      }
      return vec4(sum, 1.0) * Texel(tex, uv);
    }
  ]])
  plain = g.newShader([[
    varying vec2 place;
    #ifdef VERTEX
    vec4 position(mat4 m, vec4 p) { place = VertexTexCoord.xy * 2.0; VaryingColor.r = 0.5; return m * p; }
    #endif
    #ifdef PIXEL
    vec4 effect(vec4 color, Image tex, vec2 uv, vec2 xy) {
      return vec4(fract(place), color.r, 1.0) * vec4(love_ScreenSize.xy / 320.0, 1.0, 1.0);
    }
    #endif
  ]])
end
function love.draw()
  g.clear(0.1, 0.1, 0.2)
  g.setShader(tint)
  tint:send("color", { 1, 0.5, 0, 1 })
  tint:send("amount", 0.4)
  tint:send("inverted", false)
  g.draw(image, 5, 5)
  tint:send("amount", 0)
  tint:send("inverted", true)
  g.draw(image, 75, 5)
  g.setColor(0.5, 1, 0.5)
  tint:send("inverted", false)
  g.rectangle("fill", 145, 5, 30, 64)
  g.setColor(1, 1, 1)
  g.setShader(wave)
  wave:send("phase", 1)
  g.draw(image, 195, 5)
  for i = 0, 3 do g.rectangle("fill", 270, 5 + i * 16, 30, 8) end
  g.setShader(blur)
  blur:send("size", { 64, 64 })
  blur:send("weights", 1, 0.8, 0.5, 0.2)
  g.draw(image, 5, 80)
  g.setShader(screen)
  g.draw(image, 75, 80)
  g.setShader(mixed)
  mixed:send("other", image)
  mixed:send("colors", { 0, 1, 0, 1, 0, 0, 0, 0, 1 })
  mixed:send("turn", { { 0, 1 }, { -1, 0 } })
  mixed:send("tones", { 1, 1, 1 }, { 0.5, 1, 0.5 })
  mixed:send("steps", { 8, 8 })
  g.draw(image, 145, 80)
  g.setShader(lights)
  lights:send("lights[0].place", { 230, 100 })
  lights:send("lights[0].color", { 1, 0, 0 })
  lights:send("lights[0].power", 1)
  lights:send("lights[1].place", { 260, 130 })
  lights:send("lights[1].color", { 0.5, 0.5, 1 })
  lights:send("lights[1].power", 1.5)
  g.draw(image, 215, 80)
  g.setShader(plain)
  g.draw(image, 5, 155)
  g.push()
  g.translate(120, 200)
  g.rotate(0.4)
  g.draw(image, -32, -32)
  g.pop()
  g.setShader()
  g.draw(image, 170, 155)
end
