-- lurker swaps a module while the game runs: frame 60 writes another version of it, frame 120 must see that one.
lume = require("lume")
local frame = 0

local function write_module(answer)
  assert(love.filesystem.write("swapped.lua", ("return { answer = function() return %d end }\n"):format(answer)))
end

write_module(1)
local swapped = require("swapped")
local lurker = require("lurker")

function love.load()
  lurker.interval = 0.1
  lurker.postswap = function(file)
    print("swapped " .. file)
  end
end

function love.update()
  frame = frame + 1
  lurker.update()
  if frame == 60 then
    -- lurker looks at modification times, which may have whole seconds only.
    local real_info = love.filesystem.getInfo
    love.filesystem.getInfo = function(path, ...)
      local info = real_info(path, ...)
      if info and path:find("swapped.lua", 1, true) and info.modtime then
        info.modtime = info.modtime + 10
      end
      return info
    end
    write_module(2)
  elseif frame == 120 then
    assert(swapped.answer() == 2, "the module was not swapped")
    assert(require("swapped") == swapped)
    assert(love.filesystem.write("swapped.lua", "return {{{\n"))
    local ok, message = lume.hotswap("swapped")
    assert(not ok and tostring(message):find("swapped.lua"), tostring(message))
  elseif frame == 300 then
    print("swapped.answer() is " .. swapped.answer())
  end
end

function love.draw()
  love.graphics.print("swapped.answer() is " .. swapped.answer(), 10, 10)
end
