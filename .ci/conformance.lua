-- Compares two programs over a foreign test suite. Runs under luajit: luajit conformance.lua SUITE RLUA
-- Exit status 1 if rlua fails where luajit passes.
local suite, rlua = ...
local TIME_LIMIT_S = 60

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Runs a command in a folder; answers its output and exit status.
local function run(folder, command)
  local pipe = io.popen(("cd %s && timeout %d %s 2>&1 </dev/null; echo status=$?"):format(quote(folder), TIME_LIMIT_S, command))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)status=(%d+)\n$")
  return text, tonumber(status)
end

local function lines_of(command)
  local list = {}
  for line in io.popen(command):lines() do list[#list + 1] = line end
  return list
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- The names of the failing tests of LuaJIT's driver, in order, and the count of passing ones. In quiet mode it prints
-- "[n/m] file --- name" before each failing test's message.
local function failures(output, status)
  local failed, passed = {}, 0
  for name, message in output:gmatch("%[ *%d+/%d+%] ([^\n]*)\n([^\n]*)") do
    failed[#failed + 1] = { name = name, message = message }
  end
  passed = tonumber(output:match("(%d+) passed") or 0)
  if status ~= 0 and #failed == 0 then
    failed[1] = { name = "(whole file)", message = output:match("[^\n]+") or ("exit status " .. tostring(status)) }
  end
  return failed, passed
end

local worse = 0

local function compare(label, peer_failed, own_failed)
  local known = {}
  for _, failure in ipairs(peer_failed) do known[failure.name] = true end
  for _, failure in ipairs(own_failed) do
    if not known[failure.name] then
      worse = worse + 1
      print(("DIFFERS %s: %s\n        %s"):format(label, failure.name, failure.message))
    end
  end
end

-- The FFI's scripts load a library of C functions. Its source also holds a Lua C module, which rlove has no use for: only the
-- functions are built. What that module gives (light userdata) is a `void *` here.
local function build_c_functions(folder)
  local source = io.open(folder .. "/src/ctest.c")
  if not source then return end
  local functions = source:read("*a"):match("#define complex _Complex\n#endif(.-)\nstatic int ct_call")
  source:close()
  if not functions then return end
  os.execute("mkdir -p " .. quote(folder .. "/clib"))
  local compiler = io.popen(("gcc -shared -fPIC -w -x c -o %s - -lm"):format(quote(folder .. "/clib/ctest")), "w")
  compiler:write("#define LUA_API\n#include <stdint.h>\n#include <stdarg.h>\n#define complex _Complex\n", functions)
  compiler:close()
end
local C_MODULE = [[ -e 'package.preload.ctest = function() return {lightud = function(x) return require("ffi").cast("void *", x) end} end' ]]

local function luajit_suite(folder)
  local total_peer, total_own = 0, 0
  build_c_functions(folder)
  for _, path in ipairs(lines_of("cd " .. quote(folder) .. " && find * -name '*.lua' | sort")) do
    local skip = path == "test.lua" or path:find("^common/")
    local source = io.open(folder .. "/" .. path):read("*a")
    if not skip and source:find("do %-%-%- ") then
      local arguments = " test.lua --quiet " .. quote(path)
      local peer_failed, peer_passed = failures(run(folder, "luajit" .. arguments))
      local own_failed, own_passed = failures(run(folder, quote(rlua) .. arguments))
      total_peer, total_own = total_peer + peer_passed, total_own + own_passed
      compare(path, peer_failed, own_failed)
    elseif not skip then
      -- A script without the driver's marks: it passes if it ends. It expects to lie beside common/.
      local place, script = folder .. "/lang", C_MODULE .. quote("../" .. path)
      local _, peer_status = run(place, "luajit " .. script)
      local output, own_status = run(place, quote(rlua) .. " " .. script)
      if peer_status == 0 then total_peer = total_peer + 1 end
      if own_status == 0 then total_own = total_own + 1 end
      if peer_status == 0 and own_status ~= 0 then
        compare(path, {}, { { name = "(script)", message = output:match("[^\n]+") or ("exit status " .. own_status) } })
      end
    end
  end
  print(("passed: luajit %d, rlua %d; rlua worse in %d"):format(total_peer, total_own, worse))
end

-- Lua 5.1's files stop at the first failed assertion, so the line where each stops is compared.
local function puc_suite(folder)
  local passed_peer, passed_own = 0, 0
  for _, path in ipairs(lines_of("cd " .. quote(folder) .. " && ls *.lua")) do
    local needs_all = path == "all.lua" or path == "main.lua" or path == "api.lua" or path == "big.lua"
    if not needs_all then
      local peer_output, peer_status = run(folder, "luajit " .. path)
      local own_output, own_status = run(folder, quote(rlua) .. " " .. path)
      local peer_line = peer_output:match(path:gsub("%p", "%%%0") .. ":(%d+):")
      local own_line = own_output:match(path:gsub("%p", "%%%0") .. ":(%d+):")
      if peer_status == 0 then passed_peer = passed_peer + 1 end
      if own_status == 0 then passed_own = passed_own + 1 end
      if peer_status ~= 0 then
        print(("luajit itself stops in %s:%s, rlua %s"):format(path, peer_line, own_status == 0 and "passes" or "in line " .. tostring(own_line)))
      end
      local earlier = own_status ~= 0 and (peer_status == 0 or tonumber(own_line or 0) < tonumber(peer_line or 0))
      if earlier then
        worse = worse + 1
        print(("DIFFERS %s\n        %s"):format(path, own_output:match("[^\n]*:%d+:[^\n]*") or own_output:match("[^\n]+") or own_status))
      end
    end
  end
  print(("passed: luajit %d, rlua %d; rlua worse in %d"):format(passed_peer, passed_own, worse))
end

if exists(suite .. "/test/test.lua") and not exists(suite .. "/lua5.1-tests/strings.lua") then
  luajit_suite(suite .. "/test")
elseif exists(suite .. "/test.lua") and exists(suite .. "/computations.lua") then
  luajit_suite(suite)
elseif exists(suite .. "/strings.lua") then
  puc_suite(suite)
elseif exists(suite .. "/lua5.1-tests/strings.lua") then
  puc_suite(suite .. "/lua5.1-tests")
else
  io.stderr:write("conformance: neither LuaJIT's suite nor Lua 5.1's in " .. suite .. "\n")
  os.exit(2)
end
os.exit(worse == 0 and 0 or 1)
