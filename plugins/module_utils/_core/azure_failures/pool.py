# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error messages that reject the settings of a node pool, one row per meaning."""

from __future__ import annotations

from .known_failure import known_failure

_OTHER_POOL = "a node pool of another name with the new value, then remove the old one."
_VERSIONS = r"Node pool version (?P<pool>\S{1,20}) and control plane version (?P<cluster>\S{1,20}) are incompatible"
_SIZES = "'az vm list-skus --location LOCATION --size Standard_N --output table' lists them."
_SIZE_FAILURES = (
    known_failure(
        code="VMSizeNotSupported",
        pattern=r"Virtual Machine size: .{0,100} is not supported|VM size of AgentPoolProfile:\S{1,60} is not allowed",
        cause="The size is retired, unknown, or not available to this subscription in this region.",
        remedy=f"Use an available size: {_SIZES}",
    ),
    known_failure(
        code="VMSizeRestricted",
        pattern=r"VM SKUs? chosen for agentpool.{0,200} (?:is|are) restricted by AKS|restricted-skus",
        cause="AKS does not allow this size for node pools although Azure offers it. New GPU sizes are restricted until AKS supports them.",
        remedy="Use another vm_size (https://aka.ms/aks/restricted-skus).",
    ),
    known_failure(
        code="HypervisorGeneration",
        pattern=r"VM size '(?P<size>[^']{1,80})' cannot boot Hypervisor Generation '(?P<generation>\d)'",
        cause="The node image is generation {generation}, which {size} does not support. Headers such as usegen2vm select the image.",
        remedy="Leave out the header that requests generation 2, send usegen2vm: true for a size that supports only generation 2, or "
        "use another size.",
    ),
    known_failure(
        code="EphemeralDiskNotSupported",
        pattern=r"size (?P<size>\w{1,80}) has a cache size of (?P<cache>\d{1,20}) bytes, but the OS disk requires (?P<disk>\d{1,20}) bytes",
        cause="An ephemeral OS disk is stored in the machine's cache: {size} has a cache of {cache} bytes, and the disk needs {disk}.",
        remedy="Set a lower os_disk_size_gb or os_disk_type: Managed, or use a vm_size with a larger cache.",
    ),
    known_failure(
        code="EphemeralDiskNotSupported",
        pattern=r"VMCacheSizeTooSmall|VMTempDiskSizeTooSmall|VMSizeDoesNotSupportEphemeralOS|not support Ephemeral OS",
        cause="The size's local disks are too small for an ephemeral OS disk of this size.",
        remedy="Set os_disk_type: Managed or a lower os_disk_size_gb, or use another vm_size.",
    ),
    known_failure(
        code="TrustedLaunchNotSupported",
        pattern=r"TrustedLaunchIncompatibleWithConfig|[Tt]rusted [Ll]aunch enabled clusters.{0,100}not supported",
        cause="The node image does not support Trusted Launch (secure boot, vTPM). AKS does not offer it for GPU, FIPS, Arm64 and "
        "older Ubuntu images.",
        remedy="Set enable_secure_boot and enable_vtpm in security_profile to false, or leave them out.",
    ),
    known_failure(
        code="ZoneNotSupported",
        pattern=r"[Zz]one\(s\) .{1,200}not supported.{0,200} are (?:\(empty\)|'')|"
        r"[Aa]vailability zone is not supported in (?:this )?region",
        cause="The size or the region has no availability zones for this subscription.",
        remedy="Leave availability_zones out, or use another size or region.",
    ),
    known_failure(
        code="ZoneNotSupported",
        pattern=r"[Zz]one\(s\) '?(?P<zones>[^' ]{1,60})'? .{0,200}not supported.{0,200} are "
        r"(?:'?(?P<offered>[\w,]{0,60}\w)'?(?![',])|(?P<listed>'[\w, ']{1,60}'))",
        cause="The size is not available to the subscription in the zones {zones}, only in {offered}{listed}.",
        remedy="Set availability_zones to one or more of {offered}{listed}, or leave it out.",
    ),
)
_SETTING_FAILURES = (
    known_failure(
        code="AutoscalerWithNap",
        pattern=r"nodeProvisioningProfile\.mode cannot be Auto while",
        cause="The cluster uses node auto-provisioning, which cannot be combined with the cluster autoscaler.",
        remedy="Set enable_auto_scaling: false and a count, or let node auto-provisioning create the GPU nodes.",
    ),
    known_failure(
        code="SystemPoolTaint",
        pattern=r"SystemPoolHasRestrictedTaint",
        cause="A System pool must accept pods without tolerations, so its taints can only have the effect PreferNoSchedule.",
        remedy="Set mode: User for a GPU pool, or leave NoSchedule and NoExecute taints other than CriticalAddonsOnly out of node_taints.",
    ),
    known_failure(
        code="SpotPoolSurge",
        pattern=r"Spot pools can't set max surge",
        cause="A spot pool is upgraded without surge nodes.",
        remedy="Leave max_surge out of upgrade_settings, or use scale_set_priority: Regular.",
    ),
    known_failure(
        code="InvalidUpgradeSettings",
        pattern=r"(?i)max_?surge.{0,100}max_?unavailable.{0,100}(?:both|same time|\b0\b|zero)|max_?surge (?:can't|cannot|"
        r"must not) be (?:0|zero)",
        cause="An upgrade needs a spare node: either one more (max_surge) or one less (max_unavailable). One of the two must be above "
        "0, and Azure accepts max_unavailable only with max_surge 0.",
        remedy='In upgrade_settings, set max_surge to "1", or set max_surge to "0" and max_unavailable to "1".',
    ),
    known_failure(
        code="SwapNeedsKubeletConfig",
        pattern=r"(?i)FailSwapOn must be set to false",
        cause="By default, the kubelet does not start on a node with swap.",
        remedy="Set fail_swap_on: false in kubelet_config together with swap_file_size_mb in linux_os_config.",
    ),
    known_failure(
        code="InvalidLocalDns",
        pattern=r"(?i)localDNS(?:Profile)?.{0,200}(?:invalid|not (?:allowed|supported)|must)",
        cause="Azure accepts only certain combinations of a pool's local DNS overrides.",
        remedy="Correct what the message names in localDNSProfile (https://learn.microsoft.com/azure/aks/localdns-custom).",
    ),
    known_failure(
        code="PoolsNotSupported",
        pattern=r"AgentPoolAPIsNotSupported|AgentPool APIs supported only for clusters with VMSS",
        cause="The cluster's nodes are in availability sets, or the cluster has no node pool anymore. Such a cluster does not accept "
        "more node pools.",
        remedy="Create another cluster with gpuops.aks.aks_cluster, and create the pool there.",
    ),
    known_failure(
        code="LastNodePool",
        pattern=r"(?i)(?:there has to be|must (?:define|have)) at least one (?:system )?(?:agent |node )?pool",
        cause="A cluster must keep at least one node pool and at least one System pool. The last one is removed only with its cluster.",
        remedy="Remove the cluster with gpuops.aks.aks_cluster (state: absent), or create another pool with mode: System first.",
    ),
)
_FIXED_FAILURES = (
    known_failure(
        code="PropertyChangeNotAllowed",
        pattern=r"Changing property '(?:properties\.)?gpuProfile\.nvidia\.\w{1,60}' is not allowed",
        cause="Azure fixes the property when the node pool is created, and an API version without the property also counts as a change.",
        remedy=f"Leave out api_version, or set it to a version that has the property. To change the property, create {_OTHER_POOL}",
    ),
    known_failure(
        code="PropertyChangeNotAllowed",
        pattern=r"Changing property .{1,200} is not allowed|ScaleSetPriority is immutable|"
        r"CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged|PropertyChangeNotAllowed",
        cause="Azure fixes this property when the node pool is created.",
        remedy=f"Create {_OTHER_POOL}",
    ),
    known_failure(
        code="UnknownProperty",
        pattern=r'json: unknown field \\?"(?P<field>[^"\\]{1,100})',
        cause="This version of Azure's API does not have the property {field}.",
        remedy="Correct {field} in extra_properties, or set api_version to a version that has it.",
    ),
    known_failure(
        code="InvalidProperty",
        pattern=r"cannot unmarshal (?P<found>\S{1,100}) into .{0,200}field (?P<field>\S{1,200}) of type (?P<type>\S{1,100}?)\.?(\s|$)",
        cause="Azure expects a value of type {type} for {field} but got a {found}.",
        remedy="Correct the value in extra_properties.",
    ),
)
_VERSION_FAILURES = (
    known_failure(
        code="VersionTooNew",
        pattern=rf"{_VERSIONS}.{{0,200}}\b(?:greater|bigger|higher|newer|later)\b",
        cause="A node pool cannot be newer than its cluster, which runs Kubernetes {cluster}.",
        remedy="Upgrade the cluster first with 'az aks upgrade --control-plane-only', or set orchestrator_version to {cluster} or older.",
    ),
    known_failure(
        code="VersionTooOld",
        pattern=rf"{_VERSIONS}.{{0,200}}\b(?:less|smaller|lower|older|behind|within)\b",
        cause="The node pool's version is too old for its cluster, which runs Kubernetes {cluster}.",
        remedy="Leave out orchestrator_version, or set it closer to {cluster}.",
    ),
    known_failure(
        code="VersionIncompatible",
        pattern=_VERSIONS,
        cause="A node pool can be neither newer nor much older than its cluster, which runs Kubernetes {cluster}.",
        remedy="Set orchestrator_version to {cluster}, or leave it out.",
    ),
    known_failure(
        code="VersionNeedsLongTermSupport",
        pattern=r"on version (?P<version>[\w.]{1,20}),? which is only available for Long-Term Support",
        cause="AKS supports Kubernetes {version} only with long-term support: the tier Premium with the support plan AKSLongTermSupport.",
        remedy="Use a newer version ('az aks get-versions --location LOCATION --output table'), or enable long-term support with 'az "
        "aks update --tier premium --k8s-support-plan AKSLongTermSupport' (https://aka.ms/aks/enable-lts).",
    ),
    known_failure(
        code="VersionNotSupported",
        pattern=r"which is not supported in this region|K8sVersionNotSupported",
        cause="AKS does not offer this Kubernetes version in the location.",
        remedy="Use a version that 'az aks get-versions --location LOCATION --output table' lists.",
    ),
)
# What Azure rejects in a pool's settings. One row per meaning, first match wins; the messages are in the AKS error documentation, in
# Karpenter's provider for Azure and in the issues that the tests name.
POOL_FAILURES = (*_SIZE_FAILURES, *_SETTING_FAILURES, *_FIXED_FAILURES, *_VERSION_FAILURES)
