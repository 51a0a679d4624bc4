# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_lab import DEDICATED, Lab

AKS = "Microsoft.ContainerService"
FEATURE = "GPUDedicatedVHDPreview"


def test_a_feature_is_registered_after_a_while() -> None:
    lab = Lab("2021")
    registrations = lab.state.registrations
    assert registrations.feature(AKS, FEATURE).state == "NotRegistered"
    assert registrations.register_feature(AKS, FEATURE.lower()).state == "Registering"
    lab.advance(299)
    assert registrations.feature(AKS, FEATURE).state == "Registering"
    lab.advance(1)
    assert registrations.feature(AKS, FEATURE).state == "Registered"
    assert registrations.register_feature(AKS, FEATURE).state == "Registered"


def test_registering_twice_does_not_take_twice_as_long() -> None:
    lab = Lab("2021")
    lab.state.registrations.register_feature(AKS, FEATURE)
    lab.advance(200)
    lab.state.registrations.register_feature(AKS, FEATURE)
    lab.advance(100)
    assert lab.state.registrations.feature(AKS, FEATURE).state == "Registered"


def test_a_registration_can_be_taken_back_even_while_it_runs() -> None:
    lab = Lab("2021")
    lab.state.registrations.register_feature(AKS, FEATURE)
    lab.advance(100)
    assert lab.state.registrations.unregister_feature(AKS, FEATURE).state == "Unregistering"
    lab.advance(200)
    assert lab.state.registrations.feature(AKS, FEATURE).state == "Unregistering"
    lab.advance(100)
    assert lab.state.registrations.feature(AKS, FEATURE).state == "Unregistered"


def test_what_was_never_registered_need_not_be_taken_back() -> None:
    assert Lab("2021").state.registrations.unregister_feature(AKS, FEATURE).state == "NotRegistered"


@pytest.mark.parametrize("step", ["nothing", "registering", "registered but not refreshed", "refreshed too early"])
def test_the_dedicated_image_needs_the_feature_and_then_the_refresh(step: str) -> None:
    lab = Lab("2021").with_cluster()
    registrations = lab.state.registrations
    if step != "nothing":
        registrations.register_feature(AKS, FEATURE)
    if step == "refreshed too early":
        registrations.register_provider(AKS)
    if step.startswith("re") and step != "registering":
        lab.advance(300)
    with pytest.raises(ArmError) as refusal:
        lab.put_pool(headers=DEDICATED)
    assert (refusal.value.status, refusal.value.code) == (400, "PreviewFeatureNotRegistered")
    assert f"{AKS}/{FEATURE} not registered" in refusal.value.message


def test_the_refreshed_feature_opens_pools_and_first_pools() -> None:
    lab = Lab("2021")
    lab.register_feature()
    cluster = lab.put_cluster(headers=DEDICATED, pools=[{"name": "nodepool1", "count": 1, "vmSize": "Standard_NC6", "mode": "System"}])
    assert cluster.pools["nodepool1"].image_is_dedicated


def test_today_the_header_is_refused_in_the_labs_own_name() -> None:
    lab = Lab("2026").with_cluster()
    lab.register_feature()
    with pytest.raises(ArmError, match="this refusal is the lab's own") as refusal:
        lab.put_pool(headers=DEDICATED)
    assert refusal.value.status == 400


def test_nothing_is_created_while_the_provider_is_not_registered() -> None:
    lab = Lab()
    lab.state.registrations.set_provider(AKS, "NotRegistered")
    with pytest.raises(ArmError) as refusal:
        lab.put_cluster()
    assert (refusal.value.status, refusal.value.code) == (409, "MissingSubscriptionRegistration")
    assert lab.state.registrations.register_provider(AKS).state == "Registering"
    lab.advance(30)
    assert lab.put_cluster().state == "Creating"


def test_unknown_names_are_refused() -> None:
    registrations = Lab().state.registrations
    with pytest.raises(ArmError, match="The feature 'Nonsense' could not be found"):
        registrations.register_feature(AKS, "Nonsense")
    with pytest.raises(ArmError, match="The resource namespace 'Nonsense' is invalid"):
        registrations.register_provider("Nonsense")


def test_the_lab_can_add_features() -> None:
    lab = Lab()
    lab.state.registrations.set_feature(f"{AKS}/Brand-New", "Pending")
    assert lab.state.registrations.feature(AKS, "brand-new").state == "Pending"
    assert f"{AKS}/Brand-New" in [feature.name for feature in lab.state.registrations.features(AKS.lower())]
    assert lab.state.registrations.features("Microsoft.Compute") == []
