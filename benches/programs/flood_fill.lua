-- A tile map: regions found by flood fill with a queue, then distances from the middle.
local size, rounds = tonumber((...)) or 220, 40
local seed = 5
local map = {}
for y = 1, size do
  local row = {}
  for x = 1, size do
    seed = (seed * 16807) % 2147483647
    row[x] = seed % 100 < 38 and "#" or "."
  end
  map[y] = row
end
local moves = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}}

local function fill(region, x, y, number)
  local queue_x, queue_y, head, tail = {x}, {y}, 1, 1
  region[y][x] = number
  while head <= tail do
    local cx, cy = queue_x[head], queue_y[head]
    head = head + 1
    for m = 1, 4 do
      local move = moves[m]
      local nx, ny = cx + move[1], cy + move[2]
      if nx >= 1 and nx <= size and ny >= 1 and ny <= size and map[ny][nx] == "." and not region[ny][nx] then
        region[ny][nx] = number
        tail = tail + 1
        queue_x[tail], queue_y[tail] = nx, ny
      end
    end
  end
  return tail
end

local regions, largest
for _ = 1, rounds do
  local region = {}
  for y = 1, size do region[y] = {} end
  regions, largest = 0, 0
  for y = 1, size do
    for x = 1, size do
      if map[y][x] == "." and not region[y][x] then
        regions = regions + 1
        local tiles = fill(region, x, y, regions)
        if tiles > largest then largest = tiles end
      end
    end
  end
end
print(regions, largest)
