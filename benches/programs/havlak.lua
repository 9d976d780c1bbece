-- Graphs and sets: finding the nested loops of a control-flow graph (Havlak's union-find over a depth-first tree).
local rounds = tonumber((...)) or 32

local function graph()
  local nodes = {}
  local function node() local n = {number = #nodes + 1, into = {}, out = {}} nodes[#nodes + 1] = n return n end
  local function edge(from, to) from.out[#from.out + 1] = to to.into[#to.into + 1] = from end
  local function diamond(start)
    local left, right, join = node(), node(), node()
    edge(start, left) edge(start, right) edge(left, join) edge(right, join)
    return join
  end
  local function straight(start, count)
    for _ = 1, count do local n = node() edge(start, n) start = n end
    return start
  end
  local function base_loop(from)
    local header = straight(from, 1)
    local bottom = straight(diamond(header), 1)
    edge(bottom, header)
    return straight(bottom, 1)
  end
  local root = node()
  local at = straight(root, 2)
  for _ = 1, 12 do
    local outer = at
    at = straight(at, 1)
    for _ = 1, 25 do
      local top = at
      at = straight(at, 1)
      for _ = 1, 3 do at = base_loop(at) end
      local bottom = straight(at, 1)
      edge(bottom, top)
      at = bottom
    end
    edge(at, outer)
    at = straight(at, 1)
  end
  return nodes, root
end

local function find(set, x)
  local root = x
  while set[root] ~= root do root = set[root] end
  while set[x] ~= root do set[x], x = root, set[x] end
  return root
end

local function loops(nodes, root)
  local number, order, last = {}, {}, {}
  local stack, next_child = {root}, {[root] = 1}
  number[root], order[1] = 1, root
  while #stack > 0 do
    local n = stack[#stack]
    local child = n.out[next_child[n]]
    if child then
      next_child[n] = next_child[n] + 1
      if not number[child] then
        order[#order + 1] = child
        number[child] = #order
        next_child[child] = 1
        stack[#stack + 1] = child
      end
    else
      last[number[n]] = #order
      stack[#stack] = nil
    end
  end
  local count = #order
  local back, other, set, header, kind = {}, {}, {}, {}, {}
  for w = 1, count do
    back[w], other[w], set[w], header[w] = {}, {}, w, 1
    for _, from in ipairs(order[w].into) do
      local v = number[from]
      if v then
        if w <= v and v <= last[w] then table.insert(back[w], v) else table.insert(other[w], v) end
      end
    end
  end
  local found, depth = 0, {}
  for w = count, 1, -1 do
    local pool, inside = {}, {}
    for _, v in ipairs(back[w]) do
      if v ~= w then
        local r = find(set, v)
        if not inside[r] then inside[r] = true pool[#pool + 1] = r end
      else
        kind[w] = "self"
      end
    end
    local work = {}
    for i = 1, #pool do work[i] = pool[i] end
    while #work > 0 do
      local x = table.remove(work)
      for _, y in ipairs(other[x]) do
        local r = find(set, y)
        if not (w <= r and r <= last[w]) then
          kind[w] = "irreducible"
          table.insert(other[w], r)
        elseif r ~= w and not inside[r] then
          inside[r] = true
          pool[#pool + 1] = r
          work[#work + 1] = r
        end
      end
    end
    if #pool > 0 or kind[w] == "self" then
      found = found + 1
      local deepest = 0
      for _, x in ipairs(pool) do
        header[x] = w
        set[x] = w
        if depth[x] and depth[x] > deepest then deepest = depth[x] end
      end
      depth[w] = deepest + 1
    end
  end
  local deepest = 0
  for _, d in pairs(depth) do if d > deepest then deepest = d end end
  return found, deepest, count
end

local nodes, root = graph()
local found, deepest, count
for _ = 1, rounds do found, deepest, count = loops(nodes, root) end
print(found, deepest, count)
