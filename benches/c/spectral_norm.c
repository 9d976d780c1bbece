// The same work and output as benches/programs/spectral_norm.lua.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int n;

static double element(int i, int j) {
  double ij = i + j - 1;
  return 1 / (ij * (ij - 1) * 0.5 + i);
}

static void times(const double *x, double *y) {
  for (int i = 1; i <= n; i++) {
    double sum = 0;
    for (int j = 1; j <= n; j++) sum = sum + x[j] * element(i, j);
    y[i] = sum;
  }
}

static void times_transposed(const double *x, double *y) {
  for (int i = 1; i <= n; i++) {
    double sum = 0;
    for (int j = 1; j <= n; j++) sum = sum + x[j] * element(j, i);
    y[i] = sum;
  }
}

int main(int argc, char **argv) {
  n = argc > 1 ? atoi(argv[1]) : 480;
  double *u = malloc((n + 1) * sizeof *u), *v = malloc((n + 1) * sizeof *v), *t = malloc((n + 1) * sizeof *t);
  for (int i = 1; i <= n; i++) u[i] = 1;
  for (int k = 0; k < 10; k++) {
    times(u, t);
    times_transposed(t, v);
    times(v, t);
    times_transposed(t, u);
  }
  double vbv = 0, vv = 0;
  for (int i = 1; i <= n; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  printf("%.9f\n", sqrt(vbv / vv));
  return 0;
}
