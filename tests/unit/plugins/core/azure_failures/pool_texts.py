# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure says where a node pool can't be made or changed: each text with where it is from, and what we say to it."""

from __future__ import annotations

from typing import NamedTuple

_EXCEEDING = (
    "Operation could not be completed as it results in exceeding approved {} quota. Additional details - Deployment Model: Resource "
    "Manager, Location: eastus, Current Limit: {}, Current Usage: 0, Additional Required: 4, (Minimum) New Limit Required: {}."
)
_CSE = "VM has reported a failure when processing extension 'vmssCSE': \"Enable failed: command terminated with exit status={}\""
_RESTRICTIVE = (
    "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive. "
    "Please remove some constraints and try again."
)


class Said(NamedTuple):
    """code and text: Azure's. meaning: our code. words: of cause and remedy. retriable: whether the same task may succeed later."""

    code: str
    text: str
    meaning: str
    words: tuple[str, ...]
    retriable: bool = False
    source: str = ""


TEXTS = (
    Said(
        "VMSizeNotSupported",
        "Virtual Machine size: 'Standard_NC6' is not supported for subscription 0000 in location 'eastus'.",
        "VMSizeNotSupported",
        ("retired",),
        source="karpenter-provider-azure, pkg/fake/aksmachinesapi.go; Azure/azure-cli#30887",
    ),
    Said(
        "BadRequest",
        "The VM size of AgentPoolProfile:gpunp is not allowed in your subscription in location 'eastus'.",
        "VMSizeNotSupported",
        ("retired", "az vm list-skus"),
        source="dotnet/core#8000",
    ),
    Said(
        "BadRequest",
        "The selected VM size 'Standard_NC6' cannot boot Hypervisor Generation '2'. If this was a Create operation please check that ...",
        "HypervisorGeneration",
        ("Standard_NC6", "generation 2", "usegen2vm"),
        source="juju/juju, provider/azure/internal/errorutils",
    ),
    Said(
        "BadRequest",
        "The selected VM size 'Standard_ND96asr_v4' cannot boot Hypervisor Generation '1'. If this was a Create operation please ...",
        "HypervisorGeneration",
        ("Standard_ND96asr_v4", "generation 1"),
        source="GoogleCloudPlatform/PerfKitBenchmarker, azure_virtual_machine.py",
    ),
    Said(
        "ErrCode_InsufficientVCPUQuota",
        "Insufficient vcpu quota requested 6, remaining 2 for family standardNCFamily for region eastus. "
        "Surge nodes would also consume vcpu quota.",
        "QuotaExceeded",
        ("2 of the required 6 vCPUs", "standardNCFamily", "max_surge"),
        source="1ChristianAlex/motordesk#14",
    ),
    Said(
        "ErrCode_InsufficientVCPUQuota",
        "Insufficient vcpu quota requested 4, remaining 0 for family Standard NCASv3_T4 Family for region eastus.",
        "QuotaExceeded",
        ("family Standard NCASv3_T4 Family remaining",),
    ),
    Said("ErrCode_InsufficientVCPUQuota", "Insufficient vcpu quota for the request.", "QuotaExceeded", ("az quota update",)),
    Said(
        "QuotaExceeded",
        _EXCEEDING.format("standardNCASv3_T4Family Cores", 0, 4),
        "QuotaExceeded",
        ("no quota", "standardNCASv3_T4Family", "at least 4"),
        source="karpenter-provider-azure; skypilot-org/skypilot#464",
    ),
    Said("OperationNotAllowed", _EXCEEDING.format("standardNCASv3_T4Family Cores", 8, 12), "QuotaExceeded", ("another family",)),
    Said("QuotaExceeded", _EXCEEDING.format("Total Regional Cores", 10, 14), "QuotaExceeded", ("Total Regional vCPUs",)),
    Said("QuotaExceeded", _EXCEEDING.format("LowPriorityCores", 0, 4), "QuotaExceeded", ("spot", "scale_set_priority: Regular")),
    Said(
        "SkuNotAvailableForSubscription",
        "SkuNotAvailableForSubscription",
        "SizeNotForSubscription",
        ("az vm list-skus", "support plan"),
        source="Azure/AKS#5746",
    ),
    Said(
        "SkuNotAvailable",
        "The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: Standard_NC4as_T4_v3' "
        "is currently not available in location 'eastus'. See https://aka.ms/azureskunotavailable",
        "CapacityRestricted",
        ("another zone, region or size",),
        retriable=True,
        source="karpenter-provider-azure; Azure/AKS#1444",
    ),
    Said(
        "AllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this region.",
        "CapacityRestricted",
        ("another zone, region or size",),
        retriable=True,
        source="zonalallocation-allocationfailed-error",
    ),
    Said(
        "ZonalAllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone.",
        "CapacityRestricted",
        ("availability_zones",),
        retriable=True,
        source="the same",
    ),
    Said(
        "OverconstrainedAllocationRequest",
        _RESTRICTIVE,
        "AllocationOverconstrained",
        ("proximity_placement_group_id",),
        retriable=True,
        source="the same",
    ),
    Said(
        "OverconstrainedZonalAllocationRequest",
        f"{_RESTRICTIVE} Constraints applied are: Availability Zone",
        "AllocationOverconstrained",
        ("availability_zones",),
        retriable=True,
        source="the same",
    ),
    Said(
        "AKSCapacityHeavyUsage",
        "AKS is currently experiencing high demand in eastus.",
        "RegionFull",
        ("another location",),
        retriable=True,
        source="akscapacityheavyusage-error",
    ),
    Said(
        "OperationNotAllowed",
        "Operation is not allowed: Another agentpool operation (gpunp - Creating) is in progress, please wait.",
        "OperationInProgress",
        ("one operation at a time",),
        retriable=True,
        source="Azure/telescope#1213",
    ),
    Said(
        "OperationNotAllowed",
        "Operation is not allowed: Another operation (PutExtensionAddonHandler) is in progress, please wait.",
        "OperationInProgress",
        ("Run the same task again",),
        retriable=True,
        source="cilium/cilium#25944",
    ),
    Said(
        "OperationNotAllowed",
        ".properties.nodeProvisioningProfile.mode cannot be Auto while any AgentPools have .properties.enableAutoScaling enabled",
        "AutoscalerWithNap",
        ("enable_auto_scaling: false",),
        source="coder/envbuilder#143",
    ),
    Said(
        "AKSOperationPreempted",
        "This operation has been preempted by another operation with ID 0000",
        "OperationPreempted",
        ("Run the same task again",),
        retriable=True,
        source="aksoperationpreempted-error",
    ),
    Said(
        "AKSOperationPreemptedByDelete",
        "This operation has been preempted by Deleting operation.",
        "OperationPreempted",
        ("another one",),
        retriable=True,
        source="the same",
    ),
    Said(
        "OperationNotAllowed",
        "The operation was overriden and canceled by a later operation.",
        "OperationPreempted",
        ("another one",),
        retriable=True,
        source="Azure/AKS#1913",
    ),
    Said(
        "PropertyChangeNotAllowed",
        "Changing property 'properties.nodeTaints' is not allowed.",
        "PropertyChangeNotAllowed",
        ("another name",),
        source="pulumi/pulumi-azure-native#959",
    ),
    Said(
        "PreviewFeatureNotRegistered",
        "Preview feature Microsoft.ContainerService/ManagedGPUExperiencePreview not registered.",
        "PreviewFeatureNotRegistered",
        ("gpuops.aks.aks_feature", "provider: Microsoft.ContainerService, features: [ManagedGPUExperiencePreview]"),
        source="Azure/ResourceModules#820",
    ),
    Said(
        "BadRequest",
        "The feature 'X' is not registered for subscription 0000.",
        "PreviewFeatureNotRegistered",
        ("register step",),
        source="hashicorp/terraform-provider-azurerm#19664",
    ),
    Said(
        "UnmarshalError",
        "UnmarshalEntity encountered error: json: cannot unmarshal string into Go struct field "
        "Properties.properties.nodeTaints of type []string.",
        "InvalidProperty",
        ("[]string", "nodeTaints", "got a string"),
        source="Azure/AKS#1402",
    ),
    Said(
        "UnmarshalError",
        'UnmarshalEntity encountered error: json: unknown field "migStrategy" Check the field.',
        "UnknownProperty",
        ("migStrategy", "api_version"),
        source="Azure/azure-rest-api-specs#40740",
    ),
    Said(
        "ManagedClusterCountExceedsQuotaLimit",
        "Operation results in exceeding quota limits for managed clusters. Maximum allowed: 100, "
        "Current usage: 100, Additional requested: 1.",
        "ClusterQuotaExceeded",
        ("another region",),
        source="quotas-skus-regions",
    ),
    Said("Throttled", "The request is throttled.", "Throttled", ("serial",), retriable=True, source="quotas-skus-regions"),
    Said("TooManyRequestsReceived", "Too many requests.", "Throttled", ("forks",), retriable=True, source="request-limits-and-throttling"),
    Said(
        "SubscriptionRequestsThrottled",
        "Number of requests for subscription '0000' exceeded the limit.",
        "Throttled",
        ("forks",),
        retriable=True,
        source="the same",
    ),
    Said(
        "VMExtensionProvisioningError",
        _CSE.format(84),
        "DriverFailed",
        ("did not start", "sovereign"),
        retriable=True,
        source="AgentBaker, cse_helpers.sh",
    ),
    Said(
        "VMExtensionProvisioningError",
        _CSE.format(85),
        "DriverInstallTimeout",
        ("packages.microsoft.com",),
        retriable=True,
        source="Azure/AKS#1149",
    ),
    Said(
        "VMExtensionProvisioningError",
        _CSE.format(83),
        "DriverInstallTimeout",
        ("egress",),
        retriable=True,
        source="AgentBaker, cse_helpers.sh",
    ),
    Said("VMExtensionProvisioningError", _CSE.format(86), "DevicePluginFailed", ("manual_plugin",), retriable=True, source="the same"),
    Said("VMExtensionProvisioningError", _CSE.format(87), "BrokenGpu", ("infoROM",), retriable=True, source="the same"),
    Said("VMExtensionProvisioningError", _CSE.format(123), "ManagedGpuFailed", ("gpu_management_mode",), retriable=True, source="the same"),
    Said("VMExtensionProvisioningError", _CSE.format(224), "ManagedGpuFailed", ("DCGM",), retriable=True, source="the same"),
    Said("VMExtensionProvisioningError", _CSE.format(235), "ManagedGpuFailed", ("DCGM",), retriable=True, source="the same"),
    Said("VMExtensionProvisioningError", _CSE.format(50), "NodeSetupFailed", ("egress",), retriable=True, source="the same"),
    Said(
        "VMExtensionProvisioningTimeout",
        "Provisioning of VM extension vmssCSE has timed out.",
        "NodeSetupFailed",
        ("cse_helpers.sh",),
        retriable=True,
        source="Azure/AKS#1352",
    ),
    Said(
        "FeatureUnregistrationUnsupported",
        "The feature 'GPUDedicatedVHDPreview' does not support unregistration.",
        "FeatureUnregistrationUnsupported",
        ("Leave it registered",),
        source="Azure/AKS#984",
    ),
    Said(
        "EtagMismatch",
        "Operation is not allowed: etag does not match.",
        "ChangedMeanwhile",
        ("after it was read",),
        retriable=True,
        source="Azure/terraform-azurerm-aks#354",
    ),
    Said(
        "PreconditionFailed",
        "Resource not found but ETag header is provided. If this is a request to create, please do not provide ETag.",
        "ChangedMeanwhile",
        ("client",),
        retriable=True,
        source="Azure/azure-cli#30309",
    ),
    Said(
        "OriginalEtagNotExpect",
        "Failed to save agent pool gpunp. This operation has been preempted by Deleting operation.",
        "OperationPreempted",
        ("canceled", "another one"),
        retriable=True,
        source="kaito-project/kaito#2075",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "The zone(s) '2' for resource 'gpunp' is not supported. The supported zones for location 'eastus' are '1,3'",
        "ZoneNotSupported",
        ("in 1,3", "availability_zones"),
        source="availabilityzonenotsupported-error",
    ),
    Said(
        "NodePoolMcVersionIncompatible",
        "Node pool version 1.35.5 and control plane version 1.34.8 are incompatible. "
        "Minor version of node pool version 35 is bigger than control plane version 34.",
        "VersionTooNew",
        ("1.34.8", "az aks upgrade"),
        source="rancher/rancher#33426, Azure/terraform-azurerm-aks#465",
    ),
    Said(
        "NodePoolMcVersionIncompatible",
        "Node pool version 1.35.5 and control plane version 1.34.8 are incompatible.",
        "VersionIncompatible",
        ("neither newer nor much older", "1.34.8"),
        source="the beginning that all of them have",
    ),
    Said(
        "NodePoolMcVersionIncompatible",
        "Node pool version 1.35.5 and control plane version 1.34.8 are incompatible. "
        "Node pool version cannot be greater than control plane version.",
        "VersionTooNew",
        ("1.34.8", "az aks upgrade"),
        source="the lab's FIDELITY.md",
    ),
    Said(
        "NodePoolMcVersionIncompatible",
        "Node pool version 1.29.1 and control plane version 1.34.8 are incompatible. "
        "Minor version of node pool cannot be more than 3 versions less than control plane's version.",
        "VersionTooOld",
        ("1.34.8",),
        source="the same",
    ),
    Said(
        "K8sVersionNotSupported",
        "Managed cluster aks is on version 1.19.1 which is not supported in this region.",
        "VersionNotSupported",
        ("az aks get-versions",),
        source="the same",
    ),
    Said(
        "OperationNotAllowed",
        "Upgrading Kubernetes version 1.33.12 to 1.35.5 is not allowed. Available upgrades: [1.34.8].",
        "UpgradeNotAllowed",
        ("1.34.8",),
        source="the same",
    ),
    Said(
        "InternalOperationError",
        "Internal server error",
        "ServiceUnavailable",
        ("azure.status.microsoft",),
        retriable=True,
        source="the lab's FIDELITY.md",
    ),
)
