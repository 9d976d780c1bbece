function love.conf(t)
  t.identity = "rlove-raytracer"
  t.window.title = "Ray tracer"
  t.window.width, t.window.height = 800, 600
  t.modules.physics = false
end
