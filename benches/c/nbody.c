// The same work and output as benches/programs/nbody.lua.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT 5
#define YEAR 365.24

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} body;

static body bodies[COUNT] = {
  {0, 0, 0, 0, 0, 0, 1},
  {4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609},
  {8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411, 0.00499852801234917, 0.0000230417297573763929, 0.000285885980666130812},
  {12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298},
  {15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451},
};

static double energy(void) {
  double e = 0;
  for (int i = 0; i < COUNT; i++) {
    body *b = &bodies[i];
    e += 0.5 * b->mass * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
    for (int j = i + 1; j < COUNT; j++) {
      body *o = &bodies[j];
      double dx = b->x - o->x, dy = b->y - o->y, dz = b->z - o->z;
      e -= b->mass * o->mass / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

static void advance(double dt) {
  for (int i = 0; i < COUNT; i++) {
    body *b = &bodies[i];
    double bx = b->x, by = b->y, bz = b->z, bmass = b->mass;
    double bvx = b->vx, bvy = b->vy, bvz = b->vz;
    for (int j = i + 1; j < COUNT; j++) {
      body *o = &bodies[j];
      double dx = bx - o->x, dy = by - o->y, dz = bz - o->z;
      double d2 = dx * dx + dy * dy + dz * dz;
      double mag = dt / (sqrt(d2) * d2);
      double om = o->mass * mag, bm = bmass * mag;
      bvx -= dx * om, bvy -= dy * om, bvz -= dz * om;
      o->vx += dx * bm, o->vy += dy * bm, o->vz += dz * bm;
    }
    b->vx = bvx, b->vy = bvy, b->vz = bvz;
    b->x = bx + dt * bvx, b->y = by + dt * bvy, b->z = bz + dt * bvz;
  }
}

int main(int argc, char **argv) {
  int steps = argc > 1 ? atoi(argv[1]) : 300000;
  double solar = 4 * M_PI * M_PI, px = 0, py = 0, pz = 0;
  for (int i = 0; i < COUNT; i++) {
    body *b = &bodies[i];
    b->vx *= YEAR, b->vy *= YEAR, b->vz *= YEAR, b->mass *= solar;
    px += b->vx * b->mass, py += b->vy * b->mass, pz += b->vz * b->mass;
  }
  bodies[0].vx = -px / solar, bodies[0].vy = -py / solar, bodies[0].vz = -pz / solar;
  printf("%.9f\n", energy());
  for (int i = 0; i < steps; i++) advance(0.01);
  printf("%.9f\n", energy());
  return 0;
}
