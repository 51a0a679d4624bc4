# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.lab.arm_site import send
from tests.integration.plugins.azure import Azure, four_times

AKS = "Microsoft.ContainerService"
DEDICATED = "GPUDedicatedVHDPreview"
MANAGED = "ManagedGPUExperiencePreview"
REGISTER_DEDICATED, REGISTER_MANAGED, REGISTER_AKS = (f"POST {name}/register" for name in (DEDICATED, MANAGED, AKS))
DEDICATED_PATH = f"/providers/Microsoft.Features/providers/{AKS}/features/{DEDICATED}"


def registered_by_somebody(azure: Azure) -> None:
    """Another client starts the feature's registration and leaves."""
    assert send(azure.somebody(), "POST", f"{DEDICATED_PATH}/register", api_version="2021-07-01").status_code == 200


def test_features_one_after_the_other_each_step_predicted_done_and_repeated(azure: Azure) -> None:
    first = four_times(azure, FEATURE, evidence=azure.writes, features=[DEDICATED])
    assert first.result == {"provider": AKS, "provider_state": "Registered", "features": {DEDICATED: "Registered"}}
    (change,) = first.changes
    assert change.before == {"features": {DEDICATED: "NotRegistered"}, "provider_refreshed": False}
    assert change.after == {"features": {DEDICATED: "Registered"}, "provider_refreshed": True}

    second = four_times(azure, FEATURE, evidence=azure.writes, features=[DEDICATED, MANAGED])
    assert second.changes[0].before["features"] == {DEDICATED: "Registered", MANAGED: "NotRegistered"}
    assert azure.writes() == [REGISTER_DEDICATED, REGISTER_AKS, REGISTER_MANAGED, REGISTER_AKS]


def test_provider_alone_is_registered_if_needed(azure: Azure) -> None:
    assert not azure.run(FEATURE).changed
    azure.site.state.registrations.set_provider(AKS, "NotRegistered")
    made = four_times(azure, FEATURE, evidence=azure.writes)
    assert made.result == {"provider": AKS, "provider_state": "Registered", "features": {}}
    assert made.changes[0].before == {"provider_state": "NotRegistered", "provider_refreshed": False}
    assert azure.writes() == [REGISTER_AKS]


def test_provider_is_refreshed_on_request(azure: Azure) -> None:
    azure.run(FEATURE, features=[DEDICATED])
    with azure.requests() as sent:
        assert azure.run(FEATURE, features=[DEDICATED], refresh_provider=True).changed
    assert sent.writes == [REGISTER_AKS]


def test_interrupted_registration_is_waited_for_and_the_provider_refreshed(azure: Azure) -> None:
    registered_by_somebody(azure)
    began = azure.clock.now()
    with azure.requests() as sent:
        taken_up = azure.run(FEATURE, features=[DEDICATED])
    assert (taken_up.changed, sent.writes) == (True, [REGISTER_AKS])
    assert taken_up.result["features"] == {DEDICATED: "Registered"}
    assert 300 <= azure.clock.now() - began < 360


def test_feature_pending_approval_is_reported_and_the_next_run_continues(azure: Azure) -> None:
    azure.site.state.registrations.set_feature(f"{AKS}/{DEDICATED}", "Pending")
    with azure.requests() as sent:
        error = azure.refused(FEATURE, features=[DEDICATED], wait_timeout=120)
    assert isinstance(error, WaitTimeoutError)
    assert (error.code, error.retriable, sent.writes) == ("ApprovalPending", True, [])
    assert error.message == f"Registering the feature {DEDICATED}: still Pending after 120 s."
    assert "approval" in error.cause
    registered_by_somebody(azure)
    assert azure.run(FEATURE, features=[DEDICATED]).result["features"] == {DEDICATED: "Registered"}


def test_slow_registration_is_not_taken_for_pending_approval(azure: Azure) -> None:
    error = azure.refused(FEATURE, features=[DEDICATED], wait_timeout=60)
    assert isinstance(error, WaitTimeoutError)
    assert (error.code, error.message) == ("Timeout", f"Registering the feature {DEDICATED}: still Registering after 60 s.")
    assert "wait_timeout" in error.remedy


def test_unregistered_provider_is_registered_again(azure: Azure) -> None:
    assert send(azure.somebody(), "POST", f"/providers/{AKS}/unregister", api_version="2021-04-01").status_code == 200
    azure.clock.sleep(60)
    made = four_times(azure, FEATURE, evidence=azure.writes)
    assert made.changes[0].before == {"provider_state": "Unregistered", "provider_refreshed": False}
    assert made.result["provider_state"] == "Registered"


