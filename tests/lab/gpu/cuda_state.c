// Copyright: (c) 2026, gpuops.aks contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Which devices the process sees, and which of their contexts is current.
#include "cuda.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lab_cuda_device devices[LAB_MOST_DEVICES];
static struct lab_cuda_device *current;
static int visible = -1;

static void show(const struct lab_device *device) {
  devices[visible] = (struct lab_cuda_device){.device = *device, .speed = lab_speed(device)};
  visible++;
}

// As in the driver, the list ends at the first name that isn't known.
static void show_named(const struct lab_device *all, int count, const char *names) {
  char *copy = strdup(names), *rest = NULL;
  for (char *name = strtok_r(copy, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
    int found = 0;
    while (found < count && strcmp(all[found].uuid, name) != 0) found++;
    if (found == count) break;
    show(&all[found]);
  }
  free(copy);
}

CUresult lab_init(void) {
  if (visible < 0) {
    struct lab_device all[LAB_MOST_DEVICES];
    int count = lab_read_devices(all);
    const char *names = getenv("CUDA_VISIBLE_DEVICES");
    visible = 0;
    if (names != NULL)
      show_named(all, count, names);
    else
      for (int i = 0; i < count; i++) show(&all[i]);
  }
  return visible > 0 ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}

int lab_visible(void) { return visible; }

struct lab_cuda_device *lab_cuda_device(CUdevice index) { return index >= 0 && index < visible ? &devices[index] : NULL; }

struct lab_cuda_device *lab_current(void) { return current; }

void lab_set_current(struct lab_cuda_device *device) { current = device; }

CUresult lab_wait(struct lab_cuda_device *device) {
  while (device->hangs) pause();
  return device->error;
}
