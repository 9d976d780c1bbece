-- A million objects of one kind in an array; prints the resident bytes of the process (Linux).
local kind, count, objects = arg[1], 1000000, {}
if kind == "strings" then
  for i = 1, count do objects[i] = ("%020d"):format(i) end
elseif kind == "tables" then
  for i = 1, count do objects[i] = {x = 1, y = 2, vx = 3, vy = 4, life = 5} end
end
if kind ~= "empty" then collectgarbage() collectgarbage() end
for line in io.lines("/proc/self/status") do
  local size = line:match("VmRSS:%s+(%d+)")
  if size then print(size * 1024) end
end
