# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Recognizes a vGPU node whose image is older than the driver on Azure's hosts."""

from __future__ import annotations

import re

from ..nodes.gpu_node import GpuNode
from ..shared.explanation import Explanation
from ..signatures.driver import VGPU_MISMATCH
from ..sizes.lookup import known_size

# The first node image whose vGPU driver supports Azure's hosts of 2026 (Azure/AKS#5875).
_FITS = (202606, 8, 1)
_VERSION = re.compile(r"-(\d{6})\.(\d{1,2})\.(\d{1,3})$|-(\d{4})\.(\d{2})\.(\d{2})$")


def unfit_for_host(node: GpuNode) -> Explanation | None:
    """Why a node of a vGPU size finds no GPU, if its image is older than the driver on Azure's hosts; None for any other node."""
    size, version = known_size(node.vm_size), image_version(node.image_version)
    if size is None or size.series.driver != "grid" or version is None or version >= _FITS:
        return None
    return VGPU_MISMATCH.explanation


def image_version(image: str) -> tuple[int, ...] | None:
    """The version at the end of a node image's name, 202606.08.1 or before 2022 2022.01.19; None for a name without one."""
    match = _VERSION.search(image)
    if match is None:
        return None
    if match[4]:
        return (int(match[4] + match[5]), int(match[6]), 0)
    return tuple(int(part) for part in match.groups()[:3])
