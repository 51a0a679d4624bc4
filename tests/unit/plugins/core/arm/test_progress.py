# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of Azure's operations: which one runs, in which phase it is, and what it has reported so far."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.progress import operation_status, standing
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.states import has_ended, is_broken, is_unknown, named_state
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.operation import running_operation

POOL = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks/agentPools/gpunp"

WORKING = "Azure is still working on it."


@pytest.mark.parametrize(
    ("message", "operation"),
    [
        (
            (
                "there's an in progress update managed cluster operation (operation ID: 1111-22) on the managed cluster started on UTC "
                "2026-05-22T07:19:23Z. Please wait for it to finish."
            ),
            "the update managed cluster operation 1111-22 (since 2026-05-22T07:19:23Z)",
        ),
        ("Another agentpool operation (gpunp - Creating) is in progress, please wait.", "gpunp - Creating"),
        ("Another operation (PutExtensionAddonHandler) is in progress.", "PutExtensionAddonHandler"),
        ("there's an in progress create node pool operation", "another operation"),
        ("etag does not match", "another operation"),
    ],
)
def test_the_operation_that_is_waited_for_is_named(message: str, operation: str) -> None:
    assert running_operation(message) == operation


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"status": "InProgress"}, "gpunp: Creating, 12s (usually about 4m)"),
        (
            {"status": "CreatingAgentPool: 0/1 nodes completed"},
            "gpunp: Creating (CreatingAgentPool: 0/1 nodes completed), 12s (usually about 4m)",
        ),
        ({}, "gpunp: Creating, 12s (usually about 4m)"),
    ],
)
def test_phase_is_shown_if_azure_reports_one(body: dict[str, Any], line: str) -> None:
    assert operation_status(POOL, "Creating", body).line(12) == line


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status": "InProgress"}, WORKING),
        ({"status": "ReconcilingAddons"}, f"{WORKING} Its state is: ReconcilingAddons."),
        ({"properties": {"provisioningState": "Upgrading"}}, f"{WORKING} Its state is: Upgrading."),
        (
            {"status": "InProgress", "error": {"code": "ContextDeadlineExceeded", "message": "context\ndeadline exceeded."}},
            f"{WORKING} So far it reports ContextDeadlineExceeded: context deadline exceeded.",
        ),
        ({"status": "Stopping", "error": {"code": "X"}}, f"{WORKING} Its state is: Stopping. So far it reports X."),
        ({"error": "words", "properties": 7}, WORKING),
        *(
            (
                {"status": word},
                f"Azure returned the state {word}, which this collection does not know as a final state or as a phase of an operation.",
            )
            for word in ("Aborted", "TimedOut", "Error", "Unknown", "Complete")
        ),
        (
            {"properties": {"provisioningState": "Stuck"}},
            "Azure returned the state Stuck, which this collection does not know as a final state or as a phase of an operation.",
        ),
    ],
)
def test_timeout_describes_the_last_status(body: dict[str, Any], words: str) -> None:
    assert standing(body) == words


@pytest.mark.parametrize(
    ("state", "name", "ended", "broken"),
    [
        ("Succeeded", "Succeeded", True, False),
        ("SUCCEEDED", "Succeeded", True, False),
        ("failed", "Failed", True, True),
        ("Canceled", "Canceled", True, True),
        ("Cancelled", "Canceled", True, True),
        (" cancelled ", "Canceled", True, True),
        ("deleting", "Deleting", False, False),
        ("notregistered", "NotRegistered", False, False),
        ("Aborted", "Aborted", False, False),
        ("", None, False, False),
        (None, None, False, False),
    ],
)
def test_state_has_one_name_whatever_its_spelling(state: object, name: str | None, ended: bool, broken: bool) -> None:
    assert (named_state(state), has_ended(state), is_broken(state)) == (name, ended, broken)


@pytest.mark.parametrize(
    "state", ["InProgress", "Accepted", "Upgrading", "UpgradingNodeImageVersion", "ReconcilingAddons", "canceling", ""]
)
def test_transitional_state_is_known(state: str) -> None:
    assert not is_unknown(state)
