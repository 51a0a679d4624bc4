# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a node belongs to the AKS cluster that a task names, according to what Azure writes into the Node object.

It protects against a kubeconfig or context that leads to another cluster; every step that talks to Kubernetes checks it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from ..._errors import RefusedError
from ..shared.findings import joined_names
from ..shared.mappings import Json
from ..shared.names import location_name

# https://learn.microsoft.com/azure/aks/use-labels: the node resource group's name in the form of a label.
CLUSTER_LABEL = "kubernetes.azure.com/cluster"
_REGION_LABEL = "topology.kubernetes.io/region"
_PROVIDER_ID = re.compile(r"azure:///subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/", re.I)
# https://learn.microsoft.com/azure/aks/faq: MC_resourcegroup_cluster_region, cut at 80 characters.
_GROUP_CHARACTERS = 80
_LABEL_CHARACTERS = 63


@dataclass(frozen=True)
class TargetCluster:
    """The AKS cluster of a task, identified by its names in Azure (None if unknown). Without names, the cluster is not checked."""

    resource_group: str | None = None
    cluster: str | None = None
    node_resource_group: str | None = None
    subscription: str | None = None

    def __str__(self) -> str:
        """How messages name it."""
        group = f" in {self.resource_group}" if self.resource_group else ""
        return f"{self.cluster}{group}" if self.cluster else f"the cluster with {self.node_resource_group}"

    @property
    def known(self) -> bool:
        """Whether there is a name to compare nodes with."""
        return bool(self.node_resource_group or self.cluster)


ANY_CLUSTER = TargetCluster()


@dataclass(frozen=True)
class Origin:
    """Where in Azure a node says it is, None for what it does not say. label: the resource group's name in the form of a label."""

    group: str | None
    label: str | None
    subscription: str | None
    region: str | None = None

    def __str__(self) -> str:
        """The name for messages: the subscription matters only if the other names are the same."""
        return self.group or self.label or ""


def origin_of(node: Json) -> Origin:
    """The origin that AKS writes into a node: the provider ID, which cannot be changed, and a label."""
    match = _PROVIDER_ID.match(str((node.get("spec") or {}).get("providerID") or ""))
    labels = node["metadata"].get("labels") or {}
    region = location_name(str(labels.get(_REGION_LABEL) or "")) or None
    group, subscription = (match["group"], match["subscription"]) if match else (None, None)
    return Origin(group, labels.get(CLUSTER_LABEL) or None, subscription, region)


def is_of(origin: Origin, target: TargetCluster) -> bool:
    """Whether a node of this origin belongs to the target cluster."""
    if target.subscription and origin.subscription and target.subscription.casefold() != origin.subscription.casefold():
        return False
    if origin.group:
        return _is_group(origin.group.casefold(), target, origin.region)
    return origin.label is not None and _is_label(origin.label.casefold(), target, origin.region)


def _is_group(group: str, target: TargetCluster, region: str | None) -> bool:
    if target.node_resource_group:
        return group == target.node_resource_group.casefold()
    if not target.resource_group:
        return _names_cluster(group, target, _GROUP_CHARACTERS)
    start = _default_start(target)
    return group == start[:_GROUP_CHARACTERS] if len(start) >= _GROUP_CHARACTERS else _continues(group, start, region, _GROUP_CHARACTERS)


def _is_label(label: str, target: TargetCluster, region: str | None) -> bool:
    if target.node_resource_group:
        return label == as_label(target.node_resource_group).casefold()
    if not target.resource_group:
        return _names_cluster(label, target, _LABEL_CHARACTERS)
    start = _default_start(target).replace("(", "-").replace(")", "-")
    # A label that has been cut may have got another last character.
    return (
        label[: _LABEL_CHARACTERS - 1] == start[: _LABEL_CHARACTERS - 1]
        if len(start) >= _LABEL_CHARACTERS
        else _continues(label, start, region, _LABEL_CHARACTERS)
    )


def _names_cluster(name: str, target: TargetCluster, most: int) -> bool:
    """Whether the name can belong to a cluster whose resource group is unknown. A truncated name may lack the cluster's name."""
    if len(name) >= most:
        return name.startswith("mc_")
    return name.startswith("mc_") and name.rpartition("_")[0].endswith(f"_{target.cluster}".casefold())


def _default_start(target: TargetCluster) -> str:
    return f"mc_{target.resource_group}_{target.cluster}_".casefold()


def _continues(name: str, start: str, region: str | None, most: int) -> bool:
    """Whether the name continues with the node's region, or with what may be a region: no underscore, unlike another cluster's name."""
    rest = name[len(start) :]
    if region is None:
        return name.startswith(start) and "_" not in rest
    # One that has been cut may have got another last character.
    return name.startswith(start) and (rest == region or (len(name) >= most and region.startswith(rest[:-1])))


def is_ambiguous(target: TargetCluster) -> bool:
    """Whether another resource group and cluster have the same node resource group name: a_b and c share it with a and b_c."""
    return not target.node_resource_group and (not target.resource_group or "_" in f"{target.resource_group}{target.cluster}")


def as_label(group: str) -> str:
    """A resource group's name as AKS turns it into a label (Azure/AgentBaker pkg/agent, normalizeResourceGroupNameForLabel)."""
    text = group.replace("(", "-").replace(")", "-")[:_LABEL_CHARACTERS]
    return f"{text[: _LABEL_CHARACTERS - 1]}z" if text.endswith(("-", "_", ".")) else text


def require_cluster(target: TargetCluster, nodes: Iterable[Json], *, server: str) -> bool:
    """Whether the nodes prove that this is the target cluster. Raises RefusedError if it is another one.

    False if there are no nodes, or if they may also belong to another cluster.

    Args:
        target: The cluster that the task names.
        nodes: Node objects of the cluster that the kubeconfig points to.
        server: The address of its API server, for messages.
    """
    origins = [origin_of(node) for node in nodes]
    if not target.known or not origins:
        return False
    if any(is_of(origin, target) for origin in origins):
        return not is_ambiguous(target)
    raise _wrong_cluster(target, origins, server)


def _wrong_cluster(target: TargetCluster, origins: Iterable[Origin], server: str) -> RefusedError:
    groups = sorted({str(origin) for origin in origins if str(origin)})
    if not groups:
        return RefusedError(
            f"The cluster at {server} is not {target}: its nodes do not identify themselves as AKS nodes.",
            code="WrongCluster",
            cause="The kubeconfig or its context points to a cluster that is not an AKS cluster.",
            remedy="Correct kubeconfig and context, or leave out resource_group and cluster to accept any cluster.",
        )
    subscriptions = sorted({origin.subscription for origin in origins if origin.subscription})
    where = (
        f"{joined_names(groups)} of subscription {joined_names(subscriptions)}"
        if target.subscription and subscriptions
        else joined_names(groups)
    )
    command = f"az aks show --resource-group {target.resource_group or 'GROUP'} --name {target.cluster} --query nodeResourceGroup"
    own_name = f" Where '{command}' says {groups[0]}, set node_resource_group to that." if not target.node_resource_group else ""
    return RefusedError(
        f"The cluster at {server} is not {target}: its nodes are in the resource group {where}.",
        code="WrongCluster",
        cause="The kubeconfig or its context points to another cluster, or the node resource group has a custom name.",
        remedy=f"Correct kubeconfig and context, or fetch them again with gpuops.aks.aks_credentials.{own_name}",
    )
