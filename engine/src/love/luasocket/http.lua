-- socket.http: HTTP/1.1 requests with luasocket's interface.
--   body, code, headers, status = http.request(url [, body])
--   1, code, headers, status = http.request { url =, sink =, source =, method =, headers =, redirect =, proxy =, create = }
local socket = require("socket")
local url = require("socket.url")
local ltn12 = require("ltn12")
local mime = require("mime")
local canonic = require("socket.headers").canonic
local http = { TIMEOUT = 60, PORT = 80, USERAGENT = socket._VERSION, SCHEMES = { http = { port = 80 } } }
local MOST_REDIRECTS = 5

-- Header lines until the empty one; several of a name become one, lines that begin with a space belong to the one before.
local function receive_headers(connection, headers)
  headers = headers or {}
  local line, problem = connection:receive()
  if problem then return nil, problem end
  while line ~= "" do
    local name, value = string.match(line, "^(.-):%s*(.*)")
    if not (name and value) then return nil, "malformed reponse headers" end
    name = string.lower(name)
    line, problem = connection:receive()
    if problem then return nil, problem end
    while string.find(line, "^%s") do
      value = value .. line
      line, problem = connection:receive()
      if problem then return nil, problem end
    end
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

socket.sourcet["http-chunked"] = function(connection, headers)
  return setmetatable({
    getfd = function() return connection:getfd() end,
    dirty = function() return connection:dirty() end,
  }, {
    __call = function()
      local line, problem = connection:receive()
      if problem then return nil, problem end
      local size = tonumber((string.gsub(line, ";.*", "")), 16)
      if not size then return nil, "invalid chunk size" end
      if size > 0 then
        local piece, failed = connection:receive(size)
        if piece then connection:receive() end
        return piece, failed
      end
      headers, problem = receive_headers(connection, headers)
      if not headers then return nil, problem end
    end,
  })
end

