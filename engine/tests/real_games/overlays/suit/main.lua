-- Every widget of SUIT, driven by the script's clicks and keys.
local suit = require("suit")

local input, slider, checkbox = { text = "" }, { value = 0.5, min = -2, max = 2 }, { text = "Check?" }
local clicks, pressed = 0, {}

function love.load()
  love.keyboard.setKeyRepeat(true)
end

function love.update()
  suit.layout:reset(100, 100, 10, 10)
  suit.Input(input, suit.layout:row(200, 30))
  suit.Label("Hello, " .. input.text, { align = "left" }, suit.layout:row())
  if suit.Button("Click " .. clicks, suit.layout:row()).hit then
    clicks = clicks + 1
  end
  suit.Checkbox(checkbox, suit.layout:row())
  suit.Slider(slider, suit.layout:row())
  suit.Label(("%.02f"):format(slider.value), suit.layout:col(100))
  suit.layout:push(420, 100)
  for i = 1, 5 do
    local state = suit.Button("Item " .. i, { id = i, align = i % 2 == 0 and "left" or "right" }, suit.layout:row(120, 25))
    pressed[i] = state.hit or state.hovered or pressed[i]
  end
  suit.layout:pop()
  if love.keyboard.isDown("tab") then
    suit.grabKeyboardFocus(input)
  end
end

function love.draw()
  suit.draw()
  love.graphics.print(("%d %s %s"):format(clicks, tostring(checkbox.checked), input.text), 10, 10)
end

function love.textedited(...)
  suit.textedited(...)
end

function love.textinput(text)
  suit.textinput(text)
end

function love.keypressed(key)
  suit.keypressed(key)
end
