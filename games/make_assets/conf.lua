function love.conf(t)
  t.window = false
  t.modules.audio = false
end
