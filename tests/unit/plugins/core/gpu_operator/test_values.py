# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.merge import operator_values
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.taints import parse_taints, untolerated
from hypothesis import given
from hypothesis import strategies as st

SKU = "sku=gpu:NoSchedule"
SYSTEM = "CriticalAddonsOnly=true:NoSchedule"
NFD = "node-feature-discovery"
FILE_SOURCE = [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}]
PARTS = ("vgpuManager", "vgpuDeviceManager", "vfioManager", "sandboxDevicePlugin", "ccManager")


def values(**facts: Any) -> Any:
    return operator_values(facts).values


def test_operator_installs_driver_and_toolkit_by_default() -> None:
    computed = values()
    assert (computed["driver"]["enabled"], computed["toolkit"]["enabled"], computed["operator"]["runtimeClass"]) == (True, True, "nvidia")
    assert computed["devicePlugin"]["enabled"] is True


def test_driver_of_aks_excludes_driver_toolkit_and_the_operators_runtime() -> None:
    computed = values(driver="aks")
    assert computed["driver"] == {"enabled": False}
    assert computed["toolkit"] == {"enabled": False}
    assert computed["operator"]["runtimeClass"] == "nvidia-container-runtime"
    assert computed["devicePlugin"]["enabled"] is True


CONTAINERD = {
    "nothing is known": ({}, True),
    "Ubuntu 24.04 by its SKU": ({"os_sku": "Ubuntu2404", "kubernetes_version": "1.32.4"}, True),
    "Ubuntu 24.04 by its image": ({"node_image_version": "AKSUbuntu-2404gen2containerd-202511.02.0", "kubernetes_version": "1.32.4"}, True),
    "Ubuntu 24.04 by the Kubernetes version": ({"os_sku": "Ubuntu", "kubernetes_version": "1.35.0"}, True),
    "containerd 2 on Ubuntu 22.04": ({"os_sku": "Ubuntu2204", "kubernetes_version": "1.33.1"}, True),
    "containerd 1 by the Kubernetes version": ({"os_sku": "Ubuntu", "kubernetes_version": "1.32.4"}, False),
    "containerd 1 by the image": ({"node_image_version": "AKSUbuntu-2204gen2containerd-202503.02.0", "kubernetes_version": "1.32"}, False),
    "one of two pools": ({"kubernetes_version": "1.32", "pools": [{"os_sku": "Ubuntu2204"}, {"os_sku": "Ubuntu2404"}]}, True),
}


@pytest.mark.parametrize(("facts", "expected"), CONTAINERD.values(), ids=CONTAINERD)
def test_toolkit_reads_the_configuration_file_unless_containerd_is_known_to_be_old(facts: dict[str, Any], expected: bool) -> None:
    assert values(**facts)["toolkit"].get("env") == (FILE_SOURCE if expected else None)


def test_both_lists_tolerate_the_taints_and_what_the_chart_tolerates() -> None:
    computed = values(node_taints=[SKU])
    gpu = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    sku = {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}
    control_plane = {"key": "node-role.kubernetes.io/control-plane", "operator": "Equal", "value": "", "effect": "NoSchedule"}
    assert computed["daemonsets"]["tolerations"] == [gpu, sku]
    assert computed[NFD]["worker"]["tolerations"] == [control_plane, gpu, sku]


def test_taint_that_the_chart_tolerates_is_not_repeated() -> None:
    assert values(node_taints=["nvidia.com/gpu=present:NoSchedule"]) == values()


def test_spot_nodes_are_tolerated() -> None:
    taint = parse_taints(["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"])
    computed = values(scale_set_priority="Spot")
    assert untolerated(computed["daemonsets"]["tolerations"], taint) == []
    assert untolerated(computed[NFD]["worker"]["tolerations"], taint) == []


def test_controllers_tolerate_the_system_pool_only_if_it_is_tainted() -> None:
    computed = values(system_node_taints=[SYSTEM])
    for tolerations in (computed["operator"]["tolerations"], computed[NFD]["master"]["tolerations"], computed[NFD]["gc"]["tolerations"]):
        assert untolerated(tolerations, parse_taints([SYSTEM])) == []
    assert "tolerations" not in values()["operator"]
    assert set(values()[NFD]) == {"worker"}


KEY = st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,5}/[a-z]{1,5})?", fullmatch=True)
TAINT = st.builds(
    lambda key, value, effect: f"{key}{value and '='}{value}:{effect}",
    KEY,
    st.from_regex(r"[a-z0-9]{0,5}", fullmatch=True),
    st.sampled_from(("NoSchedule", "NoExecute", "PreferNoSchedule")),
)


