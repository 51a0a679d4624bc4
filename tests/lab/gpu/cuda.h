// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the simulated CUDA driver share: the visible devices with their clocks, and the error that each device is in.
#ifndef LAB_CUDA_H
#define LAB_CUDA_H

#include <stdint.h>

#include "devices.h"
#include "speed.h"

#define API __attribute__((visibility("default")))

enum {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NOT_INITIALIZED = 3,
  CUDA_ERROR_DEVICE_UNAVAILABLE = 46,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_ECC_UNCORRECTABLE = 214,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_INVALID_HANDLE = 400,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704,
};

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;

struct lab_cuda_device {
  struct lab_device device;
  struct lab_speed speed;
  double clock;           // seconds of work since the start
  uint64_t allocated;
  CUresult error;         // stays, as on a real device, once work has failed
  bool hangs, open, reaches_peers;
};

// NULL unless the device is visible.
struct lab_cuda_device *lab_cuda_device(CUdevice index);
// The device whose context is current, NULL if none is.
struct lab_cuda_device *lab_current(void);
void lab_set_current(struct lab_cuda_device *device);
// Initializes once; the result of cuInit.
CUresult lab_init(void);
int lab_visible(void);

// Waits for the device's work, forever if it hangs; the error of failed work.
CUresult lab_wait(struct lab_cuda_device *device);

// Whether size bytes from this address on are allocated on a device.
bool lab_is_allocated(CUdeviceptr address, size_t size);

#endif
