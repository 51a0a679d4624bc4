# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.image import is_dedicated_image
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.dedicated_image import (
    asks_for_dedicated_image,
    refuse_other_image,
    refuse_retired_path,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.new_rules import NEW_RULES
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.path_rules import PATH_RULES, path_findings
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import DEDICATED_IMAGE, PLAIN_IMAGE, assert_explained
from ...preflight_builders import T4, codes, sku_entry, spec, view

DEDICATED = {"UseGPUDedicatedVHD": "true", "usegen2vm": "true"}


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        pytest.param({"UseGPUDedicatedVHD": "true"}, True, id="as in the articles"),
        pytest.param({"usegpudedicatedvhd": "True"}, True, id="in any case"),
        pytest.param({"UseGPUDedicatedVHD": "false"}, False, id="declined"),
        pytest.param({"usegen2vm": "true"}, False, id="another header"),
        pytest.param({}, False, id="none"),
    ],
)
def test_dedicated_image_header_is_recognized(headers: dict[str, str], asks: bool) -> None:
    assert asks_for_dedicated_image(headers) is asks


def test_retired_path_is_rejected_with_reason_and_replacement() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_retired_path(DEDICATED, allow_retired=False)
    assert_explained(refusal.value, "RetiredPath", "2025-01-10", "Azure/AKS/issues/4472", "manual_plugin", "allow_retired: true")


@pytest.mark.parametrize(("headers", "allow_retired"), [(DEDICATED, True), ({}, False), ({"usegen2vm": "true"}, False)])
def test_any_other_path_passes_and_so_does_a_user_who_insists(headers: dict[str, str], allow_retired: bool) -> None:
    refuse_retired_path(headers, allow_retired=allow_retired)


@pytest.mark.parametrize(
    ("image", "dedicated"),
    [
        (DEDICATED_IMAGE, True),
        ("AKSUbuntu-1804-GPU-2021.07.17", True),
        (PLAIN_IMAGE, False),
        ("AKSUbuntu-2204gen2containerd-202306.01.0", False),
        ("AKSUbuntu:1604:2020.03.11", False),
        ("", False),
    ],
)
def test_image_version_shows_the_dedicated_image(image: str, dedicated: bool) -> None:
    assert is_dedicated_image(image) is dedicated


def test_pool_with_another_image_than_requested_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_other_image("gpunp", DEDICATED, PLAIN_IMAGE)
    assert_explained(refusal.value, "ImmutableField", "gpunp", PLAIN_IMAGE, "state: absent")


@pytest.mark.parametrize(("headers", "image"), [(DEDICATED, DEDICATED_IMAGE), ({}, PLAIN_IMAGE), ({}, DEDICATED_IMAGE)])
def test_pool_with_the_requested_image_is_accepted(headers: dict[str, str], image: str) -> None:
    refuse_other_image("gpunp", headers, image)


