# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The questions that a preflight asks Azure; one that the identity may not ask becomes a warning."""

from __future__ import annotations

from http import HTTPStatus
from itertools import chain
from typing import Any, Callable, Mapping, TypeVar

from ..._azure.compute import skus, usages
from ..._azure.kubernetes_versions import kubernetes_versions
from ..._azure.session import Session
from ..._core.pool.spec import PoolSpec
from ..._core.preflight.availability import unanswered
from ..._core.preflight.quota import Quota, quotas_of
from ..._core.shared.findings import Finding
from ..._core.sizes.lookup import known_size
from ..._core.sizes.sku import SizeView, Sku, find_sku
from ..._errors import AzureError

Answer = TypeVar("Answer")


class AzureQueries:
    """What Azure is asked before anything is made. An answer that it refuses is a warning with the right that the question takes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.failed: list[Finding] = []

    def size(self, spec: PoolSpec) -> SizeView:
        """What is known of the size in the region."""
        listed = self._ask(lambda: self._listed(spec), spec, "Microsoft.Compute/skus/read")
        sku, region = listed or (None, True)
        return SizeView(spec.vm_size, known_size(spec.vm_size), sku, was_queried=listed is not None, region_exists=region)

    def quotas(self, spec: PoolSpec, size: SizeView) -> list[Quota]:
        """The quotas that count; of a size that the region doesn't have, none does."""
        if size.was_queried and not size.sku:
            return []
        found = self._ask(
            lambda: quotas_of(spec, size, usages(self._session, spec.location)), spec, "Microsoft.Compute/locations/usages/read"
        )
        return found or []

    def versions(self, spec: PoolSpec) -> list[Mapping[str, Any]]:
        """The minor versions of Kubernetes that AKS has in the region; [] when it doesn't tell."""
        action = "Microsoft.ContainerService/locations/kubernetesVersions/read"
        return self._ask(lambda: kubernetes_versions(self._session, spec.location), spec, action) or []

    def _listed(self, spec: PoolSpec) -> tuple[Sku | None, bool]:
        """The size as the region has it, and whether Azure lists any size for the region."""
        entries = skus(self._session, spec.location)
        first = next(entries, None)
        return (None, False) if first is None else (find_sku(chain([first], entries), spec.vm_size), True)

    def _ask(self, question: Callable[[], Answer], spec: PoolSpec, action: str) -> Answer | None:
        """The answer, None when Azure refused to give one. Raises AzureError where nothing else would be answered either."""
        try:
            return question()
        except AzureError as error:
            unanswerable = error.code in ("SubscriptionNotFound", "LocationNotAvailable")
            if error.status < HTTPStatus.BAD_REQUEST or error.status == HTTPStatus.UNAUTHORIZED or unanswerable:
                raise
            self.failed.append(unanswered(error, spec.vm_size, action))
            return None
