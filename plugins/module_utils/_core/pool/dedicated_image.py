# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The dedicated GPU node image, which public Azure has retired: how a request asks for it and when it is refused."""

from __future__ import annotations

from typing import Mapping

from ..._errors import InvalidInputError
from ..nodes.image import is_dedicated_image

DEDICATED_VHD_HEADER = "UseGPUDedicatedVHD"
DEDICATED_VHD_RETIRED = "2025-01-10"  # Azure/AKS#4472


def asks_for_dedicated_image(headers: Mapping[str, str]) -> bool:
    """Whether a request's headers ask for the dedicated GPU image; HTTP ignores the case of a header's name."""
    return any(name.lower() == DEDICATED_VHD_HEADER.lower() and value.lower() == "true" for name, value in headers.items())


def refuse_retired_path(headers: Mapping[str, str], *, allow_retired: bool) -> None:
    """Refuse the dedicated GPU image, which public Azure no longer has, unless the user insists. Raises InvalidInputError."""
    if allow_retired or not asks_for_dedicated_image(headers):
        return
    raise InvalidInputError(
        f"The dedicated GPU image (header {DEDICATED_VHD_HEADER}) was retired on {DEDICATED_VHD_RETIRED}.",
        code="RetiredPath",
        cause="Azure blocks new node pools with this image, see https://github.com/Azure/AKS/issues/4472.",
        remedy="Use the path manual_plugin. If the image is still available, set allow_retired: true.",
    )


def refuse_other_image(pool: str, headers: Mapping[str, str], node_image_version: str) -> None:
    """Refuse to call an existing pool the wanted one when its image is not the one that was asked for. Raises InvalidInputError."""
    if not asks_for_dedicated_image(headers) or is_dedicated_image(node_image_version):
        return
    raise InvalidInputError(
        f"The node pool {pool} exists with the image {node_image_version}, which is not the dedicated GPU image.",
        code="ImmutableField",
        cause="The headers of the request that creates the pool determine its image.",
        remedy=f"Create a node pool with another name, or remove {pool} first (state: absent).",
    )
