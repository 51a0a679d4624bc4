# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages of the NVIDIA driver, NVML and CUDA, one row per meaning; the other tables include these rows."""

from __future__ import annotations

from .signature import Signatures, known_message
from .xids import APPLICATION_XIDS

REPLACE_NODE = "Replace the node: 'kubectl drain {node} --ignore-daemonsets', then delete its machine."
NEW_IMAGE = "az aks nodepool upgrade --node-image-only brings the pool the newest node image with its driver."
_APPLICATION = "|".join(map(str, APPLICATION_XIDS))
_XID = r"(?:Xid=|Xid \(PCI:[^)]{0,40}\): )"

VGPU_MISMATCH = known_message(
    code="VgpuHostMismatch",
    pattern=r"Xid(?: \(PCI:[^)]{0,40}\):|=|) ?78\b|Guest driver is incompatible with host driver",
    cause="The node's vGPU driver doesn't fit Azure's host.",
    remedy=f"{NEW_IMAGE} A10 sizes need node image 202606.08.1 or later.",
    source="Azure/AKS#5875, skypilot-org/skypilot#10468",
)
APPLICATION_XID = known_message(
    code="ApplicationXid",
    pattern=rf"{_XID}(?:{_APPLICATION})\b",
    cause="The driver has reported an Xid error that NVIDIA counts as the application's (https://docs.nvidia.com/deploy/xid-errors/).",
    remedy="Look at the workload that ran there, and run it on another node: replace the node only if others fail there, too.",
    source="NVIDIA/k8s-device-plugin internal/rm/health.go (application errors); https://docs.nvidia.com/deploy/xid-errors/",
    severity="warning",
)

# The driver, as the plugin, the container runtime and workloads see it: first match wins, the particular before the general.
DRIVER: Signatures = (
    known_message(
        code="DriverLibraryMismatch",
        pattern=r"[Dd]river/library version mismatch|does not match DSO version|unsupported display driver / cuda driver combination|"
        r"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|cudaErrorSystemDriverMismatch|"
        r"stat failed: \S{0,200}lib(?:nvidia|cuda)\S{0,100}: [Nn]o such file",
        cause="The node's kernel module and its NVIDIA libraries are of different driver versions.",
        remedy=f"{REPLACE_NODE} {NEW_IMAGE}",
        source="Azure/AKS#5871; tensorflow stream_executor/cuda/cuda_diagnostics.cc; CUDA driver API, CUresult 803; "
        "NVIDIA/nvidia-container-toolkit#1895",
    ),
    VGPU_MISMATCH,
    known_message(
        code="FabricManagerNotRunning",
        pattern=r"CUDA_ERROR_SYSTEM_NOT_READY|cudaErrorSystemNotReady|system not yet initialized|[Ee]rror 802:",
        cause="The GPUs of a size with NVSwitch (ND with 8 GPUs) wait for NVIDIA's fabric manager, which doesn't run on the node.",
        remedy="Use a size on which AKS starts it: Standard_ND96isr_H100_v5 is one, Standard_ND96isrf_H100_v5 was none by August 2026. "
        f"On such a size: {REPLACE_NODE} On a confidential one (NCC), the GPU's ready state has to be set first.",
        source="CUDA driver API, CUresult 802; https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/; "
        "Azure/AgentBaker aks-node-controller/pkg/gpu/skus.go (the sizes)",
    ),
    known_message(
        code="DeviceXid",
        pattern=rf"{_XID}(?!(?:{_APPLICATION})\b)\d",
        cause="The driver has reported an Xid error of a GPU (https://docs.nvidia.com/deploy/xid-errors/).",
        remedy=REPLACE_NODE,
        source="NVIDIA/k8s-device-plugin internal/rm/health.go",
    ),
    APPLICATION_XID,
    known_message(
        code="UncorrectableEcc",
        pattern=r"[Uu]ncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE|cudaErrorECCUncorrectable",
        cause="A GPU's memory has failed beyond what its error correction mends.",
        remedy=REPLACE_NODE,
        source="CUDA driver API, CUresult 214",
    ),
    known_message(
        code="DeviceLost",
        pattern=r"GPU is lost|GPU_IS_LOST|GPU has fallen off the bus|Unable to determine the device handle for GPU|"
        r"device error: .{0,200}unknown device",
        cause="A GPU has fallen off the node's bus.",
        remedy=REPLACE_NODE,
        source="NVIDIA/k8s-device-plugin#231, kubernetes/kubernetes#97131; Azure/aks-engine#920",
    ),
    known_message(
        code="CdiUnresolved",
        pattern=r"unresolvable CDI devices|failed to inject CDI devices|invalid device, empty device edits",
        cause="The node's container toolkit and the device plugin don't agree on CDI: the node has no CDI specification of the device.",
        remedy="Leave runtimeClassName out and device_list_strategy of gpuops.aks.nvidia_device_plugin at envvar; where "
        "the GPU Operator hands "
        f"out the GPUs, look at its toolkit's log. If only some nodes do so: {REPLACE_NODE}",
        source="NVIDIA/nvidia-container-toolkit#1239, gpustack/gpustack#4130, kubernetes-sigs/dra-driver-nvidia-gpu#736, "
        "kaito-project/kaito#2326",
    ),
    known_message(
        code="DriverMissing",
        pattern=r"Incompatible (?:strategy|platform) detected|invalid device discovery strategy|could not load NVML library|"
        r"nvml error: (?:driver not loaded|unable to load the nvml library)|libnvidia-ml\.so\.1: cannot open shared object|"
        r"load library failed: lib(?:cuda|nvidia)|ERROR_LIBRARY_NOT_FOUND|[Dd]river [Nn]ot [Ll]oaded|"
        r"couldn't communicate with the NVIDIA driver",
        cause="The node has no NVIDIA driver, or no container toolkit: a device plugin installs neither.",
        remedy="Create the pool with gpu_driver: Install; one with gpu_driver: None needs the GPU Operator.",
        source="NVIDIA/k8s-device-plugin internal/plugin/factory.go; Azure/AKS#1031, NVIDIA/gpu-operator#511, Azure/AKS-Edge#247",
    ),
)

