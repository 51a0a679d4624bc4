# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The cluster as the user wants it: checks, the body that creates it, and the facts and warnings about the one that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..._errors import InvalidInputError
from ..arm.properties import merged, spelled_as_there
from ..arm.resource_option import facts_of, inside
from ..arm.resources import CREATED
from ..arm.states import is_broken, named_state
from ..azure_failures.tables import recognize
from ..nodes.labels import validate_tags
from ..pool.machines import nodes_of, sizes_of
from ..pool.rules import validate_pool_name
from ..shared.ranges import FIRST_POOL
from .options import CLUSTER_OPTIONS
from .rules import validate_properties
from .update import is_stopped, user_assigned

# Of a new cluster's first pool. For an empty size AKS chooses one by capacity and quota, as for 'az aks create' (Azure/azure-cli#31424).
_NEW_POOL = {"mode": "System", "type": "VirtualMachineScaleSets", "osType": "Linux", "vmSize": "", "count": 1}
_IDENTITY = re.compile(r"/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+")


@dataclass(frozen=True)
class DesiredCluster:
    """A cluster as the AKS quickstart makes it, with one system pool, and what the user named in addition.

    named: the managed cluster's REST fields that were named. identity: the ID of a user-assigned identity, None for a system-assigned one.
    pool: the REST properties of the first pool that were named, and its name. headers go with the creating PUT.
    """

    name: str
    group: str
    location: str | None
    pool: Mapping[str, Any]
    named: Mapping[str, Any] = field(default_factory=dict)
    identity: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def validate_cluster(cluster: DesiredCluster) -> None:
    """Refuse what AKS would refuse of a cluster that is created. Raises InvalidInputError."""
    validate_pool_name(cluster.pool["name"])
    validate_tags(cluster.named.get("tags") or ())
    FIRST_POOL.checked("node_count", cluster.pool.get("count", 1))
    if cluster.identity and not _IDENTITY.fullmatch(cluster.identity):
        raise InvalidInputError(
            f"assign_identity is '{cluster.identity}', which is not a managed identity's resource ID.",
            code="InvalidIdentity",
            cause="A name, client ID or principal ID does not identify the resource.",
            remedy="Set it to the output of 'az identity show --name NAME --resource-group GROUP --query id --output tsv'.",
        )


def cluster_body(cluster: DesiredCluster, *, location: str) -> dict[str, Any]:
    """The PUT body that creates the cluster. Raises InvalidInputError for options that contradict each other."""
    base = {
        "location": location,
        "identity": user_assigned(cluster.identity) if cluster.identity else {"type": "SystemAssigned"},
        "sku": {"name": "Base", "tier": "Free"},
        "tags": {},
        "properties": {
            "dnsPrefix": _dns_prefix(cluster),
            "enableRBAC": True,
            "agentPoolProfiles": [{**_NEW_POOL, **cluster.pool}],
        },
    }
    body: dict[str, Any] = merged(base, cluster.named)
    body["tags"] = {**spelled_as_there(body["tags"], CREATED), **CREATED}
    validate_properties(body)
    return body


def access_warnings(body: Mapping[str, Any]) -> tuple[str, ...]:
    """What the user of a private cluster should know before the next step fails."""
    if not inside(body, "properties.apiServerAccessProfile.enablePrivateCluster"):
        return ()
    warning = (
        "The cluster's API server has a private address only: run the steps that talk to Kubernetes (plugin, verify, workload) on a "
        "machine in its virtual network, or in one that is peered and resolves its private DNS zone."
    )
    return (warning,)


def _dns_prefix(cluster: DesiredCluster) -> str:
    """Letters, digits and hyphens, up to 54: a resource group's name may have other characters, which a DNS name can't."""
    return re.sub("[^A-Za-z0-9-]", "", f"{cluster.name}-{cluster.group}")[:54].strip("-")


def state_warnings(live: Mapping[str, Any]) -> tuple[str, ...]:
    """What of an existing cluster's state will stand in the way, with the reason that Azure keeps of it."""
    name, state = live.get("name"), named_state(inside(live, "properties.provisioningState"))
    warnings = []
    if is_broken(state):
        error = inside(live, "properties.status.provisioningError") or {}
        reason = f": {error.get('code')}: {error.get('message')}" if error.get("message") else ""
        known = recognize(str(error.get("message") or ""))
        advice = f" {known.cause} {known.remedy}" if known else ""
        warnings.append(
            f"The cluster {name} exists with provisioning state {state}{reason}.{advice} What runs on it may be as it was; "
            "'az aks update' without options lets Azure try again, as does any change that this task makes."
        )
    if is_stopped(live):
        warnings.append(f"The cluster {name} is stopped: start it with 'az aks start' before the steps that follow.")
    return tuple(warnings)


def cluster_facts(live: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which modules return a cluster: its options by their names, and what Azure says of it."""
    properties = live.get("properties") or {}
    return {
        "id": live.get("id"),
        "name": live.get("name"),
        "location": live.get("location"),
        **facts_of(live, CLUSTER_OPTIONS),
        "kubernetes_version": properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion"),
        "fqdn": properties.get("fqdn"),
        "private_fqdn": properties.get("privateFQDN"),
        "identity_type": inside(live, "identity.type"),
        "oidc_issuer_url": inside(live, "properties.oidcIssuerProfile.issuerURL"),
        "power_state": inside(live, "properties.powerState.code"),
        "provisioning_state": properties.get("provisioningState"),
        "pools": [_pool_facts(pool) for pool in pools_of(live)],
    }


def pools_of(live: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The node pools as the cluster shows them."""
    return (live.get("properties") or {}).get("agentPoolProfiles") or ()


def _pool_facts(pool: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": pool.get("name"), "vm_size": ", ".join(sizes_of(pool)) or None, "count": nodes_of(pool)}
