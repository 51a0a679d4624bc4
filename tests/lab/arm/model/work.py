# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from tests.lab.arm.model.admission import Admission
from tests.lab.arm.model.operations.timeline import Operations
from tests.lab.arm.model.store import Clusters
from tests.lab.arm.model.subscription.groups import ResourceGroups
from tests.lab.eras import Era


class Work:
    """What changes of clusters and of their pools need: where both are kept, who admits a change, and the operations that carry it out."""

    def __init__(self, store: Clusters, *, era: Era, groups: ResourceGroups, admission: Admission, operations: Operations) -> None:
        self._store = store
        self._era = era
        self._groups = groups
        self._admission = admission
        self._operations = operations
