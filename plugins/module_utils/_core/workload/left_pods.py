# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a task says of pods that their Jobs have left behind and that it cannot remove."""

from __future__ import annotations

from ..scheduling.pods import pod_name
from ..shared.explanation import Explanation
from ..shared.mappings import Json


def pod_on_node(pod: Json) -> str:
    """The pod with its node."""
    return f"Pod {pod_name(pod)} on {pod['spec'].get('nodeName') or 'no node'}"


def why_it_is_kept(pod: Json, denial: Explanation) -> str:
    """A pod that its Job has left and that the user of the task may not delete: which right is missing, by the API server's refusal."""
    return f"{pod_on_node(pod)}: its Job was deleted without it, and the task may not delete it. {denial.cause} {denial.remedy}"
