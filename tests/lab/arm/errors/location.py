# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure Resource Manager says to a region that there isn't. Sources: ../FIDELITY.md.

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.arm.errors.gateway import GatewayError


class GroupLocationError(GatewayError):
    """A PUT of a resource group."""

    code = "LocationNotAvailableForResourceGroup"

    def __init__(self, location: str, *, regions: Sequence[str]) -> None:
        super().__init__(
            f"The provided location '{location}' is not available for resource group. List of available regions is '{','.join(regions)}'."
        )


class TypeLocationError(GatewayError):
    """A PUT of a resource."""

    code = "LocationNotAvailableForResourceType"

    def __init__(self, location: str, *, kind: str, regions: Sequence[str]) -> None:
        super().__init__(
            f"The provided location '{location}' is not available for resource type '{kind}'. "
            f"List of available regions for the resource type is '{','.join(regions)}'."
        )


class NoRegisteredProviderFoundError(GatewayError):
    """A call whose path names the region."""

    code = "NoRegisteredProviderFound"

    def __init__(self, location: str, *, kind: str, version: str, regions: Sequence[str], supported: Sequence[str] = ()) -> None:
        super().__init__(
            f"No registered resource provider found for location '{location}' and API version '{version}' for type '{kind}'. "
            f"The supported api-versions are '{', '.join(supported or (version,))}'. The supported locations are '{', '.join(regions)}'."
        )
