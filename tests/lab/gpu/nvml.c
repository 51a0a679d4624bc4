// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// NVML: the devices as the driver describes them. A GPU that is divided appears as itself, with its slices as devices of their own.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"

#define API __attribute__((visibility("default")))
#define DRIVER_VERSION "580.126.09"
#define CUDA_VERSION 13000

enum {
  NVML_SUCCESS = 0,
  NVML_ERROR_UNINITIALIZED = 1,
  NVML_ERROR_INVALID_ARGUMENT = 2,
  NVML_ERROR_NOT_SUPPORTED = 3,
  NVML_ERROR_NOT_FOUND = 6,
  NVML_ERROR_INSUFFICIENT_SIZE = 7,
  NVML_ERROR_GPU_IS_LOST = 15,
  NVML_ERROR_ARGUMENT_VERSION_MISMATCH = 25,
};

typedef int nvmlReturn_t;

typedef struct {
  unsigned long long total, free, used;
} nvmlMemory_t;

typedef struct {
  char busIdLegacy[16];
  unsigned domain, bus, device, pciDeviceId, pciSubSystemId;
  char busId[32];
} nvmlPciInfo_t;

typedef struct {
  unsigned version, sensorType;
  int temperature;
} nvmlTemperature_t;

static struct lab_device gpus[LAB_MOST_DEVICES], slices[LAB_MOST_DEVICES];
static int gpu_count = -1, slice_count;

static struct lab_device *gpu(const char *uuid) {
  for (int i = 0; i < gpu_count; i++)
    if (strcmp(gpus[i].uuid, uuid) == 0) return &gpus[i];
  return NULL;
}

static void add_slice(const struct lab_device *slice) {
  struct lab_device *parent = gpu(slice->parent);
  if (parent == NULL) {
    parent = &gpus[gpu_count++];
    *parent = *slice;
    snprintf(parent->uuid, sizeof parent->uuid, "%s", slice->parent);
    parent->mig[0] = parent->parent[0] = parent->fault[0] = '\0';
    parent->memory = 0;
  }
  parent->memory += slice->memory;
  slices[slice_count++] = *slice;
}

API nvmlReturn_t nvmlInit_v2(void) {
  struct lab_device all[LAB_MOST_DEVICES];
  int count = lab_read_devices(all);
  gpu_count = slice_count = 0;
  for (int i = 0; i < count; i++) {
    if (all[i].mig[0] == '\0')
      gpus[gpu_count++] = all[i];
    else
      add_slice(&all[i]);
  }
  return NVML_SUCCESS;
}

static nvmlReturn_t put(char *text, unsigned size, const char *value) {
  return (unsigned)snprintf(text, size, "%s", value) < size ? NVML_SUCCESS : NVML_ERROR_INSUFFICIENT_SIZE;
}

API nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned size) { return put(version, size, DRIVER_VERSION); }

API nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int *version) {
  *version = CUDA_VERSION;
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *count) {
  if (gpu_count < 0) return NVML_ERROR_UNINITIALIZED;
  *count = (unsigned)gpu_count;
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, struct lab_device **device) {
  if (index >= (unsigned)gpu_count) return NVML_ERROR_INVALID_ARGUMENT;
  *device = &gpus[index];
  return lab_has_fault(*device, "lost_before") ? NVML_ERROR_GPU_IS_LOST : NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, struct lab_device **device) {
  *device = gpu(uuid);
  for (int i = 0; *device == NULL && i < slice_count; i++)
    if (strcmp(slices[i].uuid, uuid) == 0) *device = &slices[i];
  if (*device == NULL) return NVML_ERROR_NOT_FOUND;
  return lab_has_happened(*device, "LOST") ? NVML_ERROR_GPU_IS_LOST : NVML_SUCCESS;
}

static bool is_divided(const struct lab_device *device) {
  for (int i = 0; i < slice_count; i++)
    if (strcmp(slices[i].parent, device->uuid) == 0) return true;
  return false;
}

// A100, H100 and later ones for data centers; not A10, L4 and their like.
static bool can_be_divided(const struct lab_device *device) { return device->major >= 8 && device->minor == 0; }

