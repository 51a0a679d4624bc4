# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the AKS resource provider refuses. Where a text comes from, and which ones are the lab's own: ../FIDELITY.md.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.lab.arm.errors.gateway import ArmError


class ServiceError(ArmError):
    """A refusal by the AKS resource provider: code and message at the top level, a target where one field is to blame."""

    def __init__(self, message: str, *, target: str | None = None) -> None:
        super().__init__(message)
        self.target = target

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.code, "details": None, "message": self.message, "subcode": ""}
        return body if self.target is None else {**body, "target": self.target}


class OperationNotAllowedError(ServiceError):
    """Another operation still runs on the pool or its cluster."""

    status = 409
    code = "OperationNotAllowed"
    _wait = (
        "is in progress, please wait for it to finish before starting a new operation. "
        "See https://aka.ms/aks-pending-operation for more details"
    )
    pool_text = f"Operation is not allowed: Another agentpool operation ({{pool}} - {{state}}) {_wait}"
    cluster_text = f"Operation is not allowed: Another operation ({{state}}) {_wait}"

    @classmethod
    def on_pool(cls, *, pool: str, state: str) -> OperationNotAllowedError:
        """The pool itself is busy."""
        return cls(cls.pool_text.format(pool=pool, state=state))

    @classmethod
    def on_cluster(cls, *, state: str) -> OperationNotAllowedError:
        """The whole cluster is busy."""
        return cls(cls.cluster_text.format(state=state))


class OperationInProgressError(ServiceError):
    """The same with the message of 2026 (Azure/azure-cli-extensions#9855), which name the operation."""

    status = 409
    code = "OperationNotAllowed"
    _text = (
        "Operation is not allowed because there's an in progress {verb} {kind} operation (operation ID: {operation}) on the {target} "
        "started on UTC {started}. Please wait for it to finish before starting a new operation. "
        "You can also use '{command}' to abort the ongoing operation."
    )
    cluster_text = (
        _text.replace("{kind}", "managed cluster").replace("{target}", "managed cluster").replace("{command}", "az aks operation-abort")
    )
    pool_text = (
        _text.replace("{kind}", "node pool")
        .replace("{target}", "agent pool {pool}")
        .replace("{command}", "az aks nodepool operation-abort")
    )

    @classmethod
    def on_cluster(cls, *, verb: str, operation: str, started: datetime) -> OperationInProgressError:
        """The whole cluster is busy."""
        return cls(cls.cluster_text.format(verb=verb, operation=operation, started=f"{started:%Y-%m-%dT%H:%M:%SZ}"))

    @classmethod
    def on_pool(cls, *, pool: str, verb: str, operation: str, started: datetime) -> OperationInProgressError:
        """The pool itself is busy."""
        return cls(cls.pool_text.format(pool=pool, verb=verb, operation=operation, started=f"{started:%Y-%m-%dT%H:%M:%SZ}"))


class InvalidParameterError(ServiceError):
    """A parameter with a value that AKS does not accept."""

    code = "InvalidParameter"

    @classmethod
    def value(cls, parameter: str) -> InvalidParameterError:
        """A value that is not allowed; like Azure's, the message does not list the allowed ones."""
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
    type_text = "UnmarshalEntity encountered error: json: cannot unmarshal {found} into Go struct field {field} of type {wanted}."

    @classmethod
    def wrong_type(cls, *, found: str, field: str, wanted: str) -> UnmarshalError:
        """A field of the wrong JSON type."""
        return cls(cls.type_text.format(found=found, field=field, wanted=wanted))

    @classmethod
    def unknown_field(cls, name: str) -> UnmarshalError:
        """A field that a stable api-version doesn't have, with the message from Azure/azure-rest-api-specs#40740."""
        return cls(
            f'UnmarshalEntity encountered error: json: unknown field "{name}" Check that the field is in the right location, is spelled '
            "correctly, and is supported in the API version. Visit aka.ms/aks/apiversions for more API version information.."
        )


class NothingToAbortError(ServiceError):
    """An abort where no operation runs."""

    status = 409
    code = "OperationNotAllowed"

    def __init__(self, name: str) -> None:
        super().__init__(f"gpuops.aks lab: no operation that could be aborted runs on {name}; Azure's words for this are not known.")


class UpgradeNotAllowedError(ServiceError):
    """A Kubernetes version that the current one cannot be upgraded to."""

    code = "OperationNotAllowed"

    def __init__(self, *, old: str, new: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"Upgrading Kubernetes version {old} to {new} is not allowed. Available upgrades: [{' '.join(allowed)}]. "
            "For more information, see https://aka.ms/aks-supported-k8s-ver for version details."
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
    text = "The request is throttled. Please try again after the time that the Retry-After header says."

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(self.text)
        self._retry_after_s = retry_after_s

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self._retry_after_s)}


class PropertyChangeNotAllowedError(ServiceError):
    """A change of something that is fixed at creation."""

    code = "PropertyChangeNotAllowed"
    text = "Changing property '{property}' is not allowed."

    def __init__(self, field: str) -> None:
        super().__init__(self.text.format(property=field), target=field)


class PreviewFeatureNotRegisteredError(ServiceError):
    """A request for a preview feature that is not registered, or whose provider has not been registered again since."""

    code = "PreviewFeatureNotRegistered"
    text = "Preview feature {namespace}/{feature} not registered."

    def __init__(self, *, namespace: str, feature: str) -> None:
        super().__init__(self.text.format(namespace=namespace, feature=feature))


class K8sVersionNotSupportedError(ServiceError):
    """A Kubernetes version that its era does not offer."""

    code = "K8sVersionNotSupported"

    def __init__(self, *, cluster: str, version: str) -> None:
        super().__init__(
            f"Managed cluster {cluster} is on version {version} which is not supported in this region. "
            "Please use [az aks get-versions] command to get the supported version list in this region. "
            "For more information, please check https://aka.ms/supported-version-list"
        )


class LocalAccountsDisabledError(ServiceError):
    """The admin's kubeconfig of a cluster without local accounts."""

    code = "BadRequest"

    def __init__(self) -> None:
        super().__init__("Getting static credential is not allowed because this cluster is set to disable local accounts.")


class LabRefusalError(ServiceError):
    """A refusal by the lab itself, because Azure's response is unknown or not simulated; its message says so."""

    code = "BadRequest"

    def __init__(self, reason: str) -> None:
        super().__init__(f"gpuops.aks lab: {reason}")
