# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.paths import (
    asks_for_dedicated_image,
    is_dedicated_image,
    refuse_other_image,
    refuse_retired_path,
)

from .builders import DEDICATED_IMAGE, PLAIN_IMAGE, assert_explained

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
def test_the_header_for_the_dedicated_image_is_recognised(headers: dict[str, str], asks: bool) -> None:
    assert asks_for_dedicated_image(headers) is asks


def test_the_retired_path_is_refused_with_reason_and_replacement() -> None:
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
def test_an_image_version_tells_whether_the_image_is_the_dedicated_one(image: str, dedicated: bool) -> None:
    assert is_dedicated_image(image) is dedicated


def test_a_pool_with_another_image_than_asked_for_is_not_the_wanted_one() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        refuse_other_image("gpunp", DEDICATED, PLAIN_IMAGE)
    assert_explained(refusal.value, "ImmutableField", "gpunp", PLAIN_IMAGE, "state: absent")


@pytest.mark.parametrize(("headers", "image"), [(DEDICATED, DEDICATED_IMAGE), ({}, PLAIN_IMAGE), ({}, DEDICATED_IMAGE)])
def test_a_pool_with_the_image_asked_for_passes(headers: dict[str, str], image: str) -> None:
    refuse_other_image("gpunp", headers, image)
