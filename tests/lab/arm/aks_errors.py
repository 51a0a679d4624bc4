# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the AKS resource provider refuses. Where a text comes from, and which ones are the lab's own: ../FIDELITY.md.

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.lab.arm.errors import ArmError


class ServiceError(ArmError):
    """A refusal by the AKS resource provider: code and message at the top level, a target where one field is to blame."""

    def __init__(self, message: str, *, target: str | None = None) -> None:
        super().__init__(message)
        self.target = target

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.code, "details": None, "message": self.message, "subcode": ""}
        return body if self.target is None else {**body, "target": self.target}


class AgentPoolNotFoundError(ServiceError):
    """An unknown pool of a known cluster."""

    status = 404
    code = "NotFound"

    def __init__(self, *, cluster: str, pool: str) -> None:
        super().__init__(f"Could not find the agentPool {pool} in the managed cluster {cluster}.")


class OperationNotAllowedError(ServiceError):
    """Another operation still runs on the pool or its cluster."""

    status = 409
    code = "OperationNotAllowed"
    _wait = (
        "is in progress, please wait for it to finish before starting a new operation. "
        "See https://aka.ms/aks-pending-operation for more details"
    )

    @classmethod
    def on_pool(cls, *, pool: str, state: str) -> OperationNotAllowedError:
        """The pool itself is busy."""
        return cls(f"Operation is not allowed: Another agentpool operation ({pool} - {state}) {cls._wait}")

    @classmethod
    def on_cluster(cls, *, state: str) -> OperationNotAllowedError:
        """The whole cluster is busy."""
        return cls(f"Operation is not allowed: Another operation ({state}) {cls._wait}")


class InvalidParameterError(ServiceError):
    """A parameter whose value AKS does not take."""

    code = "InvalidParameter"

    @classmethod
    def value(cls, parameter: str) -> InvalidParameterError:
        """A value outside what is allowed, as Azure words it: without saying what is."""
        return cls(
            f"The value of parameter {parameter} is invalid. Please see https://aka.ms/aks-naming-rules for more details.", target=parameter
        )

    @classmethod
    def missing(cls, parameter: str) -> InvalidParameterError:
        """A required value that is absent."""
        return cls(f"Required parameter {parameter} is missing (null).", target=parameter)

    @classmethod
    def count(cls, *, count: int, low: int, high: int) -> InvalidParameterError:
        """A node count outside the pool's limits."""
        return cls(
            f"agentPoolProfile.count was {count}. It must be greater or equal to minCount:{low} and less than or equal to maxCount:{high}.",
            target="agentPoolProfile.count",
        )


class UnmarshalError(ServiceError):
    """A body that doesn't fit the api-version's schema."""

    code = "UnmarshalError"

    @classmethod
    def wrong_type(cls, *, found: str, field: str, wanted: str) -> UnmarshalError:
        """A field of the wrong JSON type."""
        return cls(f"UnmarshalEntity encountered error: json: cannot unmarshal {found} into Go struct field {field} of type {wanted}.")

    @classmethod
    def unknown_field(cls, name: str) -> UnmarshalError:
        """A field that a stable api-version doesn't have; the words are those of Azure/azure-rest-api-specs#40740."""
        return cls(
            f'UnmarshalEntity encountered error: json: unknown field "{name}" Check that the field is in the right location, is spelled '
            "correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information.."
        )


class AvailabilityZoneNotSupportedError(ServiceError):
    """Zones in which the size is not offered to the subscription."""

    code = "AvailabilityZoneNotSupported"

    def __init__(self, *, zones: Sequence[str], pool: str, location: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"The zone(s) '{','.join(zones)}' for resource '{pool}' is not supported. "
            f"The supported zones for location '{location}' are '{','.join(offered)}'",
            target="agentPoolProfile.availabilityZone",
        )


class HypervisorGenerationError(ServiceError):
    """An image of a generation that the size cannot boot."""

    code = "BadRequest"

    def __init__(self, *, size: str, generation: int) -> None:
        super().__init__(
            f"The selected VM size '{size}' cannot boot Hypervisor Generation '{generation}'. If this was a Create operation please check "
            "that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update "
            f"operation please select a Hypervisor Generation '{generation}' VM Size."
        )


class InsufficientVCPUQuotaError(ServiceError):
    """A family's quota without room for the machines that a request needs."""

    code = "ErrCode_InsufficientVCPUQuota"

    def __init__(self, *, requested: int, remaining: int, family: str, location: str) -> None:
        super().__init__(
            f"Insufficient vcpu quota requested {requested}, remaining {remaining} for family {family} for region {location}. "
            "Surge nodes would also consume vcpu quota."
        )


class AutoscalerWithNodeProvisioningError(ServiceError):
    """Node auto-provisioning and the cluster autoscaler on one cluster."""

    code = "OperationNotAllowed"

    def __init__(self) -> None:
        super().__init__(
            ".properties.nodeProvisioningProfile.mode cannot be Auto while any AgentPools have .properties.enableAutoScaling enabled"
        )


