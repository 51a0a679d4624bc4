# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What an error status of an API server means, and for how long a retry is worthwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus

from .._core.shared.explanation import Explanation

_AGAIN = "Run the task again"
# For a failure inside the cluster: either it is over at once, or an administrator has to act.
_BRIEFLY = 10.0


@dataclass(frozen=True)
class KnownStatus:
    """What a status means to the user.

    signs: strings one of which is in the message, none for any message. patience: for how many seconds a retry is worthwhile.
    The explanation's code is "" where the API server's reason is the code.
    """

    status: int
    explanation: Explanation
    signs: tuple[str, ...] = ()
    patience: float = 0.0


def known_status(
    status: int,
    *,
    cause: str,
    remedy: str,
    code: str = "",
    signs: tuple[str, ...] = (),
    retriable: bool = False,
    patience: float = 0.0,
) -> KnownStatus:
    """A row of the table; its arguments are the fields of KnownStatus and Explanation."""
    return KnownStatus(status, Explanation(code, cause, remedy, retriable=retriable), signs, patience)


# The first match wins. Statuses and messages: kubernetes apimachinery pkg/api/errors and apiserver pkg/endpoints, etcd api/v3rpc.
_STATUSES = (
    known_status(
        HTTPStatus.BAD_REQUEST,
        cause="The API server cannot parse the request, because an option has a value that Kubernetes does not accept.",
        remedy="Correct the option that the message names.",
    ),
    known_status(
        HTTPStatus.UNAUTHORIZED,
        code="Unauthorized",
        cause="The credentials have expired or belong to another cluster.",
        remedy="Fetch the credentials again with gpuops.aks.aks_credentials; replace the token if you set one (api_key, K8S_AUTH_API_KEY).",
    ),
    known_status(
        HTTPStatus.NOT_FOUND,
        cause="The object does not exist, or the cluster's Kubernetes version does not have this kind of object.",
        remedy="Check the names and the namespace, and that the kubeconfig is the target cluster's.",
    ),
    known_status(
        HTTPStatus.CONFLICT,
        cause="Another client created or changed the object at the same time.",
        remedy=f"{_AGAIN}; it starts from the current state.",
        retriable=True,
    ),
    known_status(
        HTTPStatus.GONE,
        cause="Reading took so long that the API server no longer keeps the version that was being read.",
        remedy=f"{_AGAIN}.",
        retriable=True,
    ),
    known_status(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        cause="The object exceeds the size limit of Kubernetes (about 1.5 MB).",
        remedy="Make it smaller, or mount the content from a volume.",
    ),
    known_status(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        cause="A field of the object would have a value that Kubernetes does not allow.",
        remedy="Correct the option that sets the field in the message.",
    ),
    known_status(
        HTTPStatus.TOO_MANY_REQUESTS,
        cause="The API server is receiving more requests than it can handle.",
        remedy=f"{_AGAIN} later, or with a longer wait_timeout; find out what else sends so many requests.",
        retriable=True,
        patience=math.inf,
    ),
    *(
        known_status(
            status,
            code="KubeletUnreachable",
            cause="The API server cannot reach the node's kubelet, because the node or the tunnel to the nodes (konnectivity) is down.",
            remedy="Check 'kubectl get nodes' and 'kubectl get pods -n kube-system -l app=konnectivity-agent', and run the task again.",
            signs=("/containerLogs/", "No agent available", ":10250", "error dialing backend"),
            retriable=True,
            patience=_BRIEFLY,
        )
        for status in (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="KubeletUnreachable",
        cause="The node's kubelet has lost its connection to the API server, and cannot check whether this request is allowed.",
        remedy="Check 'kubectl get nodes', and run the task again; if it still fails, drain the node and delete its "
        "machine with 'az aks nodepool delete-machines'.",
        signs=("Authorization error (user=",),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ContainerRuntimeUnreachable",
        cause="The node's container runtime does not respond to the kubelet, because it is restarting or the node is overloaded.",
        remedy="Run the task again; if it still fails, replace the node.",
        signs=("containerd.sock", "error while dialing dial unix", "error while dialing: dial unix", "Error while dialing dial unix"),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="WebhookFailed",
        cause="The admission webhook in the message does not respond.",
        remedy="Check the pods behind it, and 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'.",
        signs=("failed calling webhook",),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ApiServerError",
        cause="The API server's store (etcd) is electing a new leader, is overloaded, or did not respond in time.",
        remedy=f"{_AGAIN}; check with 'az aks show' whether the cluster is being upgraded.",
        signs=("etcdserver", "leader changed", "deadline exceeded", "timed out", "timeout", "connection refused", "shutting down"),
        retriable=True,
        patience=math.inf,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ApiServerError",
        cause="The API server failed internally, because of an extension, its store or a bug.",
        remedy=f"{_AGAIN}; if it still fails, check 'kubectl get --raw /readyz?verbose' and 'kubectl get apiservices'.",
        retriable=True,
        patience=_BRIEFLY,
    ),
    *(
        known_status(
            status,
            cause="The API server is restarting, being upgraded or overloaded.",
            remedy=f"{_AGAIN}, or with a longer wait_timeout; check with 'az aks show' whether the cluster is running.",
            retriable=True,
            patience=math.inf,
        )
        for status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
    ),
)
_REFUSED = known_status(
    0,
    cause="The API server does not accept this kind of request; its version may be older or newer than the tested ones.",
    remedy="Compare the cluster's version ('kubectl version') with the versions in the README, and report the problem.",
)
_FAILED = known_status(
    0,
    cause="The API server, or a proxy in front of it, failed.",
    remedy=f"{_AGAIN}.",
    retriable=True,
    patience=_BRIEFLY,
)


def explained(status: int, message: str) -> KnownStatus:
    """The meaning of a status with this message."""
    for known in _STATUSES:
        if known.status == status and (not known.signs or any(sign in message for sign in known.signs)):
            return known
    return _FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _REFUSED


def reason_of(status: int) -> str:
    """The reason for a status whose response has none, in the spelling of Kubernetes."""
    try:
        return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
    except ValueError:
        return f"HTTP{status}"