API nvmlReturn_t nvmlDeviceGetMigMode(const struct lab_device *device, unsigned *current, unsigned *pending) {
  if (!can_be_divided(device)) return NVML_ERROR_NOT_SUPPORTED;
  *current = *pending = is_divided(device) || lab_has_fault(device, "no_slice");
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(const struct lab_device *device, unsigned *count) {
  *count = can_be_divided(device) ? 7 : 0;
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(const struct lab_device *device, unsigned index, struct lab_device **slice) {
  for (int i = 0; i < slice_count; i++)
    if (strcmp(slices[i].parent, device->uuid) == 0 && index-- == 0) {
      *slice = &slices[i];
      return NVML_SUCCESS;
    }
  return NVML_ERROR_NOT_FOUND;
}

API nvmlReturn_t nvmlDeviceGetUUID(const struct lab_device *device, char *uuid, unsigned size) { return put(uuid, size, device->uuid); }

API nvmlReturn_t nvmlDeviceGetName(const struct lab_device *device, char *name, unsigned size) {
  char text[2 * LAB_NAME_BYTES];
  lab_name(device, text, sizeof text);
  return put(name, size, text);
}

API nvmlReturn_t nvmlDeviceGetPciInfo_v3(const struct lab_device *device, nvmlPciInfo_t *pci) {
  memset(pci, 0, sizeof *pci);
  sscanf(device->bus, "%x:%x:%x", &pci->domain, &pci->bus, &pci->device);
  return put(pci->busId, sizeof pci->busId, device->bus);
}

API nvmlReturn_t nvmlDeviceGetCudaComputeCapability(const struct lab_device *device, int *major, int *minor) {
  *major = device->major;
  *minor = device->minor;
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetMemoryInfo(const struct lab_device *device, nvmlMemory_t *memory) {
  *memory = (nvmlMemory_t){device->memory, device->memory, 0};
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetEccMode(const struct lab_device *device, unsigned *current, unsigned *pending) {
  *current = *pending = 1;
  return device->mig[0] == '\0' ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

API nvmlReturn_t nvmlDeviceGetTotalEccErrors(const struct lab_device *device, unsigned kind, unsigned counter, unsigned long long *count) {
  if (device->mig[0] != '\0') return NVML_ERROR_NOT_SUPPORTED;
  if (kind > 1 || counter > 1) return NVML_ERROR_INVALID_ARGUMENT;
  *count = kind == 1 && lab_has_happened(device, "ECC");
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetRemappedRows(const struct lab_device *device, unsigned *corrected, unsigned *uncorrected, unsigned *pending,
                                           unsigned *failed) {
  if (device->major < 8 || device->mig[0] != '\0') return NVML_ERROR_NOT_SUPPORTED;
  *corrected = *failed = 0;
  *uncorrected = *pending = lab_has_happened(device, "ECC");
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetClockInfo(const struct lab_device *device, unsigned kind, unsigned *mhz) {
  (void)device;
  *mhz = kind == 2 ? 5000 : 1410;
  return kind <= 3 ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

// The name until driver 535.
#ifdef LAB_OLD_DRIVER
#define nvmlDeviceGetCurrentClocksEventReasons nvmlDeviceGetCurrentClocksThrottleReasons
#endif

API nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(const struct lab_device *device, unsigned long long *reasons) {
  (void)device;
  *reasons = 0;
  return NVML_SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetTemperature(const struct lab_device *device, unsigned sensor, unsigned *degrees) {
  (void)device;
  *degrees = 41;
  return sensor == 0 ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

#ifndef LAB_OLD_DRIVER
API nvmlReturn_t nvmlDeviceGetTemperatureV(const struct lab_device *device, nvmlTemperature_t *temperature) {
  if (temperature->version != (sizeof *temperature | 1u << 24)) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  unsigned degrees;
  nvmlReturn_t result = nvmlDeviceGetTemperature(device, temperature->sensorType, &degrees);
  temperature->temperature = (int)degrees;
  return result;
}
#endif

API nvmlReturn_t nvmlDeviceGetPowerUsage(const struct lab_device *device, unsigned *milliwatts) {
  *milliwatts = 35000;
  return device->mig[0] == '\0' ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}
