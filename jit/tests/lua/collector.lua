-- Weak tables, finalizers, and what a collection must not change.
local check, show, run, done = dofile("check.lua")
check('local t = setmetatable({}, {__mode = "k"}) t[{}] = 1 t[print] = 2 collectgarbage() local n = 0 for k in pairs(t) do n = n + 1 end return n, t[print]', run('local t = setmetatable({}, {__mode = "k"}) t[{}] = 1 t[print] = 2 collectgarbage() local n = 0 for k in pairs(t) do n = n + 1 end return n, t[print]'), 'true 1 2')
check('local t = setmetatable({}, {__mode = "v"}) t[1] = {} t[2] = print t.x = {} t.y = "string" t.z = 5 collectgarbage() return t[1], t[2] == print, t.x, t.y, t.z', run('local t = setmetatable({}, {__mode = "v"}) t[1] = {} t[2] = print t.x = {} t.y = "string" t.z = 5 collectgarbage() return t[1], t[2] == print, t.x, t.y, t.z'), 'true nil true nil "string" 5')
check('local t = setmetatable({}, {__mode = "kv"}) local k = {} t[k] = {} t[{}] = k t[1] = k collectgarbage() return t[k], t[1] == k, next(t, next(t))', run('local t = setmetatable({}, {__mode = "kv"}) local k = {} t[k] = {} t[{}] = k t[1] = k collectgarbage() return t[k], t[1] == k, next(t, next(t))'), 'true nil true nil')
check('local keep = {} local t = setmetatable({}, {__mode = "v"}) t[1] = keep collectgarbage() return t[1] == keep', run('local keep = {} local t = setmetatable({}, {__mode = "v"}) t[1] = keep collectgarbage() return t[1] == keep'), 'true true')
check('local keep = {} local t = setmetatable({}, {__mode = "k"}) t[keep] = {v = 1} collectgarbage() collectgarbage() return t[keep].v', run('local keep = {} local t = setmetatable({}, {__mode = "k"}) t[keep] = {v = 1} collectgarbage() collectgarbage() return t[keep].v'), 'true 1')
check('local t = setmetatable({}, {__mode = "v"}) t.f = function() end t.s = "a" .. "b" collectgarbage() return t.s', run('local t = setmetatable({}, {__mode = "v"}) t.f = function() end t.s = "a" .. "b" collectgarbage() return t.s'), 'true "ab"')
check('local t = setmetatable({}, {__mode = "k"}) for i = 1, 1000 do t[{}] = i end collectgarbage() return next(t)', run('local t = setmetatable({}, {__mode = "k"}) for i = 1, 1000 do t[{}] = i end collectgarbage() return next(t)'), 'true nil')
check('local t = setmetatable({}, {__mode = "v"}) for i = 1, 1000 do t[i] = {} end collectgarbage() return next(t), #t', run('local t = setmetatable({}, {__mode = "v"}) for i = 1, 1000 do t[i] = {} end collectgarbage() return next(t), #t'), 'true nil 0')
check('local order = {} local function mk(n) local p = newproxy(true) getmetatable(p).__gc = function() order[#order + 1] = n end return p end do local a = mk(1) local b = mk(2) end mk(3) mk = nil collectgarbage() collectgarbage() table.sort(order) return order', run('local order = {} local function mk(n) local p = newproxy(true) getmetatable(p).__gc = function() order[#order + 1] = n end return p end do local a = mk(1) local b = mk(2) end mk(3) mk = nil collectgarbage() collectgarbage() table.sort(order) return order'), 'true {1,2,3}')
check('local hit = 0 for i = 1, 100 do local p = newproxy(true) getmetatable(p).__gc = function() hit = hit + 1 end end collectgarbage() collectgarbage() return hit >= 99', run('local hit = 0 for i = 1, 100 do local p = newproxy(true) getmetatable(p).__gc = function() hit = hit + 1 end end collectgarbage() collectgarbage() return hit >= 99'), 'true true')
check('local saved local p = newproxy(true) getmetatable(p).__gc = function(u) saved = u end p = nil collectgarbage() collectgarbage() return type(saved)', run('local saved local p = newproxy(true) getmetatable(p).__gc = function(u) saved = u end p = nil collectgarbage() collectgarbage() return type(saved)'), 'true "userdata"')
check('local p = newproxy(true) getmetatable(p).__gc = 5 p = nil collectgarbage() return "ok"', run('local p = newproxy(true) getmetatable(p).__gc = 5 p = nil collectgarbage() return "ok"'), 'false "attempt to call a number value"')
check('local a = {} a.b = {a = a} a = nil collectgarbage() return "cycle"', run('local a = {} a.b = {a = a} a = nil collectgarbage() return "cycle"'), 'true "cycle"')
check('local s = {} for i = 1, 1000 do s[i] = ("x"):rep(i) end collectgarbage() local n = 0 for i = 1, 1000 do n = n + #s[i] end return n', run('local s = {} for i = 1, 1000 do s[i] = ("x"):rep(i) end collectgarbage() local n = 0 for i = 1, 1000 do n = n + #s[i] end return n'), 'true 500500')
check('local t = {} for i = 1, 10000 do t[i] = {i, {i}} end collectgarbage() local n = 0 for i = 1, 10000 do n = n + t[i][1] + t[i][2][1] end return n', run('local t = {} for i = 1, 10000 do t[i] = {i, {i}} end collectgarbage() local n = 0 for i = 1, 10000 do n = n + t[i][1] + t[i][2][1] end return n'), 'true 100010000')
check('local co = coroutine.wrap(function() local t = {x = 1} while true do collectgarbage() coroutine.yield(t.x) t = {x = t.x + 1} end end) return co(), co(), co()', run('local co = coroutine.wrap(function() local t = {x = 1} while true do collectgarbage() coroutine.yield(t.x) t = {x = t.x + 1} end end) return co(), co(), co()'), 'true 1 2 3')
check('local fs = {} for i = 1, 100 do local u = {i} fs[i] = function() return u[1] end end collectgarbage() local n = 0 for i = 1, 100 do n = n + fs[i]() end return n', run('local fs = {} for i = 1, 100 do local u = {i} fs[i] = function() return u[1] end end collectgarbage() local n = 0 for i = 1, 100 do n = n + fs[i]() end return n'), 'true 5050')
check('local before = collectgarbage("count") local t = {} for i = 1, 100000 do t[i] = {i} end local during = collectgarbage("count") t = nil collectgarbage() local after = collectgarbage("count") return during - before > 1000, after - before < 500', run('local before = collectgarbage("count") local t = {} for i = 1, 100000 do t[i] = {i} end local during = collectgarbage("count") t = nil collectgarbage() local after = collectgarbage("count") return during - before > 1000, after - before < 500'), 'true true true')
check('local before = collectgarbage("count") for i = 1, 200000 do local t = {i, i, i} end collectgarbage() return collectgarbage("count") - before < 200', run('local before = collectgarbage("count") for i = 1, 200000 do local t = {i, i, i} end collectgarbage() return collectgarbage("count") - before < 200'), 'true true')
check('local before = collectgarbage("count") for i = 1, 100000 do local s = "str" .. i end collectgarbage() return collectgarbage("count") - before < 200', run('local before = collectgarbage("count") for i = 1, 100000 do local s = "str" .. i end collectgarbage() return collectgarbage("count") - before < 200'), 'true true')
check('collectgarbage("stop") local x = {} for i = 1, 1000 do x = {x} end collectgarbage("restart") local n = 0 while x[1] do x = x[1] n = n + 1 end return n', run('collectgarbage("stop") local x = {} for i = 1, 1000 do x = {x} end collectgarbage("restart") local n = 0 while x[1] do x = x[1] n = n + 1 end return n'), 'true 1000')
check('local n = 0 repeat local done = collectgarbage("step", 100) n = n + 1 until done or n > 10000 return n <= 10000', run('local n = 0 repeat local done = collectgarbage("step", 100) n = n + 1 until done or n > 10000 return n <= 10000'), 'true true')
check('local t = {} for i = 1, 100 do t[i] = i end for k in pairs(t) do t[k] = nil collectgarbage("step") end return next(t)', run('local t = {} for i = 1, 100 do t[i] = i end for k in pairs(t) do t[k] = nil collectgarbage("step") end return next(t)'), 'true nil')
check('local cache = setmetatable({}, {__mode = "v"}) local function get(k) local v = cache[k] if not v then v = {k} cache[k] = v end return v end local a = get("x") collectgarbage() return a == get("x"), get("y")[1]', run('local cache = setmetatable({}, {__mode = "v"}) local function get(k) local v = cache[k] if not v then v = {k} cache[k] = v end return v end local a = get("x") collectgarbage() return a == get("x"), get("y")[1]'), 'true true "y"')
check('local d = string.rep("a", 100) .. "b" local t = {[d] = 1} d = nil collectgarbage() return t[string.rep("a", 100) .. "b"]', run('local d = string.rep("a", 100) .. "b" local t = {[d] = 1} d = nil collectgarbage() return t[string.rep("a", 100) .. "b"]'), 'true 1')
check('local log = {} local p = newproxy(true) getmetatable(p).__gc = function() error("in finalizer") end p = nil local ok, e = pcall(collectgarbage) return ok, type(e)', run('local log = {} local p = newproxy(true) getmetatable(p).__gc = function() error("in finalizer") end p = nil local ok, e = pcall(collectgarbage) return ok, type(e)'), 'true false "string"')
check('local t = setmetatable({}, {__mode = "x"}) t[1] = {} collectgarbage() return type(t[1])', run('local t = setmetatable({}, {__mode = "x"}) t[1] = {} collectgarbage() return type(t[1])'), 'true "table"')
check('local mt = {__mode = "k"} local t = setmetatable({}, mt) mt.__mode = nil t[{}] = 1 collectgarbage() return next(t) ~= nil', run('local mt = {__mode = "k"} local t = setmetatable({}, mt) mt.__mode = nil t[{}] = 1 collectgarbage() return next(t) ~= nil'), 'true true')
check('local t = setmetatable({}, {__mode = "k"}) t["string"] = {} t[1] = {} t[true] = {} collectgarbage() return type(t.string), type(t[1]), type(t[true])', run('local t = setmetatable({}, {__mode = "k"}) t["string"] = {} t[1] = {} t[true] = {} collectgarbage() return type(t.string), type(t[1]), type(t[true])'), 'true "table" "table" "table"')


-- Elements that move inside an array while it is being marked are not lost.
do
  local function objects_survive(change)
    local t = {}
    for i = 1, 3000 do t[i] = {name = 'n' .. i} end
    local expected = {}
    for i = 1, 3000 do expected[i] = t[i].name end
    for i = 1, 300 do
      change(t, 1 + i * 7 % 2999)
      change(expected, 1 + i * 7 % 2999)
      collectgarbage('step', 1)
      for _ = 1, 20 do local _ = {i} end
    end
    local same = #t == #expected
    for i = 1, #t do same = same and (type(t[i]) == 'table' and t[i].name or t[i]) == expected[i] end
    return same
  end
  check('table.remove while marking', objects_survive(function(t, i) table.insert(t, (table.remove(t, i))) end), true)
  check('table.insert while marking', objects_survive(function(t, i) table.insert(t, i, (table.remove(t))) end), true)
end
done("collector.lua")
