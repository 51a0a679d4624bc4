# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Options of the az commands that remedies name."""

from __future__ import annotations

import re

_GROUP_ID = re.compile(r"/resourceGroups/(?P<group>[^/]+)/.*/(?P<name>[^/]+)/?$", re.IGNORECASE)


def reservation_group_options(group: str) -> str:
    """The options by which az finds a capacity reservation group. group: its ID."""
    found = _GROUP_ID.search(group)
    where, name = found.group("group", "name") if found else ("GROUP", "NAME")
    return f"--resource-group {where} --capacity-reservation-group {name}"
