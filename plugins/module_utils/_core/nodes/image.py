# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the version of a node's image tells; for the facts of nodes and for the rules of pools, which need nothing else about nodes."""

from __future__ import annotations

import re

_VERSION = re.compile(r"-(\d{6})\.(\d{1,2})\.(\d{1,3})$|-(\d{4})\.(\d{2})\.(\d{2})$")


def is_dedicated_image(node_image_version: str) -> bool:
    """Whether a node image is the dedicated GPU one: its version names the GPU, as in AKSUbuntu-1804gen2gpucontainerd-2022.11.02."""
    return "gpu" in node_image_version.lower()


def image_version(image: str) -> tuple[int, ...] | None:
    """The version at the end of a node image's name, 202606.08.1 or before 2022 2022.01.19; None for a name without one."""
    match = _VERSION.search(image)
    if match is None:
        return None
    if match[4]:
        return (int(match[4] + match[5]), int(match[6]), 0)
    return tuple(int(part) for part in match.groups()[:3])
