# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding, most_telling
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import failure
from ansible_collections.gpuops.aks.plugins.module_utils._operations.evidence import timeout_of

TAKEN = Finding(
    Explanation("AllGpusInUse", cause="All GPUs are taken.", remedy="Wait.", severity="warning"),
    ("node-a", "node-b"),
    "held by default/train (1)",
)
NO_PLUGIN = Finding(Explanation("NoDevicePlugin", cause="No plugin runs.", remedy="Run the plugin step."), ("node-a",), "no DaemonSet")
NO_NODE = Finding(Explanation("NoGpuNodes", cause="There is no node.", remedy=""), ("pool",), "none found")


def test_errors_come_before_warnings_and_keep_their_order() -> None:
    assert most_telling([TAKEN, NO_PLUGIN, NO_NODE]) is NO_PLUGIN
    assert most_telling(iter([TAKEN])) is TAKEN
    assert most_telling([]) is None


def test_finding_has_a_sentence_for_people() -> None:
    assert TAKEN.sentence() == "All GPUs are taken. (node-a, node-b: held by default/train (1)) Wait."
    assert NO_NODE.sentence() == "There is no node. (pool: none found)"


@pytest.mark.parametrize("evidence", ["held", "held.", "held. ", "held..."])
def test_each_sentence_ends_with_one_stop(evidence: str) -> None:
    finding = replace(TAKEN, evidence=evidence)
    assert finding.sentence() == "All GPUs are taken. (node-a, node-b: held) Wait."
    error = timeout_of("No GPU is free.", [finding, NO_PLUGIN], otherwise="", trouble=None)
    assert error.cause == "No plugin runs. (node-a: no DaemonSet.) Also: All GPUs are taken."
    assert failure(error)["msg"] == "No GPU is free. No plugin runs. (node-a: no DaemonSet.) Also: All GPUs are taken. Run the plugin step."
    alone = timeout_of("No GPU is free", [finding], otherwise="", trouble=None)
    assert failure(alone)["msg"] == "No GPU is free. All GPUs are taken. (node-a, node-b: held.) Wait."


def test_finding_has_fields_for_programs() -> None:
    assert TAKEN.facts() == {
        "code": "AllGpusInUse",
        "severity": "warning",
        "subjects": ["node-a", "node-b"],
        "evidence": "held by default/train (1)",
        "cause": "All GPUs are taken.",
        "remedy": "Wait.",
    }
