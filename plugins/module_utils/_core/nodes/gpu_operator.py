# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the NVIDIA GPU Operator is doing with a node according to its labels, and which of its pods does it."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from ..shared.explanation import Explanation

# Labels by which NVIDIA's GPU Operator and its managers tell what they do with a node: NVIDIA/mig-parted (k8s-mig-manager),
# NVIDIA/k8s-driver-manager, NVIDIA/k8s-operator-libs pkg/upgrade. A manager pauses each of the operator's DaemonSets on the node
# by its label, and puts the label back when it has done.
_MIG_STATE, _MIG_CONFIG = "nvidia.com/mig.config.state", "nvidia.com/mig.config"
UPGRADE_STATE = "nvidia.com/gpu-driver-upgrade-state"
DEPLOY_PREFIX = "nvidia.com/gpu.deploy."
PLUGIN_LABEL, OPERANDS_LABEL, DRIVER_LABEL = f"{DEPLOY_PREFIX}device-plugin", f"{DEPLOY_PREFIX}operands", f"{DEPLOY_PREFIX}driver"
_DEPLOY = (PLUGIN_LABEL, f"{DEPLOY_PREFIX}operator-validator", f"{DEPLOY_PREFIX}container-toolkit")
_PAUSED = "paused-for-"
# By which a person keeps the operator's device plugin, or all of its parts, off a node (NVIDIA/gpu-operator controllers/state_manager.go).
_SWITCHES = (PLUGIN_LABEL, OPERANDS_LABEL)
_NOT_AT_WORK = ("", "upgrade-done", "upgrade-required")  # required: it waits for its turn, and the node serves as before
MIG_MANAGER, DRIVER, VGPU_MANAGER = "nvidia-mig-manager", "nvidia-driver-daemonset", "nvidia-vgpu-device-manager"
CHANGING_APPS = (MIG_MANAGER, DRIVER, VGPU_MANAGER)  # the label app of the pods that change a node before its plugin can serve it
OPERATOR_NAMESPACE = "gpu-operator"  # where its documentation installs it
_VALIDATES = "-validation"  # how its pods' init containers are called that wait for driver and toolkit
_RESOURCES = ("ClusterPolicy", "NVIDIADriver")  # by which a person tells it what to do
PRESENT = "nvidia.com/gpu.present"  # of the nodes on which it has found a GPU


class OperatorPart(NamedTuple):
    """The pods of one of the operator's DaemonSets on a node, identified by their label app."""

    app: str
    node: str


class OperatorState(NamedTuple):
    """What the operator is doing with a node. app: the label of the pods that do it."""

    explanation: Explanation
    evidence: str
    app: str


def is_labeled(labels: Mapping[str, str]) -> bool:
    """Whether the operator, or a person for it, has labeled the node; not if a label keeps the whole operator off."""
    return labels.get(OPERANDS_LABEL) != "false" and (PRESENT in labels or any(name.startswith(DEPLOY_PREFIX) for name in labels))


def log_command(app: str) -> str:
    """The command that reads the log of one of the operator's components. {operator} stands for its namespace."""
    return f"'kubectl logs -n {{operator}} -l app={app} --all-containers --tail 50'"


_MIG_CHANGES = Explanation(
    "MigChanging",
    cause="The MIG manager is changing the node's MIG layout and has stopped the device plugin in the meantime.",
    remedy=f"Wait. To follow its progress, run {log_command(MIG_MANAGER)}.",
    severity="warning",
)
_MIG_RESTARTS = Explanation(
    "MigChanging",
    cause="The MIG manager restarts the node to change its MIG layout.",
    remedy="Wait until the node is Ready again and nvidia.com/mig.config.state is success. If the node does not come back within 15 "
    "minutes, check 'kubectl describe node {first}', and replace the node.",
    severity="warning",
)
_MIG_FAILED = Explanation(
    "MigConfigFailed",
    cause="The MIG manager could not apply the MIG layout that the node's label nvidia.com/mig.config names.",
    remedy=f"Read its log: {log_command(MIG_MANAGER)}. Set the label to a layout from its ConfigMap that fits the GPU, and end all "
    "GPU workloads on the node.",
)
_UPGRADES = Explanation(
    "DriverUpgrading",
    cause="The GPU Operator is upgrading the node's driver and has stopped the device plugin in the meantime.",
    remedy=f"Wait. To follow its progress, run {log_command(DRIVER)}.",
    severity="warning",
)
_UPGRADE_FAILED = Explanation(
    "DriverUpgradeFailed",
    cause="The GPU Operator could not upgrade the node's driver.",
    remedy=f"Read its log: {log_command(DRIVER)}. Fix the problem, then delete the driver's pod on the node.",
)
_VGPU_CHANGES = Explanation(
    "OperatorAtWork",
    cause="The GPU Operator is reconfiguring the node and has stopped the device plugin in the meantime.",
    remedy=f"Wait. To follow its progress, run {log_command(VGPU_MANAGER)}.",
    severity="warning",
)


