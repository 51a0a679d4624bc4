# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error texts about nodes that were created and failed to set themselves up, one row per meaning."""

from __future__ import annotations

from .known_failure import known_failure

_EXIT = r"(?:exit status[=:]? ?|ExitCode\W{1,12})"
# What the script that makes a node of a machine ends with (github.com/Azure/AgentBaker, parts/linux/cloud-init/artifacts/cse_helpers.sh).
NODE_SETUP_FAILURES = (
    known_failure(
        code="DriverFailed",
        pattern=rf"{_EXIT}84\b",
        cause="The NVIDIA driver was installed on a node and did not start.",
        remedy="Run the task again: it submits a failed pool to Azure again. If it stays so, the image's driver doesn't fit the size: "
        "upgrade the node image with upgrade_node_image: true, or create a pool of another size.",
        retriable=True,
    ),
    known_failure(
        code="DriverInstallTimeout",
        pattern=rf"{_EXIT}(85|83)\b",
        cause="The NVIDIA driver could not be fetched or installed on a node in time.",
        remedy="Check that the nodes reach mcr.microsoft.com and packages.microsoft.com "
        "(https://learn.microsoft.com/azure/aks/outbound-rules-control-egress), then run the task again.",
        retriable=True,
    ),
    known_failure(
        code="DevicePluginFailed",
        pattern=rf"{_EXIT}86\b",
        cause="The device plugin that the node image brings did not start.",
        remedy="Run the task again: it submits a failed pool to Azure again. If it stays so, use the path manual_plugin.",
        retriable=True,
    ),
    known_failure(
        code="BrokenGpu",
        pattern=rf"{_EXIT}87\b",
        cause="A node's GPU reports a corrupted infoROM: the hardware is broken.",
        remedy="Run the task again to get another machine, and report it to Azure support.",
        retriable=True,
    ),
    known_failure(
        code="ManagedGpuFailed",
        pattern=rf"{_EXIT}(123|22[4-9]|23[0-5])\b",
        cause="The managed GPU components (device plugin, DCGM) could not be installed or started on a node.",
        remedy="Run the task again. If it stays so, create the pool with gpu_management_mode: Unmanaged and run the "
        "device plugin yourself.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=rf"{_EXIT}50\b|OutboundConnFailVMExtensionError",
        cause="A node can't reach what it has to fetch: its outbound connections are blocked, by a firewall, a route or a proxy.",
        remedy="Allow the nodes' egress (https://learn.microsoft.com/azure/aks/outbound-rules-control-egress), then run the task again.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=rf"{_EXIT}5[12]\b|K8SAPIServer(?:ConnFail|DNSLookupFail)VMExtensionError",
        cause="A node can't reach the cluster's API server, or can't resolve its name.",
        remedy="Check the virtual network's DNS servers, the private DNS zone's link, authorized IP ranges and "
        "firewalls, then run it again.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=r"VMExtensionProvisioning(Error|Timeout)|vmssCSE",
        cause="A machine was made and could not be set up as a node; often it can't reach what it has to fetch.",
        remedy="Look the exit status up in Azure/AgentBaker's cse_helpers.sh, check the nodes' egress and DNS, then run the task again.",
        retriable=True,
    ),
)
