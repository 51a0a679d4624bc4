# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.fact_names import of_role
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.facts import CLUSTER_FACTS, POOL_FACTS, operator_facts
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.merge import operator_values
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.unservable import RULES
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.catalog import SIZES
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st

from ...builders import assert_explained

REPOSITORY = Path(__file__).parents[5]
INVALID = {
    "a string": ("driver: aks", "InvalidOperatorFacts", "driver: aks"),
    "nothing": (None, "InvalidOperatorFacts", "null"),
    "a list": ([{"driver": "aks"}], "InvalidOperatorFacts", "dictionary"),
    "an unknown fact": ({"gpu_driver": "Install"}, "InvalidOperatorFacts", "gpu_driver"),
    "a fact that is not a string": ({7: "x"}, "InvalidOperatorFacts", "7"),
    "an unknown driver": ({"driver": "nvidia"}, "InvalidOperatorFacts", "operator, aks"),
    "an unknown strategy": ({"mig_strategy": "Single"}, "InvalidOperatorFacts", "none, single, mixed"),
    "a version that YAML reads as a number": ({"kubernetes_version": 1.36}, "InvalidOperatorFacts", "kubernetes_version"),
    "not a version": ({"kubernetes_version": "latest"}, "InvalidVersion", "latest"),
    "a boolean as a string": ({"dcgm_exporter": "no"}, "InvalidOperatorFacts", "dcgm_exporter"),
    "taints as a string": ({"node_taints": "sku=gpu:NoSchedule"}, "InvalidOperatorFacts", "node_taints"),
    "a taint as a dictionary": ({"node_taints": [{"key": "sku"}]}, "InvalidOperatorFacts", "node_taints"),
    "not a taint": ({"node_taints": ["sku=gpu"]}, "InvalidTaint", "sku=gpu"),
    "not a taint of the system pool": ({"system_node_taints": ["x"]}, "InvalidTaint", "x"),
    "a pool that is a string": ({"pools": ["gpunp"]}, "InvalidOperatorFacts", "pools[0]"),
    "a fact of the cluster in a pool": ({"pools": [{}, {"driver": "aks"}]}, "InvalidOperatorFacts", "pools[1].driver"),
    "a scheme in the registry": ({"registry": "https://example.azurecr.io"}, "InvalidRegistry", "https://"),
    "a slash after the registry": ({"registry": "example.azurecr.io/"}, "InvalidRegistry", "example.azurecr.io/"),
    "an unknown model": ({"gpu_model": "banana"}, "InvalidOperatorFacts", "banana"),
    "a model of another size": ({"gpu_model": "Tesla T4", "vm_size": "Standard_NC24ads_A100_v4"}, "InvalidOperatorFacts", "A100 80GB"),
    "a misspelled system": ({"os_sku": "Ubunto"}, "InvalidOperatorFacts", "did you mean Ubuntu"),
    "a misspelled system of a pool": ({"pools": [{"os_sku": "AzureLinus"}]}, "InvalidOperatorFacts", "pools[0].os_sku"),
    "an unknown profile": ({"gpu_instance_profile": "MIG9g"}, "InvalidOperatorFacts", "MIG1g"),
    "values as a string": ({"values": "driver.enabled=true"}, "InvalidOperatorFacts", "values"),
}


