# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure accepts and then fails at: the operation ends Failed and the resource says why.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.lab.arm.faults.effects import FailLater, NeverEnd
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import DELETE, PUT, WRITE
from tests.lab.arm.model.compute.quotas import EXCEEDING, REGIONAL_CORES, SPOT_CORES

_EXCEEDED = FailLater("QuotaExceeded", EXCEEDING, inner="OperationNotAllowed")
_ALLOCATION = "Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"
_NO_ROOM_IN_ZONE = FailLater(
    "ZonalAllocationFailed",
    f"Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. {_ALLOCATION}",
    inner="ZonalAllocationFailed",
)
_TOO_RESTRICTIVE = (
    "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive. "
    "Please remove some constraints and try again. Constraints applied are:\n"
)
_QUOTA: Mapping[str, str] = MappingProxyType({"limit": "0", "usage": "0", "required": "4", "new_limit": "{required}"})
FAILURES = (
    Fault(
        "quota-exceeded",
        PUT,
        _EXCEEDED,
        "the scale set finds too little quota of the family",
        MappingProxyType({**_QUOTA, "quota": "{family} Cores"}),
    ),
    Fault(
        "quota-exceeded-regional",
        PUT,
        _EXCEEDED,
        "the same for the region's cores",
        MappingProxyType({**_QUOTA, "quota": REGIONAL_CORES}),
    ),
    Fault(
        "quota-exceeded-spot",
        PUT,
        _EXCEEDED,
        "the same for spot machines",
        MappingProxyType({**_QUOTA, "quota": SPOT_CORES}),
    ),
    Fault(
        "sku-not-available",
        PUT,
        FailLater(
            "SkuNotAvailable",
            "The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {size}' is currently not available "
            "in location '{location}'. Please try another size or deploy to a different location or different zone. "
            "See https://aka.ms/azureskunotavailable for details.",
            inner="SkuNotAvailable",
        ),
        "the size is restricted in the region for now",
    ),
    Fault(
        "allocation-failed",
        PUT,
        FailLater(
            "AllocationFailed",
            f"Allocation failed. We do not have sufficient capacity for the requested VM size in this region. {_ALLOCATION}",
            inner="AllocationFailed",
        ),
        "no machines free in the region",
    ),
    Fault(
        "zonal-allocation-failed",
        PUT,
        _NO_ROOM_IN_ZONE,
        "no machines free in the zone",
    ),
    Fault(
        "overconstrained-allocation",
        PUT,
        FailLater(
            "OverconstrainedAllocationRequest",
            f"{_TOO_RESTRICTIVE}  - Networking Constraints (such as Accelerated Networking or IPv6)\n  - VM Size\n",
            inner="OverconstrainedAllocationRequest",
        ),
        "no machines free that meet all that is asked for",
    ),
    Fault(
        "overconstrained-zonal-allocation",
        PUT,
        FailLater(
            "OverconstrainedZonalAllocationRequest",
            f"{_TOO_RESTRICTIVE}  - Availability Zone\n  - Networking Constraints (such as Accelerated Networking or IPv6)\n  - VM Size\n",
            inner="OverconstrainedZonalAllocationRequest",
        ),
        "the same within the zone",
    ),
    Fault(
        "operation-preempted",
        PUT,
        FailLater("AKSOperationPreempted", "This operation has been preempted by another operation with ID {operation}"),
        "a later operation took over",
        MappingProxyType({"operation": "00000000-0000-0000-0000-000000000000"}),
    ),
    Fault(
        "operation-preempted-by-delete",
        PUT,
        FailLater("AKSOperationPreemptedByDelete", "This operation has been preempted by Deleting operation."),
        "a deletion took over",
    ),
    Fault(
        "operation-overridden",
        PUT,
        FailLater("OperationNotAllowed", "The operation was overriden and canceled by a later operation."),
        "the same in the words of earlier years",
    ),
    Fault(
        "node-bootstrap-failed",
        PUT,
        FailLater(
            "VMExtensionProvisioningError",
            "VM has reported a failure when processing extension 'vmssCSE' (publisher 'Microsoft.Azure.Extensions' and type "
            "'CustomScript'). Error message: \"Enable failed: failed to execute command: command terminated with exit "
            'status={exit_status}".',
            inner="VMExtensionProvisioningError",
        ),
        "the nodes' set-up script failed (exit_status: 84 driver, 85 install timeout, 86 plugin, 83 download, 87 infoROM, 123 managed)",
        MappingProxyType({"exit_status": "84"}),
    ),
    Fault(
        "half-made",
        PUT,
        replace(_NO_ROOM_IN_ZONE, part=0.5),
        "the operation fails when half of the new nodes (part) are there",
    ),
    Fault(
        "delete-failed",
        DELETE,
        FailLater("InternalOperationError", "Internal server error"),
        "a deletion ends in failure",
    ),
    Fault("never-ends", WRITE, NeverEnd(), "the operation stays InProgress"),
)
