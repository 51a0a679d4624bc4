# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server accepts the label selectors that a task accepts, and no others."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.selectors import checked_selector
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError, KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS

from tests.integration.plugins.cluster import Cluster

pytestmark = pytest.mark.lab

_ACCEPTED = ("a=1,b!=2", "a == 1 , !c", "a in (1, 2),b", "a notin (1)", "example.com/n > 5", "n<5", "c=", "a in ()", " ")
_REFUSED = ("a b", "a=b=c", "a,,b", "a,", "a in (b", "a in (b c)", "!", "=x", "a!b", "a=b c", "a/b/c", "bad key!=x", "a=b/c")


def is_accepted(selector: str) -> bool:
    try:
        checked_selector("label_selector", selector)
    except InvalidInputError:
        return False
    return True


def serves(cluster: Cluster, selector: str) -> bool:
    try:
        cluster.client.list(PODS, namespace=cluster.name, labelSelector=selector)
    except KubernetesError as error:
        return error.status != HTTPStatus.BAD_REQUEST
    return True


def test_task_accepts_the_selectors_that_the_api_server_accepts(cluster: Cluster) -> None:
    tried = (*_ACCEPTED, *_REFUSED)
    assert {text: is_accepted(text) for text in tried} == {text: serves(cluster, text) for text in tried}
    assert [text for text in tried if is_accepted(text)] == list(_ACCEPTED)
