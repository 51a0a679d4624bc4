# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The moments of a load are kept by GPU, in their order, and never without bound."""

from __future__ import annotations

from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.load import Load


def shown(uuid: str | None, utilization: float | None, mig_id: str | None = None) -> dict[str, Any]:
    """A device as the exporters' reader returns it."""
    values = {"utilization_percent": utilization, "memory_used_mib": 9216.0, "power_watts": 47.5}
    return {"gpu": "0", "uuid": uuid, "mig_id": mig_id, "values": values}


def test_each_gpu_has_its_own_moments() -> None:
    load = Load()
    load.add(0.04, [shown("GPU-a", 0.0), shown("GPU-b", None)])
    load.add(1.26, [shown("GPU-a", 92.0)])
    assert load.of("GPU-a") == [[0.0, 0.0, 9216.0, 47.5], [1.3, 92.0, 9216.0, 47.5]]
    assert load.of("GPU-b") == [[0.0, None, 9216.0, 47.5]]


def test_slice_and_device_without_uuid_have_none() -> None:
    load = Load()
    load.add(1, [shown("GPU-a", 50.0, "3"), shown(None, 50.0)])
    assert [load.of(uuid) for uuid in ("GPU-a", "MIG-a", None, "")] == [[], [], [], []]


def test_long_run_keeps_its_first_and_last_moment_and_a_bounded_number() -> None:
    load = Load()
    for second in range(2000):
        load.add(second, [shown("GPU-a", 1.0)])
    seconds = [moment[0] or 0.0 for moment in load.of("GPU-a")]
    assert seconds[0] == 0.0
    assert seconds[-1] == 1999.0
    assert seconds == sorted(seconds)
    assert 100 < len(seconds) <= 240
