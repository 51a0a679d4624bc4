# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels of nodes: what the operator sets by what node feature discovery has found; pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lab.gpu_operator.operands import DEPLOY_PREFIX, DEPLOYED, MIG_MANAGER

PRESENT = "nvidia.com/gpu.present"
DRIVER_LABEL = f"{DEPLOY_PREFIX}driver"
PREINSTALLED = "pre-installed"
UPGRADE_STATE = "nvidia.com/gpu-driver-upgrade-state"
_OPERANDS = f"{DEPLOY_PREFIX}operands"
_NFD_PREFIX = "feature.node.kubernetes.io/"
_OS_ID, _OS_VERSION = f"{_NFD_PREFIX}system-os_release.ID", f"{_NFD_PREFIX}system-os_release.VERSION_ID"
_GPU_LABELS = tuple(f"{_NFD_PREFIX}pci-{device}.present" for device in ("10de", "0302_10de", "0300_10de"))
_MIG_CAPABLE, _MIG_CONFIG, _PRODUCT = "nvidia.com/mig.capable", "nvidia.com/mig.config", "nvidia.com/gpu.product"
_MIG_PRODUCTS = ("h100", "a100", "a30")


def is_discovered(labels: Mapping[str, str | None]) -> bool:
    """Whether node feature discovery has labeled the node at all."""
    return any(name.startswith(_NFD_PREFIX) for name in labels)


def has_gpu(labels: Mapping[str, str]) -> bool:
    """Whether node feature discovery has found an NVIDIA GPU on the node."""
    return any(labels.get(name) == "true" for name in _GPU_LABELS)


def system(labels: Mapping[str, str | None]) -> str:
    """The node's operating system as the tags of driver images end, such as ubuntu22.04; "" if it is not known."""
    return f"{labels.get(_OS_ID, '')}{labels.get(_OS_VERSION, '')}"


def changes(labels: Mapping[str, str]) -> dict[str, str | None]:
    """The labels that the operator sets on the node, None for one that it removes; a value that is there is honored."""
    if not has_gpu(labels):
        return {PRESENT: "false", **dict.fromkeys(_switches(labels))} if labels.get(PRESENT) == "true" else {}
    present = {} if labels.get(PRESENT) == "true" else {PRESENT: "true"}
    if labels.get(_OPERANDS) == "false":
        return {**present, **dict.fromkeys(_switches(labels))}
    wanted = dict.fromkeys(DEPLOYED, "true")
    if _has_mig(labels):
        wanted |= {MIG_MANAGER.label: "true", _MIG_CONFIG: "all-disabled"}
    return {**present, **{name: value for name, value in wanted.items() if name not in labels}}


def upgrade_state(labels: Mapping[str, str], *, failed: bool) -> dict[str, str | None]:
    """The label by which the operator tells of the upgrade of its driver, where it is another one."""
    state = "upgrade-failed" if failed else "upgrade-done"
    return {} if labels.get(UPGRADE_STATE) == state else {UPGRADE_STATE: state}


def _switches(labels: Mapping[str, str]) -> list[str]:
    return [name for name in (*DEPLOYED, MIG_MANAGER.label) if name in labels]


def _has_mig(labels: Mapping[str, str]) -> bool:
    if _MIG_CAPABLE in labels:
        return labels[_MIG_CAPABLE] == "true"
    return any(name in labels.get(_PRODUCT, "").lower() for name in _MIG_PRODUCTS)
