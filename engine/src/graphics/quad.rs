//! Quads: the part of a texture that a draw shows.
//!
//! A quad of 16×16 at (32, 0) in a texture of 64×64 has the texture coordinates 0.5–0.75 and 0–0.25. The size of
//! the texture belongs to the quad, so one quad may be used with several textures of one layout.

/// A viewport into a texture, with the numbers that draws need ready at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quad {
    viewport: [f64; 4],
    texture_size: [f64; 2],
    layer: u32,
    size: [f32; 2],
    coordinates: [f32; 4],
}

impl Quad {
    /// The rectangle x, y, width, height of a texture of the given size.
    pub fn new(viewport: [f64; 4], texture_size: [f64; 2]) -> Self {
        let [x, y, width, height] = viewport;
        let [texture_width, texture_height] = texture_size;
        Self {
            viewport,
            texture_size,
            layer: 0,
            size: [width as f32, height as f32],
            coordinates: [
                (x / texture_width) as f32,
                (y / texture_height) as f32,
                ((x + width) / texture_width) as f32,
                ((y + height) / texture_height) as f32,
            ],
        }
    }

    /// The rectangle.
    pub fn viewport(&self) -> [f64; 4] {
        self.viewport
    }

    /// Changes the rectangle and, if given, the size of the texture.
    pub fn set_viewport(&mut self, viewport: [f64; 4], texture_size: Option<[f64; 2]>) {
        let layer = self.layer;
        *self = Self::new(viewport, texture_size.unwrap_or(self.texture_size));
        self.layer = layer;
    }

    /// The size of the texture it was made for.
    pub fn texture_size(&self) -> [f64; 2] {
        self.texture_size
    }

    /// Layer of an array texture, from 0.
    pub fn layer(&self) -> u32 {
        self.layer
    }

    /// Sets the layer.
    pub fn set_layer(&mut self, layer: u32) {
        self.layer = layer;
    }

    /// Width and height on screen.
    #[inline]
    pub fn size(&self) -> [f32; 2] {
        self.size
    }

    /// Texture coordinates: left, top, right, bottom.
    #[inline]
    pub fn coordinates(&self) -> [f32; 4] {
        self.coordinates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_follow_the_viewport() {
        let mut quad = Quad::new([32.0, 0.0, 16.0, 16.0], [64.0, 64.0]);
        assert_eq!(quad.coordinates(), [0.5, 0.0, 0.75, 0.25]);
        quad.set_viewport([0.0, 32.0, 64.0, 32.0], None);
        assert_eq!(quad.coordinates(), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(quad.size(), [64.0, 32.0]);
    }
}
