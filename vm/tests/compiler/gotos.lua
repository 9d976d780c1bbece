local a = ...
::top::
if a then goto done end
do
  local x = f()
  if x then goto top end
  keep(function() return x end)
  if a then goto top end
  if a == 1 then goto inner end
  f()
  ::inner::
end
for i = 1, 3 do
  if i == 2 then goto continue end
  f(i)
  ::continue::
end
::done::
