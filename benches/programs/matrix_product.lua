-- Arrays of arrays of numbers: C = A * B.
local n = tonumber((...)) or 270

local function filled(f)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = f(i, j) end
    m[i] = row
  end
  return m
end

local function product(a, b)
  local c = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      local sum = 0
      for k = 1, n do sum = sum + a[i][k] * b[k][j] end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end

local c = product(filled(function(i, j) return (i - j) / n end), filled(function(i, j) return (i + j) / n end))
local trace = 0
for i = 1, n do trace = trace + c[i][i] end
print(("%.6f %.6f"):format(trace, c[1][n]))
