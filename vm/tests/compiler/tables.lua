local a = {}
local b = {x = 1, y = a, ["z"] = 3}
b = {x = b.x, y = b.y}          -- straight into the local
local c = {1, 2, f()}
c = {1, 2, (f())}
c = {x = 1, 10, y = 2, 20, [30] = 3, 40, x = 5, [a] = b}
c = {{1}, {x = {y = 2}}, n = ...}
c = {...}
b.x, b[1], b[255], b[256], b[a] = nil
b[-1] = b["key"] .. b[1.5]
