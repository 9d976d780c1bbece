-- 200 bodies and every kind of joint: places after each quarter of a second, to a thousandth of a pixel.
local p = love.physics
p.setMeter(32)
local world = p.newWorld(0, 320)
local bodies = {}
local function add(x, y, shape, kind)
  local body = p.newBody(world, x, y, kind or "dynamic")
  local fixture = p.newFixture(body, shape, 1)
  fixture:setFriction(0.4)
  bodies[#bodies + 1] = body
  return body
end
local ground = add(400, 600, p.newRectangleShape(2000, 40), "static")
for column = 0, 8 do
  for row = 0, 9 do add(100 + column * 40, 560 - row * 20 - (row > 0 and 1 or 0), p.newRectangleShape(18, 18)) end
end
for i = 1, 60 do add(520 + (i % 10) * 25 + (i % 3), 100 + math.floor(i / 10) * 30, p.newCircleShape(6 + i % 5)) end
local function pair(x, y) return add(x, y, p.newRectangleShape(16, 8)), add(x + 30, y, p.newCircleShape(6)) end
for copy = 0, 1 do
  local y = -100 - copy * 400
  local a, b = pair(0, y)
  p.newDistanceJoint(a, b, 0, y, 30, y)
  a, b = pair(80, y)
  p.newRevoluteJoint(a, b, 95, y)
  a, b = pair(160, y)
  local slide = p.newPrismaticJoint(a, b, 160, y, 1, 0)
  slide:setLimits(-10, 10)
  a, b = pair(240, y)
  p.newPulleyJoint(a, b, 240, y - 100, 270, y - 100, 240, y, 270, y)
  a, b = pair(320, y)
  local first, second = p.newRevoluteJoint(ground, a, 320, y), p.newRevoluteJoint(ground, b, 350, y)
  first:setMotorEnabled(true)
  first:setMotorSpeed(2)
  first:setMaxMotorTorque(10000)
  p.newGearJoint(first, second, 2)
  a, b = pair(400, y)
  p.newFrictionJoint(a, b, 400, y):setMaxForce(50)
  a, b = pair(480, y)
  p.newWeldJoint(a, b, 495, y)
  a, b = pair(560, y)
  p.newWheelJoint(a, b, 590, y, 0, 1)
  a, b = pair(640, y)
  p.newRopeJoint(a, b, 640, y, 670, y, 40)
  a, b = pair(720, y)
  p.newMotorJoint(a, b)
  a, b = pair(800, y)
  p.newMouseJoint(a, 800, y - 50)
end
show("bodies", function() return #bodies, world:getBodyCount(), world:getJointCount() end)
for step = 1, 120 do
  world:update(1 / 60)
  if step % 30 == 0 then
    for index, body in ipairs(bodies) do
      print(("%d %d %.2f %.2f %.3f"):format(step, index, body:getX(), body:getY(), body:getAngle()))
    end
  end
end
