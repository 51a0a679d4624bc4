# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Kubernetes objects that the device plugin consists of, except its Namespace: ConfigMap and DaemonSet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Mapping

from ..scheduling.device_plugins import DEVICE_PLUGINS_DIR
from ..shared.ownership import MARK
from .config import CONFIG_ANNOTATION, CONFIG_DIR, CONFIG_FILE, config_hash, config_map_name, config_text
from .daemonset import DaemonProgram, DaemonSettings, daemonset_manifest

PLUGIN_SELECTOR = {"name": "nvidia-device-plugin-ds"}


@dataclass(frozen=True)
class PluginSettings(DaemonSettings):
    """The device plugin's DaemonSet. config: the plugin's own file. cdi: whether it writes CDI specifications."""

    config: Mapping[str, Any] = field(default_factory=dict)
    cdi: bool = False


def config_map_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The ConfigMap with the plugin's configuration file."""
    metadata = {"name": config_map_name(settings.name), "namespace": settings.namespace, "labels": dict(MARK) if marked else {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {CONFIG_FILE: config_text(settings.config)}}


def plugin_manifest(settings: PluginSettings, *, marked: bool) -> dict[str, Any]:
    """The DaemonSet to apply, marked if the collection created it."""
    program = DaemonProgram(PLUGIN_SELECTOR, "nvidia-device-plugin-ctr", _plugin_volumes(settings))
    if settings.config:
        settings = replace(
            settings,
            env={**settings.env, "CONFIG_FILE": f"{CONFIG_DIR}/{CONFIG_FILE}"},
            annotations={**settings.annotations, CONFIG_ANNOTATION: config_hash(settings.config)},
        )
    return daemonset_manifest(settings, program, marked=marked)


def _plugin_volumes(settings: PluginSettings) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each volume, and how the container mounts it."""
    volumes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"name": "device-plugin", "hostPath": {"path": DEVICE_PLUGINS_DIR}}, {"mountPath": DEVICE_PLUGINS_DIR})
    ]
    if settings.config:
        source = {"name": config_map_name(settings.name)}
        volumes.append(({"name": "config", "configMap": source}, {"mountPath": CONFIG_DIR, "readOnly": True}))
    if settings.cdi:  # where it writes the specifications, and the driver that it finds the devices' files in, as in NVIDIA's chart
        cdi = {"path": "/var/run/cdi", "type": "DirectoryOrCreate"}
        volumes.append(({"name": "cdi-root", "hostPath": cdi}, {"mountPath": "/var/run/cdi"}))
        volumes.append(({"name": "driver-root", "hostPath": {"path": "/"}}, {"mountPath": "/driver-root", "readOnly": True}))
    return volumes
