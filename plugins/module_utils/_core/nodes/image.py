# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the version of a node's image tells; for the facts of nodes and for the rules of pools, which need nothing else about nodes."""

from __future__ import annotations


def is_dedicated_image(node_image_version: str) -> bool:
    """Whether a node image is the dedicated GPU one: its version names the GPU, as in AKSUbuntu-1804gen2gpucontainerd-2022.11.02."""
    return "gpu" in node_image_version.lower()
