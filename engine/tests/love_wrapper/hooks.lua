-- Replaces what a game can learn about time, chance and input by what docs/input-script.md says.
--
-- A frame ends when the game calls love.graphics.present; frames count from 1. What the window system reports is
-- dropped, except a request to quit.

local ffi = require("ffi")

ffi.cdef([[
  struct wrapper_timespec { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct wrapper_timespec *out);
  void _exit(int status);
]])

local CLOCK_THREAD_CPUTIME_ID = 3
local timespec = ffi.new("struct wrapper_timespec")

--- CPU seconds used by the calling thread so far.
local function thread_cpu_seconds()
  ffi.C.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timespec)
  return tonumber(timespec.seconds) + tonumber(timespec.nanoseconds) * 1e-9
end

--- Where os.time begins for seed 0.
local EPOCH = 1000000000

local function install_clock(state)
  local dt = state.settings.fixed_dt
  local function now()
    return state.tick * dt + state.slept
  end
  local real_time, real_date = os.time, os.date
  os.time = function(parts)
    if parts then
      return real_time(parts)
    end
    return EPOCH + state.settings.seed + math.floor(now())
  end
  os.date = function(format, time)
    if time then
      return real_date(format, time)
    end
    format = format or "%c"
    return real_date(format:sub(1, 1) == "!" and format or "!" .. format, os.time())
  end
  os.clock = now
  local timer = love.timer
  if timer then
    local last_step_tick, delta = 0, 0
    timer.getTime = now
    timer.step = function()
      -- A game that draws only when enough time has gone by may sleep until then without presenting.
      local slept_through = math.floor(state.slept / dt)
      state.tick = state.tick + slept_through
      state.slept = math.max(0, state.slept - slept_through * dt)
      delta = dt * (state.tick - last_step_tick)
      last_step_tick = state.tick
      return delta
    end
    timer.getDelta = function()
      return delta
    end
    timer.getAverageDelta = function()
      return dt
    end
    timer.getFPS = function()
      return math.floor(1 / dt + 0.5)
    end
    timer.sleep = function(seconds)
      state.slept = state.slept + math.max(0, seconds)
    end
  end
end

--- The end of a frame on the clock: one tick, or as many as were slept through.
local function advance_clock(state)
  local dt = state.settings.fixed_dt
  state.tick = state.tick + math.max(1, math.ceil(state.slept / dt))
  state.slept = 0
end

