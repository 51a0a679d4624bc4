# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of every module that runs a DaemonSet, and the settings that they become."""

from __future__ import annotations

from typing import Any, Collection, Mapping

from ..._core.nodes.labels import checked_annotations, checked_labels
from ..._core.shared.names import IMAGE_NAME, LABEL, SUBDOMAIN, checked_name
from ..._core.shared.ownership import MANAGED_BY_LABEL
from ..._core.shared.ranges import SECONDS_OR_NONE
from ..._errors import InvalidInputError
from ..arguments import toleration_arguments, wait_arguments

_AS_GIVEN = (
    "name", "namespace", "image", "image_pull_policy", "image_pull_secrets", "node_taints", "tolerations", "priority_class_name", "args",
    "resources", "update_strategy", "min_ready_seconds",
)  # fmt: skip


def daemonset_arguments(*, name: str, namespace: str, image: str, min_ready_seconds: int) -> dict[str, Any]:
    """The arguments; what differs between modules are their defaults."""
    return {
        **toleration_arguments(),
        **wait_arguments(timeout=600),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "default": name},
        "namespace": {"type": "str", "default": namespace},
        "image": {"type": "str", "default": image},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "priority_class_name": {"type": "str", "default": "system-node-critical"},
        "env": {"type": "dict", "default": {}},
        "args": {"type": "list", "elements": "str", "default": []},
        "resources": {"type": "dict", "default": {}},
        "security_context": {"type": "dict"},
        "update_strategy": {"type": "dict", "default": {"type": "RollingUpdate"}},
        "min_ready_seconds": {"type": "int", "default": min_ready_seconds},
        "labels": {"type": "dict", "default": {}},
        "annotations": {"type": "dict", "default": {}},
        "affinity": {"type": "dict", "default": {}},
        "remove_adopted": {"type": "bool", "default": False},
        "force_conflicts": {"type": "bool", "default": False},
    }


def daemonset_settings(params: Mapping[str, Any], reserved: Collection[str]) -> dict[str, Any]:
    """The settings that need nothing else than a check. Raises InvalidInputError.

    Args:
        params: The module's parameters.
        reserved: The labels that identify the DaemonSet's pods.
    """
    checked_name("name", params["name"], SUBDOMAIN)
    checked_name("namespace", params["namespace"], LABEL)
    checked_name("image", params["image"], IMAGE_NAME)
    for name in params["image_pull_secrets"]:
        checked_name("image_pull_secrets", name, SUBDOMAIN)
    SECONDS_OR_NONE.checked("min_ready_seconds", params["min_ready_seconds"])
    return {
        **{name: params[name] for name in _AS_GIVEN},
        "annotations": checked_annotations("annotations", params["annotations"]),
        "labels": _labels(checked_labels("labels", params["labels"]), reserved),
    }


def _labels(labels: Mapping[str, str], reserved: Collection[str]) -> Mapping[str, str]:
    taken = sorted({*reserved, MANAGED_BY_LABEL} & set(labels))
    if taken:
        raise InvalidInputError(
            f"labels sets {', '.join(taken)}, which identifies the DaemonSet and its owner.",
            code="ReservedLabel",
            cause="The DaemonSet knows its pods by its selector, and the mark shows what this collection may remove.",
            remedy=f"Remove {', '.join(taken)} from labels.",
        )
    return labels
