# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure refuses at once.

from __future__ import annotations

from types import MappingProxyType

from tests.lab.arm.errors.aks import (
    OperationInProgressError,
    OperationNotAllowedError,
    PreviewFeatureNotRegisteredError,
    PropertyChangeNotAllowedError,
    UnmarshalError,
)
from tests.lab.arm.errors.pool import (
    AutoscalerWithNodeProvisioningError,
    AvailabilityZoneNotSupportedError,
    HypervisorGenerationError,
    InsufficientVCPUQuotaError,
    VMSizeNotSupportedError,
)
from tests.lab.arm.faults.effects import Refuse
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import CLUSTER_PUT, FEATURE, POOL_PUT, PUT
from tests.lab.arm.model.resources import NAMESPACE

_RUNNING = MappingProxyType({"verb": "update", "operation": "11111111-1111-1111-1111-111111111111", "started": "2026-05-22T07:19:23Z"})
_GENERATION = Refuse.like(HypervisorGenerationError, HypervisorGenerationError.text)
REFUSALS = (
    Fault(
        "vm-size-not-supported",
        PUT,
        Refuse.like(VMSizeNotSupportedError, VMSizeNotSupportedError.text),
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
        Refuse.like(InsufficientVCPUQuotaError, InsufficientVCPUQuotaError.text),
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
        Refuse.like(OperationNotAllowedError, OperationNotAllowedError.pool_text),
        "an operation runs on the pool that the lab knows nothing of, as Azure starts some itself",
        MappingProxyType({"state": "Updating"}),
    ),
    Fault(
        "cluster-operation-in-progress",
        PUT,
        Refuse.like(OperationNotAllowedError, OperationNotAllowedError.cluster_text),
        "the same on the cluster",
        MappingProxyType({"state": "PutExtensionAddonHandler"}),
    ),
    Fault(
        "pool-operation-in-progress-2026",
        POOL_PUT,
        Refuse.like(OperationInProgressError, OperationInProgressError.pool_text),
        "an operation runs on the pool, in the words of 2026",
        _RUNNING,
    ),
    Fault(
        "cluster-operation-in-progress-2026",
        PUT,
        Refuse.like(OperationInProgressError, OperationInProgressError.cluster_text),
        "the same on the cluster",
        _RUNNING,
    ),
    Fault(
        "node-provisioning-with-autoscaler",
        PUT,
        Refuse.like(AutoscalerWithNodeProvisioningError, AutoscalerWithNodeProvisioningError.text),
        "node auto-provisioning and the cluster autoscaler on one cluster",
    ),
    Fault(
        "property-change-not-allowed",
        PUT,
        Refuse.like(PropertyChangeNotAllowedError, PropertyChangeNotAllowedError.text, target="{property}"),
        "a field that is fixed at creation",
        MappingProxyType({"property": "properties.nodeTaints"}),
    ),
    Fault(
        "preview-feature-not-registered",
        PUT,
        Refuse.like(PreviewFeatureNotRegisteredError, PreviewFeatureNotRegisteredError.text),
        "the request needs a preview feature",
        MappingProxyType({"namespace": NAMESPACE, "feature": "ManagedGPUExperiencePreview"}),
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
        Refuse.like(UnmarshalError, UnmarshalError.type_text),
        "a field of the wrong JSON type",
        MappingProxyType({"found": "string", "field": "Properties.properties.nodeTaints", "wanted": "[]string"}),
    ),
    Fault(
        "zone-not-supported",
        PUT,
        Refuse.like(
            AvailabilityZoneNotSupportedError, AvailabilityZoneNotSupportedError.text, target=AvailabilityZoneNotSupportedError.blamed
        ),
        "the size is not in this zone",
        MappingProxyType({"zones": "2", "offered": "1,3"}),
    ),
    Fault(
        "hypervisor-generation-2",
        PUT,
        _GENERATION,
        "a generation 2 image on a size of generation 1",
        MappingProxyType({"generation": "2"}),
    ),
    Fault(
        "hypervisor-generation-1",
        PUT,
        _GENERATION,
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
