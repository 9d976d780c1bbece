//! The values of LÖVE's drawing state: their enumerations, their names in Lua, and the blend factors they mean.
//!
//! [`DisplayState`] is what `love.graphics.push("all")` saves. The enumerations translate between the strings
//! that Lua programs use and Rust:
//!
//! ```
//! use rlove::graphics::{BlendMode, Named};
//! assert_eq!(BlendMode::from_name("add"), Some(BlendMode::Add));
//! assert_eq!(BlendMode::Add.name(), "add");
//! ```
//!
//! Nothing here draws or knows a graphics library; backends translate [`BlendFactors`] into their own terms.

use super::font::FontHandle;
use super::shader::Shader;
use super::texture::{Filter, Texture};

/// An enumeration with one name per value, as Lua programs spell it.
pub trait Named: Copy + PartialEq + 'static {
    /// Every value with its name, in LÖVE's order.
    const NAMES: &'static [(&'static str, Self)];

    /// The value called `name`.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// The name of this value.
    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("unknown", |(name, _)| name)
    }

    /// All names, quoted and separated by commas, as LÖVE's error messages list them.
    fn list() -> String {
        let quoted: Vec<String> = Self::NAMES
            .iter()
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        quoted.join(", ")
    }
}

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $value),+ }
        impl Named for $name {
            const NAMES: &'static [(&'static str, Self)] = &[$(($text, $name::$value)),+];
        }
    };
}
pub(crate) use named_enum;

named_enum! {
    /// Whether shapes are filled or outlined.
    DrawMode {
        /// The outline, drawn as a line.
        Line = "line",
        /// The area.
        Fill = "fill",
    }
}
named_enum! {
    /// How the ends of an arc are connected.
    ArcMode {
        /// Not at all.
        Open = "open",
        /// By a straight line.
        Closed = "closed",
        /// Through the centre.
        Pie = "pie",
    }
}
named_enum! {
    /// How new pixels combine with the ones that are there.
    BlendMode {
        /// Ordinary transparency.
        Alpha = "alpha",
        /// Sum of the colours.
        Add = "add",
        /// Difference of the colours.
        Subtract = "subtract",
        /// Product of the colours.
        Multiply = "multiply",
        /// The lighter of both.
        Lighten = "lighten",
        /// The darker of both.
        Darken = "darken",
        /// Inverted product of the inverted colours.
        Screen = "screen",
        /// The new colour, multiplied by its alpha in the mode `alphamultiply`.
        Replace = "replace",
        /// The new colour as it is.
        None = "none",
    }
}
named_enum! {
    /// Whether the new colour is multiplied by its alpha before blending.
    BlendAlphaMode {
        /// It is.
        AlphaMultiply = "alphamultiply",
        /// The program has already done it.
        Premultiplied = "premultiplied",
    }
}
named_enum! {
    /// Edges of lines.
    LineStyle {
        /// As the rasteriser makes them.
        Rough = "rough",
        /// With a transparent fringe of one pixel.
        Smooth = "smooth",
    }
}
named_enum! {
    /// Corners of lines.
    LineJoin {
        /// Segments do not touch.
        None = "none",
        /// Sharp.
        Miter = "miter",
        /// Flat.
        Bevel = "bevel",
    }
}
named_enum! {
    /// What `love.graphics.push` saves.
    StackKind {
        /// Transform and display state.
        All = "all",
        /// The transform.
        Transform = "transform",
    }
}
named_enum! {
    /// What drawing does to the stencil values that it covers.
    StencilAction {
        /// Sets the given value.
        Replace = "replace",
        /// Adds one, at most 255.
        Increment = "increment",
        /// Takes one away, at least 0.
        Decrement = "decrement",
        /// Adds one, 0 after 255.
        IncrementWrap = "incrementwrap",
        /// Takes one away, 255 after 0.
        DecrementWrap = "decrementwrap",
        /// Inverts the bits.
        Invert = "invert",
    }
}
named_enum! {
    /// A comparison of the value in the buffer with the given one.
    CompareMode {
        /// Buffer < value.
        Less = "less",
        /// Buffer ≤ value.
        LessEqual = "lequal",
        /// Buffer = value.
        Equal = "equal",
        /// Buffer ≥ value.
        GreaterEqual = "gequal",
        /// Buffer > value.
        Greater = "greater",
        /// Buffer ≠ value.
        NotEqual = "notequal",
        /// Passes.
        Always = "always",
        /// Fails.
        Never = "never",
    }
}
named_enum! {
    /// Which faces of a mesh are not drawn.
    CullMode {
        /// All are drawn.
        None = "none",
        /// Those turned away.
        Back = "back",
        /// Those turned to the viewer.
        Front = "front",
    }
}
named_enum! {
    /// The order of vertices that makes a face turn to the viewer.
    Winding {
        /// Clockwise.
        Clockwise = "cw",
        /// Counterclockwise.
        CounterClockwise = "ccw",
    }
}
named_enum! {
    /// Alignment of text in `love.graphics.printf`.
    AlignMode {
        /// At the left edge.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// At the right edge.
        Right = "right",
        /// Spaces stretched.
        Justify = "justify",
    }
}

