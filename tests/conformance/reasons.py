# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a PUT body of ours is not the Azure CLI's, member by member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.bodies import ABSENT, ANY, Reason

_POOL = "properties"
_FIRST_POOL = "properties.agentPoolProfiles.0"


def _only_az(values: Mapping[str, Any], *, below: str, why: str) -> tuple[Reason, ...]:
    return tuple(Reason(f"{below}.{name}", value, ABSENT, why) for name, value in values.items())


def _written_out(below: str) -> tuple[Reason, ...]:
    """What the CLI sends of every new pool, whatever its user says."""
    defaults = {
        "enableAutoScaling": False,
        "enableEncryptionAtHost": False,
        "enableFIPS": False,
        "enableNodePublicIP": False,
        "enableUltraSSD": False,
        "nodeTaints": [],
        "scaleSetPriority": "Regular",
    }
    return _only_az(defaults, below=below, why="Azure's default, which the CLI writes out")


def _count(below: str) -> Reason:
    return Reason(f"{below}.count", 3, 1, "without a count the CLI asks for three nodes, we for one: nodes with GPUs are dear")


def _marked(tags: str) -> Reason:
    return Reason(f"{tags}.gpuops-aks-created", ABSENT, "true", "marks what the collection has made, so that it can remove it again")


FOR_NEW_POOL = (
    *_written_out(_POOL),
    *_only_az(
        {"scaleDownMode": "Delete", "upgradeSettings.undrainableNodeBehavior": "Schedule"},
        below=_POOL,
        why="Azure's default, which the CLI writes out",
    ),
    _count(_POOL),
    _marked(f"{_POOL}.tags"),
)


def _sent_back(below: str, *names: str) -> tuple[Reason, ...]:
    why = "read-only, Azure ignores it: we send back what Azure has answered, the CLI's SDK leaves it out"
    return tuple(Reason(f"{below}.{name}", ABSENT, ANY, why) for name in names)


FOR_CHANGED_POOL = _sent_back(_POOL, "currentOrchestratorVersion", "eTag", "provisioningState")

FOR_NEW_CLUSTER = (
    *_written_out(_FIRST_POOL),
    *_only_az({"upgradeSettings": {}}, below=_FIRST_POOL, why="an empty object says nothing"),
    *_only_az({"addonProfiles": {}, "storageProfile": {}}, below="properties", why="an empty object says nothing"),
    *_only_az(
        {
            "bootstrapProfile.artifactSource": "Direct",
            "disableLocalAccounts": False,
            "networkProfile.loadBalancerSku": "standard",
            "networkProfile.outboundType": "loadBalancer",
        },
        below="properties",
        why="Azure's default, which the CLI writes out",
    ),
    *_only_az(
        {"aadProfile.enableAzureRBAC": False, "apiServerAccessProfile.authorizedIPRanges": []},
        below="properties",
        why="Azure's default, which the CLI writes out once anything else of the profile is asked for",
    ),
    *_only_az({"kubernetesVersion": ""}, below="properties", why="empty is for Azure to choose"),
    Reason(f"{_FIRST_POOL}.orchestratorVersion", ANY, ABSENT, "a pool's version is the cluster's"),
    Reason(
        "properties.dnsPrefix",
        "k0we-rg-222222",
        "k0we-rg",
        "made of cluster and group; the CLI adds the subscription",
    ),
    _count(_FIRST_POOL),
    _marked("tags"),
)

FOR_CHANGED_CLUSTER = (
    *_sent_back(_FIRST_POOL, "currentOrchestratorVersion", "eTag", "provisioningState"),
    *_sent_back(
        "properties",
        "azurePortalFQDN",
        "currentKubernetesVersion",
        "fqdn",
        "maxAgentPools",
        "powerState.code",
        "provisioningState",
    ),
    Reason("tags.gpuops-aks-created", ABSENT, "true", "the CLI replaces all tags, we leave those that the task doesn't name"),
)
