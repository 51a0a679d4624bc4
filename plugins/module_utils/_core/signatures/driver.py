# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages of the NVIDIA driver, NVML and CUDA, one row per meaning; the other tables include these rows."""

from __future__ import annotations

from ..faults.fault import CHECK_WORKLOAD, REPLACE_NODE, THEN_REPLACE_NODE, THEN_UPGRADE_IMAGE, Action, remedy_of
from ..faults.sxids import GUIDE
from ..faults.xids import APPLICATION_XIDS, CATALOG
from .signature import Signatures, known_message

_APPLICATION = "|".join(map(str, APPLICATION_XIDS))
_XID = r"\b(?:Xid=|Xid \(PCI:[^)]{0,40}\): )"

VGPU_MISMATCH = known_message(
    code="VgpuHostMismatch",
    pattern=r"Xid(?: \(PCI:[^)]{0,40}\):|=|) ?78\b|Guest driver is incompatible with host driver",
    cause="The node's vGPU driver is not compatible with the Azure host.",
    remedy=f"A10 sizes need node image 202606.08.1 or later: {THEN_UPGRADE_IMAGE}",
    source="Azure/AKS#5875, skypilot-org/skypilot#10468",
)
APPLICATION_XID = known_message(
    code="ApplicationXid",
    pattern=rf"{_XID}(?:{_APPLICATION})\b",
    cause="The driver reported an Xid error that applications cause.",
    remedy=CHECK_WORKLOAD,
    source=f"NVIDIA/k8s-device-plugin internal/rm/health.go (application errors); {CATALOG}",
    severity="warning",
    numbered=True,
)

