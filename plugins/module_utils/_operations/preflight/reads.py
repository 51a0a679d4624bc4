# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The reads of a preflight that depend on permissions which an identity may lack: sizes, quotas and Kubernetes versions of a region."""

from __future__ import annotations

from http import HTTPStatus
from itertools import chain
from typing import Callable, TypeVar

from ..._azure.aks_sizes import aks_sizes
from ..._azure.compute import skus, usages
from ..._azure.ids import FEATURES_API, feature_id
from ..._azure.kubernetes_versions import kubernetes_versions
from ..._azure.reservations import capacity_reservations
from ..._azure.session import Session
from ..._core.arm.resource_option import inside
from ..._core.pool.spec import PoolSpec
from ..._core.preflight.quota import Quota, quotas_of
from ..._core.preflight.readings import INFINIBAND, QUOTAS, RESERVATIONS, SIZES, VERSIONS, Known, Question, Reading
from ..._core.preflight.reservation import ReservationGroup, group_of
from ..._core.shared.mappings import Json
from ..._core.sizes.sku import SizeView, SkuListing, find_sku
from ..._errors import AzureError

Value = TypeVar("Value")


def read_size(session: Session, spec: PoolSpec) -> Reading[SkuListing]:
    """What Azure lists for the pool's size in its region."""

    def ask() -> SkuListing:
        entries = skus(session, spec.location)
        first = next(entries, None)
        return SkuListing(None, region_exists=False) if first is None else SkuListing(find_sku(chain([first], entries), spec.vm_size))

    return _read(SIZES, spec, ask)


def read_quotas(session: Session, spec: PoolSpec, size: SizeView) -> Reading[list[Quota]]:
    """The quotas that the pool counts against; none for a size that the region doesn't have."""
    if size.was_queried and not size.sku:
        return Known([])
    return _read(QUOTAS, spec, lambda: quotas_of(spec, size, usages(session, spec.location)))


def read_versions(session: Session, spec: PoolSpec) -> Reading[list[Json]]:
    """The minor versions of Kubernetes that AKS has in the region."""
    return _read(VERSIONS, spec, lambda: kubernetes_versions(session, spec.location))


def read_reservations(session: Session, spec: PoolSpec) -> Reading[ReservationGroup | None]:
    """The capacity reservation group of the pool, None if it does not exist."""

    def ask() -> ReservationGroup | None:
        found = capacity_reservations(session, spec.reservation_group)
        return None if found is None else group_of(*found)

    return _read(RESERVATIONS, spec, ask)


def read_infiniband(session: Session, spec: PoolSpec) -> Reading[str]:
    """The state of AKS' feature for InfiniBand, "" if Azure does not know it."""

    def ask() -> str:
        path = feature_id(session.subscription_id, "Microsoft.ContainerService", "AKSInfinibandSupport")
        found = session.find(path, api=FEATURES_API, what="Reading the feature AKSInfinibandSupport")
        return str(inside(found or {}, "properties.state") or "")

    return _read(INFINIBAND, spec, ask)


def read_listed_by_aks(session: Session, spec: PoolSpec) -> bool | None:
    """Whether AKS' own list of sizes has the pool's; None if AKS does not answer, or has no list for the region."""
    try:
        names = aks_sizes(session, spec.location)
        first = next(names, None)
        return None if first is None else any(name.lower() == spec.vm_size.lower() for name in chain([first], names))
    except AzureError:
        return None


def _read(question: Question, spec: PoolSpec, ask: Callable[[], Value]) -> Reading[Value]:
    """Azure's answer, or that it refused to give one. Raises AzureError if every other request would fail, too."""
    try:
        return Known(ask())
    except AzureError as error:
        unanswerable = error.code in ("SubscriptionNotFound", "LocationNotAvailable")
        if error.status < HTTPStatus.BAD_REQUEST or error.status == HTTPStatus.UNAUTHORIZED or unanswerable:
            raise
        return question.unanswered(error, spec.vm_size)
