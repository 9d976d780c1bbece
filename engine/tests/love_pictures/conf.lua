function love.conf(t)
  t.window.width, t.window.height = 200, 150
  t.window.vsync = 0
end
