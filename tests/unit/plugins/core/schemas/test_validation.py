# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.schemas.azure_answers import list_misfit, misfit
from ansible_collections.gpuops.aks.plugins.module_utils._core.schemas.validation import FormError, require_form


class Part(TypedDict, total=False):
    """Part of an answer."""

    tags: dict[str, str] | None
    amounts: dict[str, str | int]
    zones: list[str]
    count: int
    price: float
    anything: Any


class Whole(TypedDict):
    """An answer."""

    name: str
    part: Part


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "it is a list, not an object"),
        ({}, "it has no name"),
        ({"name": None, "part": {}}, "it has no name"),
        ({"name": 7, "part": {}}, "name is an integer, not a string"),
        ({"name": "a", "part": {"tags": {"b": 1}}}, "part.tags is an integer, not a string"),
        ({"name": "a", "part": {"tags": []}}, "part.tags is a list, not an object"),
        ({"name": "a", "part": {"amounts": {"b": 0.5}}}, "part.amounts is a number, not a string"),
        ({"name": "a", "part": {"zones": ["1", None]}}, "part.zones is null, not a string"),
        ({"name": "a", "part": {"count": True}}, "part.count is a boolean, not an integer"),
        ({"name": "a", "part": {"count": "1"}}, "part.count is a string, not an integer"),
        ({"name": "a", "part": {"count": 2**63}}, "more than 64 bits"),
    ],
)
def test_field_of_the_wrong_type_is_named_with_its_path(document: Any, problem: str) -> None:
    with pytest.raises(FormError, match=problem):
        require_form(document, Whole)


def test_null_is_absent_and_what_the_shape_does_not_name_may_be_anything() -> None:
    document = {"name": "a", "part": {"tags": None, "zones": None, "price": 1, "amounts": {"a": 1, "b": "1"}, "new": [None]}, "other": 7}
    require_form(document, Whole)
    assert document["part"] == {"tags": None, "price": 1, "amounts": {"a": 1, "b": "1"}, "new": [None]}


def test_nesting_without_an_end_is_refused() -> None:
    deep: Any = []
    for _unused in range(200):
        deep = [deep]
    with pytest.raises(FormError, match="levels"):
        require_form({"name": "a", "part": {"anything": deep}}, Whole)


POOL = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/agentPools/p"
DONE = {"provisioningState": "Succeeded"}


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        (POOL, {"name": "p", "properties": {}}, "properties has no provisioningState"),
        (POOL, {"name": "p", "properties": {"provisioningState": "Succeeded", "count": "3"}}, "properties.count is a string"),
        (POOL, {"name": "p", "properties": {"provisioningState": "Succeeded"}}, ""),
        (
            POOL,
            {"name": "p", "properties": {**DONE, "virtualMachineNodesStatus": [{"count": "2"}]}},
            "Status.count is a",
        ),
        (POOL, {"name": "p", "properties": {**DONE, "virtualMachinesProfile": {"scale": {"manual": ["x"]}}}}, "scale.manual is a string"),
        (POOL, {"name": "p", "properties": {**DONE, "virtualMachinesProfile": {"scale": {"autoscale": {}}}}}, ""),
        ("/subscriptions/s/providers/Microsoft.ContainerService", {}, "it has no registrationState"),
        ("/subscriptions/s/resourceGroups/g", {"location": []}, "location is a list"),
        ("/nobody/knows", {"a": 1}, ""),
    ],
)
def test_response_is_validated_by_its_path(path: str, body: dict[str, Any], problem: str) -> None:
    assert problem in misfit(path, body)
    assert bool(problem) == bool(misfit(path, body))


def test_list_entries_are_validated_too() -> None:
    usages = "/subscriptions/s/providers/Microsoft.Compute/locations/eastus/usages"
    assert list_misfit(usages, {"value": None})
    assert list_misfit(usages, {"value": [{"name": {"value": "cores"}, "limit": "10", "currentValue": 0}]})
    assert list_misfit(usages, {"value": [{"name": {"value": "cores"}, "limit": 10, "currentValue": 0}]}) == ""


VERSIONS = "/subscriptions/s/providers/Microsoft.ContainerService/locations/eastus/kubernetesVersions"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"values": [7]}, "values is an integer, not an object"),
        ({"values": [{"capabilities": {"supportPlan": 7}}]}, "values.capabilities.supportPlan is an integer, not a list"),
        ({"values": {"version": "1.35"}}, "values is an object, not a list"),
        ({"values": [{"version": 1.35}]}, "values.version is a number, not a string"),
        ({"values": [{"version": "1.35", "patchVersions": ["1.35.1"]}]}, "values.patchVersions is a list, not an object"),
    ],
)
def test_malformed_versions_are_rejected_with_the_problem(body: dict[str, Any], problem: str) -> None:
    assert misfit(VERSIONS, body) == problem


def test_invalid_next_link_is_rejected() -> None:
    assert (
        list_misfit("/subscriptions/s/resourceGroups/g/resources", {"value": [], "nextLink": 7}) == "nextLink is an integer, not a string"
    )
