-- Backtracking with small arrays: every way to place n queens.
local n = tonumber((...)) or 12

local function solve()
  local columns, up, down, solutions = {}, {}, {}, 0
  for i = 1, 2 * n do columns[i], up[i], down[i] = false, false, false end
  local function place(row)
    if row > n then solutions = solutions + 1 return end
    for column = 1, n do
      local rising, falling = row + column, row - column + n
      if not (columns[column] or up[rising] or down[falling]) then
        columns[column], up[rising], down[falling] = true, true, true
        place(row + 1)
        columns[column], up[rising], down[falling] = false, false, false
      end
    end
  end
  place(1)
  return solutions
end

print(solve())
