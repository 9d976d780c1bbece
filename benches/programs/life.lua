-- A grid of cells: Conway's game of life on a torus.
local size, generations = tonumber((...)) or 96, 480
local grid = {}
local seed = 12345
for y = 1, size do
  local row = {}
  for x = 1, size do
    seed = (seed * 16807) % 2147483647
    row[x] = seed % 3 == 0 and 1 or 0
  end
  grid[y] = row
end

local function step(old)
  local new = {}
  for y = 1, size do
    local above, here, below = old[y > 1 and y - 1 or size], old[y], old[y < size and y + 1 or 1]
    local row = {}
    for x = 1, size do
      local left, right = x > 1 and x - 1 or size, x < size and x + 1 or 1
      local around = above[left] + above[x] + above[right] + here[left] + here[right] + below[left] + below[x] + below[right]
      row[x] = (around == 3 or (around == 2 and here[x] == 1)) and 1 or 0
    end
    new[y] = row
  end
  return new
end

for _ = 1, generations do grid = step(grid) end
local alive = 0
for y = 1, size do for x = 1, size do alive = alive + grid[y][x] end end
print(alive)
