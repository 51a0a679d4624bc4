# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure refuses at once.

from __future__ import annotations

from types import MappingProxyType

from tests.lab.arm.faults.effects import Refuse
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import CLUSTER_PUT, FEATURE, POOL_PUT, PUT

_IN_PROGRESS = (
    "is in progress, please wait for it to finish before starting a new operation. "
    "See https://aka.ms/aks-pending-operation for more details"
)
_GENERATION = (
    "The selected VM size '{size}' cannot boot Hypervisor Generation '{generation}'. If this was a Create operation please check that the "
    "Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update operation please "
    "select a Hypervisor Generation '{generation}' VM Size."
)
REFUSALS = (
    Fault(
        "vm-size-not-supported",
        PUT,
        Refuse(
            400,
            "VMSizeNotSupported",
            "Virtual Machine size: '{size}' is not supported for subscription {subscription} in location '{location}'. "
            "Please refer to aka.ms/aks/vm-size-selector for the sizes that are.",
        ),
        "the size is retired, unknown or restricted",
    ),
    Fault(
        "vm-size-not-allowed",
        PUT,
        Refuse(
            400,
            "BadRequest",
            "The VM size of AgentPoolProfile:{pool} is not allowed in your subscription in location '{location}'. "
            "For more details, please visit https://aka.ms/cpquota",
        ),
        "the same in the words of earlier years",
    ),
    Fault(
        "insufficient-vcpu-quota",
        PUT,
        Refuse(
            400,
            "ErrCode_InsufficientVCPUQuota",
            "Insufficient vcpu quota requested {required}, remaining {remaining} for family {family} for region {location}. "
            "Surge nodes would also consume vcpu quota.",
        ),
        "AKS' own look at the family's quota",
        MappingProxyType({"required": "4", "remaining": "0"}),
    ),
    Fault(
        "capacity-heavy-usage",
        CLUSTER_PUT,
        Refuse(
            400,
            "AksCapacityHeavyUsage",
            "AKS is currently experiencing high demand in {location} region. Please try again later or use another region.",
        ),
        "the region takes no new cluster",
    ),
    Fault(
        "pool-operation-in-progress",
        POOL_PUT,
        Refuse(409, "OperationNotAllowed", f"Operation is not allowed: Another agentpool operation ({{pool}} - {{state}}) {_IN_PROGRESS}"),
        "an operation runs on the pool that the lab knows nothing of, as Azure starts some itself",
        MappingProxyType({"state": "Updating"}),
    ),
    Fault(
        "cluster-operation-in-progress",
        PUT,
        Refuse(409, "OperationNotAllowed", f"Operation is not allowed: Another operation ({{state}}) {_IN_PROGRESS}"),
        "the same on the cluster",
        MappingProxyType({"state": "PutExtensionAddonHandler"}),
    ),
    Fault(
        "node-provisioning-with-autoscaler",
        PUT,
        Refuse(
            400,
            "OperationNotAllowed",
            ".properties.nodeProvisioningProfile.mode cannot be Auto while any AgentPools have .properties.enableAutoScaling enabled",
        ),
        "node auto-provisioning and the cluster autoscaler on one cluster",
    ),
    Fault(
        "property-change-not-allowed",
        PUT,
        Refuse(400, "PropertyChangeNotAllowed", "Changing property '{property}' is not allowed.", target="{property}"),
        "a field that is fixed at creation",
        MappingProxyType({"property": "properties.nodeTaints"}),
    ),
    Fault(
        "preview-feature-not-registered",
        PUT,
        Refuse(400, "PreviewFeatureNotRegistered", "Preview feature Microsoft.ContainerService/{feature} not registered."),
        "the request needs a preview feature",
        MappingProxyType({"feature": "ManagedGPUExperiencePreview"}),
    ),
    Fault(
        "feature-not-registered",
        PUT,
        Refuse(
            400,
            "BadRequest",
            "The feature '{feature}' is not registered for subscription {subscription}. "
            "Please register the feature 'Microsoft.ContainerService/{feature}' in order to use it.",
        ),
        "the same in other words",
        MappingProxyType({"feature": "ManagedGPUExperiencePreview"}),
    ),
    Fault(
        "unmarshal-error",
        PUT,
        Refuse(
            400,
            "UnmarshalError",
            "UnmarshalEntity encountered error: json: cannot unmarshal string into Go struct field Properties.properties.nodeTaints "
            "of type []string.",
        ),
        "a field of the wrong JSON type",
    ),
    Fault(
        "zone-not-supported",
        PUT,
        Refuse(
            400,
            "AvailabilityZoneNotSupported",
            "The zone(s) '{zones}' for resource '{pool}' is not supported. The supported zones for location '{location}' are '{offered}'",
            target="agentPoolProfile.availabilityZone",
        ),
        "the size is not in this zone",
        MappingProxyType({"zones": "2", "offered": "1,3"}),
    ),
    Fault(
        "hypervisor-generation-2",
        PUT,
        Refuse(400, "BadRequest", _GENERATION),
        "a generation 2 image on a size of generation 1",
        MappingProxyType({"generation": "2"}),
    ),
    Fault(
        "hypervisor-generation-1",
        PUT,
        Refuse(400, "BadRequest", _GENERATION),
        "a generation 1 image on a size of generation 2",
        MappingProxyType({"generation": "1"}),
    ),
    Fault(
        "cluster-count-exceeded",
        CLUSTER_PUT,
        Refuse(
            400,
            "ManagedClusterCountExceedsQuotaLimit",
            "The number of managed clusters in subscription {subscription} and region {location} exceeds the quota limit of {limit}.",
        ),
        "no more clusters in this region",
        MappingProxyType({"limit": "100"}),
    ),
    Fault(
        "feature-unregistration-unsupported",
        FEATURE,
        Refuse(400, "FeatureUnregistrationUnsupported", "The feature '{feature}' does not support un-registration.", gateway=True),
        "a preview feature that can't be given back",
        MappingProxyType({"feature": "GPUDedicatedVHDPreview"}),
    ),
)
