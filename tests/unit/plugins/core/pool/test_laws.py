# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Laws, over every pool that Azure could return and every wish that the module could pass on.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.properties import leaves, same_value, value_at
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import ResourceOption, named_properties
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.count import is_stopped
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS, is_fixed, option_at
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, validate_pool
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.rules import validate_scaling
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import assume, given
from hypothesis import strategies as st

from ...builders import SKU_TAINT, Json
from ...pool_builders import MARK, PATCHES, SPOT_TAINT, azure_applies, live_pool, plan

KEYS = st.sampled_from(["team", "mode"])
# null takes one away; few and seldom none, so that wish and pool often have the same
TEXTS_WANTED = st.dictionaries(KEYS, st.sampled_from([None, "", "a", "A"]), min_size=1)
TAINTS = st.lists(
    st.sampled_from([SKU_TAINT, "sku=cpu:NoExecute", "team=a:NoExecute", "dedicated:PreferNoSchedule"]), unique=True, max_size=3
)
SUBNET = "/subscriptions/0/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/"
bounds = st.tuples(st.integers(0, 5), st.integers(1, 5)).map(sorted)

# By option: values that AKS takes; those of an option that isn't here follow from its type and choices.
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "vm_size": st.sampled_from(["Standard_NC6", "standard_nc6", "Standard_NC24ads_A100_v4"]),
    "count": st.integers(1, 5),
    "node_taints": TAINTS,
    "node_labels": TEXTS_WANTED,
    "tags": TEXTS_WANTED,
    "os_sku": st.sampled_from(["Ubuntu", "ubuntu", "AzureLinux"]),
    "orchestrator_version": st.sampled_from(["1.20", "1.20.7", "1.20.9", "1.21", "1.21.1"]),
    "os_disk_size_gb": st.sampled_from([30, 128, 256]),
    "max_pods": st.sampled_from([30, 110]),
    "availability_zones": st.lists(st.sampled_from(["1", "2", "3"]), unique=True),
    "vnet_subnet_id": st.sampled_from([f"{SUBNET}a", f"{SUBNET}A".replace("resourceGroups", "resourcegroups"), f"{SUBNET}b"]),
    "pod_subnet_id": st.sampled_from([f"{SUBNET}p"]),
    "spot_max_price": st.sampled_from([-1, -1.0, 0.5]),
    "max_surge": st.sampled_from(["1", "33%"]),
    "max_unavailable": st.sampled_from(["0", "1"]),
    "drain_timeout_in_minutes": st.sampled_from([1, 30]),
    "node_soak_duration_in_minutes": st.sampled_from([0, 30]),
}
BY_TYPE: Mapping[str, st.SearchStrategy[Any]] = {
    "str": st.sampled_from(["a", "b"]),
    "int": st.integers(1, 3),
    "bool": st.booleans(),
    "list": st.lists(st.sampled_from(["a", "b"]), unique=True),
}
SCALING = ("enable_auto_scaling", "min_count", "max_count")


def values(option: ResourceOption) -> st.SearchStrategy[Any]:
    """What a user may give for an option."""
    if option.options:
        members = {member.name: values(member) for member in option.options[:2] + option.options[-2:]}  # few, so that they meet, too
        return st.fixed_dictionaries({}, optional=members)
    if option.name in VALUES:
        return VALUES[option.name]
    if option.choices:
        choice = st.sampled_from(option.choices)
        return st.lists(choice, min_size=1, max_size=3) if option.elements else choice
    return BY_TYPE[option.type]


@st.composite
def given_options(draw: st.DrawFn, at_least: tuple[str, ...] = ()) -> Json:
    """Some options of a task; a few at a time, as people write it, so that most can be met."""
    by_name = {option.name: option for option in POOL_OPTIONS if option.name not in SCALING}
    chosen = draw(st.lists(st.sampled_from(sorted(by_name)), unique=True, max_size=6))
    params = {name: draw(values(by_name[name])) for name in dict.fromkeys([*chosen, *at_least])}
    scaled = draw(st.sampled_from([None, True, False]))
    if scaled is not None:
        params["enable_auto_scaling"] = scaled
    if scaled:
        params["min_count"], params["max_count"] = draw(bounds)
        params.pop("count", None)
    return params