# An image may also name in its environment what it requires, and the container runtime then doesn't start it.
TOO_OLD = known_message(
    code="DriverTooOldForCuda",
    pattern=r"CUDA driver version is insufficient for CUDA runtime version|The NVIDIA driver on your system is too old|"
    r"unsatisfied condition: (?:cuda|driver)|PTX was compiled with an unsupported toolchain|cudaErrorInsufficientDriver|"
    r"CUDA_ERROR_UNSUPPORTED_PTX_VERSION|forward compatibility was attempted on non supported HW|"
    r"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE|cudaErrorCompatNotSupportedOnDevice",
    cause="The image's CUDA is newer than the node's driver, or its cuda-compat package doesn't fit the GPU: "
    "CUDA 11 needs driver 450 or later, CUDA 12 525, CUDA 13 580.",
    remedy=f"Set image to one with an older CUDA. {NEW_IMAGE}",
    source="tensorflow/tensorflow#23263; NVIDIA/nvidia-container-toolkit#152; gpustack/gpustack#1540, "
    "microsoft/onnxruntime#21435; the versions: "
    "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
)

# Not among a workload's: a container that has lost its device says the same (DeviceAccessLost).
NVML_FAILED = known_message(
    code="NvmlFailed",
    pattern=r"[Ff]ailed to initialize NVML|NVML init failed|nvml init failed|did you set the docker default runtime to|"
    r"nvidia-container-cli: .{1,40}: (?:nvml|driver rpc|driver|cuda) error",
    cause="The NVIDIA driver's management library (NVML) doesn't start on the node.",
    remedy=REPLACE_NODE,
    source="NVIDIA/k8s-device-plugin internal/plugin/factory.go; NVIDIA/libnvidia-container src/nvc_info.c, src/driver.c; "
    "NVIDIA/nvidia-container-toolkit#183",
)

# What NVIDIA's container runtime does before a container's first process, as it tells the kubelet.
RUNTIME_HOOK: Signatures = (
    known_message(
        code="LibrariesNotLinked",
        pattern=r"ldcache error: (?:open failed|process \S{1,100} failed)",
        cause="The container runtime can't make the driver's libraries known in the container: ldconfig fails on the image or the node.",
        remedy="Run another image on the node. If that starts, the image is at fault: rebuild it on a glibc base. "
        f"Otherwise: {REPLACE_NODE}",
        source="NVIDIA/nvidia-container-toolkit#147; NVIDIA/libnvidia-container#177; NVIDIA/nvidia-docker#914",
    ),
    known_message(
        code="ContainerToolkitFailed",
        pattern=r"nvidia-container-cli: (?!requirement error).{1,40} error: |nvidia-container-runtime-hook.{0,200}failed",
        cause="NVIDIA's container runtime can't put the GPU into the container.",
        remedy=f"Read the event with 'kubectl describe pod'. If other pods fail on the node, too: {REPLACE_NODE}",
        source="NVIDIA/libnvidia-container src/cli",
    ),
)
