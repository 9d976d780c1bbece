-- Gradient noise in two dimensions, four octaves, over a picture.
local size = tonumber((...)) or 550
local floor = math.floor
local table_, seed = {}, 17
for i = 0, 255 do table_[i] = i end
for i = 255, 1, -1 do
  seed = (seed * 16807) % 2147483647
  local j = seed % (i + 1)
  table_[i], table_[j] = table_[j], table_[i]
end
for i = 0, 255 do table_[i + 256] = table_[i] end

local function fade(t) return t * t * t * (t * (t * 6 - 15) + 10) end
local function lerp(t, a, b) return a + t * (b - a) end
local function slope(hash, x, y)
  local h = hash % 8
  local u, v = h < 4 and x or y, h < 4 and y or x
  return (h % 2 == 0 and u or -u) + (h % 4 < 2 and v or -v)
end
local function noise(x, y)
  local fx, fy = floor(x), floor(y)
  local xi, yi = fx % 256, fy % 256
  x, y = x - fx, y - fy
  local u, v = fade(x), fade(y)
  local a, b = table_[xi] + yi, table_[xi + 1] + yi
  return lerp(v, lerp(u, slope(table_[a], x, y), slope(table_[b], x - 1, y)),
    lerp(u, slope(table_[a + 1], x, y - 1), slope(table_[b + 1], x - 1, y - 1)))
end

local sum, positive = 0, 0
for py = 0, size - 1 do
  for px = 0, size - 1 do
    local amplitude, frequency, value = 1, 1 / 32, 0
    for _ = 1, 4 do
      value = value + noise(px * frequency, py * frequency) * amplitude
      amplitude, frequency = amplitude / 2, frequency * 2
    end
    sum = sum + value
    if value > 0 then positive = positive + 1 end
  end
end
print(positive, ("%.6f"):format(sum))
