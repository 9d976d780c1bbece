-- Calls into C: arguments, results, variadic functions, callbacks with errors, errno, memory functions.
local ffi = require("ffi")
ffi.cdef [[
double sqrt(double); double pow(double, double); float sqrtf(float); int abs(int); long labs(long); double fabs(double);
size_t strlen(const char *); char *strcpy(char *, const char *); int snprintf(char *, size_t, const char *, ...);
typedef struct { int quot, rem; } div_t; div_t div(int, int);
typedef struct { long quot, rem; } ldiv_t; ldiv_t ldiv(long, long);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *bsearch(const void *, const void *, size_t, size_t, int (*)(const int *, const int *));
int memcmp(const void *, const void *, size_t); int toupper(int); int close(int); char *strerror(int);
double renamed(double) asm("cos");
double complex csqrt(double complex); float complex conjf(float complex);
extern char **environ;
int missing_function(int);
]]
local C = ffi.C
local function try(name, f, ...) print(name, pcall(f, ...)) end

print(C.sqrt(2), C.pow(2, 10), C.sqrtf(2), C.abs(-5), C.labs(-5), C.fabs(-0.5), C.renamed(0), C.toupper(97))
print(C.strlen("hello"), C.div(17, 5).quot, C.div(17, 5).rem, C.ldiv(-17, 5).quot, C.ldiv(-17, 5).rem)
local buffer = ffi.new("char[128]")
local function printed(format, ...)
  local n = C.snprintf(buffer, 128, format, ...)
  print(n, ffi.string(buffer))
end
printed("plain")
printed("%s %g %d %lld %c", "str", 3.5, ffi.new("int", 42), -7LL, ffi.new("int", 65))
printed("%d %d %d %d %d %d %d", ffi.new("int", 1), ffi.new("int", 2), ffi.new("int", 3), ffi.new("int", 4), ffi.new("int", 5), ffi.new("int", 6), ffi.new("int", 7))
printed("%g %g %g %g %g %g %g %g %g %g", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
printed("%g %d %s %g %d %s %g %d %s", 1, ffi.new("int", 2), "3", 4, ffi.new("int", 5), "6", 7, ffi.new("int", 8), "9")
printed("%g %p", ffi.new("float", 0.5), nil)
printed("%s", ffi.new("char[5]", "arr"))
C.strcpy(buffer, "copied")
print(ffi.string(buffer), ffi.string(buffer, 3), C.memcmp(buffer, "copied", 6))
try("complex", function() local r = C.csqrt(ffi.new("complex", 3, 4)) return r.re, r.im end)
try("complex float", function() local r = C.conjf(ffi.new("complex float", 3, 4)) return r.re, r.im end)

try("conversion", C.sqrt, "x")
try("too few", C.sqrt)
try("too many", C.sqrt, 1, 2)
try("missing declaration", function() return C.nothing_here end)
try("constant", function() C.sqrt = 1 end)
print((select(2, pcall(function() return C.missing_function end))):match("undefined symbol: (%S+)"))
print(tostring(C.sqrt):match("^cdata<[^>]*>"), C.sqrt == C.sqrt, ffi.typeof(C.sqrt))
print(C.environ ~= nil, C.environ[0] ~= nil)
local sqrt = ffi.cast("double (*)(double)", C.sqrt)
print(sqrt(16))
try("load", ffi.load, "no_such_library_here")
print(type(ffi.load("m")), ffi.load("m").sqrt(81))

-- errno
ffi.errno(0)
print(C.close(-1), ffi.errno() ~= 0, ffi.errno(5) ~= 5, ffi.errno())

-- Callbacks.
local numbers = ffi.new("int[12]", {5, 3, 8, 1, 9, 2, 7, 4, 6, 0, 11, 10})
local function compare(a, b) return ffi.cast("const int *", a)[0] - ffi.cast("const int *", b)[0] end
local callback = ffi.cast("int (*)(const void *, const void *)", compare)
C.qsort(numbers, 12, 4, callback)
local t = {}
for i = 0, 11 do t[#t + 1] = numbers[i] end
print(table.concat(t, " "))
local key = ffi.new("int[1]", 7)
local found = ffi.cast("int *", C.bsearch(key, numbers, 12, 4, function(a, b) return a[0] - b[0] end))
print(found - numbers)
callback:set(function(a, b) return compare(b, a) end)
C.qsort(numbers, 12, 4, callback)
print(numbers[0], numbers[11])
callback:free()
try("freed", callback.free, callback)
local calls = 0
try("error in callback", function() C.qsort(numbers, 12, 4, function() calls = calls + 1 error("boom", 0) end) end)
print(calls >= 1)

try("bad result", function() return ffi.cast("int (*)(void)", function() return "x" end)() end)
print(ffi.cast("double (*)(double, float, int)", function(a, b, c) return a + b + c end)(1, 0.5, 2))
print(ffi.cast("bool (*)(bool, int8_t, uint8_t)", function(a, b, c) print(a, b, c) return not a end)(true, -1, 255))
print(ffi.cast("int (*)(int,int,int,int,int,int,int,int,int)", function(...) return select("#", ...) + select(9, ...) end)(1, 2, 3, 4, 5, 6, 7, 8, 9))
print(ffi.cast("const char *(*)(void)", function() return nil end)() == nil)
local co = coroutine.wrap(function()
  local cb = ffi.cast("int (*)(int)", function(x) return x * 2 end)
  local r = cb(4)
  coroutine.yield(r)
  return cb(5)
end)
print(co(), co())
try("nested", function()
  local inner = ffi.cast("int (*)(int)", function(x) return x + 1 end)
  local outer = ffi.cast("int (*)(int)", function(x) return inner(x) * 10 end)
  return outer(4)
end)
try("through pcall", function()
  local cb = ffi.cast("int (*)(int)", function(x) local ok = pcall(error, "inner") return ok and 1 or 2 end)
  return cb(1)
end)
try("not a callback type", ffi.cast, "int (*)(complex)", function() end)

-- Memory.
local m = ffi.new("uint8_t[8]")
ffi.fill(m, 8, 0xab)
print(m[0], m[7])
ffi.fill(m, 4)
ffi.copy(m + 4, "hey")
print(m[0], m[4], m[7])
ffi.copy(m, m + 4, 2)
print(m[0], m[1], ffi.string(m + 4), #ffi.string(m, 8))
