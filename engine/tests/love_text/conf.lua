function love.conf(t)
    t.window.width, t.window.height = 400, 300
    t.identity = "rlove-love-text"
end
