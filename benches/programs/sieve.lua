-- Array stores and loops: primes by the sieve of Eratosthenes, several times.
local limit, rounds = tonumber((...)) or 500000, 24
local count
for _ = 1, rounds do
  local composite = {}
  for i = 1, limit do composite[i] = false end
  count = 0
  for i = 2, limit do
    if not composite[i] then
      count = count + 1
      for j = i * i, limit, i do composite[j] = true end
    end
  end
end
print(count)
