# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a DaemonSet serves NVIDIA GPUs or other devices, by the words in its name and image."""

from __future__ import annotations

import re
from typing import Iterable

_WORD = re.compile(r"[a-z0-9]+")
# Device plugins of other devices mount the kubelet's directory, too: SGX and InfiniBand on AKS, AMD, Intel and KubeVirt elsewhere.
_OTHER_WORDS = frozenset((
    "akri", "amd", "amdgpu", "ascend", "cambricon", "directx", "fpga", "fuse", "gaudi", "habana", "habanalabs", "infiniband", "intel",
    "kubevirt", "kvm", "mellanox", "neuron", "npu", "qat", "rdma", "rocm", "sandbox", "sgx", "smarter", "sriov", "sriovdp", "tpu", "usb",
    "vfio", "xilinx",
))  # fmt: skip
# NVIDIA's own, and those that serve NVIDIA's GPUs instead: Project-HAMi/HAMi (k8s-vdevice before), AliyunContainerService/gpushare,
# tkestack/gpu-manager, volcano-sh/devices, nebuly-ai/nos.
_GPU_WORDS = frozenset((
    "cuda", "gpu", "gpumanager", "gpus", "gpushare", "hami", "hamicore", "nebuly", "nvidia", "vdevice", "vgpu",
))  # fmt: skip
_AMD_WORDS = frozenset(("amd", "amdgpu", "rocm"))
_GPU_PLUGIN, _AMD_PLUGIN = "k8s-device-plugin", "rocm/k8s-device-plugin"  # NVIDIA's image wherever it is mirrored; AMD's has the same name


def serves_other_devices(name: str, images: Iterable[str]) -> bool:
    """Whether a DaemonSet of a device plugin is known to serve other devices than NVIDIA's GPUs.

    Only whole words of its name and of the last part of its images' paths count: a registry or a folder may have any name. NVIDIA's
    sandbox device plugin serves GPUs to virtual machines only.
    """
    repositories, words = [_repository(image) for image in images], _words(name)
    products = {word for each in repositories for word in _words(_last(each))}
    if any(each.endswith(_AMD_PLUGIN) for each in repositories) or products & _OTHER_WORDS:
        return True
    return bool(words & _OTHER_WORDS) and ("sandbox" in words or not _is_nvidias(words, products, repositories))


def _is_nvidias(words: set[str], products: set[str], repositories: Iterable[str]) -> bool:
    """Whether the DaemonSet's name, or the names or paths of its images, say that it is NVIDIA's plugin."""
    return "nvidia" in products | words or (_GPU_PLUGIN in map(_last, repositories) and not words & _AMD_WORDS)


def serves_gpus(name: str, images: Iterable[str]) -> bool:
    """Whether the name or an image of a device plugin shows that it serves NVIDIA's GPUs; custom names may not show it."""
    products = [_last(_repository(image)) for image in images]
    words = {word for text in (name, *products) for word in _words(text)}
    return bool(words & _GPU_WORDS) or _GPU_PLUGIN in products


def _repository(image: str) -> str:
    """An image's path without tag and digest, but with the registry's port."""
    head, slash, last = image.partition("@")[0].lower().rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _last(repository: str) -> str:
    return repository.rpartition("/")[2]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
