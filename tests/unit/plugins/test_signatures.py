# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each signature beside a text that was really seen; where, its source in the table says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.log_signatures import JOB_LOG, PLUGIN_LOG, Signature, explain_log, recognise
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.pod_signatures import CREATION, IMAGE, SCHEDULING, STARTING
from hypothesis import given
from hypothesis import strategies as st

DRIVER_TEXTS = [
    ("DriverLibraryMismatch", "Failed to initialize NVML: Driver/library version mismatch"),
    ("VgpuHostMismatch", "NVRM: Xid (PCI:0002:00:00): 78, pid=0, Xid 78: Guest driver is incompatible with host driver"),
    ("DeviceXid", "XidCriticalError: Xid=48 on Device=GPU-8dc7a0c9-0e39; marking device as unhealthy."),
    ("DeviceXid", "NVRM: Xid (PCI:0000:78:00): 79, GPU has fallen off the bus."),
    ("DeviceLost", "error creating nvml.Device 3: nvml: GPU is lost"),
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
]
JOB_TEXTS = [
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
]
CREATION_TEXTS = [
    ("QuotaExceeded", 'Error creating: pods "x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1'),
    ("QuotaWantsRequests", 'Error creating: pods "x" is forbidden: failed quota: q: must specify limits.cpu for: main'),
    ("RuntimeClassMissing", 'Error creating: pods "x" is forbidden: pod rejected: RuntimeClass "nvidia" not found'),
    ("ServiceAccountMissing", 'Error creating: pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found'),
    ("PodSecurityViolated", 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes'),
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
    ("ImagePullFailed", 'ImagePullBackOff: Back-off pulling image "example.com/a"'),
]
STARTING_TEXTS = [
    ("DriverLibraryMismatch", "failed to create the automatic CDI modifier: failed to initialize NVML: Driver/library version mismatch"),
    (
        "DriverTooOldForCuda",
        "StartError: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver",
    ),
    ("RuntimeClassMissing", 'Failed to create pod sandbox: failed to get sandbox runtime: no runtime for "nvidia" is configured'),
    ("SharedGpuMoreThanOne", "Allocate failed due to rpc error: maximum request size for shared resources is 1; found 2"),
    ("DeviceAllocationFailed", "Pod Allocate failed due to requested number of devices unavailable for nvidia.com/gpu."),
    ("ConfigMissing", 'CreateContainerConfigError: configmap "train" not found'),
    ("ConfigMissing", 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found'),
    ("ConfigMissing", "CreateContainerConfigError: couldn't find key token in Secret default/train"),
    ("VolumeNotMounted", "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition"),
    ("SandboxFailed", "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox"),
]  # fmt: skip
SCHEDULING_TEXTS = [
    ("VolumeNotBound", "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available"),
    ("VolumeNotBound", '0/3 nodes are available: persistentvolumeclaim "data" not found.'),
    ("NotEnoughCpuOrMemory", "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient nvidia.com/gpu."),
    ("NotEnoughCpuOrMemory", "0/3 nodes are available: 3 Too many pods."),
    ("PlacementRules", "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints."),
    ("ClaimNotAllocated", "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 cannot allocate all claims."),
]
TABLES = {
    "plugin log": (PLUGIN_LOG, PLUGIN_TEXTS),
    "job log": (JOB_LOG, [*DRIVER_TEXTS, *JOB_TEXTS]),
    "creation": (CREATION, CREATION_TEXTS),
    "image": (IMAGE, IMAGE_TEXTS),
    "starting": (STARTING, [*DRIVER_TEXTS, *STARTING_TEXTS]),
    "scheduling": (SCHEDULING, SCHEDULING_TEXTS),
}
HEALTHY_LOGS = [
    "Starting FS watcher.\nStarting OS watcher.\nStarting Plugins.\nRegistered device plugin for 'nvidia.com/gpu' with Kubelet",
    "Detected NVML platform: found NVML library\nRegistered device plugin with Kubelet",
    """Found device 0 with properties:
name: Tesla K80
Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla K80, pci bus id: 1)
Successfully downloaded train-images-idx3-ubyte.gz 9912422 bytes.
Accuracy at step 490: 0.97""",
]


@pytest.mark.parametrize(("table", "code", "text"), [(name, *row) for name, (_rows, texts) in TABLES.items() for row in texts])
def test_a_text_that_was_seen_means(table: str, code: str, text: str) -> None:
    known = recognise(f"before\n{text}\nafter", TABLES[table][0])
    assert known is not None
    assert known[0].code == code
    assert known[1] in text or known[1] == "before"


@pytest.mark.parametrize("table", TABLES)
def test_every_signature_has_a_text_and_says_all(table: str) -> None:
    rows, texts = TABLES[table]
    assert {row.code for row in rows} == {code for code, _text in texts}
    assert not [code for code, count in Counter(row.code for row in rows).items() if count > 1]
    for row in rows:
        assert row.cause.endswith(".")
        assert row.remedy
        assert row.source
        assert row.severity in ("error", "warning")


@pytest.mark.parametrize("log", HEALTHY_LOGS)
@pytest.mark.parametrize("rows", [PLUGIN_LOG, JOB_LOG])
def test_a_healthy_log_means_nothing(rows: Sequence[Signature], log: str) -> None:
    assert recognise(log, rows) is None


def test_the_evidence_is_the_line_and_no_more() -> None:
    (finding,) = explain_log("default/train-0", "one\ntwo: CUDA out of memory. " + "x" * 1000 + "\nthree", node="a")
    assert finding.evidence.startswith("log: two: CUDA out of memory.")
    assert len(finding.evidence) < 320
    assert "three" not in finding.evidence


def test_a_remedy_for_the_node_names_the_pods_node() -> None:
    (finding,) = explain_log("default/train-0", "GPU is lost", node="aks-gpunp-0")
    assert finding.subjects == ("default/train-0",)
    assert "kubectl drain aks-gpunp-0 " in finding.remedy


@given(st.text())
def test_no_log_breaks_it(log: str) -> None:
    assert len(explain_log("a/b", log, node="n")) <= 1
