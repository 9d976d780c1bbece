-- Objects, virtual methods and lists: an incremental one-way constraint solver with strengths.
local size, rounds = tonumber((...)) or 1500, 40
local REQUIRED, STRONG, NORMAL, WEAK = 1, 2, 3, 6
local WEAKEST = 7

local Variable = {}
Variable.__index = Variable
local function variable(value) return setmetatable({value = value, constraints = {}, determined_by = nil, mark = 0, strength = WEAKEST, stays = true}, Variable) end

local Constraint = {}
Constraint.__index = Constraint
local function subclass(parent) local class = setmetatable({}, {__index = parent}) class.__index = class return class end

local Planner = {mark = 0}
function Planner.fresh_mark() Planner.mark = Planner.mark + 1 return Planner.mark end

function Constraint:add()
  self:connect()
  self.chosen = nil
  local mark = Planner.fresh_mark()
  local overridden = self:satisfy(mark)
  while overridden do overridden = overridden:satisfy(mark) end
end
function Constraint:satisfy(mark)
  self:choose(mark)
  if not self.chosen then
    if self.strength == REQUIRED then error("could not satisfy a required constraint") end
    return nil
  end
  self:mark_inputs(mark)
  local out = self:output()
  local overridden = out.determined_by
  if overridden then overridden.chosen = nil end
  out.determined_by = self
  Planner.propagate(self, mark)
  out.mark = mark
  return overridden
end
function Constraint:remove()
  local satisfied, out = self.chosen ~= nil, nil
  if satisfied then out = self:output() end
  self.chosen = nil
  self:disconnect()
  if satisfied then Planner.removed(self, out) end
end
local function unlink(list, item)
  for i = #list, 1, -1 do if list[i] == item then table.remove(list, i) end end
end

local Unary = subclass(Constraint)
local function unary(class, target, strength)
  local self = setmetatable({target = target, strength = strength}, class)
  self:add()
  return self
end
function Unary:connect() self.target.constraints[#self.target.constraints + 1] = self end
function Unary:disconnect() unlink(self.target.constraints, self) end
function Unary:choose(mark)
  self.chosen = self.target.mark ~= mark and self.strength < self.target.strength and "out" or nil
end
function Unary:mark_inputs() end
function Unary:output() return self.target end
function Unary:inputs_known() return true end
function Unary:recalculate()
  self.target.strength = self.strength
  self.target.stays = not self.is_input
  if self.target.stays then self:execute() end
end
function Unary:execute() end
local Stay, Edit = subclass(Unary), subclass(Unary)
Edit.is_input = true

local Binary = subclass(Constraint)
function Binary:connect()
  self.first.constraints[#self.first.constraints + 1] = self
  self.second.constraints[#self.second.constraints + 1] = self
end
function Binary:disconnect() unlink(self.first.constraints, self) unlink(self.second.constraints, self) end
function Binary:choose(mark)
  local first, second = self.first, self.second
  if first.mark == mark then
    self.chosen = second.mark ~= mark and self.strength < second.strength and "forward" or nil
  elseif second.mark == mark then
    self.chosen = self.strength < first.strength and "backward" or nil
  elseif first.strength > second.strength then
    self.chosen = self.strength < first.strength and "backward" or nil
  else
    self.chosen = self.strength < second.strength and "forward" or nil
  end
end
function Binary:input() if self.chosen == "forward" then return self.first end return self.second end
function Binary:output() if self.chosen == "forward" then return self.second end return self.first end
function Binary:mark_inputs(mark) self:input().mark = mark end
function Binary:inputs_known(mark)
  local input = self:input()
  return input.mark == mark or input.stays or input.determined_by == nil
end
function Binary:recalculate()
  local input, output = self:input(), self:output()
  output.strength = math.max(self.strength, input.strength)
  output.stays = input.stays
  if output.stays then self:execute() end
end
local Equal, Scale = subclass(Binary), subclass(Binary)
function Equal:execute() self:output().value = self:input().value end
function Scale:execute()
  if self.chosen == "forward" then self.second.value = self.first.value * self.factor + self.offset
  else self.first.value = (self.second.value - self.offset) / self.factor end
end
local function binary(class, first, second, factor, offset)
  local self = setmetatable({first = first, second = second, strength = REQUIRED, factor = factor, offset = offset}, class)
  self:add()
  return self
end

function Planner.propagate(constraint, mark)
  local todo, count = {constraint}, 1
  while count > 0 do
    local current = todo[count]
    todo[count], count = nil, count - 1
    local out = current:output()
    if current ~= constraint and out.mark == mark then error("cycle") end
    current:recalculate()
    for _, next_ in ipairs(out.constraints) do
      if next_ ~= out.determined_by and next_.chosen then count = count + 1 todo[count] = next_ end
    end
  end
end
function Planner.removed(_, out)
  out.determined_by, out.strength, out.stays = nil, WEAKEST, true
  local unsatisfied, todo = {}, {out}
  while #todo > 0 do
    local v = table.remove(todo)
    for _, c in ipairs(v.constraints) do if not c.chosen then unsatisfied[#unsatisfied + 1] = c end end
    for _, c in ipairs(v.constraints) do
      if c ~= v.determined_by and c.chosen then
        c:recalculate()
        todo[#todo + 1] = c:output()
      end
    end
  end
  table.sort(unsatisfied, function(a, b) return a.strength < b.strength end)
  for _, c in ipairs(unsatisfied) do
    local mark = Planner.fresh_mark()
    local overridden = c:satisfy(mark)
    while overridden do overridden = overridden:satisfy(mark) end
  end
end
function Planner.plan(sources)
  local mark, plan, todo = Planner.fresh_mark(), {}, sources
  while #todo > 0 do
    local c = table.remove(todo)
    local out = c:output()
    if out.mark ~= mark and c:inputs_known(mark) then
      plan[#plan + 1] = c
      out.mark = mark
      for _, next_ in ipairs(out.constraints) do
        if next_ ~= out.determined_by and next_.chosen then todo[#todo + 1] = next_ end
      end
    end
  end
  return plan
end

local function chain(length)
  local first = variable(0)
  local last = first
  for _ = 1, length do
    local v = variable(0)
    binary(Equal, last, v)
    last = v
  end
  unary(Stay, last, NORMAL)
  local edit = unary(Edit, first, STRONG)
  local plan = Planner.plan({edit})
  for i = 1, 100 do
    first.value = i
    for _, c in ipairs(plan) do c:execute() end
    if last.value ~= i then error("chain") end
  end
  edit:remove()
  return last.value
end

local function projection(length)
  local sum, targets = 0, {}
  local source, target
  for i = 1, length do
    source, target = variable(i), variable(i)
    targets[i] = target
    unary(Stay, source, NORMAL)
    binary(Scale, source, target, 10, 1000)
  end
  local function change(v, value)
    local edit = unary(Edit, v, STRONG)
    local plan = Planner.plan({edit})
    for _ = 1, 10 do
      v.value = value
      for _, c in ipairs(plan) do c:execute() end
    end
    edit:remove()
  end
  change(source, 17)
  change(target, 1050)
  for i = 1, length do sum = sum + targets[i].value end
  return sum
end

local a, b = 0, 0
for _ = 1, rounds do
  a = a + chain(math.floor(size / 4))
  b = b + projection(size)
end
print(a, ("%d"):format(b))
