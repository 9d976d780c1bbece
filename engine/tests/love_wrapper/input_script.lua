-- Reads an input script (docs/input-script.md says what may stand in it) into a list of events for each frame.
--
--   frame 10   key tap space 5     → { [10] = {{kind = "key down", key = "space", …}}, [15] = {{kind = "key up", …}} }
--
-- A line that is not understood ends the program before the game starts.

local input_script = {}

--- Splits a line into words. A word in double quotes may hold blanks; # at the start of a word begins a comment.
local function words_of(line)
  local words, position = {}, 1
  local escapes = { n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\" }
  while true do
    position = line:find("%S", position)
    if not position or line:sub(position, position) == "#" then
      return words
    end
    if line:sub(position, position) == '"' then
      local text = ""
      position = position + 1
      while true do
        local character = line:sub(position, position)
        if character == "" then
          return nil, "a closing quote"
        elseif character == '"' then
          break
        elseif character == "\\" then
          position = position + 1
          character = escapes[line:sub(position, position)]
          if not character then
            return nil, "\\n, \\t, \\\" or \\\\"
          end
        end
        text = text .. character
        position = position + 1
      end
      position = position + 1
      words[#words + 1] = text
    else
      local word = line:match("^%S+", position)
      words[#words + 1] = word
      position = position + #word
    end
  end
end

local function number(word, default)
  return tonumber(word or default) or error("a number", 0)
end

local function switch(word)
  if word ~= "on" and word ~= "off" then
    error("on or off", 0)
  end
  return word == "on"
end

--- For each first word: a function of the other words and of `add(event, frames_later)`. Errors say what was expected.
local readers = {}

function readers.key(words, add)
  local what, key = words[2], words[3] or error("a key", 0)
  local scancode = words[4] ~= "repeat" and words[4] or key
  local is_repeat = words[4] == "repeat" or words[5] == "repeat"
  if what == "down" then
    add({ kind = "key down", key = key, scancode = scancode, is_repeat = is_repeat })
  elseif what == "up" then
    add({ kind = "key up", key = key, scancode = scancode })
  elseif what == "tap" then
    add({ kind = "key down", key = key, scancode = key, is_repeat = false })
    add({ kind = "key up", key = key, scancode = key }, number(words[4], 1))
  else
    error("down, up or tap", 0)
  end
end

function readers.text(words, add)
  -- One event for each UTF-8 character.
  for character in (words[2] or error("a string", 0)):gmatch("[%z\1-\127\194-\244][\128-\191]*") do
    add({ kind = "text", text = character })
  end
end

function readers.mouse(words, add)
  local what, x, y = words[2], number(words[3]), number(words[4])
  if what == "move" then
    add({ kind = "mouse move", x = x, y = y })
    return
  end
  local button, last = number(words[5]), number(words[6], 1)
  if what == "down" or what == "up" then
    add({ kind = "mouse " .. what, x = x, y = y, button = button, presses = last })
  elseif what == "click" then
    add({ kind = "mouse down", x = x, y = y, button = button, presses = 1 })
    add({ kind = "mouse up", x = x, y = y, button = button, presses = 1 }, last)
  else
    error("move, down, up or click", 0)
  end
end

function readers.wheel(words, add)
  add({ kind = "wheel", dx = number(words[2]), dy = number(words[3]) })
end

for _, name in ipairs({ "focus", "mousefocus", "visible" }) do
  readers[name] = function(words, add)
    add({ kind = "state", name = name, on = switch(words[2]) })
  end
end

function readers.resize(words, add)
  add({ kind = "resize", width = number(words[2]), height = number(words[3]) })
end

function readers.quit(_, add)
  add({ kind = "quit" })
end

--- Returns { [frame] = { event, … } }, events of one frame in the order of the file.
function input_script.read(file)
  local handle = assert(io.open(file, "r"))
  local by_frame, previous_frame, line_number = {}, 1, 0
  for line in handle:lines() do
    line_number = line_number + 1
    local function fail(expected)
      error(string.format("%s:%d: expected %s", file, line_number, expected), 0)
    end
    local words, expected = words_of((line:gsub("\r$", "")))
    if not words then
      fail(expected)
    elseif #words > 0 then
      local sign, digits = (words[2] or ""):match("^(%+?)(%d+)$")
      if words[1] ~= "frame" or not digits then
        fail("frame N or frame +N")
      end
      local frame = tonumber(digits) + (sign == "+" and previous_frame or 0)
      if frame < previous_frame then
        fail("a frame not before " .. previous_frame)
      end
      previous_frame = frame
      local reader = readers[words[3] or ""] or fail("an event")
      local function add(event, frames_later)
        local at = frame + (frames_later or 0)
        by_frame[at] = by_frame[at] or {}
        table.insert(by_frame[at], event)
      end
      local arguments = { unpack(words, 3) }
      local understood, problem = pcall(reader, arguments, add)
      if not understood then
        fail(problem)
      end
    end
  end
  handle:close()
  return by_frame
end

return input_script
