// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The proof's kernels, compiled for the CPU, by name.
#ifndef LAB_KERNELS_H
#define LAB_KERNELS_H

#include "speed.h"

struct lab_kernel {
  const char *name;
  // Runs the whole grid; the parameters are those of cuLaunchKernel. Returns the seconds that the device would take.
  double (*run)(void **parameters, struct lab_speed speed);
};

// NULL if there is no kernel of this name.
const struct lab_kernel *lab_kernel(const char *name);

#endif
