# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.config import config_hash
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.manifest import PluginSettings
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.request import plugin_arguments, plugin_request

from ...tasks import validated

Json = dict[str, Any]

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
SYS_ADMIN = {"capabilities": {"add": ["SYS_ADMIN"]}}
POOL = "kubernetes.azure.com/agentpool"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def slicing(name: str = "nvidia.com/gpu", replicas: Any = 4, **more: Any) -> Json:
    return {"version": "v1", "sharing": {"timeSlicing": {"resources": [{"name": name, "replicas": replicas}], **more}}}


def settings(**params: Any) -> PluginSettings:
    """What the module makes of its parameters."""
    return plugin_request(validated(plugin_arguments(), params)).settings


QUIET = {"FAIL_ON_INIT_ERROR": "false"}
MIG = {**QUIET, "NVIDIA_MIG_MONITOR_DEVICES": "all"}


@pytest.mark.parametrize(
    ("params", "env", "security"),
    [
        pytest.param({}, QUIET, RESTRICTED, id="default"),
        pytest.param({"mig_strategy": "none"}, {**QUIET, "MIG_STRATEGY": "none"}, RESTRICTED, id="no MIG"),
        pytest.param({"mig_strategy": "single"}, {**MIG, "MIG_STRATEGY": "single"}, SYS_ADMIN, id="MIG single"),
        pytest.param({"mig_strategy": "mixed"}, {**MIG, "MIG_STRATEGY": "mixed"}, SYS_ADMIN, id="MIG mixed"),
        pytest.param({"env": {"MIG_STRATEGY": "mixed"}}, {**MIG, "MIG_STRATEGY": "mixed"}, SYS_ADMIN, id="MIG by env"),
        pytest.param({"args": ["--mig-strategy", "mixed"]}, MIG, SYS_ADMIN, id="MIG by args"),
        pytest.param({"args": ["--mig-strategy=mixed", "-x"]}, MIG, SYS_ADMIN, id="MIG by args, joined"),
        pytest.param({"config": {"version": "v1", "flags": {"migStrategy": "mixed"}}}, MIG, SYS_ADMIN, id="MIG by config"),
        pytest.param({"mig_strategy": "mixed", "security_context": {"privileged": False}}, {**MIG, "MIG_STRATEGY": "mixed"},
                     {"privileged": False}, id="the user's own context"),
        pytest.param({"device_list_strategy": "volume-mounts"}, {**QUIET, "DEVICE_LIST_STRATEGY": "volume-mounts"}, SYS_ADMIN,
                     id="volume-mounts"),
        pytest.param({"device_list_strategy": ["cdi-cri", "envvar"]}, {**QUIET, "DEVICE_LIST_STRATEGY": "cdi-cri,envvar"}, RESTRICTED,
                     id="more than one strategy"),
        pytest.param({"pass_device_specs": True}, {**QUIET, "PASS_DEVICE_SPECS": "true"}, {"privileged": True}, id="device specs"),
        pytest.param({"pass_device_specs": True, "mig_strategy": "single", "security_context": {"privileged": True, "runAsUser": 0}},
                     {**MIG, "MIG_STRATEGY": "single", "PASS_DEVICE_SPECS": "true"}, {"privileged": True, "runAsUser": 0}, id="and MIG"),
        pytest.param({"fail_on_init_error": True}, {"FAIL_ON_INIT_ERROR": "true"}, RESTRICTED, id="fail"),
        pytest.param({"env": {"FAIL_ON_INIT_ERROR": True}}, {"FAIL_ON_INIT_ERROR": "true"}, RESTRICTED, id="fail, by env"),
        pytest.param({"args": ["--fail-on-init-error"]}, {}, RESTRICTED, id="fail, by args"),
        pytest.param({"config": {"version": "v1", "flags": {"failOnInitError": True}}}, {}, RESTRICTED, id="fail, by config"),
        pytest.param({"env": {"NVIDIA_DRIVER_ROOT": "/"}}, {**QUIET, "NVIDIA_DRIVER_ROOT": "/"}, RESTRICTED, id="further env"),
    ],
)  # fmt: skip
def test_options_are_the_plugins_environment_and_privileges(params: Json, env: Json, security: Json) -> None:
    made = settings(**params)
    assert (made.env, made.security_context) == (env, security)


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({"mig_strategy": "single", "env": {"MIG_STRATEGY": "mixed"}}, "ContradictingOptions",
         "mig_strategy: single, env MIG_STRATEGY: mixed"),
        ({"mig_strategy": "none", "args": ["--mig-strategy=mixed"]}, "ContradictingOptions", "args --mig-strategy: mixed"),
        ({"mig_strategy": "none", "config": {"version": "v1", "flags": {"migStrategy": "single"}}}, "ContradictingOptions",
         "config flags.migStrategy: single"),
        ({"env": {"MIG_STRATEGY": "mixed"}, "args": ["--mig-strategy=single"]}, "ContradictingOptions", "args --mig-strategy: single"),
        ({"fail_on_init_error": True, "env": {"FAIL_ON_INIT_ERROR": "false"}}, "ContradictingOptions", "env FAIL_ON_INIT_ERROR: false"),
        ({"device_list_strategy": "cdi-cri", "config": {"version": "v1", "flags": {"plugin": {"deviceListStrategy": ["envvar"]}}}},
         "ContradictingOptions", "config flags.plugin.deviceListStrategy: envvar"),
        ({"pass_device_specs": True, "security_context": {"runAsUser": 0}}, "ContradictingOptions", "privileged: true"),
        ({"pools": ["a"], "node_selector": {POOL: "b"}}, "ContradictingOptions", "the pool b"),
        ({"config": slicing("nvidia.com/mig-1g.10gb")}, "ContradictingOptions", "no node offers with the MIG strategy none"),
        ({"config": slicing("mig-1g.10gb"), "mig_strategy": "single"}, "ContradictingOptions", "with the MIG strategy single"),
        ({"config": slicing(), "env": {"CONFIG_FILE": "/x"}}, "ContradictingOptions", "env or args set another one"),
        ({"config": slicing(), "args": ["--config-file", "/x"]}, "ContradictingOptions", "env or args set another one"),
        ({"config": {"version": "v1", "sharing": {"mps": {"resources": []}}}}, "MpsNotSupported", "sharing.mps"),
        ({"config": {"version": "v1", "sharing": {"mps": None, "timeSlicing": {}}}}, "MpsNotSupported", "sharing.mps"),
        ({"config": {"sharing": {}}}, "InvalidPluginConfig", "version is None, not 'v1'"),
        ({"config": {"version": "v1", "shering": {}}}, "InvalidPluginConfig", "no part shering"),
        ({"config": {"version": "v1", "sharing": {"timeslicing": {}}}}, "InvalidPluginConfig", "sharing has no part timeslicing"),
        ({"config": {"version": "v1", "sharing": ["mps"]}}, "InvalidPluginConfig", "sharing is ['mps'], not a dictionary"),
        ({"config": {"version": "v1", "sharing": {"timeSlicing": {}}}}, "InvalidPluginConfig", "has to be a list of resources"),
        ({"config": slicing(replicas=1)}, "InvalidPluginConfig", "replicas of nvidia.com/gpu is 1"),
        ({"config": slicing(replicas=True)}, "InvalidPluginConfig", "replicas of nvidia.com/gpu is True"),
        ({"config": slicing(replicas=2.5)}, "InvalidPluginConfig", "replicas of nvidia.com/gpu is 2.5"),
        ({"config": slicing(replicas="²")}, "InvalidPluginConfig", "replicas of nvidia.com/gpu is '²'"),
        ({"config": slicing("amd.com/gpu")}, "InvalidPluginConfig", "not amd.com/gpu"),
        ({"config": slicing("")}, "InvalidPluginConfig", "has no name"),
        ({"config": slicing(rename=True)}, "InvalidPluginConfig", "timeSlicing has no part rename"),
        ({"config": slicing(resources=[{"name": "gpu", "replicas": 2}, {"name": "nvidia.com/gpu", "replicas": 4}])}, "InvalidPluginConfig",
         "has gpu twice"),
        ({"labels": {"name": "x"}}, "ReservedLabel", "labels sets name"),
        ({"labels": {"app.kubernetes.io/managed-by": "x"}}, "ReservedLabel", "labels sets app.kubernetes.io/managed-by"),
        ({"affinity": {"nodeAffinity": ["x"]}}, "InvalidAffinity", "nodeAffinity is ['x'], not a dictionary"),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": "x"}}}}, "InvalidAffinity", "nodeSelectorTerms is 'x', not a list"),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [{}]}]}}}}, "InvalidAffinity", "has no key"),
    ],
)  # fmt: skip
def test_contradiction_is_refused_before_any_call(params: Json, code: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        settings(**params)
    assert refused.value.code == code
    assert said in refused.value.message
    assert refused.value.remedy


def test_number_that_jinja_made_a_text_of_is_a_number_again() -> None:
    assert settings(config=slicing(replicas="4")).config == slicing()


def test_slices_of_mig_are_shared_where_they_have_names() -> None:
    assert settings(config=slicing("nvidia.com/mig-1g.10gb"), mig_strategy="mixed").config == slicing("nvidia.com/mig-1g.10gb")


def test_hash_depends_on_the_configuration_only() -> None:
    turned = dict(reversed(slicing().items()))
    assert config_hash(turned) == config_hash(slicing()) != config_hash(slicing(replicas=5))


def test_cdi_needs_more_of_the_host() -> None:
    assert [settings(device_list_strategy=[one]).cdi for one in ("envvar", "volume-mounts", "cdi-annotations", "cdi-cri")] == [
        False, False, True, True,
    ]  # fmt: skip


ZONE = {"key": "zone", "operator": "In", "values": ["1"]}
TEAM = {"key": "team", "operator": "Exists"}
HELD = {"key": POOL, "operator": "In", "values": ["a", "b"]}


@pytest.mark.parametrize(
    ("terms", "held"),
    [
        ([], [{"matchExpressions": [HELD]}]),
        ([{"matchExpressions": [ZONE]}, {"matchExpressions": [TEAM]}],
         [{"matchExpressions": [ZONE, HELD]}, {"matchExpressions": [TEAM, HELD]}]),
        ([{"matchFields": [ZONE]}], [{"matchFields": [ZONE], "matchExpressions": [HELD]}]),
    ],
    ids=["pools alone", "each of two terms", "fields"],
)  # fmt: skip
def test_pools_narrow_every_term_of_the_users_affinity(terms: list[Json], held: list[Json]) -> None:
    preferred = [{"weight": 1, "preference": {"matchExpressions": [TEAM]}}]
    node_rules = {
        "preferredDuringSchedulingIgnoredDuringExecution": preferred,
        **({REQUIRED: {"nodeSelectorTerms": terms}} if terms else {}),
    }
    given = {"podAffinity": {}, "nodeAffinity": node_rules}
    assert settings(affinity=given).affinity == given
    made = settings(affinity=given, pools=["b", "a"]).affinity
    assert made == {"podAffinity": {}, "nodeAffinity": {**node_rules, REQUIRED: {"nodeSelectorTerms": held}}}
