-- The part of luasocket that is Lua: connections in one call, select, names, and errors by exception.
local socket = ...
local resolve = socket._resolve
socket._resolve = nil
socket._VERSION = "LuaSocket 3.0"
socket.BLOCKSIZE = 2048
socket._SETSIZE = 1024

function socket.connect(address, port, local_address, local_port)
  local client = socket.tcp()
  local ok, problem = client:connect(address, port)
  if ok then return client end
  client:close()
  return nil, problem
end
socket.connect4 = socket.connect

function socket.bind(host, port, backlog)
  local server = socket.tcp()
  server:setoption("reuseaddr", true)
  local ok, problem = server:bind(host, port)
  if ok then ok, problem = server:listen(backlog) end
  if ok then return server end
  server:close()
  return nil, problem
end

-- The sockets of a list that are ready, in order and by themselves.
local function ready(list, writes)
  local found = {}
  for _, one in ipairs(list or {}) do
    local object = one
    if type(one) == "table" and one.getfd == nil then object = nil end
    if object and object:_isready(writes) then
      found[#found + 1] = one
      found[one] = #found
    end
  end
  return found
end

function socket.select(reads, writes, timeout)
  local finish = timeout and timeout >= 0 and socket.gettime() + timeout
  while true do
    local readable, writable = ready(reads, false), ready(writes, true)
    if #readable > 0 or #writable > 0 then return readable, writable end
    if finish and socket.gettime() >= finish then return readable, writable, "timeout" end
    socket.sleep(0.001)
  end
end

socket.dns = {}
function socket.dns.toip(name)
  local address, problem = resolve(name)
  if not address then return nil, problem end
  return address, { name = name, alias = {}, ip = { address } }
end
function socket.dns.tohostname(address)
  return address, { name = address, alias = {}, ip = { address } }
end
function socket.dns.gethostname() return os.getenv("HOSTNAME") or "localhost" end
function socket.dns.getaddrinfo(name)
  local address, problem = resolve(name)
  if not address then return nil, problem end
  return { { family = "inet", addr = address } }
end

function socket.skip(count, ...) return select(count + 1, ...) end

function socket.newtry(finalizer)
  return function(...)
    if ... then return ... end
    if finalizer then pcall(finalizer) end
    error({ (select(2, ...)) }, 0)
  end
end
socket.try = socket.newtry()

function socket.protect(f)
  local function answer(ok, ...)
    if ok then return ... end
    local problem = ...
    if type(problem) == "table" then return nil, problem[1] end
    error(problem, 0)
  end
  return function(...) return answer(pcall(f, ...)) end
end

-- Sources and sinks over connections, by name; socket.http adds its own.
local sources, sinks = {}, {}
socket.sourcet, socket.sinkt = sources, sinks

function socket.choose(makers)
  return function(name, first, second)
    if type(name) ~= "string" then name, first, second = "default", name, first end
    local maker = makers[name or "nil"]
    if not maker then error("unknown key (" .. tostring(name) .. ")", 3) end
    return maker(first, second)
  end
end

-- What can be called and also stand in a list for select.
local function over(connection, call)
  return setmetatable({
    getfd = function() return connection:getfd() end,
    dirty = function() return connection:dirty() end,
  }, { __call = call })
end

sinks["close-when-done"] = function(connection)
  return over(connection, function(_, piece)
    if piece then return connection:send(piece) end
    connection:close()
    return 1
  end)
end
sinks["keep-open"] = function(connection)
  return over(connection, function(_, piece)
    if piece then return connection:send(piece) end
    return 1
  end)
end
sinks["default"] = sinks["keep-open"]
socket.sink = socket.choose(sinks)

sources["by-length"] = function(connection, length)
  return over(connection, function()
    if length <= 0 then return nil end
    local piece, problem = connection:receive(math.min(socket.BLOCKSIZE, length))
    if problem then return nil, problem end
    length = length - #piece
    return piece
  end)
end
sources["until-closed"] = function(connection)
  local is_over = false
  return over(connection, function()
    if is_over then return nil end
    local piece, problem, partial = connection:receive(socket.BLOCKSIZE)
    if not problem then return piece end
    if problem ~= "closed" then return nil, problem end
    connection:close()
    is_over = true
    return partial ~= "" and partial or nil
  end)
end
sources["default"] = sources["until-closed"]
socket.source = socket.choose(sources)
