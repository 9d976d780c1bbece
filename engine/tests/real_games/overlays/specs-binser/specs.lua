-- As much of busted as bitser's and binser's specs use, so that they run inside a game.
local specs = { passed = 0, failures = {} }

local function same(a, b, seen)
  if a == b or (a ~= a and b ~= b) then
    return true
  elseif type(a) ~= "table" or type(b) ~= "table" then
    return false
  end
  seen = seen or {}
  if seen[a] == b then
    return true
  end
  seen[a] = b
  for key, value in next, a do
    local other = rawget(b, key)
    if other == nil and type(key) == "table" then
      for candidate, candidate_value in next, b do
        if same(key, candidate, seen) then
          other = candidate_value
        end
      end
    end
    if not same(value, other, seen) then
      return false
    end
  end
  for key in next, b do
    if type(key) ~= "table" and rawget(a, key) == nil then
      return false
    end
  end
  return true
end

local function check(condition, ...)
  if not condition then
    error(... or "assertion failed!", 3)
  end
  return condition, ...
end

local function equal(a, b)
  check(a == b, tostring(a) .. " is not " .. tostring(b))
end

assert = setmetatable({
  are = {
    equal = equal,
    same = function(a, b)
      check(same(a, b), tostring(a) .. " and " .. tostring(b) .. " are not alike")
    end,
  },
  is_not = {
    equal = function(a, b)
      check(a ~= b, tostring(a) .. " should be another")
    end,
  },
  is_nil = function(value)
    check(value == nil, tostring(value) .. " is not nil")
  end,
  is_true = function(value)
    check(value == true, tostring(value) .. " is not true")
  end,
  has_error = function(f, message)
    local ok, problem = pcall(f)
    check(not ok, "no error")
    -- As luassert does it: where the error was raised is no part of its message.
    local said = type(problem) == "string" and problem:gsub("^[^%s:]+:%d+: ", "") or problem
    check(message == nil or said == message, tostring(problem) .. " is not " .. tostring(message))
  end,
}, {
  __call = function(_, ...)
    return check(...)
  end,
})

function describe(_, body)
  body()
end

local afterwards

function finally(f)
  afterwards = f
end

function it(name, body)
  afterwards = nil
  local ok, problem = pcall(body)
  if afterwards then
    afterwards()
  end
  if ok then
    specs.passed = specs.passed + 1
  else
    table.insert(specs.failures, name .. ": " .. tostring(problem))
  end
end

--- Runs a spec file (which may put a love of its own in the place of the real one) and raises an error that names what failed.
function specs.run(file)
  local real_love = love
  assert(love.filesystem.load(file))()
  _G.love = real_love
  print(specs.passed .. " specs pass, " .. #specs.failures .. " fail")
  if #specs.failures > 0 then
    error(table.concat(specs.failures, "; "), 0)
  end
end

return specs
