# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The error for text that is malformed, which ends the reading of its file and keeps what was read before."""

from __future__ import annotations


class BrokenTextError(Exception):
    """What is wrong with the text, and where."""
