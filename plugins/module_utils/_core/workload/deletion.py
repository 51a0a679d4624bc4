# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a Job or its pod was deleted: with the namespace, or by itself."""

from __future__ import annotations

from ..shared.explanation import Explanation
from ..shared.mappings import Json
from ..shared.ownership import is_going


def deleted_with_namespace(code: str, name: str, live: Json | None) -> Explanation | None:
    """That the namespace has taken its objects with it, None if the namespace stays.

    Args:
        code: The code of the explanation.
        name: The namespace's name.
        live: The namespace as it is now, None if it does not exist.
    """
    created = f"'kubectl create namespace {name}', or set another namespace. Then run the task again."
    if live is None:
        return Explanation(code, cause=f"Someone deleted the namespace {name}, and everything in it.", remedy=f"Create it with {created}")
    if is_going(live):
        cause = f"Someone deleted the namespace {name}, which is being removed with everything in it."
        return Explanation(code, cause=cause, remedy=f"Wait until it is gone, and create it with {created}")
    return None
