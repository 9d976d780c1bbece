-- Runs another LÖVE game under a fixed clock, fixed seeds and scripted input.
--
--   love engine/tests/love_wrapper GAME [options] [-- game arguments]
--
-- GAME is a folder, a .love file or a single Lua file. The options carry the names that
-- `rlove --headless` gives them, so that one command line can be written for both programs:
--
--   --frames N             exit with 0 after frame N
--   --fixed-dt S           seconds that every frame lasts (default 1/60)
--   --seed N               seed of love.math, added to what os.time() answers (default 0)
--   --input FILE           input script, see docs/input-script.md
--   --screenshot F:FILE    write frame F as PNG (may be given more than once)
--   --ordered-pairs        replace pairs by one that visits keys in a fixed order
--   --source-log FILE      at the end, write how many sources were playing at each screenshot
--   --draw-time FILE       at the end, write the CPU seconds that each love.draw took
--   --jit-off              run the game on LuaJIT's interpreter
--
-- How it works: this file is read before the window exists. It mounts the game in front of our
-- own folder, so that the game's conf.lua, files and modules are
-- found as if it had been started directly, and replaces the module "main" by a function that
-- installs the hooks (hooks.lua) and then runs the game's own main.lua.

local ffi = require("ffi")

local function fail(message)
  io.stderr:write("love_wrapper: ", message, "\n")
  os.exit(2)
end

local settings = {
  fixed_dt = 1 / 60,
  seed = 0,
  screenshots = {},
  game_arguments = {},
}

local function read_options()
  local position = 2 -- arg[1] is this wrapper
  local function value(name)
    position = position + 1
    return arg[position] or fail(name .. " needs a value")
  end
  while arg[position] do
    local word = arg[position]
    if word == "--" then
      for i = position + 1, #arg do
        table.insert(settings.game_arguments, arg[i])
      end
      break
    elseif word == "--frames" then
      settings.frames = tonumber(value(word))
    elseif word == "--fixed-dt" then
      settings.fixed_dt = tonumber(value(word))
    elseif word == "--seed" then
      settings.seed = tonumber(value(word))
    elseif word == "--input" then
      settings.input_file = value(word)
    elseif word == "--screenshot" then
      local frame, file = value(word):match("^(%d+):(.+)$")
      if not frame then
        fail("--screenshot wants FRAME:FILE")
      end
      settings.screenshots[tonumber(frame)] = file
    elseif word == "--ordered-pairs" then
      settings.ordered_pairs = true
    elseif word == "--source-log" then
      settings.source_log = value(word)
    elseif word == "--draw-time" then
      settings.draw_time_file = value(word)
    elseif word == "--jit-off" then
      settings.jit_off = true
    elseif not settings.game then
      settings.game = word
    else
      fail("unexpected argument " .. word)
    end
    position = position + 1
  end
  if not settings.game then
    fail("no game given")
  end
end

read_options()

if settings.jit_off then
  jit.off()
end

-- Our own files must be read before the game's folder hides them.
settings.input_script = love.filesystem.load("input_script.lua")()
local install_hooks = love.filesystem.load("hooks.lua")()

local run_game
if settings.game:match("%.lua$") then
  run_game = assert(loadfile(settings.game))
  local configure = loadfile((settings.game:match("^.*/") or "") .. "conf.lua")
  if configure then
    configure()
  end
else
  -- love.filesystem.mount takes a folder or an archive only from the save directory, so a link
  -- to the game is put into one of our own. (The caller points XDG_DATA_HOME at a temporary
  -- folder, else the link stays in the user's.)
  ffi.cdef([[
    int symlink(const char *target, const char *path);
    int unlink(const char *path);
    char *realpath(const char *path, char *resolved);
  ]])
  local resolved = ffi.C.realpath(settings.game, nil)
  if resolved == nil then
    fail("no such game: " .. settings.game)
  end
  love.filesystem.setIdentity("love_wrapper")
  love.filesystem.createDirectory("games")
  local link_name = "games/" .. ffi.string(resolved):gsub("[^%w.]", "_")
  local link_path = love.filesystem.getSaveDirectory() .. "/" .. link_name
  ffi.C.unlink(link_path)
  if ffi.C.symlink(resolved, link_path) ~= 0 or not love.filesystem.mount(link_name, "/", false) then
    fail("cannot open " .. settings.game)
  end
  if love.filesystem.getRealDirectory("conf.lua") == link_path then
    love.filesystem.load("conf.lua")()
  end
  run_game = function()
    assert(love.filesystem.load("main.lua"))()
  end
end

-- The game must see its own arguments only.
for i = #arg, 1, -1 do
  arg[i] = nil
end
arg[1] = settings.game
for i, word in ipairs(settings.game_arguments) do
  arg[1 + i] = word
end

-- A game made for a newer 11.x would be met by a message box that waits for a click.
love.isVersionCompatible = function()
  return true
end

package.preload.main = function()
  install_hooks(settings)
  run_game()
end