class NothingToAbortError(ServiceError):
    """An abort where no operation runs."""

    status = 409
    code = "OperationNotAllowed"

    def __init__(self, name: str) -> None:
        super().__init__(f"gpuops.aks lab: no operation that could be aborted runs on {name}; Azure's words for this are not known.")


class UpgradeNotAllowedError(ServiceError):
    """A Kubernetes version to which there is no way from the present one."""

    code = "OperationNotAllowed"

    def __init__(self, *, old: str, new: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"Upgrading Kubernetes version {old} to {new} is not allowed. Available upgrades: [{' '.join(allowed)}]. "
            "For more information, see https://aka.ms/aks-supported-k8s-ver for version details."
        )


class NodePoolVersionError(ServiceError):
    """A pool's Kubernetes version that doesn't go with its cluster's."""

    code = "NodePoolMcVersionIncompatible"
    _more = "For more information, please check https://aka.ms/aks/UpgradeVersionRules"

    @classmethod
    def newer(cls, *, pool: str, control_plane: str) -> NodePoolVersionError:
        """The pool would be newer."""
        return cls(
            f"Node pool version {pool} and control plane version {control_plane} are incompatible. "
            f"Node pool version cannot be greater than control plane version. {cls._more}"
        )

    @classmethod
    def older(cls, *, pool: str, control_plane: str, most: int) -> NodePoolVersionError:
        """The pool would be too old."""
        minors = (version.split(".")[1] for version in (pool, control_plane))
        return cls(
            f"Node pool version {pool} and control plane version {control_plane} are incompatible. "
            f"Minor version of node pool cannot be more than {most} versions less than control plane's version. "
            "Minor version of node pool is {} and control plane is {}. ".format(*minors)
            + cls._more
        )


class PreconditionFailedError(ServiceError):
    """An If-Match or If-None-Match that the resource doesn't meet."""

    status = 412
    code = "PreconditionFailed"

    def __init__(self) -> None:
        super().__init__("The etag provided in the request header does not match the resource's current etag.")


class ThrottledError(ServiceError):
    """More requests than the subscription's bucket holds."""

    status = 429
    code = "Throttled"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("The request is throttled. Please try again after the time that the Retry-After header says.")
        self._retry_after_s = retry_after_s

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self._retry_after_s)}


class VMSizeNotSupportedError(ServiceError):
    """A size that is unknown, retired or not offered."""

    code = "VMSizeNotSupported"

    def __init__(self, *, size: str, subscription: str, location: str) -> None:
        super().__init__(
            f"Virtual Machine size: '{size}' is not supported for subscription {subscription} in location '{location}'. "
            "Please refer to aka.ms/aks/vm-size-selector for the sizes that are."
        )


class PropertyChangeNotAllowedError(ServiceError):
    """A change of something that is fixed at creation."""

    code = "PropertyChangeNotAllowed"

    def __init__(self, field: str) -> None:
        super().__init__(f"Changing property '{field}' is not allowed.", target=field)


class PreviewFeatureNotRegisteredError(ServiceError):
    """A request that needs a preview feature which is not registered, or not yet taken over by the provider."""

    code = "PreviewFeatureNotRegistered"

    def __init__(self, feature: str) -> None:
        super().__init__(f"Preview feature {feature} not registered.")


class K8sVersionNotSupportedError(ServiceError):
    """A Kubernetes version that its era does not offer."""

    code = "K8sVersionNotSupported"

    def __init__(self, *, cluster: str, version: str) -> None:
        super().__init__(
            f"Managed cluster {cluster} is on version {version} which is not supported in this region. "
            "Please use [az aks get-versions] command to get the supported version list in this region. "
            "For more information, please check https://aka.ms/supported-version-list"
        )


class MustDefineAtLeastOneSystemPoolError(ServiceError):
    """A cluster that would be left without a system pool."""

    code = "MustDefineAtLeastOneSystemPool"

    def __init__(self) -> None:
        super().__init__("Must define at least one system pool.")


class NewAgentPoolNotAllowedError(ServiceError):
    """A PUT of an existing cluster that names a pool it does not have."""

    code = "BadRequest"

    def __init__(self) -> None:
        super().__init__(
            "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through managed cluster operations. "
            "For per instance change, please use per agent pool operations"
        )


class LocalAccountsDisabledError(ServiceError):
    """The admin's kubeconfig of a cluster without local accounts."""

    code = "BadRequest"

    def __init__(self) -> None:
        super().__init__("Getting static credential is not allowed because this cluster is set to disable local accounts.")


class LabRefusalError(ServiceError):
    """What the lab refuses in its own name, because Azure's answer is not known or not simulated; its text says so."""

    code = "BadRequest"

    def __init__(self, reason: str) -> None:
        super().__init__(f"gpuops.aks lab: {reason}")
