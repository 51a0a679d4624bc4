# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Mapping

from .._progress import Status

# Kind of resource → state → how long it usually takes, in seconds: medians of operations recorded on Azure in 2022-2025
# (pool create 241 s of 28, pool delete 50 s, cluster create 322 s of 164, cluster update 111 s of 124).
_USUAL: Mapping[str, Mapping[str, float]] = {
    "agentpools": {"Creating": 240, "Deleting": 50},
    "managedclusters": {"Creating": 330, "Updating": 110},
}
# Other than these name themselves.
_PREFIXES = {"resourcegroups": "resource group "}


def resource_status(path: str, state: str) -> Status:
    """What a wait for the resource at an Azure path says. state is Azure's, or the gerund of what was asked for."""
    *_unused, kind, name = path.rstrip("/").split("/")
    usual = _USUAL.get(kind.lower(), {}).get(state, 0)
    return Status(f"{_PREFIXES.get(kind.lower(), '')}{name}", state, usual=usual)
