# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error messages about nodes that were created but could not be set up, one row per meaning."""

from __future__ import annotations

from .known_failure import known_failure

_EXIT = r"(?:exit status[=:]? ?|ExitCode\W{1,12})"
# Exit codes of the script that sets up a node (github.com/Azure/AgentBaker, parts/linux/cloud-init/artifacts/cse_helpers.sh).
NODE_SETUP_FAILURES = (
    known_failure(
        code="DriverFailed",
        pattern=rf"{_EXIT}84\b",
        cause="The NVIDIA driver was installed on a node but did not start.",
        remedy="Run the task again, which submits a failed pool to Azure again. If the problem persists, the image's driver does not "
        "support the size: upgrade the node image with upgrade_node_image: true, or create a pool with another size. In a sovereign cloud, "
        "the nodes of a GRID size such as A10 also need egress to mcr.microsoft.com.",  # Azure/AgentBaker#9113
        retriable=True,
    ),
    known_failure(
        code="DriverInstallTimeout",
        pattern=rf"{_EXIT}(85|83)\b",
        cause="A node could not download or install the NVIDIA driver in time.",
        remedy="Check that the nodes can reach mcr.microsoft.com and packages.microsoft.com "
        "(https://learn.microsoft.com/azure/aks/outbound-rules-control-egress), then run the task again.",
        retriable=True,
    ),
    known_failure(
        code="DevicePluginFailed",
        pattern=rf"{_EXIT}86\b",
        cause="The device plugin in the node image did not start.",
        remedy="Run the task again, which submits a failed pool to Azure again. If the problem persists, use the path manual_plugin.",
        retriable=True,
    ),
    known_failure(
        code="BrokenGpu",
        pattern=rf"{_EXIT}87\b",
        cause="A node's GPU reports a corrupted infoROM, which means that the hardware is broken.",
        remedy="Run the task again to get another machine, and report the problem to Azure support.",
        retriable=True,
    ),
    known_failure(
        code="ManagedGpuFailed",
        pattern=rf"{_EXIT}(123|22[4-9]|23[0-5])\b",
        cause="A node could not install or start the managed GPU components (device plugin, DCGM).",
        remedy="Run the task again. If the problem persists, create the pool with gpu_management_mode: Unmanaged and deploy the device "
        "plugin yourself.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=rf"{_EXIT}50\b|OutboundConnFailVMExtensionError",
        cause="A firewall, a route or a proxy blocks a node's outbound connections, so it cannot download what it needs.",
        remedy="Allow egress from the nodes (https://learn.microsoft.com/azure/aks/outbound-rules-control-egress), then run the task "
        "again.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=rf"{_EXIT}5[12]\b|K8SAPIServer(?:ConnFail|DNSLookupFail)VMExtensionError",
        cause="A node cannot reach the cluster's API server or cannot resolve its name.",
        remedy="Check the virtual network's DNS servers, the private DNS zone's link, the authorized IP ranges and firewalls, then run "
        "the task again.",
        retriable=True,
    ),
    known_failure(
        code="NodeSetupFailed",
        pattern=r"VMExtensionProvisioning(Error|Timeout)|vmssCSE",
        cause="A machine was created but could not be set up as a node, often because it cannot download what it needs.",
        remedy="Look up the exit status in Azure/AgentBaker's cse_helpers.sh, check the nodes' egress and DNS, then run the task again.",
        retriable=True,
    ),
)
