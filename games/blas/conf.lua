function love.conf(t)
  t.identity = "rlove-blas"
  t.window.title = "Matrix products"
  t.modules.physics = false
end
