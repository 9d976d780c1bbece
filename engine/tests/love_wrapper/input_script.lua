-- Reads an input script (docs/input-script.md) into a list of events for each frame.
--
--   frame 10 key down space        → love.keypressed("space", "space", false) in frame 10
--   frame 12 key up space
--   frame 20 text é
--   frame 30 mouse move 100 50
--   frame 31 mouse down 1          (at the place moved to last)
--   frame 32 mouse up 1
--   frame 33 wheel 0 1
--   frame 90 quit
--
-- Empty lines and lines that begin with # say nothing.

local script = {}

local function fail(file, line_number, line)
  error(string.format("%s:%d: not an input line: %s", file, line_number, line), 0)
end

--- Returns { [frame] = { {kind = "keydown", key = …}, … } }.
function script.read(file)
  local by_frame = {}
  local handle = assert(io.open(file, "r"))
  local line_number = 0
  for line in handle:lines() do
    line_number = line_number + 1
    line = line:gsub("\r$", "")
    if line:match("%S") and not line:match("^%s*#") then
      local frame, rest = line:match("^%s*frame%s+(%d+)%s+(.-)%s*$")
      if not frame then
        fail(file, line_number, line)
      end
      local event
      local word = rest:match("^(%a+)")
      if word == "key" then
        local direction, key = rest:match("^key%s+(%a+)%s+(%S.*)$")
        if direction == "down" or direction == "up" then
          event = { kind = "key" .. direction, key = key }
        end
      elseif word == "text" then
        local text = rest:match("^text%s+(.+)$")
        event = text and { kind = "text", text = text }
      elseif word == "mouse" then
        local x, y = rest:match("^mouse%s+move%s+(%-?[%d.]+)%s+(%-?[%d.]+)$")
        local direction, button = rest:match("^mouse%s+(%a+)%s+(%d+)$")
        if x then
          event = { kind = "mousemove", x = tonumber(x), y = tonumber(y) }
        elseif direction == "down" or direction == "up" then
          event = { kind = "mouse" .. direction, button = tonumber(button) }
        end
      elseif word == "wheel" then
        local x, y = rest:match("^wheel%s+(%-?[%d.]+)%s+(%-?[%d.]+)$")
        event = x and { kind = "wheel", x = tonumber(x), y = tonumber(y) }
      elseif rest == "quit" then
        event = { kind = "quit" }
      end
      if not event then
        fail(file, line_number, line)
      end
      frame = tonumber(frame)
      by_frame[frame] = by_frame[frame] or {}
      table.insert(by_frame[frame], event)
    end
  end
  handle:close()
  return by_frame
end

return script
