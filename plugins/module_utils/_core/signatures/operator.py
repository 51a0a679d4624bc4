# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the GPU Operator's own log and those of its components mean, and what the kubelet says about their pods, one row per meaning."""

from __future__ import annotations

from .signature import Signatures, known_message

CONTAINERD_STOPPED = known_message(
    code="ContainerdStopped",
    pattern=r"drop-in config version \d{1,3} higher than root config version|containerd\.sock: connect: connection refused",
    cause="containerd has stopped on the node. It does not start with a configuration file of a higher version than its own, which the "
    "container toolkit adds without RUNTIME_CONFIG_SOURCE=file.",
    remedy="Install the GPU Operator with toolkit.env RUNTIME_CONFIG_SOURCE=file, as the filter gpuops.aks.gpu_operator_values "
    "computes it. Then replace the node: delete its machine with 'az aks nodepool delete-machines'.",
    source="NVIDIA/aicr#1688, NVIDIA/gpu-operator#2646",
)

# First match wins.
OPERATOR_LOG: Signatures = (
    known_message(
        code="KernelHeadersMissing",
        pattern=r"Could not resolve Linux kernel version|Unable to locate package linux-headers|Unable to find a match: kernel-headers",
        cause="The driver container cannot compile the driver, because it does not find the headers of the node's kernel in the package "
        "repository.",
        remedy="Allow egress from the nodes to the repository, or set driver.repoConfig to a mirror. If the kernel is newer than the "
        "repository, use an older node image or a precompiled driver (driver.usePrecompiled).",
        source="NVIDIA/gpu-operator#526, #85, #457",
    ),
    known_message(
        code="SecureBootRejectsDriver",
        pattern=r"[Ll]oading of unsigned module is rejected|Key was rejected by service|"
        r"[Kk]ernel module load error: Operation not permitted|"
        r"could not insert 'nvidia[\w-]{0,20}': (?:Operation not permitted|Required key not available)",
        cause="The node has Secure Boot, and its kernel rejects the driver that the GPU Operator has compiled, because it is not signed.",
        remedy="Use precompiled, signed drivers (driver.usePrecompiled), leave the driver to AKS (gpu_driver: Install, and the values of "
        "driver: aks), or create the pool without enable_secure_boot.",
        source="NVIDIA/gpu-operator#1726, #1142, #266",
    ),
    known_message(
        code="DriverInUse",
        pattern=r"[Cc]ould not unload NVIDIA driver kernel modules, driver is in use",
        cause="The GPU Operator cannot replace the driver on the node, because a process still uses it.",
        remedy="End all pods that use GPUs on the node: 'kubectl drain {node} --ignore-daemonsets --delete-emptydir-data'. If the driver "
        "is still in use, restart the node.",
        source="NVIDIA/gpu-operator#2509",
    ),
    CONTAINERD_STOPPED,
    known_message(
        code="CudaValidationFailed",
        pattern=r"[Cc]uda workload validation failed|Failed to allocate device vector|vectorAdd.{0,80}(?:failed|FAILED)",
        cause="The GPU Operator's CUDA program has failed on the node.",
        remedy="Read its log: 'kubectl logs -n {operator} -l app=nvidia-cuda-validator --all-containers --tail 50'.",
        source="NVIDIA/gpu-operator cmd/nvidia-validator/main.go",
    ),
)
