# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages in the log of a GPU workload, one row per meaning, and the search for the one that explains a failure."""

from __future__ import annotations

from typing import Iterable

from ..faults.fault import THEN_REPLACE_NODE, THEN_UPGRADE_IMAGE
from ..shared.findings import Finding, finding
from .driver import DRIVER, TOO_OLD
from .plugin import PLUGIN_LOG
from .signature import Signature, Signatures, known_message, recognize

__all__ = ("JOB_LOG", "PLUGIN_LOG", "Signature", "explain_log", "recognize")

# The kubelet also reports these messages in a container's state (pod.py).
WRONG_ARCHITECTURE = known_message(
    code="WrongArchitecture",
    pattern=r"exec format error",
    cause="The image was built for another CPU architecture: the GB200 and GB300 sizes are arm64, all others are amd64.",
    remedy="Set image to one for the node's architecture or to a multi-architecture image.",
    source="Linux execve(2), ENOEXEC; https://learn.microsoft.com/azure/virtual-machines/sizes/gpu-accelerated/nd-gb200-v6-series",
)
NO_GPU = known_message(
    code="NoGpuInContainer",
    pattern=r"CUDA_ERROR_NO_DEVICE|no CUDA-capable device is detected|No CUDA GPUs are available|CUDA-capable device\(s\) is/are busy|"
    r"failed call to cuInit|cudaErrorNoDevice|libcuda\.so(?:\.1)?: cannot open shared object|NVML Shared Library Not Found|"
    r"[Nn]o supported devices found for platform CUDA|No visible GPU devices|Found no NVIDIA driver on your system|"
    r"deserialize object on a CUDA device but torch\.cuda\.is_available\(\) is False|CUDA-capable devices are busy or unavailable|"
    r"Failed to infer device type",
    cause="The container sees no GPU although its node offers one.",
    remedy="Check that the Job requests a GPU (gpus, resource_name) and that the node uses NVIDIA's container runtime. Do not set "
    "NVIDIA_VISIBLE_DEVICES in env.",
    source="https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult); NVIDIA/k8s-device-plugin#906; google/jax jax/_src/xla_bridge.py; "
    "vllm-project/vllm vllm/config; pytorch/pytorch torch/csrc/cuda/Module.cpp, torch/serialization.py",
)
# A script may call it only for its log and continue without it.
NO_SMI = known_message(
    code="NvidiaSmiMissing",
    pattern=r"nvidia-smi\"?: (?:command not found|not found|executable file not found)|No such file or directory: 'nvidia-smi'",
    cause="The container has no nvidia-smi: it has no GPU, or NVIDIA_DRIVER_CAPABILITIES in env does not include utility.",
    remedy="Check that the Job requests a GPU (gpus, resource_name). If it does, set NVIDIA_DRIVER_CAPABILITIES: compute,utility in env.",
    source="https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html (driver capabilities)",
    passing=True,
)
NO_USABLE_GPU = known_message(
    code="GpuNotUsable",
    pattern=r"No devices were found",
    cause="The driver is loaded but finds no usable GPU: the vGPU driver is not compatible with the Azure host (A10 sizes), or a "
    "GPU has failed.",
    remedy=f"On an A10 size with a node image older than 202606.08.1, {THEN_UPGRADE_IMAGE} Otherwise, {THEN_REPLACE_NODE}",
    source="nvidia-smi, exit code 6; Azure/AKS#5875",
)

