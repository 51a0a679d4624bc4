// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// CUDA's driver API: the kernels' module, launches and events. Work is done at once; its errors come up at the next wait, as on a device.
#include "cuda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define JIT_ERROR_LOG 5
#define JIT_ERROR_LOG_BYTES 6
#define PTX_ERROR "ptxas application ptx input, line 1; fatal   : Unsupported .version 6.0; current version is '5.0'"

static void write_log(unsigned count, const int *options, void **values, const char *text) {
  char *log = NULL;
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) {
    if (options[i] == JIT_ERROR_LOG) log = values[i];
    if (options[i] == JIT_ERROR_LOG_BYTES) size = (size_t)(uintptr_t)values[i];
  }
  if (log != NULL) snprintf(log, size, "%s", text);
}

// A module's handle is a copy of its PTX.
API CUresult cuModuleLoadDataEx(void **module, const char *image, unsigned count, int *options, void **values) {
  struct lab_cuda_device *device = lab_current();
  if (device == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  if (lab_has_fault(&device->device, "ptx")) {
    write_log(count, options, values, PTX_ERROR);
    return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
  }
  if (strstr(image, ".version") == NULL) return CUDA_ERROR_INVALID_IMAGE;
  *module = strdup(image);
  return CUDA_SUCCESS;
}

API CUresult cuModuleGetFunction(void **function, void *module, const char *name) {
  char entry[256];
  snprintf(entry, sizeof entry, ".entry %s(", name);
  const struct lab_kernel *kernel = lab_kernel(name);
  if (module == NULL) return CUDA_ERROR_INVALID_HANDLE;
  if (kernel == NULL || strstr(module, entry) == NULL) return CUDA_ERROR_NOT_FOUND;
  *function = (void *)kernel;
  return CUDA_SUCCESS;
}

static void flip_a_bit(void **parameters) {
  uint32_t *words = *(uint32_t **)parameters[0];
  words[*(uint32_t *)parameters[1] / 2] ^= 1u << 17;
}

static void spoil_the_product(void **parameters) { (*(float **)parameters[2])[1] += 1; }

static void lose(struct lab_cuda_device *device) {
  device->error = CUDA_ERROR_DEVICE_UNAVAILABLE;
  lab_happened(&device->device, "LOST");
}

static void fail_memory(struct lab_cuda_device *device) {
  device->error = CUDA_ERROR_ECC_UNCORRECTABLE;
  lab_happened(&device->device, "ECC");
}

// Faults strike at the kernel where they matter.
static void strike(struct lab_cuda_device *device, const char *kernel, void **parameters) {
  const struct lab_device *described = &device->device;
  bool multiplies = strcmp(kernel, "sgemm") == 0, writes = strcmp(kernel, "fill_pattern") == 0;
  if (writes && lab_has_fault(described, "bit_flip")) flip_a_bit(parameters);
  if (writes && lab_has_fault(described, "ecc")) fail_memory(device);
  if (multiplies && lab_has_fault(described, "wrong_result")) spoil_the_product(parameters);
  if (multiplies && lab_has_fault(described, "lost")) lose(device);
  if (multiplies && lab_has_fault(described, "hang")) device->hangs = true;
}

API CUresult cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                            unsigned block_z, unsigned shared_bytes, void *stream, void **parameters, void **extra) {
  struct lab_cuda_device *device = lab_current();
  const struct lab_kernel *kernel = function;
  if (device == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  if (kernel == NULL || stream != NULL) return CUDA_ERROR_INVALID_HANDLE;
  if (grid_x == 0 || grid_y != 1 || grid_z != 1 || block_x == 0 || block_x > 1024 || block_y != 1 || block_z != 1) return CUDA_ERROR_INVALID_VALUE;
  if (shared_bytes != 0 || parameters == NULL || extra != NULL) return CUDA_ERROR_INVALID_VALUE;
  if (device->error != CUDA_SUCCESS) return device->error;
  device->clock += kernel->run(parameters, device->speed);
  strike(device, kernel->name, parameters);
  return CUDA_SUCCESS;
}

struct event {
  struct lab_cuda_device *device;
  double clock;
};

API CUresult cuEventCreate(void **event, unsigned flags) {
  if (lab_current() == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  struct event *made = malloc(sizeof *made);
  *made = (struct event){lab_current(), 0};
  *event = made;
  return CUDA_SUCCESS;
}

API CUresult cuEventRecord(void *event, void *stream) {
  struct event *recorded = event;
  if (recorded == NULL || stream != NULL || recorded->device != lab_current()) return CUDA_ERROR_INVALID_HANDLE;
  recorded->clock = recorded->device->clock;
  return CUDA_SUCCESS;
}

API CUresult cuEventSynchronize(void *event) { return lab_wait(((struct event *)event)->device); }

API CUresult cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  *milliseconds = (float)((((struct event *)end)->clock - ((struct event *)start)->clock) * 1000);
  return CUDA_SUCCESS;
}
