local p = love.physics
show("getMeter", p.getMeter)
show("setMeter", p.setMeter, 0.5)
p.setMeter(64)
show("newWorld", p.newWorld, "x")
local world = p.newWorld(0, 9.81 * 64, true)
each(world, "getGravity", "isLocked", "isSleepingAllowed", "getBodyCount", "getContactCount", "getJointCount", "getCallbacks",
  "getContactFilter", "type", "isDestroyed")
local ground = p.newBody(world, 320, 400)
each(ground, "getType", "getPosition", "getMass", "isAwake", "isActive", "getUserData", "getX", "getY", "getTransform")
local box = p.newRectangleShape(0, 0, 600, 50, 0)
each(box, "getType", "getPoints", "getRadius", "getChildCount", "validate", { "computeMass", 2 }, { "computeAABB", 10, 20, 0.5 },
  { "testPoint", 0, 0, 0, 299, 24 }, { "rayCast", 0, -100, 0, 100, 1, 0, 0, 0 }, { "computeAABB", 0, 0, 0, 3 })
local floor = p.newFixture(ground, box)
each(floor, "getType", "getDensity", "getFriction", "getRestitution", "isSensor", "getFilterData", "getCategory", "getMask",
  "getGroupIndex", "getMassData", "getBoundingBox", { "testPoint", 320, 400 }, { "rayCast", 320, 0, 320, 500, 1 }, { "getBoundingBox", 2 })
local body = p.newBody(world, 300, 100, "dynamic")
show("bad type", p.newBody, world, 0, 0, "floating")
local ball = p.newFixture(body, p.newCircleShape(3, 4, 20), 2.5)
each(ball:getShape(), "getRadius", "getPoint", "type", { "setRadius", 21 }, { "setPoint", 1, 2 }, "getRadius", "getPoint", { "computeMass", 1 })
each(body, "getMass", "getInertia", "getMassData", "getLocalCenter", "getWorldCenter", { "applyForce", 10, 20 }, { "applyForce", 1, 2, 3, 4 },
  { "applyForce", 1 }, { "applyLinearImpulse", 5, 5 }, { "applyLinearImpulse", 1, 2, 310, 120 }, { "applyTorque", 100 },
  { "applyAngularImpulse", 50 }, "getLinearVelocity", "getAngularVelocity", { "getWorldPoint", 5, 6 }, { "getWorldVector", 5, 6 },
  { "getLocalPoint", 5, 6 }, { "getLocalVector", 5, 6 }, { "getWorldPoints", 1, 2, 3, 4 }, { "getLocalPoints", 1, 2 }, "getWorldPoints",
  { "getLinearVelocityFromWorldPoint", 1, 2 }, { "getLinearVelocityFromLocalPoint", 1, 2 }, { "setAngle", 0.3 }, "getAngle",
  { "setX", 310 }, { "setY", 110 }, "getPosition", { "setTransform", 305, 105, 0.2 }, "getTransform", { "setMass", 4 }, "getMassData",
  { "setInertia", 900 }, "getMassData", { "setMassData", 1, 2, 3, 400 }, "getMassData", { "resetMassData" }, "getMassData",
  { "setLinearDamping", 0.1 }, "getLinearDamping", { "setAngularDamping", 0.2 }, "getAngularDamping", { "setGravityScale", 0.9 },
  "getGravityScale", { "setBullet", true }, "isBullet", { "setFixedRotation", true }, "isFixedRotation", "getInertia",
  { "setSleepingAllowed", false }, "isSleepingAllowed", { "setAwake", true }, { "setActive", false }, "isActive", { "setActive", true },
  { "setUserData", "name" }, "getUserData", { "setType", "kinematic" }, "getType", { "setType", "x" }, { "setType", "dynamic" })
show("same", function() return body:getWorld() == world, body:getFixtures()[1] == ball, ball:getBody() == body end)
each(ball, { "setFriction", 0.5 }, { "setRestitution", 0.6 }, { "setDensity", 2 }, { "setSensor", true }, "isSensor", { "setSensor", false },
  { "setCategory", 2, 5 }, "getCategory", { "setMask", { 3, 4 } }, "getMask", { "setCategory", 17 }, { "setGroupIndex", -3 }, "getGroupIndex",
  "getFilterData", { "setFilterData", 1, 65535, 0 }, "getFilterData", { "setUserData", 5 }, "getUserData", { "setDensity", -1 })
-- Shapes ------------------------------------------------------------------------------------------------------------------
show("polygon", function() return p.newPolygonShape(0, 0, 10, 0, 10, 10):getPoints() end)
show("polygon", function() return p.newPolygonShape({ 0, 0, 10, 0, 10, 10, 5, 20 }):getPoints() end)
show("polygon", p.newPolygonShape, 0, 0, 10, 0)
show("polygon", p.newPolygonShape, 0, 0, 10, 0, 5)
show("polygon", p.newPolygonShape, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9)
show("flat polygon", p.newPolygonShape, 0, 0, 100, 0, 200, 0)
show("rectangle", p.newRectangleShape, 1)
show("circle", p.newCircleShape, 1, 2)
local edge = p.newEdgeShape(0, 0, 100, 50)
each(edge, "getPoints", "getNextVertex", { "setNextVertex", 150, 60 }, "getNextVertex", { "setPreviousVertex", -5, 6 }, "getPreviousVertex",
  { "setNextVertex" }, "getNextVertex", "type", "getRadius")
