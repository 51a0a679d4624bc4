# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Who brings the driver, the device plugin and the metrics to a node, by everything in the cluster that says so.

That is the node itself, the AKSNodeClass that created it, and the ClusterPolicy and NVIDIADrivers of NVIDIA's GPU Operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..nodes.gpu_operator import DEPLOY_PREFIX, DRIVER_LABEL, OPERANDS_LABEL, PLUGIN_LABEL
from ..shared.mappings import Json
from .owners import Owner, Owners, owners_of_node

PARTS = ("driver", "plugin", "metrics")
# Karpenter gives it to each of its nodes (kubernetes-sigs/karpenter pkg/apis/v1/labels.go: the group and kind of the node class).
NODE_CLASS_LABEL = "karpenter.azure.com/aksnodeclass"
_METRICS_LABEL, _TOOLKIT_LABEL = f"{DEPLOY_PREFIX}dcgm-exporter", f"{DEPLOY_PREFIX}container-toolkit"
_PREINSTALLED = "pre-installed"


@dataclass(frozen=True)
class OwnerResources:
    """The custom resources that name owners. Each is None if it is not known whether there are any, as without the right to read them."""

    policies: Sequence[Json] | None = None
    drivers: Sequence[Json] | None = None
    node_classes: Sequence[Json] | None = None


UNKNOWN = OwnerResources()


def owners_on(labels: Mapping[str, str], image: str, resources: OwnerResources) -> list[Owners]:
    """What each source says of a node, without those that say nothing."""
    found = (owners_of_node(image, labels), _by_node_class(labels, resources), _by_operator(labels, resources))
    return [each for each in found if each is not None and any(getattr(each, part) for part in PARTS)]


def owner_names(found: Iterable[Owners]) -> dict[str, list[str]]:
    """Who brings each part, in the form in which modules return it; none if that is not known."""
    sources = list(found)
    owners = {part: {getattr(each, part) for each in sources} - {None} for part in PARTS}
    return {part: sorted(owner.value for owner in named) for part, named in owners.items()}


def driver_owners(labels: Mapping[str, str], image: str, resources: OwnerResources) -> list[Owners]:
    """The sources by which the node gets a driver, one for each owner."""
    first: dict[Owner, Owners] = {}
    for each in owners_on(labels, image, resources):
        if each.driver is not None:
            first.setdefault(each.driver, each)
    return list(first.values())


def lacks_driver(labels: Mapping[str, str], image: str, resources: OwnerResources) -> str | None:
    """What shows that nothing installs a driver on the node; None if something does, or if that is not known.

    Without an AKSNodeClass, nothing in the cluster shows whether AKS has installed a driver.
    """
    node_class = _node_class(labels, resources)
    if node_class is None or resources.policies is None or driver_owners(labels, image, resources) or is_preinstalled(labels, resources):
        return None
    policy = followed_policy(resources.policies)
    if policy is not None and _selects_drivers(policy) and resources.drivers is None:
        return None
    return f"{_named('AKSNodeClass', node_class)}: gpu.mode is None; {_without_driver(labels, policy)}"


def is_unselected(labels: Mapping[str, str], image: str, resources: OwnerResources) -> bool:
    """Whether NVIDIADrivers say which nodes get a driver, and none selects this one; AKS may have installed one."""
    policy = followed_policy(resources.policies)
    left_out = policy is not None and _selects_drivers(policy) and resources.drivers is not None and _takes(labels, DRIVER_LABEL)
    return left_out and not driver_owners(labels, image, resources)


def is_preinstalled(labels: Mapping[str, str], resources: OwnerResources) -> bool:
    """Whether the operator is to install drivers, serves the node, and has found a driver there that is not its own."""
    policy = followed_policy(resources.policies)
    served = labels.get(OPERANDS_LABEL) != "false"
    return policy is not None and _enabled(policy, "driver") and served and labels.get(DRIVER_LABEL) == _PREINSTALLED


# NVIDIA/aicr#1688, NVIDIA/gpu-operator#2646
def adds_configuration(labels: Mapping[str, str], resources: OwnerResources) -> str | None:
    """What shows that the operator's toolkit adds a file to containerd's configuration that it may not start with; None if nothing does."""
    policy = followed_policy(resources.policies)
    if policy is None or not _enabled(policy, "toolkit") or not _takes(labels, _TOOLKIT_LABEL):
        return None
    toolkit: Json = (policy.get("spec") or {}).get("toolkit") or {}
    by_file = any((each.get("name"), each.get("value")) == ("RUNTIME_CONFIG_SOURCE", "file") for each in toolkit.get("env") or ())
    return None if by_file else f"{_named('ClusterPolicy', policy)}: toolkit.env does not have RUNTIME_CONFIG_SOURCE=file"


