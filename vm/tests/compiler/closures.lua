local outer = 1
local function counter()
  local n = 0
  return function() n = n + 1; outer = n; return n end
end
for i = 1, 3 do
  local j = i
  keep(function() return i + j end)
  if j == 2 then break end
  if j == 1 then continue end
end
while f() do local k = g(); keep(function() return k end) end
repeat local k = g(); keep(function() return k end) until k
do local free, bound = 1, 2; keep(function() return bound end) end
local function early(p) local q = function() return p end; if q() then return q, p end return q(p) end
