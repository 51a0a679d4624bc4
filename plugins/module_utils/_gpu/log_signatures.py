# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Sequence

from .findings import Finding, finding

# Characters of a line of log, as evidence shows it, and how many of them before what was recognised.
_LINE, _BEFORE = 300, 200


@dataclass(frozen=True)
class Signature:
    """What a text of a log, of the kubelet, a controller or the scheduler means; source says where the text is known from."""

    code: str
    pattern: str
    cause: str
    remedy: str
    source: str
    severity: str = "error"


Signatures = Sequence[Signature]
_REPLACE_NODE = "Replace the node: 'kubectl drain {node} --ignore-daemonsets', then delete its machine."
_NEW_IMAGE = "az aks nodepool upgrade --node-image-only brings the pool the newest node image with its driver."

# The driver, as the plugin, the container runtime and workloads see it: first match wins, the particular before the general.
DRIVER: Signatures = (
    Signature(
        "DriverLibraryMismatch", r"[Dd]river/library version mismatch|does not match DSO version",
        "The node's kernel module and its NVIDIA libraries are of different driver versions.",
        f"{_REPLACE_NODE} {_NEW_IMAGE}",
        "Azure/AKS#5871; tensorflow stream_executor/cuda/cuda_diagnostics.cc",
    ),
    Signature(
        "VgpuHostMismatch", r"Xid(?: \(PCI:[^)]*\):|=) ?78\b|Guest driver is incompatible with host driver",
        "The node's vGPU driver doesn't fit Azure's host.",
        _NEW_IMAGE,
        "Azure/AKS#5875, skypilot-org/skypilot#10468",
    ),
    Signature(
        "DeviceXid", r"XidCriticalError: Xid=\d+ on Device=\S+|NVRM: Xid \(PCI",
        "The driver has reported an Xid error of a GPU (https://docs.nvidia.com/deploy/xid-errors/).",
        _REPLACE_NODE,
        "NVIDIA/k8s-device-plugin internal/rm/health.go",
    ),
    Signature(
        "DeviceLost", r"GPU is lost|GPU_IS_LOST",
        "A GPU has fallen off the node's bus.",
        _REPLACE_NODE,
        "NVIDIA/k8s-device-plugin#231, kubernetes/kubernetes#97131",
    ),
    Signature(
        "DriverMissing",
        r"Incompatible (?:strategy|platform) detected|invalid device discovery strategy|could not load NVML library|"
        r"nvml error: driver not loaded|libnvidia-ml\.so\.1: cannot open shared object|ERROR_LIBRARY_NOT_FOUND|[Dd]river [Nn]ot [Ll]oaded|"
        r"couldn't communicate with the NVIDIA driver",
        "The node has no NVIDIA driver, or no container toolkit: a device plugin installs neither.",
        "Create the pool with gpu_driver: Install; one with gpu_driver: None needs the GPU Operator.",
        "NVIDIA/k8s-device-plugin internal/plugin/factory.go; Azure/AKS#1031, NVIDIA/gpu-operator#511",
    ),
)  # fmt: skip

PLUGIN_LOG: Signatures = (
    *DRIVER,
    Signature(
        "NvmlFailed", r"[Ff]ailed to initialize NVML|NVML init failed|nvml init failed|did you set the docker default runtime to",
        "NVML, NVIDIA's management library, doesn't start on the node.",
        _REPLACE_NODE,
        "NVIDIA/k8s-device-plugin internal/plugin/factory.go",
    ),
    Signature(
        "PluginFoundNoDevice", r"No devices found\. Waiting indefinitely",
        "The device plugin runs, but finds no GPU on the node.",
        "Check that vm_size is a GPU size and the pool has gpu_driver: Install.",
        "NVIDIA/k8s-device-plugin cmd/nvidia-device-plugin/main.go",
    ),
    Signature(
        "PluginConfigInvalid", r"unable to (?:load|parse) config|error parsing config|unknown field|flag provided but not defined",
        "The device plugin doesn't understand its configuration.",
        "Correct args, env and the sharing configuration of gpuops.aks.nvidia_device_plugin for the version of image.",
        "NVIDIA/k8s-device-plugin api/config/v1",
    ),
    Signature(
        "PluginNotPermitted", r"operation not permitted|permission denied",
        "The device plugin lacks a privilege: MIG and the strategies other than envvar need more than the default.",
        "Set security_context of gpuops.aks.nvidia_device_plugin: capabilities add SYS_ADMIN, or privileged: true.",
        "NVIDIA/k8s-device-plugin README, deployments/helm _helpers.tpl",
    ),
)  # fmt: skip

# An image may also name in its environment what it requires, and the container runtime then doesn't start it.
TOO_OLD = Signature(
    "DriverTooOldForCuda",
    r"CUDA driver version is insufficient for CUDA runtime version|The NVIDIA driver on your system is too old|"
    r"unsatisfied condition: cuda|PTX was compiled with an unsupported toolchain|cudaErrorInsufficientDriver",
    "The image's CUDA is newer than the node's driver: CUDA 11 needs driver 450 or later, CUDA 12 525, CUDA 13 580.",
    f"Set image to one with an older CUDA. {_NEW_IMAGE}",
    "tensorflow/tensorflow#23263; NVIDIA/nvidia-container-toolkit#152; the versions: "
    "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
)  # fmt: skip

