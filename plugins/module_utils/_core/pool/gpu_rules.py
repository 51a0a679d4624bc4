# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Rules on a pool's GPU options that AKS would refuse, by the size's GPU and the path."""

from __future__ import annotations

from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..arm.resource_option import facts_of
from ..sizes.lookup import known_size
from ..sizes.sku import SizeView
from .options import POOL_OPTIONS
from .path_rules import path_findings
from .spec import PoolSpec

# Of the paths' rules those that hold for any pool that is managed or divided, whatever else is meant to be done with it.
_ALWAYS = ("ManagedAutoscaler", "DriverIgnored", "MigNotSupported", "WindowsNotSupported")


def validate_gpu(properties: Mapping[str, Any]) -> None:
    """Refuse GPU options that contradict each other or the size. Raises InvalidInputError."""
    spec = _spec(facts_of(properties, POOL_OPTIONS))
    if not spec.managed and not spec.mig_profile:
        return
    for finding in path_findings(spec, SizeView(spec.vm_size, known_size(spec.vm_size), sku=None, was_queried=False)):
        if finding.code in _ALWAYS:
            problem = f"The node pool's options contradict each other: {finding.evidence}."
            raise InvalidInputError(
                problem, code="ContradictingOptions", cause=finding.explanation.cause, remedy=finding.explanation.remedy
            )


def _spec(named: Mapping[str, Any]) -> PoolSpec:
    return PoolSpec(
        vm_size=named["vm_size"] or "",
        autoscaled=bool(named["enable_auto_scaling"]),
        os_type=named["os_type"],
        driver=named["gpu_driver"],
        management=named["gpu_management_mode"],
        mig_profile=named["gpu_instance_profile"],
    )
