//! What `--love 12` shows and 11.5 hides. Expected values are LÖVE 12's, from its own test suite's ranges and its documentation.

use super::programs;

const GAME: &str = r##"
local out = {}
local function say(...) out[#out + 1] = table.concat({ ... }, " ") end
local function kind(value) return type(value) end
say(love.getVersion())
say(kind(love.math.perlinNoise), kind(love.filesystem.openFile), kind(love.window.focus), kind(love.keyboard.isModifierActive))
say(kind(love.filesystem.getSize), kind(love.math.compress))
local data = love.data.newByteData("helloworld")
say(kind(data.setString), kind(love.math.newTransform().inverseOf))
say(#love.math.newBezierCurve(1, 1, 2, 2, 3, 1):render(2))
if love.getVersion() == 12 then
  data:setString("love!", 5)
  data:setInt16(0, -2)
  say(data:getString():sub(3), data:getInt16(0), data:getUInt16(0), (select("#", data:getUInt8(0, 4))))
  say(tostring(pcall(data.setDouble, data, 8, 1)), #love.data.hash("string", "md5", "x"))
  local simplex = love.math.simplexNoise(99.222, 10067, 8, 1843)
  say(tostring(simplex > 0.53 and simplex < 0.54))
  local ok, message = pcall(love.graphics.newBuffer)
  say(tostring(ok), tostring(message:find("not implemented yet in rlove", 1, true) ~= nil))
end
print(table.concat(out, "\n"))
love.event.quit()
"##;

fn output(name: &str, options: &[&str]) -> String {
    let folder = programs::fresh_folder(&format!("version12-{name}"));
    let game = folder.join("game");
    std::fs::create_dir_all(&game).expect("the build directory can be written");
    std::fs::write(game.join("main.lua"), GAME).expect("the build directory can be written");
    let run = programs::rlove_headless(&game, &folder, options);
    assert_eq!(run.code, Some(0), "{run:?}");
    run.stdout
}

#[test]
fn names_of_12_are_hidden_under_11() {
    let expected = "11 5 0 Mysterious Mysteries\nnil nil nil nil\nfunction function\nnil nil\n18\n";
    assert_eq!(output("hidden", &[]), expected);
}

#[test]
fn names_of_12_work_under_12() {
    let expected = "12 0 0 Bestest Friend\nfunction function function function\nnil nil\nfunction function\n12\n\
                    llolove! -2 65534 4\nfalse 16\ntrue\nfalse true\n";
    assert_eq!(output("shown", &["--love", "12"]), expected);
}
