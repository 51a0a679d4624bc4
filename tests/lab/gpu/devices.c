// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Reads LAB_GPUS: devices separated by semicolons, fields of the form key=value by commas.
#include "devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAB_SUFFIX " (gpuops.aks lab)"

const char gpuops_lab_stand_in[] = "This is the stand-in of the lab of gpuops.aks: it computes on the CPU.";

static void set(struct lab_device *device, const char *key, const char *value) {
  struct {
    const char *key;
    char *text;
  } texts[] = {{"uuid", device->uuid}, {"parent", device->parent}, {"name", device->model},
               {"bus", device->bus},   {"mig", device->mig},       {"fault", device->fault}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(key, texts[i].key) == 0) snprintf(texts[i].text, LAB_NAME_BYTES, "%s", value);
  if (strcmp(key, "memory") == 0) device->memory = strtoull(value, NULL, 10);
  if (strcmp(key, "capability") == 0) sscanf(value, "%d.%d", &device->major, &device->minor);
}

static void read_device(struct lab_device *device, char *fields) {
  char *rest = NULL;
  for (char *field = strtok_r(fields, ",", &rest); field != NULL; field = strtok_r(NULL, ",", &rest)) {
    char *value = strchr(field, '=');
    if (value == NULL) continue;
    *value++ = '\0';
    set(device, field, value);
  }
}

int lab_read_devices(struct lab_device *devices) {
  const char *described = getenv("LAB_GPUS");
  char *copy = strdup(described == NULL ? "" : described), *rest = NULL;
  int count = 0;
  memset(devices, 0, LAB_MOST_DEVICES * sizeof *devices);
  for (char *each = strtok_r(copy, ";", &rest); each != NULL && count < LAB_MOST_DEVICES; each = strtok_r(NULL, ";", &rest))
    read_device(&devices[count++], each);
  free(copy);
  return count;
}

void lab_name(const struct lab_device *device, char *name, size_t size) {
  if (device->mig[0] == '\0')
    snprintf(name, size, "%s" LAB_SUFFIX, device->model);
  else
    snprintf(name, size, "%s MIG %s" LAB_SUFFIX, device->model, device->mig);
}

bool lab_has_fault(const struct lab_device *device, const char *fault) { return strcmp(device->fault, fault) == 0; }

static void event_name(const struct lab_device *device, const char *what, char *name, size_t size) {
  snprintf(name, size, "LAB_GPU_%s_%s", what, device->uuid);
}

void lab_happened(const struct lab_device *device, const char *what) {
  char name[2 * LAB_NAME_BYTES];
  event_name(device, what, name, sizeof name);
  setenv(name, "1", 1);
}

bool lab_has_happened(const struct lab_device *device, const char *what) {
  char name[2 * LAB_NAME_BYTES];
  event_name(device, what, name, sizeof name);
  return getenv(name) != NULL;
}
