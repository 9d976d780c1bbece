-- Matrix products: Lua tables, an FFI loop, and dgemm of OpenBLAS, with a plot of GFLOP/s over the size.
--
--   rlove games/blas            measures one size after the other; space starts again, Esc quits
--   rlove games/blas --print    the same as text on standard output, then quits
--
-- OpenBLAS is looked for as Debian's libopenblas0 installs it; without it its curve is missing and the window says so.

local ffi = require("ffi")

-- Fortran's convention: everything by address, matrices by columns.
ffi.cdef [[
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k, const double *alpha,
            const double *a, const int *lda, const double *b, const int *ldb, const double *beta, double *c, const int *ldc);
]]

local SIZES = { 8, 16, 24, 32, 48, 64, 96, 128, 192, 256 }
local LEAST_S = 0.02
local MOST_RUNS = 4000

local openblas, problem
for _, name in ipairs { "openblas", "libopenblas.so.0" } do
  local ok, library = pcall(ffi.load, name)
  if ok then openblas = library break end
  problem = library
end

local function product_of_tables(n)
  local a, b, c = {}, {}, {}
  for i = 1, n do
    a[i], b[i], c[i] = {}, {}, {}
    for j = 1, n do a[i][j], b[i][j] = i / j, (i + j) % 7 end
  end
  return function()
    for i = 1, n do
      local row, result = a[i], c[i]
      for j = 1, n do
        local sum = 0
        for k = 1, n do sum = sum + row[k] * b[k][j] end
        result[j] = sum
      end
    end
    return c[n][n]
  end
end

local function filled(n)
  local a, b, c = ffi.new("double[?]", n * n), ffi.new("double[?]", n * n), ffi.new("double[?]", n * n)
  for i = 1, n do
    for j = 1, n do
      -- by columns: element (i, j) is at (j - 1) * n + i - 1
      a[(j - 1) * n + i - 1], b[(j - 1) * n + i - 1] = i / j, (i + j) % 7
    end
  end
  return a, b, c
end

local function product_of_arrays(n)
  local a, b, c = filled(n)
  return function()
    ffi.fill(c, ffi.sizeof("double") * n * n)
    for j = 0, n - 1 do
      for k = 0, n - 1 do
        local factor = b[j * n + k]
        for i = 0, n - 1 do c[j * n + i] = c[j * n + i] + a[k * n + i] * factor end
      end
    end
    return c[n * n - 1]
  end
end

local function product_by_blas(n)
  local a, b, c = filled(n)
  local size, one, zero = ffi.new("int[1]", n), ffi.new("double[1]", 1), ffi.new("double[1]", 0)
  return function()
    openblas.dgemm_("N", "N", size, size, size, one, a, size, b, size, zero, c, size)
    return c[n * n - 1]
  end
end

local curves = {
  { name = "Lua tables", colour = { 0.95, 0.55, 0.35 }, make = product_of_tables, points = {} },
  { name = "FFI loop", colour = { 0.45, 0.85, 0.5 }, make = product_of_arrays, points = {} },
}
if openblas then
  curves[3] = { name = "OpenBLAS dgemm", colour = { 0.45, 0.65, 1 }, make = product_by_blas, points = {} }
end

-- GFLOP/s of one product, repeated until it took long enough to measure; and the last element of the result.
local function measure(product, n)
  local runs, seconds, last = 1, 0, nil
  repeat
    local before = os.clock()
    for _ = 1, runs do last = product() end
    seconds = os.clock() - before
    runs = runs * 2
  until seconds >= LEAST_S or runs > MOST_RUNS
  -- Under a clock that stands still (a headless run) there is nothing to measure.
  return seconds > 0 and 2 * n ^ 3 * (runs / 2) / seconds / 1e9 or 0, last
end

local step = 0
local disagreement

-- Measures the next size; false when all are done.
local function advance()
  step = step + 1
  local n = SIZES[step]
  if not n then return false end
  local expected
  for _, curve in ipairs(curves) do
    local rate, last = measure(curve.make(n), n)
    curve.points[#curve.points + 1] = { n, rate }
    expected = expected or last
    if math.abs(last - expected) > 1e-9 * math.abs(expected) then
      disagreement = curve.name .. " differs at size " .. n
    end
  end
  return true
end

local function restart()
  step, disagreement = 0, nil
  for _, curve in ipairs(curves) do curve.points = {} end
end

function love.load(arguments)
  if arguments[1] == "--print" then
    while advance() do end
    for index, n in ipairs(SIZES) do
      local line = { string.format("%4d", n) }
      for _, curve in ipairs(curves) do
        line[#line + 1] = string.format("%s %.3f GFLOP/s", curve.name, curve.points[index][2])
      end
      print(table.concat(line, "   "))
    end
    print(disagreement or "all agree")
    love.event.quit(disagreement and 1 or 0)
  end
end

function love.update() advance() end

function love.draw()
  local width, height = love.graphics.getDimensions()
  local left, right, top, bottom = 70, width - 30, 60, height - 60
  local most = 1
  for _, curve in ipairs(curves) do
    for _, point in ipairs(curve.points) do most = math.max(most, point[2]) end
  end
  love.graphics.setColor(0.6, 0.6, 0.65)
  love.graphics.line(left, top, left, bottom, right, bottom)
  for tick = 0, 4 do
    local y = bottom - (bottom - top) * tick / 4
    love.graphics.printf(string.format("%.1f", most * tick / 4), 0, y - 8, left - 8, "right")
  end
  love.graphics.print("GFLOP/s", 12, 20)
  local function place(n, rate)
    return left + (right - left) * n / SIZES[#SIZES], bottom - (bottom - top) * rate / most
  end
  for _, n in ipairs(SIZES) do
    if n >= 32 then love.graphics.printf(n, (place(n, 0)) - 20, bottom + 6, 40, "center") end
  end
  for index, curve in ipairs(curves) do
    love.graphics.setColor(curve.colour)
    love.graphics.print(curve.name, left + 20, top + index * 20)
    local last_x, last_y
    for _, point in ipairs(curve.points) do
      local x, y = place(point[1], point[2])
      if last_x then love.graphics.line(last_x, last_y, x, y) end
      love.graphics.circle("fill", x, y, 3)
      last_x, last_y = x, y
    end
  end
  love.graphics.setColor(1, 0.6, 0.5)
  love.graphics.print(disagreement or (not openblas and "no OpenBLAS: " .. tostring(problem)) or "", left, 20)
end

function love.keypressed(key)
  if key == "space" then
    restart()
  elseif key == "escape" then
    love.event.quit()
  end
end