@pytest.mark.parametrize(("given", "code", "named"), INVALID.values(), ids=INVALID)
def test_invalid_fact_is_refused_by_name(given: Any, code: str, named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        operator_facts(given)
    assert_explained(refused.value, code, named)


def test_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(InvalidInputError) as refused:
        operator_facts({"driver": "x" * 10_000})
    assert len(refused.value.message) < 400


FACT = st.sampled_from(("driver", "vm_size", "node_taints", "pools", "values", "registry", "mig_strategy", "kubernetes_version", "enabled"))
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(("aks", "single", "a:NoSchedule"))
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(FACT, inner, max_size=4) | st.dictionaries(st.integers(), inner, max_size=1)
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_no_input_ends_in_another_exception(value: Any) -> None:
    try:
        assert operator_values(value).values
    except InvalidInputError as error:
        assert_explained(error, error.code)


def test_none_and_empty_strings_leave_facts_unknown() -> None:
    names = ("driver", "kubernetes_version", "mig_strategy", "registry", "vm_size", "os_sku", "node_image_version", "gpu_model")
    assert operator_facts(dict.fromkeys(names, "")) == operator_facts(dict.fromkeys(names)) == operator_facts({})


def test_pools_inherit_what_they_do_not_say() -> None:
    first, second = operator_facts(
        {"os_sku": "Ubuntu2404", "node_taints": ["a:NoSchedule"], "pools": [{}, {"os_sku": "Ubuntu2204", "node_taints": []}]}
    ).pools
    assert (first.os_sku, [str(taint) for taint in first.node_taints]) == ("Ubuntu2404", ["a:NoSchedule"])
    assert (second.os_sku, second.node_taints) == ("Ubuntu2204", ())


A10, T4, A100, CONFIDENTIAL = "Standard_NV36ads_A10_v5", "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4", "Standard_NCC40ads_H100_v5"
UNSERVABLE: dict[str, tuple[dict[str, Any], str]] = {
    "licensed driver": ({"vm_size": A10}, "LicensedDriver"),
    "licensed driver in any case": ({"vm_size": A10.upper()}, "LicensedDriver"),
    "licensed driver by the model": ({"vm_size": "Standard_New_A10", "gpu_model": "NVIDIA A10"}, "LicensedDriver"),
    "licensed driver in one of two pools": ({"pools": [{"vm_size": T4}, {"vm_size": A10}]}, "LicensedDriver"),
    "a size for which AKS has no driver": ({"driver": "aks", "vm_size": CONFIDENTIAL}, "DriverNotInstalled"),
    "AMD": ({"vm_size": "Standard_ND96is_MI300X_v5"}, "NotNvidia"),
    "AMD by the name of a size": ({"vm_size": "Standard_NG8ads_V620_v1"}, "NotNvidia"),
    "no GPU": ({"vm_size": "Standard_D4s_v5"}, "SizeWithoutGpu"),
    "Windows": ({"os_sku": "Windows2022", "driver": "aks"}, "SystemNotSupported"),
    "Flatcar": ({"os_sku": "Flatcar", "driver": "aks"}, "SystemNotSupported"),
    "Azure Linux without a driver": ({"os_sku": "AzureLinux"}, "SystemNotSupported"),
    "MIG on a GPU without it": ({"vm_size": T4, "mig_strategy": "single"}, "MigNotSupported"),
    "a profile on a GPU without MIG": ({"pools": [{"vm_size": T4, "gpu_instance_profile": "MIG1g"}, {"vm_size": A100}]}, "MigNotSupported"),
    "slices without a strategy": ({"vm_size": A100, "gpu_instance_profile": "MIG1g", "mig_strategy": "none"}, "ContradictingOptions"),
}


@pytest.mark.parametrize(("facts", "code"), UNSERVABLE.values(), ids=UNSERVABLE)
def test_pool_that_the_operator_cannot_serve_is_refused(facts: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        operator_values(facts)
    assert_explained(refused.value, code)


def test_every_rule_is_broken_by_a_case() -> None:
    broken = {
        rule.broken
        for facts, _code in UNSERVABLE.values()
        for known in [operator_facts(facts)]
        for rule in RULES
        for pool in known.pools
        if rule.broken(known, pool)
    }
    assert broken == {rule.broken for rule in RULES}


SERVABLE = {
    "licensed driver of AKS": {"driver": "aks", "vm_size": A10},
    "signed driver of the operator": {"vm_size": CONFIDENTIAL},
    "Azure Linux with the driver of AKS": {"driver": "aks", "os_sku": "AzureLinux"},
    "one pool with MIG beside one without": {"mig_strategy": "single", "pools": [{"vm_size": T4}, {"vm_size": A100}]},
    "a system that is new": {"os_sku": "Ubuntu2804"},
    "a size that is not in the catalog": {"vm_size": "Standard_New_v9", "mig_strategy": "single"},
}


@pytest.mark.parametrize("facts", SERVABLE.values(), ids=SERVABLE)
def test_pool_that_the_operator_can_serve_has_values(facts: dict[str, Any]) -> None:
    assert operator_values(facts).values["devicePlugin"]["enabled"] is True


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_every_nvidia_size_can_be_served_with_one_of_the_drivers(size: Any) -> None:
    servable = []
    for driver in ("operator", "aks"):
        try:
            servable.append(operator_values({"driver": driver, "vm_size": size.name}))
        except InvalidInputError as error:
            assert_explained(error, error.code)
    assert bool(servable) == (size.series.vendor == "nvidia")


OF_ROLE = of_role(("other",))
IN_ROLE: dict[str, tuple[dict[str, Any], str]] = {
    "a word": ({"driver": "nvidia"}, 'gpu_operator_driver is "nvidia"'),
    "a value of the other set": (
        {"values": {"driver": {"enabled": False}}},
        "gpu_operator_values sets driver.enabled to false, but gpu_",
    ),
    "its remedy": ({"values": {"driver": {"enabled": False}}}, "from gpu_operator_values, or set gpu_operator_driver: aks"),
    "a strategy of the other set": ({"values": {"mig": {"strategy": "mixed"}}}, "or set gpu_operator_mig_strategy, which"),
    "a misspelled value": ({"values": {"drivr": {}}}, "gpu_operator_values.drivr is not a key"),
    "null": ({"values": {"gds": None}}, "gpu_operator_values.gds is null"),
    "a value of another type": ({"values": {"driver": True}}, "gpu_operator_values.driver is true"),
    "a registry": ({"registry": "https://x"}, "Set gpu_operator_registry to"),
    "a version": ({"kubernetes_version": "latest"}, "gpu_kubernetes_version is 'latest'"),
    "a taint of the system pool": ({"system_node_taints": ["x"]}, "Correct gpu_operator_system_node_taints."),
    "a taint": ({"pools": [{"node_taints": ["x"]}]}, "Correct gpu_node_taints."),
    "a taint of another pool": ({"pools": [{}, {"node_taints": ["x"]}]}, "Correct gpu_operator_pools.other.node_taints."),
    "another pool": ({"pools": [{}, 7]}, "gpu_operator_pools.other is 7"),
    "a pool without a name": ({"pools": [{}, {}, 7]}, "gpu_operator_pools is 7"),
    "a fact of another pool": ({"pools": [{}, {"vmsize": "x"}]}, "gpu_operator_pools.other.vmsize is not a fact"),
    "a system": ({"pools": [{"os_sku": "Ubunto"}]}, "gpu_pool_options.os_sku is"),
    "a driver that only AKS has": ({"pools": [{"vm_size": A10}]}, "set gpu_operator_driver: aks"),
    "a driver that AKS lacks": ({"driver": "aks", "pools": [{"vm_size": CONFIDENTIAL}]}, "set gpu_operator_driver: operator"),
    "a system without driver": ({"pools": [{"os_sku": "AzureLinux"}]}, "gpu_operator_driver is operator, and gpu_pool_options.os_sku is"),
    "its remedy for a system": ({"pools": [{"os_sku": "Flatcar"}]}, "with gpu_pool_options.os_sku: Ubuntu"),
    "no GPU": ({"pools": [{"vm_size": "Standard_D4s_v5"}]}, "Set gpu_vm_size to"),
    "no GPU in another pool": ({"pools": [{}, {"vm_size": "Standard_D4s_v5"}]}, "Set gpu_operator_pools.other.vm_size to"),
    "a strategy without MIG": ({"mig_strategy": "mixed", "pools": [{"vm_size": T4}]}, "Leave out gpu_operator_mig_strategy and"),
    "slices": (
        {"mig_strategy": "none", "pools": [{"vm_size": A100, "gpu_instance_profile": "MIG1g"}]},
        "gpu_pool_options.gpu_instance_profile is MIG1g",
    ),
}


@pytest.mark.parametrize(("facts", "said"), IN_ROLE.values(), ids=IN_ROLE)
def test_role_names_its_variables(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        operator_values(facts, OF_ROLE)
    assert said in f"{refused.value.message} {refused.value.cause} {refused.value.remedy}"


def test_every_rule_has_names_in_the_role() -> None:
    for facts, code in UNSERVABLE.values():
        pools = facts.get("pools", [{name: facts[name] for name in facts if name not in CLUSTER_FACTS}])
        with pytest.raises(InvalidInputError) as refused:
            operator_values({**{name: facts[name] for name in facts if name in CLUSTER_FACTS}, "pools": pools}, OF_ROLE)
        assert refused.value.code == code
        text = f"{refused.value.message} {refused.value.remedy}"
        assert not re.findall(r"[{}]|(?<![\w.])(?:driver|mig_strategy|os_sku|vm_size|gpu_instance_profile)(?=:| is)", text), text


def test_names_of_the_role_are_those_of_its_facts() -> None:
    described = yaml.safe_load((REPOSITORY / "roles" / "gpu_operator" / "vars" / "main.yml").read_text())["gpu_operator_facts"]
    for fact in CLUSTER_FACTS:
        assert OF_ROLE.of_cluster(fact) in str(described[fact]), fact
    for fact in POOL_FACTS:
        assert f"'{fact}': " not in described["pools"] or fact == "node_image_version" or OF_ROLE.of_pool(fact, 0) in described["pools"]
