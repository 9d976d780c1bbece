-- Calls of small C functions, and small copies.
local ffi = require("ffi")
local rounds = tonumber((...)) or 300000
ffi.cdef "double sin(double); double fmin(double, double); int abs(int); size_t strlen(const char *);"
local C = ffi.C
local sum = 0
local buffer = ffi.new("char[32]")
for i = 1, rounds do
  sum = sum + C.sin(i) + C.fmin(i, 3) + C.abs(-i % 10)
  if i % 4 == 0 then
    ffi.copy(buffer, "short text", 10)
    sum = sum + tonumber(C.strlen(buffer))
  end
end
print(("%.6f"):format(sum))
