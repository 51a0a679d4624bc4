# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.register import (
    ABSENT,
    PRESENT,
    RegistrationPlan,
    Registrations,
    TargetState,
    plan_registration,
    why_not_there,
)
from hypothesis import given
from hypothesis import strategies as st

VHD = "GPUDedicatedVHDPreview"
MANAGED = "ManagedGPUExperiencePreview"


def plan(
    provider: str, features: dict[str, str], *, target: TargetState = PRESENT, refresh: bool = False, wait: bool = True
) -> tuple[tuple[str, ...], bool]:
    made = plan_registration(target, Registrations(provider, features), refresh_provider=refresh, wait=wait)
    return made.ask, made.refresh


@pytest.mark.parametrize(
    ("made", "ask", "refresh"),
    [
        pytest.param(plan("Registered", {}), (), False, id="no feature, provider registered: nothing to do"),
        pytest.param(plan("NotRegistered", {}), (), True, id="no feature, a new subscription"),
        pytest.param(plan("Unregistered", {}), (), True, id="no feature, a provider that was given up once"),
        pytest.param(plan("Registering", {}), (), True, id="a provider that is not there yet"),
        pytest.param(plan("Registered", {VHD: "Registered"}), (), False, id="all registered: nothing to do"),
        pytest.param(plan("Registered", {VHD: "NotRegistered"}), (VHD,), True, id="a new feature, then the provider again"),
        pytest.param(plan("Registered", {VHD: "Unregistered"}), (VHD,), True, id="a feature given up once"),
        pytest.param(plan("Registered", {VHD: "Unregistering"}), (VHD,), True, id="a feature that is being given up"),
        pytest.param(plan("Registered", {VHD: "Unregistering"}, wait=False), (), False, id="the same, and nobody waits for its end"),
        pytest.param(plan("Registered", {VHD: "Registering"}), (), True, id="a feature under way is not asked for twice"),
        pytest.param(plan("Registered", {VHD: "Pending"}), (), True, id="nor one that waits for approval"),
        pytest.param(plan("Registered", {VHD: "Registered", MANAGED: "NotRegistered"}), (MANAGED,), True, id="one of two"),
        pytest.param(plan("Registered", {VHD: "Registered"}, refresh=True), (), True, id="a refresh that is asked for"),
        pytest.param(plan("Registered", {VHD: "NotRegistered"}, wait=False), (VHD,), False, id="without waiting the refresh is for later"),
        pytest.param(plan("Registered", {VHD: "Registered"}, target=ABSENT), (VHD,), True, id="a feature to give up"),
        pytest.param(plan("Registered", {VHD: "Pending"}, target=ABSENT), (VHD,), True, id="one that waits for approval, too"),
        pytest.param(plan("Registered", {VHD: "Unregistering"}, target=ABSENT), (), True, id="one that is on its way out"),
        pytest.param(plan("Registered", {VHD: "NotRegistered"}, target=ABSENT), (), False, id="one that never was there"),
        pytest.param(plan("NotRegistered", {VHD: "Registered"}, target=ABSENT), (VHD,), False, id="nobody registers a provider for that"),
        pytest.param(plan("Registered", {VHD: "Registered"}, target=ABSENT, wait=False), (VHD,), False, id="nor without waiting"),
    ],
)
def test_registration_plan_follows_from_the_state(made: tuple[tuple[str, ...], bool], ask: tuple[str, ...], refresh: bool) -> None:
    assert made == (ask, refresh)


STATES = ["NotRegistered", "Pending", "Registering", "Registered", "Unregistering", "Unregistered"]
states = st.sampled_from(STATES)
worlds = st.builds(Registrations, states, st.dictionaries(st.sampled_from([VHD, MANAGED, "Third"]), states))
goals = st.sampled_from([PRESENT, ABSENT])


@given(worlds)
def test_nothing_is_planned_exactly_when_everything_is_registered(live: Registrations) -> None:
    made = plan_registration(PRESENT, live, refresh_provider=False, wait=True)
    done = {live.provider, *live.features.values()} == {"Registered"}
    assert (made == RegistrationPlan((), refresh=False, after=live)) is done
    assert made.refresh or not made.ask, "a feature without a refresh has no effect"


@given(worlds, goals)
def test_completed_plan_needs_no_further_plan(live: Registrations, target: TargetState) -> None:
    made = plan_registration(target, live, refresh_provider=False, wait=True)
    assert all(state in target.reached for state in made.after.features.values())
    assert plan_registration(target, made.after, refresh_provider=False, wait=True) == RegistrationPlan((), False, made.after)


@given(worlds, goals)
def test_pending_registration_is_not_requested_twice(live: Registrations, target: TargetState) -> None:
    made = plan_registration(target, live, refresh_provider=False, wait=False)
    again = plan_registration(target, made.after, refresh_provider=False, wait=False)
    assert again.ask == ()
    assert not (made.ask and made.refresh), "a refresh before the feature is there has no effect"


@pytest.mark.parametrize("target", [PRESENT, ABSENT], ids=["present", "absent"])
@pytest.mark.parametrize("state", STATES)
def test_whatever_state_a_wait_ends_in_is_explained(target: TargetState, state: str) -> None:
    explanation = why_not_there(target, state)
    assert all((explanation.code, explanation.cause, explanation.remedy, explanation.retriable))
    assert (explanation.code == "ApprovalPending") is (target is PRESENT and state == "Pending")
