# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Waits for an API server that has answered before and is out of reach for a moment."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus

from .._clock import Clock, Deadline
from .._errors import KubernetesError
from .mirror import Mirror

RETRY_SECONDS = 1.0


def may_pass(error: KubernetesError) -> bool:
    """Whether a failure may be over soon: no answer, or one of an API server that starts, is overloaded or cannot reach a kubelet."""
    return error.status in (0, HTTPStatus.TOO_MANY_REQUESTS) or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def entered(stack: ExitStack, mirror: Mirror, deadline: Deadline, clock: Clock) -> Mirror:
    """The mirror, filled. The API server has answered before, so it is waited for. Raises KubernetesError."""
    while True:
        try:
            return stack.enter_context(mirror)
        except KubernetesError as error:
            if deadline.passed or not may_pass(error):
                raise
        clock.sleep(RETRY_SECONDS)
