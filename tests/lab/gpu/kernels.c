// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Includes the proof's kernels with macros that make a grid one thread, which the kernels allow: each strides over its data. A test builds
// the library with more threads and compares.
#include "kernels.h"

#include <math.h>
#include <string.h>

#ifndef LAB_THREADS
#define LAB_THREADS 1u
#endif

static unsigned thread;

#define KERNEL static void
#define DEVICE static inline
#define TABLE static const
#define THREAD thread
#define THREADS LAB_THREADS
#define ATOMIC_ADD(address, value) (*(address) += (value))
#define ATOMIC_MIN(address, given) (*(address) = *(address) < (given) ? *(address) : (given))

typedef struct {
  float x, y, z, w;
} float4;

#include "kernels.cu"

#define P(type, index) (*(type *)parameters[index])
#define EACH_THREAD for (thread = 0; thread < LAB_THREADS; thread++)
#define RUN(name) static double run_##name(void **parameters, struct lab_speed speed)

static const double WORD = 4;

RUN(challenge) {
  EACH_THREAD challenge(P(u32 *, 0), P(struct seed, 1));
  return CHALLENGE_WORDS * WORD / speed.memory_bytes;
}

RUN(fill_pattern) {
  EACH_THREAD fill_pattern(P(u32 *, 0), P(u32, 1), P(u32, 2), P(u32, 3));
  return P(u32, 1) * WORD / speed.memory_bytes;
}

RUN(check_pattern) {
  EACH_THREAD check_pattern(P(u32 *, 0), P(u32, 1), P(u32, 2), P(u32, 3), P(u32 *, 4));
  return P(u32, 1) * WORD / speed.memory_bytes;
}

RUN(fill_small) {
  EACH_THREAD fill_small(P(float *, 0), P(u32, 1), P(u32, 2));
  return P(u32, 1) * WORD / speed.memory_bytes;
}

RUN(triad) {
  EACH_THREAD triad(P(float4 *, 0), P(float4 *, 1), P(float4 *, 2), P(float, 3), P(u32, 4));
  return 3 * P(u32, 4) * (double)sizeof(float4) / speed.memory_bytes;
}

RUN(check_triad) {
  EACH_THREAD check_triad(P(float *, 0), P(u32, 1), P(u32, 2), P(float, 3), P(u32, 4), P(u32 *, 5));
  return P(u32, 4) * WORD / speed.memory_bytes;
}

RUN(sgemm) {
  double n = P(u32, 3);
  EACH_THREAD sgemm(P(float4 *, 0), P(float4 *, 1), P(float4 *, 2), P(u32, 3));
  return 2 * n * n * n / speed.operations;
}

RUN(weigh_rows) {
  EACH_THREAD weigh_rows(P(float *, 0), P(u32, 1), P(u32, 2), P(int *, 3));
  return P(u32, 1) * WORD * P(u32, 1) / speed.memory_bytes;
}

RUN(check_product) {
  EACH_THREAD check_product(P(float *, 0), P(float *, 1), P(int *, 2), P(u32, 3), P(u32, 4), P(u32 *, 5));
  return 2 * P(u32, 3) * WORD * P(u32, 3) / speed.memory_bytes;
}

RUN(draw_digits) {
  EACH_THREAD draw_digits(P(float *, 0), P(u32 *, 1), P(u32, 2), P(u32, 3));
  return P(u32, 2) * PIXELS * WORD / speed.memory_bytes;
}

RUN(draw_weights) {
  EACH_THREAD draw_weights(P(float *, 0), P(float *, 1), P(u32, 2), P(u32, 3), P(u32, 4));
  return 2 * P(u32, 2) * P(u32, 3) * WORD / speed.memory_bytes;
}

RUN(forward) {
  EACH_THREAD forward(P(float *, 0), P(float *, 1), P(float *, 2), P(u32, 3), P(u32, 4), P(u32, 5), P(u32, 6));
  return 2.0 * P(u32, 3) * P(u32, 4) * P(u32, 5) / speed.operations;
}

RUN(output_error) {
  EACH_THREAD output_error(P(float *, 0), P(u32 *, 1), P(float *, 2), P(u32, 3));
  return P(u32, 3) * DIGITS * WORD / speed.memory_bytes;
}

RUN(backward) {
  EACH_THREAD backward(P(float *, 0), P(float *, 1), P(float *, 2), P(float *, 3), P(u32, 4), P(u32, 5), P(u32, 6));
  return 2.0 * P(u32, 4) * P(u32, 5) * P(u32, 6) / speed.operations;
}

RUN(update) {
  EACH_THREAD update(P(float *, 0), P(float *, 1), P(float *, 2), P(float *, 3), P(u32, 4), P(u32, 5), P(u32, 6), P(float, 7));
  return 2.0 * P(u32, 4) * P(u32, 5) * P(u32, 6) / speed.operations;
}

RUN(count_right) {
  EACH_THREAD count_right(P(float *, 0), P(u32 *, 1), P(u32, 2), P(u32 *, 3));
  return P(u32, 2) * DIGITS * WORD / speed.memory_bytes;
}

#define ROW(name) {#name, run_##name}

static const struct lab_kernel KERNELS[] = {
    ROW(challenge), ROW(fill_pattern), ROW(check_pattern), ROW(fill_small),   ROW(triad),   ROW(check_triad),  ROW(sgemm),  ROW(weigh_rows),
    ROW(check_product), ROW(draw_digits), ROW(draw_weights), ROW(forward), ROW(output_error), ROW(backward), ROW(update), ROW(count_right),
};

const struct lab_kernel *lab_kernel(const char *name) {
  for (size_t i = 0; i < sizeof KERNELS / sizeof *KERNELS; i++)
    if (strcmp(KERNELS[i].name, name) == 0) return &KERNELS[i];
  return NULL;
}
