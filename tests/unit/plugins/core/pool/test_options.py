# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The table of the pool's options: against Azure's own models, against what the module documents, and what becomes of a task's values.

from __future__ import annotations

import enum
import importlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.doc_fragments import node_config
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import ResourceOption, facts_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS, name_at
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.rules import SSH_ACCESS
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.request import PoolRequest, pool_arguments, pool_request
from azure.mgmt.containerservice import models

from ...builders import Json, assert_explained
from ...tasks import validated

WHERE = {"resource_group": "rg", "cluster": "aks", "name": "gpunp"}
CHOICES: Any = {
    "mode": models.AgentPoolMode,
    "os_type": models.OSType,
    "gpu_driver": models.GPUDriver,
    "gpu_instance_profile": models.GPUInstanceProfile,
    "gpu_management_mode": models.ManagementMode,
    "os_disk_type": models.OSDiskType,
    "kubelet_disk_type": models.KubeletDiskType,
    "scale_down_mode": models.ScaleDownMode,
    "scale_set_priority": models.ScaleSetPriority,
    "scale_set_eviction_policy": models.ScaleSetEvictionPolicy,
    "upgrade_settings.undrainable_node_behavior": models.UndrainableNodeBehavior,
    "power_state.code": models.Code,
}


# What only a preview of the API has, from the models of azure-mgmt-containerservice 41.9.0b1 (2026-08-02-preview).
PREVIEW = "2026-08-02-preview"
PREVIEW_TYPES = {"driverMode": "str", "migStrategy": "str", "migProfiles": "list"}
PREVIEW_CHOICES = {
    "gpu_driver_mode": {"DevicePlugin", "DRA"},
    "gpu_mig_strategy": {"None", "Single", "Mixed"},
    "gpu_mig_profiles": {value.value for value in models.GPUInstanceProfile},
}


class Row(NamedTuple):
    """An option or a member of one, with its name in a task and its place in the REST API."""

    name: str
    path: tuple[str, ...]
    option: ResourceOption


def rows(options: Sequence[ResourceOption] = POOL_OPTIONS, name: str = "", above: tuple[str, ...] = ()) -> Iterator[Row]:
    for option in options:
        yield Row(f"{name}{option.name}", (*above, *option.path), option)
        yield from rows(option.options, f"{name}{option.name}.", (*above, *option.path))


def azures_type(model: Any, rest_name: str) -> Any:
    """The type of a property in a model of Azure's SDK, without Optional and the like; fails for one that the model doesn't have."""
    model()  # the SDK names the fields of a model when it makes the first
    attributes = {field._rest_name: name for name, field in model._attr_to_rest_field.items()}
    hint = get_type_hints(model, localns={"_models": models})[attributes[rest_name]]
    plain = [each for each in get_args(hint) or (hint,) if each is not type(None) and not is_choice(each)]
    return plain[0]


def is_choice(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, enum.Enum)


def ansibles_type(hint: Any) -> str:
    """An object with members is a dict in a task."""
    return "dict" if hint.__module__.startswith("azure.") else str((get_origin(hint) or hint).__name__)


def request_of(**params: Any) -> PoolRequest:
    """What the module makes of a task's parameters."""
    return pool_request(validated(pool_arguments(), {**WHERE, **params}))


def properties_of(**params: Any) -> Any:
    return request_of(**params).desired.properties


def example(option: ResourceOption) -> Any:
    """A value that the option takes."""
    if option.options:
        return {member.name: example(member) for member in option.options}
    if option.choices:
        return [option.choices[0]] if option.elements else option.choices[0]
    return {"str": "a", "int": 1, "bool": True, "float": 0.5, "list": ["1"], "dict": {"a": "b"}}[option.type]


def api_of(option: ResourceOption) -> Json:
    """The version of the API that has the option."""
    return {"api_version": PREVIEW} if option.preview else {}


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.name)
def test_azures_model_has_the_property_with_the_options_type(row: Row) -> None:
    model: Any = models.ManagedClusterAgentPoolProfileProperties
    for part in row.path[:-1]:
        model = azures_type(model, part)
    known = PREVIEW_TYPES[row.path[-1]] if row.option.preview else ansibles_type(azures_type(model, row.path[-1]))
    assert known == row.option.type


def test_options_of_previews_are_not_in_the_stable_models() -> None:
    model = models.NvidiaGPUProfile()
    assert {row.name for row in rows() if row.option.preview} == {*PREVIEW_CHOICES}
    assert not {*PREVIEW_TYPES} & {field._rest_name for field in model._attr_to_rest_field.values()}


def test_choices_are_azures() -> None:
    for row in rows():
        if row.option.choices:
            known = PREVIEW_CHOICES[row.name] if row.option.preview else {value.value for value in CHOICES[row.name]}
            assert {*row.option.choices} <= known, row.name
    assert {*SSH_ACCESS} == {value.value for value in models.AgentPoolSSHAccess}


def test_each_option_is_sent_as_named_and_shown_under_its_name() -> None:
    for option in POOL_OPTIONS:
        value = example(option)
        assert facts_of(properties_of(**{option.name: value}, **api_of(option)), POOL_OPTIONS)[option.name] == value
        assert name_at(option.path) == option.name


def test_every_option_is_documented_with_its_type_and_choices() -> None:
    module = importlib.import_module("ansible_collections.gpuops.aks.plugins.modules.aks_gpu_nodepool")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    documented |= yaml.safe_load(node_config.ModuleDocFragment.DOCUMENTATION)["options"]
    assert_documented(POOL_OPTIONS, documented)


