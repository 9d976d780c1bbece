-- The game without its picture: two paddles, a ball, walls and a score.
--
-- court.update returns the name of what happened, so that the caller can play a sound:
-- "paddle", "wall", "point" or nil. Positions are in pixels of an 800 × 600 court.

local court = {}

court.WIDTH, court.HEIGHT = 800, 600
court.PADDLE_WIDTH, court.PADDLE_HEIGHT = 14, 90
court.BALL_RADIUS = 9
court.POINTS_TO_WIN = 7

local PADDLE_SPEED = 460
local AI_SPEED = 330
local SERVE_SPEED, HIT_SPEED_UP, TOP_SPEED = 340, 1.06, 900
local STEEPEST = math.rad(55) -- the angle at which the tip of a paddle sends the ball away
local MARGIN = 36 -- from the side of the court to the paddle
local SERVE_PAUSE = 0.8 -- seconds

local function clamp(value, low, high)
  return math.max(low, math.min(high, value))
end

--- Puts the ball in the middle; it leaves towards `direction` (-1 left, 1 right) after a pause.
local function serve(direction)
  court.ball = { x = court.WIDTH / 2, y = court.HEIGHT / 2, vx = 0, vy = 0, trail = {} }
  court.serve_direction = direction
  court.seconds_to_serve = SERVE_PAUSE
end

function court.reset()
  local middle = court.HEIGHT / 2
  court.left = { x = MARGIN, y = middle, score = 0, glow = 0 }
  court.right = { x = court.WIDTH - MARGIN, y = middle, score = 0, glow = 0 }
  serve(love.math.random(2) == 1 and -1 or 1)
end

--- Where a paddle that plays by itself wants to go.
local function ai_direction(paddle)
  local ball = court.ball
  local coming = (paddle.x - ball.x) * ball.vx > 0
  local goal = coming and ball.y or court.HEIGHT / 2
  if math.abs(goal - paddle.y) < 12 then
    return 0
  end
  return goal > paddle.y and 1 or -1
end

local function move_paddle(paddle, direction, speed, dt)
  local half = court.PADDLE_HEIGHT / 2
  paddle.y = clamp(paddle.y + direction * speed * dt, half, court.HEIGHT - half)
  paddle.glow = math.max(0, paddle.glow - dt * 3)
end

--- The ball leaves a paddle the steeper, the farther from its middle it was hit.
local function bounce(paddle, direction)
  local ball = court.ball
  local offset = clamp((ball.y - paddle.y) / (court.PADDLE_HEIGHT / 2), -1, 1)
  local speed = math.min(TOP_SPEED, math.sqrt(ball.vx ^ 2 + ball.vy ^ 2) * HIT_SPEED_UP)
  ball.vx = direction * speed * math.cos(offset * STEEPEST)
  ball.vy = speed * math.sin(offset * STEEPEST)
  paddle.glow = 1
end

local function touches(paddle)
  local ball = court.ball
  return math.abs(ball.x - paddle.x) < court.PADDLE_WIDTH / 2 + court.BALL_RADIUS
    and math.abs(ball.y - paddle.y) < court.PADDLE_HEIGHT / 2 + court.BALL_RADIUS
end

local function leave_trail(ball)
  table.insert(ball.trail, 1, { x = ball.x, y = ball.y })
  ball.trail[13] = nil
end

local function move_ball(dt)
  local ball = court.ball
  if court.seconds_to_serve > 0 then
    court.seconds_to_serve = court.seconds_to_serve - dt
    if court.seconds_to_serve <= 0 then
      local angle = (love.math.random() - 0.5) * STEEPEST
      ball.vx = court.serve_direction * SERVE_SPEED * math.cos(angle)
      ball.vy = SERVE_SPEED * math.sin(angle)
    end
    return nil
  end

  leave_trail(ball)
  ball.x = ball.x + ball.vx * dt
  ball.y = ball.y + ball.vy * dt

  if ball.vx < 0 and touches(court.left) then
    bounce(court.left, 1)
    return "paddle"
  elseif ball.vx > 0 and touches(court.right) then
    bounce(court.right, -1)
    return "paddle"
  end

  local radius = court.BALL_RADIUS
  if ball.y < radius and ball.vy < 0 or ball.y > court.HEIGHT - radius and ball.vy > 0 then
    ball.vy = -ball.vy
    return "wall"
  end

  if ball.x < -radius or ball.x > court.WIDTH + radius then
    local scorer = ball.x < 0 and court.right or court.left
    scorer.score = scorer.score + 1
    serve(scorer == court.left and 1 or -1)
    return "point"
  end
end

--- Moves everything. Directions are -1, 0 or 1; a right direction of nil lets the computer play.
function court.update(dt, left_direction, right_direction)
  move_paddle(court.left, left_direction, PADDLE_SPEED, dt)
  if right_direction then
    move_paddle(court.right, right_direction, PADDLE_SPEED, dt)
  else
    move_paddle(court.right, ai_direction(court.right), AI_SPEED, dt)
  end
  return move_ball(dt)
end

--- The side that has won, "left" or "right", or nil.
function court.winner()
  if court.left.score >= court.POINTS_TO_WIN then
    return "left"
  elseif court.right.score >= court.POINTS_TO_WIN then
    return "right"
  end
end

return court
