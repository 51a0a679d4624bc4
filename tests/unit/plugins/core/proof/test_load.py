# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load of each GPU: its moments, how long a GPU has to work for them, and the warning if they do not show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporters import Exporter
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.load import Load, needed_seconds
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import DeviceVerdict, with_load
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding

from ...builders import GPU_NODE
from ...proof_builders import device, judged, run_line, uuid


def shown(uuid: str | None, utilization: float | None, mig_id: str | None = None) -> dict[str, Any]:
    """A device as the exporters' reader returns it."""
    values = {"utilization_percent": utilization, "memory_used_mib": 9216.0, "power_watts": 47.5}
    return {"gpu": "0", "uuid": uuid, "mig_id": mig_id, "values": values}


def test_each_gpu_has_its_own_moments() -> None:
    load = Load()
    load.add(0.04, [GPU_NODE], [shown("GPU-a", 0.0), shown("GPU-b", None)])
    load.add(1.26, [GPU_NODE], [shown("GPU-a", 92.0)])
    assert load.of("GPU-a") == [[0.0, 0.0, 9216.0, 47.5], [1.3, 92.0, 9216.0, 47.5]]
    assert load.of("GPU-b") == [[0.0, None, 9216.0, 47.5]]


def test_slice_and_device_without_uuid_have_none() -> None:
    load = Load()
    load.add(1, [GPU_NODE], [shown("GPU-a", 50.0, "3"), shown(None, 50.0)])
    assert [load.of(uuid) for uuid in ("GPU-a", "MIG-a", None, "")] == [[], [], [], []]


def test_long_run_keeps_its_first_and_last_moment_and_a_bounded_number() -> None:
    load = Load()
    for second in range(2000):
        load.add(second, [GPU_NODE], [shown("GPU-a", 1.0)])
    seconds = [moment[0] or 0.0 for moment in load.of("GPU-a")]
    assert seconds[0] == 0.0
    assert seconds[-1] == 1999.0
    assert seconds == sorted(seconds)
    assert 100 < len(seconds) <= 240


def after(*utilizations: float | None, of: str = uuid(1), node: str = GPU_NODE) -> DeviceVerdict:
    """A proven GPU after its node's exporter has shown a GPU with these values."""
    load = Load()
    for second, value in enumerate(utilizations):
        load.add(second, [node], [shown(of, value)])
    return with_load(judged(device(), run_line())[0], load)


@pytest.mark.parametrize("utilizations", [(0.0, 97.0, 0.0), (None, None), ()])
def test_gpu_that_was_seen_at_work_has_no_warning_nor_one_whose_exporter_says_nothing(utilizations: tuple[float | None, ...]) -> None:
    found = after(*utilizations)
    assert (found.verdict, found.findings) == ("proven", ())
    assert len(found.load) == len(utilizations)


# Each row brings the finding about; the page of all findings takes its examples from here.
NOT_SEEN = [
    (after(0.0, None, 0.0), "0 percent in each of 2 readings"),
    (after(50.0, of=uuid(2)), "no exporter shows a GPU of this UUID"),
]


@pytest.mark.parametrize(("found", "evidence"), NOT_SEEN)
def test_gpu_whose_work_was_not_seen_is_proven_with_a_warning(found: DeviceVerdict, evidence: str) -> None:
    ((warning,), verdict) = found.findings, found.verdict
    assert (warning.code, warning.severity, verdict) == ("LoadNotSeen", "warning", "proven")
    assert warning.evidence == f"{uuid(1)}: {evidence}"


def test_gpu_that_is_offered_whole_and_shown_in_slices_has_no_warning() -> None:
    load = Load()
    load.add(1, [GPU_NODE], [shown(uuid(1), None, "7")])
    found = with_load(judged(device(), run_line())[0], load)
    assert (found.findings, found.load) == ((), [])


def test_slice_and_gpu_that_failed_have_no_warning() -> None:
    load = Load()
    load.add(1, [GPU_NODE], [])
    (whole,) = judged(device(), run_line())
    sliced = replace(whole, uuid="MIG-00000000-0000-4000-8000-000000000001")
    (failed,) = judged(device(failed={"sgemm": "4 elements are wrong"}), run_line())
    assert [[each.code for each in with_load(verdict, load).findings] for verdict in (sliced, failed)] == [[], ["WrongResult"]]


def examples() -> list[Finding]:
    """An example of the finding."""
    return [found for each, _evidence in NOT_SEEN for found in each.findings]


@pytest.mark.parametrize(("intervals", "seconds"), [((), 0), ((30.0,), 35), ((1.5, 0.1), 7)])
def test_gpu_works_until_each_exporter_has_measured(intervals: tuple[float, ...], seconds: int) -> None:
    assert needed_seconds(Exporter(GPU_NODE, "pod x", "/metrics", interval=each) for each in intervals) == seconds
