local a, b, c = ...
local x = a and b or c
x = a and 1 or 2
x = a == nil or b ~= true
x = not (a < b and b <= 3)
x = not a
x = a > b, 3 > a, a >= 2, "s" == a
if not a then x = 1 elseif a ~= "s" or b then x = 2 else x = 3 end
if nil then f() end
if a and (b or not c) then return end
while true do if a then break end end
x = nil and a
x = (a or b) == (b and c)
return a or f()
