-- Every effect of moonshine over a moving picture, 30 frames each, then three of them in a chain.
local moonshine = require("moonshine")

local NAMES = {
  "boxblur", "chromasep", "colorgradesimple", "crt", "desaturate", "dmg", "fastgaussianblur", "filmgrain", "fog",
  "gaussianblur", "glow", "godsray", "pixelate", "posterize", "scanlines", "sketch", "vignette",
}
local chains, frame = {}, 0

function love.load()
  for index, name in ipairs(NAMES) do
    chains[index] = moonshine(moonshine.effects[name])
  end
  local chain = moonshine(moonshine.effects.glow).chain(moonshine.effects.crt).chain(moonshine.effects.vignette)
  chain.glow.strength = 7
  chain.crt.distortionFactor = { 1.06, 1.065 }
  chain.disable("glow")
  chain.enable("glow")
  chains[#chains + 1] = chain
end

function love.update()
  frame = frame + 1
end

function love.draw()
  local index = math.min(math.floor(frame / 30) + 1, #chains)
  chains[index](function()
    for i = 0, 9 do
      love.graphics.setColor(i / 9, 1 - i / 9, 0.5)
      love.graphics.rectangle("fill", 40 + 70 * i, 200 + 100 * math.sin(frame / 20 + i), 60, 120)
    end
    love.graphics.setColor(1, 1, 1)
    love.graphics.circle("fill", 400 + 200 * math.cos(frame / 30), 150, 40)
  end)
  love.graphics.print(NAMES[index] or "chain", 10, 570)
end
