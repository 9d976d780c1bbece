local t = {
  a = f(
    1
  ),
  b = 2
}
local x = t
  .a
  .b
x = x
  + t
  * 2
f(
  x
)
t.a.b =
  x
return t:m(
  function()
    return
      x
  end
)
