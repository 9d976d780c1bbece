-- Draws the scenes of ../love_text.rs under LÖVE 11 and stores them beside this file:
--   love . && cp "$HOME/.local/share/love/rlove-love-text/"*.png .

local lorem = "The quick brown fox jumps over the lazy dog, AVATAR To. WAVE; (fi) [ff] {@} éüñ € ☃"

local scenes = {}

function scenes.print()
    local g = love.graphics
    g.print("Hello, World!", 5, 5)
    g.print("two lines\nand\ttabs\tbetween", 5, 25)
    g.print("AVATAR To. WAVE é €", 5, 60)
    g.print("missing: 漢字", 5, 80)
    g.setColor(0.2, 0.6, 1)
    g.print({ { 1, 0, 0 }, "red ", { 0, 1, 0, 0.5 }, "green ", { 1, 1, 1 }, "white\n", { 1, 1, 0 }, "yellow" }, 5, 100)
    g.setColor(1, 1, 1)
    local y = 140
    for _, size in ipairs({ 8, 10, 16, 20, 32 }) do
        g.setFont(g.newFont(size))
        g.print("Size " .. size .. " gjpqy @&", 5, y)
        y = y + g.getFont():getHeight()
    end
    g.setFont(g.newFont(14, "light"))
    g.print("light hinting", 250, 140)
    g.setFont(g.newFont(14, "none"))
    g.print("no hinting", 250, 160)
end

function scenes.printf()
    local g = love.graphics
    g.printf(lorem, 5, 5, 120, "left")
    g.printf(lorem, 135, 5, 120, "right")
    g.printf(lorem, 265, 5, 120, "center")
    g.printf(lorem, 5, 125, 120, "justify")
    g.printf("a\n\nparagraph  with   spaces \n end", 135, 125, 60, "justify")
    g.printf({ { 1, 0.5, 0 }, "orange words wrap ", { 0, 1, 1 }, "and cyan words wrap" }, 265, 125, 80, "center")
    local font = g.newFont(16)
    font:setLineHeight(1.4)
    g.setFont(font)
    g.printf("line height is\nnot one here, so lines lie apart", 5, 215, 390, "center")
end

function scenes.turned()
    local g = love.graphics
    g.print("rotated", 60, 20, 0.5)
    g.print("twice as large", 130, 5, 0, 2)
    g.print("narrow and high", 130, 40, 0, 0.7, 1.8)
    g.print("half", 5, 5, 0, 0.5)
    g.print("between pixels", 5.5, 90.25)
    g.print("sheared", 130, 80, 0, 1, 1, 0, 0, 0.5, 0)
    g.print("origin", 300, 60, -0.3, 1.5, 1.5, 20, 7)
    local font = g.newFont(12)
    font:setFilter("nearest", "nearest")
    g.setFont(font)
    g.print("nearest", 250, 85, 0, 3)
    g.push()
    g.translate(200, 180)
    g.scale(1.5)
    g.rotate(0.1)
    g.setColor(1, 0.8, 0.2, 0.7)
    g.printf("a paragraph that is scaled and turned as a whole", -100, -20, 110, "center")
    g.pop()
    g.setColor(1, 1, 1)
    local text = g.newText(g.newFont(18), { { 1, 0, 0 }, "Text ", { 0, 1, 0 }, "object" })
    text:add("added", 20, 22)
    text:addf({ { 0.5, 0.5, 1 }, "wrapped in the middle" }, 100, "center", 100, 10)
    g.draw(text, 5, 230)
end

function love.load()
    for name, scene in pairs(scenes) do
        love.graphics.reset()
        love.graphics.setFont(love.graphics.newFont(12))
        local canvas = love.graphics.newCanvas(400, 300, { dpiscale = 1 })
        love.graphics.setCanvas(canvas)
        love.graphics.clear(0, 0, 0, 1)
        scene()
        love.graphics.setCanvas()
        canvas:newImageData():encode("png", name .. ".png")
    end
    love.event.quit()
end
