-- Programs whose objects live for part of a pass: each prints its name, the bytes that it allocated per pass, and its result.
-- The collector is stopped meanwhile, so what is allocated stays counted.
local passes = 100000

local function measure(name, work)
  work(200)
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  local result = work(passes)
  local after = collectgarbage("count")
  collectgarbage("restart")
  print(("%s: %.1f: %.14g"):format(name, (after - before) * 1024 / passes, result))
end

local vec2 = {}
vec2.__index = vec2
local function new2(x, y) return setmetatable({x = x, y = y}, vec2) end
vec2.__add = function(a, b) return new2(a.x + b.x, a.y + b.y) end
vec2.__sub = function(a, b) return new2(a.x - b.x, a.y - b.y) end
vec2.__mul = function(a, factor) return new2(a.x * factor, a.y * factor) end
vec2.__unm = function(a) return new2(-a.x, -a.y) end
function vec2:dot(other) return self.x * other.x + self.y * other.y end

local vec3 = {}
vec3.__index = vec3
function vec3.new(x, y, z) return setmetatable({x = x, y = y, z = z}, vec3) end
function vec3.__add(a, b) return vec3.new(a.x + b.x, a.y + b.y, a.z + b.z) end
function vec3.__mul(a, b)
  if type(b) == "number" then return vec3.new(a.x * b, a.y * b, a.z * b) end
  return a.x * b.x + a.y * b.y + a.z * b.z
end
function vec3:cross(b) return vec3.new(self.y * b.z - self.z * b.y, self.z * b.x - self.x * b.z, self.x * b.y - self.y * b.x) end

local function vector_add(a, b) return {x = a.x + b.x, y = a.y + b.y} end
measure("vector_add with two temporary tables", function(n)
  local position, velocity = {x = 0, y = 0}, {x = 1, y = 0.5}
  for i = 1, n do
    local step = vector_add(velocity, {x = i % 2, y = 0})
    position = vector_add(position, step)
  end
  return position.x + position.y
end)
measure("vec2 with operators", function(n)
  local sum, d = 0, new2(1, 2)
  for i = 1, n do
    local a = new2(i, i + 1)
    local b = (a + d) * 2 - -d
    sum = sum + b:dot(d)
  end
  return sum
end)
measure("vec2 carried from pass to pass", function(n)
  local place, speed = new2(0, 0), new2(1, 2)
  for i = 1, n do place = place + speed * 0.5 end
  return place.x + place.y
end)
measure("vec3 with operators and methods", function(n)
  local sum, up = 0, vec3.new(0, 0, 1)
  for i = 1, n do
    local a = vec3.new(i, 1, 2)
    sum = sum + (a + up):cross(up * 2) * a
  end
  return sum
end)
measure("fields added one by one", function(n)
  local sum = 0
  for i = 1, n do
    local t = {}
    t.a = i
    t.b = i + 1
    t.a = t.a + t.b
    sum = sum + t.a
  end
  return sum
end)
measure("tables in tables", function(n)
  local sum = 0
  for i = 1, n do
    local t = {place = {x = i, y = 2}, speed = {x = 1, y = 1}}
    t.place.x = t.place.x + t.speed.x
    sum = sum + t.place.x
  end
  return sum
end)
local function total(...)
  local sum = 0
  for i = 1, select("#", ...) do sum = sum + (select(i, ...)) end
  return sum
end
measure("select of the arguments", function(n)
  local sum = 0
  for i = 1, n do sum = sum + total(i, 2, 3) end
  return sum
end)
local function turn(...)
  local a, b, c = ...
  return c, b, a
end
measure("arguments to locals", function(n)
  local sum = 0
  for i = 1, n do
    local x, y, z = turn(i, 2, 3)
    sum = sum + x - y * z
  end
  return sum
end)
local function process_data(list)
  local sum = 0
  for i = 1, #list do
    local value = list[i].value
    if value > 90 then value = 90 end
    sum = sum + value
  end
  return sum
end
measure("process_data", function(n)
  local items = {}
  for i = 1, 100 do items[i] = {value = i % 103} end
  local total = 0
  for _ = 1, n do total = total + process_data(items) end
  return total
end)
