# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The rules on the driver mode and the MIG partitions of a managed GPU pool."""

from __future__ import annotations

from typing import Mapping

from ..shared.explanation import Explanation
from ..sizes.mig import fit_on_one_gpu
from ..sizes.sku import SizeView
from .path_rule import PathRule
from .preview import PREVIEW_NEEDED, beyond_version
from .spec import PoolSpec, is_word


def _given(spec: PoolSpec) -> Mapping[str, str]:
    """The options that only a managed pool has, with the values that are more than Azure's defaults."""
    return {
        **({"gpu_driver_mode": str(spec.driver_mode)} if is_word(spec.driver_mode, "dra") else {}),
        **({"gpu_mig_strategy": str(spec.mig_strategy)} if spec.divides else {}),
        **({"gpu_mig_profiles": ", ".join(spec.mig_profiles)} if spec.mig_profiles else {}),
    }


def _stable_api(spec: PoolSpec, _size: SizeView) -> str | None:
    named = {"gpu_driver_mode": spec.driver_mode, "gpu_mig_strategy": spec.mig_strategy, "gpu_mig_profiles": spec.mig_profiles}
    return beyond_version([name for name, value in named.items() if value], spec.api_version)


def _unmanaged(spec: PoolSpec, _size: SizeView) -> str | None:
    given = _given(spec)
    if spec.managed or not given:
        return None
    return f"{', '.join(f'{name}: {value}' for name, value in given.items())} on a pool that is not managed"


def _two_profiles(spec: PoolSpec, _size: SizeView) -> str | None:
    both = spec.mig_profile and spec.mig_profiles
    return f"gpu_instance_profile: {spec.mig_profile} with gpu_mig_profiles: {', '.join(spec.mig_profiles)}" if both else None


def _no_profile(spec: PoolSpec, _size: SizeView) -> str | None:
    whole = spec.divides and not spec.mig_profiles and not spec.mig_profile
    return f"gpu_mig_strategy: {spec.mig_strategy} without gpu_mig_profiles" if whole else None


def _no_strategy(spec: PoolSpec, _size: SizeView) -> str | None:
    if spec.divides or not spec.mig_profiles:
        return None
    return f"gpu_mig_profiles: {', '.join(spec.mig_profiles)} with gpu_mig_strategy: None"


def _more_than_one(spec: PoolSpec, _size: SizeView) -> str | None:
    more = is_word(spec.mig_strategy, "single") and len(spec.mig_profiles) > 1
    return f"gpu_mig_strategy: Single with {len(spec.mig_profiles)} profiles" if more else None


def _too_many(spec: PoolSpec, size: SizeView) -> str | None:
    known = size.catalog_entry
    full = known is not None and known.series.mig and not fit_on_one_gpu(spec.mig_profiles)
    return f"gpu_mig_profiles: {', '.join(spec.mig_profiles)} on {known.gpu_model}" if full and known else None


# Sources: the models of azure-mgmt-containerservice 41.9.0b1 and the AKS documentation's page aks-managed-gpu-nodes.
MANAGED_RULES = (
    PathRule(PREVIEW_NEEDED, _stable_api),
    PathRule(
        Explanation(
            "NotManaged",
            cause="Only managed GPU pools have a driver mode, a MIG strategy and MIG profiles (aks-managed-gpu-nodes).",
            remedy="Set gpu_management_mode: Managed, or leave out these options.",
        ),
        _unmanaged,
    ),
    PathRule(
        Explanation(
            "TwoMigProfiles",
            cause="Azure accepts either gpu_instance_profile or gpu_mig_profiles.",
            remedy="Leave out one of the two.",
        ),
        _two_profiles,
    ),
    PathRule(
        Explanation(
            "MigProfilesMissing",
            cause="The strategy does not say how large the partitions of a GPU are.",
            remedy="Set gpu_mig_profiles, for example [MIG1g], or set gpu_mig_strategy: None.",
        ),
        _no_profile,
    ),
    PathRule(
        Explanation(
            "MigStrategyMissing",
            cause="With the strategy None, which is the default, AKS does not divide the GPUs.",
            remedy="Set gpu_mig_strategy: Single for partitions of one size or Mixed for several sizes, or leave out gpu_mig_profiles.",
        ),
        _no_strategy,
    ),
    PathRule(
        Explanation(
            "MigProfileNotSingle",
            cause="With the strategy Single, all partitions have the same profile, which is given once.",
            remedy="Set gpu_mig_profiles to one profile, or set gpu_mig_strategy: Mixed.",
        ),
        _more_than_one,
    ),
    PathRule(
        Explanation(
            "MigGeometry",
            cause="The partitions do not fit on one GPU, which has 7 compute slices and 8 memory slices (NVIDIA's MIG user guide).",
            remedy="Set gpu_mig_profiles to partitions that fit, for example [MIG3g, MIG2g, MIG1g, MIG1g].",
        ),
        _too_many,
    ),
)
