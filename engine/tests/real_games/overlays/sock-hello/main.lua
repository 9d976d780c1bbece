-- sock.lua's example "hello", which must get its greeting.
require("examples.hello.main")
local example_load, example_update, greetings, frame = love.load, love.update, 0, 0

function love.load()
  example_load()
  client:on("hello", function()
    greetings = greetings + 1
  end)
end

function love.update(dt)
  example_update(dt)
  frame = frame + 1
  if frame == 590 then
    assert(greetings > 0, "no greeting came")
    print("greetings came")
  end
end
