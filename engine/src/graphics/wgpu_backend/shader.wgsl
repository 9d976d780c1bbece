// Ordinary draws: vertex colour times uniform colour times texture.

struct Uniforms {
    // Scale in xy and offset in zw from units to clip space.
    projection: vec4<f32>,
    // a, b, c, d of the transform.
    linear: vec4<f32>,
    // e, f of the transform.
    translation: vec4<f32>,
    color: vec4<f32>,
}

@group(0) @binding(0) var<uniform> uniforms: Uniforms;
@group(1) @binding(0) var main_texture: texture_2d<f32>;
@group(1) @binding(1) var main_sampler: sampler;

struct Varyings {
    @builtin(position) position: vec4<f32>,
    @location(0) coordinates: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@vertex
fn draw_vertex(
    @location(0) position: vec2<f32>,
    @location(1) coordinates: vec2<f32>,
    @location(2) color: vec4<f32>,
) -> Varyings {
    let moved = uniforms.linear.xy * position.x + uniforms.linear.zw * position.y + uniforms.translation.xy;
    var out: Varyings;
    out.position = vec4<f32>(moved * uniforms.projection.xy + uniforms.projection.zw, 0.5, 1.0);
    out.coordinates = coordinates;
    out.color = color * uniforms.color;
    return out;
}

@fragment
fn draw_fragment(in: Varyings) -> @location(0) vec4<f32> {
    return textureSample(main_texture, main_sampler, in.coordinates) * in.color;
}

// Copies a texture over the whole target: the screen to the window, a mipmap level to the next.

struct CopyVaryings {
    @builtin(position) position: vec4<f32>,
    @location(0) coordinates: vec2<f32>,
}

@group(0) @binding(0) var source_texture: texture_2d<f32>;
@group(0) @binding(1) var source_sampler: sampler;

fn copy_vertex_at(index: u32) -> CopyVaryings {
    // One triangle that covers everything.
    let corner = vec2<f32>(f32(index & 1u) * 2.0, f32(index >> 1u) * 2.0);
    var out: CopyVaryings;
    out.position = vec4<f32>(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);
    out.coordinates = corner;
    return out;
}

@vertex
fn copy_vertex(@builtin(vertex_index) index: u32) -> CopyVaryings {
    return copy_vertex_at(index);
}

@fragment
fn copy_fragment(in: CopyVaryings) -> @location(0) vec4<f32> {
    return textureSample(source_texture, source_sampler, in.coordinates);
}

// The screen is stored bottom up.
@vertex
fn present_vertex(@builtin(vertex_index) index: u32) -> CopyVaryings {
    var out = copy_vertex_at(index);
    out.coordinates.y = 1.0 - out.coordinates.y;
    return out;
}

@fragment
fn present_fragment(in: CopyVaryings) -> @location(0) vec4<f32> {
    return vec4<f32>(textureSample(source_texture, source_sampler, in.coordinates).rgb, 1.0);
}
