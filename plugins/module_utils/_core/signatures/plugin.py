# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages in the log of a device plugin, one row per meaning."""

from __future__ import annotations

from ..faults.fault import THEN_REPLACE_NODE, THEN_UPGRADE_IMAGE
from .driver import DRIVER, NVML_FAILED
from .signature import Signatures, known_message

# The log of a device plugin, and of the containers that choose its configuration: first match wins.
PLUGIN_LOG: Signatures = (
    *DRIVER,
    known_message(
        code="NodeOutOfWatches",
        pattern=r"too many open files",
        cause="The node has run out of inotify instances or watches, and the plugin needs one to notice a restart of the kubelet.",
        remedy="Find the pods on the node that watch many files, or raise fs.inotify.max_user_instances on the node. "
        "fs_inotify_max_user_watches is an option of gpuops.aks.aks_gpu_nodepool.",
        source="NVIDIA/gpu-operator#441",
    ),
    known_message(
        code="MigStrategyUnfit",
        pattern=r"[Mm]ore than one MIG device type present|No MIG devices present on node|has no MIG devices configured|"
        r"configured with the same migEnabled value|Unsupported MIG device found",
        cause="The plugin's MIG strategy does not match the node's MIG devices: the strategy single needs slices of the same size on "
        "every GPU.",
        remedy="Set mig_strategy: mixed for gpuops.aks.nvidia_device_plugin, or give every GPU of the node the same slices.",
        source="NVIDIA/gpu-operator#460, NVIDIA/k8s-device-plugin#806 and internal/rm/device_map.go",
    ),
    known_message(
        code="PluginNotPermitted",
        pattern=r"[Ii]nsufficient [Pp]ermissions|operation not permitted|permission denied",
        cause="The device plugin lacks a privilege: MIG and every strategy other than envvar need more than the default privileges.",
        remedy="Set mig_strategy of gpuops.aks.nvidia_device_plugin, which adds NVIDIA_MIG_MONITOR_DEVICES and SYS_ADMIN, or set "
        "privileged: true in its security_context.",
        source="NVIDIA/k8s-device-plugin README, deployments/helm _helpers.tpl; NVIDIA/k8s-device-plugin#399",
    ),
    known_message(
        code="PluginNotRegistered",
        pattern=r"[Cc]ould not register device plugin|[Ff]ailed to register device plugin",
        cause="The kubelet does not accept the device plugin's registration.",
        remedy="Delete the plugin's pod so that it registers again. If that does not help, the kubelet is not responding; "
        f"{THEN_REPLACE_NODE}",
        source="NVIDIA/k8s-device-plugin internal/plugin/server.go",
    ),
    NVML_FAILED,
    known_message(
        code="PluginFoundNoDevice",
        pattern=r"No devices found\. Waiting indefinitely",
        cause="The device plugin is running but finds no GPU on the node.",
        remedy="Check that vm_size is a GPU size and that the pool has gpu_driver: Install. If both are correct and other nodes of the "
        f"pool work, {THEN_REPLACE_NODE} Or {THEN_UPGRADE_IMAGE}",
        source="NVIDIA/k8s-device-plugin cmd/nvidia-device-plugin/main.go; kaito-project/kaito#2326",
    ),
    known_message(
        code="PluginConfigInvalid",
        pattern=r"unable to (?:load|parse) config|error parsing config|unknown field|flag provided but not defined|"
        r"specified config .{0,260}does not exist",
        cause="The device plugin cannot read its configuration, or the configuration that the node's label names does not exist.",
        remedy="Correct args, env and the sharing configuration of gpuops.aks.nvidia_device_plugin for the image's version. With "
        "NVIDIA's Helm chart or the GPU Operator, correct the node's label nvidia.com/device-plugin.config.",
        source="NVIDIA/k8s-device-plugin api/config/v1, cmd/config-manager",
    ),
)
