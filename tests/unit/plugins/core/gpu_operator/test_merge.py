# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.chart_keys import _KEYS, misspelled
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.merge import operator_values
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import assert_explained

SKU = {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}


def merged(own: Any, **facts: Any) -> Any:
    return operator_values({"values": own, **facts}).values


def test_own_values_are_added_at_any_depth() -> None:
    own = {"operator": {"resources": {"limits": {"memory": "1Gi"}}}, "gds": {"enabled": True}}
    with_own, without = merged(own), merged({})
    assert with_own["operator"] == {**without["operator"], "resources": {"limits": {"memory": "1Gi"}}}
    assert with_own["gds"] == {"enabled": True}
    assert {name: part for name, part in with_own.items() if name not in own} == {
        name: part for name, part in without.items() if name not in own
    }


def test_own_value_replaces_one_that_does_not_break_the_set() -> None:
    computed = operator_values({"values": {"migManager": {"enabled": True}, "devicePlugin": {"enabled": False}}})
    assert (computed.values["migManager"]["enabled"], computed.values["devicePlugin"]["enabled"]) == (True, False)
    assert computed.reasons["migManager.enabled"] != operator_values({}).reasons["migManager.enabled"]


def test_own_tolerations_are_added_to_those_of_the_taints() -> None:
    other = {"key": "team", "operator": "Exists"}
    computed = merged({"daemonsets": {"tolerations": [SKU, other]}}, node_taints=["sku=gpu:NoSchedule"])
    assert [each["key"] for each in computed["daemonsets"]["tolerations"]] == ["nvidia.com/gpu", "sku", "team"]


def test_own_environment_variable_replaces_only_its_namesake() -> None:
    log_level = {"name": "LOG_LEVEL", "value": "debug"}
    assert merged({"toolkit": {"env": [log_level]}})["toolkit"]["env"] == [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}, log_level]
    own = {"name": "WITH_REBOOT", "value": "false"}
    assert merged({"migManager": {"env": [own]}}, mig_strategy="mixed")["migManager"]["env"] == [own]
    command = {"name": "RUNTIME_CONFIG_SOURCE", "value": "command"}
    old = {"kubernetes_version": "1.32.1", "os_sku": "Ubuntu2204"}  # containerd 1, where the toolkit may choose
    assert merged({"toolkit": {"env": [command]}}, **old)["toolkit"]["env"] == [command]


def test_empty_dictionary_changes_nothing_that_is_computed() -> None:
    assert merged({"driver": {}, "operator": {}}) == merged({})


def test_input_is_not_changed_by_the_result() -> None:
    own: dict[str, Any] = {"gds": {"env": []}, "toolkit": {"env": [{"name": "A", "value": "b"}]}}
    computed = merged(own)
    computed["gds"]["env"].append("x")
    computed["toolkit"]["env"][-1]["value"] = "x"
    assert own == {"gds": {"env": []}, "toolkit": {"env": [{"name": "A", "value": "b"}]}}


CONTRADICTIONS = {
    "driver on nodes that have one": ("aks", {"driver": {"enabled": True}}, "driver.enabled"),
    "toolkit on nodes that have one": ("aks", {"toolkit": {"enabled": True}}, "toolkit.enabled"),
    "runtime of the toolkit without it": ("aks", {"operator": {"runtimeClass": "nvidia"}}, "operator.runtimeClass"),
    "no driver": ("operator", {"driver": {"enabled": False}}, "driver.enabled"),
    "no toolkit": ("operator", {"toolkit": {"enabled": False}}, "toolkit.enabled"),
    "a configuration that stops containerd": (
        "operator",
        {"toolkit": {"env": [{"name": "RUNTIME_CONFIG_SOURCE", "value": "command"}]}},
        "toolkit.env RUNTIME_CONFIG_SOURCE",
    ),
    "runtime of AKS without its driver": ("operator", {"operator": {"runtimeClass": "nvidia-container-runtime"}}, "operator.runtimeClass"),
}


