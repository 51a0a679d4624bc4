# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The row type of the tables of rules that a path, or a pool's GPU options, must keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from ..shared.explanation import Explanation
from ..sizes.sku import SizeView
from .spec import PoolSpec


@dataclass(frozen=True)
class PathRule:
    """Something that a path can't be combined with. broken: what shows it, None if the pool follows the rule."""

    explanation: Explanation
    broken: Callable[[PoolSpec, SizeView], Optional[str]]
