//! Messages are LÖVE 11.4's own, taken from `love.graphics.validateShader` and `newShader`.

use super::*;

fn try_compile(text: &str) -> Result<CompiledShader, CompileError> {
    compile(&Sources::identify(Some(text), None).expect("one language"))
}

fn message(text: &str) -> String {
    match try_compile(text) {
        Ok(_) => "compiled".to_owned(),
        Err(error) => error.for_new_shader(),
    }
}

fn effect(body: &str) -> String {
    format!("vec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) {{\n {body}")
}

fn compiles(text: &str) {
    if let Err(error) = try_compile(text) {
        panic!("{}\n{text}", error.for_new_shader());
    }
}

/// The message about line 2 with what follows an error of meaning.
fn second_line(message: &str) -> String {
    format!(
        "Error validating pixel shader code:\nLine 2: ERROR: {message}\nLine 2: ERROR: '' : compilation terminated \nERROR: 2 compilation errors.  No code generated."
    )
}

#[test]
fn messages_are_those_of_love() {
    for (body, expected) in [
        (
            "vec3 x = c; return c;}",
            "'=' :  cannot convert from ' in 4-component vector of float' to ' temp 3-component vector of float'",
        ),
        (
            "return foo(c);}",
            "'foo' : no matching overloaded function found ",
        ),
        (
            "return c * vec3(1.0);}",
            "'*' :  wrong operand types: no operation '*' exists that takes a left-hand operand of type ' in 4-component vector of float' and a right operand of type ' const 3-component vector of float' (or there is no acceptable conversion)",
        ),
        (
            "return c.xyq;}",
            "'xyq' : vector swizzle selectors not from the same set ",
        ),
        (
            "return sin(t);}",
            "'sin' : no matching overloaded function found ",
        ),
        ("float a; float a; return c;}", "'a' : redefinition "),
        (
            "if (1.0) {} return c;}",
            "'' : boolean expression expected ",
        ),
        (
            "return 1.0;}",
            "'return' : cannot convert return value to function return type ",
        ),
        (
            "return vec4(1.0, 2.0);}",
            "'constructor' : not enough data provided for construction ",
        ),
        (
            "return vec4(1.0, 2.0, 3.0, 4.0, 5.0);}",
            "'constructor' : too many arguments ",
        ),
        (
            "float x = 1; int y = 1.0; return c;}",
            "'=' :  cannot convert from ' const float' to ' temp int'",
        ),
        (
            "const float x = 1.0; x = 2.0; return c;}",
            "'assign' :  l-value required (can't modify a const)",
        ),
        (
            "int i = 1; i += 1.5; return c @; }",
            "'assign' :  cannot convert from ' const float' to ' temp int'",
        ),
        (
            "uint q = 1u; return c & c; }",
            "'uint' : undeclared identifier ",
        ),
        (
            "return texture(t, tc); }",
            "'love_texture' : no matching overloaded function found ",
        ),
        (
            "return Texel(t); }",
            "'Texel' : no matching overloaded function found ",
        ),
        (
            "return c + t; }",
            "'+' :  wrong operand types: no operation '+' exists that takes a left-hand operand of type ' in 4-component vector of float' and a right operand of type ' in sampler2D' (or there is no acceptable conversion)",
        ),
        (
            "float a[3]; a[5] = 1.0; return vec4(a[1.0]); }",
            "'[' :  array index out of range '5'",
        ),
    ] {
        assert_eq!(message(&effect(body)), second_line(expected), "{body}");
    }
}

#[test]
fn errors_of_the_grammar_stand_alone() {
    let one = |line: u32, text: &str| {
        format!(
            "Error validating pixel shader code:\nLine {line}: ERROR: {text}\nERROR: 1 compilation errors.  No code generated."
        )
    };
    assert_eq!(
        message(&effect("return c\n}")),
        one(
            3,
            "'' :  syntax error, unexpected RIGHT_BRACE, expecting COMMA or SEMICOLON"
        )
    );
    assert_eq!(
        message(&effect("return c; ")),
        one(2, "'' :  syntax error, unexpected $end")
    );
    assert_eq!(
        message(&effect("float if = 2.0; return c; }")),
        one(
            2,
            "'' :  syntax error, unexpected IF, expecting COMMA or SEMICOLON"
        )
    );
    assert_eq!(
        message(&effect("for (int i=0;i<3;i++ { } return c; }")),
        one(
            2,
            "'' :  syntax error, unexpected LEFT_BRACE, expecting RIGHT_PAREN"
        )
    );
    assert_eq!(
        message(&("#error hi\n".to_owned() + &effect("return c; }"))),
        one(1, "'#error' : hi  ")
    );
    assert_eq!(
        message(&("#if 1\n".to_owned() + &effect("return c; }"))),
        one(3, "'' : missing #endif ")
    );
    let missing = "float f(float x) { }\n".to_owned() + &effect("return c; }");
    assert_eq!(
        message(&missing),
        one(1, "'' : function does not return a value: f")
    );
}