def assert_documented(options: Sequence[ResourceOption], documented: Json) -> None:
    for option in options:
        entry = documented[option.name]
        assert entry["type"] == option.type, option.name
        assert tuple(entry.get("choices", ())) == option.choices, option.name
        assert entry.get("elements") == option.elements, option.name
        assert entry["description"], option.name
        assert_documented(option.options, entry.get("suboptions", {}))


@pytest.mark.parametrize(
    ("params", "properties"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"count": 0}, {"count": 0}, id="no nodes"),
        pytest.param({"gpu_driver": "None"}, {"gpuProfile": {"driver": "None"}}, id="no driver"),
        pytest.param(
            {"gpu_management_mode": "Managed", "gpu_driver": "Install"},
            {"gpuProfile": {"driver": "Install", "nvidia": {"managementMode": "Managed"}}},
            id="managed",
        ),
        pytest.param({"availability_zones": [1, "2"]}, {"availabilityZones": ["1", "2"]}, id="zones as numbers or texts"),
        pytest.param(
            {"node_labels": {"gpu": True, "n": 4, "old": None}}, {"nodeLabels": {"gpu": "true", "n": "4", "old": None}}, id="labels"
        ),
        pytest.param({"tags": {"cost": 42}}, {"tags": {"cost": "42"}}, id="tags are texts"),
        pytest.param(
            {"upgrade_settings": {"max_surge": 1, "drain_timeout_in_minutes": 60}},
            {"upgradeSettings": {"maxSurge": "1", "drainTimeoutInMinutes": 60}},
            id="upgrades",
        ),
        pytest.param(
            {"scale_set_priority": "Spot", "scale_set_eviction_policy": "Delete", "spot_max_price": -1},
            {"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1.0},
            id="spot",
        ),
        pytest.param(
            {"linux_os_config": {"sysctls": {"vm_max_map_count": 262144}, "swap_file_size_mb": 1500}},
            {"linuxOSConfig": {"sysctls": {"vmMaxMapCount": 262144}, "swapFileSizeMB": 1500}},
            id="kernel",
        ),
        pytest.param({"node_taints": [""]}, {"nodeTaints": []}, id="one empty taint is none"),
        pytest.param({"snapshot_id": "/s"}, {"creationData": {"sourceResourceId": "/s"}}, id="snapshot"),
        pytest.param(
            {"gpu_management_mode": "Managed", "extra_properties": {"gpuProfile": {"nvidia": {"newThing": "x"}}}},
            {"gpuProfile": {"nvidia": {"managementMode": "Managed", "newThing": "x"}}},
            id="what a preview adds goes beside what is named",
        ),
        pytest.param({"extra_properties": {"newThing": None}}, {"newThing": None}, id="null takes away"),
        pytest.param({"extra_properties": {"snapshotThing": 1, "proximityPlacementGroupID": None}},
                     {"snapshotThing": 1, "proximityPlacementGroupID": None}, id="also what an option has set"),
        pytest.param({"extra_properties": {"upgradeSettings": {"newThing": 1}}}, {"upgradeSettings": {"newThing": 1}},
                     id="a new member of what an option is there for"),
    ],
)  # fmt: skip
def test_parameters_become_rest_properties(params: Json, properties: Json) -> None:
    assert properties_of(**params) == properties


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        pytest.param(
            {"gpu_driver": "None", "extra_properties": {"gpuProfile": {"driver": "Install"}}},
            "ContradictingOptions", ["gpu_driver", "extra_properties.gpuProfile.driver"], id="an option and an extra property",
        ),
        pytest.param(
            {"node_taints": ["a=b:NoSchedule"], "extra_properties": {"nodeTaints": ["a=b:NoSchedule"]}},
            "ContradictingOptions", ["node_taints"], id="also where both say the same",
        ),
        pytest.param(
            {"gpu_driver": "None", "extra_properties": {"gpuProfile": None}},
            "ContradictingOptions", ["gpuProfile"], id="taking away what is named",
        ),
        pytest.param({"extra_properties": {"nodeLabels": ["a"]}}, "KnownProperty", ["extra_properties.nodeLabels", "node_labels"],
                     id="an option's property"),
        pytest.param({"extra_properties": {"upgradeSettings": {"maxSurge": 1}}}, "KnownProperty", ["upgrade_settings.max_surge"],
                     id="an option's member"),
        pytest.param({"extra_properties": {"upgradeSettings": "fast"}}, "KnownProperty", ["upgrade_settings"], id="no object"),
        pytest.param({"extra_properties": {"provisioningState": "Succeeded"}}, "ReadOnlyProperty", ["provisioningState"], id="Azure's own"),
        pytest.param({"api_version": "latest"}, "InvalidApiVersion", ["latest"], id="no date"),
        pytest.param({"custom_headers": {"Authorization": "x"}}, "InvalidHeader", ["Authorization"], id="sign-in"),
        pytest.param({"custom_headers": {"A": "b\r\nC: d"}}, "InvalidHeader", ["A"], id="two lines"),
        pytest.param({"custom_headers": {"a b": "c"}}, "InvalidHeader", ["a b"], id="a space"),
    ],
)  # fmt: skip
def test_invalid_value_is_rejected(params: Json, code: str, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        request_of(**params)
    assert_explained(refusal.value, code, *words)


def test_preview_is_requested_by_its_version() -> None:
    assert request_of(api_version="2026-07-02-preview").api == "2026-07-02-preview"
    assert request_of().api == "2026-08-01"
