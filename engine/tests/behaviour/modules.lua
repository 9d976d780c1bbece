-- Events, keyboard, mouse, timer, window, system and audio as far as they do not depend on the machine.
show("push and poll", function()
  love.event.clear()
  love.event.push("custom", 1, "two", { 3 })
  love.event.push("keypressed", "a", "a", false)
  local names = {}
  for name, a, b, c in love.event.poll() do
    names[#names + 1] = { name, a, tostring(b), type(c) }
  end
  return names
end)
show("handlers", function()
  local names = {}
  for name in pairs(love.handlers) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end)
show("isDown", love.keyboard.isDown, "a", "space")
show("isDown nonsense", love.keyboard.isDown, "no such key")
show("isScancodeDown", love.keyboard.isScancodeDown, "a")
show("hasKeyRepeat", love.keyboard.hasKeyRepeat)
show("setKeyRepeat", function()
  love.keyboard.setKeyRepeat(true)
  return love.keyboard.hasKeyRepeat()
end)
show("hasTextInput", love.keyboard.hasTextInput)
show("mouse", love.mouse.getPosition)
show("mouse isDown", love.mouse.isDown, 1, 2)
show("isVisible", love.mouse.isVisible)
show("isGrabbed", love.mouse.isGrabbed)
show("getRelativeMode", love.mouse.getRelativeMode)
show("step", function()
  return love.timer.step(), love.timer.getDelta(), love.timer.getFPS()
end)
show("getTime", love.timer.getTime)
show("sleep", function()
  love.timer.sleep(0.5)
  return love.timer.getTime()
end)
show("os.time", os.time)
show("os.date", os.date, "%Y-%m-%d %H:%M:%S")
show("os.clock", os.clock)
show("window mode", function()
  local width, height, flags = love.window.getMode()
  return width, height, flags.fullscreen, flags.resizable, flags.borderless, flags.msaa, flags.minwidth, flags.fullscreentype
end)
show("window title", function()
  love.window.setTitle("Other")
  return love.window.getTitle()
end)
show("setMode", function()
  return love.window.setMode(400, 300, { resizable = true }), love.graphics.getDimensions()
end)
show("window isOpen", love.window.isOpen)
show("toPixels", love.window.toPixels, 10)
show("updateMode", function()
  return love.window.updateMode(320, 240), love.graphics.getWidth()
end)
show("system", function()
  return type(love.system.getOS()), type(love.system.getProcessorCount()), love.system.getPowerInfo() ~= nil
end)
show("getVersion major", function()
  return love.getVersion() == 11, love._version_major
end)
show("isVersionCompatible", love.isVersionCompatible, "11.0")
show("hasDeprecationOutput", love.hasDeprecationOutput)
local sound = love.sound.newSoundData(22050, 22050, 16, 1)
each(sound, "getSampleCount", "getSampleRate", "getBitDepth", "getChannelCount", "getDuration", "getSize", { "setSample", 5, 0.5 },
  { "getSample", 5 }, { "getSample", 6 }, { "getSample", 22050 }, "type")
local source = love.audio.newSource(sound, "static")
each(source, "getType", "isPlaying", "isLooping", { "setLooping", true }, "isLooping", { "setVolume", 0.25 }, "getVolume",
  { "setPitch", 2 }, "getPitch", { "setPitch", 0 }, { "getDuration" }, { "getDuration", "samples" }, "play", "isPlaying",
  "pause", "isPlaying", "stop", "tell", { "seek", 0.5 }, "tell", "getChannelCount", "clone", "type", "getVolumeLimits",
  { "setPosition", 1, 2, 3 }, "getPosition", "isRelative", "getAttenuationDistances", "getRolloff", "getCone", "getVelocity")
show("master volume", function()
  love.audio.setVolume(0.5)
  return love.audio.getVolume()
end)
show("pause all", function()
  source:play()
  return #love.audio.pause(), source:isPlaying()
end)
show("active", love.audio.getActiveSourceCount)
show("missing sound", love.audio.newSource, "missing.ogg", "stream")
show("wrong type", love.audio.newSource, sound, "flowing")
show("joysticks", function()
  return #love.joystick.getJoysticks(), love.joystick.getJoystickCount()
end)
