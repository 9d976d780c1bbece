-- ltn12: sources, sinks, filters and pumps, as luasocket's module of that name has them.
-- A source gives pieces until nil, a sink takes them until nil, a filter turns pieces into others, a pump moves them.
local ltn12 = { _VERSION = "LTN12 1.0.3", BLOCKSIZE = 2048 }
local filter, source, sink, pump = {}, {}, {}, {}
ltn12.filter, ltn12.source, ltn12.sink, ltn12.pump = filter, source, sink, pump

-- A filter over a function that keeps its state in `context`.
function filter.cycle(low, context, extra)
  assert(low, "a function is needed")
  return function(piece)
    local result
    result, context = low(context, piece, extra)
    return result
  end
end

-- Two filters in a row. "" asks for more input, nil is the end; the second one is emptied before the first goes on.
local function join(first, second)
  local waiting = false
  return function(piece)
    if waiting and piece == nil then
      local rest = second(nil)
      if rest == nil then waiting = false end
      return rest
    end
    local between = first(piece)
    if piece == nil then
      if between == nil then
        waiting = true
        local rest = second(nil)
        if rest == nil then waiting = false end
        return rest
      end
      return second(between)
    end
    return between == nil and "" or second(between)
  end
end

function filter.chain(...)
  local chained = ...
  for index = 2, select("#", ...) do chained = join(chained, (select(index, ...))) end
  return chained
end

local function nothing() return nil end

function source.empty() return nothing end

function source.error(problem)
  return function() return nil, problem end
end

function source.file(handle, problem)
  if not handle then return source.error(problem or "unable to open file") end
  return function()
    local piece = handle:read(ltn12.BLOCKSIZE)
    if not piece then handle:close() end
    return piece
  end
end

-- A source that may answer another source to go on with becomes a plain one.
function source.simplify(fancy)
  assert(fancy, "a source is needed")
  return function()
    local piece, other = fancy()
    fancy = other or fancy
    if piece == nil then return nil, other end
    return piece
  end
end

function source.string(text)
  if not text then return source.empty() end
  local from = 1
  return function()
    local piece = string.sub(text, from, from + ltn12.BLOCKSIZE - 1)
    from = from + ltn12.BLOCKSIZE
    if piece ~= "" then return piece end
  end
end

function source.table(list)
  assert(type(list) == "table", "a table is needed")
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

-- A source to which pieces can be given back.
function source.rewind(from)
  assert(from, "a source is needed")
  local kept = {}
  return function(piece)
    if piece then
      kept[#kept + 1] = piece
      return 1
    end
    if #kept > 0 then return table.remove(kept) end
    return from()
  end
end

function source.chain(from, ...)
  assert(from and ..., "a source and a filter are needed")
  local through = filter.chain(...)
  local is_over = false
  return function()
    while not is_over do
      local piece, problem = from()
      if problem then return nil, problem end
      local result = through(piece)
      if piece == nil then
        -- What the filter kept comes out until it answers nil.
        if result == nil then is_over = true else
          if result ~= "" then return result end
        end
      elseif result and result ~= "" then
        return result
      end
    end
  end
end

function source.cat(...)
  local list = { ... }
  local index = 1
  return function()
    while index <= #list do
      local piece, problem = list[index]()
      if piece or problem then return piece, problem end
      index = index + 1
    end
  end
end

function sink.table(list)
  list = list or {}
  return function(piece)
    if piece then list[#list + 1] = piece end
    return 1
  end, list
end

function sink.simplify(fancy)
  assert(fancy, "a sink is needed")
  return function(piece, problem)
    local ok, other = fancy(piece, problem)
    if not ok then return nil, other end
    fancy = other or fancy
    return 1
  end
end

function sink.file(handle, problem)
  if not handle then return sink.error(problem or "unable to open file") end
  return function(piece)
    if piece then return handle:write(piece) end
    handle:close()
    return 1
  end
end

function sink.null()
  return function() return 1 end
end

function sink.error(problem)
  return function() return nil, problem end
end

function sink.chain(...)
  local count = select("#", ...)
  assert(count >= 2, "a filter and a sink are needed")
  local parts = { ... }
  local into = table.remove(parts)
  local through = filter.chain(unpack(parts))
  return function(piece, problem)
    if piece == "" then return 1 end
    local result = through(piece)
    while true do
      if result ~= "" then
        local ok, failed = into(result, problem)
        if not ok then return nil, failed end
      end
      -- At the end the filter is asked until it has no more.
      if piece ~= nil or result == nil then return 1 end
      result = through(nil)
    end
  end
end

function pump.step(from, to)
  local piece, problem = from()
  local ok, failed = to(piece, problem)
  if piece and ok then return 1 end
  return nil, problem or failed
end

function pump.all(from, to, step)
  assert(from and to, "a source and a sink are needed")
  step = step or pump.step
  while true do
    local ok, problem = step(from, to)
    if not ok then
      if problem then return nil, problem end
      return 1
    end
  end
end

return ltn12
