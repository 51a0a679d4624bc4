# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from .known_failure import KnownFailure

_MORE = "Ask for more with 'az quota update' or in the portal under Quotas"
_EXIT = r"exit status[=:]? ?"
# What the script that makes a node of a machine ends with (github.com/Azure/AgentBaker, parts/linux/cloud-init/artifacts/cse_helpers.sh).
_NODE_SCRIPT = (
    KnownFailure(
        "DriverFailed",
        rf"{_EXIT}84\b",
        "The NVIDIA driver was installed on a node and did not start.",
        "Run the task again: a failed pool is put once more. If it stays so, the image's driver doesn't fit the size: "
        "upgrade the node image with upgrade_node_image: true, or create a pool of another size.",
        retriable=True,
    ),
    KnownFailure(
        "DriverInstallTimeout",
        rf"{_EXIT}(85|83)\b",
        "The NVIDIA driver could not be fetched or installed on a node in time.",
        "Check that the nodes reach mcr.microsoft.com and packages.microsoft.com "
        "(https://learn.microsoft.com/azure/aks/outbound-rules-control-egress), then run the task again.",
        retriable=True,
    ),
    KnownFailure(
        "DevicePluginFailed",
        rf"{_EXIT}86\b",
        "The device plugin that the node image brings did not start.",
        "Run the task again: a failed pool is put once more. If it stays so, use the path manual_plugin.",
        retriable=True,
    ),
    KnownFailure(
        "BrokenGpu",
        rf"{_EXIT}87\b",
        "A node's GPU reports a corrupted infoROM: the hardware is broken.",
        "Run the task again to get another machine, and report it to Azure support.",
        retriable=True,
    ),
    KnownFailure(
        "ManagedGpuFailed",
        rf"{_EXIT}(123|22[4-9]|23[0-5])\b",
        "The managed GPU components (device plugin, DCGM) could not be installed or started on a node.",
        "Run the task again. If it stays so, create the pool with gpu_management_mode: Unmanaged and run the device plugin yourself.",
        retriable=True,
    ),
    KnownFailure(
        "NodeSetupFailed",
        r"VMExtensionProvisioning(Error|Timeout)|vmssCSE",
        "A machine was made and could not be set up as a node; often it can't reach what it has to fetch.",
        "Look the exit status up in Azure/AgentBaker's cse_helpers.sh, check the nodes' egress and DNS, then run the task again.",
        retriable=True,
    ),
)
_QUOTA = (
    KnownFailure(
        "QuotaExceeded",
        r"Insufficient vcpu quota requested (?P<needed>\d+), remaining (?P<left>\d+) for family (?P<family>.+?)(?= for region|\.|$)",
        "The subscription has {left} of the {needed} vCPUs of the family {family} left in the region; surge nodes count too.",
        f"{_MORE}, set a lower count or upgrade_settings.max_surge, or use a size of another family.",
    ),
    KnownFailure(
        "QuotaExceeded",
        r"exceeding approved LowPriorityCores quota",
        "The subscription's quota for vCPUs of spot machines in the region is used up; it is one for all sizes.",
        f"{_MORE} (Total Regional Spot vCPUs), or use scale_set_priority: Regular.",
    ),
    KnownFailure(
        "QuotaExceeded",
        r"exceeding approved Total Regional Cores quota",
        "The subscription's quota for all vCPUs in the region is used up, whatever the size.",
        f"{_MORE} (Total Regional vCPUs), remove what is not needed there, or use another region.",
    ),
    KnownFailure(
        "QuotaExceeded",
        r"exceeding approved (?P<family>.+?) Cores quota.*Current Limit: 0,.*New Limit Required: (?P<needed>\d+)",
        "The subscription was never granted vCPUs of the family {family} in the region.",
        "Ask for at least {needed} with 'az quota update' or in the portal under Quotas, or use a size of another family.",
    ),
    KnownFailure(
        "QuotaExceeded",
        r"Insufficient vcpu quota|exceeding approved .* quota",
        "The subscription has too few vCPUs of this size's family in the region; surge nodes count too.",
        f"{_MORE}, or use a size of another family.",
    ),
    KnownFailure(
        "ClusterQuotaExceeded",
        r"exceeding quota limits for managed clusters|ManagedClusterCountExceedsQuotaLimit",
        "The subscription has as many AKS clusters in the region as it may have.",
        "Remove clusters that are not needed, ask for more in the portal under Quotas, or use another region.",
    ),
)
_CAPACITY = (
    KnownFailure(
        "RegionFull",
        r"(?i)AksCapacityHeavyUsage",
        "AKS takes no new clusters in this region now.",
        "Try later, or use another location.",
        retriable=True,
    ),
    KnownFailure(
        "AllocationOverconstrained",
        r"condition is too restrictive|Overconstrained(Zonal)?AllocationRequest",
        "No free machine meets all that the pool asks for at once.",
        "Leave out one of availability_zones, proximity_placement_group_id, enable_ultra_ssd and os_disk_type: Ephemeral, or try later.",
        retriable=True,
    ),
    KnownFailure(
        "CapacityRestricted",
        r"ZonalAllocationFailed|sufficient capacity for the requested VM size in this zone",
        "Azure has no machines of this size free in the zone now.",
        "Try later, or make a pool in other availability_zones, in none, or of another size.",
        retriable=True,
    ),
    KnownFailure(
        "CapacityRestricted",
        r"currently not available in location|[Aa]llocation ?[Ff]ailed|sufficient capacity|SkuNotAvailable",
        "Azure has no machines of this size free there now.",
        "Try later, or use another zone, region or size.",
        retriable=True,
    ),
)
_OPERATIONS = (
    KnownFailure(
        "AutoscalerWithNap",
        r"nodeProvisioningProfile\.mode cannot be Auto while",
        "The cluster makes its nodes by node auto-provisioning, which excludes the cluster autoscaler.",
        "Set enable_auto_scaling: false and a count, or let auto-provisioning make the GPU nodes.",
    ),
    KnownFailure(
        "OperationInProgress",
        r"operation .*is in progress",
        "Azure runs one operation at a time on a cluster and on a node pool.",
        "Run the same task again when the other operation has ended.",
        retriable=True,
    ),
    KnownFailure(
        "OperationPreempted",
        r"preempted by|AKSOperationPreempted|overrid+en and cancell?ed by a later operation|OriginalEtagNotExpect",
        "Somebody else, or AKS itself, has started another operation, and Azure has given this one up for it.",
        "Run the same task again: it waits for the other operation and then does what is missing.",
        retriable=True,
    ),
    KnownFailure(
        "ChangedMeanwhile",
        r"EtagMismatch|PreconditionFailed|(?i:etag).*does not match|ETag header is provided",
        "Somebody else has changed the resource since it was read.",
        "Run the same task again.",
        retriable=True,
    ),
    KnownFailure(
        "Throttled",
        r"Throttled|TooManyRequests|SubscriptionRequestsThrottled",
        "Azure limits how often a node pool and a subscription may be asked (https://learn.microsoft.com/azure/aks/quotas-skus-regions).",
        "Run the same task again in some minutes, with fewer hosts at a time (serial, forks).",
        retriable=True,
    ),
    KnownFailure(
        "ServiceUnavailable",
        r"ServiceUnavailable|Internal ?[Ss]erver ?[Ee]rror|InternalOperationError|ServerTimeout",
        "Azure itself has a problem at the moment.",
        "Run the same task again; https://azure.status.microsoft tells of outages.",
        retriable=True,
    ),
)
_REQUESTS = (
    KnownFailure(
        "VMSizeNotSupported",
        r"Virtual Machine size: .* is not supported|VM size of AgentPoolProfile:\S+ is not allowed",
        "The size is retired, unknown, or not offered to this subscription in this region.",
        "",
    ),
    KnownFailure(
        "HypervisorGeneration",
        r"VM size '(?P<size>[^']+)' cannot boot Hypervisor Generation '(?P<generation>\d)'",
        "The node image is of generation {generation}, and {size} can't be; headers such as usegen2vm choose the image.",
        "Leave out the header that asks for generation 2, or on a size that has no other, send usegen2vm: true; or use another size.",
    ),
    KnownFailure(
        "PropertyChangeNotAllowed",
        r"Changing property .* is not allowed",
        "Azure fixes this property when the node pool is created.",
        "Create a node pool of another name with the new value, then remove the old one.",
    ),
    KnownFailure(
        "ZoneNotSupported",
        r"zone\(s\) '(?P<zones>[^']*)' .* not supported.* are '(?P<offered>[^']*)'",
        "The size is not offered to the subscription in the zones {zones}, but in {offered}.",
        "Set availability_zones to some of {offered}, or leave it out.",
    ),
    KnownFailure(
        "VersionTooNew",
        r"Node pool version (?P<pool>\S+) and control plane version (?P<cluster>\S+) are incompatible.*cannot be greater",
        "A node pool can't be newer than its cluster, which runs Kubernetes {cluster}.",
        "Upgrade the cluster first with 'az aks upgrade --control-plane-only', or set orchestrator_version to {cluster} or older.",
    ),
    KnownFailure(
        "VersionTooOld",
        r"Node pool version (?P<pool>\S+) and control plane version (?P<cluster>\S+) are incompatible",
        "A node pool can't be that much older than its cluster, which runs Kubernetes {cluster}.",
        "Leave orchestrator_version out, or set it nearer to {cluster}.",
    ),
    KnownFailure(
        "VersionNotSupported",
        r"which is not supported in this region|K8sVersionNotSupported",
        "AKS doesn't offer this Kubernetes version there.",
        "Use one that 'az aks get-versions --location LOCATION --output table' lists.",
    ),
    KnownFailure(
        "UnknownProperty",
        r'json: unknown field \\?"(?P<field>[^"\\]+)',
        "This version of Azure's API has no property {field}.",
        "Correct {field} in extra_properties, or set api_version to a version that has it.",
    ),
    KnownFailure(
        "InvalidProperty",
        r"cannot unmarshal (?P<found>\S+) into .*field (?P<field>\S+) of type (?P<type>\S+?)\.?(\s|$)",
        "Azure wants a value of the type {type} for {field} and got a {found}.",
        "Correct it in extra_properties.",
    ),
)
# One row a meaning, first match wins; the texts are in the AKS error documentation, in Karpenter's provider for Azure and in the issues
# that the tests name.
POOL_FAILURES = (*_NODE_SCRIPT, *_QUOTA, *_CAPACITY, *_OPERATIONS, *_REQUESTS)
