function love.conf(t)
  t.identity = "rlove-pong"
  t.version = "11.4"
  t.window.title = "Pong"
  t.window.width = 800
  t.window.height = 600
  t.modules.physics = false
end
