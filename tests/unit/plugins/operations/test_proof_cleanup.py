# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier proof has left and what the user may not delete, does not keep the next one from running."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.own_pods import why_it_is_kept
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.denials import explain_denial
from ansible_collections.gpuops.aks.plugins.module_utils._operations.jobs.left_pods import delete_allowed_pods
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.cleanup import Removal

from ..builders import Json

DENIED = 'pods "kept" is forbidden: User "robot" cannot delete resource "pods" in API group "" in the namespace "default"'


def left_pod(name: str) -> Json:
    return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"}, "spec": {"nodeName": "node0"}}


class Pods(KubeClient):
    """Answers deletions of pods, with these statuses for some of them."""

    def __init__(self, **refused: int) -> None:
        self.refused, self.deleted = refused, list[str]()

    def delete(self, _kind: Any, name: str, *_where: Any, **_options: Any) -> None:
        if name in self.refused:
            raise KubernetesError(DENIED, status=self.refused[name], code="Refused")
        self.deleted.append(name)


def test_pods_that_the_user_may_not_delete_do_not_keep_the_others() -> None:
    client = Pods(kept=403)
    kept = delete_allowed_pods([left_pod("kept"), left_pod("gone")], client)
    assert ([each.pod["metadata"]["name"] for each in kept], client.deleted) == (["kept"], ["gone"])


def test_other_failures_of_a_deletion_are_not_taken_for_a_missing_right() -> None:
    with pytest.raises(KubernetesError):
        delete_allowed_pods([left_pod("broken")], Pods(broken=500))


def test_pod_that_may_not_be_deleted_is_named_with_the_missing_rule() -> None:
    said = why_it_is_kept(left_pod("kept"), explain_denial(DENIED))
    assert said.startswith("Pod default/kept on node0: its Job was deleted without it")
    assert 'resources: ["pods"], verbs: ["delete"]' in said
    assert why_it_is_kept(left_pod("kept"), Explanation("", cause="A.", remedy="B.")).endswith(" A. B.")


def test_warning_says_whose_objects_stay() -> None:
    assert Removal(of="an earlier proof left", kept=["Pod a."]).warnings == ("What an earlier proof left could not be removed: Pod a.",)
    assert Removal().warnings == ()
