# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from .._clock import Clock

try:
    from azure.core.pipeline.transport import RequestsTransport
except ImportError:  # the door reports what is missing
    pass
else:

    class ClockedTransport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it lazily, untyped
        """Sleeps by our clock wherever the SDK would sleep: between retries. A client closes its own; two can't share one."""

        def __init__(self, clock: Clock, *, ca_bundle: str) -> None:
            super().__init__(connection_verify=ca_bundle or True)
            self._clock = clock

        def sleep(self, duration: float) -> None:
            self._clock.sleep(duration)
