-- What windfield's manual shows: a box, a ground, walls, collision classes, sensors, queries, joints and presolve.
local windfield = require("windfield")

local world, box, chain, entered = nil, nil, {}, 0

function love.load()
  world = windfield.newWorld(0, 0, true)
  world:setGravity(0, 512)
  world:setQueryDebugDrawing(true)
  world:addCollisionClass("Solid")
  world:addCollisionClass("Ghost", { ignores = { "Solid" } })
  box = world:newRectangleCollider(375, 0, 50, 50)
  box:setRestitution(0.8)
  box:applyAngularImpulse(5000)
  local ground = world:newRectangleCollider(0, 550, 800, 50)
  ground:setCollisionClass("Solid")
  for _, x in ipairs({ 0, 750 }) do
    local wall = world:newRectangleCollider(x, 0, 50, 600)
    wall:setType("static")
    wall:setCollisionClass("Solid")
  end
  ground:setType("static")
  local ghost = world:newCircleCollider(200, 100, 20)
  ghost:setCollisionClass("Ghost")
  local polygon = world:newPolygonCollider({ 500, 100, 540, 100, 560, 140, 520, 170, 480, 140 })
  polygon:setPreSolve(function() end)
  world:newBSGRectangleCollider(600, 50, 50, 50, 10)
  world:newLineCollider(100, 400, 300, 450):setType("static")
  world:newChainCollider(false, { 500, 450, 600, 500, 700, 430 }):setType("static")
  for i = 1, 6 do
    chain[i] = world:newRectangleCollider(100 + 12 * i, 200, 12, 6)
    if i > 1 then
      world:addJoint("RevoluteJoint", chain[i - 1], chain[i], 100 + 12 * i, 203, true)
    end
  end
end

function love.update(dt)
  world:update(dt)
  if box:enter("Solid") then
    entered = entered + 1
    box:applyLinearImpulse(300, -900)
  end
  for _, collider in ipairs(world:queryCircleArea(400, 300, 100)) do
    collider:applyLinearImpulse(0, -10)
  end
  world:queryLine(0, 300, 800, 320)
  world:queryRectangleArea(100, 100, 200, 200, { "Ghost" })
end

function love.draw()
  world:draw(0.6)
  love.graphics.print("entered " .. entered, 10, 10)
end
