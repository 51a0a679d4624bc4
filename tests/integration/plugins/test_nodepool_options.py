# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pool's options through Azure's SDK and the simulated Azure, which checks each body against Azure's own models and keeps state.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, four_times, simulated_azure

Json = dict[str, Any]
WHERE: Json = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp"}
POOL: Json = {**WHERE, "vm_size": SIZE}
UPGRADE = "POST gpunp/upgradeNodeImageVersion"
A100 = "Standard_NC24ads_A100_v4"
PREVIEW = "2026-08-02-preview"
PREVIEW_OPTIONS = {option.name for option in POOL_OPTIONS if option.preview}
COMPUTE = f"/subscriptions/{PRINCIPAL.subscription_id}/resourceGroups/rg/providers/Microsoft.Compute"
NETWORK = f"/subscriptions/{PRINCIPAL.subscription_id}/resourceGroups/rg/providers/Microsoft.Network"
SUBNETS = f"{NETWORK}/virtualNetworks/net/subnets"

# Every option of the table, in pools that Azure takes.
WHOLE: dict[str, dict[str, Any]] = {
    "autoscaled in its own subnet": {
        "vm_size": SIZE,
        "count": 2,
        "enable_auto_scaling": True,
        "min_count": 0,
        "max_count": 3,
        "scale_down_mode": "Deallocate",
        "node_taints": ["sku=gpu:NoSchedule", "team=vision:NoExecute"],
        "node_labels": {"team": "vision", "gpus": 1},
        "tags": {"cost": 42},
        "mode": "User",
        "os_type": "Linux",
        "os_sku": "AzureLinux",
        "orchestrator_version": "1.34",
        "os_disk_size_gb": 128,
        "os_disk_type": "Ephemeral",
        "kubelet_disk_type": "OS",
        "max_pods": 30,
        "availability_zones": [2, 1],
        "vnet_subnet_id": f"{SUBNETS}/nodes",
        "pod_subnet_id": f"{SUBNETS}/pods",
        "enable_node_public_ip": True,
        "node_public_ip_prefix_id": f"{NETWORK}/publicIPPrefixes/p",
        "gpu_driver": "Install",
        "gpu_management_mode": "Unmanaged",
        "power_state": {"code": "Running"},
    },
    "with all that a node can be told": {
        "vm_size": SIZE,
        "upgrade_settings": {"max_surge": "0", "max_unavailable": 1, "drain_timeout_in_minutes": 60, "node_soak_duration_in_minutes": 5}
        | {"undrainable_node_behavior": "Cordon"},
        "security_profile": {"enable_vtpm": False, "enable_secure_boot": False, "ssh_access": "Disabled"},
        "enable_encryption_at_host": True,
        "enable_ultra_ssd": True,
        "enable_fips": True,
        "enable_artifact_streaming": True,
        "kubelet_config": {"cpu_manager_policy": "static", "image_gc_high_threshold": 90, "allowed_unsafe_sysctls": ["net.core.somaxconn"]}
        | {"fail_swap_on": False},
        "linux_os_config": {"swap_file_size_mb": 1500, "sysctls": {"vm_max_map_count": 262144, "net_ipv4_tcp_tw_reuse": True}},
    },
    "spot": {
        "vm_size": SIZE,
        "scale_set_priority": "Spot",
        "scale_set_eviction_policy": "Deallocate",
        "spot_max_price": 0.5,
        "node_taints": ["sku=gpu:NoSchedule"],
    },
    "MIG beside others": {
        "vm_size": A100,
        "gpu_instance_profile": "MIG1g",
        "proximity_placement_group_id": f"{COMPUTE}/proximityPlacementGroups/p",
        "capacity_reservation_group_id": f"{COMPUTE}/capacityReservationGroups/c",
        "host_group_id": f"{COMPUTE}/hostGroups/h",
        "snapshot_id": f"/subscriptions/{PRINCIPAL.subscription_id}/resourceGroups/rg/providers/Microsoft.ContainerService/snapshots/s",
    },
    "managed": {"vm_size": SIZE, "count": 1, "gpu_management_mode": "Managed"},
    "managed with DRA": {"vm_size": SIZE, "count": 1, "gpu_management_mode": "Managed", "gpu_driver_mode": "DRA"},
    "managed with equal partitions": {
        "vm_size": A100, "gpu_management_mode": "Managed", "gpu_mig_strategy": "Single", "gpu_mig_profiles": ["MIG1g"],
    },
    "managed with partitions of several sizes": {
        "vm_size": A100, "gpu_management_mode": "Managed", "gpu_mig_strategy": "Mixed", "gpu_mig_profiles": ["MIG3g", "MIG2g", "MIG2g"],
    },
}  # fmt: skip


def live(azure: Azure) -> Any:
    """The pool as another client sees it."""
    return azure.somebody().agent_pools.get(GROUP, CLUSTER, "gpunp")


def pool_in_azure(azure: Azure) -> Any:
    """The pool in the simulation itself."""
    return azure.site.state.aks.pool(GROUP, CLUSTER, "gpunp")[1]


