local a, b = ...
local c = a + b * 2 - (3 + 4)   -- folded, constant operand
a = 2 * a / b % 7 ^ 2
b = -a + -3 - -0                -- -0 is not folded
c = 1 / 0, 0 / 0                -- inf is folded, NaN is not
c = a & 255 | b << 2 ~ c
c = ~a ~>> 1, ~5
c = #a .. "x" .. 1 + 2 .. b
return 5LL, -5LL, 70000, 1e300, 0.5