impl CompareMode {
    /// The same test with its sides exchanged: libraries compare value with buffer, LÖVE buffer with value.
    pub fn reversed(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::GreaterEqual => Self::LessEqual,
            Self::Greater => Self::Less,
            same => same,
        }
    }
}

/// A multiplier in the blend equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlendFactor {
    /// 0
    Zero,
    /// 1
    One,
    /// Alpha of the new pixel.
    SourceAlpha,
    /// 1 − alpha of the new pixel.
    OneMinusSourceAlpha,
    /// Colour of the new pixel taken from 1.
    OneMinusSourceColor,
    /// Colour of the old pixel.
    DestinationColor,
}

/// The operation between the two products of the blend equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlendOperation {
    /// new + old
    Add,
    /// old − new
    ReverseSubtract,
    /// The larger, factors ignored.
    Max,
    /// The smaller, factors ignored.
    Min,
}

/// The blend equation of one mode: `operation(new · source, old · destination)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlendFactors {
    /// For colour and alpha alike.
    pub operation: BlendOperation,
    /// Factor of the new colour.
    pub source_color: BlendFactor,
    /// Factor of the new alpha.
    pub source_alpha: BlendFactor,
    /// Factor of the old colour and alpha.
    pub destination: BlendFactor,
}

/// Blend mode and alpha mode together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blend {
    /// The mode.
    pub mode: BlendMode,
    /// The alpha mode.
    pub alpha_mode: BlendAlphaMode,
}

impl Default for Blend {
    fn default() -> Self {
        Self {
            mode: BlendMode::Alpha,
            alpha_mode: BlendAlphaMode::AlphaMultiply,
        }
    }
}

impl Blend {
    /// Refuses the pairs that LÖVE refuses.
    pub fn validate(self) -> Result<Self, String> {
        let needs_premultiplied = matches!(
            self.mode,
            BlendMode::Lighten | BlendMode::Darken | BlendMode::Multiply
        );
        if needs_premultiplied && self.alpha_mode != BlendAlphaMode::Premultiplied {
            return Err(format!(
                "The '{}' blend mode must be used with premultiplied alpha.",
                self.mode.name()
            ));
        }
        Ok(self)
    }

    /// The equation. Alpha multiplication applies where the new colour would otherwise enter unchanged.
    pub fn factors(self) -> BlendFactors {
        use BlendFactor::*;
        use BlendOperation::*;
        let (operation, source_color, source_alpha, destination) = match self.mode {
            BlendMode::Alpha => (Add, One, One, OneMinusSourceAlpha),
            BlendMode::Multiply => (Add, DestinationColor, DestinationColor, Zero),
            BlendMode::Subtract => (ReverseSubtract, One, Zero, One),
            BlendMode::Add => (Add, One, Zero, One),
            BlendMode::Lighten => (Max, One, One, Zero),
            BlendMode::Darken => (Min, One, One, Zero),
            BlendMode::Screen => (Add, One, One, OneMinusSourceColor),
            BlendMode::Replace | BlendMode::None => (Add, One, One, Zero),
        };
        let multiply = source_color == One
            && self.alpha_mode == BlendAlphaMode::AlphaMultiply
            && self.mode != BlendMode::None;
        BlendFactors {
            operation,
            source_color: if multiply { SourceAlpha } else { source_color },
            source_alpha,
            destination,
        }
    }
}

/// Which channels drawing may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorMask {
    /// Red.
    pub r: bool,
    /// Green.
    pub g: bool,
    /// Blue.
    pub b: bool,
    /// Alpha.
    pub a: bool,
}

impl ColorMask {
    /// All channels.
    pub const ALL: Self = Self {
        r: true,
        g: true,
        b: true,
        a: true,
    };
    /// No channel.
    pub const NONE: Self = Self {
        r: false,
        g: false,
        b: false,
        a: false,
    };
}

/// How the stencil buffer takes part in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StencilUse {
    /// Not at all.
    Off,
    /// The shape changes stencil values and no colours.
    Write {
        /// What happens to a covered value.
        action: StencilAction,
        /// The value that `replace` sets.
        value: u8,
    },
    /// Only pixels whose stencil value passes are drawn.
    Test {
        /// Buffer compared with value.
        compare: CompareMode,
        /// The value.
        value: u8,
    },
}

/// How the depth buffer takes part in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DepthUse {
    /// New depth compared with the buffer.
    pub compare: CompareMode,
    /// Whether passing pixels store their depth.
    pub write: bool,
}

impl DepthUse {
    /// Depth plays no part.
    pub const OFF: Self = Self {
        compare: CompareMode::Always,
        write: false,
    };
}

/// A rectangle in whole units or pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rectangle {
    /// Left.
    pub x: i32,
    /// Top.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

/// One canvas (or one layer or mipmap of it) as a target of drawing.
#[derive(Clone, Debug)]
pub struct CanvasTarget {
    /// The canvas.
    pub texture: Texture,
    /// Layer, cube face or depth slice, from 0.
    pub layer: u32,
    /// Mipmap level, from 0.
    pub mipmap: u32,
}

