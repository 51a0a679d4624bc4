# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages in the log of a device plugin, one row per meaning."""

from __future__ import annotations

from .driver import DRIVER, NEW_IMAGE, NVML_FAILED, REPLACE_NODE
from .signature import Signatures, known_message

# The log of a device plugin, and of the containers that choose its configuration: first match wins.
PLUGIN_LOG: Signatures = (
    *DRIVER,
    known_message(
        code="NodeOutOfWatches",
        pattern=r"too many open files",
        cause="The node has no inotify instance or watch left, which the plugin needs to notice that the kubelet has started again.",
        remedy="Find the pods there that watch many files, or raise fs.inotify.max_user_instances on the node; "
        "fs_inotify_max_user_watches is an option of gpuops.aks.aks_gpu_nodepool.",
        source="NVIDIA/gpu-operator#441",
    ),
    known_message(
        code="MigStrategyUnfit",
        pattern=r"[Mm]ore than one MIG device type present|No MIG devices present on node|has no MIG devices configured|"
        r"configured with the same migEnabled value|Unsupported MIG device found",
        cause="The plugin's MIG strategy doesn't fit the node's MIG devices: single needs slices of one size on every GPU.",
        remedy="Set mig_strategy: mixed for gpuops.aks.nvidia_device_plugin, or give every GPU of the node the same slices.",
        source="NVIDIA/gpu-operator#460, NVIDIA/k8s-device-plugin#806 and internal/rm/device_map.go",
    ),
    known_message(
        code="PluginNotPermitted",
        pattern=r"[Ii]nsufficient [Pp]ermissions|operation not permitted|permission denied",
        cause="The device plugin lacks a privilege: MIG and the strategies other than envvar need more than the default.",
        remedy="Set mig_strategy of gpuops.aks.nvidia_device_plugin, which gives it NVIDIA_MIG_MONITOR_DEVICES and SYS_ADMIN, or its "
        "security_context: privileged: true.",
        source="NVIDIA/k8s-device-plugin README, deployments/helm _helpers.tpl; NVIDIA/k8s-device-plugin#399",
    ),
    known_message(
        code="PluginNotRegistered",
        pattern=r"[Cc]ould not register device plugin|[Ff]ailed to register device plugin",
        cause="The kubelet doesn't take the device plugin's registration.",
        remedy=f"Delete the plugin's pod, which registers again. If it stays so, the kubelet doesn't answer: {REPLACE_NODE}",
        source="NVIDIA/k8s-device-plugin internal/plugin/server.go",
    ),
    NVML_FAILED,
    known_message(
        code="PluginFoundNoDevice",
        pattern=r"No devices found\. Waiting indefinitely",
        cause="The device plugin runs, but finds no GPU on the node.",
        remedy="Check that vm_size is a GPU size and the pool has gpu_driver: Install. Where that is so, and other nodes "
        "of the pool serve: "
        f"{REPLACE_NODE} {NEW_IMAGE}",
        source="NVIDIA/k8s-device-plugin cmd/nvidia-device-plugin/main.go; kaito-project/kaito#2326",
    ),
    known_message(
        code="PluginConfigInvalid",
        pattern=r"unable to (?:load|parse) config|error parsing config|unknown field|flag provided but not defined|"
        r"specified config .{0,260}does not exist",
        cause="The device plugin doesn't understand its configuration, or the one that the node's label names isn't there.",
        remedy="Correct args, env and the sharing configuration of gpuops.aks.nvidia_device_plugin for the version of "
        "image; of NVIDIA's chart "
        "and operator, the label nvidia.com/device-plugin.config of the node.",
        source="NVIDIA/k8s-device-plugin api/config/v1, cmd/config-manager",
    ),
)
