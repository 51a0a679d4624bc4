# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from .._gpu.manifests import PluginSettings
from .arguments import as_texts, kube_arguments, toleration_arguments, wait_arguments

# AKS sets this label on every node with an NVIDIA GPU (https://learn.microsoft.com/azure/aks/use-labels).
_DEFAULT_SELECTOR = {"kubernetes.azure.com/accelerator": "nvidia"}
_DEFAULT_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_IMAGE = "mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin:v0.18.2"


@dataclass(frozen=True)
class PluginRequest:
    """The DaemonSet that is to be there, or not. wait_timeout is in seconds."""

    settings: PluginSettings
    absent: bool
    remove_adopted: bool
    force_conflicts: bool
    wait: bool
    wait_timeout: float


def plugin_arguments() -> dict[str, Any]:
    """The module's arguments."""
    return {
        **kube_arguments(),
        **toleration_arguments(),
        **wait_arguments(timeout=600),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "default": "nvidia-device-plugin-daemonset"},
        "namespace": {"type": "str", "default": "gpu-resources"},
        "image": {"type": "str", "default": _IMAGE},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "priority_class_name": {"type": "str", "default": "system-node-critical"},
        "env": {"type": "dict", "default": {"FAIL_ON_INIT_ERROR": "false"}},
        "args": {"type": "list", "elements": "str", "default": []},
        "resources": {"type": "dict", "default": {}},
        "security_context": {"type": "dict", "default": _DEFAULT_SECURITY},
        "update_strategy": {"type": "dict", "default": {"type": "RollingUpdate"}},
        "annotations": {"type": "dict", "default": {}},
        "remove_adopted": {"type": "bool", "default": False},
        "force_conflicts": {"type": "bool", "default": False},
    }


def plugin_request(params: Mapping[str, Any]) -> PluginRequest:
    """The request of the module's parameters."""
    as_given = ("name", "namespace", "image", "image_pull_policy", "image_pull_secrets", "node_taints", "tolerations")
    also = ("priority_class_name", "args", "resources", "security_context", "update_strategy")
    settings = PluginSettings(
        **{name: params[name] for name in (*as_given, *also)},
        node_selector=_DEFAULT_SELECTOR if params["node_selector"] is None else as_texts(params["node_selector"]),
        env=as_texts(params["env"]),
        annotations=as_texts(params["annotations"]),
    )
    return PluginRequest(
        settings,
        absent=params["state"] == "absent",
        **{name: params[name] for name in ("remove_adopted", "force_conflicts", "wait", "wait_timeout")},
    )


def comparable(daemonset: Mapping[str, Any]) -> dict[str, Any]:
    """What counts as a difference: labels and the whole spec, with the server's defaults in it."""
    metadata = daemonset["metadata"]
    return {"metadata": {"labels": metadata.get("labels") or {}}, "spec": daemonset["spec"]}
