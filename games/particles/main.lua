-- Particles in a vortex: the same simulation with Lua tables, FFI structs, FFI structs that are the GPU's vertices, or a
-- compute shader. What the running program does not offer is shown as such and cannot be chosen.
--
--   rlove games/particles                        1 2 3 4 way, up and down count, space pause, Esc quit
--   rlove games/particles --benchmark WAY COUNT [FRAMES]
--                                                 WAY: tables, structs; prints the CPU time of update and draw
--
-- On screen: milliseconds for update and draw, kilobytes that the collector got, and how many particles.

local simulations = require("simulations")

local COUNTS = { 1000, 10000, 100000, 300000, 1000000 }
local order = { "tables", "structs", "mapped", "compute" }
local way, count_index = "tables", 2
local count = COUNTS[count_index]
local simulation
local is_paused = false
local update_s, draw_s, garbage_kb = 0, 0, 0
local benchmark
local message

local function start(name)
  local made, problem = simulations.new(name, count, love.graphics.getDimensions())
  if made then
    simulation, way, message = made, name, nil
  else
    message = name .. ": " .. problem
  end
end

function love.load(arguments)
  if arguments[1] == "--benchmark" then
    way, count = arguments[2] or "tables", tonumber(arguments[3]) or 100000
    benchmark = { left = tonumber(arguments[4]) or 60, frames = 0, update_s = 0, draw_s = 0 }
  end
  start(way)
  assert(simulation, message)
end

function love.update(dt)
  if is_paused then return end
  local before_kb, before = collectgarbage("count"), os.clock()
  simulation:update(math.min(dt, 1 / 30))
  update_s = os.clock() - before
  garbage_kb = collectgarbage("count") - before_kb
end

local function finish_benchmark()
  benchmark.frames = benchmark.frames + 1
  benchmark.update_s = benchmark.update_s + update_s
  benchmark.draw_s = benchmark.draw_s + draw_s
  benchmark.left = benchmark.left - 1
  if benchmark.left <= 0 then
    print(string.format("%s, %d particles: update %.3f ms, draw %.3f ms of CPU time per frame", way, count,
      benchmark.update_s / benchmark.frames * 1000, benchmark.draw_s / benchmark.frames * 1000))
    love.event.quit()
  end
end

local function panel()
  love.graphics.setColor(0, 0, 0, 0.7)
  love.graphics.rectangle("fill", 8, 8, 330, 132, 6)
  love.graphics.setColor(1, 1, 1)
  love.graphics.print(string.format("%d particles: %s", count, way), 18, 14)
  love.graphics.print(string.format("update %.2f ms, draw %.2f ms", update_s * 1000, draw_s * 1000), 18, 32)
  love.graphics.print(string.format("garbage %.1f kB a frame, %d frames a second", garbage_kb, love.timer.getFPS()), 18, 50)
  for index, name in ipairs(order) do
    local is_offered = simulations.is_offered(name)
    love.graphics.setColor(1, 1, is_offered and way == name and 0.3 or 1, is_offered and 1 or 0.4)
    love.graphics.print(index .. " " .. name .. (is_offered and "" or " (not offered here)"), 18, 56 + index * 18)
  end
  love.graphics.setColor(1, 0.5, 0.4)
  if message then love.graphics.print(message, 18, 150) end
end

function love.draw()
  local before = os.clock()
  love.graphics.setColor(1, 1, 1)
  simulation:draw()
  draw_s = os.clock() - before
  if benchmark then
    finish_benchmark()
  else
    panel()
  end
end

function love.keypressed(key)
  if order[tonumber(key)] then
    start(order[tonumber(key)])
  elseif key == "up" or key == "down" then
    count_index = math.max(1, math.min(#COUNTS, count_index + (key == "up" and 1 or -1)))
    count = COUNTS[count_index]
    start(way)
  elseif key == "space" then
    is_paused = not is_paused
  elseif key == "escape" then
    love.event.quit()
  end
end
