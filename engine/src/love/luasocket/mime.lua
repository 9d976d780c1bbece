-- mime: transfer encodings as filters, as luasocket has them: base64, quoted-printable, line ends, wrapped lines.
-- The low-level functions take what is left from the last piece and a piece, and answer what is done and what is left.
local ltn12 = require("ltn12")
local data = require("love.data")
local mime = { _VERSION = "MIME 1.0.3" }
local LINE_END = "\r\n"

-- Of two halves, as many as make whole groups of `size` are encoded; at the end (no second half) all.
local function grouped(encode, size)
  return function(rest, piece, ...)
    if rest == nil then return nil end
    if piece == nil then
      local done = encode(rest, ...)
      return done ~= "" and done or nil
    end
    local all = rest .. piece
    local whole = #all - #all % size
    return encode(string.sub(all, 1, whole), ...), string.sub(all, whole + 1)
  end
end

local encode64 = grouped(function(text) return data.encode("string", "base64", text) end, 3)
local decode64 = grouped(function(text) return data.decode("string", "base64", text) end, 4)

function mime.b64(first, second) return encode64(first, second) end

function mime.unb64(first, second)
  return decode64(first and string.gsub(first, "%s", ""), second and string.gsub(second, "%s", ""))
end

local function quote(byte) return string.format("=%02X", string.byte(byte)) end

-- Quoted-printable: what is no plain ASCII is "=XX", so are spaces before a line's end. `marker` stands for CRLF.
local function quoted(text, marker)
  text = string.gsub(text, "[^\t -<>-~\r\n]", quote)
  text = string.gsub(text, "([\t ])\r\n", function(space) return quote(space) .. "\r\n" end)
  local lines = {}
  local from = 1
  while true do
    local at = string.find(text, "\r\n", from, true)
    local line = string.sub(text, from, at and at - 1)
    -- A line end that is half a line end is text.
    lines[#lines + 1] = (string.gsub(line, "[\r\n]", quote))
    if not at then break end
    from = at + 2
  end
  return table.concat(lines, marker or LINE_END)
end

function mime.qp(first, second, marker)
  if first == nil then return nil end
  if second == nil then
    local done = quoted(first, marker)
    done = string.gsub(done, "[\t ]$", quote)
    return done ~= "" and done or nil
  end
  local all = first .. second
  -- What may belong to a line end waits.
  local kept = string.match(all, "[\t \r]*$")
  if #kept > 2 then kept = string.sub(kept, -2) end
  return quoted(string.sub(all, 1, #all - #kept), marker), kept
end

local function unquoted(text)
  text = string.gsub(text, "[\t ]*\r\n", "\r\n")
  text = string.gsub(text, "=\r\n", "")
  return (string.gsub(text, "=(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

function mime.unqp(first, second)
  if first == nil then return nil end
  if second == nil then
    local done = unquoted(first)
    return done ~= "" and done or nil
  end
  local all = first .. second
  local kept = string.match(all, "=[%x\r]?$") or string.match(all, "[\t \r]+$") or ""
  return unquoted(string.sub(all, 1, #all - #kept)), kept
end

-- Breaks lines at `length`; `left` is what the present line can still take.
function mime.wrp(left, piece, length)
  length = length or 76
  if piece == nil then
    if left < length then return LINE_END, length end
    return nil, length
  end
  local out = {}
  for byte in string.gmatch(piece, ".") do
    if byte == "\n" then
      out[#out + 1] = LINE_END
      left = length
    elseif byte ~= "\r" then
      if left <= 0 then
        out[#out + 1] = LINE_END
        left = length
      end
      out[#out + 1] = byte
      left = left - 1
    end
  end
  return table.concat(out), left
end

-- As `wrp`, for quoted-printable: breaks are soft and never inside "=XX".
function mime.qpwrp(left, piece, length)
  length = length or 76
  if piece == nil then
    if left < length then return "=" .. LINE_END, length end
    return nil, length
  end
  local out = {}
  for byte in string.gmatch(piece, ".") do
    if byte == "\n" then
      out[#out + 1] = LINE_END
      left = length
    elseif byte ~= "\r" then
      local need = byte == "=" and 4 or 2
      if left < need then
        out[#out + 1] = "=" .. LINE_END
        left = length
      end
      out[#out + 1] = byte
      left = left - 1
    end
  end
  return table.concat(out), left
end

-- Every kind of line end becomes `marker`; the context is the last byte if it may be half of one.
function mime.eol(context, piece, marker)
  marker = marker or LINE_END
  if piece == nil then return nil, 0 end
  local out = {}
  for byte in string.gmatch(piece, ".") do
    local code = string.byte(byte)
    if code == 13 or code == 10 then
      if context ~= 0 and context ~= code then
        context = 0
      else
        out[#out + 1] = marker
        context = code
      end
    else
      out[#out + 1] = byte
      context = 0
    end
  end
  return table.concat(out), context
end

-- Doubles a dot at a line's beginning, as SMTP wants it; the context counts how much of CRLF was seen.
function mime.dot(context, piece)
  if piece == nil then return nil, 2 end
  local out = {}
  for byte in string.gmatch(piece, ".") do
    out[#out + 1] = byte
    if byte == "\r" then
      context = 1
    elseif byte == "\n" and context == 1 then
      context = 2
    else
      if byte == "." and context == 2 then out[#out + 1] = "." end
      context = 0
    end
  end
  return table.concat(out), context
end

-- A function that finds a maker of filters by name.
local function chooser(makers, what)
  return function(name, ...)
    local first = name
    if type(name) ~= "string" then
      local maker = makers.default
      return maker(first, ...)
    end
    local maker = makers[name]
    if not maker then error("unknown key (" .. tostring(name) .. ")" .. (what or ""), 3) end
    return maker(...)
  end
end

local encoders, decoders, wrappers = {}, {}, {}
mime.encodet, mime.decodet, mime.wrapt = encoders, decoders, wrappers

encoders["base64"] = function() return ltn12.filter.cycle(mime.b64, "") end
encoders["quoted-printable"] = function(mode)
  return ltn12.filter.cycle(mime.qp, "", mode == "binary" and "=0D=0A" or LINE_END)
end
decoders["base64"] = function() return ltn12.filter.cycle(mime.unb64, "") end
decoders["quoted-printable"] = function() return ltn12.filter.cycle(mime.unqp, "") end
wrappers["text"] = function(length)
  length = length or 76
  return ltn12.filter.cycle(mime.wrp, length, length)
end
wrappers["base64"], wrappers["default"] = wrappers["text"], wrappers["text"]
wrappers["quoted-printable"] = function() return ltn12.filter.cycle(mime.qpwrp, 76, 76) end

mime.encode, mime.decode, mime.wrap = chooser(encoders), chooser(decoders), chooser(wrappers)
function mime.normalize(marker) return ltn12.filter.cycle(mime.eol, 0, marker) end
function mime.stuff() return ltn12.filter.cycle(mime.dot, 2) end

return mime
