-- c[i] = a[i] + b[i] over arrays of doubles that fit the cache.
local ffi = require("ffi")
local rounds = tonumber((...)) or 1000
local n = 4000
local a, b, c = ffi.new("double[?]", n), ffi.new("double[?]", n), ffi.new("double[?]", n)
for i = 0, n - 1 do a[i], b[i] = i, i * 0.5 end
local function add_arrays(a, b, c, n)
  for i = 0, n - 1 do c[i] = a[i] + b[i] end
end
for round = 1, rounds do add_arrays(a, b, c, n) end
print(c[0], c[1], c[n - 1])
