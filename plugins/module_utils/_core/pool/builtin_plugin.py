# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a device-plugin DaemonSet would run on a pool whose nodes bring their own device plugin.

Two plugins on one node fight over the same socket, so the pool is refused before it is created.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ..._errors import InvalidInputError
from ..arm.properties import value_at
from ..nodes.gpu_operator import OPERANDS_LABEL, PLUGIN_LABEL, switched_off
from ..nodes.taints import SPOT_KEY, parse_taints
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.node_facts import GPU_LABELS, POOL_LABELS, SIZE_LABELS
from ..sizes.lookup import known_size
from .options import option_at
from .plan import DesiredPool, builtin_plugin

_SYSTEM_SKU = "kubernetes.azure.com/os-sku"
_ARCHITECTURES = {"x64": "amd64", "Arm64": "arm64"}  # Azure's names (CpuArchitectureType) and Kubernetes' (Go's)


def refuse_reached(pool: DesiredPool, plugins: Iterable[DevicePlugin]) -> None:
    """Refuse a pool that has a device plugin of its own where a DaemonSet of one would run, too. Raises InvalidInputError.

    Of the nodes, which don't exist yet, only those labels count that AKS and the task will give them.
    """
    labels = _labels(pool)
    taints = parse_taints(_taints(pool))
    for plugin in plugins:
        ours = plugin.is_gpu_plugin or plugin.by_operator
        if ours and not plugin.kept_off(_with_operators(labels) if plugin.by_operator else labels, taints):
            raise InvalidInputError(
                f"The {plugin} would run on the nodes of the node pool {pool.name}, which must not have a second device "
                f"plugin: {builtin_plugin(pool)}.",
                code="PluginReachesPool",
                cause="Each pool must have exactly one device plugin, because a second one breaks the first.",
                remedy=_remedy(plugin),
            )


def _remedy(plugin: DevicePlugin) -> str:
    if plugin.by_operator:
        return f"Set node_labels: {{{OPERANDS_LABEL}: 'false'}} for the pool, which keeps the GPU Operator off its nodes."
    return (
        "First restrict the DaemonSet to its own pools with pools of gpuops.aks.nvidia_device_plugin (manual_plugin_pools), "
        f"or remove it: 'kubectl delete daemonset {plugin.name} -n {plugin.namespace}'."
    )


def _with_operators(labels: Mapping[str, str]) -> Mapping[str, str]:
    """The labels with the one that the GPU Operator gives to a node with a GPU, unless a label keeps it off."""
    return labels if switched_off(labels) else {PLUGIN_LABEL: "true", **labels}


def _labels(pool: DesiredPool) -> dict[str, str]:
    given = {name: value for name, value in (pool.properties.get("nodeLabels") or {}).items() if value is not None}
    known: dict[str, Any] = {
        **dict.fromkeys(POOL_LABELS, pool.name),
        **dict.fromkeys(GPU_LABELS, "nvidia"),
        **dict.fromkeys(SIZE_LABELS, pool.properties.get("vmSize", "")),
        **dict.fromkeys(
            ("kubernetes.io/os", "beta.kubernetes.io/os"), str(value_at(pool.properties, ("osType",), option_at) or "Linux").lower()
        ),
        **dict.fromkeys(("kubernetes.io/arch", "beta.kubernetes.io/arch"), _architecture(pool)),
        **_system_labels(pool.properties),
        "kubernetes.azure.com/mode": str(value_at(pool.properties, ("mode",), option_at) or "User").lower(),
    }
    return {**known, **({SPOT_KEY: "spot"} if _is_spot(pool.properties) else {}), **given}


def _architecture(pool: DesiredPool) -> str:
    """As Kubernetes names it; amd64 for a size that the catalog doesn't have, as nearly all sizes with GPUs are."""
    size = known_size(str(pool.properties.get("vmSize", "")))
    return _ARCHITECTURES[size.series.architecture] if size else "amd64"


def _system_labels(properties: Mapping[str, Any]) -> dict[str, str]:
    """The labels that show the OS SKU, as far as they are known before there is a node (https://learn.microsoft.com/azure/aks/use-labels).

    "requested" is what the API was asked for, Ubuntu by default on Linux; "effective" always has a version in it. What the label without
    either says of a Linux that was asked for with its version is not documented; which Windows is the default goes by the
    Kubernetes version.
    """
    windows = value_at(properties, ("osType",), option_at) == "Windows"
    sku = value_at(properties, ("osSKU",), option_at) or (None if windows else "Ubuntu")
    if sku is None:
        return {}
    versioned = sku[-1].isdigit()
    return {
        f"{_SYSTEM_SKU}-requested": sku,
        **({f"{_SYSTEM_SKU}-effective": sku} if versioned else {}),
        **({_SYSTEM_SKU: sku} if windows or not versioned else {}),
    }


def _taints(pool: DesiredPool) -> list[str]:
    given = list(pool.properties.get("nodeTaints") or ())
    return [*given, f"{SPOT_KEY}=spot:NoSchedule"] if _is_spot(pool.properties) else given


def _is_spot(properties: Mapping[str, Any]) -> bool:
    return bool(value_at(properties, ("scaleSetPriority",), option_at) == "Spot")
