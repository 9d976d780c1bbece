local data = love.image.newImageData(4, 3)
each(data, "getWidth", "getHeight", "getDimensions", "getFormat", "getSize", { "getPixel", 0, 0 }, "type", { "typeOf", "Data" })
each(data, { "setPixel", 1, 1, 0.5, 0.25, 1, 1 }, { "getPixel", 1, 1 }, { "getPixel", 4, 0 }, { "setPixel", -1, 0, 1, 1, 1, 1 },
  { "setPixel", 0, 0, { 0.2, 0.4, 0.6 } }, { "getPixel", 0, 0 }, { "setPixel", 2, 2, 2, -1, 0.5 }, { "getPixel", 2, 2 })
data:mapPixel(function(x, y, r, g, b, a)
  return x / 3, y / 2, r, 1
end)
each(data, { "getPixel", 3, 2 }, { "getPixel", 1, 1 })
data:mapPixel(function()
  return 1, 1, 1, 0.5
end, 1, 0, 2, 2)
each(data, { "getPixel", 1, 1 }, { "getPixel", 3, 2 })
local copy = love.image.newImageData(2, 2)
copy:paste(data, 0, 0, 1, 1, 2, 2)
each(copy, { "getPixel", 0, 0 }, { "getPixel", 1, 1 })
each(copy:clone(), "getDimensions", { "getPixel", 0, 0 })
local encoded = data:encode("png")
each(encoded, "type", "getFilename")
each(love.image.newImageData(encoded), "getDimensions", { "getPixel", 0, 1 }, { "getPixel", 3, 2 }, "getFormat")
data:encode("png", "out.png")
each(love.image.newImageData("out.png"), "getDimensions")
each(love.image.newImageData(data:encode("tga")), { "getPixel", 0, 1 })
show("from bytes", function()
  return love.image.newImageData(1, 2, "rgba8", "\1\2\3\4\255\254\253\252"):getPixel(0, 1)
end)
show("wrong size", love.image.newImageData, 0, 4)
show("missing", love.image.newImageData, "missing.png")
show("no picture", function()
  love.filesystem.write("noise.png", "this is no picture")
  return love.image.newImageData("noise.png")
end)
for _, format in ipairs({ "rgba16", "rgba32f", "r8", "rg8", "rgba16f", "rgb565" }) do
  show(format, function()
    local other = love.image.newImageData(2, 2, format)
    other:setPixel(1, 1, 0.3, 0.6, 0.9, 0.5)
    return other:getFormat(), other:getSize(), other:getPixel(1, 1)
  end)
end
local image = love.graphics.newImage(data)
each(image, "getWidth", "getDimensions", "getPixelDimensions", "getFilter", "getWrap", "getFormat", "getMipmapCount",
  "isCompressed", "getTextureType", "getDPIScale", "getMipmapFilter", { "setFilter", "nearest" }, "getFilter",
  { "setFilter", "soft" }, { "setWrap", "repeat", "clampzero" }, "getWrap", "type", { "typeOf", "Texture" }, { "typeOf", "Drawable" },
  { "replacePixels", copy }, "isReadable", "getLayerCount", "getDepth")
local quad = love.graphics.newQuad(1, 2, 3, 4, 10, 20)
each(quad, "getViewport", "getTextureDimensions", { "setViewport", 5, 6, 7, 8 }, "getViewport", { "setViewport", 1, 1, 1, 1, 5, 5 },
  "getTextureDimensions", "type")
