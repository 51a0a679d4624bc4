# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the module that starts the program has to know of its time: the most that it takes as a limit, and what it does with it."""

from __future__ import annotations

MOST_SECONDS = 10 * 24 * 3600
# How many times the limit a device may take at most, if its process waits for a busy processor.
MOST_PATIENCE = 3
# The part of the limit for which a device computes at the level stress, counted from the first check on. The rest is for the last round,
# and for a slower device.
STRESS_SHARE = 0.5
