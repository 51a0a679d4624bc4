// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// CUDA's driver API: memory, which is the process's own, and copies.
#include "cuda.h"

#include <stdlib.h>
#include <string.h>

// What is free on every device, whatever it has: little, so that measurements that range themselves stay small on a CPU.
#define FREE_BYTES (4u << 20)

struct allocation {
  CUdeviceptr address;
  size_t size;
  struct lab_cuda_device *device;
  struct allocation *next;
};

static struct allocation *allocations;

static uint64_t free_bytes(const struct lab_cuda_device *device) {
  uint64_t whole = device->device.memory < FREE_BYTES ? device->device.memory : FREE_BYTES;
  return whole - device->allocated;
}

API CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
  if (lab_current() == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  *available = free_bytes(lab_current());
  *total = lab_current()->device.memory;
  return CUDA_SUCCESS;
}

API CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  struct lab_cuda_device *device = lab_current();
  if (device == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  if (device->error != CUDA_SUCCESS) return device->error;
  if (size == 0) return CUDA_ERROR_INVALID_VALUE;
  if (size > free_bytes(device)) return CUDA_ERROR_OUT_OF_MEMORY;
  struct allocation *made = malloc(sizeof *made);
  *made = (struct allocation){(CUdeviceptr)(uintptr_t)malloc(size), size, device, allocations};
  allocations = made;
  device->allocated += size;
  *address = made->address;
  return CUDA_SUCCESS;
}

API CUresult cuMemFree_v2(CUdeviceptr address) {
  for (struct allocation **link = &allocations; *link != NULL; link = &(*link)->next) {
    struct allocation *found = *link;
    if (found->address != address) continue;
    *link = found->next;
    found->device->allocated -= found->size;
    free((void *)(uintptr_t)found->address);
    free(found);
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

bool lab_is_allocated(CUdeviceptr address, size_t size) {
  for (struct allocation *each = allocations; each != NULL; each = each->next)
    if (address >= each->address && address + size <= each->address + each->size) return true;
  return false;
}

API CUresult cuMemAllocHost_v2(void **address, size_t size) {
  *address = malloc(size);
  return *address == NULL ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

API CUresult cuMemFreeHost(void *address) {
  free(address);
  return CUDA_SUCCESS;
}

static CUresult copy(void *target, const void *source, CUdeviceptr on_device, size_t size) {
  struct lab_cuda_device *device = lab_current();
  if (device == NULL) return CUDA_ERROR_INVALID_CONTEXT;
  if (!lab_is_allocated(on_device, size)) return CUDA_ERROR_INVALID_VALUE;
  memcpy(target, source, size);
  device->clock += (double)size / device->speed.link_bytes;
  return device->error;
}

API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source, size_t size, void *stream) {
  return stream == NULL ? copy((void *)(uintptr_t)target, source, target, size) : CUDA_ERROR_INVALID_HANDLE;
}

API CUresult cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source, size_t size, void *stream) {
  return stream == NULL ? copy(target, (const void *)(uintptr_t)source, source, size) : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult after_work(CUresult copied) { return copied == CUDA_SUCCESS ? lab_wait(lab_current()) : copied; }

API CUresult cuMemcpyHtoD_v2(CUdeviceptr target, const void *source, size_t size) {
  return after_work(cuMemcpyHtoDAsync_v2(target, source, size, NULL));
}

API CUresult cuMemcpyDtoH_v2(void *target, CUdeviceptr source, size_t size) {
  return after_work(cuMemcpyDtoHAsync_v2(target, source, size, NULL));
}

static bool spoils(const struct lab_cuda_device *device) { return lab_has_fault(&device->device, "peer_bit_flip"); }

API CUresult cuMemcpyPeerAsync(CUdeviceptr target, void *target_context, CUdeviceptr source, void *source_context, size_t size, void *stream) {
  if (target_context == NULL || source_context == NULL || stream != NULL) return CUDA_ERROR_INVALID_VALUE;
  if (!lab_is_allocated(target, size)) return CUDA_ERROR_INVALID_VALUE;
  CUresult copied = copy((void *)(uintptr_t)target, (const void *)(uintptr_t)source, source, size);
  if (spoils(source_context) || spoils(target_context)) ((unsigned char *)(uintptr_t)target)[size / 2] ^= 1;
  return copied;
}
