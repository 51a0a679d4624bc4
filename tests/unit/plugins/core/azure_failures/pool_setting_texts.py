# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure says where a pool's description doesn't fit its size, its subnet, its cluster or the subscription, and our meaning."""

from __future__ import annotations

from .pool_texts import Said

SETTING_TEXTS = (
    Said(
        "InsufficientSubnetSize",
        "Pre-allocated IPs 1280 exceeds IPs available 1024 in Subnet Cidr 10.240.100.0/22, Subnet Name pods. If Autoscaler is enabled, the "
        "max-count from each nodepool is counted. http://aka.ms/aks/insufficientsubnetsize",
        "SubnetTooSmall",
        ("1280", "has 1024", "max_count", "max_pods", "overlay"),
        source="Azure/AKS-Construction#701; Azure/AKS#3653",
    ),
    Said(
        "InsufficientSubnetSize",
        "Pre-allocated IPs 333 exceeds IPs available in Subnet 251",
        "SubnetTooSmall",
        ("333",),
        source="rancher#20784",
    ),
    Said(
        "SubnetIsFull",
        "Subnet pods with address prefix 10.0.0.0/24 does not have enough capacity for 101 IP addresses.",
        "SubnetTooSmall",
        ("Surge nodes", "vnet_subnet_id"),
        source="Azure/AKS#2119",
    ),
    Said(
        "VMCacheSizeTooSmall",
        "The virtual machine size Standard_NC24s_v3 has a cache size of 0 bytes, but the OS disk requires 137438953472 bytes. Use a VM "
        "size with larger cache or disable ephemeral OS.",
        "EphemeralDiskNotSupported",
        ("Standard_NC24s_v3", "0 bytes", "os_disk_type: Managed"),
        source="MicrosoftDocs/azure-docs#73585; Azure/AKS#2635",
    ),
    Said(
        "VMSizeDoesNotSupportEphemeralOS",
        "The Virtual Machine size Standard_NC6 does not support Ephemeral OS disk.",
        "EphemeralDiskNotSupported",
        ("os_disk_type: Managed",),
        source="Azure/AKS#2694",
    ),
    Said(
        "TrustedLaunchIncompatibleWithConfig",
        "Trusted Launch enabled clusters using vTPM and/or Secure Boot are not supported for this agentpool. GPU nodepools have none.",
        "TrustedLaunchNotSupported",
        ("GPU", "enable_secure_boot"),
        source="Azure/AKS#4181",
    ),
    Said(
        "BadRequest",
        "The VM SKUs chosen for agentpool(s) `AgentPoolProfile:gpunp` are restricted by AKS. Please see https://aka.ms/aks/restricted-skus",
        "VMSizeRestricted",
        ("another vm_size",),
        source="Azure/AKS#2413",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "The zone(s) 2 for resource nodepool1 is not supported. The supported zones for location centralus are (empty).",
        "ZoneNotSupported",
        ("no availability zones", "Leave availability_zones out"),
        source="MicrosoftDocs/azure-aks-docs#416",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "The zone(s) 2 for resource nodepool1 is not supported. The supported zones for location centralus are 1,3.",
        "ZoneNotSupported",
        ("in 1,3.",),
        source="the same, a sibling",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "The zone(s) '3' for resource 'gpunp' is not supported. The supported zones for location 'eastus' are '2'",
        "ZoneNotSupported",
        ("in 2.", "Set availability_zones"),
        source="availabilityzonenotsupported-error, one zone",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "Preflight validation check for resource(s) for container service aks in resource group rg failed. Message: The zone(s) '1' for "
        "resource 'gpunp' is not supported.The supported zones for location 'eastus' are '2', '3'. Details:",
        "ZoneNotSupported",
        ("in '2', '3'",),
        source="availabilityzonenotsupported-error",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "Preflight validation check for resource(s) for container service aks in resource group rg failed. Message: The zone(s) '1,2' for "
        "resource 'gpunp' is not supported. The supported zones for location 'westus' are ''. Details:",
        "ZoneNotSupported",
        ("no availability zones", "Leave availability_zones out"),
        source="the same, of a region without zones",
    ),
    Said(
        "AvailabilityZoneNotSupported",
        "Availability zone is not supported in region westus.",
        "ZoneNotSupported",
        ("no availability zones",),
        source="cloud-barista/cb-spider#1246, rancher/rancher#33019",
    ),
    Said(
        "SystemPoolHasRestrictedTaint",
        "The system pool has a taint that is not allowed.",
        "SystemPoolTaint",
        ("mode: User",),
        source="azure-cli's recording of test_aks_create_cluster_with_taints",
    ),
    Said(
        "InvalidParameter",
        "The value of parameter agentPoolProfile.upgrade.maxSurge is invalid. Error details: Spot pools can't set max surge.",
        "SpotPoolSurge",
        ("scale_set_priority: Regular",),
        source="XenitAB/terraform-modules#755",
    ),
    Said(
        "InvalidParameter",
        "The value of parameter agentPoolProfile.upgradeSettings is invalid. Error details: maxSurge and maxUnavailable cannot both be 0.",
        "InvalidUpgradeSettings",
        ("max_unavailable", "above 0"),
        source="Azure/AKS#4277",
    ),
    Said(
        "InvalidParameter",
        "CustomKubeletConfig.FailSwapOn must be set to false to enable swap file on nodes.",
        "SwapNeedsKubeletConfig",
        ("fail_swap_on: false",),
        source="hashicorp/terraform-provider-azurerm#17676",
    ),
    Said(
        "InvalidParameter",
        "The value of parameter localDNSProfile is invalid.",
        "InvalidLocalDns",
        ("localdns-custom",),
        source="a recording",
    ),
    Said(
        "AgentPoolAPIsNotSupported",
        "AgentPool APIs supported only for clusters with VMSS agentpools.",
        "PoolsNotSupported",
        ("availability sets",),
        source="MicrosoftDocs/azure-docs#24942",
    ),
    Said("OperationNotAllowed", "There has to be at least one agent pool.", "LastNodePool", ("aks_cluster",), source="Azure/AKS#2560"),
    Said(
        "OperationNotAllowed",
        "There has to be at least one system agent pool.",
        "LastNodePool",
        ("System pool", "mode: System"),
        source="kubernetes-sigs/cluster-api-provider-azure#1355",
    ),
    Said(
        "InvalidParameter",
        "Must define at least one system pool.",
        "LastNodePool",
        ("System pool", "mode: System"),
        source="Azure/AKS#2656",
    ),
    Said(
        "PropertyChangeNotAllowed",
        "Changing property 'properties.gpuProfile.nvidia.managementMode' is not allowed.",
        "PropertyChangeNotAllowed",
        ("api_version", "another name"),
        source="Azure/azure-rest-api-specs",
    ),
    Said(
        "BadRequest",
        "ScaleSetPriority is immutable. Provided value is Regular, Please use current value .",
        "PropertyChangeNotAllowed",
        ("another name",),
        source="ansible-collections/azure#2186",
    ),
    Said(
        "CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged",
        "Custom kubelet config or custom Linux OS config can not be changed.",
        "PropertyChangeNotAllowed",
        ("another name",),
        source="hashicorp/terraform-provider-azurerm#32764",
    ),
    Said(
        "K8sVersionNotSupported",
        "Managed cluster aks is on version 1.29.15, which is only available for Long-Term Support (LTS). If you intend to onboard to LTS, "
        "please ensure the cluster is in Premium tier and LTS support plan (see https://aka.ms/aks/enable-lts).",
        "VersionNeedsLongTermSupport",
        ("Kubernetes 1.29.15", "tier Premium", "AKSLongTermSupport"),
        source="canonical/bundle-kubeflow#1320",
    ),
    Said(
        "InvalidParameter",
        "The property 'securityProfile.encryptionAtHost' is not valid because the 'Microsoft.Compute/EncryptionAtHost' feature is not "
        "enabled for this subscription.",
        "PreviewFeatureNotRegistered",
        ("provider: Microsoft.Compute, features: [EncryptionAtHost]",),
        source="Azure/azure-cli#16788",
    ),
    Said(
        "SubscriptionNotEnabledEncryptionAtHost",
        "Subscription does not enable EncryptionAtHost.",
        "PreviewFeatureNotRegistered",
        ("provider: Microsoft.Compute, features: [EncryptionAtHost]",),
        source="the lab's FIDELITY.md",
    ),
    Said(
        "OperationNotAllowed",
        "Unable to perform operation 'create VM' since the provided max price '0.001 USD' is lower than the current spot price '0.0196 "
        "USD' for Azure Spot VM size 'Standard_NC6s_v3'.",
        "SpotPriceTooLow",
        ("spot_max_price",),
        source="Azure/AKS#4404, learn.microsoft.com, Spot errors",
    ),
    Said(
        "VMExtensionProvisioningError",
        'vmssCSE: { \\"ExitCode\\": \\"52\\" }',
        "NodeSetupFailed",
        ("resolve its name",),
        retriable=True,
        source="AgentBaker, cse_helpers.sh; Azure/AKS#4584",
    ),
    Said(
        "BadRequest",
        "Resource group 'MC_rg_aks_eastus' under subscription: 0000 is locked, please remove lock and retry.",
        "ScopeLocked",
        ("az lock list",),
        source="Azure/AKS#3291",
    ),
)
