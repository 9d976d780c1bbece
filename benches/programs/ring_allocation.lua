-- Collector load: a ring of 200,000 live objects whose members are replaced one after the other.
local live, rounds = 200000, tonumber((...)) or 2000000
local ring = {}
for i = 1, live do ring[i] = {id = i, age = 0} end
local at, sum = 1, 0
for i = 1, rounds do
  local old = ring[at]
  sum = sum + old.id
  ring[at] = {id = old.id, age = old.age + 1}
  at = at + 1
  if at > live then at = 1 end
end
print(("%d"):format(sum), ring[1].age, ring[live].age)
