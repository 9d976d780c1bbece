-- Collector load: many short-lived trees beside one that lives.
local depth_max = tonumber((...)) or 15

local function tree(depth)
  if depth == 0 then return {} end
  return {tree(depth - 1), tree(depth - 1)}
end
local function check(node)
  if node[1] then return 1 + check(node[1]) + check(node[2]) end
  return 1
end

local kept = tree(depth_max)
for depth = 4, depth_max, 2 do
  local count, sum = 2 ^ (depth_max - depth + 4), 0
  for _ = 1, count do sum = sum + check(tree(depth)) end
  print(("%d trees of depth %d: %d"):format(count, depth, sum))
end
print(check(kept))
