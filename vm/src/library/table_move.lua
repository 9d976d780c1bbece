-- table.move between tables that may have metamethods.
return function(source, first, last, target_index, target)
  if last < first then return target end
  if target_index > last or target_index <= first or source ~= target then
    for offset = 0, last - first do
      target[target_index + offset] = source[first + offset]
    end
  else
    for offset = last - first, 0, -1 do
      target[target_index + offset] = source[first + offset]
    end
  end
  return target
end
