local g = love.graphics
local function effect(body)
  return "vec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) {\n  " .. body .. "\n}\n"
end
-- What is wrong with code.
for i, code in ipairs({
  effect("return foo;"), effect("return c"), effect("vec3 x = c; return c;"), effect("return foo(c);"),
  effect("return c * vec3(1.0);"), effect("return c.xyq;"), effect("return c.abc;"), effect("return sin(t);"),
  effect("float a; float a; return c;"), effect("if (1.0) {} return c;"), effect("return 1.0;"), effect("return c[7];"),
  effect("return vec4(1.0, 2.0);"), effect("return vec4(1.0, 2.0, 3.0, 4.0, 5.0);"), effect("int y = 1.0; return c;"),
  effect("const float x = 1.0; x = 2.0; return c;"), "extern number q;\n" .. effect("q = 2.0; return c;"),
  "#error hi there\n" .. effect("return c;"), "#if 1\n" .. effect("return c;"), "#endif\n" .. effect("return c;"),
  effect("return c @;"), "hello", "missing.glsl", effect("return undefinedfn(1.0, 2);"),
  "float f(float x) { return x; }\n" .. effect("return vec4(f(c));"), "float f(float x) { }\n" .. effect("return c;"),
  "struct A { float x; };\n" .. effect("A a; return vec4(a.y);"), effect("uint q = 1u; return c;"),
  "#pragma language glsl3\n" .. effect("return c & c;"), effect("return texture(t, tc);"), effect("return Texel(t);"),
  "vec4 effect(vec4 c, Image t, vec2 tc) {\n return c; }", effect("return c + t;"), effect("float if = 2.0; return c;"),
  effect("for (int i=0;i<3;i++ { } return c;"), effect("discard; break;"), effect("return c;") .. "vec4 position(mat4 m, vec4 p) { return q; }",
  "varying vec3 v;\n" .. effect("v.x = 1.0; return c;"), effect("vec2 p = tc; p.xx = tc; return c;"), effect("c++; return c;"),
}) do
  -- One line each, so that a difference stays where it is.
  show("newShader " .. i, function()
    local made, message = pcall(g.newShader, code)
    return made or message:gsub("\n", "|")
  end)
  show("validateShader " .. i, function()
    local _, _, message = pcall(g.validateShader, false, code)
    return message and message:gsub("\n", "|")
  end)
end
show("no code", g.newShader)
show("two pixels", g.newShader, effect("return c;"), effect("return c;"))
show("languages", g.newShader, "#pragma language glsl3\nvec4 position(mat4 m, vec4 p) { return p; }", effect("return c;"))
show("language", g.newShader, "#pragma language glsl9\n" .. effect("return c;"))
-- Sending.
local shader = g.newShader([[
  extern number n; extern vec3 v; extern number list[3]; extern vec2 pairs[2]; extern mat3 m; extern mat4 big; extern bool b;
  extern bvec2 bb; extern int i; extern ivec2 ii; extern Image image; extern number unused;
]] .. effect([[
  float sum = n + v.x + v.y + v.z + list[0] + list[1] + list[2] + pairs[0].x + pairs[1].y + float(i) + float(ii.x + ii.y);
  if (b && bb.x && bb.y) sum += 1.0;
  vec3 p = m * v; vec4 q = big * c;
  return Texel(image, tc) * sum + vec4(p, 1.0) + q;
]]))
show("type", shader.type, shader)
show("typeOf", shader.typeOf, shader, "Object")
show("getWarnings", function() return type(shader:getWarnings()) end)
for _, name in ipairs({ "n", "v", "list", "pairs", "m", "big", "b", "bb", "i", "ii", "image", "unused", "nothing" }) do
  show("hasUniform " .. name, shader.hasUniform, shader, name)
end
local canvas = g.newCanvas(4, 4)
for k, arguments in ipairs({
  { "n", 1 }, { "n" }, { "n", "x" }, { "n", {} }, { "n", "12" }, { "v", 1, 2, 3 }, { "v", { 1, 2, 3 } }, { "v", { 1, 2 } },
  { "list", 1 }, { "list", 1, 2, 3, 4 }, { "list", 1, "x" }, { "list", { 1 } }, { "pairs", { 1, 2 }, { 3, 4 } }, { "pairs", { 1, 2 }, 3 },
  { "m", { 1, 2, 3, 4, 5, 6, 7, 8, 9 } }, { "m", { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } } }, { "m", "column", { 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
  { "m", "diagonal", {} }, { "m", 1 }, { "m", { 1, 2 } }, { "big", love.math.newTransform() }, { "b", true }, { "b", 1 }, { "bb", { true, false } },
  { "bb", { 1, 2 } }, { "i", 3 }, { "ii", { 1, 2 } }, { "image", canvas }, { "image", 1 }, { "unused", 1 }, { "nothing", 1 }, {},
}) do
  show("send " .. k, shader.send, shader, unpack(arguments))
end
show("sendColor v", shader.sendColor, shader, "v", { 1, 0.5, 2 })
show("sendColor n", shader.sendColor, shader, "n", 1)
show("sendColor missing", shader.sendColor, shader, "q", 1)
local bytes = love.data.newByteData(64)
show("send data", shader.send, shader, "big", bytes)
show("send data by columns", shader.send, shader, "big", "column", bytes)
show("send data offset", shader.send, shader, "v", bytes, -1)
show("send data far", shader.send, shader, "v", bytes, 64)
show("send data size", shader.send, shader, "v", bytes, 0, 5)
show("send data all", shader.send, shader, "v", bytes, 0, 24)
show("send data image", shader.send, shader, "image", bytes)
-- Choosing.
show("setShader", g.setShader, shader)
show("getShader is it", function() return g.getShader() == shader end)
show("setShader nothing", g.setShader)
show("getShader", g.getShader)
show("setShader wrong", g.setShader, 1)
