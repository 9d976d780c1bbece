local a = love.audio
for _, name in ipairs({ "getPosition", "getVelocity", "getOrientation", "getDopplerScale", "getDistanceModel" }) do show(name, a[name]) end
a.setPosition(1, 2, 3)
a.setVelocity(4, 5)
a.setOrientation(1, 0, 0, 0, 0, 1)
a.setDopplerScale(2)
a.setDopplerScale(-2)
a.setDistanceModel("linear")
show("bad model", a.setDistanceModel, "square")
for _, name in ipairs({ "getPosition", "getVelocity", "getOrientation", "getDopplerScale", "getDistanceModel" }) do show(name, a[name]) end
local mono = a.newSource(love.sound.newSoundData(4410, 44100, 16, 1))
each(mono, "getPosition", "getVelocity", "getDirection", "getCone", "isRelative", "getAttenuationDistances", "getRolloff", "getAirAbsorption",
  { "setPosition", 1, 2, 3 }, { "setVelocity", 4, 5, 6 }, { "setDirection", 7, 8, 9 }, { "setCone", 1, 2, 0.5 }, { "setRelative", true },
  { "setAttenuationDistances", 2, 20 }, { "setRolloff", 3 }, { "setAirAbsorption", 2 }, "getPosition", "getVelocity", "getDirection", "getCone",
  "isRelative", "getAttenuationDistances", "getRolloff", "getAirAbsorption", { "setRolloff", -1 }, { "setAttenuationDistances", -1, 1 },
  { "setAirAbsorption", -1 })
local stereo = a.newSource(love.sound.newSoundData(100))
each(stereo, "getPosition", "getCone", "isRelative", { "setPosition", 1, 1, 1 })
local queue = a.newQueueableSource(44100, 16, 1, 3)
each(queue, "getType", "getFreeBufferCount", "getChannelCount", "isPlaying")
local data = love.sound.newSoundData(100, 44100, 16, 1)
each(queue, { "queue", data }, { "queue", data, 0, 100 }, { "queue", data, 20, 40 }, { "queue", data }, "getFreeBufferCount")
show("format", queue.queue, queue, love.sound.newSoundData(100, 22050, 16, 1))
show("bounds", queue.queue, queue, data, 0, 1000)
show("not a queue", mono.queue, mono, data)
show("copy", function() local copy = queue:clone() return copy:getType(), copy:getFreeBufferCount() end)
show("bad bits", a.newQueueableSource, 44100, 12, 1)
