require("specs").run("spec/bitser_spec.lua")
