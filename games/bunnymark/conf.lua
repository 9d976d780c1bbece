function love.conf(t)
  t.identity = "rlove-bunnymark"
  t.version = "11.4"
  t.window.title = "Bunnymark"
  t.window.width = 800
  t.window.height = 600
  t.window.vsync = 0
  t.modules.physics = false
end
