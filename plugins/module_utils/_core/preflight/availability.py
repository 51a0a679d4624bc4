# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Preflight findings from Microsoft.Compute's offer: whether the subscription can have the size, in the region, zones and with the disk."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..azure_failures.tables import REGION_ADVICE
from ..pool.dedicated_image import asks_for_dedicated_image
from ..pool.rules import zones_are_azures
from ..pool.spec import PoolSpec
from ..shared.explanation import Explanation
from ..shared.findings import Finding, joined_names
from ..sizes.lookup import known_size, may_have_gpus, size_advice
from ..sizes.sku import Restriction, SizeView, Sku, SkuListing
from .readings import Known, Reading, known_or

# Headers that ask for generation 2; HTTP ignores the case (docs of 2020-2021, and today's of Windows pools).
_GEN2_HEADERS = ("usegen2vm", "usewindowsgen2vm")
DISK_CODES = ("EphemeralDiskNotSupported", "EphemeralDiskTooLarge")  # a pool that is there has the disks that it has
_REASONS = {
    "QuotaId": "The subscription's offer type (quota ID) does not include this size.",
    "NotAvailableForSubscription": "The region has no capacity for this size in the subscription.",
}
_REMEDIES = {
    "QuotaId": "Use a subscription with another offer type, such as pay-as-you-go, or another size.",
    "NotAvailableForSubscription": "Use another region or size, or request access with a support ticket (https://aka.ms/azureskunotavailable).",
}


def size_view(spec: PoolSpec, listing: Reading[SkuListing]) -> SizeView:
    """What is known about the pool's size: Azure's values if they could be read, otherwise the catalog's."""
    found = known_or(listing, SkuListing(None))
    was_queried = isinstance(listing, Known)
    return SizeView(spec.vm_size, known_size(spec.vm_size), found.sku, was_queried=was_queried, region_exists=found.region_exists)


def offer_findings(spec: PoolSpec, size: SizeView, *, today: str) -> Iterator[Finding]:
    """What rules out the pool's size, by Azure or the catalog. today: a date (ISO), for retirements that only the catalog knows."""
    if size.sku is not None:
        yield from _restricted(spec, size.sku)
        yield from _zones(spec, size.sku)
        yield from _spot(spec, size.sku)
        yield from _retiring(spec, size.sku)
        yield from _without_gpu(spec, size)
        yield from _ephemeral(spec, size.sku)
    elif size.was_queried:
        yield _not_offered(spec, size, today)
    elif size.catalog_entry and size.catalog_entry.retired and size.catalog_entry.retired <= today and not spec.allow_retired:
        yield _retired(spec, size, "Azure could not be asked; the collection's size catalog has it as retired")
    yield from _generation(spec, size)


def _finding(spec: PoolSpec, code: str, evidence: str, cause: str, remedy: str, *, severity: str = "error") -> Finding:
    return Finding(Explanation(code, cause=cause, remedy=remedy, severity=severity), (spec.vm_size,), evidence)


def _not_offered(spec: PoolSpec, size: SizeView, today: str) -> Finding:
    if not size.region_exists:
        return _no_region(spec)
    evidence = f"Azure's list of sizes for {spec.location} doesn't have it"
    if size.catalog_entry is None:
        cause = "This size does not exist or is not available in this region."
        return _finding(
            spec, "VMSizeUnknown", evidence, cause, size_advice(spec.vm_size, parameter=spec.parameter).replace("LOCATION", spec.location)
        )
    if size.catalog_entry.retired and size.catalog_entry.retired <= today:
        return _retired(spec, size, evidence)
    remedy = (
        f"Use another region; 'az vm list-skus --size {size.catalog_entry.name} --all --output table' lists regions that have the size."
    )
    return _finding(spec, "VMSizeNotOffered", evidence, "The region does not have this size.", remedy)


