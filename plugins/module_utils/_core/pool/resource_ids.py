# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the resource IDs that a pool names are IDs of the right kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..arm.resource_option import inside
from .options import name_at


@dataclass(frozen=True)
class _Kind:
    """What kind of resource a property names. type is as in resource IDs, without the names; shown_by: what prints such an ID."""

    noun: str
    type: str
    shown_by: str


_SUBNET = _Kind("subnet", "Microsoft.Network/virtualNetworks/subnets", "az network vnet subnet show")
_KINDS: Mapping[str, _Kind] = {
    "vnetSubnetID": _SUBNET,
    "podSubnetID": _SUBNET,
    "nodePublicIPPrefixID": _Kind("public IP prefix", "Microsoft.Network/publicIPPrefixes", "az network public-ip prefix show"),
    "proximityPlacementGroupID": _Kind("proximity placement group", "Microsoft.Compute/proximityPlacementGroups", "az ppg show"),
    "capacityReservationGroupID": _Kind(
        "capacity reservation group", "Microsoft.Compute/capacityReservationGroups", "az capacity reservation group show"
    ),
    "hostGroupID": _Kind("dedicated host group", "Microsoft.Compute/hostGroups", "az vm host group show"),
    "creationData.sourceResourceId": _Kind("snapshot", "Microsoft.ContainerService/snapshots", "az aks nodepool snapshot show"),
}


def validate_ids(properties: Mapping[str, Any]) -> None:
    """Refuse what is not the ID of a resource of the kind that a pool's property names. Raises InvalidInputError."""
    for path, kind in _KINDS.items():
        value = inside(properties, path)
        if value is None or _is_id(str(value), kind):
            continue
        raise InvalidInputError(
            f"{name_at(tuple(path.split('.')))} is '{value}', which is not the ID of a {kind.noun}.",
            code="InvalidResourceId",
            cause=f"Azure requires the full resource ID, such as {_example(kind)}.",
            remedy=f"Set it to the output of '{kind.shown_by} --query id', or leave it out.",
        )


def _is_id(text: str, kind: _Kind) -> bool:
    """Azure compares IDs without regard to case."""
    provider, *types = kind.type.split("/")
    names = "".join(f"/{re.escape(each)}/[^/]+" for each in types)
    pattern = rf"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/{re.escape(provider)}{names}"
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None


def _example(kind: _Kind) -> str:
    return "/subscriptions/..." + "".join(f"/{each}/NAME" for each in kind.type.split("/")[1:])
