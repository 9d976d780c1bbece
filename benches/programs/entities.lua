-- An entity system: components in tables by name, systems that filter by the components they need.
local count, frames = tonumber((...)) or 3000, 450
local World = {}
World.__index = World
function World.new() return setmetatable({entities = {}, systems = {}}, World) end
function World:add(entity) self.entities[#self.entities + 1] = entity return entity end
function World:system(needs, update) self.systems[#self.systems + 1] = {needs = needs, update = update} end
local function has_all(entity, needs)
  for i = 1, #needs do if entity[needs[i]] == nil then return false end end
  return true
end
function World:update(dt)
  for _, system in ipairs(self.systems) do
    for _, entity in ipairs(self.entities) do
      if has_all(entity, system.needs) then system.update(entity, dt, self) end
    end
  end
end

local world = World.new()
for i = 1, count do
  local entity = world:add({position = {x = i % 100, y = i % 37}})
  if i % 2 == 0 then entity.velocity = {x = i % 5 - 2, y = i % 3 - 1} end
  if i % 3 == 0 then entity.health = {now = 100, max = 100} end
  if i % 5 == 0 then entity.poison = {per_second = i % 7 + 1} end
  if i % 7 == 0 then entity.name = "entity" .. i end
end
local deaths = 0
world:system({"position", "velocity"}, function(e, dt) e.position.x = e.position.x + e.velocity.x * dt e.position.y = e.position.y + e.velocity.y * dt end)
world:system({"health", "poison"}, function(e, dt)
  e.health.now = e.health.now - e.poison.per_second * dt
  if e.health.now <= 0 then e.health.now = e.health.max deaths = deaths + 1 end
end)
world:system({"health"}, function(e, dt) if e.health.now < e.health.max then e.health.now = e.health.now + dt end end)
world:system({"position", "name"}, function(e) if e.position.x > 100 then e.position.x = 0 end end)
for _ = 1, frames do world:update(0.1) end
local sum = 0
for _, e in ipairs(world.entities) do sum = sum + e.position.x + (e.health and e.health.now or 0) end
print(deaths, ("%.4f"):format(sum))
