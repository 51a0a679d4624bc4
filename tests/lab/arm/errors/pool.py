# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the AKS resource provider refuses about agent pools. Where a text comes from, and which are the lab's own: ../FIDELITY.md.

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.arm.errors.aks import ServiceError


class AgentPoolNotFoundError(ServiceError):
    """An unknown pool of a known cluster."""

    status = 404
    code = "NotFound"

    def __init__(self, *, cluster: str, pool: str) -> None:
        super().__init__(f"Could not find the agentPool {pool} in the managed cluster {cluster}.")

    def body(self) -> dict[str, object]:
        details = [{"code": "Unspecified", "message": self.message}]
        return {**super().body(), "details": details, "subcode": "GetAgentPool_NotFound_HCPServerError"}


class AvailabilityZoneNotSupportedError(ServiceError):
    """Zones in which the size is not offered to the subscription."""

    code = "AvailabilityZoneNotSupported"
    text = "The zone(s) '{zones}' for resource '{pool}' is not supported. The supported zones for location '{location}' are '{offered}'"
    blamed = "agentPoolProfile.availabilityZone"

    def __init__(self, *, zones: Sequence[str], pool: str, location: str, offered: Sequence[str]) -> None:
        super().__init__(
            self.text.format(zones=",".join(zones), pool=pool, location=location, offered=",".join(offered)), target=self.blamed
        )


class HypervisorGenerationError(ServiceError):
    """An image of a generation that the size cannot boot."""

    code = "BadRequest"
    text = (
        "The selected VM size '{size}' cannot boot Hypervisor Generation '{generation}'. If this was a Create operation please check that "
        "the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update operation "
        "please select a Hypervisor Generation '{generation}' VM Size."
    )

    def __init__(self, *, size: str, generation: int) -> None:
        super().__init__(self.text.format(size=size, generation=generation))


class InsufficientVCPUQuotaError(ServiceError):
    """A family's quota that is too small for the requested machines."""

    code = "ErrCode_InsufficientVCPUQuota"
    text = (
        "Insufficient vcpu quota requested {required}, remaining {remaining} for family {family} for region {location}. "
        "Surge nodes would also consume vcpu quota."
    )

    def __init__(self, *, required: int, remaining: int, family: str, location: str) -> None:
        super().__init__(self.text.format(required=required, remaining=remaining, family=family, location=location))


class AutoscalerWithNodeProvisioningError(ServiceError):
    """Node auto-provisioning and the cluster autoscaler on one cluster."""

    code = "OperationNotAllowed"
    text = ".properties.nodeProvisioningProfile.mode cannot be Auto while any AgentPools have .properties.enableAutoScaling enabled"

    def __init__(self) -> None:
        super().__init__(self.text)


class NodePoolVersionError(ServiceError):
    """A pool's Kubernetes version that is not compatible with its cluster's."""

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


class VMSizeNotSupportedError(ServiceError):
    """A size that is unknown, retired or not offered."""

    code = "VMSizeNotSupported"
    text = (
        "Virtual Machine size: '{size}' is not supported for subscription {subscription} in location '{location}'. "
        "Please refer to aka.ms/aks/vm-size-selector for the sizes that are."
    )

    def __init__(self, *, size: str, subscription: str, location: str) -> None:
        super().__init__(self.text.format(size=size, subscription=subscription, location=location))


class MustDefineAtLeastOneSystemPoolError(ServiceError):
    """A cluster that would be left without a system pool."""

    code = "MustDefineAtLeastOneSystemPool"

    def __init__(self) -> None:
        super().__init__("Must define at least one system pool.")


class LastPoolError(ServiceError):
    """A deletion that would leave the cluster without a pool, or without one for AKS' own pods."""

    code = "OperationNotAllowed"

    @classmethod
    def of_all(cls) -> LastPoolError:
        """The only pool (Azure/AKS#2560)."""
        return cls("There has to be at least one agent pool.")

    @classmethod
    def of_system(cls) -> LastPoolError:
        """The only system pool (kubernetes-sigs/cluster-api-provider-azure#1355)."""
        return cls("There has to be at least one system agent pool.")


class SystemPoolHasRestrictedTaintError(ServiceError):
    """A taint on a system pool that would keep AKS' own pods away."""

    code = "SystemPoolHasRestrictedTaint"
    text = (
        "Placing custom taints on system pool is not supported(except 'CriticalAddonsOnly' taint or taint effect is 'PreferNoSchedule'). "
        "Please refer to https://aka.ms/aks/system-taints for detail"
    )
    blamed = "agentPoolProfile.nodeTaints"

    def __init__(self) -> None:
        super().__init__(self.text, target=self.blamed)


class NewAgentPoolNotAllowedError(ServiceError):
    """A PUT of an existing cluster that names a pool it does not have."""

    code = "BadRequest"

    def __init__(self) -> None:
        super().__init__(
            "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through managed cluster operations. "
            "For per instance change, please use per agent pool operations"
        )
