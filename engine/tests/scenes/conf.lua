function love.conf(t)
  t.version = "11.4"
  t.window.title = "Comparison scene"
  t.window.width = 320
  t.window.height = 240
end
