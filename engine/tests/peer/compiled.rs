//! Games in machine code: loops full of love's functions become traces that call them, and nothing that a player sees changes.

use super::programs;

const GAME: &str = r#"
local image, world
local bodies = {}
function love.load()
  image = love.graphics.newImage(love.image.newImageData(16, 16))
  world = love.physics.newWorld(0, 100)
  for i = 1, 100 do
    local body = love.physics.newBody(world, i * 3, 0, "dynamic")
    love.physics.newFixture(body, love.physics.newRectangleShape(2, 2))
    bodies[i] = body
  end
end
function love.update(dt) world:update(dt) end
function love.draw()
  for i = 1, 500 do
    love.graphics.setColor(i / 500, 1, 1)
    love.graphics.draw(image, i % 700, i % 300, i * 0.1, 1, 2, 8, 8, 0.1, 0.2)
  end
  for i, body in ipairs(bodies) do
    local x, y = body:getPosition()
    love.graphics.rectangle("fill", x, y, 3, 3)
    love.graphics.print("a" .. i, x, y)
  end
end
"#;

#[test]
fn loops_of_love_functions_are_traces_and_draw_the_same() {
    let folder = programs::fresh_folder("compiled");
    let game = folder.join("game");
    std::fs::create_dir_all(&game).expect("the build directory can be written");
    std::fs::write(game.join("main.lua"), GAME).expect("the build directory can be written");
    let picture = |name: &str, option: &str| {
        let file = folder.join(name);
        let shot = format!("19:{}", file.display());
        let options = [
            "--frames",
            "20",
            "--fixed-dt",
            "1/60",
            "--screenshot",
            &shot,
        ];
        let run = programs::rlove_headless(&game, &folder, &[&options[..], &[option]].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        (
            std::fs::read(&file).expect("the picture was written"),
            run.stderr,
        )
    };
    let (compiled, events) = picture("compiled.png", "--dump=events");
    let (interpreted, _) = picture("interpreted.png", "--no-jit");
    assert!(compiled == interpreted, "the pictures differ");
    for line in [15, 19] {
        let is_loop =
            |event: &str| event.contains(&format!("main.lua:{line} ")) && event.ends_with("loop]");
        assert!(
            events.lines().any(is_loop),
            "the loop in line {line} is no trace of one piece:\n{events}"
        );
    }
}
