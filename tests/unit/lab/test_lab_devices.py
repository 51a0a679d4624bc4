# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.lab import devices, mig
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

GPU, SLICES = "nvidia.com/gpu", "nvidia.com/mig-1g.10gb"
T4, A100, A100_40, H100_NVL = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4", "Standard_ND96asr_v4", "Standard_NC40ads_H100_v5"


@pytest.mark.parametrize(
    ("shown", "offered", "wanted"),
    [
        ({}, {GPU: 1}, ({GPU: "1"}, {GPU: "1"})),
        ({}, {}, None),
        ({GPU: ("1", "1")}, {GPU: 1}, None),
        ({GPU: ("1", "1")}, {}, ({GPU: "1"}, {GPU: "0"})),
        ({GPU: ("1", "0")}, {}, None),
        ({GPU: ("1", "0")}, {GPU: 1}, ({GPU: "1"}, {GPU: "1"})),
        ({GPU: ("1", "1")}, {SLICES: 7}, ({GPU: "1", SLICES: "7"}, {GPU: "0", SLICES: "7"})),
    ],
    ids=["new", "never had one", "same", "plugin gone", "still gone", "plugin back", "another strategy"],
)  # fmt: skip
def test_devices_are_shown_as_a_kubelet_shows_them(
    shown: dict[str, tuple[str, str]], offered: dict[str, int], wanted: tuple[dict[str, str], dict[str, str]] | None
) -> None:
    node = one_node(pool())
    for field, index in (("capacity", 0), ("allocatable", 1)):
        node["status"][field] = {**node["status"][field], **{name: counts[index] for name, counts in shown.items()}}
    patch = devices.status_patch(node, offered)
    assert (patch and (patch["status"]["capacity"], patch["status"]["allocatable"])) == wanted


@pytest.mark.parametrize(
    ("size", "profile", "strategy", "registered"),
    [
        (T4, "", "none", {GPU: 1}),
        (T4, "", "mixed", {GPU: 1}),
        (A100, "", "single", {GPU: 1}),
        # As AKS' page gpu-multi-instance shows a node with eight A100 of 40 GB.
        (A100_40, "MIG1g", "single", {GPU: 56}),
        (A100_40, "MIG1g", "mixed", {"nvidia.com/mig-1g.5gb": 56}),
        (A100_40, "MIG1g", "none", {GPU: 8}),
        (A100, "MIG1g", "mixed", {"nvidia.com/mig-1g.10gb": 7}),
        (A100, "MIG2g", "mixed", {"nvidia.com/mig-2g.20gb": 3}),
        (H100_NVL, "MIG3g", "mixed", {"nvidia.com/mig-3g.47gb": 2}),
        (A100, "MIG7g", "single", {GPU: 1}),
        (A100, "MIG1g", "nonsense", {}),
    ],
)
def test_a_plugin_registers_by_its_mig_strategy(size: str, profile: str, strategy: str, registered: dict[str, int]) -> None:
    machine = ERA_2026.sizes[size.lower()]
    assert devices.registered(machine, slices=mig.slices_of(machine.gpu_model, profile), strategy=strategy) == registered


@pytest.mark.parametrize(
    ("strategy", "registered"), [("mixed", {"nvidia.com/mig-3g.40gb": 1, "nvidia.com/mig-2g.20gb": 2}), ("single", {}), ("none", {GPU: 1})]
)
def test_slices_of_several_sizes_are_only_offered_by_name(strategy: str, registered: dict[str, int]) -> None:
    machine = ERA_2026.sizes[A100.lower()]
    slices = mig.slices_of(machine.gpu_model, "", ("MIG3g", "MIG2g", "MIG2g"))
    assert devices.registered(machine, slices=slices, strategy=strategy) == registered


@pytest.mark.parametrize(
    ("profiles", "fits"),
    [
        (["MIG1g"] * 7, True),
        (["MIG1g"] * 8, False),
        (["MIG3g", "MIG4g"], True),
        (["MIG4g", "MIG4g"], False),
        (["MIG3g", "MIG3g", "MIG1g"], False),
    ],
)
def test_a_gpu_has_room_for_what_nvidia_documents(profiles: list[str], fits: bool) -> None:
    assert mig.fit(profiles) is fits


@pytest.mark.parametrize("profile", mig.PROFILES)
def test_slices_of_a_gpu_are_as_many_as_their_names_leave_room_for(profile: str) -> None:
    for size in ERA_2026.sizes.values():
        slices = mig.slices_of(size.gpu_model, profile) if size.mig else ()
        if slices:
            (name,) = {*slices}
            width = int(name.partition("g.")[0])
            assert name.startswith(profile.removeprefix("MIG"))
            assert len(slices) * width <= 7 < (len(slices) + 1) * width or profile == "MIG3g"


def test_a_node_knows_how_its_gpus_are_divided() -> None:
    assert devices.slices(one_node(pool())) == ()
    assert devices.slices(one_node(pool(vm_size=A100, gpu_instance_profile="MIG1g"))) == ("1g.10gb",) * 7
    assert devices.slices(one_node(pool(vm_size=A100, mig_profiles=("MIG4g", "MIG1g")))) == ("4g.40gb", "1g.10gb")


def test_a_container_asks_for_gpus_or_slices() -> None:
    limits = {"nvidia.com/mig-1g.10gb": "2", "cpu": "1"}
    assert devices.requested({"resources": {"limits": limits}}) == {"nvidia.com/mig-1g.10gb": 2}
    assert devices.requested({}) == {}


def test_a_pod_is_known_to_a_node_that_shows_what_it_asks_for() -> None:
    wanted = {"spec": {"containers": [{"resources": {"limits": {GPU: "1"}}}]}}
    assert not devices.known(wanted, one_node(pool()))
    assert devices.known(wanted, one_node(pool(), gpus=("1", "0")))
    assert devices.known({"spec": {"containers": [{}]}}, one_node(pool()))
