-- string.gsub with a function, or a table that may have metamethods, as replacement.
-- `find` answers start and end of the next match and keeps its captures for the call of `captures` that follows
-- at once; `part` collects pieces of the result.
local primitives = ...
local find, captures, check = primitives.find, primitives.captures, primitives.check
local sub, concat = primitives.sub, primitives.concat
return function(subject, pattern, replacement, limit, is_anchored, is_table)
  local parts, part_count = {}, 0
  local position, last, matches = 1, #subject, 0
  while matches < limit do
    local first, final = find(subject, pattern, position)
    if not first then break end
    matches = matches + 1
    local value
    if is_table then value = replacement[captures(subject)] else value = replacement(captures(subject)) end
    if not value then
      value = sub(subject, first, final)
    else
      check(value)
    end
    parts[part_count + 1] = sub(subject, position, first - 1)
    parts[part_count + 2] = value
    part_count = part_count + 2
    if final >= first then
      position = final + 1
    elseif first <= last then
      part_count = part_count + 1
      parts[part_count] = sub(subject, first, first)
      position = first + 1
    else
      position = last + 1
      break
    end
    if is_anchored then break end
  end
  parts[part_count + 1] = sub(subject, position, last)
  return concat(parts, "", 1, part_count + 1), matches
end
