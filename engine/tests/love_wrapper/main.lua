-- conf.lua replaces the module "main", so this file runs only if conf.lua could not.
error("love_wrapper/conf.lua was not read")
