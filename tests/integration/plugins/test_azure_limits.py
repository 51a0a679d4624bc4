# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Azure, Entra ID or what is on the way to them says nothing, a byte now and then, or to come back in an hour: no task outlives its time.

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.limits import OverdueError, attempt_seconds, within
from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError, GpuopsError, WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.integration.plugins.impostor import Reply, impostor
from tests.integration.plugins.test_sign_in import WITHOUT_SECRET

POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE, "count": 1}
SILENT = ["no-answer", "trickle"]
# What a machine that is busy with other tests may need for one second.
PATIENCE = 60


def by_the_wall_clock(azure: Azure) -> Azure:
    """The same Azure for a task whose seconds are real ones."""
    return replace(azure, clock=SystemClock())  # type: ignore[arg-type]


def refused_in_time(azure: Azure, operation: Operation, **params: Any) -> GpuopsError:
    """The error of a task that has two seconds."""
    clock = SystemClock()
    began = clock.now()
    error = by_the_wall_clock(azure).refused(operation, **params, wait_timeout=2)
    assert clock.now() - began < PATIENCE
    return error


class TestSilence:
    """Without a limit, each of these would hang for minutes or for ever."""

    @pytest.mark.parametrize("fault", SILENT)
    @pytest.mark.parametrize(
        ("operation", "params"),
        [(FEATURE, {}), (NODEPOOL, POOL), (CLUSTERS, {"resource_group": GROUP, "name": CLUSTER})],
        ids=["feature", "nodepool", "cluster"],
    )
    def test_of_the_resource_manager(self, with_cluster: Azure, fault: str, operation: Operation, params: dict[str, Any]) -> None:
        with_cluster.site.state.faults.arm(fault, times=None)
        error = refused_in_time(with_cluster, operation, **params)
        assert (error.code, error.retriable) == ("AzureUnreachable", True)
        assert "localhost:" in error.message
        assert "time" in error.cause

    @pytest.mark.parametrize("fault", SILENT)
    def test_of_the_sign_in(self, azure: Azure, fault: str) -> None:
        azure.site.state.faults.arm(fault, times=None, method="*", path="/*/oauth2/v2.0/token")
        error = refused_in_time(azure, FEATURE)
        assert (error.code, error.retriable) == ("AzureUnreachable", True)

    @pytest.mark.parametrize("fault", SILENT)
    def test_of_a_machines_identity(self, azure: Azure, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.site.url)
        azure.site.state.faults.arm(fault, times=None, method="*", path="/metadata/identity/oauth2/token")
        error = refused_in_time(azure, FEATURE, environ=azure.environ_without(*WITHOUT_SECRET), auth_source="msi")
        assert error.code in ("AzureUnreachable", "NoManagedIdentity")

    @pytest.mark.parametrize("fault", SILENT)
    def test_of_a_clouds_metadata(self, azure: Azure, fault: str) -> None:
        azure.site.state.faults.arm(fault, times=None, method="*", path="/metadata/endpoints")
        error = refused_in_time(azure, FEATURE)
        assert (error.code, error.retriable) == ("CloudUnreachable", True)
        assert "localhost:" in error.message

    def test_late_response_is_waited_for(self, azure: Azure) -> None:
        azure.site.state.faults.arm("slow", values={"seconds": "2"})
        assert by_the_wall_clock(azure).run(FEATURE, wait_timeout=60).result["provider"] == "Microsoft.ContainerService"