@given(pools=st.lists(st.lists(TAINT, max_size=4), min_size=1, max_size=3), driver=st.sampled_from(("operator", "aks")))
def test_every_taint_of_every_pool_is_tolerated_by_key(pools: list[list[str]], driver: str) -> None:
    computed = values(driver=driver, pools=[{"node_taints": taints} for taints in pools])
    for tolerations in (computed["daemonsets"]["tolerations"], computed[NFD]["worker"]["tolerations"]):
        assert untolerated(tolerations, parse_taints(taint for taints in pools for taint in taints)) == []
        assert all(toleration["key"] for toleration in tolerations)


def test_parts_for_virtual_machines_are_off() -> None:
    computed = values()
    assert [computed[part] for part in PARTS] == [{"enabled": False}] * len(PARTS)


MIG = {
    "none": ({}, "none", False),
    "by the MIG manager": ({"mig_strategy": "mixed", "vm_size": "Standard_NC24ads_A100_v4"}, "mixed", True),
    "by AKS": ({"gpu_instance_profile": "MIG1g", "vm_size": "Standard_NC24ads_A100_v4"}, "single", False),
    "by AKS, mixed": ({"gpu_instance_profile": "MIG1g", "mig_strategy": "mixed"}, "mixed", False),
}


@pytest.mark.parametrize(("facts", "strategy", "manager"), MIG.values(), ids=MIG)
def test_mig_manager_only_runs_if_it_partitions_the_gpus(facts: dict[str, Any], strategy: str, manager: bool) -> None:
    computed = values(**facts)
    assert computed["mig"] == {"strategy": strategy}
    assert computed["migManager"]["enabled"] is manager
    assert computed["migManager"].get("env") == ([{"name": "WITH_REBOOT", "value": "true"}] if manager else None)


@pytest.mark.parametrize("wanted", [True, False])
def test_exporter_can_be_turned_off(wanted: bool) -> None:
    assert values(dcgm_exporter=wanted)["dcgmExporter"]["enabled"] is wanted


def test_pools_of_different_releases_get_a_driver_each() -> None:
    mixed = values(pools=[{"os_sku": "Ubuntu2204"}, {"os_sku": "Ubuntu2404"}])
    assert mixed["driver"]["nvidiaDriverCRD"] == {"enabled": True}
    assert "nvidiaDriverCRD" not in values(pools=[{"os_sku": "Ubuntu2404"}, {"node_image_version": "AKSUbuntu-2404gen2"}])["driver"]
    assert "nvidiaDriverCRD" not in values(pools=[{"os_sku": "Ubuntu2404"}, {}])["driver"]
    assert "nvidiaDriverCRD" not in values(driver="aks", pools=[{"os_sku": "Ubuntu2204"}, {"os_sku": "Ubuntu2404"}])["driver"]


def repositories(computed: Any) -> dict[str, str]:
    found = {}
    for name, part in computed.items():
        for inner, each in {"": part, **part}.items():
            if isinstance(each, dict) and "repository" in each:
                found[f"{name}.{inner}".rstrip(".")] = each["repository"]
    return found


def test_mirror_has_each_image_under_its_own_name() -> None:
    found = repositories(values(registry="example.azurecr.io/mirror"))
    assert found["operator"] == found["driver"] == found["devicePlugin"] == "example.azurecr.io/mirror/nvidia"
    assert found["toolkit"] == found["dcgmExporter"] == "example.azurecr.io/mirror/nvidia/k8s"
    assert found["driver.manager"] == "example.azurecr.io/mirror/nvidia/cloud-native"
    assert found[f"{NFD}.image"] == "example.azurecr.io/mirror/nfd/node-feature-discovery"
    assert repositories(values()) == {}


def test_mirror_needs_no_images_of_parts_that_are_off() -> None:
    found = repositories(values(driver="aks", registry="example.azurecr.io", dcgm_exporter=False))
    assert not set(found) & {"driver", "driver.manager", "toolkit", "migManager", "dcgmExporter"}


def leaves(tree: Any, path: str = "") -> set[str]:
    if not isinstance(tree, dict):
        return {path}
    return {each for key, value in tree.items() for each in leaves(value, f"{path}.{key}".lstrip("."))}


@pytest.mark.parametrize(
    "facts",
    [{}, {"driver": "aks"}, {"registry": "example.azurecr.io", "system_node_taints": [SYSTEM], "mig_strategy": "single"}],
    ids=["operator", "aks", "more"],
)
def test_every_value_has_a_reason(facts: dict[str, Any]) -> None:
    computed = operator_values(facts)
    assert set(computed.reasons) == leaves(computed.values)
    assert all(reason.endswith(".") for reason in computed.reasons.values())


def test_reason_names_the_taints() -> None:
    reasons = operator_values({"node_taints": [SKU]}).reasons
    assert SKU in reasons["daemonsets.tolerations"]
    assert SKU in reasons[f"{NFD}.worker.tolerations"]
