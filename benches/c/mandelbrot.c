// The same work and output as benches/programs/mandelbrot.lua.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int size = argc > 1 ? atoi(argv[1]) : 760;
  unsigned char *out = malloc((size_t)size * ((size + 7) / 8));
  size_t length = 0;
  for (int y = 0; y < size; y++) {
    double ci = 2.0 * y / size - 1;
    for (int base = 0; base < size; base += 8) {
      int byte = 0;
      for (int offset = 0; offset < 8; offset++) {
        double cr = 2.0 * (base + offset) / size - 1.5;
        double zr = 0, zi = 0, tr = 0, ti = 0;
        int inside = 1;
        for (int i = 0; i < 50; i++) {
          zi = 2 * zr * zi + ci;
          zr = tr - ti + cr;
          tr = zr * zr;
          ti = zi * zi;
          if (tr + ti > 4) {
            inside = 0;
            break;
          }
        }
        byte = byte * 2 + inside;
      }
      out[length++] = (unsigned char)byte;
    }
  }
  long sum = 0;
  for (size_t i = 0; i < length; i++) sum = (sum * 31 + out[i]) % 1000003;
  printf("%zu\t%ld\n", length, sum);
  return 0;
}
