// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Memory bandwidth and single-precision operations from NVIDIA's data sheets, of which a program reaches a part; the link is PCIe or NVLink-C2C.
#include "speed.h"

#include <stdlib.h>
#include <string.h>

#define GIGA 1e9
#define TERA 1e12
#define MEMORY_SHARE 0.85
#define OPERATIONS_SHARE 0.5
#define LINK_SHARE 0.8

// The first row whose name the model contains.
static const struct {
  const char *model;
  double memory_gb, tera_operations, link_gb;
} SHEETS[] = {
    {"P100", 732, 9.3, 15.75},  {"V100", 900, 14, 15.75},   {"T4", 320, 8.1, 15.75},         {"A100-SXM4-40GB", 1555, 19.5, 31.5},
    {"A100-SXM4-80GB", 2039, 19.5, 31.5}, {"A100", 1935, 19.5, 31.5}, {"A10", 600, 31.2, 31.5}, {"H100 NVL", 3900, 60, 63},
    {"H100", 3350, 67, 63},     {"H200", 4800, 67, 63},     {"GB200", 8000, 80, 450},        {"GB300", 8000, 80, 450},
    {"RTX PRO 6000", 1597, 117, 63}, {"P40", 346, 12, 15.75}, {"M60", 160, 4.8, 15.75},      {"K80", 240, 4.4, 15.75},
    {"", 300, 8, 15.75},
};

struct lab_speed lab_speed(const struct lab_device *device) {
  int row = 0;
  while (strstr(device->model, SHEETS[row].model) == NULL) row++;
  struct lab_speed speed = {SHEETS[row].memory_gb * GIGA * MEMORY_SHARE, SHEETS[row].tera_operations * TERA * OPERATIONS_SHARE,
                            SHEETS[row].link_gb * GIGA * LINK_SHARE};
  int sevenths = atoi(device->mig);  // as in 1g.10gb
  if (sevenths > 0) {
    speed.memory_bytes *= sevenths / 8.0;
    speed.operations *= sevenths / 7.0;
  }
  if (lab_has_fault(device, "slow_memory")) speed.memory_bytes /= 10;
  return speed;
}
