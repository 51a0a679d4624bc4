# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.ownership import adoptable, adoption_patch, other_managers

from ..builders import Json

OURS = "gpuops.aks"


def entry(manager: str, fields: Json | None = None, *, operation: str = "Update", subresource: str = "") -> Json:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "apps/v1",
        "time": "2021-08-01T10:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields or {},
        **({"subresource": subresource} if subresource else {}),
    }


def live(*entries: Json) -> Json:
    return {
        "metadata": {
            "name": "nvidia-device-plugin-daemonset",
            "resourceVersion": "42",
            "generation": 7,
            **({"managedFields": list(entries)} if entries else {}),
        }
    }


STATUS = entry("kube-controller-manager", {"f:status": {"f:numberReady": {}}}, subresource="status")


@pytest.mark.parametrize(
    ("shown", "others", "adopted"),
    [
        pytest.param(live(), set(), False, id="no record"),
        pytest.param(live(entry(OURS, operation="Apply"), STATUS), set(), False, id="ours already"),
        pytest.param(live(entry("kubectl-client-side-apply"), STATUS), {"kubectl-client-side-apply"}, True, id="applied as in the article"),
        pytest.param(
            live(entry("kubectl-create"), entry("kubectl-edit")), {"kubectl-create", "kubectl-edit"}, True, id="made and edited by hand"
        ),
        pytest.param(live(entry("kubectl", operation="Apply")), {"kubectl"}, True, id="applied on the server's side"),
        pytest.param(live(entry(OURS), entry("kubectl-edit")), {"kubectl-edit"}, True, id="ours, edited by hand since"),
        pytest.param(live(entry("helm")), {"helm"}, False, id="Helm's"),
        pytest.param(
            live(entry("kubectl-edit"), entry("argocd-controller")), {"kubectl-edit", "argocd-controller"}, False, id="Argo's, edited"
        ),
        pytest.param(live(entry("kubectlish")), {"kubectlish"}, False, id="a name that only begins alike"),
    ],
)
def test_object_is_adoptable_if_kubectl_is_the_only_other_owner(shown: Json, others: set[str], adopted: bool) -> None:
    assert other_managers(shown, OURS) == others
    assert adoptable(shown, OURS) is adopted


def test_adoption_merges_the_fields_of_all_owners_except_status() -> None:
    first = entry("kubectl-create", {"f:spec": {"f:template": {"f:spec": {"f:tolerations": {}}}}})
    second = entry(
        "kubectl-edit", {"f:metadata": {"f:labels": {".": {}, "f:team": {}}}, "f:spec": {"f:template": {"f:spec": {"f:volumes": {}}}}}
    )
    _unused, replaced = adoption_patch(live(first, STATUS, second), OURS)
    ours, *others = replaced["value"]
    assert ours["fieldsV1"] == {
        "f:spec": {"f:template": {"f:spec": {"f:tolerations": {}, "f:volumes": {}}}},
        "f:metadata": {"f:labels": {".": {}, "f:team": {}}},
    }
    assert (ours["manager"], ours["operation"], ours["apiVersion"], ours["fieldsType"]) == (OURS, "Apply", "apps/v1", "FieldsV1")
    assert others == [STATUS]


def test_adoption_patch_tests_the_generation() -> None:
    test, replaced = adoption_patch(live(entry("kubectl-create")), OURS)
    assert test in (
        {"op": "test", "path": "/metadata/resourceVersion", "value": "42"},
        {"op": "test", "path": "/metadata/generation", "value": 7},
    )
    assert (replaced["op"], replaced["path"]) == ("replace", "/metadata/managedFields")


def test_adopted_object_has_one_owner() -> None:
    shown = live(entry(OURS, {"f:spec": {}}, operation="Apply"), entry("kubectl-edit", {"f:spec": {"f:paused": {}}}), STATUS)
    before = copy.deepcopy(shown)
    managed: list[dict[str, Any]] = adoption_patch(shown, OURS)[1]["value"]
    assert other_managers(live(*managed), OURS) == set()
    assert shown == before, "the argument was changed"
