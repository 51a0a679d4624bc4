# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every path on every kind of pool that others may have made: by Terraform, az, the portal or by hand.

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.owners import Owner, owners_of_node, owners_of_pool
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.path_fit import (
    PATH_OWNERS,
    WITH_DRIVER_OF_AKS,
    fitting_paths,
    operator_pools_fit,
    path_fit,
    plugin_pools_fit,
)

from ...builders import DEDICATED_IMAGE, PLAIN_IMAGE, Json

DRIVER_ONLY = ("manual_plugin", WITH_DRIVER_OF_AKS)
POOLS: dict[str, tuple[Json, tuple[str, ...]]] = {
    "nothing said": ({"nodeImageVersion": PLAIN_IMAGE}, DRIVER_ONLY),
    "gpuProfile null": ({"gpuProfile": None}, DRIVER_ONLY),
    "driver of AKS": ({"gpuProfile": {"driver": "Install", "nvidia": None}}, DRIVER_ONLY),
    "unmanaged": ({"gpuProfile": {"driver": "Install", "nvidia": {"managementMode": "Unmanaged"}}}, DRIVER_ONLY),
    "no driver": ({"gpuProfile": {"driver": "None"}}, ("gpu_operator",)),
    "no driver, in other letters": ({"gpuProfile": {"driver": "none"}}, ("gpu_operator",)),
    "managed": ({"gpuProfile": {"nvidia": {"managementMode": "Managed"}}}, ("managed",)),
    "managed with DRA": ({"gpuProfile": {"nvidia": {"managementMode": "managed", "driverMode": "DRA"}}}, ("managed",)),
    "managed, whose driver None is ignored": ({"gpuProfile": {"driver": "None", "nvidia": {"managementMode": "Managed"}}}, ("managed",)),
    "dedicated image": ({"nodeImageVersion": DEDICATED_IMAGE}, ("dedicated_vhd",)),
}
PAIRS = [
    pytest.param(path, properties, path in fits, id=f"{path} on {name}")
    for name, (properties, fits) in POOLS.items()
    for path in PATH_OWNERS
]


@pytest.mark.parametrize(("path", "properties", "fits"), PAIRS)
def test_path_is_adopted_or_refused(path: str, properties: Json, fits: bool) -> None:
    found = list(path_fit(path, "gpunp", owners_of_pool(properties)))
    assert [each.code for each in found] == ([] if fits else ["PathDoesNotFit"])
    for each in found:
        others = fitting_paths(owners_of_pool(properties))
        assert (each.severity, each.subjects) == ("error", ("node pool gpunp",))
        assert f"path {' or '.join(others)} for" in each.explanation.remedy
        assert path in each.evidence


OTHERS = [case for case in PAIRS if case.values[0].startswith("gpu_operator")]


@pytest.mark.parametrize(("path", "properties", "fits"), OTHERS)
def test_operator_serves_other_pools_only_with_the_same_owners(path: str, properties: Json, fits: bool) -> None:
    found = list(operator_pools_fit(path, {"other": owners_of_pool(properties)}))
    assert [each.code for each in found] == ([] if fits else ["PathDoesNotFit"])
    for each in found:
        assert (each.severity, each.subjects) == ("error", ("node pool other",))
        assert "Remove other from gpu_operator_pools" in each.explanation.remedy
        assert "nvidia.com/gpu.deploy.operands: 'false'" in each.explanation.remedy


RESTRICTED = [
    pytest.param("manual_plugin", [], properties, "managed" in fits or "dedicated_vhd" in fits, id=f"beside {name}")
    for name, (properties, fits) in POOLS.items()
]


@pytest.mark.parametrize(("path", "plugin_pools", "properties", "warned"), RESTRICTED)
def test_device_plugin_is_to_be_kept_off_pools_that_bring_their_own(
    path: str, plugin_pools: list[str], properties: Json, warned: bool
) -> None:
    others = {"other": owners_of_pool(properties)}
    found = list(plugin_pools_fit(path, plugin_pools, others))
    assert [(each.code, each.severity) for each in found] == ([("PluginNotNeeded", "warning")] if warned else [])
    assert bool(list(plugin_pools_fit(path, ["other"], others))) == warned
    assert not list(plugin_pools_fit(path, ["gpunp"], others))
    assert not list(plugin_pools_fit("managed", [], others))


def test_no_path_in_particular_fits_every_pool() -> None:
    for properties, _fits in POOLS.values():
        assert not list(operator_pools_fit(None, {"other": owners_of_pool(properties)}))
        assert not list(path_fit(None, "gpunp", owners_of_pool(properties)))


def test_each_pool_has_a_path_that_fits_it() -> None:
    for name, (properties, fits) in POOLS.items():
        assert tuple(fitting_paths(owners_of_pool(properties))) == fits, name


def test_request_for_the_dedicated_image_shows_its_owner_before_there_is_an_image() -> None:
    owners = owners_of_pool({}, dedicated=True)
    assert (owners.driver, owners.plugin, "image" in owners.reason) == (Owner.IMAGE, Owner.IMAGE, True)


@pytest.mark.parametrize(
    ("image", "labels", "plugin"),
    [
        (DEDICATED_IMAGE, {}, Owner.IMAGE),
        (PLAIN_IMAGE, {"kubernetes.azure.com/dcgm-exporter": "enabled"}, Owner.AKS),
        (PLAIN_IMAGE, {"kubernetes.azure.com/dcgm-exporter": "disabled"}, None),
        ("", {}, None),
    ],
)
def test_node_shows_what_it_has_of_its_own(image: str, labels: dict[str, Any], plugin: Owner | None) -> None:
    owners = owners_of_node(image, labels)
    assert (owners.plugin, bool(owners.reason)) == (plugin, plugin is not None)
