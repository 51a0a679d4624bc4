# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The version of this collection, for the report; a test compares it with galaxy.yml."""

from __future__ import annotations

# As in galaxy.yml, which an installed collection doesn't have.
VERSION = "1.0.0"
