# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What an HTTP status of an API server means, and for how long it is worth trying again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus

from .._core.shared.explanation import Explanation

_AGAIN = "Run the task again"
# A failure inside the API server that nobody mends while a task waits, unless it is over at once.
_BRIEFLY = 10.0


@dataclass(frozen=True)
class KnownStatus:
    """What a status of an API server means to the user, and for how many seconds the same request is worth sending again.

    signs: texts one of which is in the message, none for any message. The code is "" for the reason that the API server gives.
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
    """A row of the table."""
    return KnownStatus(status, Explanation(code, cause, remedy, retriable=retriable), signs, patience)


# The first that fits counts. Statuses and messages: kubernetes apimachinery pkg/api/errors and apiserver pkg/endpoints, etcd api/v3rpc.
_STATUSES = (
    known_status(
        HTTPStatus.BAD_REQUEST,
        cause="The API server doesn't take the request as it is: an option has a value that Kubernetes can't read.",
        remedy="Correct the option that the message names.",
    ),
    known_status(
        HTTPStatus.UNAUTHORIZED,
        code="Unauthorized",
        cause="The credentials have expired or belong to another cluster.",
        remedy="Fetch the credentials again with gpuops.aks.aks_credentials; where a token is given (api_key, "
        "K8S_AUTH_API_KEY), give a new one.",
    ),
    known_status(
        HTTPStatus.NOT_FOUND,
        cause="There is no such object, or the cluster's version of Kubernetes doesn't know this kind.",
        remedy="Check the names and the namespace, and that the kubeconfig is the target cluster's.",
    ),
    known_status(
        HTTPStatus.CONFLICT,
        cause="Somebody else has made or changed the object at the same time.",
        remedy=f"{_AGAIN}: it begins with what is there then.",
        retriable=True,
    ),
    known_status(
        HTTPStatus.GONE,
        cause="Reading took longer than the API server keeps the state that was being read.",
        remedy=f"{_AGAIN}.",
        retriable=True,
    ),
    known_status(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        cause="The object is larger than Kubernetes keeps (about 1.5 MB).",
        remedy="Make it smaller, or mount the content from a volume.",
    ),
    known_status(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        cause="The object would have a value that Kubernetes doesn't allow.",
        remedy="Correct the option that the message's field comes from.",
    ),
    known_status(
        HTTPStatus.TOO_MANY_REQUESTS,
        cause="The API server has more requests than it takes at a time.",
        remedy=f"{_AGAIN} later, or with a longer wait_timeout; see what else asks the API server so much.",
        retriable=True,
        patience=math.inf,
    ),
    *(
        known_status(
            status,
            code="KubeletUnreachable",
            cause="The API server can't reach the node's kubelet: the node is down, or the cluster's tunnel to its nodes "
            "(konnectivity) is.",
            remedy="Look at 'kubectl get nodes' and 'kubectl get pods -n kube-system -l app=konnectivity-agent', and run the task again.",
            signs=("/containerLogs/", "No agent available", ":10250", "error dialing backend"),
            retriable=True,
            patience=_BRIEFLY,
        )
        for status in (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="KubeletUnreachable",
        cause="The node's kubelet could not ask the API server whether this request is allowed: the two have lost their connection.",
        remedy="Look at 'kubectl get nodes', and run the task again; 'az aks upgrade --node-image-only' renews the node where it goes on.",
        signs=("Authorization error (user=",),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ContainerRuntimeUnreachable",
        cause="The node's container runtime doesn't answer its kubelet: it starts again, or the node is overloaded.",
        remedy="Run the task again; replace the node where it goes on.",
        signs=("containerd.sock", "error while dialing dial unix", "error while dialing: dial unix", "Error while dialing dial unix"),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="WebhookFailed",
        cause="An admission webhook of the cluster, which the message names, doesn't answer.",
        remedy="Look at the pods behind it, and at 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'.",
        signs=("failed calling webhook",),
        retriable=True,
        patience=_BRIEFLY,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ApiServerError",
        cause="The API server's store (etcd) is choosing a new leader, is overloaded, or didn't answer in time.",
        remedy=f"{_AGAIN}; 'az aks show' tells whether the cluster is being upgraded.",
        signs=("etcdserver", "leader changed", "deadline exceeded", "timed out", "timeout", "connection refused", "shutting down"),
        retriable=True,
        patience=math.inf,
    ),
    known_status(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="ApiServerError",
        cause="The API server failed inside: an extension of it, its store, or a mistake in it.",
        remedy=f"{_AGAIN}; look at 'kubectl get --raw /readyz?verbose' and 'kubectl get apiservices' if it fails again.",
        retriable=True,
        patience=_BRIEFLY,
    ),
    *(
        known_status(
            status,
            cause="The API server is starting again, is being upgraded, or is overloaded.",
            remedy=f"{_AGAIN}, or with a longer wait_timeout; 'az aks show' tells whether the cluster is running.",
            retriable=True,
            patience=math.inf,
        )
        for status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
    ),
)
_REFUSED = known_status(
    0,
    cause="The API server doesn't take such a request: it is older or newer than those that this collection was tried with.",
    remedy="Compare the cluster's version ('kubectl version') with the versions in README, and report it.",
)
_FAILED = known_status(
    0,
    cause="The API server, or something on the way to it, failed.",
    remedy=f"{_AGAIN}.",
    retriable=True,
    patience=_BRIEFLY,
)


def explained(status: int, message: str) -> KnownStatus:
    """What is known of a status with this message."""
    for known in _STATUSES:
        if known.status == status and (not known.signs or any(sign in message for sign in known.signs)):
            return known
    return _FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _REFUSED


def reason_of(status: int) -> str:
    """A reason for a status whose answer gives none, as Kubernetes writes reasons."""
    try:
        return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
    except ValueError:
        return f"HTTP{status}"