class TestPauses:
    """Azure says when it may be asked again; by the simulated clock."""

    @pytest.mark.parametrize("fault", ["throttled", "subscription-throttled", "too-many-requests"])
    def test_retry_after_beyond_the_deadline_fails_at_once(self, with_cluster: Azure, fault: str) -> None:
        azure = with_cluster
        azure.site.state.faults.arm(fault, times=2, values={"retry_after_s": "3600"})
        began = azure.clock.now()
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **POOL, wait_timeout=60)
        assert (error.code, error.retriable, sent.writes) == ("Throttled", True, [])
        assert "3600 s" in error.message
        assert azure.clock.now() - began < 60

    @pytest.mark.parametrize(("status", "code"), [(429, "Throttled"), (503, "ServiceUnavailable")])
    def test_the_same_by_any_status_that_asks_for_one(self, azure: Azure, tmp_path: Path, status: int, code: str) -> None:
        body = (
            '{"error": {"code": "ServerTimeout", "message": "Slow down."}}'
            if status == 503
            else '{"error": {"code": "New", "message": "?"}}'
        )
        with impostor(azure, Reply(status, "application/json", body, (("Retry-After", "3600"),)), tmp_path) as environ:
            error = azure.refused(FEATURE, environ=environ, wait_timeout=60)
        assert (error.code, error.retriable) == (code, True)
        assert "3600 s" in error.message

    def test_a_pause_within_the_tasks_time_is_kept(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.site.state.faults.arm("throttled", times=2, values={"retry_after_s": "600"})
        began = azure.clock.now()
        assert azure.run(NODEPOOL, **POOL, wait_timeout=3600).changed
        assert azure.clock.now() - began >= 1200

    def test_the_sign_ins_pause_too(self, azure: Azure) -> None:
        azure.site.state.faults.arm("throttled", times=None, method="*", path="/*/oauth2/v2.0/token", values={"retry_after_s": "3600"})
        began = azure.clock.now()
        error = azure.refused(FEATURE, wait_timeout=60)
        assert (error.code, error.retriable) == ("Throttled", True)
        assert "3600 s" in error.message
        assert azure.clock.now() - began < 60


class TestOperations:
    """What an operation tells on its way."""

    def test_timeout_reports_the_phase_and_the_error_so_far(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("interim-error")
        error = with_cluster.refused(NODEPOOL, **POOL, wait_timeout=200, poll_interval=10)
        assert isinstance(error, WaitTimeoutError)
        assert "Its state is: CreatingAgentPool: 0/1 nodes completed." in error.cause
        assert "So far it reports ContextDeadlineExceeded: context deadline exceeded" in error.cause

    def test_stale_error_of_a_successful_operation_is_ignored(self, with_cluster: Azure) -> None:
        with_cluster.site.state.faults.arm("interim-error", values={"sticks": "true"})
        assert with_cluster.run(NODEPOOL, **POOL).result["pool"]["provisioning_state"] == "Succeeded"

    def test_an_accepted_request_without_an_address_to_follow(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("no-operation-url")
        error = azure.refused(NODEPOOL, **POOL, state="absent")
        assert isinstance(error, AzureError)
        assert (error.code, error.retriable) == ("NoResourceManager", True)
        assert azure.run(NODEPOOL, **POOL, state="absent").result["kept"] == []

    @pytest.mark.parametrize(("operation", "params"), [(NODEPOOL, POOL), (CLUSTERS, {"resource_group": GROUP, "name": CLUSTER})])
    def test_a_resource_without_a_provisioning_state(self, with_cluster: Azure, operation: Operation, params: dict[str, Any]) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **POOL)
        azure.site.state.faults.arm("no-provisioning-state", times=None)
        error = azure.refused(operation, **params)
        assert error.code == "NoResourceManager"
        assert "provisioningState" in error.message


class TestWithin:
    """The limit itself."""

    def test_work_returns_what_it_returns(self) -> None:
        assert within(PATIENCE, lambda: 7) == 7

    def test_work_raises_what_it_raises_even_a_timeout(self) -> None:
        def work() -> int:
            raise TimeoutError("mine")

        with pytest.raises(TimeoutError, match="mine"):
            within(PATIENCE, work)

    def test_work_that_takes_too_long_is_left(self) -> None:
        clock = SystemClock()
        with pytest.raises(OverdueError):
            within(0.01, lambda: clock.sleep(PATIENCE))

    @pytest.mark.parametrize(("remaining", "seconds"), [(3600.0, 120.0), (30.0, 30.0), (1.0, 1.0), (0.5, 5.0), (0.0, 5.0)])
    def test_attempt_takes_the_remaining_time_and_a_last_look_some_seconds(self, remaining: float, seconds: float) -> None:
        assert attempt_seconds(remaining) == seconds


@pytest.mark.parametrize("pause", ["soon", "nan", "inf", "1e999", "-5", "2026-13-45", "Wed, 99 Oct 2026 07:28:00 GMT"])
@pytest.mark.parametrize("signs_in", [True, False], ids=["resource manager", "sign-in"])
def test_invalid_retry_after_is_ignored(azure: Azure, tmp_path: Path, pause: str, signs_in: bool) -> None:
    refusal = Reply(429, "application/json", '{"error": {"code": "Throttled", "message": "Slow down."}}', (("Retry-After", pause),))
    with impostor(azure, refusal, tmp_path, signs_in=signs_in) as environ:
        error = azure.refused(FEATURE, environ=environ, wait_timeout=600)
    assert error.code in (("Throttled",) if signs_in else ("SignInFailed", "NoSignInService", "Throttled", "UnknownTenant"))
