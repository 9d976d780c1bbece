// What LÖVE gives every shader, in the shading language itself.
#define number float
#define Image sampler2D
#define ArrayImage sampler2DArray
#define CubeImage samplerCube
#define VolumeImage sampler3D
#define DepthImage sampler2DShadow
#define DepthArrayImage sampler2DArrayShadow
#define DepthCubeImage samplerCubeShadow
#define extern uniform
#define love_MaxCanvases 8
#define gl_MaxDrawBuffers 8
#define LOVE_HIGHP_OR_MEDIUMP highp

// The curve of sRGB, exactly and by polynomials.
float gammaToLinearPrecise(float c) { return c > 0.04045 ? pow((c + 0.055) / 1.055, 2.4) : c / 12.92; }
vec3 gammaToLinearPrecise(vec3 c) {
  return vec3(gammaToLinearPrecise(c.x), gammaToLinearPrecise(c.y), gammaToLinearPrecise(c.z));
}
vec4 gammaToLinearPrecise(vec4 c) { return vec4(gammaToLinearPrecise(c.xyz), c.w); }
float linearToGammaPrecise(float c) { return c >= 0.0031308 ? 1.055 * pow(c, 1.0 / 2.4) - 0.055 : 12.92 * c; }
vec3 linearToGammaPrecise(vec3 c) {
  return vec3(linearToGammaPrecise(c.x), linearToGammaPrecise(c.y), linearToGammaPrecise(c.z));
}
vec4 linearToGammaPrecise(vec4 c) { return vec4(linearToGammaPrecise(c.xyz), c.w); }
float gammaToLinearFast(float c) { return ((0.305306011 * c + 0.682171111) * c + 0.012522878) * c; }
vec3 gammaToLinearFast(vec3 c) { return ((0.305306011 * c + 0.682171111) * c + 0.012522878) * c; }
vec4 gammaToLinearFast(vec4 c) { return vec4(gammaToLinearFast(c.xyz), c.w); }
float linearToGammaFast(float c) { return max(0.0, pow(max(0.0, c), 0.41666666) * 1.055 - 0.055); }
vec3 linearToGammaFast(vec3 c) { return vec3(linearToGammaFast(c.x), linearToGammaFast(c.y), linearToGammaFast(c.z)); }
vec4 linearToGammaFast(vec4 c) { return vec4(linearToGammaFast(c.xyz), c.w); }
#define gammaToLinear gammaToLinearFast
#define linearToGamma linearToGammaFast
#ifdef LOVE_GAMMA_CORRECT
#define gammaCorrectColor gammaToLinear
#define unGammaCorrectColor linearToGamma
#define gammaCorrectColorPrecise gammaToLinearPrecise
#define unGammaCorrectColorPrecise linearToGammaPrecise
#define gammaCorrectColorFast gammaToLinearFast
#define unGammaCorrectColorFast linearToGammaFast
#else
#define gammaCorrectColor
#define unGammaCorrectColor
#define gammaCorrectColorPrecise
#define unGammaCorrectColorPrecise
#define gammaCorrectColorFast
#define unGammaCorrectColorFast
#endif

// Not every card has it.
mat2 inverse(mat2 m) { return mat2(m[1].y, -m[0].y, -m[1].x, m[0].x) * (1.0 / determinant(m)); }
mat3 inverse(mat3 m) {
  vec3 r0 = cross(m[1], m[2]);
  vec3 r1 = cross(m[2], m[0]);
  vec3 r2 = cross(m[0], m[1]);
  return transpose(mat3(r0, r1, r2)) * (1.0 / dot(r0, m[0]));
}
float love_minor(mat4 m, int c, int r) {
  int c0 = c == 0 ? 1 : 0; int c1 = c <= 1 ? 2 : 1; int c2 = c <= 2 ? 3 : 2;
  int r0 = r == 0 ? 1 : 0; int r1 = r <= 1 ? 2 : 1; int r2 = r <= 2 ? 3 : 2;
  return determinant(mat3(m[c0][r0], m[c0][r1], m[c0][r2], m[c1][r0], m[c1][r1], m[c1][r2], m[c2][r0], m[c2][r1], m[c2][r2]));
}
mat4 inverse(mat4 m) {
  mat4 adjugate;
  for (int c = 0; c < 4; ++c)
    for (int r = 0; r < 4; ++r)
      adjugate[r][c] = ((c + r) / 2 * 2 == c + r ? 1.0 : -1.0) * love_minor(m, c, r);
  return adjugate * (1.0 / determinant(m));
}

#ifdef PIXEL
uniform sampler2D love_VideoYChannel;
uniform sampler2D love_VideoCbChannel;
uniform sampler2D love_VideoCrChannel;
// From luma and chroma (BT.601, 16 to 235) to colours.
vec4 VideoTexel(vec2 place) {
  vec3 ycc = vec3(Texel(love_VideoYChannel, place).r, Texel(love_VideoCbChannel, place).r, Texel(love_VideoCrChannel, place).r)
    - vec3(0.0627451017, 0.501960814, 0.501960814);
  float y = 1.164 * ycc.x;
  vec4 color = vec4(y + 1.596 * ycc.z, y - 0.391 * ycc.y - 0.813 * ycc.z, y + 2.018 * ycc.y, 1.0);
  return gammaCorrectColor(color);
}
#endif
