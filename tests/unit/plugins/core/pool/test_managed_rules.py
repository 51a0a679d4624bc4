# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The driver mode and the MIG partitions of managed pools, and which version of the API has them.

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.managed_rules import MANAGED_RULES
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.path_rules import path_findings
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, plan_pool, pool_facts, validate_pool
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.mig import fit_on_one_gpu
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import Json, assert_explained
from ...preflight_builders import T4, codes, spec, view
from .test_options import request_of

A100, FUTURE = "Standard_NC24ads_A100_v4", "Standard_ND_of_tomorrow"
PREVIEW, STABLE = "2026-08-02-preview", "2026-08-01"
MANAGED: Json = {"management": "Managed", "api_version": PREVIEW}
MIXED: Json = {**MANAGED, "mig_strategy": "Mixed"}
COMBINATIONS = [
    pytest.param(T4, {**MANAGED, "driver_mode": "DRA"}, [], id="DRA"),
    pytest.param(T4, {"path": "managed", "api_version": PREVIEW, "driver_mode": "DRA"}, [], id="DRA by the path"),
    pytest.param(A100, {**MANAGED, "mig_strategy": "Single", "mig_profiles": ("MIG1g",)}, [], id="equal partitions"),
    pytest.param(A100, {**MANAGED, "mig_strategy": "Single", "mig_profile": "MIG1g"}, [], id="by the pool's instance profile"),
    pytest.param(A100, {**MIXED, "mig_profiles": ("MIG3g", "MIG2g", "MIG2g")}, [], id="several sizes, one of them twice"),
    pytest.param(FUTURE, {**MIXED, "mig_profiles": ("MIG7g", "MIG7g")}, [], id="of an unknown size nothing is said"),
    pytest.param(T4, {"api_version": PREVIEW, "driver_mode": "DevicePlugin", "mig_strategy": "None"}, [], id="defaults, unmanaged"),
    pytest.param(T4, {"path": "managed", "driver_mode": "DRA"}, [("PreviewApiNeeded", "error")], id="no version"),
    pytest.param(T4, {**MANAGED, "driver_mode": "DRA", "api_version": STABLE}, [("PreviewApiNeeded", "error")], id="a stable version"),
    pytest.param(T4, {**MANAGED, "driver_mode": "DRA", "api_version": "2027-02-01"}, [], id="a stable version of which nothing is known"),
    pytest.param(T4, {"api_version": PREVIEW, "driver_mode": "DRA"}, [("NotManaged", "error")], id="DRA on an unmanaged pool"),
    pytest.param(A100, {"api_version": PREVIEW, "mig_strategy": "Single", "mig_profiles": ("MIG1g",)}, [("NotManaged", "error")],
                 id="partitions of an unmanaged pool"),
    pytest.param(A100, {**MIXED, "mig_profiles": ("MIG1g",), "mig_profile": "MIG1g"}, [("TwoMigProfiles", "error")], id="two profiles"),
    pytest.param(A100, MIXED, [("MigProfilesMissing", "error")], id="a strategy alone"),
    pytest.param(A100, {**MANAGED, "mig_profiles": ("MIG1g",)}, [("MigStrategyMissing", "error")], id="profiles alone"),
    pytest.param(A100, {**MANAGED, "mig_strategy": "None", "mig_profiles": ("MIG1g",)}, [("MigStrategyMissing", "error")], id="no MIG"),
    pytest.param(A100, {**MANAGED, "mig_strategy": "Single", "mig_profiles": ("MIG1g", "MIG1g")}, [("MigProfileNotSingle", "error")],
                 id="one size twice"),
    pytest.param(A100, {**MIXED, "mig_profiles": ("MIG4g", "MIG4g")}, [("MigGeometry", "error")], id="more than a GPU has"),
    pytest.param(T4, {**MIXED, "mig_profiles": ("MIG1g",)}, [("MigNotSupported", "error")], id="a GPU that can't be divided"),
    pytest.param(T4, {**MIXED, "mig_profile": "MIG1g"}, [("MigNotSupported", "error")], id="nor by the pool's instance profile"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "fields", "expected"), COMBINATIONS)
