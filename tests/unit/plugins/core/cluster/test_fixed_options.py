# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of a cluster and of a node pool, named with another value than what is there: it is changed, or refused by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import ResourceOption
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.options import CLUSTER_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.update import plan_update
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, plan_pool
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.arguments import azure_arguments, state_arguments, wait_arguments
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.request import cluster_arguments
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.request import pool_arguments

from ...builders import Json

Row = tuple[str, tuple[str, ...], ResourceOption, bool]
_OTHER: dict[str, Any] = {
    "kubernetes_version": "1.40",
    "orchestrator_version": "1.40",
    "network_profile.network_policy": "calico",
    "api_server_access_profile.authorized_ip_ranges": ["203.0.113.7/32"],
}
# What another rule asks for first.
_TOGETHER: dict[str, Json] = {
    "support_plan": {"sku": {"tier": "Premium"}},
    "disable_local_accounts": {"properties": {"aadProfile": {"managed": True}}},
    "enable_workload_identity": {"properties": {"oidcIssuerProfile": {"enabled": True}}},
    "aad_profile.enable_azure_rbac": {"properties": {"aadProfile": {"managed": True}}},
    "aad_profile.admin_group_object_ids": {"properties": {"aadProfile": {"managed": True}}},
    "api_server_access_profile.private_dns_zone": {"properties": {"apiServerAccessProfile": {"enablePrivateCluster": True}}},
}
_AUTOSCALED = {"enableAutoScaling": True, "minCount": 1, "maxCount": 7}
_WITH: dict[str, Json] = {"enable_auto_scaling": _AUTOSCALED, "min_count": {**_AUTOSCALED, "maxCount": 9}, "max_count": _AUTOSCALED}
POOL = {"name": "gpunp", "properties": {"count": 2, "vmSize": "Standard_NC4as_T4_v3", "currentOrchestratorVersion": "1.34.2"}}
# Of no table: names and whereabouts; what a rule of its own compares; and what is of one request alone.
_CLUSTER_ELSEWHERE = {
    *("resource_group", "name"),
    *("location", "assign_identity", "node_pool_name", "node_vm_size", "node_count", "node_availability_zones", "node_vnet_subnet_id"),
    *("custom_headers", "allow_retired"),
}
_POOL_ELSEWHERE = {
    *("resource_group", "cluster", "name", "kubeconfig", "context"),
    *("custom_headers", "allow_retired", "extra_properties", "upgrade_node_image"),
    *("api_version", "poll_interval", "ignore_pod_disruption_budget"),
    "gpu_operator",  # of a new pool: its labels
}


def rows(options: Sequence[ResourceOption], name: str = "", above: tuple[str, ...] = (), fixed: bool = False) -> Iterator[Row]:
    """Every option that has a value of its own: name, place, and whether it, or what it is in, is fixed."""
    for option in options:
        path, always = (*above, *option.path), fixed or option.fixed
        if option.options:
            yield from rows(option.options, f"{name}{option.name}.", path, always)
        else:
            yield f"{name}{option.name}", path, option, always


def other(name: str, option: ResourceOption) -> Any:
    """A value that the option takes and doesn't have by default."""
    if name in _OTHER:
        return _OTHER[name]
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    if option.type == "bool":
        return not option.default
    number = {"int": 7, "float": 0.5}.get(option.type)
    return {"str": "other", "list": ["other"], "dict": {"other": "value"}}.get(option.type, number)


def nested(path: Sequence[str], value: Any) -> Json:
    for part in reversed(path):
        value = {part: value}
    found: Json = value
    return found


def merged(base: Json, patch: Json) -> Json:
    return {**base, **{name: merged(base.get(name) or {}, value) if isinstance(value, dict) else value for name, value in patch.items()}}


def cluster(name: str) -> Json:
    there = {"name": "aks", "location": "eastus", "sku": {"tier": "Free"}, "properties": {"currentKubernetesVersion": "1.34.2"}}
    return merged(there, _TOGETHER.get(name, {}))


CLUSTER_ROWS, POOL_ROWS = list(rows(CLUSTER_OPTIONS)), list(rows(POOL_OPTIONS))


def these(options: Sequence[Row], *, fixed: bool) -> pytest.MarkDecorator:
    chosen = [pytest.param(name, path, option, id=name) for name, path, option, always in options if always is fixed]
    return pytest.mark.parametrize(("name", "path", "option"), chosen)


@these(CLUSTER_ROWS, fixed=True)
def test_immutable_option_of_a_cluster_is_rejected_by_name(name: str, path: Sequence[str], option: ResourceOption) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name} of the cluster aks is .* to ") as refused:
        plan_update("aks", cluster(name), named=nested(path, other(name, option)), identity=None)
    assert refused.value.code == "ImmutableField"


@these(CLUSTER_ROWS, fixed=False)
def test_any_other_option_of_a_cluster_is_changed(name: str, path: Sequence[str], option: ResourceOption) -> None:
    plan = plan_update("aks", cluster(name), named=nested(path, other(name, option)), identity=None)
    assert set(plan.change.after) == {name} or option.type == "dict"


@these(POOL_ROWS, fixed=True)
def test_immutable_option_of_a_pool_is_rejected_by_name(name: str, path: Sequence[str], option: ResourceOption) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name} of the node pool gpunp is .* to ") as refused:
        plan_pool(DesiredPool("gpunp", nested(path, other(name, option))), POOL, created_tags={})
    assert refused.value.code == "ImmutableField"


@these(POOL_ROWS, fixed=False)
def test_any_other_option_of_a_pool_is_changed(name: str, path: Sequence[str], option: ResourceOption) -> None:
    named = merged(_WITH.get(name, {}), nested(path, other(name, option)))
    assert plan_pool(DesiredPool("gpunp", named), POOL, created_tags={}).change.changed


def test_every_other_option_has_a_rule_or_belongs_to_one_request() -> None:
    common = {*azure_arguments(), *state_arguments(), *wait_arguments(timeout=1)}
    assert {*cluster_arguments()} - common - {option.name for option in CLUSTER_OPTIONS} == _CLUSTER_ELSEWHERE
    assert {*pool_arguments()} - common - {option.name for option in POOL_OPTIONS} == _POOL_ELSEWHERE