A10, A100, GB200 = "Standard_NV6ads_A10_v5", "Standard_NC24ads_A100_v4", "Standard_ND128isr_NDR_GB200_v6"
RTX_PRO = "Standard_NC24lds_xl_RTXPRO6000BSE_v6"
CONFIDENTIAL, MI300X = "Standard_NCC40ads_H100_v5", "Standard_ND96isr_MI300X_v5"
ARM = ("Arm64Nodes", "warning")
DEALLOCATED = {"scale_down_mode": "Deallocate"}
OF_AKS = {"path": "gpu_operator", "operator_driver": "aks"}
COMBINATIONS = [
    pytest.param(T4, {"path": "manual_plugin"}, [], id="manual_plugin"),
    pytest.param(T4, {"path": "manual_plugin", "autoscaled": True}, [], id="manual_plugin with autoscaler"),
    pytest.param(A10, {"path": "manual_plugin"}, [], id="a GRID size, whose driver AKS has"),
    pytest.param(T4, {"path": "managed"}, [], id="managed"),
    pytest.param(T4, {"path": "managed", "bounds": (2, 2), "nodes": 2}, [], id="managed with bounds that ask for no scaling"),
    pytest.param(T4, {"path": "managed", "bounds": (None, 3)}, [], id="managed with half of the bounds"),
    pytest.param(T4, {"path": "manual_plugin", "autoscaled": True, "bounds": (1, 3)}, [], id="bounds of the autoscaler"),
    pytest.param(T4, {"path": "manual_plugin", "bounds": (1, 3)}, [("BoundsIgnored", "warning")], id="bounds without the autoscaler"),
    pytest.param(T4, {"path": "managed", "bounds": (1, 3)}, [("BoundsIgnored", "warning")], id="managed with bounds that ask for scaling"),
    pytest.param(T4, {"path": "gpu_operator", "driver": "None"}, [], id="gpu_operator"),
    pytest.param("Standard_Future", {"path": "gpu_operator", "mig_profile": "MIG1g"}, [], id="of an unknown size nothing is said"),
    pytest.param(T4, {"path": "dedicated_vhd"}, [("RetiredPath", "error")], id="retired path"),
    pytest.param(T4, {"headers": DEDICATED}, [("RetiredPath", "error")], id="retired path by its header"),
    pytest.param(T4, {"path": "dedicated_vhd", "headers": DEDICATED, "allow_retired": True}, [], id="retired path that is meant"),
    pytest.param(T4, {"path": "managed", "autoscaled": True}, [("ManagedAutoscaler", "error")], id="managed with autoscaler"),
    pytest.param(T4, {"path": "managed", "autoscaled": True, "bounds": (1, 3)}, [("ManagedAutoscaler", "error")], id="the same, bounded"),
    pytest.param(T4, {"management": "Managed", "autoscaled": True}, [("ManagedAutoscaler", "error")], id="the same without a path's name"),
    pytest.param(T4, {"path": "managed", "driver": "None"}, [("DriverIgnored", "error")], id="managed without driver"),
    pytest.param(A10, {"path": "gpu_operator"}, [("LicensedDriver", "error")], id="GRID size with gpu_operator"),
    pytest.param(A10, {"driver": "None"}, [("LicensedDriver", "error")], id="GRID size without AKS' driver"),
    pytest.param(T4, {"path": "gpu_operator", "driver": "Install"}, [("TwoDriverOwners", "error")], id="two drivers"),
    pytest.param(T4, {**OF_AKS, "driver": "Install"}, [], id="gpu_operator with the driver of AKS"),
    pytest.param(A10, {**OF_AKS, "driver": "Install"}, [], id="GRID size with the driver of AKS"),
    pytest.param(T4, {**OF_AKS, "driver": "None"}, [("NoDriver", "error")], id="driver None with the driver of AKS"),
    pytest.param(CONFIDENTIAL, OF_AKS, [("DriverNotInstalled", "error")], id="confidential GPUs with the driver of AKS"),
    pytest.param(T4, {"path": "manual_plugin", "driver": "None"}, [("NoDriver", "error")], id="driver None with manual_plugin"),
    pytest.param(T4, {"os_type": "Windows"}, [("WindowsNotSupported", "error")], id="Windows"),
    pytest.param(T4, {"os_sku": "Windows2022"}, [("WindowsNotSupported", "error")], id="Windows by os_sku"),
    pytest.param(MI300X, {"path": "manual_plugin"}, [("NotNvidia", "error")], id="AMD"),
    pytest.param(CONFIDENTIAL, {"path": "manual_plugin"}, [("DriverNotInstalled", "error")], id="confidential GPUs"),
    pytest.param(CONFIDENTIAL, {"path": "gpu_operator"}, [], id="confidential GPUs with gpu_operator"),
    pytest.param(A100, {"mig_profile": "MIG1g"}, [], id="MIG"),
    pytest.param(T4, {"mig_profile": "MIG1g"}, [("MigNotSupported", "error")], id="MIG on a size without it"),
    pytest.param(
        A10, {"os_sku": "AzureLinux"}, [("SystemNotSupported", "error"), ("SystemNotPatched", "warning")], id="A10 on Azure Linux"
    ),
    pytest.param(A100, {"os_sku": "AzureLinux"}, [("SystemNotPatched", "warning")], id="A100 on Azure Linux"),
    pytest.param(A100, {"os_sku": "Ubuntu2404"}, [], id="a release of Ubuntu"),
    pytest.param(
        T4, {"path": "gpu_operator", "os_sku": "AzureLinuxOSGuard"}, [("SystemNotSupported", "error")], id="gpu_operator on OS Guard"
    ),
    pytest.param(
        T4, {"path": "gpu_operator", "secure_boot": True}, [("SecureBootRejectsDriver", "warning")], id="gpu_operator with Secure Boot"
    ),
    pytest.param(T4, {"path": "gpu_operator", "operator_driver": "aks", "secure_boot": True}, [], id="driver of AKS with Secure Boot"),
    pytest.param(T4, {"path": "gpu_operator", **DEALLOCATED}, [("DeallocatedDriver", "warning")], id="gpu_operator that deallocates"),
    pytest.param(T4, {**OF_AKS, **DEALLOCATED}, [], id="the driver of AKS on a pool that deallocates"),
    pytest.param(T4, {"path": "manual_plugin", **DEALLOCATED}, [], id="another path that deallocates"),
    pytest.param(A100, {"mig_profile": "MIG1g", "autoscaled": True}, [("MigAutoscaled", "warning")], id="MIG with the autoscaler"),
    pytest.param(T4, {"os_sku": "Ubuntu2604", "kubernetes_version": "1.36"}, [("SystemInPreview", "warning")], id="Ubuntu 26.04"),
    pytest.param(
        T4,
        {"os_sku": "Ubuntu2604", "kubernetes_version": "1.35.2"},
        [("SystemTooNew", "error"), ("SystemInPreview", "warning")],
        id="Ubuntu 26.04 on an older Kubernetes",
    ),
    pytest.param(
        "Standard_NC6",
        {"os_sku": "Ubuntu2604"},
        [("SystemTooNew", "error"), ("SystemInPreview", "warning")],
        id="Ubuntu 26.04 on generation 1",
    ),
    pytest.param(A10, {"location": "usgovvirginia"}, [("SovereignDriver", "warning")], id="a GRID driver in a sovereign cloud"),
    pytest.param(T4, {"location": "chinanorth3"}, [], id="a CUDA driver in a sovereign cloud"),
    pytest.param(RTX_PRO, {"path": "manual_plugin"}, [("DriverByRegion", "warning")], id="a size whose driver is on its way"),
    pytest.param(GB200, {"path": "manual_plugin"}, [ARM], id="arm64"),
    pytest.param(GB200, {"os_sku": "AzureLinux"}, [("SystemNotSupported", "error"), ("SystemNotPatched", "warning"), ARM], id="several"),
]


@pytest.mark.parametrize(("size", "fields", "expected"), COMBINATIONS)
def test_path(size: str, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert codes(path_findings(spec(size, **fields), view(size, was_queried=False))) == expected


def test_every_rule_is_broken_by_one_of_the_combinations() -> None:
    broken = {code for each in COMBINATIONS for code, _severity in each.values[2]}  # type: ignore[attr-defined]
    assert broken == {rule.explanation.code for rule in (*PATH_RULES, *NEW_RULES)}


def test_azures_architecture_wins_over_the_catalog() -> None:
    assert codes(path_findings(spec(), view(T4, sku_entry(CpuArchitectureType="Arm64")))) == [ARM]
