# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from tests.lab.arm.errors.aks import PreconditionFailedError
from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.lab.arm.routing import Call


def custom_headers(call: Call) -> CustomHeaders:
    """What the AKS custom headers of a PUT say, their names in any letter case, and whether its api-version is a preview."""
    return CustomHeaders(
        dedicated_gpu_image=call.headers.get("UseGPUDedicatedVHD", "").lower() == "true",
        generation2=call.headers.get("usegen2vm", "").lower() == "true",
        preview=call.preview,
    )


def check_match(call: Call, current: str | None) -> None:
    """Refuse a write whose If-Match or If-None-Match doesn't agree with the resource's eTag, None where there is no resource."""
    wanted, unwanted = call.headers.get("If-Match"), call.headers.get("If-None-Match")
    if wanted is not None and (current is None or wanted.strip('"') not in (current, "*")):
        raise PreconditionFailedError
    if unwanted is not None and current is not None and unwanted.strip('"') in (current, "*"):
        raise PreconditionFailedError
