# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Job's podFailurePolicy: which pod failures do not count, and which exit codes end the Job at once."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..._errors import InvalidInputError
from ..nodes.taints import SPOT_KEY, Taint, tolerates

_HIGHEST = 255
_SPOT = Taint(SPOT_KEY, "spot", "NoSchedule")
_IGNORE_DISRUPTION = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


def checked_exit_codes(codes: Sequence[int]) -> list[int]:
    """The exit codes, sorted and unique as the API server requires. Raises InvalidInputError for a code that does not mean a failure."""
    wrong = [code for code in codes if not 1 <= code <= _HIGHEST]
    if wrong:
        raise InvalidInputError(
            f"fail_on_exit_codes contains {wrong[0]}, which is not the exit code of a failed program.",
            code="InvalidExitCode",
            cause="A failed program exits with a code from 1 to 255, and 0 means success.",
            remedy=f"Use codes from 1 to {_HIGHEST}.",
        )
    return sorted(set(codes))


def failure_policy(tolerations: Sequence[Mapping[str, Any]], exit_codes: Sequence[int]) -> dict[str, Any]:
    """The podFailurePolicy: which failures of a Job's pods do not count, and which end it at once; {} for none.

    A pod that a spot node takes with it has not failed, and a program that finds no GPU finds none the next time either. A policy
    requires restartPolicy Never (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy).
    """
    rules: list[dict[str, Any]] = []
    if tolerates(tolerations, _SPOT):
        rules.append(_IGNORE_DISRUPTION)
    if exit_codes:
        rules.append({"action": "FailJob", "onExitCodes": {"operator": "In", "values": list(exit_codes)}})
    return {"rules": rules} if rules else {}
