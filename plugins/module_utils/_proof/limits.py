# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the arguments of the program may be at most; the module that starts it has the same limits."""

from __future__ import annotations

MOST_SECONDS = 10 * 24 * 3600
