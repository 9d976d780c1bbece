-- Pong: which screen is shown, and what the keys do on it.
--
-- court.lua plays the game, picture.lua draws it. A screen is a table with update, draw and
-- keypressed; `screen` is the one that is shown.

local court = require("court")
local picture = require("picture")

local sounds
local screen
local seconds = 0
local second_player_is_human = false

local title, playing, paused, won = {}, {}, {}, {}

local function play_sound(name)
  sounds[name]:stop()
  sounds[name]:play()
end

local function start_match(two_players)
  second_player_is_human = two_players
  court.reset()
  screen = playing
end

-- The title ------------------------------------------------------------------------------

local CHOICES = { "One player", "Two players", "Quit" }
local chosen = 1

function title.draw()
  picture.title(CHOICES, chosen, seconds)
end

function title.keypressed(key)
  if key == "up" or key == "down" then
    local step = key == "up" and -1 or 1
    chosen = (chosen - 1 + step) % #CHOICES + 1
    play_sound("menu")
  elseif key == "return" or key == "space" then
    play_sound("menu")
    if chosen == 3 then
      love.event.quit()
    else
      start_match(chosen == 2)
    end
  elseif key == "escape" then
    love.event.quit()
  end
end

-- The match ------------------------------------------------------------------------------

local function direction(up_key, down_key)
  local down = love.keyboard.isDown(down_key) and 1 or 0
  local up = love.keyboard.isDown(up_key) and 1 or 0
  return down - up
end

function playing.update(dt)
  local left, right = direction("w", "s"), direction("up", "down")
  if not second_player_is_human then
    -- One player may use either pair of keys.
    left, right = math.max(-1, math.min(1, left + right)), nil
  end
  local event = court.update(dt, left, right)
  if event then
    play_sound(event)
  end
  if court.winner() then
    play_sound("win")
    screen = won
  end
end

function playing.draw()
  picture.court()
end

function playing.keypressed(key)
  if key == "p" or key == "escape" then
    screen = paused
  end
end

-- Pause and the end of a match -----------------------------------------------------------

function paused.draw()
  picture.court()
  picture.pause()
end

function paused.keypressed(key)
  if key == "p" or key == "return" then
    screen = playing
  elseif key == "escape" then
    screen = title
  end
end

function won.draw()
  picture.court()
  picture.win(court.winner())
end

function won.keypressed(key)
  if key == "return" or key == "space" then
    start_match(second_player_is_human)
  elseif key == "escape" then
    screen = title
  end
end

-- LÖVE's callbacks -----------------------------------------------------------------------

function love.load()
  picture.load()
  sounds = {}
  for _, name in ipairs({ "paddle", "wall", "point", "menu", "win" }) do
    sounds[name] = love.audio.newSource(name .. ".wav", "static")
  end
  screen = title
end

function love.update(dt)
  seconds = seconds + dt
  if screen.update then
    screen.update(math.min(dt, 1 / 30))
  end
end

function love.draw()
  screen.draw()
end

function love.keypressed(key)
  screen.keypressed(key)
end

function love.focus(focused)
  if not focused and screen == playing then
    screen = paused
  end
end