class TestAbsent:
    """A registration is taken back, and the provider told of it."""

    def test_each_step_predicted_done_and_repeated(self, azure: Azure) -> None:
        azure.run(FEATURE, features=[DEDICATED, MANAGED])
        gone = four_times(azure, FEATURE, evidence=azure.writes, features=[DEDICATED], state="absent")
        assert gone.result["features"] == {DEDICATED: "Unregistered"}
        assert gone.changes[0].before == {"features": {DEDICATED: "Registered"}, "provider_refreshed": False}
        assert azure.writes()[-2:] == [f"POST {DEDICATED}/unregister", REGISTER_AKS]
        assert azure.run(FEATURE, check_mode=True, features=[MANAGED]).changed is False

    def test_feature_that_was_never_registered_is_left_alone(self, azure: Azure) -> None:
        with azure.requests() as sent:
            nothing = azure.run(FEATURE, features=[DEDICATED], state="absent")
        assert (nothing.changed, nothing.result["features"], sent.writes) == (False, {DEDICATED: "NotRegistered"}, [])

    def test_feature_being_unregistered_is_registered_again(self, azure: Azure) -> None:
        azure.run(FEATURE, features=[DEDICATED])
        asked = azure.run(FEATURE, features=[DEDICATED], state="absent", wait=False)
        assert (asked.changed, asked.result["features"]) == (True, {DEDICATED: "Unregistering"})
        assert "Unregistering" in asked.warnings[0]
        left = azure.run(FEATURE, features=[DEDICATED], wait=False)
        assert (left.changed, len(left.warnings)) == (False, 1)
        began = azure.clock.now()
        assert azure.run(FEATURE, features=[DEDICATED]).result["features"] == {DEDICATED: "Registered"}
        assert azure.clock.now() - began > 300

    def test_feature_that_cannot_be_unregistered_is_explained(self, azure: Azure) -> None:
        azure.run(FEATURE, features=[DEDICATED])
        azure.site.state.faults.arm("feature-unregistration-unsupported", path=f"**/{DEDICATED}/unregister")
        error = azure.refused(FEATURE, features=[DEDICATED], state="absent")
        assert (error.code, error.retriable) == ("FeatureUnregistrationUnsupported", False)

    def test_provider_is_never_unregistered(self, azure: Azure) -> None:
        with azure.requests() as sent:
            error = azure.refused(FEATURE, state="absent")
        assert (error.code, sent) == ("MissingFeatures", [])


class TestWithoutWaiting:
    """wait: false asks, and leaves the rest to a later run."""

    def test_feature_is_requested_and_the_provider_not_yet_refreshed(self, azure: Azure) -> None:
        asked = azure.run(FEATURE, features=[DEDICATED], wait=False)
        assert (asked.changed, azure.writes()) == (True, [REGISTER_DEDICATED])
        assert asked.result["features"] == {DEDICATED: "Registering"}
        (warning,) = asked.warnings
        assert DEDICATED in warning
        assert "run the task again with wait, or with refresh_provider" in warning

    def test_asking_again_changes_nothing(self, azure: Azure) -> None:
        azure.run(FEATURE, features=[DEDICATED], wait=False)
        with azure.requests() as sent:
            again = azure.run(FEATURE, features=[DEDICATED], wait=False)
        assert (again.changed, sent.writes, len(again.warnings)) == (False, [], 1)

    def test_later_run_that_waits_refreshes_the_provider(self, azure: Azure) -> None:
        azure.run(FEATURE, features=[DEDICATED], wait=False)
        with azure.requests() as sent:
            assert azure.run(FEATURE, features=[DEDICATED]).changed
        assert sent.writes == [REGISTER_AKS]

    def test_provider_alone_is_requested(self, azure: Azure) -> None:
        azure.site.state.registrations.set_provider(AKS, "NotRegistered")
        asked = azure.run(FEATURE, wait=False)
        assert (asked.changed, asked.result["provider_state"], asked.warnings) == (True, "Registering", ())
        with azure.requests() as sent:
            again = azure.run(FEATURE, wait=False)
        assert (again.changed, sent.writes) == (False, [])


class TestRefused:
    """Refused with the reason, and nothing is written."""

    def test_a_feature_that_the_provider_does_not_have(self, azure2021: Azure) -> None:
        with azure2021.requests() as sent:
            error = azure2021.refused(FEATURE, features=[DEDICATED, MANAGED])
        assert (error.code, sent.writes) == ("FeatureNotFound", [])
        assert MANAGED in error.message

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_unknown_provider(self, azure: Azure, check_mode: bool) -> None:
        with azure.requests() as sent:
            error = azure.refused(FEATURE, check_mode=check_mode, provider="Microsoft.ContainerServices")
        assert (error.code, sent.writes) == ("UnknownProvider", [])
