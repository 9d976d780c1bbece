// The same work and output as benches/programs/matrix_product.lua, on arrays of pointers to rows.
#include <stdio.h>
#include <stdlib.h>

static int n;

static double **rows(void) {
  double **m = malloc((n + 1) * sizeof *m);
  for (int i = 1; i <= n; i++) m[i] = malloc((n + 1) * sizeof **m);
  return m;
}

static double **product(double **a, double **b) {
  double **c = rows();
  for (int i = 1; i <= n; i++) {
    for (int j = 1; j <= n; j++) {
      double sum = 0;
      for (int k = 1; k <= n; k++) sum = sum + a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  }
  return c;
}

int main(int argc, char **argv) {
  n = argc > 1 ? atoi(argv[1]) : 270;
  double **a = rows(), **b = rows();
  for (int i = 1; i <= n; i++) {
    for (int j = 1; j <= n; j++) {
      a[i][j] = (double)(i - j) / n;
      b[i][j] = (double)(i + j) / n;
    }
  }
  double **c = product(a, b), trace = 0;
  for (int i = 1; i <= n; i++) trace += c[i][i];
  printf("%.6f %.6f\n", trace, c[1][n]);
  return 0;
}
