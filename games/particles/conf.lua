function love.conf(t)
  t.identity = "rlove-particles"
  t.window.title = "Particles"
  t.window.width, t.window.height = 1000, 700
  t.window.vsync = 0
  t.modules.physics = false
end
