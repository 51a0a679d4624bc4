# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.lab.eras import ERAS, Era

OLD, NOW = ERAS["2021"], ERAS["2026"]


@pytest.mark.parametrize(
    ("era", "size", "offered"),
    [
        ("2021", "Standard_NC6", True),
        ("2021", "standard_nc6s_v2", True),
        ("2026", "Standard_NC6", False),
        ("2026", "Standard_NC6s_v3", False),
        ("2026", "Standard_NC4as_T4_v3", True),
    ],
)
def test_sizes_come_and_go(era: str, size: str, offered: bool) -> None:
    found = ERAS[era].size(size)
    assert found is not None
    assert found.retired is not offered


@pytest.mark.parametrize("size", ["Standard_NC40ads_H100_v5", "Standard_NC24ads_A100_v4", "Standard_Nonsense"])
def test_what_did_not_exist_yet_is_unknown(size: str) -> None:
    assert OLD.size(size) is None


@pytest.mark.parametrize(
    ("era", "size", "asked", "generation"),
    [
        ("2021", "Standard_NC6s_v2", False, 1),
        ("2021", "Standard_NC6s_v2", True, 2),
        ("2021", "Standard_NC6", True, 2),  # what the article of 2021 does
        ("2026", "Standard_NC4as_T4_v3", False, 2),
        ("2026", "Standard_ND96isr_H100_v5", False, 2),
    ],
)
def test_the_generation_of_a_new_machine(era: str, size: str, asked: bool, generation: int) -> None:
    found = ERAS[era].size(size)
    assert found is not None
    assert ERAS[era].generation(found, generation2_asked=asked) == generation


@pytest.mark.parametrize(
    ("generation", "dedicated", "image"),
    [
        (1, False, "AKSUbuntu-1804containerd-"),
        (1, True, "AKSUbuntu-1804gpucontainerd-"),
        (2, False, "AKSUbuntu-1804gen2containerd-"),
        (2, True, "AKSUbuntu-1804gen2gpucontainerd-"),  # the one form that is recorded
    ],
)
def test_image_names_tell_generation_and_dedicated_gpu(generation: int, dedicated: bool, image: str) -> None:
    assert OLD.images["Ubuntu"].version(generation=generation, dedicated_gpu=dedicated).startswith(image)


def test_a_version_may_be_given_by_its_minor_or_left_open() -> None:
    minor = NOW.default_version.rpartition(".")[0]
    assert NOW.resolve_version("") == NOW.resolve_version(minor) == NOW.resolve_version(NOW.default_version) == NOW.default_version
    assert OLD.resolve_version("1.20") == "1.20.7"
    assert NOW.resolve_version("1.20.7") is None


@pytest.mark.parametrize("era", ERAS.values(), ids=lambda era: era.name)
def test_an_era_offers_its_own_defaults(era: Era) -> None:
    assert era.default_version in era.kubernetes_versions
    default = era.size(era.default_vm_size)
    assert default is not None
    assert not default.retired
