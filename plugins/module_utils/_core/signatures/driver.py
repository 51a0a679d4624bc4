# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages of the NVIDIA driver, NVML and CUDA, one row per meaning; the other tables include these rows."""

from __future__ import annotations

from .signature import Signature, Signatures
from .xids import APPLICATION_XIDS

REPLACE_NODE = "Replace the node: 'kubectl drain {node} --ignore-daemonsets', then delete its machine."
NEW_IMAGE = "az aks nodepool upgrade --node-image-only brings the pool the newest node image with its driver."
_APPLICATION = "|".join(map(str, APPLICATION_XIDS))
_XID = r"(?:Xid=|Xid \(PCI:[^)]{0,40}\): )"

VGPU_MISMATCH = Signature(
    "VgpuHostMismatch", r"Xid(?: \(PCI:[^)]{0,40}\):|=|) ?78\b|Guest driver is incompatible with host driver",
    "The node's vGPU driver doesn't fit Azure's host.",
    f"{NEW_IMAGE} A10 sizes need node image 202606.08.1 or later.",
    "Azure/AKS#5875, skypilot-org/skypilot#10468",
)  # fmt: skip
APPLICATION_XID = Signature(
    "ApplicationXid", rf"{_XID}(?:{_APPLICATION})\b",
    "The driver has reported an Xid error that NVIDIA counts as the application's (https://docs.nvidia.com/deploy/xid-errors/).",
    "Look at the workload that ran there, and run it on another node: replace the node only if others fail there, too.",
    "NVIDIA/k8s-device-plugin internal/rm/health.go (application errors); https://docs.nvidia.com/deploy/xid-errors/",
    "warning",
)  # fmt: skip

# The driver, as the plugin, the container runtime and workloads see it: first match wins, the particular before the general.
DRIVER: Signatures = (
    Signature(
        "DriverLibraryMismatch",
        r"[Dd]river/library version mismatch|does not match DSO version|unsupported display driver / cuda driver combination|"
        r"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|cudaErrorSystemDriverMismatch|"
        r"stat failed: \S{0,200}lib(?:nvidia|cuda)\S{0,100}: [Nn]o such file",
        "The node's kernel module and its NVIDIA libraries are of different driver versions.",
        f"{REPLACE_NODE} {NEW_IMAGE}",
        "Azure/AKS#5871; tensorflow stream_executor/cuda/cuda_diagnostics.cc; CUDA driver API, CUresult 803; "
        "NVIDIA/nvidia-container-toolkit#1895",
    ),
    VGPU_MISMATCH,
    Signature(
        "FabricManagerNotRunning",
        r"CUDA_ERROR_SYSTEM_NOT_READY|cudaErrorSystemNotReady|system not yet initialized|[Ee]rror 802:",
        "The GPUs of a size with NVSwitch (ND with 8 GPUs) wait for NVIDIA's fabric manager, which doesn't run on the node.",
        "Use a size on which AKS starts it: Standard_ND96isr_H100_v5 is one, Standard_ND96isrf_H100_v5 was none by August 2026. "
        f"On such a size: {REPLACE_NODE} On a confidential one (NCC), the GPU's ready state has to be set first.",
        "CUDA driver API, CUresult 802; https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/; "
        "Azure/AgentBaker aks-node-controller/pkg/gpu/skus.go (the sizes)",
    ),
    Signature(
        "DeviceXid", rf"{_XID}(?!(?:{_APPLICATION})\b)\d",
        "The driver has reported an Xid error of a GPU (https://docs.nvidia.com/deploy/xid-errors/).",
        REPLACE_NODE,
        "NVIDIA/k8s-device-plugin internal/rm/health.go",
    ),
    APPLICATION_XID,
    Signature(
        "UncorrectableEcc", r"[Uu]ncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE|cudaErrorECCUncorrectable",
        "A GPU's memory has failed beyond what its error correction mends.",
        REPLACE_NODE,
        "CUDA driver API, CUresult 214",
    ),
    Signature(
        "DeviceLost",
        r"GPU is lost|GPU_IS_LOST|GPU has fallen off the bus|Unable to determine the device handle for GPU|"
        r"device error: .{0,200}unknown device",
        "A GPU has fallen off the node's bus.",
        REPLACE_NODE,
        "NVIDIA/k8s-device-plugin#231, kubernetes/kubernetes#97131; Azure/aks-engine#920",
    ),
    Signature(
        "CdiUnresolved", r"unresolvable CDI devices|failed to inject CDI devices|invalid device, empty device edits",
        "The node's container toolkit and the device plugin don't agree on CDI: the node has no CDI specification of the device.",
        "Leave runtimeClassName out and device_list_strategy of gpuops.aks.nvidia_device_plugin at envvar; where the GPU Operator hands "
        f"out the GPUs, look at its toolkit's log. If only some nodes do so: {REPLACE_NODE}",
        "NVIDIA/nvidia-container-toolkit#1239, gpustack/gpustack#4130, kubernetes-sigs/dra-driver-nvidia-gpu#736, kaito-project/kaito#2326",
    ),
    Signature(
        "DriverMissing",
        r"Incompatible (?:strategy|platform) detected|invalid device discovery strategy|could not load NVML library|"
        r"nvml error: (?:driver not loaded|unable to load the nvml library)|libnvidia-ml\.so\.1: cannot open shared object|"
        r"load library failed: lib(?:cuda|nvidia)|ERROR_LIBRARY_NOT_FOUND|[Dd]river [Nn]ot [Ll]oaded|"
        r"couldn't communicate with the NVIDIA driver",
        "The node has no NVIDIA driver, or no container toolkit: a device plugin installs neither.",
        "Create the pool with gpu_driver: Install; one with gpu_driver: None needs the GPU Operator.",
        "NVIDIA/k8s-device-plugin internal/plugin/factory.go; Azure/AKS#1031, NVIDIA/gpu-operator#511, Azure/AKS-Edge#247",
    ),
)  # fmt: skip

