# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The values that make the GPU Operator's chart work on AKS, one row per value with its reason.

Two sets are coherent, and mixing them leaves pods without a runtime: the operator installs driver and toolkit on pools without a
driver, or it leaves both to AKS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Sequence

from ..nodes.taints import Taint, tolerates, toleration_for
from ..scheduling.requests import GPU_RESOURCE
from ..shared.versions import version_key
from .facts import AKS, OperatorFacts

NFD = "node-feature-discovery"  # the chart that discovers the nodes' features, in which the operator's chart includes it
DAEMONSET_TOLERATIONS = ("daemonsets", "tolerations")
WORKER_TOLERATIONS = (NFD, "worker", "tolerations")
# A list in the values replaces the chart's own, so that what the chart tolerates by default (26.7) is repeated.
_GPU_TAINT = {"key": GPU_RESOURCE, "operator": "Exists", "effect": "NoSchedule"}
_CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "operator": "Equal", "value": "", "effect": "NoSchedule"}
_UNNEEDED = ("vgpuManager", "vgpuDeviceManager", "vfioManager", "sandboxDevicePlugin", "ccManager")
_VIRTUAL = "It prepares GPUs for virtual machines or confidential containers on the node, which AKS nodes do not run."
_CONTROLLERS = (
    (("operator", "tolerations"), (_CONTROL_PLANE,)),
    ((NFD, "master", "tolerations"), (_CONTROL_PLANE,)),
    ((NFD, "gc", "tolerations"), ()),
)
# Ubuntu 22.04 before Kubernetes 1.33 has containerd 1.7, whose configuration has one version throughout.
_CONTAINERD_1 = ("2204", (1, 33))
# Where the chart (26.7) takes each component's image from: the repository below NVIDIA's registry.
_REPOSITORIES = (
    (("operator",), "nvidia"),
    (("validator",), "nvidia"),
    (("driver",), "nvidia"),
    (("driver", "manager"), "nvidia/cloud-native"),
    (("toolkit",), "nvidia/k8s"),
    (("devicePlugin",), "nvidia"),
    (("gfd",), "nvidia"),
    (("dcgm",), "nvidia/cloud-native"),
    (("dcgmExporter",), "nvidia/k8s"),
    (("migManager",), "nvidia/cloud-native"),
    (("nodeStatusExporter",), "nvidia"),
    (("gds",), "nvidia/cloud-native"),
    (("gdrcopy",), "nvidia/cloud-native"),
    ((NFD, "image"), "nfd/node-feature-discovery"),
)


@dataclass(frozen=True)
class Value:
    """A value of the chart, and why it is set.

    fixed: whether the set would not be coherent with another value. follows: the fact that a fixed value depends on.
    """

    path: tuple[str, ...]
    value: Any
    reason: str
    fixed: bool = False
    follows: str = "driver"


def chart_values(facts: OperatorFacts) -> Iterator[Value]:
    """The values that follow from the facts, in the order of the chart's documentation."""
    yield from _driver_of_aks() if facts.driver == AKS else _driver_of_operator(facts)
    yield Value(("devicePlugin", "enabled"), value=True, reason="The device plugin offers the GPUs to Kubernetes.")
    yield from _tolerations(facts)
    yield from _mig(facts)
    yield from _exporter(facts)
    for part in _UNNEEDED:
        yield Value((part, "enabled"), value=False, reason=_VIRTUAL)
    yield from _registry(facts)


def _driver_of_aks() -> Iterator[Value]:
    installed = "AKS has installed the driver and NVIDIA's container runtime on the nodes (gpu_driver: Install)."
    yield Value(("driver", "enabled"), value=False, reason=installed, fixed=True)
    yield Value(("toolkit", "enabled"), value=False, reason=installed, fixed=True)
    yield Value(
        ("operator", "runtimeClass"),
        "nvidia-container-runtime",
        "AKS has configured containerd with a runtime of this name, and not with one named nvidia.",
        fixed=True,
    )


