local function e(f) print(pcall(f)) end
local t, s = {}, "s"
e(function()
  local x = t
    .a
    .b
end)
e(function()
  local x = 1
    + t
    + 2
end)
e(function()
  t.x
    = t.y.z
end)
e(function()
  t.f(
    1,
    2
  )
end)
e(function()
  return t:method
  {
    1
  }
end)
e(function()
  return (t
    .. "x") ..
    s
end)
e(function()
  for i = 1,
    "x",
    2
  do
  end
end)
e(function()
  for k in
    nil
  do
  end
end)
e(function()
  local a = {
    x = 1,
    [nil] =
      2,
  }
end)
e(function()
  t[
    nil
  ] =
    1
end)
e(function()
  if t <
    1
  then
  end
end)
e(function()
  return #
    nil
end)
e(function()
  return -
    t
end)
e(function()
  local a =
    function() end
  a.b
    .c
    = 1
end)
e(function()
  error("here",
    1)
end)
e(function() local u; local function g() u.x = 1 end g() end)
e(function() undefined.x = 1 end)
e(function() undefined() end)
e(function() t.x.y() end)
e(function() t:nothing() end)
e(function() s.x.y = 1 end)
e(function() return 1 < "x" end)
e(function() return {} < {} end)
e(function() return nil .. "x" end)
e(function() local a = 5; a() end)
e(function() t[0/0] = 1 end)
e(function() (function() end)() (5)() end)