def test_every_option_is_among_these_pools() -> None:
    assert {option.name for option in POOL_OPTIONS} == {name for params in WHOLE.values() for name in params}


@pytest.mark.parametrize("params", WHOLE.values(), ids=WHOLE)
def test_pool_is_created_as_predicted_and_unchanged_afterwards(with_cluster: Azure, params: dict[str, Any]) -> None:
    version = {}
    if PREVIEW_OPTIONS & params.keys():
        with_cluster.run(FEATURE, features=["ManagedGPUExperiencePreview"])
        version = {"api_version": PREVIEW}
    made = four_times(with_cluster, NODEPOOL, evidence=with_cluster.writes, **WHERE, **params, **version).result["pool"]
    assert made["provisioning_state"] == "Succeeded"
    for name, value in params.items():
        if isinstance(value, dict) and name not in ("node_labels", "tags"):
            assert {member: made[name][member] for member in value if member != "sysctls"} == {
                member: str(wanted) if member.startswith("max_") else wanted for member, wanted in value.items() if member != "sysctls"
            }
    assert (made["vm_size"], made["tags"]["gpuops-aks-created"]) == (params["vm_size"], "true")


class TestChanges:
    """Of a pool that is there."""

    def test_members_of_an_object_that_are_not_named_stay(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL, upgrade_settings={"max_surge": "33%", "drain_timeout_in_minutes": 60})
        four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, upgrade_settings={"drain_timeout_in_minutes": 90})
        settings = live(azure).upgrade_settings
        assert (settings.max_surge, settings.drain_timeout_in_minutes) == ("33%", 90)

    def test_null_takes_a_label_and_a_tag_away(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL, node_labels={"team": "vision", "rack": "7"}, tags={"cost": "42"})
        four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, node_labels={"team": None}, tags={"cost": None})
        assert (live(azure).node_labels, live(azure).tags) == ({"rack": "7"}, {"gpuops-aks-created": "true"})

    def test_stopped_pool_is_reported_until_it_is_started(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        stopped = four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, power_state={"code": "Stopped"})
        assert stopped.result["pool"]["power_state"] == {"code": "Stopped"}
        (warning,) = azure.run(NODEPOOL, **POOL).warnings
        assert "is stopped and has no nodes" in warning
        four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, power_state={"code": "Running"})

    def test_a_newer_kubernetes_version_upgrades_and_an_older_one_is_refused(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL, orchestrator_version="1.33")
        upgraded = four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, orchestrator_version="1.34")
        assert upgraded.result["pool"]["kubernetes_version"].startswith("1.34.")
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **WHERE, orchestrator_version="1.33.12")
        assert (error.code, sent.writes) == ("VersionTooOld", [])
        error = azure.refused(NODEPOOL, **WHERE, orchestrator_version="1.36")
        assert error.code == "VersionTooNew"
        assert "az aks upgrade" in error.remedy

    def test_newer_node_image_is_used_on_request(self, with_cluster: Azure) -> None:
        azure = with_cluster
        old = azure.run(NODEPOOL, **POOL).result["pool"]["node_image_version"]
        azure.site.state.aks.admission.node_image_release = "202612.24.0"
        assert not azure.run(NODEPOOL, **POOL).changed
        upgraded = four_times(azure, NODEPOOL, evidence=azure.writes, **POOL, upgrade_node_image=True)
        newest = f"{old.rpartition('-')[0]}-202612.24.0"
        assert upgraded.result["pool"]["node_image_version"] == newest
        assert upgraded.changes[-1].diff()["before"] == {"nodeImageVersion": old}
        assert upgraded.changes[-1].after == {"nodeImageVersion": newest}
        assert azure.writes()[-1] == UPGRADE

    def test_new_pool_has_the_newest_image(self, with_cluster: Azure) -> None:
        made = four_times(with_cluster, NODEPOOL, evidence=with_cluster.writes, **POOL, upgrade_node_image=True)
        assert len(made.changes) == 1

    def test_preview_properties_are_kept_with_named_options(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(FEATURE, features=["ManagedGPUExperiencePreview"])
        preview = {"api_version": "2026-07-02-preview", "gpu_management_mode": "Managed", "extra_properties": {"gpuProfile": {"x": "y"}}}
        four_times(azure, NODEPOOL, evidence=azure.writes, **POOL, **preview)
        assert pool_in_azure(azure).properties["gpuProfile"] == {"nvidia": {"managementMode": "Managed"}, "x": "y"}

    def test_options_of_a_preview_are_refused_under_a_stable_version(self, with_cluster: Azure) -> None:
        with with_cluster.requests() as sent:
            error = with_cluster.refused(NODEPOOL, **POOL, gpu_management_mode="Managed", gpu_driver_mode="DRA")
        assert (error.code, list(sent)) == ("PreviewApiNeeded", [])
        assert PREVIEW in error.remedy

    def test_what_a_preview_has_set_stays_with_a_stable_version_and_is_fixed(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(FEATURE, features=["ManagedGPUExperiencePreview"])
        azure.run(NODEPOOL, **POOL, count=1, gpu_management_mode="Managed", gpu_driver_mode="DRA", api_version=PREVIEW)
        changed = four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, gpu_management_mode="Managed", tags={"cost": 1})
        assert changed.result["pool"]["gpu_driver_mode"] is None
        assert pool_in_azure(azure).properties["gpuProfile"]["nvidia"] == {"managementMode": "Managed", "driverMode": "DRA"}
        error = azure.refused(NODEPOOL, **WHERE, gpu_driver_mode="DevicePlugin", api_version=PREVIEW)
        assert error.code == "PropertyChangeNotAllowed"

    def test_unknown_property_is_reported_with_where_to_look(self, with_cluster: Azure) -> None:
        error = with_cluster.refused(NODEPOOL, **POOL, extra_properties={"gpuMagic": True})
        assert (error.code, error.retriable) == ("UnknownProperty", False)
        assert "gpuMagic" in error.cause
        assert "api_version" in error.remedy


class TestPace:
    """How often Azure is looked at."""

    @pytest.mark.parametrize(("interval", "looks"), [(None, 11), (60, 6), (10, 29)])
    def test_poll_interval_applies_where_azure_sets_none(self, with_cluster: Azure, interval: int | None, looks: int) -> None:
        with with_cluster.requests() as sent:
            with_cluster.run(NODEPOOL, **POOL, poll_interval=interval)
        assert len([request for request in sent if "/operations/" in request.path]) == looks


# --- Any pool and any wish, a bounded number of them through the whole of it.

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "count": st.integers(1, 3),
    "scaling": st.tuples(st.booleans(), st.integers(0, 2), st.integers(2, 4)),
    "node_taints": st.lists(st.sampled_from(["sku=gpu:NoSchedule", "team=a:NoExecute", "x:PreferNoSchedule"]), unique=True),
    "node_labels": st.dictionaries(st.sampled_from(["team", "rack"]), st.sampled_from([None, "a", "b", 1, True]), max_size=2),
    "tags": st.dictionaries(st.sampled_from(["cost", "owner"]), st.sampled_from([None, "a", 7]), max_size=2),
    "scale_down_mode": st.sampled_from(["Delete", "Deallocate"]),
    "enable_artifact_streaming": st.booleans(),
    "upgrade_settings": st.fixed_dictionaries(
        {},
        optional={
            "max_surge": st.sampled_from([1, "33%"]),
            "drain_timeout_in_minutes": st.sampled_from([30, 60]),
            "node_soak_duration_in_minutes": st.sampled_from([0, 5]),
            "undrainable_node_behavior": st.sampled_from(["Cordon", "Schedule"]),
        },
    ),
    "scale_set_priority": st.sampled_from(["Regular", "Spot"]),
    "os_sku": st.sampled_from(["Ubuntu", "AzureLinux"]),
    "availability_zones": st.lists(st.sampled_from([1, 2]), unique=True),
    "os_disk_size_gb": st.sampled_from([128, 256]),
    "orchestrator_version": st.sampled_from(["1.33", "1.34", "1.34.8"]),
}  # fmt: skip


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    """Parameters of a task."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=5))
    params = {name: draw(VALUES[name]) for name in names}
    on, low, high = params.pop("scaling", (None, 0, 0))
    if on is not None:
        params["enable_auto_scaling"] = on
    if on:
        params |= {"min_count": low, "max_count": high}
        params.pop("count", None)
    return params


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    """One Azure with a cluster for all examples; each has the pool to itself."""
    with simulated_azure(tmp_path_factory.mktemp("azure")) as azure:
        azure.make_group()
        azure.make_cluster()
        yield azure


def attempt(azure: Azure, *, check_mode: bool = False, **params: Any) -> Outcome | GpuopsError:
    """What a task came to, one way or the other."""
    try:
        return azure.run(NODEPOOL, check_mode=check_mode, **params)
    except GpuopsError as refusal:
        return refusal


@given(tasks(), tasks())
@settings(max_examples=20, deadline=None)
def test_check_mode_predicts_what_is_done_and_a_second_run_does_nothing(shared: Azure, first: Json, second: Json) -> None:
    shared.run(NODEPOOL, **WHERE, state="absent")
    for params in (first, second):
        task = {**POOL, **params}
        predicted, before = attempt(shared, check_mode=True, **task), shared.writes()
        done = attempt(shared, **task)
        if isinstance(predicted, GpuopsError):
            assert isinstance(done, GpuopsError)
            assert (done.code, shared.writes()) == (predicted.code, before)
        elif isinstance(done, GpuopsError):  # what only Azure knows to refuse
            assert done.code == "PropertyChangeNotAllowed", done.message
        else:
            assert predicted.changes == done.changes
            before = shared.writes()
            for check_mode in (True, False):
                assert not shared.run(NODEPOOL, check_mode=check_mode, **task).changed
            assert shared.writes() == before
