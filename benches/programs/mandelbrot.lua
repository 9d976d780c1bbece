-- Floating point and character output: the set as a bitmap, eight points a byte.
local size = tonumber((...)) or 760
local out, char = {}, string.char

for y = 0, size - 1 do
  local ci = 2 * y / size - 1
  for base = 0, size - 1, 8 do
    local byte = 0
    for offset = 0, 7 do
      local cr = 2 * (base + offset) / size - 1.5
      local zr, zi, tr, ti, inside = 0, 0, 0, 0, 1
      for _ = 1, 50 do
        zi = 2 * zr * zi + ci
        zr = tr - ti + cr
        tr, ti = zr * zr, zi * zi
        if tr + ti > 4 then inside = 0 break end
      end
      byte = byte * 2 + inside
    end
    out[#out + 1] = char(byte)
  end
end
local picture, sum = table.concat(out), 0
for i = 1, #picture do sum = (sum * 31 + picture:byte(i)) % 1000003 end
print(#picture, sum)
