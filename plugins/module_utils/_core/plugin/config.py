# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The device plugin's own configuration file: its checks, its ConfigMap and the hash that restarts the pods."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..._errors import InvalidInputError
from ..shared.mappings import Json, mapping

CONFIG_FILE = "config.yaml"
CONFIG_DIR = "/config"
CONFIG_ANNOTATION = "gpuops.aks/config-sha256"
_PARTS = {"version", "flags", "resources", "sharing", "imex"}
_FEWEST_REPLICAS = 2
_SHARING_PARTS = {"renameByDefault", "failRequestsGreaterThanOne", "resources"}


def config_map_name(daemonset: str) -> str:
    """The ConfigMap with the configuration of a DaemonSet's plugin."""
    return f"{daemonset}-config"


def config_text(config: Json) -> str:
    """The configuration file; JSON is YAML too."""
    return json.dumps(config, indent=2, sort_keys=True) + "\n"


def config_hash(config: Json) -> str:
    """A hash that changes with the configuration, to restart the pods: the plugin reads its file only when it starts."""
    return hashlib.sha256(config_text(config).encode()).hexdigest()


def checked_config(config: Json) -> dict[str, Any]:
    """The configuration, with numbers where Jinja made strings of them. Raises InvalidInputError if the plugin would not start with it."""
    if not config:
        return {}
    unknown = sorted(map(str, set(config) - _PARTS))
    if unknown:
        raise _invalid(f"it has no part {', '.join(unknown)}")
    if config.get("version") != "v1":
        raise _invalid(f"version is {config.get('version')!r}, not 'v1'")
    sharing = mapping(config.get("sharing"), "sharing", _invalid)
    if "mps" in sharing:
        raise InvalidInputError(
            "config contains sharing.mps, which nvidia_device_plugin does not support.",
            code="MpsNotSupported",
            cause="MPS also needs a control daemon on each node, which runs in a separate DaemonSet.",
            remedy="Use sharing.timeSlicing, or use the NVIDIA GPU Operator, which installs the daemon, on a pool with gpuProfile.driver "
            "None.",
        )
    if set(sharing) - {"timeSlicing"}:
        raise _invalid(f"sharing has no part {', '.join(sorted(map(str, set(sharing) - {'timeSlicing'})))}")
    if "timeSlicing" not in sharing:
        return dict(config)
    return {**config, "sharing": {"timeSlicing": _checked_slicing(mapping(sharing["timeSlicing"], "sharing.timeSlicing", _invalid))}}


def refuse_unfit_slicing(config: Json, mig_strategy: str) -> None:
    """Refuse to share MIG slices unless the strategy is mixed, the only one that gives them names. Raises InvalidInputError."""
    names = [str(resource["name"]) for resource in _slices(config)]
    sliced = next((name for name in names if name.split("/")[-1].startswith("mig-")), None)
    if sliced is not None and mig_strategy != "mixed":
        raise InvalidInputError(
            f"config shares {sliced}, which no node offers with the MIG strategy {mig_strategy}.",
            code="ContradictingOptions",
            cause="MIG slices are separate resources only with mig_strategy: mixed. With single, they are offered as nvidia.com/gpu.",
            remedy="Set mig_strategy: mixed, or share nvidia.com/gpu.",
        )


def _slices(config: Json) -> list[Json]:
    slicing = (config.get("sharing") or {}).get("timeSlicing") or {}
    return list(slicing.get("resources") or ())


def _checked_slicing(slicing: Json) -> dict[str, Any]:
    unknown = sorted(map(str, set(slicing) - _SHARING_PARTS))
    if unknown:
        raise _invalid(f"sharing.timeSlicing has no part {', '.join(unknown)}")
    resources = slicing.get("resources")
    if not isinstance(resources, list) or not resources:
        raise _invalid("sharing.timeSlicing.resources has to be a list of resources with name and replicas")
    checked = [_checked_resource(mapping(resource, "sharing.timeSlicing.resources[]", _invalid)) for resource in resources]
    names = [resource["name"].split("/")[-1] for resource in checked]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _invalid(f"sharing.timeSlicing.resources has {', '.join(twice)} twice")
    return {**slicing, "resources": checked}


def _checked_resource(resource: Json) -> dict[str, Any]:
    name, replicas = resource.get("name"), resource.get("replicas")
    if not isinstance(name, str) or not name:
        raise _invalid("a resource of sharing.timeSlicing has no name")
    if "/" in name and not name.startswith("nvidia.com/"):
        raise _invalid(f"the plugin serves nvidia.com/ resources, not {name}")
    if isinstance(replicas, str) and replicas.isdecimal():
        replicas = int(replicas)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < _FEWEST_REPLICAS:
        raise _invalid(f"replicas of {name} is {replicas!r}, not a whole number from 2 on")
    return {**resource, "replicas": replicas}


def _invalid(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"config is not a valid device plugin configuration: {why}.",
        code="InvalidPluginConfig",
        cause="The plugin would exit at startup with this file.",
        remedy="Set config to a configuration file as NVIDIA's k8s-device-plugin documents it, beginning with version: v1.",
    )
