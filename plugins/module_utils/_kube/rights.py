# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Asks the API server what the user may do, so that a task fails before its first write and not in the middle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Sequence

from .._core.shared.mappings import Json
from .._errors import KubernetesError
from .client import KubeClient
from .failures import kubernetes_error
from .resources import Kind

_ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_WHAT = "Checking the rights of the task"
_DRY_RUN = {"dryRun": "All"}  # asks, and writes nothing


@dataclass(frozen=True)
class Right:
    """One verb on one kind of object in a namespace, or on a part of it, such as a pod's log."""

    kind: Kind
    verb: str
    part: str = ""

    @property
    def resource(self) -> str:
        """The resource, as a rule of a role names it."""
        return f"{self.kind.plural}/{self.part}" if self.part else self.kind.plural


def require_rights(client: KubeClient, namespace: str, rights: Sequence[Right]) -> None:
    """Raise the KubernetesError of the first right that is missing, as the API server would at its use.

    A user who may not even ask learns it from the request itself.
    """
    for right in rights:
        status = _review(client, namespace, right)
        if status is not None and not status.get("allowed"):
            raise _denied(client, namespace, right, str(status.get("reason") or ""))


def _review(client: KubeClient, namespace: str, right: Right) -> Json | None:
    """What the API server says of a right, None if it does not answer the question."""
    asked = {
        "namespace": namespace,
        "verb": right.verb,
        "group": right.kind.group,
        "resource": right.kind.plural,
        "subresource": right.part,
    }
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": asked}}
    answer = _asked(client, _ACCESS_REVIEWS, body)
    return None if answer is None else dict(answer.get("status") or {})


def _asked(client: KubeClient, path: str, body: Json) -> Any:
    try:
        return client.call("POST", path, what=_WHAT, query=_DRY_RUN, body=body)
    except KubernetesError as error:
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return None
        raise


def _denied(client: KubeClient, namespace: str, right: Right, reason: str) -> KubernetesError:
    """The error in the words of the API server, which says who the user is."""
    answer = _asked(client, _WHO_AM_I, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    user = (((answer or {}).get("status") or {}).get("userInfo") or {}).get("username") or "of the kubeconfig"
    group, resource = right.kind.group, right.resource
    said = f'User "{user}" cannot {right.verb} resource "{resource}" in API group "{group}" in the namespace "{namespace}"'
    message = f"{right.kind.named('').resource} is forbidden: {said}{f': {reason}' if reason else ''}"
    return kubernetes_error(_WHAT, status=HTTPStatus.FORBIDDEN, body=json.dumps({"message": message, "reason": "Forbidden"}))
