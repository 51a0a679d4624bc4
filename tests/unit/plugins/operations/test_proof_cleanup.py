# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier proof has left and what the user may not delete, does not keep the next one from running."""

from __future__ import annotations

from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.leftovers import why_it_is_kept
from ansible_collections.gpuops.aks.plugins.module_utils._kube.denials import explain_denial
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.cleanup import Removal

from ..builders import Json

DENIED = 'pods "kept" is forbidden: User "robot" cannot delete resource "pods" in API group "" in the namespace "default"'


def left_pod(name: str) -> Json:
    return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"}, "spec": {"nodeName": "node0"}}


def test_pod_that_may_not_be_deleted_is_named_with_the_missing_rule() -> None:
    said = why_it_is_kept(left_pod("kept"), explain_denial(DENIED))
    assert said.startswith("Pod default/kept on node0: its Job was deleted without it")
    assert 'resources: ["pods"], verbs: ["delete"]' in said
    assert why_it_is_kept(left_pod("kept"), Explanation("", cause="A.", remedy="B.")).endswith(" A. B.")


def test_warning_says_whose_objects_stay() -> None:
    assert Removal(of="an earlier proof left", kept=["Pod a."]).warnings == ("What an earlier proof left could not be removed: Pod a.",)
    assert Removal().warnings == ()
