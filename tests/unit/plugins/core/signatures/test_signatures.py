# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each signature beside a text that was really seen; where, its source in the table says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.lookup import only_applications, xids_in
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.helm import CHART, HELM
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.operator import OPERATOR_LOG
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.pod import (
    CONTAINER_START,
    CREATION,
    IMAGE,
    SCHEDULING,
    STARTING,
    TURNED_AWAY,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.signature import Signature, last_line, recognize
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.workload_log import JOB_LOG, PLUGIN_LOG, explain_log
from hypothesis import given
from hypothesis import strategies as st

DRIVER_TEXTS = [
    ("DriverLibraryMismatch", "Failed to initialize NVML: Driver/library version mismatch"),
    ("VgpuHostMismatch", "NVRM: Xid (PCI:0002:00:00): 78, pid=0, Xid 78: Guest driver is incompatible with host driver"),
    ("DeviceXid", "XidCriticalError: Xid=48 on Device=GPU-8dc7a0c9-0e39; marking device as unhealthy."),
    ("DeviceXid", "NVRM: Xid (PCI:0000:78:00): 79, GPU has fallen off the bus."),
    ("DeviceLost", "error creating nvml.Device 3: nvml: GPU is lost"),
    ("DeviceLost", "nvidia-container-cli: device error: GPU-4b8f: unknown device: unknown"),
    ("DeviceXid", "NVRM: Xid (PCI:0001:00:00): 31, pid=7\nNVRM: Xid (PCI:0001:00:00): 79, pid=7"),
    ("ApplicationXid", "NVRM: Xid (PCI:0001:00:00): 31, pid=1234, name=python, Ch 00000008"),
    ("ApplicationXid", "XidCriticalError: Xid=43 on Device=GPU-8dc7a0c9-0e39"),
    ("SwitchSxid", "nvidia-nvswitch0: SXid (PCI:0000:c2:00.0): 20034, Fatal, Link 28 LTSSM Fault Up"),
    ("DriverMissing", "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the driver is installed"),
    ("DriverLibraryMismatch", "Error 803: system has unsupported display driver / cuda driver combination"),
    ("DriverLibraryMismatch", "failed call to cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"),
    (
        "DriverLibraryMismatch",
        "mount error: lstat failed: /usr/lib/x86_64-linux-gnu/libnvidia-gpucomp.so.595.54: no such file or directory",
    ),
    ("FabricManagerNotRunning", "Unexpected error from cudaGetDeviceCount(). Error 802: system not yet initialized"),
    ("FabricManagerNotRunning", "failed call to cuInit: CUDA_ERROR_SYSTEM_NOT_READY: system not yet initialized"),
    ("UncorrectableEcc", "RuntimeError: CUDA error: uncorrectable ECC error encountered"),
    ("CdiUnresolved", "failed to inject CDI devices: unresolvable CDI devices management.nvidia.com/gpu=GPU-1"),
    ("CdiUnresolved", "failed to generate CDI spec: invalid device, empty device edits"),
    ("DriverMissing", "nvidia-container-cli: initialization error: nvml error: unable to load the nvml library: unknown"),
    ("DriverMissing", "initialization error: load library failed: libcuda.so.1: cannot open shared object file: no such file or directory"),
    ("DriverMissing", "E0719 10:03:37.012345 1 factory.go:115] Incompatible strategy detected auto"),
    (
        "DriverMissing",
        "error starting plugins: error getting plugins: unable to create resource managers: invalid device discovery strategy",
    ),
    ("DriverMissing", "2021/08/01 10:00:00 Loading NVML\ncould not load NVML library: libnvidia-ml.so.1: cannot open shared object file"),
    ("DriverMissing", "nvidia-container-cli: initialization error: nvml error: driver not loaded"),
    ("DriverMissing", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."),
]
PLUGIN_TEXTS = [
    *DRIVER_TEXTS,
    ("NvmlFailed", "Failed to initialize NVML: Unknown Error.\nnvml init failed: Unknown Error"),
    ("NvmlFailed", "If this is a GPU node, did you set the docker default runtime to `nvidia`?"),
    ("PluginFoundNoDevice", "No devices found. Waiting indefinitely."),
    ("PluginConfigInvalid", "unable to load config: unable to finalize config: unable to parse config file: error parsing config file"),
    ("PluginConfigInvalid", "Incorrect Usage: flag provided but not defined: -mig-strategi"),
    ("PluginNotPermitted", "open /proc/driver/nvidia/capabilities: operation not permitted"),
    ("PluginNotPermitted", "error building device map: error getting device memory info: Insufficient Permissions"),
    ("PluginConfigInvalid", "E0901 main.go:310] specified config tesla-t4 does not exist"),
    (
        "MigStrategyUnfit",
        "panic: More than one MIG device type present on node\n\ngoroutine 1 [running]:\nmain.(*migStrategySingle).GetPlugins",
    ),
    ("MigStrategyUnfit", "invalid MIG configuration: at least one device with migEnabled=true: device 0 has no MIG devices configured"),
    ("MigStrategyUnfit", "all devices on the node must be configured with the same migEnabled value"),
    ("NodeOutOfWatches", "failed to create FS watcher for /var/lib/kubelet/device-plugins/: too many open files"),
    ("PluginNotRegistered", "Could not register device plugin: context deadline exceeded"),
]
JOB_TEXTS = [
    ("GpuDirectRdmaOff", "gpu-0:12:34 [0] NCCL INFO NET/IB : GPU Direct RDMA Disabled for HCA 0 'mlx5_0'"),
    (
        "DriverLibraryMismatch",
        "kernel version 570.211.1 does not match DSO version 580.159.4 -- cannot find working devices",
    ),
    ("DriverTooOldForCuda", "cudaGetDevice() failed. Status: CUDA driver version is insufficient for CUDA runtime version"),
    ("DriverTooOldForCuda", "RuntimeError: The NVIDIA driver on your system is too old (found version 11040)."),
    ("DriverTooOldForCuda", "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8"),
    ("NoKernelImage", "CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image is available for execution on the device"),
    ("NoKernelImage", "NVIDIA H100 with CUDA capability sm_90 is not compatible with the current PyTorch installation."),
    ("DeviceAccessLost", "Failed to initialize NVML: Unknown Error"),
    ("GpuOutOfMemory", "failed to allocate 11.17G (11996954624 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY"),
    ("GpuOutOfMemory", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"),
    ("NoGpuInContainer", "failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected"),
    ("NoGpuInContainer", "RuntimeError: No CUDA GPUs are available"),
    ("NoGpuInContainer", "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory"),
    ("NoGpuInContainer", "pynvml.NVMLError_LibraryNotFound: NVML Shared Library Not Found"),
    ("NvidiaSmiMissing", "/bin/sh: 1: nvidia-smi: not found"),
    ("NvidiaSmiMissing", "bash: line 1: nvidia-smi: command not found"),
    ("NoGpuInContainer", "cupy_backends.cuda.api.runtime.CUDARuntimeError: cudaErrorNoDevice: no CUDA-capable device is detected"),
    ("NoGpuInContainer", "jaxlib: INTERNAL: no supported devices found for platform CUDA"),
    ("NoGpuInContainer", "RuntimeError: Failed to infer device type"),
    ("NoGpuInContainer", "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU"),
    ("NoGpuInContainer", "RuntimeError: Unable to initialize backend 'cuda': FAILED_PRECONDITION: No visible GPU devices."),
    ("NoGpuInContainer", "RuntimeError: Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False."),
    ("NoGpuInContainer", "RuntimeError: CUDA error: all CUDA-capable devices are busy or unavailable"),
    ("NoGpuInContainer", "Could not load dynamic library 'libcuda.so.1'; dlerror: libcuda.so.1: cannot open shared object file"),
    ("DeviceLost", "Unable to determine the device handle for GPU 0001:00:00.0: Unknown Error"),
    ("GpuOutOfMemory", "ncclUnhandledCudaError: Call to CUDA function failed. Last error: Cuda failure 2 'out of memory'"),
    ("DataDenied", "OSError: You are trying to access a gated repo."),
    ("GpuNotUsable", "No devices were found"),
    ("DriverTooOldForCuda", "nvidia-container-cli: requirement error: unsatisfied condition: driver >= 418"),
    ("DriverTooOldForCuda", "Error 804: forward compatibility was attempted on non supported HW"),
    ("DriverTooOldForCuda", "CUDA failure 804: forward compatibility was attempted on non supported HW ; GPU=0"),
    ("GpuOutOfMemory", "RuntimeError: CUDA error: out of memory"),
    ("GpuOutOfMemory", "MemoryError: std::bad_alloc: out_of_memory: CUDA error at: /rmm/mr/device/cuda_memory_resource.hpp"),
    ("IllegalMemoryAccess", "RuntimeError: CUDA error: an illegal memory access was encountered"),
    ("IllegalMemoryAccess", "Failed to synchronize: CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure"),
    ("NvidiaSmiMissing", "FileNotFoundError: [Errno 2] No such file or directory: 'nvidia-smi'"),
    ("NoKernelImage", "nvrtc: error: invalid value for --gpu-architecture (-arch)"),
    ("CudaLibrariesMissing", "Could not load library libcudnn_cnn_infer.so.8. Error: libnvrtc.so: cannot open shared object file"),
    ("GpuOutOfMemory", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 17179869184 bytes."),
    ("GpuOutOfMemory", "OOM when allocating tensor with shape[8192,8192] and type float on /job:localhost/device:GPU:0"),
    ("GpuOutOfMemory", "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 8,000,000,000 bytes"),
    ("GpuOutOfMemory", "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`"),
    ("SharedMemoryTooSmall", "RuntimeError: DataLoader worker (pid 42) is killed by signal: Bus error. It is possible that"),
    ("SharedMemoryTooSmall", "NCCL WARN Error while creating shared memory segment /dev/shm/nccl-ab (size 9637888)"),
    ("DiskFull", "OSError: [Errno 28] No space left on device: '/data/cache'"),
    ("WrongArchitecture", "exec /usr/bin/python: exec format error"),
    (
        "DataDenied",
        "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/meta/x/resolve/main/config.json",
    ),
    ("DataThrottled", "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://huggingface.co/x"),
    (
        "CudaLibrariesMissing",
        "An NVIDIA GPU may be present on this machine, but a CUDA-enabled jaxlib is not installed. Falling back to cpu.",
    ),
    ("CudaLibrariesMissing", "OSError: libcudart.so.12: cannot open shared object file: No such file or directory"),
    ("CudaLibrariesMissing", "Failed to create CUDAExecutionProvider. Please reference the documentation"),
    ("CudaLibrariesMissing", "Could not find cuda drivers on your machine, GPU will not be used."),
    (
        "CudaLibrariesMissing",
        "Could not load dynamic library 'libcudart.so.11.0'; dlerror: cannot open shared object file",
    ),
    ("CudaLibrariesMissing", "AssertionError: Torch not compiled with CUDA enabled"),
    ("DataUnreachable", "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>"),
    ("DataUnreachable", "IOError: [Errno socket error] [Errno 110] Connection timed out"),
    ("DataUnreachable", "urllib.error.HTTPError: HTTP Error 403: Forbidden"),
    ("DataUnreachable", "http.client.RemoteDisconnected: Remote end closed connection without response"),
    ("DataUnreachable", "curl: (6) Could not resolve host: yann.lecun.com"),
    ("CudnnMismatch", "Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.3.0.  CuDNN library needs to have"),
    ("CudnnMismatch", "RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (8, 7, 0) but found (8, 2, 4)."),
    ("CudnnMismatch", "RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH"),
    ("CudnnMismatch", "FAILED_PRECONDITION: DNN library initialization failed. Look at the errors above for more details."),
    ("CudaLibrariesMissing", "Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open shared object file"),
    ("CudaLibrariesMissing", "Cannot dlopen some GPU libraries. Skipping registering GPU devices..."),
    ("CudaLibrariesMissing", "ImportError: libnvinfer.so.8: cannot open shared object file: No such file or directory"),
    ("LibcTooOld", "nvidia-smi: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by libnvidia-ml.so.1)"),
    ("LibcTooOld", "ImportError: /usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /app/ext.so)"),
    ("NoKernelImage", "RuntimeError: CUDA error: no kernel image is available for execution on the device"),
    ("CudaError", "RuntimeError: driver error: CUDA_ERROR_MPS_CONNECTION_FAILED"),
]
CREATION_TEXTS = [
    ("QuotaExceeded", 'Error creating: pods "x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1'),
    ("QuotaNotReady", 'Error creating: pods "x" is forbidden: status unknown for quota: gpus, resources: requests.nvidia.com/gpu'),
    ("LimitRangeViolated", 'Error creating: pods "x" is forbidden: maximum memory usage per Container is 128Mi, but limit is 256Mi'),
    ("LimitRangeViolated", 'Error creating: pods "x" is forbidden: [minimum cpu usage per Pod is 1, but request is 50m, odd]'),
    (
        "LimitRangeViolated",
        'Error creating: pods "x" is forbidden: memory max limit to request ratio per Container is 2, but provided ratio is 4.000000',
    ),
    (
        "LimitRangeViolated",
        'Error creating: Pod "x" is invalid: spec.containers[0].resources.requests: must be less than or equal to memory limit of 64Mi',
    ),
    ("PodInvalid", 'Error creating: Pod "x" is invalid: spec.dnsPolicy: Unsupported value: "Odd": supported values: "ClusterFirst"'),
    ("QuotaWantsRequests", 'Error creating: pods "x" is forbidden: failed quota: q: must specify limits.cpu for: main'),
    ("RuntimeClassMissing", 'Error creating: pods "x" is forbidden: pod rejected: RuntimeClass "nvidia" not found'),
    ("ServiceAccountMissing", 'Error creating: pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found'),
    ("PodSecurityViolated", 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes'),
    ("PriorityClassNotAllowed", "Error creating: insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]"),
    ("WebhookFailed", 'Error creating: Internal error occurred: failed calling webhook "validate.example.com": context deadline exceeded'),
    ("AdmissionDenied", 'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy] not allowed'),
]  # fmt: skip
IMAGE_TEXTS = [
    (
        "ImageNotFound",
        'ErrImagePull: failed to pull and unpack image "nvcr.io/nvidia/x:v9": failed to resolve reference: not found',
    ),
    (
        "ImageNotFound",
        'InvalidImageName: Failed to apply default image tag "A:b": couldn\'t parse image name "A:b"',
    ),
    ("ImageNotFound", "ErrImageNeverPull: Container image is not present with pull policy of Never"),
    ("ImageAccessDenied", "ErrImagePull: failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"),
    ("ImageAccessDenied", "ErrImagePull: pull access denied, repository does not exist or may require authorization"),
    ("RegistryUnreachable", 'ErrImagePull: failed to do request: Head "https://nvcr.io/v2/x": dial tcp 10.0.0.1:443: i/o timeout'),
    ("RegistryUnreachable", "ErrImagePull: dial tcp: lookup nvcr.io on 168.63.129.16:53: no such host"),
    ("RegistryUnreachable", "ErrImagePull: dial tcp 20.1.2.3:443: connect: connection timed out"),
    ("RegistryUnreachable", "ErrImagePull: dial tcp: lookup mcr.microsoft.com: Temporary failure in name resolution"),
    ("ImagePullThrottled", "ErrImagePull: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit"),
    ("ImagePullThrottled", "ErrImagePull: pull QPS exceeded"),
    ("RegistryUntrusted", "ErrImagePull: tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    ("RegistryUntrusted", "ErrImagePull: http: server gave HTTP response to HTTPS client"),
    ("NodeDiskFull", "ErrImagePull: failed to extract layer sha256:0: write /usr/lib/x: no space left on device"),
    ("ImageNotFound", "ErrImagePull: no match for platform in manifest sha256:0: not found"),
    ("RegistryUnreachable", "ErrImagePull: dial tcp: lookup example.azurecr.io on 10.0.0.10:53: server misbehaving"),
    ("RegistryUnreachable", "ErrImagePull: unexpected status from HEAD request to https://x/v2/: 503 Service Unavailable"),
    ("ImagePullFailed", 'ImagePullBackOff: Back-off pulling image "example.com/a"'),
]
STARTING_TEXTS = [
    ("DriverLibraryMismatch", "failed to create the automatic CDI modifier: failed to initialize NVML: Driver/library version mismatch"),
    (
        "DriverTooOldForCuda",
        "StartError: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver",
    ),
    ("NvmlFailed", "StartError: error running hook #0: nvidia-container-cli: detection error: nvml error: unknown error: unknown"),
    ("NvmlFailed", "StartError: nvidia-container-cli: initialization error: driver rpc error: timed out: unknown"),
    ("NoGpuInContainer", "StartError: libcuda.so.1: cannot open shared object file"),
    ("NvmlFailed", "StartError: nvidia-container-cli: initialization error: driver error: failed to process request: unknown"),
    ("LibrariesNotLinked", "StartError: nvidia-container-cli: ldcache error: open failed: /sbin/ldconfig.real: no such file or directory"),
    ("LibrariesNotLinked", "StartError: nvidia-container-cli: ldcache error: process /sbin/ldconfig failed with error code: 1: unknown"),
    ("ContainerToolkitFailed", "StartError: error running hook #0: nvidia-container-cli: mount error: file creation failed: /x: unknown"),
    ("DriverTooOldForCuda", "StartError: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8 brand=tesla"),
    ("NvidiaSmiMissing", 'StartError: exec: "nvidia-smi": executable file not found in $PATH: unknown'),
    ("WrongArchitecture", "StartError: exec /usr/bin/python: exec format error"),
    ("SandboxFailed", "Failed to create pod sandbox: fork/exec /usr/bin/nvidia-container-runtime: no such file or directory: unknown"),
    ("RuntimeClassMissing", 'Failed to create pod sandbox: failed to get sandbox runtime: no runtime for "nvidia" is configured'),
    ("SharedGpuMoreThanOne", "Allocate failed due to rpc error: maximum request size for shared resources is 1; found 2"),
    ("DeviceAllocationFailed", "OutOfnvidia.com/gpu: Pod was rejected: Node didn't have enough resource: nvidia.com/gpu"),
    ("DeviceAllocationFailed", "Pod Allocate failed due to requested number of devices unavailable for nvidia.com/gpu."),
    ("ConfigMissing", 'CreateContainerConfigError: configmap "train" not found'),
    ("ConfigMissing", 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found'),
    ("ConfigMissing", "CreateContainerConfigError: couldn't find key token in Secret default/train"),
    ("VolumeNotMounted", "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition"),
    ("SandboxFailed", "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox"),
]  # fmt: skip
_CREATE = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
CONTAINER_START_TEXTS = [
    ("ContainerStartFailed", 'StartError: exec: "trian": executable file not found in $PATH: unknown'),
    ("ContainerStartFailed", f'{_CREATE}exec: "/app/train": stat /app/train: no such file or directory: unknown'),
    ("ContainerStartFailed", f'{_CREATE}exec: "/app/train.py": permission denied: unknown'),
    ("ContainerStartFailed", "exec /app/train.sh: no such file or directory"),  # the interpreter of its first line
    ("ContainerStartFailed", "ContainerCannotRun: OCI runtime create failed: working directory is not absolute"),
]
SCHEDULING_TEXTS = [
    ("VolumeNotBound", "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available"),
    ("VolumeNotBound", '0/3 nodes are available: persistentvolumeclaim "data" not found.'),
    ("NotEnoughCpuOrMemory", "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient nvidia.com/gpu."),
    ("NotEnoughCpuOrMemory", "0/3 nodes are available: 3 Too many pods."),
    ("PlacementRules", "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints."),
    ("ClaimNotAllocated", "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 cannot allocate all claims."),
]
TURNED_AWAY_TEXTS = [
    ("DeadlineExceeded", "DeadlineExceeded: Pod was active on the node longer than the specified deadline"),
    ("PodEvicted", "Evicted: The node was low on resource: memory. Container main was using 9Gi, request is 0"),
    ("PodEvicted", "Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 2Gi."),
    ("PodEvicted", "Terminated: Pod was terminated in response to imminent node shutdown."),
    ("PodTurnedAway", "OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 4000, used: 3000, capacity: 6000"),
    ("PodTurnedAway", "NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
]
OPERATOR_TEXTS = [
    ("KernelHeadersMissing", "Could not resolve Linux kernel version"),
    ("KernelHeadersMissing", "E: Unable to locate package linux-headers-6.8.0-1052-azure"),
    ("SecureBootRejectsDriver", "Lockdown: modprobe: Loading of unsigned module is rejected"),
    ("SecureBootRejectsDriver", "ERROR: Kernel module load error: Operation not permitted"),
    ("SecureBootRejectsDriver", "modprobe: ERROR: could not insert 'nvidia_uvm': Key was rejected by service"),
    ("DriverInUse", "Could not unload NVIDIA driver kernel modules, driver is in use"),
    ("ContainerdStopped", "containerd: drop-in config version 4 higher than root config version 2"),
    ("ContainerdStopped", "dial unix /run/containerd/containerd.sock: connect: connection refused"),
    ("CudaValidationFailed", "Failed to allocate device vector A (error code no CUDA-capable device is detected)!"),
]
TABLES = {
    "operator log": (OPERATOR_LOG, OPERATOR_TEXTS),
    "plugin log": (PLUGIN_LOG, PLUGIN_TEXTS),
    "job log": (JOB_LOG, [*DRIVER_TEXTS, *JOB_TEXTS]),
    "creation": (CREATION, CREATION_TEXTS),
    "image": (IMAGE, IMAGE_TEXTS),
    "starting": (STARTING, [*DRIVER_TEXTS, *STARTING_TEXTS]),
    "container start": (CONTAINER_START, CONTAINER_START_TEXTS),
    "turned away": (TURNED_AWAY, TURNED_AWAY_TEXTS),
    "scheduling": (SCHEDULING, SCHEDULING_TEXTS),
}
# As Helm 3.21 prints them, with names of our own and shortened; where, its source in the table says.
HELM_TEXTS = [
    ("HelmReleasePending", "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress"),
    ("HelmReleaseNotFound", "Error: uninstall: Release not loaded: gpu-operator: release: not found"),
    ("HelmReleaseUnusable", 'Error: UPGRADE FAILED: "gpu-operator" has no deployed releases'),
    ("HelmReleaseUnusable", "Error: INSTALLATION FAILED: cannot re-use a name that is still in use"),
    ("OwnedByOthers", 'Error: ClusterRole "gpu-operator" in namespace "" exists and cannot be imported into the current release: invalid'),
    (
        "ResourceQuotaExceeded",
        'Error: secrets "x" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=1',
    ),
    ("AdmissionDenied", 'Error: admission webhook "policy.example.com" denied the request: [no-privileged] not allowed'),
    ("AdmissionDenied", "pods is forbidden: ValidatingAdmissionPolicy 'ours' with binding 'ours' denied request: no privileged pods"),
    (
        "NamespaceTerminating",
        'Error: failed to create: secrets "x" is forbidden: unable to create new content in namespace a because it is being terminated',
    ),
    ("Forbidden", 'Error: query: secrets is forbidden: User "robot" cannot list resource "secrets" in API group "" in the namespace "a"'),
    ("Forbidden", 'clusterroles "x" is forbidden: user "robot" is attempting to grant RBAC permissions not currently held:'),
    (
        "FieldConflict",
        "Error: conflict occurred while applying object a/b apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict",
    ),
    ("CustomResourcesOutdated", 'resource mapping not found for name: "cluster-policy" namespace: "" from "": no matches for kind'),
    ("CustomResourcesOutdated", 'ClusterPolicy in version "v1" cannot be handled: strict decoding error: unknown field "spec.cdi"'),
    ("ChartNeedsOtherKubernetes", "chart requires kubeVersion: >= 1.40.0-0 which is incompatible with Kubernetes v1.36.2"),
    ("ChartRejectsValues", "Error: execution error at (gpu-operator/templates/validations.yaml:3:5): driverType must be gpu"),
    ("ChartRejectsValues", "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nnfd:"),
    ("ClusterUnreachable", 'Error: Kubernetes cluster unreachable: Get "https://x:443/version": dial tcp: lookup x: no such host'),
]
CHART_TEXTS = [
    ("ChartNotFound", 'Error: chart "gpu-operator" version "v99.1.0" not found in https://helm.ngc.nvidia.com/nvidia repository'),
    ("ChartNotFound", 'Error: path "./gpu-operator" not found'),
    ("ChartNotFound", "Error: registry.example/mirror/gpu-operator:v99.1.0: not found"),
    ("ChartNotFound", 'Error: looks like "https://example.com/charts" is not a valid chart repository or cannot be reached: failed'),
    (
        "ChartHostUnreachable",
        'Error: looks like "https://x" is not a valid chart repository or cannot be reached: Get "https://x/": dial tcp: no such host',
    ),
    ("ChartHostUnreachable", 'Error: failed to do request: Head "https://x/v2/": proxyconnect tcp: dial tcp 10.0.0.1:3128: i/o timeout'),
    ("ChartAccessDenied", 'Error: GET "https://registry.example/v2/a/manifests/v26.7.0": response status code 401: Unauthorized'),
    ("ChartAccessDenied", "Error: failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden"),
    (
        "RegistryUntrusted",
        'Error: looks like "https://x" is not a valid chart repository or cannot be reached: x509: unknown authority',
    ),
]
# Messages that become errors, not findings.
ERROR_TABLES = {"helm": (HELM, HELM_TEXTS), "chart": (CHART, CHART_TEXTS)}
ALL_TABLES = {**TABLES, **ERROR_TABLES}
HEALTHY_LOGS = [
    "NCCL INFO NET/Libfabric : GPU Direct RDMA Disabled for HCA 0 'rdmap0s29'\nNCCL INFO NET/IB : No device found.",
    "Starting FS watcher.\nStarting OS watcher.\nStarting Plugins.\nRegistered device plugin for 'nvidia.com/gpu' with Kubelet",
    "Detected NVML platform: found NVML library\nRegistered device plugin with Kubelet",
    """Found device 0 with properties:
name: Tesla K80
Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla K80, pci bus id: 1)
Successfully downloaded train-images-idx3-ubyte.gz 9912422 bytes.
Accuracy at step 490: 0.97""",
]


@pytest.mark.parametrize(("table", "code", "text"), [(name, *row) for name, (_rows, texts) in ALL_TABLES.items() for row in texts])
def test_a_text_that_was_seen_means(table: str, code: str, text: str) -> None:
    known = recognize(f"before\n{text}\nafter", ALL_TABLES[table][0])
    assert known is not None
    assert known[0].explanation.code == code
    assert known[1] in text or known[1] == "before"


@pytest.mark.parametrize("table", ALL_TABLES)
def test_every_signature_has_code_cause_and_remedy(table: str) -> None:
    rows, texts = ALL_TABLES[table]
    assert {row.explanation.code for row in rows} == {code for code, _text in texts}, f"a text for each row of {table}: DRIVER_TEXTS, ..."
    assert not [code for code, count in Counter(row.explanation.code for row in rows).items() if count > 1]
    for row in rows:
        assert row.explanation.cause.endswith(".")
        assert row.explanation.remedy
        assert row.source
        assert row.explanation.severity in ("error", "warning")


@pytest.mark.parametrize("log", HEALTHY_LOGS)
@pytest.mark.parametrize("rows", [PLUGIN_LOG, JOB_LOG])
def test_healthy_log_has_no_finding(rows: Sequence[Signature], log: str) -> None:
    assert recognize(log, rows) is None


def test_evidence_is_the_matching_line() -> None:
    (finding,) = explain_log("default/train-0", "one\ntwo: CUDA out of memory. " + "x" * 1000 + "\nthree", node="a")
    assert finding.evidence.startswith("log: two: CUDA out of memory.")
    assert len(finding.evidence) < 320
    assert "three" not in finding.evidence


def test_remedy_for_the_node_names_the_pods_node() -> None:
    (finding,) = explain_log("default/train-0", "GPU is lost", node="aks-gpunp-0")
    assert finding.subjects == ("default/train-0",)
    assert "kubectl drain aks-gpunp-0 " in finding.explanation.remedy


@pytest.mark.parametrize(
    ("text", "numbers", "applications"),
    [
        ("NVRM: Xid (PCI:0002:00:00): 78, pid=0, Xid 78: Guest driver is incompatible", [78], False),
        ("NVRM: Xid (PCI:0000:13:00): 79, GPU has fallen off the bus", [79], False),
        ("XidCriticalError: Xid=48 on Device=GPU-13", [48], False),
        ("Xid 31", [31], True),
        ("XID errors found: XIDs: 13, 31", [13, 31], True),
        ("GPU 0 reported Xid=43; Xid 94 before", [43, 94], False),
        ("XID: 13 and 79", [13, 79], False),
        ("Xid 13 & 94", [13, 94], False),
        ("node has XID errors: [13 31]", [13, 31], True),
        ("Xid 31, pid=123", [31], True),
        ("no errors at all, pid 13", [], False),
        ("Taxid 13", [], False),
    ],
)
def test_xid_errors_are_classified_by_number(text: str, numbers: list[int], applications: bool) -> None:
    assert xids_in(text) == numbers
    assert only_applications(text) is applications


def test_reason_of_a_panic_is_shown_without_the_stack() -> None:
    log = "Starting.\npanic: odd thing\n\ngoroutine 1 [running]:\nmain.main()\n\t/build/cmd/mig-strategy.go:87 +0x336\n"
    assert last_line(log) == "panic: odd thing"
    assert last_line("one\ntwo\n\n") == "two"
    assert last_line("") == ""


@pytest.mark.parametrize(
    "log",
    [
        "WARN: HTTP Error 403: Forbidden\nretry with mirror ok\nTraceback (most recent call last):\nAssertionError: loss is nan",
        "wandb: Max retries exceeded with url: /graphql\nstep 1\nValueError: bad shape",
        "<urlopen error timed out>\nfetched from the cache\ntorch.distributed.DistBackendError: NCCL error",
        "HTTP Error 403: Forbidden\nfrom the cache\nstep 1\nSegmentation fault (core dumped)",
        "Max retries exceeded with url: /telemetry\nepoch 1\nKilled",
        "HTTP Error 403: Forbidden\nfrom a mirror\npanic: runtime error: index out of range [3] with length 3",
        "HTTP Error 429 thrown while requesting GET https://huggingface.co/x\nRetrying in 1s [Retry 1/5].\nValueError: shapes differ",
        "wandb: 401 Client Error: Unauthorized\nepoch 1\nKeyError: 'label'",
    ],
)
def test_earlier_warning_is_not_taken_for_the_cause(log: str) -> None:
    assert explain_log("a/b", log, node="n") == []


SMALLER = "CUDA out of memory, trying a smaller batch"


@pytest.mark.parametrize(
    "log",
    [
        f"WARNING: {SMALLER}\nepoch 1\nValueError: bad shape",
        f"WARNING: {SMALLER}\nepoch 1\nloss is nan, giving up",
        f"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n{SMALLER}\nepoch 1\nKilled",
        "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB\nepoch 1\nKeyError: 'label'",
        "W CUDA out of memory. Retrying with batch size 8\n[rank0]: ValueError: bad shape",
        "OOM when allocating tensor, falling back to the host\nAssertionError: accuracy",
        "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.25GiB. The caller indicates that this is not a failure\nKeyError: 1",
        "NCCL WARN Call to connect returned Connection refused, retrying\nValueError: bad shape",
        "ptxas not found, falling back to the CUDA driver for PTX compilation\nValueError: bad shape",
        "Could not load dynamic library 'libnvinfer.so.7'; dlerror: libnvinfer.so.7: cannot open shared object file\nKeyError: 1",
        "bash: line 1: nvidia-smi: command not found\nepoch 1\nValueError: bad shape",
        "could not write the cache: [Errno 28] No space left on device\nepoch 1\nValueError: bad shape",
    ],
)
def test_survived_error_is_not_taken_for_the_cause(log: str) -> None:
    assert explain_log("a/b", log, node="n") == []


@pytest.mark.parametrize(
    "log",
    [
        f"{SMALLER}\n{SMALLER}\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "[rank1]: torch.OutOfMemoryError: CUDA out of memory.\n[rank0]: torch.distributed.DistBackendError: NCCL error",
        "(EngineCore_0 pid=92) torch.OutOfMemoryError: CUDA out of memory.\nRuntimeError: Engine core failed. See root cause above.",
        "torch.OutOfMemoryError: CUDA out of memory.\ntorch.multiprocessing.spawn.ProcessExitedException: process 1 ended with 1",
        "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 17179869184 bytes.\nexit 1",
        "torch.OutOfMemoryError: CUDA out of memory.\nDuring handling of the above exception, another exception occurred:\nKeyError: 1",
    ],
)
def test_memory_that_ended_the_program_is_the_cause(log: str) -> None:
    assert [found.code for found in explain_log("a/b", log, node="n")] == ["GpuOutOfMemory"]


@pytest.mark.parametrize(
    "log",
    [
        "Traceback (most recent call last):\nurllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
        "socket.gaierror: Name or service not known\nDuring handling of the above exception, another exception occurred:\nRuntimeError: x",
        "KeyError: 'x'\nretrying\nurllib.error.HTTPError: HTTP Error 403: Forbidden",
        "curl: (6) Could not resolve host: yann.lecun.com\nmake: *** [data] Error 6",
        "HTTP Error 403: Forbidden\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: \ntrain.py FAILED",
        "HTTP Error 403: Forbidden\nsubprocess.CalledProcessError: Command '['python', 'train.py']' returned non-zero exit status 1.",
    ],
)
def test_last_error_of_the_log_is_the_cause(log: str) -> None:
    assert [found.code for found in explain_log("a/b", log, node="n")] == ["DataUnreachable"]


@given(st.text())
def test_no_log_breaks_it(log: str) -> None:
    assert len(explain_log("a/b", log, node="n")) <= 1
