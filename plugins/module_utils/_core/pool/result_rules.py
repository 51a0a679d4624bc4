# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Rules on the pool as it would be after the change: what the task names together with what exists."""

from __future__ import annotations

from typing import Any, Collection

from ..._errors import InvalidInputError
from ..arm.resource_option import inside
from ..nodes.taints import parse_taint
from ..shared.mappings import Json

_SYSTEM_TAINT = "CriticalAddonsOnly"


def validate_result(name: str, pool: Json, touched: Collection[str]) -> None:
    """Refuse a resulting pool that Azure would refuse, if one of the properties that matter is new or changed.

    Raises InvalidInputError.
    """
    if "mode" in touched or "nodeTaints" in touched:
        _validate_system_taints(name, pool)
    if "mode" in touched or "upgradeSettings" in touched:
        validate_upgrade(pool.get("upgradeSettings") or {}, mode=pool.get("mode"))
    if "kubeletConfig" in touched or "linuxOSConfig" in touched:
        _validate_swap(pool)


def _validate_system_taints(name: str, pool: Json) -> None:
    """https://github.com/Azure/AKS/issues/2578."""
    if str(pool.get("mode")).lower() != "system":
        return
    for text in filter(None, pool.get("nodeTaints") or ()):
        taint = parse_taint(text)
        if taint.blocks and taint.key != _SYSTEM_TAINT:
            raise InvalidInputError(
                f"The System pool {name} cannot have the taint {text}.",
                code="InvalidTaint",
                cause=f"The taint would keep the cluster's own pods off the pool. AKS accepts only {_SYSTEM_TAINT} and "
                "the effect PreferNoSchedule on it.",
                remedy="Set mode: User, which is recommended for a GPU pool, or leave out the taint.",
            )


def validate_upgrade(settings: Json, *, mode: str | None = None) -> None:
    """Refuse upgrades that cannot proceed, or that Azure doesn't support (Azure/AKS#4277, Azure/ARO-HCP#6038). Raises InvalidInputError."""
    surge = settings.get("maxSurge")
    unavailable = settings.get("maxUnavailable")
    surges = surge is not None and not _is_zero(surge)
    if unavailable is None or _is_zero(unavailable):
        if surge is not None and not surges:
            raise _contradiction(
                f"max_surge is {surge}, and max_unavailable {'is 0' if unavailable is not None else 'is not set, which is 0'}.",
                "An upgrade must either add a node or take one out of service.",
                "Also set max_unavailable: 1, or set max_surge to 1 or more.",
            )
    elif surges:
        raise _contradiction(
            f"max_surge is {surge} and max_unavailable is {unavailable}.",
            "AKS either adds nodes during an upgrade or takes some out of service.",
            "Set max_surge: 0 with max_unavailable, or max_unavailable: 0.",
        )
    elif mode is not None and mode.lower() == "system":
        raise _contradiction(
            f"max_unavailable is {unavailable} on a System pool.",
            "AKS does not take nodes of a System pool out of service for an upgrade.",
            "Set max_unavailable: 0 with max_surge of 1 or more, or mode: User.",
        )


def _is_zero(share: Any) -> bool:
    return str(share).rstrip("%").strip("0") == ""


def _validate_swap(pool: Json) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/17676."""
    swap = inside(pool, "linuxOSConfig.swapFileSizeMB")
    if swap and inside(pool, "kubeletConfig.failSwapOn") is not False:
        raise _contradiction(
            f"linux_os_config.swap_file_size_mb is {swap}, and kubelet_config.fail_swap_on is not false.",
            "By default, the kubelet does not start on a node with swap.",
            "Also set kubelet_config.fail_swap_on: false.",
        )


def _contradiction(problem: str, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="ContradictingOptions", cause=cause, remedy=remedy)
