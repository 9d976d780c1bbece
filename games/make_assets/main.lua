-- Makes the pictures and sounds of the demos: rlove games/make_assets FOLDER_OF_GAMES
--
-- Pictures are drawn here as text, sounds are computed sample by sample. Run it again after a
-- change and commit what it writes; its output is the same on every machine.

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  print(path, #bytes .. " bytes")
end

--- Four bunnies beside each other, one for each coat. Letters choose a colour of the coat.
local BUNNY = {
  "........................",
  "......ooo......ooo......",
  ".....offfo....offfo.....",
  ".....ofpfo....ofpfo.....",
  ".....ofpfo....ofpfo.....",
  ".....ofpfo....ofpfo.....",
  ".....ofpfo....ofpfo.....",
  ".....ofpfo....ofpfo.....",
  ".....offfo....offfo.....",
  "......offfooooffffo.....",
  "......offffffffffo......",
  ".....offffffffffffo.....",
  "....offffffffffffffo....",
  "....offfkffffffkfffo....",
  "....offfkffffffkfffo....",
  "....ofrffffppffffrfo....",
  "....ofrrfffkkfffrrfo....",
  ".....offffkffkffffo.....",
  "......offffffffffo......",
  ".....offsffffffsffo.....",
  "....offsffffffffsffo....",
  "....offsfwwwwwwfsffo....",
  "...ooffsfwwwwwwfsffoo...",
  "...offffwwwwwwwwffffo...",
  "...offffwwwwwwwwffffo...",
  "...offffwwwwwwwwffffo...",
  "....offffwwwwwwffffo....",
  "....offffwwwwwwffffo....",
  ".....offffffffffffo.....",
  "....offffooooooffffo....",
  "....oooooo....oooooo....",
  "........................",
}

local COATS = {
  { f = 0xf7f3ee, s = 0xd8d0cc, w = 0xffffff },
  { f = 0xc89364, s = 0xa5734a, w = 0xf2e3cf },
  { f = 0x8e97ab, s = 0x6f778c, w = 0xd9deea },
  { f = 0x5a4a52, s = 0x43363d, w = 0xb7a8ae },
}
local COMMON = { o = 0x2e2430, p = 0xf2a6b3, r = 0xf5bcc0, k = 0x241c26 }

local function make_bunnies(folder)
  local width, height = #BUNNY[1], #BUNNY
  local picture = love.image.newImageData(width * #COATS, height)
  for coat_index, coat in ipairs(COATS) do
    for y, row in ipairs(BUNNY) do
      for x = 1, width do
        local color = coat[row:sub(x, x)] or COMMON[row:sub(x, x)]
        if color then
          picture:setPixel((coat_index - 1) * width + x - 1, y - 1,
            math.floor(color / 65536) / 255, math.floor(color / 256) % 256 / 255, color % 256 / 255, 1)
        end
      end
    end
  end
  write(folder .. "/bunnymark/bunnies.png", picture:encode("png"):getString())
end

local SAMPLE_RATE = 22050

local function little_endian(number, bytes)
  local out = {}
  for i = 1, bytes do
    out[i] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(out)
end

--- A WAV file of one channel and 16 bits from a function of the time in seconds, -1 to 1.
local function wav(seconds, sample_at)
  local samples = {}
  for i = 1, math.floor(seconds * SAMPLE_RATE) do
    local value = math.max(-1, math.min(1, sample_at((i - 1) / SAMPLE_RATE)))
    samples[i] = little_endian(math.floor(value * 32767 + 0.5) % 65536, 2)
  end
  local data = table.concat(samples)
  return "RIFF" .. little_endian(36 + #data, 4) .. "WAVEfmt " .. little_endian(16, 4)
    .. little_endian(1, 2) .. little_endian(1, 2) -- uncompressed, one channel
    .. little_endian(SAMPLE_RATE, 4) .. little_endian(SAMPLE_RATE * 2, 4)
    .. little_endian(2, 2) .. little_endian(16, 2)
    .. "data" .. little_endian(#data, 4) .. data
end

--- A tone that rings out, with a little of the next octave.
local function pluck(frequency, decay)
  return function(t)
    local phase = 2 * math.pi * frequency * t
    return 0.5 * math.exp(-t * decay) * (math.sin(phase) + 0.3 * math.sin(2 * phase))
  end
end

--- Plucks one after the other.
local function melody(notes, step, decay)
  return function(t)
    local sum = 0
    for i, frequency in ipairs(notes) do
      local since = t - (i - 1) * step
      if since >= 0 then
        sum = sum + 0.7 * pluck(frequency, decay)(since)
      end
    end
    return sum
  end
end

local function make_sounds(folder)
  write(folder .. "/pong/paddle.wav", wav(0.15, pluck(523.25, 28)))
  write(folder .. "/pong/wall.wav", wav(0.12, pluck(349.23, 34)))
  write(folder .. "/pong/menu.wav", wav(0.10, pluck(880, 40)))
  write(folder .. "/pong/point.wav", wav(0.60, melody({ 392, 329.63, 261.63 }, 0.11, 9)))
  write(folder .. "/pong/win.wav", wav(1.40, melody({ 523.25, 659.26, 783.99, 1046.5, 783.99, 1046.5 }, 0.13, 6)))
end

function love.load(arguments)
  local folder = arguments[1] or error("say where the folder games/ is")
  make_bunnies(folder)
  make_sounds(folder)
  love.event.quit()
end
