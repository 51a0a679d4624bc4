# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Rules on a pool's GPU options that AKS would refuse, by the size's GPU and the path."""

from __future__ import annotations

from typing import Any, Container, Mapping

from ..._errors import InvalidInputError
from ..arm.resource_option import facts_of
from ..sizes.lookup import known_size
from ..sizes.sku import SizeView
from .options import POOL_OPTIONS
from .path_rules import path_findings
from .spec import PoolSpec

# Of the rules those that hold for any pool that is managed or divided, whatever else is meant to be done with it.
_ALWAYS = frozenset({
    "ManagedAutoscaler", "DriverIgnored", "MigNotSupported", "WindowsNotSupported", "TwoMigProfiles", "MigProfileNotSingle", "MigGeometry"
})  # fmt: skip
# Those that a task's options alone do not show, because an existing pool may complete them.
_OF_RESULT = frozenset({"NotManaged", "MigProfilesMissing", "MigStrategyMissing"})


def validate_gpu(properties: Mapping[str, Any]) -> None:
    """Refuse named GPU options that contradict each other or the size. Raises InvalidInputError."""
    _refuse(_spec(properties), _ALWAYS)


def validate_gpu_result(properties: Mapping[str, Any]) -> None:
    """Refuse a resulting pool whose GPU options are incomplete or without effect. Raises InvalidInputError."""
    _refuse(_spec(properties), _ALWAYS | _OF_RESULT)


def _refuse(spec: PoolSpec, codes: Container[str]) -> None:
    if not (spec.managed or spec.mig_profile or spec.mig_profiles or spec.divides or spec.driver_mode):
        return
    for finding in path_findings(spec, SizeView(spec.vm_size, known_size(spec.vm_size), sku=None, was_queried=False)):
        if finding.code in codes:
            problem = f"The node pool's options contradict each other: {finding.evidence}."
            raise InvalidInputError(
                problem, code="ContradictingOptions", cause=finding.explanation.cause, remedy=finding.explanation.remedy
            )


def _spec(properties: Mapping[str, Any]) -> PoolSpec:
    facts = facts_of(properties, POOL_OPTIONS)
    return PoolSpec(
        vm_size=facts["vm_size"] or "",
        autoscaled=bool(facts["enable_auto_scaling"]),
        os_type=facts["os_type"],
        driver=facts["gpu_driver"],
        management=facts["gpu_management_mode"],
        mig_profile=facts["gpu_instance_profile"],
        driver_mode=facts["gpu_driver_mode"],
        mig_strategy=facts["gpu_mig_strategy"],
        mig_profiles=tuple(facts["gpu_mig_profiles"] or ()),
    )
