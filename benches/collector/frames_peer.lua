-- frames.lua under `luajit`: the collector is stopped while a frame runs; between frames it makes its smallest steps until 1 ms
-- is over. What is printed are the times (processor time of the process) between frames.
local folder, frames = arg[1], tonumber(arg[2]) or 1500
local frame = dofile(folder .. "/frames.lua")
collectgarbage() collectgarbage("stop")
local pauses, live = {}, collectgarbage("count")
local is_running, most = false, live
for index = 1, frames do
  frame()
  local count = collectgarbage("count")
  most = math.max(most, count)
  if count > live * 1.25 then is_running = true end
  if is_running then
    local start = os.clock()
    repeat
      is_running = not collectgarbage("step", 0)
    until not is_running or os.clock() - start > 0.001
    pauses[#pauses + 1] = (os.clock() - start) * 1000
    if not is_running then live = collectgarbage("count") end
    collectgarbage("stop")
  end
end
table.sort(pauses)
print(("%d pauses, 99 %% under %.2f ms, longest %.2f ms, most memory %.0f MB"):format(
  #pauses, pauses[math.ceil(#pauses * 0.99)] or 0, pauses[#pauses] or 0, most / 1024))
