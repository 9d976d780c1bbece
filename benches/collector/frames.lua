-- A game's frames as the collector sees them: a million objects live, 5,000 of them are replaced in each frame.
-- Returns the function that makes one frame. `jit/examples/frames.rs` calls it and spends a budget between frames;
-- frames_peer.lua does the same with what `luajit` offers.
local count = tonumber(FRAME_OBJECTS) or 1000000
local replaced = tonumber(FRAME_REPLACED) or 5000
local objects = {}
for i = 1, count do objects[i] = {x = i, y = 0, vx = 1, vy = 2, life = i} end
local seed = 42
return function()
  for _ = 1, replaced do
    seed = seed * 16807 % 2147483647
    local at = seed % count + 1
    objects[at] = {x = at, y = seed, vx = 1, vy = 2, life = at}
  end
end
