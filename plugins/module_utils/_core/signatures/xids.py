# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Xid error numbers of the NVIDIA driver: which ones a message names, and which ones applications cause."""

from __future__ import annotations

import re

# NVIDIA's table (https://docs.nvidia.com/deploy/xid-errors/) counts these as an application's errors, and NVIDIA's device plugin leaves
# the device in service after them (NVIDIA/k8s-device-plugin internal/rm/health.go).
APPLICATION_XIDS = {
    13: "graphics engine exception",
    31: "GPU memory page fault",
    43: "GPU stopped processing",
    45: "preemptive cleanup after another error",
    68: "video processor exception",
    109: "context switch timeout",
}
# As the kernel writes it, "NVRM: Xid (PCI:0002:00:00): 78", and as the plugin, AKS' node problem detector and people do: Xid=48, Xid 79,
# XIDs: 13, 31, XID 13 and 79, [13 31].
_NAMED = re.compile(
    r"\bxid(?:s|[a-z]{0,8} ?errors?)?(?: ?\([^)]{0,60}\))?[ =:#[]{0,4}(\d{1,3}(?:(?:[,;/&]? ?| & |,? and )\b\d{1,3}){0,20})\b",
    re.IGNORECASE,
)


def xids_in(text: str) -> list[int]:
    """The Xid error numbers in a message, sorted."""
    return sorted({int(number) for match in _NAMED.finditer(text) for number in re.findall(r"\d{1,3}", match[1])})


def only_applications(text: str) -> bool:
    """Whether a message names only Xid errors that applications cause."""
    named = xids_in(text)
    return bool(named) and all(number in APPLICATION_XIDS for number in named)
