// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the simulated devices are. Their clock counts the work that was given to them, not the CPU's time, so that figures don't depend
// on the machine that the lab runs on.
#ifndef LAB_SPEED_H
#define LAB_SPEED_H

#include "devices.h"

struct lab_speed {
  double memory_bytes, operations, link_bytes;  // a second
};

struct lab_speed lab_speed(const struct lab_device *device);

#endif
