-- Floating point, calls and arrays: the largest singular value of an infinite matrix, by power iteration.
local n = tonumber((...)) or 480

local function element(i, j)
  local ij = i + j - 1
  return 1 / (ij * (ij - 1) * 0.5 + i)
end

local function times(x, y)
  for i = 1, n do
    local sum = 0
    for j = 1, n do sum = sum + x[j] * element(i, j) end
    y[i] = sum
  end
end

local function times_transposed(x, y)
  for i = 1, n do
    local sum = 0
    for j = 1, n do sum = sum + x[j] * element(j, i) end
    y[i] = sum
  end
end

local u, v, t = {}, {}, {}
for i = 1, n do u[i] = 1 end
for _ = 1, 10 do
  times(u, t) times_transposed(t, v)
  times(v, t) times_transposed(t, u)
end
local vbv, vv = 0, 0
for i = 1, n do
  vbv, vv = vbv + u[i] * v[i], vv + v[i] * v[i]
end
print(("%.9f"):format(math.sqrt(vbv / vv)))
