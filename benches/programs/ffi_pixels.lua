-- Blends a picture of bytes.
local ffi = require("ffi")
local rounds = tonumber((...)) or 20
local width, height = 320, 200
local pixels = ffi.new("uint8_t[?]", width * height * 4)
local function blend(p, n, r, g, b, alpha)
  for i = 0, n - 1, 4 do
    p[i] = p[i] + (r - p[i]) * alpha
    p[i + 1] = p[i + 1] + (g - p[i + 1]) * alpha
    p[i + 2] = p[i + 2] + (b - p[i + 2]) * alpha
    p[i + 3] = 255
  end
end
for round = 1, rounds do blend(pixels, width * height * 4, round * 12 % 256, 255 - round * 7 % 256, 128, 0.25) end
print(pixels[0], pixels[1], pixels[2], pixels[3])