@pytest.mark.parametrize(("driver", "own", "name"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_value_of_the_other_set_is_refused(driver: str, own: Any, name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        merged(own, driver=driver)
    assert_explained(refused.value, "ContradictingOptions", name)
    assert f"driver: {'operator' if driver == 'aks' else 'aks'}" in refused.value.remedy


@pytest.mark.parametrize("strategy", ["mixed", "weird"])
def test_strategy_of_mig_is_refused_where_the_other_values_do_not_follow_it(strategy: str) -> None:
    for facts in ({}, {"vm_size": "Standard_NC4as_T4_v3"}, {"vm_size": "Standard_NC24ads_A100_v4", "mig_strategy": "single"}):
        with pytest.raises(InvalidInputError) as refused:
            merged({"mig": {"strategy": strategy}}, **facts)
        assert_explained(refused.value, "ContradictingOptions", "mig.strategy")
        assert "or set mig_strategy, which" in refused.value.remedy
    assert merged({"mig": {"strategy": "mixed"}}, mig_strategy="mixed") == merged({}, mig_strategy="mixed")


def test_value_of_its_own_set_is_accepted() -> None:
    assert merged({"driver": {"enabled": False}}, driver="aks") == merged({}, driver="aks")


REFUSED = {
    "null": ({"devicePlugin": {"config": None}}, "NullInValues", "devicePlugin.config"),
    "null in a list": ({"toolkit": {"env": [{"name": "A", "value": None}]}}, "NullInValues", "toolkit.env.0.value"),
    "null in place of a part": ({"driver": None}, "NullInValues", "driver"),
    "a scalar for a part": ({"driver": True}, "InvalidOperatorValues", "driver"),
    "a dictionary for a scalar": ({"dcgmExporter": {"enabled": {"a": "b"}}}, "InvalidOperatorValues", "dcgmExporter.enabled"),
    "a string for a boolean": ({"migManager": {"enabled": "yes"}}, "InvalidOperatorValues", "migManager.enabled"),
    "a string for a boolean elsewhere": ({"nfd": {"enabled": "false"}}, "InvalidOperatorValues", "nfd.enabled"),
    "a string for a computed boolean": ({"driver": {"enabled": "false"}}, "InvalidOperatorValues", "driver.enabled"),
    "a key with a dot": ({"driver.enabled": False}, "InvalidOperatorValues", "dot"),
    "a key with a dot below": ({"driver": {"manager.env": []}}, "InvalidOperatorValues", "dot"),
    "a misspelled key": ({"drivr": {"enabled": False}}, "InvalidOperatorValues", "did you mean driver"),
    "a key in other letters": ({"DcgmExporter": {}}, "InvalidOperatorValues", "did you mean dcgmExporter"),
    "a misspelled switch": ({"dcgmExporter": {"enable": False}}, "InvalidOperatorValues", "values.dcgmExporter.enable is not a key"),
    "a misspelled key of a part": ({"operator": {"resource": {"limits": {}}}}, "InvalidOperatorValues", "did you mean resources"),
    "a misspelled key below": (
        {"driver": {"upgradePolicy": {"drain": {"timeoutSecond": 10}}}},
        "InvalidOperatorValues",
        "values.driver.upgradePolicy.drain.timeoutSecond is not a key",
    ),
    "a misspelled key of the chart in the chart": (
        {"node-feature-discovery": {"worker": {"toleration": []}}},
        "InvalidOperatorValues",
        "did you mean tolerations",
    ),
    "tolerations as a string": ({"operator": {"tolerations": "x"}}, "InvalidOperatorValues", "operator.tolerations"),
    "a misspelled toleration": ({"operator": {"tolerations": [{"key": "a", "efect": "b"}]}}, "InvalidOperatorValues", "efect"),
    "a misspelled variable": ({"toolkit": {"env": [{"nam": "FOO"}]}}, "InvalidOperatorValues", "nam is not one of"),
    "a variable without a name": ({"toolkit": {"env": [{"value": "x"}]}}, "InvalidOperatorValues", "no name"),
    "a number as a variable": ({"gds": {"env": [{"name": "A", "value": 1}]}}, "InvalidOperatorValues", "quote it"),
    "a variable twice": ({"gds": {"env": [{"name": "A"}, {"name": "A", "value": "b"}]}}, "InvalidOperatorValues", "A 2 times"),
    "a dictionary for a list": ({"toolkit": {"env": {"A": "b"}}}, "InvalidOperatorValues", "toolkit.env"),
    "a string in a list of dictionaries": ({"daemonsets": {"tolerations": ["sku"]}}, "InvalidOperatorValues", "daemonsets.tolerations"),
    "a date": ({"driver": {"version": dt.date(2026, 1, 2)}}, "InvalidOperatorValues", "driver.version"),
    "a number as a key": ({"driver": {1: "a"}}, "InvalidOperatorValues", "driver.1"),
    "a toleration of everything": (
        {"daemonsets": {"tolerations": [{"operator": "Exists"}]}},
        "TolerationWithoutKey",
        "daemonsets.tolerations",
    ),
    "a toleration of everything elsewhere": (
        {"operator": {"tolerations": [{"key": "", "operator": "Exists"}]}},
        "TolerationWithoutKey",
        "operator.tolerations",
    ),
}


@pytest.mark.parametrize(("own", "code", "named"), REFUSED.values(), ids=REFUSED)
def test_value_that_cannot_be_installed_is_refused(own: Any, code: str, named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        merged(own)
    assert_explained(refused.value, code, named)


def test_dot_in_a_key_is_escaped_in_its_path() -> None:
    reasons = operator_values({"values": {"dcgmExporter": {"annotations": {"prometheus.io/scrape": "true"}}}}).reasons
    assert r"dcgmExporter.annotations.prometheus\.io/scrape" in reasons


def test_key_of_a_newer_chart_is_passed_on() -> None:
    assert merged({"fabricManager": {"enabled": True}})["fabricManager"] == {"enabled": True}


FREE = {
    "labels": {"daemonsets": {"labels": {"enabled": "x", "tolerations": "y"}}},
    "annotations": {"operator": {"annotations": {"prometheus.io/scrape": "true", "resource": "x"}}},
    "a node selector": {"operator": {"nodeSelector": {"agentpol": "cpu"}}},
    "resources": {"driver": {"resources": {"limit": {"cpu": "1"}}}},
    "the data of a ConfigMap": {"devicePlugin": {"config": {"data": {"enable": "x", "names": "y"}}}},
    "the configuration of node feature discovery": {"node-feature-discovery": {"worker": {"config": {"source": {"pci": {}}}}}},
    "feature gates": {"draDriver": {"featureGates": {"MPSSupports": True}}},
    "an object": {"extraObjects": [{"kinds": "ConfigMap"}]},
    "global values": {"global": {"images": "x"}},
    "keys of a newer chart": {"driver": {"openSourceOnly": True}, "gfd": {"sleepInterval": "60s"}},
    "every part that is switched off": {"gdrcopy": {"enabled": False}, "node-feature-discovery": {"gc": {"enable": False}}},
}


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        yield path, value
    for key, each in value.items() if isinstance(value, dict) else ():
        yield from leaves(each, (*path, key))


@pytest.mark.parametrize("own", FREE.values(), ids=FREE)
def test_key_that_is_free_or_unknown_is_passed_on(own: dict[str, Any]) -> None:
    assert all(leaf in [*leaves(merged(own))] for leaf in leaves(own))


def test_known_keys_of_the_chart_are_no_misspellings_of_each_other() -> None:
    """Nor is one of ClusterPolicy's, such as enabled and enable of node feature discovery."""
    for place, keys in _KEYS.items():
        nested: Any = dict.fromkeys(keys, "x")
        for part in reversed(place.split(".") if place else []):
            nested = {part: nested}
        assert list(misspelled(nested)) == []


def test_every_place_of_the_keys_is_a_key_itself() -> None:
    for place in filter(None, _KEYS):
        above, _dot, key = place.rpartition(".")
        assert key in _KEYS[above], place


def test_toleration_or_switch_is_checked_only_where_the_chart_has_one() -> None:
    for part in ("fabricManager", "gfd"):
        with pytest.raises(InvalidInputError, match="not true or false"):
            merged({part: {"enabled": "yes"}})
    assert merged({"dcgmExporter": {"annotations": {"enabled": "yes"}}})
