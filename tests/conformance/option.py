# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An option that the Azure CLI and we both have, and the resources that rows of both kinds name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_GROUP = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers"
NETWORK, COMPUTE, IDENTITY = (f"{_GROUP}/Microsoft.{provider}" for provider in ("Network", "Compute", "ManagedIdentity"))
SUBNET = f"{NETWORK}/virtualNetworks/net/subnets"
GPU = "Standard_NC8as_T4_v3"
FEATURE = "Microsoft.ContainerService/ManagedGPUExperiencePreview"
_SHOWN = 4


@dataclass(frozen=True)
class Option:
    """What the user of either writes for the same wish."""

    flags: str
    """The Azure CLI's, as typed."""
    ours: Mapping[str, Any]
    """Our parameters."""
    live: Mapping[str, Any] = field(default_factory=dict)
    """Our parameters for the pool that is there before, where a pool is changed."""

    @property
    def names(self) -> str:
        """Our parameters' names, as the table shows them."""
        return listed(leaf_names(self.ours))


def listed(words: Sequence[str]) -> str:
    """The words, as far as a cell of the table takes them."""
    more = f", and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def leaf_names(params: Mapping[str, Any], above: str = "") -> list[str]:
    """The parameters' names; a dict of options counts by its members, labels and headers by themselves."""
    names: list[str] = []
    for name, value in params.items():
        inner = isinstance(value, Mapping) and name not in ("node_labels", "tags", "custom_headers")
        names += leaf_names(value, f"{above}{name}.") if inner else [f"{above}{name}"]
    return names