#[test]
fn an_unknown_name_counts_as_a_float() {
    assert_eq!(
        message(&effect("return foo; }")),
        "Error validating pixel shader code:\nLine 2: ERROR: 'foo' : undeclared identifier \nLine 2: ERROR: 'return' : cannot convert return value to function return type \nLine 2: ERROR: '' : compilation terminated \nERROR: 3 compilation errors.  No code generated."
    );
    assert_eq!(
        message("vec4 effect(vec4 c, Image t, vec2 tc) {\n return c; }"),
        "Cannot compile shader:\n\nERROR: Linking fragment stage: No function definition (body) found: \n    effect(vf4;s21;vf2;vf2;\n\n"
    );
}

#[test]
fn what_games_write_compiles() {
    for body in [
        "return Texel(t, tc) * c; }",
        "vec4 p = Texel(t, tc); p.rgb = vec3(dot(p.rgb, vec3(0.299, 0.587, 0.114))); return p * c; }",
        "float s = 0.0; for (int i = 0; i < 4; ++i) { if (i == 2) continue; s += float(i); } return vec4(s); }",
        "float s = 0.0; int i = 0; while (true) { if (i++ > 5) break; s += 1.0; } do { s -= 1; } while (s > 2.); return vec4(s); }",
        "mat2 m = mat2(1.0, 2.0, 3.0, 4.0); m[0][1] *= 2.0; vec2 v = m * tc; v *= m; return vec4(v, m[1]); }",
        "vec3 v = vec3(tc, 1); v.xy = v.yx; v.zx += tc; return vec4(mix(v, vec3(0), step(.5, v)), 1); }",
        "float a[3]; a[0] = tc.x; int n = int(sc.x); a[n] = 1.0; return vec4(a[n], a[1], float(a.length()), 1.0); }",
        "bool b = tc.x > .5 && (tc.y < .5 || !(sc.x == sc.y)) ^^ true; return b ? c : c.bgra; }",
        "if (c.a < .5) discard; return vec4(mod(tc, 2.0), atan(tc.y, tc.x), clamp(tc.x, 0.0, 1.0)); }",
        "vec2 w; vec2 f = modf(tc, w); return vec4(f, w); }",
        "mat4 m = mat4(1.0); mat3 n = mat3(m); mat4 k = m / 2.0 + m - 1.0; return inverse(k) * (m * k * c) * determinant(n); }",
        "return vec4(gammaToLinear(c.rgb), 1.0) + VideoTexel(tc) + vec4(love_ScreenSize.xy, love_PixelCoord); }",
        "return vec4(lessThan(tc, sc), any(equal(tc, sc)), all(not(equal(tc, sc)))); }",
        "return (TransformProjectionMatrix * c) + vec4(NormalMatrix * c.xyz, dFdx(tc.x) + fwidth(tc.y)); }",
    ] {
        compiles(&effect(body));
    }
}

