# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import pool_facts, size_warnings
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.states import provisioning_error, state_warnings

from ...builders import Json
from ...pool_builders import desired, live_pool, plan
from ..azure_failures.pool_texts import TEXTS, Said


def failed(code: str, message: str, *details: Json, state: str = "Failed") -> Json:
    return live_pool(provisioningState=state, status={"provisioningError": {"code": code, "message": message, "details": [*details]}})


@pytest.mark.parametrize("said", TEXTS, ids=lambda said: f"{said.meaning} {said.text[:20]}")
def test_failed_pool_has_a_reason_and_a_consequence(said: Said) -> None:
    live = failed(said.code, said.text)
    error = provisioning_error(live)
    assert error is not None
    assert (error["code"], error["message"], error["retriable"]) == (said.meaning, said.text, said.retriable)
    assert pool_facts(live)["provisioning_error"] == error
    (warning,) = state_warnings(live, {})
    assert warning.startswith(f"The node pool gpunp is Failed ({said.meaning}: {said.text}).")
    assert "It is submitted to Azure again" in warning
    assert plan(desired(), live).change.changed


def test_reason_in_the_details_is_used() -> None:
    error = provisioning_error(
        failed("ResourceOperationFailure", "It ended so.", {"code": "ZonalAllocationFailed", "message": "Allocation failed."})
    )
    assert error is not None
    assert (error["code"], error["message"], error["retriable"]) == ("CapacityRestricted", "It ended so.; Allocation failed.", True)


def test_unknown_reason_is_quoted() -> None:
    error = provisioning_error(failed("Strange", "So it is."))
    assert error == {"code": "Strange", "message": "So it is.", "cause": "", "remedy": "", "retriable": False}


def test_canceled_pool_without_a_reason_is_submitted_again() -> None:
    live = live_pool(provisioningState="Canceled")
    assert provisioning_error(live) is None
    assert state_warnings(live, {})[0].startswith("The node pool gpunp is Canceled. It is submitted to Azure again")


def test_stopped_pool_has_no_nodes_to_prove() -> None:
    (warning,) = state_warnings(live_pool(powerState={"code": "Stopped"}), {})
    assert "power_state: {code: Running}" in warning


@pytest.mark.parametrize("state", ["Succeeded", "Updating", "Creating"])
def test_healthy_or_changing_pool_gives_no_warning(state: str) -> None:
    assert state_warnings(live_pool(provisioningState=state), {}) == ()


def test_stopped_pool_that_is_started_gives_no_warning() -> None:
    assert state_warnings(live_pool(powerState={"code": "Stopped"}), {"powerState": {"code": "Running"}}) == ()


def test_new_pool_of_a_size_without_gpus_gives_a_warning() -> None:
    (warning,) = size_warnings(desired(vmSize="Standard_D2s_v3"))
    assert "Standard_D2s_v3 has no GPU" in warning
    assert size_warnings(desired(vmSize="Standard_NC4as_T4_v3")) == ()
    assert size_warnings(desired(vmSize="Standard_NC_future")) == ()
    assert size_warnings(desired()) == ()