def test_rules(size: str, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes(path_findings(spec(size, **fields), view(size, was_queried=False))) == expected


def test_every_rule_is_broken_by_one_of_the_combinations() -> None:
    broken = {code for each in COMBINATIONS for code, _severity in each.values[2]}  # type: ignore[union-attr]
    assert broken >= {rule.explanation.code for rule in MANAGED_RULES}


# The combinations that fill an A100 (NVIDIA's MIG user guide); each part of one fits as well, and nothing else.
FULL = ("7", "43", "421", "4111", "33", "322", "3211", "31111", "2221", "22111", "211111", "1111111")


def test_partitions_fit_as_nvidia_documents() -> None:
    for number in range(1, 9):
        for widths in combinations_with_replacement("12347", number):
            fits = any(Counter(widths) <= Counter(full) for full in FULL)
            assert fit_on_one_gpu([f"MIG{width}g" for width in widths]) is fits, widths


NVIDIA: Json = {"managementMode": "Managed", "driverMode": "DRA"}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        pytest.param({"gpuProfile": {"nvidia": {"migStrategy": "Single", "migProfiles": ["MIG1g", "MIG1g"]}}}, ["2 profiles"], id="single"),
        pytest.param({"gpuProfile": {"nvidia": {"migProfiles": ["MIG1g"]}}, "gpuInstanceProfile": "MIG1g"}, ["gpu_instance_profile"],
                     id="two profiles"),
        pytest.param({"vmSize": A100, "gpuProfile": {"nvidia": {"migProfiles": ["MIG7g", "MIG1g"]}}}, ["MIG7g, MIG1g"], id="no room"),
        pytest.param({"vmSize": T4, "gpuProfile": {"nvidia": {"migStrategy": "Mixed"}}}, ["Tesla T4"], id="no MIG"),
    ],
)  # fmt: skip
def test_options_that_contradict_each_other_are_refused_before_azure_is_asked(properties: Json, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate_pool(DesiredPool("gpunp", properties, preview=True))
    assert_explained(refusal.value, "ContradictingOptions", *words)


@pytest.mark.parametrize("nvidia", [{"driverMode": "DRA"}, {"migStrategy": "Mixed"}, {"migProfiles": ["MIG1g"]}])
def test_options_that_an_existing_pool_may_complete_are_not_refused_yet(nvidia: Json) -> None:
    validate_pool(DesiredPool("gpunp", {"vmSize": A100, "gpuProfile": {"nvidia": nvidia}}, preview=True))


@pytest.mark.parametrize("nvidia", [{"driverMode": "DRA"}, {"migStrategy": "Mixed"}, {"migProfiles": ["MIG1g"]}])
def test_new_pool_that_is_incomplete_is_refused(nvidia: Json) -> None:
    pool = DesiredPool("gpunp", {"vmSize": A100, "gpuProfile": {"nvidia": nvidia}}, preview=True)
    with pytest.raises(InvalidInputError) as refusal:
        plan_pool(pool, None, created_tags={})
    assert_explained(refusal.value, "ContradictingOptions", "gpu_management_mode: Managed")


def test_existing_pool_completes_what_is_named() -> None:
    live = {"properties": {"vmSize": T4, "count": 1, "gpuProfile": {"nvidia": NVIDIA}}}
    named = {"gpuProfile": {"nvidia": {"driverMode": "DRA"}}}
    assert not plan_pool(DesiredPool("gpunp", named, preview=True), live, created_tags={}).change.changed


def test_order_and_repeats_of_partitions_count() -> None:
    nvidia = {"managementMode": "Managed", "migStrategy": "Mixed", "migProfiles": ["MIG3g", "MIG2g", "MIG2g"]}
    live = {"properties": {"vmSize": A100, "count": 1, "gpuProfile": {"nvidia": nvidia}}}

    def changed(profiles: list[str]) -> bool:
        named = {"gpuProfile": {"nvidia": {"migProfiles": profiles}}}
        return plan_pool(DesiredPool("gpunp", named, preview=True), live, created_tags={}).change.changed

    assert not changed(["mig3g", "MIG2g", "MIG2g"])
    assert changed(["MIG3g", "MIG2g"])
    assert changed(["MIG2g", "MIG3g", "MIG2g"])


@pytest.mark.parametrize("params", [{"gpu_driver_mode": "DRA"}, {"gpu_mig_strategy": "None"}, {"gpu_mig_profiles": []}])
def test_stable_version_refuses_what_only_previews_have(params: Json) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        request_of(**params)
    assert_explained(refusal.value, "PreviewApiNeeded", *params, f"api_version: {PREVIEW}")
    with pytest.raises(InvalidInputError):
        request_of(**params, api_version=STABLE)
    assert request_of(**params, api_version=PREVIEW).desired.preview


def test_answer_of_a_stable_version_says_nothing_of_them() -> None:
    facts = pool_facts({"properties": {"gpuProfile": {"driver": "Install", "nvidia": {"managementMode": "Managed"}}}})
    assert (facts["gpu_driver_mode"], facts["gpu_mig_strategy"], facts["gpu_mig_profiles"]) == (None, None, None)
