//! Damaged shader texts, for as long as one likes: none may panic or hang.
//!
//! ```text
//! SECONDS=60 SEED=7 cargo run -p rlove --example fuzz_shaders
//! ```
//!
//! Starts from shaders that are right, exchanges, repeats, removes and mixes pieces of them, and compiles the result, which
//! includes naga's validation. Prints how many texts compiled and how many were refused; a panic ends the program with
//! the text on stderr, and so does one text that takes more than five seconds.

use rlove::graphics::shader::{Sources, compile};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const SEEDS: [&str; 5] = [
    "extern vec4 tint; extern number amount[4]; vec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { vec4 p = Texel(t, uv); for (int i = 0; i < 4; ++i) { if (i == 2) continue; p.rgb *= amount[i]; } return mix(p, tint, 0.5) * c; }\n",
    "varying vec3 v; varying mat2 m;\n#ifdef VERTEX\nattribute vec3 VertexNormal; vec4 position(mat4 p, vec4 q) { v = VertexNormal; m = mat2(2.0); return p * q; }\n#endif\n#ifdef PIXEL\nvec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { return vec4(m * v.xy, v.z, 1.0); }\n#endif\n",
    "struct Light { vec3 place; float power; bool on; }; uniform Light lights[3]; uniform Image images[2];\nfloat f(Image s, inout vec2 p, out float q) { q = p.x++; p *= 2.0; return Texel(s, p).r; }\nvec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { float q; vec2 p[2]; p[0] = uv; float r = f(images[1], p[0], q) + f(t, uv, c.x); return lights[1].on ? vec4(lights[int(r)].place, q) : c.zyxw; }\n",
    "#pragma language glsl3\nuniform ArrayImage a; uniform VolumeImage b; vec4 effect(vec4 c, Image t, vec2 uv, vec2 xy) { uint u = 3u << 2u; switch (int(u) % 4) { case 0: case 1: c.r = 1.0; break; default: discard; } ivec2 s = textureSize(t, 0); do { u >>= 1u; } while (u > 0u); return texture(a, vec3(uv, 1)) + texture(b, c.xyz) + texelFetch(t, s / 2, 0) + vec4(inverse(mat3(c.xyz, c.yzx, c.zxy))[1], 1.0); }\n",
    "#define N 3\n#define F(x, y) ((x) ## y + float(N))\n#if N > 2 && defined(PIXEL)\nconst float w[N] = float[](1.0, 2.0, 3.0);\n#else\n#error no\n#endif\nuniform Image MainTex; void effect() { float s = 0.0; int i = 0; while (i < N) s += w[i++]; love_Canvases[0] = vec4(s); love_Canvases[1] = Texel(MainTex, VaryingTexCoord.xy) * (s > 1. && s < 2. || !(s == 0.) ? 1. : F(s, )); }\n",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A piece of a text, cut at characters.
    fn piece<'a>(&mut self, text: &'a str, longest: usize) -> &'a str {
        let start = self.below(text.len());
        let end = (start + 1 + self.below(longest)).min(text.len());
        text.get(start..end).unwrap_or("")
    }

    fn damaged(&mut self) -> String {
        let mut text = SEEDS[self.below(SEEDS.len())].to_owned();
        for _ in 0..1 + self.below(5) {
            let at = self.below(text.len());
            let end = (at + self.below(12)).min(text.len());
            if !text.is_char_boundary(at) || !text.is_char_boundary(end) {
                continue;
            }
            let own = text.clone();
            match self.below(4) {
                0 => text.replace_range(at..end, ""),
                1 => text.insert_str(at, self.piece(&own, 40)),
                2 => {
                    let other = SEEDS[self.below(SEEDS.len())];
                    text.replace_range(at..end, self.piece(other, 40));
                }
                _ => {
                    const BYTES: &str = " (){}[];,.+-*/%<>=!&|^~?:#01e9.xf\n";
                    let place = self.below(BYTES.len());
                    text.replace_range(at..at + 1, &BYTES[place..place + 1]);
                }
            }
        }
        text
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn main() {
    let limit = Duration::from_secs(number("SECONDS", 10));
    let mut random = Random(number("SEED", 1) | 1 << 40);
    let start = Instant::now();
    let (mut compiled, mut refused) = (0_u64, 0_u64);
    while start.elapsed() < limit {
        let text = random.damaged();
        let before = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            match Sources::identify(Some(&text), None) {
                Ok(sources) => compile(&sources).is_ok(),
                Err(_) => false,
            }
        }));
        if outcome.is_err() || before.elapsed() > Duration::from_secs(5) {
            eprintln!("this text panics or hangs:\n{text}");
            std::process::exit(1);
        }
        if outcome.unwrap_or(false) {
            compiled += 1;
        } else {
            refused += 1;
        }
    }
    println!("{compiled} compiled, {refused} refused, no panic");
}
