# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Who brings the driver, the device plugin and the metrics to the nodes of a pool: one fact, read from Azure or from a node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Mapping

from ..nodes.image import is_dedicated_image
from ..nodes.managed import MANAGED_LABEL, is_managed


class Owner(Enum):
    """Who brings something to a node, as messages name it."""

    AKS = "AKS"
    IMAGE = "the dedicated GPU image"
    OPERATOR = "the GPU Operator"
    DAEMONSET = "a DaemonSet"


@dataclass(frozen=True)
class Owners:
    """Who brings each part to a node; None where the pool leaves that open or nothing is known.

    evidence: the property or label that shows it. reason: why the node needs no DaemonSet of a device plugin, "" if it may need one.
    """

    driver: Owner | None = None
    plugin: Owner | None = None
    metrics: Owner | None = None
    evidence: str = ""
    reason: str = ""


def owners_of_pool(properties: Mapping[str, Any], *, dedicated: bool = False) -> Owners:
    """The owners by an agent pool's REST properties, of one that exists or is wanted.

    Args:
        properties: The pool's properties. Azure ignores the case of their values.
        dedicated: Whether the request for a new pool asks for the dedicated GPU image, which the properties do not show.
    """
    image = _text(properties, "nodeImageVersion", "")
    if dedicated or is_dedicated_image(image):
        return Owners(
            Owner.IMAGE, Owner.IMAGE, evidence=image or "header UseGPUDedicatedVHD", reason="its image contains the device plugin"
        )
    profile = properties.get("gpuProfile") or {}
    mode = _text(profile.get("nvidia") or {}, "managementMode", "Unmanaged")
    if mode.lower() == "managed":
        reason = "AKS runs the device plugin as a service of its nodes"
        return Owners(Owner.AKS, Owner.AKS, Owner.AKS, evidence="gpu_management_mode: Managed", reason=reason)
    driver = _text(profile, "driver", "Install")
    return Owners(None if driver.lower() == "none" else Owner.AKS, evidence=f"gpu_driver: {driver}, gpu_management_mode: {mode}")


def _text(properties: Mapping[str, Any], name: str, default: str) -> str:
    return str(properties.get(name) or default)


def owners_of_node(image: str, labels: Mapping[str, Any]) -> Owners:
    """The owners by a node's image version and labels, which show only what AKS brings as a whole."""
    if is_dedicated_image(image):
        reason = f"its image {image} is the dedicated GPU image, which contains the device plugin"
        return Owners(Owner.IMAGE, Owner.IMAGE, evidence=image, reason=reason)
    if is_managed(labels):
        reason = "AKS manages its GPU: the device plugin runs as a service of the node"
        return Owners(Owner.AKS, Owner.AKS, Owner.AKS, evidence=f"label {MANAGED_LABEL}", reason=reason)
    return Owners()