def _driver_of_operator(facts: OperatorFacts) -> Iterator[Value]:
    missing = "The nodes have no driver and no container toolkit of AKS (gpu_driver: None)."
    yield Value(("driver", "enabled"), value=True, reason=missing, fixed=True)
    if len({facts.ubuntu(pool) for pool in facts.pools} - {None}) > 1:
        yield Value(
            ("driver", "nvidiaDriverCRD", "enabled"),
            value=True,
            reason="The pools have different releases of Ubuntu, and without this custom resource the operator supports only one.",
        )
    yield Value(("toolkit", "enabled"), value=True, reason=missing, fixed=True)
    if not _has_containerd_1(facts):
        yield Value(
            ("toolkit", "env"),
            [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}],
            "containerd 2 on AKS nodes has a configuration of version 2. Without this setting, the toolkit adds a file of a higher "
            "version, and containerd does not start again.",
            fixed=True,
        )
    yield Value(("operator", "runtimeClass"), "nvidia", "The toolkit adds a runtime of this name to containerd on the nodes.", fixed=True)


def _has_containerd_1(facts: OperatorFacts) -> bool:
    """Whether all nodes are known to have containerd 1."""
    release, first_with_2 = _CONTAINERD_1
    old = bool(facts.kubernetes_version) and version_key(facts.kubernetes_version) < first_with_2
    return old and all(facts.ubuntu(pool) == release for pool in facts.pools)


def _tolerations(facts: OperatorFacts) -> Iterator[Value]:
    taints = f" The GPU pools have {_named(facts.node_taints)}." if facts.node_taints else " No taint of the GPU pools is known."
    yield Value(
        DAEMONSET_TOLERATIONS,
        _tolerating([_GPU_TAINT], facts.node_taints),
        f"Without tolerations for these taints, none of the operator's pods runs on the GPU nodes.{taints}",
    )
    yield Value(
        WORKER_TOLERATIONS,
        _tolerating([_CONTROL_PLANE, _GPU_TAINT], facts.node_taints),
        f"Without tolerations for these taints, node feature discovery does not label its nodes, so the operator finds no GPU.{taints}",
    )
    for path, defaults in _CONTROLLERS if facts.system_node_taints else ():
        yield Value(
            path,
            _tolerating(defaults, facts.system_node_taints),
            f"The controllers run on nodes without GPUs, which have {_named(facts.system_node_taints)}.",
        )


def _tolerating(defaults: Sequence[dict[str, str]], taints: Sequence[Taint]) -> list[dict[str, str]]:
    """The defaults, and a toleration for each taint that they do not match. AKS would keep only one without a key."""
    wanted = [dict(each) for each in defaults]
    for taint in taints:
        if not tolerates(wanted, taint):
            wanted.append(toleration_for(taint))
    return wanted


def _named(taints: Sequence[Taint]) -> str:
    return f"the taint{'s' if len(taints) > 1 else ''} {', '.join(map(str, taints))}"


def _mig(facts: OperatorFacts) -> Iterator[Value]:
    unused = facts.mig_strategy == "none"
    yield Value(
        ("mig", "strategy"),
        facts.mig_strategy,
        "The GPUs are offered whole." if unused else "This is how MIG slices are offered to pods.",
        fixed=True,
        follows="mig_strategy",
    )
    if unused:
        reason = "No GPU is partitioned."
    elif facts.partitioned:
        reason = "AKS partitions the GPUs (gpu_instance_profile), and the MIG manager would undo that."
    else:
        reason = "The MIG manager partitions the GPUs of a node as its label nvidia.com/mig.config says."
    yield Value(("migManager", "enabled"), value=_has_mig_manager(facts), reason=reason)
    if _has_mig_manager(facts):
        # https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-mig.html: in a cloud's virtual machines
        restart = [{"name": "WITH_REBOOT", "value": "true"}]
        yield Value(("migManager", "env"), restart, "The GPUs of a virtual machine only change their MIG mode when the node restarts.")


def _has_mig_manager(facts: OperatorFacts) -> bool:
    return facts.mig_strategy != "none" and not facts.partitioned


def _exporter(facts: OperatorFacts) -> Iterator[Value]:
    wanted = facts.dcgm_exporter
    reason = "It provides the metrics of the GPUs, by pod." if wanted else "dcgm_exporter is false."
    yield Value(("dcgmExporter", "enabled"), value=wanted, reason=reason)


def _registry(facts: OperatorFacts) -> Iterator[Value]:
    off = {"driver", "toolkit"} if facts.driver == AKS else set()
    off |= set() if _has_mig_manager(facts) else {"migManager"}
    off |= set() if facts.dcgm_exporter else {"dcgmExporter"}
    for path, repository in _REPOSITORIES if facts.registry else ():
        if path[0] not in off:
            source = "registry.k8s.io" if path[0] == NFD else "nvcr.io"
            yield Value((*path, "repository"), f"{facts.registry}/{repository}", f"It mirrors {source}/{repository}.")
