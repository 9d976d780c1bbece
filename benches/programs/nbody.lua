-- Floating point on fields of tables: five bodies under gravity.
local steps = tonumber((...)) or 300000
local sqrt, solar = math.sqrt, 4 * math.pi * math.pi
local year = 365.24
local function body(x, y, z, vx, vy, vz, mass)
  return {x = x, y = y, z = z, vx = vx * year, vy = vy * year, vz = vz * year, mass = mass * solar}
end
local bodies = {
  body(0, 0, 0, 0, 0, 0, 1),
  body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
  body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411, 0.00499852801234917, 0.0000230417297573763929, 0.000285885980666130812),
  body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298),
  body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451),
}

local function energy()
  local e = 0
  for i, b in ipairs(bodies) do
    e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for j = i + 1, #bodies do
      local o = bodies[j]
      local dx, dy, dz = b.x - o.x, b.y - o.y, b.z - o.z
      e = e - b.mass * o.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(dt)
  local count = #bodies
  for i = 1, count do
    local b = bodies[i]
    local bx, by, bz, bmass = b.x, b.y, b.z, b.mass
    local bvx, bvy, bvz = b.vx, b.vy, b.vz
    for j = i + 1, count do
      local o = bodies[j]
      local dx, dy, dz = bx - o.x, by - o.y, bz - o.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (sqrt(d2) * d2)
      local om = o.mass * mag
      bvx, bvy, bvz = bvx - dx * om, bvy - dy * om, bvz - dz * om
      local bm = bmass * mag
      o.vx, o.vy, o.vz = o.vx + dx * bm, o.vy + dy * bm, o.vz + dz * bm
    end
    b.vx, b.vy, b.vz = bvx, bvy, bvz
    b.x, b.y, b.z = bx + dt * bvx, by + dt * bvy, bz + dt * bvz
  end
end

local px, py, pz = 0, 0, 0
for _, b in ipairs(bodies) do px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass end
bodies[1].vx, bodies[1].vy, bodies[1].vz = -px / solar, -py / solar, -pz / solar
print(("%.9f"):format(energy()))
for _ = 1, steps do advance(0.01) end
print(("%.9f"):format(energy()))