local function install_pairs()
  local rank = { boolean = 1, number = 2, string = 3 }
  local function before(a, b)
    local kind_a, kind_b = type(a), type(b)
    if kind_a ~= kind_b then
      return (rank[kind_a] or 4) < (rank[kind_b] or 4)
    elseif kind_a == "number" or kind_a == "string" then
      return a < b
    end
    return false -- other keys have no order that two programs could share
  end
  pairs = function(table_to_visit)
    local keys = {}
    for key in next, table_to_visit do
      keys[#keys + 1] = key
    end
    table.sort(keys, before)
    local position = 0
    return function()
      local value
      repeat
        position = position + 1
        if keys[position] == nil then
          return nil
        end
        value = table_to_visit[keys[position]]
      until value ~= nil
      return keys[position], value
    end, table_to_visit, nil
  end
end

local function install_input(state)
  local down_keys, down_scancodes, down_buttons = {}, {}, {}
  local mouse_x, mouse_y = 0, 0
  local event = love.event
  local real_pump, real_poll, real_push = event.pump, event.poll, event.push

  local deliver = {
    ["key down"] = function(e)
      assert(e.is_repeat or not down_keys[e.key], "the key " .. e.key .. " is already down")
      down_keys[e.key], down_scancodes[e.scancode] = true, true
      real_push("keypressed", e.key, e.scancode, e.is_repeat)
    end,
    ["key up"] = function(e)
      assert(down_keys[e.key], "the key " .. e.key .. " is not down")
      down_keys[e.key], down_scancodes[e.scancode] = nil, nil
      real_push("keyreleased", e.key, e.scancode)
    end,
    text = function(e)
      real_push("textinput", e.text)
    end,
    ["mouse move"] = function(e)
      local dx, dy = e.x - mouse_x, e.y - mouse_y
      mouse_x, mouse_y = e.x, e.y
      real_push("mousemoved", mouse_x, mouse_y, dx, dy, false)
    end,
    ["mouse down"] = function(e)
      mouse_x, mouse_y = e.x, e.y
      down_buttons[e.button] = true
      real_push("mousepressed", mouse_x, mouse_y, e.button, false, e.presses)
    end,
    ["mouse up"] = function(e)
      mouse_x, mouse_y = e.x, e.y
      down_buttons[e.button] = nil
      real_push("mousereleased", mouse_x, mouse_y, e.button, false, e.presses)
    end,
    wheel = function(e)
      real_push("wheelmoved", e.dx, e.dy)
    end,
    state = function(e)
      real_push(e.name, e.on)
    end,
    resize = function(e)
      love.window.updateMode(e.width, e.height)
      real_push("resize", e.width, e.height)
    end,
    quit = function()
      real_push("quit")
    end,
  }

  --- Takes everything out of LÖVE's own queue.
  local function drain()
    local taken = {}
    for name, a, b, c, d, e, f in real_poll() do
      taken[#taken + 1] = { name, a, b, c, d, e, f }
    end
    return taken
  end

  local last_frame_delivered = 0
  event.pump = function()
    local pushed_by_game = drain()
    real_pump()
    for _, real_event in ipairs(drain()) do
      if real_event[1] == "quit" then
        table.insert(pushed_by_game, real_event)
      end
    end
    for _, kept in ipairs(pushed_by_game) do
      real_push(unpack(kept, 1, 7))
    end
    -- A frame without a pump leaves its events to the next one.
    while last_frame_delivered < state.frame do
      last_frame_delivered = last_frame_delivered + 1
      for _, scripted in ipairs(state.events[last_frame_delivered] or {}) do
        deliver[scripted.kind](scripted)
      end
    end
  end
  event.wait = function()
    event.pump()
    return real_poll()()
  end

  --- `real` only checks the names: it raises LÖVE's error for one that does not exist.
  local function any_down(set, real)
    return function(first, ...)
      real(first, ...)
      local wanted = type(first) == "table" and first or { first, ... }
      for _, name in ipairs(wanted) do
        if set[name] then
          return true
        end
      end
      return false
    end
  end
  if love.keyboard then
    love.keyboard.isDown = any_down(down_keys, love.keyboard.isDown)
    love.keyboard.isScancodeDown = any_down(down_scancodes, love.keyboard.isScancodeDown)
  end
  if love.mouse then
    love.mouse.isDown = any_down(down_buttons, love.mouse.isDown)
    love.mouse.getPosition = function()
      return mouse_x, mouse_y
    end
    love.mouse.getX = function()
      return mouse_x
    end
    love.mouse.getY = function()
      return mouse_y
    end
  end
end

local function write_file(path, bytes)
  local handle = assert(io.open(path, "wb"))
  handle:write(bytes)
  handle:close()
end

local function write_logs(state)
  local settings = state.settings
  if settings.source_log then
    write_file(settings.source_log, table.concat(state.source_lines, "\n") .. "\n")
  end
  if settings.draw_time_file then
    local lines = {}
    for frame, seconds in ipairs(state.draw_seconds) do
      lines[frame] = string.format("%d %.9f", frame, seconds)
    end
    write_file(settings.draw_time_file, table.concat(lines, "\n") .. "\n")
  end
end

local function install_present(state)
  local settings = state.settings
  local graphics = love.graphics
  if not graphics then
    return
  end
  local real_present, real_capture = graphics.present, graphics.captureScreenshot
  local count_sources = love.audio and love.audio.getActiveSourceCount
  graphics.present = function()
    local file = settings.screenshots[state.frame]
    if file then
      real_capture(function(picture)
        write_file(file, picture:encode("png"):getString())
      end)
      if count_sources then
        table.insert(state.source_lines, state.frame .. " " .. count_sources())
      end
    end
    real_present()
    if settings.draw_time_file and state.frame == 1 then
      -- love.draw is known by now, whoever defined it.
      local game_draw = love.draw
      love.draw = function(...)
        local before = thread_cpu_seconds()
        game_draw(...)
        state.draw_seconds[#state.draw_seconds + 1] = thread_cpu_seconds() - before
      end
    end
    if state.frame == settings.frames then
      write_logs(state)
      -- Not os.exit: LÖVE 11.4's destructors may crash while its audio thread still runs.
      io.stdout:flush()
      io.stderr:flush()
      ffi.C._exit(0)
    end
    advance_clock(state)
    state.frame = state.frame + 1
  end
end

return function(settings)
  local state = {
    settings = settings,
    frame = 1,
    tick = 0,
    slept = 0,
    events = settings.input_file and settings.input_script.read(settings.input_file) or {},
    draw_seconds = {},
    source_lines = {},
  }
  install_clock(state)
  install_input(state)
  install_present(state)
  if settings.ordered_pairs then
    install_pairs()
  end
  if love.math then
    love.math.setRandomSeed(settings.seed)
  end
end