# An image may also name in its environment what it requires, and the container runtime then doesn't start it.
TOO_OLD = Signature(
    "DriverTooOldForCuda",
    r"CUDA driver version is insufficient for CUDA runtime version|The NVIDIA driver on your system is too old|"
    r"unsatisfied condition: (?:cuda|driver)|PTX was compiled with an unsupported toolchain|cudaErrorInsufficientDriver|"
    r"CUDA_ERROR_UNSUPPORTED_PTX_VERSION|forward compatibility was attempted on non supported HW|"
    r"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE|cudaErrorCompatNotSupportedOnDevice",
    "The image's CUDA is newer than the node's driver, or its cuda-compat package doesn't fit the GPU: "
    "CUDA 11 needs driver 450 or later, CUDA 12 525, CUDA 13 580.",
    f"Set image to one with an older CUDA. {NEW_IMAGE}",
    "tensorflow/tensorflow#23263; NVIDIA/nvidia-container-toolkit#152; gpustack/gpustack#1540, microsoft/onnxruntime#21435; the versions: "
    "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
)  # fmt: skip

# Not among a workload's: a container that has lost its device says the same (DeviceAccessLost).
NVML_FAILED = Signature(
    "NvmlFailed",
    r"[Ff]ailed to initialize NVML|NVML init failed|nvml init failed|did you set the docker default runtime to|"
    r"nvidia-container-cli: .{1,40}: (?:nvml|driver rpc|driver|cuda) error",
    "The NVIDIA driver's management library (NVML) doesn't start on the node.",
    REPLACE_NODE,
    "NVIDIA/k8s-device-plugin internal/plugin/factory.go; NVIDIA/libnvidia-container src/nvc_info.c, src/driver.c; "
    "NVIDIA/nvidia-container-toolkit#183",
)  # fmt: skip

# What NVIDIA's container runtime does before a container's first process, as it tells the kubelet.
RUNTIME_HOOK: Signatures = (
    Signature(
        "LibrariesNotLinked", r"ldcache error: (?:open failed|process \S{1,100} failed)",
        "The container runtime can't make the driver's libraries known in the container: ldconfig fails on the image or the node.",
        f"Run another image on the node. If that starts, the image is at fault: rebuild it on a glibc base. Otherwise: {REPLACE_NODE}",
        "NVIDIA/nvidia-container-toolkit#147; NVIDIA/libnvidia-container#177; NVIDIA/nvidia-docker#914",
    ),
    Signature(
        "ContainerToolkitFailed", r"nvidia-container-cli: (?!requirement error).{1,40} error: |nvidia-container-runtime-hook.{0,200}failed",
        "NVIDIA's container runtime can't put the GPU into the container.",
        f"Read the event with 'kubectl describe pod'. If other pods fail on the node, too: {REPLACE_NODE}",
        "NVIDIA/libnvidia-container src/cli",
    ),
)  # fmt: skip