socket.sinkt["http-chunked"] = function(connection)
  return setmetatable({
    getfd = function() return connection:getfd() end,
    dirty = function() return connection:dirty() end,
  }, {
    __call = function(_, piece)
      if not piece then return connection:send("0\r\n\r\n") end
      return connection:send(string.format("%X\r\n", #piece) .. piece .. "\r\n")
    end,
  })
end

-- A connection to a server, on which every failure is raised (and the connection closed).
local function open(host, port, create)
  local connection = socket.try(create())
  local try = socket.newtry(function() connection:close() end)
  try(connection:settimeout(http.TIMEOUT))
  try(connection:connect(host, port))
  return connection, try
end
function http.open(host, port, create)
  local connection, try = open(host, port, create or socket.tcp)
  return { c = connection, try = try, close = function(self) return self.c:close() end }
end

local function send_headers(connection, try, headers)
  local lines = {}
  for name, value in pairs(headers) do
    lines[#lines + 1] = (canonic[string.lower(name)] or name) .. ": " .. tostring(value)
  end
  try(connection:send(table.concat(lines, "\r\n") .. (#lines > 0 and "\r\n" or "") .. "\r\n"))
end

-- The code of the status line; nil and what came instead if the server speaks HTTP/0.9.
local function receive_status(connection, try)
  local start, problem, partial = connection:receive(5)
  if start ~= "HTTP/" then
    if problem == "timeout" then try(nil, problem) end
    return nil, start or partial
  end
  local line = try(connection:receive("*l", start))
  return try(tonumber(string.match(line, "HTTP/%d*%.%d* (%d%d%d)"))), line
end

local function receive_body(connection, try, headers, sink, step)
  local length = tonumber(headers["content-length"])
  local coding = headers["transfer-encoding"]
  local mode = "default"
  if coding and coding ~= "identity" then
    mode = "http-chunked"
  elseif length then
    mode = "by-length"
  end
  local from = mode == "http-chunked" and socket.source(mode, connection, headers)
    or socket.source(mode, connection, length)
  return try(ltn12.pump.all(from, sink, step))
end

local function has_body(request, code)
  if request.method == "HEAD" or code == 204 or code == 304 then return nil end
  return not (code >= 100 and code < 200) or nil
end

local function redirects(request, code, headers)
  local place = headers.location
  if not place or string.gsub(place, "%s", "") == "" then return false end
  local scheme = string.match(place, "^([%w][%w%+%-%.]*)%:")
  if scheme and not http.SCHEMES[string.lower(scheme)] then return false end
  local method = request.method
  return request.redirect ~= false
    and (code == 301 or code == 302 or code == 303 or code == 307)
    and (not method or method == "GET" or method == "HEAD")
    and (request.redirects or 0) < (request.maxredirects or MOST_REDIRECTS)
end

-- Address, method and headers, with what the caller left out.
local function adjust(given)
  local request = url.parse(given.url or "", { host = "", path = "/", scheme = "http" }) or { path = "/" }
  for key, value in pairs(given) do request[key] = value end
  local scheme = http.SCHEMES[string.lower(request.scheme or "http")]
  if not scheme then socket.try(nil, "unknown scheme '" .. tostring(request.scheme) .. "' (for https there is require \"https\")") end
  if not request.port or request.port == "" then request.port = scheme.port end
  if not request.host or request.host == "" then socket.try(nil, "invalid host '" .. tostring(request.host) .. "'") end
  request.method = request.method or (request.source and "POST" or "GET")
  request.create = request.create or socket.tcp
  local host = request.host
  if tonumber(request.port) ~= scheme.port then host = host .. ":" .. request.port end
  local headers = { ["user-agent"] = http.USERAGENT, host = host, connection = "close, TE", te = "trailers" }
  if request.user and request.password then
    local pair = url.unescape(request.user) .. ":" .. url.unescape(request.password)
    headers.authorization = "Basic " .. mime.b64(pair) .. ""
  end
  for name, value in pairs(request.headers or headers) do headers[string.lower(name)] = value end
  request.headers = headers
  local proxy = request.proxy or http.PROXY
  if proxy then
    local parsed = url.parse(proxy)
    request.connect_host, request.connect_port = parsed.host, parsed.port or 3128
    request.uri = url.build({
      scheme = request.scheme, host = request.host, port = request.port,
      path = request.path, params = request.params, query = request.query,
    })
  else
    request.connect_host, request.connect_port = request.host, request.port
    request.uri = given.uri or url.build({ path = request.path, params = request.params, query = request.query })
  end
  return request
end

local perform

local function redirected(request, place)
  local again = {}
  for key, value in pairs(request.given) do again[key] = value end
  again.url = url.absolute(request.given.url or request.uri, place)
  again.uri, again.host, again.port, again.path, again.query = nil, nil, nil, nil, nil
  again.redirects = (request.redirects or 0) + 1
  local result, code, headers, status = perform(again)
  headers = headers or {}
  headers.location = headers.location or place
  return result, code, headers, status
end

function perform(given)
  local request = adjust(given)
  request.given = given
  local connection, try = open(request.connect_host, tonumber(request.connect_port), request.create)
  try(connection:send(string.format("%s %s HTTP/1.1\r\n", request.method, request.uri)))
  send_headers(connection, try, request.headers)
  if request.source then
    local mode = request.headers["content-length"] and "keep-open" or "http-chunked"
    try(ltn12.pump.all(request.source, socket.sink(mode, connection), request.step))
  end
  local sink = request.sink or ltn12.sink.null()
  local code, status = receive_status(connection, try)
  if not code then
    local rest = ltn12.source.cat(ltn12.source.string(status), socket.source("until-closed", connection))
    try(ltn12.pump.all(rest, sink, request.step))
    connection:close()
    return 1, 200
  end
  local headers
  while code == 100 do
    headers = try(receive_headers(connection))
    code, status = receive_status(connection, try)
  end
  headers = try(receive_headers(connection))
  if redirects(request, code, headers) and not request.source then
    connection:close()
    return redirected(request, headers.location)
  end
  if has_body(request, code) then receive_body(connection, try, headers, sink, request.step) end
  connection:close()
  return 1, code, headers, status
end

-- A request of a plain address: the body is gathered.
function http.genericform(address, body)
  local pieces = {}
  local request = { url = address, sink = ltn12.sink.table(pieces), target = pieces }
  if body then
    request.source = ltn12.source.string(body)
    request.headers = {
      ["content-length"] = #body,
      ["content-type"] = "application/x-www-form-urlencoded",
    }
    request.method = "POST"
  end
  return request
end

http.request = socket.protect(function(address, body)
  if type(address) ~= "string" then return perform(address) end
  local request = http.genericform(address, body)
  local _, code, headers, status = perform(request)
  return table.concat(request.target), code, headers, status
end)

return http
