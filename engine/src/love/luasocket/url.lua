-- socket.url: taking addresses apart and putting them together (RFC 3986), as luasocket has it.
local url = { _VERSION = "URL 1.0.3" }

local function escape_byte(byte) return string.format("%%%02x", string.byte(byte)) end

function url.escape(text) return (string.gsub(text, "[^A-Za-z0-9_]", escape_byte)) end

function url.unescape(text)
  return (string.gsub(text, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- What may stand in a part of a path as it is.
local function escape_segment(text) return (string.gsub(text, "[^A-Za-z0-9%-_.!~*'():@&=+$,]", escape_byte)) end

-- A path without "." and ".." as far as they can be resolved.
local function without_dots(path)
  local is_absolute = string.sub(path, 1, 1) == "/"
  local kept = {}
  local ends_in_folder = string.find(path, "/%.?%.?$") ~= nil
  for part in string.gmatch(path, "[^/]+") do
    if part == ".." and #kept > 0 and kept[#kept] ~= ".." then
      table.remove(kept)
    elseif part ~= "." and not (part == ".." and is_absolute) then
      kept[#kept + 1] = part
    end
  end
  local joined = table.concat(kept, "/")
  if ends_in_folder and joined ~= "" then joined = joined .. "/" end
  return (is_absolute and "/" or "") .. joined
end

local function absolute_path(base, relative)
  if string.sub(relative, 1, 1) == "/" then return without_dots(relative) end
  return without_dots(string.gsub(base, "[^/]*$", "") .. relative)
end

function url.parse(text, default)
  local parsed = {}
  for key, value in pairs(default or parsed) do parsed[key] = value end
  if not text or text == "" then return nil, "invalid url" end
  local function take(pattern, key)
    text = string.gsub(text, pattern, function(found)
      parsed[key] = found
      return ""
    end, 1)
  end
  take("#(.*)$", "fragment")
  take("^([%w][%w%+%-%.]*)%:", "scheme")
  take("^//([^/%?]*)", "authority")
  take("%?(.*)", "query")
  take("%;(.*)", "params")
  if text ~= "" then parsed.path = text end
  local authority = parsed.authority
  if not authority then return parsed end
  authority = string.gsub(authority, "^([^@]*)@", function(user)
    parsed.userinfo = user
    return ""
  end)
  authority = string.gsub(authority, ":([^:%]]*)$", function(port)
    parsed.port = port
    return ""
  end)
  if authority ~= "" then parsed.host = string.match(authority, "^%[(.+)%]$") or authority end
  local user = parsed.userinfo
  if not user then return parsed end
  user = string.gsub(user, ":([^:]*)$", function(password)
    parsed.password = password
    return ""
  end)
  parsed.user = user
  return parsed
end

function url.build(parsed)
  local text = parsed.path or ""
  if parsed.params then text = text .. ";" .. parsed.params end
  if parsed.query then text = text .. "?" .. parsed.query end
  local authority = parsed.authority
  if parsed.host then
    authority = string.find(parsed.host, ":") and "[" .. parsed.host .. "]" or parsed.host
    if parsed.port then authority = authority .. ":" .. tostring(parsed.port) end
    local user = parsed.userinfo
    if parsed.user then
      user = parsed.user
      if parsed.password then user = user .. ":" .. parsed.password end
    end
    if user then authority = user .. "@" .. authority end
  end
  if authority then
    if text ~= "" and string.sub(text, 1, 1) ~= "/" then text = "/" .. text end
    text = "//" .. authority .. text
  end
  if parsed.scheme then text = parsed.scheme .. ":" .. text end
  if parsed.fragment then text = text .. "#" .. parsed.fragment end
  return text
end

function url.absolute(base, relative)
  local parsed_base = base
  if type(base) == "table" then base = url.build(base) else parsed_base = url.parse(base) end
  local parsed = url.parse(relative)
  if not parsed_base then return relative end
  if not parsed then return base end
  if parsed.scheme then return relative end
  parsed.scheme = parsed_base.scheme
  if not parsed.authority then
    parsed.authority = parsed_base.authority
    if not parsed.path then
      parsed.path = parsed_base.path
      if not parsed.params then
        parsed.params = parsed_base.params
        if not parsed.query then parsed.query = parsed_base.query end
      end
    else
      parsed.path = absolute_path(parsed_base.path or "", parsed.path)
    end
  end
  -- What lies in the authority is there already.
  parsed.host = nil
  return url.build(parsed)
end

function url.parse_path(path)
  local parts = {}
  path = path or ""
  for part in string.gmatch(path, "[^/]+") do parts[#parts + 1] = url.unescape(part) end
  if string.sub(path, 1, 1) == "/" then parts.is_absolute = 1 end
  if string.sub(path, -1) == "/" then parts.is_directory = 1 end
  return parts
end

function url.build_path(parts, unsafe)
  local escape = unsafe and tostring or escape_segment
  local shown = {}
  for index, part in ipairs(parts) do shown[index] = escape(part) end
  local path = table.concat(shown, "/")
  if #shown > 0 and parts.is_directory then path = path .. "/" end
  if parts.is_absolute then path = "/" .. path end
  return path
end

return url