# The driver, as the plugin, the container runtime and workloads see it: first match wins, the particular before the general.
DRIVER: Signatures = (
    known_message(
        code="DriverLibraryMismatch",
        pattern=r"[Dd]river/library version mismatch|does not match DSO version|unsupported display driver / cuda driver combination|"
        r"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|cudaErrorSystemDriverMismatch|NVML_ERROR_LIB_RM_VERSION_MISMATCH|"
        r"stat failed: \S{0,200}lib(?:nvidia|cuda)\S{0,100}: [Nn]o such file",
        cause="The node's kernel module and its NVIDIA libraries come from different driver versions.",
        remedy=f"{REPLACE_NODE} Or {THEN_UPGRADE_IMAGE}",
        source="Azure/AKS#5871; tensorflow stream_executor/cuda/cuda_diagnostics.cc; CUDA driver API, CUresult 803; "
        "NVIDIA/nvidia-container-toolkit#1895",
    ),
    VGPU_MISMATCH,
    known_message(
        code="FabricManagerNotRunning",
        pattern=r"CUDA_ERROR_(?:SYSTEM|FABRIC)_NOT_READY|cudaErrorSystemNotReady|system not yet initialized|[Ee]rror 802:",
        cause="The node's GPUs are connected by NVSwitch and wait for NVIDIA's fabric manager, which is not running on the node.",
        remedy="Use a size on which AKS starts the fabric manager, such as Standard_ND96isr_H100_v5 (as of August 2026, AKS does not "
        f"start it on Standard_ND96isrf_H100_v5). If the node has such a size, {THEN_REPLACE_NODE} On a confidential size (NCC), "
        "set the GPU's ready state first.",
        source="CUDA driver API, CUresult 802; https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/; "
        "Azure/AgentBaker aks-node-controller/pkg/gpu/skus.go (the sizes)",
    ),
    known_message(
        code="DeviceXid",
        pattern=rf"{_XID}(?!(?:{_APPLICATION})\b)\d",
        cause="The driver reported an Xid error of a GPU.",
        remedy=REPLACE_NODE,
        source=f"NVIDIA/k8s-device-plugin internal/rm/health.go; {CATALOG}",
        numbered=True,
    ),
    APPLICATION_XID,
    known_message(
        code="SwitchSxid",
        pattern=r"\bSXid(?: \(PCI:[^)]{0,40}\))?[:= ]{1,2}\d{5}",
        cause="The driver of NVSwitch, which connects the node's GPUs, reported an SXid error.",
        remedy=REPLACE_NODE,
        source=GUIDE,
        numbered=True,
    ),
    known_message(
        code="UncorrectableEcc",
        pattern=r"[Uu]ncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE|cudaErrorECCUncorrectable",
        cause="A GPU has memory errors that ECC cannot correct.",
        remedy=remedy_of(Action.RESET),
        source="CUDA driver API, CUresult 214",
    ),
    known_message(
        code="DeviceLost",
        pattern=r"GPU is lost|GPU_IS_LOST|GPU has fallen off the bus|Unable to determine the device handle for GPU|"
        r"device error: .{0,200}unknown device",
        cause="A GPU has fallen off the node's PCI bus.",
        remedy=REPLACE_NODE,
        source="NVIDIA/k8s-device-plugin#231, kubernetes/kubernetes#97131; Azure/aks-engine#920",
    ),
    known_message(
        code="CdiUnresolved",
        pattern=r"unresolvable CDI devices|failed to inject CDI devices|invalid device, empty device edits",
        cause="The node has no CDI specification for the device that the device plugin requested.",
        remedy="Leave out runtimeClassName and set device_list_strategy of gpuops.aks.nvidia_device_plugin to envvar. If the GPU "
        "Operator provides the GPUs, check the log of its container toolkit. If only some nodes are affected, "
        f"{THEN_REPLACE_NODE}",
        source="NVIDIA/nvidia-container-toolkit#1239, gpustack/gpustack#4130, kubernetes-sigs/dra-driver-nvidia-gpu#736, "
        "kaito-project/kaito#2326",
    ),
    known_message(
        code="DriverMissing",
        pattern=r"Incompatible (?:strategy|platform) detected|invalid device discovery strategy|could not load NVML library|"
        r"nvml error: (?:driver not loaded|unable to load the nvml library)|libnvidia-ml\.so\.1: cannot open shared object|"
        r"couldn't find libnvidia-ml\.so|"
        r"load library failed: lib(?:cuda|nvidia)|ERROR_LIBRARY_NOT_FOUND|[Dd]river [Nn]ot [Ll]oaded|"
        r"couldn't communicate with the NVIDIA driver",
        cause="The node has no NVIDIA driver or no NVIDIA container toolkit, and a device plugin installs neither.",
        remedy="Create the pool with gpu_driver: Install, or install the GPU Operator if the pool has gpu_driver: None.",
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
    cause="The image's CUDA version is too new for the node's driver, or its cuda-compat package does not support the GPU. CUDA "
    "11 needs driver 450 or later, CUDA 12 needs 525, and CUDA 13 needs 580.",
    remedy=f"Set image to one with an older CUDA version. Or {THEN_UPGRADE_IMAGE}",
    source="tensorflow/tensorflow#23263; NVIDIA/nvidia-container-toolkit#152; gpustack/gpustack#1540, "
    "microsoft/onnxruntime#21435; the versions: "
    "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html",
)

# Not among a workload's: a container that has lost its device says the same (DeviceAccessLost).
NVML_FAILED = known_message(
    code="NvmlFailed",
    pattern=r"[Ff]ailed to initialize NVML|NVML init failed|nvml init failed|did you set the docker default runtime to|"
    r"nvidia-container-cli: .{1,40}: (?:nvml|driver rpc|driver|cuda) error",
    cause="The NVIDIA Management Library (NVML) cannot be initialized on the node.",
    remedy=REPLACE_NODE,
    source="NVIDIA/k8s-device-plugin internal/plugin/factory.go; NVIDIA/libnvidia-container src/nvc_info.c, src/driver.c; "
    "NVIDIA/nvidia-container-toolkit#183",
)

# What NVIDIA's container runtime does before a container's first process, as it tells the kubelet.
RUNTIME_HOOK: Signatures = (
    known_message(
        code="LibrariesNotLinked",
        pattern=r"ldcache error: (?:open failed|process \S{1,100} failed)",
        cause="The container runtime cannot link the driver's libraries into the container: ldconfig fails in the image or on the node.",
        remedy="Run another image on the node. If that image starts, rebuild the failing one on a glibc base. If it fails too, "
        f"{THEN_REPLACE_NODE}",
        source="NVIDIA/nvidia-container-toolkit#147; NVIDIA/libnvidia-container#177; NVIDIA/nvidia-docker#914",
    ),
    known_message(
        code="ContainerToolkitFailed",
        pattern=r"nvidia-container-cli: (?!requirement error).{1,40} error: |nvidia-container-runtime-hook.{0,200}failed",
        cause="NVIDIA's container runtime cannot add the GPU to the container.",
        remedy=f"Read the event with 'kubectl describe pod'. If other pods on the node fail too, {THEN_REPLACE_NODE}",
        source="NVIDIA/libnvidia-container src/cli",
    ),
)