def made_by_operator(metadata: Mapping[str, Any]) -> bool:
    """Whether the operator has created the object, for one of its own resources."""
    return any(owner.get("kind") in _RESOURCES for owner in metadata.get("ownerReferences") or ())


def driver_not_ready(severity: str) -> Explanation:
    """What it means that other components wait for the driver. {operator} stands for the operator's namespace.

    Args:
        severity: error if the driver keeps failing, warning while it may still be starting.
    """
    return Explanation(
        "OperatorDriverNotReady",
        cause="The GPU Operator's driver or container toolkit is not ready on the node, and its device plugin is waiting for it.",
        remedy=f"Read its log: {log_command(DRIVER)}. If the machine was deallocated and started again, its driver stays broken: delete "
        "the machine, and set the pool's scale-down mode to Delete.",
        severity=severity,
    )


def waited_for(pod: Mapping[str, Any] | None) -> str | None:
    """The init container in which a pod of the operator waits for the driver or toolkit, None if it does not wait."""
    for status in ((pod or {}).get("status") or {}).get("initContainerStatuses") or ():
        if str(status.get("name", "")).endswith(_VALIDATES) and "running" in (status.get("state") or {}):
            return str(status["name"])
    return None


def switched_off(labels: Mapping[str, str]) -> str | None:
    """The label that turns off the operator's device plugin on the node, None if none does."""
    return next((key for key in _SWITCHES if labels.get(key) == "false"), None)


def operator_state(labels: Mapping[str, str]) -> OperatorState | None:
    """What the operator is doing with the node or has failed to do; None if it is doing nothing."""
    state = _mig_state(labels) or _upgrade_state(labels)
    if state is not None:
        return state
    for key in _DEPLOY:
        if labels.get(key, "").startswith(_PAUSED):
            explanation, app = _PAUSES.get(labels[key], (_VGPU_CHANGES, VGPU_MANAGER))
            return OperatorState(explanation, _label(labels, key), app)
    return None


def is_changing(labels: Mapping[str, str]) -> bool:
    """Whether the operator is about to finish something on the node, as opposed to having failed to."""
    state = operator_state(labels)
    return state is not None and state.explanation.severity == "warning"


_PAUSES = {
    "paused-for-mig-change": (_MIG_CHANGES, MIG_MANAGER),
    "paused-for-driver-upgrade": (_UPGRADES, DRIVER),
}


def _mig_state(labels: Mapping[str, str]) -> OperatorState | None:
    state = labels.get(_MIG_STATE, "")
    if state not in _MIG_STATES:
        return None
    return OperatorState(_MIG_STATES[state], f"{_label(labels, _MIG_STATE)}, {_label(labels, _MIG_CONFIG)}", MIG_MANAGER)


_MIG_STATES = {"pending": _MIG_CHANGES, "rebooting": _MIG_RESTARTS, "failed": _MIG_FAILED}


def restarts(labels: Mapping[str, str]) -> bool:
    """Whether the MIG manager restarts the node, so that it is not Ready for a while."""
    return labels.get(_MIG_STATE) == "rebooting"


def _upgrade_state(labels: Mapping[str, str]) -> OperatorState | None:
    state = labels.get(UPGRADE_STATE, "")
    if state in _NOT_AT_WORK:
        return None
    return OperatorState(_UPGRADE_FAILED if state == "upgrade-failed" else _UPGRADES, _label(labels, UPGRADE_STATE), DRIVER)


def _label(labels: Mapping[str, str], key: str) -> str:
    return f"label {key} is {labels.get(key, 'not set')}"