local chain = p.newChainShape(false, 0, 0, 100, 0, 100, 100)
each(chain, "getPoints", "getVertexCount", { "getPoint", 2 }, { "getPoint", 9 }, "getChildCount", "getNextVertex", { "setNextVertex", 5, 5 },
  "getNextVertex", { "getChildEdge", 2 }, { "getChildEdge", 5 }, "getPreviousVertex")
each(p.newChainShape(true, { 0, 0, 100, 0, 100, 100 }), "getPoints", "getVertexCount", "getNextVertex", "getPreviousVertex")
show("chain", p.newChainShape, 0, 0, 1, 1)
show("chain", p.newChainShape, true, 0, 0, 1)
show("chain", p.newChainShape, false, 0, 0, 0, 0)
show("wrong shape", chain.getPoint, edge, 1)
-- A step with callbacks -----------------------------------------------------------------------------------------------------
local events = {}
local function note(name)
  return function(a, b, contact, ...)
    if #events < 400 then
      local x, y = 0, 0
      if name ~= "end" then x, y = contact:getNormal() end
      events[#events + 1] = ("%s %s %d %.3f %.3f %d"):format(name, tostring(a == floor), select("#", contact:getPositions()), x, y, select("#", ...))
    end
  end
end
show("setCallbacks", world.setCallbacks, world, 5)
world:setCallbacks(note("begin"), note("end"), note("pre"), note("post"))
show("locked", function()
  local seen
  world:setContactFilter(function(a, b)
    seen = { world:isLocked(), a:type(), b:type(), pcall(body.setPosition, body, 0, 0) }
    return true
  end)
  for i = 1, 90 do world:update(1 / 60) end
  world:setContactFilter()
  return seen[1], seen[2], seen[3], seen[4], (seen[5]:gsub("^.-:%d+: ", ""))
end)
for i = 1, 30 do show("event", function() return events[i] end) end
show("events", function() return #events end)
each(world, "getContactCount", "getBodyCount")
show("contacts", function()
  local contact = world:getContacts()[1]
  if not contact then return "none" end
  local a, b = contact:getFixtures()
  return contact:isTouching(), contact:isEnabled(), contact:getFriction(), contact:getRestitution(), contact:getTangentSpeed(),
    contact:getChildren(), a == floor, b == ball, #body:getContacts(), body:isTouching(ground)
end)
each(body, "getPosition", "getLinearVelocity", "getAngle")
show("query", function()
  local found = {}
  world:queryBoundingBox(0, 0, 800, 600, function(fixture) found[#found + 1] = fixture:getType() return true end)
  table.sort(found)
  return unpack(found)
end)
show("ray", function()
  local found = {}
  world:rayCast(320, 0, 320, 600, function(fixture, x, y, nx, ny, fraction)
    found[#found + 1] = ("%s %.3f %.3f %.3f %.3f %.4f"):format(fixture:getType(), x, y, nx, ny, fraction)
    return 1
  end)
  table.sort(found)
  return unpack(found)
end)
show("ray", world.rayCast, world, 320, 0, 320, 600, function() end)
show("ray", world.rayCast, world, 320, 0, 320, 600)
show("distance", p.getDistance, floor, ball)
show("disabled contact", function()
  local faller = p.newBody(world, 500, 340, "dynamic")
  p.newFixture(faller, p.newCircleShape(10))
  world:setCallbacks(nil, nil, function(a, b, contact) contact:setEnabled(false) end)
  for i = 1, 60 do world:update(1 / 60) end
  world:setCallbacks()
  local y = faller:getY()
  faller:destroy()
  return y
end)
-- Destruction ----------------------------------------------------------------------------------------------------------------
show("destroyed in callback", function()
  local a = p.newBody(world, 100, 300, "dynamic")
  local fixture = p.newFixture(a, p.newCircleShape(10))
  local alive
  world:setCallbacks(function(first, second)
    a:destroy()
    alive = not a:isDestroyed()
  end)
  for i = 1, 60 do if not a:isDestroyed() then world:update(1 / 60) end end
  world:setCallbacks()
  return alive, a:isDestroyed(), fixture:isDestroyed(), pcall(a.getX, a)
end)
show("fixture", function()
  local b = p.newBody(world, 0, 0, "dynamic")
  local f = p.newFixture(b, p.newCircleShape(5))
  f:destroy()
  return #b:getFixtures(), f:isDestroyed(), pcall(f.getDensity, f)
end)
local gone = p.newWorld()
local inside = p.newBody(gone)
gone:destroy()
show("world", function() return gone:isDestroyed(), inside:isDestroyed() end)
show("world", gone.update, gone, 1)
show("body", inside.getX, inside)
show("body", p.newBody, gone)
show("error inside", function()
  local other = p.newWorld(0, 100)
  local a, b = p.newBody(other, 0, 0, "dynamic"), p.newBody(other, 5, 0, "dynamic")
  p.newFixture(a, p.newCircleShape(10))
  p.newFixture(b, p.newCircleShape(10))
  other:setCallbacks(function() error("inside", 0) end)
  for i = 1, 90 do
    local ok, message = pcall(other.update, other, 1 / 60)
    if not ok then return message end
  end
end)