JOB_LOG: Signatures = (
    *DRIVER,
    TOO_OLD,
    known_message(
        code="NoKernelImage",
        pattern=r"CUDA_ERROR_NO_BINARY_FOR_GPU|no kernel image is available for execution|CUDA_ERROR_INVALID_PTX|"
        r"is not compatible with the current PyTorch installation|cudaErrorNoKernelImageForDevice|"
        r"[Uu]nsupported gpu architecture|invalid value for --gpu-architecture",
        cause="The image was built for older GPUs: T4 needs CUDA 10 or later, A100 needs CUDA 11, and H100 needs CUDA 11.8.",
        remedy="Set image to one that supports the node's GPU.",
        source="tensorflow/tensorflow#60530; the versions: release notes of CUDA 10.0, 11.0 and 11.8 "
        "(https://docs.nvidia.com/cuda/archive/), "
        "k2-fsa/k2 commit 99f5979",
    ),
    known_message(
        code="DeviceAccessLost",
        pattern=r"[Ff]ailed to initialize NVML: Unknown Error|NVMLError_Unknown\b",
        cause="The container has lost access to the GPU because systemd on the node rewrote the container's device rules.",
        remedy="Run it again with rerun: on_failure. For long-running containers, set pass_device_specs: true for "
        "gpuops.aks.nvidia_device_plugin.",
        source="NVIDIA/nvidia-container-toolkit#48; Azure/AKS#3680, #3601",
    ),
    known_message(
        code="GpuOutOfMemory",
        pattern=r"CUDA_ERROR_OUT_OF_MEMORY|CUDA out of memory|CUDA error: out of memory|cudaErrorMemoryAllocation|"
        r"cudaMalloc failed: out of memory|Cuda failure (?:2 )?'out of memory'|out_of_memory: CUDA error|RESOURCE_EXHAUSTED: Out of memory|"
        r"OOM when allocating tensor|OutOfMemoryError: Out of memory allocating|CUBLAS_STATUS_ALLOC_FAILED|"
        r"No available memory for the cache blocks|less than desired GPU memory utilization|larger than the available KV cache memory",
        cause="The GPU's memory is full: the workload is too large for it or shares it with others.",
        remedy="Use a smaller batch size in args, a vm_size with a larger GPU, or a GPU that is not shared.",
        source="https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult); tensorflow bfc_allocator.cc; openxla/xla; cupy "
        "cupy/cuda/memory.pyx; "
        "vllm-project/vllm vllm/v1",
        passing=True,
        survived=r"(?i)retrying|\btrying (?!to allocate)|falling back|reducing|halving|skipping|continuing|not a failure|will try",
    ),
    known_message(
        code="IllegalMemoryAccess",
        pattern=r"illegal memory access was encountered|CUDA_ERROR_ILLEGAL_ADDRESS|cudaErrorIllegalAddress|unspecified launch failure|"
        r"CUDA_ERROR_LAUNCH_FAILED|device-side assert triggered",
        cause="A kernel of the workload accessed invalid GPU memory. This is usually a bug in the workload or its libraries and "
        "rarely a failing GPU.",
        remedy="Run it with CUDA_LAUNCH_BLOCKING: '1' in env to find the line. Replace the node only if other workloads fail there too.",
        source="https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult 700, 719, 710)",
    ),
    known_message(
        code="SharedMemoryTooSmall",
        pattern=r"insufficient shared memory|out of shared memory|is killed by signal: Bus error|creating shared memory segment|"
        r"/dev/shm\S{0,200}: No space left|No space left on device.{0,40}/dev/shm",
        cause="The container's /dev/shm is full. It has 64 MiB by default, and data loaders and NCCL exchange data there.",
        remedy="Mount an emptyDir volume with medium: Memory at /dev/shm, or set num_workers to 0 in args. gpu_job and mnist_job do "
        "not add such a volume.",
        source="pytorch/pytorch torch/utils/data (signal_handling), NVIDIA/nccl src/misc/shmutils.cc",
    ),
    known_message(
        code="DiskFull",
        pattern=r"No space left on device|[Ee]rrno 28\]",
        cause="The disk that the container writes to is full, either the node's disk or a volume.",
        remedy="Use a larger OS disk (os_disk_size_gb), an ephemeral one on the size's local disk, or a volume.",
        source="Linux errno ENOSPC",
        passing=True,
    ),
    NO_USABLE_GPU,
    known_message(
        code="CudnnMismatch",
        pattern=r"Loaded runtime CuDNN library: .{1,60} but source was compiled with|cuDNN version (?:incompatibility|mismatch)|"
        r"CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH|DNN library (?:is not found|initialization failed)",
        cause="The image contains a different cuDNN version from the one that its framework was built with.",
        remedy="Use an image that contains both in matching versions, such as the framework's official image, and leave "
        "LD_LIBRARY_PATH out of env.",
        source="tensorflow/tensorflow#60913, #39842; pytorch/pytorch#80877, #185512; openxla/xla stream_executor/cuda/cuda_dnn.cc",
    ),
    known_message(
        code="LibcTooOld",
        pattern=r"version `(?:GLIBC|GLIBCXX|CXXABI)_[\d.]{1,12}' not found",
        cause="A program or library needs a newer C library than the image has. It comes from the image or from the driver that the "
        "node mounts.",
        remedy="Use an image with a newer base, such as ubuntu22.04 or later. The log line names the file that needs it.",
        source="glibc elf/dl-version.c; NVIDIA/nvidia-container-toolkit#543",
    ),
    # Before what other libraries make of it: without CUDA of its own, a program says in the same breath that it sees no GPU.
    known_message(
        code="CudaLibrariesMissing",
        pattern=r"Could not find cuda drivers on your machine|Cannot dlopen some GPU libraries|Torch not compiled with CUDA enabled|"
        r"[Cc]ould not (?:dlopen|load dynamic) library '?lib(?!cuda\.so|nvinfer)(?:cuda|cu|nv)|CUDA-enabled jaxlib is not installed|"
        r"(?<!dlerror: )lib(?:cudart|cublas|cudnn|cufft|curand|cusolver|cusparse|nccl|nvrtc|nvinfer)\S{0,60}: cannot open shared object|"
        r"[Cc]ould not load library lib(?:cu|nv)|[Ff]ailed to create CUDAExecutionProvider|compiled without GPU support",
        cause="The image does not contain CUDA, or contains a CPU-only build.",
        remedy="Set image to a GPU build, such as a tag that ends in -gpu or names CUDA.",
        source="tensorflow/tensorflow (stream_executor/cuda), pytorch/pytorch (torch/cuda/__init__.py), google/jax jax/_src/xla_bridge.py, "
        "microsoft/onnxruntime, bitsandbytes",
    ),
    NO_GPU,
    NO_SMI,
    WRONG_ARCHITECTURE,
    known_message(
        code="DataDenied",
        pattern=r"40[13] Client Error|GatedRepoError|access a gated repo|Invalid credentials in Authorization header|"
        r"Invalid username or password",
        cause="The host of the workload's data or model requires a token, or the token does not grant access.",
        remedy="Pass the token in env, from a Secret rather than from the playbook. For a gated model, accept its terms with the "
        "token's account.",
        source="psf/requests Response.raise_for_status; huggingface/huggingface_hub (GatedRepoError), "
        "huggingface/transformers utils/hub.py",
        passing=True,
    ),
    known_message(
        code="DataThrottled",
        pattern=r"429 Client Error|Too Many Requests|HTTP Error 429",
        cause="The host of the workload's data or model currently rejects requests from this IP address because of its rate limit.",
        remedy="Run it again later or with a token of the host, or set image to one that contains the data.",
        source="psf/requests Response.raise_for_status; RFC 6585",
        passing=True,
    ),
    known_message(
        code="DataUnreachable",
        pattern=r"Temporary failure in name resolution|Name or service not known|[Cc]ould not resolve host|unable to resolve host address|"
        r"Network is unreachable|<url[o]pen error|Max retries exceeded with url|HTTP Error \d{3}|[Ee]rrno 110\]|RemoteDisconnected",
        cause="The workload downloads its data at startup, and the pod cannot reach the host: egress is blocked, or the host is down.",
        remedy="Allow the pod's egress (firewall, NetworkPolicy, outbound rules), or set image to one that contains the data.",
        source="tensorflow/tensorflow#6742, #42985; kubeflow/examples#790; caicloud/ciao#85",
        passing=True,
    ),
    known_message(
        code="CudaError",
        pattern=r"\b(?:CUDA|NVML)_ERROR_[A-Z_]{2,60}\b",
        cause="A call of CUDA or NVML failed.",
        remedy="Read the lines of the log before the error: they say what the workload was doing.",
        source="https://docs.nvidia.com/cuda/cuda-driver-api/ (CUresult); https://docs.nvidia.com/deploy/nvml-api/ (nvmlReturn_t)",
        passing=True,
        numbered=True,
    ),
    # Last: it makes a workload slow, and explains a failure only if nothing else does.
    known_message(
        code="GpuDirectRdmaOff",
        pattern=r"NET/IB : GPU Direct RDMA Disabled for HCA \d{1,3} 'mlx5",
        cause="NCCL uses InfiniBand, but not GPUDirect RDMA: the node's kernel has not loaded the module nvidia_peermem. Data between "
        "nodes then passes through the memory of the host, which is several times slower, so that time limits may be reached.",
        remedy="Load nvidia_peermem on the nodes: AKS' driver does not, and the GPU Operator does with driver.rdma.enabled. See "
        "https://azure.github.io/aks-rdma-infiniband.",
        source="NVIDIA/nccl src/transport/net_ib.cc; ai-dynamo/dynamo PR#14506, Azure/aks-rdma-infiniband#50",
        severity="warning",
        passing=True,
    ),
)


def explain_log(subject: str, log: str, *, node: str, signatures: Iterable[Signature] = JOB_LOG) -> list[Finding]:
    """Why a workload failed or ran without the GPU, according to its log; [] if no known message is in it.

    Args:
        subject: namespace/name of the pod.
        log: The text of the log.
        node: The pod's node.
        signatures: The messages to search for.
    """
    known = recognize(log, signatures)
    if known is None:
        return []
    signature, line = known
    return [finding(signature.explanation, [(subject, f"log: {line}")], node=node)]
