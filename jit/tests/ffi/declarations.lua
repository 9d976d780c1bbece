-- What the declaration parser accepts and refuses, with its messages. Only the texts of both programs are compared.
local ffi = require("ffi")

local function cdef(source, ...)
  local ok, message = pcall(ffi.cdef, source, ...)
  print((source:gsub("\n", "|")), ok, message)
end

cdef "int x1"
cdef "int x2;"
cdef "foo x;"
cdef "\n\nint y["
cdef "int a[3"
cdef "struct foo { int x; int x2 }"
cdef "struct bar { int };"
cdef "static const int k = 5;"
cdef "static const double k2 = 5;"
cdef "static const uint8_t k3 = 300; static const int8_t k4 = 200;"
cdef "int f("
cdef "typedef"
cdef "int 5;"
cdef "enum { A1, A1 };"
cdef "struct foo2 {int x;}; struct foo2 {int y;};"
cdef "int b[-1];"
cdef "struct q { struct nothere z; };"
cdef "int *&*p;"
cdef "int x = 5;"
cdef "$ x;"
cdef("$ x;", 5)
cdef("int $;", "hello")
cdef("typedef $ foo9;", ffi.typeof("int"))
cdef("int $ $;", "a")
cdef("int $;", {})
cdef "struct { int a:33; };"
cdef "auto int z;"
cdef "int a || b;"
cdef "int \"str\";"
cdef "#define X"
cdef "#pragma pack(foo)"
cdef "int x; }"
cdef "int 08x;"
cdef "int 1.5;"
cdef "int a[99999999999];"
cdef "int f(void)[3];"
cdef "int (f(void))(void);"
cdef "int a[1/0];"
cdef "int a['ab'];"
cdef "int a[\"abc];"
cdef "struct open *g(struct open *); struct open { int a; };"
cdef "int skipped(int a) { return 08x + \"}\" ; } int after;"
cdef "typedef int (*fp)(int, double, ...); typedef fp table[3];"
cdef "union u { int i; struct { short a, b; }; enum { U1 = 7, U2 }; };"
cdef "#line 40\nint x; int ]"
cdef "__attribute__((unknown(1,2,3))) int attr1; __declspec(dllexport, align(8)) int attr2;"

for _, name in ipairs {"K", "k", "k3", "k4", "A1", "U1", "U2"} do
  print(name, pcall(function() return ffi.C[name] end))
end

local function typeof(source)
  local ok, answer = pcall(ffi.typeof, source)
  if ok then
    print(source, answer, ffi.sizeof(answer, 3), ffi.alignof(answer))
  else
    print(source, answer)
  end
end
for _, source in ipairs {
  "long", "unsigned long", "long long", "int64_t", "char", "int8_t", "uint8_t", "signed char", "short", "unsigned",
  "bool", "_Bool", "float", "double", "complex", "complex float", "float complex", "void *", "const char *", "const int",
  "int [3]", "int [?]", "int []", "int (*)(int, ...)", "int (*[3])(void)", "const int *const", "volatile int *", "int &", "size_t",
  "wchar_t", "va_list", "__m128", "int __attribute__((vector_size(16)))", "int __attribute__((mode(DI)))", "int [2][3]", "int (*)[3]",
  "int __attribute__((aligned(16)))", "int * __ptr32", "int (*(*)(void))[4]", "long double", "long long int unsigned", "void",
  "const void", "int (&)[3]", "int ()", "char char", "unsigned double", "int bool", "__int64", "unsigned __int8",
  "int x", "struct nope", "", "int;", "char [sizeof(int[4])]", "char [1 ? 2 : 3]", "char [(1 << 4) | 3]", "char [-1 + 3]",
  "char [1U]", "char [1L]", "char [0b11]", "char [0x10]", "char [010]", "char ['a']", "char [sizeof(\"abc\")]", "char [5 > 3 && 2 < 1]",
  "char [~0 & 7]", "char [!0 + 7 % 4 * 2]", "char [U1]", "char [__alignof__(double)]", "table", "fp", "union u",
} do
  typeof(source)
end

-- Layout.
local function layout(source, ...)
  local ct = ffi.typeof(source)
  print(source, ffi.sizeof(ct), ffi.alignof(ct))
  for _, name in ipairs {...} do print("  " .. name, ffi.offsetof(ct, name)) end
end
layout("struct { char a; double b; short c; }", "a", "b", "c", "d")
layout("struct { char a; double b; short c; } __attribute__((packed))", "a", "b", "c")
layout("struct { char a; int b __attribute__((packed)); short c __attribute__((aligned(16))); }", "a", "b", "c")
layout("struct { int a:3; int b:5; unsigned c:24; int d:8; }", "a", "b", "c", "d")
layout("struct { int a:3; int :0; int b:5; char c; bool d:1; }", "a", "b", "c", "d")
layout("struct { char a:4; short b:12; int c:20; }", "a", "b", "c")
layout("struct { int a:30; int b:10; } __attribute__((packed))", "a", "b")
layout("union { char a[5]; int b; short c:9; }", "a", "b", "c")
layout("struct { int a; struct { char x; int y; }; union { float f; char g; }; int tail[]; }", "a", "x", "y", "f", "g", "tail")
layout("struct { char c; struct { double d; } s; char e; }", "c", "s", "e")
layout("struct __attribute__((aligned(32))) { char c; }", "c")
ffi.cdef "#pragma pack(push, 2)\nstruct packed2 { char a; double b; int c; };\n#pragma pack(pop)\nstruct packed0 { char a; double b; };"
layout("struct packed2", "a", "b", "c")
layout("struct packed0", "a", "b")
