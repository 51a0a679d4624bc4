# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for NVIDIA's device plugin on a node where it finds no usable GPU: it logs why, as the real one does.

LAB_FAULT in its environment chooses what is wrong: no-driver (default), nvml-mismatch, xid, config. FAIL_ON_INIT_ERROR is the plugin's own.
The texts are those of NVIDIA/k8s-device-plugin: cmd/nvidia-device-plugin/main.go, internal/plugin/factory.go, internal/rm/health.go.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

INTRODUCTION = "gpuops.aks lab: this stands in for NVIDIA's k8s-device-plugin. It registers nothing, its fault is played."
_HINTS = (
    "You can check the prerequisites at: https://github.com/NVIDIA/k8s-device-plugin#prerequisites",
    "You can learn how to set the runtime at: https://github.com/NVIDIA/k8s-device-plugin#quick-start",
    "If this is not a GPU node, you should set up a toleration or nodeSelector to only deploy this plugin on GPU nodes",
)
# What it says and how it then ends; without an end it runs on.
_INIT_FAULTS = {
    "no-driver": (
        ("Incompatible strategy detected auto", "If this is a GPU node, did you configure the NVIDIA Container Toolkit?", *_HINTS),
        "error starting plugins: error getting plugins: failed to construct resource managers: invalid device discovery strategy",
    ),
    "nvml-mismatch": (
        (
            "Failed to initialize NVML: Driver/library version mismatch.",
            "If this is a GPU node, did you set the docker default runtime to `nvidia`?",
            *_HINTS,
        ),
        "error starting plugins: error getting plugins: failed to construct resource managers: nvml init failed: Driver/library mismatch",
    ),
}
_CONFIG = "error starting plugins: unable to load config: unable to finalize config: unable to parse config file: error parsing config file"
_XID = "XidCriticalError: Xid=79 on Device=GPU-5d2a1c7e-0000-4000-8000-000000000003; marking device as unhealthy."


def run(environment: Mapping[str, str]) -> str:
    """Logs what the fault causes; returns the error that ends it, or "" if it keeps running."""
    print(INTRODUCTION)
    print("Starting FS watcher for /var/lib/kubelet/device-plugins", "Starting OS watcher.", "Starting Plugins.", sep="\n")
    print("Loading configuration.")
    fault = environment.get("LAB_FAULT", "no-driver")
    if fault == "config":
        return _CONFIG
    if fault == "xid":
        print("Registered device plugin for 'nvidia.com/gpu' with Kubelet", _XID, sep="\n")
        return ""
    texts, error = _INIT_FAULTS[fault]
    print(*texts, sep="\n")
    if environment.get("FAIL_ON_INIT_ERROR", "true") != "false":
        return error
    print("No devices found. Waiting indefinitely.")
    return ""


def main() -> int:
    """Simulates the fault; without an error it runs until it is terminated."""
    error = run(os.environ)
    if error:
        print(error)
        return 1
    signal.sigwait({signal.SIGTERM})
    print('Received signal "terminated", shutting down.')
    return 0


if __name__ == "__main__":
    # Before anything is said, or a pod that is deleted at once would die of the signal instead of ending.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    sys.exit(main())
