# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that stand in for container images."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Image → the module that the lab's kubelet runs for it. Pods with other images are played by KWOK.
IMAGES: Mapping[str, str] = MappingProxyType({"mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu": "tests.lab.programs.mnist"})

# Command → the module that the lab's kubelet runs for it in a container of any of these images.
COMMANDS: Mapping[str, str] = MappingProxyType({"nvidia-smi": "tests.lab.programs.nvidia_smi"})