JOB_LOG: Signatures = (
    *DRIVER,
    TOO_OLD,
    Signature(
        "NoKernelImage",
        r"CUDA_ERROR_NO_BINARY_FOR_GPU|no kernel image is available for execution|CUDA_ERROR_INVALID_PTX|"
        r"is not compatible with the current PyTorch installation|cudaErrorNoKernelImageForDevice",
        "The image was built for older GPUs: code for T4 takes CUDA 10, for A100 CUDA 11, for H100 CUDA 11.8.",
        "Set image to one made for the node's GPU.",
        "tensorflow/tensorflow#60530; the versions: release notes of CUDA 10.0, 11.0 and 11.8 (https://docs.nvidia.com/cuda/archive/), "
        "k2-fsa/k2 commit 99f5979",
    ),
    Signature(
        "DeviceAccessLost", r"[Ff]ailed to initialize NVML: Unknown Error",
        "The container has lost its access to the GPU: systemd on the node has rewritten the container's device rules.",
        "Run it again: rerun: on_failure. If it comes back, update the node image.",
        "NVIDIA/nvidia-container-toolkit#48",
    ),
    Signature(
        "GpuOutOfMemory", r"CUDA_ERROR_OUT_OF_MEMORY|CUDA out of memory|cudaErrorMemoryAllocation",
        "The GPU's memory is full: the workload is too big for it, or shares it.",
        "Use a smaller batch in args, a vm_size with a bigger GPU, or a GPU that is not shared.",
        "https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult)",
    ),
    Signature(
        "NoGpuInContainer",
        r"CUDA_ERROR_NO_DEVICE|no CUDA-capable device is detected|No CUDA GPUs are available|CUDA-capable device\(s\) is/are busy|"
        r"failed call to cuInit",
        "The container sees no GPU, though its node offers one.",
        "Check that the Job asks for it (gpus, resource_name) and the node's runtime is NVIDIA's; env must not set NVIDIA_VISIBLE_DEVICES.",
        "https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult); NVIDIA/k8s-device-plugin#906",
    ),
    Signature(
        "CudaLibrariesMissing",
        r"Could not find cuda drivers on your machine|Cannot dlopen some GPU libraries|Torch not compiled with CUDA enabled|"
        r"[Cc]ould not (?:dlopen|load dynamic) library '?lib(?:cuda|cu|nv)",
        "The image lacks CUDA, or holds a build for the CPU only.",
        "Set image to a GPU build, such as a tag that ends in -gpu or names CUDA.",
        "tensorflow/tensorflow (stream_executor/cuda), pytorch/pytorch (torch/cuda/__init__.py)",
    ),
    Signature(
        "DataUnreachable",
        r"Temporary failure in name resolution|Name or service not known|[Cc]ould not resolve host|unable to resolve host address|"
        r"Network is unreachable|<url[o]pen error|Max retries exceeded with url|HTTP Error \d{3}|[Ee]rrno 110\]|RemoteDisconnected",
        "The workload fetches its data when it starts, and the pod can't get it: no way out of the cluster, or the host is down.",
        "Allow the pod's egress (firewall, NetworkPolicy, outbound rules), or set image to one that contains the data.",
        "tensorflow/tensorflow#6742, #42985; kubeflow/examples#790; caicloud/ciao#85",
    ),
)  # fmt: skip


def recognise(text: str, signatures: Iterable[Signature]) -> tuple[Signature, str] | None:
    """The first signature in the text, with the line that shows it."""
    for signature in signatures:
        match = re.search(signature.pattern, text)
        if match:
            start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
            return signature, _shown(text[start : end if end >= 0 else len(text)], match.start() - start)
    return None


def _shown(line: str, match: int) -> str:
    """A line, or as much of it around the match as evidence has room for: the reason often stands at the end of a long one."""
    begin = max(0, min(match - _BEFORE, len(line) - _LINE))
    left, right = ("…" if begin else ""), ("…" if begin + _LINE < len(line) else "")
    return f"{left}{line[begin : begin + _LINE].strip()}{right}"


def last_line(log: str) -> str:
    """The last line that says something."""
    return next((line.strip()[:_LINE] for line in reversed(log.splitlines()) if line.strip()), "")


def explain_log(subject: str, log: str, *, node: str, signatures: Iterable[Signature] = JOB_LOG) -> list[Finding]:
    """What the log of a workload that failed, or did without the GPU, says of the reason; [] when it says nothing known."""
    known = recognise(log, signatures)
    if known is None:
        return []
    signature, line = known
    return [finding(signature.code, signature.severity, [(subject, f"log: {line}")], signature.cause, signature.remedy, node=node)]
