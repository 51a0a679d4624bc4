// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The stand-in for NVIDIA's driver: the devices that the environment variable LAB_GPUS describes.
#ifndef LAB_DEVICES_H
#define LAB_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#define LAB_MOST_DEVICES 64
#define LAB_NAME_BYTES 96

struct lab_device {
  char uuid[LAB_NAME_BYTES], parent[LAB_NAME_BYTES], model[LAB_NAME_BYTES], bus[LAB_NAME_BYTES], mig[LAB_NAME_BYTES], fault[LAB_NAME_BYTES];
  unsigned long long memory;
  int major, minor;
};

// All of them, whatever CUDA_VISIBLE_DEVICES says.
int lab_read_devices(struct lab_device *devices);
// The name that the libraries report.
void lab_name(const struct lab_device *device, char *name, size_t size);
bool lab_has_fault(const struct lab_device *device, const char *fault);

// What happens to a device is seen by both libraries, which share the process's environment.
void lab_happened(const struct lab_device *device, const char *what);
bool lab_has_happened(const struct lab_device *device, const char *what);

#endif
