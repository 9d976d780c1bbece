local p = love.physics
p.setMeter(30)
local world = p.newWorld(0, 300)
local function body(x, y, kind)
  local made = p.newBody(world, x, y, kind or "dynamic")
  p.newFixture(made, p.newRectangleShape(20, 10))
  return made
end
local anchor, a, b = body(0, 0, "static"), body(50, 0), body(80, 20)
local function common(joint, ...)
  each(joint, "getType", "getAnchors", "getCollideConnected", { "getReactionForce", 60 }, { "getReactionTorque", 60 }, "getUserData",
    { "setUserData", 7 }, "getUserData", "isDestroyed", { "typeOf", "Joint" })
  if joint:getType() ~= "distance" then each(joint, "type") end
  show("bodies", function() local x, y = joint:getBodies() return x == a, y == b, x == anchor, y == a, y end)
  each(joint, ...)
  for i = 1, 10 do world:update(1 / 60) end
  each(joint, "getAnchors", { "getReactionForce", 60 }, { "getReactionTorque", 60 })
  show("positions", function() local x, y, r = a:getTransform() return x, y, r, b:getTransform() end)
  show("joints", function() return world:getJointCount(), #world:getJoints(), #a:getJoints() end)
  joint:destroy()
  show("destroyed", joint.getType, joint)
  a:setTransform(50, 0, 0)
  b:setTransform(80, 20, 0)
  for _, each_body in ipairs({ a, b }) do
    each_body:setLinearVelocity(0, 0)
    each_body:setAngularVelocity(0)
  end
end
local function motor(what)
  return { "setMotorSpeed", 3 }, "getMotorSpeed", { "setMaxMotor" .. what, 5000 }, "getMaxMotor" .. what, { "setMotorEnabled", true },
    "isMotorEnabled", { "getMotor" .. what, 60 }
end
common(p.newDistanceJoint(a, b, 50, 0, 80, 20), "getLength", { "setLength", 60 }, "getLength", { "setFrequency", 3 }, "getFrequency",
  { "setDampingRatio", 0.4 }, "getDampingRatio")
common(p.newFrictionJoint(anchor, a, 50, 0), { "setMaxForce", 100 }, "getMaxForce", { "setMaxTorque", 200 }, "getMaxTorque", { "setMaxForce", -1 })
common(p.newMotorJoint(anchor, a, 0.5), "getLinearOffset", { "setLinearOffset", 30, 40 }, "getLinearOffset", "getAngularOffset",
  { "setAngularOffset", 0.5 }, "getAngularOffset", "getMaxForce", "getMaxTorque", { "setMaxForce", 10000 }, { "setMaxTorque", 10000 },
  "getCorrectionFactor", { "setCorrectionFactor", 0.7 }, "getCorrectionFactor")
common(p.newMotorJoint(anchor, a), "getCorrectionFactor")
common(p.newMouseJoint(a, 50, 0), "getTarget", { "setTarget", 60, 60 }, "getTarget", "getMaxForce", { "setMaxForce", 3000 }, "getMaxForce",
  "getFrequency", { "setFrequency", 4 }, "getFrequency", { "setFrequency", 0 }, "getDampingRatio", { "setDampingRatio", 0.5 })
common(p.newPrismaticJoint(anchor, a, 50, 0, 1, 1), "getLimits", "areLimitsEnabled", { "setLimits", -10, 20 }, "getLowerLimit", "getUpperLimit",
  { "setUpperLimit", 25 }, { "setLowerLimit", -5 }, "getLimits", { "setLimits", 5, 4 }, { "setLimitsEnabled", false }, "areLimitsEnabled",
  "getAxis", "getReferenceAngle", "getJointTranslation", "getJointSpeed")
common(p.newPrismaticJoint(anchor, a, 0, 0, 50, 0, 0, 1, true, 0.1), "getReferenceAngle", motor("Force"))
common(p.newPulleyJoint(a, b, 50, -50, 80, -50, 50, 0, 80, 20, 1.5), "getGroundAnchors", "getLengthA", "getLengthB", "getRatio")
common(p.newRevoluteJoint(anchor, a, 0, 0), "getJointAngle", "getJointSpeed", "getLimits", "areLimitsEnabled", { "setLimits", -0.5, 0.5 },
  { "setLimitsEnabled", true }, "getLimits", "getReferenceAngle")
common(p.newRevoluteJoint(a, b, 50, 0, 80, 20, true, 0.25), "getReferenceAngle", motor("Torque"))
common(p.newRopeJoint(anchor, a, 0, 0, 50, 0, 55), "getMaxLength", { "setMaxLength", 60 }, "getMaxLength")
common(p.newWeldJoint(a, b, 65, 10), "getFrequency", { "setFrequency", 5 }, "getFrequency", { "setDampingRatio", 0.3 }, "getDampingRatio", "getReferenceAngle")
common(p.newWeldJoint(a, b, 50, 0, 80, 20, false, 0.5), "getReferenceAngle")
common(p.newWheelJoint(a, b, 80, 20, 0, 1), "getAxis", "getJointTranslation", "getJointSpeed", "getSpringFrequency", { "setSpringFrequency", 5 },
  "getSpringFrequency", "getSpringDampingRatio", { "setSpringDampingRatio", 0.1 }, "getSpringDampingRatio", motor("Torque"))
local first, second = p.newRevoluteJoint(anchor, a, 0, 0), p.newPrismaticJoint(anchor, b, 80, 20, 1, 0)
common(p.newGearJoint(first, second, 2), "getRatio", { "setRatio", 3 }, "getRatio", function() end and "type")
show("gear of others", p.newGearJoint, p.newRopeJoint(anchor, a, 0, 0, 50, 0, 55), first)
show("missing body", p.newRopeJoint, anchor)
show("missing number", p.newDistanceJoint, a, b, 1)
local c = body(5, 5)
local held = p.newWeldJoint(a, c, 5, 5)
c:destroy()
show("with its body", held.isDestroyed, held)
