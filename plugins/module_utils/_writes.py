# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Records whether a task has changed anything, so that a task that fails later still reports changed."""

from __future__ import annotations


class Writes:
    """Whether a task has changed anything so far.

    A request counts once it has been accepted. One without a response counts, too, because it may have been applied.
    """

    def __init__(self) -> None:
        self.any = False

    def note(self) -> None:
        """Record that something was, or may have been, changed."""
        self.any = True
