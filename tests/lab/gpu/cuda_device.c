// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// CUDA's driver API: initialization, devices and contexts. A context's handle is the device's address.
#include "cuda.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTE_MULTIPROCESSORS 16
#define ATTRIBUTE_MAJOR 75
#define ATTRIBUTE_MINOR 76
#define MULTIPROCESSORS 1
#define UUID_BYTES 16

API CUresult cuInit(unsigned flags) { return flags == 0 ? lab_init() : CUDA_ERROR_INVALID_VALUE; }

API CUresult cuDeviceGetCount(int *count) {
  if (lab_visible() < 0) return CUDA_ERROR_NOT_INITIALIZED;
  *count = lab_visible();
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGet(CUdevice *device, int index) {
  if (lab_visible() < 0) return CUDA_ERROR_NOT_INITIALIZED;
  *device = index;
  return lab_cuda_device(index) == NULL ? CUDA_ERROR_INVALID_DEVICE : CUDA_SUCCESS;
}

API CUresult cuDeviceGetName(char *name, int size, CUdevice device) {
  struct lab_cuda_device *found = lab_cuda_device(device);
  if (found == NULL) return CUDA_ERROR_INVALID_DEVICE;
  lab_name(&found->device, name, (size_t)size);
  return CUDA_SUCCESS;
}

#ifndef LAB_OLD_DRIVER
API CUresult cuDeviceGetUuid_v2(unsigned char *uuid, CUdevice device) {
  struct lab_cuda_device *found = lab_cuda_device(device);
  if (found == NULL) return CUDA_ERROR_INVALID_DEVICE;
  const char *digits = strchr(found->device.uuid, '-');
  for (int i = 0; digits != NULL && i < UUID_BYTES; i++) {
    unsigned octet = 0;
    digits += strspn(digits, "-");
    sscanf(digits, "%2x", &octet);
    uuid[i] = (unsigned char)octet;
    digits += 2;
  }
  if (lab_has_fault(&found->device, "other_uuid")) uuid[UUID_BYTES - 1] ^= 1;
  return CUDA_SUCCESS;
}
#endif

API CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  struct lab_cuda_device *found = lab_cuda_device(device);
  if (found == NULL) return CUDA_ERROR_INVALID_DEVICE;
  switch (attribute) {
    case ATTRIBUTE_MULTIPROCESSORS:
      *value = MULTIPROCESSORS;
      return CUDA_SUCCESS;
    case ATTRIBUTE_MAJOR:
      *value = found->device.major;
      return CUDA_SUCCESS;
    case ATTRIBUTE_MINOR:
      *value = found->device.minor;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

API CUresult cuDevicePrimaryCtxRetain(void **context, CUdevice device) {
  struct lab_cuda_device *found = lab_cuda_device(device);
  if (found == NULL) return CUDA_ERROR_INVALID_DEVICE;
  found->open = true;
  *context = found;
  return CUDA_SUCCESS;
}

API CUresult cuCtxSetCurrent(void *context) {
  lab_set_current(context);
  return CUDA_SUCCESS;
}

API CUresult cuCtxSynchronize(void) { return lab_current() == NULL ? CUDA_ERROR_INVALID_CONTEXT : lab_wait(lab_current()); }

// Slices and devices of another model don't reach each other.
API CUresult cuDeviceCanAccessPeer(int *possible, CUdevice device, CUdevice peer) {
  struct lab_cuda_device *one = lab_cuda_device(device), *other = lab_cuda_device(peer);
  if (one == NULL || other == NULL) return CUDA_ERROR_INVALID_DEVICE;
  *possible = one != other && one->device.mig[0] == '\0' && strcmp(one->device.model, other->device.model) == 0;
  return CUDA_SUCCESS;
}

API CUresult cuCtxEnablePeerAccess(void *peer, unsigned flags) {
  if (lab_current() == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  return peer != NULL && flags == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
