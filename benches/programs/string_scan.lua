-- Scanning text byte by byte: words, numbers and nesting counted by hand, without patterns.
local rounds = tonumber((...)) or 80
local words = {"local", "function", "return", "x1", "foo(bar)", "42", "3.25", "{a, b}", "[[text]]", "--comment"}
local parts = {}
for i = 1, 6000 do parts[i] = words[i * 7 % #words + 1] end
local text = table.concat(parts, " ")

local function scan(source)
  local letters, digits, depth, deepest, spaces, hash = 0, 0, 0, 0, 0, 0
  for i = 1, #source do
    local byte = source:byte(i)
    if byte >= 97 and byte <= 122 then letters = letters + 1
    elseif byte >= 48 and byte <= 57 then digits = digits + 1
    elseif byte == 32 then spaces = spaces + 1
    elseif byte == 40 or byte == 91 or byte == 123 then
      depth = depth + 1
      if depth > deepest then deepest = depth end
    elseif byte == 41 or byte == 93 or byte == 125 then depth = depth - 1
    end
    hash = (hash * 33 + byte) % 65536
  end
  local count = 0
  for i = 1, #source - 1 do if source:sub(i, i) == " " and source:sub(i + 1, i + 1) ~= " " then count = count + 1 end end
  return letters + digits + deepest + spaces + count + hash
end

local sum = 0
for _ = 1, rounds do sum = sum + scan(text) end
print(sum)
