-- The Lua side of starting, running and ending a game.
--
-- The chunk gets `love`, a table of functions of the program (`native`) and the game's arguments; it defines love.run,
-- love.errhand, love.handlers and love.arg, and answers the function that runs the game from beginning to end. That function's
-- result is the exit code, or "restart".

local love, native = ...
local debug, error, print, tostring, type, xpcall, pcall = debug, error, print, tostring, type, xpcall, pcall

-- love.arg and love.path: the command line and small path helpers that some games use ------------------------------------

-- A game appended to the program is not named on the command line.
love.arg = {
  options = { game = { a = 1, set = not native.is_fused } },
  optionIndices = { not native.is_fused or nil },
}
love.path = {}

function love.arg.getLow(list)
  local low = math.huge
  for index in pairs(list) do
    if type(index) == "number" and index < low then low = index end
  end
  return list[low], low
end

function love.arg.parseGameArguments(list)
  local kept = {}
  local _, low = love.arg.getLow(list)
  local target = low
  for index = low, #list do
    if not love.arg.optionIndices[index] then
      kept[target] = list[index]
      target = target + 1
    end
  end
  return kept
end

function love.path.normalslashes(path) return (path:gsub("\\", "/")) end
function love.path.endslash(path) return path:sub(-1) == "/" and path or path .. "/" end
function love.path.abs(path)
  path = love.path.normalslashes(path)
  return path:sub(1, 1) == "/" or path:find("^%a:") ~= nil
end
function love.path.leaf(path) return love.path.normalslashes(path):match("([^/]*)$") end
function love.path.getFull(path)
  if love.path.abs(path) then return love.path.normalslashes(path) end
  return love.path.endslash(love.filesystem.getWorkingDirectory()) .. love.path.normalslashes(path)
end

-- Events -> callbacks ------------------------------------------------------------------------------------------------------

-- Each callback with the number of its arguments: a callback never sees more, even as nil.
local CALLBACKS = {
  keypressed = 3, keyreleased = 2, textinput = 1, textedited = 3, mousemoved = 5, mousepressed = 5, mousereleased = 5,
  wheelmoved = 2, touchpressed = 6, touchreleased = 6, touchmoved = 6, joystickpressed = 2, joystickreleased = 2,
  joystickaxis = 3, joystickhat = 3, gamepadpressed = 2, gamepadreleased = 2, gamepadaxis = 3, joystickadded = 1,
  joystickremoved = 1, focus = 1, mousefocus = 1, visible = 1, threaderror = 2, resize = 2, filedropped = 1,
  directorydropped = 1, displayrotated = 2,
}

-- Calls a function with the first `count` of six values.
local PASS = {
  function(callback, a) return callback(a) end,
  function(callback, a, b) return callback(a, b) end,
  function(callback, a, b, c) return callback(a, b, c) end,
  nil,
  function(callback, a, b, c, d, e) return callback(a, b, c, d, e) end,
  function(callback, a, b, c, d, e, f) return callback(a, b, c, d, e, f) end,
}

function love.createhandlers()
  local handlers = {}
  for name, count in pairs(CALLBACKS) do
    local pass = PASS[count]
    handlers[name] = function(a, b, c, d, e, f)
      local callback = love[name]
      if callback then return pass(callback, a, b, c, d, e, f) end
    end
  end
  function handlers.quit() end
  function handlers.lowmemory()
    if love.lowmemory then love.lowmemory() end
    collectgarbage()
    collectgarbage()
  end
  love.handlers = setmetatable(handlers, {
    __index = function(_, name) error("Unknown event: " .. name) end,
  })
end

-- The main loop --------------------------------------------------------------------------------------------------------------

