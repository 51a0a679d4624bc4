# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Which MIG partitions fit together on one GPU."""

from __future__ import annotations

from typing import Mapping, Sequence

# A pool's profile, in lower case → memory slices that a partition takes, and those at which it may begin. It is the same on A100, H100
# and H200 (NVIDIA's MIG user guide, supported MIG profiles).
_PLACES: Mapping[str, tuple[int, tuple[int, ...]]] = {
    "mig7g": (8, (0,)),
    "mig4g": (4, (0,)),
    "mig3g": (4, (4, 0)),
    "mig2g": (2, (4, 2, 0)),
    "mig1g": (1, (6, 5, 4, 3, 2, 1, 0)),
}


def fit_on_one_gpu(profiles: Sequence[str]) -> bool:
    """Whether a GPU can have a partition of each of these profiles at the same time; yes for a profile that is not known here."""
    names = [profile.lower() for profile in profiles]
    return not {*names} <= {*_PLACES} or _fit(sorted(names, reverse=True), 0)


def _fit(profiles: Sequence[str], taken: int) -> bool:
    """Whether the profiles, the largest first, fit into the memory slices that are still free. taken has a bit for each taken slice."""
    if not profiles:
        return True
    length, starts = _PLACES[profiles[0]]
    masks = [((1 << length) - 1) << start for start in starts]
    return any(_fit(profiles[1:], taken | mask) for mask in masks if not taken & mask)
