# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines behind nodes, as pure functions: their capacity, what AKS leaves to pods, and what their kubelets report."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from tests.lab.arm.state import NodePoolView
from tests.lab.eras import Era, VmSize

_KI_PER_GIB = 2**20
# The share of a virtual machine's memory that Linux reports: 57713784 Ki of the 56 GiB of a Standard_NC6 in the 2020 article.
_VISIBLE_MEMORY = 0.9829
# CPU that AKS reserves, in thousandths, by number of cores; between these the higher one's applies.
_RESERVED_CPU = {1: 60, 2: 100, 4: 140, 8: 180, 16: 260, 32: 420, 64: 740}
_OS_IMAGES = {
    "AKSUbuntu-1804": ("Ubuntu 18.04.5 LTS", "5.4.0-1051-azure"),
    "AKSUbuntu-2204": ("Ubuntu 22.04.5 LTS", "5.15.0-1102-azure"),
    "AKSUbuntu-2404": ("Ubuntu 24.04.3 LTS", "6.8.0-1041-azure"),
    "AKSAzureLinux-V3": ("Microsoft Azure Linux 3.0", "6.6.104.2-4.azl3"),
}
_UNKNOWN_OS = ("Linux", "6.8.0-azure")
_RUNTIMES = {"2021": "containerd://1.4.4+azure", "2026": "containerd://1.7.30-2"}
_DISK = {"capacity": "129886128Ki", "allocatable": "119703055367"}


def capacity(size: VmSize, era: Era, *, max_pods: int) -> dict[str, str]:
    """The machine's capacity without GPUs, which a device plugin reports."""
    disks = {"attachable-volumes-azure-disk": "24"} if era.name == "2021" else {}
    return {
        **disks,
        "cpu": str(size.cpus),
        "ephemeral-storage": _DISK["capacity"],
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{round(size.memory_gib * _KI_PER_GIB * _VISIBLE_MEMORY)}Ki",
        "pods": str(max_pods),
    }


def allocatable(size: VmSize, era: Era, has: Mapping[str, str]) -> dict[str, str]:
    """What pods may use: the capacity less what AKS reserves for the system, by its published rules."""
    reserved_cpu = next((milli for cores, milli in _RESERVED_CPU.items() if size.cpus <= cores), 740)
    memory = int(has["memory"].removesuffix("Ki"))
    reserved_memory = (
        _reserved_memory_2021(size.memory_gib) if era.name == "2021" else _reserved_memory_2026(size.memory_gib, int(has["pods"]))
    )
    return {
        **has,
        "cpu": f"{size.cpus * 1000 - reserved_cpu}m",
        "ephemeral-storage": _DISK["allocatable"],
        "memory": f"{memory - reserved_memory}Ki",
    }


def _reserved_memory_2021(gib: float) -> int:
    """Ki: 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % above, and 750 Mi for eviction."""
    reserved, left = 750 / 1024, gib
    for width, share in ((4, 0.25), (4, 0.2), (8, 0.1), (112, 0.06), (left, 0.02)):
        part = min(left, width)
        reserved, left = reserved + part * share, left - part
    return round(reserved * _KI_PER_GIB)


def _reserved_memory_2026(gib: float, max_pods: int) -> int:
    """Ki: 20 MB a possible pod and 50 MB, at most a quarter of the memory, and 100 Mi for eviction."""
    return round(min((20 * max_pods + 50) / 1024, gib / 4) * _KI_PER_GIB) + 100 * 1024


def node_info(pool: NodePoolView, name: str, era: Era) -> dict[str, str]:
    """Versions and identities, as a kubelet reports them."""
    version = f"v{pool.kubernetes_version}"
    release, kernel = next((known for prefix, known in _OS_IMAGES.items() if pool.node_image_version.startswith(prefix)), _UNKNOWN_OS)
    identity = _identity(name)
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": release,
        "kernelVersion": kernel,
        "containerRuntimeVersion": _RUNTIMES[era.name],
        "kubeletVersion": version,
        "kubeProxyVersion": version,
        "machineID": identity * 4,
        "systemUUID": f"{identity}-0000-4000-8000-{identity}0000",
        "bootID": f"{identity}-0000-4000-8000-0000{identity}",
    }


def _identity(name: str) -> str:
    """Eight hexadecimal digits, a letter first: KWOK's templates write them into YAML, which would take some others for a number."""
    return "a" + f"{zlib.crc32(name.encode()):08x}"[1:]
