# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.feature import (
    FeatureRequest,
    RegistrationPlan,
    Registrations,
    plan_registration,
)
from hypothesis import given
from hypothesis import strategies as st

VHD = "GPUDedicatedVHDPreview"
MANAGED = "ManagedGPUExperiencePreview"


def plan(provider: str, features: dict[str, str], *, refresh: bool = False) -> RegistrationPlan:
    request = FeatureRequest("Microsoft.ContainerService", tuple(features), refresh_provider=refresh, wait=True, wait_timeout=1800)
    return plan_registration(request, Registrations(provider, features))


@pytest.mark.parametrize(
    ("made", "register", "refresh"),
    [
        pytest.param(plan("Registered", {}), (), False, id="no feature, provider registered: nothing to do"),
        pytest.param(plan("NotRegistered", {}), (), True, id="no feature, a new subscription"),
        pytest.param(plan("Registering", {}), (), True, id="a provider that is not there yet"),
        pytest.param(plan("Registered", {VHD: "Registered"}), (), False, id="all registered: nothing to do"),
        pytest.param(plan("Registered", {VHD: "NotRegistered"}), (VHD,), True, id="a new feature, then the provider again"),
        pytest.param(plan("Registered", {VHD: "Unregistered"}), (VHD,), True, id="a feature given up once"),
        pytest.param(plan("Registered", {VHD: "Registering"}), (), True, id="a feature under way is not asked for twice"),
        pytest.param(plan("Registered", {VHD: "Pending"}), (), True, id="nor one that waits for approval"),
        pytest.param(plan("Registered", {VHD: "Registered", MANAGED: "NotRegistered"}), (MANAGED,), True, id="one of two"),
        pytest.param(plan("Registered", {VHD: "Registered"}, refresh=True), (), True, id="a refresh that is asked for"),
    ],
)
def test_a_registration_does_what_the_state_needs(made: RegistrationPlan, register: tuple[str, ...], refresh: bool) -> None:
    assert made == RegistrationPlan(register, refresh)


states = st.sampled_from(["NotRegistered", "Pending", "Registering", "Registered", "Unregistering", "Unregistered"])


@given(states, st.dictionaries(st.sampled_from([VHD, MANAGED, "Third"]), states))
def test_nothing_is_planned_exactly_when_everything_is_registered(provider: str, features: dict[str, str]) -> None:
    made = plan(provider, features)
    done = {provider, *features.values()} == {"Registered"}
    assert (made == RegistrationPlan((), refresh=False)) is done
    assert all(features[name] != "Registered" for name in made.register)
    assert made.refresh or not made.register, "a feature without a refresh has no effect"
