-- string.buffer and C data.
local ffi=require"ffi" local sb=require"string.buffer"
local b=sb.new() b:put("abc") local p,n=b:reserve(10) print(ffi.typeof(p),n>=10) p[0]=68 p[1]=69 b:commit(2) print(b) print(#b)
local q,len=b:ref() print(ffi.typeof(q),len,ffi.string(q,len))
b:putcdata(ffi.new("char[4]","wxyz"),4) print(b)
b:reserve(20) b:put("!") print(b)
print(pcall(b.commit,b,1000)) print(pcall(b.putcdata,b,5,5)) print(pcall(b.reserve,b,-1))
b:set(ffi.new("char[4]","wxyz"),4) print(b)
print(pcall(function() b:reset() b:put(1LL, 2ULL) return tostring(b) end))
local e=sb.encode(5LL) print(#e, e:byte(1,-1)) print(sb.decode(e)) print(sb.decode(sb.encode(7ULL)), sb.decode(sb.encode(3i)))
print(sb.encode(5LL)==sb.encode(5LL), pcall(sb.encode,ffi.new("int[2]")))
b:reset():putf("%d %s",5LL,6LL) print(b)
