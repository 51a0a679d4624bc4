// Copyright: (c) 2026, gpuops.aks contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The kernels of the GPU proof. `make proof-kernels` compiles them to PTX in kernels.py; the lab compiles the same lines for the CPU.
// Every kernel strides over its data by the number of threads, so that its result does not depend on the grid. The lab relies on this:
// it defines the macros below itself and runs a grid as one thread. For the same reason, there is no shared memory and no barrier.

#ifndef KERNEL
#define KERNEL extern "C" __global__ void
#define DEVICE static __device__ __forceinline__
#define TABLE static __device__ const
#define THREAD (blockIdx.x * blockDim.x + threadIdx.x)
#define THREADS (gridDim.x * blockDim.x)
#define ATOMIC_ADD(address, value) atomicAdd(address, value)
#define ATOMIC_MIN(address, value) atomicMin(address, value)
#endif

typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

#define CHALLENGE_WORDS 1024u
#define TILE 8u
#define SIDE 16u
#define PIXELS (SIDE * SIDE)
#define DIGITS 10u

struct seed {
  u32 word[8];
};

DEVICE u32 mix(u32 x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

DEVICE u32 hash(u32 index, u32 seed) { return mix(index * 0x9E3779B1u + seed); }

// Small integers, so that sums of products are exact in single precision whatever their order: a wrong bit is never a matter of rounding.
DEVICE float small(u32 index, u32 seed) { return (float)(int)(hash(index, seed) >> 28) - 8.0f; }

DEVICE float uniform(u32 index, u32 seed, float low, float high) {
  return low + (high - low) * ((float)(hash(index, seed) >> 8) * (1.0f / 16777216.0f));
}

DEVICE void count_error(u32 *errors, u32 index) {
  ATOMIC_ADD(&errors[0], 1u);
  ATOMIC_MIN(&errors[1], index);
}

KERNEL challenge(u32 *result, struct seed seed) {
  for (u32 i = THREAD; i < CHALLENGE_WORDS; i += THREADS) {
    u32 x = i * 0x9E3779B1u + seed.word[0];
    for (u32 round = 0; round < 8; round++) x = mix(x ^ seed.word[round]);
    result[i] = x;
  }
}

KERNEL fill_pattern(u32 *words, u32 count, u32 seed, u32 flip) {
  for (u32 i = THREAD; i < count; i += THREADS) words[i] = hash(i, seed) ^ flip;
}

KERNEL check_pattern(const u32 *words, u32 count, u32 seed, u32 flip, u32 *errors) {
  for (u32 i = THREAD; i < count; i += THREADS)
    if (words[i] != (hash(i, seed) ^ flip)) count_error(errors, i);
}

KERNEL fill_small(float *values, u32 count, u32 seed) {
  for (u32 i = THREAD; i < count; i += THREADS) values[i] = small(i, seed);
}

KERNEL triad(float4 *__restrict__ a, const float4 *__restrict__ b, const float4 *__restrict__ c, float factor, u32 count) {
  for (u32 i = THREAD; i < count; i += THREADS) {
    float4 x = b[i], y = c[i];
    x.x += factor * y.x;
    x.y += factor * y.y;
    x.z += factor * y.z;
    x.w += factor * y.w;
    a[i] = x;
  }
}

KERNEL check_triad(const float *a, u32 seed_b, u32 seed_c, float factor, u32 count, u32 *errors) {
  for (u32 i = THREAD; i < count; i += THREADS)
    if (a[i] != small(i, seed_b) + factor * small(i, seed_c)) count_error(errors, i);
}

DEVICE void axpy(float *__restrict__ sums, float factor, float4 low, float4 high) {
  sums[0] += factor * low.x;
  sums[1] += factor * low.y;
  sums[2] += factor * low.z;
  sums[3] += factor * low.w;
  sums[4] += factor * high.x;
  sums[5] += factor * high.y;
  sums[6] += factor * high.z;
  sums[7] += factor * high.w;
}

// c = a b for matrices of n x n with n a multiple of 64; a is given transposed, so that a tile needs four vector loads for 64 operations.
// The 32 threads of a warp take 4 x 8 neighboring tiles, which share what they load through the cache.
KERNEL sgemm(const float4 *__restrict__ a_transposed, const float4 *__restrict__ b, float4 *__restrict__ c, u32 n) {
  u32 quads = n / 4, warps_in_a_row = n / (8 * TILE), tiles = (n / TILE) * (n / TILE);
  for (u32 t = THREAD; t < tiles; t += THREADS) {
    u32 warp = t / 32, lane = t % 32;
    u32 row = (warp / warps_in_a_row) * 4 + lane / 8, column = (warp % warps_in_a_row) * 8 + lane % 8;
    float sums[TILE][TILE] = {{0.0f}};
    for (u32 k = 0; k < n; k++) {
      const float4 *left = a_transposed + (u64)k * quads + row * 2, *right = b + (u64)k * quads + column * 2;
      float4 top = left[0], bottom = left[1], low = right[0], high = right[1];
      axpy(sums[0], top.x, low, high);
      axpy(sums[1], top.y, low, high);
      axpy(sums[2], top.z, low, high);
      axpy(sums[3], top.w, low, high);
      axpy(sums[4], bottom.x, low, high);
      axpy(sums[5], bottom.y, low, high);
      axpy(sums[6], bottom.z, low, high);
      axpy(sums[7], bottom.w, low, high);
    }
    for (u32 i = 0; i < TILE; i++) {
      float4 *out = c + (u64)(row * TILE + i) * quads + column * 2;
      for (u32 half = 0; half < 2; half++) {
        float4 quad;
        quad.x = sums[i][half * 4];
        quad.y = sums[i][half * 4 + 1];
        quad.z = sums[i][half * 4 + 2];
        quad.w = sums[i][half * 4 + 3];
        out[half] = quad;
      }
    }
  }
}

// Freivalds' check in integers: c r = a (b r) for a random vector r. The first kernel computes b r, the second compares.
DEVICE int weight(u32 index, u32 seed) { return (int)(hash(index, seed) >> 25) - 64; }

KERNEL weigh_rows(const float *b, u32 n, u32 seed, int *sums) {
  for (u32 k = THREAD; k < n; k += THREADS) {
    int sum = 0;
    for (u32 j = 0; j < n; j++) sum += (int)b[(u64)k * n + j] * weight(j, seed);
    sums[k] = sum;
  }
}

KERNEL check_product(const float *a_transposed, const float *c, const int *sums, u32 n, u32 seed, u32 *errors) {
  for (u32 i = THREAD; i < n; i += THREADS) {
    i64 expected = 0, found = 0;
    for (u32 k = 0; k < n; k++) {
      expected += (i64)(int)a_transposed[(u64)k * n + i] * sums[k];
      found += (i64)(int)c[(u64)i * n + k] * weight(k, seed);
    }
    if (expected != found) count_error(errors, i);
  }
}

// The digits' strokes, as lines from x0, y0 to x1, y1 in a box of 6 x 10; STROKES_BEGIN says where each digit's begin.
TABLE signed char STROKES[69][4] = {
    {3, 0, 5, 1}, {5, 1, 6, 5}, {6, 5, 5, 9}, {5, 9, 3, 10}, {3, 10, 1, 9}, {1, 9, 0, 5}, {0, 5, 1, 1}, {1, 1, 3, 0},
    {1, 2, 3, 0}, {3, 0, 3, 10},
    {0, 3, 1, 1}, {1, 1, 3, 0}, {3, 0, 5, 1}, {5, 1, 6, 3}, {6, 3, 5, 5}, {5, 5, 0, 10}, {0, 10, 6, 10},
    {0, 1, 2, 0}, {2, 0, 5, 1}, {5, 1, 5, 4}, {5, 4, 2, 5}, {2, 5, 5, 6}, {5, 6, 6, 8}, {6, 8, 4, 10}, {4, 10, 1, 10}, {1, 10, 0, 9},
    {4, 0, 0, 7}, {0, 7, 6, 7}, {4, 0, 4, 10},
    {6, 0, 1, 0}, {1, 0, 0, 4}, {0, 4, 3, 4}, {3, 4, 6, 6}, {6, 6, 6, 8}, {6, 8, 4, 10}, {4, 10, 0, 9},
    {5, 0, 2, 2}, {2, 2, 0, 6}, {0, 6, 0, 8}, {0, 8, 2, 10}, {2, 10, 4, 10}, {4, 10, 6, 8}, {6, 8, 6, 7}, {6, 7, 4, 5}, {4, 5, 2, 5}, {2, 5, 0, 7},
    {0, 0, 6, 0}, {6, 0, 2, 10},
    {3, 0, 5, 1}, {5, 1, 5, 3}, {5, 3, 3, 5}, {3, 5, 1, 3}, {1, 3, 1, 1}, {1, 1, 3, 0}, {3, 5, 6, 7}, {6, 7, 5, 9}, {5, 9, 3, 10}, {3, 10, 1, 9},
    {1, 9, 0, 7}, {0, 7, 3, 5},
    {6, 3, 4, 5}, {4, 5, 2, 5}, {2, 5, 0, 3}, {0, 3, 1, 1}, {1, 1, 3, 0}, {3, 0, 5, 1}, {5, 1, 6, 3}, {6, 3, 5, 7}, {5, 7, 3, 10},
};
TABLE unsigned char STROKES_BEGIN[DIGITS + 1] = {0, 8, 10, 17, 26, 29, 36, 46, 48, 60, 69};

DEVICE float clamp(float x, float low, float high) { return x < low ? low : (x > high ? high : x); }

// The square of the distance from a point to a stroke.
DEVICE float distance(float x, float y, const signed char *stroke) {
  float dx = (float)(stroke[2] - stroke[0]), dy = (float)(stroke[3] - stroke[1]);
  float px = x - (float)stroke[0], py = y - (float)stroke[1];
  float along = clamp((px * dx + py * dy) / (dx * dx + dy * dy), 0.0f, 1.0f);
  px -= along * dx;
  py -= along * dy;
  return px * px + py * py;
}

DEVICE u32 label(u32 sample, u32 seed) { return hash(sample, seed) % DIGITS; }

// Draws each digit with a slant, rotation, size, place, stroke width and noise of its own, all of which follow from the seed.
KERNEL draw_digits(float *images, u32 *labels, u32 count, u32 seed) {
  for (u32 item = THREAD; item < count * PIXELS; item += THREADS) {
    u32 sample = item / PIXELS, pixel = item % PIXELS, style = hash(sample, ~seed), digit = label(sample, seed);
    float slant = uniform(1, style, -0.35f, 0.35f), turn = uniform(2, style, -0.2f, 0.2f);
    float wide = uniform(3, style, 0.75f, 1.1f), high = uniform(4, style, 0.8f, 1.1f), width = uniform(5, style, 0.5f, 1.1f);
    float x = ((float)(pixel % SIDE) - 7.5f) * 0.85f + uniform(6, style, -1.2f, 1.2f);
    float y = ((float)(pixel / SIDE) - 7.5f) * 0.85f + uniform(7, style, -1.2f, 1.2f);
    float across = (x + turn * y + slant * y) / wide + 3.0f, down = (y - turn * x) / high + 5.0f;
    float nearest = 1000.0f;
    for (u32 s = STROKES_BEGIN[digit]; s < STROKES_BEGIN[digit + 1]; s++) {
      float d = distance(across, down, STROKES[s]);
      nearest = d < nearest ? d : nearest;
    }
    float ink = clamp(1.5f + width - 1.5f * sqrtf(nearest), 0.0f, 1.0f);
    images[item] = clamp(ink + uniform(pixel + 8, style, -0.25f, 0.25f), 0.0f, 1.0f);
    if (pixel == 0) labels[sample] = digit;
  }
}

// A layer has a weight from each input to each output, and a last row of weights for an input that is always 1.
KERNEL draw_weights(float *weights, float *speeds, u32 inputs, u32 outputs, u32 seed) {
  float most = sqrtf(3.0f / (float)inputs);
  for (u32 i = THREAD; i < (inputs + 1) * outputs; i += THREADS) {
    weights[i] = i < inputs * outputs ? uniform(i, seed, -most, most) : 0.0f;
    speeds[i] = 0.0f;
  }
}

KERNEL forward(const float *in, const float *weights, float *out, u32 samples, u32 inputs, u32 outputs, u32 rectify) {
  for (u32 item = THREAD; item < samples * outputs; item += THREADS) {
    const float *sample = in + item / outputs * inputs, *column = weights + item % outputs;
    float sum = column[inputs * outputs];
    for (u32 i = 0; i < inputs; i++) sum += sample[i] * column[i * outputs];
    out[item] = rectify && sum < 0.0f ? 0.0f : sum;
  }
}

DEVICE u32 largest(const float *values) {
  u32 best = 0;
  for (u32 i = 1; i < DIGITS; i++)
    if (values[i] > values[best]) best = i;
  return best;
}

// The error of each output: its softmax probability, less 1 for the label, as a share of the batch.
KERNEL output_error(const float *out, const u32 *labels, float *error, u32 samples) {
  for (u32 sample = THREAD; sample < samples; sample += THREADS) {
    const float *values = out + sample * DIGITS;
    float *errors = error + sample * DIGITS, most = values[largest(values)], sum = 0.0f;
    for (u32 i = 0; i < DIGITS; i++) {
      errors[i] = expf(values[i] - most);
      sum += errors[i];
    }
    for (u32 i = 0; i < DIGITS; i++) errors[i] = (errors[i] / sum - (i == labels[sample] ? 1.0f : 0.0f)) / (float)samples;
  }
}

KERNEL backward(const float *error, const float *weights, const float *out, float *result, u32 samples, u32 inputs, u32 outputs) {
  for (u32 item = THREAD; item < samples * inputs; item += THREADS) {
    const float *errors = error + item / inputs * outputs, *row = weights + item % inputs * outputs;
    float sum = 0.0f;
    for (u32 i = 0; i < outputs; i++) sum += errors[i] * row[i];
    result[item] = out[item] > 0.0f ? sum : 0.0f;
  }
}

KERNEL update(float *weights, float *speeds, const float *in, const float *error, u32 samples, u32 inputs, u32 outputs, float rate) {
  for (u32 item = THREAD; item < (inputs + 1) * outputs; item += THREADS) {
    u32 input = item / outputs;
    const float *errors = error + item % outputs;
    float gradient = 0.0f;
    for (u32 s = 0; s < samples; s++) gradient += (input < inputs ? in[s * inputs + input] : 1.0f) * errors[s * outputs];
    speeds[item] = 0.9f * speeds[item] - rate * gradient;
    weights[item] += speeds[item];
  }
}

KERNEL count_right(const float *out, const u32 *labels, u32 samples, u32 *right) {
  for (u32 sample = THREAD; sample < samples; sample += THREADS)
    if (largest(out + sample * DIGITS) == labels[sample]) ATOMIC_ADD(right, 1u);
}
