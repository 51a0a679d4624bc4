# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The fields that are read from Azure's resources, with their types from the REST specifications."""

from __future__ import annotations

import re
from typing import Any, Dict, List, TypedDict

from .kubernetes_lists import Texts


class State(TypedDict, total=False):
    """A power state."""

    code: str


class ProvisioningError(TypedDict, total=False):
    """Why an operation of Azure failed."""

    code: str
    message: str


class Status(TypedDict, total=False):
    """What Azure records about the last operation."""

    provisioningError: ProvisioningError


class Machines(TypedDict, total=False):
    """The number of a pool's virtual machines of one size."""

    size: str
    count: int


class _Scale(TypedDict, total=False):
    manual: List[Machines]
    autoscale: Any  # an object in previews, a list in the stable API


class MachinesProfile(TypedDict, total=False):
    """How a pool of virtual machines scales."""

    scale: _Scale


class PoolProperties(TypedDict, total=False):
    """The properties of a pool that are compared or used in calculations. A cluster has the same fields next to the pool's name."""

    count: int
    minCount: int
    maxCount: int
    maxPods: int
    osDiskSizeGB: int
    enableAutoScaling: bool
    vmSize: str
    type: str
    mode: str
    osType: str
    osSKU: str
    nodeImageVersion: str
    orchestratorVersion: str
    currentOrchestratorVersion: str
    eTag: str
    powerState: State
    nodeTaints: List[str]
    availabilityZones: List[str]
    nodeLabels: Texts
    tags: Texts
    spotMaxPrice: float
    upgradeSettings: Dict[str, Any]
    status: Status
    gpuProfile: Dict[str, Any]
    virtualMachinesProfile: MachinesProfile
    virtualMachineNodesStatus: List[Machines]


class _SettledProperties(TypedDict):
    provisioningState: str


class SettledPoolProperties(PoolProperties, _SettledProperties):
    """The properties of a pool that is read separately."""


class Pool(TypedDict):
    """An agent pool."""

    name: str
    properties: SettledPoolProperties


class _Named(TypedDict):
    name: str


class Profile(PoolProperties, _Named):
    """A pool as its cluster shows it."""


class ClusterProperties(TypedDict, total=False):
    """The properties of a cluster that are compared."""

    agentPoolProfiles: List[Profile]
    kubernetesVersion: str
    currentKubernetesVersion: str
    nodeResourceGroup: str
    fqdn: str
    privateFQDN: str
    powerState: State
    networkProfile: Dict[str, Any]
    aadProfile: Dict[str, Any]
    apiServerAccessProfile: Dict[str, Any]
    nodeProvisioningProfile: Dict[str, Any]
    status: Status


class SettledClusterProperties(ClusterProperties, _SettledProperties):
    """The properties of a cluster that is read separately."""


class Identity(TypedDict, total=False):
    """A cluster's identity."""

    type: str
    userAssignedIdentities: Dict[str, Any]


class _Cluster(TypedDict, total=False):
    tags: Texts
    eTag: str
    identity: Identity
    sku: Dict[str, Any]


class Cluster(_Cluster):
    """A managed cluster."""

    id: str
    name: str
    location: str
    properties: SettledClusterProperties


class _Group(TypedDict, total=False):
    tags: Texts
    properties: Dict[str, Any]


class Group(_Group):
    """A resource group."""

    location: str


class FeatureProperties(TypedDict):
    """The properties of a preview feature."""

    state: str


class Feature(TypedDict):
    """A preview feature."""

    properties: FeatureProperties


class Provider(TypedDict):
    """A resource provider."""

    registrationState: str


class Capability(_Named, total=False):
    """An entry of a size's capabilities."""

    value: str


class Place(TypedDict, total=False):
    """An entry of a size's locationInfo and of its restrictions."""

    zones: List[str]


class Restriction(TypedDict, total=False):
    """Why a subscription cannot use a size."""

    type: str
    reasonCode: str
    restrictionInfo: Place


class Size(TypedDict, total=False):
    """An entry of Microsoft.Compute/skus."""

    name: str
    resourceType: str
    family: str
    capabilities: List[Capability]
    locationInfo: List[Place]
    restrictions: List[Restriction]


class UsageName(TypedDict, total=False):
    """The name of a quota."""

    value: str
    localizedValue: str


class Usage(TypedDict):
    """A quota and its usage."""

    name: UsageName
    limit: int
    currentValue: int


class _Page(TypedDict, total=False):
    nextLink: str


class Clusters(_Page):
    """A page of managed clusters."""

    value: List[Cluster]


class _Subscription(TypedDict, total=False):
    displayName: str
    state: str


class Subscription(_Subscription):
    """A subscription that the caller sees."""

    subscriptionId: str


class Subscriptions(_Page):
    """A page of subscriptions."""

    value: List[Subscription]


class Sizes(_Page):
    """A page of sizes."""

    value: List[Size]


class Usages(_Page):
    """A page of quotas."""

    value: List[Usage]


class Operation(TypedDict, total=False):
    """The status of an operation."""

    status: str


class Kubeconfig(TypedDict):
    """A kubeconfig as Azure returns it, in base64."""

    value: str


class Credentials(TypedDict, total=False):
    """The response to listCluster...Credential."""

    kubeconfigs: List[Kubeconfig]


class VersionCapabilities(TypedDict, total=False):
    """What a minor version of Kubernetes is offered for."""

    supportPlan: List[str]


class Upgrades(TypedDict, total=False):
    """What a pool can be upgraded to."""

    properties: Dict[str, Any]


class KubernetesVersion(TypedDict, total=False):
    """A minor version of Kubernetes that AKS offers in a location."""

    version: str
    patchVersions: Dict[str, Any]
    capabilities: VersionCapabilities


class KubernetesVersions(TypedDict, total=False):
    """All of them; this list has no pages."""

    values: List[KubernetesVersion]


_SHAPES = tuple(
    (re.compile(f"{pattern}$", re.IGNORECASE), shape)
    for pattern, shape in (
        (r"/kubernetesVersions", KubernetesVersions),
        (r"/upgradeProfiles/default", Upgrades),
        (r"/listCluster(?:User|Admin)Credential", Credentials),
        (r"/agentPools/[^/]+", Pool),
        (r"/managedClusters/[^/]+", Cluster),
        (r"/managedClusters", Clusters),
        (r"^/subscriptions", Subscriptions),
        (r"/resourceGroups/[^/]+", Group),
        (r"/features/[^/]+(?:/register|/unregister)?", Feature),
        (r"/subscriptions/[^/]+/providers/[^/]+(?:/register)?", Provider),
        (r"/skus", Sizes),
        (r"/usages", Usages),
        (r"/operations/[^/]+", Operation),
        (r"/operationresults/[^/]+", Operation),
    )
)


def shape_of(path: str) -> Any:
    """The shape of the resource at a path, None for an unknown kind."""
    plain = path.partition("?")[0]
    return next((shape for pattern, shape in _SHAPES if pattern.search(plain)), None)
