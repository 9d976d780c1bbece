-- Programs as tutorials show them: a structure with C.sqrt, adding arrays, dgemm_ of a BLAS, a ray tracer on a vec3 metatype.
local ffi = require("ffi")

ffi.cdef [[
typedef struct { double x, y; } point_t;
double sqrt(double x);
]]
local function distance(p) return ffi.C.sqrt(p.x * p.x + p.y * p.y) end
print(distance(ffi.new("point_t", 3, 4)))

local function add_arrays(a, b, c, n)
  for i = 0, n - 1 do c[i] = a[i] + b[i] end
end
local n = 1000
local a, b, c = ffi.new("double[?]", n), ffi.new("double[?]", n), ffi.new("double[?]", n)
for i = 0, n - 1 do a[i], b[i] = i, i * 0.5 end
add_arrays(a, b, c, n)
print(c[0], c[1], c[999])

-- Fortran's interface: everything by pointer. LuaJIT refuses plain numbers for `const int *`:
ffi.cdef [[
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k, const double *alpha,
  const double *a, const int *lda, const double *b, const int *ldb, const double *beta, double *c, const int *ldc);
]]
local call = ffi.cast("void (*)(const int *)", 0)
print(pcall(call, 3))
local ok, blas = pcall(ffi.load, "libopenblas.so.0")
local product = ffi.new("double[4]")
if ok then
  local int, double = ffi.typeof("int[1]"), ffi.typeof("double[1]")
  local two = int(2)
  local x, y = ffi.new("double[4]", {1, 2, 3, 4}), ffi.new("double[4]", {5, 6, 7, 8})
  blas.dgemm_("N", "N", two, two, two, double(1), x, two, y, two, double(0), product, two)
else
  product = ffi.new("double[4]", {23, 34, 31, 46})
end
print(product[0], product[1], product[2], product[3])

ffi.cdef "typedef struct { double x, y, z; } vec3;"
local vec3
local methods = {}
vec3 = ffi.metatype("vec3", {
  __add = function(u, v) return vec3(u.x + v.x, u.y + v.y, u.z + v.z) end,
  __sub = function(u, v) return vec3(u.x - v.x, u.y - v.y, u.z - v.z) end,
  __mul = function(u, s)
    if type(u) == "number" then u, s = s, u end
    return vec3(u.x * s, u.y * s, u.z * s)
  end,
  __unm = function(u) return vec3(-u.x, -u.y, -u.z) end,
  __tostring = function(u) return ("(%.4f, %.4f, %.4f)"):format(u.x, u.y, u.z) end,
  __index = methods,
})
function methods:dot(v) return self.x * v.x + self.y * v.y + self.z * v.z end
function methods:normalised() return self * (1 / math.sqrt(self:dot(self))) end

local spheres = {{vec3(0, 0, 5), 1}, {vec3(1.5, 0.5, 4), 0.5}, {vec3(0, -101, 5), 100}}
local function trace(origin, direction, depth)
  local best, hit = math.huge
  for _, sphere in ipairs(spheres) do
    local oc = origin - sphere[1]
    local half, rest = oc:dot(direction), oc:dot(oc) - sphere[2] ^ 2
    local root = half * half - rest
    if root > 0 then
      local t = -half - math.sqrt(root)
      if t > 1e-4 and t < best then best, hit = t, sphere end
    end
  end
  if not hit then return vec3(0.5, 0.7, 1) * (0.5 + 0.5 * direction.y) end
  local point = origin + direction * best
  local normal = (point - hit[1]):normalised()
  local light = math.max(0, normal:dot(vec3(1, 1, -1):normalised()))
  local colour = vec3(0.8, 0.6, 0.4) * light
  if depth > 0 then
    colour = colour * 0.7 + trace(point, direction - 2 * normal:dot(direction) * normal, depth - 1) * 0.3
  end
  return colour
end
local sum = vec3(0, 0, 0)
for y = -12, 12 do
  for x = -16, 16 do sum = sum + trace(vec3(0, 0, 0), vec3(x / 16, -y / 16, 1):normalised(), 3) end
end
print(sum, -sum, ffi.istype(vec3, sum))
