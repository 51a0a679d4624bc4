# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that stand in for container images."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# No registry has it: a plugin that is broken in the way that LAB_FAULT in its environment says.
BROKEN_DEVICE_PLUGIN = "gpuops.aks-lab/broken-device-plugin:1"

# Image → the module that the lab's kubelet runs for it. Pods with other images are played by KWOK.
IMAGES: Mapping[str, str] = MappingProxyType(
    {
        "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu": "tests.lab.programs.mnist",
        BROKEN_DEVICE_PLUGIN: "tests.lab.programs.device_plugin",
    }
)

# Images that bring a Python and run the programs of their pods with it, for which this machine's stands in.
PYTHON_IMAGES = frozenset({"mcr.microsoft.com/azurelinux/base/python:3.12", "mcr.microsoft.com/azurelinux/distroless/python:3.12"})
PYTHON_COMMANDS = ("python3", "python3.12")

# Image → why no node can have it, in containerd's words. The kubelet goes on trying.
UNAVAILABLE: Mapping[str, str] = MappingProxyType(
    {
        "registry.invalid/nobody:1": 'failed to do request: Head "https://registry.invalid/v2/nobody/manifests/1": '
        "dial tcp: lookup registry.invalid on 168.63.129.16:53: no such host",
        "mcr.microsoft.com/gpuops.aks-lab/missing:1": "mcr.microsoft.com/gpuops.aks-lab/missing:1: not found",
        "gpuopslab.azurecr.io/private:1": "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        "https://gpuopslab.azurecr.io/oauth2/token?scope=repository%3Aprivate%3Apull: 401 Unauthorized",
    }
)

# Command → the module that the lab's kubelet runs for it in a container of any of these images.
COMMANDS: Mapping[str, str] = MappingProxyType({"nvidia-smi": "tests.lab.programs.nvidia_smi"})
