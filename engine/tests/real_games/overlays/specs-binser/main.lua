require("specs").run("spec/binser_spec.lua")