#[test]
fn declarations_of_all_kinds() {
    compiles(
        "#define SIZE 4\nextern number weights[SIZE]; uniform mat4 m[2]; extern vec2 a[3]; extern bool on; extern mat2 k; extern bvec3 q;\n#ifdef PIXEL\nuniform Image images[2]; const float table[3] = float[](1., 2., 3.);\nfloat total(Image source, vec2 at, out float rest, inout vec2 moved) { rest = 1.0; moved += at; return Texel(source, at).r; }\nvec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) { float r; vec2 v[2]; v[0] = a[1]; float x = total(t, tc, r, v[0]) + total(images[1], v[0], c.x, tc); for (int i = 0; i < SIZE; i++) x += weights[i] * table[i - i / 3 * 3] + Texel(images[i - i / 2 * 2], tc).r; if (on && q.y) x += k[0].y; return m[1] * vec4(x, r, 1., 1.); }\n#endif",
    );
    compiles(
        "struct Light { vec3 position; float power; bool on; }; extern Light lights[3]; Light other() { return lights[1]; } vec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) { Light l = lights[0]; l.power += 1.0; if (other() == l) l.on = true; return vec4(l.position, l.on ? l.power : 0.); }",
    );
    compiles(
        "varying vec3 v; varying mat3 m; varying float a[2]; \n#ifdef VERTEX\nattribute vec3 VertexNormal; vec4 position(mat4 p, vec4 q) { v = VertexNormal; m = mat3(2.0); a[0] = q.x; a[1] = 1.; return p * q; }\n#else\nvec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) { return vec4(m * v, a[1]); }\n#endif",
    );
    compiles(
        "void effect() { love_Canvases[0] = vec4(1.0); love_Canvases[1] = vec4(gl_FragCoord.xy, 0., 1.); }",
    );
    compiles(
        "#pragma language glsl3\nuniform ArrayImage layers; uniform CubeImage sky; uniform VolumeImage block; in vec4 VaryingPlace;\nvec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) { uint u = 3u; u = u << 2u | 1u; switch (int(u)) { case 1: case 2: c.r = 1.; break; default: c.g = 2.; } ivec2 s = textureSize(t, 0); return texture(layers, vec3(tc, 1)) + texture(sky, c.xyz) + texture(block, c.xyz) + texelFetch(t, ivec2(sc) % s, 0) + textureLod(t, tc, 2.0); }",
    );
}

#[test]
fn the_interface_lists_what_is_used() {
    let shader = try_compile("extern vec2 size; extern float unused; extern mat3 m[2]; extern vec4 start = vec4(1., 2., 3., 4.); vec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) { return vec4(m[1] * vec3(size, 1.), 1.) + start; }").unwrap();
    let names: Vec<&str> = shader
        .interface
        .uniforms
        .iter()
        .map(|uniform| uniform.name.as_str())
        .collect();
    assert_eq!(names, ["MainTex", "size", "m", "start"]);
    let m = &shader.interface.uniforms[2];
    assert_eq!(
        (&m.kind, m.count, m.place, m.stride),
        (&UniformKind::Matrix(3, 3), 2, 16, 48)
    );
    let start = shader.interface.uniforms[3].place as usize;
    assert_eq!(
        shader.interface.initial[start + 4..start + 8],
        2.0_f32.to_le_bytes()
    );
}

#[test]
fn no_text_panics() {
    // Every piece of a text that is right, with its end or its middle missing, and bytes exchanged.
    let text = "#define F(x, y) (x ## y + 1.0)\nstruct A { vec2 v[2]; float f; };\nextern Image s[2]; extern A u;\nfloat f(inout vec3 p, int i) { p.xz *= 2.0; while (i-- > 0) { if (p.x > 1.) continue; switch (i) { case 1: break; default: p.y++; } } return p[i]; }\nvec4 effect(vec4 c, Image t, vec2 tc, vec2 sc) {\n vec3 v = c.rgb; A a = u; a.v[1] = tc; float q = 1 > 2 ? f(v, 3) : F(t, c.x);\n return Texel(s[1], a.v[0]) * mat4(2.0) + vec4(q, v); }\n";
    let mut seed = 12345_u32;
    let mut random = |limit: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % limit
    };
    for round in 0..200 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=round % 4 {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = b" (){}[];,.+-*/<>=!&|#1aex\n"[random(26)],
                1 => {
                    let end = (at + random(12)).min(bytes.len());
                    bytes.drain(at..end);
                }
                2 => {
                    let from = random(bytes.len());
                    let piece = bytes[from..(from + random(20)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => bytes.truncate(at.max(60)),
            }
        }
        let mangled = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(sources) = Sources::identify(Some(&mangled), None) {
            let _ = compile(&sources);
        }
    }
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("-", ""),
        ("f(", ")"),
        ("c[", "]"),
        ("1?1:", ""),
    ] {
        let deep = effect(&format!(
            "return {}1{};}}",
            open.repeat(20_000),
            close.repeat(20_000)
        ));
        assert!(try_compile(&deep).is_err(), "{open}");
    }
    let long = effect(&format!("return vec4(0{});}}", "+1.0*c.x".repeat(20_000)));
    assert!(try_compile(&long).is_err());
}
