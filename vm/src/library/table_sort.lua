-- Sorts elements 1 .. count of a table without metamethods on indexing: Lua 5.1's quicksort, comparison for
-- comparison, because programs sort with ties and with comparators that are not quite orders.
-- The recursion on the smaller part is an explicit stack, so that the function is one frame.
local primitives = ...
local fail = primitives.fail
return function(t, count, less)
  local pending, depth = {}, 0
  local lower, upper = 1, count
  while true do
    while lower < upper do
      local a, b = t[lower], t[upper]
      local swap
      if less then swap = less(b, a) else swap = b < a end
      if swap then t[lower], t[upper] = b, a end
      if upper - lower == 1 then break end
      local middle = (lower + upper) / 2
      middle = middle - middle % 1
      a, b = t[middle], t[lower]
      if less then swap = less(a, b) else swap = a < b end
      if swap then
        t[middle], t[lower] = b, a
      else
        b = t[upper]
        if less then swap = less(b, a) else swap = b < a end
        if swap then t[middle], t[upper] = b, a end
      end
      if upper - lower == 2 then break end
      local pivot = t[middle]
      t[middle], t[upper - 1] = t[upper - 1], pivot
      local i, j = lower, upper - 1
      while true do
        i = i + 1
        a = t[i]
        while true do
          if less then swap = less(a, pivot) else swap = a < pivot end
          if not swap then break end
          if i >= upper then fail("invalid order function for sorting") end
          i = i + 1
          a = t[i]
        end
        j = j - 1
        b = t[j]
        while true do
          if less then swap = less(pivot, b) else swap = pivot < b end
          if not swap then break end
          if j <= lower then fail("invalid order function for sorting") end
          j = j - 1
          b = t[j]
        end
        if j < i then break end
        t[i], t[j] = b, a
      end
      t[upper - 1], t[i] = t[i], t[upper - 1]
      -- The smaller part goes first, the other one waits.
      depth = depth + 2
      if i - lower < upper - i then
        pending[depth - 1], pending[depth] = i + 1, upper
        upper = i - 1
      else
        pending[depth - 1], pending[depth] = lower, i - 1
        lower = i + 1
      end
    end
    if depth == 0 then return end
    lower, upper = pending[depth - 1], pending[depth]
    depth = depth - 2
  end
end
