-- FNV-1a and xorshift on 64-bit integers.
local ffi = require("ffi")
local bit = require("bit")
local rounds = tonumber((...)) or 300000
local function fnv(text)
  local hash = 0xcbf29ce484222325ULL
  for i = 1, #text do hash = bit.bxor(hash, text:byte(i)) * 0x100000001b3ULL end
  return hash
end
local function xorshift(state, count)
  for i = 1, count do
    state = bit.bxor(state, bit.lshift(state, 13))
    state = bit.bxor(state, bit.rshift(state, 7))
    state = bit.bxor(state, bit.lshift(state, 17))
  end
  return state
end
local hash = 0ULL
for i = 1, rounds / 100 do hash = hash + fnv("the quick brown fox " .. i) end
print(hash, xorshift(88172645463325252ULL, rounds))