def _no_region(spec: PoolSpec) -> Finding:
    evidence = f"Azure lists no sizes at all for {spec.location}"
    cause = "Azure does not have a region with this name, or the region is not available to this subscription."
    return Finding(Explanation("LocationNotAvailable", cause=cause, remedy=REGION_ADVICE), (spec.location,), evidence)


def _retired(spec: PoolSpec, size: SizeView, evidence: str) -> Finding:
    date, successor = (size.catalog_entry.retired, size.catalog_entry.successor) if size.catalog_entry else ("", "")
    cause = f"Azure retired the size on {date} and no longer provisions it."
    return _finding(spec, "VMSizeRetired", evidence, cause, f"Set {spec.parameter} to {successor}.")


def _restricted(spec: PoolSpec, sku: Sku) -> Iterator[Finding]:
    closed = sku.closed
    if closed is not None:
        evidence = f"{spec.location}: {closed.reason}"
        yield _finding(spec, "VMSizeRestricted", evidence, _cause(closed), _REMEDIES.get(closed.reason, "Use another region or size."))


def _cause(restriction: Restriction) -> str:
    return _REASONS.get(restriction.reason, "Azure does not offer the size to this subscription.")


def _zones(spec: PoolSpec, sku: Sku) -> Iterator[Finding]:
    if sku.closed is not None or zones_are_azures(spec.zones):
        return
    missing = [zone for zone in spec.zones if zone not in sku.open_zones]
    if missing:
        yield _zone_not_offered(spec, sku, missing)


def _zone_not_offered(spec: PoolSpec, sku: Sku, missing: Sequence[str]) -> Finding:
    restriction = next((each for each in sku.restrictions if set(missing) & set(each.zones)), None)
    reason = f" ({restriction.reason})" if restriction else ""
    offered = f"zones {joined_names(sku.open_zones)}" if sku.open_zones else "no zones"
    return _finding(
        spec,
        "ZoneNotOffered",
        f"{spec.location}: not in zone {joined_names(missing)}{reason}, but in {offered}",
        _cause(restriction) if restriction else "The region has the size only in other zones.",
        f"Set availability_zones to {list(sku.open_zones)}." if sku.open_zones else "Leave out availability_zones, or use another region.",
    )


def _spot(spec: PoolSpec, sku: Sku) -> Iterator[Finding]:
    if spec.spot and not sku.spot:
        evidence = f"{spec.location}: LowPriorityCapable is False"
        yield _finding(
            spec,
            "SpotNotOffered",
            evidence,
            "Azure does not offer this size as spot nodes.",
            "Use scale_set_priority: Regular, or another size.",
        )


def _retiring(spec: PoolSpec, sku: Sku) -> Iterator[Finding]:
    if sku.retires:
        evidence = f"Azure announces its retirement on {sku.retires}"
        remedy = "Plan the move to another size. A pool's size cannot be changed, so create a new pool."
        yield _finding(spec, "VMSizeRetiring", evidence, "Azure will deallocate the size's nodes on that date.", remedy, severity="warning")


def _ephemeral(spec: PoolSpec, sku: Sku) -> Iterator[Finding]:
    if spec.disk_type != "Ephemeral":
        return
    if not sku.ephemeral:
        evidence = f"{spec.location}: EphemeralOSDiskSupported is False"
        cause = "The size does not support ephemeral OS disks."
        yield _finding(spec, "EphemeralDiskNotSupported", evidence, cause, "Set os_disk_type: Managed, or use another size.")
    elif sku.local_gib is not None and spec.disk_gib > sku.local_gib:
        evidence = f"{spec.location}: {sku.local_gib} GiB of cache or temporary disk, os_disk_size_gb is {spec.disk_gib}"
        cause = "An ephemeral OS disk must fit into the host's cache or temporary disk."
        remedy = f"Set os_disk_size_gb to {sku.local_gib} or less, os_disk_type: Managed, or use another size."
        yield _finding(spec, "EphemeralDiskTooLarge", evidence, cause, remedy)


