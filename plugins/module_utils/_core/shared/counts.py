# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Numbers of things as a sentence has them."""

from __future__ import annotations

from typing import Any


def counted(number: Any, thing: str) -> str:
    """1 GPU, 2 GPUs."""
    return f"{number} {plural(number, thing)}"


def plural(number: Any, thing: str) -> str:
    """The thing without its number, for sentences that have other words between: 1 of 2 GPUs."""
    return thing if number == 1 else f"{thing}s"