def followed_policy(policies: Sequence[Json] | None) -> Json | None:
    """The ClusterPolicy that the operator follows; it ignores all others."""
    return next((each for each in policies or () if (each.get("status") or {}).get("state") != "ignored"), None)


def _node_class(labels: Mapping[str, str], resources: OwnerResources) -> Json | None:
    name = labels.get(NODE_CLASS_LABEL)
    return next((each for each in resources.node_classes or () if each["metadata"]["name"] == name), None)


# Azure/karpenter-provider-azure pkg/apis/v1beta1: gpu.mode since v1.12 (#1539), gpu.nvidia.managementMode proposed (#1752)
def _by_node_class(labels: Mapping[str, str], resources: OwnerResources) -> Owners | None:
    node_class = _node_class(labels, resources)
    if node_class is None:
        return None
    gpu: Json = (node_class.get("spec") or {}).get("gpu") or {}
    name = _named("AKSNodeClass", node_class)
    if _text(gpu.get("nvidia") or {}, "managementMode") == "managed":
        return Owners(Owner.AKS, Owner.AKS, Owner.AKS, evidence=f"{name}: gpu.nvidia.managementMode is Managed")
    if _text(gpu, "mode") == "none":
        return Owners()
    return Owners(Owner.AKS, evidence=f"{name}: gpu.mode is not None")


def _text(fields: Json, name: str) -> str:
    return str(fields.get(name) or "").lower()


def _by_operator(labels: Mapping[str, str], resources: OwnerResources) -> Owners | None:
    policy = followed_policy(resources.policies)
    if policy is None:
        return None
    driver = _driver_of_operator(labels, policy, resources)
    takes = {"devicePlugin": PLUGIN_LABEL, "dcgmExporter": _METRICS_LABEL}
    plugin, metrics = (Owner.OPERATOR if _enabled(policy, part) and _takes(labels, label) else None for part, label in takes.items())
    return Owners(Owner.OPERATOR if driver else None, plugin, metrics, evidence=driver or _named("ClusterPolicy", policy))


def _driver_of_operator(labels: Mapping[str, str], policy: Json, resources: OwnerResources) -> str:
    """What shows that the operator brings the node's driver, "" if it does not, or if that is not known."""
    if not (_enabled(policy, "driver") and _takes(labels, DRIVER_LABEL)):
        return ""
    if not _selects_drivers(policy):
        return f"{_named('ClusterPolicy', policy)}: driver.enabled is true"
    chosen = next((each for each in resources.drivers or () if _selects(each, labels)), None)
    return f"{_named('NVIDIADriver', chosen)} selects it" if chosen else ""


def _without_driver(labels: Mapping[str, str], policy: Json | None) -> str:
    if policy is None:
        return "there is no ClusterPolicy"
    if not _enabled(policy, "driver"):
        return f"{_named('ClusterPolicy', policy)}: driver.enabled is false"
    if not _takes(labels, DRIVER_LABEL):
        return f"a label keeps the driver of {_named('ClusterPolicy', policy)} off the node"
    return "no NVIDIADriver selects it"


def _takes(labels: Mapping[str, str], label: str) -> bool:
    """Whether no label keeps this part of the operator off the node; it writes pre-installed where it has found a driver."""
    return labels.get(OPERANDS_LABEL) != "false" and labels.get(label) not in ("false", _PREINSTALLED)


def _selects_drivers(policy: Json) -> bool:
    """Whether NVIDIADrivers say which nodes get which driver."""
    driver: Json = (policy.get("spec") or {}).get("driver") or {}
    return bool(_enabled(policy, "driver") and (driver.get("nvidiaDriverCRD") or {}).get("enabled"))


def _selects(driver: Json, labels: Mapping[str, str]) -> bool:
    selector: Mapping[str, Any] = (driver.get("spec") or {}).get("nodeSelector") or {}
    return all(labels.get(name) == value for name, value in selector.items())


def _enabled(policy: Json, part: str) -> bool:
    return bool(((policy.get("spec") or {}).get(part) or {}).get("enabled", True))


def _named(kind: str, resource: Json) -> str:
    return f"{kind} {resource['metadata']['name']}"
