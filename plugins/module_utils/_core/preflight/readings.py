# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a preflight reads from Azure: the value, or the finding that says why it is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar, Union

from ..._errors import AzureError
from ..shared.explanation import Explanation
from ..shared.findings import Finding

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True)
class Known(Generic[Value_co]):
    """Azure's answer."""

    value: Value_co


@dataclass(frozen=True)
class Unknown:
    """Azure refused to answer."""

    finding: Finding


Reading = Union[Known[Value], Unknown]


def known_or(reading: Reading[Value], default: Value) -> Value:
    """The value, or the default if it is unknown."""
    return reading.value if isinstance(reading, Known) else default


def unknowns(*readings: Reading[Any]) -> list[Finding]:
    """The findings of the readings that are unknown."""
    return [reading.finding for reading in readings if isinstance(reading, Unknown)]


@dataclass(frozen=True)
class Question:
    """Something that Azure is asked.

    code: of the finding if Azure refuses to answer. action: the permission that asking requires. open: what is then not known.
    """

    code: str
    action: str
    open: str

    def unanswered(self, error: AzureError, vm_size: str) -> Unknown:
        """What follows from Azure's refusal."""
        forbidden = error.status == HTTPStatus.FORBIDDEN
        explanation = Explanation(
            self.code,
            cause=f"It is unknown whether {self.open}{': the identity does not have permission' if forbidden else ''}.",
            remedy=f"Assign it the role Reader on the subscription, or a custom role with the action {self.action}."
            if forbidden
            else error.remedy or "Run the task again later.",
            severity="warning",
        )
        return Unknown(Finding(explanation, (vm_size,), error.message))


SIZES = Question("SizesNotReadable", action="Microsoft.Compute/skus/read", open="Azure offers the size here")
QUOTAS = Question("QuotaNotReadable", action="Microsoft.Compute/locations/usages/read", open="the quota is sufficient")
INFINIBAND = Question(
    "FeatureNotReadable",
    action="Microsoft.Features/providers/features/read",
    open="the feature AKSInfinibandSupport is registered",
)
RESERVATIONS = Question(
    "ReservationNotReadable",
    action="Microsoft.Compute/capacityReservationGroups/capacityReservations/read",
    open="the capacity reservation group has free machines of this size",
)
VERSIONS = Question(
    "VersionsNotReadable",
    action="Microsoft.ContainerService/locations/kubernetesVersions/read",
    open="AKS offers the Kubernetes version here",
)
