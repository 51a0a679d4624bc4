# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Node images that are known to break GPUs: a row an image, by its version and the driver that it breaks."""

from __future__ import annotations

from typing import NamedTuple, Tuple

from ..nodes.gpu_node import GpuNode
from ..nodes.image import image_version
from ..shared.explanation import Explanation
from ..signatures.driver import VGPU_MISMATCH
from ..sizes.lookup import known_size

Version = Tuple[int, ...]
_GRID = "grid"


class BadImage(NamedTuple):
    """Versions of node images that break the GPUs of sizes with one kind of driver.

    Attributes:
        first: The first version.
        fixed: The first version that is good again.
        driver: The kind of driver, as the catalog of sizes names it.
        what: What happens, as a sentence.
        source: Where it was reported.
    """

    first: Version
    fixed: Version
    driver: str
    what: str
    source: str


_OLDER_THAN_HOSTS = BadImage(
    (0,), (202606, 8, 1), _GRID, "Its vGPU driver is not compatible with Azure's hosts of 2026.", "Azure/AKS#5875"
)  # fmt: skip
_BAD_IMAGES = (
    _OLDER_THAN_HOSTS,
    BadImage(
        (202607, 2, 0), (202607, 2, 1), _GRID, "It has the libraries of the CUDA driver beside the kernel module of the GRID driver.",
        "Azure/AKS#5860, #5869, #5871",
    ),
)  # fmt: skip


def bad_image(node: GpuNode) -> BadImage | None:
    """What is known to be wrong with the node's image for its size; None for a good image, and for one whose version is unknown."""
    size, version = known_size(node.vm_size), image_version(node.image_version)
    if size is None or version is None:
        return None
    return next((row for row in _BAD_IMAGES if row.driver == size.series.driver and row.first <= version < row.fixed), None)


def unfit_for_host(node: GpuNode) -> Explanation | None:
    """Why a node of a vGPU size finds no GPU, if its image is older than the driver on Azure's hosts; None for any other node."""
    return VGPU_MISMATCH.explanation if bad_image(node) is _OLDER_THAN_HOSTS else None