@st.composite
def wishes(draw: st.DrawFn, at_least: tuple[str, ...] = ()) -> DesiredPool:
    """What a user may ask for: what the module refuses before it calls Azure is not among it."""
    pool = DesiredPool("gpunp", named_properties(draw(given_options(at_least)), POOL_OPTIONS))
    try:
        validate_pool(pool)
        validate_scaling(pool.properties)
    except InvalidInputError:
        assume(False)
    return pool


@st.composite
def live_pools(draw: st.DrawFn, at_least: tuple[str, ...] = ()) -> Json:
    """A pool as Azure could return it: any of its properties set by anybody, nulls, properties of other clients, any state."""
    wish = draw(wishes(at_least))
    foreign = draw(
        st.fixed_dictionaries(
            {"provisioningState": st.sampled_from(["Succeeded", "Updating", "Failed", "Canceled"])},
            optional={
                "eTag": st.just("5e4b"),
                "networkProfile": st.just({"allowedHostPorts": [{"portStart": 80, "portEnd": 80, "protocol": "TCP"}]}),
                "spotMaxPrice": st.just(-1),
                "windowsProfile": st.just({}),
                "kubeletConfig": st.just({"cpuManagerPolicy": "static"}),
                "nodeTaints": st.lists(st.sampled_from([SKU_TAINT, SPOT_TAINT]), min_size=1, unique=True),
            },
        )
    )  # fmt: skip
    changes = {**_without_nulls(wish.properties), **foreign}
    if not changes.get("enableAutoScaling"):
        changes = {**changes, "minCount": None, "maxCount": None}
    elif "count" not in changes:
        changes["count"] = draw(st.integers(changes["minCount"], changes["maxCount"]))
    version = changes.get("orchestratorVersion", "1.20.7")
    changes["currentOrchestratorVersion"] = PATCHES.get(version, version)
    nulls = dict.fromkeys(draw(st.sets(st.sampled_from(["gpuInstanceProfile", "availabilityZones", "nodeTaints", "nodeLabels", "tags"]))))
    pool = live_pool(**changes)
    return {**pool, "properties": {**nulls, **pool["properties"]}}


