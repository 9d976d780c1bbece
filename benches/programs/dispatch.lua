-- Method calls through chains of __index three classes deep, on objects of several classes at one call site.
local rounds = tonumber((...)) or 4500000

local function class(parent)
  local c = setmetatable({}, parent and {__index = parent} or nil)
  c.__index = c
  return c
end
local Shape = class()
function Shape:scaled(k) return self:area() * k end
function Shape:name() return 1 end
local Square = class(Shape)
function Square:area() return self.side * self.side end
local Rectangle = class(Shape)
function Rectangle:area() return self.width * self.height end
local Framed = class(Rectangle)
function Framed:name() return 2 end
local Painted = class(Framed)
function Painted:area() return Rectangle.area(self) + 1 end

local shapes = {
  setmetatable({side = 2}, Square), setmetatable({width = 2, height = 3}, Rectangle),
  setmetatable({width = 4, height = 5}, Framed), setmetatable({width = 6, height = 7}, Painted),
}
local sum = 0
for i = 1, rounds do
  local shape = shapes[i % 4 + 1]
  sum = sum + shape:scaled(2) + shape:name()
end
print(sum)