def _without_gpu(spec: PoolSpec, size: SizeView) -> Iterator[Finding]:
    """Azure does not list the GPUs of every size (AMD's, GB200's), but all sizes with GPUs are N sizes."""
    if not size.gpus:
        may_have = may_have_gpus(spec.vm_size)
        cause = "Azure does not say how many GPUs the size has." if may_have else "The size has no GPU."
        remedy = "Check that the size has GPUs." if may_have else "Set vm_size to one with a GPU, such as Standard_NC4as_T4_v3."
        yield _finding(
            spec, "NoGpu", "Azure names no GPUs among its capabilities", cause, remedy, severity="warning" if may_have else "error"
        )


def _generation(spec: PoolSpec, size: SizeView) -> Iterator[Finding]:
    """Azure's words for both cases are `The selected VM size 'X' cannot boot Hypervisor Generation 'N'`.

    The article of 2021 asks for generation 2 with the dedicated image on Standard_NC6, which has none, and AKS took that: a warning.
    """
    asked = [value.lower() == "true" for name, value in spec.headers.items() if name.lower() in _GEN2_HEADERS]
    dedicated = asks_for_dedicated_image(spec.headers)
    if any(asked) and size.generations == (1,):
        yield _cannot_boot(
            spec, 2, "Leave out the header that requests generation 2 (gpu_gen2: false).", "warning" if dedicated else "error"
        )
    elif not any(asked) and (asked or dedicated) and size.generations == (2,):
        yield _cannot_boot(spec, 1, "Request generation 2 with the header usegen2vm: true (gpu_gen2: true).", "warning")


def _cannot_boot(spec: PoolSpec, generation: int, remedy: str, severity: str) -> Finding:
    return _finding(
        spec,
        "HypervisorGeneration",
        f"the size has generation {3 - generation} only, the request's headers lead to generation {generation}",
        f"The size cannot boot Hypervisor Generation '{generation}', so Azure rejects it.",
        remedy,
        severity=severity,
    )


def aks_findings(spec: PoolSpec, *, listed: bool | None) -> Iterator[Finding]:
    """What AKS' own list of sizes says against a size that Microsoft.Compute has. listed: None if it is not known."""
    if listed is False:
        yield _finding(
            spec,
            "VMSizeNotListedByAks",
            f"AKS' list of sizes for {spec.location} doesn't have it (a preview of its API)",
            "Azure offers the size to this subscription, but AKS may not accept it for a node pool in this region.",
            f"Compare with 'az aks list-vm-skus --location {spec.location}', and use a size from that list.",
            severity="warning",
        )


# https://github.com/Azure/aks-rdma-infiniband (2026-07), and its #50 on nvidia_peermem
def infiniband_findings(spec: PoolSpec, *, state: str) -> Iterator[Finding]:
    """What the state of AKS' feature for InfiniBand says against a pool of several nodes whose size has it."""
    if state != "Registered":
        yield _finding(
            spec,
            "InfinibandNotRegistered",
            f"the size has InfiniBand, and the feature AKSInfinibandSupport is {state or 'not known to Azure'}",
            "Without this feature, AKS may place the nodes of the pool in different InfiniBand networks, so that they cannot use RDMA with "
            "each other. Workloads on single nodes do not need it.",
            "Before the pool is created, register it with gpuops.aks.aks_feature (features: [AKSInfinibandSupport]). For RDMA, the nodes "
            "also need NVIDIA's network operator and the kernel module nvidia_peermem, which AKS does not load: see "
            "https://azure.github.io/aks-rdma-infiniband.",
            severity="warning",
        )


def first_pool_findings(spec: PoolSpec, size: SizeView, *, today: str) -> Iterator[Finding]:
    """What Azure's offer says against the first pool of a new cluster, which needs no GPU."""
    yield from (finding for finding in offer_findings(spec, size, today=today) if finding.code != "NoGpu")