def _without_nulls(value: Any) -> Any:
    return {k: _without_nulls(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


# Of which several clients set members, or of which members are taken away.
SHARED = (
    *("node_labels", "tags", "node_taints", "orchestrator_version"),
    *("upgrade_settings", "security_profile", "linux_os_config", "kubelet_config"),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[DesiredPool, Json]:
    """A wish and a pool that have some of their options in common, so that they meet."""
    shared = tuple(draw(st.lists(st.sampled_from(SHARED), unique=True, min_size=1, max_size=2)))
    return draw(wishes(shared)), draw(live_pools(shared))


@st.composite
def met(draw: st.DrawFn) -> tuple[DesiredPool, Json]:
    """A pool and a wish that Azure can meet: what it fixes is named as it is, or not at all."""
    wish, live = draw(cases())
    before = live["properties"]
    keep = {
        path
        for path, value in leaves(wish.properties)
        if _can_change(path) or same_value(path, value_at(before, path, option_at), value, option_at)
    }
    if PATCHES.get(version := wish.properties.get("orchestratorVersion", ""), version) < before["currentOrchestratorVersion"]:
        keep.discard(("orchestratorVersion",))
    wish = DesiredPool(wish.name, _only(wish.properties, keep))
    _assume_nodes(wish, live)
    _assume_taken(wish, live)
    return wish, live


# What Azure refuses of a pool as it would be (test_pools_rules): of wish and pool together, so that the wish alone doesn't show it.
REFUSED = ("ContradictingOptions", "InvalidTaint")


def _assume_taken(wish: DesiredPool, live: Json | None) -> None:
    try:
        plan(wish, live)
    except InvalidInputError as refusal:
        assume(refusal.code not in REFUSED)
        raise


def _assume_nodes(wish: DesiredPool, live: Json) -> None:
    """Leave out what is refused beside the laws: a System pool that would lose its last node."""
    after = {**live["properties"], **_without_nulls(wish.properties)}
    fewest = 0 if after.get("minCount") == 0 and after.get("enableAutoScaling") else after.get("count", 1)
    assume(after.get("mode") != "System" or fewest > 0)


def _can_change(path: tuple[str, ...]) -> bool:
    return not is_fixed(path)


def _only(properties: Mapping[str, Any], keep: set[tuple[str, ...]], above: tuple[str, ...] = ()) -> Json:
    found = {
        name: _only(value, keep, (*above, name)) if isinstance(value, Mapping) else value
        for name, value in properties.items()
        if isinstance(value, Mapping) or (*above, name) in keep
    }
    return {name: value for name, value in found.items() if value != {}}


def _paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in a pool's properties that is not an object."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _paths(member, (*above, name))
    else:
        yield above, value


def _at(properties: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        properties = properties.get(part) if isinstance(properties, Mapping) else None
    return properties


@given(met())
def test_created_pool_needs_no_further_change(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    first = plan(wish, live)
    again = plan(wish, azure_applies(first.body))
    assert not again.change.changed, f"after {first.change.diff()} still {again.change.diff()}"


# Azure, its autoscaler, or the merge decide about these.
APART = {"provisioningState", "count", "minCount", "maxCount", "nodeTaints"}


@given(met())
def test_no_field_of_the_pool_that_was_not_named_is_lost(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    after = plan(wish, live).body["properties"]
    named = dict(leaves(wish.properties))
    for path, value in _paths(live["properties"]):
        if path[0] not in APART and path not in named and value is not None:
            assert _at(after, path) == value, f"{path} was lost"


@given(met())
def test_requested_values_are_in_the_result(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    after = plan(wish, live).body["properties"]
    for path, value in leaves(wish.properties):
        if path == ("orchestratorVersion",):
            assert after[path[0]] == value or live["properties"]["currentOrchestratorVersion"].startswith(value)
        elif path[0] not in APART:
            assert same_value(path, found := value_at(after, path, option_at), value, option_at), f"{path} is {found!r}"


@given(met())
def test_taints_are_the_requested_ones_and_azures(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    named, before = wish.properties.get("nodeTaints"), live["properties"].get("nodeTaints") or []
    after = plan(wish, live).body["properties"].get("nodeTaints") or []
    expected = before if named is None else [*named, *(taint for taint in before if taint == SPOT_TAINT)]
    assert sorted(after) == sorted(expected)


@given(met())
def test_node_count_is_within_the_autoscalers_bounds_or_as_requested(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    after = plan(wish, live).body["properties"]
    assume(not is_stopped(after) and not is_stopped(live["properties"]))  # see test_pools_stopped
    if after["enableAutoScaling"]:
        assert after["minCount"] <= after["count"] <= after["maxCount"]
    else:
        assert after["count"] == wish.properties.get("count", live["properties"]["count"])
        assert ("minCount" in after) <= ("minCount" in live["properties"] and "enableAutoScaling" not in wish.properties)


@given(met())
def test_diff_shows_exactly_the_changes_of_the_put(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    planned = plan(wish, live)
    before, after = live["properties"], planned.body["properties"]
    sent = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    assert sent == set(planned.change.after), f"the PUT changes {sent}, the diff shows {planned.change.diff()}"


@given(cases())
def test_request_is_planned_or_rejected_for_an_immutable_option(case: tuple[DesiredPool, Json]) -> None:
    wish, live = case
    before = live["properties"]
    fixed = [
        path
        for path, value in leaves(wish.properties)
        if not _can_change(path) and not same_value(path, value_at(before, path, option_at), value, option_at)
    ]
    version = wish.properties.get("orchestratorVersion", before["currentOrchestratorVersion"])
    if fixed or PATCHES.get(version, version) < before["currentOrchestratorVersion"]:
        with pytest.raises(InvalidInputError) as refusal:
            plan(wish, live)
        assert refusal.value.code == ("ImmutableField" if fixed else "VersionTooOld")
    else:
        _assume_nodes(wish, live)
        _assume_taken(wish, live)
        assert not plan(wish, azure_applies(plan(wish, live).body)).change.changed


@given(wishes(at_least=("vm_size",)))
def test_new_pool_is_tagged_and_unchanged_afterwards(wish: DesiredPool) -> None:
    _assume_taken(wish, None)
    made = plan(wish, None)
    assert made.change.changed
    tags = {name: value for name, value in (wish.properties.get("tags") or {}).items() if value is not None}
    assert made.body["properties"]["tags"] == {**tags, **MARK}
    again = plan(wish, azure_applies(made.body))
    assert not again.change.changed, again.change.diff()