function love.run()
  if love.load then love.load(love.arg.parseGameArguments(arg), arg) end
  -- The time that loading took is not the first frame's.
  if love.timer then love.timer.step() end
  local dt = 0
  return function()
    if love.event then
      love.event.pump()
      for name, a, b, c, d, e, f in love.event.poll() do
        if name == "quit" and not (love.quit and love.quit()) then return a or 0 end
        love.handlers[name](a, b, c, d, e, f)
      end
    end
    if love.timer then dt = love.timer.step() end
    if love.update then love.update(dt) end
    if love.graphics and love.graphics.isActive() then
      love.graphics.origin()
      love.graphics.clear(love.graphics.getBackgroundColor())
      if love.draw then love.draw() end
      love.graphics.present()
    end
    if love.timer then love.timer.sleep(0.001) end
  end
end

-- Errors -----------------------------------------------------------------------------------------------------------------------

function love.threaderror(thread, message)
  error("Thread error (" .. tostring(thread) .. ")\n\n" .. message, 0)
end

-- The message and where it happened, for the terminal.
local function report(message, level)
  native.report((debug.traceback("Error: " .. tostring(message), level + 1)))
end

-- Text that can be drawn: bytes that are no UTF-8 are left out.
local function drawable(text)
  local kept = {}
  for character in text:gmatch("[%z\1-\127\194-\244][\128-\191]*") do kept[#kept + 1] = character end
  return table.concat(kept)
end

local function error_text(message, trace)
  local lines = { "Error\n", drawable(message) }
  if #lines[2] ~= #message then lines[#lines + 1] = "Invalid UTF-8 string in error message." end
  lines[#lines + 1] = "\n"
  for line in (trace .. "\n"):gmatch("(.-)\n") do
    if not line:find("boot.lua", 1, true) and not line:find("builtin:", 1, true) then
      lines[#lines + 1] = (line:gsub("stack traceback:", "Traceback\n"))
    end
  end
  local text = table.concat(lines, "\n"):gsub("\t", "")
  return (text:gsub('%[string "(.-)"%]', "%1"))
end

-- Brings the modules into a state in which the error screen can be seen.
local function reset_modules()
  if love.mouse then
    love.mouse.setVisible(true)
    love.mouse.setGrabbed(false)
    love.mouse.setRelativeMode(false)
    love.mouse.setCursor()
  end
  if love.audio then love.audio.stop() end
  love.graphics.reset()
  love.graphics.setNewFont(14)
  love.graphics.setColor(1, 1, 1)
  love.graphics.origin()
end

function love.errhand(message)
  message = tostring(message)
  report(message, 2)
  if native.ends_on_error or not (love.window and love.graphics and love.event) then return end
  if not love.graphics.isCreated() or not love.window.isOpen() then
    local ok, opened = pcall(love.window.setMode, 800, 600)
    if not ok or not opened then return end
  end
  local text = error_text(message, debug.traceback())
  reset_modules()
  local shown = text
  if love.system then shown = shown .. "\n\nPress Ctrl+C to copy this error" end

  local function copy()
    if not love.system then return end
    love.system.setClipboardText(text)
    shown = shown .. "\nCopied to clipboard!"
  end

  -- Followed by events: a quick press and release of both keys may come in one pump.
  local is_control_down = false
  return function()
    love.event.pump()
    for name, key in love.event.poll() do
      if name == "quit" or (name == "keypressed" and key == "escape") then
        return 1
      elseif key == "lctrl" or key == "rctrl" then
        is_control_down = name == "keypressed"
      elseif name == "keypressed" and key == "c" and is_control_down then
        copy()
      end
    end
    if love.graphics.isActive() then
      local margin = 70
      love.graphics.clear(89 / 255, 157 / 255, 220 / 255)
      love.graphics.printf(shown, margin, margin, love.graphics.getWidth() - margin)
      love.graphics.present()
    end
    if love.timer then love.timer.sleep(0.1) end
  end
end

-- Starting -----------------------------------------------------------------------------------------------------------------------

-- In the order in which they are opened.
local MODULES = {
  "data", "thread", "timer", "event", "keyboard", "joystick", "mouse", "touch", "sound", "system", "audio", "image", "video",
  "font", "window", "graphics", "math", "physics",
}

local function default_configuration()
  local configuration = {
    title = "Untitled",
    version = love._version,
    identity = false,
    appendidentity = false,
    console = false,
    externalstorage = false,
    accelerometerjoystick = true,
    gammacorrect = false,
    audio = { mixwithsystem = true, mic = false },
    modules = {},
    window = {
      width = 800, height = 600, minwidth = 1, minheight = 1, display = 1, vsync = 1, msaa = 0,
      fullscreen = false, fullscreentype = "desktop", borderless = false, resizable = false, centered = true,
      highdpi = false, usedpiscale = true,
    },
  }
  for _, name in ipairs(MODULES) do configuration.modules[name] = true end
  return configuration
end

-- The save directory's name while conf.lua runs: the game's file name without its extension.
local function first_identity()
  local path = love.filesystem.getRealDirectory("main.lua") or love.filesystem.getSource()
  local name = love.path.leaf(path):gsub("^%.+", ""):gsub("%.[^.]+$", ""):gsub("%.", "_")
  return #name > 0 and name or "lovegame"
end

function love.boot()
  require("love.filesystem")
  love.filesystem.setIdentity(first_identity(), true)
end

local WINDOW_SETTINGS = {
  "fullscreen", "fullscreentype", "vsync", "msaa", "stencil", "depth", "resizable", "minwidth", "minheight", "borderless",
  "centered", "display", "highdpi", "usedpiscale", "x", "y",
}

local function open_window(configuration)
  local window = configuration.window
  love.window.setTitle(window.title or configuration.title)
  local settings = {}
  for _, name in ipairs(WINDOW_SETTINGS) do settings[name] = window[name] end
  assert(love.window.setMode(window.width, window.height, settings), "Could not set window mode")
  if window.icon then
    assert(love.image, "If an icon is set in love.conf, love.image must be loaded!")
    love.window.setIcon(love.image.newImageData(window.icon))
  end
end

local function check_version(version)
  if love.isVersionCompatible(version) then return end
  local major, minor = version:match("^(%d+)%.(%d+)")
  if tonumber(major) ~= love._version_major then
    native.report(("This game says that it was made for LÖVE %s; it may not work as LÖVE %s runs it."):format(
      version, love._version))
  end
end

function love.init()
  local configuration = default_configuration()
  local ok, problem = true, nil
  if not love.conf and love.filesystem.getInfo("conf.lua") then ok, problem = pcall(require, "conf") end
  if ok and love.conf then ok, problem = pcall(love.conf, configuration) end
  configuration.version = tostring(configuration.version)
  if (tonumber(configuration.version:match("^%d+")) or 0) >= 12 then native.select_version_12() end
  for _, name in ipairs(MODULES) do
    if configuration.modules and configuration.modules[name] then require("love." .. name) end
  end
  if love.event then love.createhandlers() end
  check_version(configuration.version)
  -- Only now, so that the message can be shown in a window.
  if not ok then error(problem, 0) end
  if configuration.window and configuration.modules.window then open_window(configuration) end
  if love.event then
    love.event.pump()
    love.event.pump()
  end
  if love.timer then love.timer.step() end
  love.filesystem.setIdentity(configuration.identity or love.filesystem.getIdentity(), configuration.appendidentity)
  if love.filesystem.getInfo("main.lua") then require("main") end
end

-- Running ------------------------------------------------------------------------------------------------------------------------

return function()
  local main
  local code = 0
  local is_in_error = false

  local function failed(message, ...)
    code = 1
    main = nil
    if native.is_interrupted() then
      code = 130
      return
    end
    local handler = love.errorhandler or love.errhand
    if is_in_error or not handler then
      report(message, 2)
      return
    end
    is_in_error = true
    main = handler(message, ...)
  end

  local function start()
    love.boot()
    love.init()
    return love.run()
  end

  local ok, result = xpcall(start, failed)
  if ok then main = result end
  while main do
    local running = main
    ok, result = xpcall(running, failed)
    if ok and result ~= nil then return result end
    -- The loop's function may be replaced only by an error.
    if not ok and main == running then return code end
  end
  return code
end
