# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Pools of the type VirtualMachines, which have neither a size nor a count of their own (azure-cli's test_vms_agentpool_type).

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.machines import nodes_of, sizes_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import pool_facts
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import Json, assert_explained
from ...pool_builders import MARK, desired, live_pool, plan

T4, A100 = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4"


def profile(**scale: Any) -> Json:
    return {"scale": scale}


def machines(**changes: Any) -> Json:
    """Such a pool as Azure returns it."""
    manual = [{"size": T4, "count": 2}, {"size": A100, "count": 1}]
    fields = {"type": "VirtualMachines", "vmSize": None, "count": None, "virtualMachinesProfile": profile(manual=manual), **changes}
    return live_pool(**fields)


def test_machine_pool_is_created_without_size_and_count() -> None:
    named = {"type": "VirtualMachines", "virtualMachinesProfile": profile(manual=[{"size": T4, "count": 1}])}
    assert plan(desired(**named), None).body["properties"] == {**named, "mode": "User", "osType": "Linux", "tags": MARK}


@pytest.mark.parametrize(
    ("named", "live"),
    [
        pytest.param({"type": "VirtualMachines", "vmSize": T4}, None, id="a new one"),
        pytest.param({"vmSize": T4}, machines(), id="one that is there"),
        pytest.param({"count": 3}, machines(vmSize=""), id="the count of one that is there"),
        pytest.param({"enableAutoScaling": True, "minCount": 1, "maxCount": 2}, machines(), id="the autoscaler of one that is there"),
    ],
)
def test_option_of_a_scale_set_is_rejected_with_the_reason(named: Json, live: Json | None) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plan(desired(**named), live)
    assert_explained(refusal.value, "VirtualMachinesPool", "gpunp", "VirtualMachines", "extra_properties.virtualMachinesProfile.scale")


def test_everything_else_of_it_can_be_changed() -> None:
    assert plan(desired({"team": "a"}), machines()).change.after == {"tags": {"team": "a"}}


@pytest.mark.parametrize(
    ("before", "named"),
    [
        ({"manual": [{"size": T4, "count": 2}]}, {"autoscale": [{"size": T4, "minCount": 1, "maxCount": 3}]}),
        ({"autoscale": {"size": T4, "minCount": 1, "maxCount": 3}}, {"manual": [{"size": T4, "count": 2}]}),
    ],
)
def test_manual_scale_and_autoscale_replace_each_other(before: Json, named: Json) -> None:
    made = plan(desired(virtualMachinesProfile=profile(**named)), machines(virtualMachinesProfile=profile(**before)))
    assert made.body["properties"]["virtualMachinesProfile"] == profile(**named)
    again = {"name": "gpunp", "properties": made.body["properties"]}
    assert not plan(desired(virtualMachinesProfile=profile(**named)), again).change.changed


@pytest.mark.parametrize(
    ("properties", "sizes", "nodes"),
    [
        pytest.param({"vmSize": T4, "count": 2}, [T4], 2, id="a scale set"),
        pytest.param(machines()["properties"], [T4, A100], 3, id="two sizes"),
        pytest.param({"type": "VirtualMachines", "virtualMachinesProfile": profile(autoscale={"size": T4, "minCount": 1})}, [T4], 0,
                     id="an object for the autoscaler, as in previews"),
        pytest.param({"type": "VirtualMachines", "virtualMachinesProfile": profile(autoscale=[{"size": T4}]),
                      "virtualMachineNodesStatus": [{"size": T4, "count": 2}]}, [T4], 2, id="nodes told apart"),
        pytest.param({"type": "VirtualMachines"}, [], 0, id="nothing told"),
        pytest.param({"vmSize": ""}, [], None, id="an empty size"),
        pytest.param({}, [], None, id="nothing at all"),
    ],
)  # fmt: skip
def test_sizes_and_nodes_are_read_of_either_type(properties: Json, sizes: list[str], nodes: int | None) -> None:
    assert (sizes_of(properties), nodes_of(properties)) == (sizes, nodes)


@pytest.mark.parametrize("scale", [7, "x", {"manual": ["x"]}, {"manual": "x"}, {"autoscale": 7}, {"manual": [{"size": 5, "count": "2"}]}])
def test_profile_in_another_form_is_left_to_azure(scale: Any) -> None:
    profile = {"type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}}
    assert plan(desired(vmSize=None, **profile), None).body["properties"]["virtualMachinesProfile"] == {"scale": scale}
    assert nodes_of(profile) == 0


def test_facts_tell_its_nodes() -> None:
    facts = pool_facts(machines())
    assert (facts["vm_size"], facts["count"]) == (None, 3)
