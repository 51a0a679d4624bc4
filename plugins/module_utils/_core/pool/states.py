# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a pool's provisioning state means: whether it failed, why, and what happens to it."""

from __future__ import annotations

from typing import Any, Mapping

from ..arm.states import is_broken, named_state
from ..azure_failures.known_failure import full_message
from ..azure_failures.tables import recognize
from .count import is_stopped


def provisioning_error(live: Mapping[str, Any]) -> dict[str, Any] | None:
    """Why a pool is Failed, as Azure keeps it with the pool and as we know it; None where Azure keeps no reason."""
    error = ((live.get("properties") or {}).get("status") or {}).get("provisioningError")
    if not error:
        return None
    code, message = str(error.get("code") or ""), full_message(error)
    known = recognize(message) or recognize(code)
    return {
        "code": known.code if known else code,
        "message": message,
        "cause": known.cause if known else "",
        "remedy": known.remedy if known else "",
        "retriable": known.retriable if known else False,
    }


def state_warnings(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """What a user should know of a pool's state: that it failed, why, and what happens to it; that it is stopped and stays so.

    wanted: the properties that are named.
    """
    properties, name = live.get("properties") or {}, live.get("name")
    warnings = []
    if is_broken(properties.get("provisioningState")):
        error = provisioning_error(live)
        reason = f" ({error['code']}: {error['message']})" if error else ""
        further = f" If it stays so: {error['remedy']}" if error and error["remedy"] else ""
        warnings.append(
            f"The node pool {name} is {named_state(properties['provisioningState'])}{reason}. It is submitted to Azure again, "
            f"which often repairs it.{further}"
        )
    if is_stopped(properties) and not wanted.get("powerState"):
        warnings.append(f"The node pool {name} is stopped and has no nodes; power_state: {{code: Running}} starts it.")
    return tuple(warnings)