impl PartialEq for CanvasTarget {
    fn eq(&self, other: &Self) -> bool {
        self.texture.id() == other.texture.id()
            && self.layer == other.layer
            && self.mipmap == other.mipmap
    }
}

/// What `love.graphics.setCanvas` was given; empty for the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderTargets {
    /// Canvases that take colours.
    pub colors: Vec<CanvasTarget>,
    /// A depth or stencil canvas of the program's own.
    pub depth_stencil: Option<CanvasTarget>,
    /// A temporary depth buffer was asked for.
    pub temporary_depth: bool,
    /// A temporary stencil buffer was asked for.
    pub temporary_stencil: bool,
}

impl RenderTargets {
    /// Whether drawing goes to the screen.
    pub fn is_screen(&self) -> bool {
        self.colors.is_empty() && self.depth_stencil.is_none()
    }

    /// Whether drawing goes to this canvas.
    pub fn contains(&self, texture: &Texture) -> bool {
        self.colors
            .iter()
            .chain(&self.depth_stencil)
            .any(|target| target.texture.id() == texture.id())
    }
}

/// Everything that `push("all")` saves apart from the transform.
#[derive(Clone, Debug)]
pub struct DisplayState {
    /// Colour of everything drawn, components 0 to 1.
    pub color: [f32; 4],
    /// Colour that `love.run` clears with.
    pub background_color: [f32; 4],
    /// Blend and alpha mode.
    pub blend: Blend,
    /// Width of lines in units.
    pub line_width: f32,
    /// Edges of lines.
    pub line_style: LineStyle,
    /// Corners of lines.
    pub line_join: LineJoin,
    /// Width of points in pixels.
    pub point_size: f32,
    /// Drawing outside of it has no effect.
    pub scissor: Option<Rectangle>,
    /// Comparison of `setStencilTest`.
    pub stencil_compare: CompareMode,
    /// Value of `setStencilTest`.
    pub stencil_value: u8,
    /// Depth test and write.
    pub depth: DepthUse,
    /// Hidden faces of meshes.
    pub mesh_cull_mode: CullMode,
    /// Front faces.
    pub winding: Winding,
    /// The program's shader.
    pub shader: Option<Shader>,
    /// The font; `None` until the default font is needed.
    pub font: Option<FontHandle>,
    /// Where drawing goes.
    pub targets: RenderTargets,
    /// Channels that drawing changes.
    pub color_mask: ColorMask,
    /// Triangles as outlines.
    pub wireframe: bool,
    /// Filter of textures created from now on.
    pub default_filter: Filter,
    /// Mipmap filter of textures created from now on.
    pub default_mipmap_filter: Option<super::texture::FilterMode>,
    /// Sharpness that goes with it.
    pub default_mipmap_sharpness: f32,
}

impl Default for DisplayState {
    fn default() -> Self {
        Self {
            color: [1.0; 4],
            background_color: [0.0, 0.0, 0.0, 1.0],
            blend: Blend::default(),
            line_width: 1.0,
            line_style: LineStyle::Smooth,
            line_join: LineJoin::Miter,
            point_size: 1.0,
            scissor: None,
            stencil_compare: CompareMode::Always,
            stencil_value: 0,
            depth: DepthUse::OFF,
            mesh_cull_mode: CullMode::None,
            winding: Winding::CounterClockwise,
            shader: None,
            font: None,
            targets: RenderTargets::default(),
            color_mask: ColorMask::ALL,
            wireframe: false,
            default_filter: Filter::default(),
            default_mipmap_filter: Some(super::texture::FilterMode::Linear),
            default_mipmap_sharpness: 0.0,
        }
    }
}

/// A colour as vertices carry it. LÖVE cuts off the fraction, it does not round.
#[inline]
pub fn vertex_color(color: [f32; 4]) -> [u8; 4] {
    // `as` saturates, and turns NaN into 0.
    color.map(|component| (component * 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_need_premultiplied_alpha_say_so() {
        let blend = Blend {
            mode: BlendMode::Multiply,
            alpha_mode: BlendAlphaMode::AlphaMultiply,
        };
        assert_eq!(
            blend.validate(),
            Err("The 'multiply' blend mode must be used with premultiplied alpha.".to_owned())
        );
    }

    #[test]
    fn alpha_multiplication_changes_only_unmodified_sources() {
        let factors = |mode, alpha_mode| Blend { mode, alpha_mode }.factors();
        let multiplied = factors(BlendMode::Add, BlendAlphaMode::AlphaMultiply);
        assert_eq!(multiplied.source_color, BlendFactor::SourceAlpha);
        assert_eq!(multiplied.source_alpha, BlendFactor::Zero);
        let plain = factors(BlendMode::None, BlendAlphaMode::AlphaMultiply);
        assert_eq!(plain.source_color, BlendFactor::One);
    }

    #[test]
    fn vertex_colors_are_cut_off() {
        assert_eq!(vertex_color([0.5, 1.0, 0.999, 0.0]), [127, 255, 254, 0]);
    }
}
