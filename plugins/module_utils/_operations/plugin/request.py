# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of nvidia_device_plugin, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..._core.nodes.labels import checked_labels, checked_value
from ..._core.plugin.affinity import pool_affinity
from ..._core.plugin.config import checked_config, refuse_unfit_slicing
from ..._core.plugin.manifest import PLUGIN_SELECTOR, PluginSettings
from ..._core.plugin.settings import FLAGS, PluginOptions, PluginRuntime, flag_text, plugin_runtime
from ..._core.shared.strings import as_texts
from ..._errors import InvalidInputError
from ..arguments import cluster_arguments, kube_arguments, wait_timeout_of
from ..daemonset.arguments import daemonset_arguments, daemonset_settings

# AKS sets this label on every node with an NVIDIA GPU (https://learn.microsoft.com/azure/aks/use-labels).
_DEFAULT_SELECTOR = {"kubernetes.azure.com/accelerator": "nvidia"}
_IMAGE = "mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin:v0.18.2"


@dataclass(frozen=True)
class PluginRequest:
    """The DaemonSet that should exist, or should not. wait_timeout is in seconds."""

    settings: PluginSettings
    absent: bool
    remove_adopted: bool
    force_conflicts: bool
    allow_second_plugin: bool
    wait: bool
    wait_timeout: float


def plugin_arguments() -> dict[str, Any]:
    """The module's arguments."""
    return {
        **kube_arguments(),
        **cluster_arguments(),
        **daemonset_arguments(name="nvidia-device-plugin-daemonset", namespace="gpu-resources", image=_IMAGE, min_ready_seconds=5),
        **_working_arguments(),
        "pools": {"type": "list", "elements": "str", "default": []},
        "allow_second_plugin": {"type": "bool", "default": False},
    }


def _working_arguments() -> dict[str, Any]:
    """The arguments for how the plugin works."""
    strategies = ["envvar", "volume-mounts", "cdi-annotations", "cdi-cri"]
    return {
        "mig_strategy": {"type": "str", "choices": ["none", "single", "mixed"]},
        "device_list_strategy": {"type": "list", "elements": "str", "choices": strategies},
        "fail_on_init_error": {"type": "bool", "default": False},
        "pass_device_specs": {"type": "bool", "default": False, "no_log": False},  # Ansible mistakes "pass" for a password
        "config": {"type": "dict", "default": {}},
    }


def plugin_request(params: Mapping[str, Any]) -> PluginRequest:
    """The request from the module's parameters. Raises InvalidInputError if they contradict each other."""
    config = checked_config(params["config"])
    runtime = _runtime(params, config)
    refuse_unfit_slicing(config, runtime.mig_strategy)
    selector = _DEFAULT_SELECTOR if params["node_selector"] is None else checked_labels("node_selector", params["node_selector"])
    settings = PluginSettings(
        **daemonset_settings(params, PLUGIN_SELECTOR),
        node_selector=selector,
        env=runtime.env,
        security_context=runtime.security_context,
        affinity=pool_affinity(params["affinity"], [checked_value("pools", pool) for pool in params["pools"]], selector),
        config=config,
        cdi=runtime.cdi,
    )
    return PluginRequest(
        settings,
        absent=params["state"] == "absent",
        wait_timeout=wait_timeout_of(params),
        **{name: params[name] for name in ("remove_adopted", "force_conflicts", "allow_second_plugin", "wait")},
    )


def _runtime(params: Mapping[str, Any], config: Mapping[str, Any]) -> PluginRuntime:
    env, args = as_texts("env", params["env"]), params["args"]
    if config and ("CONFIG_FILE" in env or any(argument.split("=")[0] == "--config-file" for argument in args)):
        raise InvalidInputError(
            "config sets the plugin's configuration file, and env or args set another one.",
            code="ContradictingOptions",
            cause="The plugin reads only one configuration file.",
            remedy="Remove config, or remove CONFIG_FILE from env and --config-file from args.",
        )
    given = {flag.option: flag_text(params[flag.option]) for flag in FLAGS if params[flag.option] not in (None, False, [])}
    return plugin_runtime(PluginOptions(given, env, args, config, params["security_context"]))
