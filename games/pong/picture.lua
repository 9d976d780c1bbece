-- Draws the court and the texts over it. Changes nothing.

local court = require("court")

local picture = {}

local BACKGROUND = { 0.07, 0.08, 0.15 }
local LINE = { 1, 1, 1, 0.13 }
local LEFT = { 0.36, 0.80, 0.98 }
local RIGHT = { 0.99, 0.55, 0.42 }
local BALL = { 1, 0.95, 0.80 }
local TEXT = { 0.95, 0.96, 1 }
local DIMMED_TEXT = { 0.95, 0.96, 1, 0.55 }

local fonts

function picture.load()
  fonts = {
    title = love.graphics.newFont(96),
    score = love.graphics.newFont(64),
    menu = love.graphics.newFont(24),
    hint = love.graphics.newFont(15),
  }
  love.graphics.setBackgroundColor(BACKGROUND)
end

local function text(words, font, y, color)
  love.graphics.setColor(color)
  love.graphics.setFont(font)
  love.graphics.printf(words, 0, y, court.WIDTH, "center")
end

local function draw_field()
  love.graphics.setColor(LINE)
  for y = 10, court.HEIGHT - 20, 30 do
    love.graphics.rectangle("fill", court.WIDTH / 2 - 2, y, 4, 16)
  end
  love.graphics.setLineWidth(3)
  love.graphics.circle("line", court.WIDTH / 2, court.HEIGHT / 2, 90)
  love.graphics.setLineWidth(1)
end

local function draw_paddle(paddle, color)
  local width, height = court.PADDLE_WIDTH, court.PADDLE_HEIGHT
  local x, y = paddle.x - width / 2, paddle.y - height / 2
  if paddle.glow > 0 then
    local spread = 10 * paddle.glow
    love.graphics.setColor(color[1], color[2], color[3], 0.35 * paddle.glow)
    love.graphics.rectangle("fill", x - spread, y - spread, width + 2 * spread, height + 2 * spread, 12, 12)
  end
  love.graphics.setColor(color)
  love.graphics.rectangle("fill", x, y, width, height, 6, 6)
end

local function draw_ball(ball)
  for i, spot in ipairs(ball.trail) do
    local left = 1 - i / 13
    love.graphics.setColor(BALL[1], BALL[2], BALL[3], 0.25 * left)
    love.graphics.circle("fill", spot.x, spot.y, court.BALL_RADIUS * left)
  end
  love.graphics.setColor(BALL)
  love.graphics.circle("fill", ball.x, ball.y, court.BALL_RADIUS)
end

local function draw_score()
  love.graphics.setFont(fonts.score)
  love.graphics.setColor(LEFT[1], LEFT[2], LEFT[3], 0.8)
  love.graphics.printf(court.left.score, 0, 26, court.WIDTH / 2 - 40, "right")
  love.graphics.setColor(RIGHT[1], RIGHT[2], RIGHT[3], 0.8)
  love.graphics.printf(court.right.score, court.WIDTH / 2 + 40, 26, court.WIDTH / 2 - 40, "left")
end

function picture.court()
  draw_field()
  draw_score()
  draw_ball(court.ball)
  draw_paddle(court.left, LEFT)
  draw_paddle(court.right, RIGHT)
end

--- Dims what has been drawn, for words on top.
local function dim()
  love.graphics.setColor(BACKGROUND[1], BACKGROUND[2], BACKGROUND[3], 0.75)
  love.graphics.rectangle("fill", 0, 0, court.WIDTH, court.HEIGHT)
end

function picture.title(choices, chosen, seconds)
  draw_field()
  dim()
  text("PONG", fonts.title, 120 + 6 * math.sin(seconds * 2), TEXT)
  for i, choice in ipairs(choices) do
    local y = 290 + (i - 1) * 50
    if i == chosen then
      love.graphics.setColor(LEFT[1], LEFT[2], LEFT[3], 0.25 + 0.1 * math.sin(seconds * 5))
      love.graphics.rectangle("fill", court.WIDTH / 2 - 140, y - 6, 280, 42, 8, 8)
    end
    text(choice, fonts.menu, y, i == chosen and TEXT or DIMMED_TEXT)
  end
  text("Up and Down choose, Return starts", fonts.hint, 480, DIMMED_TEXT)
  text("left: W and S      right: Up and Down      pause: P", fonts.hint, 506, DIMMED_TEXT)
end

function picture.pause()
  dim()
  text("Paused", fonts.score, 220, TEXT)
  text("P goes on, Escape leaves to the title", fonts.hint, 310, DIMMED_TEXT)
end

function picture.win(winner)
  dim()
  text(winner == "left" and "Left wins!" or "Right wins!", fonts.score, 200,
    winner == "left" and LEFT or RIGHT)
  text(court.left.score .. " : " .. court.right.score, fonts.menu, 290, TEXT)
  text("Return plays again, Escape leaves to the title", fonts.hint, 350, DIMMED_TEXT)
end

return picture
