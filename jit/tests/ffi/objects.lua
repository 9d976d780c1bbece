-- Objects: initialisers, members, elements, conversions and their messages, arithmetic, metatypes, finalizers.
local ffi = require("ffi")
local function try(name, f, ...) print(name, pcall(f, ...)) end
local function list(object, count)
  local t = {}
  for i = 0, count - 1 do t[#t + 1] = tostring(object[i]) end
  print(table.concat(t, " "))
end

ffi.cdef [[
typedef struct { double x, y; } point;
typedef struct { point a; int b[3]; const char *name; } nested;
typedef union { int i; float f; uint8_t bytes[4]; } mix;
struct vls { int n; int data[?]; };
struct bits { int a:3; unsigned b:5; bool c:1; };
enum colour { RED, GREEN = 5, BLUE };
struct constant { const int k; int m; static const int LIMIT = 42; };
struct anonymous { int a; union { int u; float f; }; struct { short s, t; }; int z; };
]]

-- Initialisers.
list(ffi.new("int[4]"), 4)
list(ffi.new("int[4]", 7), 4)
list(ffi.new("int[4]", 1, 2), 4)
list(ffi.new("int[4]", {1, 2}), 4)
list(ffi.new("int[4]", {[0] = 9, 8}), 4)
list(ffi.new("int[4]", {7}), 4)
list(ffi.new("int[?]", 3, 5), 3)
list(ffi.new("int[?]", 3, {1, 2, 3}), 3)
try("too many", ffi.new, "int[2]", 1, 2, 3)
try("too many in table", ffi.new, "int[2]", {1, 2, 3})
try("too many scalars", ffi.new, "int", 1, 2)
try("negative", ffi.new, "int[?]", -1)
print(ffi.string(ffi.new("char[6]", "hello")), ffi.string(ffi.new("char[3]", "hello"), 3), ffi.string(ffi.new("char[?]", 9, "hello")))
local n = ffi.new("nested", {{1, 2}, {3, 4, 5}, "text"})
print(n.a.x, n.a.y, n.b[0], n.b[1], n.b[2], ffi.string(n.name))
n = ffi.new("nested", {b = {9}, a = {y = 4}})
print(n.a.x, n.a.y, n.b[0], n.b[1], n.b[2], n.name == nil)
local p = ffi.new("point", 3, 4)
print(p.x, p.y, ffi.new("point", {y = 5}).y, ffi.new("point", p).x)
try("too many fields", ffi.new, "point", 1, 2, 3)
local m = ffi.new("mix", 0x3f800000)
print(m.f, m.bytes[3], m.i)
local v = ffi.new("struct vls", 4, {7, {1, 2, 3, 4}})
print(v.n, v.data[3], ffi.sizeof(v), ffi.sizeof("struct vls", 4))
local a = ffi.new("struct anonymous", 1, 2, 3, 4, 5)
print(a.a, a.u, a.s, a.t, a.z)
a = ffi.new("struct anonymous", {1, 2, 3})
print(a.a, a.u, a.s, a.t, a.z)
try("complex", function() local c = ffi.new("complex", 1, 2) return c.re, c.im, c[0], c[1], tostring(c) end)
try("ref", function() local q = ffi.new("point &", p) q.x = 77 return p.x end)

-- Bit-fields.
local b = ffi.new("struct bits")
b.a, b.b, b.c = 5, 37, true
print(b.a, b.b, b.c)
b.a, b.b, b.c = -1, -1, false
print(b.a, b.b, b.c)

-- Enumerations.
local e = ffi.new("enum colour", "GREEN")
print(tonumber(e), e == "GREEN", e == "RED", e == 5, ffi.C.BLUE)
try("no constant", ffi.new, "enum colour", "PINK")
try("compare", function() return e == "PINK" end)
try("concat", function() return e .. "x" end)

-- Constants.
local k = ffi.new("struct constant", 1, 2)
print(k.k, k.m, k.LIMIT)
try("store const", function() k.k = 3 end)
try("store static", function() k.LIMIT = 3 end)
try("store const struct", function() local t = ffi.new("struct constant[1]") t[0] = k end)
try("store const array", function() ffi.new("const int[3]")[0] = 1 end)

-- Conversions of numbers. What does not fit is left out: C calls it undefined, and LuaJIT's versions differ.
for _, t in ipairs {"int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "float", "double", "bool"} do
  local r = {}
  for _, x in ipairs {0, 1, 1.9, 127, 128, 255, 256, 65535, 2^30, 0.1} do
    r[#r + 1] = tostring(ffi.new(t .. "[1]", x)[0])
  end
  print(t, table.concat(r, " "))
end
for _, t in ipairs {"int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "float", "double"} do
  print(t, ffi.new(t .. "[1]", -1)[0], ffi.new(t .. "[1]", -1.9)[0], ffi.new(t .. "[1]", -129)[0])
end
print(ffi.new("int64_t", -2^53), ffi.new("uint64_t", 2^63), ffi.new("uint64_t", 1e19))
for _, t in ipairs {"int", "double", "bool", "int *", "const char *", "void *", "point", "int[2]", "int (*)(int)", "enum colour", "complex"} do
  for _, x in ipairs {1, true, "text", {}, print, ffi.new("int", 3), ffi.new("double", 3), ffi.new("int[2]"), ffi.new("int *"), ffi.new("point"), 5LL, 6ULL, 2i, ffi.cast("void *", 0), ffi.cast("const int *", 0), ffi.new("enum colour", 1), ffi.new("bool", true)} do
    local ok, result = pcall(ffi.new, t, x)
    local ok2, result2 = pcall(ffi.cast, t, x)
    if type(x) ~= "function" then print(t, tostring(x), ok, not ok and result or "", ok2, not ok2 and result2 or "") end
  end
  local ok, result = pcall(ffi.new, t, nil)
  print(t, "nil", ok, not ok and result or "")
end
try("assign string", function() ffi.new("int[3]")[0] = "x" end)
try("assign table", function() ffi.new("int[3]")[0] = {} end)
try("assign nil", function() ffi.new("int[3]")[0] = nil end)
try("pointer from pointer", function() local x = ffi.new("int *[1]") x[0] = ffi.new("char *") end)
try("drop const", function() local x = ffi.new("char *[1]") x[0] = "abc" end)

-- Missing members and bad indexes.
try("member", function() return p.z end)
try("member store", function() p.z = 1 end)
try("array member", function() return ffi.new("int[3]").foo end)
try("index table", function() return ffi.new("int[3]")[{}] end)
try("index bool", function() return p[true] end)
try("index void", function() return ffi.cast("void *", 0)[0] end)
try("call", function() return p() end)
try("length", function() return #p end)
try("arithmetic", function() return p + 1 end)
try("compare", function() return p < p end)
try("equal", function() return p == 1, p == p, p == nil, p ~= "x" end)

-- Pointers.
local array = ffi.new("int[10]", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
local first = array + 2
print(first[0], (first + 3)[0], (3 + first)[0], (first - 1)[0], first - array, first > array, first <= first, first == array + 2)
print(ffi.typeof(first), ffi.typeof(array + 0), first[1LL], first[ffi.new("int", 2)])
try("difference", function() return first - ffi.new("char *") end)
try("pointer times", function() return first * 2 end)
print(ffi.cast("int *", 0) == nil, ffi.new("void *") == nil, ffi.cast("intptr_t", ffi.cast("void *", 1234)))
local pp = ffi.new("point[2]", {{1, 2}, {3, 4}})
local q = pp + 1
print(q.x, q.y, q[0].x, pp[1].y, q[-1].x)
q.x = 30
pp[0] = pp[1]
print(pp[0].x, ffi.istype("point", pp[0]), ffi.istype("point", q), ffi.istype("point *", q), ffi.istype("int", 1))

-- 64-bit integers.
for _, pair in ipairs {{7LL, 2}, {-7LL, 2}, {7ULL, 2}, {-7LL, 2ULL}, {1LL, 0}, {1ULL, 0}, {2LL, 62}, {-1LL, 3.7}, {0x8000000000000000LL, -1LL}} do
  local x, y = pair[1], pair[2]
  print(x, y, x + y, x - y, x * y, x / y, x % y, x ^ y, -x, x < y, x <= y, x == y)
end
print(1LL, 1ull, 0xffffffffffffffffULL, -1LL, 12i, tostring(9223372036854775807LL), tonumber(2^60 + 1LL))
for _, s in ipairs {"5", "0x10", "5LL", "5ULL", "zz"} do print(s, tonumber(s)) end
print(({[1] = "x"})[1LL])

-- Metatypes.
local Vector
Vector = ffi.metatype("struct { double x, y; }", {
  __add = function(s, o) return Vector(s.x + o.x, s.y + o.y) end,
  __sub = function(s, o) return "sub" end, __mul = function(s, o) return "mul" end, __div = function() return "div" end,
  __mod = function() return "mod" end, __pow = function() return "pow" end, __unm = function() return "unm" end,
  __len = function() return 7 end, __concat = function(s, o) return "cat" end, __call = function(s, ...) return "call", ... end,
  __eq = function() return true end, __lt = function() return true end, __le = function() return false end,
  __tostring = function(s) return "(" .. s.x .. "," .. s.y .. ")" end,
  __index = {dot = function(s, o) return s.x * o.x + s.y * o.y end, kind = "vector"},
  __newindex = function(s, k, v) rawset(_G, "written", k .. v) end,
  __pairs = function(s) return function(_, k) if not k then return "x", s.x end end, s, nil end,
  __ipairs = function(s) return function(_, i) if i < 2 then return i + 1, s.x end end, s, 0 end,
})
local u, w = Vector(1, 2), Vector(3, 4)
print(u + w, u - w, u * 2, 2 * u, u / w, u % w, u ^ w, -u, #u, u .. "x", "x" .. u, u(1, 2), u == w, u < w, u <= w, u ~= w)
print(u:dot(w), u.kind, Vector.kind, pcall(function() return u.nothing end))
u.other = 5
print(written)
for key, value in pairs(u) do print(key, value) end
for index, value in ipairs(u) do print(index, value) end
print(tostring(ffi.new(ffi.typeof("$ *", Vector), u)), (ffi.typeof("$ *", Vector))(u):dot(w))
try("protected", ffi.metatype, Vector, {})
try("no struct", ffi.metatype, "int", {})
local New = ffi.metatype("struct { int v; }", {__new = function(ct, x) return ffi.new(ct, x * 2) end})
print(New(21).v, ffi.new(New, 5).v)
local Function = ffi.metatype("struct { int w; }", {__index = function(s, k) return k .. s.w end, __newindex = function(s, k, v) s.w = v end})
local f = Function(3)
print(f.abc, f[1])
f.anything = 9
print(f.w)

-- Finalizers.
do
  local log = {}
  local function final(o) log[#log + 1] = o[0] end
  for i = 1, 3 do ffi.gc(ffi.new("int[1]", i), final) end
  local kept = ffi.gc(ffi.new("int[1]", 10), final)
  ffi.gc(kept, nil)
  kept = nil
  collectgarbage() collectgarbage()
  table.sort(log)
  print(table.concat(log, " "))
  local count = 0
  local Counted = ffi.metatype("struct { int c; }", {__gc = function() count = count + 1 end})
  for i = 1, 5 do Counted(i) end
  collectgarbage() collectgarbage()
  print(count)
end

-- Texts.
print(ffi.typeof("int"), ffi.typeof(p), ffi.typeof("int *")(array), ffi.new("bool"), ffi.new("int64_t[1]")[0], type(p), ffi.typeof("enum colour"))
print(getmetatable(p), type(ffi.C), ffi.os == jit.os, ffi.arch == jit.arch, ffi.abi("64bit"), ffi.abi("le"), ffi.abi("win"))
try("typeof", ffi.typeof) try("typeof number", ffi.typeof, 5) try("sizeof", ffi.sizeof) try("void", ffi.new, "void")
try("gc", ffi.gc, 5, 5) try("string", ffi.string, 5) try("copy", ffi.copy, "a", 5) try("fill", ffi.fill) try("offsetof", ffi.offsetof, "int", "x")
try("cast struct", ffi.cast, "point", 5) try("istype", ffi.istype, "int")
